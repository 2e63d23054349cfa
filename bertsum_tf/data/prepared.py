"""Prepared data on disk: shards of packed windows, read without any deep-learning framework.

A shard is a safetensors file of flat arrays:

| tensor | dtype, shape | content |
| --- | --- | --- |
| `token_ids` | int32 [tokens] | the windows' token ids, one after another |
| `token_offsets` | int64 [windows + 1] | where each window starts |
| `labels` | uint8 [slots] | 1 for sentences of the greedy oracle |
| `soft_labels` | float32 [slots] | the oracle's expectation, in [0, 1] |
| `slot_offsets` | int64 [windows + 1] | where each window's sentences start |
| `window_document` | int32 [windows] | document of each window, as its number in the shard |
| `summary_token_ids` | int32 [summary tokens] | the references, packed like documents |
| `summary_offsets` | int64 [documents + 1] | where the reference of each document starts |
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import save

from bertsum_tf.data.storage import exists, is_remote, open_safetensors, read_bytes
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.run_folder import write_aside
from bertsum_tf.text.packing import TOKENS_PER_SENTENCE_SLOT
from bertsum_tf.text.sentences import rules_sha256

FORMAT = 3
MANIFEST = "manifest.json"
# What `prepare` was asked for: there from its start.
PARAMETERS = "parameters.json"

# Of a bucket, which answers slowly and many at a time.
_SHARDS_AT_ONCE = 8

# Columns of the table of windows: the shard's number, then where in it these start and end.
_WINDOW = slice(1, 3)
_SLOTS = slice(3, 5)
_SUMMARY = slice(5, 7)


@dataclass(frozen=True)
class Shard:
    """What one shard holds.

    Attributes:
        file: name in the folder of prepared data.
        documents: documents that were packed.
        windows: windows of those documents.
        sentences: sentence slots filled; a sentence repeated in a later window counts again.
        tokens: token ids.
        dropped: documents left out, by reason.
    """

    file: str
    documents: int
    windows: int
    sentences: int
    tokens: int
    dropped: dict[str, int]


def write_shard(
    path: Path,
    token_ids: Sequence[np.ndarray],
    labels: Sequence[np.ndarray],
    soft_labels: Sequence[np.ndarray],
    window_document: Sequence[int],
    summaries: Sequence[np.ndarray],
    documents: int,
    dropped: dict[str, int],
) -> Shard:
    """Writes one shard, whole or not at all.

    Args:
        path: the file.
        token_ids: of each window.
        labels: of each window's slots.
        soft_labels: of each window's slots.
        window_document: for each window, the number of its document.
        summaries: packed reference of each document; empty for one that was dropped.
        documents: how many were not dropped.
        dropped: how many were, by reason.
    """

    def flat(arrays: Sequence[np.ndarray], dtype: type) -> np.ndarray:
        return np.concatenate([np.zeros(0, dtype), *arrays]).astype(dtype)

    def offsets(arrays: Sequence[np.ndarray]) -> np.ndarray:
        return np.cumsum([0, *map(len, arrays)], dtype=np.int64)

    shard = Shard(
        file=path.name,
        documents=documents,
        windows=len(token_ids),
        sentences=sum(map(len, labels)),
        tokens=sum(map(len, token_ids)),
        dropped=dict(sorted(dropped.items())),
    )
    content = save(
        {
            "token_ids": flat(token_ids, np.int32),
            "token_offsets": offsets(token_ids),
            "labels": flat(labels, np.uint8),
            "soft_labels": flat(soft_labels, np.float32),
            "slot_offsets": offsets(labels),
            "window_document": np.array(window_document, np.int32),
            "summary_token_ids": flat(summaries, np.int32),
            "summary_offsets": offsets(summaries),
        },
        metadata={"shard": json.dumps(shard.__dict__)},
    )
    write_aside(path, content)
    return shard


def read_shard_statistics(path: Path) -> Shard:
    """What `write_shard` said of a shard that exists."""
    return _open_shard(path)[1]


def _open_shard(path: str | os.PathLike[str]) -> tuple[Any, Shard]:
    try:
        file = open_safetensors(path)
        return file, Shard(**json.loads(file.metadata()["shard"]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise BertsumError(
            f"{path} is damaged: delete it and run `bertsum prepare` again."
        ) from error


class PreparedData:
    """Windows of prepared data, read when asked for.

    Args:
        folder: what `bertsum prepare` wrote; on a disk, from which windows are read when asked for,
            or in a bucket (`gs://...`, see `bertsum_tf.data.storage`), from which all are at once.
        later_windows: the share, between 0 and 1, of windows that are not the first of their
            document which is kept, spread evenly. With 0, as in the paper, documents end where
            their first window does.

    Attributes:
        folder: where it is.
        manifest: the content of `manifest.json`.
        lengths: int32 [n]: the least padded length of each window, a multiple of 8.
        summary_lengths: int32 [n]: tokens of the reference of each window's document.

    Raises:
        BertsumError: if the folder holds no finished prepared data, or data of another rule book.
    """

    def __init__(self, folder: str | os.PathLike[str], *, later_windows: float = 1.0) -> None:
        if not 0 <= later_windows <= 1:
            raise UsageError(
                f"The share of later windows is {later_windows}; it has to be between 0 and 1."
            )
        self.folder: str | Path = Path(folder)
        if is_remote(folder):
            self.folder = os.fspath(folder).rstrip("/")
        self.manifest = _read_manifest(self.folder)
        places, lengths = [], []
        num_later = 0
        paths = [f"{self.folder}/{entry['file']}" for entry in self.manifest["shards"]]
        with ThreadPoolExecutor(_SHARDS_AT_ONCE) as pool:
            self._files: list[Any] = [file for file, _ in pool.map(_open_shard, paths)]
        for number, file in enumerate(self._files):
            tokens = file.get_tensor("token_offsets")
            slots = file.get_tensor("slot_offsets")
            document = file.get_tensor("window_document").astype(np.int64)
            is_later = np.diff(document, prepend=-1) == 0
            nth = num_later + np.cumsum(is_later)
            kept = np.floor(nth * later_windows) > np.floor((nth - 1) * later_windows)
            keep = np.flatnonzero(~is_later | kept)
            num_later += int(is_later.sum())
            place = np.stack([np.full(len(document), number), tokens[:-1], tokens[1:]], 1)
            summaries = file.get_tensor("summary_offsets")
            place = np.concatenate(
                [
                    place,
                    *(slots[:-1, None], slots[1:, None]),
                    *(summaries[document][:, None], summaries[document + 1][:, None]),
                ],
                1,
            )
            places.append(place[keep])
            needed = np.maximum(np.diff(tokens), np.diff(slots) * TOKENS_PER_SENTENCE_SLOT)
            lengths.append(_round_up(needed, TOKENS_PER_SENTENCE_SLOT)[keep])
        self._places = np.concatenate(places)
        self.lengths = np.concatenate(lengths).astype(np.int32)
        start, end = self._places[:, _SUMMARY].T
        self.summary_lengths = (end - start).astype(np.int32)

    def __len__(self) -> int:
        return len(self._places)

    def check_model(self, vocabulary_sha256: str, rules_sha256: str) -> None:
        """Refuses a model of another vocabulary or another sentence rule book.

        Args:
            vocabulary_sha256: `WordPiece.sha256` of the model's vocabulary.
            rules_sha256: of the rule book that the model was trained with.
        """
        if vocabulary_sha256 != self.manifest["vocabulary_sha256"]:
            raise BertsumError(
                f"{self.folder} was prepared with another vocabulary than the model's: "
                "run `bertsum prepare` with this model's backbone."
            )
        if rules_sha256 != self.manifest["rules_sha256"]:
            raise BertsumError(
                f"The model was trained with another sentence rule book than {self.folder}: "
                "start from a model of this version, or from a bare BERT."
            )

    def token_ids(self, windows: Sequence[int] | np.ndarray, length: int, rows: int) -> np.ndarray:
        """Reads windows as one array of fixed shape.

        Args:
            windows: numbers of the windows.
            length: tokens a row, at least the `lengths` of these windows, a multiple of 8.
            rows: rows of the batch, at least as many as windows; rows left over are padding.

        Returns:
            int32 [rows, length].
        """
        return self._padded("token_ids", windows, _WINDOW, (rows, length), self.manifest["pad_id"])

    def labels(
        self, windows: Sequence[int] | np.ndarray, length: int, rows: int, labels: str = "soft"
    ) -> np.ndarray:
        """The labels of the sentence slots of windows, as `token_ids` has them.

        Args:
            windows: as for `token_ids`.
            length: see there.
            rows: see there.
            labels: "hard" (the greedy oracle) or "soft" (its expectation).

        Returns:
            float32 [rows, length // 8], -1.0 where a slot holds no sentence.
        """
        name = {"hard": "labels", "soft": "soft_labels"}[labels]
        shape = (rows, length // TOKENS_PER_SENTENCE_SLOT)
        return self._padded(name, windows, _SLOTS, shape, -1.0)

    def summaries(self, windows: Sequence[int] | np.ndarray) -> list[np.ndarray]:
        """The references of the documents of windows, packed: `[CLS] s1 [SEP] [CLS] s2 [SEP] ...`.

        Args:
            windows: as for `token_ids`.

        Returns:
            For each window int32 [t], of the reference's full length.
        """
        return [self._read("summary_token_ids", window, _SUMMARY) for window in windows]

    def _padded(
        self,
        name: str,
        windows: Sequence[int] | np.ndarray,
        columns: slice,
        shape: tuple[int, int],
        padding: float,
    ) -> np.ndarray:
        batch = np.full(shape, padding, np.int32 if isinstance(padding, int) else np.float32)
        for row, window in zip(batch, windows, strict=False):
            values = self._read(name, window, columns)
            row[: len(values)] = values
        return batch

    def _read(self, name: str, window: int | np.integer, columns: slice) -> np.ndarray:
        place = self._places[window]
        start, end = place[columns].tolist()
        values: np.ndarray = self._files[place[0]].get_slice(name)[start:end]
        return values


def check_version(folder: str | Path, parameters: dict[str, Any]) -> None:
    """Refuses data that this version can neither read nor go on with.

    Args:
        folder: of the data.
        parameters: what it was prepared with, or its manifest.

    Raises:
        BertsumError: if it was prepared in another format, or with another rule book.
    """
    if parameters.get("format") != FORMAT:
        how = "by another version of bertsum_tf"
    elif parameters.get("rules_sha256") != rules_sha256():
        how = "with another sentence rule book"
    else:
        return
    raise BertsumError(
        f"{folder} was prepared {how}: delete this folder, then run `bertsum prepare` again."
    )


def _round_up(values: np.ndarray, multiple: int) -> np.ndarray:
    return -(-values // multiple) * multiple


def _read_manifest(folder: str | Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = dict(json.loads(read_bytes(f"{folder}/{MANIFEST}")))
    except FileNotFoundError:
        state = "is not finished" if exists(f"{folder}/{PARAMETERS}") else "is not there"
        raise BertsumError(
            f"The prepared data {folder} {state}: run `bertsum prepare ... --output {folder}`."
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise BertsumError(
            f"{folder}/{MANIFEST} can't be read ({error}): run `bertsum prepare` again."
        ) from error
    check_version(folder, manifest)
    return manifest

"""Scores, or summaries, of a SavedModel that `bertsum export --format saved_model` wrote."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from bertsum_tf.decoding import Beam, Limits, Strategy, check_search
from bertsum_tf.engines.litert_file import packing_limits
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.keras_backend import import_tensorflow_quietly
from bertsum_tf.text.sentences import rules_sha256
from bertsum_tf.text.wordpiece import WordPiece

SAVED_MODEL = "saved_model.pb"

# TensorFlow leaves this folder of a SavedModel to its users.
EXTRA = "assets.extra"
VOCABULARY = "vocab.txt"
DESCRIPTION = "bertsum.json"

# Of `DESCRIPTION`; another one is refused.
FORMAT_VERSION = 1


def load_saved_model(folder: str | os.PathLike[str]) -> SavedModelEngine | SavedModelWriter:
    """Loads a SavedModel.

    Args:
        folder: a SavedModel, or a folder of numbered versions of it, of which the latest is taken.

    Returns:
        What scores sentences, or what writes summaries.

    Raises:
        BertsumError: if it is not one of ours, is damaged, or belongs to another version.
    """
    path = latest_version(Path(folder))
    description = _description(path)
    writes = description["task"] == "abstractive"
    return (SavedModelWriter if writes else SavedModelEngine)(path, description)


class _SavedModel:
    """A SavedModel that is loaded, with its vocabulary.

    Args:
        path: its folder.
        description: what that says of it.

    Attributes:
        vocabulary: that of the model.
        max_tokens: the length of its windows.

    Raises:
        BertsumError: if it is damaged.
    """

    _function_name: str

    def __init__(self, path: Path, description: dict[str, Any]) -> None:
        self.vocabulary = WordPiece.from_file(path / EXTRA / VOCABULARY)
        # Other numbers for the same words choose other sentences, or none of the model's rows.
        if self.vocabulary.sha256 != description["vocabulary_sha256"]:
            raise BertsumError(
                f"The SavedModel {path} is damaged ({EXTRA}/{VOCABULARY} is not the vocabulary "
                "that it was exported with): export it again."
            )
        self.max_tokens: int = description["max_tokens"]
        import_tensorflow_quietly()
        import tensorflow as tf
        import tensorflow_text  # noqa: F401  # its operators are in the graph

        try:
            # Held, because its functions do not keep its variables alive.
            self._model: Any = tf.saved_model.load(str(path))
            self._function = getattr(self._model, self._function_name)
        # TensorFlow has no kind of error for this: IndexError, ValueError, DataLossError, ...
        except Exception as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
            raise BertsumError(
                f"The SavedModel {path} is damaged ({reason}): export it again."
            ) from error


class SavedModelEngine(_SavedModel):
    """An engine of `bertsum_tf.Summarizer` over a SavedModel; see `load_saved_model`."""

    _function_name = "score_token_ids"

    def score(self, token_ids: np.ndarray) -> np.ndarray:
        """Logits of the sentence slots.

        Args:
            token_ids: int32 [B, T], T a multiple of 8.

        Returns:
            float32 [B, T // 8].
        """
        scores: np.ndarray = self._function(token_ids).numpy()
        return scores


class SavedModelWriter(_SavedModel):
    """A writer of `bertsum_tf.Summarizer` over a SavedModel; see `load_saved_model`.

    Attributes:
        max_target_tokens: the most tokens that it can write.
    """

    _function_name = "write_token_ids"

    def __init__(self, path: Path, description: dict[str, Any]) -> None:
        super().__init__(path, description)
        self.max_target_tokens: int = description["max_target_tokens"]

    def check(self, strategy: Strategy | None, limits: Limits | None) -> None:
        """Refuses more tokens than the model can write, and strategies that the graph has not."""
        self._search(strategy, limits)

    def _search(self, strategy: Strategy | None, limits: Limits | None) -> tuple[Strategy, Limits]:
        strategy, limits = check_search(strategy, limits, self.max_target_tokens)
        if strategy != Beam() and not _is_greedy(strategy):
            raise UsageError(
                f"A SavedModel writes by {Beam()} or greedily, not by {strategy}: "
                "take the model that it was exported from."
            )
        return strategy, limits

    def write(
        self,
        token_ids: np.ndarray,
        strategy: Strategy | None = None,
        limits: Limits | None = None,
    ) -> list[list[str]]:
        """Writes.

        Args:
            token_ids: int32 [B, T], T a multiple of 8.
            strategy: None or `Beam()`: the paper's beam search; `GREEDY`.
            limits: of length and repetition; None: `Limits()`.

        Returns:
            The sentences of each summary.

        Raises:
            UsageError: at another strategy, which the graph does not have.
        """
        strategy, limits = self._search(strategy, limits)
        least, greatest = limits.of(self.max_target_tokens)
        write = self._function
        if _is_greedy(strategy):
            write = self._model.write_token_ids_greedily
        count = len(token_ids)
        written = write(
            token_ids,
            np.full(count, least, np.int32),
            np.full(count, greatest, np.int32),
            limits.block_trigrams,
        )
        counts = written["sentence_count"].numpy()
        return [
            [sentence.decode() for sentence in row[:count]]
            for row, count in zip(written["sentences"].numpy().tolist(), counts, strict=True)
        ]


def _is_greedy(strategy: Strategy) -> bool:
    # With one beam there is nothing that a length penalty could prefer.
    return isinstance(strategy, Beam) and strategy.size == 1


def is_saved_model(folder: Path) -> bool:
    """Whether a folder is a SavedModel, or holds versions of one."""
    return (folder / SAVED_MODEL).is_file() or bool(versions(folder))


def versions(base: Path) -> list[Path]:
    """The versions of a SavedModel in a folder such as TF Serving reads, ascending."""
    return [path for _, path in numbered(base) if (path / SAVED_MODEL).is_file()]


def numbered(base: Path) -> list[tuple[int, Path]]:
    """All that has a number for a name, ascending, whether it is a SavedModel or not.

    TF Serving takes `0003` for version 3 too.
    """
    if not base.is_dir():
        return []
    return sorted((int(path.name), path) for path in base.iterdir() if path.name.isdecimal())


def latest_version(folder: Path) -> Path:
    """The SavedModel itself: the folder, or the latest version in it.

    Raises:
        BertsumError: if there is none.
    """
    if (folder / SAVED_MODEL).is_file():
        return folder
    paths = versions(folder)
    if not paths:
        raise BertsumError(
            f"There is no SavedModel in {folder}: name a folder that "
            "`bertsum export --format saved_model` wrote."
        )
    return paths[-1]


def _description(path: Path) -> dict[str, Any]:
    try:
        text = (path / EXTRA / DESCRIPTION).read_text(encoding="utf-8")
        description: dict[str, Any] = json.loads(text)
        own = {"rules_sha256": rules_sha256(), **packing_limits()}
        of_this_version = (
            description["format"] == FORMAT_VERSION and own.items() <= description.items()
        )
        if of_this_version:  # then these, too, have to be there
            int(description["max_tokens"]), str(description["vocabulary_sha256"])
            task = description.setdefault("task", "extractive")
            of_this_version = task in ("extractive", "abstractive")
            if task == "abstractive":
                int(description["max_target_tokens"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BertsumError(
            f"{path} is no SavedModel of bertsum ({EXTRA}/{DESCRIPTION} is missing or damaged): "
            "name a folder that `bertsum export --format saved_model` wrote."
        ) from error
    if not of_this_version:
        raise BertsumError(
            f"{path} was exported by bertsum_tf {description.get('bertsum_tf', 'of another kind')},"
            " which splits sentences or packs them otherwise than this version: export it again, "
            "or install that version."
        )
    return description

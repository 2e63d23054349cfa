"""Corpus -> prepared data: packed windows with labels, in shards, ready for any backend.

Each shard is made by one worker process from a fixed number of documents and appears under its name
only when it is whole; `manifest.json` appears when all shards have. A run that was killed leaves
shards that the next one keeps.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from bertsum_tf.cores import available_cores
from bertsum_tf.data.corpora import BadDocument, Corpus, Document
from bertsum_tf.data.oracle import oracle_labels
from bertsum_tf.data.prepared import (
    FORMAT,
    MANIFEST,
    PARAMETERS,
    Shard,
    check_version,
    read_shard_statistics,
    write_shard,
)
from bertsum_tf.errors import BertsumError
from bertsum_tf.run_folder import claim, read_finished, write_aside
from bertsum_tf.text.packing import MAX_WINDOW_TOKENS, TOKENS_PER_SENTENCE_SLOT, pack
from bertsum_tf.text.sentences import rules_sha256, split, summary_sentences
from bertsum_tf.text.wordpiece import WordPiece

# PreSumm, `min_src_nsents`: a shorter document has nothing to choose from.
MIN_DOCUMENT_SENTENCES = 3

DOCUMENTS_PER_SHARD = 2000

_SHARDS = "shard-*"


@dataclass(frozen=True)
class Progress:
    """How far `prepare` has come, in documents.

    Attributes:
        done: in all.
        total: None if unknown.
        done_earlier: of those, what was there from a run that was interrupted.
    """

    done: int
    total: int | None
    done_earlier: int = 0


def prepare(
    corpus: Corpus,
    vocabulary: WordPiece,
    output: str | os.PathLike[str],
    *,
    max_tokens: int = MAX_WINDOW_TOKENS,
    workers: int | None = None,
    documents_per_shard: int = DOCUMENTS_PER_SHARD,
    on_progress: Callable[[Progress], object] = lambda progress: None,
    on_bad: Callable[[BadDocument], object] = lambda record: None,
) -> dict[str, Any]:
    """Splits, tokenises, packs and labels every document of a corpus.

    The result is the same, bit for bit, for the same corpus and parameters, whatever the number of
    workers and however often the run was interrupted. Memory holds a few shards' documents at once,
    whatever the size of the corpus.

    Args:
        corpus: the documents; those without a reference, or too short, are dropped and counted.
        vocabulary: the backbone's.
        output: the folder to write.
        max_tokens: tokens a window, a multiple of 8.
        workers: processes; None: one a core.
        documents_per_shard: documents that go into one shard.
        on_progress: called after each shard.
        on_bad: called with each record of the corpus that is no document, and is left out.

    Returns:
        The manifest, as written to `manifest.json`.

    Raises:
        BertsumError: if the folder holds data of other parameters, can't be written, or if no
            document is left.
    """
    folder = Path(output)
    parameters, finished = begin(folder, corpus, vocabulary, max_tokens, documents_per_shard)
    if finished is not None:
        return finished
    bad: Counter[str] = Counter()

    def count_bad(record: BadDocument) -> None:
        bad[record.reason] += 1
        on_bad(record)

    documents = in_chunks(corpus.read(on_bad=count_bad), documents_per_shard)
    earlier = {path.name for path in folder.glob(_SHARDS)}
    shards: list[Shard] = []
    done = done_earlier = 0
    for shard in _in_order(documents, folder, vocabulary, max_tokens, workers or available_cores()):
        shards.append(shard)
        in_shard = shard.documents + sum(shard.dropped.values())
        done += in_shard
        done_earlier += in_shard if shard.file in earlier else 0
        on_progress(Progress(done, corpus.size, done_earlier))
    return finish(folder, parameters, shards, bad)


def begin(
    folder: Path,
    corpus: Corpus,
    vocabulary: WordPiece,
    max_tokens: int = MAX_WINDOW_TOKENS,
    documents_per_shard: int = DOCUMENTS_PER_SHARD,
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Makes the folder, or sees that it holds the same data, and takes away what is half-done.

    Args:
        folder: of the prepared data.
        corpus: as for `prepare`.
        vocabulary: see there.
        max_tokens: see there.
        documents_per_shard: see there.

    Returns:
        The parameters, as `parameters.json` holds them; and the manifest, if the data are there.

    Raises:
        BertsumError: as `prepare` does.
    """
    if max_tokens < 64 or max_tokens % TOKENS_PER_SENTENCE_SLOT:
        raise BertsumError(
            f"A window of {max_tokens} tokens can't be packed: "
            f"choose a multiple of {TOKENS_PER_SENTENCE_SLOT}, at least 64."
        )
    parameters = {
        "format": FORMAT,
        "corpus": corpus.name,
        "corpus_fingerprint": corpus.fingerprint(),
        "rules_sha256": rules_sha256(),
        "vocabulary_sha256": vocabulary.sha256,
        "vocabulary_size": len(vocabulary.vocabulary),
        "pad_id": vocabulary.pad_id,
        "cls_id": vocabulary.cls_id,
        "sep_id": vocabulary.sep_id,
        "max_tokens": max_tokens,
        "documents_per_shard": documents_per_shard,
    }
    recorded = _recorded(folder)
    if recorded and any(folder.glob(_SHARDS)):
        check_version(folder, recorded)
    claim(folder, PARAMETERS, parameters, results=_SHARDS)
    if (finished := read_finished(folder, MANIFEST, parameters)) is not None:
        return parameters, finished
    (folder / MANIFEST).unlink(missing_ok=True)
    for aside in folder.glob(f".{_SHARDS}"):  # a killed run was writing it
        aside.unlink()
    return parameters, None


def finish(
    folder: Path,
    parameters: Mapping[str, Any],
    shards: Sequence[Shard],
    bad: Mapping[str, int],
) -> dict[str, Any]:
    """Writes the manifest, which says that the data are whole.

    Args:
        folder: of the prepared data.
        parameters: what `begin` returned.
        shards: all, in order.
        bad: how many records of the corpus were no documents, by reason.

    Returns:
        The manifest.

    Raises:
        BertsumError: if no document is left; then nothing of these data is left either.
    """
    dropped = Counter(bad) + sum((Counter(shard.dropped) for shard in shards), Counter())
    manifest: dict[str, Any] = {
        **parameters,
        "documents": sum(shard.documents for shard in shards),
        "windows": sum(shard.windows for shard in shards),
        "sentences": sum(shard.sentences for shard in shards),
        "tokens": sum(shard.tokens for shard in shards),
        "dropped": dict(sorted(dropped.items())),
        "shards": [{"file": shard.file, "windows": shard.windows} for shard in shards],
    }
    if not manifest["documents"]:
        why = "; ".join(f"{count} x {reason}" for reason, count in manifest["dropped"].items())
        # So that the same command takes the corrected corpus.
        for path in (*folder.glob(_SHARDS), folder / PARAMETERS):
            path.unlink(missing_ok=True)
        raise BertsumError(
            f"No document of {manifest['corpus']} is left to learn from "
            f"({why or 'the corpus is empty'}): "
            "name a corpus with documents of 3 or more sentences and their summaries; a line of a "
            '.jsonl file is {"document": TEXT, "summary": TEXT}.'
        )
    write_aside(folder / MANIFEST, json.dumps(manifest, indent=1) + "\n")
    return manifest


def _recorded(folder: Path) -> dict[str, Any]:
    """The parameters of what is there; none if they can't be read."""
    try:
        return dict(json.loads((folder / PARAMETERS).read_text()))
    except (OSError, ValueError, TypeError):
        return {}


_T = TypeVar("_T")


def in_chunks(entries: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """What goes into each shard: entries that follow each other, in lists of one size."""
    chunk: list[_T] = []
    for entry in entries:
        chunk.append(entry)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _in_order(
    chunks: Iterator[list[Document]],
    folder: Path,
    vocabulary: WordPiece,
    max_tokens: int,
    workers: int,
) -> Iterator[Shard]:
    """Makes the shards that are missing, a few at a time, and yields all in order."""
    # Spawned, not forked: the parent may hold TensorFlow's threads.
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(vocabulary.vocabulary, max_tokens),
    )
    waiting: list[Future[Shard] | Shard] = []

    def finished(entry: Future[Shard] | Shard) -> Shard:
        try:
            return entry if isinstance(entry, Shard) else entry.result()
        except BrokenProcessPool as error:
            raise BertsumError(
                "A worker process was killed, perhaps for lack of memory: run the same command "
                "again with fewer --workers; what is done is kept."
            ) from error
        except OSError as error:
            raise BertsumError(
                f"{folder} can't be written ({error.strerror or error}): make room, then run the "
                "same command again; what is done is kept."
            ) from error

    try:
        for number, chunk in enumerate(chunks):
            path = folder / shard_name(number)
            if path.exists():
                waiting.append(read_shard_statistics(path))
            else:
                waiting.append(pool.submit(_make_shard_in_worker, path, chunk))
            if len(waiting) > workers + 1:
                yield finished(waiting.pop(0))
        while waiting:
            yield finished(waiting.pop(0))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_worker: tuple[WordPiece, int]


def _start_worker(vocabulary: Sequence[str], max_tokens: int) -> None:
    global _worker
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # the processes are the parallelism
    _worker = (WordPiece(vocabulary), max_tokens)


def _make_shard_in_worker(path: Path, documents: list[Document]) -> Shard:
    return make_shard(path, documents, *_worker)


def shard_name(number: int) -> str:
    """What a shard's file is called."""
    return f"shard-{number:05d}.safetensors"


def make_shard(
    path: Path, documents: Sequence[Document], vocabulary: WordPiece, max_tokens: int
) -> Shard:
    """Splits, tokenises, packs and labels the documents of one shard, and writes it.

    Args:
        path: the file, which appears when it is whole.
        documents: those of the shard, in their order.
        vocabulary: as for `prepare`.
        max_tokens: see there.

    Returns:
        What the shard holds.
    """
    token_ids: list[np.ndarray] = []
    labels: list[np.ndarray] = []
    soft_labels: list[np.ndarray] = []
    window_document: list[int] = []
    summaries = [np.zeros(0, np.int32)] * len(documents)
    dropped: Counter[str] = Counter()
    for number, document in enumerate(documents):
        spans = split(document.text) if document.spans is None else document.spans
        sentences = [document.text[start:end] for start, end in spans]
        if not document.reference:
            dropped["no summary"] += 1
            continue
        if len(sentences) < MIN_DOCUMENT_SENTENCES:
            dropped[f"fewer than {MIN_DOCUMENT_SENTENCES} sentences"] += 1
            continue
        chosen, soft = oracle_labels(sentences, document.reference)
        if not chosen:
            dropped["no sentence shares a word with the summary"] += 1
            continue
        hard = np.zeros(len(sentences), np.uint8)
        hard[chosen] = 1
        expected = np.array(soft, np.float32)
        summaries[number] = _packed_summary(document.reference, vocabulary)
        pieces = vocabulary.encode(sentences)
        for window in pack(
            pieces, cls_id=vocabulary.cls_id, sep_id=vocabulary.sep_id, max_tokens=max_tokens
        ):
            members = list(window.sentences)
            token_ids.append(window.token_ids)
            labels.append(hard[members])
            soft_labels.append(expected[members])
            window_document.append(number)
    return write_shard(
        path,
        token_ids,
        labels,
        soft_labels,
        window_document,
        summaries,
        len(documents) - sum(dropped.values()),
        dict(dropped),
    )


def _packed_summary(reference: str, vocabulary: WordPiece) -> np.ndarray:
    """The reference in the form of a packed document, all of it: who reads it knows its limits."""
    token_ids = [
        token
        for piece in vocabulary.encode(summary_sentences(reference))
        for token in (vocabulary.cls_id, *piece, vocabulary.sep_id)
    ]
    return np.array(token_ids, np.int32)

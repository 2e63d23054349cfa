"""`bertsum_tf.data.prepare` on many machines: the same shards, to the byte.

One worker reads the corpus, for a reader keeps many workers busy: what takes the time is the
oracle. Each shard is made by one worker.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

import apache_beam as beam

from bertsum_tf.beam.runner import Runner, run
from bertsum_tf.data.corpora import BadDocument, Corpus, Document
from bertsum_tf.data.prepare import (
    DOCUMENTS_PER_SHARD,
    begin,
    finish,
    in_chunks,
    make_shard,
    shard_name,
)
from bertsum_tf.data.prepared import Shard
from bertsum_tf.run_folder import write_aside
from bertsum_tf.storage_path import storage_path
from bertsum_tf.text.packing import MAX_WINDOW_TOKENS
from bertsum_tf.text.wordpiece import WordPiece

# Of the shards in the making; `begin` deletes what a failed run left of it.
_STATISTICS = ".shard-statistics.json"

_BAD = "bad"

# A shard's number, and what is in it.
_Chunk: TypeAlias = "tuple[int, list[Document]]"
_Made: TypeAlias = "tuple[int, Shard]"


def prepare_with_beam(
    open_source: Callable[[], Corpus],
    vocabulary: WordPiece,
    output: str | os.PathLike[str],
    runner: Runner,
    *,
    max_tokens: int = MAX_WINDOW_TOKENS,
    documents_per_shard: int = DOCUMENTS_PER_SHARD,
) -> dict[str, Any]:
    """Does what `bertsum_tf.data.prepare.prepare` does, and writes the same files.

    A run that failed starts again from the beginning; its folder has no `manifest.json`.

    Args:
        open_source: opens the corpus, here and on a worker, such as
            `functools.partial(open_corpus, "gs://bucket/news.jsonl")`.
        vocabulary: the backbone's.
        output: the folder to write, which every worker has to reach.
        runner: what runs it.
        max_tokens: tokens a window, a multiple of 8.
        documents_per_shard: documents that go into one shard.

    Returns:
        The manifest, as written to `manifest.json`.

    Raises:
        BertsumError: as `prepare` does, or if the pipeline fails.
    """
    folder = storage_path(output)
    parameters, finished = begin(folder, open_source(), vocabulary, max_tokens, documents_per_shard)
    if finished is not None:
        return finished

    def build(pipeline: beam.Pipeline) -> None:
        read = (
            pipeline
            | beam.Create([None])
            | "Read"
            >> beam.FlatMap(_chunks, open_source, documents_per_shard).with_outputs(
                _BAD, main="chunks"
            )
        )
        made = (
            read.chunks
            | beam.Reshuffle()
            | "Make shards" >> beam.ParDo(_MakeShard(folder, vocabulary.vocabulary, max_tokens))
            | beam.combiners.ToList()
        )
        made | "Write statistics" >> beam.Map(
            _write_statistics, beam.pvalue.AsSingleton(read[_BAD]), folder / _STATISTICS
        )

    run(build, runner, str(folder))
    statistics = json.loads((folder / _STATISTICS).read_text())
    shards = [Shard(**shard) for shard in statistics["shards"]]
    manifest = finish(folder, parameters, shards, statistics["bad"])
    (folder / _STATISTICS).unlink()
    return manifest


def _chunks(
    _: None, open_source: Callable[[], Corpus], documents_per_shard: int
) -> Iterator[_Chunk | beam.pvalue.TaggedOutput]:
    bad: Counter[str] = Counter()

    def count_bad(record: BadDocument) -> None:
        bad[record.reason] += 1

    documents = open_source().read(on_bad=count_bad)
    yield from enumerate(in_chunks(documents, documents_per_shard))
    yield beam.pvalue.TaggedOutput(_BAD, dict(bad))


class _MakeShard(beam.DoFn):
    """Makes one shard of each chunk."""

    def __init__(self, folder: Path, vocabulary: Sequence[str], max_tokens: int) -> None:
        self._folder = folder
        self._vocabulary = vocabulary
        self._max_tokens = max_tokens

    def setup(self) -> None:
        """Makes the tokeniser, which can't be sent to a worker."""
        os.environ["TOKENIZERS_PARALLELISM"] = "false"  # the workers are the parallelism
        self._word_piece = WordPiece(self._vocabulary)

    def process(self, chunk: _Chunk) -> Iterator[_Made]:
        """Makes a shard."""
        number, documents = chunk
        path = self._folder / shard_name(number)
        yield number, make_shard(path, documents, self._word_piece, self._max_tokens)


def _write_statistics(made: list[_Made], bad: dict[str, int], path: Path) -> None:
    shards = [asdict(shard) for _, shard in sorted(made, key=lambda entry: entry[0])]
    write_aside(path, json.dumps({"shards": shards, "bad": bad}))

"""Summaries of very many texts, in shards of JSON lines, on one machine or on many.

The order is that of the input: files as `find_files` lists them, in each its texts. A shard holds
the summaries of up to 1,000 consecutive documents: of plain text files that follow each other, or
of one file of many texts. So the shards do not depend on how many workers make them.

Each shard is written under a name of its own, and gets the one that says how many there are when
all are there; `manifest.json` comes last.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, TypeAlias

import apache_beam as beam
from apache_beam.ml.inference.base import KeyedModelHandler, RunInference

from bertsum_tf import bundled
from bertsum_tf.beam.runner import Runner, run
from bertsum_tf.beam.tflite_model_handler import TfliteModelHandler
from bertsum_tf.cores import available_cores
from bertsum_tf.data.corpora import BadDocument, Document
from bertsum_tf.data.prepare import in_chunks
from bertsum_tf.data.prepared import MANIFEST, PARAMETERS
from bertsum_tf.data.texts import find_files, holds_records, read_documents
from bertsum_tf.decoding import Limits, Strategy
from bertsum_tf.errors import UsageError
from bertsum_tf.run_folder import claim, read_finished, write_aside
from bertsum_tf.storage_path import File, storage_path
from bertsum_tf.text.sentences import rules_sha256

FORMAT = 1

DOCUMENTS_PER_SHARD = 1000

_SUMMARIES = "summaries"
_BAD = "bad"

# Of a run that has not ended: the second pattern is of files that were being written.
_UNFINISHED = (".part-*", "..part-*")
_BLOCKS = ".part-blocks.json"

# Files that are read by one worker, and their place among all.
_Group: TypeAlias = "tuple[int, list[str]]"
# What one shard is made of: a group's place, and the shard's in it.
_Block: TypeAlias = "tuple[int, int]"
# A document's place: its block's, and its own in the group.
_Place: TypeAlias = "tuple[int, int, int]"


@dataclass(frozen=True)
class SummaryOptions:
    """How texts are summarised.

    Attributes:
        model: a `.tflite` file; None: the one in the package.
        choice: keyword arguments of `Summarizer.batch`.
        strategy: of a model that writes; see `Summarizer`.
        limits: of a model that writes; see `Summarizer`.
        encoding: of plain text files; None: what a byte order mark says, else UTF-8.
    """

    model: str | None = None
    choice: Mapping[str, Any] = field(default_factory=dict)
    strategy: Strategy | None = None
    limits: Limits | None = None
    encoding: str | None = None


def summarize_with_beam(
    patterns: Sequence[str],
    output: str,
    runner: Runner,
    options: SummaryOptions = SummaryOptions(),
    *,
    documents_per_shard: int = DOCUMENTS_PER_SHARD,
) -> dict[str, Any]:
    """Summarises the texts of files.

    The folder then holds `summaries-00000-of-00004.jsonl` and so on, each line what `bertsum
    summarize --json` prints, in the order of the input; beside a shard of which documents could not
    be read, `bad-00002-of-00004.jsonl` with their `{"source", "reason"}`; and `manifest.json`,
    which says that all is there. The same call on a finished folder does nothing.

    Args:
        patterns: paths of files, with `*` for many; see `bertsum_tf.data.texts`.
        output: the folder to write, which every worker has to reach.
        runner: what runs it.
        options: which model, and how it summarises.
        documents_per_shard: documents of a shard at most.

    Returns:
        The manifest: the parameters, `"documents"`, `"bad"` and `"shards"`.

    Raises:
        UsageError: if no file matches.
        BertsumError: if the folder holds something else or can't be written, or the pipeline fails.
    """
    for pattern in patterns:
        if not find_files([pattern]):
            raise UsageError(f"No file matches {pattern}: name files, such as 'articles/*.txt'.")
    folder = storage_path(output)
    parameters = _parameters(find_files(patterns), options, documents_per_shard)
    claim(folder, PARAMETERS, parameters, results=f"{_SUMMARIES}-*")
    if (finished := read_finished(folder, MANIFEST, parameters)) is not None:
        return finished
    _delete(folder, (MANIFEST, f"{_SUMMARIES}-*", f"{_BAD}-*", *_UNFINISHED))
    workers = runner.direct_workers
    handler = TfliteModelHandler(
        options.model,
        options.choice,
        strategy=options.strategy,
        limits=options.limits,
        # Elsewhere a process has a core: Dataflow, for one, starts as many as there are.
        threads=1 if workers is None else max(1, available_cores() // workers),
    )

    def build(pipeline: beam.Pipeline) -> None:
        read = (
            pipeline
            | beam.Create([list(patterns)])
            | "List files" >> beam.FlatMap(_groups, documents_per_shard)
            | "Spread files" >> beam.Reshuffle()
            | "Read"
            >> beam.FlatMap(_read, options.encoding, documents_per_shard).with_outputs(
                _BAD, main="documents"
            )
        )
        summaries = (
            read.documents
            | "Spread documents" >> beam.Reshuffle()
            | RunInference(KeyedModelHandler(handler))
        )
        (
            (summaries, read[_BAD])
            | beam.Flatten()
            | "By block" >> beam.Map(_by_block)
            | beam.GroupByKey()
            | "Write blocks" >> beam.Map(_write_block, folder)
            | beam.combiners.ToList()
            | "Write list of blocks" >> beam.Map(_write_blocks, folder)
        )

    run(build, runner, output)
    return _finish(folder, parameters)


def _parameters(
    files: Sequence[File], options: SummaryOptions, documents_per_shard: int
) -> dict[str, Any]:
    listing = hashlib.sha256()
    for file in files:
        listing.update(f"{file.path}\0{file.size}\0".encode("utf-8", "surrogateescape"))
    model = storage_path(options.model or bundled.TFLITE).read_bytes()
    return {
        "format": FORMAT,
        "files": len(files),
        "files_sha256": listing.hexdigest(),
        "rules_sha256": rules_sha256(),
        "model": options.model or bundled.NAME,
        "model_sha256": hashlib.sha256(model).hexdigest(),
        **options.choice,
        "strategy": options.strategy and repr(options.strategy),
        "limits": options.limits and repr(options.limits),
        "encoding": options.encoding,
        "documents_per_shard": documents_per_shard,
    }


def _delete(folder: Path, patterns: Iterable[str]) -> None:
    for pattern in patterns:
        for path in folder.glob(pattern):
            path.unlink()


def _groups(patterns: list[str], documents_per_shard: int) -> Iterator[_Group]:
    """The files: plain texts that follow each other, one shard of them at a time, or one other."""
    paths = (file.path for file in find_files(patterns))
    groups: Iterator[list[str]] = (
        group
        for of_many_texts, neighbours in groupby(paths, holds_records)
        for group in in_chunks(neighbours, 1 if of_many_texts else documents_per_shard)
    )
    yield from enumerate(groups)


def _read(
    group: _Group, encoding: str | None, documents_per_shard: int
) -> Iterator[tuple[_Place, Document] | beam.pvalue.TaggedOutput]:
    number, paths = group
    records = (record for path in paths for record in read_documents(path, encoding))
    for place, record in enumerate(records):
        own = (number, place // documents_per_shard, place)
        if isinstance(record, BadDocument):
            yield beam.pvalue.TaggedOutput(_BAD, (own, record))
        else:
            yield own, record


def _by_block(
    placed: tuple[_Place, str | BadDocument],
) -> tuple[_Block, tuple[int, str | BadDocument]]:
    (group, block, own), entry = placed
    return (group, block), (own, entry)


def _write_block(
    grouped: tuple[_Block, Iterable[tuple[int, str | BadDocument]]], folder: Path
) -> tuple[_Block, int, int]:
    """Writes a block's summaries and its bad documents; returns how many there are of each."""
    block, entries = grouped
    in_order = [entry for _, entry in sorted(entries, key=lambda entry: entry[0])]
    summaries = [entry for entry in in_order if isinstance(entry, str)]
    bad = [
        json.dumps({"source": entry.where, "reason": entry.reason}, ensure_ascii=False)
        for entry in in_order
        if isinstance(entry, BadDocument)
    ]
    for kind, lines in ((_SUMMARIES, summaries), (_BAD, bad)):
        if lines or kind == _SUMMARIES:
            # As `bertsum summarize --json` prints them: names of files may be no UTF-8.
            content = "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
            write_aside(folder / _part(block, kind), content)
    return block, len(summaries), len(bad)


def _part(block: _Block, kind: str) -> str:
    return f".part-{block[0]:08d}-{block[1]:08d}-{kind}.jsonl"


def _write_blocks(blocks: list[tuple[_Block, int, int]], folder: Path) -> None:
    write_aside(folder / _BLOCKS, json.dumps(sorted(blocks)))


def _finish(folder: Path, parameters: dict[str, Any]) -> dict[str, Any]:
    """Gives the shards their names, and writes the manifest."""
    blocks = json.loads((folder / _BLOCKS).read_text())
    shards = []
    for number, (block, documents, bad) in enumerate(blocks):
        shard: dict[str, Any] = {"documents": documents, "bad": bad}
        names = {
            kind: f"{kind}-{number:05d}-of-{len(blocks):05d}.jsonl" for kind in (_SUMMARIES, _BAD)
        }
        for kind, is_there in ((_SUMMARIES, True), (_BAD, bad > 0)):
            if is_there:
                (folder / _part(block, kind)).rename(folder / names[kind])
        shards.append({"file": names[_SUMMARIES], **shard})
    manifest = {
        **parameters,
        "documents": sum(shard["documents"] for shard in shards),
        "bad": sum(shard["bad"] for shard in shards),
        "shards": shards,
    }
    write_aside(folder / MANIFEST, json.dumps(manifest, indent=1) + "\n")
    _delete(folder, _UNFINISHED)
    return manifest

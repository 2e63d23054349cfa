"""Texts to summarise, many of them: files of several forms, each read one text at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bertsum_tf.data.document import BadDocument, Document
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.storage_path import File, matching_files, storage_path
from bertsum_tf.text.text_file import NO_TEXT, name_of, read_text

_JSON_LINES = (".jsonl", ".jsonl.gz")
_TFRECORDS = (".tfrecord", ".tfrecord.gz", ".tfrecords", ".tfrecords.gz")


def find_files(patterns: Iterable[str]) -> list[File]:
    """The files that any of some patterns matches, each once.

    Args:
        patterns: see `bertsum_tf.storage_path.matching_files`.

    Returns:
        Those of the first pattern, sorted by their paths, then those of the next.
    """
    return list(dict.fromkeys(file for pattern in patterns for file in matching_files(pattern)))


def holds_records(path: str) -> bool:
    """Whether a file has many texts, as its name says."""
    return path.endswith((*_JSON_LINES, *_TFRECORDS))


def read_documents(path: str, encoding: str | None = None) -> Iterator[Document | BadDocument]:
    """Reads the texts of a file, whatever is wrong with single ones.

    Args:
        path: "-" is standard input; JSON lines, as in `bertsum_tf.data.corpora`, if it ends with
            `.jsonl` or `.jsonl.gz`; TFRecords, see `bertsum_tf.data.tfrecords`, if with `.tfrecord`
            or `.tfrecords`, also with `.gz`; else plain text, all of it one document.
        encoding: of plain text; see `bertsum_tf.text.text_file`.

    Returns:
        One record a text, in the file's order. The id of a document is where it comes from: its own
        `id`, else `FILE`, `FILE line NUMBER` or `FILE record NUMBER`. A file that can't be read
        further is a bad document itself.

    Raises:
        UsageError: There is no such encoding.
    """
    try:
        for record in _records(path, encoding):
            if isinstance(record, Document) and not record.text.strip():
                yield BadDocument(record.id, NO_TEXT)
            else:
                yield record
    except UsageError:
        raise
    except BertsumError as error:
        yield BadDocument(path, str(error).removeprefix(f"{name_of(path)} "))


def _records(path: str, encoding: str | None) -> Iterator[Document | BadDocument]:
    if path.endswith(_JSON_LINES):
        from bertsum_tf.data.corpora import json_lines_documents

        return json_lines_documents(storage_path(path))
    if path.endswith(_TFRECORDS):
        from bertsum_tf.data.tfrecords import tfrecord_documents

        return tfrecord_documents(storage_path(path))
    return iter([Document(id=path, text=read_text(path, encoding))])

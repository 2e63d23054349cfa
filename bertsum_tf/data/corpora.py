"""Corpora: where documents come from, whatever form they are kept in.

`open_corpus` reads four kinds of source, and every one yields the same `Document`, one at a time:

- a summarisation set of TensorFlow Datasets, by name (`cnn_dailymail`, `scientific_papers/pubmed`);
- a JSON-lines file (`.jsonl` or `.jsonl.gz`);
- a folder of `.story` files, the form in which CNN/DailyMail was first given out;
- `sample`, the small corpus that ships in this package.

The order is the source's own and the same on every pass. TensorFlow is imported only for the
first kind.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib
import importlib.resources
import json
import logging
import os
import re
import socket
import sys
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import numpy as np

from bertsum_tf.data.document import BadDocument, Document
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.storage_path import storage_path
from bertsum_tf.text.wordpiece import without_surrogates

if TYPE_CHECKING:
    from bertsum_tf.text.sentences import Span

SAMPLE = "sample"


class Corpus:
    """Documents to be read one at a time, as often as wanted.

    Attributes:
        name: What to call it in reports.
        size: How many records a pass goes through, or `None` if only a pass can tell. Bad records
            count.
    """

    def __init__(
        self,
        name: str,
        records: Callable[[], Iterator[Document | BadDocument]],
        *,
        size: int | None = None,
        limit: int | None = None,
        content: Callable[[], Iterator[bytes]] = lambda: iter(()),
    ) -> None:
        self.name = name
        self.size = size if limit is None or size is None else min(size, limit)
        self._records = records
        self._limit = limit
        self._content = content

    def __iter__(self) -> Iterator[Document]:
        """Yields every document; a bad one raises `BertsumError`, which names it."""
        return self.read()

    def fingerprint(self) -> str:
        """Returns a SHA-256 that changes with the documents: the source's content, split, limit.

        Costs a pass over the bytes of a JSON-lines file; of `.story` files it sees names and sizes,
        of a TFDS set its version and the sizes of its splits.
        """
        digest = hashlib.sha256(f"{self.name}\0{self._limit}\0".encode())
        for piece in self._content():
            digest.update(piece)
        return digest.hexdigest()

    def read(self, on_bad: Callable[[BadDocument], object] | None = None) -> Iterator[Document]:
        """Yields the documents, one pass from the start.

        Args:
            on_bad: Called with each record that is not a document, which is then left out. If
                `None`, the first such record raises.

        Raises:
            BertsumError: A bad record without `on_bad`, or a source that can't be read further.
        """
        left = self._limit
        if left == 0:
            return
        for record in self._records():
            if isinstance(record, BadDocument):
                if on_bad is None:
                    raise BertsumError(
                        f"{record.where} {record.reason}; mend it or take it out of the corpus."
                    )
                on_bad(record)
                continue
            yield record
            if left is not None:
                left -= 1
                if left == 0:
                    return


def open_corpus(
    source: str | os.PathLike[str],
    *,
    split: str | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    limit: int | None = None,
) -> Corpus:
    """Opens a corpus.

    Args:
        source: A TFDS name with or without a config, a `.jsonl` or `.jsonl.gz` file, a folder of
            `.story` files (which wins over a TFDS name), or `"sample"`.
        split: For TFDS, a split in its own syntax (`"test"`, `"train[:1000]"`), which is required.
            For JSON lines, only the lines whose `"split"` is this one; `None` takes every line.
        data_dir: Where TFDS keeps its prepared sets; `None` is its own default. TFDS only.
        limit: Stop after so many documents.

    Returns:
        A corpus of `Document`.

    Raises:
        UsageError: The source, split or limit makes no sense.
        BertsumError: The source can't be read.
    """
    if limit is not None and limit < 0:
        raise UsageError(f"The limit of documents is {limit}; it must be 0 or more.")
    name = os.fspath(source)
    if name == SAMPLE:
        file = importlib.resources.files("bertsum_tf.data") / "sample" / "news.jsonl"
        return Corpus(
            _named(SAMPLE, split),
            lambda: _json_lines(lambda: file.open("rb"), SAMPLE, split),
            limit=limit,
            content=lambda: iter([file.read_bytes()]),
        )
    if name.endswith((".jsonl", ".jsonl.gz")):
        return _open_json_lines(storage_path(name).expanduser(), split, limit)
    path = Path(name).expanduser()
    if path.is_dir() and any(path.glob("*.story")):
        return _open_stories(path, split, limit)
    if _base(name) in TFDS_KEYS or (_is_tfds_name(name) and not path.exists()):
        return _open_tfds(name, split, data_dir, limit)
    if path.is_dir():
        raise BertsumError(f"The folder {path} holds no .story file; name one that does.")
    if path.exists():
        raise UsageError(f"{path} is no corpus; give it as JSON lines, in a .jsonl file.")
    raise UsageError(_unknown_source(name))


def _named(name: str, split: str | None) -> str:
    return name if split is None else f"{name}:{split}"


def _unknown_source(name: str) -> str:
    return (
        f"There is no corpus {name!r}; name a .jsonl file, a folder of .story files, "
        f"{SAMPLE!r}, or a summarisation set of TensorFlow Datasets such as 'cnn_dailymail'."
    )


# ---- JSON lines ---------------------------------------------------------------------------------


def _open_json_lines(path: Path, split: str | None, limit: int | None) -> Corpus:
    if not path.is_file():
        raise BertsumError(f"There is no file {path}; check the path.")
    size = None
    if split is None and path.suffix != ".gz":  # else counting would cost as much as reading
        with readable(str(path)), path.open("rb") as file:
            size = sum(1 for line in file if line.strip())

    def content() -> Iterator[bytes]:
        with readable(str(path)), path.open("rb") as file:
            while piece := file.read(1 << 20):
                yield piece

    return Corpus(
        _named(path.name, split),
        lambda: _json_lines(lambda: open_unpacked(path), str(path), split),
        size=size,
        limit=limit,
        content=content,
    )


def json_lines_documents(path: Path) -> Iterator[Document | BadDocument]:
    """Reads a JSON-lines file, whatever is wrong with single lines of it.

    Args:
        path: a `.jsonl` or `.jsonl.gz` file.

    Returns:
        A record a line that is not blank. The id of a document that has none is its place, `FILE
        line NUMBER`.

    Raises:
        BertsumError: The file can't be read further.
    """
    return _json_lines(lambda: open_unpacked(path), str(path), None, default_id=f"{path} line ")


@contextmanager
def open_unpacked(path: Path) -> Iterator[IO[bytes]]:
    """Opens a file to read, unpacked if its name ends with .gz."""
    with path.open("rb") as file:
        if path.suffix == ".gz":
            with gzip.open(file) as unpacked:
                yield cast("IO[bytes]", unpacked)
        else:
            yield file


def _json_lines(
    open_file: Callable[[], AbstractContextManager[IO[bytes]]],
    name: str,
    split: str | None,
    *,
    default_id: str | None = None,
) -> Iterator[Document | BadDocument]:
    splits: set[str] = set()
    default_id = f"{Path(name).name}:" if default_id is None else default_id
    with readable(name), open_file() as file:
        for number, line in enumerate(file, start=1):
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")  # a byte order mark
            if not line.strip():
                continue
            where = f"{name} line {number}"
            try:
                record = json.loads(line.decode("utf-8"))
            except UnicodeDecodeError:
                yield BadDocument(where, "is not UTF-8")
                continue
            except (ValueError, RecursionError):
                yield BadDocument(where, "is not JSON")
                continue
            if not isinstance(record, dict):
                yield BadDocument(where, "is not a JSON object")
                continue
            if split is not None:
                splits.add(str(record.get("split")))
                if record.get("split") != split:
                    continue
            try:
                yield _document(record, default_id=f"{default_id}{number}")
            except _WrongField as error:
                yield BadDocument(where, str(error))
    if split is not None and split not in splits:
        there = ", ".join(sorted(splits - {"None"})) or "no line has the field 'split'"
        raise UsageError(f"{name} has no split {split!r} ({there}); name another or none.")


class _WrongField(Exception):
    """A field of a record is missing or of the wrong type."""


def _document(record: Mapping[str, Any], default_id: str) -> Document:
    """Makes a document of one JSON object."""
    spans: list[Span] | None = None
    if record.get("sentences") is not None:
        sentences = _strings(record, "sentences")
        spans, start = [], 0
        for sentence in sentences:
            spans.append((start, start + len(sentence)))
            start += len(sentence) + 1
        text = " ".join(sentences)
    else:
        key = "document" if record.get("document") is not None else "article"
        if record.get(key) is None:
            raise _WrongField("has neither 'document' nor 'article' nor 'sentences'")
        if not isinstance(record[key], str):
            raise _WrongField(
                f"has {'an' if key == 'article' else 'a'} {key!r} that is not a string"
            )
        text = without_surrogates(record[key])

    key = "summary" if record.get("summary") is not None else "highlights"
    if isinstance(record.get(key), str):
        reference = without_surrogates(record[key])
    else:
        reference = "\n".join(_strings(record, key))
    return Document(
        id=_label(record, "id") or default_id,
        text=text,
        reference=reference if reference.strip() else None,
        group=_label(record, "group") or _label(record, "publisher"),
        spans=None if spans is None else tuple(spans),
    )


def _strings(record: Mapping[str, Any], key: str) -> list[str]:
    """Returns a field's strings, blank ones left out; none where the field is missing."""
    value = record.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        kind = "a list of strings" if key == "sentences" else "a string or a list of strings"
        raise _WrongField(f"has a {key!r} that is not {kind}")
    return [without_surrogates(item).strip() for item in value if item.strip()]


def _label(record: Mapping[str, Any], key: str) -> str | None:
    value = record.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise _WrongField(f"has {'an' if key == 'id' else 'a'} {key!r} that is not a string")
    return without_surrogates(str(value)) or None


class readable:
    """Turns what goes wrong when a file is read into one sentence."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (EOFError, zlib.error, gzip.BadGzipFile)):
            raise BertsumError(
                f"{self.name} is a damaged gzip file; copy or download it again."
            ) from error
        if isinstance(error, OSError):
            raise BertsumError(
                f"{self.name} can't be read ({error.strerror or error}); check the file."
            ) from error


# ---- .story files -------------------------------------------------------------------------------

_HIGHLIGHT = "@highlight"


def _open_stories(folder: Path, split: str | None, limit: int | None) -> Corpus:
    if split is not None:
        raise UsageError(
            f"A folder of .story files has no splits; leave out {split!r} "
            f"or name the folder that holds that split."
        )
    names = sorted(path.name for path in folder.glob("*.story"))

    def records() -> Iterator[Document | BadDocument]:
        for name in names:
            path = folder / name
            with readable(str(path)):
                content = path.read_bytes()
            try:
                yield _story(path.stem, content.decode("utf-8-sig"))
            except UnicodeDecodeError:
                yield BadDocument(str(path), "is not UTF-8")

    def content() -> Iterator[bytes]:
        for name in names:
            with readable(str(folder / name)):
                yield f"{name}\0{(folder / name).stat().st_size}\0".encode()

    return Corpus(folder.resolve().name, records, size=len(names), limit=limit, content=content)


def _story(identifier: str, content: str) -> Document:
    """Reads one story: paragraphs, then blocks that each begin with a line `@highlight`."""
    body, *highlights = re.split(rf"(?m)^[ \t]*{_HIGHLIGHT}[ \t]*\r?$", content)
    lines = [" ".join(highlight.split()) for highlight in highlights]
    return Document(
        id=identifier, text=body.strip(), reference="\n".join(filter(None, lines)) or None
    )


# ---- TensorFlow Datasets ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Keys:
    """The names of a TFDS set's features, and what stands between the texts of one document."""

    document: str
    summary: str
    group: str | None = None
    id: str | None = None
    separator: str | None = None


# By "name/config" first, then by name. A set that is not here is read by its own supervised keys.
TFDS_KEYS: Mapping[str, _Keys] = {
    "billsum": _Keys("text", "summary"),
    "cnn_dailymail": _Keys("article", "highlights", group="publisher", id="id"),
    "gigaword": _Keys("document", "summary"),
    "multi_news": _Keys("document", "summary", separator="|||||"),
    "newsroom": _Keys("text", "summary"),
    "reddit_tifu": _Keys("documents", "tldr", id="id"),
    "reddit_tifu/short": _Keys("documents", "title", id="id"),
    "samsum": _Keys("dialogue", "summary", id="id"),
    "scientific_papers": _Keys("article", "abstract"),
    "xsum": _Keys("document", "summary"),
}


def _is_tfds_name(name: str) -> bool:
    """Whether it has the form `name`, `name/config`, `name:version` or `name/config:version`."""
    return re.fullmatch(r"[a-z][a-z0-9_]*(/[\w.-]+)?(:[\d.*]+)?", name) is not None


def _base(name: str) -> str:
    return re.split("[/:]", name)[0]


def _open_tfds(
    name: str, split: str | None, data_dir: str | os.PathLike[str] | None, limit: int | None
) -> Corpus:
    folder = None if data_dir is None else os.path.expanduser(os.fspath(data_dir))
    if folder is not None and "://" not in folder and not os.path.isdir(folder):
        raise BertsumError(
            f"There is no folder {folder} to find TensorFlow Datasets in; "
            f"check the path, or make the folder to download into it."
        )
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise BertsumError(
            f"Reading {name!r} needs TensorFlow Datasets: install bertsum_tf with its extra "
            f"'train', or name a .jsonl file or a folder of .story files."
        ) from error
    _leave_accelerators_to_keras()
    if split is None:
        raise _no_split(tfds, name, folder)
    try:
        # TFDS prints on stdout, which belongs to what the command was asked for.
        with redirect_stdout(sys.stderr), _no_vain_retries(tfds):
            dataset, info = tfds.load(
                name,
                split=split,
                data_dir=folder,
                shuffle_files=False,
                with_info=True,
                # File after file, and no copy of the whole set in memory.
                read_config=tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False),
            )
    except Exception as error:  # tfds.load raises nearly every kind, AssertionError among them
        raise _tfds_error(tfds, name, split, folder, error) from error
    keys = _tfds_keys(info)
    dataset = dataset if limit is None else dataset.take(limit)
    cardinality = int(dataset.cardinality())
    label = _named(name, split)

    def records() -> Iterator[Document | BadDocument]:
        try:
            for number, example in enumerate(tfds.as_numpy(dataset)):
                yield _tfds_document(example, keys, default_id=f"{label}:{number}")
        except Exception as error:
            # tf.errors.OpError, named by its module to keep this line free of TensorFlow.
            if not type(error).__module__.startswith("tensorflow"):
                raise
            raise BertsumError(
                f"The files of {name!r} in {info.data_dir} are damaged "
                f"({_first_line(error)}); prepare the set again."
            ) from error

    def content() -> Iterator[bytes]:
        yield info.full_name.encode()
        for part in sorted(info.splits.values(), key=lambda part: part.name):
            yield f"\0{part.name}\0{part.num_examples}\0{part.num_bytes}".encode()

    size = cardinality if cardinality >= 0 else None
    return Corpus(label, records, size=size, limit=limit, content=content)


def _leave_accelerators_to_keras() -> None:
    """Keeps TensorFlow, as a mere reader of files, from taking the memory another backend needs."""
    keras = sys.modules.get("keras")
    backend = keras.backend.backend() if keras else os.environ.get("KERAS_BACKEND")
    if backend not in (None, "tensorflow"):
        import tensorflow as tf

        with suppress(RuntimeError):  # TensorFlow has started already
            tf.config.set_visible_devices([], "GPU")


@contextmanager
def _no_vain_retries(tfds: Any) -> Iterator[None]:
    """Spares whoever has no network the 200 seconds in which TFDS asks for each file ten times."""
    try:
        socket.getaddrinfo("storage.googleapis.com", 443)
        offline = False
    except OSError:
        offline = not urllib.request.getproxies()  # names are then resolved by the proxy
    if not offline:
        yield
        return
    downloader: Any = None
    with suppress(ImportError):
        downloader = importlib.import_module("tensorflow_datasets.core.download.downloader")
    retries = getattr(downloader, "MAX_RETRIES", None)
    logger = logging.getLogger("urllib3.connectionpool")
    tfds.disable_progress_bar()
    logger.addFilter(_refuse)
    if retries is not None:
        downloader.MAX_RETRIES = 0
    try:
        yield
    finally:
        tfds.enable_progress_bar()
        logger.removeFilter(_refuse)
        if retries is not None:
            downloader.MAX_RETRIES = retries


def _refuse(record: logging.LogRecord) -> bool:
    return False


def _tfds_keys(info: Any) -> _Keys:
    full_name = f"{info.name}/{info.config_name}" if info.config_name else info.name
    keys = TFDS_KEYS.get(full_name) or TFDS_KEYS.get(info.name)
    if keys is None and info.supervised_keys is not None and len(info.supervised_keys) == 2:
        keys = _Keys(*info.supervised_keys)
    texts = {
        key
        for key, feature in info.features.items()
        if feature.shape == () and np.dtype(feature.np_dtype) == object
    }
    if keys is None or not {keys.document, keys.summary} <= texts:
        raise UsageError(
            f"{full_name!r} is not a summarisation set that bertsum knows; "
            f"write it as JSON lines with 'document' and 'summary'."
        )
    return replace(  # older versions of a set have neither group nor id
        keys,
        group=keys.group if keys.group in texts else None,
        id=keys.id if keys.id in texts else None,
    )


def _tfds_document(example: Mapping[str, bytes], keys: _Keys, default_id: str) -> Document:
    def text(key: str) -> str:
        return example[key].decode("utf-8", errors="replace")

    document, reference = text(keys.document), text(keys.summary)
    if keys.separator:
        document = document.replace(keys.separator, "\n\n")  # a sentence never spans two texts
    return Document(
        id=(keys.id and text(keys.id)) or default_id,
        text=document,
        reference=reference if reference.strip() else None,
        group=(text(keys.group) or None) if keys.group else None,
    )


def _no_split(tfds: Any, name: str, folder: str | None) -> UsageError:
    splits: list[str] = []
    try:
        splits = sorted(tfds.builder(name, data_dir=folder).info.splits)
    except tfds.core.DatasetNotFoundError:
        return UsageError(_unknown_source(name))
    except Exception:  # a wrong config or version: said once a split is named
        pass
    there = ", ".join(splits) or "usually train, validation or test"
    return UsageError(f"Name a split of {name!r} ({there}).")


def _tfds_error(
    tfds: Any, name: str, split: str, folder: str | None, error: Exception
) -> BertsumError:
    message = str(error)
    if isinstance(error, tfds.core.DatasetNotFoundError):
        return UsageError(_unknown_source(name))
    if "Unknown split" in message:
        return UsageError(f"There is no such split of {name!r}: {_first_line(error).rstrip('.')}.")
    if "Error parsing split" in message:
        return UsageError(
            f"{split!r} is not a split; write it like 'train', 'train[:1000]' or 'test[:10%]'."
        )
    if "BuilderConfig" in message and "not found" in message:
        known = ", ".join(sorted(tfds.builder_cls(name.split("/")[0]).builder_configs))
        return UsageError(f"{name!r} names no config of the set; choose one of {known}.")
    if "cannot be loaded at version" in message:
        return UsageError(f"{name!r} is not there in that version; leave the version out.")
    where = folder or "the TFDS folder"
    if "Manual directory" in message:
        return BertsumError(
            f"{name!r} is not in {where} and has to be downloaded by hand; "
            f"https://www.tensorflow.org/datasets/catalog/{_base(name)} says how."
        )
    host = re.search(r"HTTPS?ConnectionPool\(host='([^']+)'", message)
    cause = f"no connection to {host[1]}" if host else _first_line(error)
    return BertsumError(
        f"{name!r} is not in {where} and could not be downloaded ({cause}); connect "
        f"to the network, or give the data directory that holds it."
    )


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    line = lines[0].strip()
    return line if len(line) <= 200 else line[:197] + "..."

"""Paths of files, on this machine or in a store such as Google Cloud Storage.

A path without a scheme is a `pathlib.Path`. One with a scheme, such as `gs://bucket/folder`, is a
`RemotePath` over Apache Beam's file systems, with the part of pathlib's interface that is needed.
"""

from __future__ import annotations

import errno
import glob
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeAlias

from bertsum_tf.errors import BertsumError

INSTALL_BEAM = "run pip install apache-beam (or install bertsum_tf with its extra 'beam')"


class File(NamedTuple):
    """A file that a pattern matches.

    Attributes:
        path: as the pattern spells it.
        size: in bytes.
    """

    path: str
    size: int


class RemotePath:
    """A file or folder in a store that Apache Beam has a file system for.

    Its methods are those of `pathlib.Path`, with the same errors.

    Args:
        url: such as `gs://bucket/folder/file.jsonl`.

    Raises:
        BertsumError: when it is used, if Beam or its part for this store is not installed.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def __str__(self) -> str:
        return self._url

    def __repr__(self) -> str:
        return f"RemotePath({self._url!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RemotePath) and other._url == self._url

    def __hash__(self) -> int:
        return hash(self._url)

    def __truediv__(self, name: str) -> RemotePath:
        return RemotePath(f"{self._url}/{name}")

    @property
    def name(self) -> str:
        """The last part."""
        return self._url.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """What the name ends with, from its last dot on."""
        return os.path.splitext(self.name)[1]

    def expanduser(self) -> RemotePath:
        """The path itself."""
        return self

    def exists(self) -> bool:
        """Whether there is such a file."""
        with _file_systems(self._url) as file_systems:
            return bool(file_systems.exists(self._url))

    is_file = exists

    def mkdir(self, parents: bool = False, exist_ok: bool = False) -> None:
        """Makes the folder, in stores that have folders."""
        with _file_systems(self._url) as file_systems:
            if not file_systems.exists(self._url):
                file_systems.mkdirs(self._url)

    def iterdir(self) -> Iterator[RemotePath]:
        """The files in the folder."""
        return self.glob("*")

    def glob(self, pattern: str) -> Iterator[RemotePath]:
        """The files in the folder whose names match."""
        for file in matching_files(f"{self._url}/{pattern}"):
            yield RemotePath(file.path)

    def open(self, mode: str = "rb") -> IO[bytes]:
        """Opens the file to read bytes."""
        with _file_systems(self._url) as file_systems:
            if not file_systems.exists(self._url):
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self._url)
            # Else Beam would unpack what ends with .gz.
            file: IO[bytes] = file_systems.open(self._url, compression_type="uncompressed")
            return file

    def read_bytes(self) -> bytes:
        """The content."""
        with self.open() as file:
            return file.read()

    def read_text(self) -> str:
        """The content, which has to be UTF-8."""
        return self.read_bytes().decode("utf-8")

    def write_bytes(self, content: bytes) -> None:
        """Writes the file aside, then gives it its name, so that it is never seen half-written."""
        folder, _, name = self._url.rpartition("/")
        aside = RemotePath(f"{folder}/.{name}.{uuid.uuid4().hex}")
        with _file_systems(self._url) as file_systems:
            with file_systems.create(str(aside), compression_type="uncompressed") as file:
                file.write(content)
            aside.replace(self)

    def replace(self, target: RemotePath) -> None:
        """Renames the file."""
        target.unlink(missing_ok=True)  # some stores rename to new names only
        with _file_systems(self._url) as file_systems:
            file_systems.rename([self._url], [str(target)])

    def unlink(self, missing_ok: bool = False) -> None:
        """Deletes the file."""
        with _file_systems(self._url) as file_systems:
            if not missing_ok or file_systems.exists(self._url):
                file_systems.delete([self._url])


StoragePath: TypeAlias = Path | RemotePath


def is_remote(name: str | os.PathLike[str]) -> bool:
    """Whether a path has a scheme."""
    return "://" in os.fspath(name)


def storage_path(name: str | os.PathLike[str]) -> StoragePath:
    """The path of that name."""
    return RemotePath(os.fspath(name)) if is_remote(name) else Path(name)


def matching_files(pattern: str) -> list[File]:
    """The files whose paths match, sorted by the code points of their paths.

    Args:
        pattern: a path, or one with `*`, `?` and `[...]`; `**` stands for any folders.
    """
    if not is_remote(pattern):
        found = [pattern] if os.path.isfile(pattern) else glob.glob(pattern, recursive=True)
        return [File(path, os.path.getsize(path)) for path in sorted(found) if os.path.isfile(path)]
    with _file_systems(pattern) as file_systems:
        (result,) = file_systems.match([pattern])
        return sorted(File(one.path, one.size_in_bytes) for one in result.metadata_list)


@contextmanager
def _file_systems(url: str) -> Iterator[Any]:
    """Beam's file systems; what goes wrong with them is an OSError with a short reason."""
    try:
        from apache_beam.io.filesystem import BeamIOError
        from apache_beam.io.filesystems import FileSystems
    except ImportError as error:
        raise BertsumError(f"{url} is reached by Apache Beam: {INSTALL_BEAM}.") from error
    try:
        FileSystems.get_filesystem(url)
    except ValueError as error:
        raise BertsumError(
            f"Apache Beam has no file system for {url}: check the path, or install what it needs, "
            "for gs:// pip install 'apache-beam[gcp]'."
        ) from error
    try:
        yield FileSystems
    except BeamIOError as error:
        details = getattr(error, "exception_details", None) or {}
        reason = next(iter(details.values()), error)
        raise OSError(errno.EIO, " ".join(str(reason).split()), url) from error

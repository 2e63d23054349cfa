"""A store such as gs://, for Apache Beam, that keeps its files in a folder: `shelf://...`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from apache_beam.io.filesystem import BeamIOError, CompressionTypes, FileMetadata, FileSystem

SCHEME = "shelf"


class ShelfFileSystem(FileSystem):
    """Has files and no folders, as object stores do.

    Attributes:
        root: where the files are.
    """

    root: Path

    @classmethod
    def scheme(cls) -> str:
        return SCHEME

    def _local(self, url: str) -> Path:
        return self.root / url.removeprefix(f"{SCHEME}://")

    def join(self, basepath: str, *paths: str) -> str:
        return "/".join((basepath, *paths))

    def split(self, path: str) -> tuple[str, str]:
        folder, _, name = path.rpartition("/")
        return folder, name

    def mkdirs(self, path: str) -> None:
        pass

    def has_dirs(self) -> bool:
        return False

    def _list(self, prefix: str) -> Iterator[FileMetadata]:
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = Path(folder, name)
                url = f"{SCHEME}://{path.relative_to(self.root).as_posix()}"
                if url.startswith(prefix):
                    yield FileMetadata(url, path.stat().st_size)

    def create(self, path: str, mime_type: str = "", compression_type: str = "") -> IO[bytes]:
        assert compression_type == CompressionTypes.UNCOMPRESSED
        self._local(path).parent.mkdir(parents=True, exist_ok=True)
        return self._local(path).open("wb")

    def open(self, path: str, mime_type: str = "", compression_type: str = "") -> IO[bytes]:
        assert compression_type == CompressionTypes.UNCOMPRESSED
        return self._local(path).open("rb")

    def copy(self, source_file_names: list[str], destination_file_names: list[str]) -> None:
        raise NotImplementedError

    def rename(self, source_file_names: list[str], destination_file_names: list[str]) -> None:
        for source, target in zip(source_file_names, destination_file_names, strict=True):
            if self.exists(target):
                raise BeamIOError("Rename operation failed", {target: OSError("it is there")})
            shutil.move(self._local(source), self._local(target))

    def exists(self, path: str) -> bool:
        return self._local(path).is_file()

    def size(self, path: str) -> int:
        return self._local(path).stat().st_size

    def last_updated(self, path: str) -> float:
        return self._local(path).stat().st_mtime

    def metadata(self, path: str) -> FileMetadata:
        return FileMetadata(path, self.size(path))

    def delete(self, paths: list[str]) -> None:
        for path in paths:
            if not self.exists(path):
                raise BeamIOError("Delete operation failed", {path: OSError("No such file")})
            self._local(path).unlink()

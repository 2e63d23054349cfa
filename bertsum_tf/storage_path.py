"""Paths of files, on this machine or in a store such as Google Cloud Storage.

A path without a scheme is a `pathlib.Path`. One with a scheme, such as `gs://bucket/folder`, is a
`upath.UPath` (universal-pathlib), which has the same methods, over fsspec's file systems.
"""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import NamedTuple, cast

from bertsum_tf.errors import BertsumError


class File(NamedTuple):
    """A file that a pattern matches.

    Attributes:
        path: as the pattern spells it.
        size: in bytes.
    """

    path: str
    size: int


def is_remote(name: str | os.PathLike[str]) -> bool:
    """Whether a path has a scheme."""
    return "://" in os.fspath(name)


def storage_path(name: str | os.PathLike[str]) -> Path:
    """The path of that name.

    Args:
        name: of a file or folder.

    Returns:
        A path; that of a store is no `pathlib.Path`, but has its methods.

    Raises:
        BertsumError: if what reaches the store is not installed, or there is no such store.
    """
    if not is_remote(name):
        return Path(name)
    try:
        from upath import UPath
    except ImportError as error:
        raise BertsumError(
            f"{name} is in a store, which bertsum reaches by universal-pathlib: run "
            "pip install universal-pathlib, and for gs:// also gcsfs."
        ) from error
    try:
        path = UPath(name)
        getattr(path, "fs")  # noqa: B009, made when it is asked for
    except (ImportError, ValueError, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise BertsumError(f"{name} can't be reached: {reason}.") from error
    return cast("Path", path)


def matching_files(pattern: str) -> list[File]:
    """The files whose paths match, sorted by the code points of their paths.

    Args:
        pattern: a path, or one with `*`, `?` and `[...]`; `**` stands for any folders.
    """
    if not is_remote(pattern):
        found = [pattern] if os.path.isfile(pattern) else glob.glob(pattern, recursive=True)
        return [File(path, os.path.getsize(path)) for path in sorted(found) if os.path.isfile(path)]
    path = storage_path(pattern)
    if path.is_file():  # whatever characters its name has
        return [File(pattern, path.stat().st_size)]
    fs = path.fs  # type: ignore[attr-defined]
    scheme = pattern.partition("://")[0]
    return sorted(
        File(f"{scheme}://{name.lstrip('/')}", entry["size"])
        for name, entry in fs.glob(path.path, detail=True).items()  # type: ignore[attr-defined]
        if entry["type"] == "file"
    )

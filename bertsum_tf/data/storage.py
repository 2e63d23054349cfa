"""Files on a disk or in a bucket: `gs://...`, by the file systems of TensorFlow."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.numpy import load

from bertsum_tf.errors import BertsumError


def is_remote(path: str | os.PathLike[str]) -> bool:
    """Whether a path is of no disk of this machine: it names a file system, such as `gs://`."""
    return "://" in os.fspath(path)


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """The content of a file.

    Args:
        path: on a disk, or of any file system that `tf.io.gfile` knows.

    Raises:
        FileNotFoundError: if it is not there.
        OSError: if it can't be read.
        BertsumError: if TensorFlow is needed, and not installed.
    """
    if not is_remote(path):
        return Path(path).read_bytes()
    try:
        import tensorflow as tf
    except ImportError as error:
        raise BertsumError(
            f"{path} is read by TensorFlow, which is not installed: pip install tensorflow, "
            "or copy the folder to this machine."
        ) from error
    try:
        with tf.io.gfile.GFile(os.fspath(path), "rb") as file:
            content: bytes = file.read()
            return content
    except tf.errors.NotFoundError as error:
        raise FileNotFoundError(str(path)) from error
    except tf.errors.OpError as error:
        raise OSError(f"{path}: {error.message}") from error


def exists(path: str | os.PathLike[str]) -> bool:
    """Whether there is such a file."""
    if not is_remote(path):
        return Path(path).exists()
    try:
        read_bytes(path)
    except FileNotFoundError:
        return False
    return True


def open_safetensors(path: str | os.PathLike[str]) -> Any:
    """A safetensors file, as `safetensors.safe_open` gives it.

    On a disk it is mapped into memory, and read when asked for; elsewhere it is read whole, once,
    for a request to a bucket takes as long as thousands of windows.

    Raises:
        OSError: if it can't be read.
        SafetensorError: if it is damaged.
    """
    if not is_remote(path):
        return safe_open(path, "numpy")
    return _InMemory(read_bytes(path))


class _InMemory:
    """What is used of `safetensors.safe_open`, of a file's content."""

    def __init__(self, content: bytes) -> None:
        self._tensors = load(content)
        size = int.from_bytes(content[:8], "little")
        self._metadata = json.loads(content[8 : 8 + size]).get("__metadata__", {})

    def metadata(self) -> dict[str, str]:
        return dict(self._metadata)

    def get_tensor(self, name: str) -> Any:
        if name not in self._tensors:
            raise SafetensorError(f"File does not contain tensor {name}")
        return self._tensors[name]

    # A slice of an array is a slice.
    get_slice = get_tensor

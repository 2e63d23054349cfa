"""The files of prepared data, on a disk or in a store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.numpy import load


def open_safetensors(path: Path) -> Any:
    """A safetensors file, as `safetensors.safe_open` gives it.

    On a disk it is mapped into memory, and read when asked for; elsewhere it is read whole, once,
    for a request to a store takes as long as thousands of windows.

    Args:
        path: see `bertsum_tf.storage_path`.

    Raises:
        OSError: if it can't be read.
        SafetensorError: if it is damaged.
    """
    if isinstance(path, Path):
        return safe_open(path, "numpy")
    return _InMemory(path.read_bytes())


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

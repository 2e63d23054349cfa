"""TFRecord files of `tf.train.Example`, written byte by byte."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path


def write_tfrecords(path: Path, records: Iterable[bytes]) -> None:
    """Writes records, each with its two checksums."""
    with path.open("wb") as file:
        for record in records:
            length = struct.pack("<Q", len(record))
            file.write(length + _checksum(length) + record + _checksum(record))


def example(**features: str | bytes) -> bytes:
    """A `tf.train.Example` of bytes features, short enough for lengths of two bytes."""
    entries = b""
    for name, value in features.items():
        content = value.encode() if isinstance(value, str) else value
        feature = _field(1, _field(1, content))  # Feature.bytes_list, BytesList.value
        entries += _field(1, _field(1, name.encode()) + _field(2, feature))
    return _field(1, entries)


def _field(number: int, content: bytes) -> bytes:
    length = len(content)
    assert length < 1 << 14
    size = bytes([length]) if length < 128 else bytes([length & 127 | 128, length >> 7])
    return bytes([number << 3 | 2]) + size + content


def _checksum(content: bytes) -> bytes:
    import google_crc32c

    checksum = google_crc32c.value(content)
    masked = ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF
    return struct.pack("<I", masked)

"""TFLite Metadata: a description within a LiteRT model, and files behind it.

The format is that of `metadata_schema.fbs` of TensorFlow Lite Support, whose own package has no
wheels for Python 3.12 and needs an old protobuf: a FlatBuffer `ModelMetadata` in a buffer of the
model named TFLITE_METADATA, which lists the associated files; the files themselves in a zip archive
after the model. LiteRT reads the model up to its end and never sees the archive.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from bertsum_tf.exporters.flatbuffer_model import pack_model, parse_model, put_longest_first

METADATA_BUFFER = b"TFLITE_METADATA"
METADATA_IDENTIFIER = b"M001"

# The first version of the schema that knows the file type VOCABULARY.
MIN_PARSER_VERSION = "1.0.1"

# Members of the archive bear the oldest date that zip knows, so that equal models give equal files.
ARCHIVE_DATE = (1980, 1, 1, 0, 0, 0)


class FileType(IntEnum):
    """`AssociatedFileType` of the schema, as far as it is needed here."""

    UNKNOWN = 0
    DESCRIPTIONS = 1
    VOCABULARY = 5


@dataclass(frozen=True)
class AssociatedFile:
    """A file that travels with a model.

    Attributes:
        name: its name in the archive.
        description: what it is, in a sentence.
        type: what readers may take it for.
        content: its bytes.
    """

    name: str
    description: str
    type: FileType
    content: bytes


@dataclass(frozen=True)
class Tensor:
    """An input or output of the model.

    Attributes:
        name: as in the signature.
        description: what it is, in a sentence.
    """

    name: str
    description: str


@dataclass(frozen=True)
class ModelMetadata:
    """What the metadata say of a model; see the schema for the fields."""

    name: str
    description: str
    version: str
    author: str
    license: str
    inputs: Sequence[Tensor]
    outputs: Sequence[Tensor]


def encode_metadata(metadata: ModelMetadata, files: Sequence[AssociatedFile]) -> bytes:
    """The FlatBuffer `ModelMetadata`.

    Args:
        metadata: what to say of the model.
        files: those that will lie in the archive.
    """
    builder = flatbuffers.Builder(1024)
    subgraph = _table(
        builder,
        7,
        {2: _tensors(builder, metadata.inputs), 3: _tensors(builder, metadata.outputs)},
    )
    fields = {
        0: builder.CreateString(metadata.name),
        1: builder.CreateString(metadata.description),
        2: builder.CreateString(metadata.version),
        3: _vector(builder, [subgraph]),
        4: builder.CreateString(metadata.author),
        5: builder.CreateString(metadata.license),
        6: _vector(builder, [_file(builder, file) for file in files]),
        7: builder.CreateString(MIN_PARSER_VERSION),
    }
    builder.Finish(_table(builder, 8, fields), METADATA_IDENTIFIER)
    return bytes(builder.Output())


def add_metadata(model: bytes, metadata: bytes) -> bytes:
    """Puts the metadata into a LiteRT model, which is then in the form of our files.

    Args:
        model: a LiteRT model, without anything behind it.
        metadata: what `encode_metadata` gave.

    Returns:
        The model with the buffer added; its other buffers are the same. Its graphs are in the order
        of `put_longest_first`.
    """
    parsed = parse_model(model)
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(metadata, np.uint8)
    parsed.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name = METADATA_BUFFER
    entry.buffer = len(parsed.buffers) - 1
    parsed.metadata = [*(parsed.metadata or []), entry]
    put_longest_first(parsed)
    return pack_model(parsed)


def append_files(model: bytes, files: Sequence[AssociatedFile]) -> bytes:
    """Puts a zip archive behind a model.

    Args:
        model: a LiteRT model.
        files: what the archive is to hold, uncompressed: the C++ reader takes nothing else.
    """
    whole = io.BytesIO()
    whole.write(model)
    with zipfile.ZipFile(whole, "a", zipfile.ZIP_STORED) as archive:
        for file in files:
            member = zipfile.ZipInfo(file.name, ARCHIVE_DATE)
            member.external_attr = 0o644 << 16
            member.create_system = 3  # the same file from every system
            archive.writestr(member, file.content)
    return whole.getvalue()


def _file(builder: flatbuffers.Builder, file: AssociatedFile) -> int:
    name = builder.CreateString(file.name)
    description = builder.CreateString(file.description)
    builder.StartObject(4)
    builder.PrependUOffsetTRelativeSlot(0, name, 0)
    builder.PrependUOffsetTRelativeSlot(1, description, 0)
    builder.PrependInt8Slot(2, file.type, FileType.UNKNOWN)
    return builder.EndObject()


def _tensors(builder: flatbuffers.Builder, tensors: Sequence[Tensor]) -> int:
    def encode(tensor: Tensor) -> int:
        fields = {
            0: builder.CreateString(tensor.name),
            1: builder.CreateString(tensor.description),
        }
        return _table(builder, 7, fields)

    return _vector(builder, [encode(tensor) for tensor in tensors])


def _table(builder: flatbuffers.Builder, num_fields: int, offsets: Mapping[int, int]) -> int:
    builder.StartObject(num_fields)
    for field, offset in offsets.items():
        builder.PrependUOffsetTRelativeSlot(field, offset, 0)
    return builder.EndObject()


def _vector(builder: flatbuffers.Builder, offsets: Sequence[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()

"""TFLite Metadata, read back byte by byte as the schema has it."""

from __future__ import annotations

import io
import struct
import zipfile

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import number_types
from flatbuffers.table import Table

from bertsum_tf.exporters.tflite_metadata import (
    AssociatedFile,
    FileType,
    ModelMetadata,
    Tensor,
    add_metadata,
    append_files,
    encode_metadata,
)

FILES = [
    AssociatedFile("vocab.txt", "The pieces.", FileType.VOCABULARY, b"[PAD]\n[UNK]\n"),
    AssociatedFile("card.md", "The model.", FileType.DESCRIPTIONS, "Größe".encode()),
]
METADATA = ModelMetadata(
    name="bertsum",
    description="Scores sentences.",
    version="1.2.3",
    author="somebody",
    license="Apache-2.0",
    inputs=[Tensor("token_ids", "The tokens.")],
    outputs=[Tensor("scores", "The scores.")],
)


def root(data: bytes) -> Table:
    return Table(bytearray(data), struct.unpack_from("<I", data)[0])


def string(table: Table, field: int) -> str:
    return table.String(table.Offset(4 + 2 * field) + table.Pos).decode()


def tables(table: Table, field: int) -> list[Table]:
    offset = table.Offset(4 + 2 * field)
    start = table.Vector(offset)
    return [
        Table(table.Bytes, table.Indirect(start + 4 * index))
        for index in range(table.VectorLen(offset))
    ]


def small_model() -> bytes:
    model = schema.ModelT()
    model.version = 3
    model.description = b"a model"
    weights = schema.BufferT()
    weights.data = np.arange(33, dtype=np.uint8)
    more_weights = schema.BufferT()
    more_weights.data = np.arange(7, dtype=np.uint8)
    model.buffers = [schema.BufferT(), weights, more_weights]
    version = schema.MetadataT()
    version.name, version.buffer = b"min_runtime_version", 2
    model.metadata = [version]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def test_the_fields_stand_where_the_schema_has_them():
    encoded = encode_metadata(METADATA, FILES)
    assert encoded[4:8] == b"M001"
    model = root(encoded)
    texts = {field: string(model, field) for field in (0, 1, 2, 4, 5, 7)}
    assert texts == {
        0: "bertsum",
        1: "Scores sentences.",
        2: "1.2.3",
        4: "somebody",
        5: "Apache-2.0",
        7: "1.0.1",
    }
    files = tables(model, 6)
    assert [(string(file, 0), string(file, 1)) for file in files] == [
        ("vocab.txt", "The pieces."),
        ("card.md", "The model."),
    ]
    types = [file.Get(number_types.Int8Flags, file.Offset(8) + file.Pos) for file in files]
    assert types == [FileType.VOCABULARY, FileType.DESCRIPTIONS]
    (subgraph,) = tables(model, 3)
    assert [string(tensor, 0) for tensor in tables(subgraph, 2)] == ["token_ids"]
    assert [string(tensor, 0) for tensor in tables(subgraph, 3)] == ["scores"]


def test_the_model_keeps_its_buffers_and_gets_one_more_all_aligned():
    encoded = encode_metadata(METADATA, FILES)
    data = add_metadata(small_model(), encoded)
    assert data[4:8] == b"TFL3"
    before = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(small_model(), 0))
    after = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(data, 0))
    assert after.description == before.description
    for old, new in zip(before.buffers[1:], after.buffers[1:], strict=False):
        np.testing.assert_array_equal(old.data, new.data)
    assert [entry.name for entry in after.metadata] == [b"min_runtime_version", b"TFLITE_METADATA"]
    assert after.buffers[after.metadata[1].buffer].data.tobytes() == encoded
    model = schema.Model.GetRootAsModel(data, 0)
    places = [
        buffer._tab.Vector(buffer._tab.Offset(4))
        for buffer in map(model.Buffers, range(1, model.BuffersLength()))
    ]
    assert [place % 16 for place in places] == [0, 0, 0]


def test_the_files_lie_behind_the_model_uncompressed():
    model = small_model()
    whole = append_files(model, FILES)
    assert whole.startswith(model)
    assert whole == append_files(model, FILES), "the same every time"
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            file.name: file.content for file in FILES
        }
        assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())
        # Readers that do not allow for bytes before the archive count from the file's start.
        for info in archive.infolist():
            assert whole[info.header_offset :].startswith(b"PK\x03\x04")

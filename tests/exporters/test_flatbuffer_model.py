"""Reading and writing a LiteRT model: everything once, and within the model."""

from __future__ import annotations

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from bertsum_tf.exporters.flatbuffer_model import pack_model, parse_model, put_longest_first

SCALES = np.linspace(0.1, 0.2, 500).astype(np.float32)


def tensor(name: bytes, buffer: int, scales: np.ndarray | None = None) -> schema.TensorT:
    made = schema.TensorT()
    made.name, made.buffer = name, buffer
    if scales is not None:
        made.quantization = schema.QuantizationParametersT()
        made.quantization.scale = scales
        made.quantization.zeroPoint = np.zeros(len(scales), np.int64)
    return made


def graph(*tensors: schema.TensorT) -> schema.SubGraphT:
    made = schema.SubGraphT()
    made.tensors = list(tensors)
    made.inputs, made.outputs = [0], [len(tensors) - 1]
    return made


def model(*graphs: schema.SubGraphT, **buffer_fields: object) -> schema.ModelT:
    made = schema.ModelT()
    made.version = 3
    made.subgraphs = list(graphs)
    buffer = schema.BufferT()
    for name, value in buffer_fields.items():
        setattr(buffer, name, value)
    made.buffers = [schema.BufferT(), buffer]
    return made


def test_what_two_graphs_say_of_a_weight_is_written_once():
    def one() -> schema.SubGraphT:
        return graph(tensor(b"in", 0), tensor(b"weight", 1, SCALES), tensor(b"out", 0))

    def other(scales: np.ndarray) -> int:
        second = graph(tensor(b"in", 0), tensor(b"weight", 1, scales), tensor(b"out", 0))
        return len(pack_model(model(one(), second)))

    assert other(2 * SCALES) - other(SCALES.copy()) > 500 * 11  # 4 bytes a scale, 8 a zero point
    second = parse_model(pack_model(model(one(), one()))).subgraphs[1]
    np.testing.assert_array_equal(second.tensors[1].quantization.scale, SCALES)
    assert len(second.tensors[1].quantization.zeroPoint) == 500


def test_equal_weights_are_written_once():
    def packed(second: np.ndarray) -> bytes:
        made = model(graph(tensor(b"in", 0), tensor(b"weight", 1), tensor(b"same", 2)))
        made.buffers += [schema.BufferT()]
        made.buffers[1].data, made.buffers[2].data = np.arange(200, dtype=np.uint8), second
        return pack_model(made)

    same, other = packed(np.arange(200, dtype=np.uint8)), packed(np.ones(200, np.uint8))
    assert len(other) - len(same) >= 200
    parsed = parse_model(same)
    first, second = (parsed.subgraphs[0].tensors[place].buffer for place in (1, 2))
    assert first == second
    np.testing.assert_array_equal(parsed.buffers[first].data, np.arange(200))


def test_the_graph_of_the_longest_window_is_the_first_one_of_a_model_that_writes():
    def reading(length: int, others: int = 0) -> schema.SubGraphT:
        made = graph(*(tensor(b"in", 0) for _ in range(1 + others)), tensor(b"out", 0))
        made.inputs = list(range(1 + others))
        for one in made.tensors:
            one.shape = [1, length]
        return made

    made = model(reading(900, others=2), reading(128), reading(256))
    made.signatureDefs = [schema.SignatureDefT() for _ in range(3)]
    for place, signature in enumerate(made.signatureDefs):
        signature.subgraphIndex = place
    put_longest_first(made)
    assert [one.tensors[0].shape[1] for one in made.subgraphs] == [256, 128, 900]
    assert [signature.subgraphIndex for signature in made.signatureDefs] == [2, 1, 0]


def test_inputs_and_outputs_alone_keep_their_names():
    packed = pack_model(model(graph(tensor(b"in", 0), tensor(b"between", 1), tensor(b"out", 0))))
    names = [one.name for one in parse_model(packed).subgraphs[0].tensors]
    assert [name or b"" for name in names] == [b"in", b"", b"out"]


def test_weights_behind_a_model_are_taken_into_it():
    weights = bytes(range(100))
    builder = flatbuffers.Builder(1024)
    builder.Finish(model(graph(tensor(b"in", 1)), offset=4096, size=100).Pack(builder))
    whole = bytes(builder.Output()).ljust(4096, b"\0") + weights
    packed = pack_model(parse_model(whole))
    assert packed[4:8] == b"TFL3"
    buffer = parse_model(packed).buffers[1]
    assert bytes(buffer.data) == weights
    assert (buffer.offset, buffer.size) == (0, 0)
    assert packed.index(weights) % 16 == 0, "aligned as the schema asks for"


def test_the_graph_of_the_longest_window_comes_first_and_is_still_found():
    def of_length(tokens: int, *operators: schema.OperatorT) -> schema.SubGraphT:
        made = graph(tensor(b"in", 0), tensor(b"out", 0))
        made.tensors[0].shape = [1, tokens]
        made.operators = list(operators)
        return made

    def signature(name: bytes, place: int) -> schema.SignatureDefT:
        made = schema.SignatureDefT()
        made.signatureKey, made.subgraphIndex = name, place
        return made

    loop = schema.OperatorT()
    loop.builtinOptionsType = schema.BuiltinOptions.WhileOptions
    loop.builtinOptions = schema.WhileOptionsT()
    loop.builtinOptions.condSubgraphIndex, loop.builtinOptions.bodySubgraphIndex = 1, 3
    # Of a loop, between those of the signatures, are graphs of other shapes.
    made = model(of_length(8, loop), of_length(1), of_length(16), of_length(999))
    made.signatureDefs = [signature(b"short", 0), signature(b"long", 2)]
    put_longest_first(made)

    read = parse_model(pack_model(made))
    lengths = [int(one.tensors[one.inputs[0]].shape[-1]) for one in read.subgraphs]
    assert lengths == [16, 8, 1, 999]
    assert [(one.signatureKey, one.subgraphIndex) for one in read.signatureDefs] == [
        (b"short", 1),
        (b"long", 0),
    ]
    options = read.subgraphs[1].operators[0].builtinOptions
    assert (options.condSubgraphIndex, options.bodySubgraphIndex) == (2, 3)

"""A LiteRT model, read and written: the same model in fewer bytes, all of them where they belong.

Each signature is a graph of its own over the same weights, and the converters write what belongs to
a weight into each of them: the scales and zero points of its rows, twelve bytes a row, and long
names. Of a MiniLM-L6 with three signatures that is a megabyte. And a table that is looked up and
multiplied with, such as the word embeddings of a model that writes, they write twice.
"""

from __future__ import annotations

import hashlib
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from bertsum_tf.engines.litert_file import IDENTIFIER

# `force_align` of a buffer's data in LiteRT's schema.fbs.
BUFFER_ALIGNMENT = 16


def parse_model(model: bytes) -> schema.ModelT:
    """Reads a LiteRT model.

    Args:
        model: its bytes. Buffers may lie behind the FlatBuffer, where LiteRT's quantizer puts them;
            they are taken into it: not every runtime looks there, and our files have an archive
            behind the model.
    """
    parsed = schema.ModelT.InitFromPackedBuf(model, 0)
    for buffer in parsed.buffers:
        if buffer.offset > 1:  # 0 and 1 say that there is none
            buffer.data = np.frombuffer(model, np.uint8, buffer.size, buffer.offset)
            buffer.offset = buffer.size = 0
    return parsed


def put_longest_first(parsed: schema.ModelT) -> None:
    """Orders the graphs: that of the longest window first.

    Runtimes that know no signatures, such as react-native-fast-tflite, run a file's first graph.

    Args:
        parsed: the model; those of its signatures that read windows have one input, [1, tokens].
            Changed in place.
    """

    def tokens(place: int) -> int:
        graph = parsed.subgraphs[place]
        reads_windows = len(graph.inputs) == 1
        return int(graph.tensors[graph.inputs[0]].shape[-1]) if reads_windows else 0

    graphs = parsed.subgraphs or []
    of_signatures = {signature.subgraphIndex for signature in parsed.signatureDefs or []}
    order = sorted(of_signatures, key=tokens, reverse=True)
    order += [place for place in range(len(graphs)) if place not in of_signatures]
    new = {old: place for place, old in enumerate(order)}
    parsed.subgraphs = [graphs[old] for old in order]
    for signature in parsed.signatureDefs or []:
        signature.subgraphIndex = new[signature.subgraphIndex]
    # Loops, such as an LSTM's, name the graphs of their condition and body.
    for graph in parsed.subgraphs:
        for operator in graph.operators or []:
            for options in (operator.builtinOptions, operator.builtinOptions2):
                for name, value in list(vars(options).items()) if options is not None else ():
                    if name.lower().endswith("subgraphindex") or name == "subgraph":
                        setattr(options, name, new[value])


def pack_model(parsed: schema.ModelT) -> bytes:
    """Writes a LiteRT model; equal weights, and what graphs say of their tensors, are written once.

    Args:
        parsed: the model. Tensors lose their names in it, but for inputs and outputs.
    """
    _share_weights(parsed)
    shared: dict[Any, _Shared] = {}
    for graph in parsed.subgraphs or []:
        named = {*graph.inputs, *graph.outputs}
        for index, tensor in enumerate(graph.tensors):
            if index not in named:
                tensor.name = b""
            if tensor.quantization is not None:
                key = _content(tensor.quantization)
                tensor.quantization = shared.setdefault(key, _Shared(tensor.quantization))
    builder = _AlignedBuilder(1 << 20)
    builder.Finish(parsed.Pack(builder), IDENTIFIER)
    return bytes(builder.Output())


def _share_weights(parsed: schema.ModelT) -> None:
    """Lets tensors of equal content have one buffer; the other ones stay, and are empty."""
    first: dict[bytes, int] = {}
    same: dict[int, int] = {}
    of_metadata = {entry.buffer for entry in parsed.metadata or []}
    for index, buffer in enumerate(parsed.buffers):
        if index and index not in of_metadata and buffer.data is not None and len(buffer.data):
            content = hashlib.sha256(np.asarray(buffer.data).tobytes()).digest()
            same[index] = first.setdefault(content, index)
            if same[index] != index:
                buffer.data = None
    for graph in parsed.subgraphs or []:
        for tensor in graph.tensors:
            tensor.buffer = same.get(tensor.buffer, tensor.buffer)


class _AlignedBuilder(flatbuffers.Builder):
    """A builder that aligns bytes as LiteRT's schema asks for.

    `schema_py_generated` knows nothing of `force_align`; without it weights lie at any multiple of
    4, and some delegates refuse those, or copy them.
    """

    def StartVector(self, elemSize: int, numElems: int, alignment: int) -> int:
        """As the base class, with bytes aligned to 16."""
        if elemSize == 1:
            alignment = BUFFER_ALIGNMENT
        return super().StartVector(elemSize, numElems, alignment)


class _Shared:
    """A table that is written once, however many others point to it."""

    def __init__(self, table: schema.QuantizationParametersT) -> None:
        self._table = table
        self._offset: int | None = None

    def Pack(self, builder: flatbuffers.Builder) -> int:
        """As the classes of the schema."""
        if self._offset is None:
            self._offset = self._table.Pack(builder)
        return self._offset


def _content(table: Any) -> Any:
    """What tells a table from others: all its fields, and those of the tables in it."""
    if isinstance(table, np.ndarray):
        return table.tobytes()
    if hasattr(table, "__dict__"):
        return tuple((name, _content(value)) for name, value in sorted(vars(table).items()))
    return tuple(table) if isinstance(table, list) else table

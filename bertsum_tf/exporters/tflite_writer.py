"""The graphs of a model that writes, in shapes that never change: `encode_...`, `decode_step_...`.

`encode_<T>` reads a document once; `decode_step_<beams>_<tokens>` is run for each token that is
written. Both are over one set of weights. What the decoder remembers are inputs and outputs, one
tensor a layer: to cut a tensor of all layers apart takes LiteRT ten times as long as to attend.

Beams are a tree, not copies. What was written lies in slots, and `visible` says which of them each
beam continues: a token's keys and values are put into any free slot once, and never moved. When a
beam goes on from another, its row of `visible` becomes the other's. (Copying caches from beam to
beam, as Keras does it, would be 24 MB a step for a MiniLM-L6 with 5 beams of 256 tokens.)

With L decoder layers of N heads of width d, M tokens of the longest window, V words, S slots:

    encode_<T>: token_ids int32 [1, T]
        -> memory_keys_<l>, memory_values_<l> float32 [N, M, d] for l = 0 ... L - 1,
           memory_mask float32 [M], 1 for tokens of the document, 0 behind them
    decode_step_<K>_<tokens>: token_ids int32 [K], what each of K beams wrote last;
           position int32 [1], where that stands, counted from 0;
           what `encode` gave;
           written_keys_<l>, written_values_<l> float32 [N, S, d], S = K * tokens;
           visible float32 [K, S], 1 for the slots whose tokens the beam has written, else 0
        -> logits float32 [K, V] of what follows;
           new_keys_<l>, new_values_<l> float32 [N, K, d], to be put into slots
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from keras import ops

from bertsum_tf.decoding_defaults import BEAM_SIZE
from bertsum_tf.engines.litert_file import DecodeStep, encode_signature
from bertsum_tf.exporters.lean_attention import MASKED_SCORE

if TYPE_CHECKING:
    from bertsum_tf.models import BertSumAbstractive

# A tensor of TensorFlow's.
Tensor = Any

# Greedy search and samples need one beam, and take half the time of five.
BEAMS = (1, BEAM_SIZE)

# A summary of so many tokens takes less time than one of as many as the model can write.
SHORT_SUMMARY_TOKENS = 64


def decode_steps(model: BertSumAbstractive) -> list[DecodeStep]:
    """The signatures `decode_step_...` of a model, the cheapest first."""
    longest = model.max_target_tokens
    lengths = (SHORT_SUMMARY_TOKENS, longest) if longest > SHORT_SUMMARY_TOKENS else (longest,)
    return [
        DecodeStep(f"decode_step_{beams}_{tokens}", beams, beams * tokens)
        for beams in BEAMS
        for tokens in lengths
    ]


def writer_endpoints(
    model: BertSumAbstractive, lengths: tuple[int, ...]
) -> dict[str, tuple[Callable[..., Any], list[Any]]]:
    """The functions of each signature and the shapes of their inputs; see the module.

    Args:
        model: on Keras's TensorFlow backend.
        lengths: of windows, ascending.
    """
    import tensorflow as tf

    def spec(name: str, *shape: int, dtype: tf.DType = tf.float32) -> tf.TensorSpec:
        return tf.TensorSpec(shape, dtype, name=name)

    heads = model.decoder_num_heads
    width = model.backbone.hidden_dim // heads
    endpoints: dict[str, tuple[Callable[..., Any], list[Any]]] = {
        encode_signature(length): (
            partial(_encode, model, lengths[-1]),
            [spec("token_ids", 1, length, dtype=tf.int32)],
        )
        for length in lengths
    }
    for step in decode_steps(model):
        specs = [
            spec("token_ids", step.beams, dtype=tf.int32),
            spec("position", 1, dtype=tf.int32),
            spec("memory_mask", lengths[-1]),
            spec("visible", step.beams, step.slots),
        ]
        for layer in range(model.decoder_num_layers):
            for of, places in (("memory", lengths[-1]), ("written", step.slots)):
                for what in ("keys", "values"):
                    specs.append(spec(f"{of}_{what}_{layer}", heads, places, width))
        inputs = {one.name: one for one in specs}
        endpoints[step.signature] = (partial(_decode_step, model), [inputs])
    return endpoints


def _encode(model: BertSumAbstractive, longest: int, token_ids: Tensor) -> dict[str, Tensor]:
    """A document of one window, padded to the longest; see the module."""
    missing = longest - token_ids.shape[1]
    state = model.encode(token_ids)
    outputs = {
        "memory_mask": ops.pad(ops.cast(state["memory_mask"][0], "float32"), ((0, missing),))
    }
    for name in ("memory_keys", "memory_values"):
        for layer, tensor in enumerate(state[name]):
            padded = ops.pad(_by_head(tensor), ((0, 0), (0, missing), (0, 0)))
            outputs[f"{name}_{layer}"] = padded
    return outputs


def _decode_step(model: BertSumAbstractive, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
    """The next token of every beam; see the module. The same as `SummaryDecoder.step` gives."""
    decoder = model.decoder
    embeddings = model.backbone.token_embedding(inputs["token_ids"][None])
    positions = decoder.position_encoding(
        embeddings[:1, :1], start_index=ops.reshape(inputs["position"], ())
    )
    x = embeddings * math.sqrt(embeddings.shape[-1]) + positions
    hidden_memory = (1.0 - inputs["memory_mask"]) * MASKED_SCORE
    hidden_slots = (1.0 - inputs["visible"]) * MASKED_SCORE
    outputs = {}
    for index, layer in enumerate(decoder.decoder_layers):
        attention, normed = layer.self_attention, layer.self_attention_norm(x)
        keys, values = map(_by_head, attention.keys_and_values(normed))
        outputs[f"new_keys_{index}"], outputs[f"new_values_{index}"] = keys, values
        queries = _queries(attention, normed)
        scores = _scores(queries, inputs[f"written_keys_{index}"], hidden_slots)
        own_scores = ops.sum(queries * keys, axis=-1, keepdims=True)
        # The new token is attended to beside the slots, which need not be copied for it.
        shares = ops.softmax(ops.concatenate([scores, own_scores], axis=-1))
        attended = ops.matmul(shares[:, :, :-1], inputs[f"written_values_{index}"])
        x = x + _joined(attention, attended + shares[:, :, -1:] * values)

        attention, normed = layer.cross_attention, layer.cross_attention_norm(x)
        scores = _scores(_queries(attention, normed), inputs[f"memory_keys_{index}"], hidden_memory)
        attended = ops.matmul(ops.softmax(scores), inputs[f"memory_values_{index}"])
        x = x + _joined(attention, attended)

        x = x + layer.output_dense(layer.intermediate_dense(layer.feedforward_norm(x)))
    hidden_states = decoder.output_layer_norm(x)
    logits = model.logits_bias(model.backbone.token_embedding(hidden_states, reverse=True))
    return {"logits": logits[0], **outputs}


def _by_head(tensor: Tensor) -> Tensor:
    """`[1, T, N, d]` -> `[N, T, d]`."""
    return ops.transpose(tensor[0], (1, 0, 2))


def _queries(attention: Any, normed: Tensor) -> Tensor:
    """`[1, K, H]` -> `[N, K, d]`, by the square root of `d` smaller."""
    queries = _by_head(attention.query_dense(normed))
    return queries * (1.0 / math.sqrt(queries.shape[-1]))


def _scores(queries: Tensor, keys: Tensor, hidden: Tensor) -> Tensor:
    """`[N, K, d]`, `[N, S, d]`, and what is added to the score of each slot -> `[N, K, S]`."""
    return ops.matmul(queries, ops.transpose(keys, (0, 2, 1))) + hidden


def _joined(attention: Any, attended: Tensor) -> Tensor:
    """`[N, K, d]` -> `[1, K, H]`."""
    return attention.output_dense(ops.transpose(attended, (1, 0, 2))[None])

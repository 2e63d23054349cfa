"""A Transformer and a BERT in plain NumPy, written from the papers, to compare with.

Vaswani et al., 2017, "Attention Is All You Need"; Devlin et al., 2019, "BERT".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

Array = np.ndarray
Activation = Callable[[Array], Array]


def layer_norm(x: Array, gamma: Array, beta: Array, epsilon: float) -> Array:
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon) * gamma + beta


def gelu_tanh(x: Array) -> Array:
    return 0.5 * x * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))


def gelu_exact(x: Array) -> Array:
    return 0.5 * x * (1.0 + np.vectorize(math.erf)(x / math.sqrt(2.0)))


def attention(query: Array, key: Array, value: Array, keep: Array, num_heads: int) -> Array:
    """Multi-head attention of one document: [T, H] each; keep: bool [T], the keys attended to."""
    heads = []
    for q, k, v in zip(*(np.split(x, num_heads, -1) for x in (query, key, value)), strict=True):
        scores = q @ k.T / math.sqrt(q.shape[-1])
        scores = np.where(keep, scores, -np.inf)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        heads.append(weights / weights.sum(-1, keepdims=True) @ v)
    return np.concatenate(heads, -1)


def bert_hidden_states(
    weights: Mapping[str, Array],
    token_ids: Array,
    segment_ids: Array,
    keep: Array,
    num_heads: int,
    gelu: Activation = gelu_tanh,
) -> Array:
    """The last hidden states [T, H] of one document.

    Args:
        weights: named and laid out as Hugging Face has them (a dense layer is `x @ W.T + b`).
        token_ids: [T].
        segment_ids: [T].
        keep: bool [T], False for padding.
        num_heads: attention heads.
        gelu: BERT's activation.
    """

    def dense(x: Array, name: str) -> Array:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(x: Array, name: str) -> Array:
        return layer_norm(x, weights[f"{name}.weight"], weights[f"{name}.bias"], 1e-12)

    x = norm(
        weights["embeddings.word_embeddings.weight"][token_ids]
        + weights["embeddings.position_embeddings.weight"][: len(token_ids)]
        + weights["embeddings.token_type_embeddings.weight"][segment_ids],
        "embeddings.LayerNorm",
    )
    layer = 0
    while f"encoder.layer.{layer}.output.dense.weight" in weights:
        block = f"encoder.layer.{layer}"
        attended = attention(
            dense(x, f"{block}.attention.self.query"),
            dense(x, f"{block}.attention.self.key"),
            dense(x, f"{block}.attention.self.value"),
            keep,
            num_heads,
        )
        x = norm(
            x + dense(attended, f"{block}.attention.output.dense"),
            f"{block}.attention.output.LayerNorm",
        )
        inner = gelu(dense(x, f"{block}.intermediate.dense"))
        x = norm(x + dense(inner, f"{block}.output.dense"), f"{block}.output.LayerNorm")
        layer += 1
    return x

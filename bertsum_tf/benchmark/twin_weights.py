"""Keras weights for the PyTorch twin."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import torch
from torch import Tensor, nn

from bertsum_tf.benchmark.pytorch_twin import PyTorchTwin
from bertsum_tf.models import BertSumExtractive


def copy_weights(model: BertSumExtractive, twin: PyTorchTwin) -> None:
    """Gives the twin, of the same shape, the weights of a `BertSumExtractive`."""
    backbone, inter_sentence, head = model.backbone, model.inter_sentence, twin.head
    assert inter_sentence is not None  # the twin has the transformer head
    _copy(backbone.token_embedding.embeddings, twin.token_embedding.weight)
    _copy(backbone.position_embedding.position_embeddings, twin.position_embedding.weight)
    _copy(backbone.segment_embedding.embeddings, twin.segment_embedding.weight)
    _copy_norm(backbone.embeddings_layer_norm, twin.embeddings_norm)
    for source, target in zip(backbone.transformer_layers, twin.layers, strict=True):
        _copy_layer(source, target)
    _copy_norm(model.sentence_norm, head.sentence_norm)
    positions = inter_sentence.position_embedding.position_embeddings
    _copy(positions, head.position_embedding.weight)
    for source, target in zip(inter_sentence.encoder_layers, head.layers, strict=True):
        _copy_layer(source, target)
    _copy_norm(inter_sentence.output_layer_norm, head.norm)
    _copy_dense(model.logits_dense, head.logits)


def _copy_layer(source: keras.layers.Layer, target: Any) -> None:
    """An encoder layer into an `EncoderLayer`, which `ModuleList` knows as any module."""
    attention = source._self_attention_layer
    _copy_dense(attention.query_dense, target.query)
    _copy_dense(attention.key_dense, target.key)
    _copy_dense(attention.value_dense, target.value)
    _copy_dense(attention.output_dense, target.attention_output)
    _copy_norm(source._self_attention_layer_norm, target.attention_norm)
    _copy_dense(source._feedforward_intermediate_dense, target.intermediate)
    _copy_dense(source._feedforward_output_dense, target.output)
    _copy_norm(source._feedforward_layer_norm, target.feedforward_norm)


def _copy_dense(source: keras.layers.Layer, target: nn.Linear) -> None:
    """Keras has [in, out], or [in, heads, out of a head]; PyTorch [out, in]."""
    outputs, inputs = target.weight.shape
    kernel = keras.ops.convert_to_numpy(source.kernel).reshape(inputs, outputs)
    _copy(kernel.T, target.weight)
    _copy(keras.ops.convert_to_numpy(source.bias).reshape(outputs), target.bias)


def _copy_norm(source: keras.layers.Layer, target: nn.LayerNorm) -> None:
    _copy(source.gamma, target.weight)
    _copy(source.beta, target.bias)


def _copy(source: object, target: Tensor) -> None:
    value = np.array(keras.ops.convert_to_numpy(source))
    assert value.shape == tuple(target.shape)
    with torch.no_grad():
        target.copy_(torch.from_numpy(value))

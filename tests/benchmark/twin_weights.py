"""Keras weights for the PyTorch twin."""

from __future__ import annotations

import keras
import numpy as np
import torch
from torch import nn

from bertsum_tf.benchmark.pytorch_twin import EncoderLayer, PyTorchTwin
from bertsum_tf.models import BertSumExtractive


def copy_weights(model: BertSumExtractive, twin: PyTorchTwin) -> None:
    """Gives the twin the weights of a `BertSumExtractive`."""
    backbone, head = model.backbone, model.inter_sentence
    _copy(backbone.token_embedding.embeddings, twin.token_embedding.weight)
    _copy(backbone.position_embedding.position_embeddings, twin.position_embedding.weight)
    _copy(backbone.segment_embedding.embeddings, twin.segment_embedding.weight)
    _copy_norm(backbone.embeddings_layer_norm, twin.embeddings_norm)
    for source, target in zip(backbone.transformer_layers, twin.layers, strict=True):
        _copy_layer(source, target)
    _copy_norm(model.sentence_norm, twin.sentence_norm)
    positions = head.position_embedding.position_embeddings
    _copy(positions, twin.sentence_position_embedding.weight)
    for source, target in zip(head.encoder_layers, twin.head_layers, strict=True):
        _copy_layer(source, target)
    _copy_norm(head.output_layer_norm, twin.head_norm)
    _copy_dense(model.logits_dense, twin.logits)


def _copy_layer(source: keras.layers.Layer, target: EncoderLayer) -> None:
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


def _copy(source: object, target: nn.Parameter) -> None:
    value = np.array(keras.ops.convert_to_numpy(source))
    assert value.shape == tuple(target.shape)
    with torch.no_grad():
        target.copy_(torch.from_numpy(value))

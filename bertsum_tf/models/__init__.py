"""BERTSUM as a KerasHub task; `keras.ops` only, so TensorFlow, JAX and PyTorch all run it."""

from __future__ import annotations

from bertsum_tf.models.bert_sum_extractive import BertSumExtractive
from bertsum_tf.models.bert_sum_extractive_preprocessor import BertSumExtractivePreprocessor
from bertsum_tf.models.masked_binary_crossentropy import MaskedBinaryCrossentropy

__all__ = ["BertSumExtractive", "BertSumExtractivePreprocessor", "MaskedBinaryCrossentropy"]

"""BERTSUM as a KerasHub task; `keras.ops` only, so TensorFlow, JAX and PyTorch all run it."""

from __future__ import annotations

from bertsum_tf.keras_backend import import_keras_quietly

# Before the modules below, which import Keras: a notebook should not begin with its messages.
import_keras_quietly()

from bertsum_tf.models.bert_sum_abstractive import BertSumAbstractive  # noqa: E402
from bertsum_tf.models.bert_sum_abstractive_preprocessor import (  # noqa: E402
    BertSumAbstractivePreprocessor,
)
from bertsum_tf.models.bert_sum_extractive import BertSumExtractive  # noqa: E402
from bertsum_tf.models.bert_sum_extractive_preprocessor import (  # noqa: E402
    BertSumExtractivePreprocessor,
)
from bertsum_tf.models.dual_encoder import DualEncoder  # noqa: E402
from bertsum_tf.models.dual_encoder_preprocessor import DualEncoderPreprocessor  # noqa: E402
from bertsum_tf.models.label_smoothed_crossentropy import LabelSmoothedCrossentropy  # noqa: E402
from bertsum_tf.models.masked_binary_crossentropy import MaskedBinaryCrossentropy  # noqa: E402
from bertsum_tf.models.symmetric_info_nce import SymmetricInfoNCE  # noqa: E402

__all__ = [
    "BertSumAbstractive",
    "BertSumAbstractivePreprocessor",
    "BertSumExtractive",
    "BertSumExtractivePreprocessor",
    "DualEncoder",
    "DualEncoderPreprocessor",
    "LabelSmoothedCrossentropy",
    "MaskedBinaryCrossentropy",
    "SymmetricInfoNCE",
]

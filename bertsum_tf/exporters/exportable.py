"""What every export asks of a model before it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.text.sentences import rules_sha256

if TYPE_CHECKING:
    from bertsum_tf.models import BertSumAbstractive, BertSumExtractive


def check_exportable(model: BertSumExtractive | BertSumAbstractive) -> None:
    """Refuses a model that lacks what an export has to carry.

    Args:
        model: a model on any of Keras's backends.

    Raises:
        UsageError: if Keras does not run on TensorFlow, which makes all exports; or if the model
            has no preprocessor, hence no vocabulary.
        BertsumError: if it was trained with another sentence rule book.
    """
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise UsageError(
            f"Models are exported by TensorFlow, and Keras runs on {backend}: set "
            "KERAS_BACKEND=tensorflow before anything imports Keras, and load the model again."
        )
    if model.preprocessor is None:
        raise UsageError(
            "The model has no preprocessor, hence no vocabulary: load it with its own, by "
            f"{type(model).__name__}.from_preset(folder)."
        )
    if model.preprocessor.rules_sha256 != rules_sha256():
        raise BertsumError(
            "The model was trained with another sentence rule book than this version has: "
            "install the version that trained it, or train it again."
        )

"""Products with weights in 4 bits where that costs little, in 8 bits elsewhere.

An error in an early layer is carried through all that follow, and a sum of many terms hides what
each of them lost. So 4 bits are for the feed-forward blocks of the last third of BERT's layers, and
for the head's Transformer layers. A scale for each row of weights, not for each 32 of them: those
are more exact, but slow in browsers, where their kernel lacks vector instructions (LiteRT.js 2.5).
"""

from __future__ import annotations

import importlib.util
import io
import re
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

from bertsum_tf.errors import BertsumError
from bertsum_tf.quiet_stderr import quiet_stderr

if TYPE_CHECKING:
    from bertsum_tf.models import BertSumExtractive


def check_quantizer() -> None:
    """Sees that LiteRT's quantizer is installed, before minutes of work.

    Raises:
        BertsumError: if it is not.
    """
    if importlib.util.find_spec("litert_quantizer") is None:
        raise BertsumError(
            "4-bit weights are made by LiteRT's quantizer, which is not installed: "
            "run pip install litert-quantizer, or choose dynamic."
        )


def quantize_products(flatbuffer: bytes, model: BertSumExtractive) -> bytes:
    """Quantizes the weights of a converted model; activations are rounded to int8 as they come.

    Args:
        flatbuffer: a float32 LiteRT model.
        model: what it was converted from.
    """
    from litert_quantizer import qtyping, quantizer, recipe_manager

    product = qtyping.TFLOperationName.FULLY_CONNECTED
    recipe = recipe_manager.RecipeManager()
    recipe.add_dynamic_config(".*", product, num_bits=8)
    recipe.add_dynamic_config(_four_bit_products(model), product, num_bits=4)
    with quiet_stderr(), redirect_stdout(io.StringIO()):  # it reports on both
        quantized = quantizer.Quantizer(bytearray(flatbuffer), recipe.get_quantization_recipe())
        return bytes(quantized.quantize().quantized_model)


def _four_bit_products(model: BertSumExtractive) -> str:
    """A regular expression that finds the products with 4-bit weights in names of the graph."""
    layers = model.backbone.transformer_layers
    names = "|".join(re.escape(layer.name) for layer in layers[len(layers) - len(layers) // 3 :])
    # Keras and TensorFlow append numbers to names that they have met before.
    return rf"/({names})(_\d+)?/feedforward_|/encoder_layer_\d+(_\d+)?/"

"""Products with weights in 4 bits where that costs little, in 8 bits elsewhere.

An error in an early layer is carried through all that follow, and a sum of many terms hides what
each of them lost. So the feed-forward blocks of the later half of BERT's layers and of the head
have 4 bits.
"""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

from bertsum_tf.errors import BertsumError
from bertsum_tf.quiet_stderr import quiet_stderr

if TYPE_CHECKING:
    from bertsum_tf.models import BertSumExtractive


def quantize_products(flatbuffer: bytes, model: BertSumExtractive) -> bytes:
    """Quantizes the weights of a converted model; activations are rounded to int8 as they come.

    Args:
        flatbuffer: a float32 LiteRT model.
        model: what it was converted from.

    Raises:
        BertsumError: if LiteRT's quantizer is not installed.
    """
    try:
        from litert_quantizer import qtyping, quantizer, recipe_manager
    except ImportError as error:
        raise BertsumError(
            "4-bit weights are made by LiteRT's quantizer, which is not installed: "
            "run pip install litert-quantizer, or choose dynamic."
        ) from error

    product = qtyping.TFLOperationName.FULLY_CONNECTED
    recipe = recipe_manager.RecipeManager()
    recipe.add_dynamic_config(".*", product, num_bits=8)
    recipe.add_dynamic_config(
        four_bit_products(model),
        product,
        num_bits=4,
        granularity=qtyping.QuantGranularity.BLOCKWISE_32,
    )
    with quiet_stderr(), redirect_stdout(io.StringIO()):  # it reports on both
        quantized = quantizer.Quantizer(bytearray(flatbuffer), recipe.get_quantization_recipe())
        return bytes(quantized.quantize().quantized_model)


def four_bit_products(model: BertSumExtractive) -> str:
    """A regular expression that finds the products with 4-bit weights in names of the graph."""
    layers = model.backbone.transformer_layers
    names = "|".join(re.escape(layer.name) for layer in layers[len(layers) // 2 :])
    # Keras and TensorFlow append numbers to names that they have met before.
    return rf"/({names}|encoder_layer_\d+)(_\d+)?/feedforward_"

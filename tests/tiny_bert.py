"""A bare BERT in a folder, as small as can be, for tests of what is made of it."""

from __future__ import annotations

from pathlib import Path

from bertsum_tf.text.targets import TARGET_MARKS

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz.,", "##s"]
PIECES += TARGET_MARKS


def save_tiny_bert(folder: Path) -> Path:
    """Saves one layer of width 8, random weights, windows of 64 tokens, and its vocabulary."""
    import keras
    import keras_hub

    keras.utils.set_random_seed(0)
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=len(PIECES),
        num_layers=1,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=8,
        max_sequence_length=64,
    )
    backbone.save_to_preset(str(folder))
    keras_hub.models.BertTokenizer(PIECES, lowercase=True).save_to_preset(str(folder))
    return folder

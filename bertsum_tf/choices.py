"""The variants of models and of their training, by name.

Models, recipes and the command line all offer them; nothing is imported here, so that `--help` and
recipes need no Keras.
"""

from __future__ import annotations

# What a sentence's vector is, in `BertSumExtractive`: its [CLS], or the mean of its word pieces.
SENTENCE_POOLINGS = ("cls", "mean")

# What a text's vector is, in `DualEncoder`: see `bertsum_tf.models.text_pooling`.
TEXT_POOLINGS = ("mean", "cls", "sentence_cls")

# What relates the sentences of a document.
HEADS = ("classifier", "transformer", "lstm")

# Positions of the sentences, in the transformer head.
SENTENCE_POSITIONS = ("learned", "sinusoidal")

# A BERT each for documents and summaries, or one for both.
ENCODERS = ("separate", "shared")

# Of learning rates: see `bertsum_tf.training.learning_rates`.
DECAYS = ("linear", "noam")

# The greedy oracle, or its expectation: see `bertsum_tf.data.oracle`.
LABELS = ("hard", "soft")

# What a document's own summary is told from, beside the other summaries of the batch.
NEGATIVES = ("none", "lead")

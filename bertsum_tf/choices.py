"""The variants of models, of their training, exports and summaries, by name.

Models, recipes and the command line all offer them; nothing heavy is imported here, so that
`--help` and recipes need no Keras.
"""

from __future__ import annotations

from typing import Literal, get_args

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

# What a run trains on: see `bertsum_tf.training.devices`.
DEVICES = ("auto", "cpu", "gpu", "tpu")

# The greedy oracle, or its expectation: see `bertsum_tf.data.oracle`.
LABELS = ("hard", "soft")

# What a document's own summary is told from, beside the other summaries of the batch.
NEGATIVES = ("none", "lead")

# How a summary's sentences are chosen: the best-scored ones, or the candidate summary that matches
# best; and how they are put: as in the document, or the best first.
Selection = Literal["top", "match"]
SELECTIONS: tuple[str, ...] = get_args(Selection)
Order = Literal["document", "score"]
ORDERS: tuple[str, ...] = get_args(Order)

# Of .tflite files: `bertsum_tf.exporters.tflite_files.QUANTIZATION_TEXTS` says what each does.
Quantization = Literal["none", "float16", "dynamic", "int4", "int8"]
QUANTIZATIONS: tuple[Quantization, ...] = get_args(Quantization)

# Of Apache Beam, which run what a command does on many machines: `bertsum_tf.beam.runner`.
RUNNERS = ("DirectRunner", "FlinkRunner", "SparkRunner", "DataflowRunner", "PortableRunner")

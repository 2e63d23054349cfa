"""The model that ships with the package, in two forms.

A `.tflite` file, which needs neither TensorFlow nor a network and is what `Summarizer()` and
`bertsum summarize` take unless they are told otherwise; and the preset that it was made from, with
its weights in float16, for `BertSumExtractive.from_preset(bundled.NAME)`.
"""

from __future__ import annotations

from pathlib import Path

NAME = "bertsum_minilm_l6_cnn_en_uncased"

PRESET = Path(__file__).parent / "presets" / NAME
TFLITE = PRESET / "model.tflite"

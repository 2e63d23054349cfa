"""Real corpora and weights that lie beside a developer's checkout; users do not have them."""

from __future__ import annotations

from pathlib import Path

SHARED = Path(__file__).parents[2] / "shared"
TFDS = SHARED / "data" / "tfds"
MINILM_L6 = SHARED / "backbones" / "minilm_l6"

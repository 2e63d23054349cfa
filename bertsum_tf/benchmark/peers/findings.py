"""What a contestant made of the texts, so that one that is fast but wrong is seen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bertsum_tf.summarizer import Summary


@dataclass(frozen=True)
class Findings:
    """Scores and choices.

    Attributes:
        scores: of each document, one a sentence.
        chosen: of each document, the indices of the sentences of its summary.
        way: how the cores were used; "" where the engine decides.
    """

    scores: list[list[float]]
    chosen: list[list[int]]
    way: str = ""

    @classmethod
    def of(cls, summaries: Sequence[Summary], way: str = "") -> Findings:
        """Those of what `Summarizer.batch` gave."""
        return cls(
            [[sentence.score for sentence in summary.sentences] for summary in summaries],
            [[s.index for s in summary.sentences if s.selected] for summary in summaries],
            way,
        )

    def write(self, path: Path) -> None:
        """Writes JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Findings:
        """Reads what `write` wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def same_choice(self, other: Findings) -> float:
        """Share of the documents of which both chose the same sentences."""
        return float(np.mean([a == b for a, b in zip(self.chosen, other.chosen, strict=True)]))

    def largest_difference(self, other: Findings) -> float:
        """The largest difference between two scores of a sentence, in logits."""
        pairs = zip(self.scores, other.scores, strict=True)
        return max(float(np.abs(np.subtract(a, b)).max(initial=0.0)) for a, b in pairs)

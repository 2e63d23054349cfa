"""How the next token is chosen: the best beams, or at random."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from bertsum_tf.decoding_defaults import BEAM_SIZE, LENGTH_PENALTY
from bertsum_tf.errors import UsageError

# Ten times what anybody uses; without a bound, the penalty of a long summary would be no number.
_GREATEST_PENALTY = 10


class Choice(NamedTuple):
    """The beams after one more token.

    Attributes:
        beams: int [D, K'], the old beam that each continues.
        columns: int [D, K'], which of that beam's candidates it writes.
        log_probs: float [D, K'], of everything that was written so far; -inf: no such beam.
    """

    beams: np.ndarray
    columns: np.ndarray
    log_probs: np.ndarray


class Strategy(Protocol):
    """How tokens are chosen; one object serves any number of searches, at the same time too."""

    def start(self, numbers: Sequence[int]) -> Choosing:
        """Begins a search.

        Args:
            numbers: of each document, by which random draws differ.
        """
        ...


class Choosing(Protocol):
    """A strategy in one search."""

    def num_candidates(self, vocabulary_size: int) -> int:
        """How many of the likeliest tokens of each beam it has to see."""
        ...

    def choose(self, log_probs: np.ndarray, candidates: np.ndarray, alive: np.ndarray) -> Choice:
        """Chooses.

        Args:
            log_probs: float [D, K], of what each beam has written.
            candidates: float [D, K, C], of each candidate, in descending order but for the -inf of
                those that are refused.
            alive: int [D], which of the documents that were begun these are.
        """
        ...

    def score(self, log_probs: np.ndarray, length: int) -> np.ndarray:
        """What finished summaries are compared by: log-probabilities of `length` tokens."""
        ...


@dataclass(frozen=True)
class Beam:
    """Beam search; with a size of 1, greedy search.

    A summary's score is its log-probability divided by `((5 + length) / 6) ** length_penalty` (Wu
    et al., 2016, arXiv 1609.08144, equation 14), its length counted with the end mark. 0 prefers
    short summaries, 1 nearly their mean log-probability.

    Attributes:
        size: beams of each document.
        length_penalty: alpha, between 0 and 10.
    """

    size: int = BEAM_SIZE
    length_penalty: float = LENGTH_PENALTY

    def __post_init__(self) -> None:
        if not isinstance(self.size, (int, np.integer)) or self.size < 1:
            raise UsageError(
                f"The size of a beam has to be a whole number from 1 up, not {self.size}."
            )
        if not 0 <= self.length_penalty <= _GREATEST_PENALTY:
            raise UsageError(
                f"A length penalty has to be between 0 and {_GREATEST_PENALTY}, not "
                f"{self.length_penalty}."
            )

    def num_candidates(self, vocabulary_size: int) -> int:
        """No beam can have more successors than there are beams."""
        return min(self.size, vocabulary_size)

    def start(self, numbers: Sequence[int]) -> Beam:
        """Nothing differs from search to search."""
        return self

    def choose(self, log_probs: np.ndarray, candidates: np.ndarray, alive: np.ndarray) -> Choice:
        """The best continuations of all of a document's beams; the earlier one of equals."""
        count = candidates.shape[-1]
        totals = (log_probs[..., None] + candidates).reshape(len(candidates), -1)
        missing = self.size - totals.shape[1]
        if missing > 0:  # few words and one beam, as at the start
            totals = np.pad(totals, ((0, 0), (0, missing)), constant_values=-np.inf)
        best = np.argsort(-totals, 1, kind="stable")[:, : self.size]
        beams = np.minimum(best // count, candidates.shape[1] - 1)
        return Choice(beams, best % count, np.take_along_axis(totals, best, 1))

    def score(self, log_probs: np.ndarray, length: int) -> np.ndarray:
        """Log-probabilities under the length penalty."""
        penalty: float = ((5 + length) / 6) ** self.length_penalty
        return log_probs / penalty


GREEDY = Beam(size=1)


@dataclass(frozen=True)
class Sampling:
    """Draws each token from the model's own distribution, sharpened and cut.

    A document's draws depend on the seed and its number alone, not on its neighbours in a batch.

    Attributes:
        temperature: logits are divided by this.
        top_k: only so many of the likeliest tokens; None: all.
        top_p: only the likeliest tokens that together have this probability; None: all.
        seed: the same seed gives the same summaries.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.temperature < math.inf:
            raise UsageError(f"A temperature has to be above 0, not {self.temperature}.")
        whole = (int, np.integer)
        if self.top_k is not None and not (isinstance(self.top_k, whole) and self.top_k >= 1):
            raise UsageError(f"top_k has to be a whole number from 1 up, not {self.top_k}.")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise UsageError(f"top_p has to be above 0 and at most 1, not {self.top_p}.")
        if not isinstance(self.seed, whole) or self.seed < 0:
            raise UsageError(f"A seed has to be a whole number from 0 up, not {self.seed}.")

    def start(self, numbers: Sequence[int]) -> _Drawing:
        """One generator of random numbers a document."""
        return _Drawing(self, [np.random.default_rng((self.seed, number)) for number in numbers])


class _Drawing:
    """`Sampling` in one search."""

    def __init__(self, sampling: Sampling, generators: list[np.random.Generator]) -> None:
        self._sampling = sampling
        self._generators = generators

    def num_candidates(self, vocabulary_size: int) -> int:
        """All tokens, unless `top_k` says how many."""
        return min(self._sampling.top_k or vocabulary_size, vocabulary_size)

    def choose(self, log_probs: np.ndarray, candidates: np.ndarray, alive: np.ndarray) -> Choice:
        """One token a document."""
        columns = np.array(
            [
                self._draw(row, self._generators[document])
                for row, document in zip(candidates[:, 0], alive, strict=True)
            ]
        )[:, None]
        drawn = np.take_along_axis(candidates[:, 0], columns, 1)
        return Choice(np.zeros_like(columns), columns, log_probs + drawn)

    def score(self, log_probs: np.ndarray, length: int) -> np.ndarray:
        """The log-probabilities: there is one summary a document, and nothing to compare."""
        return log_probs

    def _draw(self, candidates: np.ndarray, generator: np.random.Generator) -> int:
        draw = generator.random()
        possible = np.flatnonzero(candidates > -np.inf)[: self._sampling.top_k]
        if not len(possible):
            return 0
        logits = candidates[possible].astype(np.float64) / self._sampling.temperature
        probabilities = np.exp(logits - logits.max())
        probabilities /= probabilities.sum()
        if self._sampling.top_p is not None:
            # The one that reaches top_p is among them.
            kept = int(np.searchsorted(np.cumsum(probabilities), self._sampling.top_p)) + 1
            probabilities = probabilities[:kept] / probabilities[:kept].sum()
        index = int(np.searchsorted(np.cumsum(probabilities), draw, side="right"))
        return int(possible[min(index, len(probabilities) - 1)])

"""The search for a summary: encode, then step by step until every document's is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bertsum_tf.decoding.decoder import Candidates, Decoder
from bertsum_tf.decoding.strategies import Beam, Strategy
from bertsum_tf.decoding.trigrams import repeating
from bertsum_tf.errors import UsageError
from bertsum_tf.text.targets import TargetVocabulary

# PreSumm's README, for CNN/DailyMail.
MIN_TOKENS = 50
MAX_TOKENS = 200


@dataclass(frozen=True)
class Limits:
    """What every summary has to keep to.

    Attributes:
        min_tokens: the end mark does not come before so many tokens are written.
        max_tokens: after so many tokens, the end mark among them, a summary is taken as it is.
        block_trigrams: no three words in a row are written twice.
    """

    min_tokens: int = MIN_TOKENS
    max_tokens: int = MAX_TOKENS
    block_trigrams: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.min_tokens < self.max_tokens:
            raise UsageError(
                "A summary's least number of tokens has to be below its greatest, "
                f"and {self.min_tokens} is not below {self.max_tokens}."
            )

    @classmethod
    def within(cls, most: int, block_trigrams: bool = True) -> Limits:
        """PreSumm's, as far as a model can keep to them.

        Args:
            most: how many tokens the model can write.
            block_trigrams: see the class.
        """
        max_tokens = min(MAX_TOKENS, most)
        return cls(min(MIN_TOKENS, max_tokens - 1), max_tokens, block_trigrams)


@dataclass(frozen=True)
class Hypothesis:
    """A summary as it was written.

    Attributes:
        token_ids: int32 [t], without the begin mark, with the end mark if it was written.
        log_prob: the natural logarithm of its probability.
        score: what it was chosen by; see the strategy.
    """

    token_ids: np.ndarray
    log_prob: float
    score: float


def write_summaries(
    decoder: Decoder,
    token_ids: np.ndarray,
    vocabulary: TargetVocabulary,
    strategy: Strategy | None = None,
    limits: Limits | None = None,
    *,
    numbers: Sequence[int] | None = None,
) -> list[Hypothesis]:
    """Writes a summary of each document.

    As PreSumm (`src/models/predictor.py`): a beam that writes the end mark is put aside, and a
    document is done as soon as the best of its beams is one of these; its summary is the best of
    all that were put aside. (In PreSumm a beam that has ended, and is not the best, goes on behind
    its end mark; here it does not.) A document that is done costs no further step.

    Why not KerasHub's samplers: they run every row of a batch until the last one has ended, and
    know no least length, no trigram blocking and no length penalty; their beams go on behind the
    end mark.

    Args:
        decoder: the model.
        token_ids: int32 [D, T], packed documents, padded.
        vocabulary: the marks.
        strategy: how tokens are chosen; None: `Beam()`.
        limits: of length and repetition; None: `Limits()`.
        numbers: the documents' numbers, by which random draws differ; None: 0, 1, 2, ...

    Raises:
        UsageError: if the decoder can't write so many tokens.
    """
    strategy, limits = strategy or Beam(), limits or Limits()
    if limits.max_tokens > decoder.max_tokens:
        raise UsageError(
            f"This model writes {decoder.max_tokens} tokens at most, and {limits.max_tokens} are "
            f"asked for: set max_tokens to {decoder.max_tokens} or less."
        )
    documents = len(token_ids)
    if not documents:
        return []
    strategy.start(list(range(documents) if numbers is None else numbers))
    state = decoder.encode(token_ids)

    results: dict[int, Hypothesis] = {}
    ended: dict[int, list[Hypothesis]] = {document: [] for document in range(documents)}
    alive = np.arange(documents)
    written = np.zeros((documents, 1, 0), np.int32)
    log_probs = np.zeros((documents, 1), np.float32)
    last = np.full((documents, 1), vocabulary.begin_id, np.int32)
    for length in range(1, limits.max_tokens + 1):
        refused = _refused(written, log_probs, vocabulary, limits)
        candidates, state = decoder.step(
            last,
            length - 1,
            state,
            _enough(strategy.num_candidates(decoder.vocabulary_size), refused, decoder),
        )
        choice = strategy.choose(log_probs, _without(candidates, refused), alive)
        rows = np.arange(len(alive))[:, None]
        last = candidates.ids[rows, choice.beams, choice.columns].astype(np.int32)
        before = written
        written = np.concatenate([written[rows, choice.beams], last[..., None]], -1)
        log_probs = choice.log_probs
        scores = strategy.score(log_probs, length)

        impossible = np.isneginf(log_probs)
        has_ended = ((last == vocabulary.end_id) | (length == limits.max_tokens)) & ~impossible
        for row, beam in zip(*np.nonzero(has_ended), strict=True):
            ended[alive[row]].append(
                Hypothesis(
                    written[row, beam].copy(), float(log_probs[row, beam]), float(scores[row, beam])
                )
            )
        # Every word refused: what was put aside, or else what stands there.
        stuck = impossible[:, 0]
        done = has_ended[:, 0] | stuck
        for row in np.flatnonzero(done):
            document = alive[row]
            if not ended[document]:
                ended[document] = [Hypothesis(before[row, 0].copy(), -np.inf, -np.inf)]
            results[document] = max(ended[document], key=lambda hypothesis: hypothesis.score)

        (kept,) = np.nonzero(~done)
        if not len(kept):
            break
        beams = choice.beams[kept]
        width = before.shape[1]
        if len(kept) < len(alive) or not np.array_equal(
            beams, np.broadcast_to(np.arange(width), (len(kept), width))
        ):
            state = decoder.select(state, kept, beams)
        alive, written, last = alive[kept], written[kept], last[kept]
        # An ended beam does not go on.
        log_probs = np.where(has_ended, -np.inf, log_probs)[kept]
    return [results[document] for document in range(documents)]


def _refused(
    written: np.ndarray, log_probs: np.ndarray, vocabulary: TargetVocabulary, limits: Limits
) -> list[list[set[int]]]:
    """The ids that each beam may not write next."""
    too_short = {vocabulary.end_id} if written.shape[-1] < limits.min_tokens else set()
    return [
        [
            too_short | repeating(beam, vocabulary)
            if limits.block_trigrams and log_prob > -np.inf
            else too_short
            for beam, log_prob in zip(beams, row, strict=True)
        ]
        for beams, row in zip(written.tolist(), log_probs, strict=True)
    ]


def _enough(needed: int, refused: list[list[set[int]]], decoder: Decoder) -> int:
    """So many candidates that `needed` are left; powers of two, so that few are compiled."""
    most = max(len(ids) for row in refused for ids in row)
    return min(1 << (needed + most - 1).bit_length(), decoder.vocabulary_size)


def _without(candidates: Candidates, refused: list[list[set[int]]]) -> np.ndarray:
    """The candidates' log-probabilities, -inf for refused ids."""
    log_probs = candidates.log_probs.copy()
    for row, beams in enumerate(refused):
        for beam, ids in enumerate(beams):
            if ids:
                log_probs[row, beam, np.isin(candidates.ids[row, beam], list(ids))] = -np.inf
    return log_probs

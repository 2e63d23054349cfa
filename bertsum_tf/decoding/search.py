"""The search for a summary: encode, then step by step until every document's is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np

from bertsum_tf.decoding.decoder import Candidates, Decoder
from bertsum_tf.decoding.strategies import Beam, Strategy
from bertsum_tf.decoding.trigrams import repeating
from bertsum_tf.decoding_defaults import MAX_TOKENS, MIN_TOKENS
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.text.targets import TargetVocabulary


@dataclass(frozen=True)
class Limits:
    """What every summary has to keep to.

    Attributes:
        min_tokens: the end mark does not come before so many tokens are written. None: 50, or a
            quarter of `max_tokens` where that is less.
        max_tokens: after so many tokens, the end mark among them, a summary is taken as it is.
            None: 200, or as many as the model can write where those are fewer.
        block_trigrams: no three words in a row are written twice.
    """

    min_tokens: int | None = None
    max_tokens: int | None = None
    block_trigrams: bool = True

    def __post_init__(self) -> None:
        for name, tokens, least in (
            ("min_tokens", self.min_tokens, 0),
            ("max_tokens", self.max_tokens, 1),
        ):
            whole = tokens is None or (isinstance(tokens, (int, np.integer)))
            if not whole or (tokens is not None and tokens < least):
                raise UsageError(f"{name} has to be a whole number from {least} up, not {tokens}.")
        greatest = MAX_TOKENS if self.max_tokens is None else self.max_tokens
        if self.min_tokens is not None and self.min_tokens >= greatest:
            raise UsageError(
                "A summary's least number of tokens has to be below its greatest, "
                f"and {self.min_tokens} is not below {greatest}: lower the least (min_tokens, "
                "--min-summary-tokens), or raise the greatest (max_tokens, --max-summary-tokens)."
            )

    def of(self, most: int) -> tuple[int, int]:
        """The least and the greatest number of tokens.

        Args:
            most: how many the model can write.

        Raises:
            UsageError: if it can't write so many as are asked for.
        """
        greatest = min(MAX_TOKENS, most) if self.max_tokens is None else self.max_tokens
        if greatest > most:
            raise UsageError(
                f"This model writes {most} tokens at most, and {greatest} are asked for: "
                f"set the greatest number of tokens (max_tokens, --max-summary-tokens) to {most} "
                "or less."
            )
        if self.min_tokens is None:
            return min(MIN_TOKENS, greatest // 4), greatest
        if self.min_tokens >= greatest:
            raise UsageError(
                f"This model writes {most} tokens at most, and at least {self.min_tokens} are "
                "asked for: set the least number of tokens (min_tokens, --min-summary-tokens) to "
                f"{most - 1} or less."
            )
        return self.min_tokens, greatest


def check_search(
    strategy: Strategy | None, limits: Limits | None, most: int
) -> tuple[Strategy, Limits]:
    """Refuses what no search can be made with.

    Args:
        strategy: how tokens are chosen; None: `Beam()`.
        limits: of length and repetition; None: `Limits()`.
        most: how many tokens the model can write.

    Returns:
        Both, with both numbers of tokens.

    Raises:
        UsageError: if one is something else, or the model can't write so many tokens.
    """
    if strategy is None:
        strategy = Beam()
    if isinstance(strategy, type) or not hasattr(strategy, "start"):
        raise UsageError(
            f"{strategy!r} is no strategy: give Beam(5), GREEDY or Sampling() of "
            "bertsum_tf.decoding."
        )
    if limits is None:
        limits = Limits()
    if not isinstance(limits, Limits):
        raise UsageError(
            f"{limits!r} are no limits: give bertsum_tf.decoding.Limits, as Limits(4, 20) for 4 to "
            "20 tokens."
        )
    least, greatest = limits.of(most)
    return strategy, replace(limits, min_tokens=least, max_tokens=greatest)


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


def numbers_of(token_ids: np.ndarray, pad_id: int) -> list[int]:
    """A number of each document by which random draws differ, whatever its place in a batch.

    Args:
        token_ids: int32 [D, T].
        pad_id: what does not count.
    """
    return [crc32(row[row != pad_id].astype("<i4").tobytes()) for row in token_ids]


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
        numbers: of each document, by which random draws differ, such as `numbers_of` gives; None:
            0, 1, 2, ...

    Raises:
        BertsumError: if what the decoder gives are no numbers.
        UsageError: see `check_search`.
    """
    strategy, limits = check_search(strategy, limits, decoder.max_target_tokens)
    min_tokens, max_tokens = limits.of(decoder.max_target_tokens)
    documents = len(token_ids)
    if not documents:
        return []
    choosing = strategy.start(range(documents) if numbers is None else numbers)
    state = decoder.encode(token_ids)

    results: dict[int, Hypothesis] = {}
    ended: dict[int, list[Hypothesis]] = {document: [] for document in range(documents)}
    alive = np.arange(documents)
    written = np.zeros((documents, 1, 0), np.int32)
    log_probs = np.zeros((documents, 1), np.float32)
    last = np.full((documents, 1), vocabulary.begin_id, np.int32)
    for length in range(1, max_tokens + 1):
        refused = _refused(
            written, log_probs, vocabulary, length <= min_tokens, limits.block_trigrams
        )
        candidates, state = decoder.step(
            last,
            length - 1,
            state,
            _enough(choosing.num_candidates(decoder.vocabulary_size), refused, decoder),
        )
        if np.isnan(candidates.log_probs).any():
            raise BertsumError(
                "The model's probabilities are not numbers (NaN): its weights are damaged, use "
                "another model."
            )
        choice = choosing.choose(log_probs, _without(candidates, refused), alive)
        rows = np.arange(len(alive))[:, None]
        last = candidates.ids[rows, choice.beams, choice.columns].astype(np.int32)
        before = written
        written = np.concatenate([written[rows, choice.beams], last[..., None]], -1)
        log_probs = choice.log_probs
        scores = choosing.score(log_probs, length)

        impossible = log_probs == -np.inf
        has_ended = ((last == vocabulary.end_id) | (length == max_tokens)) & ~impossible
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
    written: np.ndarray,
    log_probs: np.ndarray,
    vocabulary: TargetVocabulary,
    too_short: bool,
    block_trigrams: bool,
) -> list[list[set[int]]]:
    """The ids that each beam may not write next."""
    the_end = {vocabulary.end_id} if too_short else set()
    return [
        [
            the_end | repeating(beam, vocabulary)
            if block_trigrams and log_prob > -np.inf
            else the_end
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

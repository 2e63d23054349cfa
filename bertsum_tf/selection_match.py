"""Sentence scores -> candidate summaries -> the one that is nearest to the document.

MatchSum (Zhong et al., ACL 2020, "Extractive Summarization as Text Matching", arXiv 2004.08795):
the best-scored sentences make up a few candidate summaries, and two encoders, of the document and
of its summary, choose among them as wholes. Sentences are scored one by one; that two of them say
the same, or that three belong together, only a whole summary shows.

It goes with the limits of `bertsum_tf.selection.select` as follows. The number of sentences is that
of its choice, the *plain* summary, whatever asked for it (a number, a ratio, a word budget). The
plain summary is always a candidate, the first, so that it wins ties and that there is always one.
The others are combinations that keep to the word budget and, with trigram blocking, repeat no
trigram.

The encoders read as much of a text as they were trained on, in whole sentences: the first window of
a document, and of a longer candidate those of its sentences that come first in the document.
Candidates which differ only in what is not read are equal, and the first of them wins.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bertsum_tf.errors import BertsumError
from bertsum_tf.selection import MIN_CANDIDATE_PIECES, select, words
from bertsum_tf.text.packing import (
    BUCKET_TOKENS,
    MAX_SUMMARY_TOKENS,
    MAX_WINDOW_TOKENS,
    Window,
    pack,
    pad_windows,
    padded_length,
)

if TYPE_CHECKING:
    from bertsum_tf.analysis import Analysis
    from bertsum_tf.text.wordpiece import WordPiece

# Zhong et al. (2020), section 5.1, for the 3 sentences of CNN/DailyMail: combinations of 2 or 3 of
# the 5 best sentences, 20 candidates.
SPARE_SENTENCES = 2
MAX_SENTENCES_OF_TWO_SIZES = 3

# The same for the data sets of longer summaries, 6 of 7 sentences (PubMed) and 9 of 10
# (Multi-News): the number of candidates stays small.
SPARE_SENTENCES_OF_LONG = 1

# Padded tokens that an encoder is given at once: 16 windows of 512.
TOKENS_PER_BATCH = 8192


class TextEncoder(Protocol):
    """What tells how near a summary is to a document: a `DualEncoder`."""

    def encode_documents(self, documents: np.ndarray) -> np.ndarray:
        """Packed token ids, int32 [B, T] -> vectors of length 1, float32 [B, D]."""
        ...

    def encode_summaries(self, summaries: np.ndarray) -> np.ndarray:
        """Packed token ids, int32 [B, U] -> vectors of length 1, float32 [B, D]."""
        ...


@dataclass(frozen=True)
class Match:
    """The candidate that is nearest to its document.

    Attributes:
        sentences: indices of its sentences, ascending; empty for a document without sentences.
        similarity: its cosine with the document, in [-1, 1]: how much of it the summary holds, in
            the eyes of the encoders, with no reference needed. None without sentences.
    """

    sentences: tuple[int, ...]
    similarity: float | None


class Matcher:
    """Chooses summaries as wholes.

    Args:
        encoder: what tells how near a summary is to a document.
        vocabulary: the encoder's, and that of the analyses.
        max_tokens: how much of a document the encoder was trained to read, a multiple of 8.
        max_summary_tokens: the same of a summary.
    """

    def __init__(
        self,
        encoder: TextEncoder,
        vocabulary: WordPiece,
        max_tokens: int = MAX_WINDOW_TOKENS,
        max_summary_tokens: int = MAX_SUMMARY_TOKENS,
    ) -> None:
        self.encoder = encoder
        self.vocabulary = vocabulary
        self.max_tokens = max_tokens
        self.max_summary_tokens = max_summary_tokens

    def choose(
        self,
        analyses: Sequence[Analysis],
        *,
        num_sentences: int | None = None,
        ratio: float | None = None,
        max_words: int | None = None,
        trigram_blocking: bool = True,
    ) -> list[Match]:
        """The candidate summary of each document that is nearest to it.

        Args:
            analyses: the documents, with their scores.
            num_sentences: this and the other options as for `candidates`.
            ratio: see there.
            max_words: see there.
            trigram_blocking: see there.
        """
        return self._match(
            analyses,
            [
                candidates(
                    analysis.scores.tolist(),
                    analysis.sentences,
                    piece_counts=analysis.piece_counts,
                    num_sentences=num_sentences,
                    ratio=ratio,
                    max_words=max_words,
                    trigram_blocking=trigram_blocking,
                )
                for analysis in analyses
            ],
        )

    def rate(
        self, analyses: Sequence[Analysis], chosen: Sequence[Sequence[int]]
    ) -> list[float | None]:
        """How near summaries are to their documents: the similarity of `Match`.

        Args:
            analyses: the documents.
            chosen: the sentences of each one's summary.
        """
        matches = self._match(analyses, [[tuple(own)] if own else [] for own in chosen])
        return [one.similarity for one in matches]

    def _match(
        self, analyses: Sequence[Analysis], offered: Sequence[Sequence[tuple[int, ...]]]
    ) -> list[Match]:
        return match(
            self.encoder,
            [analysis.pieces for analysis in analyses],
            offered,
            cls_id=self.vocabulary.cls_id,
            sep_id=self.vocabulary.sep_id,
            pad_id=self.vocabulary.pad_id,
            max_tokens=self.max_tokens,
            max_summary_tokens=self.max_summary_tokens,
        )


def candidates(
    scores: Sequence[float],
    sentences: Sequence[str],
    *,
    piece_counts: Sequence[int] | None = None,
    num_sentences: int | None = None,
    ratio: float | None = None,
    max_words: int | None = None,
    trigram_blocking: bool = True,
    min_pieces: int = MIN_CANDIDATE_PIECES,
) -> list[tuple[int, ...]]:
    """The summaries of one document that are worth comparing with it.

    Where the plain summary has n sentences, they are combinations of the best-scored sentences. Up
    to n = 3: of n, and of n - 1 but not of none, of the n + 2 best; 20 for n = 3, as in the paper.
    Beyond: of n of the n + 1 best. Sentences that are too short for the plain summary are too short
    here.

    Args:
        scores: float [n], the higher the better.
        sentences: the n sentences.
        piece_counts: this and the other arguments as for `bertsum_tf.selection.select`.
        num_sentences: see there.
        ratio: see there.
        max_words: see there.
        trigram_blocking: see there.
        min_pieces: see there.

    Returns:
        Indices of the sentences of each candidate, ascending; the plain summary first, then the
        larger ones, the better-scored sentences first. Empty only if there are no sentences.

    Raises:
        UsageError: see there.
        BertsumError: see there.
    """
    plain = tuple(
        select(
            scores,
            sentences,
            piece_counts=piece_counts,
            num_sentences=num_sentences,
            ratio=ratio,
            max_words=max_words,
            trigram_blocking=trigram_blocking,
            min_pieces=min_pieces,
        )
    )
    if not plain:
        return []

    def is_allowed(combination: tuple[int, ...]) -> bool:
        texts = [sentences[index] for index in combination]
        if max_words is not None and sum(len(words(text)) for text in texts) > max_words:
            return False
        # Whether the plain choice, offered these alone, would pass over one that repeats a trigram.
        kept = select(
            [0.0] * len(texts),
            texts,
            num_sentences=len(texts),
            trigram_blocking=trigram_blocking,
        )
        return len(kept) == len(texts)

    wanted = len(plain)
    has_two_sizes = 1 < wanted <= MAX_SENTENCES_OF_TWO_SIZES
    spare = SPARE_SENTENCES if wanted <= MAX_SENTENCES_OF_TWO_SIZES else SPARE_SENTENCES_OF_LONG
    counts = [min_pieces + 1] * len(sentences) if piece_counts is None else piece_counts
    best = [
        index
        for index in sorted(range(len(sentences)), key=lambda index: -scores[index])
        if counts[index] > min_pieces
    ][: wanted + spare]
    found = [plain]
    for size in (wanted, wanted - 1) if has_two_sizes else (wanted,):
        for combination in combinations(best, size):
            ascending = tuple(sorted(combination))
            if ascending != plain and is_allowed(ascending):
                found.append(ascending)
    return found


def match(
    encoder: TextEncoder,
    pieces: Sequence[Sequence[Sequence[int]]],
    candidates: Sequence[Sequence[tuple[int, ...]]],
    *,
    cls_id: int,
    sep_id: int,
    pad_id: int = 0,
    max_tokens: int = MAX_WINDOW_TOKENS,
    max_summary_tokens: int = MAX_SUMMARY_TOKENS,
) -> list[Match]:
    """Chooses a summary for each document, many documents at a time.

    The encoders read the first window of a document, and of a candidate. Candidates of a document
    with the same one are read once, for the same text has not quite the same vector in every batch.

    Args:
        encoder: what reads them.
        pieces: for each document, the token ids of each sentence, without special tokens.
        candidates: for each document, what `candidates` gave.
        cls_id: id of [CLS].
        sep_id: id of [SEP].
        pad_id: id of [PAD].
        max_tokens: tokens of a document's window, a multiple of 8.
        max_summary_tokens: tokens of a candidate's.

    Returns:
        One match a document, the first of equals.

    Raises:
        BertsumError: if a similarity is not a number.
    """

    def first_window(sentences: Sequence[Sequence[int]], length: int) -> Window:
        return pack(sentences, cls_id=cls_id, sep_id=sep_id, max_tokens=length)[0]

    owners = [place for place, own in enumerate(candidates) for _ in own]
    chosen = [combination for own in candidates for combination in own]
    # A document without candidates has no sentences to pack.
    read = sorted(set(owners))
    documents = dict(
        zip(
            read,
            _encode(
                encoder.encode_documents,
                [first_window(pieces[place], max_tokens) for place in read],
                max_tokens,
                pad_id,
            ),
            strict=True,
        )
    )
    windows: dict[tuple[int, tuple[int, ...]], Window] = {}
    heads = []
    for place, combination in zip(owners, chosen, strict=True):
        window = first_window([pieces[place][index] for index in combination], max_summary_tokens)
        head = (place, combination[: len(window.sentences)])
        heads.append(head)
        windows[head] = window
    vectors = dict(
        zip(
            windows,
            _encode(encoder.encode_summaries, list(windows.values()), max_summary_tokens, pad_id),
            strict=True,
        )
    )
    matches = [Match((), None)] * len(candidates)
    for combination, head in zip(chosen, heads, strict=True):
        place = head[0]
        similarity = float(documents[place] @ vectors[head])
        if not math.isfinite(similarity):
            raise BertsumError(
                "The similarities are not all numbers (NaN or infinite): "
                "the encoders' weights are damaged, use others."
            )
        best = matches[place].similarity
        if best is None or similarity > best:
            matches[place] = Match(combination, similarity)
    return matches


def _encode(
    encode: Callable[[np.ndarray], np.ndarray],
    windows: Sequence[Window],
    max_tokens: int,
    pad_id: int,
) -> list[np.ndarray]:
    """Vectors of windows, in their order; those of one padded length are read together."""
    places: dict[int, list[int]] = {}
    for place, window in enumerate(windows):
        length = min(padded_length(window, BUCKET_TOKENS), max_tokens)
        places.setdefault(length, []).append(place)
    vectors = [np.zeros(0, np.float32)] * len(windows)
    for length, of_length in places.items():
        rows = max(1, TOKENS_PER_BATCH // length)
        for start in range(0, len(of_length), rows):
            batch = of_length[start : start + rows]
            token_ids = pad_windows([windows[place] for place in batch], length, pad_id)
            for place, vector in zip(batch, encode(token_ids), strict=True):
                vectors[place] = vector
    return vectors

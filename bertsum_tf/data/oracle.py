"""Extractive labels from a reference summary: the greedy oracle, and its expectation.

Both score a choice of sentences as PreSumm does (`src/prepro/data_builder.py`): the sum of ROUGE-1
and ROUGE-2 F1 over *sets* of n-grams, without stemming. Sets of n-grams are held as the bits of
Python integers, so that the score of a union costs two `|` and four bit counts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import combinations, pairwise

# Paper, section 4.2, and Nallapati et al. (2017): a greedy choice of up to 3 sentences.
MAX_ORACLE_SENTENCES = 3

# How far below the best a summary may be and still count towards the expectation: its weight falls
# by e for each 0.05 of ROUGE-1 + ROUGE-2 (each between 0 and 1).
EXPECTATION_TEMPERATURE = 0.05

# The expectation is over all summaries of up to 3 of these best sentences.
EXPECTATION_SENTENCES = 12

_WORD = re.compile(r"[^\W_]+")


class _Overlap:
    """ROUGE-1 + ROUGE-2 F1 between a union of sentences and a reference, by sets of n-grams."""

    def __init__(self, sentences: Sequence[str], reference: str) -> None:
        bits: dict[object, int] = {}
        self.reference = self._ngram_sets(_WORD.findall(reference.lower()), bits)
        self.sentences = [
            self._ngram_sets(_WORD.findall(sentence.lower()), bits) for sentence in sentences
        ]

    @staticmethod
    def _ngram_sets(words: list[str], bits: dict[object, int]) -> tuple[int, int]:
        unigrams = 0
        for word in set(words):
            unigrams |= 1 << bits.setdefault(word, len(bits))
        bigrams = 0
        for bigram in set(pairwise(words)):
            bigrams |= 1 << bits.setdefault(bigram, len(bits))
        return unigrams, bigrams

    def score(self, ngrams: tuple[int, int]) -> float:
        """ROUGE-1 + ROUGE-2 F1 of a set of unigrams and a set of bigrams, between 0 and 2."""
        total = 0.0
        for found, wanted in zip(ngrams, self.reference, strict=True):
            hits = (found & wanted).bit_count()
            if hits:
                total += 2 * hits / (found.bit_count() + wanted.bit_count())
        return total

    def union(self, ngrams: tuple[int, int], sentence: int) -> tuple[int, int]:
        unigrams, bigrams = self.sentences[sentence]
        return ngrams[0] | unigrams, ngrams[1] | bigrams

    def greedy(self, max_sentences: int) -> list[int]:
        chosen: list[int] = []
        ngrams, best = (0, 0), 0.0
        while len(chosen) < max_sentences:
            gain = None
            for index in range(len(self.sentences)):
                score = self.score(self.union(ngrams, index))
                if score > best:
                    best, gain = score, index
            if gain is None:
                break
            chosen.append(gain)
            ngrams = self.union(ngrams, gain)
        return sorted(chosen)


def greedy_oracle(
    sentences: Sequence[str], reference: str, max_sentences: int = MAX_ORACLE_SENTENCES
) -> list[int]:
    """The greedy oracle of the paper (Nallapati et al., 2017).

    Sentences are added one at a time, each time the one that raises ROUGE-1 + ROUGE-2 the most
    (the earlier of equals), until none raises it or `max_sentences` are chosen.

    Args:
        sentences: the sentences of the document.
        reference: the reference summary.
        max_sentences: the most that may be chosen.

    Returns:
        Indices of the chosen sentences, ascending; none if no sentence shares a word with the
        reference.
    """
    return _Overlap(sentences, reference).greedy(max_sentences)


def oracle_labels(sentences: Sequence[str], reference: str) -> tuple[list[int], list[float]]:
    """Hard and soft labels of a document.

    The soft label of a sentence is the expectation of its hard label over many good summaries
    instead of the single greedy one, after Xu & Lapata, "Text Summarization with Oracle
    Expectation" (2022): every choice of up to 3 out of the 12 best sentences counts with weight
    exp((ROUGE-1 + ROUGE-2) / 0.05).

    Args:
        sentences: the sentences of the document.
        reference: the reference summary.

    Returns:
        (indices chosen by `greedy_oracle`, a number in [0, 1] for each sentence).
    """
    overlap = _Overlap(sentences, reference)
    chosen = overlap.greedy(MAX_ORACLE_SENTENCES)
    soft = [0.0] * len(sentences)
    if not chosen:
        return chosen, soft
    alone = [overlap.score(ngrams) for ngrams in overlap.sentences]
    ranked = sorted(range(len(sentences)), key=lambda index: (-alone[index], index))
    pool = sorted({*ranked[:EXPECTATION_SENTENCES], *chosen})
    summaries: list[tuple[float, tuple[int, ...]]] = []
    for size in range(1, MAX_ORACLE_SENTENCES + 1):
        for members in combinations(pool, size):
            ngrams = (0, 0)
            for index in members:
                ngrams = overlap.union(ngrams, index)
            summaries.append((overlap.score(ngrams), members))
    best = max(score for score, _ in summaries)
    total = 0.0
    for score, members in summaries:
        weight = math.exp((score - best) / EXPECTATION_TEMPERATURE)
        total += weight
        for index in members:
            soft[index] += weight
    return chosen, [weight / total for weight in soft]

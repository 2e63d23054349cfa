"""Where a written sentence comes from: which of the document's it overlaps most with."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bertsum_tf.text.wordpiece import NORMALIZER, without_surrogates

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class WrittenSentence:
    """One sentence of a written summary.

    Attributes:
        text: what the model wrote.
        source_index: the place in the document, from 0, of the sentence that it overlaps most with,
            see `overlaps`; of equals the earlier one. None if it has no word in common with any.
    """

    text: str
    source_index: int | None


def overlaps(written: Sequence[str], sentences: Sequence[str]) -> list[list[float]]:
    """The F1 of the words that two sentences share, as ROUGE-1, without stemming.

    Args:
        written: sentences; their words are runs of letters and digits, see `words_of`.
        sentences: those of the document.

    Returns:
        For each written sentence and each of the document a number between 0 and 1; 0 if there is
        no word in one of them.
    """
    words = [Counter(words_of(sentence)) for sentence in sentences]
    return [[_f1(Counter(words_of(text)), other) for other in words] for text in written]


def trace(written: Sequence[str], sentences: Sequence[str]) -> tuple[WrittenSentence, ...]:
    """Names for each written sentence the sentence of the document that it overlaps most with."""
    traced = []
    for text, row in zip(written, overlaps(written, sentences), strict=True):
        best = max(row, default=0.0)
        traced.append(WrittenSentence(text, row.index(best) if best else None))
    return tuple(traced)


def words_of(text: str) -> list[str]:
    """The runs of letters and digits of a text as an uncased BERT reads it.

    That is in lower case, without accents, and each Chinese character by itself: "Beyonce" is no
    new word in a summary of a text about Beyoncé, nor are the characters of a Chinese sentence,
    between which a model writes blanks.
    """
    normalized: str = NORMALIZER.normalize_str(without_surrogates(text))
    return _WORD.findall(normalized)


def _f1(words: Counter[str], others: Counter[str]) -> float:
    total = words.total() + others.total()
    return 2 * (words & others).total() / total if total else 0.0

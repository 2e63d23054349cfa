"""How a summary is worded: how long it is, how much of it is new, how much it repeats itself."""

from __future__ import annotations

from collections.abc import Sequence

from bertsum_tf.written_summary import words_of

# The columns of `wording`. Novel n-grams up to 4, as the paper draws them (section 5, figure 4).
WORDING = ("words", "novel_1", "novel_2", "novel_3", "novel_4", "repeated_3")

NGram = tuple[str, ...]


def wording(summary: Sequence[str], document: Sequence[str]) -> list[float]:
    """Measures one summary; n-grams are of words, and never reach beyond a sentence.

    Args:
        summary: its sentences.
        document: its sentences.

    Returns:
        As `WORDING` names them: the number of words; of the summary's n-grams, n = 1 to 4, the
        share between 0 and 1 that the document does not have; of its trigrams, the share that stood
        in it before. 0 where there is no such n-gram.
    """
    written = [words_of(sentence) for sentence in summary]
    read = [words_of(sentence) for sentence in document]
    rates = []
    for n in range(1, 5):
        known = set(_n_grams(read, n))
        rates.append(_mean([n_gram not in known for n_gram in _n_grams(written, n)]))
    trigrams = _n_grams(written, 3)
    repeated = 1 - len(set(trigrams)) / len(trigrams) if trigrams else 0.0
    return [float(sum(map(len, written))), *rates, repeated]


def _n_grams(sentences: Sequence[Sequence[str]], n: int) -> list[NGram]:
    return [
        tuple(words[start : start + n])
        for words in sentences
        for start in range(len(words) - n + 1)
    ]


def _mean(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0

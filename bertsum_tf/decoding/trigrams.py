"""Trigram blocking: no three words in a row are written twice."""

from __future__ import annotations

from collections.abc import Sequence

from bertsum_tf.text.targets import TargetVocabulary

# A word as its pieces; None stands where a sentence ends.
Word = tuple[int, ...] | None


def repeating(written: Sequence[int], vocabulary: TargetVocabulary) -> set[int]:
    """The ids that may repeat a trigram (Paulus et al., 2018, arXiv 1705.04304, section 2.5).

    A trigram is three whole words, as in PreSumm (`src/models/predictor.py`): a name of three
    pieces may be written twice. Two differences. PreSumm's trigrams reach from one sentence into
    the next, as if the mark between them were a word. And PreSumm gives up a beam when its last
    three words have stood before; here the piece that begins the third of them is refused, and the
    beam lives on with another. To refuse only the piece that ends it would leave a broken word.

    Args:
        written: what a beam has written, without the begin mark.
        vocabulary: says which pieces continue a word, and what splits sentences.
    """
    words: list[Word] = []
    for index in written:
        last = words[-1] if words else None
        if index == vocabulary.split_id:
            words.append(None)
        elif index in vocabulary.continuing and last is not None:
            words[-1] = (*last, index)
        else:
            words.append((index,))
    refused = set()
    for first, second, third in zip(words, words[1:], words[2:], strict=False):
        if None not in (first, second) and third and words[-2:] == [first, second]:
            refused.add(third[0])
    return refused

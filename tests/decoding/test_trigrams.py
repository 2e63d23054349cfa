"""Which pieces would repeat three words."""

from __future__ import annotations

import pytest

from bertsum_tf.decoding.trigrams import repeating
from bertsum_tf.text.targets import TargetVocabulary

PIECES = ["[B]", "[E]", "|", "the", "bank", "met", "mu", "##sha", "##rraf", "##s"]
VOCABULARY = TargetVocabulary(0, 1, 2, continuing=frozenset((7, 8, 9)))


def refused(text: str) -> set[str]:
    ids = repeating([PIECES.index(piece) for piece in text.split()], VOCABULARY)
    return {PIECES[index] for index in ids}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", set()),
        ("the bank", set()),
        ("the bank met", set()),
        # The third word of a trigram that stands there already.
        ("the bank met the bank", {"met"}),
        ("the bank met bank the bank", {"met"}),
        # In another sentence too.
        ("the bank met | the bank", {"met"}),
        # Overlapping with itself.
        ("met met met", {"met"}),
        # A trigram lies within a sentence.
        ("the | bank met the | bank", set()),
        ("bank met | bank met", set()),
        ("bank met | the bank met |", set()),
        # A name of three pieces is one word, and may be written twice.
        ("mu ##sha ##rraf met mu ##sha", set()),
        # The third word is refused by its first piece: without its last it would be a broken word.
        ("the bank mu ##sha the bank", {"mu"}),
        ("the bank mu ##sha ##rraf the bank", {"mu"}),
        # The second word, or the first, is a longer one this time.
        ("the bank met the bank ##s", set()),
        ("the bank met the ##s bank", set()),
        # Two continuations of the same two words.
        ("the bank met mu the bank mu the bank", {"met", "mu"}),
        # What continues no word begins one.
        ("##s the bank ##s the", set()),
    ],
)
def test_what_would_repeat_three_words_is_refused(written: str, expected: set[str]):
    assert refused(written) == expected

"""Summaries as what the decoder learns, and back."""

from __future__ import annotations

import numpy as np
import pytest

from bertsum_tf.errors import BertsumError
from bertsum_tf.text.targets import TargetVocabulary, unpack
from bertsum_tf.text.wordpiece import WordPiece

PIECES = [
    *("[PAD]", "[unused0]", "[unused1]", "[unused2]", "[unused3]", "[UNK]", "[CLS]", "[SEP]"),
    *("[", "]", "unused", "##0", "prices", "rose", "##s"),
]
BEGIN, END, SPLIT = 1, 2, 3
TARGETS = TargetVocabulary.of(PIECES)


def test_the_marks_are_looked_up():
    assert (TARGETS.begin_id, TARGETS.end_id, TARGETS.split_id) == (BEGIN, END, SPLIT)


def test_what_is_in_brackets_is_never_written_but_for_end_and_split():
    assert {PIECES[i] for i in TARGETS.never_written} == {
        *("[PAD]", "[unused0]", "[unused3]", "[UNK]", "[CLS]", "[SEP]")
    }


def test_pieces_that_continue_a_word_are_known():
    assert {PIECES[i] for i in TARGETS.continuing} == {"##0", "##s"}


def test_a_vocabulary_without_marks_is_refused_in_one_sentence():
    with pytest.raises(BertsumError, match=r"lacks \[unused1\], \[unused2\], which mark") as error:
        TargetVocabulary.of(["[PAD]", "[unused0]"])
    assert str(error.value).endswith(".") and "\n" not in str(error.value)


def test_text_that_looks_like_a_mark_is_text():
    (ids,) = WordPiece(PIECES).encode(["[unused0]"])
    assert [PIECES[i] for i in ids] == ["[", "unused", "##0", "]"]


@pytest.mark.parametrize(
    ("sentences", "max_tokens", "expected"),
    [
        ([[10, 11], [12]], 9, [BEGIN, 10, 11, SPLIT, 12, END]),
        ([[10, 11]], 9, [BEGIN, 10, 11, END]),
        ([], 9, [BEGIN, END]),
        ([[], [10], [], [11], []], 9, [BEGIN, 10, SPLIT, 11, END]),
        # Just long enough, and cut: the end mark is always last.
        ([[10, 11], [12]], 6, [BEGIN, 10, 11, SPLIT, 12, END]),
        ([[10, 11], [12, 13, 14]], 6, [BEGIN, 10, 11, SPLIT, 12, END]),
        # No split mark before the end mark.
        ([[10, 11], [12]], 5, [BEGIN, 10, 11, END]),
        ([[10, 11]], 2, [BEGIN, END]),
    ],
)
def test_sentences_become_a_target(
    sentences: list[list[int]], max_tokens: int, expected: list[int]
):
    ids = TARGETS.encode(sentences, max_tokens)
    assert ids.dtype == np.int32
    assert ids.tolist() == expected


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([BEGIN, 10, 11, SPLIT, 12, END], [[10, 11], [12]]),
        ([10, 11, SPLIT, 12], [[10, 11], [12]]),
        ([10, END, 11, SPLIT, 12], [[10]]),
        ([SPLIT, SPLIT, 10, SPLIT], [[10]]),
        ([BEGIN, 10, BEGIN, 11], [[10, 11]]),
        ([END], []),
        ([], []),
        ([-1, 99_999, 0], [[-1, 99_999, 0]]),
    ],
)
def test_whatever_was_written_becomes_sentences(ids: list[int], expected: list[list[int]]):
    assert TARGETS.decode(np.array(ids, np.int32)) == expected


def test_a_target_gives_its_sentences_back():
    sentences = [[10, 11], [12], [13, 14]]
    assert TARGETS.decode(TARGETS.encode(sentences)) == sentences


def test_a_packed_text_gives_its_sentences_back():
    packed = [6, 10, 11, 7, 6, 12, 7, 0, 0]
    assert [s.tolist() for s in unpack(packed, cls_id=6, sep_id=7)] == [[10, 11], [12]]
    assert unpack([0, 0], cls_id=6, sep_id=7) == []
    # Cut within the second sentence.
    assert [s.tolist() for s in unpack(packed[:6], cls_id=6, sep_id=7)] == [[10, 11]]

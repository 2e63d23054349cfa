"""Which sentences make the summary, worked by hand."""

from __future__ import annotations

import math
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.selection import MIN_CANDIDATE_PIECES, NUM_SENTENCES, select, words
from bertsum_tf.text.sentences import sentence_rules

# Six sentences of 4 words each that share no trigram, but for "the red kite" in 0 and 3.
KITES = [
    "The red kite rose.",
    "Children watched from below.",
    "A dog barked twice.",
    "Then the red kite",
    "Wind took the string.",
    "Everyone went home happy.",
]


def test_the_constants_are_those_of_the_paper_and_its_code():
    assert NUM_SENTENCES == 3
    assert MIN_CANDIDATE_PIECES == 5


def test_the_three_best_in_document_order():
    assert select([0.1, 0.9, 0.2, 0.8, 0.7, 0.3], KITES) == [1, 3, 4]


def test_of_equal_scores_the_earlier_sentences():
    assert select([1.0] * 6, KITES, num_sentences=2) == [0, 1]


def test_negative_scores_are_scores():
    assert select([-5.0, -1.0, -3.0], KITES[:3], num_sentences=2) == [1, 2]


def test_fewer_sentences_than_wanted_are_all_chosen():
    assert select([0.0, 1.0], KITES[:2]) == [0, 1]
    assert select([0.0], ["One."], num_sentences=10) == [0]


def test_no_sentences_no_summary():
    assert select([], []) == []
    assert select([], [], ratio=0.5, max_words=10) == []


class TestTrigramBlocking:
    SCORES = (0.9, 0.5, 0.4, 0.8, 0.3, 0.2)

    def test_a_sentence_that_shares_a_trigram_with_a_chosen_one_is_passed_over(self):
        # 3 repeats "the red kite" of 0, which is better; 1 and 2 come in its place.
        assert select(self.SCORES, KITES) == [0, 1, 2]

    def test_off_it_is_chosen(self):
        assert select(self.SCORES, KITES, trigram_blocking=False) == [0, 1, 3]

    def test_the_better_of_the_two_stays(self):
        assert select([0.8, 0.5, 0.4, 0.9, 0.3, 0.2], KITES) == [1, 2, 3]

    def test_two_words_in_common_block_nothing(self):
        assert select([2, 1], ["the red kite rose", "a red kite fell"]) == [0, 1]

    def test_case_does_not_matter_and_punctuation_belongs_to_the_word(self):
        assert select([2, 1], ["The Red KITE rose", "the red kite fell"]) == [0]
        assert select([2, 1], ["the red kite, rose", "the red kite fell"]) == [0, 1]

    def test_a_trigram_within_one_sentence_twice_does_not_block_it(self):
        assert select([1.0], ["to be or not to be or not"]) == [0]

    def test_a_blocked_sentence_blocks_nothing(self):
        # 1 is blocked by 0; 2 repeats a trigram of 1 alone.
        sentences = ["a b c d", "a b c x y z", "w x y z"]
        assert select([3, 2, 1], sentences) == [0, 2]

    def test_blanks_of_every_kind_part_words(self):
        assert select([2, 1], ["a\u00a0b\tc", "a b\nc"]) == [0]


class TestShortSentences:
    def test_up_to_five_pieces_are_no_candidates(self):
        assert select([9, 1, 2, 3], KITES[:4], piece_counts=[5, 6, 6, 6]) == [1, 2, 3]

    def test_without_piece_counts_every_sentence_is_a_candidate(self):
        assert select([9, 1, 2, 3], KITES[:4], num_sentences=1) == [0]

    def test_they_fill_up_after_the_long_ones_where_those_are_too_few(self):
        # One long candidate for three places: the two best short ones come along.
        assert select([1, 8, 7, 9], KITES[1:5], piece_counts=[6, 5, 3, 4]) == [0, 1, 3]

    def test_they_do_not_fill_up_for_blocked_ones(self):
        sentences = ["a b c d e f", "a b c g h i", "a b c j k l", "no"]
        assert select([4, 3, 2, 1], sentences, piece_counts=[6, 6, 6, 1]) == [0]

    def test_a_document_of_short_sentences_gets_a_summary(self):
        assert select([1, 3, 2], ["Yes.", "No.", "Why?"], piece_counts=[2, 2, 2]) == [0, 1, 2]
        assert select([1, 3, 2], ["Yes.", "No.", "Why?"], piece_counts=[2] * 3, max_words=2) == [
            1,
            2,
        ]

    def test_a_word_budget_alone_is_not_filled_with_them(self):
        assert select([1, 9], [KITES[1], "Sign up."], piece_counts=[6, 3], max_words=50) == [0]


class TestRatio:
    @pytest.mark.parametrize(
        ("ratio", "chosen"), [(0.01, 1), (0.1, 1), (0.25, 3), (0.34, 3), (0.35, 4), (1.0, 10)]
    )
    def test_is_a_share_of_all_sentences_rounded_half_up_and_at_least_one(self, ratio, chosen):
        sentences = [f"word{number}" for number in range(10)]
        assert len(select([0.0] * 10, sentences, ratio=ratio)) == chosen


class TestWordBudget:
    def test_sentences_are_added_while_they_fit(self):
        assert select([1, 2, 3, 4, 5, 6], KITES, max_words=12) == [3, 4, 5]
        assert select([1, 2, 3, 4, 5, 6], KITES, max_words=11) == [4, 5]

    def test_alone_it_takes_the_place_of_the_three_sentences(self):
        assert select([1] * 6, KITES, max_words=100, trigram_blocking=False) == [0, 1, 2, 3, 4, 5]

    def test_with_a_number_both_hold(self):
        assert select([1, 2, 3, 4, 5, 6], KITES, num_sentences=2, max_words=100) == [4, 5]
        assert select([1, 2, 3, 4, 5, 6], KITES, num_sentences=2, max_words=4) == [5]

    def test_with_a_ratio_both_hold(self):
        assert select([1, 2, 3, 4, 5, 6], KITES, ratio=0.5, max_words=8) == [4, 5]

    def test_one_that_does_not_fit_is_passed_over_for_the_next(self):
        assert select([3, 2, 1], ["one two three four", "one two", "one"], max_words=3) == [1, 2]

    def test_if_no_candidate_fits_the_best_short_sentence_that_does(self):
        sentences = ["a long sentence of seven words altogether", "Yes.", "No."]
        assert select([3, 1, 2], sentences, piece_counts=[8, 2, 2], max_words=3) == [2]

    def test_if_none_fits_at_all_the_shortest_whole(self):
        assert select([3, 2, 1], ["a b c d", "a b", "a b c"], max_words=1) == [1]

    def test_of_equally_short_ones_the_best(self):
        assert select([1, 2], ["a b", "c d"], max_words=1) == [1]


class TestRefusals:
    def test_a_score_that_is_no_number(self):
        with pytest.raises(BertsumError, match="NaN"):
            select([0.5, math.nan], ["a", "b"])

    @pytest.mark.parametrize("number", [0, -1, 1.5, "3"])
    def test_a_number_of_sentences_below_one_or_not_whole(self, number):
        with pytest.raises(UsageError, match="number of sentences"):
            select([0.5], ["a"], num_sentences=number)

    @pytest.mark.parametrize("ratio", [0, -0.1, 1.01, math.nan, "0.5"])
    def test_a_ratio_out_of_range(self, ratio):
        with pytest.raises(UsageError, match="ratio"):
            select([0.5], ["a"], ratio=ratio)

    def test_a_word_budget_below_one(self):
        with pytest.raises(UsageError, match="number of words"):
            select([0.5], ["a"], max_words=0)

    def test_a_number_and_a_ratio(self):
        with pytest.raises(UsageError, match="not both"):
            select([0.5], ["a"], num_sentences=1, ratio=0.5)

    def test_lists_of_different_lengths(self):
        with pytest.raises(ValueError, match="2 scores"):
            select([0.5, 0.1], ["a"])
        with pytest.raises(ValueError, match="0 piece counts"):
            select([0.5], ["a"], piece_counts=[])


def test_blanks_are_those_of_the_sentence_rule_book():
    # Other runtimes split words at the rule book's class; Python at what str.split takes.
    blank = re.compile(sentence_rules().expand("[{blank}]"))
    for code_point in range(sys.maxunicode + 1):
        character = chr(code_point)
        assert (character.split() == []) == bool(blank.match(character)), hex(code_point)


documents = st.lists(
    st.tuples(
        st.floats(-5, 5),
        st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), min_size=1, max_size=8).map(" ".join),
        st.integers(1, 12),
    ),
    max_size=12,
)


@given(
    documents,
    st.one_of(st.none(), st.integers(1, 5)),
    st.one_of(st.none(), st.integers(1, 20)),
    st.booleans(),
)
def test_properties(document, num_sentences, max_words, trigram_blocking):
    scores = [score for score, _, _ in document]
    sentences = [sentence for _, sentence, _ in document]
    chosen = select(
        scores,
        sentences,
        piece_counts=[count for _, _, count in document],
        num_sentences=num_sentences,
        max_words=max_words,
        trigram_blocking=trigram_blocking,
    )
    assert chosen == sorted(set(chosen))
    assert bool(chosen) == bool(document), "never an empty summary of a document"
    if num_sentences is not None or max_words is None:
        assert len(chosen) <= (num_sentences or NUM_SENTENCES)
    lengths = [len(words(sentence)) for sentence in sentences]
    if max_words is not None and document and min(lengths) <= max_words:
        assert sum(lengths[index] for index in chosen) <= max_words
    if trigram_blocking:
        trigrams = [
            set(zip(s.split(), s.split()[1:], s.split()[2:], strict=False)) for s in sentences
        ]
        for place, index in enumerate(chosen):
            assert all(trigrams[index].isdisjoint(trigrams[other]) for other in chosen[:place])


@given(documents, st.integers(1, 5))
def test_one_sentence_more_keeps_those_chosen_before(document, num_sentences):
    scores = [score for score, _, _ in document]
    sentences = [sentence for _, sentence, _ in document]
    fewer = select(scores, sentences, num_sentences=num_sentences)
    assert set(fewer) <= set(select(scores, sentences, num_sentences=num_sentences + 1))

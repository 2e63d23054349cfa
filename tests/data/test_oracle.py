"""The greedy oracle on cases worked by hand, and its expectation."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertsum_tf.data.oracle import greedy_oracle, oracle_labels

FIRE = [
    "It was a quiet night.",
    "A fire burned two barns.",
    "Nobody was hurt.",
    "Police blamed a fault.",
]


def test_takes_the_sentence_that_raises_rouge_most_first() -> None:
    # Reference: 5 words, 4 bigrams. Sentence 1 has all: R1 = R2 = 1, so nothing can raise it.
    assert greedy_oracle(FIRE, "A fire burned two barns.") == [1]


def test_adds_sentences_while_they_raise_the_score_and_returns_document_order() -> None:
    # Sentence 3 alone: R1 = 2*4/(4+7), R2 = 2*3/(3+6) = 1.39; sentence 2 adds the other three words
    # and two bigrams. Together they hold 7 of 7 words and 5 of 6 bigrams.
    assert greedy_oracle(FIRE, "Police blamed a fault. Nobody was hurt.") == [2, 3]


def test_the_earlier_of_equal_sentences_wins() -> None:
    assert greedy_oracle(["no match here", "rain fell", "rain fell"], "rain fell") == [1]


def test_a_sentence_that_lowers_the_score_is_not_added() -> None:
    # {rain, fell}: 1.0 + 1.0. Adding "rain stopped play late" only costs precision.
    assert greedy_oracle(["rain fell", "rain stopped play late"], "rain fell") == [0]


def test_takes_at_most_three() -> None:
    words = ["red", "green", "blue", "white", "black"]
    assert greedy_oracle(words, " ".join(words)) == [0, 1, 2]
    assert greedy_oracle(words, " ".join(words), max_sentences=4) == [0, 1, 2, 3]


def test_ngrams_are_sets_and_case_and_punctuation_do_not_count() -> None:
    # As in PreSumm: "go go go" has one unigram and one bigram.
    assert greedy_oracle(["Go! Go, GO.", "go went"], "go go") == [0]


def test_no_common_word_gives_no_oracle() -> None:
    assert greedy_oracle(FIRE, "Xyz") == []
    assert greedy_oracle(FIRE, "") == []
    assert greedy_oracle([], "A fire") == []
    assert oracle_labels(FIRE, "Xyz") == ([], [0.0] * 4)


def test_soft_label_of_two_equal_sentences_is_shared() -> None:
    # Either of the two, alone or with the other, gives the same best score (sets of n-grams), and
    # the sentence without a hit only lowers it.
    hard, soft = oracle_labels(["rain fell", "rain fell", "sun shone all week long"], "rain fell")
    assert hard == [0]
    assert soft[0] == pytest.approx(2 / 3, abs=1e-3)
    assert soft[0] == soft[1]
    assert soft[2] < 1e-3


def test_soft_label_is_near_one_where_one_summary_is_far_the_best() -> None:
    hard, soft = oracle_labels(FIRE, "A fire burned two barns.")
    assert hard == [1]
    assert soft[1] > 0.99
    assert max(soft[0], soft[2], soft[3]) < 0.01


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text("abc ", max_size=12), max_size=20),
    st.text("abc ", max_size=20),
)
def test_labels_are_deterministic_probabilities(sentences: list[str], reference: str) -> None:
    hard, soft = oracle_labels(sentences, reference)
    assert (hard, soft) == oracle_labels(sentences, reference)
    assert hard == greedy_oracle(sentences, reference) == sorted(set(hard))
    assert len(soft) == len(sentences)
    assert all(0 <= value <= 1 + 1e-9 for value in soft)
    assert sum(soft) <= 3 + 1e-6

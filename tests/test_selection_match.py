"""Summaries chosen as wholes: which are compared, and which one wins, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.selection import select, words
from bertsum_tf.selection_match import Match, candidates, match

# Eight sentences of 4 words each that share no trigram, but for "the red kite" in 0 and 3.
KITES = [
    "The red kite rose.",
    "Children watched from below.",
    "A dog barked twice.",
    "Then the red kite",
    "Wind took the string.",
    "Everyone went home happy.",
    "Rain fell at night.",
    "Nobody saw it land.",
]
SCORES = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2]


# --- Which summaries are compared ---


def test_three_sentences_give_the_paper_s_20_candidates():
    found = candidates(SCORES, KITES, trigram_blocking=False)
    assert len(found) == len(set(found)) == 20
    assert found[0] == (0, 1, 2)
    assert sorted(map(len, found)) == [2] * 10 + [3] * 10
    assert {index for combination in found for index in combination} == {0, 1, 2, 3, 4}


def test_one_sentence_is_one_of_the_three_best():
    assert candidates(SCORES, KITES, num_sentences=1) == [(0,), (1,), (2,)]


def test_two_sentences_may_become_one():
    found = candidates([0.1, 0.9, 0.2, 0.0, 0.8, 0.7, 0.0, 0.0], KITES, num_sentences=2)
    assert found[0] == (1, 4)
    assert set(found[1:]) == {(1, 5), (1, 2), (4, 5), (2, 4), (2, 5), (1,), (4,), (5,), (2,)}


def test_of_many_sentences_one_is_left_out():
    found = candidates(SCORES, KITES, num_sentences=6, trigram_blocking=False)
    # As 6 of 7 for PubMed in the paper.
    assert len(found) == 7
    assert {len(combination) for combination in found} == {6}


def test_a_candidate_repeats_no_trigram():
    found = candidates(SCORES, KITES)
    assert found[0] == (0, 1, 2)
    assert not [combination for combination in found if {0, 3} <= set(combination)]
    assert (1, 2, 3) in found


def test_a_candidate_keeps_to_the_word_budget():
    # 4 words a sentence, but for one of 9.
    sentences = ["The red kite rose over the very old town.", *KITES[1:]]
    found = candidates(SCORES, sentences, max_words=8)
    assert found[0] == (1, 2)  # the first does not fit
    for combination in found:
        assert sum(len(words(sentences[index])) for index in combination) <= 8
    assert (0,) not in found and (1,) in found


def test_the_plain_summary_is_there_even_if_nothing_fits():
    assert candidates(SCORES[:2], KITES[:2], max_words=1) == [(0,)]


def test_the_ratio_is_of_all_sentences():
    found = candidates(SCORES, KITES, ratio=0.25)
    assert found[0] == (0, 1)
    assert {len(combination) for combination in found} == {1, 2}


def test_short_sentences_are_no_candidates():
    counts = [9, 3, 9, 9, 9, 9, 9, 9]
    found = candidates(SCORES, KITES, piece_counts=counts, num_sentences=2)
    assert found[0] == (0, 2)
    assert not [combination for combination in found if 1 in combination]


def test_no_sentences_no_candidates():
    assert candidates([], []) == []


def test_limits_that_make_no_sense_are_refused():
    with pytest.raises(UsageError, match="number of sentences"):
        candidates(SCORES, KITES, num_sentences=0)
    with pytest.raises(BertsumError, match="NaN"):
        candidates([float("nan")] * 8, KITES)


@given(
    scores=st.lists(st.floats(-10, 10), min_size=1, max_size=8),
    num_sentences=st.none() | st.integers(1, 9),
    max_words=st.none() | st.integers(1, 30),
    trigram_blocking=st.booleans(),
)
def test_the_first_is_the_plain_summary_and_all_obey_the_limits(
    scores: list[float],
    num_sentences: int | None,
    max_words: int | None,
    trigram_blocking: bool,
):
    sentences = KITES[: len(scores)]
    options = {
        "num_sentences": num_sentences,
        "max_words": max_words,
        "trigram_blocking": trigram_blocking,
    }
    found = candidates(scores, sentences, **options)
    plain = select(scores, sentences, **options)
    assert list(found[0]) == plain
    assert len(found) == len(set(found))
    for combination in found[1:]:
        assert list(combination) == sorted(set(combination))
        assert 1 <= len(combination) <= len(plain)
        if max_words is not None:
            assert 4 * len(combination) <= max_words
        if trigram_blocking:
            assert not {0, 3} <= set(combination)


# --- Which of them wins ---

CLS, SEP = 2, 3


class WordCounts:
    """The vector of a text is how often it has each word piece: what one can count by hand.

    Attributes:
        shapes: of the batches that it was given, by side.
    """

    def __init__(self) -> None:
        self.shapes: dict[str, list[tuple[int, ...]]] = {"documents": [], "summaries": []}

    def encode_documents(self, documents: np.ndarray) -> np.ndarray:
        return self._encode(documents, "documents")

    def encode_summaries(self, summaries: np.ndarray) -> np.ndarray:
        return self._encode(summaries, "summaries")

    def _encode(self, token_ids: np.ndarray, side: str) -> np.ndarray:
        assert token_ids.dtype == np.int32 and token_ids.shape[1] % 8 == 0
        self.shapes[side].append(token_ids.shape)
        counts = np.stack([np.bincount(row, minlength=50)[10:] for row in token_ids])
        counts = counts.astype(np.float32)
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-6)


def test_the_candidate_nearest_to_the_document_wins():
    # Word 11 is what the document is about: 4 of its 7 words.
    pieces = [[11, 11], [12], [11, 13], [11, 14]]
    found = match(
        WordCounts(), [pieces], [[(1, 2), (0, 1), (0, 2), (1, 3)]], cls_id=CLS, sep_id=SEP
    )
    document = np.array([4, 1, 1, 1]) / np.sqrt(19)
    # By hand: (0, 2) has 11 three times and 13 once.
    expected = document @ np.array([3, 0, 1, 0]) / np.sqrt(10)
    assert found[0].sentences == (0, 2)
    assert found[0].similarity == pytest.approx(expected)


def test_the_first_of_equals_wins():
    found = match(WordCounts(), [[[11], [11], [11]]], [[(1,), (0,), (2,)]], cls_id=CLS, sep_id=SEP)
    assert found == [Match((1,), pytest.approx(1.0))]


def test_vectors_that_are_no_numbers_choose_nothing():
    class Broken(WordCounts):
        def encode_summaries(self, summaries: np.ndarray) -> np.ndarray:
            return super().encode_summaries(summaries) * np.nan

    with pytest.raises(BertsumError, match="the encoders' weights are damaged"):
        match(Broken(), [[[11], [12]]], [[(0,), (1,)]], cls_id=CLS, sep_id=SEP)


def test_documents_do_not_get_into_each_other_s_way():
    random = np.random.default_rng(0)
    pieces, choices = [], []
    for _ in range(60):
        # Up to 400 tokens, so that there are batches of several lengths.
        count = int(random.integers(1, 14))
        pieces.append(
            [random.integers(10, 50, random.integers(1, 30)).tolist() for _ in range(count)]
        )
        choices.append(
            candidates(random.normal(size=count), [f"{i} a{i} b{i}" for i in range(count)])
        )
    pieces.insert(7, [])
    choices.insert(7, [])
    encoder = WordCounts()
    together = match(encoder, pieces, choices, cls_id=CLS, sep_id=SEP)
    assert together[7] == Match((), None)
    for place in (0, 6, 8, 30, 60):
        alone = match(
            WordCounts(),
            pieces[place : place + 1],
            choices[place : place + 1],
            cls_id=CLS,
            sep_id=SEP,
        )
        assert alone[0].sentences == together[place].sentences
        assert alone[0].similarity == pytest.approx(together[place].similarity)
    # Many documents at a time.
    assert len(encoder.shapes["documents"]) < 10
    assert max(rows for rows, _ in encoder.shapes["summaries"]) > 20


def test_only_the_first_window_of_a_document_is_read():
    pieces = [[11] * 20, [12] * 20, [13] * 20]
    found = match(WordCounts(), [pieces], [[(2,), (0,)]], cls_id=CLS, sep_id=SEP, max_tokens=48)
    # The third sentence is beyond 48 tokens.
    assert found[0].sentences == (0,)


def test_only_the_first_whole_sentences_of_a_candidate_are_read():
    pieces = [[11] * 20, [12] * 20, [13] * 20]
    encoder = WordCounts()
    found = match(
        encoder,
        [pieces],
        [[(1, 2), (0, 1, 2)]],
        cls_id=CLS,
        sep_id=SEP,
        max_tokens=72,
        max_summary_tokens=48,
    )
    assert encoder.shapes == {"documents": [(1, 72)], "summaries": [(2, 48)]}
    # Whole, the second would be the document itself; it is read without its third sentence, and so
    # has two of the document's three words, as the first has.
    assert found == [Match((1, 2), pytest.approx(2 / np.sqrt(6)))]


def test_candidates_that_are_read_alike_are_equal_whatever_batch_they_are_in():
    class Noisy(WordCounts):
        def encode_summaries(self, summaries: np.ndarray) -> np.ndarray:
            vectors = super().encode_summaries(summaries)
            return vectors * (1 + 1e-6 * np.arange(len(vectors), dtype=np.float32)[:, None])

    pieces = [[11] * 20, [12] * 20, [13] * 20, [14] * 20]
    equal = [(0, 1, 3), (0, 1, 2), (0, 1)]
    found = match(Noisy(), [pieces], [equal], cls_id=CLS, sep_id=SEP, max_summary_tokens=48)
    assert found[0].sentences == (0, 1, 3)

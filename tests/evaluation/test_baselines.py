"""LEAD and the oracle as they are chosen for a report."""

from __future__ import annotations

from bertsum_tf.evaluation.baselines import lead, oracle

SENTENCES = ["By Ann Lee", "Rain fell.", "Rain fell all night.", "Rain fell all day.", "It ended."]


def test_lead_is_the_first_sentences_even_if_they_repeat() -> None:
    assert lead(SENTENCES, piece_counts=None) == [0, 1, 2]
    assert lead(SENTENCES[1:], piece_counts=[9, 9, 9, 9], num_sentences=2) == [0, 1]
    assert lead(["Rain fell all night."] * 4, piece_counts=None) == [0, 1, 2]


def test_lead_starts_with_the_first_candidate() -> None:
    assert lead(SENTENCES, piece_counts=[3, 9, 9, 9, 9]) == [1, 2, 3]


def test_lead_of_a_short_document_is_all_of_it() -> None:
    assert lead(["Rain fell."], piece_counts=[3]) == [0]
    assert lead([], piece_counts=[]) == []


def test_oracle_takes_what_the_reference_says() -> None:
    assert oracle(SENTENCES, "It ended.\nRain fell all night.") == [2, 4]
    assert oracle(SENTENCES, "It ended.\nRain fell all night.", num_sentences=1) == [2]
    assert oracle(SENTENCES, "Nothing.") == [] and oracle([], "Rain.") == []

"""Word pieces back to text as people write it."""

from __future__ import annotations

import pytest

from bertsum_tf.text.detokenize import detokenize
from bertsum_tf.text.wordpiece import PRE_TOKENIZER


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ("the bank ##s rose .", "The banks rose."),
        ("mu ##sha ##rra ##f met them", "Musharraf met them"),
        ("", ""),
        (".", "."),
        ("##s rose", "S rose"),
        ("##", "##"),
        ("[UNK] met", "[UNK] met"),
        # BERT's vocabulary has quotes that continue a word; a model may write them anywhere.
        ("\" ##'", "\"'"),
        ("rain ##\" ' ##' fell", "Rain\" '' fell"),
    ],
)
def test_pieces_are_joined_to_words(pieces: str, text: str):
    assert detokenize(pieces.split()) == text


@pytest.mark.parametrize(
    "text",
    [
        "Prices rose, and fell; why? It rained!",
        "I don't know: it's theirs, they'll say, and we've said.",
        "The players' union met.",
        "He was born in o'brien's house, d'angelo said.",
        "It rose by 1.5 per cent, to $5.25 or £1,000,000, at 10:30.",
        "One of 3, 4 and 5.",
        "At least 5% (or more) did [sic].",
        '"It rained," he said, "all day."',
        "'It rained,' he said.",
        "He called it 'rain', and 'wind'.",
        "A 24-year-old from twenty-one either/or.",
        "It rained -- all day.",
        "They met... and left.",
        "The u.s. troops left at 5 p.m. on tuesday.",
        "See example.com or example.co.uk for more.",
        "#1 of @them.",
        "P *** d off.",
        "Salt & pepper + oil = dressing.",
        "Plan b. A new one.",
    ],
)
def test_blanks_come_back_where_they_were(text: str):
    pieces = [word.lower() for word, _ in PRE_TOKENIZER.pre_tokenize_str(text)]
    assert detokenize(pieces).lower() == text.lower()


def test_a_sentence_starts_with_a_capital_and_names_stay_small():
    assert detokenize(['"', "angela", "merkel", "met", "them"]) == '"Angela merkel met them'
    assert detokenize(["5", "people", "met"]) == "5 people met"
    assert detokenize(["é", "##tienne", "left"]) == "Étienne left"

"""`characters.json` tells a runtime without BERT's tokeniser all that this makes of characters."""

from __future__ import annotations

import json
from typing import Any

import pytest
from golden.generate import VECTORS

from bertsum_tf import bundled
from bertsum_tf.engines.litert_file import read_litert_file
from bertsum_tf.exporters.tflite_files import characters
from bertsum_tf.text.wordpiece import (
    MAX_WORD_CHARACTERS,
    NORMALIZER,
    PRE_TOKENIZER,
    WordPiece,
    without_surrogates,
)


@pytest.fixture(scope="module")
def table() -> dict[str, Any]:
    return json.loads(characters())


def words(text: str, table: dict[str, Any]) -> list[str]:
    """The words of a text, by the table alone."""
    spaced = []
    for code in map(ord, text):
        page = table["pages"][code // table["page"]]
        kind = table["kinds"][page * table["page"] + code % table["page"]]
        row = table["values"][table["splits"][kind] : table["splits"][kind + 1]]
        spaced += [chr(code if value == table["itself"] else value) for value in row]
    return [word for word in "".join(spaced).split(" ") if word]


def pieces(word: str, ids: dict[str, int], unknown: int) -> list[int]:
    """The longest piece first (Wu et al., 2016), [UNK] where there is none."""
    found: list[int] = []
    start = 0
    while start < len(word) <= MAX_WORD_CHARACTERS:
        prefix = "##" if start else ""
        ends = range(len(word), start, -1)
        end = next((end for end in ends if prefix + word[start:end] in ids), None)
        if end is None:
            return [unknown]
        found.append(ids[prefix + word[start:end]])
        start = end
    return found or [unknown]


def test_it_is_of_numbers_alone(table: dict[str, Any]):
    assert len(table["pages"]) == 0x110000 // table["page"]
    assert len(table["kinds"]) == (max(table["pages"]) + 1) * table["page"]
    assert len(table["splits"]) == max(table["kinds"]) + 2
    assert table["splits"][-1] == len(table["values"])
    assert " " not in characters()


def test_the_words_of_the_vectors(table: dict[str, Any]):
    for line in VECTORS.read_text(encoding="ascii").splitlines():
        text = without_surrogates(json.loads(line)["text"])
        expected = PRE_TOKENIZER.pre_tokenize_str(NORMALIZER.normalize_str(text))
        actual = words(text, table)
        # Sorted: the table keeps the order of accents that BERT's normaliser puts in order.
        assert [sorted(word) for word in actual] == [sorted(word) for word, _ in expected], line


def test_the_token_ids_of_the_vectors(table: dict[str, Any]):
    word_piece: WordPiece = read_litert_file(bundled.TFLITE).vocabulary
    ids = {piece: index for index, piece in enumerate(word_piece.vocabulary)}
    for line in VECTORS.read_text(encoding="ascii").splitlines():
        row = json.loads(line)
        for start, end in row["spans"]:
            text = without_surrogates(row["text"][start:end])
            actual = [
                token_id
                for word in words(text, table)
                for token_id in pieces(word, ids, word_piece.unk_id)
            ]
            assert [actual] == word_piece.encode([text]), row["name"]

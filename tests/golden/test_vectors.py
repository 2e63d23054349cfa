"""The Python code makes of each golden vector what is written there, and the vectors are enough."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from golden.generate import VECTORS, encoded, vectors

from bertsum_tf import bundled
from bertsum_tf.engines.litert_file import read_litert_file
from bertsum_tf.summarizer import Summarizer
from bertsum_tf.text.packing import pack
from bertsum_tf.text.sentences import split
from bertsum_tf.text.wordpiece import WordPiece

LINES = VECTORS.read_text(encoding="ascii").splitlines(keepends=True)
ROWS: list[dict[str, Any]] = [json.loads(line) for line in LINES]


class VectorEngine:
    """An engine that gives out the scores of one vector; windows that are alike come in order."""

    def __init__(self, row: dict[str, Any], vocabulary: WordPiece) -> None:
        self.scores: dict[tuple[int, ...], list[list[float]]] = {}
        for window, scores in zip(row["windows"], row["window_scores"], strict=True):
            self.scores.setdefault(tuple(window["token_ids"]), []).append(scores)
        self.pad_id = vocabulary.pad_id

    def score(self, token_ids: np.ndarray) -> np.ndarray:
        batch = np.full((len(token_ids), token_ids.shape[1] // 8), 1e9, np.float32)
        for slots, ids in zip(batch, token_ids, strict=True):
            scores = self.scores[tuple(np.trim_zeros(ids - self.pad_id, "b") + self.pad_id)].pop(0)
            slots[: len(scores)] = scores
        return batch


@pytest.fixture(scope="module")
def word_piece() -> WordPiece:
    return read_litert_file(bundled.TFLITE).vocabulary


def test_the_command_makes_the_file_to_the_letter():
    assert list(map(encoded, vectors())) == LINES


def test_a_text_is_the_same_after_json():
    for row in vectors():
        assert json.loads(encoded(row))["text"] == row["text"], row["name"]


def test_spans():
    for row in ROWS:
        assert [list(span) for span in split(row["text"])] == row["spans"], row["name"]


def test_windows(word_piece: WordPiece):
    for row in ROWS:
        pieces = word_piece.encode([row["text"][start:end] for start, end in row["spans"]])
        windows = pack(
            pieces,
            cls_id=word_piece.cls_id,
            sep_id=word_piece.sep_id,
            max_tokens=row["max_tokens"],
        )
        assert [
            {"token_ids": window.token_ids.tolist(), "sentences": list(window.sentences)}
            for window in windows
        ] == row["windows"], row["name"]


def test_summaries(word_piece: WordPiece):
    for row in ROWS:
        engine = VectorEngine(row, word_piece)
        summary = Summarizer(engine, word_piece, max_tokens=row["max_tokens"])(
            row["text"], **row["options"]
        )
        assert [sentence.score for sentence in summary.sentences] == row["scores"], row["name"]
        chosen = [sentence.index for sentence in summary.sentences if sentence.selected]
        assert chosen == sorted(row["selected"]), row["name"]
        assert summary.text == row["summary"], row["name"]

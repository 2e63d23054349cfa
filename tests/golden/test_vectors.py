"""The Python code makes of each golden vector what is written there, and the vectors are enough."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden import generate
from golden.generate import VECTORS, encoded, vectors

from bertsum_tf import bundled, selection
from bertsum_tf.engines.litert_file import read_litert_file
from bertsum_tf.summarizer import Summarizer
from bertsum_tf.text import packing, sentences
from bertsum_tf.text.packing import pack
from bertsum_tf.text.sentences import SentenceRules, sentence_rules, split
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


def test_the_command_makes_the_file_to_the_letter(monkeypatch, tmp_path: Path):
    monkeypatch.setattr(generate, "VECTORS", tmp_path / "vectors.jsonl")
    generate.main()
    assert (tmp_path / "vectors.jsonl").read_bytes() == VECTORS.read_bytes()


def test_there_are_enough_and_each_has_a_name_of_its_own():
    assert len({row["name"] for row in ROWS}) == len(ROWS) >= 400
    assert VECTORS.stat().st_size < 3_000_000


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


RULES = sentence_rules().data


def changed_rules() -> dict[str, dict[str, Any]]:
    """The rule book without each of its rules, and with each number off by one."""
    changes = {f"context {reach}": {**RULES, "context": reach} for reach in (39, 41)}
    for kind in ("breaks", "decisions"):
        for rule in RULES[kind]:
            changes[rule["name"]] = {**RULES, kind: [row for row in RULES[kind] if row != rule]}
    return changes


@pytest.mark.parametrize(("name", "rules"), changed_rules().items(), ids=list(changed_rules()))
def test_a_runtime_that_lacks_a_rule_fails(monkeypatch, name: str, rules: dict[str, Any]):
    changed = SentenceRules(rules)
    monkeypatch.setattr(sentences, "sentence_rules", lambda: changed)
    assert any(list(map(list, split(row["text"]))) != row["spans"] for row in ROWS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_SENTENCE_TOKENS", 199),
        ("MAX_SENTENCE_TOKENS", 201),
        ("TOKENS_PER_SENTENCE_SLOT", 7),
        ("LEAD_SHARE", 0.24),
        ("LEAD_SHARE", 0.26),
        ("LATER_WINDOW_PENALTY", 0.0),
        ("LATER_WINDOW_PENALTY", 0.5),
    ],
)
def test_a_runtime_that_packs_otherwise_fails(monkeypatch, name: str, value: float):
    monkeypatch.setattr(packing, name, value)
    assert list(map(encoded, vectors())) != LINES


@pytest.mark.parametrize("pieces", [4, 6])
def test_a_runtime_with_other_short_sentences_fails(monkeypatch, pieces: int):
    select = functools.partial(selection.select, min_pieces=pieces)
    monkeypatch.setattr(generate, "select", select)
    assert list(map(encoded, vectors())) != LINES


def test_a_runtime_that_counts_in_float64_fails(monkeypatch):
    """1.7 - 0.6 and 1.1 are one score in float32."""
    merge = packing.merge_scores

    def merge_in_float64(windows, scores, num_sentences):
        merged = merge(windows, scores, num_sentences)
        exact = np.full(num_sentences, np.nan)
        for window, row in zip(reversed(windows), reversed(scores), strict=True):
            penalty = 0.0 if window is windows[0] else packing.LATER_WINDOW_PENALTY
            own = [round(float(score), 2) - penalty for score in row]
            exact[list(window.sentences)] = own
        np.testing.assert_allclose(merged, exact, rtol=1e-4, atol=1e-6)
        return exact

    monkeypatch.setattr(generate, "merge_scores", merge_in_float64)
    chosen = [row["selected"] for row in vectors()]
    assert chosen != [row["selected"] for row in ROWS]

"""The TensorFlow graph makes of the golden vectors what is written there."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from golden.generate import VECTORS

from bertsum_tf import bundled
from bertsum_tf.engines.litert_file import read_litert_file
from bertsum_tf.text.packing import slots
from bertsum_tf.text.wordpiece import WordPiece, without_surrogates

tf = pytest.importorskip("tensorflow")
pytest.importorskip("tensorflow_text")
graph = pytest.importorskip("bertsum_tf.text.graph")
selection_graph = pytest.importorskip("bertsum_tf.selection_graph")

pytestmark = pytest.mark.slow

Rows = list[dict[str, Any]]

ROWS: Rows = [json.loads(line) for line in VECTORS.read_text(encoding="ascii").splitlines()]


@pytest.fixture(scope="module")
def word_piece() -> WordPiece:
    return read_litert_file(bundled.TFLITE).vocabulary


def documents(rows: Rows) -> tf.Tensor:
    # A graph is given UTF-8, which has no lone surrogates: what it is sent has U+FFFD instead.
    return tf.constant([without_surrogates(row["text"]).encode() for row in rows], tf.string)


def ragged(rows: list[list[Any]], dtype: tf.DType) -> tf.RaggedTensor:
    values = tf.constant([value for row in rows for value in row], dtype)
    return tf.RaggedTensor.from_row_lengths(values, [len(row) for row in rows])


def test_spans(word_piece: WordPiece):
    sentences = graph.TextGraph(word_piece.vocabulary).split(documents(ROWS))
    for row, starts, ends in zip(
        ROWS, sentences.starts.to_list(), sentences.ends.to_list(), strict=True
    ):
        assert list(map(list, zip(starts, ends, strict=True))) == row["spans"], row["name"]


def test_windows_and_merged_scores(word_piece: WordPiece):
    by_size: dict[int, Rows] = defaultdict(list)
    for row in ROWS:
        by_size[row["max_tokens"]].append(row)
    for size, rows in by_size.items():
        text_graph = graph.TextGraph(word_piece.vocabulary, size)
        actual = text_graph(documents(rows))
        found: list[list[dict[str, Any]]] = [[] for _ in rows]
        windows = zip(
            actual.documents.numpy().tolist(),
            actual.token_ids.numpy(),
            actual.sentences.numpy(),
            strict=True,
        )
        for document, ids, members in windows:
            token_ids = (np.trim_zeros(ids - word_piece.pad_id, "b") + word_piece.pad_id).tolist()
            found[document].append(
                {"token_ids": token_ids, "sentences": members[members >= 0].tolist()}
            )
        for row, own in zip(rows, found, strict=True):
            assert own == row["windows"], row["name"]

        scores = [scores for row in rows for scores in row["window_scores"]]
        slot_scores = np.full((len(scores), slots(size)), 1e9, np.float32)
        for slot_row, window_scores in zip(slot_scores, scores, strict=True):
            slot_row[: len(window_scores)] = window_scores
        merged = text_graph.merge_scores(
            slot_scores, actual.documents, actual.sentences, actual.first, len(rows)
        )
        for row, own_scores in zip(rows, merged.to_list(), strict=True):
            assert own_scores == row["scores"], row["name"]


def test_choices_and_summaries(word_piece: WordPiece):
    """Of a number of sentences, in the order of the document: all that the graph can choose."""
    rows = [row for row in ROWS if set(row["options"]) == {"sentences"}]
    assert len(rows) >= 200
    texts = [
        [without_surrogates(row["text"])[start:end] for start, end in row["spans"]] for row in rows
    ]
    sentences = ragged([[text.encode() for text in row] for row in texts], tf.string)
    chosen = tf.function(selection_graph.select)(
        ragged([row["scores"] for row in rows], tf.float32),
        sentences,
        ragged([list(map(len, word_piece.encode(row))) for row in texts], tf.int64),
        tf.constant([row["options"]["sentences"] for row in rows], tf.int32),
    )
    summaries = selection_graph.join(sentences, chosen).numpy()
    for row, is_chosen, summary in zip(rows, chosen.to_list(), summaries, strict=True):
        assert np.flatnonzero(is_chosen).tolist() == row["selected"], row["name"]
        assert summary.decode() == without_surrogates(row["summary"]), row["name"]

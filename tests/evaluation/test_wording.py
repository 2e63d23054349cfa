"""How summaries are worded, counted by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

import numpy as np
import pytest

from bertsum_tf.analysis import Analysis
from bertsum_tf.data.corpora import Corpus, Document
from bertsum_tf.evaluation.evaluate import evaluate
from bertsum_tf.evaluation.wording import WORDING, wording

TEXT = ["Rain fell on the town.", "The river rose.", "Nobody was hurt."]


def test_what_is_copied_is_neither_new_nor_repeated() -> None:
    assert wording(TEXT[:2], TEXT) == [8, 0, 0, 0, 0, 0]
    assert wording(["the RIVER rose"], TEXT) == [3, 0, 0, 0, 0, 0]


def test_new_n_grams_are_counted_within_sentences() -> None:
    values = dict(zip(WORDING, wording(["Heavy rain fell.", "The river"], TEXT), strict=True))
    assert values == {
        "words": 5,
        "novel_1": 1 / 5,  # heavy
        "novel_2": 1 / 3,  # heavy rain; neither "rain fell" nor "the river"
        "novel_3": 1.0,  # heavy rain fell
        "novel_4": 0.0,  # there is none
        "repeated_3": 0.0,
    }
    # Two sentences of the document, as one: what joins them is new.
    assert wording(["the town the river"], TEXT)[2] == 1 / 3


def test_a_trigram_that_stood_before_is_repeated() -> None:
    assert wording(["a b c d", "a b c"], TEXT)[-1] == pytest.approx(1 / 3)
    assert wording([], TEXT) == [0, 0, 0, 0, 0, 0]


class ScriptedWriter:
    """Writes what is looked up by the document's id."""

    name = "writer"
    decoding: ClassVar[dict[str, str]] = {"strategy": "Beam(size=2)"}

    def __init__(self, written: dict[str, list[str]]) -> None:
        self.written = written

    def analyse(self, documents: Iterable[Document]) -> Iterator[Analysis]:
        for document in list(documents):
            sentences = [line for line in document.text.split("\n") if line]
            yield Analysis(
                spans=[],
                sentences=sentences,
                scores=np.zeros(len(sentences), np.float32),
                pieces=[[0] * 9] * len(sentences),
                written=self.written[document.id],
            )


def test_a_writer_is_evaluated_by_what_it_wrote() -> None:
    documents = [
        Document("new", "\n".join(TEXT), "heavy rain fell", "cnn"),
        Document("old", "\n".join(TEXT), "nobody was hurt", "cnn"),
        Document("unknown", "\n".join(TEXT), None, "cnn"),
    ]
    written = {"new": ["heavy rain fell"], "old": ["the river rose"], "unknown": ["rain"]}
    report = evaluate(
        ScriptedWriter(written),
        Corpus("scripted:test", lambda: iter(documents), size=3),
        num_sentences=1,
        resamples=200,
    )
    overall = report.data["overall"]
    assert list(overall["systems"]) == ["model", "lead", "oracle"]
    assert overall["systems"]["model"]["rouge1"]["mean"] == pytest.approx(50.0)
    # "rain fell on the town" has 2 of the 3 words of one reference, and 5 of its own.
    assert overall["systems"]["lead"]["rouge1"]["mean"] == pytest.approx(100 * 4 / 8 / 2)
    worded = report.data["wording"]
    assert list(worded) == ["model", "lead", "oracle", "reference"]
    assert worded["model"]["words"]["mean"] == 3.0
    assert worded["model"]["novel_1"]["mean"] == pytest.approx(100 / 6, abs=1e-3)
    assert worded["model"]["novel_2"]["mean"] == pytest.approx(25.0)
    assert worded["reference"]["novel_2"]["mean"] == pytest.approx(25.0)
    assert worded["lead"]["novel_4"]["mean"] == 0.0
    assert report.data["settings"]["strategy"] == "Beam(size=2)"
    page = report.to_markdown()
    assert "a summary that are chosen. The model writes its own, by Beam(size=2). In" in page
    assert "| Model | 50.00 (" in page
    assert "## Wording" in page and "| Reference | 3.00 (3.00 to 3.00) |" in page

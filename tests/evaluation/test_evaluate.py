"""Evaluation of a scripted model on documents small enough to follow by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from bertsum_tf.analysis import Analysis
from bertsum_tf.data.corpora import BadDocument, Corpus, Document, open_corpus
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.evaluation.evaluate import evaluate
from bertsum_tf.evaluation.report import Report
from bertsum_tf.selection_match import Match


class ScriptedSummarizer:
    """Sentences are lines; a document's scores are looked up by its id."""

    name = "scripted"
    decoding: ClassVar[dict[str, str]] = {}

    def __init__(self, scores: dict[str, list[float]]) -> None:
        self.scores = scores
        self.analysed: list[str] = []

    def analyse(self, documents: Iterable[Document]) -> Iterator[Analysis]:
        for document in list(documents):  # all at once, as a real one reads ahead
            self.analysed.append(document.id)
            sentences = [line for line in document.text.split("\n") if line]
            scores = self.scores.get(document.id, [0.0] * len(sentences))
            yield Analysis(
                spans=[],
                sentences=sentences,
                scores=np.array(scores, np.float32),
                pieces=[[0] * 9] * len(sentences),
            )


TEXT = "alpha one two\nbeta three four\ngamma five six"
DOCUMENTS = [
    Document("finds", TEXT, "gamma five six", "cnn"),
    Document("leads", TEXT, "alpha one zulu", "dm"),
    Document("unknown", TEXT, None, "dm"),
    Document("empty", "", "alpha one two", "dm"),
]
SCORES = {
    "finds": [0.0, 1.0, 2.0],
    "leads": [2.0, 1.0, 0.0],
    "unknown": [0.0, 2.0, 1.0],
    "empty": [],
}


def corpus_of(*records: Document | BadDocument) -> Corpus:
    return Corpus("scripted:test", lambda: iter(records), size=len(records))


def means(part: dict[str, Any], system: str) -> list[float]:
    return [scores["mean"] for scores in part["systems"][system].values()]


@pytest.fixture
def report() -> Report:
    return evaluate(
        ScriptedSummarizer(SCORES), corpus_of(*DOCUMENTS), num_sentences=1, resamples=200
    )


def test_each_system_is_scored_on_the_same_documents(report: Report) -> None:
    overall = report.data["overall"]
    assert overall["documents"] == 2
    # "finds": the model picks the reference itself, LEAD-1 something else.
    # "leads": both pick the first sentence: 2 of 3 words, 1 of 2 bigrams.
    assert means(overall, "model") == pytest.approx([83.3333, 75.0, 83.3333], abs=1e-3)
    assert means(overall, "model_no_blocking") == means(overall, "model")
    assert means(overall, "lead") == pytest.approx([33.3333, 25.0, 33.3333], abs=1e-3)
    assert means(overall, "oracle") == means(overall, "model")
    difference = overall["differences"]["model"]["rouge1"]
    assert (difference["mean"], difference["low"], difference["high"]) == (50.0, 0.0, 100.0)


def test_groups_are_evaluated_apart(report: Report) -> None:
    groups = report.data["groups"]
    assert means(groups["cnn"], "model") == [100.0, 100.0, 100.0]
    assert means(groups["cnn"], "lead") == [0.0, 0.0, 0.0]
    assert means(groups["dm"], "model") == means(groups["dm"], "lead")


def test_documents_that_cannot_be_scored_are_counted() -> None:
    bad = BadDocument("a.jsonl line 9", "is not JSON")
    report = evaluate(ScriptedSummarizer(SCORES), corpus_of(*DOCUMENTS, bad), num_sentences=1)
    assert report.data["documents"] == {
        "total": 4,
        "scored": 2,
        "without_reference": 1,
        "without_sentences": 1,
        "bad": {"is not JSON": 1},
    }
    assert report.data["corpus"] == "scripted:test" and report.data["model"] == "scripted"


def test_model_scores_each_document_once() -> None:
    model = ScriptedSummarizer(SCORES)
    evaluate(model, corpus_of(*DOCUMENTS), num_sentences=1, resamples=10)
    assert model.analysed == ["finds", "leads", "unknown", "empty"]


def test_trigram_blocking_is_on_and_off() -> None:
    text = "rain fell all night\nrain fell all day\nroads were closed"
    document = Document("a", text, "rain fell all night\nroads were closed")
    report = evaluate(
        ScriptedSummarizer({"a": [3.0, 2.0, 1.0]}),
        corpus_of(document),
        num_sentences=2,
        resamples=10,
    )
    overall = report.data["overall"]
    assert means(overall, "model") == [100.0, 100.0, 100.0]
    # rain fell all night / rain fell all day: 4 of 8 and of 7 words.
    assert means(overall, "model_no_blocking")[0] == pytest.approx(100 * 8 / 15, abs=1e-3)
    assert means(overall, "lead") == means(overall, "model_no_blocking")
    assert "| LEAD-2 |" in report.to_markdown()


def test_output_folder_holds_all_files(tmp_path: Path) -> None:
    losses = tmp_path / "losses.csv"
    losses.write_text("step,loss,val_loss\n1,0.5,0.6\n2,0.4,0.5\n")
    folder = tmp_path / "runs" / "evaluation"
    report = evaluate(
        ScriptedSummarizer(SCORES),
        corpus_of(*DOCUMENTS),
        num_sentences=1,
        output=folder,
        losses=losses,
        resamples=50,
    )
    assert sorted(path.name for path in folder.iterdir()) == [
        "losses.png",
        "metrics.json",
        "positions.png",
        "report.md",
        "summaries.jsonl",
    ]
    assert json.loads((folder / "metrics.json").read_text()) == report.data
    assert (folder / "report.md").read_text() == report.to_markdown()
    assert all(
        (folder / name).read_bytes()[1:4] == b"PNG" for name in ("losses.png", "positions.png")
    )


def test_every_document_is_summarised(tmp_path: Path) -> None:
    evaluate(
        ScriptedSummarizer(SCORES),
        corpus_of(*DOCUMENTS),
        num_sentences=1,
        output=tmp_path,
        resamples=10,
    )
    lines = (tmp_path / "summaries.jsonl").read_text().splitlines()
    finds, leads, unknown, empty = map(json.loads, lines)
    assert finds["systems"]["model"] == {
        "sentences": [2],
        "summary": "gamma five six",
        "rouge1": 100.0,
        "rouge2": 100.0,
        "rougeLsum": 100.0,
    }
    assert leads["systems"]["model"]["rouge1"] == pytest.approx(66.6667)
    assert leads["systems"]["oracle"]["sentences"] == [0] and leads["num_sentences"] == 3
    assert unknown["systems"]["model"] == {"sentences": [1], "summary": "beta three four"}
    assert "oracle" not in unknown["systems"] and unknown["reference"] is None
    assert empty["systems"]["model"] == {"sentences": [], "summary": ""}


def test_evaluating_again_replaces_the_files_and_keeps_others(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    arguments: dict[str, Any] = {"num_sentences": 1, "output": tmp_path, "resamples": 50}
    evaluate(ScriptedSummarizer({}), corpus_of(*DOCUMENTS), **arguments)
    first = (tmp_path / "metrics.json").read_text()
    evaluate(ScriptedSummarizer(SCORES), corpus_of(*DOCUMENTS), **arguments)
    assert (tmp_path / "metrics.json").read_text() != first
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_corpus_without_references_is_summarised(tmp_path: Path) -> None:
    report = evaluate(ScriptedSummarizer(SCORES), corpus_of(DOCUMENTS[2]), output=tmp_path)
    assert report.data["overall"] is None
    assert report.data["documents"]["without_reference"] == 1
    assert len((tmp_path / "summaries.jsonl").read_text().splitlines()) == 1
    assert not (tmp_path / "positions.png").exists()


def test_empty_corpus_gives_an_empty_report() -> None:
    report = evaluate(ScriptedSummarizer({}), corpus_of())
    assert report.data["documents"]["total"] == 0 and "no scores" in report.to_markdown()


def test_what_is_wrong_is_said_before_the_work(tmp_path: Path) -> None:
    model = ScriptedSummarizer(SCORES)
    with pytest.raises(UsageError):
        evaluate(model, corpus_of(*DOCUMENTS), num_sentences=0)
    with pytest.raises(BertsumError, match="can't be read"):
        evaluate(model, corpus_of(*DOCUMENTS), output=tmp_path, losses=tmp_path / "none.csv")
    (tmp_path / "file").write_text("")
    with pytest.raises(BertsumError, match="can't be written"):
        evaluate(model, corpus_of(*DOCUMENTS), output=tmp_path / "file" / "folder")
    assert model.analysed == []


def test_progress_is_told() -> None:
    told: list[tuple[str, int, int | None]] = []
    evaluate(
        ScriptedSummarizer(SCORES),
        corpus_of(*DOCUMENTS),
        num_sentences=1,
        resamples=10,
        on_progress=lambda *step: told.append(step),
    )
    assert told[:4] == [("Summarising", number, 4) for number in (1, 2, 3, 4)]
    # Model and oracle alike in both documents, LEAD differs in the first: 2 + 1 pairs.
    assert told[-1] == ("Computing ROUGE", 3, 3)


def test_first_sentences_score_as_lead_and_below_the_oracle() -> None:
    """On the shipped corpus, a model that falls with the position is LEAD-3."""

    class Falling(ScriptedSummarizer):
        def analyse(self, documents: Iterable[Document]) -> Iterator[Analysis]:
            for document in documents:
                sentences = document.text.replace("\n", " ").split(". ")
                falling = -np.arange(len(sentences), dtype=np.float32)
                yield Analysis([], sentences, falling, [[0] * 9] * len(sentences))

    overall = evaluate(Falling({}), open_corpus("sample", limit=20), resamples=100).data["overall"]
    assert means(overall, "model_no_blocking") == means(overall, "lead")
    assert overall["differences"]["model_no_blocking"]["rouge1"] == {"mean": 0, "low": 0, "high": 0}
    assert np.all(np.array(means(overall, "oracle")) > means(overall, "lead"))


def test_summaries_chosen_as_wholes_are_compared_with_the_plain_ones():
    class FirstSentence:
        def choose(self, analyses: list[Analysis], *, num_sentences: int) -> list[Match]:
            assert num_sentences == 1
            return [Match((0,) if analysis.sentences else (), 0.5) for analysis in analyses]

    corpus = corpus_of(*DOCUMENTS)
    report = evaluate(
        ScriptedSummarizer(SCORES), corpus, num_sentences=1, matcher=FirstSentence(), resamples=100
    )
    assert report.data["beside"]["model_matched"] == "model"
    assert means(report.data["overall"], "model_matched") == means(report.data["overall"], "lead")
    difference = report.data["overall"]["differences"]["model_matched"]["rouge1"]["mean"]
    rouge = (
        means(report.data["overall"], "model_matched")[0]
        - means(report.data["overall"], "model")[0]
    )
    assert difference == pytest.approx(rouge, abs=1e-3)
    assert difference < 0
    assert "| Model, matched as a whole, minus Model, trigram blocking |" in report.to_markdown()

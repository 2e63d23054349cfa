"""A row of the paper's table, on the shipped corpus with a BERT as small as can be."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from scripted_engine import VOCABULARY, ScriptedEngine

from bertsum_tf import bundled, cli
from bertsum_tf.data.corpora import Document
from bertsum_tf.errors import UsageError
from bertsum_tf.reproduce import (
    TABLES,
    FirstWindow,
    reasons_against_comparison,
    trainings_of,
)
from bertsum_tf.summarizer import Summarizer

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("keras_hub")
    from tiny_bert import save_tiny_bert

    return save_tiny_bert(tmp_path_factory.mktemp("tiny") / "bert")


def arguments(bert: Path, output: Path, table: str = "cnndm-ext", steps: int = 6) -> list[str]:
    return [
        *("reproduce", "--table", table, "--corpus", "sample", "--backbone", str(bert)),
        *("--steps", str(steps), "--output", str(output), "--processes", "1"),
    ]


def losses(run: Path) -> dict[int, float]:
    """Validation loss by step."""
    with (run / "losses.csv").open() as file:
        return {int(row["step"]): float(row["val_loss"]) for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def whole(bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reproduction that nobody disturbed."""
    output = tmp_path_factory.mktemp("reproduction") / "whole"
    assert cli.main(arguments(bert, output)) == 0
    return output


@pytest.mark.slow
def test_the_mean_of_the_three_best_checkpoints_stands_beside_the_papers_row(whole: Path):
    by_step = losses(whole / "extractive")
    assert list(by_step) == [1, 2, 3, 4, 5, 6]
    best = {f"step-{step:06d}" for step in sorted(by_step, key=lambda step: by_step[step])[:3]}
    table = json.loads((whole / "table.json").read_text())
    ours = table["here"]
    assert best == {path.name for path in (whole / "reports").iterdir()}
    assert best == {name for name in ours if name.startswith("step-")}
    for place, metric in enumerate(("rouge1", "rouge2", "rougeLsum")):
        means = []
        for name in best:
            report = json.loads((whole / "reports" / name / "metrics.json").read_text())
            means.append(report["overall"]["systems"]["model"][metric]["mean"])
            assert ours[name][place] == means[-1]
        row = ours["BertSumExt, mean of 3 checkpoints"]
        assert row[place] == pytest.approx(sum(means) / 3, abs=1e-3)
    assert table["paper"]["BertSumExt"] == [43.25, 20.24, 39.63]
    markdown = (whole / "table.md").read_text()
    assert "| paper: BertSumExt | 43.25 | 20.24 | 39.63 |" in markdown
    assert "**NOT COMPARABLE with the paper: 13 documents of sample were summarised" in markdown


@pytest.mark.slow
def test_what_is_whole_is_not_made_again(whole: Path, bert: Path, capsys):
    before = json.loads((whole / "table.json").read_text())
    lost, *kept = sorted((whole / "reports").iterdir())
    (lost / "metrics.json").unlink()
    (whole / "table.json").unlink()
    untouched = [whole / "extractive" / "state.safetensors", *(k / "metrics.json" for k in kept)]
    times = [path.stat().st_mtime_ns for path in untouched]
    assert cli.main([*arguments(bert, whole), "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == before == json.loads((whole / "table.json").read_text())
    assert [path.stat().st_mtime_ns for path in untouched] == times
    assert (lost / "metrics.json").exists()
    assert "bertsum: NOT COMPARABLE with the paper: 13 documents of sample" in err


@pytest.mark.slow
def test_a_reproduction_with_other_settings_is_refused(whole: Path, bert: Path, capsys):
    before = (whole / "table.json").read_bytes()
    assert cli.main(arguments(bert, whole, steps=7)) == 1
    err = capsys.readouterr().err
    assert "holds a run with other settings or data" in err and err.count("\n") == 1
    assert (whole / "table.json").read_bytes() == before


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_one_that_was_killed_goes_on_to_the_same_end(whole: Path, bert: Path, tmp_path: Path):
    killed = tmp_path / "killed"
    command = [sys.executable, "-m", "bertsum_tf", *arguments(bert, killed)]
    with subprocess.Popen(
        command, cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL
    ) as process:
        while not (killed / "extractive" / "losses.csv").exists():
            assert process.poll() is None, "it ended before it could be killed"
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
    reached = max(losses(killed / "extractive"))
    assert reached < 6 and not (killed / "table.json").exists()
    assert cli.main(arguments(bert, killed)) == 0
    assert losses(killed / "extractive") == losses(whole / "extractive")
    ours, theirs = (json.loads((f / "table.json").read_text()) for f in (killed, whole))
    assert ours == theirs


@pytest.mark.slow
def test_a_model_that_writes_over_one_that_picks(bert: Path, tmp_path: Path):
    output = tmp_path / "out"
    few = arguments(bert, output, "cnndm-ext-abs", steps=1)
    assert cli.main([*few, "--limit", "3"]) == 0
    table = json.loads((output / "table.json").read_text())
    assert list(table["here"]) == ["BertSumExtAbs", "step-000001", "LEAD-3", "greedy oracle"]
    assert table["paper"]["BertSumExtAbs"] == [42.13, 19.60, 39.18]
    settings = json.loads((output / "abstractive" / "settings.json").read_text())["settings"]
    assert settings["backbone"] == "extractive"
    assert settings["recipe"]["accumulate"] == 5
    report = json.loads((output / "reports" / "step-000001" / "metrics.json").read_text())
    assert report["settings"]["strategy"] == "Beam(size=5, length_penalty=0.95)"
    assert "novel_1" in report["wording"]["model"]


def test_the_trainings_are_the_papers():
    extractive, abstractive = trainings_of("cnndm-ext-abs")
    assert (extractive.recipe.steps, extractive.validate_every) == (50_000, 1_000)
    assert (abstractive.recipe.steps, abstractive.validate_every) == (200_000, 2_500)
    assert [training.name for training in trainings_of("cnndm-abs")] == ["abstractive"]
    (fewer,) = trainings_of("cnndm-ext", 500)
    assert (fewer.recipe.steps, fewer.recipe.warmup_steps, fewer.validate_every) == (500, 100, 50)


def test_what_follows_the_first_window_is_no_candidate():
    window = 64
    sentences = [f"{'wow ' * 9}number {number}." for number in range(12)]
    document = Document("long", "\n".join(sentences), spans=_spans(sentences))
    whole = Summarizer(ScriptedEngine(), VOCABULARY, max_tokens=window, name="scripted")
    (all_windows,) = whole.analyse([document])
    (first_window,) = FirstWindow(whole).analyse([document])
    read = [score > float("-inf") for score in first_window.scores]
    count = sum(read)
    assert 0 < count < 12 and read == [True] * count + [False] * (12 - count)
    assert first_window.scores[:count].tolist() == all_windows.scores[:count].tolist()
    assert first_window.sentences == sentences  # of which the oracle may choose


def _spans(sentences: list[str]) -> tuple[tuple[int, int], ...]:
    spans, start = [], 0
    for sentence in sentences:
        spans.append((start, start + len(sentence)))
        start += len(sentence) + 1
    return tuple(spans)


class TestComparison:
    settings = {  # noqa: RUF012
        "corpus": "cnn_dailymail",
        "backbone": "bert_base_en_uncased",
        "trainings": [{"steps": 50_000}],
    }
    manifest = {"documents": 287_000, "dropped": {"no summary": 113}}  # noqa: RUF012

    def test_the_real_thing_can_be_compared(self):
        assert not reasons_against_comparison("cnndm-ext", self.settings, self.manifest, 11_490)

    @pytest.mark.parametrize(
        ("change", "documents", "reason"),
        [
            ({}, 2245, "2,245 documents of cnn_dailymail were summarised, not the 11,490"),
            ({"backbone": "mini"}, 11_490, "The BERT is mini, not bert_base_en_uncased."),
            (
                {"trainings": [{"steps": 600}]},
                11_490,
                "The extractive training had 600 steps, not 50,000.",
            ),
        ],
    )
    def test_what_keeps_it_from_being_compared_is_said(self, change, documents, reason):
        settings = {**self.settings, **change}
        (said,) = reasons_against_comparison("cnndm-ext", settings, self.manifest, documents)
        assert said.startswith(reason)

    def test_a_part_of_the_training_data_is_said(self):
        manifest = {**self.manifest, "documents": 38_000}
        (said,) = reasons_against_comparison("cnndm-ext", self.settings, manifest, 11_490)
        assert said.startswith("It was trained on 38,113 documents")


@pytest.mark.parametrize("table", list(TABLES))
def test_the_cost_is_computed_and_says_so(table: str, capsys):
    assert cli.main(["reproduce", "--table", table, "--cost"]) == 0
    out = capsys.readouterr().out
    assert "computed, not measured" in out
    assert "TPU v5e, 197 TFLOP/s" in out and "H100 SXM, 989 TFLOP/s" in out
    assert ("| extractive | 1,800,000 | 5.95e+17 | 2.1 |" in out) == (table != "cnndm-abs")
    assert ("| abstractive | 8,000,000 |" in out) == (table != "cnndm-ext")


def test_half_the_utilization_takes_twice_the_time(capsys):
    cost = ["reproduce", "--table", "cnndm-ext", "--cost", "--utilization", "0.2"]
    assert cli.main(cost) == 0
    assert "| 5.95e+17 | 4.2 |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "status", "sentence"),
    [
        (["--table", "xsum"], 2, "There is no table 'xsum': choose one of cnndm-ext, cnndm-abs,"),
        (["--table", "cnndm-ext", "--devices", "toaster"], 2, "--devices can't be 'toaster': "),
        (["--table", "cnndm-ext", "--utilization", "0.5"], 2, "--utilization is for --cost:"),
        (["--table", "cnndm-ext", "--cost", "--utilization", "2"], 2, "The utilization has to be"),
        (
            ["--table", "cnndm-abs", "--backbone", bundled.NAME],
            2,
            f"{bundled.NAME} holds a BertSumExtractive, and the paper begins with a bare BERT: ",
        ),
        (
            ["--table", "cnndm-abs", "--backbone", "nothing"],
            1,
            "There is neither a folder nor a BERT preset named nothing: ",
        ),
    ],
)
def test_bad_input_gets_one_sentence(options, status, sentence, tmp_path, monkeypatch, capsys):
    pytest.importorskip("keras_hub")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["reproduce", *options, "--output", "out"]) == status
    err = capsys.readouterr().err
    assert err.startswith(f"bertsum: {sentence}") and err.count("\n") == 1
    assert not Path("out").exists()


def test_a_number_of_steps_is_at_least_one():
    with pytest.raises(UsageError, match="at least 1, not 0"):
        trainings_of("cnndm-ext", 0)

"""The command line: what it prints, where, and with which exit code."""

from __future__ import annotations

import codecs
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from scripted_engine import VOCABULARY, ScriptedEngine

import bertsum_tf.summarizer
from bertsum_tf import cli
from bertsum_tf.cli import evaluate, options
from bertsum_tf.cli import export as export_command
from bertsum_tf.cli.command_line import COMMANDS
from bertsum_tf.cli.output import DEBUG
from bertsum_tf.errors import BertsumError

ROOT = Path(__file__).parent.parent
ARTICLE = "The council met on Tuesday night. It was wow news for everyone there. The rain went on."
REQUIRED = ("--validation", "validation", "--backbone", "bert", "--output", "run")
BEST = "It was wow news for everyone there."


def bertsum(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess:
    """Runs the command as a user does, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "bertsum_tf", *arguments],
        input=stdin,
        capture_output=True,
        env={**os.environ, "COLUMNS": "100", **environment},
        cwd=ROOT,
    )


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the command in this process, with an engine that likes "wow" for a model."""
    load = bertsum_tf.summarizer.Summarizer

    def scripted(model: str, encoders: None) -> bertsum_tf.summarizer.Summarizer:
        return load(ScriptedEngine(), VOCABULARY, name=model)

    monkeypatch.setattr(options, "use_backend", lambda name: None)
    monkeypatch.setattr(bertsum_tf.summarizer, "Summarizer", scripted)

    def call(*arguments: str) -> tuple[int, str, str]:
        status = cli.main(["summarize", "--model", "scripted", *arguments])
        return status, *capsys.readouterr()

    return call


@pytest.fixture
def article(tmp_path) -> str:
    path = tmp_path / "article.txt"
    path.write_text(ARTICLE)
    return str(path)


class TestSummarize:
    def test_prints_the_summary(self, run, article):
        assert run(article, "-n", "1") == (0, BEST + "\n", "")

    def test_options_reach_the_selection(self, run, article):
        assert run(article, "--ratio", "0.34")[1] == BEST + "\n"
        assert run(article, "--max-words", "7")[1] == BEST + "\n"
        assert run(article, "-n", "2", "--order", "score")[1] == (
            BEST + " The council met on Tuesday night.\n"
        )

    def test_trigram_blocking_can_be_turned_off(self, run, tmp_path):
        path = tmp_path / "a.txt"
        path.write_text("This is wow news again. Rain fell on the town. This is wow news today.")
        assert "today" not in run(str(path), "-n", "2")[1]
        assert "today" in run(str(path), "-n", "2", "--no-trigram-blocking")[1]

    def test_several_files_have_headings(self, run, tmp_path):
        for name in "ab":
            (tmp_path / name).write_text(f"Wow from {name}.")
        a, b = str(tmp_path / "a"), str(tmp_path / "b")
        assert run(a, b)[1] == f"==> {a} <==\nWow from a.\n\n==> {b} <==\nWow from b.\n"

    @pytest.mark.parametrize("arguments", [["-"], []])
    def test_standard_input(self, run, monkeypatch, arguments):
        stdin = io.TextIOWrapper(io.BytesIO("Wow, a café.".encode()), encoding="ascii")
        monkeypatch.setattr(sys, "stdin", stdin)
        assert run(*arguments) == (0, "Wow, a café.\n", "")

    def test_json_is_one_object_a_document(self, run, tmp_path, article):
        other = tmp_path / "other.txt"
        other.write_text("Wow — café. 雨。")
        status, out, _ = run(article, str(other), "--json", "-n", "1")
        first, second = map(json.loads, out.splitlines())
        assert status == 0
        assert list(first) == ["source", "summary", "sentences", "model"]
        assert (first["source"], first["summary"], first["model"]) == (article, BEST, "scripted")
        assert first["sentences"][1] == {
            "index": 1,
            "start": 34,
            "end": 69,
            "text": BEST,
            "score": 1.0,
            "selected": True,
        }
        assert [s["selected"] for s in first["sentences"]] == [False, True, False]
        assert second["summary"] == "Wow — café."
        assert "café" in out, "JSON is UTF-8, not escapes"

    def test_a_summary_over_the_word_budget_is_said(self, run, article):
        status, out, err = run(article, "--max-words", "2")
        assert (status, out) == (0, "The rain went on.\n")
        assert err == (
            f"bertsum: {article} has no sentence of up to 2 words: its shortest, of 4, is the "
            "summary.\n"
        )

    def test_a_byte_order_mark_is_no_text(self, run, tmp_path):
        for content in (codecs.BOM_UTF8 + b"Wow.", "Wow.".encode("utf-16")):
            path = tmp_path / "marked.txt"
            path.write_bytes(content)
            (sentence,) = json.loads(run(str(path), "--json")[1])["sentences"]
            assert (sentence["start"], sentence["end"], sentence["text"]) == (0, 4, "Wow.")

    def test_a_named_encoding(self, run, tmp_path):
        path = tmp_path / "latin.txt"
        path.write_bytes("Wow, a café.".encode("latin-1"))
        assert run(str(path), "--encoding", "latin-1")[1] == "Wow, a café.\n"

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"", "holds no text: there is nothing to summarise."),
            (b" \n\n", "holds no text: there is nothing to summarise."),
            (b"caf\xe9", "is not in UTF-8 (at byte 3): name its encoding, for example --encoding"),
            (b"\x7fELF\x02\x01\x01\x00\x00", "is not a text file: extract its text first"),
            (b"<!DOCTYPE html>\n<title>Wow</title>", "is a page of HTML: extract its text first"),
            (b"\n <HTML lang=en>Wow.", "is a page of HTML: extract its text first"),
            (None, "check the path."),
        ],
        ids=["empty", "blank", "latin-1", "binary", "html", "old html", "missing"],
    )
    def test_a_bad_file_is_named_and_the_others_are_done(
        self, run, tmp_path, article, content, sentence
    ):
        bad = tmp_path / "bad.txt"
        if content is not None:
            bad.write_bytes(content)
        status, out, err = run(str(bad), article, "-n", "1", "--json")
        assert status == 1
        assert [json.loads(line)["summary"] for line in out.splitlines()] == [BEST]
        assert err.startswith("bertsum: ")
        assert str(bad) in err
        assert sentence in err
        assert err.count("\n") == 1

    def test_a_file_of_json_lines_holds_many_documents(self, run, tmp_path):
        path = tmp_path / "articles.jsonl"
        lines = [
            json.dumps({"id": "first", "document": ARTICLE}),
            "{",
            json.dumps({"article": "Wow, it rained."}),
        ]
        path.write_text("\n".join(lines))
        status, out, err = run(str(path), "-n", "1", "--json")
        assert status == 1
        assert err == f"bertsum: {path} line 2 is not JSON\n"
        found = [(line["source"], line["summary"]) for line in map(json.loads, out.splitlines())]
        assert found == [("first", BEST), (f"{path} line 3", "Wow, it rained.")]
        out = run(str(path), "-n", "1")[1]
        assert out == f"==> first <==\n{BEST}\n\n==> {path} line 3 <==\nWow, it rained.\n"

    def test_a_text_without_stops_comes_back_whole_and_that_is_said(self, run, tmp_path):
        path = tmp_path / "talk.txt"
        path.write_text("wow and so it goes on " * 30)
        status, out, err = run(str(path))
        assert (status, out.split()) == (0, path.read_text().split())
        assert err.startswith(f"bertsum: {path} is one sentence of 180 words, by its punctuation")
        path.write_text("Wow and so it goes on. " * 30)
        assert run(str(path), "-n", "1")[2] == ""


class TestPage:
    """`summarize --html`."""

    def test_is_written_beside_the_summary(self, run, tmp_path):
        source, page = tmp_path / "a<b>.txt", tmp_path / "page.html"
        source.write_text("Rain fell on the <i>town</i>. Wow & more for everyone there.")
        result = run(str(source), "-n", "1", "--html", str(page))
        assert result == (0, "Wow & more for everyone there.\n", "")
        html = page.read_text(encoding="utf-8")
        assert html.startswith("<!DOCTYPE html>")
        assert "a&lt;b&gt;.txt</h1>" in html
        assert "&lt;i&gt;town&lt;/i&gt;" in html and "<i>" not in html
        assert ">Wow &amp; more for everyone there.</mark>" in html

    @pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are Unicode there")
    def test_a_file_name_that_is_no_utf8(self, run, tmp_path):
        source, page = tmp_path / os.fsdecode(b"caf\xe9.txt"), tmp_path / "page.html"
        source.write_text(ARTICLE)
        assert run(str(source), "-n", "1", "--html", str(page)) == (0, BEST + "\n", "")
        assert "caf\ufffd.txt</h1>" in page.read_text(encoding="utf-8")

    def test_the_summary_is_printed_even_if_the_page_can_not_be_written(
        self, run, article, tmp_path
    ):
        page = tmp_path / "no" / "page.html"
        status, out, err = run(article, "-n", "1", "--html", str(page))
        assert (status, out) == (1, BEST + "\n")
        assert err == (
            f"bertsum: The page {page} can't be written (No such file or directory): "
            "name another file with --html.\n"
        )

    def test_is_not_mixed_with_the_summary(self, run, article):
        assert run(article, "--html", "-") == (
            2,
            "",
            "bertsum: --html can't go to standard output, where the summary goes: name a file.\n",
        )
        assert not Path("-").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
class TestClosedStderr:
    def shell(self, *arguments: str) -> subprocess.CompletedProcess:
        command = f'exec {sys.executable} -m bertsum_tf "$@" 2>&-'
        return subprocess.run(
            ["bash", "-c", command, "bash", *arguments], stdout=subprocess.PIPE, cwd=ROOT
        )

    def test_the_summary_is_printed(self, article):
        result = self.shell("summarize", article, "-n", "1")
        assert result.returncode == 0
        assert result.stdout.decode().strip() in ARTICLE

    def test_a_failure_is_no_output(self, tmp_path):
        result = self.shell("summarize", str(tmp_path / "missing.txt"))
        assert (result.returncode, result.stdout) == (1, b"")


class TestWithoutKeras:
    """An install without the extra 'train' knows what is missing: the model, or Keras."""

    @pytest.fixture(autouse=True)
    def no_keras(self, monkeypatch):
        def refuse(name: str = "auto") -> None:
            raise BertsumError("This needs Keras.")

        for module in (options, export_command):
            monkeypatch.setattr(module, "use_backend", refuse)

    @pytest.fixture(params=["summarize", "evaluate", "export"])
    def call(self, request, article, tmp_path, capsys):
        def call(model: Path) -> tuple[int, str]:
            arguments = {
                "summarize": [article, "--model", str(model)],
                "evaluate": ["sample", "--model", str(model)],
                "export": [str(model), "--format", "tflite", "--output", str(tmp_path / "out")],
            }
            status = cli.main([request.param, *arguments[request.param]])
            return status, capsys.readouterr().err

        return call

    def test_a_model_that_is_not_there(self, call, tmp_path):
        status, err = call(tmp_path / "news.tflit")
        assert status == 1
        assert err.startswith(f"bertsum: There is no model {tmp_path / 'news.tflit'}: name a ")

    def test_a_folder_without_a_model(self, call, tmp_path):
        status, err = call(tmp_path)
        assert status == 1
        assert err.startswith(f"bertsum: {tmp_path} holds no trained summarizer: name a run")

    def test_a_trained_model(self, call, tmp_path):
        (tmp_path / "task.json").write_text("{}")
        assert call(tmp_path) == (1, "bertsum: This needs Keras.\n")


class TestWrongUsage:
    """Exit code 2 and one sentence."""

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ([], "the following arguments are required: COMMAND"),
            (["sumarize"], "invalid choice: 'sumarize'"),
            (["summarize", "--sentences", "0"], "'0' is not a whole number from 1 up"),
            (["summarize", "--sentences", "many"], "'many' is not a whole number from 1 up"),
            (["summarize", "--ratio", "2"], "The ratio has to be above 0 and at most 1, not 2.0."),
            (["summarize", "--ratio", "0.1", "-n", "2"], "not allowed with argument"),
            (["summarize", "--order", "random"], "invalid choice: 'random'"),
            (["summarize", "--encoding", "klingon", "--model", "m"], "no text encoding 'klingon'"),
            (
                ["benchmark", "--peers", "--backend", "jax"],
                "--backend is for the benchmark without",
            ),
            (["prepare", "sample"], "arguments are required: --backbone, --output"),
            (["train", "data"], "arguments are required: --validation, --output"),
            (
                ["train", "data", "--validation", "x", "--output", "y"],
                "one of the arguments --backbone --init-from is required",
            ),
            (
                ["train", "d", *REQUIRED, "--label-smoothing", "0.2"],
                "--label-smoothing is for --task abstractive: leave it out, or choose that task.",
            ),
            (
                ["train", "d", *REQUIRED, "--task", "abstractive", "--head", "lstm"],
                "--head is for --task extractive: leave it out, or choose that task.",
            ),
            (
                ["summarize", "--selection", "match"],
                "name a run of `bertsum pretrain` with --encoders.",
            ),
        ],
    )
    def test_is_told_in_one_sentence(self, arguments, sentence):
        result = bertsum(*arguments)
        message = result.stderr.decode()
        assert result.returncode == 2
        assert sentence in message
        assert message.startswith("bertsum")
        assert message.count("\n") == 1
        assert result.stdout == b""

    def test_an_unknown_recipe(self):
        result = bertsum("train", "d", *REQUIRED, "--recipe", "cake")
        assert (result.returncode, result.stderr.decode()) == (
            2,
            "bertsum: There is no recipe 'cake': choose one of default, paper.\n",
        )


class TestFailures:
    """Exit code 1 and one sentence, never a traceback."""

    def test_no_prepared_data(self, tmp_path):
        data = str(tmp_path / "data")
        result = bertsum("train", data, *REQUIRED)
        assert result.returncode == 1
        assert result.stderr.decode().startswith(f"bertsum: The prepared data {data} is not there")

    def test_something_unexpected(self, monkeypatch, capsys):
        def fail(options):
            raise RuntimeError("the first line\nand a long rest")

        monkeypatch.setattr(evaluate, "load_summarizer", fail)
        monkeypatch.delenv(DEBUG, raising=False)
        assert cli.main(["evaluate", "x"]) == 1
        assert capsys.readouterr().err == (
            "bertsum: unexpected RuntimeError: the first line (set BERTSUM_DEBUG=1 to see where).\n"
        )

    def test_the_debug_switch_shows_the_traceback(self, monkeypatch):
        monkeypatch.setenv(DEBUG, "1")
        with pytest.raises(BertsumError, match="prepared data x is not there"):
            cli.main(["train", "x", *REQUIRED])

    def test_a_package_that_is_not_installed(self, monkeypatch, capsys):
        def fail(options):
            raise ModuleNotFoundError("No module named 'rouge_score'", name="rouge_score")

        monkeypatch.setattr(evaluate, "load_summarizer", fail)
        assert cli.main(["evaluate", "x"]) == 1
        assert capsys.readouterr().err == (
            "bertsum: rouge_score is not installed: install bertsum_tf with its extra 'train'.\n"
        )

    def test_a_reader_that_has_seen_enough(self):
        command = f"{sys.executable} -m bertsum_tf train --help"
        result = subprocess.run(
            ["bash", "-c", f"{{ sleep 0.5; {command}; }} | true"], capture_output=True, cwd=ROOT
        )
        assert result.stderr == b""

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
    def test_a_full_disk(self):
        with open("/dev/full", "wb") as full:
            result = subprocess.run(
                [sys.executable, "-m", "bertsum_tf", "train", "--help"],
                stdout=full,
                stderr=subprocess.PIPE,
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": ""},  # argparse passes over failed writes
            )
        assert result.returncode == 1
        assert b"No space left" in result.stderr
        assert result.stderr.count(b"\n") == 1

    @pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
    def test_an_interrupt(self):
        process = subprocess.Popen(
            [sys.executable, "-m", "bertsum_tf", "summarize", "--model", "m", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            # Whatever runs the tests in the background may ignore interrupts, and so would this.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        time.sleep(1.5)  # it waits for standard input
        process.send_signal(signal.SIGINT)
        _, error = process.communicate()
        assert (process.returncode, error) == (130, b"bertsum: interrupted.\n")


class TestHelp:
    def test_names_every_command(self):
        text = bertsum("--help").stdout.decode()
        for command in (
            "prepare",
            "train",
            "evaluate",
            "export",
            "summarize",
            "quickstart",
            "benchmark",
        ):
            assert f"\n    {command} " in text
        assert "examples:" in text
        assert "Exit codes" in text

    @pytest.mark.parametrize("command", list(COMMANDS))
    def test_each_command_explains_itself(self, command, capsys):
        with pytest.raises(SystemExit, match="0"):
            cli.main([command, "--help"])
        text = capsys.readouterr().out
        assert f"usage: bertsum {command}" in text
        assert "example" in text or "Prints" in text or "Trains" in text

    def test_version(self):
        assert bertsum("--version").stdout.decode().startswith("bertsum 0.")


FEW = ("--steps", 2, "--validate-every", 1, "--static-length", 128)


def succeed(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess:
    result = bertsum(*map(str, arguments), stdin=stdin)
    assert result.returncode == 0, result.stderr.decode()
    return result


@pytest.fixture
def refuse(monkeypatch, capsys):
    """Runs a command in this process, which is faster, and returns the sentence of its refusal."""

    def call(*arguments: object) -> str:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Rain fell.")))
        assert cli.main([*map(str, arguments)]) in (1, 2)
        err = capsys.readouterr().err
        assert err.count("\n") == 1
        return err

    return call


class Tiny(NamedTuple):
    """A tiny BERT, and the shipped corpus, prepared for it."""

    bert: Path
    data: tuple[object, ...]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Tiny:
    pytest.importorskip("keras_hub")
    folder = tmp_path_factory.mktemp("tiny")
    bert = folder / "bert"
    code = f"""
import keras_hub
pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz.,", "##s"]
pieces += ["[unused0]", "[unused1]", "[unused2]"]
keras_hub.models.BertBackbone(
    vocabulary_size=len(pieces), num_layers=1, num_heads=2, hidden_dim=16,
    intermediate_dim=16, max_sequence_length=128,
).save_to_preset({str(bert)!r})
keras_hub.models.BertTokenizer(pieces, lowercase=True).save_to_preset({str(bert)!r})
open({str(folder / "vocab.txt")!r}, "w").write("\\n".join(pieces))
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=ROOT)

    for split in ("train", "validation"):
        options = ("--split", split, "--backbone", folder / "vocab.txt", "--max-tokens", 128)
        output = ("--output", folder / split)
        manifest = json.loads(succeed("prepare", "sample", *options, *output, "--json").stdout)
        assert manifest["documents"] == {"train": 70, "validation": 13}[split]
    return Tiny(bert, (folder / "train", "--validation", folder / "validation"))


@pytest.mark.slow
def test_the_whole_way(tmp_path, tiny):
    """train, train further, evaluate, summarize, as a user runs them."""
    succeed("train", *tiny.data, *FEW, "--backbone", tiny.bert, "--output", tmp_path / "run")
    model = tmp_path / "run" / "model"

    further = tmp_path / "further"
    succeed("train", *tiny.data, *FEW, "--backbone", model, "--output", further)
    first, second = (
        (tmp_path / name / "losses.csv").read_text().splitlines() for name in ("run", "further")
    )
    assert len(first) == len(second) == 3
    best_of_first = min(float(line.split(",")[3]) for line in first[1:])
    assert float(second[1].split(",")[3]) == pytest.approx(best_of_first, abs=0.05)

    report = tmp_path / "report"
    succeed(
        "evaluate", "sample", "--split", "test", "--model", further / "model", "--output", report
    )
    assert "LEAD-3" in (report / "report.md").read_text()

    text = " ".join(f"Sentence {letter} has seven words of text here." for letter in "abcdefgh" * 9)
    result = succeed("summarize", "--model", model, "--json", stdin=text.encode())
    assert result.stderr == b""
    summary = json.loads(result.stdout)
    assert summary["model"] == str(model)
    assert len(summary["sentences"]) == 72, "in several windows of 128"
    assert all(abs(sentence["score"]) < 100 for sentence in summary["sentences"])


@pytest.mark.slow
def test_a_model_that_writes_is_trained_from_others_and_summarises(tmp_path, tiny, refuse):
    small = ("--task", "abstractive", "--decoder-layers", 1, "--decoder-heads", 2)
    small += ("--decoder-width", 16, "--target-tokens", 40)
    succeed("train", *tiny.data, *FEW, "--backbone", tiny.bert, "--output", tmp_path / "picks")
    writes = tmp_path / "writes"
    succeed(
        "train", *tiny.data, *FEW, *small, "--init-from", tmp_path / "picks", "--output", writes
    )
    model = ("--model", writes)  # the run: its best model
    text = " ".join(f"Sentence {letter} has seven words of text here." for letter in "abcdefgh")
    summary = json.loads(succeed("summarize", *model, "--json", stdin=text.encode()).stdout)
    assert len(summary["sentences"]) == 8
    assert summary["summary"] == " ".join(one["text"] for one in summary["written"])
    assert succeed("summarize", *model, stdin=text.encode()).stdout.decode().strip()

    few = ("--split", "test", "--limit", 2)
    report = json.loads(succeed("evaluate", "sample", *few, *model, "--json").stdout)
    assert list(report["overall"]["systems"]) == ["model", "lead", "oracle"]
    assert (
        report["wording"]["lead"]["novel_1"]["mean"]
        == 0
        < report["wording"]["model"]["words"]["mean"]
    )

    page = tmp_path / "page.html"
    again = ("train", *tiny.data, *FEW, "--output", tmp_path / "no")
    for arguments, sentence in (
        (("summarize", *model, "-n", 2), "writes its own: leave -n out"),
        (("summarize", *model, "--max-summary-tokens", 300), "at most, and 300 are asked for"),
        (("summarize", "--beam-size", 2), "chooses sentences: leave --beam-size out"),
        (("summarize", *model, "--html", page), "leave --html out"),
        (
            (*("export", *model[1:], "--format", "tflite", "--output", page), "--quantize", "int4"),
            "int4 is for models that choose sentences",
        ),
        ((*again, "--init-from", writes), "holds a BertSumAbstractive: name a run of"),
        ((*again, "--backbone", writes / "model"), "holds a BertSumAbstractive, not a BertSumE"),
        (
            ("train", *tiny.data, *FEW, "--backbone", tiny.bert, "--output", writes),
            "holds a run with other settings",
        ),
    ):
        assert sentence in refuse(*arguments)
    assert not page.exists()


@pytest.mark.slow
def test_two_encoders_are_trained_measured_and_begin_a_summariser(tmp_path, tiny, refuse):
    run = tmp_path / "encoders"
    options = ("--steps", 2, "--validate-every", 1, "--summary-tokens", 64, "--negatives", "lead")
    succeed("pretrain", *tiny.data, *options, "--backbone", tiny.bert, "--output", run)
    found = succeed("retrieval", "sample", "--model", run, "--candidates", 10, "--json")
    among_ten, among_all = json.loads(found.stdout)["retrieval"]
    assert (among_ten["candidates"], among_all["candidates"]) == (10, 96)
    assert 0 < among_all["mrr"]["mean"] < among_ten["mrr"]["mean"] <= 1

    summariser = tmp_path / "summariser"
    succeed("train", *tiny.data, *FEW, "--init-from", run, "--output", summariser)
    model = ("--model", summariser / "model", "--encoders", run)
    options = (*model, "--json", "--no-trigram-blocking", "--selection", "match")
    text = " ".join(f"Sentence {letter} has seven words of text here." for letter in "abcdefgh")
    summary = json.loads(succeed("summarize", *options, stdin=text.encode()).stdout)
    assert -1 <= summary["similarity"] <= 1
    for arguments, sentence in (
        (("retrieval", "sample", "--model", summariser / "model"), "holds a BertSumExtractive"),
        (("summarize", "--model", run / "model"), "holds no trained summarizer"),
        (
            ("train", *tiny.data, *FEW, "--init-from", summariser, "--output", tmp_path / "no"),
            "name a run of `bertsum pretrain`",
        ),
    ):
        assert sentence in refuse(*arguments)


def test_a_mistyped_option_names_the_help_that_lists_the_right_one(capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["summarize", "news.txt", "--lenght", "3"])
    assert capsys.readouterr().err == (
        "bertsum summarize: unrecognized arguments: --lenght 3; `bertsum summarize --help` shows "
        "what there is.\n"
    )


def test_a_corpus_that_was_mended_is_prepared_by_the_same_command(tmp_path, capsys):
    corpus, vocabulary, output = tmp_path / "a.jsonl", tmp_path / "vocab.txt", tmp_path / "data"
    vocabulary.write_text("\n".join(VOCABULARY.vocabulary) + "\n")
    corpus.write_text(json.dumps({"text": ARTICLE}) + "\n{\n")
    command = ["prepare", str(corpus), "--backbone", str(vocabulary), "--output", str(output)]
    command += ["--workers", "1"]
    assert cli.main(command) == 1
    err = capsys.readouterr().err
    assert f"{corpus} line 1 has neither 'document' nor 'article' nor 'sentences': it is" in err
    assert f"{corpus} line 2 is not JSON: it is left out." in err
    assert 'a line of a .jsonl file is {"document": TEXT, "summary": TEXT}.' in err
    assert list(output.iterdir()) == []

    corpus.write_text(json.dumps({"article": ARTICLE, "highlights": "Wow news for everyone."}))
    assert cli.main(command) == 0
    assert f"{output}: 1 documents, 1 windows" in capsys.readouterr().out

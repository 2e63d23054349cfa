"""`bertsum summarize` by Beam gives the lines that it gives without, and loses no document."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("apache_beam", reason="the extra 'beam' is not installed")

from tfrecord_files import example, write_tfrecords

from bertsum_tf import Summarizer, bundled
from bertsum_tf.beam.runner import Runner
from bertsum_tf.beam.summarize import SummaryOptions, summarize_with_beam
from bertsum_tf.cli import main
from bertsum_tf.data.corpora import Document, open_corpus
from bertsum_tf.errors import BertsumError
from bertsum_tf.storage_path import storage_path

ONE, TWO = Runner("DirectRunner", workers=1), Runner("DirectRunner", workers=2)
TEXTS = [document.text for document in open_corpus("sample", limit=10)]
PATTERNS = ("texts/*.txt", "records/*")


@pytest.fixture(scope="module")
def summarizer() -> Summarizer:
    return Summarizer()


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six plain texts, three JSON lines and two TFRecords, and bad ones of every form."""
    folder = tmp_path_factory.mktemp("news")
    for name in ("texts", "records"):
        (folder / name).mkdir()
    for number, text in enumerate(TEXTS[:5]):
        (folder / "texts" / f"{number}.txt").write_text(text)
    (folder / "texts" / "3 blank.txt").write_text("\n")
    (folder / "texts" / "5 latin.txt").write_bytes("Öl fließt. Gas auch.".encode("latin-1"))
    (folder / "texts" / "6 long.txt").write_text("\n".join(TEXTS))  # several windows
    (folder / "records" / "a.jsonl").write_text(
        "\n".join(
            [
                json.dumps({"id": "own name", "document": TEXTS[5]}),
                "{",
                json.dumps({"document": TEXTS[6], "summary": "Not needed."}),
                json.dumps({"sentences": ["No full stop here", "nor here", "Rain fell. Snow."]}),
            ]
        )
    )
    write_tfrecords(
        folder / "records" / "b.tfrecord",
        [example(article=TEXTS[7], id="b1"), example(title="No."), example(document=TEXTS[8])],
    )
    return folder


@pytest.fixture
def in_news(news: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(news)
    return news


@pytest.fixture(scope="module")
def output(news: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two workers make of it."""
    folder = tmp_path_factory.mktemp("summaries")
    before = os.getcwd()
    os.chdir(news)
    try:
        summarize_with_beam(PATTERNS, str(folder), TWO, documents_per_shard=4)
    finally:
        os.chdir(before)
    return folder


def lines(folder: Path, kind: str) -> list[bytes]:
    return [
        line
        for path in sorted(folder.glob(f"{kind}-*"))
        for line in path.read_bytes().splitlines(keepends=True)
    ]


def test_two_workers_give_the_lines_of_the_local_command_byte_for_byte(
    news: Path, output: Path, bertsum
) -> None:
    texts = sorted(f"texts/{path.name}" for path in (news / "texts").iterdir())
    local = bertsum("summarize", *texts, "--json", cwd=news)
    assert local.returncode == 1
    assert b"".join(lines(output, "summaries")[:6]) == local.stdout


def test_records_are_summarised_in_their_order_with_their_own_sentences(
    output: Path, summarizer: Summarizer
) -> None:
    sentences = "No full stop here nor here Rain fell. Snow."
    documents = [
        Document("own name", TEXTS[5]),
        Document("records/a.jsonl line 3", TEXTS[6]),
        Document("records/a.jsonl line 4", sentences, spans=((0, 17), (18, 26), (27, 43))),
        Document("b1", TEXTS[7]),
        Document("records/b.tfrecord record 3", TEXTS[8]),
    ]
    summaries = summarizer.batch(documents)
    assert [line.decode() for line in lines(output, "summaries")[6:]] == [
        summary.to_json(document.id) + "\n"
        for document, summary in zip(documents, summaries, strict=True)
    ]
    assert len(summaries[2].sentences) == 3


def test_shards_hold_documents_that_follow_each_other(output: Path) -> None:
    assert sorted(path.name for path in output.iterdir()) == [
        "bad-00000-of-00004.jsonl",
        "bad-00001-of-00004.jsonl",
        "bad-00002-of-00004.jsonl",
        "bad-00003-of-00004.jsonl",
        "manifest.json",
        "parameters.json",
        *(f"summaries-0000{number}-of-00004.jsonl" for number in range(4)),
    ]
    sources = [
        [json.loads(line)["source"].removeprefix("texts/") for line in path.open()]
        for path in sorted(output.glob("summaries-*"))
    ]
    assert sources == [
        ["0.txt", "1.txt", "2.txt"],  # and one that is blank
        ["3.txt", "4.txt", "6 long.txt"],  # and one that is not UTF-8
        ["own name", "records/a.jsonl line 3", "records/a.jsonl line 4"],
        ["b1", "records/b.tfrecord record 3"],
    ]


def test_bad_documents_are_kept_with_their_reason(output: Path) -> None:
    assert [json.loads(line) for line in lines(output, "bad")] == [
        {
            "source": "texts/3 blank.txt",
            "reason": "holds no text: there is nothing to summarise.",
        },
        {
            "source": "texts/5 latin.txt",
            "reason": "is not in UTF-8 (at byte 0): name its encoding, for example "
            "--encoding latin-1.",
        },
        {"source": "records/a.jsonl line 2", "reason": "is not JSON"},
        {
            "source": "records/b.tfrecord record 2",
            "reason": "has neither a feature 'document' nor 'article'",
        },
    ]
    manifest = json.loads((output / "manifest.json").read_text())
    assert (manifest["documents"], manifest["bad"], manifest["files"]) == (11, 4, 10)
    assert [shard["documents"] for shard in manifest["shards"]] == [3, 3, 3, 2]


def test_one_worker_and_a_store_give_the_same_files(
    in_news: Path, output: Path, store: str
) -> None:
    summarize_with_beam(PATTERNS, f"{store}/out", ONE, documents_per_shard=4)
    assert {path.name: path.read_bytes() for path in storage_path(f"{store}/out").iterdir()} == {
        path.name: path.read_bytes() for path in output.iterdir()
    }


def test_files_and_a_model_are_read_from_a_store(
    in_news: Path, store: str, tmp_path: Path, summarizer: Summarizer
) -> None:
    model = f"{store}/news.tflite"
    storage_path(model).write_bytes(Path(bundled.TFLITE).read_bytes())
    for text in (in_news / "texts").iterdir():
        storage_path(f"{store}/texts/{text.name}").write_bytes(text.read_bytes())
    options = SummaryOptions(
        model=model, choice={"sentences": 1, "order": "score"}, encoding="latin-1"
    )
    summarize_with_beam([f"{store}/texts/[56]*.txt"], str(tmp_path / "out"), ONE, options)
    latin, long = map(json.loads, lines(tmp_path / "out", "summaries"))
    assert latin["source"] == f"{store}/texts/5 latin.txt"
    assert latin["summary"] == summarizer("Öl fließt. Gas auch.", sentences=1).text
    assert long["summary"] == summarizer("\n".join(TEXTS), sentences=1).text
    assert long["model"] == model


class TestTheFolder:
    def test_what_is_finished_is_not_done_again(self, in_news: Path, tmp_path: Path) -> None:
        out = str(tmp_path / "out")
        manifest = summarize_with_beam(["texts/0.txt"], out, ONE)
        before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
        assert summarize_with_beam(["texts/0.txt"], out, ONE) == manifest
        assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
        for patterns, options in (
            (["texts/1.txt"], SummaryOptions()),
            (["texts/0.txt"], SummaryOptions(choice={"sentences": 1})),
        ):
            with pytest.raises(BertsumError, match="holds a run with other settings or data"):
                summarize_with_beam(patterns, out, ONE, options)

    def test_another_folder_is_left_alone(self, in_news: Path, tmp_path: Path) -> None:
        (tmp_path / "diary.txt").write_text("Dear diary.")
        with pytest.raises(BertsumError, match="is not empty: choose a new folder"):
            summarize_with_beam(["texts/0.txt"], str(tmp_path), ONE)
        assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]

    def test_one_that_can_not_be_written_is_told(self, in_news: Path) -> None:
        with pytest.raises(BertsumError, match=r"The folder texts/0.txt/out can't be written"):
            summarize_with_beam(["texts/0.txt"], "texts/0.txt/out", ONE)

    def test_no_document_at_all_gives_no_shard(self, tmp_path: Path) -> None:
        (tmp_path / "a.jsonl").write_text("\n")
        manifest = summarize_with_beam([str(tmp_path / "a.jsonl")], str(tmp_path / "out"), ONE)
        assert (manifest["documents"], manifest["bad"], manifest["shards"]) == (0, 0, [])

    def test_a_killed_run_leaves_nothing_that_looks_whole_and_can_be_repeated(
        self, in_news: Path, tmp_path: Path
    ) -> None:
        source = tmp_path / "many.jsonl"
        source.write_text("".join(json.dumps({"document": text}) + "\n" for text in TEXTS * 2))
        out = tmp_path / "out"
        command = (sys.executable, "-m", "bertsum_tf", "summarize", str(source))
        command += ("--runner", "DirectRunner", "--workers", "1", "--output", str(out))
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            while not (out / "parameters.json").exists():
                time.sleep(0.05)
                assert process.poll() is None
            time.sleep(0.5)
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        assert [path.name for path in out.glob("[!.]*")] == ["parameters.json"]
        (out / ".part-00000000-00000007-summaries.jsonl").write_text("half")
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        assert len(lines(out, "summaries")) == 20
        assert sorted(path.name for path in out.iterdir()) == [
            "manifest.json",
            "parameters.json",
            "summaries-00000-of-00001.jsonl",
        ]


class TestTheCommand:
    def test_it_tells_how_many_and_that_some_are_bad(
        self, news: Path, tmp_path: Path, bertsum
    ) -> None:
        done = bertsum(
            *("summarize", "--runner", "DirectRunner", "--workers", 1, "texts/[45]*", "-n", 1),
            *("--output", tmp_path / "out"),
            cwd=news,
        )
        assert done.returncode == 1
        assert done.stdout.decode() == f"{tmp_path}/out: 1 summaries in 1 files.\n"
        assert done.stderr.decode() == (
            f"bertsum: 1 documents can't be summarised: {tmp_path}/out/bad-*.jsonl says why.\n"
        )
        local = bertsum("summarize", "texts/4.txt", "-n", 1, "--json", cwd=news)
        assert b"".join(lines(tmp_path / "out", "summaries")) == local.stdout

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["none/*.txt", "--output", "out"], "No file matches none/*.txt: name files"),
            (["texts/0.txt", "none*", "--output", "out"], "No file matches none*: name files"),
            (["texts/0.txt"], "--runner writes files: name a folder for them with --output."),
            (["--output", "out"], "--runner reads files: name some"),
            (["-", "--output", "out"], "--runner reads files: name some"),
            (["texts/0.txt", "--html", "a.html"], "--html does not go with --runner"),
            (["texts/0.txt", "--encoders", "e"], "--encoders does not go with --runner"),
            (["texts/0.txt", "--output", "o", "--encoding", "x-y"], "no text encoding 'x-y'"),
            (["texts/0.txt", "--output", "o", "--ratio", "3"], "ratio"),
        ],
    )
    def test_wrong_usage_is_told_in_one_sentence_before_anything_is_written(
        self,
        in_news: Path,
        arguments: list[str],
        sentence: str,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        assert main(["summarize", "--runner", "DirectRunner", *arguments]) == 2
        said = capsys.readouterr().err
        assert sentence in said
        assert said.count("\n") == 1
        assert not (in_news / "out").exists()

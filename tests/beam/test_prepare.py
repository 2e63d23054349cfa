"""`bertsum prepare` by Beam writes the files that it writes without."""

from __future__ import annotations

import gzip
import json
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("apache_beam", reason="the extra 'beam' is not installed")

from bertsum_tf import bundled
from bertsum_tf.beam.prepare import prepare_with_beam
from bertsum_tf.beam.runner import Runner
from bertsum_tf.data.corpora import open_corpus
from bertsum_tf.data.prepare import prepare
from bertsum_tf.errors import BertsumError
from bertsum_tf.storage_path import storage_path
from bertsum_tf.text.wordpiece import WordPiece

VOCABULARY_FILE = bundled.PRESET / "assets" / "tokenizer" / "vocabulary.txt"
ONE, TWO = Runner("DirectRunner", workers=1), Runner("DirectRunner", workers=2)


@pytest.fixture(scope="module")
def vocabulary() -> WordPiece:
    return WordPiece.from_file(VOCABULARY_FILE)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def corpus_file(tmp_path: Path) -> Path:
    """Five good documents, and one of each kind that is left out."""
    text = "Fire hit barn {}. Nobody was hurt. Police came late. Rain fell."
    lines = [
        json.dumps({"document": text.format(number), "summary": f"Fire hit barn {number}."})
        for number in range(5)
    ]
    lines[2:2] = [
        "not JSON",
        json.dumps({"document": "Too short.", "summary": "Short."}),
        json.dumps({"document": text.format(9)}),
    ]
    path = tmp_path / "news.jsonl"
    path.write_text("\n".join(lines))
    return path


def test_several_workers_write_the_sample_corpus_byte_for_byte(
    tmp_path: Path, vocabulary: WordPiece
) -> None:
    prepare(open_corpus("sample"), vocabulary, tmp_path / "here", documents_per_shard=20)
    source = partial(open_corpus, "sample")
    prepare_with_beam(source, vocabulary, tmp_path / "beam", TWO, documents_per_shard=20)
    assert content(tmp_path / "beam") == content(tmp_path / "here")
    assert len(list((tmp_path / "beam").glob("shard-*"))) == 5


def test_the_command_does_so_too(tmp_path: Path, bertsum) -> None:
    command = ("prepare", "sample", "--limit", 9, "--backbone", VOCABULARY_FILE, "--output")
    here = bertsum(*command, "here", cwd=tmp_path)
    beam = bertsum(*command, "beam", "--runner", "DirectRunner", "--workers", 1, cwd=tmp_path)
    assert (beam.returncode, beam.stderr) == (0, b"")
    assert beam.stdout == here.stdout.replace(b"here", b"beam")
    assert content(tmp_path / "beam") == content(tmp_path / "here")


def test_what_is_left_out_is_counted_alike(
    tmp_path: Path, vocabulary: WordPiece, corpus_file: Path
) -> None:
    prepare(open_corpus(corpus_file), vocabulary, tmp_path / "here", documents_per_shard=2)
    manifest = prepare_with_beam(
        partial(open_corpus, corpus_file), vocabulary, tmp_path / "beam", ONE, documents_per_shard=2
    )
    assert content(tmp_path / "beam") == content(tmp_path / "here")
    assert manifest["dropped"] == {
        "fewer than 3 sentences": 1,
        "is not JSON": 1,
        "no summary": 1,
    }
    assert manifest["documents"] == 5


def test_a_store_is_read_and_written(
    tmp_path: Path, store: str, vocabulary: WordPiece, corpus_file: Path
) -> None:
    prepare(open_corpus(corpus_file), vocabulary, tmp_path / "here")
    storage_path(store).joinpath(corpus_file.name).write_bytes(corpus_file.read_bytes())
    prepare_with_beam(
        partial(open_corpus, f"{store}/{corpus_file.name}"), vocabulary, f"{store}/data/news", ONE
    )
    assert content(storage_path(f"{store}/data/news")) == content(tmp_path / "here")


def test_finished_data_is_not_made_again_and_other_data_is_refused(
    tmp_path: Path, vocabulary: WordPiece, corpus_file: Path
) -> None:
    source = partial(open_corpus, corpus_file)
    manifest = prepare(open_corpus(corpus_file), vocabulary, tmp_path / "data")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "data").iterdir()}
    assert prepare_with_beam(source, vocabulary, tmp_path / "data", ONE) == manifest
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "data").iterdir()}
    with pytest.raises(BertsumError, match="holds a run with other settings or data"):
        prepare_with_beam(source, vocabulary, tmp_path / "data", ONE, max_tokens=128)


@pytest.mark.parametrize("runner", [ONE, pytest.param(TWO, marks=pytest.mark.slow)])
def test_what_goes_wrong_in_a_worker_is_told_in_one_sentence_and_nothing_looks_whole(
    tmp_path: Path, vocabulary: WordPiece, corpus_file: Path, runner: Runner
) -> None:
    damaged = tmp_path / "news.jsonl.gz"
    damaged.write_bytes(gzip.compress(corpus_file.read_bytes())[:-5])
    with pytest.raises(BertsumError) as error:
        prepare_with_beam(partial(open_corpus, damaged), vocabulary, tmp_path / "data", runner)
    assert str(error.value) == f"{damaged} is a damaged gzip file; copy or download it again."
    assert not (tmp_path / "data" / "manifest.json").exists()


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path, vocabulary: WordPiece) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BertsumError, match=r"The folder .*data can't be written \(Not a dir"):
        prepare_with_beam(
            partial(open_corpus, "sample"), vocabulary, tmp_path / "file" / "data", ONE
        )

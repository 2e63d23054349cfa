"""Preparing data: what is written, and that nothing half-done ever looks finished."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from bertsum_tf.data.corpora import open_corpus
from bertsum_tf.data.prepare import prepare
from bertsum_tf.data.prepared import PreparedData
from bertsum_tf.errors import BertsumError
from bertsum_tf.text import sentences as rule_book
from bertsum_tf.text.wordpiece import WordPiece

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,!?'\"-"
VOCABULARY = WordPiece(
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *LETTERS, *(f"##{letter}" for letter in LETTERS)]
)
CLS, SEP = VOCABULARY.cls_id, VOCABULARY.sep_id


def write_corpus(path: Path, documents: int = 12) -> Path:
    with path.open("w") as file:
        for number in range(documents):
            text = f"Fire hit barn {number}. Nobody was hurt. Police came late. Rain fell."
            line = {"document": text, "summary": f"Fire hit barn {number}. Rain fell."}
            file.write(json.dumps(line) + "\n")
        file.write(json.dumps({"document": "Too short. Two.", "summary": "Too short."}) + "\n")
        file.write(json.dumps({"document": "One a. Two b. Three c."}) + "\n")
        file.write(json.dumps({"document": "Aa b. Cc d. Ee f.", "summary": "Zz"}) + "\n")
    return path


def digest(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }


@pytest.fixture(scope="module")
def corpus_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus") / "news.jsonl")


@pytest.fixture(scope="module")
def prepared(corpus_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared") / "data"
    prepare(open_corpus(corpus_file), VOCABULARY, folder, workers=1, documents_per_shard=5)
    return folder


def test_manifest_counts_documents_and_says_what_was_dropped(prepared: Path) -> None:
    manifest = json.loads((prepared / "manifest.json").read_text())
    assert manifest["documents"] == 12
    assert manifest["windows"] == 12
    assert manifest["sentences"] == 48
    assert manifest["dropped"] == {
        "fewer than 3 sentences": 1,
        "no sentence shares a word with the summary": 1,
        "no summary": 1,
    }
    assert manifest["rules_sha256"] == rule_book.rules_sha256()
    assert manifest["vocabulary_sha256"] == VOCABULARY.sha256
    assert [shard["windows"] for shard in manifest["shards"]] == [5, 5, 2]


def test_a_window_is_the_packed_document_with_its_labels(prepared: Path) -> None:
    data = PreparedData(prepared)
    place = ([7], int(data.lengths[7]), 2)
    token_ids, labels = data.token_ids(*place), data.labels(*place, "hard")
    pieces = VOCABULARY.encode(
        ["Fire hit barn 7.", "Nobody was hurt.", "Police came late.", "Rain fell."]
    )
    expected = [token for piece in pieces for token in [CLS, *piece, SEP]]
    assert token_ids[0, : len(expected)].tolist() == expected
    assert not token_ids[0, len(expected) :].any()
    assert not token_ids[1].any()
    assert labels[0, :4].tolist() == [1, 0, 0, 1]
    assert (labels[0, 4:] == -1).all() and (labels[1] == -1).all()
    soft = data.labels([7], int(data.lengths[7]), 1, "soft")
    assert soft[0, 0] > 0.9 and soft[0, 3] > 0.9 and soft[0, 1] < 0.1


def test_a_window_knows_its_documents_reference_packed_by_sentences(prepared: Path) -> None:
    data = PreparedData(prepared)
    summaries = data.summaries([7, 0])
    for number, summary in zip((7, 0), summaries, strict=True):
        pieces = VOCABULARY.encode([f"Fire hit barn {number}.", "Rain fell."])
        assert summary.tolist() == [token for piece in pieces for token in (CLS, *piece, SEP)]


def test_long_documents_give_several_windows_of_which_training_may_take_the_first(
    tmp_path: Path,
) -> None:
    text = " ".join(f"Fire number {'x' * 40} {number}." for number in range(30))
    source = tmp_path / "long.jsonl"
    source.write_text(json.dumps({"document": text, "summary": "Fire number 29."}) + "\n")
    prepare(open_corpus(source), VOCABULARY, tmp_path / "out", workers=1)
    every = PreparedData(tmp_path / "out")
    first = PreparedData(tmp_path / "out", later_windows=0.0)
    assert len(first) == 1 < len(every)
    half = PreparedData(tmp_path / "out", later_windows=0.5)
    assert len(half) == 1 + (len(every) - 1) // 2
    place = (range(len(every)), 512, len(every))
    token_ids, labels = every.token_ids(*place), every.labels(*place, "hard")
    assert labels[0, 0] == 0
    assert (labels == 1).sum() >= 1, "the chosen sentence stands in a later window"
    assert (first.token_ids([0], 512, 1) == token_ids[0]).all()


def test_same_input_gives_the_same_bytes_whatever_the_number_of_workers(
    corpus_file: Path, prepared: Path, tmp_path: Path
) -> None:
    prepare(
        open_corpus(corpus_file), VOCABULARY, tmp_path / "two", workers=2, documents_per_shard=5
    )
    assert digest(tmp_path / "two") == digest(prepared)


@pytest.mark.slow
def test_a_killed_run_looks_unfinished_and_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "news.jsonl", documents=3000)
    vocabulary = tmp_path / "vocab.txt"
    vocabulary.write_text("\n".join(VOCABULARY.vocabulary) + "\n")
    program = (
        "import sys\n"
        "from bertsum_tf.data.corpora import open_corpus\n"
        "from bertsum_tf.data.prepare import prepare\n"
        "from bertsum_tf.text.wordpiece import WordPiece\n"
        "if __name__ == '__main__':\n"
        "    prepare(open_corpus(sys.argv[1]), WordPiece.from_file(sys.argv[2]), sys.argv[3],\n"
        "            workers=1, documents_per_shard=100)\n"
    )
    script = tmp_path / "run.py"
    script.write_text(program)

    def command(output: str) -> list[str]:
        return [sys.executable, str(script), str(corpus), str(vocabulary), str(tmp_path / output)]

    with subprocess.Popen(command("killed"), start_new_session=True) as process:
        deadline = time.monotonic() + 60
        while len(list((tmp_path / "killed").glob("shard-*"))) < 3:
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
    with pytest.raises(BertsumError, match="is not finished: run `bertsum prepare"):
        PreparedData(tmp_path / "killed")
    subprocess.run(command("killed"), check=True)
    subprocess.run(command("whole"), check=True)
    whole = digest(tmp_path / "whole")
    assert digest(tmp_path / "killed") == whole


def test_prepared_data_of_another_rule_book_is_refused(prepared: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in prepared.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps(manifest | {"rules_sha256": "0" * 64}))
    with pytest.raises(BertsumError, match="another sentence rule book"):
        PreparedData(copy)


@pytest.mark.parametrize(
    ("change", "how"),
    [
        ({"format": 2}, "by another version of bertsum_tf"),
        ({"rules_sha256": "0" * 64}, "with another sentence rule book"),
    ],
)
def test_data_of_another_version_is_deleted_and_prepared_again(
    prepared: Path, corpus_file: Path, tmp_path: Path, change: dict, how: str
) -> None:
    copy = shutil.copytree(prepared, tmp_path / "copy")
    for name in ("manifest.json", "parameters.json"):
        content = json.loads((copy / name).read_text())
        (copy / name).write_text(json.dumps(content | change))
    before = digest(copy)
    again = lambda: prepare(  # noqa: E731
        open_corpus(corpus_file), VOCABULARY, copy, workers=1, documents_per_shard=5
    )
    # To train on it, and to prepare over it: the same sentence, and what it says helps.
    for use in (lambda: PreparedData(copy), again):
        with pytest.raises(BertsumError) as error:
            use()
        assert str(error.value) == (
            f"{copy} was prepared {how}: delete this folder, then run `bertsum prepare` again."
        )
    assert digest(copy) == before
    shutil.rmtree(copy)
    again()
    assert digest(copy) == digest(prepared)


@pytest.mark.parametrize("content", ["[]", "3", "{", "[1]"])
def test_a_manifest_that_is_none_is_told(prepared: Path, tmp_path: Path, content: str) -> None:
    copy = shutil.copytree(prepared, tmp_path / "copy")
    (copy / "manifest.json").write_text(content)
    with pytest.raises(BertsumError, match="`bertsum prepare` again"):
        PreparedData(copy)


def test_a_model_of_another_vocabulary_is_refused(prepared: Path) -> None:
    data = PreparedData(prepared)
    rules = rule_book.rules_sha256()
    data.check_model(VOCABULARY.sha256, rules)
    with pytest.raises(BertsumError, match="another vocabulary than the model's"):
        data.check_model(WordPiece([*VOCABULARY.vocabulary, "new"]).sha256, rules)


def test_a_model_of_another_rule_book_is_refused(prepared: Path) -> None:
    with pytest.raises(BertsumError, match="trained with another sentence rule book"):
        PreparedData(prepared).check_model(VOCABULARY.sha256, "0" * 64)


def test_a_folder_of_other_parameters_is_refused(
    corpus_file: Path, prepared: Path, tmp_path: Path
) -> None:
    with pytest.raises(BertsumError, match="choose another folder"):
        prepare(open_corpus(corpus_file), VOCABULARY, prepared, max_tokens=256)
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(BertsumError, match="is not empty"):
        prepare(open_corpus(corpus_file), VOCABULARY, tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "keep me"


def test_a_first_try_with_a_mistake_does_not_spoil_the_folder(
    corpus_file: Path, tmp_path: Path
) -> None:
    with pytest.raises(BertsumError, match="has no split 'trian'"):
        prepare(open_corpus("sample", split="trian"), VOCABULARY, tmp_path / "out", workers=1)
    prepare(open_corpus(corpus_file), VOCABULARY, tmp_path / "out", workers=1)
    assert PreparedData(tmp_path / "out").manifest["documents"] == 12


def test_finished_data_is_not_made_again(prepared: Path, corpus_file: Path, monkeypatch) -> None:
    corpus = open_corpus(corpus_file)
    before = {path: path.stat().st_mtime_ns for path in prepared.iterdir()}
    monkeypatch.setattr(type(corpus), "read", lambda *_, **__: pytest.fail("it was read again"))
    manifest = prepare(corpus, VOCABULARY, prepared, workers=1, documents_per_shard=5)
    assert manifest["documents"] == 12
    assert before == {path: path.stat().st_mtime_ns for path in prepared.iterdir()}


def test_padding_is_that_of_the_vocabulary(corpus_file: Path, tmp_path: Path) -> None:
    vocabulary = WordPiece([*VOCABULARY.vocabulary[1:], "[PAD]"])
    prepare(open_corpus(corpus_file), vocabulary, tmp_path / "out", workers=1)
    token_ids = PreparedData(tmp_path / "out").token_ids([0], 512, 2)
    assert set(token_ids[0, -8:]) == set(token_ids[1]) == {vocabulary.pad_id}


def test_a_corpus_with_nothing_to_learn_from_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "empty.jsonl"
    source.write_text(json.dumps({"document": "One. Two.", "summary": "One."}) + "\n")
    with pytest.raises(BertsumError, match="1 x fewer than 3 sentences"):
        prepare(open_corpus(source), VOCABULARY, tmp_path / "out", workers=1)
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_a_damaged_shard_is_named(prepared: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in prepared.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    (copy / "shard-00001.safetensors").write_bytes(b"half a shard")
    with pytest.raises(BertsumError, match=r"shard-00001\.safetensors is damaged"):
        PreparedData(copy)


def test_windows_are_padded_to_multiples_of_eight(prepared: Path) -> None:
    assert (PreparedData(prepared).lengths % 8 == 0).all()
    assert PreparedData(prepared).lengths.dtype == np.int32

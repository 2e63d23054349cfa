"""Corpora: every kind of source yields documents, or says in one sentence what is wrong."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from shared_data import TFDS

from bertsum_tf.data.corpora import TFDS_KEYS, BadDocument, Document, open_corpus
from bertsum_tf.errors import BertsumError, UsageError


def write_lines(path: Path, *records: Any) -> Path:
    """Writes JSON lines; bytes are written as they are."""
    lines = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in records]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def sentence_of(error: pytest.ExceptionInfo[BertsumError]) -> str:
    message = str(error.value)
    assert "\n" not in message and message.endswith(".")
    return message


# ---- JSON lines


def test_json_lines_give_documents_in_file_order(tmp_path: Path) -> None:
    file = write_lines(
        tmp_path / "news.jsonl",
        {"id": "a", "document": "One. Two.", "summary": "Both.", "group": "cnn"},
        {"id": 7, "document": "Three.", "highlights": ["First.", "Second."], "publisher": "dm"},
    )
    corpus = open_corpus(file)
    assert list(corpus) == [
        Document("a", "One. Two.", "Both.", "cnn"),
        Document("7", "Three.", "First.\nSecond.", "dm"),
    ]
    assert corpus.name == "news.jsonl" and corpus.size == 2


def test_given_sentences_keep_their_boundaries(tmp_path: Path) -> None:
    record = {"sentences": ["Dr. Who came. He left.", "  ", "Über 3.5 m! "], "summary": "He came."}
    (document,) = open_corpus(write_lines(tmp_path / "a.jsonl", record))
    assert document.text == "Dr. Who came. He left. Über 3.5 m!"
    assert document.spans == ((0, 22), (23, 34))
    assert [document.text[a:b] for a, b in document.spans] == [
        "Dr. Who came. He left.",
        "Über 3.5 m!",
    ]


def test_document_without_summary_has_no_reference(tmp_path: Path) -> None:
    records = [{"document": "A."}, {"document": "B.", "summary": "  "}, {"document": "", "id": "e"}]
    documents = list(open_corpus(write_lines(tmp_path / "a.jsonl", *records)))
    assert [document.reference for document in documents] == [None, None, None]
    assert [document.id for document in documents] == ["a.jsonl:1", "a.jsonl:2", "e"]
    assert documents[2].text == "" and documents[2].spans is None


def test_split_takes_only_its_lines(tmp_path: Path) -> None:
    file = write_lines(
        tmp_path / "a.jsonl",
        {"document": "A.", "split": "train"},
        {"document": "B.", "split": "test"},
        {"document": "C.", "split": "train"},
    )
    train = open_corpus(file, split="train")
    assert train.name == "a.jsonl:train"
    assert [document.text for document in train] == ["A.", "C."]
    assert [document.text for document in open_corpus(file)] == ["A.", "B.", "C."]
    with pytest.raises(UsageError) as error:
        list(open_corpus(file, split="dev"))
    assert "has no split 'dev' (test, train)" in sentence_of(error)


def test_split_of_a_file_without_splits_is_refused(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "a.jsonl", {"document": "A."})
    with pytest.raises(UsageError) as error:
        list(open_corpus(file, split="train"))
    assert "no line has the field 'split'" in sentence_of(error)


def test_limit_stops_and_a_corpus_can_be_read_again(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "a.jsonl", *({"document": f"{i}."} for i in range(5)))
    corpus = open_corpus(file, limit=2)
    assert corpus.size == 2
    assert [document.text for document in corpus] == ["0.", "1."]
    assert [document.text for document in corpus] == ["0.", "1."]
    assert list(open_corpus(file, limit=0)) == []
    with pytest.raises(UsageError):
        open_corpus(file, limit=-1)


def test_blank_lines_and_a_byte_order_mark_are_no_documents(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "a.jsonl", b'\xef\xbb\xbf{"document": "A."}', b"", b"  \r")
    corpus = open_corpus(file)
    assert [document.text for document in corpus] == ["A."] and corpus.size == 1


def test_gzip_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl.gz"
    file.write_bytes(gzip.compress(b'{"document": "A."}\n{"document": "B."}\n'))
    corpus = open_corpus(file)
    assert [document.text for document in corpus] == ["A.", "B."] and corpus.size is None


def test_damaged_gzip_is_one_sentence(tmp_path: Path) -> None:
    whole = gzip.compress(b'{"document": "A."}\n' * 1000)
    for damaged in (whole[: len(whole) // 2], b"plain text", whole[:20] + b"\xff" * 20):
        file = tmp_path / "a.jsonl.gz"
        file.write_bytes(damaged)
        with pytest.raises(BertsumError) as error:
            list(open_corpus(file))
        assert "is a damaged gzip file" in sentence_of(error)


def test_lone_surrogate_becomes_a_replacement_character(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "a.jsonl", b'{"document": "a\\ud800b \\ud83d\\ude00"}')
    (document,) = open_corpus(file)
    assert document.text == "a\ufffdb \U0001f600"
    document.text.encode()


BAD_LINES = [
    (b"{not json", "is not JSON"),
    (b"[" * 100_000, "is not JSON"),
    (b'{"document": "caf\xe9"}', "is not UTF-8"),
    (b'["a"]', "is not a JSON object"),
    ({"summary": "S."}, "has neither 'document' nor 'article' nor 'sentences'"),
    ({"document": 3}, "has a 'document' that is not a string"),
    ({"article": 3}, "has an 'article' that is not a string"),
    ({"sentences": "A."}, "has a 'sentences' that is not a list of strings"),
    ({"sentences": ["A.", 1]}, "has a 'sentences' that is not a list of strings"),
    ({"document": "A.", "summary": 1}, "has a 'summary' that is not a string or a list of strings"),
    ({"document": "A.", "id": [1]}, "has an 'id' that is not a string"),
    ({"document": "A.", "group": {}}, "has a 'group' that is not a string"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_LINES)
def test_bad_line_is_named_or_counted(tmp_path: Path, line: Any, reason: str) -> None:
    file = write_lines(tmp_path / "a.jsonl", {"document": "A."}, line, {"document": "C."})
    with pytest.raises(BertsumError) as error:
        list(open_corpus(file))
    assert f"{file} line 2 {reason};" in sentence_of(error)

    bad: list[BadDocument] = []
    kept = list(open_corpus(file).read(on_bad=bad.append))
    assert [document.text for document in kept] == ["A.", "C."]
    assert bad == [BadDocument(f"{file} line 2", reason)]


def test_fingerprint_changes_with_the_documents(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "a.jsonl", {"document": "A.", "split": "train"})
    prints = {
        open_corpus(file).fingerprint(),
        open_corpus(file, split="train").fingerprint(),
        open_corpus(file, limit=1).fingerprint(),
    }
    assert open_corpus(file).fingerprint() in prints
    write_lines(file, {"document": "B.", "split": "train"})
    prints.add(open_corpus(file).fingerprint())
    (tmp_path / "a.story").write_text("A.")
    prints.add(open_corpus(tmp_path).fingerprint())
    (tmp_path / "b.story").write_text("B.")
    prints |= {open_corpus(tmp_path).fingerprint(), open_corpus("sample").fingerprint()}
    assert len(prints) == 7 and all(len(value) == 64 for value in prints)


# ---- .story files


def test_story_files_are_read_by_name(tmp_path: Path) -> None:
    (tmp_path / "b.story").write_text("Second.\n")
    (tmp_path / "a.story").write_bytes(
        b"A plane landed.\r\n\r\nIt was late\r\n\r\n@highlight\r\n\r\nPlane lands\r\n\r\n"
        b"@highlight\r\n\r\nIt was\r\nlate\r\n"
    )
    (tmp_path / "notes.txt").write_text("no story")
    corpus = open_corpus(tmp_path)
    first, second = corpus
    assert first.id == "a" and first.reference == "Plane lands\nIt was late"
    assert first.text == "A plane landed.\r\n\r\nIt was late"
    assert second == Document("b", "Second.")
    assert corpus.size == 2 and corpus.name == tmp_path.name


def test_story_in_another_encoding_is_named_or_counted(tmp_path: Path) -> None:
    (tmp_path / "a.story").write_bytes(b"caf\xe9")
    with pytest.raises(BertsumError) as error:
        list(open_corpus(tmp_path))
    assert "a.story is not UTF-8;" in sentence_of(error)
    bad: list[BadDocument] = []
    assert list(open_corpus(tmp_path).read(on_bad=bad.append)) == []
    assert [record.reason for record in bad] == ["is not UTF-8"]


def test_story_folder_has_no_splits(tmp_path: Path) -> None:
    (tmp_path / "a.story").write_text("A.")
    with pytest.raises(UsageError) as error:
        open_corpus(tmp_path, split="train")
    assert "has no splits" in sentence_of(error)


# ---- the shipped corpus


SPLITS = ("train", "validation", "test")


def test_sample_has_three_splits_that_share_no_document() -> None:
    splits = {name: list(open_corpus("sample", split=name)) for name in SPLITS}
    ids = [document.id for documents in splits.values() for document in documents]
    assert all(splits.values()) and len(ids) == len(set(ids)) >= 60
    assert [document.id for document in open_corpus("sample")] != []
    assert all(document.reference and document.text for document in open_corpus("sample"))


# ---- sources that are none


@pytest.mark.parametrize("source", ["news.txt", "No Such Set", "a/b/c", "huggingface:cnn"])
def test_unknown_source_is_one_sentence(source: str) -> None:
    with pytest.raises(UsageError) as error:
        open_corpus(source, split="train")
    assert f"There is no corpus {source!r}; name a .jsonl file" in sentence_of(error)


def test_path_that_is_no_corpus_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BertsumError) as error:
        open_corpus(tmp_path / "missing.jsonl")
    assert "There is no file" in sentence_of(error)
    with pytest.raises(BertsumError) as error:
        open_corpus(tmp_path)
    assert "holds no .story file" in sentence_of(error)
    (tmp_path / "a.csv").write_text("x")
    with pytest.raises(UsageError) as error:
        open_corpus(tmp_path / "a.csv")
    assert "give it as JSON lines" in sentence_of(error)


def test_files_are_read_without_tensorflow(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "a.jsonl", {"document": "A."})
    code = (
        "import sys; from bertsum_tf.data.corpora import open_corpus;"
        f"assert len(list(open_corpus({str(file)!r}))) == 1;"
        "assert not {'tensorflow', 'tensorflow_datasets'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# ---- TensorFlow Datasets


@pytest.fixture
def tfds() -> Any:
    return pytest.importorskip("tensorflow_datasets")


# What the builders call document, summary, group and id: read off their own feature specs.
TFDS_SETS = {
    "cnn_dailymail": ("article", "highlights", "publisher", "id"),
    "xsum": ("document", "summary", None, None),
    "samsum": ("dialogue", "summary", None, "id"),
    "scientific_papers/arxiv": ("article", "abstract", None, None),
    "scientific_papers/pubmed": ("article", "abstract", None, None),
    "reddit_tifu/long": ("documents", "tldr", None, "id"),
    "reddit_tifu/short": ("documents", "title", None, "id"),
    "billsum": ("text", "summary", None, None),
    "multi_news": ("document", "summary", None, None),
    "gigaword": ("document", "summary", None, None),
    "newsroom": ("text", "summary", None, None),
    "aeslc": ("email_body", "subject_line", None, None),  # not in the table: supervised keys
}


@pytest.mark.parametrize("name", TFDS_SETS)
def test_tfds_set_gives_documents(name: str, tfds: Any) -> None:
    text, summary, group, identifier = TFDS_SETS[name]
    with tfds.testing.mock_data(num_examples=3):
        corpus = open_corpus(name, split="train")
        documents = list(corpus)
        examples = list(tfds.as_numpy(tfds.load(name, split="train")))
    assert len(documents) == corpus.size == 3 and corpus.fingerprint()
    for number, (document, example) in enumerate(zip(documents, examples, strict=True)):
        assert document.text == example[text].decode()
        assert document.reference == example[summary].decode()
        assert document.group == (example[group].decode() if group else None)
        expected = example[identifier].decode() if identifier else f"{name}:train:{number}"
        assert document.id == expected


def test_every_set_of_the_table_is_tested() -> None:
    assert {name.split("/")[0] for name in TFDS_KEYS} <= {n.split("/")[0] for n in TFDS_SETS}


def mocked_examples(tfds: Any, **features: bytes) -> Any:
    import tensorflow as tf

    def as_dataset(builder: Any, *args: Any, **kwargs: Any) -> Any:
        return tf.data.Dataset.from_tensors(features)

    return tfds.testing.mock_data(as_dataset_fn=as_dataset)


def test_tfds_text_that_is_not_utf_8_is_mended(tfds: Any) -> None:
    with mocked_examples(tfds, document=b"caf\xe9 \xff.", summary=b""):
        (document,) = open_corpus("xsum", split="test")
    assert document == Document("xsum:test:0", "caf\ufffd \ufffd.", None)


def test_texts_of_one_document_are_kept_apart(tfds: Any) -> None:
    with mocked_examples(tfds, document=b"First text ||||| Second text", summary=b"Both."):
        (document,) = open_corpus("multi_news", split="test")
    assert document.text == "First text \n\n Second text"


@pytest.mark.slow
def test_reading_leaves_the_gpu_to_another_backend() -> None:
    pytest.importorskip("tensorflow_datasets")
    code = (
        "import tensorflow as tf, tensorflow_datasets as tfds;"
        "from bertsum_tf.data.corpora import open_corpus;"
        "hidden = []; tf.config.set_visible_devices = lambda *device: hidden.append(device);"
        "mock = tfds.testing.mock_data(); mock.__enter__();"
        "open_corpus('xsum', split='test'); print(hidden)"
    )
    for backend, hidden in (("jax", "[([], 'GPU')]"), ("tensorflow", "[]")):
        run = subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"KERAS_BACKEND": backend},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        assert run.stdout.strip().splitlines()[-1] == hidden


def test_tfds_needs_a_split(tfds: Any) -> None:
    with pytest.raises(UsageError) as error:
        open_corpus("xsum")
    assert "Name a split of 'xsum'" in sentence_of(error)


def test_tfds_name_that_is_unknown_is_one_sentence(tfds: Any) -> None:
    for split in ("train", None):
        with pytest.raises(UsageError) as error:
            open_corpus("nonesuch", split=split)
        assert "There is no corpus 'nonesuch'" in sentence_of(error)
    with pytest.raises(UsageError) as error:
        open_corpus("scientific_papers/physics", split="train")
    assert "choose one of arxiv, pubmed." in sentence_of(error)


def test_tfds_set_that_is_no_summarisation_is_refused(tfds: Any) -> None:
    for name in ("mnist", "opinosis"):
        with tfds.testing.mock_data(), pytest.raises(UsageError) as error:
            open_corpus(name, split="train")
        assert "is not a summarisation set" in sentence_of(error)


def test_tfds_data_that_is_missing_is_one_sentence(
    tmp_path: Path, tfds: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import socket

    def no_network(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror("no network")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with pytest.raises(BertsumError) as error:
        open_corpus("xsum", split="train", data_dir=tmp_path)
    message = sentence_of(error)
    assert f"'xsum' is not in {tmp_path} and could not be downloaded (no connection to" in message
    assert capsys.readouterr().out == ""

    with pytest.raises(BertsumError) as error:
        open_corpus("samsum", split="train", data_dir=tmp_path)
    assert "has to be downloaded by hand" in sentence_of(error)


def test_data_dir_that_is_missing_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(BertsumError) as error:
        open_corpus("cnn_dailymail", split="test", data_dir=tmp_path / "typo")
    assert "There is no folder" in sentence_of(error) and not (tmp_path / "typo").exists()


@pytest.mark.skipif(not TFDS.is_dir(), reason=f"{TFDS} is absent")
class TestRealCnnDailyMail:
    """The real set, in the form in which TFDS keeps it."""

    def test_documents_are_whole_and_in_one_order(self, tfds: Any) -> None:
        corpus = open_corpus("cnn_dailymail", split="test", data_dir=TFDS)
        documents = list(corpus)
        assert len(documents) == corpus.size == len({d.id for d in documents}) == 2245
        assert {document.group for document in documents} == {"cnn", "dm"}
        assert all(document.text and document.reference for document in documents)
        sliced = open_corpus("cnn_dailymail", split="test[10:20]", data_dir=TFDS)
        assert list(sliced) == documents[10:20]
        limited = open_corpus("cnn_dailymail", split="test", data_dir=TFDS, limit=5)
        assert corpus.fingerprint() != sliced.fingerprint() != limited.fingerprint()
        assert limited.size == 5 and list(limited) == list(limited) == documents[:5]

    def test_wrong_split_is_one_sentence(self, tfds: Any) -> None:
        for split in ("dev", "test[:x]"):
            with pytest.raises(UsageError) as error:
                open_corpus("cnn_dailymail", split=split, data_dir=TFDS)
            assert split in sentence_of(error)
        with pytest.raises(UsageError) as error:
            open_corpus("cnn_dailymail", data_dir=TFDS)
        assert "(test, train, validation)" in sentence_of(error)

    def test_damaged_file_is_one_sentence(self, tmp_path: Path, tfds: Any) -> None:
        source = TFDS / "cnn_dailymail" / "3.4.0"
        target = tmp_path / "cnn_dailymail" / "3.4.0"
        target.mkdir(parents=True)
        for name in ("dataset_info.json", "features.json"):
            (target / name).write_bytes((source / name).read_bytes())
        records = "cnn_dailymail-test.tfrecord-00000-of-00001"
        (target / records).write_bytes((source / records).read_bytes()[:10_000])
        with pytest.raises(BertsumError) as error:
            list(open_corpus("cnn_dailymail", split="test", data_dir=tmp_path))
        assert "are damaged" in sentence_of(error)

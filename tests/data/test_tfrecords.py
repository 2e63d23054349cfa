"""TFRecords are read as TensorFlow writes them, and what is wrong with one is told."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("google_crc32c", reason="the extra 'beam' is not installed")

from tfrecord_files import example, write_tfrecords

from bertsum_tf.data.corpora import BadDocument, Document
from bertsum_tf.data.tfrecords import tfrecord_documents
from bertsum_tf.errors import BertsumError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "news.tfrecord"


def test_a_documents_text_is_its_feature_document_or_article(path: Path) -> None:
    write_tfrecords(
        path,
        [
            example(document="Rain fell. ☂", id="a7"),
            example(article="Snow fell."),
            example(article="No.", document="Yes."),
        ],
    )
    assert list(tfrecord_documents(path)) == [
        Document(id="a7", text="Rain fell. ☂"),
        Document(id=f"{path} record 2", text="Snow fell."),
        Document(id=f"{path} record 3", text="Yes."),
    ]


def test_what_tensorflow_writes_is_read_and_other_features_are_passed_over(path: Path) -> None:
    tf = pytest.importorskip("tensorflow")

    def feature(**kind: object) -> object:
        return tf.train.Feature(**kind)

    record = tf.train.Example(
        features=tf.train.Features(
            feature={
                "document": feature(bytes_list=tf.train.BytesList(value=["Öl. ".encode() * 500])),
                "length": feature(int64_list=tf.train.Int64List(value=[3, 4])),
                "weight": feature(float_list=tf.train.FloatList(value=[0.5])),
            }
        )
    ).SerializeToString()
    for name, options in (("a.tfrecord", ""), ("a.tfrecord.gz", "GZIP")):
        with tf.io.TFRecordWriter(str(path.with_name(name)), options) as writer:
            writer.write(record)
            writer.write(record)
        texts = [document.text for document in tfrecord_documents(path.with_name(name))]
        assert texts == ["Öl. " * 500] * 2


def test_a_bad_record_is_told_and_the_next_one_read(path: Path) -> None:
    write_tfrecords(
        path,
        [
            example(title="Rain"),
            example(document=b"caf\xe9"),
            b"\xff\xff",
            example(document="Rain fell."),
        ],
    )
    *bad, good = tfrecord_documents(path)
    assert bad == [
        BadDocument(f"{path} record 1", "has neither a feature 'document' nor 'article'"),
        BadDocument(f"{path} record 2", "has a feature 'document' that is not UTF-8"),
        BadDocument(f"{path} record 3", "is no tf.train.Example"),
    ]
    assert good == Document(id=f"{path} record 4", text="Rain fell.")


def test_a_damaged_content_is_one_record_and_a_damaged_length_all_that_follow(path: Path) -> None:
    records = [example(document=text) for text in ("One.", "Two.", "Three.")]
    write_tfrecords(path, records)
    content = path.read_bytes()
    place = content.index(b"Two.")
    path.write_bytes(content[:place] + b"Tvo." + content[place + 4 :])
    assert [getattr(record, "reason", None) for record in tfrecord_documents(path)] == [
        None,
        "is damaged",
        None,
    ]
    second = 12 + len(records[0]) + 4
    path.write_bytes(content[:second] + b"\xff" + content[second + 1 :])
    reasons = [getattr(record, "reason", None) for record in tfrecord_documents(path)]
    assert reasons[0] is None
    assert [str(reason).split(",")[0] for reason in reasons[1:]] == ["is damaged"]


@pytest.mark.parametrize("kept", [5, 20])
def test_a_file_that_is_cut_short(path: Path, kept: int) -> None:
    write_tfrecords(path, [example(document="Rain fell.")])
    path.write_bytes(path.read_bytes()[:kept])
    assert list(tfrecord_documents(path)) == [BadDocument(f"{path} record 1", "is cut short")]


def test_a_file_that_can_not_be_unpacked(path: Path) -> None:
    write_tfrecords(path, [example(document="Rain fell.")])
    packed = path.with_name("news.tfrecord.gz")
    packed.write_bytes(gzip.compress(path.read_bytes())[:-4])
    with pytest.raises(BertsumError, match=r"news.tfrecord.gz is a damaged gzip file"):
        list(tfrecord_documents(packed))


def test_it_needs_no_tensorflow(path: Path) -> None:
    write_tfrecords(path, [example(document="Rain fell.")])
    code = (
        "import sys; from pathlib import Path; sys.modules['tensorflow'] = None\n"
        "from bertsum_tf.data.tfrecords import tfrecord_documents\n"
        f"print(next(tfrecord_documents(Path({str(path)!r}))).text)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("Rain fell.\n", "")

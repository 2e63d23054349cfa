"""tf.data and the plain generator give the same batches in the same order."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from bertsum_tf.data.batches import BatchPlan
from bertsum_tf.data.corpora import open_corpus
from bertsum_tf.data.examples import sentence_labels, summary_pairs
from bertsum_tf.data.pipelines import in_parts, part_of, read_batches, tf_dataset
from bertsum_tf.data.prepare import prepare
from bertsum_tf.data.prepared import PreparedData
from bertsum_tf.errors import BertsumError
from bertsum_tf.storage_path import storage_path
from bertsum_tf.text.wordpiece import WordPiece

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789."
VOCABULARY = WordPiece(
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *LETTERS, *(f"##{letter}" for letter in LETTERS)]
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> PreparedData:
    folder = tmp_path_factory.mktemp("data")
    with (folder / "news.jsonl").open("w") as file:
        for number in range(30):
            text = "Fire hit a barn. " + "Rain fell on it. " * (number % 7 + 2)
            file.write(json.dumps({"document": text, "summary": "Fire hit a barn."}) + "\n")
    prepare(open_corpus(folder / "news.jsonl"), VOCABULARY, folder / "out", workers=1)
    return PreparedData(folder / "out")


def test_both_pipelines_read_the_same_plan(data: PreparedData) -> None:
    plan = BatchPlan(data.lengths, 512, seed=4)
    plain = list(read_batches(sentence_labels(data, "soft"), plan, 3, 20))
    dataset = list(tf_dataset(sentence_labels(data, "soft"), plan, 3, 20).as_numpy_iterator())
    assert len(plain) == len(dataset) == 17
    for (ids, labels), (tf_ids, tf_labels) in zip(plain, dataset, strict=True):
        np.testing.assert_array_equal(ids, tf_ids)
        np.testing.assert_array_equal(labels, tf_labels)
        assert ids.dtype == tf_ids.dtype == np.int32
        assert labels.dtype == tf_labels.dtype == np.float32


def test_a_static_plan_gives_tf_data_a_static_shape(data: PreparedData) -> None:
    plan = BatchPlan(data.lengths, 1024, seed=4, static_length=256)
    token_ids, labels = tf_dataset(sentence_labels(data, "hard"), plan, 0, 2).element_spec
    assert token_ids.shape == (4, 256)
    assert labels.shape == (4, 32)


def test_an_error_while_reading_ahead_reaches_the_reader(data: PreparedData) -> None:
    plan = BatchPlan(data.lengths, 512, seed=4)
    with pytest.raises(KeyError):
        list(read_batches(sentence_labels(data, "no such labels"), plan, 0, 2))


def test_reading_may_stop_early(data: PreparedData) -> None:
    plan = BatchPlan(data.lengths, 512, seed=4)
    batches = read_batches(sentence_labels(data, "soft"), plan, 0, 1000)
    assert next(batches)[0].shape[0] > 0
    batches.close()


def test_hosts_read_the_rows_of_a_batch_between_them(data: PreparedData) -> None:
    plan = BatchPlan(data.lengths, 1024, seed=4, parts=4)
    read = summary_pairs(data, 64, negatives=None, static=False)
    inputs, real = read(plan[0])
    for host in range(2):
        own_inputs, own_real = part_of(read, host, 2)(plan[0])
        half = slice(host * len(real) // 2, (host + 1) * len(real) // 2)
        np.testing.assert_array_equal(own_real, real[half])
        for name, array in inputs.items():
            np.testing.assert_array_equal(own_inputs[name], array[half])
    parts, _ = in_parts(read, 4)(plan[0])
    np.testing.assert_array_equal(np.concatenate(list(parts["token_ids"])), inputs["token_ids"])


def test_prepared_data_is_read_from_a_store(data: PreparedData) -> None:
    pytest.importorskip("upath")
    place = storage_path("memory://bucket/train")
    for path in Path(data.folder).iterdir():
        if path.is_file():
            (place / path.name).write_bytes(path.read_bytes())
    copy = PreparedData("memory://bucket/train/")
    np.testing.assert_array_equal(copy.lengths, data.lengths)
    plan = BatchPlan(data.lengths, 1024, seed=4)
    for read_of in (
        lambda data: sentence_labels(data, "soft"),
        lambda data: summary_pairs(data, 64, negatives="lead", static=False),
    ):
        ours, theirs = read_of(data)(plan[1]), read_of(copy)(plan[1])
        keras.tree.map_structure(np.testing.assert_array_equal, ours, theirs)


def test_what_is_not_in_a_store_is_told_in_one_sentence() -> None:
    pytest.importorskip("upath")
    with pytest.raises(BertsumError) as error:
        PreparedData("memory://nowhere/train")
    assert str(error.value).startswith("The prepared data memory://nowhere/train is not there: run")

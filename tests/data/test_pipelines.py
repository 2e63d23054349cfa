"""tf.data and the plain generator give the same batches in the same order."""

import json

import numpy as np
import pytest

from bertsum_tf.data.batches import BatchPlan
from bertsum_tf.data.corpora import open_corpus
from bertsum_tf.data.examples import sentence_labels
from bertsum_tf.data.pipelines import read_batches, tf_dataset
from bertsum_tf.data.prepare import prepare
from bertsum_tf.data.prepared import PreparedData
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

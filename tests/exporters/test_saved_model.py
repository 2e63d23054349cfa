"""A SavedModel of raw text does what the Python code does, and needs none of it."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from shared_data import SHARED
from small_summarizers import make_small_summarizer

from bertsum_tf.data.corpora import open_corpus
from bertsum_tf.engines.saved_model_engine import is_saved_model, latest_version
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.summarizer import Summarizer, Summary

tf = pytest.importorskip("tensorflow")
pytest.importorskip("tensorflow_text")
saved_model = pytest.importorskip("bertsum_tf.exporters.saved_model")

pytestmark = pytest.mark.slow

ARTICLES = [document.text for document in open_corpus("sample")]
NASTY = [
    "",
    " \n\u3000",
    ".",
    "No stop at all",
    "[CLS] the [SEP]. [PAD][UNK] ##s. 'I said [MASK].'",
    "今天下雨。明天呢？I don't know! 👩‍👩‍👧 is 🇫🇷.",
    "Short. No. Why? He said so. He said so. He said so. He said so again.",
    "\n\n".join(ARTICLES[:12]),
    "a. " * 2_000,
    "word " * 3_000,
]

# Scores of one sentence, computed in batches of other shapes, differ by this much at most; two
# sentences closer to each other may change places.
TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def folder(small_summarizer, tmp_path_factory) -> Path:
    """The folder of versions of an exported model."""
    base = tmp_path_factory.mktemp("exported") / "news"
    saved_model.export_saved_model(small_summarizer, base)
    return base


@pytest.fixture(scope="module")
def loaded(folder):
    return tf.saved_model.load(str(folder / "1"))


@pytest.fixture(scope="module")
def summarizer(small_summarizer) -> Summarizer:
    return Summarizer(small_summarizer)


def strings(documents: list[str | bytes]) -> tf.Tensor:
    return tf.constant([d.encode() if isinstance(d, str) else d for d in documents], tf.string)


def score(loaded, documents: list[str | bytes]) -> list[dict[str, list]]:
    """What the signature gives for each document, without the padding."""
    output = {
        name: value.numpy()
        for name, value in loaded.signatures["score"](documents=strings(documents)).items()
    }
    counts = output.pop("sentence_count")
    for name, values in output.items():
        for row, count in zip(values, counts, strict=True):
            assert not row[count:].any(), f"{name} is padded with something"
    return [
        {name: values[row][:count].tolist() for name, values in output.items()}
        for row, count in enumerate(counts)
    ]


def assert_same(actual: dict[str, list], summary: Summary, text: str) -> None:
    sentences = summary.sentences
    assert actual["start"] == [s.start for s in sentences]
    assert actual["end"] == [s.end for s in sentences]
    assert [s.decode() for s in actual["sentences"]] == [s.text for s in sentences]
    scores = np.array([s.score for s in sentences])
    np.testing.assert_allclose(actual["scores"], scores, atol=TOLERANCE * max(1, *abs(scores), 1))
    chosen = np.array([s.selected for s in sentences], bool)
    differ = np.array(actual["selected"], bool) != chosen
    if differ.any():
        # Only what nearly, or only just, is in the summary may be so in one of them alone.
        away = np.abs(scores - scores[chosen].min())[differ]
        assert away.max() <= 2 * TOLERANCE, f"other sentences of {text[:200]!r}"


def test_the_signatures_are_as_agreed(loaded):
    signatures = {
        name: (
            {key: (spec.dtype.name, spec.shape.as_list()) for key, spec in inputs.items()},
            {
                key: (spec.dtype.name, spec.shape.as_list())
                for key, spec in signature.structured_outputs.items()
            },
        )
        for name, signature in loaded.signatures.items()
        for _, inputs in [signature.structured_input_signature]
    }
    documents, table = {"documents": ("string", [None])}, [None, None]
    assert signatures == {
        "serving_default": (documents, {"summary": ("string", [None])}),
        "summarize": (
            {**documents, "num_sentences": ("int32", [None])},
            {"summary": ("string", [None])},
        ),
        "score": (
            documents,
            {
                "sentences": ("string", table),
                "start": ("int32", table),
                "end": ("int32", table),
                "scores": ("float32", table),
                "selected": ("bool", table),
                "sentence_count": ("int32", [None]),
            },
        ),
    }


def test_it_chooses_what_the_summarizer_chooses(loaded, summarizer):
    documents = [*NASTY, *ARTICLES]
    expected = summarizer.batch(documents)

    for actual, summary, text in zip(score(loaded, documents), expected, documents, strict=True):
        assert_same(actual, summary, text)
    summaries = loaded.signatures["serving_default"](documents=strings(documents))["summary"]
    assert [text.decode() for text in summaries.numpy()] == [summary.text for summary in expected]


def test_with_another_head_too(tmp_path):
    model = make_small_summarizer(head="lstm")
    exported = saved_model.export_saved_model(model, tmp_path)
    documents = ARTICLES[:12]

    summaries = tf.saved_model.load(str(exported)).signatures["serving_default"](
        documents=strings(documents)
    )["summary"]
    expected = Summarizer(model).batch(documents)

    assert [text.decode() for text in summaries.numpy()] == [summary.text for summary in expected]
    assert [summary.text for summary in Summarizer(exported).batch(documents)] == [
        summary.text for summary in expected
    ]


def test_each_document_has_its_number_of_sentences(loaded, summarizer):
    numbers = [1, 2, 5, 50]
    summaries = loaded.signatures["summarize"](
        documents=strings(ARTICLES[:4]), num_sentences=tf.constant(numbers)
    )["summary"].numpy()

    assert [text.decode() for text in summaries] == [
        summarizer(text, sentences=number).text
        for text, number in zip(ARTICLES[:4], numbers, strict=True)
    ]


def test_no_document_no_summary(loaded):
    output = loaded.signatures["score"](documents=strings([]))

    assert {name: value.shape.as_list() for name, value in output.items()} == {
        "sentence_count": [0],
        **{name: [0, 0] for name in ("sentences", "start", "end", "scores", "selected")},
    }
    summarize = loaded.signatures["summarize"]
    none = summarize(documents=strings([]), num_sentences=tf.constant([], tf.int32))
    assert none["summary"].shape == [0]


def test_documents_without_a_sentence_have_an_empty_summary(loaded):
    summaries = loaded.signatures["serving_default"](documents=strings(["", " \n", "One."]))
    assert summaries["summary"].numpy().tolist() == [b"", b"", b"One."]


def test_broken_utf8_is_replaced_and_spoils_no_neighbour(loaded, summarizer):
    broken = b"Prices \xff rose. \xe2\x82 The bank met \xc3( on Tuesday."
    alone = score(loaded, [ARTICLES[0]])[0]

    first, middle, last = score(loaded, [ARTICLES[0], broken, ARTICLES[1]])

    text = broken.decode("utf-8", "replace")
    assert_same(middle, summarizer(text), text)
    assert_same(first, summarizer(ARTICLES[0]), ARTICLES[0])
    assert_same(last, summarizer(ARTICLES[1]), ARTICLES[1])
    assert first["selected"] == alone["selected"]


def test_two_megabytes_are_one_document(loaded, summarizer):
    text = "\n\n".join(ARTICLES)
    text *= 2_000_000 // len(text) + 1

    actual, neighbour = score(loaded, [text, ARTICLES[0]])

    assert_same(actual, summarizer(text), text)
    assert_same(neighbour, summarizer(ARTICLES[0]), ARTICLES[0])


def test_shared_validation_articles_get_the_same_sentences(loaded, summarizer):
    data = SHARED / "data/tfds"
    if not data.exists():
        pytest.skip(f"{data} is absent: the shipped articles stand in for its validation split")
    corpus = open_corpus("cnn_dailymail", split="validation", data_dir=str(data))
    # A quarter of them: all take minutes.
    texts = iter([document.text for document in islice(corpus, 0, None, 4)])

    count = 0
    while batch := list(islice(texts, 64)):
        expected = summarizer.batch(batch)
        for actual, summary, text in zip(score(loaded, batch), expected, batch, strict=True):
            assert_same(actual, summary, text)
        count += len(batch)

    assert count == 1092


def test_only_operators_of_tensorflow_and_tensorflow_text(folder):
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    model = SavedModel.FromString((folder / "1/saved_model.pb").read_bytes())
    graph = model.meta_graphs[0].graph_def
    operators = {node.op for node in graph.node}
    operators |= {node.op for function in graph.library.function for node in function.node_def}
    functions = {function.signature.name for function in graph.library.function}

    listing = "from tensorflow.python.framework import op_def_registry\nimport sys\n"
    listing += "print(*[name for name in sys.argv[1:] if op_def_registry.get(name) is None])"
    not_of_tensorflow = subprocess.run(
        [sys.executable, "-c", listing, *sorted(operators - functions)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    # TensorFlow Text's are part of the stock TF Serving binary; Python's can't be.
    assert not_of_tensorflow == ["FastWordpieceTokenizeWithOffsets"]
    assert not {name for name in operators if "PyFunc" in name}


def test_it_loads_with_nothing_but_tensorflow_and_tensorflow_text(folder):
    code = """
import sys
# TensorFlow itself brings Keras.
for name in ("bertsum_tf", "keras_hub", "tokenizers"):
    sys.modules[name] = None
import tensorflow as tf
import tensorflow_text
model = tf.saved_model.load(sys.argv[1])
summary = model.signatures["serving_default"](documents=tf.constant(["Prices rose."]))["summary"]
print(summary.numpy()[0].decode())
"""
    run = subprocess.run(
        [sys.executable, "-c", code, str(folder / "1")], capture_output=True, text=True
    )
    assert (run.returncode, run.stdout) == (0, "Prices rose.\n"), run.stderr


def test_the_warm_up_requests_are_answered(folder, loaded):
    prediction_log_pb2 = pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    path = folder / "1/assets.extra/tf_serving_warmup_requests"

    signatures = []
    for record in tf.data.TFRecordDataset(str(path)):
        log = prediction_log_pb2.PredictionLog.FromString(record.numpy())
        request = log.predict_log.request
        signatures.append(request.model_spec.signature_name)
        inputs = {
            name: tf.constant(tf.make_ndarray(value)) for name, value in request.inputs.items()
        }
        assert loaded.signatures[signatures[-1]](**inputs)

    assert set(signatures) == {"serving_default", "summarize", "score"}
    assert len(signatures) <= 1000  # TF Serving takes no more


def test_the_summarizer_reads_it(folder, summarizer):
    exported = Summarizer(folder)

    assert exported.batch(ARTICLES[:5]) == [
        Summary(summary.text, exported_summary.sentences, str(folder))
        for summary, exported_summary in zip(
            summarizer.batch(ARTICLES[:5]), exported.batch(ARTICLES[:5]), strict=True
        )
    ]
    assert Summarizer(folder / "1").max_tokens == 512


class TestVersions:
    def test_the_next_one_is_taken_and_read(self, small_summarizer, tmp_path):
        (tmp_path / "7").mkdir()
        (tmp_path / "7/saved_model.pb").touch()
        (tmp_path / "notes").mkdir()

        path = saved_model.export_saved_model(small_summarizer, tmp_path)

        assert path == tmp_path / "8"
        assert Summarizer(tmp_path)("Prices rose.").text == "Prices rose."
        assert sorted(entry.name for entry in tmp_path.iterdir()) == ["7", "8", "notes"]

    def test_one_that_was_never_finished_counts_too(self, small_summarizer, tmp_path):
        (tmp_path / "1").mkdir()
        assert saved_model.export_saved_model(small_summarizer, tmp_path) == tmp_path / "2"
        assert is_saved_model(tmp_path)

    def test_zeros_before_the_number_change_nothing(self, folder, small_summarizer, tmp_path):
        shutil.copytree(folder / "1", tmp_path / "0003")
        (tmp_path / "2").mkdir()
        assert latest_version(tmp_path) == tmp_path / "0003"
        assert Summarizer(tmp_path)("Prices rose.").text == "Prices rose."
        with pytest.raises(UsageError, match="0003 exists already"):
            saved_model.export_saved_model(small_summarizer, tmp_path, version=3)
        assert saved_model.export_saved_model(small_summarizer, tmp_path) == tmp_path / "4"

    def test_one_that_exists_is_not_replaced(self, small_summarizer, folder):
        before = (folder / "1/saved_model.pb").read_bytes()
        with pytest.raises(UsageError, match=r"1 exists already: choose another version"):
            saved_model.export_saved_model(small_summarizer, folder, version=1)
        assert (folder / "1/saved_model.pb").read_bytes() == before

    def test_zero_is_none(self, small_summarizer, tmp_path):
        with pytest.raises(UsageError, match="whole number from 1 up, not 0"):
            saved_model.export_saved_model(small_summarizer, tmp_path, version=0)


class TestFailures:
    def test_a_full_disk_leaves_nothing(self, small_summarizer, tmp_path, monkeypatch):
        def fail(module, path, **_):
            Path(path).mkdir()
            (Path(path) / "saved_model.pb").write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(tf.saved_model, "save", fail)
        with pytest.raises(BertsumError, match=r"No space left on device.*make room"):
            saved_model.export_saved_model(small_summarizer, tmp_path / "news")
        assert list((tmp_path / "news").iterdir()) == []

    def test_an_output_that_is_a_file(self, small_summarizer, tmp_path):
        (tmp_path / "file").write_text("mine")
        with pytest.raises(BertsumError, match=r"can't be written .*choose another folder"):
            saved_model.export_saved_model(small_summarizer, tmp_path / "file")
        assert (tmp_path / "file").read_text() == "mine"


class TestDamaged:
    @pytest.fixture
    def copy(self, folder, tmp_path) -> Path:
        return Path(shutil.copytree(folder / "1", tmp_path / "copy"))

    def test_graph(self, copy):
        (copy / "saved_model.pb").write_bytes((copy / "saved_model.pb").read_bytes()[:1000])
        with pytest.raises(BertsumError, match=r"is damaged .*export it again"):
            Summarizer(copy)

    def test_variables(self, copy):
        next((copy / "variables").glob("*.data-*")).write_bytes(b"")
        with pytest.raises(BertsumError, match=r"is damaged .*export it again"):
            Summarizer(copy)

    def test_no_vocabulary(self, copy):
        (copy / "assets.extra/vocab.txt").unlink()
        with pytest.raises(BertsumError, match=r"vocab\.txt can't be read"):
            Summarizer(copy)

    @pytest.mark.parametrize("change", [lambda text: text[:-40], lambda text: text + "more\n"])
    def test_another_vocabulary(self, copy, change):
        path = copy / "assets.extra/vocab.txt"
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
        with pytest.raises(BertsumError, match=r"vocab\.txt is not the vocab.*export it again"):
            Summarizer(copy)

    @pytest.mark.parametrize("text", ["[]", "{}", "{", "1"])
    def test_a_description_of_something_else(self, copy, text):
        (copy / "assets.extra/bertsum.json").write_text(text)
        with pytest.raises(BertsumError, match="is no SavedModel of bertsum"):
            Summarizer(copy)

    def test_of_someone_else(self, copy):
        (copy / "assets.extra/bertsum.json").unlink()
        with pytest.raises(BertsumError, match="is no SavedModel of bertsum"):
            Summarizer(copy)

    @pytest.mark.parametrize(
        "change", [{"format": 2}, {"rules_sha256": "0" * 64}, {"lead_share": 0.5}]
    )
    def test_of_another_version(self, copy, change):
        path = copy / "assets.extra/bertsum.json"
        description = json.loads(path.read_text()) | {"bertsum_tf": "9.1"} | change
        path.write_text(json.dumps(description))
        with pytest.raises(BertsumError, match=r"was exported by bertsum_tf 9\.1.*export it again"):
            Summarizer(copy)

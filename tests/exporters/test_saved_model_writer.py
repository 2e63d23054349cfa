"""A SavedModel of a model that writes does what the Keras model does, and needs none of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from small_summarizers import make_small_writer

from bertsum_tf import cli
from bertsum_tf.data.corpora import open_corpus
from bertsum_tf.decoding import GREEDY, Beam, Limits
from bertsum_tf.decoding_defaults import DOCUMENTS_AT_ONCE
from bertsum_tf.errors import UsageError
from bertsum_tf.summarizer import Summarizer, Writer

tf = pytest.importorskip("tensorflow")
pytest.importorskip("tensorflow_text")
saved_model = pytest.importorskip("bertsum_tf.exporters.saved_model")
raw_text_writer = pytest.importorskip("bertsum_tf.exporters.raw_text_writer")

pytestmark = pytest.mark.slow

ARTICLES = [document.text for document in open_corpus("sample")]
# More than are written at once, of many lengths.
DOCUMENTS = [
    "",
    " \n\u3000",
    "One sentence alone, and no full stop",
    "[CLS] the [SEP]. [PAD][UNK] ##s. 'I said [MASK].' [unused1] [unused2]",
    "今天下雨。明天呢？I don't know! 👩‍👩‍👧 is 🇫🇷.",
    "a. " * 300,
    "\n\n".join(ARTICLES[:6]),
    *(article[: 100 * (number + 1)] for number, article in enumerate(ARTICLES[:12])),
    *ARTICLES[:6],
    "\n",
]
assert len(DOCUMENTS) > DOCUMENTS_AT_ONCE
BROKEN = b"Prices \xff rose. \xe2\x82 The bank met \xc3( on Tuesday."


@pytest.fixture(scope="module")
def model(small_writer):
    return small_writer


@pytest.fixture(scope="module")
def folder(saved_writer) -> Path:
    """The folder of versions of an exported model."""
    return saved_writer


@pytest.fixture(scope="module")
def loaded(folder):
    return tf.saved_model.load(str(folder / "1"))


def strings(documents: list[str | bytes]) -> tf.Tensor:
    return tf.constant([d.encode() if isinstance(d, str) else d for d in documents], tf.string)


def summaries(loaded, signature: str, documents: list[str | bytes], **inputs) -> list[str]:
    output = loaded.signatures[signature](documents=strings(documents), **inputs)
    return [text.decode() for text in output["summary"].numpy()]


def in_keras(model, documents: list[str], beam: Beam, limits: Limits) -> list[str]:
    return [text.replace("\n", " ") for text in model.generate(documents, beam, limits)]


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
    documents, summary = {"documents": ("string", [None])}, {"summary": ("string", [None])}
    assert signatures == {
        "serving_default": (documents, summary),
        "greedy": (documents, summary),
        "write": (
            {**documents, "min_tokens": ("int32", [None]), "max_tokens": ("int32", [None])},
            {
                **summary,
                "sentences": ("string", [None, None]),
                "sentence_count": ("int32", [None]),
            },
        ),
    }


# Not every seed will do: a model that writes one piece over and over has beams that are as good as
# each other but for rounding, and then what Keras writes depends on the size of the batch.
@pytest.mark.parametrize("seed", [0, 3])
def test_the_same_tokens_as_the_keras_model(seed: int):
    model = make_small_writer(seed=seed)
    token_ids = model.preprocessor.generate_preprocess(DOCUMENTS)
    writer = raw_text_writer.RawTextWriter(model)
    cases = [
        (Beam(), writer._beam_search, Limits(15, 60)),
        (Beam(), writer._beam_search, Limits(3, 60)),
        (Beam(), writer._beam_search, Limits(0, 35, block_trigrams=False)),
        (GREEDY, writer._greedy_search, Limits(3, 60)),
    ]
    for beam, search, limits in cases:
        expected = [h.token_ids.tolist() for h in model.generate_ids(token_ids, beam, limits)]
        actual = search(
            tf.constant(token_ids),
            tf.fill([len(token_ids)], limits.min_tokens),
            tf.fill([len(token_ids)], limits.max_tokens),
            tf.constant(limits.block_trigrams),
        ).numpy()
        assert [row[row >= 0].tolist() for row in actual] == expected
        assert len({tuple(ids) for ids in expected}) > 10
        # Longer than the caches are at first.
        assert max(map(len, expected)) > 32


def test_the_same_summaries_as_the_keras_model(loaded, model):
    limits = Limits()
    assert limits.of(model.max_target_tokens) == (15, 60)
    assert summaries(loaded, "serving_default", DOCUMENTS) == in_keras(
        model, DOCUMENTS, Beam(), limits
    )
    written = summaries(loaded, "greedy", DOCUMENTS)
    assert written == in_keras(model, DOCUMENTS, GREEDY, limits)
    assert written[:2] == ["", ""]
    assert all(written[2:-1])


def test_each_document_has_its_limits(loaded, model):
    documents = ARTICLES[:5]
    # Out of range, they count as the nearest that make sense.
    limits = {(3, 20): (3, 20), (-5, 0): (0, 1), (99, 9): (8, 9), (0, 999): (0, 60), (5, 6): (5, 6)}
    least, most = zip(*limits, strict=True)
    output = loaded.signatures["write"](
        documents=strings(documents), min_tokens=tf.constant(least), max_tokens=tf.constant(most)
    )
    written = [text.decode() for text in output["summary"].numpy()]
    assert written == [
        in_keras(model, [text], Beam(), Limits(*own))[0]
        for text, own in zip(documents, limits.values(), strict=True)
    ]
    for row, count, summary in zip(
        output["sentences"].numpy().tolist(), output["sentence_count"].numpy(), written, strict=True
    ):
        assert b" ".join(row[:count]).decode() == summary
        assert not any(row[count:])


def test_broken_utf8_is_replaced_and_neighbours_change_nothing(loaded, model):
    first, broken, last = summaries(loaded, "serving_default", [ARTICLES[0], BROKEN, ARTICLES[1]])
    (repaired,) = in_keras(model, [BROKEN.decode("utf-8", "replace")], Beam(), Limits())
    assert broken == repaired
    assert [first] == summaries(loaded, "serving_default", [ARTICLES[0]])
    assert [last] == summaries(loaded, "serving_default", [ARTICLES[1], *DOCUMENTS])[:1]


def test_no_document_no_summary(loaded):
    none = tf.constant([], tf.int32)
    for signature, inputs in {
        "serving_default": {},
        "greedy": {},
        "write": {"min_tokens": none, "max_tokens": none},
    }.items():
        assert summaries(loaded, signature, [], **inputs) == []
        two = {name: tf.constant([2, 2]) for name in inputs}
        # A zero width space is a sentence, but no word piece.
        assert summaries(loaded, signature, [" ", "\u200b"], **two) == ["", ""]


def test_the_summarizer_reads_it(folder, model):
    exported, keras = Summarizer(folder), Summarizer(model, name=str(folder))
    assert exported.writes
    for options in ({}, {"trigram_blocking": False}, {"max_words": 9}):
        assert exported.batch(DOCUMENTS, **options) == keras.batch(DOCUMENTS, **options)
    assert exported.batch(DOCUMENTS)[-2].written
    with pytest.raises(UsageError, match="writes its summaries, and chooses no sentences"):
        exported(ARTICLES[0], sentences=2)
    how = {"strategy": GREEDY, "limits": Limits(2, 12)}
    exported, keras = Summarizer(folder, **how), Summarizer(model, name=str(folder), **how)
    assert exported.batch(DOCUMENTS) == keras.batch(DOCUMENTS)
    with pytest.raises(UsageError, match=r"by Beam\(size=5, length_penalty=0.95\) or greedily"):
        Summarizer(folder, strategy=Beam(3))
    assert Summarizer(folder, strategy=Beam(1, 0.5))(ARTICLES[0])


def test_the_commands_take_it(model, tmp_path, capsys):
    preset, folder, article = tmp_path / "model", tmp_path / "news", tmp_path / "article.txt"
    model.save_to_preset(str(preset))
    article.write_text(ARTICLES[0])
    arguments = ["export", str(preset), "--output", str(folder)]

    assert cli.main([*arguments, "--format", "saved_model"]) == 0
    assert capsys.readouterr().out == (
        f"{folder / '1'} takes raw text: {folder} is the base_path for TF Serving.\n"
    )
    results = []
    for name in (preset, folder):
        assert cli.main(["summarize", str(article), "--model", str(name), "--json"]) == 0
        results.append(json.loads(capsys.readouterr().out))
    assert results[0].pop("model") == str(preset)
    assert results[1].pop("model") == str(folder)
    assert results[0] == results[1]

    assert cli.main(["summarize", str(article), "--model", str(folder), "-n", "2"]) == 2
    assert "writes its own: leave -n out" in capsys.readouterr().err
    again = ["export", str(folder), "--format", "saved_model", "--output", str(tmp_path / "again")]
    assert cli.main(again) == 2
    assert "is exported already" in capsys.readouterr().err


def test_it_loads_with_nothing_but_tensorflow_and_tensorflow_text(folder):
    code = """
import sys
# TensorFlow itself brings Keras.
for name in ("bertsum_tf", "keras_hub", "tokenizers"):
    sys.modules[name] = None
import tensorflow as tf
import tensorflow_text
model = tf.saved_model.load(sys.argv[1])
summary = model.signatures["greedy"](documents=tf.constant(["Prices rose.", ""]))["summary"]
print([bool(text) for text in summary.numpy()])
"""
    run = subprocess.run(
        [sys.executable, "-c", code, str(folder / "1")], capture_output=True, text=True
    )
    assert (run.returncode, run.stdout) == (0, "[True, False]\n"), run.stderr


def test_only_operators_of_tensorflow_and_tensorflow_text(folder):
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    model = SavedModel.FromString((folder / "1/saved_model.pb").read_bytes())
    graph = model.meta_graphs[0].graph_def
    operators = {node.op for node in graph.node}
    operators |= {node.op for function in graph.library.function for node in function.node_def}
    assert "FastWordpieceTokenizeWithOffsets" in operators
    assert not {name for name in operators if "PyFunc" in name or "Lookup" in name}


def test_the_warm_up_requests_are_answered(folder, loaded):
    prediction_log_pb2 = pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    signatures = []
    for record in tf.data.TFRecordDataset(
        str(folder / "1/assets.extra/tf_serving_warmup_requests")
    ):
        request = prediction_log_pb2.PredictionLog.FromString(record.numpy()).predict_log.request
        signatures.append(request.model_spec.signature_name)
        inputs = {
            name: tf.constant(tf.make_ndarray(value)) for name, value in request.inputs.items()
        }
        assert loaded.signatures[signatures[-1]](**inputs)["summary"].numpy().all()
    assert signatures == ["serving_default", "greedy", "write"]


def test_what_is_written_of_padding(folder):
    """As TF Serving and others may fill up a batch."""
    writer = Summarizer(folder).engine
    assert isinstance(writer, Writer)
    assert writer.write(np.full((2, 64), writer.vocabulary.pad_id, np.int32)) == [[], []]

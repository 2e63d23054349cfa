"""Export to LiteRT: what is in the file, and that it scores as the Keras model does."""

from __future__ import annotations

import errno
import importlib.util
import json
import zipfile
from pathlib import Path
from types import SimpleNamespace

import keras
import keras_hub
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from exported_files import (
    WINDOW_TOKENS,
    exported,
    model_of,
    operators,
    sample_texts,
    small_summarizer,
)

import bertsum_tf.exporters.tflite
from bertsum_tf.choices import Quantization
from bertsum_tf.engines.keras_engine import KerasEngine
from bertsum_tf.engines.litert_engine import LiteRtEngine
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.exporters.tflite import export_tflite
from bertsum_tf.exporters.tflite_files import window_lengths
from bertsum_tf.models import BertSumExtractive
from bertsum_tf.summarizer import Summarizer
from bertsum_tf.text.characters import character_table
from bertsum_tf.text.packing import pack, pad_windows
from bertsum_tf.text.sentences import rules_sha256, split

MODES = ("none", "float16", "dynamic", "int4", "int8")

pytestmark = pytest.mark.slow


def windows(length: int) -> tuple[np.ndarray, np.ndarray]:
    """Token ids [n, length] of sample articles, and bool [n, length // 8]: is there a sentence?"""
    word_piece = small_summarizer().preprocessor.word_piece
    rows = [
        window
        for text in sample_texts()[:6]
        for window in pack(
            word_piece.encode([text[start:end] for start, end in split(text)]),
            cls_id=word_piece.cls_id,
            sep_id=word_piece.sep_id,
            max_tokens=length,
        )
    ]
    filled = np.array([len(row.sentences) for row in rows])
    return pad_windows(rows, length), np.arange(length // 8) < filled[:, None]


# The logits of the random model have a standard deviation of 0.2 to 0.3.
@pytest.mark.parametrize(
    ("quantize", "tolerance"),
    [("none", 1e-4), ("float16", 0.01), ("dynamic", 0.1)],
)
def test_scores_are_those_of_the_keras_model(quantize: str, tolerance: float):
    engine, keras_engine = LiteRtEngine(exported(quantize)), KerasEngine(small_summarizer())
    for length in (64, 128, 256):  # 64: padded to the signature of 128
        token_ids, filled = windows(length)
        scores, expected = engine.score(token_ids), keras_engine.score(token_ids)
        assert scores.dtype == np.float32
        assert expected[filled].std() > 0.1, "the scores differ from one another"
        np.testing.assert_allclose(scores[filled], expected[filled], atol=tolerance)


@pytest.mark.parametrize("quantize", ["int4", "int8"])
def test_small_integers_rank_sentences_much_as_the_keras_model_does(quantize: str):
    token_ids, filled = windows(256)
    scores = LiteRtEngine(exported(quantize)).score(token_ids)[filled]
    expected = KerasEngine(small_summarizer()).score(token_ids)[filled]
    assert np.corrcoef(scores, expected)[0, 1] > 0.9


@pytest.mark.parametrize("quantize", MODES)
def test_a_signature_for_each_length_and_one_set_of_weights(quantize: str):
    interpreter = Interpreter(model_path=str(exported(quantize)))
    assert interpreter.get_signature_list() == {
        "score_128": {"inputs": ["token_ids"], "outputs": ["scores"]},
        "score_256": {"inputs": ["token_ids"], "outputs": ["scores"]},
    }
    for length in (128, 256):
        runner = interpreter.get_signature_runner(f"score_{length}")
        tokens = runner.get_input_details()["token_ids"]
        scores = runner.get_output_details()["scores"]
        assert (tokens["dtype"], tokens["shape"].tolist()) == (np.int32, [1, length])
        assert (scores["dtype"], scores["shape"].tolist()) == (np.float32, [1, length // 8])
    parameters = small_summarizer().count_params()
    bytes_each = {"none": 4, "float16": 2, "dynamic": 1, "int4": 0.7, "int8": 1}[quantize]
    weights = sum(
        len(buffer.data)
        for buffer in model_of(exported(quantize)).buffers
        if buffer.data is not None
    )
    # Twice the weights of one graph would be too much; positions and layer norms stay float32.
    assert weights < 1.7 * bytes_each * parameters


def test_a_runtime_that_knows_no_signatures_gets_the_longest_windows():
    (token_ids,) = Interpreter(model_path=str(exported("dynamic"))).get_input_details()
    assert token_ids["shape"].tolist() == [1, 256]


@pytest.mark.parametrize("quantize", MODES)
def test_the_operators_are_all_builtin(quantize: str):
    names = operators(exported(quantize))
    assert "FULLY_CONNECTED" in names
    assert "CUSTOM" not in names
    assert not any(name.startswith("STABLEHLO") for name in names)


def test_the_head_and_the_last_feed_forward_blocks_have_4_bits(tmp_path: Path):
    path = export_tflite(small_summarizer(layers=3), tmp_path / "x.tflite", quantize="int4")
    for graph in model_of(path).subgraphs:
        bits = [
            {schema.TensorType.INT4: 4, schema.TensorType.INT8: 8}[graph.tensors[inputs[1]].type]
            for inputs in products(graph, path)
        ]
        # A layer: query, key, value, output of attention, then two of its feed-forward block.
        assert bits == [8] * 12 + [8] * 4 + [4] * 2 + [4] * 12 + [8]


def products(graph: schema.SubGraphT, path: Path) -> list[np.ndarray]:
    """The inputs of each product with weights."""
    codes = [max(x.builtinCode, x.deprecatedBuiltinCode) for x in model_of(path).operatorCodes]
    return [
        operator.inputs
        for operator in graph.operators
        if codes[operator.opcodeIndex] == schema.BuiltinOperator.FULLY_CONNECTED
    ]


def test_positions_are_one_table_for_all_signatures():
    for quantize in ("dynamic", "int4", "int8"):
        rows = [
            len(buffer.data)
            for buffer in model_of(exported(quantize)).buffers
            if buffer.data is not None and len(buffer.data) == WINDOW_TOKENS * 32 * 4
        ]
        assert not rows, f"{quantize}: float32 positions"


def test_the_padding_mask_is_not_broadcast_to_every_head():
    largest = max(
        np.prod(tensor.shape)
        for graph in model_of(exported("none")).subgraphs
        for tensor in graph.tensors
        if tensor.type == schema.TensorType.BOOL and tensor.shape is not None
    )
    assert largest <= WINDOW_TOKENS * WINDOW_TOKENS // 8  # membership: slots by tokens


def test_the_model_in_memory_stays_as_it_was():
    model = small_summarizer()
    token_ids, _ = windows(128)
    before = KerasEngine(model).score(token_ids)
    exported("none")
    np.testing.assert_array_equal(KerasEngine(model).score(token_ids), before)
    attention = [
        x for x in model._flatten_layers() if isinstance(x, keras.layers.MultiHeadAttention)
    ]
    assert len(attention) == 4
    assert not any("_compute_attention" in vars(layer) for layer in attention)


def test_the_file_brings_all_that_summarising_needs():
    with zipfile.ZipFile(exported("dynamic")) as archive:
        assert archive.namelist() == [
            "vocab.txt",
            "sentence_rules.json",
            "characters.json",
            "limits.json",
            "model_card.md",
        ]
        assert archive.testzip() is None
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        limits = json.loads(archive.read("limits.json"))
        table = json.loads(archive.read("characters.json"))
        vocabulary = archive.read("vocab.txt").decode().split("\n")
        card = archive.read("model_card.md").decode()
    word_piece = small_summarizer().preprocessor.word_piece
    assert vocabulary == [*word_piece.vocabulary, ""]
    assert list(table) == ["page", "itself", "pages", "kinds", "values", "splits"]
    for name, column in character_table()._asdict().items():
        assert table[name] == column.tolist()
    expected = {
        "format_version": 1,
        "task": "extractive",
        "quantize": "dynamic",
        "rules_sha256": rules_sha256(),
        "window_lengths": [128, 256],
        "max_window_tokens": 256,
        "max_sentence_tokens": 200,
        "tokens_per_sentence_slot": 8,
        "lead_share": 0.25,
        "later_window_penalty": 0.6,
        "min_candidate_pieces": 5,
        "num_sentences": 3,
        "cls_id": word_piece.cls_id,
        "sep_id": word_piece.sep_id,
        "pad_id": word_piece.pad_id,
        "unk_id": word_piece.unk_id,
    }
    assert {key: limits[key] for key in expected} == expected
    assert "128, 256 tokens" in card


def test_the_summaries_are_those_of_the_keras_model():
    texts = sample_texts()
    engine = LiteRtEngine(exported("none"))
    litert = Summarizer(engine, engine.vocabulary, max_tokens=engine.max_tokens)
    for ours, theirs in zip(
        litert.batch(texts), Summarizer(small_summarizer()).batch(texts), strict=True
    ):
        assert ours.text == theirs.text
        assert [s.selected for s in ours.sentences] == [s.selected for s in theirs.sentences]


def test_dynamic_range_chooses_mostly_the_same_sentences():
    texts = sample_texts()[:40]
    engine = LiteRtEngine(exported("dynamic"))
    litert = Summarizer(engine, engine.vocabulary, max_tokens=engine.max_tokens)
    chosen = [
        [{s.index for s in summary.sentences if s.selected} for summary in summarizer.batch(texts)]
        for summarizer in (litert, Summarizer(small_summarizer()))
    ]
    shared = [len(ours & theirs) / len(theirs) for ours, theirs in zip(*chosen, strict=True)]
    assert np.mean(shared) > 0.85


def test_a_model_in_mixed_precision_is_exported_in_float32(tmp_path: Path):
    path = export_tflite(
        small_summarizer(dtype="mixed_bfloat16"), tmp_path / "model.tflite", quantize="none"
    )
    token_ids, filled = windows(256)
    expected = KerasEngine(small_summarizer()).score(token_ids)
    np.testing.assert_allclose(
        LiteRtEngine(path).score(token_ids)[filled], expected[filled], atol=1e-4
    )


# The lower bounds leave room for rounding alone: of a random model, whose weights are large.
@pytest.mark.parametrize(
    ("quantize", "least"), [("none", 0.9999), ("dynamic", 0.95), ("int4", 0.9)]
)
@pytest.mark.parametrize("head", ["lstm", "classifier"])
def test_the_other_heads_are_exported_too(
    head: str, quantize: Quantization, least: float, tmp_path: Path
):
    model = small_summarizer(head)
    path = export_tflite(model, tmp_path / "model.tflite", quantize=quantize)
    token_ids, filled = windows(128)
    scores = LiteRtEngine(path).score(token_ids)[filled]
    expected = KerasEngine(model).score(token_ids)[filled]
    assert np.corrcoef(scores, expected)[0, 1] > least
    if quantize == "none":
        np.testing.assert_allclose(scores, expected, atol=1e-4)
    assert "CUSTOM" not in operators(path)


def test_steps_are_told_and_folders_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    converted = model_bytes(exported("none"))
    monkeypatch.setattr(bertsum_tf.exporters.tflite, "_save", lambda *_: None)
    monkeypatch.setattr(bertsum_tf.exporters.tflite, "_convert", lambda *_: converted)
    steps: list[str] = []
    path = export_tflite(
        small_summarizer(), tmp_path / "new" / "model.tflite", on_step=steps.append
    )
    assert len(steps) == 3
    assert "128, 256" in steps[0]
    assert str(path) in steps[2]
    assert [file.name for file in path.parent.iterdir()] == ["model.tflite"]


def model_bytes(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return path.read_bytes()[: json.loads(archive.read("limits.json"))["model_bytes"]]


@pytest.mark.parametrize(
    ("longest", "lengths"),
    [
        (64, (64,)),
        (128, (128,)),
        (384, (128, 256, 384)),
        (512, (128, 256, 384, 512)),
        (1024, (128, 256, 384, 512, 1024)),
    ],
)
def test_the_longest_window_always_has_a_signature(longest: int, lengths: tuple[int, ...]):
    model = SimpleNamespace(preprocessor=SimpleNamespace(sequence_length=longest))
    assert window_lengths(model) == lengths


class TestWhatIsRefused:
    @pytest.mark.parametrize("data", [None, []])
    def test_int8_without_representative_data(self, data: list | None, tmp_path: Path):
        with pytest.raises(UsageError, match="representative data"):
            export_tflite(
                small_summarizer(), tmp_path / "x", quantize="int8", representative_data=data
            )

    @pytest.mark.parametrize("quantize", ["none", "float16", "dynamic", "int4"])
    def test_representative_data_that_nothing_is_done_with(self, quantize: str, tmp_path: Path):
        with pytest.raises(UsageError, match=f"for int8 alone, not for {quantize}: leave them out"):
            export_tflite(
                small_summarizer(), tmp_path / "x", quantize=quantize, representative_data=["Text."]
            )

    # TensorFlow's calibrator would end this process.
    def test_int8_of_the_head_lstm(self, tmp_path: Path):
        with pytest.raises(UsageError, match=r"the head lstm.*: choose dynamic or int4"):
            export_tflite(
                small_summarizer("lstm"),
                tmp_path / "x",
                quantize="int8",
                representative_data=iter(()),
            )
        assert not list(tmp_path.iterdir())

    def test_int4_of_embeddings_that_have_no_halves(self, tmp_path: Path):
        preprocessor = small_summarizer().preprocessor
        backbone = keras_hub.models.BertBackbone(
            vocabulary_size=len(preprocessor.word_piece.vocabulary),
            num_layers=1,
            num_heads=3,
            hidden_dim=33,
            intermediate_dim=32,
            max_sequence_length=WINDOW_TOKENS,
        )
        model = BertSumExtractive(backbone, preprocessor, head="classifier")
        steps: list[str] = []
        with pytest.raises(
            UsageError, match="into a byte, and the model's have 33: choose dynamic"
        ):
            export_tflite(model, tmp_path / "x", quantize="int4", on_step=steps.append)
        assert not steps

    def test_int4_without_its_quantizer_before_any_work(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        find_spec = importlib.util.find_spec
        monkeypatch.setattr(
            importlib.util,
            "find_spec",
            lambda name, *rest: None if name == "litert_quantizer" else find_spec(name, *rest),
        )
        steps: list[str] = []
        with pytest.raises(BertsumError, match="run pip install litert-quantizer, or choose dyn"):
            export_tflite(small_summarizer(), tmp_path / "x", quantize="int4", on_step=steps.append)
        assert not steps

    def test_a_quantization_that_does_not_exist(self, tmp_path: Path):
        with pytest.raises(UsageError, match="none, float16, dynamic, int4, int8, not 'int3'"):
            export_tflite(small_summarizer(), tmp_path / "x", quantize="int3")

    def test_a_folder_as_output(self, tmp_path: Path):
        with pytest.raises(BertsumError, match="it is a folder"):
            export_tflite(small_summarizer(), tmp_path)

    def test_a_place_below_a_file(self, tmp_path: Path):
        (tmp_path / "file").write_text("")
        with pytest.raises(BertsumError, match="can't be written"):
            export_tflite(small_summarizer(), tmp_path / "file" / "model.tflite")

    def test_a_full_disk_leaves_what_was_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        converted = model_bytes(exported("none"))
        monkeypatch.setattr(bertsum_tf.exporters.tflite, "_save", lambda *_: None)
        monkeypatch.setattr(bertsum_tf.exporters.tflite, "_convert", lambda *_: converted)
        path = tmp_path / "model.tflite"
        path.write_bytes(b"the old one")
        write_bytes = Path.write_bytes

        def write_half(self: Path, content: bytes) -> None:
            write_bytes(self, content[: len(content) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(Path, "write_bytes", write_half)
        with pytest.raises(BertsumError, match="No space left on device"):
            export_tflite(small_summarizer(), path)
        assert [file.name for file in tmp_path.iterdir()] == ["model.tflite"]
        assert path.read_bytes() == b"the old one"

"""Where the BERT comes from, and what is said when it does not come."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import keras
import keras_hub
import numpy as np
import pytest
from packed_documents import packed, random_sentences

from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.models import BertSumExtractive, BertSumExtractivePreprocessor, presets
from bertsum_tf.models.presets import load_backbone, load_tokenizer, with_max_sequence_length

MakeBackbone = Callable[..., keras_hub.models.BertBackbone]
MakeModel = Callable[..., BertSumExtractive]


def test_a_folder_of_hugging_face_s_form_becomes_a_summarizer_of_its_own_vocabulary(
    hugging_face_folder: Path,
):
    model = BertSumExtractive.from_preset(hugging_face_folder, head_num_heads=2)
    assert model.backbone.num_layers == 2
    # The ids of the folder's vocab.txt, not those of BERT's own.
    assert (model.pad_id, model.cls_id, model.sep_id) == (0, 2, 3)
    # Windows as long as the backbone's.
    assert model.preprocessor.sequence_length == 128
    assert model.predict(["It rained."], verbose=0).shape == (1, 16)


def test_a_sentence_encoder_s_own_settings_are_not_taken_for_ours(
    hugging_face_folder: Path, tmp_path: Path
):
    """As all-MiniLM-L6-v2 has them on the hub; KerasHub passes them on to the task."""
    folder = shutil.copytree(hugging_face_folder, tmp_path / "encoder")
    (folder / "modules.json").write_text('[{"type": "sentence_transformers.models.Normalize"}]')
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 64}')
    model = BertSumExtractive.from_preset(folder, head="classifier")
    assert model.preprocessor.sequence_length == 128
    assert BertSumExtractivePreprocessor.from_preset(folder).sequence_length == 512


def test_dropout_and_precision_of_the_backbone_can_be_chosen(hugging_face_folder: Path):
    backbone = load_backbone(hugging_face_folder, dropout=0.0, dtype="mixed_bfloat16")
    assert (backbone.dropout, backbone.compute_dtype) == (0.0, "bfloat16")
    model = BertSumExtractive.from_preset(
        hugging_face_folder,
        preprocessor=None,
        head="classifier",
        dtype="mixed_bfloat16",
        backbone_dropout=0.3,
    )
    assert (model.backbone.dropout, model.backbone.compute_dtype) == (0.3, "bfloat16")


def test_a_model_trained_in_mixed_precision_loads_in_float32_unless_told_otherwise(
    hugging_face_folder: Path, tmp_path: Path
):
    trained = BertSumExtractive.from_preset(
        hugging_face_folder, head_num_heads=2, dtype="mixed_bfloat16"
    )
    trained.save_to_preset(str(tmp_path / "saved"))
    loaded = BertSumExtractive.from_preset(tmp_path / "saved")
    assert loaded.backbone.compute_dtype == "float32"
    for ours, saved in zip(loaded.weights, trained.weights, strict=True):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(ours), keras.ops.convert_to_numpy(saved)
        )
    mixed = BertSumExtractive.from_preset(tmp_path / "saved", dtype="mixed_bfloat16")
    assert mixed.backbone.compute_dtype == "bfloat16"


def test_a_saved_summarizer_keeps_its_head_whatever_dropout_it_is_loaded_with(
    hugging_face_folder: Path, tmp_path: Path
):
    model = BertSumExtractive.from_preset(hugging_face_folder, head="lstm", pooling="cls")
    model.save_to_preset(tmp_path)
    documents = ["Prices rose. The bank met on Tuesday. It rained."]
    loaded = BertSumExtractive.from_preset(tmp_path, backbone_dropout=0.3)
    assert (loaded.head, loaded.pooling, loaded.backbone.dropout) == ("lstm", "cls", 0.3)
    assert loaded.preprocessor.get_config()["sequence_length"] == 128
    expected = model.predict(documents, verbose=0)
    np.testing.assert_allclose(loaded.predict(documents, verbose=0), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("pooling", "cls"),
        ("head", "lstm"),
        ("head_num_layers", 1),
        ("sentence_positions", "sinusoidal"),
        ("interval_segments", False),
    ],
)
def test_a_saved_summarizer_can_t_become_another_one(
    tiny_model: MakeModel, tmp_path: Path, option: str, value: object
):
    tiny_model().save_to_preset(tmp_path)
    with pytest.raises(UsageError, match=f"a trained model with {option}=.*leave that as it is"):
        BertSumExtractive.from_preset(tmp_path, **{option: value})


# --- Windows of another length ---


def test_longer_windows_repeat_the_last_position(tiny_backbone: MakeBackbone):
    backbone = tiny_backbone(max_sequence_length=64)
    longer = with_max_sequence_length(backbone, 96)
    (before,) = backbone.get_layer("position_embedding").get_weights()
    (after,) = longer.get_layer("position_embedding").get_weights()
    np.testing.assert_array_equal(after[:64], before)
    np.testing.assert_array_equal(after[64:], np.repeat(before[63:], 32, axis=0))


def test_a_short_document_scores_the_same_in_a_model_of_longer_windows(
    tiny_backbone: MakeBackbone,
):
    backbone = tiny_backbone(max_sequence_length=64)
    longer = with_max_sequence_length(backbone, 96)
    models = [BertSumExtractive(b, head="classifier") for b in (backbone, longer)]
    models[1].logits_dense.set_weights(models[0].logits_dense.get_weights())
    row = packed(random_sentences(seed=1, count=5), 64)[None]
    short, long = (keras.ops.convert_to_numpy(model(row)) for model in models)
    np.testing.assert_allclose(long, short, atol=1e-6)
    assert models[1](packed(random_sentences(1, 12), 96)[None]).shape == (1, 12)


def test_longer_windows_reach_the_preprocessor_and_the_head(hugging_face_folder: Path):
    model = BertSumExtractive.from_preset(
        hugging_face_folder, head_num_heads=2, max_sequence_length=256
    )
    assert model.preprocessor.sequence_length == 256
    logits = model.predict([" ".join(["It rained."] * 40)], verbose=0)
    assert logits.shape == (1, 32)


def test_windows_longer_than_the_backbone_s_are_refused(
    hugging_face_folder: Path, tiny_backbone: MakeBackbone
):
    preprocessor = BertSumExtractivePreprocessor.from_preset(hugging_face_folder)
    with pytest.raises(UsageError, match="windows of 512 tokens are longer than the backbone's 64"):
        BertSumExtractive(tiny_backbone(max_sequence_length=64), preprocessor)


# --- One clear sentence ---


def the_sentence(error: pytest.ExceptionInfo[BertsumError]) -> str:
    message = str(error.value)
    assert message.endswith(".") and "\n" not in message
    return message


def test_an_unknown_preset():
    with pytest.raises(BertsumError) as error:
        BertSumExtractive.from_preset("bert_enormous")
    assert "neither a folder nor a BERT preset named bert_enormous" in the_sentence(error)
    assert "bert_base_en_uncased" in str(error.value)


def test_a_folder_without_a_bert(tmp_path: Path):
    with pytest.raises(BertsumError) as error:
        load_backbone(tmp_path)
    assert f"{tmp_path} holds no BERT" in the_sentence(error)


def test_a_folder_with_another_model(hugging_face_folder: Path, tmp_path: Path):
    folder = shutil.copytree(hugging_face_folder, tmp_path / "other")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "gpt2"}))
    with pytest.raises(BertsumError) as error:
        load_backbone(folder)
    assert "holds no BERT" in the_sentence(error)


def test_a_folder_with_half_of_the_weights(hugging_face_folder: Path, tmp_path: Path):
    folder = shutil.copytree(hugging_face_folder, tmp_path / "half")
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(BertsumError) as error:
        load_backbone(folder)
    assert "holds no BERT that can be read" in the_sentence(error)


def test_weights_that_python_3_10_can_t_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "model.safetensors").write_bytes(b"whatever")
    monkeypatch.setattr(presets, "sys", SimpleNamespace(version_info=(3, 10, 13)))
    with pytest.raises(BertsumError) as error:
        load_backbone(tmp_path)
    assert "take Python 3.11 or later" in the_sentence(error)


def test_a_preset_without_a_network(monkeypatch: pytest.MonkeyPatch):
    def unreachable(*args: object, **kwargs: object) -> str:
        raise ConnectionError("Failed to resolve 'www.kaggle.com'")

    monkeypatch.setattr("kagglehub.model_download", unreachable)
    with pytest.raises(BertsumError) as error:
        BertSumExtractive.from_preset("bert_tiny_en_uncased")
    assert "bert_tiny_en_uncased could not be fetched: check the network" in the_sentence(error)


def test_a_cased_bert(hugging_face_folder: Path, tmp_path: Path):
    folder = shutil.copytree(hugging_face_folder, tmp_path / "cased")
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": false}')
    with pytest.raises(BertsumError) as error:
        load_tokenizer(folder)
    assert "cased BERT" in the_sentence(error)


def test_an_argument_that_does_not_exist_is_a_mistake_of_the_program(hugging_face_folder: Path):
    with pytest.raises(TypeError):
        BertSumExtractive.from_preset(hugging_face_folder, heads="lstm")

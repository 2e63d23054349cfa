"""Small random BERTs, so that the tests are quick and need nothing from anywhere."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import keras_hub
import numpy as np
import pytest
from random_weights import enlarge_weights
from safetensors.numpy import load_file, save_file
from small_vocabulary import VOCABULARY

from bertsum_tf.models import BertSumAbstractive, BertSumExtractive
from bertsum_tf.text.targets import TARGET_MARKS


@pytest.fixture
def tiny_backbone() -> Callable[..., keras_hub.models.BertBackbone]:
    """Makes a BERT of 2 layers and width 16, with weights large enough to tell inputs apart."""

    def make(**options: object) -> keras_hub.models.BertBackbone:
        defaults = {
            "vocabulary_size": 200,
            "num_layers": 2,
            "num_heads": 2,
            "hidden_dim": 16,
            "intermediate_dim": 32,
            "dropout": 0.0,
            "max_sequence_length": 128,
        }
        backbone = keras_hub.models.BertBackbone(**{**defaults, **options})
        enlarge_weights(backbone)
        return backbone

    return make


@pytest.fixture
def tiny_model(
    tiny_backbone: Callable[..., keras_hub.models.BertBackbone],
) -> Callable[..., BertSumExtractive]:
    """Makes a summariser over `tiny_backbone`, without dropout."""

    def make(dtype: str = "float32", **options: object) -> BertSumExtractive:
        defaults = {"head_num_heads": 2, "head_intermediate_dim": 32, "dropout": 0.0}
        model = BertSumExtractive(tiny_backbone(dtype=dtype), **{**defaults, **options})
        enlarge_weights(model)
        return model

    return make


@pytest.fixture(scope="session")
def hugging_face_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as Hugging Face lays out a BERT: 2 layers, width 16, random weights."""
    if sys.version_info < (3, 11):
        pytest.skip("KerasHub 0.25, the last for Python 3.10, reads other names of weights")
    folder = tmp_path_factory.mktemp("hugging_face_bert")
    layers, width, inner = 2, 16, 32
    random = np.random.default_rng(0)

    def weight(*shape: int) -> np.ndarray:
        return random.normal(0.0, 0.4, shape).astype(np.float32)

    tensors = {
        "embeddings.word_embeddings.weight": weight(len(VOCABULARY), width),
        "embeddings.position_embeddings.weight": weight(128, width),
        "embeddings.token_type_embeddings.weight": weight(2, width),
        "pooler.dense.weight": weight(width, width),
        "pooler.dense.bias": weight(width),
    }
    norms = ["embeddings.LayerNorm"]
    for layer in range(layers):
        block = f"encoder.layer.{layer}"
        norms += [f"{block}.attention.output.LayerNorm", f"{block}.output.LayerNorm"]
        for name, rows, columns in [
            ("attention.self.query", width, width),
            ("attention.self.key", width, width),
            ("attention.self.value", width, width),
            ("attention.output.dense", width, width),
            ("intermediate.dense", inner, width),
            ("output.dense", width, inner),
        ]:
            tensors[f"{block}.{name}.weight"] = weight(rows, columns)
            tensors[f"{block}.{name}.bias"] = weight(rows)
    for name in norms:
        tensors[f"{name}.weight"] = 1.0 + weight(width) / 4
        tensors[f"{name}.bias"] = weight(width)
    save_file(tensors, folder / "model.safetensors")
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": len(VOCABULARY),
        "num_hidden_layers": layers,
        "num_attention_heads": 2,
        "hidden_size": width,
        "intermediate_size": inner,
        "max_position_embeddings": 128,
        "type_vocab_size": 2,
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"do_lower_case": True, "tokenizer_class": "BertTokenizer"})
    )
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    return folder


@pytest.fixture
def tiny_writer(
    tiny_backbone: Callable[..., keras_hub.models.BertBackbone],
) -> Callable[..., BertSumAbstractive]:
    """Makes a writer of summaries over `tiny_backbone`, without dropout."""

    def make(dtype: str = "float32", **options: object) -> BertSumAbstractive:
        defaults = {
            "decoder_num_layers": 2,
            "decoder_num_heads": 2,
            "decoder_intermediate_dim": 32,
            "dropout": 0.0,
        }
        model = BertSumAbstractive(tiny_backbone(dtype=dtype), **{**defaults, **options})
        enlarge_weights(model)
        return model

    return make


@pytest.fixture(scope="session")
def writers_folder(hugging_face_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`hugging_face_folder`, its vocabulary with the marks of targets."""
    folder = tmp_path_factory.mktemp("writers_bert") / "bert"
    shutil.copytree(hugging_face_folder, folder)
    vocabulary = [*VOCABULARY, *TARGET_MARKS]
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "vocab_size": len(vocabulary)}))
    tensors = load_file(folder / "model.safetensors")
    name = "embeddings.word_embeddings.weight"
    marks = np.random.default_rng(1).normal(0.0, 0.4, (len(TARGET_MARKS), 16))
    tensors[name] = np.concatenate([tensors[name], marks.astype(np.float32)])
    save_file(tensors, folder / "model.safetensors")
    return folder

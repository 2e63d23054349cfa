"""What a TPU asks of a training step, on a CPU: XLA, static shapes, float32 where it counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
keras_hub = pytest.importorskip("keras_hub")

import keras  # noqa: E402
from tiny_bert import PIECES  # noqa: E402

from bertsum_tf.data.corpora import open_corpus  # noqa: E402
from bertsum_tf.data.prepare import prepare  # noqa: E402
from bertsum_tf.data.prepared import PreparedData  # noqa: E402
from bertsum_tf.models import (  # noqa: E402
    BertSumAbstractive,
    BertSumAbstractivePreprocessor,
    BertSumExtractive,
    DualEncoder,
)
from bertsum_tf.text.wordpiece import WordPiece  # noqa: E402
from bertsum_tf.training.recipes import (  # noqa: E402
    ABSTRACTIVE_RECIPES,
    EXTRACTIVE_RECIPES,
    PRETRAIN_RECIPES,
)
from bertsum_tf.training.train import Settings, compile_for_training, train  # noqa: E402

if keras.backend.backend() != "tensorflow":
    pytest.skip("looks at TensorFlow's graphs", allow_module_level=True)

LENGTH, ROWS, TARGET = 64, 4, 24


def make(task: str, precision: str = "float32", dropout: float = 0.0) -> tuple[Any, Any]:
    """A tiny model and its recipe; batches of 4 windows of 64 tokens."""
    keras.utils.set_random_seed(0)
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=len(PIECES),
        num_layers=1,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=8,
        max_sequence_length=LENGTH,
        dropout=dropout,
        dtype=precision,
    )
    ids = {"cls_id": 2, "sep_id": 3, "pad_id": 0}
    if task == "pretrain":
        return DualEncoder(backbone, **ids), PRETRAIN_RECIPES["default"]
    if task == "abstractive":
        tokenizer = keras_hub.models.BertTokenizer(PIECES, lowercase=True)
        preprocessor = BertSumAbstractivePreprocessor(tokenizer, LENGTH, target_length=TARGET)
        model = BertSumAbstractive(
            backbone,
            preprocessor,
            decoder_num_layers=1,
            decoder_num_heads=2,
            decoder_intermediate_dim=8,
            dropout=dropout,
            **preprocessor.special_ids(),
        )
        return model, ABSTRACTIVE_RECIPES["default"]
    model = BertSumExtractive(
        backbone,
        head_num_layers=1,
        head_num_heads=2,
        head_intermediate_dim=8,
        dropout=dropout,
        **ids,
    )
    return model, EXTRACTIVE_RECIPES["default"]


def example(task: str) -> tuple[Any, np.ndarray]:
    ids = np.random.default_rng(0).integers(4, len(PIECES), (ROWS, LENGTH)).astype(np.int32)
    ids[:, ::10] = 2
    if task == "pretrain":
        return {"token_ids": ids, "summary_token_ids": ids[::-1].copy()}, np.ones(ROWS, np.float32)
    if task == "abstractive":
        written = ids[:, :TARGET]
        return {"token_ids": ids, "decoder_token_ids": written}, written.copy()
    return ids, np.full((ROWS, LENGTH // 8), 0.5, np.float32)


def step_of(task: str, **options: Any) -> tuple[Any, tuple[Any, np.ndarray]]:
    model, recipe = make(task, **options)
    settings = Settings(replace(recipe, accumulate=2), static_length=LENGTH, jit_compile=True)
    trainee, _ = compile_for_training(model, settings, total_steps=10)
    return trainee, example(task)


def operations(graph: Any) -> Iterator[Any]:
    """Of a graph and of all the functions that it calls."""
    yield from graph.get_operations()
    for name in graph._functions:
        yield from graph._functions[name].graph.get_operations()


@pytest.mark.slow
@pytest.mark.parametrize("task", ["extractive", "abstractive", "pretrain"])
def test_the_whole_step_compiles_with_static_shapes_and_without_strings(task: str) -> None:
    trainee, batch = step_of(task, dropout=0.1)
    batch = tf.nest.map_structure(tf.constant, batch)
    step = tf.function(trainee.train_step, jit_compile=True)
    # The optimizer's step is every second one.
    assert all(np.isfinite(float(step(batch)["loss"])) for _ in range(2))
    assert step.experimental_get_tracing_count() == 1
    types = [
        output.dtype
        for operation in operations(step.get_concrete_function(batch).graph)
        for output in operation.outputs
    ]
    assert len(types) > 500
    assert tf.string not in types
    # What XLA is given: a dynamic dimension would be written as [<=64,8].
    program = step.experimental_get_compiler_ir(batch)(stage="hlo")
    assert f"s32[{ROWS},{LENGTH}]" in program
    assert not re.search(r"\[[\d,]*<=", program)


@pytest.mark.slow
@pytest.mark.parametrize("dropout", [0.0, 0.1])
def test_bfloat16_leaves_softmax_layer_norm_and_loss_in_float32(dropout: float) -> None:
    trainee, batch = step_of("extractive", precision="mixed_bfloat16", dropout=dropout)
    graph = tf.function(trainee.train_step).get_concrete_function(batch).graph
    dtypes: dict[str, set[Any]] = {}
    for operation in operations(graph):
        if operation.outputs:
            dtypes.setdefault(operation.type, set()).add(operation.outputs[0].dtype)
    assert tf.bfloat16 in dtypes["MatMul"] | dtypes.get("Einsum", set())  # the policy is there
    in_float32 = ("Softmax", "Exp", "Rsqrt", "SquaredDifference", "Softplus")
    assert set.union(*(dtypes.get(name, set()) for name in in_float32)) == {tf.float32}
    assert {"Softmax", "Rsqrt", "Softplus"} <= set(dtypes)


@pytest.mark.slow
def test_a_run_compiles_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vocabulary = WordPiece(PIECES)
    data = []
    for split in ("train", "validation"):
        prepare(
            open_corpus("sample", split=split, limit=24),
            vocabulary,
            tmp_path / split,
            max_tokens=LENGTH,
            workers=1,
        )
        data.append(PreparedData(tmp_path / split, later_windows=0.0))
    traced = []
    own_step: Callable[..., Any] = keras.Model.train_step

    def train_step(model: keras.Model, batch: Any) -> Any:
        traced.append(batch)
        return own_step(model, batch)

    monkeypatch.setattr(keras.Model, "train_step", train_step)
    model, recipe = make("extractive")
    settings = Settings(
        replace(recipe, steps=6, tokens_per_batch=ROWS * LENGTH),
        validate_every=2,
        static_length=LENGTH,
        jit_compile=True,
    )
    train(model, *data, tmp_path / "run", settings)
    (batch,) = traced
    assert [tuple(array.shape) for array in batch] == [(ROWS, LENGTH), (ROWS, LENGTH // 8)]

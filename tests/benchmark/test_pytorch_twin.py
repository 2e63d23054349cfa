"""A fair yardstick: the twin computes what the Keras model computes, and learns as it learns."""

from __future__ import annotations

import keras
import keras_hub
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: there is no twin")

from bertsum_tf.benchmark.model_shape import ModelShape  # noqa: E402
from bertsum_tf.benchmark.pytorch_twin import PyTorchTwin, TwinTrainer  # noqa: E402
from bertsum_tf.benchmark.twin_weights import copy_weights  # noqa: E402
from bertsum_tf.models import BertSumExtractive  # noqa: E402
from bertsum_tf.training.recipes import ExtractiveRecipe  # noqa: E402
from bertsum_tf.training.train import Settings, compile_for_training  # noqa: E402

CLS, SEP, PAD = 2, 3, 0
SHAPE = ModelShape(
    vocabulary_size=60,
    num_layers=2,
    num_heads=2,
    hidden_dim=16,
    intermediate_dim=32,
    max_sequence_length=64,
    head_num_layers=2,
    head_num_heads=4,
    head_intermediate_dim=24,
)
# Two windows of 4 and 2 sentences, the second one with padding.
SENTENCES = [[[10, 11, 12], [13] * 9, [14, 15], [16, 17, 18, 19]], [[20, 21], [22, 23, 24]]]


def make_batch() -> tuple[np.ndarray, np.ndarray]:
    token_ids = np.full((2, 48), PAD, np.int32)
    labels = np.full((2, 6), -1.0, np.float32)
    for row, sentences in enumerate(SENTENCES):
        ids = [token for sentence in sentences for token in (CLS, *sentence, SEP)]
        token_ids[row, : len(ids)] = ids
        labels[row, : len(sentences)] = np.linspace(0.0, 1.0, len(sentences))
    return token_ids, labels


def make_model() -> BertSumExtractive:
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=SHAPE.vocabulary_size,
        num_layers=SHAPE.num_layers,
        num_heads=SHAPE.num_heads,
        hidden_dim=SHAPE.hidden_dim,
        intermediate_dim=SHAPE.intermediate_dim,
        max_sequence_length=SHAPE.max_sequence_length,
        dropout=0.0,
    )
    model = BertSumExtractive(
        backbone,
        head_num_layers=SHAPE.head_num_layers,
        head_num_heads=SHAPE.head_num_heads,
        head_intermediate_dim=SHAPE.head_intermediate_dim,
        dropout=0.0,
        cls_id=CLS,
        sep_id=SEP,
        pad_id=PAD,
    )
    random = np.random.default_rng(0)
    for variable in model.weights:  # large, so that every input matters
        loc = 1.0 if variable.path.endswith("gamma") else 0.0
        variable.assign(random.normal(loc, 0.3, variable.shape))
    return model


def make_twin(model: BertSumExtractive) -> PyTorchTwin:
    twin = PyTorchTwin(SHAPE, CLS, SEP, PAD)
    copy_weights(model, twin)
    return twin


def test_the_same_weights_give_the_same_logits():
    model = make_model()
    token_ids, labels = make_batch()
    expected = keras.ops.convert_to_numpy(model(token_ids))
    with torch.no_grad():
        actual = make_twin(model)(torch.from_numpy(token_ids)).numpy()
    real = labels >= 0
    assert np.ptp(expected[real]) > 0.5
    np.testing.assert_allclose(actual[real], expected[real], atol=1e-4)


def test_it_has_as_many_weights_as_training_changes():
    model = make_model()
    count = sum(np.prod(variable.shape) for variable in model.trainable_variables)
    assert sum(parameter.numel() for parameter in make_twin(model).parameters()) == count


def test_it_learns_as_bertsum_train_does():
    # High rates, so that a step of one that is left out or of the other's size is seen at once.
    recipe = ExtractiveRecipe(
        backbone_learning_rate=1e-3,
        head_learning_rate=1e-2,
        warmup_steps=3,
        weight_decay=0.1,
        clip_norm=0.5,
    )
    model = make_model()
    trainer = TwinTrainer(make_twin(model), recipe, "float32")
    settings = Settings(recipe, jit_compile=False)
    trainee, _ = compile_for_training(model, settings, total_steps=1_000_000)
    batch = make_batch()
    expected = [float(trainee.train_on_batch(*batch)) for _ in range(6)]
    losses = [trainer.step(*batch) for _ in range(6)]
    assert losses[-1] < 0.9 * losses[0]
    np.testing.assert_allclose(losses, expected, rtol=2e-3)


def test_bfloat16_computes_nearly_the_same_and_keeps_float32_weights():
    twin = make_twin(make_model())
    exact = TwinTrainer(twin, ExtractiveRecipe(), "float32").step(*make_batch())
    twin = make_twin(make_model())
    rounded = TwinTrainer(twin, ExtractiveRecipe(), "mixed_bfloat16").step(*make_batch())
    assert rounded != exact
    assert rounded == pytest.approx(exact, rel=0.05)
    assert {parameter.dtype for parameter in twin.parameters()} == {torch.float32}

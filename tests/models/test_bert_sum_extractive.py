"""The model as a whole. Which sentence gets which score may depend on the document alone."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from packed_documents import PAD, packed, random_sentences

from bertsum_tf.errors import UsageError
from bertsum_tf.models import BertSumExtractive, MaskedBinaryCrossentropy

MakeModel = Callable[..., BertSumExtractive]

ARCHITECTURES = [
    {"head": head, "pooling": pooling}
    for head in ("classifier", "transformer", "lstm")
    for pooling in ("mean", "cls")
]
each_architecture = pytest.mark.parametrize(
    "options", ARCHITECTURES, ids=lambda options: "-".join(options.values())
)
each_head = pytest.mark.parametrize("head", ["classifier", "transformer", "lstm"])


def scores(model: BertSumExtractive, *rows: np.ndarray) -> np.ndarray:
    return keras.ops.convert_to_numpy(model(np.stack(rows)))


def compile_for_a_few_steps(model: BertSumExtractive, optimizer: keras.Optimizer) -> None:
    # To compile a graph would take longer than the steps.
    model.compile(optimizer, MaskedBinaryCrossentropy(), run_eagerly=True)


# --- What a score may not depend on ---


@each_architecture
def test_neither_padding_nor_bucket_nor_neighbours_change_a_score(
    tiny_model: MakeModel, options: dict[str, str]
):
    model = tiny_model(**options)
    document = random_sentences(seed=1, count=5)
    alone = scores(model, packed(document, 40))[0]
    for length in (48, 64, 128):
        padded = scores(model, packed(document, length))
        np.testing.assert_allclose(padded[0, :5], alone, atol=1e-5)
    neighbours = [packed(random_sentences(seed, count), 64) for seed, count in [(2, 8), (3, 1)]]
    nothing = np.full(64, PAD, np.int32)
    batch = scores(model, neighbours[0], packed(document, 64), neighbours[1], nothing)
    np.testing.assert_allclose(batch[1, :5], alone, atol=1e-5)
    # The scores say something, so that the comparisons above do.
    assert np.ptp(alone) > 0.1


@each_architecture
def test_a_window_of_padding_is_finite(tiny_model: MakeModel, options: dict[str, str]):
    model = tiny_model(**options)
    assert np.isfinite(scores(model, np.full(32, PAD, np.int32))).all()


# --- What it has to depend on ---


@each_head
def test_a_sentence_s_words_change_its_own_score_and_those_of_its_neighbours(
    tiny_model: MakeModel, head: str
):
    model = tiny_model(head=head)
    document = random_sentences(seed=1, count=4)
    changed = [*document[:2], [7, 7, 7], document[3]]
    difference = scores(model, packed(document, 64)) - scores(model, packed(changed, 64))
    assert (np.abs(difference[0, :4]) > 1e-4).all()


def test_segments_are_what_interval_segments_says(tiny_model: MakeModel):
    with_intervals, without = tiny_model(), tiny_model(interval_segments=False)
    without.set_weights(with_intervals.get_weights())
    one, two = packed([[11, 12]], 32), packed([[11, 12], [21]], 32)
    # A first sentence is segment A either way; the second is B or A.
    np.testing.assert_allclose(scores(with_intervals, one)[0, 0], scores(without, one)[0, 0])
    assert abs(scores(with_intervals, two)[0, 1] - scores(without, two)[0, 1]) > 1e-3


@pytest.mark.parametrize("sentence_positions", ["learned", "sinusoidal"])
def test_the_transformer_head_knows_where_a_sentence_stands(
    tiny_model: MakeModel, sentence_positions: str
):
    model = tiny_model(sentence_positions=sentence_positions)
    # A backbone that tells no positions leaves those of the head.
    (positions,) = model.backbone.get_layer("position_embedding").weights
    positions.assign(np.zeros(positions.shape))
    alike = scores(model, packed([[11, 12]] * 3, 32))[0, :3]
    # First and third are alike but for their place: both are segment A.
    assert abs(alike[0] - alike[2]) > 1e-3


# --- Shapes and types ---


def test_a_window_has_a_slot_for_every_8_tokens(tiny_model: MakeModel):
    model = tiny_model()
    assert model.input_shape == (None, None)
    assert model.output_shape == (None, None)
    for length in (8, 64, 128):
        assert scores(model, packed([[11]], length)).shape == (1, length // 8)


@each_head
def test_mixed_precision_gives_float32_logits_close_to_float32_s_own(
    tiny_model: MakeModel, head: str
):
    exact, mixed = tiny_model(head=head), tiny_model(head=head, dtype="mixed_bfloat16")
    row = packed(random_sentences(seed=1, count=6), 64)
    logits = scores(mixed, row)
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits[0, :6], scores(exact, row)[0, :6], atol=0.2)
    assert mixed.backbone.compute_dtype == "bfloat16"
    assert all(variable.dtype == "float32" for variable in mixed.trainable_variables)


# --- Training ---


@each_head
def test_backbone_and_head_share_the_variables_out_and_leave_out_the_pooler(
    tiny_model: MakeModel, head: str
):
    model = tiny_model(head=head)
    backbone = {id(variable) for variable in model.backbone.trainable_variables}
    others = {id(variable) for variable in model.head_variables}
    pooler = {id(variable) for variable in model.backbone.pooled_dense.weights}
    assert backbone and others and pooler
    assert not backbone & others
    assert backbone | others == {id(variable) for variable in model.trainable_variables}
    assert backbone == {id(v) for v in model.backbone.weights} - pooler


@each_head
def test_every_trainable_variable_learns(tiny_model: MakeModel, head: str):
    model = tiny_model(head=head)
    compile_for_a_few_steps(model, keras.optimizers.SGD(0.1))
    before = [keras.ops.convert_to_numpy(variable) for variable in model.trainable_variables]
    row = packed(random_sentences(seed=1, count=4), 32)[None]
    with warnings.catch_warnings():
        # Keras warns of variables without a gradient.
        warnings.filterwarnings("error", message=".*[Gg]radient.*")
        model.train_on_batch(row, np.float32([[1, 0, 0, 1]]))
    unchanged = [
        variable.path
        for variable, value in zip(model.trainable_variables, before, strict=True)
        if np.array_equal(keras.ops.convert_to_numpy(variable), value)
        # A constant added to every key shifts all scores alike: softmax does not see it.
        and not variable.path.endswith("key/bias")
    ]
    assert unchanged == []


@each_head
def test_a_sentence_without_a_label_gives_no_gradient(tiny_model: MakeModel, head: str):
    first, second = (packed(random_sentences(seed, 4), 32) for seed in (1, 2))
    labels, none = np.float32([1, 0, 0, 1]), np.float32([-1] * 4)

    def trained_on(rows: list[np.ndarray], targets: list[np.ndarray]) -> list[np.ndarray]:
        model = tiny_model(head=head)
        compile_for_a_few_steps(model, keras.optimizers.SGD(0.1))
        model.train_on_batch(np.stack(rows), np.stack(targets))
        return model.get_weights()

    with_neighbour = trained_on([first, second], [labels, none])
    alone = trained_on([first], [labels])
    untrained = tiny_model(head=head).get_weights()
    for value, expected in zip(with_neighbour, alone, strict=True):
        np.testing.assert_allclose(value, expected, atol=1e-6)
    for value, expected in zip(trained_on([second], [none]), untrained, strict=True):
        np.testing.assert_array_equal(value, expected)


@pytest.mark.slow
@each_head
def test_each_head_overfits_8_documents_to_the_exact_oracle(tiny_model: MakeModel, head: str):
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(0)
    counts = [3, 4, 5, 6, 7, 8, 8, 8]
    rows = np.stack([packed(random_sentences(seed, n), 72) for seed, n in enumerate(counts)])
    labels = np.full((8, 9), -1.0, np.float32)
    for row, count in zip(labels, counts, strict=True):
        row[:count] = 0.0
        row[random.choice(count, 3, replace=False)] = 1.0
    model = tiny_model(head=head)
    # XLA on TensorFlow would take longer to compile than this takes to run.
    jit_compile = keras.backend.backend() == "jax"
    model.compile(keras.optimizers.Adam(4e-3), MaskedBinaryCrossentropy(), jit_compile=jit_compile)
    for _ in range(120):
        model.train_on_batch(rows, labels)
    model.reset_metrics()  # older versions of Keras give the mean of all batches
    assert model.test_on_batch(rows, labels) < 0.1
    for row_scores, row in zip(scores(model, *rows), labels, strict=True):
        oracle = np.flatnonzero(row == 1.0)
        best = np.argsort(-row_scores[row >= 0])[:3]
        assert sorted(best) == oracle.tolist()


# --- Saving ---


def test_every_argument_comes_back_from_the_config(tiny_model: MakeModel):
    arguments = {
        "pooling": "cls",
        "head": "transformer",
        "head_num_layers": 3,
        "head_num_heads": 4,
        "head_intermediate_dim": 48,
        "sentence_positions": "sinusoidal",
        "sentence_layer_norm": False,
        "interval_segments": False,
        "dropout": 0.2,
        "cls_id": 2,
        "sep_id": 3,
        "pad_id": 5,
    }
    model = tiny_model(**arguments)
    config = model.get_config()
    assert {name: config[name] for name in arguments} == arguments
    assert {name: getattr(model, name) for name in arguments} == arguments
    assert BertSumExtractive.from_config(config).get_config() == model.get_config()


@each_architecture
def test_a_saved_model_scores_the_same(
    tiny_model: MakeModel, options: dict[str, str], tmp_path: Path
):
    model = tiny_model(**options)
    row = packed(random_sentences(seed=1, count=6), 64)
    before = scores(model, row)

    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_allclose(scores(loaded, row), before, atol=1e-6)

    model.save_to_preset(tmp_path / "preset")
    loaded = BertSumExtractive.from_preset(tmp_path / "preset")
    np.testing.assert_allclose(scores(loaded, row), before, atol=1e-6)
    assert loaded.get_config() == {**model.get_config(), "name": loaded.name}


def test_training_goes_on_from_a_saved_model(tiny_model: MakeModel, tmp_path: Path):
    row = packed(random_sentences(seed=1, count=4), 32)[None]
    labels = np.float32([[1, 0, 0, 1]])
    model = tiny_model()
    compile_for_a_few_steps(model, keras.optimizers.Adam(1e-2))
    model.train_on_batch(row, labels)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for _ in range(2):
        for either in (model, loaded):
            either.reset_metrics()  # older versions of Keras give the mean of all batches
        expected, actual = model.train_on_batch(row, labels), loaded.train_on_batch(row, labels)
        assert actual == pytest.approx(expected, rel=1e-5)


def test_a_preset_holds_the_weights_once_without_the_optimizer_s_state(
    tiny_model: MakeModel, tmp_path: Path
):
    model = tiny_model()
    model.save_to_preset(tmp_path / "before")
    compile_for_a_few_steps(model, keras.optimizers.Adam())
    model.train_on_batch(packed([[11]], 32)[None], np.float32([[1, -1, -1, -1]]))
    model.save_to_preset(tmp_path / "after")
    before, after = (
        sum(file.stat().st_size for file in (tmp_path / name).glob("*.h5"))
        for name in ("before", "after")
    )
    assert after == before


# --- Wrong arguments ---


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"head": "rnn"}, "head has to be one of classifier, transformer, lstm, not 'rnn'"),
        ({"pooling": "max"}, "pooling has to be one of cls, mean"),
        ({"sentence_positions": "none"}, "one of learned, sinusoidal"),
        ({"head_num_heads": 3}, "divide the backbone's hidden size 16, and 3 does not"),
    ],
)
def test_a_wrong_argument_says_what_would_be_right(
    tiny_model: MakeModel, options: dict[str, object], message: str
):
    with pytest.raises(UsageError, match=message):
        tiny_model(**options)

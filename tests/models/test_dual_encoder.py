"""Two encoders, one space. A vector may depend on its own text alone."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from pathlib import Path

import keras
import keras_hub
import numpy as np
import pytest
from packed_documents import PAD, packed, random_sentences
from small_vocabulary import VOCABULARY
from test_backends import (
    WITHOUT_TENSORFLOW,
    needs,
    run,
    skip_where_keras_hub_imports_tensorflow,
)

from bertsum_tf.data.corpora import SAMPLE, open_corpus
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.evaluation.retrieval import retrieval
from bertsum_tf.models import (
    BertSumExtractive,
    DualEncoder,
    DualEncoderPreprocessor,
    SymmetricInfoNCE,
)
from bertsum_tf.models.presets import load_backbone, load_document_encoder, saved_task
from bertsum_tf.models.symmetric_info_nce import EXCLUDED
from bertsum_tf.summarizer import load_matcher
from bertsum_tf.text.train_vocabulary import train_vocabulary
from bertsum_tf.text.wordpiece import WordPiece

MakeBackbone = Callable[..., keras_hub.models.BertBackbone]
MakeDual = Callable[..., DualEncoder]

each_pooling = pytest.mark.parametrize("pooling", ["mean", "cls", "sentence_cls"])
each_sharing = pytest.mark.parametrize("shared", [False, True], ids=["separate", "shared"])

DOCUMENTS = np.stack([packed(random_sentences(seed, 6), 64) for seed in range(4)])
SUMMARIES = np.stack([packed(random_sentences(seed, 2), 24) for seed in range(10, 14)])
NEGATIVES = np.stack([packed(random_sentences(seed, 2), 24) for seed in range(20, 24)])


@pytest.fixture
def tiny_dual(tiny_backbone: MakeBackbone) -> MakeDual:
    """Makes a dual encoder over `tiny_backbone` whose two sides have different weights."""

    def make(dtype: str = "float32", **options: object) -> DualEncoder:
        model = DualEncoder(tiny_backbone(dtype=dtype), **options)
        if not model.shared:
            for variable in model.summary_backbone.trainable_variables:
                variable.assign(keras.ops.flip(variable))
        return model

    return make


def pairs(**others: np.ndarray) -> dict[str, np.ndarray]:
    return {"token_ids": DOCUMENTS, "summary_token_ids": SUMMARIES, **others}


def similarities(model: DualEncoder, inputs: dict[str, np.ndarray]) -> np.ndarray:
    return keras.ops.convert_to_numpy(model(inputs))


# --- Vectors ---


@each_pooling
@pytest.mark.parametrize("projection_dim", [None, 5])
def test_each_text_has_a_vector_of_length_1(
    tiny_dual: MakeDual, pooling: str, projection_dim: int | None
):
    model = tiny_dual(pooling=pooling, projection_dim=projection_dim)
    for vectors in (model.encode_documents(DOCUMENTS), model.encode_summaries(SUMMARIES)):
        assert vectors.shape == (4, projection_dim or 16)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
        # The texts are told apart, so that what follows says something.
        assert np.ptp(vectors, axis=0).max() > 0.1
    assert model.encode_documents(DOCUMENTS[:0]).shape == (0, projection_dim or 16)


@each_pooling
def test_neither_padding_nor_neighbours_change_a_vector(tiny_dual: MakeDual, pooling: str):
    model = tiny_dual(pooling=pooling)
    nothing = np.full((1, 128), PAD, np.int32)
    for encode in (model.encode_documents, model.encode_summaries):
        alone = encode(DOCUMENTS[:1])
        longer = np.pad(DOCUMENTS, ((0, 0), (0, 64)))
        batch = encode(np.concatenate([longer[1:3], nothing, longer[:1]]))
        np.testing.assert_allclose(batch[3:], alone, atol=1e-5)
        in_small_batches = encode(DOCUMENTS, batch_size=3)
        np.testing.assert_allclose(in_small_batches[:1], alone, atol=1e-5)
        assert np.isfinite(batch).all()


def test_poolings_are_the_means_that_they_say(tiny_dual: MakeDual):
    row = packed([[11, 12], [21, 22, 23]], 16)[None]
    places = {"mean": [1, 2, 5, 6, 7], "cls": [0], "sentence_cls": [0, 4]}
    for pooling, members in places.items():
        model = tiny_dual(pooling=pooling)
        hidden = model.backbone(
            {
                "token_ids": row,
                "segment_ids": np.zeros_like(row),
                "padding_mask": (row != PAD).astype(np.int32),
            }
        )["sequence_output"]
        expected = keras.ops.convert_to_numpy(hidden)[0, members].mean(0)
        expected /= np.linalg.norm(expected)
        np.testing.assert_allclose(model.encode_documents(row)[0], expected, atol=1e-5)


def test_segments_alternate_only_where_asked(tiny_dual: MakeDual):
    plain, alternating = tiny_dual(), tiny_dual(interval_segments=True)
    one, two = packed([[11, 12]], 16)[None], packed([[11, 12], [21]], 16)[None]
    np.testing.assert_allclose(
        plain.encode_documents(one), alternating.encode_documents(one), atol=1e-6
    )
    difference = plain.encode_documents(two) - alternating.encode_documents(two)
    assert np.abs(difference).max() > 1e-3


def test_a_projection_of_the_backbone_s_own_width_starts_with_its_cosines(
    tiny_backbone: MakeBackbone,
):
    plain = DualEncoder(tiny_backbone())
    projected = DualEncoder(tiny_backbone(), projection_dim=16)
    expected = plain.encode_documents(DOCUMENTS) @ plain.encode_summaries(SUMMARIES).T
    actual = projected.encode_documents(DOCUMENTS) @ projected.encode_summaries(SUMMARIES).T
    np.testing.assert_allclose(actual, expected, atol=1e-5)


# --- One BERT or two ---


def test_both_encoders_start_from_the_same_weights(tiny_backbone: MakeBackbone):
    model = DualEncoder(tiny_backbone())
    assert model.summary_backbone is not model.backbone
    np.testing.assert_array_equal(
        model.encode_documents(DOCUMENTS), model.encode_summaries(DOCUMENTS)
    )


@each_sharing
def test_an_update_of_one_side_is_seen_by_the_other_only_if_they_share(
    tiny_backbone: MakeBackbone, shared: bool
):
    model = DualEncoder(tiny_backbone(), shared=shared)
    before = model.encode_summaries(SUMMARIES)
    enlarge = model.backbone.get_layer("token_embedding").weights[0]
    enlarge.assign(keras.ops.flip(enlarge))
    moved = np.abs(model.encode_summaries(SUMMARIES) - before).max()
    assert (moved > 1e-2) == shared


def test_head_variables_are_those_of_neither_backbone(tiny_dual: MakeDual):
    separate, shared = tiny_dual(projection_dim=8), tiny_dual(projection_dim=8, shared=True)
    names = [variable.path for variable in separate.head_variables]
    assert sorted(names) == [
        "projection/kernel",
        "similarity/log_scale",
        "summary_projection/kernel",
    ]
    names = [variable.path for variable in shared.head_variables]
    assert sorted(names) == ["projection/kernel", "similarity/log_scale"]


# --- What is trained ---


def test_similarities_are_cosines_over_the_temperature(tiny_dual: MakeDual):
    model = tiny_dual(initial_temperature=0.1)
    cosines = model.encode_documents(DOCUMENTS) @ model.encode_summaries(SUMMARIES).T
    np.testing.assert_allclose(similarities(model, pairs()), 10.0 * cosines, atol=1e-4)


def test_hard_negatives_are_more_columns(tiny_dual: MakeDual):
    plain, model = tiny_dual(), tiny_dual(hard_negatives=True)
    both = similarities(model, pairs(negative_token_ids=NEGATIVES))
    assert both.shape == (4, 8)
    np.testing.assert_allclose(both[:, :4], similarities(plain, pairs()), atol=1e-4)
    with_negatives = {**pairs(), "summary_token_ids": NEGATIVES}
    np.testing.assert_allclose(both[:, 4:], similarities(plain, with_negatives), atol=1e-4)


def test_the_same_summary_twice_is_no_wrong_answer(tiny_dual: MakeDual):
    model = tiny_dual(hard_negatives=True)
    twice = SUMMARIES[[0, 1, 0, 3]]
    negatives = np.concatenate([NEGATIVES[:1], SUMMARIES[1:2], NEGATIVES[2:]])
    excluded = similarities(
        model, {**pairs(), "summary_token_ids": twice, "negative_token_ids": negatives}
    )
    expected = np.zeros((4, 8), bool)
    expected[0, 2] = expected[2, 0] = True
    expected[1, 5] = True  # the hard negative of pair 1 is its summary
    np.testing.assert_array_equal(excluded == np.float32(EXCLUDED), expected)


@each_sharing
def test_every_trainable_variable_learns_and_no_pooler_is_one(tiny_dual: MakeDual, shared: bool):
    model = tiny_dual(shared=shared, projection_dim=8)
    model.compile(keras.optimizers.SGD(0.1), SymmetricInfoNCE(), run_eagerly=True)
    before = [keras.ops.convert_to_numpy(variable) for variable in model.trainable_variables]
    with warnings.catch_warnings():
        # Keras warns of variables without a gradient.
        warnings.filterwarnings("error", message=".*[Gg]radient.*")
        model.train_on_batch(pairs(), np.ones(4, np.float32))
    assert not [v.path for v in model.trainable_variables if "pooled_dense" in v.path]
    unchanged = [
        variable.path
        for variable, value in zip(model.trainable_variables, before, strict=True)
        if np.array_equal(keras.ops.convert_to_numpy(variable), value)
        # A constant added to every key shifts all scores alike: softmax does not see it.
        and not variable.path.endswith("key/bias")
    ]
    assert unchanged == []


def test_rows_that_fill_up_a_batch_give_no_gradient(tiny_dual: MakeDual):
    def trained_on(rows: slice, real: list[float]) -> list[np.ndarray]:
        model = tiny_dual()
        model.compile(keras.optimizers.SGD(0.1), SymmetricInfoNCE(), run_eagerly=True)
        inputs = {name: value[rows].copy() for name, value in pairs().items()}
        for value in inputs.values():
            value[np.float32(real) == 0] = PAD
        model.train_on_batch(inputs, np.float32(real))
        return model.get_weights()

    filled, alone = trained_on(slice(4), [1, 1, 0, 0]), trained_on(slice(2), [1, 1])
    for value, expected in zip(filled, alone, strict=True):
        np.testing.assert_allclose(value, expected, atol=1e-5)


def test_the_temperature_never_falls_below_a_hundredth(tiny_dual: MakeDual):
    model = tiny_dual(shared=True, initial_temperature=1.0)
    model.compile(keras.optimizers.SGD(1e3), SymmetricInfoNCE(), run_eagerly=True)
    # Each document is its own summary: the lower the temperature, the lower the loss.
    same = {"token_ids": SUMMARIES, "summary_token_ids": SUMMARIES}
    model.train_on_batch(same, np.ones(4, np.float32))
    scale = math.exp(float(keras.ops.convert_to_numpy(model.similarity.log_scale)))
    assert scale == pytest.approx(100.0, rel=1e-5)


@pytest.mark.slow
def test_it_learns_to_find_the_summaries_of_the_shipped_articles():
    keras.utils.set_random_seed(0)
    documents = list(open_corpus(SAMPLE, split="train"))
    texts = [document.text for document in documents]
    references = [document.reference for document in documents]
    vocabulary = train_vocabulary(texts, 1500)
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=len(vocabulary.vocabulary),
        num_layers=1,
        num_heads=2,
        hidden_dim=64,
        intermediate_dim=128,
        dropout=0.0,
        max_sequence_length=256,
    )
    tokenizer = keras_hub.models.BertTokenizer(list(vocabulary.vocabulary), lowercase=True)
    model = DualEncoder(
        backbone,
        DualEncoderPreprocessor(tokenizer, sequence_length=256, summary_sequence_length=96),
        cls_id=vocabulary.cls_id,
        sep_id=vocabulary.sep_id,
        pad_id=vocabulary.pad_id,
    )

    def recall() -> float:
        vectors = model.encode_documents(texts), model.encode_summaries(references)
        return retrieval(*vectors, candidates=None).recall_at_1.mean

    # Even random word vectors find a few, as documents share words with their summaries.
    assert recall() < 0.4
    # XLA on TensorFlow would take longer to compile than this takes to run.
    jit_compile = keras.backend.backend() == "jax"
    model.compile(keras.optimizers.AdamW(2e-3), SymmetricInfoNCE(), jit_compile=jit_compile)
    model.fit(texts, references, batch_size=35, epochs=25, verbose=0)
    assert recall() > 0.85  # by chance: 1 of 70


# --- Precision ---


def test_mixed_precision_gives_float32_vectors_close_to_float32_s_own(tiny_dual: MakeDual):
    exact, mixed = tiny_dual(), tiny_dual(dtype="mixed_bfloat16")
    vectors = mixed.encode_summaries(SUMMARIES)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, exact.encode_summaries(SUMMARIES), atol=0.05)
    assert mixed.summary_backbone.compute_dtype == "bfloat16"
    assert keras.backend.standardize_dtype(mixed(pairs()).dtype) == "float32"


# --- Saving ---


def test_every_argument_comes_back_from_the_config(tiny_dual: MakeDual):
    arguments = {
        "shared": True,
        "pooling": "sentence_cls",
        "projection_dim": 8,
        "hard_negatives": True,
        "interval_segments": True,
        "initial_temperature": 0.07,
        "cls_id": 2,
        "sep_id": 3,
        "pad_id": 5,
    }
    model = tiny_dual(**arguments)
    assert {name: model.get_config()[name] for name in arguments} == arguments
    assert DualEncoder.from_config(model.get_config()).get_config() == model.get_config()


@each_sharing
@pytest.mark.parametrize("projection_dim", [None, 8])
def test_a_saved_model_has_the_same_vectors(
    tiny_dual: MakeDual, tmp_path: Path, shared: bool, projection_dim: int | None
):
    model = tiny_dual(shared=shared, projection_dim=projection_dim, pooling="sentence_cls")
    model.similarity.log_scale.assign(3.5)
    documents, summaries = model.encode_documents(DOCUMENTS), model.encode_summaries(SUMMARIES)
    model.save(tmp_path / "model.keras")
    model.save_to_preset(tmp_path / "preset")
    for loaded in (
        keras.saving.load_model(tmp_path / "model.keras", compile=False),
        DualEncoder.from_preset(tmp_path / "preset"),
    ):
        np.testing.assert_allclose(loaded.encode_documents(DOCUMENTS), documents, atol=1e-6)
        np.testing.assert_allclose(loaded.encode_summaries(SUMMARIES), summaries, atol=1e-6)
        assert float(keras.ops.convert_to_numpy(loaded.similarity.log_scale)) == 3.5


def test_a_model_saved_in_mixed_precision_loads_in_either(tiny_dual: MakeDual, tmp_path: Path):
    model = tiny_dual(dtype="mixed_bfloat16")
    model.save_to_preset(tmp_path)
    exact = DualEncoder.from_preset(tmp_path)
    assert exact.backbone.compute_dtype == exact.summary_backbone.compute_dtype == "float32"
    for ours, saved in zip(exact.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, saved)
    mixed = DualEncoder.from_preset(tmp_path, dtype="mixed_bfloat16")
    assert mixed.backbone.compute_dtype == mixed.summary_backbone.compute_dtype == "bfloat16"
    np.testing.assert_allclose(
        mixed.encode_summaries(SUMMARIES), model.encode_summaries(SUMMARIES), atol=1e-6
    )


def test_its_document_side_starts_an_extractive_model(hugging_face_folder: Path, tmp_path: Path):
    dual = DualEncoder.from_preset(hugging_face_folder)
    table = dual.backbone.get_layer("token_embedding").weights[0]
    table.assign(keras.ops.flip(table))
    dual.save_to_preset(tmp_path)
    backbone = load_backbone(tmp_path)
    for ours, trained in zip(backbone.get_weights(), dual.backbone.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, trained)
    model = BertSumExtractive.from_preset(tmp_path, backbone=backbone, head="classifier")
    assert model.preprocessor.sequence_length == 128
    assert model.predict(["It rained."], verbose=0).shape == (1, 16)


def test_dropout_of_both_sides_can_be_chosen(tiny_dual: MakeDual, tmp_path: Path):
    model = tiny_dual()
    model.save_to_preset(tmp_path)
    loaded = DualEncoder.from_preset(tmp_path, backbone_dropout=0.2)
    assert (loaded.backbone.dropout, loaded.summary_backbone.dropout) == (0.2, 0.2)
    np.testing.assert_allclose(
        loaded.encode_summaries(SUMMARIES), model.encode_summaries(SUMMARIES), atol=1e-6
    )


# --- Raw strings ---


def test_raw_strings_are_what_their_token_ids_are(hugging_face_folder: Path):
    model = DualEncoder.from_preset(hugging_face_folder)
    assert (model.pad_id, model.cls_id, model.sep_id) == (0, 2, 3)
    assert model.preprocessor.sequence_length == model.preprocessor.summary_sequence_length == 128
    pieces = [["the", "prices", "rose", "."], ["why", "?"]]
    row = packed([[VOCABULARY.index(p) for p in sentence] for sentence in pieces], 128, 2, 3)
    for encode in (model.encode_documents, model.encode_summaries):
        np.testing.assert_array_equal(encode(["The prices rose. Why?"]), encode(row[None]))


def test_summaries_are_matched_at_the_length_that_they_were_trained_at(
    hugging_face_folder: Path, tmp_path: Path
):
    preprocessor = DualEncoderPreprocessor.from_preset(
        hugging_face_folder, sequence_length=64, summary_sequence_length=32
    )
    model = DualEncoder.from_preset(hugging_face_folder, preprocessor=preprocessor)
    model.save_to_preset(tmp_path / "run" / "model")
    matcher = load_matcher(tmp_path / "run", WordPiece(VOCABULARY))
    assert (matcher.max_tokens, matcher.max_summary_tokens) == (64, 32)


@pytest.mark.parametrize("batch_size", [None, 3, 5])
def test_predict_compares_all_pairs_in_whatever_batches_they_are_read(
    hugging_face_folder: Path, batch_size: int | None
):
    model = DualEncoder.from_preset(hugging_face_folder)
    texts = ["The prices rose.", "Why?", "It rained.", "The bank met.", "Prices fell."]
    references = ["prices rose", "it rained", "why", "prices rose", "the bank met"]
    inputs, _ = model.preprocessor(texts, references)
    expected = similarities(model, inputs)
    # The first and the fourth have one summary: neither is to be told from the other.
    assert expected[0, 3] == expected[3, 0] == EXCLUDED and np.sum(expected == EXCLUDED) == 2
    for x in ((texts, references), inputs):
        found = model.predict(x, batch_size=batch_size, verbose=0)
        assert found.shape == (5, 5) and found.dtype == np.float32
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-4)


def test_predict_compares_with_all_hard_negatives(tiny_dual: MakeDual):
    model = tiny_dual(hard_negatives=True)
    inputs = pairs(negative_token_ids=NEGATIVES)
    expected = similarities(model, inputs)
    found = model.predict(inputs, batch_size=3, verbose=0)
    assert found.shape == (4, 8)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(
    ("x", "sentence"),
    [
        (["It rained."] * 2, "A dual encoder is given pairs: a dictionary of token_ids, summary_"),
        ({"token_ids": DOCUMENTS}, "A dual encoder is given pairs"),
        ((["It rained."], ["Why?", "Why?"]), "give as many summaries as there are documents"),
    ],
)
def test_predict_without_pairs_is_refused(hugging_face_folder: Path, x: object, sentence: str):
    with pytest.raises(UsageError) as error:
        DualEncoder.from_preset(hugging_face_folder).predict(x)
    assert sentence in the_sentence(error)


def test_a_line_of_a_summary_is_a_sentence(hugging_face_folder: Path):
    preprocessor = DualEncoderPreprocessor.from_preset(
        hugging_face_folder, sequence_length=32, summary_sequence_length=16
    )
    inputs, real = preprocessor(["The bank met."] * 2, ["prices rose\nprices fell", "It rained."])
    two = packed([[5, 6], [5, 7]], 16, 2, 3)
    assert inputs["token_ids"].shape == (2, 32)
    assert inputs["summary_token_ids"][0].tolist() == two.tolist()
    assert real.tolist() == [1.0, 1.0]


def test_a_tf_dataset_gives_what_python_gives(hugging_face_folder: Path):
    tf = pytest.importorskip("tensorflow")
    preprocessor = DualEncoderPreprocessor.from_preset(hugging_face_folder, sequence_length=32)
    texts = ["The prices rose. Why?", ""], ["It rained.\nWhy?", "The bank met."]
    inputs, real = preprocessor(*texts)
    dataset = tf.data.Dataset.from_tensor_slices(texts).batch(2).map(preprocessor)
    from_graph, real_from_graph = next(iter(dataset))
    assert dataset.element_spec[0]["summary_token_ids"].shape[1] == 32
    for name, expected in inputs.items():
        np.testing.assert_array_equal(from_graph[name].numpy(), expected)
    np.testing.assert_array_equal(real_from_graph.numpy(), real)


def test_documents_without_summaries_are_refused_in_training(hugging_face_folder: Path):
    model = DualEncoder.from_preset(hugging_face_folder)
    with pytest.raises(UsageError, match="documents as x, their summaries as y"):
        model.fit(["The bank met."], verbose=0)


@pytest.mark.parametrize("summaries", [1, 3])
def test_as_many_summaries_as_documents_are_asked_for(hugging_face_folder: Path, summaries: int):
    model = DualEncoder.from_preset(hugging_face_folder)
    documents, highlights = ["The bank met."] * 2, ["It rained."] * summaries
    with pytest.raises(UsageError, match=f"There are 2 documents, but {summaries} "):
        model.fit(documents, highlights, batch_size=2, verbose=0)
    with pytest.raises(UsageError, match=f"There are 2 documents, but {summaries} "):
        model.evaluate(documents, highlights, batch_size=2, verbose=0)


# --- Wrong presets and arguments ---


def the_sentence(error: pytest.ExceptionInfo[BertsumError]) -> str:
    message = str(error.value)
    assert message.endswith(".") and "\n" not in message
    return message


def test_a_preset_of_another_task(
    tiny_dual: MakeDual, tiny_model: Callable[..., BertSumExtractive], tmp_path: Path
):
    tiny_dual().save_to_preset(tmp_path / "dual")
    tiny_model().save_to_preset(tmp_path / "extractive")
    assert saved_task(tmp_path / "dual") == "DualEncoder"
    assert saved_task(tmp_path / "extractive") == "BertSumExtractive"
    with pytest.raises(UsageError) as error:
        DualEncoder.from_preset(tmp_path / "extractive")
    assert "extractive holds a BertSumExtractive, not a DualEncoder" in the_sentence(error)
    with pytest.raises(UsageError) as error:
        BertSumExtractive.from_preset(tmp_path / "dual")
    assert "dual holds a DualEncoder, not a BertSumExtractive" in the_sentence(error)


def test_what_is_no_two_encoders_is_none(
    hugging_face_folder: Path, tiny_model: Callable[..., BertSumExtractive], tmp_path: Path
):
    tiny_model().save_to_preset(tmp_path)
    for preset, task in ((hugging_face_folder, "bare BERT"), (tmp_path, "BertSumExtractive")):
        for load in (
            lambda run: load_document_encoder(run, ("DualEncoder",)),
            lambda run: load_matcher(run, WordPiece(VOCABULARY)),
        ):
            with pytest.raises(UsageError) as error:
                load(preset)
            assert the_sentence(error) == (
                f"{preset} holds a {task}: name a run of `bertsum pretrain`."
            )


def test_a_dual_encoder_without_its_twin(tiny_dual: MakeDual, tmp_path: Path):
    tiny_dual().save_to_preset(tmp_path)
    weights = tmp_path / "task.weights.h5"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BertsumError) as error:
        DualEncoder.from_preset(tmp_path)
    assert f"{tmp_path} lacks a whole task.weights.h5" in the_sentence(error)
    weights.unlink()
    with pytest.raises(BertsumError) as error:
        DualEncoder.from_preset(tmp_path)
    assert f"{tmp_path} lacks a whole task.weights.h5" in the_sentence(error)


def test_the_weights_of_a_shared_one_are_no_twin_s(tiny_dual: MakeDual, tmp_path: Path):
    tiny_dual(shared=True).save_to_preset(tmp_path / "shared")
    tiny_dual().save_to_preset(tmp_path / "separate")
    weights = (tmp_path / "shared" / "task.weights.h5").read_bytes()
    (tmp_path / "separate" / "task.weights.h5").write_bytes(weights)
    with pytest.raises(BertsumError) as error:
        DualEncoder.from_preset(tmp_path / "separate")
    assert "lacks a whole task.weights.h5" in the_sentence(error)


@pytest.mark.parametrize(
    ("option", "value"), [("shared", True), ("pooling", "cls"), ("projection_dim", 4)]
)
def test_a_saved_dual_encoder_can_t_become_another_one(
    tiny_dual: MakeDual, tmp_path: Path, option: str, value: object
):
    tiny_dual().save_to_preset(tmp_path)
    with pytest.raises(UsageError, match=f"a trained model with {option}="):
        DualEncoder.from_preset(tmp_path, **{option: value})
    assert DualEncoder.from_preset(tmp_path, hard_negatives=True).hard_negatives


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pooling": "max"}, "pooling has to be one of mean, cls, sentence_cls, not 'max'"),
        ({"projection_dim": 0}, "projection_dim has to be at least 1, not 0"),
        ({"initial_temperature": 0.0}, "initial_temperature has to be at least 0.01, not 0.0"),
    ],
)
def test_a_wrong_argument_says_what_would_be_right(
    tiny_dual: MakeDual, options: dict[str, object], message: str
):
    with pytest.raises(UsageError, match=message):
        tiny_dual(**options)


# --- Every backend ---

ENCODE = """
import sys
import numpy as np
from bertsum_tf.models import DualEncoder

folder, documents, summaries = sys.argv[1:]
model = DualEncoder.from_preset(folder)
pairs = {"token_ids": np.load(documents), "summary_token_ids": np.load(summaries)}
np.savez(
    f"{folder}/vectors.npz",
    documents=model.encode_documents(pairs["token_ids"]),
    summaries=model.encode_summaries(pairs["summary_token_ids"]),
    loss=model.test_on_batch(pairs, np.float32([1, 1, 1, 0])),
)
# A row that fills up the batch.
for token_ids in pairs.values():
    token_ids[3] = 0
for _ in range(2):
    assert np.isfinite(model.train_on_batch(pairs, np.float32([1, 1, 1, 0])))
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_the_same_weights_give_the_same_vectors_on_every_backend(
    tiny_dual: MakeDual, tmp_path: Path, backend: str
):
    needs(backend)
    if backend == keras.backend.backend():
        pytest.skip(f"{backend} is what the others are compared with")
    model = tiny_dual(projection_dim=8)
    model.save_to_preset(tmp_path / "model")
    np.save(tmp_path / "documents.npy", DOCUMENTS)
    np.save(tmp_path / "summaries.npy", SUMMARIES)
    if backend != "tensorflow":
        skip_where_keras_hub_imports_tensorflow()
    program = ENCODE if backend == "tensorflow" else WITHOUT_TENSORFLOW + ENCODE
    files = (tmp_path / f"{name}.npy" for name in ("documents", "summaries"))
    run(program, tmp_path / "model", *files, backend=backend)
    actual = np.load(tmp_path / "model" / "vectors.npz")
    np.testing.assert_allclose(actual["documents"], model.encode_documents(DOCUMENTS), atol=1e-4)
    np.testing.assert_allclose(actual["summaries"], model.encode_summaries(SUMMARIES), atol=1e-4)
    loss = model.test_on_batch(pairs(), np.float32([1, 1, 1, 0]))
    np.testing.assert_allclose(actual["loss"], loss, rtol=1e-3)

"""The model that writes: what a logit depends on, caches, training, presets and generation."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import keras_hub
import numpy as np
import pytest
from keras.ops import convert_to_numpy
from packed_documents import CLS, PAD, SEP, packed, random_sentences
from small_vocabulary import VOCABULARY

from bertsum_tf.data.corpora import SAMPLE, open_corpus
from bertsum_tf.data.prepare import prepare
from bertsum_tf.data.prepared import PreparedData
from bertsum_tf.decoding import GREEDY, Beam, Limits, Sampling, Strategy
from bertsum_tf.decoding.keras_decoder import KerasDecoder
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.models import (
    BertSumAbstractive,
    BertSumAbstractivePreprocessor,
    BertSumExtractive,
    DualEncoder,
    LabelSmoothedCrossentropy,
)
from bertsum_tf.models.presets import load_document_encoder
from bertsum_tf.text.targets import TARGET_MARKS
from bertsum_tf.text.train_vocabulary import train_vocabulary
from bertsum_tf.text.wordpiece import WordPiece
from bertsum_tf.training.devices import one_device
from bertsum_tf.training.objectives import SummaryGeneration
from bertsum_tf.training.recipes import ABSTRACTIVE_RECIPES, AbstractiveRecipe
from bertsum_tf.training.train import Settings, compile_for_training, train

MakeModel = Callable[..., BertSumAbstractive]
MakeExtractive = Callable[..., BertSumExtractive]

VOCABULARY_SIZE = 200
END = 2


def a_target(seed: int, length: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(4, 100, length).astype(np.int32)


def logits(model: BertSumAbstractive, documents: object, targets: object) -> np.ndarray:
    inputs = {"token_ids": np.stack(documents), "decoder_token_ids": np.stack(targets)}
    return convert_to_numpy(model(inputs))


def log_softmax(values: np.ndarray) -> np.ndarray:
    shifted = values - values.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


DOCUMENT = packed(random_sentences(seed=1, count=5), 40)
TARGET = a_target(1, 12)


# --- What a logit may and may not depend on ---


def test_a_later_token_of_the_target_never_changes_an_earlier_logit(tiny_writer: MakeModel):
    model = tiny_writer()
    before = logits(model, [DOCUMENT], [TARGET])[0]
    for position in range(len(TARGET)):
        changed = TARGET.copy()
        changed[position] = 150
        difference = np.abs(logits(model, [DOCUMENT], [changed])[0] - before).max(-1)
        assert (difference[:position] == 0.0).all()
        assert (difference[position:] > 1e-3).all()


def test_neither_padding_nor_neighbours_change_a_logit(tiny_writer: MakeModel):
    model = tiny_writer()
    document = random_sentences(seed=1, count=5)
    alone = logits(model, [packed(document, 40)], [TARGET])[0]
    for length in (48, 64, 128):
        longer = np.pad(TARGET, (0, 7), constant_values=PAD)
        padded = logits(model, [packed(document, length)], [longer])[0]
        np.testing.assert_allclose(padded[:12], alone, atol=1e-5)
    batch = logits(
        model,
        [
            packed(random_sentences(2, 8), 64),
            packed(document, 64),
            np.full(64, PAD, np.int32),
        ],
        [a_target(2, 12), TARGET, np.full(12, PAD, np.int32)],
    )
    np.testing.assert_allclose(batch[1], alone, atol=1e-5)
    assert np.isfinite(batch).all()
    assert np.ptp(alone) > 1.0


def test_every_logit_depends_on_every_word_of_the_document(tiny_writer: MakeModel):
    model = tiny_writer()
    before = logits(model, [DOCUMENT], [TARGET])[0]
    for place in np.flatnonzero(DOCUMENT != PAD):
        changed = DOCUMENT.copy()
        changed[place] = 150
        difference = np.abs(logits(model, [changed], [TARGET])[0] - before).max(-1)
        assert (difference > 1e-5).all()


def test_the_order_of_the_target_s_words_matters(tiny_writer: MakeModel):
    model = tiny_writer()
    swapped = TARGET.copy()
    swapped[[2, 5]] = swapped[[5, 2]]
    difference = logits(model, [DOCUMENT], [swapped]) - logits(model, [DOCUMENT], [TARGET])
    assert np.abs(difference[0, 5:]).max(-1).min() > 1e-3


def test_the_word_embeddings_are_shared_by_encoder_decoder_and_logits(tiny_writer: MakeModel):
    model = tiny_writer()
    shapes = [tuple(v.shape) for v in model.weights]
    assert shapes.count((VOCABULARY_SIZE, 16)) == 1
    (embeddings,) = model.backbone.token_embedding.weights
    unused = 199  # in neither the document nor the target
    before = logits(model, [DOCUMENT], [TARGET])[0]
    value = convert_to_numpy(embeddings).copy()
    value[unused] += 1.0
    embeddings.assign(value)
    difference = np.abs(logits(model, [DOCUMENT], [TARGET])[0] - before)
    assert (difference[:, unused] > 1e-3).any()
    np.testing.assert_allclose(np.delete(difference, unused, 1), 0.0, atol=1e-6)
    # Not a constant, which layer norms take out.
    value[TARGET[0]] += np.linspace(-1.0, 1.0, 16)
    embeddings.assign(value)
    after = logits(model, [DOCUMENT], [TARGET])[0]
    assert (np.abs(after - before).max(-1) > 1e-3).all()


def test_segments_are_what_interval_segments_says(tiny_writer: MakeModel):
    with_intervals, without = tiny_writer(), tiny_writer(interval_segments=False)
    one, two = packed([[11, 12]], 32), packed([[11, 12], [21]], 32)
    np.testing.assert_allclose(
        logits(with_intervals, [one], [TARGET]), logits(without, [one], [TARGET]), atol=1e-5
    )
    difference = logits(with_intervals, [two], [TARGET]) - logits(without, [two], [TARGET])
    assert np.abs(difference).max() > 1e-3


def test_mixed_precision_gives_float32_logits_close_to_float32_s_own(tiny_writer: MakeModel):
    exact, mixed = tiny_writer(), tiny_writer(dtype="mixed_bfloat16")
    values = logits(mixed, [DOCUMENT], [TARGET])
    assert values.dtype == np.float32
    expected = logits(exact, [DOCUMENT], [TARGET])
    assert np.abs(values - expected).mean() < 0.05 * expected.std()
    assert mixed.decoder.compute_dtype == "bfloat16"
    assert all(variable.dtype == "float32" for variable in mixed.trainable_variables)


# --- The cache ---


@pytest.mark.parametrize("beams", [1, 3])
def test_logits_from_the_cache_are_those_without_it(tiny_writer: MakeModel, beams: int):
    # More tokens than the cache first has room for, and documents of different lengths.
    model, length = tiny_writer(), 40
    documents = [packed(random_sentences(seed, 3 + seed), 64) for seed in range(2)]
    targets = np.stack([a_target(seed, length) for seed in range(2 * beams)])
    expected = logits(model, np.repeat(documents, beams, 0), targets)
    decoder = KerasDecoder(model)
    state = decoder.encode(np.stack(documents))
    state = decoder.select(state, np.arange(2), np.zeros((2, beams), int))
    for position in range(length):
        candidates, state = decoder.step(
            targets[:, position].reshape(2, beams), position, state, VOCABULARY_SIZE
        )
        actual = np.empty((2, beams, VOCABULARY_SIZE), np.float32)
        np.put_along_axis(actual, candidates.ids, candidates.log_probs, -1)
        np.testing.assert_allclose(
            actual.reshape(2 * beams, -1), log_softmax(expected[:, position]), atol=1e-5
        )


def test_beams_go_on_from_those_that_are_selected(tiny_writer: MakeModel):
    model = tiny_writer()
    documents = [packed(random_sentences(seed, 4), 64) for seed in range(3)]
    targets = np.stack([a_target(seed, 4) for seed in range(6)]).reshape(3, 2, 4)
    decoder = KerasDecoder(model)
    state = decoder.encode(np.stack(documents))
    state = decoder.select(state, np.arange(3), np.zeros((3, 2), int))
    for position in range(3):
        _, state = decoder.step(targets[..., position], position, state, 8)
    # Document 1 is done; document 0 goes on twice from its second beam, 2 with beams swapped.
    state = decoder.select(state, np.array([0, 2]), np.array([[1, 1], [1, 0]]))
    last = targets[[[0, 0], [2, 2]], [[0, 1], [0, 1]], 3]
    candidates, _ = decoder.step(last, 3, state, VOCABULARY_SIZE)
    for row, document in enumerate((0, 2)):
        for beam, old in enumerate(((1, 1), (1, 0))[row]):
            target = np.append(targets[document, old, :3], last[row, beam])
            expected = log_softmax(logits(model, [documents[document]], [target])[0, 3])
            actual = np.empty(VOCABULARY_SIZE, np.float32)
            actual[candidates.ids[row, beam]] = candidates.log_probs[row, beam]
            np.testing.assert_allclose(actual, expected, atol=1e-5)


def test_candidates_are_in_descending_order_and_none_is_never_written(tiny_writer: MakeModel):
    decoder = KerasDecoder(tiny_writer(), never_written=frozenset((0, 1, 7)))
    candidates, _ = decoder.step(np.int32([[1]]), 0, decoder.encode(DOCUMENT[None]), 200)
    values = candidates.log_probs[0, 0]
    assert (np.diff(values[:197]) <= 0).all()
    assert np.isneginf(values[197:]).all()
    assert set(candidates.ids[0, 0, 197:].tolist()) == {0, 1, 7}


# --- Training ---


def test_encoder_and_decoder_share_the_variables_out_and_leave_out_the_pooler(
    tiny_writer: MakeModel,
):
    model = tiny_writer()
    encoder = {id(variable) for variable in model.backbone.trainable_variables}
    decoder = {id(variable) for variable in model.head_variables}
    pooler = {id(variable) for variable in model.backbone.pooled_dense.weights}
    assert encoder and decoder and pooler
    assert not encoder & decoder
    assert encoder | decoder == {id(variable) for variable in model.trainable_variables}
    assert encoder == {id(v) for v in model.backbone.weights} - pooler
    assert {id(v) for v in model.backbone.token_embedding.weights} <= encoder


def test_the_papers_two_learning_rates_reach_the_two_halves(tiny_writer: MakeModel):
    model = tiny_writer()
    recipe = replace(
        ABSTRACTIVE_RECIPES["paper"], warmup_steps=20, head_warmup_steps=10, accumulate=1
    )
    trainee, _ = compile_for_training(model, Settings(recipe), total_steps=1000)
    before = [convert_to_numpy(variable).copy() for variable in model.trainable_variables]
    inputs = {"token_ids": DOCUMENT[None], "decoder_token_ids": TARGET[None, :-1]}
    trainee.train_on_batch(inputs, TARGET[None, 1:])
    # Adam's first step has the size of the learning rate: scale * warm-up ** -1.5.
    rates = {True: 2e-3 * 20**-1.5, False: 0.2 * 10**-1.5}
    for variable, old in zip(model.trainable_variables, before, strict=True):
        if "key/bias" in variable.path:  # what all keys have in common has no gradient
            continue
        moved = np.abs(convert_to_numpy(variable) - old).max()
        of_encoder = any(variable is one for one in model.backbone.trainable_variables)
        assert moved == pytest.approx(rates[of_encoder], rel=0.05), variable.path


def test_validation_takes_the_likelihood_of_each_real_token(tiny_writer: MakeModel):
    model, recipe = tiny_writer(), ABSTRACTIVE_RECIPES["default"]
    trainee, _ = compile_for_training(model, Settings(recipe), total_steps=10)
    decoder_ids, labels = np.stack([TARGET[:-1]] * 2), np.stack([TARGET[1:]] * 2)
    labels[1, 5:] = PAD
    inputs = {"token_ids": np.stack([DOCUMENT] * 2), "decoder_token_ids": decoder_ids}
    losses = SummaryGeneration(recipe, model).losses(trainee, one_device())(inputs, labels)
    log_probs = log_softmax(logits(model, [DOCUMENT] * 2, decoder_ids))
    expected = -np.take_along_axis(log_probs, labels[..., None], -1)[..., 0]
    assert losses.dtype == np.float64
    np.testing.assert_allclose(losses, [*expected[0], *expected[1, :5]], atol=1e-5)


def test_every_trainable_variable_learns(tiny_writer: MakeModel):
    model = tiny_writer()
    model.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
    assert isinstance(model.loss, LabelSmoothedCrossentropy)
    before = [convert_to_numpy(variable).copy() for variable in model.trainable_variables]
    inputs = {"token_ids": DOCUMENT[None], "decoder_token_ids": TARGET[None, :-1]}
    with warnings.catch_warnings():
        # Keras warns of variables without a gradient.
        warnings.filterwarnings("error", message=".*[Gg]radient.*")
        model.train_on_batch(inputs, TARGET[None, 1:])
    unchanged = [
        variable.path
        for variable, value in zip(model.trainable_variables, before, strict=True)
        if np.array_equal(convert_to_numpy(variable), value)
        # A constant added to every key shifts all scores alike: softmax does not see it.
        and not variable.path.endswith("key/bias")
    ]
    assert unchanged == []


# --- Saving ---


def test_every_argument_comes_back_from_the_config(tiny_writer: MakeModel):
    arguments = {
        "decoder_num_layers": 3,
        "decoder_num_heads": 4,
        "decoder_intermediate_dim": 48,
        "max_target_tokens": 99,
        "interval_segments": False,
        "dropout": 0.2,
        "cls_id": 2,
        "sep_id": 3,
        "pad_id": 5,
        "begin_id": 6,
        "end_id": 7,
        "split_id": 8,
    }
    model = tiny_writer(**arguments)
    config = model.get_config()
    assert {name: config[name] for name in arguments} == arguments
    assert {name: getattr(model, name) for name in arguments} == arguments
    assert BertSumAbstractive.from_config(config).get_config() == model.get_config()


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_a_saved_model_gives_the_same_logits(tiny_writer: MakeModel, dtype: str, tmp_path: Path):
    model = tiny_writer(dtype=dtype)
    before = logits(model, [DOCUMENT], [TARGET])

    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_allclose(logits(loaded, [DOCUMENT], [TARGET]), before, atol=1e-6)

    model.save_to_preset(tmp_path / "preset")
    loaded = BertSumAbstractive.from_preset(tmp_path / "preset", dtype=dtype)
    np.testing.assert_allclose(logits(loaded, [DOCUMENT], [TARGET]), before, atol=1e-6)
    assert loaded.get_config() == {**model.get_config(), "name": loaded.name}


def test_the_preset_of_a_bare_bert_becomes_a_writer_of_its_own_vocabulary(
    writers_folder: Path,
):
    model = BertSumAbstractive.from_preset(writers_folder, decoder_num_layers=1)
    marks = len(VOCABULARY)
    assert (model.pad_id, model.cls_id, model.sep_id) == (0, 2, 3)
    assert (model.begin_id, model.end_id, model.split_id) == (marks, marks + 1, marks + 2)
    assert model.preprocessor.sequence_length == 128
    summary = model.generate("It rained. Prices rose.", limits=Limits(2, 8))
    assert summary and "[" not in summary


def test_a_saved_writer_comes_back_with_its_preprocessor(writers_folder: Path, tmp_path: Path):
    model = BertSumAbstractive.from_preset(
        writers_folder,
        decoder_num_layers=1,
        preprocessor=BertSumAbstractivePreprocessor.from_preset(
            writers_folder, sequence_length=64, target_length=24
        ),
        begin_id=len(VOCABULARY),
        end_id=len(VOCABULARY) + 1,
        split_id=len(VOCABULARY) + 2,
        cls_id=2,
        sep_id=3,
    )
    model.save_to_preset(tmp_path)
    loaded = BertSumAbstractive.from_preset(tmp_path)
    assert (loaded.preprocessor.sequence_length, loaded.preprocessor.target_length) == (64, 24)
    documents = ["It rained. Prices rose.", "Why?"]
    expected = model.generate(documents, GREEDY, Limits(3, 12))
    assert loaded.generate(documents, GREEDY, Limits(3, 12)) == expected
    preprocessor = BertSumAbstractivePreprocessor.from_preset(tmp_path)
    assert preprocessor.target_length == 24


def test_an_extractive_summarizer_gives_its_encoder_away(writers_folder: Path, tmp_path: Path):
    extractive = BertSumExtractive.from_preset(
        writers_folder, head_num_heads=2, max_sequence_length=64
    )
    for variable in extractive.backbone.trainable_variables:
        variable.assign(convert_to_numpy(variable) + 0.5)  # it was trained
    extractive.save_to_preset(tmp_path)
    preset, backbone = load_document_encoder(tmp_path)
    model = BertSumAbstractive.from_preset(preset, backbone=backbone, decoder_num_layers=1)
    for expected, actual in zip(extractive.backbone.weights, model.backbone.weights, strict=True):
        np.testing.assert_array_equal(convert_to_numpy(actual), convert_to_numpy(expected))
    assert (model.cls_id, model.sep_id, model.end_id) == (2, 3, len(VOCABULARY) + 1)
    assert model.preprocessor.sequence_length == 64


def test_two_encoders_give_that_of_documents_away(writers_folder: Path, tmp_path: Path):
    encoders = DualEncoder.from_preset(writers_folder)
    for variable in encoders.backbone.trainable_variables:
        variable.assign(convert_to_numpy(variable) + 0.5)  # it was trained, and its twin was not
    encoders.save_to_preset(tmp_path / "run" / "model")
    preset, backbone = load_document_encoder(tmp_path / "run")
    model = BertSumAbstractive.from_preset(preset, backbone=backbone, decoder_num_layers=1)
    for expected, actual in zip(encoders.backbone.weights, model.backbone.weights, strict=True):
        np.testing.assert_array_equal(convert_to_numpy(actual), convert_to_numpy(expected))
    assert model.end_id == len(VOCABULARY) + 1


# --- Wrong presets and arguments ---


def the_sentence(error: pytest.ExceptionInfo[BertsumError]) -> str:
    message = str(error.value)
    assert message.endswith(".") and "\n" not in message
    return message


def test_only_an_encoder_that_was_asked_for_is_given_away(tiny_writer: MakeModel, tmp_path: Path):
    tiny_writer().save_to_preset(tmp_path / "model")
    with pytest.raises(UsageError) as error:
        load_document_encoder(tmp_path)
    assert the_sentence(error) == (
        f"{tmp_path} holds a BertSumAbstractive: name a run of `bertsum pretrain` or "
        "`bertsum train --task extractive`."
    )
    with pytest.raises(UsageError) as error:
        load_document_encoder(tmp_path, ("DualEncoder",))
    assert the_sentence(error).endswith(": name a run of `bertsum pretrain`.")


def test_a_preset_of_the_other_task_is_refused(
    tiny_writer: MakeModel, tiny_model: MakeExtractive, tmp_path: Path
):
    tiny_writer().save_to_preset(tmp_path / "writes")
    tiny_model().save_to_preset(tmp_path / "picks")
    with pytest.raises(UsageError) as error:
        BertSumAbstractive.from_preset(tmp_path / "picks")
    message = the_sentence(error)
    assert "holds a BertSumExtractive, not a BertSumAbstractive" in message
    assert "name a BertSumAbstractive, or a bare BERT to begin with" in message
    with pytest.raises(UsageError) as error:
        BertSumExtractive.from_preset(tmp_path / "writes")
    assert "holds a BertSumAbstractive, not a BertSumExtractive" in the_sentence(error)


def test_a_vocabulary_without_marks_is_refused(hugging_face_folder: Path):
    with pytest.raises(BertsumError) as error:
        BertSumAbstractive.from_preset(hugging_face_folder)
    assert "lacks [unused0], [unused1], [unused2]" in the_sentence(error)


def test_a_trained_decoder_can_t_become_another_one(tiny_writer: MakeModel, tmp_path: Path):
    tiny_writer().save_to_preset(tmp_path)
    with pytest.raises(UsageError, match="trained model with decoder_num_layers=2"):
        BertSumAbstractive.from_preset(tmp_path, decoder_num_layers=3)
    loaded = BertSumAbstractive.from_preset(tmp_path, dropout=0.3)
    assert loaded.dropout == 0.3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"decoder_num_heads": 3}, "divide the backbone's hidden size 16, and 3 does not"),
        ({"decoder_num_heads": 0}, "decoder_num_heads has to be at least 1, not 0"),
        ({"decoder_num_layers": 0}, "decoder_num_layers has to be at least 1, not 0"),
        ({"max_target_tokens": 8}, None),
    ],
)
def test_a_wrong_argument_says_what_would_be_right(
    tiny_writer: MakeModel, options: dict[str, int], message: str | None
):
    if message is None:
        model = tiny_writer(**options)
        with pytest.raises(UsageError, match="writes 8 tokens at most, and 9 are asked for"):
            model.generate_ids(DOCUMENT[None], GREEDY, Limits(0, 9))
        assert len(model.generate_ids(DOCUMENT[None], GREEDY, Limits(0, 8))) == 1
        return
    with pytest.raises(UsageError, match=message):
        tiny_writer(**options)


def test_targets_longer_than_the_decoder_writes_are_refused(
    tiny_backbone: Callable[..., keras_hub.models.BertBackbone], writers_folder: Path
):
    preprocessor = BertSumAbstractivePreprocessor.from_preset(
        writers_folder, sequence_length=128, target_length=40
    )
    with pytest.raises(UsageError, match="set max_target_tokens to at least 39"):
        BertSumAbstractive(tiny_backbone(), preprocessor, decoder_num_heads=2, max_target_tokens=38)


def test_text_without_a_preprocessor_is_refused(tiny_writer: MakeModel):
    with pytest.raises(UsageError, match="call generate_ids"):
        tiny_writer().generate("It rained.")


@pytest.mark.parametrize("documents", [123, [None], ["It rained.", 5]])
def test_what_is_no_text_is_refused(writers_folder: Path, documents: object):
    model = BertSumAbstractive.from_preset(
        writers_folder, decoder_num_layers=1, decoder_num_heads=2, max_sequence_length=64
    )
    with pytest.raises(UsageError, match="a string, or a list of strings"):
        model.generate(documents)


def test_token_ids_and_batches_that_make_no_sense_are_refused(tiny_writer: MakeModel):
    model = tiny_writer()
    with pytest.raises(UsageError, match=r"\[documents, up to 128\], not \[40\]"):
        model.generate_ids(DOCUMENT)
    with pytest.raises(UsageError, match=r"up to 128\], not \[1, 136\]"):
        model.generate_ids(np.ones((1, 136), np.int32))
    with pytest.raises(UsageError, match="batch_size has to be at least 1, not 0"):
        model.generate_ids(DOCUMENT[None], batch_size=0)


def test_a_decoder_that_writes_little_writes_by_default_what_it_can(tiny_writer: MakeModel):
    (found,) = tiny_writer(max_target_tokens=12).generate_ids(DOCUMENT[None])
    assert 3 <= len(found.token_ids) <= 12


# --- Generation ---


@pytest.fixture
def writer_that_ends(tiny_writer: MakeModel) -> BertSumAbstractive:
    """One whose summaries are of different lengths."""
    model = tiny_writer()
    bias = np.zeros(VOCABULARY_SIZE, np.float32)
    bias[END] = 4.4
    model.logits_bias.bias.assign(bias)
    return model


@pytest.mark.parametrize(
    "strategy", [GREEDY, Beam(4), Sampling(top_k=20, seed=3)], ids=["greedy", "beam", "draw"]
)
def test_neighbours_and_batch_size_change_no_summary(
    writer_that_ends: BertSumAbstractive, strategy: Strategy
):
    model = writer_that_ends
    rows = np.stack([packed(random_sentences(seed, 2 + seed), 128) for seed in range(9)])
    rows[4] = PAD
    rows[5] = PAD
    rows[5, :2] = CLS, SEP  # a sentence without a word piece
    limits = Limits(1, 24)
    alone = [h.token_ids.tolist() for h in model.generate_ids(rows, strategy, limits, batch_size=1)]
    for batch_size in (2, 16):
        together = model.generate_ids(rows, strategy, limits, batch_size)
        assert [h.token_ids.tolist() for h in together] == alone
    assert alone[4] == alone[5] == []
    assert len({len(tokens) for tokens in alone}) > 2


def test_a_document_that_ends_costs_no_further_row(
    writer_that_ends: BertSumAbstractive, monkeypatch: pytest.MonkeyPatch
):
    stepped: list[int] = []
    decode_step = KerasDecoder.step

    def step(self: KerasDecoder, ids: np.ndarray, *arguments: object) -> object:
        stepped.append(ids.size)
        return decode_step(self, ids, *arguments)

    monkeypatch.setattr(KerasDecoder, "step", step)
    rows = np.stack([packed(random_sentences(seed, 2 + seed), 128) for seed in range(9)])
    found = writer_that_ends.generate_ids(rows, GREEDY, Limits(1, 24))
    lengths = [len(hypothesis.token_ids) for hypothesis in found]
    needed = [sum(length > step for length in lengths) for step in range(max(lengths))]
    assert len(set(needed)) > 2
    assert stepped == needed


def test_a_model_that_was_trained_on_writes_by_its_new_weights(tiny_writer: MakeModel):
    model = tiny_writer()
    limits = Limits(0, 6, block_trigrams=False)
    before = model.generate_ids(DOCUMENT[None], GREEDY, limits)[0].token_ids
    bias = np.zeros(VOCABULARY_SIZE, np.float32)
    bias[77] = 100.0
    model.logits_bias.bias.assign(bias)
    after = model.generate_ids(DOCUMENT[None], GREEDY, limits)[0].token_ids
    assert 77 not in before
    assert after.tolist() == [77] * 6


def test_special_tokens_are_never_written(tiny_writer: MakeModel):
    model = tiny_writer(cls_id=11, sep_id=12)
    bias = np.zeros(VOCABULARY_SIZE, np.float32)
    bias[[0, 1, 11, 12]] = 100.0
    model.logits_bias.bias.assign(bias)
    for strategy in (GREEDY, Beam(3), Sampling()):
        (found,) = model.generate_ids(DOCUMENT[None], strategy, Limits(0, 10))
        assert not set(found.token_ids.tolist()) & {0, 1, 11, 12}


@pytest.mark.slow
def test_it_learns_16_articles_by_heart_and_writes_their_exact_summaries(tmp_path: Path):
    keras.utils.set_random_seed(0)
    documents = list(open_corpus(SAMPLE, split="train"))[:16]
    texts = [text for d in documents for text in (d.text, d.reference)]
    vocabulary = [*train_vocabulary(texts, 800).vocabulary, *TARGET_MARKS]
    preprocessor = BertSumAbstractivePreprocessor(
        keras_hub.models.BertTokenizer(vocabulary, lowercase=True),
        sequence_length=64,
        target_length=110,
    )
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=len(vocabulary),
        num_layers=1,
        num_heads=4,
        hidden_dim=64,
        intermediate_dim=128,
        dropout=0.0,
        max_sequence_length=64,
    )
    model = BertSumAbstractive(
        backbone,
        preprocessor,
        decoder_num_layers=2,
        decoder_num_heads=4,
        decoder_intermediate_dim=128,
        dropout=0.0,
        **preprocessor.special_ids(),
    )
    articles, references = [d.text for d in documents], [d.reference for d in documents]
    lines = [json.dumps({"document": d.text, "summary": d.reference}) for d in documents]
    (tmp_path / "news.jsonl").write_text("\n".join(lines))
    corpus = open_corpus(tmp_path / "news.jsonl")
    prepare(corpus, WordPiece(vocabulary), tmp_path / "data", max_tokens=64, workers=1)
    data = PreparedData(tmp_path / "data", later_windows=0.0)
    assert len(data) == 16
    recipe = AbstractiveRecipe(
        backbone_learning_rate=3e-3,
        head_learning_rate=3e-3,
        warmup_steps=10,
        steps=300,
        tokens_per_batch=16 * 110,
        weight_decay=0.0,
        decoder_dropout=0.0,
        label_smoothing=0.0,
        target_length=110,
    )
    train(model, data, data, tmp_path / "run", Settings(recipe, validate_every=300))

    # What word pieces keep of a reference: no capitals but at the start of a line.
    expected = [
        "\n".join(line[0].upper() + line[1:].lower() for line in reference.splitlines())
        for reference in references
    ]
    limits = Limits(0, 120, block_trigrams=False)
    for strategy in (GREEDY, Beam(5)):
        assert model.generate(articles, strategy, limits) == expected

"""Two encoders: what can't be learned, or could not be used afterwards, is refused at once."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bertsum_tf.data.corpora import open_corpus
from bertsum_tf.data.prepare import prepare
from bertsum_tf.data.prepared import PreparedData
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.text.wordpiece import WordPiece
from bertsum_tf.training.recipes import (
    ABSTRACTIVE_RECIPES,
    EXTRACTIVE_RECIPES,
    PRETRAIN_RECIPES,
    Recipe,
)

keras_hub = pytest.importorskip("keras_hub")

WORDS = ["fire", "hit", "a", "barn", "rain", "fell", "on", "it", "police", "came", "late", "."]
VOCABULARY = WordPiece(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS])
DOCUMENT = {
    "document": "Fire hit a barn. Rain fell on it. Police came late.",
    "summary": "Fire hit a barn.",
}


def prepared(folder: Path, documents: int) -> PreparedData:
    (folder / "news.jsonl").write_text((json.dumps(DOCUMENT) + "\n") * documents)
    corpus = open_corpus(folder / "news.jsonl")
    prepare(corpus, VOCABULARY, folder / "out", max_tokens=64, workers=1)
    return PreparedData(folder / "out", later_windows=0.0)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> PreparedData:
    return prepared(tmp_path_factory.mktemp("two"), 2)


def tiny_backbone() -> Any:
    return keras_hub.models.BertBackbone(
        vocabulary_size=len(VOCABULARY.vocabulary),
        num_layers=1,
        num_heads=1,
        hidden_dim=8,
        intermediate_dim=8,
        max_sequence_length=64,
    )


def start(
    training: PreparedData,
    validation: PreparedData,
    output: Path,
    preprocessor: Any = None,
    **changes: object,
) -> None:
    from bertsum_tf.models import DualEncoder
    from bertsum_tf.training.train import Settings, train

    changes = {"steps": 1, "max_summary_tokens": 64} | changes
    settings = {name: changes.pop(name) for name in ("validation_windows",) if name in changes}
    recipe = replace(PRETRAIN_RECIPES["default"], **changes)
    model = DualEncoder(tiny_backbone(), preprocessor)
    train(model, training, validation, output, Settings(recipe, **settings))


def test_summaries_longer_than_the_backbones_positions_are_refused(
    two: PreparedData, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="takes 64 tokens: --summary-tokens can't be 128"):
        start(two, two, tmp_path / "run", max_summary_tokens=128)
    assert not (tmp_path / "run").exists()


def test_batches_of_a_single_pair_are_refused(two: PreparedData, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="raise --batch-tokens to 128 or more"):
        start(two, two, tmp_path / "run", tokens_per_batch=127)
    start(two, two, tmp_path / "run", tokens_per_batch=128)


def test_a_single_pair_to_learn_from_or_to_choose_by_is_refused(
    two: PreparedData, tmp_path: Path
) -> None:
    one = prepared(tmp_path, 1)
    for training, validation in ((one, two), (two, one)):
        with pytest.raises(BertsumError, match=f"{one.folder} has one document only"):
            start(training, validation, tmp_path / "run")
    with pytest.raises(UsageError, match="raise --validation-windows to 2 or more"):
        start(two, two, tmp_path / "run", validation_windows=1)


def test_summaries_of_another_length_than_the_preprocessors_are_refused(
    two: PreparedData, tmp_path: Path
) -> None:
    from bertsum_tf.models import DualEncoderPreprocessor

    tokenizer = keras_hub.models.BertTokenizer(list(VOCABULARY.vocabulary), lowercase=True)
    preprocessor = DualEncoderPreprocessor(tokenizer, 64, summary_sequence_length=32)
    with pytest.raises(UsageError, match="at 64 tokens, the model's preprocessor at 32: give it"):
        start(two, two, tmp_path / "run", preprocessor)
    assert not (tmp_path / "run").exists()
    start(two, two, tmp_path / "run", preprocessor, max_summary_tokens=32)


@pytest.mark.parametrize("kind", ["DualEncoder", "BertSumExtractive", "BertSumAbstractive"])
@pytest.mark.parametrize(
    ("recipe", "trained"),
    [
        (PRETRAIN_RECIPES["default"], "DualEncoder"),
        (EXTRACTIVE_RECIPES["default"], "BertSumExtractive"),
        (ABSTRACTIVE_RECIPES["default"], "BertSumAbstractive"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Recipe) else value,
)
def test_a_model_that_the_recipe_is_not_for_is_refused(
    two: PreparedData, tmp_path: Path, recipe: Recipe, trained: str, kind: str
) -> None:
    from bertsum_tf import models
    from bertsum_tf.training.objectives import objective_of
    from bertsum_tf.training.train import Settings, train

    heads = {
        "DualEncoder": {},
        "BertSumExtractive": {"head": "classifier"},
        "BertSumAbstractive": {"decoder_num_layers": 1, "decoder_num_heads": 1},
    }
    model = getattr(models, kind)(tiny_backbone(), **heads[kind])
    if kind == trained:
        objective_of(recipe, model)
        return
    with pytest.raises(UsageError) as error:
        train(model, two, two, tmp_path / "run", Settings(recipe))
    assert str(error.value) == (
        f"{type(recipe).__name__} is for {trained}, and the model is of type {kind}: "
        "choose a recipe and a model that go together."
    )
    assert not (tmp_path / "run").exists()


def test_a_recipe_for_no_model_is_refused(two: PreparedData, tmp_path: Path) -> None:
    from bertsum_tf.models import DualEncoder
    from bertsum_tf.training.train import Settings, train

    with pytest.raises(UsageError, match="Recipe is for no model: choose one of ExtractiveRecipe"):
        train(DualEncoder(tiny_backbone()), two, two, tmp_path / "run", Settings(Recipe()))

"""What a training begins with: a BERT, or the encoder of a trained model, and a new head on it."""

from __future__ import annotations

import os
from typing import Any

from bertsum_tf.errors import UsageError
from bertsum_tf.models import BertSumAbstractive, BertSumExtractive
from bertsum_tf.models.presets import load_document_encoder, saved_task
from bertsum_tf.run_folder import model_of
from bertsum_tf.text.targets import MAX_TARGET_TOKENS, MAX_WRITTEN_TOKENS
from bertsum_tf.training.recipes import AbstractiveRecipe, ExtractiveRecipe, Recipe

# The trained models whose encoder of texts a training may begin with.
_MAY_BEGIN: dict[type[Recipe], tuple[str, ...]] = {
    ExtractiveRecipe: ("DualEncoder",),
    AbstractiveRecipe: ("DualEncoder", "BertSumExtractive"),
}


def first_model(
    recipe: ExtractiveRecipe | AbstractiveRecipe,
    *,
    backbone: str | os.PathLike[str] | None = None,
    init_from: str | os.PathLike[str] | None = None,
    precision: str = "float32",
    max_sequence_length: int | None = None,
) -> BertSumExtractive | BertSumAbstractive:
    """Makes the model that a recipe trains, with its first weights.

    What is random depends on Keras's seed: `keras.utils.set_random_seed`.

    Args:
        recipe: it says which kind of model, and how its head or decoder is built.
        backbone: a BERT, or a trained model of that kind, see `load_backbone`.
        init_from: the run of a model whose encoder of texts is taken instead: of a `DualEncoder`,
            or, for a model that writes, of a `BertSumExtractive`.
        precision: "float32" or "mixed_bfloat16".
        max_sequence_length: the longest window in tokens; None: the backbone's.

    Raises:
        BertsumError: if there is no such BERT or run, or it can't be read.
        UsageError: if neither or both are named, or what is named does not fit the recipe.
    """
    if (backbone is None) == (init_from is None):
        raise UsageError("Name what to begin with: a backbone, or a run to take the encoder of.")
    may_begin = _MAY_BEGIN[type(recipe)]
    if backbone is not None and (task := saved_task(model_of(backbone))) in may_begin:
        raise UsageError(
            f"{os.fspath(backbone)} holds a {task}: to start from its encoder of texts, name it "
            "with --init-from instead of --backbone."
        )
    start: Any = backbone
    common: dict[str, Any] = {"dtype": precision, "max_sequence_length": max_sequence_length}
    if init_from is not None:
        start, common["backbone"] = load_document_encoder(
            init_from, may_begin, dropout=recipe.backbone_dropout, **common
        )
    common["backbone_dropout"] = recipe.backbone_dropout
    common["interval_segments"] = recipe.interval_segments
    if isinstance(recipe, AbstractiveRecipe):
        model = BertSumAbstractive.from_preset(
            start,
            **common,
            decoder_num_layers=recipe.decoder_num_layers,
            decoder_num_heads=recipe.decoder_num_heads,
            decoder_intermediate_dim=recipe.decoder_intermediate_dim,
            dropout=recipe.decoder_dropout,
        )
        model.preprocessor.target_length = recipe.target_length
        model.max_target_tokens = _may_write(recipe.target_length)
        return model
    return BertSumExtractive.from_preset(
        start,
        **common,
        pooling=recipe.pooling,
        head=recipe.head,
        head_intermediate_dim=recipe.head_intermediate_dim,
        sentence_positions=recipe.sentence_positions,
        sentence_layer_norm=recipe.sentence_layer_norm,
        dropout=recipe.head_dropout,
    )


def _may_write(target_length: int) -> int:
    """How many tokens a model may write that was trained on targets of so many.

    PreSumm's models write more than the 140 that they were trained on. One that is trained on fewer
    is for shorter texts, such as headlines, and knows nothing of the positions behind them.
    """
    most = target_length - 1  # the begin mark is not written
    return most if target_length < MAX_TARGET_TOKENS else max(most, MAX_WRITTEN_TOKENS)

"""What a training begins with."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_summarizers import make_small_writer

from bertsum_tf.decoding import Limits
from bertsum_tf.errors import UsageError
from bertsum_tf.models import BertSumAbstractive
from bertsum_tf.training.first_model import first_model
from bertsum_tf.training.recipes import AbstractiveRecipe
from bertsum_tf.training.train import _check_targets


@pytest.fixture(scope="module")
def writer_of_30_tokens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("writer") / "model"
    make_small_writer(max_target_tokens=30).save_to_preset(str(folder))
    return folder


@pytest.mark.parametrize(
    ("target_length", "may_write", "by_default"),
    [
        # PreSumm: trained on 140 tokens, 50 to 200 are written.
        (140, 256, (50, 200)),
        (400, 399, (50, 200)),
        # For headlines.
        (24, 23, (5, 23)),
    ],
)
def test_a_writer_trained_on_longer_or_shorter_summaries_writes_such_and_can_be_loaded(
    writer_of_30_tokens: Path,
    tmp_path: Path,
    target_length: int,
    may_write: int,
    by_default: tuple[int, int],
) -> None:
    recipe = AbstractiveRecipe(
        decoder_num_layers=2,
        decoder_num_heads=2,
        decoder_intermediate_dim=64,
        target_length=target_length,
    )
    first_model(recipe, backbone=writer_of_30_tokens).save_to_preset(str(tmp_path))
    loaded = BertSumAbstractive.from_preset(tmp_path)
    assert loaded.preprocessor.target_length == target_length
    assert loaded.max_target_tokens == may_write
    assert Limits().of(loaded.max_target_tokens) == by_default


def test_targets_that_the_model_could_not_write_are_refused() -> None:
    model = make_small_writer(max_target_tokens=30)  # its preprocessor cuts at 30
    longer = AbstractiveRecipe(target_length=40)
    with pytest.raises(UsageError, match="at 40 tokens, the model's preprocessor at 30: give it"):
        _check_targets(longer, model)
    model.preprocessor = None
    with pytest.raises(UsageError, match="up to 40 tokens long, and the model writes 30 at most"):
        _check_targets(longer, model)
    _check_targets(AbstractiveRecipe(target_length=31), model)

"""A Keras model as the Summarizer's engine."""

from __future__ import annotations

import keras
import numpy as np

from bertsum_tf.engines.keras_engine import KerasEngine
from bertsum_tf.summarizer import Engine


def test_scores_are_the_logits_of_the_model_for_any_number_of_rows(tiny_model):
    model = tiny_model(cls_id=2, sep_id=3, pad_id=0)
    token_ids = np.zeros((3, 24), np.int32)
    token_ids[:, :9] = [2, 7, 8, 3, 2, 9, 10, 11, 3]
    token_ids[1, 5] = 20
    logits = keras.ops.convert_to_numpy(model(token_ids, training=False))
    engine = KerasEngine(model)
    assert isinstance(engine, Engine)
    for rows in (1, 3):
        scores = engine.score(token_ids[:rows])
        assert scores.shape == (rows, 3)
        assert scores.dtype == np.float32
        np.testing.assert_allclose(scores[:, :2], logits[:rows, :2], atol=1e-5)
    assert abs(logits[0, 1] - logits[1, 1]) > 1e-3, "the rows differ"


def test_what_the_model_was_compiled_with_stays(tiny_model):
    model = tiny_model()
    optimizer = model.optimizer
    KerasEngine(model)
    assert model.optimizer is optimizer

"""A Keras model as the Summarizer's engine."""

from __future__ import annotations

import keras
import numpy as np

from bertsum_tf.engines.keras_engine import KerasEngine
from bertsum_tf.summarizer import Engine


def test_scores_are_the_logits_of_the_model_for_any_number_of_rows(small_summarizer):
    model = small_summarizer
    cls, sep, pad = model.cls_id, model.sep_id, model.pad_id
    token_ids = np.full((3, 24), pad, np.int32)
    token_ids[:, :9] = [cls, 7, 8, sep, cls, 9, 10, 11, sep]
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


def test_what_the_model_was_compiled_with_stays(small_summarizer):
    optimizer = small_summarizer.optimizer
    KerasEngine(small_summarizer)
    assert small_summarizer.optimizer is optimizer

"""What no export takes."""

from __future__ import annotations

from types import SimpleNamespace

import keras
import pytest

from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.exporters.exportable import check_exportable


def test_a_whole_model_passes(small_summarizer):
    check_exportable(small_summarizer)


def test_another_backend(small_summarizer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(UsageError, match="Keras runs on jax: set KERAS_BACKEND=tensorflow"):
        check_exportable(small_summarizer)


def test_a_model_without_vocabulary():
    with pytest.raises(UsageError, match="no preprocessor, hence no vocabulary"):
        check_exportable(SimpleNamespace(preprocessor=None))


def test_a_model_of_another_rule_book():
    model = SimpleNamespace(preprocessor=SimpleNamespace(rules_sha256="0" * 64))
    with pytest.raises(BertsumError, match="another sentence rule book"):
        check_exportable(model)

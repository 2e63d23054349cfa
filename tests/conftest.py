"""What tests of several folders share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bertsum_tf.models import BertSumExtractive


@pytest.fixture(scope="session")
def small_summarizer() -> BertSumExtractive:
    """`make_small_summarizer` with windows of 512 tokens."""
    pytest.importorskip("keras_hub")
    from small_summarizers import make_small_summarizer

    return make_small_summarizer()

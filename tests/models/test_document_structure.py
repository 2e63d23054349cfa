"""What the model reads off token ids."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras.ops import convert_to_numpy as to_numpy
from packed_documents import CLS, PAD, SEP, packed

from bertsum_tf.models.document_structure import DocumentStructure
from bertsum_tf.models.sentence_pooling import SentencePooling

# Sentences of 2, 1, 0 and 3 pieces, 16 tokens of padding up to 32: 4 slots.
DOCUMENT = packed([[11, 12], [21], [], [41, 42, 43]], 32)


def structure_of(token_ids: np.ndarray, **options: object) -> dict[str, np.ndarray]:
    layer = DocumentStructure(CLS, SEP, PAD, **options)
    return {name: to_numpy(value) for name, value in layer(token_ids[None]).items()}


def test_segments_alternate_from_sentence_to_sentence_and_are_0_in_padding():
    segments = structure_of(DOCUMENT)["segment_ids"][0]
    assert segments.tolist() == [0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1] + [0] * 18


def test_segments_can_be_switched_off():
    assert not structure_of(DOCUMENT, interval_segments=False)["segment_ids"].any()


def test_padding_is_masked():
    assert structure_of(DOCUMENT)["padding_mask"][0].tolist() == [True] * 14 + [False] * 18


def test_only_slots_with_a_sentence_are_unmasked():
    three = packed([[11], [21], [31]], 64)
    assert structure_of(three)["sentence_mask"][0].tolist() == [True] * 3 + [False] * 5


def test_a_document_can_fill_every_slot():
    full = packed([[11, 12, 13, 14, 15, 16]] * 4, 32)
    assert structure_of(full)["sentence_mask"][0].all()


def test_a_window_of_padding_has_no_sentence_and_one_token_to_attend_to():
    structure = structure_of(np.zeros(32, np.int32))
    assert not structure["sentence_mask"].any()
    assert not structure["membership"].any()
    assert structure["padding_mask"][0].tolist() == [True] + [False] * 31


@pytest.mark.parametrize(
    ("pooling", "members"),
    [("mean", [[1, 2], [5], [], [10, 11, 12]]), ("cls", [[0], [4], [7], [9]])],
)
def test_each_pooling_averages_exactly_its_sentences_tokens(pooling: str, members: list[list[int]]):
    membership = structure_of(DOCUMENT, pooling=pooling)["membership"]
    # With one-hot hidden states, a sentence's vector says which tokens went into it, and how much.
    pooled = to_numpy(SentencePooling()(np.eye(32, dtype=np.float32)[None], membership))[0]
    for vector, tokens in zip(pooled, members, strict=True):
        expected = np.zeros(32)
        expected[tokens] = 1 / max(len(tokens), 1)
        np.testing.assert_allclose(vector, expected, atol=1e-7)


def test_pooling_stays_in_float32_when_the_backbone_is_in_bfloat16():
    # 1 + 2**-8 is no bfloat16: there, it would come out as 1.
    hidden = np.full((1, 32, 1), 1 + 2**-8, np.float32)
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        pooled = SentencePooling()(hidden, structure_of(DOCUMENT)["membership"])
    finally:
        keras.config.set_dtype_policy(policy)
    assert to_numpy(pooled)[0, 0, 0] == 1 + 2**-8

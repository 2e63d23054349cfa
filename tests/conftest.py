"""What tests of several folders share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bertsum_tf.models import BertSumExtractive


@pytest.fixture(scope="session")
def small_summarizer() -> BertSumExtractive:
    """A whole model, vocabulary and all: 2 layers, width 32, windows of 512, random weights."""
    pytest.importorskip("keras_hub")
    import keras
    import keras_hub
    from random_weights import enlarge_weights

    from bertsum_tf.data.corpora import open_corpus
    from bertsum_tf.models import BertSumExtractive, BertSumExtractivePreprocessor
    from bertsum_tf.text.train_vocabulary import train_vocabulary

    keras.utils.set_random_seed(0)
    texts = [document.text for document in open_corpus("sample", split="train")]
    vocabulary = train_vocabulary(texts, 1500)
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=len(vocabulary.vocabulary),
        num_layers=2,
        num_heads=2,
        hidden_dim=32,
        intermediate_dim=64,
        dropout=0.0,
    )
    tokenizer = keras_hub.models.BertTokenizer(list(vocabulary.vocabulary), lowercase=True)
    model = BertSumExtractive(
        backbone,
        BertSumExtractivePreprocessor(tokenizer),
        head_num_heads=2,
        head_intermediate_dim=64,
        cls_id=vocabulary.cls_id,
        sep_id=vocabulary.sep_id,
        pad_id=vocabulary.pad_id,
    )
    enlarge_weights(model)
    return model

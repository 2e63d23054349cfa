"""A small random summariser and its `.tflite` files, each made once a test run."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from bertsum_tf.data.corpora import SAMPLE, open_corpus

if TYPE_CHECKING:
    from bertsum_tf.models import BertSumExtractive

WINDOW_TOKENS = 256

_folder = tempfile.TemporaryDirectory(prefix="bertsum-tests-")


@lru_cache(maxsize=1)
def sample_texts() -> list[str]:
    return [document.text for document in open_corpus(SAMPLE)]


@lru_cache(maxsize=8)
def small_summarizer(head: str = "transformer", dtype: str = "float32") -> BertSumExtractive:
    """A BERT of 2 layers and width 32 with a vocabulary learned from the sample corpus."""
    import keras_hub
    from random_weights import enlarge_weights

    from bertsum_tf.models import BertSumExtractive, BertSumExtractivePreprocessor
    from bertsum_tf.text.train_vocabulary import train_vocabulary

    vocabulary = train_vocabulary(sample_texts(), 2000)
    tokenizer = keras_hub.models.BertTokenizer(list(vocabulary.vocabulary), lowercase=True)
    model = BertSumExtractive(
        keras_hub.models.BertBackbone(
            vocabulary_size=2000,
            num_layers=2,
            num_heads=2,
            hidden_dim=32,
            intermediate_dim=64,
            max_sequence_length=WINDOW_TOKENS,
            dtype=dtype,
        ),
        BertSumExtractivePreprocessor(tokenizer, sequence_length=WINDOW_TOKENS),
        head=head,
        head_num_heads=2,
        head_intermediate_dim=64,
        cls_id=vocabulary.cls_id,
        sep_id=vocabulary.sep_id,
        pad_id=vocabulary.pad_id,
    )
    enlarge_weights(model)
    return model


@lru_cache(maxsize=8)
def exported(quantize: str = "none") -> Path:
    from bertsum_tf.exporters.tflite import export_tflite

    data = sample_texts()[:4] if quantize == "int8" else None
    path = Path(_folder.name) / f"{quantize}.tflite"
    return export_tflite(small_summarizer(), path, quantize=quantize, representative_data=data)

"""A whole model, vocabulary and all, small enough to be made in a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bertsum_tf.data.corpora import SAMPLE, open_corpus

if TYPE_CHECKING:
    from bertsum_tf.models import BertSumAbstractive, BertSumExtractive


def make_small_summarizer(
    window_tokens: int = 512, head: str = "transformer", dtype: str = "float32", layers: int = 2
) -> BertSumExtractive:
    """A BERT of a few layers of width 32, random weights, the sample corpus's own vocabulary."""
    import keras
    import keras_hub
    from random_weights import enlarge_weights

    from bertsum_tf.models import BertSumExtractive, BertSumExtractivePreprocessor
    from bertsum_tf.text.train_vocabulary import train_vocabulary

    keras.utils.set_random_seed(0)
    texts = [document.text for document in open_corpus(SAMPLE, split="train")]
    vocabulary = train_vocabulary(texts, 1500)
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=len(vocabulary.vocabulary),
        num_layers=layers,
        num_heads=2,
        hidden_dim=32,
        intermediate_dim=64,
        dropout=0.0,
        max_sequence_length=window_tokens,
        dtype=dtype,
    )
    tokenizer = keras_hub.models.BertTokenizer(list(vocabulary.vocabulary), lowercase=True)
    model = BertSumExtractive(
        backbone,
        BertSumExtractivePreprocessor(tokenizer, sequence_length=window_tokens),
        head=head,
        head_num_heads=2,
        head_intermediate_dim=64,
        cls_id=vocabulary.cls_id,
        sep_id=vocabulary.sep_id,
        pad_id=vocabulary.pad_id,
    )
    enlarge_weights(model)
    return model


# Added to the logits of the end mark: likely enough that summaries have many lengths.
END_BIAS = 1.0


def make_small_writer(
    *,
    window_tokens: int = 256,
    max_target_tokens: int = 60,
    heads: int = 2,
    layers: int = 2,
    dtype: str = "float32",
    seed: int = 0,
) -> BertSumAbstractive:
    """A BERT and a decoder of a few layers of width 32, random weights, the sample's vocabulary."""
    import keras
    import keras_hub
    import numpy as np
    from random_weights import enlarge_weights

    from bertsum_tf.models import BertSumAbstractive, BertSumAbstractivePreprocessor
    from bertsum_tf.text.targets import TARGET_MARKS
    from bertsum_tf.text.train_vocabulary import train_vocabulary

    keras.utils.set_random_seed(seed)
    texts = [document.text for document in open_corpus(SAMPLE, split="train")]
    vocabulary = [*train_vocabulary(texts, 800).vocabulary, *TARGET_MARKS]
    tokenizer = keras_hub.models.BertTokenizer(vocabulary, lowercase=True)
    preprocessor = BertSumAbstractivePreprocessor(
        tokenizer, window_tokens, target_length=min(40, max_target_tokens)
    )
    model = BertSumAbstractive(
        keras_hub.models.BertBackbone(
            vocabulary_size=len(vocabulary),
            num_layers=2,
            num_heads=2,
            hidden_dim=32,
            intermediate_dim=64,
            dropout=0.0,
            max_sequence_length=window_tokens,
            dtype=dtype,
        ),
        preprocessor,
        decoder_num_layers=layers,
        decoder_num_heads=heads,
        decoder_intermediate_dim=64,
        max_target_tokens=max_target_tokens,
        **preprocessor.special_ids(),
    )
    enlarge_weights(model)
    random = np.random.default_rng(seed)
    for variable in (*model.decoder.weights, *model.backbone.token_embedding.weights):
        if len(variable.shape) > 1:
            # What was read and where says more than which word came last.
            spread = 0.1 if "embedding" in variable.path else 0.6
            variable.assign(random.normal(0.0, spread, variable.shape))
    marks = preprocessor.target_vocabulary
    bias = random.normal(0.0, 0.3, len(vocabulary))
    bias[[marks.end_id, marks.split_id]] += END_BIAS
    bias[list(marks.continuing)] -= 0.5
    model.logits_bias.bias.assign(bias)
    return model

"""A whole model that writes, vocabulary and all, small enough to be made in a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bertsum_tf.data.corpora import SAMPLE, open_corpus

if TYPE_CHECKING:
    from bertsum_tf.models import BertSumAbstractive

END_BIAS = 1.0


def make_small_writer(seed: int = 0, window_tokens: int = 256) -> BertSumAbstractive:
    """A BERT and a decoder of 2 layers and width 32, random weights, the sample's vocabulary.

    The end mark is likely enough that summaries have many lengths.
    """
    import keras
    import keras_hub
    import numpy as np
    from random_weights import enlarge_weights

    from bertsum_tf.models import BertSumAbstractive, BertSumAbstractivePreprocessor
    from bertsum_tf.text.targets import TARGET_MARKS
    from bertsum_tf.text.train_vocabulary import train_vocabulary

    keras.utils.set_random_seed(seed)
    texts = [document.text for document in open_corpus(SAMPLE, split="train")]
    vocabulary = [*train_vocabulary(texts, 1500).vocabulary, *TARGET_MARKS]
    tokenizer = keras_hub.models.BertTokenizer(vocabulary, lowercase=True)
    preprocessor = BertSumAbstractivePreprocessor(tokenizer, window_tokens, target_length=40)
    model = BertSumAbstractive(
        keras_hub.models.BertBackbone(
            vocabulary_size=len(vocabulary),
            num_layers=2,
            num_heads=2,
            hidden_dim=32,
            intermediate_dim=64,
            dropout=0.0,
            max_sequence_length=window_tokens,
        ),
        preprocessor,
        decoder_num_layers=2,
        decoder_num_heads=2,
        decoder_intermediate_dim=64,
        max_target_tokens=60,
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

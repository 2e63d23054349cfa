"""BERTSUM's extractive summariser as a KerasHub task."""

from __future__ import annotations

from typing import Any

import keras
import keras_hub
from keras import ops

# Not in KerasHub's public interface.
from keras_hub.src.utils.preset_utils import register_presets

from bertsum_tf import bundled
from bertsum_tf.choices import HEADS, SENTENCE_POOLINGS, SENTENCE_POSITIONS
from bertsum_tf.errors import UsageError
from bertsum_tf.models.bert_sum_extractive_preprocessor import BertSumExtractivePreprocessor
from bertsum_tf.models.document_structure import DocumentStructure
from bertsum_tf.models.document_task import DocumentTask, check_choice
from bertsum_tf.models.inter_sentence_lstm import InterSentenceLSTM
from bertsum_tf.models.inter_sentence_transformer import InterSentenceTransformer
from bertsum_tf.models.masked_binary_crossentropy import MaskedBinaryCrossentropy
from bertsum_tf.models.sentence_pooling import SentencePooling
from bertsum_tf.text.packing import slots


@keras.saving.register_keras_serializable(package="bertsum_tf")
class BertSumExtractive(DocumentTask):
    """BERTSUM's extractive summariser: a score for each sentence of a document.

    Liu & Lapata, 2019, "Text Summarization with Pretrained Encoders" (arXiv 1908.08345), section
    3: a BERT reads the whole document, each sentence is pooled to a vector, a few inter-sentence
    layers let the vectors see one another, and one dense unit scores each.

    The model's only input is `token_ids`, int32 `[B, T]`, `T` a multiple of 8:
    `[CLS] s1 [SEP] [CLS] s2 [SEP] ... [PAD]*`. Its output is float32 logits `[B, T // 8]`, one for
    each sentence slot; slots without a sentence hold finite numbers that mean nothing.

    `fit`, `evaluate` and `predict` take raw strings if the model has a preprocessor: documents as
    `x`; as `y` reference summaries, which become labels by the greedy oracle, or ready labels. The
    preprocessor keeps a document's first window; `bertsum_tf.Summarizer` reads all of it.

    The defaults suit small sentence encoders such as MiniLM; the paper's
    model is `pooling="cls", sentence_positions="sinusoidal", head_intermediate_dim=2048,
    sentence_layer_norm=False` over `bert_base_en_uncased`.

    Args:
        backbone: a `keras_hub.models.BertBackbone`. Its pooler is not used, and is frozen.
        preprocessor: a `BertSumExtractivePreprocessor`, or None for a model of token ids.
        pooling: `"mean"` of a sentence's own word pieces, or its `"cls"` token as in the paper.
        head: the inter-sentence layers: `"transformer"`, `"lstm"` (Liu, 2019, arXiv 1903.10318) or
            `"classifier"` for none.
        head_num_layers: int. Layers of the transformer head.
        head_num_heads: int. Attention heads of the transformer head; divides the hidden size.
        head_intermediate_dim: int. Feed-forward width of the transformer head.
        sentence_positions: `"learned"`, or `"sinusoidal"` as in the paper; transformer head.
        sentence_layer_norm: bool. Layer norm on the sentence vectors before the head.
        interval_segments: bool. Segment ids A, B, A, ... from sentence to sentence, as in the
            paper; False: all A.
        dropout: float. Dropout of the head; the backbone has its own.
        cls_id: int. The vocabulary's id of [CLS].
        sep_id: int. The vocabulary's id of [SEP].
        pad_id: int. The vocabulary's id of [PAD].
        name: string. The model's name.
        compile: bool. Whether to compile with `compile`'s defaults.

    Raises:
        UsageError: if an argument does not fit the others.

    Example: raw strings.
    ```python
    model = BertSumExtractive.from_preset("bert_tiny_en_uncased")
    model.fit(x=articles, y=highlights, batch_size=8)
    model.predict(["Prices rose. The bank met on Tuesday. It rained."])
    ```

    Example: token ids, with a learning rate and precision of one's own.
    ```python
    model = BertSumExtractive.from_preset(
        "bert_tiny_en_uncased", preprocessor=None, dtype="mixed_bfloat16"
    )
    model.compile(optimizer=keras.optimizers.AdamW(2e-3), loss=MaskedBinaryCrossentropy())
    model.fit(token_ids, labels)  # int32 [N, 512], float32 [N, 64], -1 for no sentence
    ```

    Example: a backbone of one's own.
    ```python
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=30522, num_layers=2, num_heads=2, hidden_dim=128, intermediate_dim=512
    )
    model = BertSumExtractive(backbone, head="classifier")
    ```
    """

    preprocessor_cls = BertSumExtractivePreprocessor
    architecture = (
        "pooling",
        "head",
        "head_num_layers",
        "head_num_heads",
        "head_intermediate_dim",
        "sentence_positions",
        "sentence_layer_norm",
        "interval_segments",
    )

    def __init__(
        self,
        backbone: keras_hub.models.BertBackbone,
        preprocessor: Any = None,
        pooling: str = "mean",
        head: str = "transformer",
        head_num_layers: int = 2,
        head_num_heads: int = 8,
        head_intermediate_dim: int = 1536,
        sentence_positions: str = "learned",
        sentence_layer_norm: bool = True,
        interval_segments: bool = True,
        dropout: float = 0.1,
        cls_id: int = 101,
        sep_id: int = 102,
        pad_id: int = 0,
        name: str | None = None,
        compile: bool = True,
    ) -> None:
        check_choice("pooling", pooling, SENTENCE_POOLINGS)
        check_choice("head", head, HEADS)
        check_choice("sentence_positions", sentence_positions, SENTENCE_POSITIONS)
        if head == "transformer" and backbone.hidden_dim % head_num_heads:
            raise UsageError(
                f"head_num_heads has to divide the backbone's hidden size {backbone.hidden_dim}, "
                f"and {head_num_heads} does not."
            )
        if interval_segments and backbone.num_segments < 2:
            raise UsageError("The backbone has one segment only: set interval_segments to False.")
        if preprocessor and preprocessor.sequence_length > backbone.max_sequence_length:
            raise UsageError(
                f"The preprocessor's windows of {preprocessor.sequence_length} tokens are longer "
                f"than the backbone's {backbone.max_sequence_length}: make them shorter, or load "
                "the backbone with a larger max_sequence_length."
            )

        # === Layers ===
        self.backbone = backbone
        self.preprocessor = preprocessor
        # The pooled output is never used: left trainable, its weights would have no gradient.
        backbone.pooled_dense.trainable = False
        self.document_structure = DocumentStructure(
            cls_id=cls_id,
            sep_id=sep_id,
            pad_id=pad_id,
            pooling=pooling,
            interval_segments=interval_segments,
            name="document_structure",
        )
        self.sentence_pooling = SentencePooling(name="sentence_pooling")
        self.sentence_norm = (
            keras.layers.LayerNormalization(epsilon=1e-6, dtype="float32", name="sentence_norm")
            if sentence_layer_norm
            else None
        )
        self.inter_sentence: keras.layers.Layer | None = None
        if head == "transformer":
            self.inter_sentence = InterSentenceTransformer(
                max_sentences=slots(backbone.max_sequence_length),
                num_layers=head_num_layers,
                num_heads=head_num_heads,
                intermediate_dim=head_intermediate_dim,
                sentence_positions=sentence_positions,
                dropout=dropout,
                dtype=backbone.dtype_policy,
                name="inter_sentence",
            )
        elif head == "lstm":
            self.inter_sentence = InterSentenceLSTM(
                dropout=dropout, dtype=backbone.dtype_policy, name="inter_sentence"
            )
        # Scores are compared with one another: float32, whatever the mixed precision.
        self.logits_dense = keras.layers.Dense(
            1,
            kernel_initializer=keras.initializers.TruncatedNormal(stddev=0.02),
            dtype="float32",
            name="logits",
        )

        # === Functional Model ===
        token_id_input = keras.Input(shape=(None,), dtype="int32", name="token_ids")
        structure = self.document_structure(token_id_input)
        hidden_states = backbone(
            {
                "token_ids": token_id_input,
                "segment_ids": structure["segment_ids"],
                "padding_mask": ops.cast(structure["padding_mask"], "int32"),
            }
        )["sequence_output"]
        x = self.sentence_pooling(hidden_states, structure["membership"])
        if self.sentence_norm is not None:
            x = self.sentence_norm(x)
        if self.inter_sentence is not None:
            x = self.inter_sentence(x, structure["sentence_mask"])
        logits = ops.squeeze(self.logits_dense(x), axis=-1)
        super().__init__(inputs=token_id_input, outputs=logits, name=name, compile=compile)

        # === Config ===
        self.pooling = pooling
        self.head = head
        self.head_num_layers = head_num_layers
        self.head_num_heads = head_num_heads
        self.head_intermediate_dim = head_intermediate_dim
        self.sentence_positions = sentence_positions
        self.sentence_layer_norm = sentence_layer_norm
        self.interval_segments = interval_segments
        self.dropout = dropout
        self.cls_id = cls_id
        self.sep_id = sep_id
        self.pad_id = pad_id

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {
            **super().get_config(),
            "pooling": self.pooling,
            "head": self.head,
            "head_num_layers": self.head_num_layers,
            "head_num_heads": self.head_num_heads,
            "head_intermediate_dim": self.head_intermediate_dim,
            "sentence_positions": self.sentence_positions,
            "sentence_layer_norm": self.sentence_layer_norm,
            "interval_segments": self.interval_segments,
            "dropout": self.dropout,
            "cls_id": self.cls_id,
            "sep_id": self.sep_id,
            "pad_id": self.pad_id,
        }

    def default_loss(self) -> keras.losses.Loss:
        """What `compile` takes if it is given no loss."""
        return MaskedBinaryCrossentropy()


# As KerasHub has its own presets, by which backbone, tokenizer and preprocessor find it too; the
# "handle" may be a folder.
register_presets(
    {
        bundled.NAME: {
            "metadata": {
                "description": (
                    "Extractive summariser of English news: MiniLM-L6 with 2 inter-sentence "
                    "layers, trained on CNN/DailyMail."
                ),
                "params": 26_397_825,
                "path": "bert",
            },
            "kaggle_handle": str(bundled.PRESET),
        }
    },
    BertSumExtractive,
)

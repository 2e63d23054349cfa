"""BERTSUM's abstractive summariser as a KerasHub task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import keras_hub
import numpy as np
from keras import ops

from bertsum_tf.decoding import Hypothesis, Limits, Strategy, numbers_of, write_summaries
from bertsum_tf.decoding.keras_decoder import KerasDecoder
from bertsum_tf.decoding_defaults import DOCUMENTS_AT_ONCE
from bertsum_tf.errors import UsageError
from bertsum_tf.models.bert_sum_abstractive_preprocessor import BertSumAbstractivePreprocessor
from bertsum_tf.models.document_preprocessor import strings
from bertsum_tf.models.document_structure import DocumentStructure
from bertsum_tf.models.document_task import DocumentTask
from bertsum_tf.models.label_smoothed_crossentropy import LabelSmoothedCrossentropy
from bertsum_tf.models.summary_decoder import SummaryDecoder
from bertsum_tf.text.packing import BUCKET_TOKENS, hold_text
from bertsum_tf.text.targets import MAX_WRITTEN_TOKENS, TargetVocabulary

# A tensor of whichever Keras backend is running.
Tensor = Any


@keras.saving.register_keras_serializable(package="bertsum_tf")
class BertSumAbstractive(DocumentTask):
    """BERTSUM's abstractive summariser: writes a summary, word piece by word piece.

    Liu & Lapata, 2019, "Text Summarization with Pretrained Encoders" (arXiv 1908.08345), section
    3.3: a BERT reads the document, and a Transformer decoder, trained from scratch, writes. Over a
    bare BERT it is the paper's BertSumAbs; over the encoder of an extractive summariser its
    BertSumExtAbs.

    Inputs: `token_ids`, int32 `[B, T]`, packed documents as for `BertSumExtractive`, and
    `decoder_token_ids`, int32 `[B, U]`, `[begin] s1 [split] s2 ...`. Output: float32 logits
    `[B, U, V]` of the token that follows each. A document's tokens beyond its first window are not
    read.

    The decoder's word embeddings, for what it reads and for what it writes, are the encoder's own;
    the logits have a bias, as in the authors' code. (There the decoder's embeddings begin as a copy
    of the encoder's, and part from them in training.)

    `fit` and `evaluate` take raw strings if the model has a preprocessor: documents as `x`,
    summaries as `y`. `generate` writes.

    The defaults suit small encoders such as MiniLM; the paper's model is
    `decoder_intermediate_dim=2048` over `bert_base_en_uncased`, of hidden size 768: 6 layers, 8
    heads, dropout 0.1.

    Args:
        backbone: a `keras_hub.models.BertBackbone`. Its pooler is not used, and is frozen.
        preprocessor: a `BertSumAbstractivePreprocessor`, or None for a model of token ids.
        decoder_num_layers: int.
        decoder_num_heads: int. Divides the backbone's hidden size, which is the decoder's too.
        decoder_intermediate_dim: int. The width of the decoder's feed-forward layers.
        max_target_tokens: int. The most tokens that it is asked to write. Positions are sinusoidal,
            so this costs nothing, but those that it has never seen in training it hardly knows.
        interval_segments: bool. Segment ids A, B, A, ... from sentence to sentence, as in the
            paper; False: all A.
        dropout: float. Dropout of the decoder; the backbone has its own.
        cls_id: int. The vocabulary's id of [CLS].
        sep_id: int. The vocabulary's id of [SEP].
        pad_id: int. The vocabulary's id of [PAD].
        begin_id: int. The vocabulary's id of [unused0], which begins a target.
        end_id: int. The vocabulary's id of [unused1], which ends it.
        split_id: int. The vocabulary's id of [unused2], which stands between two sentences.
        name: string. The model's name.
        compile: bool. Whether to compile with `compile`'s defaults.

    Raises:
        UsageError: if an argument does not fit the others.

    Example: raw strings.
    ```python
    model = BertSumAbstractive.from_preset("bert_tiny_en_uncased")
    model.fit(x=articles, y=highlights, batch_size=8)
    model.generate(["Prices rose. The bank met on Tuesday. It rained."])
    ```

    Example: BertSumExtAbs, from an extractive summariser.
    ```python
    from bertsum_tf.models.presets import load_document_encoder

    preset, backbone = load_document_encoder("bertsum_minilm_l6_cnn_en_uncased")
    model = BertSumAbstractive.from_preset(preset, backbone=backbone)
    ```

    Example: greedy search, and samples.
    ```python
    from bertsum_tf.decoding import GREEDY, Limits, Sampling

    model.generate(articles, GREEDY, Limits(min_tokens=0, max_tokens=60))
    model.generate(articles, Sampling(temperature=0.8, top_p=0.9, seed=1))
    ```
    """

    preprocessor_cls = BertSumAbstractivePreprocessor
    architecture = (
        "decoder_num_layers",
        "decoder_num_heads",
        "decoder_intermediate_dim",
        "interval_segments",
    )

    def __init__(
        self,
        backbone: keras_hub.models.BertBackbone,
        preprocessor: Any = None,
        decoder_num_layers: int = 6,
        decoder_num_heads: int = 8,
        decoder_intermediate_dim: int = 1536,
        max_target_tokens: int = MAX_WRITTEN_TOKENS,
        interval_segments: bool = True,
        dropout: float = 0.1,
        cls_id: int = 101,
        sep_id: int = 102,
        pad_id: int = 0,
        begin_id: int = 1,
        end_id: int = 2,
        split_id: int = 3,
        name: str | None = None,
        compile: bool = True,
    ) -> None:
        for name, number in (
            ("decoder_num_layers", decoder_num_layers),
            ("decoder_num_heads", decoder_num_heads),
            ("decoder_intermediate_dim", decoder_intermediate_dim),
        ):
            if number < 1:
                raise UsageError(f"{name} has to be at least 1, not {number}.")
        if backbone.hidden_dim % decoder_num_heads:
            raise UsageError(
                "decoder_num_heads has to divide the backbone's hidden size "
                f"{backbone.hidden_dim}, and {decoder_num_heads} does not."
            )
        if interval_segments and backbone.num_segments < 2:
            raise UsageError("The backbone has one segment only: set interval_segments to False.")
        if preprocessor and preprocessor.sequence_length > backbone.max_sequence_length:
            raise UsageError(
                f"The preprocessor's windows of {preprocessor.sequence_length} tokens are longer "
                f"than the backbone's {backbone.max_sequence_length}: make them shorter, or load "
                "the backbone with a larger max_sequence_length."
            )
        if preprocessor and preprocessor.target_length > max_target_tokens + 1:
            raise UsageError(
                f"The preprocessor's targets of {preprocessor.target_length} tokens are longer "
                f"than what the decoder may write: set max_target_tokens to at least "
                f"{preprocessor.target_length - 1}, or target_length to at most "
                f"{max_target_tokens + 1}."
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
            interval_segments=interval_segments,
            name="document_structure",
        )
        self.decoder = SummaryDecoder(
            num_layers=decoder_num_layers,
            num_heads=decoder_num_heads,
            intermediate_dim=decoder_intermediate_dim,
            dropout=dropout,
            dtype=backbone.dtype_policy,
            name="decoder",
        )
        # Probabilities are compared with one another: float32, whatever the mixed precision.
        self.logits_bias = LogitsBias(dtype="float32", name="logits_bias")

        # === Functional Model ===
        token_id_input = keras.Input(shape=(None,), dtype="int32", name="token_ids")
        decoder_input = keras.Input(shape=(None,), dtype="int32", name="decoder_token_ids")
        memory, memory_mask = self._read(token_id_input)
        hidden_states = self.decoder(backbone.token_embedding(decoder_input), memory, memory_mask)
        super().__init__(
            inputs={"token_ids": token_id_input, "decoder_token_ids": decoder_input},
            outputs=self._logits(hidden_states),
            name=name,
            compile=compile,
        )

        # === Config ===
        self.decoder_num_layers = decoder_num_layers
        self.decoder_num_heads = decoder_num_heads
        self.decoder_intermediate_dim = decoder_intermediate_dim
        self.max_target_tokens = max_target_tokens
        self.interval_segments = interval_segments
        self.dropout = dropout
        self.cls_id = cls_id
        self.sep_id = sep_id
        self.pad_id = pad_id
        self.begin_id = begin_id
        self.end_id = end_id
        self.split_id = split_id
        # Made on first use, and kept: what it compiles takes longer than a summary.
        self._keras_decoder: KerasDecoder | None = None

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {
            **super().get_config(),
            "decoder_num_layers": self.decoder_num_layers,
            "decoder_num_heads": self.decoder_num_heads,
            "decoder_intermediate_dim": self.decoder_intermediate_dim,
            "max_target_tokens": self.max_target_tokens,
            "interval_segments": self.interval_segments,
            "dropout": self.dropout,
            "cls_id": self.cls_id,
            "sep_id": self.sep_id,
            "pad_id": self.pad_id,
            "begin_id": self.begin_id,
            "end_id": self.end_id,
            "split_id": self.split_id,
        }

    def default_loss(self) -> keras.losses.Loss:
        """What `compile` takes if it is given no loss."""
        return LabelSmoothedCrossentropy(pad_id=self.document_structure.pad_id)

    @property
    def target_vocabulary(self) -> TargetVocabulary:
        """The marks of targets, and what is never written.

        Without a preprocessor only the special tokens that the model knows of are never written,
        and every token counts as a word.
        """
        if self.preprocessor is not None:
            vocabulary: TargetVocabulary = self.preprocessor.target_vocabulary
            return vocabulary
        return TargetVocabulary(
            self.begin_id,
            self.end_id,
            self.split_id,
            never_written=frozenset((self.begin_id, self.pad_id, self.cls_id, self.sep_id)),
        )

    def generate(
        self,
        inputs: str | Sequence[str],
        strategy: Strategy | None = None,
        limits: Limits | None = None,
        batch_size: int = DOCUMENTS_AT_ONCE,
    ) -> Any:
        """Writes summaries.

        Args:
            inputs: a document, or a list of documents.
            strategy: `bertsum_tf.decoding.Beam` (its size 1 is greedy search) or `Sampling`; None:
                the paper's beam of 5.
            limits: of length and repetition, where KerasHub has `max_length`: `Limits(max_tokens=
                60)`; None: PreSumm's 50 to 200 tokens, or as many as the model can write, and no
                trigram twice.
            batch_size: documents at a time, at least 1.

        Returns:
            A summary, or a list of them: strings, one sentence a line. Empty for a document without
            a word piece.

        Raises:
            BertsumError: if the model's logits are no numbers.
            UsageError: if the model has no preprocessor, or can't write so many tokens; or if
                something else than strings is given.
        """
        if self.preprocessor is None:
            raise UsageError("A model without a preprocessor reads no text: call generate_ids.")
        documents = strings([inputs] if isinstance(inputs, str) else inputs)
        if documents is None:
            raise UsageError("The documents have to be a string, or a list of strings.")
        hypotheses = self.generate_ids(
            self.preprocessor.generate_preprocess(documents), strategy, limits, batch_size
        )
        summaries = [
            "\n".join(self.preprocessor.generate_postprocess(hypothesis.token_ids))
            for hypothesis in hypotheses
        ]
        return summaries[0] if isinstance(inputs, str) else summaries

    def generate_ids(
        self,
        token_ids: np.ndarray,
        strategy: Strategy | None = None,
        limits: Limits | None = None,
        batch_size: int = DOCUMENTS_AT_ONCE,
    ) -> list[Hypothesis]:
        """Writes summaries of packed documents, as token ids.

        Args:
            token_ids: int32 [D, T]. Documents of like length are read together, without the padding
                that they do not need.
            strategy: see `generate`.
            limits: see `generate`.
            batch_size: see `generate`.

        Returns:
            What was written of each document; nothing of one without a word piece.
        """
        longest = self.backbone.max_sequence_length
        if token_ids.ndim != 2 or token_ids.shape[1] > longest:
            raise UsageError(
                f"The documents have to be token ids of shape [documents, up to {longest}], not "
                f"{list(token_ids.shape)}."
            )
        if batch_size < 1:
            raise UsageError(f"batch_size has to be at least 1, not {batch_size}.")
        vocabulary = self.target_vocabulary
        decoder = self._keras_decoder
        if decoder is None or decoder.never_written != vocabulary.never_written:
            decoder = self._keras_decoder = KerasDecoder(self, vocabulary.never_written)
        lengths = _lengths(token_ids, self.pad_id)
        filled = hold_text(token_ids, cls_id=self.cls_id, sep_id=self.sep_id, pad_id=self.pad_id)
        written = [Hypothesis(np.zeros(0, np.int32), 0.0, 0.0)] * len(token_ids)
        order = [row for row in np.argsort(lengths, kind="stable") if filled[row]]
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            width = -(-int(lengths[rows].max()) // BUCKET_TOKENS) * BUCKET_TOKENS
            batch = token_ids[rows, :width]
            numbers = numbers_of(batch, self.pad_id)
            hypotheses = write_summaries(
                decoder, batch, vocabulary, strategy, limits, numbers=numbers
            )
            for row, hypothesis in zip(rows, hypotheses, strict=True):
                written[row] = hypothesis
        return written

    def encode(self, token_ids: Tensor) -> dict[str, Any]:
        """What the decoder needs of documents.

        Args:
            token_ids: int32 `[D, T]`.

        Returns:
            `"memory_keys"` and `"memory_values"`, a list of `[D, T, heads, H / heads]` of each
            decoder layer, and `"memory_mask"`, bool `[D, T]`.
        """
        memory, memory_mask = self._read(token_ids)
        keys, values = self.decoder.memory_cache(memory)
        return {"memory_keys": keys, "memory_values": values, "memory_mask": memory_mask}

    def decode_step(
        self, token_ids: Tensor, position: Tensor, state: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        """The logits that the whole model gives at one position, from caches of those before it.

        Args:
            token_ids: int32 `[D, K]`, the last token of `K` beams of each document.
            position: int32 `[]`, where they stand, counted from 0.
            state: from `encode`, with `"keys"` and `"values"`, a list of `[D * K, capacity, heads,
                H / heads]` of each decoder layer, of any content from `position` on.

        Returns:
            float32 `[D, K, V]`, and the state for the next position.
        """
        embeddings = self.backbone.token_embedding(token_ids)
        hidden_states, state = self.decoder.step(embeddings, position, state)
        return self._logits(hidden_states), state

    def _read(self, token_ids: Tensor) -> tuple[Tensor, Tensor]:
        structure = self.document_structure(token_ids)
        memory = self.backbone(
            {
                "token_ids": token_ids,
                "segment_ids": structure["segment_ids"],
                "padding_mask": ops.cast(structure["padding_mask"], "int32"),
            }
        )["sequence_output"]
        return memory, structure["padding_mask"]

    def _logits(self, hidden_states: Tensor) -> Tensor:
        return self.logits_bias(self.backbone.token_embedding(hidden_states, reverse=True))


@keras.saving.register_keras_serializable(package="bertsum_tf")
class LogitsBias(keras.layers.Layer):
    """Adds a bias to logits: how common each word is, whatever the document."""

    def build(self, shape: Any) -> None:
        """Makes the variable."""
        self.bias = self.add_weight(shape=(shape[-1],), initializer="zeros", name="bias")

    def call(self, logits: Tensor) -> Tensor:
        """`[..., V]` -> `[..., V]`."""
        return logits + self.bias


def _lengths(token_ids: np.ndarray, pad_id: int) -> np.ndarray:
    """Where the last token of each row stands, counted from 1; 0 for rows of padding."""
    places = np.arange(1, token_ids.shape[1] + 1)
    lengths: np.ndarray = np.where(token_ids == pad_id, 0, places).max(1, initial=0)
    return lengths

"""Two encoders that bring documents and summaries into one vector space, as a KerasHub task."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import keras
import keras_hub
import numpy as np
from keras import ops

from bertsum_tf.choices import TEXT_POOLINGS
from bertsum_tf.errors import UsageError
from bertsum_tf.models.document_preprocessor import strings
from bertsum_tf.models.document_structure import DocumentStructure
from bertsum_tf.models.document_task import DocumentTask, check_choice
from bertsum_tf.models.dual_encoder_preprocessor import DualEncoderPreprocessor
from bertsum_tf.models.scaled_similarity import MAX_SCALE, ScaledSimilarity
from bertsum_tf.models.symmetric_info_nce import SymmetricInfoNCE
from bertsum_tf.models.text_pooling import TextPooling


@keras.saving.register_keras_serializable(package="bertsum_tf")
class DualEncoder(DocumentTask):
    """One vector a document and one a summary, close together where they belong together.

    Two BERTs read the document and the summary, each is pooled to one vector of length 1, and
    training brings a document and its own summary closer than those of the rest of the batch
    (`SymmetricInfoNCE`). No label is needed but the summary.

    The model's inputs are packed token ids, `[CLS] s1 [SEP] [CLS] s2 [SEP] ... [PAD]*`: a
    dictionary of `token_ids`, int32 `[B, T]`, the documents; `summary_token_ids`, int32 `[B, U]`;
    and, with `hard_negatives`, `negative_token_ids`, int32 `[B, U]`, a wrong summary for each; `T`
    and `U` are multiples of 8. Its output is float32 `[B, B]`, or `[B, 2 * B]` with hard negatives:
    the cosine of document `i` and summary `j` over the temperature, and `EXCLUDED` where another
    pair's summary is word for word the document's own.

    `fit` takes raw strings if the model has a preprocessor: documents as `x`, summaries as `y`.

    Args:
        backbone: a `keras_hub.models.BertBackbone`, for documents. Poolers are not used, and
            frozen.
        preprocessor: a `DualEncoderPreprocessor`, or None for a model of token ids.
        shared: bool. True: `backbone` reads summaries too; False: a BERT of their own does,
            `summary_backbone`, which starts as a copy.
        pooling: `"mean"` of a text's word pieces, `"cls"` for its first token, or
            `"sentence_cls"` for the mean of its sentences' [CLS] tokens.
        projection_dim: int. Width of the vectors. None: the backbone's, without a projection, so
            that a sentence encoder such as MiniLM starts from the space that it was trained for.
            Projections start as the same orthogonal matrix for both, which keeps cosines: all of
            them at the backbone's own width, roughly at a smaller one.
        hard_negatives: bool. Whether the model has the input `negative_token_ids`. Weights are the
            same.
        interval_segments: bool. Segment ids A, B, A, ... from sentence to sentence; False: all A,
            as sentence encoders were trained.
        initial_temperature: float. What cosines are divided by at the start: 0.05, as in SimCSE
            (Gao et al., 2021, arXiv 2104.08821) and sentence-transformers. It is learned, down to
            0.01.
        cls_id: int. The vocabulary's id of [CLS].
        sep_id: int. The vocabulary's id of [SEP].
        pad_id: int. The vocabulary's id of [PAD].
        name: string. The model's name.
        compile: bool. Whether to compile with `compile`'s defaults.

    Raises:
        UsageError: if an argument does not fit the others.

    Example: raw strings.
    ```python
    model = DualEncoder.from_preset("all_minilm_l6_v2_en")
    model.fit(x=articles, y=highlights, batch_size=64)
    similarities = model.encode_documents(articles) @ model.encode_summaries(highlights).T
    ```

    Example: token ids.
    ```python
    model = DualEncoder.from_preset("bert_tiny_en_uncased", preprocessor=None, projection_dim=64)
    inputs = {"token_ids": token_ids, "summary_token_ids": summary_token_ids}
    model.fit(inputs, np.ones(len(token_ids)), batch_size=64)  # int32 [N, 512], [N, 128]
    ```

    Example: what it has learned, for an extractive model.
    ```python
    model.save_to_preset("pretrained")
    backbone = bertsum_tf.models.presets.load_backbone("pretrained")
    extractive = BertSumExtractive.from_preset("pretrained", backbone=backbone)
    ```
    """

    preprocessor_cls = DualEncoderPreprocessor
    architecture = ("shared", "pooling", "projection_dim", "interval_segments")

    def __init__(
        self,
        backbone: keras_hub.models.BertBackbone,
        preprocessor: Any = None,
        shared: bool = False,
        pooling: str = "mean",
        projection_dim: int | None = None,
        hard_negatives: bool = False,
        interval_segments: bool = False,
        initial_temperature: float = 0.05,
        cls_id: int = 101,
        sep_id: int = 102,
        pad_id: int = 0,
        name: str | None = None,
        compile: bool = True,
    ) -> None:
        check_choice("pooling", pooling, TEXT_POOLINGS)
        if projection_dim is not None and projection_dim < 1:
            raise UsageError(f"projection_dim has to be at least 1, not {projection_dim}.")
        if not initial_temperature >= 1 / MAX_SCALE:
            raise UsageError(
                f"initial_temperature has to be at least {1 / MAX_SCALE}, "
                f"not {initial_temperature}."
            )
        if interval_segments and backbone.num_segments < 2:
            raise UsageError("The backbone has one segment only: set interval_segments to False.")
        if preprocessor:
            longest = max(preprocessor.sequence_length, preprocessor.summary_sequence_length)
            if longest > backbone.max_sequence_length:
                raise UsageError(
                    f"The preprocessor's windows of {longest} tokens are longer than the "
                    f"backbone's {backbone.max_sequence_length}: make them shorter, or load the "
                    "backbone with a larger max_sequence_length."
                )

        # === Layers ===
        self.backbone = backbone
        self.preprocessor = preprocessor
        self.summary_backbone = backbone if shared else _copy(backbone)
        # The pooled output is never used: left trainable, its weights would have no gradient.
        self.backbone.pooled_dense.trainable = False
        self.summary_backbone.pooled_dense.trainable = False
        self.document_structure = DocumentStructure(
            cls_id=cls_id,
            sep_id=sep_id,
            pad_id=pad_id,
            pooling="mean" if pooling == "mean" else "cls",
            interval_segments=interval_segments,
            name="document_structure",
        )
        self.text_pooling = TextPooling(pooling, name="text_pooling")
        self.projection: keras.layers.Layer | None = None
        self.summary_projection: keras.layers.Layer | None = None
        if projection_dim is not None:
            self.projection = _projection(projection_dim, "projection")
            self.summary_projection = (
                self.projection if shared else _projection(projection_dim, "summary_projection")
            )
        self.similarity = ScaledSimilarity(initial_temperature, name="similarity")

        # === Functional Model ===
        inputs = {
            name: keras.Input(shape=(None,), dtype="int32", name=name)
            for name in ("token_ids", "summary_token_ids", "negative_token_ids")[
                : 2 + hard_negatives
            ]
        }
        documents = self._document_vectors(inputs["token_ids"])
        summary_token_ids = inputs["summary_token_ids"]
        if hard_negatives:
            summary_token_ids = ops.concatenate(
                [summary_token_ids, inputs["negative_token_ids"]], axis=0
            )
        summaries = self._summary_vectors(summary_token_ids)
        similarities = self.similarity(documents, summaries, summary_token_ids)
        super().__init__(inputs=inputs, outputs=similarities, name=name, compile=compile)

        # === Config ===
        self.shared = shared
        self.pooling = pooling
        self.projection_dim = projection_dim
        self.hard_negatives = hard_negatives
        self.interval_segments = interval_segments
        self.initial_temperature = initial_temperature
        self.cls_id = cls_id
        self.sep_id = sep_id
        self.pad_id = pad_id
        # A function, as Keras would take models in an attribute for parts of this one.
        self._encoders: Callable[[], dict[str, keras.Model]] = functools.cache(self._make_encoders)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {
            **super().get_config(),
            "shared": self.shared,
            "pooling": self.pooling,
            "projection_dim": self.projection_dim,
            "hard_negatives": self.hard_negatives,
            "interval_segments": self.interval_segments,
            "initial_temperature": self.initial_temperature,
            "cls_id": self.cls_id,
            "sep_id": self.sep_id,
            "pad_id": self.pad_id,
        }

    def default_loss(self) -> keras.losses.Loss:
        """What `compile` takes if it is given no loss."""
        return SymmetricInfoNCE()

    def encode_documents(
        self, documents: np.ndarray | Sequence[str], batch_size: int = 32
    ) -> np.ndarray:
        """Vectors of documents.

        Args:
            documents: int32 [N, T], packed token ids, T a multiple of 8; or strings, if the model
                has a preprocessor.
            batch_size: how many are read at once.

        Returns:
            float32 [N, D], each of length 1. Inner products with those of summaries are cosines.
        """
        return self._encode("documents", documents, batch_size)

    def encode_summaries(
        self, summaries: np.ndarray | Sequence[str], batch_size: int = 32
    ) -> np.ndarray:
        """Vectors of summaries.

        Args:
            summaries: int32 [N, U], packed token ids, U a multiple of 8; or strings, if the model
                has a preprocessor.
            batch_size: how many are read at once.

        Returns:
            float32 [N, D], each of length 1.
        """
        return self._encode("summaries", summaries, batch_size)

    def predict(self, x: Any = None, batch_size: int | None = None, **kwargs: Any) -> np.ndarray:
        """What the model returns for all pairs at once, however many are read at a time.

        Keras would compare the pairs of each batch among themselves alone.

        Args:
            x: a pair of as many documents as summaries, strings, if the model has a preprocessor;
                or a dictionary of all of the model's inputs.
            batch_size: how many texts are read at once; None: 32.
            **kwargs: see `keras.Model.predict`.

        Returns:
            float32 [N, N], or [N, 2 * N] with hard negatives.

        Raises:
            UsageError: if it is given something else.
        """
        inputs = self._pairs(x)
        if len({len(rows) for rows in inputs.values()}) != 1:
            raise UsageError(
                "Each document needs its summary: give as many summaries as there are documents."
            )
        documents, *columns = inputs.values()
        vectors = [
            self._encode(side, rows, batch_size or 32, **kwargs)
            for side, rows in (("documents", documents), *(("summaries", rows) for rows in columns))
        ]
        length = max(rows.shape[1] for rows in columns)
        summaries = np.concatenate(
            [
                np.pad(rows, ((0, 0), (0, length - rows.shape[1])), constant_values=self.pad_id)
                for rows in columns
            ]
        )
        # A number for each text stands for its tokens: all are compared with all.
        numbers = np.unique(summaries, axis=0, return_inverse=True)[1].reshape(-1, 1)
        similarities = self.similarity(
            vectors[0], np.concatenate(vectors[1:]), numbers.astype(np.int32)
        )
        return np.asarray(ops.convert_to_numpy(similarities), np.float32)

    def preprocess_samples(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Token ids of raw pairs; KerasHub's tasks are asked for this by `fit` and `evaluate`."""
        if self.preprocessor is not None and self.hard_negatives:
            raise UsageError(
                "Hard negatives are given as token ids: set the model's preprocessor to None."
            )
        return super().preprocess_samples(x, y, sample_weight)

    @property
    def head_variables(self) -> list[keras.Variable]:
        """Trainable variables that are neither backbone's: temperature and projections."""
        of_twin = {id(variable) for variable in self.summary_backbone.trainable_variables}
        return [variable for variable in super().head_variables if id(variable) not in of_twin]

    def _document_vectors(self, token_ids: Any) -> Any:
        return self._vectors(token_ids, self.backbone, self.projection)

    def _summary_vectors(self, token_ids: Any) -> Any:
        return self._vectors(token_ids, self.summary_backbone, self.summary_projection)

    def _vectors(self, token_ids: Any, backbone: Any, projection: Any) -> Any:
        structure = self.document_structure(token_ids)
        hidden_states = backbone(
            {
                "token_ids": token_ids,
                "segment_ids": structure["segment_ids"],
                "padding_mask": ops.cast(structure["padding_mask"], "int32"),
            }
        )["sequence_output"]
        x = self.text_pooling(hidden_states, structure["membership"])
        if projection is not None:
            x = projection(x)
        # Not `UnitNormalization`: of the zeros of a row that fills up a batch, its gradient is NaN
        # on JAX, on PyTorch and with XLA.
        square = ops.sum(ops.square(x), axis=-1, keepdims=True)
        return x * ops.rsqrt(ops.maximum(square, 1e-12))

    def _make_encoders(self) -> dict[str, keras.Model]:
        encoders = {}
        for side, vectors in (
            ("documents", self._document_vectors),
            ("summaries", self._summary_vectors),
        ):
            token_ids = keras.Input(shape=(None,), dtype="int32")
            encoders[side] = keras.Model(token_ids, vectors(token_ids), name=side)
            # JAX is slow unless compiled; TensorFlow's graph takes every shape, its XLA compiles
            # each.
            encoders[side].compile(jit_compile=keras.backend.backend() == "jax")
        return encoders

    def _pairs(self, x: Any) -> dict[str, np.ndarray]:
        """Token ids by the names of the inputs, in their order."""
        names = list(self.input)
        if isinstance(x, dict) and set(names) <= set(x):
            return {name: np.asarray(x[name], np.int32) for name in names}
        if isinstance(x, (tuple, list)) and len(x) == 2 and not isinstance(x[0], (str, bytes)):
            texts = [strings(side) for side in x]
            if None not in texts and self.preprocessor is not None and not self.hard_negatives:
                return {
                    "token_ids": self.preprocessor.documents(texts[0]),
                    "summary_token_ids": self.preprocessor.summaries(texts[1]),
                }
        raise UsageError(
            f"A dual encoder is given pairs: a dictionary of {', '.join(names)}, or, with a "
            "preprocessor and without hard negatives, (documents, summaries) as strings; "
            "encode_documents and encode_summaries take either alone."
        )

    def _encode(self, side: str, texts: Any, batch_size: int, **kwargs: Any) -> np.ndarray:
        raw = strings(texts)
        if raw:
            if self.preprocessor is None:
                raise UsageError(
                    "The model has no preprocessor: give it packed token ids, int32 [N, T]."
                )
            texts = getattr(self.preprocessor, side)(raw)
        token_ids = np.asarray(texts, np.int32)
        if not len(token_ids):
            width = self.projection_dim or self.backbone.hidden_dim
            return np.zeros((0, width), np.float32)
        vectors = self._encoders()[side].predict(
            token_ids, batch_size=batch_size, **{"verbose": 0, **kwargs}
        )
        return np.asarray(vectors, np.float32)


def _copy(backbone: keras_hub.models.BertBackbone) -> keras_hub.models.BertBackbone:
    """A BERT of the same architecture and weights, under another name."""
    config = {**backbone.get_config(), "name": f"summary_{backbone.name}"}
    copy = type(backbone).from_config(config)
    copy.set_weights(backbone.get_weights())
    return copy


def _projection(width: int, name: str) -> keras.layers.Dense:
    return keras.layers.Dense(
        width,
        use_bias=False,
        # The same seed, so that both sides start alike.
        kernel_initializer=keras.initializers.Orthogonal(seed=0),
        dtype="float32",
        name=name,
    )

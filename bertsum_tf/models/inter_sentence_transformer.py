"""The paper's inter-sentence Transformer: lets sentences see one another before they are scored."""

from __future__ import annotations

from typing import Any

import keras
import keras_hub
from keras import ops


@keras.saving.register_keras_serializable(package="bertsum_tf")
class InterSentenceTransformer(keras.layers.Layer):
    """Pre-norm Transformer layers over sentence vectors (Liu & Lapata, 2019, section 3.2).

    As `ExtTransformerEncoder` in the authors' code: position embeddings are added to the sentence
    vectors, `num_layers` encoder layers follow, each normalising its inputs, then a last layer
    norm. (The authors' first layer leaves out the norm before its attention; ours has it.)

    The tanh approximation of gelu, as the authors' code and KerasHub's BERT have it.

    Call arguments:
        sentence_vectors: float `[B, S, H]`.
        sentence_mask: bool `[B, S]`, True for slots that hold a sentence.

    Returns float `[B, S, H]`; slots without a sentence hold finite numbers.

    Args:
        max_sentences: int. The most slots that learned positions can number.
        num_layers: int. The paper has 2.
        num_heads: int. The paper has 8; has to divide `H`.
        intermediate_dim: int. The width of the feed-forward layers; the paper's code has 2,048.
        sentence_positions: `"learned"`, or `"sinusoidal"` as in the paper.
        dropout: float. On the sentence vectors, and within the layers as in the paper.
    """

    def __init__(
        self,
        max_sentences: int,
        num_layers: int = 2,
        num_heads: int = 8,
        intermediate_dim: int = 1536,
        sentence_positions: str = "learned",
        dropout: float = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.max_sentences = max_sentences
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.intermediate_dim = intermediate_dim
        self.sentence_positions = sentence_positions
        self.dropout = dropout

        if sentence_positions == "learned":
            self.position_embedding: keras.layers.Layer = keras_hub.layers.PositionEmbedding(
                sequence_length=max_sentences,
                initializer=keras.initializers.TruncatedNormal(stddev=0.02),
                dtype=self.dtype_policy,
                name="position_embedding",
            )
        else:
            self.position_embedding = keras_hub.layers.SinePositionEncoding(
                dtype="float32", name="position_embedding"
            )
        self.input_dropout = keras.layers.Dropout(
            dropout, dtype=self.dtype_policy, name="input_dropout"
        )
        self.encoder_layers = [
            keras_hub.layers.TransformerEncoder(
                intermediate_dim=intermediate_dim,
                num_heads=num_heads,
                dropout=dropout,
                activation=gelu_tanh,
                layer_norm_epsilon=1e-6,
                normalize_first=True,
                dtype=self.dtype_policy,
                name=f"encoder_layer_{i}",
            )
            for i in range(num_layers)
        ]
        self.output_layer_norm = keras.layers.LayerNormalization(
            epsilon=1e-6, dtype=self.dtype_policy, name="output_layer_norm"
        )

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        if not self.position_embedding.built:
            self.position_embedding.build(input_shape)
        for layer in self.encoder_layers:
            layer.build(input_shape)
        self.output_layer_norm.build(input_shape)
        self.built = True

    def call(self, sentence_vectors: Any, sentence_mask: Any, training: bool | None = None) -> Any:
        """Sentence vectors that have seen one another; see the class."""
        # Slot 0 is attended to even where there is no sentence at all: a window of nothing but
        # padding fills up a batch, and a softmax over nothing would be NaN.
        first = ops.equal(ops.arange(ops.shape(sentence_vectors)[1], dtype="int32"), 0)
        attended = ops.logical_or(sentence_mask, first[None, :])
        positions = ops.cast(self.position_embedding(sentence_vectors), sentence_vectors.dtype)
        x = self.input_dropout(sentence_vectors + positions, training=training)
        for layer in self.encoder_layers:
            x = layer(x, padding_mask=attended, training=training)
        return self.output_layer_norm(x)

    def compute_output_spec(
        self, sentence_vectors: Any, sentence_mask: Any, training: bool | None = None
    ) -> keras.KerasTensor:
        """Shapes and dtypes of what `call` returns."""
        return keras.KerasTensor(sentence_vectors.shape, dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {
            **super().get_config(),
            "max_sentences": self.max_sentences,
            "num_layers": self.num_layers,
            "num_heads": self.num_heads,
            "intermediate_dim": self.intermediate_dim,
            "sentence_positions": self.sentence_positions,
            "dropout": self.dropout,
        }


@keras.saving.register_keras_serializable(package="bertsum_tf")
def gelu_tanh(x: Any) -> Any:
    """Gelu by its tanh approximation."""
    return keras.activations.gelu(x, approximate=True)

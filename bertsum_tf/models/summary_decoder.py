"""The Transformer decoder that writes summaries, for training and, with caches, step by step."""

from __future__ import annotations

import math
from typing import Any

import keras
import keras_hub
from keras import ops

from bertsum_tf.models.inter_sentence_transformer import gelu_tanh

# A tensor of whichever Keras backend is running.
Tensor = Any

_EPSILON = 1e-6  # PreSumm's layer norms


def _initializer() -> keras.initializers.Initializer:
    # PreSumm, `model_builder.py`.
    return keras.initializers.RandomNormal(stddev=0.02)


@keras.saving.register_keras_serializable(package="bertsum_tf")
class SummaryDecoder(keras.layers.Layer):
    """Pre-norm Transformer decoder with cross-attention (Liu & Lapata, 2019, section 3.3).

    As `TransformerDecoder` in the authors' code (PreSumm, `src/models/decoder.py`): embeddings
    times the square root of the width, plus sinusoidal positions; `num_layers` of self-attention,
    attention to the document, and a feed-forward layer; a last layer norm. Only the attention's
    probabilities have no dropout here: to draw so many random numbers costs more than the rest.

    Not `keras_hub.layers.TransformerDecoder`, because its caches have a row a beam for everything:
    the beams of one document would each hold, reorder and read a copy of the document's keys and
    values. Here those are kept once a document (`memory_cache`), and `step` reads them with all
    beams at a time.

    Call arguments:
        embeddings: float `[B, U, H]`, word embeddings of what was written.
        memory: float `[B, T, H]`, the encoder's hidden states.
        memory_mask: bool `[B, T]`, True for tokens.

    Returns float `[B, U, H]`; position `u` depends on the first `u + 1` embeddings alone.

    Args:
        num_layers: int.
        num_heads: int. Has to divide `H`.
        intermediate_dim: int. The width of the feed-forward layers.
        dropout: float. On the embeddings and behind every sublayer.
    """

    def __init__(
        self,
        num_layers: int = 6,
        num_heads: int = 8,
        intermediate_dim: int = 1536,
        dropout: float = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.intermediate_dim = intermediate_dim
        self.dropout = dropout
        self.position_encoding = keras_hub.layers.SinePositionEncoding(
            dtype="float32", name="position_encoding"
        )
        self.input_dropout = keras.layers.Dropout(
            dropout, dtype=self.dtype_policy, name="input_dropout"
        )
        self.decoder_layers = [
            SummaryDecoderLayer(
                num_heads=num_heads,
                intermediate_dim=intermediate_dim,
                dropout=dropout,
                dtype=self.dtype_policy,
                name=f"decoder_layer_{i}",
            )
            for i in range(num_layers)
        ]
        self.output_layer_norm = keras.layers.LayerNormalization(
            epsilon=_EPSILON, dtype=self.dtype_policy, name="output_layer_norm"
        )

    def build(self, embeddings_shape: Any, memory_shape: Any = None) -> None:
        """Makes the variables."""
        for layer in self.decoder_layers:
            layer.build(embeddings_shape)
        self.output_layer_norm.build(embeddings_shape)
        self.built = True

    def call(
        self, embeddings: Tensor, memory: Tensor, memory_mask: Tensor, training: bool | None = None
    ) -> Tensor:
        """Hidden states of whole targets; see the class."""
        x = self._with_positions(embeddings, self.position_encoding(embeddings))
        x = self.input_dropout(x, training=training)
        places = ops.arange(ops.shape(embeddings)[1], dtype="int32")
        causal = (places[:, None] >= places[None, :])[None, None]
        for layer in self.decoder_layers:
            x = layer(x, memory, causal, memory_mask[:, None, None, :], training=training)
        return self.output_layer_norm(x)

    def compute_output_spec(
        self, embeddings: Tensor, memory: Tensor, memory_mask: Tensor, training: bool | None = None
    ) -> keras.KerasTensor:
        """Shapes and dtypes of what `call` returns."""
        return keras.KerasTensor(embeddings.shape, dtype=self.compute_dtype)

    def memory_cache(self, memory: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Each layer's keys and values of the documents, `[D, T, heads, H / heads]`."""
        pairs = [layer.cross_attention.keys_and_values(memory) for layer in self.decoder_layers]
        return [keys for keys, _ in pairs], [values for _, values in pairs]

    def step(self, embeddings: Tensor, position: Tensor, state: dict[str, Any]) -> Any:
        """Hidden states of the next token of every beam, the same as `call` gives.

        Args:
            embeddings: float `[D, K, H]`, of `D` documents with `K` beams each.
            position: int32 `[]`, where the token stands, counted from 0.
            state: `"memory_keys"` and `"memory_values"` as `memory_cache` gives them,
                `"memory_mask"` bool `[D, T]`, and a list of each layer's `"keys"` and `"values"` of
                what was written, `[D * K, capacity, heads, H / heads]`.

        Returns:
            float `[D, K, H]`, and the state with the token's keys and values.
        """
        x = self._with_positions(
            embeddings, self.position_encoding(embeddings[:1, :1], start_index=position)
        )
        memory_mask = state["memory_mask"][:, None, None, :]
        keys, values = [], []
        for index, layer in enumerate(self.decoder_layers):
            x, layer_keys, layer_values = layer.step(
                x,
                position,
                state["keys"][index],
                state["values"][index],
                (state["memory_keys"][index], state["memory_values"][index]),
                memory_mask,
            )
            keys.append(layer_keys)
            values.append(layer_values)
        return self.output_layer_norm(x), {**state, "keys": keys, "values": values}

    def _with_positions(self, embeddings: Tensor, positions: Tensor) -> Tensor:
        scale = math.sqrt(embeddings.shape[-1])
        return embeddings * scale + ops.cast(positions, embeddings.dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {
            **super().get_config(),
            "num_layers": self.num_layers,
            "num_heads": self.num_heads,
            "intermediate_dim": self.intermediate_dim,
            "dropout": self.dropout,
        }


class SummaryDecoderLayer(keras.layers.Layer):
    """One layer: self-attention, attention to the document, feed-forward; each normalises first.

    Args:
        num_heads: int.
        intermediate_dim: int.
        dropout: float.
    """

    def __init__(
        self, num_heads: int, intermediate_dim: int, dropout: float, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.intermediate_dim = intermediate_dim
        policy = self.dtype_policy
        self.self_attention = Attention(num_heads, dtype=policy, name="self_attention")
        self.cross_attention = Attention(num_heads, dtype=policy, name="cross_attention")
        self.self_attention_norm, self.cross_attention_norm, self.feedforward_norm = (
            keras.layers.LayerNormalization(epsilon=_EPSILON, dtype=policy, name=f"{name}_norm")
            for name in ("self_attention", "cross_attention", "feedforward")
        )
        self.intermediate_dense = keras.layers.Dense(
            intermediate_dim,
            activation=gelu_tanh,
            kernel_initializer=_initializer(),
            dtype=policy,
            name="intermediate_dense",
        )
        self.dropout = keras.layers.Dropout(dropout, dtype=policy, name="dropout")

    def build(self, shape: Any) -> None:
        """Makes the variables."""
        for layer in (
            *(self.self_attention, self.self_attention_norm),
            *(self.cross_attention, self.cross_attention_norm),
            *(self.feedforward_norm, self.intermediate_dense),
        ):
            layer.build(shape)
        self.output_dense = keras.layers.Dense(
            shape[-1],
            kernel_initializer=_initializer(),
            dtype=self.dtype_policy,
            name="output_dense",
        )
        self.output_dense.build((*shape[:-1], self.intermediate_dim))
        self.built = True

    def call(
        self,
        x: Tensor,
        memory: Tensor,
        causal: Tensor,
        memory_mask: Tensor,
        training: bool | None = None,
    ) -> Tensor:
        """Whole targets; masks are bool, broadcast to `[B, heads, queries, keys]`."""
        normed = self.self_attention_norm(x)
        attended = self.self_attention(normed, *self.self_attention.keys_and_values(normed), causal)
        memory_cache = self.cross_attention.keys_and_values(memory)
        return self._behind(x, attended, memory_cache, memory_mask, training)

    def step(
        self,
        x: Tensor,
        position: Tensor,
        keys: Tensor,
        values: Tensor,
        memory_cache: tuple[Tensor, Tensor],
        memory_mask: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """One token of every beam; see `SummaryDecoder.step`."""
        documents, beams, width = ops.shape(x)
        places = ops.arange(ops.shape(keys)[1], dtype="int32")
        normed = ops.reshape(self.self_attention_norm(x), (-1, 1, width))
        new_keys, new_values = self.self_attention.keys_and_values(normed)
        # Every place but one stays as it is: an operator that every runtime has.
        here = ops.equal(places, position)[None, :, None, None]
        keys = ops.where(here, new_keys, keys)
        values = ops.where(here, new_values, values)
        so_far = (places <= position)[None, None, None, :]
        attended = self.self_attention(normed, keys, values, so_far)
        attended = ops.reshape(attended, (documents, beams, width))
        return self._behind(x, attended, memory_cache, memory_mask, False), keys, values

    def _behind(
        self,
        x: Tensor,
        attended: Tensor,
        memory_cache: tuple[Tensor, Tensor],
        memory_mask: Tensor,
        training: bool | None,
    ) -> Tensor:
        """All that follows the self-attention, and that positions do not share."""
        x = x + self.dropout(attended, training=training)
        attended = self.cross_attention(self.cross_attention_norm(x), *memory_cache, memory_mask)
        x = x + self.dropout(attended, training=training)
        inner = self.intermediate_dense(self.feedforward_norm(x))
        inner = self.dropout(inner, training=training)
        return x + self.dropout(self.output_dense(inner), training=training)


class Attention(keras.layers.Layer):
    """Multi-head attention that takes keys and values as they are, from a cache or not.

    Args:
        num_heads: int. Has to divide the width.
    """

    def __init__(self, num_heads: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.num_heads = num_heads

    def build(self, shape: Any) -> None:
        """Makes the variables."""
        width = shape[-1]
        heads = (self.num_heads, width // self.num_heads)
        self.query_dense, self.key_dense, self.value_dense = (
            keras.layers.EinsumDense(
                "abc,cde->abde",
                output_shape=(None, *heads),
                bias_axes="de",
                kernel_initializer=_initializer(),
                dtype=self.dtype_policy,
                name=name,
            )
            for name in ("query", "key", "value")
        )
        for dense in (self.query_dense, self.key_dense, self.value_dense):
            dense.build((None, None, width))
        self.output_dense = keras.layers.EinsumDense(
            "abde,dec->abc",
            output_shape=(None, width),
            bias_axes="c",
            kernel_initializer=_initializer(),
            dtype=self.dtype_policy,
            name="output",
        )
        self.output_dense.build((None, None, *heads))
        self.built = True

    def keys_and_values(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """`[B, S, H]` -> keys and values, each `[B, S, heads, H / heads]`."""
        return self.key_dense(x), self.value_dense(x)

    def call(self, x: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """`[B, Q, H]` -> `[B, Q, H]`; the mask is True for what is attended to."""
        attended = ops.dot_product_attention(
            self.query_dense(x),
            keys,
            values,
            mask=mask,
            # On TPUs Keras's own choice would take the first row's mask for all of them.
            flash_attention=False,
        )
        return self.output_dense(attended)

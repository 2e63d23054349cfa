"""The inter-sentence LSTM of BERTSUM's first version."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="bertsum_tf")
class LayerNormLSTMCell(keras.layers.Layer):
    """One step of an LSTM with layer norm on its gates (Liu, 2019, arXiv 1903.10318, section 2.2).

    Unlike the plain LSTM, the input's and the state's contributions to the four gates are each
    normalised before they are added, and so is the cell before it leaves through the output gate.

    Call arguments:
        inputs: float `[B, D]`.
        states: hidden and cell state, each float `[B, units]`.

    Returns the hidden state `[B, units]`, and both new states.

    Args:
        units: int. The width of the state.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units, units]
        self.output_size = units
        # The layer norms' betas are the biases.
        self.input_dense = keras.layers.Dense(
            4 * units, use_bias=False, dtype=self.dtype_policy, name="input_dense"
        )
        self.state_dense = keras.layers.Dense(
            4 * units,
            use_bias=False,
            kernel_initializer="orthogonal",
            dtype=self.dtype_policy,
            name="state_dense",
        )
        self.input_layer_norm = keras.layers.LayerNormalization(
            epsilon=1e-5, dtype=self.dtype_policy, name="input_layer_norm"
        )
        self.state_layer_norm = keras.layers.LayerNormalization(
            epsilon=1e-5, dtype=self.dtype_policy, name="state_layer_norm"
        )
        self.cell_layer_norm = keras.layers.LayerNormalization(
            epsilon=1e-5, dtype=self.dtype_policy, name="cell_layer_norm"
        )

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        self.input_dense.build(input_shape)
        self.state_dense.build((None, self.units))
        self.input_layer_norm.build((None, 4 * self.units))
        self.state_layer_norm.build((None, 4 * self.units))
        self.cell_layer_norm.build((None, self.units))
        self.built = True

    def call(self, inputs: Any, states: Any, training: bool | None = None) -> Any:
        """One step; see the class."""
        hidden, cell = states
        gates = self.input_layer_norm(self.input_dense(inputs)) + self.state_layer_norm(
            self.state_dense(hidden)
        )
        forget, write, output, candidate = ops.split(gates, 4, axis=-1)
        cell = ops.sigmoid(forget) * cell + ops.sigmoid(write) * ops.tanh(candidate)
        hidden = ops.sigmoid(output) * ops.tanh(self.cell_layer_norm(cell))
        return hidden, [hidden, cell]

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="bertsum_tf")
class InterSentenceLSTM(keras.layers.Layer):
    """One bidirectional layer-norm LSTM over sentence vectors, as in BERTSUM's first version.

    Liu, 2019, "Fine-tune BERT for Extractive Summarization" (arXiv 1903.10318), section 2.2;
    bidirectional, one layer, as in its code. Each direction has half of the vectors' width.

    Call arguments:
        sentence_vectors: float `[B, S, H]`.
        sentence_mask: bool `[B, S]`, True for slots that hold a sentence; they come first.

    Returns float `[B, S, H]`; slots without a sentence hold finite numbers.

    Args:
        dropout: float. On the output.
    """

    def __init__(self, dropout: float = 0.1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dropout = dropout
        self.output_dropout = keras.layers.Dropout(
            dropout, dtype=self.dtype_policy, name="output_dropout"
        )

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        units = input_shape[-1] // 2
        self.lstm = keras.layers.Bidirectional(
            keras.layers.RNN(
                LayerNormLSTMCell(units, dtype=self.dtype_policy, name="cell"),
                return_sequences=True,
                dtype=self.dtype_policy,
                name="lstm",
            ),
            dtype=self.dtype_policy,
            name="bidirectional",
        )
        self.lstm.build(input_shape)
        self.built = True

    def call(self, sentence_vectors: Any, sentence_mask: Any, training: bool | None = None) -> Any:
        """Both directions, side by side; see the class."""
        # A masked step leaves the state as it was: backwards, the first real sentence that is
        # read finds the state as empty as if there were no slots after it.
        x = self.lstm(sentence_vectors, mask=sentence_mask, training=training)
        return self.output_dropout(x, training=training)

    def compute_output_spec(
        self, sentence_vectors: Any, sentence_mask: Any, training: bool | None = None
    ) -> keras.KerasTensor:
        """Shapes and dtypes of what `call` returns."""
        return keras.KerasTensor(sentence_vectors.shape, dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), "dropout": self.dropout}

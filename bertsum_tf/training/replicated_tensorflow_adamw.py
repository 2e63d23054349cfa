"""AdamW for Keras's TensorFlow backend that means the same on any number of replicas."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from bertsum_tf.models.replicas import sum_over_replicas

_AdamW: Any = keras.optimizers.AdamW


class ReplicatedTensorFlowAdamW(_AdamW):
    """`keras.optimizers.AdamW` of the gradient of the whole batch.

    Keras's own adds up the gradients of the replicas of `tf.distribute` last of all, so that
    `global_clipnorm` cuts those of parts of a batch; and it does so by a call that may not stand
    inside a condition, where accumulated gradients need it. Here they are added up first. Then all
    replicas know the same, and each updates its own copy of the variables.
    """

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        """Updates the variables, as `keras.optimizers.Optimizer.apply`."""
        # The gradient of an embedding is a list of rows, a word's own row as often as it comes.
        # Keras would square them one by one, not their sum, and go too far.
        grads = [None if gradient is None else tf.convert_to_tensor(gradient) for gradient in grads]
        summed = iter(sum_over_replicas([gradient for gradient in grads if gradient is not None]))
        grads = [None if gradient is None else next(summed) for gradient in grads]
        super().apply(grads, trainable_variables)

    def _apply_weight_decay(self, variables: list[Any]) -> None:
        for variable in variables:
            if self.weight_decay and self._use_weight_decay(variable):
                self.assign_sub(variable, variable * self.weight_decay * self.learning_rate)

    def _backend_update_step(self, grads: list[Any], variables: list[Any], rate: Any) -> None:
        for gradient, variable in zip(grads, variables, strict=True):
            self.update_step(gradient, variable, rate)

    def _backend_increment_gradient_accumulators(
        self, grads: list[Any], acc_grads: list[Any]
    ) -> None:
        for gradient, accumulated in zip(grads, acc_grads, strict=True):
            self.assign_add(accumulated, gradient)

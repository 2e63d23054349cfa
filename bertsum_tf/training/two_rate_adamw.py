"""AdamW with one learning rate for the backbone and another for the head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

# What AdamW is on this backend.
_AdamW: Any
if keras.backend.backend() == "torch":
    from bertsum_tf.training.fused_torch_adamw import FusedTorchAdamW as _AdamW
elif keras.backend.backend() == "tensorflow":
    from bertsum_tf.training.replicated_tensorflow_adamw import (
        ReplicatedTensorFlowAdamW as _AdamW,
    )
else:
    _AdamW = keras.optimizers.AdamW


class TwoRateAdamW(_AdamW):
    """AdamW with a learning rate of their own for some of the variables.

    A head starts from random weights and wants larger steps than a pretrained backbone, and where
    it is a whole decoder, another warm-up too (Liu & Lapata, 2019, section 3.3: two optimizers).
    Weight decay follows the backbone's learning rate for all.

    Args:
        learning_rate: the backbone's; a number, or a schedule of the number of updates, each of
            which may take several batches.
        head_variables: the variables that get another one; they must be among those that the
            optimizer is built with.
        head_learning_rate: theirs, a number or a schedule likewise.
        **kwargs: as for `keras.optimizers.AdamW`.
    """

    def __init__(
        self,
        learning_rate: Any,
        head_variables: Sequence[keras.Variable],
        head_learning_rate: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, **kwargs)
        self._head = {id(variable) for variable in head_variables}
        self.head_learning_rate = head_learning_rate

    def _get_current_learning_rate(self) -> Any:
        # Keras asks a schedule for the rate of the batch; it counts in updates of the weights.
        if isinstance(self._learning_rate, keras.optimizers.schedules.LearningRateSchedule):
            return self._learning_rate(self.iterations)
        return super()._get_current_learning_rate()

    def _get_current_head_learning_rate(self) -> Any:
        if isinstance(self.head_learning_rate, keras.optimizers.schedules.LearningRateSchedule):
            return self.head_learning_rate(self.iterations)
        return self.head_learning_rate

    def _backend_update_step(
        self, grads: list[Any], trainable_variables: list[Any], learning_rate: Any
    ) -> None:
        for in_head, rate in (
            (False, learning_rate),
            (True, self._get_current_head_learning_rate()),
        ):
            group = [
                (gradient, variable)
                for gradient, variable in zip(grads, trainable_variables, strict=True)
                if (id(variable) in self._head) == in_head
            ]
            if group:
                gradients, variables = map(list, zip(*group, strict=True))
                super()._backend_update_step(gradients, variables, rate)

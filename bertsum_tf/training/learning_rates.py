"""Learning-rate schedules: warm-up, then linear or Noam decay."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="bertsum_tf")
class WarmupLinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Rises linearly to `peak` over `warmup_steps`, then falls linearly to 0 at `total_steps`.

    The first step already has a learning rate above 0: peak / warmup_steps.
    """

    def __init__(self, peak: float, warmup_steps: int, total_steps: int) -> None:
        self.peak = peak
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps

    def __call__(self, step: Any) -> Any:
        """The learning rate of a step, counted from 0."""
        done = ops.cast(step, "float32") + 1.0
        rise = done / max(self.warmup_steps, 1)
        fall = (self.total_steps + 1 - done) / max(self.total_steps + 1 - self.warmup_steps, 1)
        return self.peak * ops.clip(ops.minimum(rise, fall), 0.0, 1.0)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {
            "peak": self.peak,
            "warmup_steps": self.warmup_steps,
            "total_steps": self.total_steps,
        }


@keras.saving.register_keras_serializable(package="bertsum_tf")
class NoamDecay(keras.optimizers.schedules.LearningRateSchedule):
    """`scale * min(step ** -0.5, step * warmup_steps ** -1.5)`, steps counted from 1.

    Vaswani et al. (2017), section 5.3, without the factor of the model's width, as the paper
    (Liu & Lapata, 2019, section 3.2) has it.
    """

    def __init__(self, scale: float, warmup_steps: int) -> None:
        self.scale = scale
        self.warmup_steps = warmup_steps

    def __call__(self, step: Any) -> Any:
        """The learning rate of a step, counted from 0."""
        done = ops.cast(step, "float32") + 1.0
        return self.scale * ops.minimum(done**-0.5, done * float(self.warmup_steps) ** -1.5)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {"scale": self.scale, "warmup_steps": self.warmup_steps}

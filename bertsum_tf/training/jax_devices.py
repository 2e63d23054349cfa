"""Several devices under JAX: `keras.distribution.DataParallel`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import keras
import numpy as np
from jax.experimental import multihost_utils

from bertsum_tf.data.batches import BatchPlan
from bertsum_tf.data.examples import Reader
from bertsum_tf.data.pipelines import part_of, read_batches
from bertsum_tf.errors import UsageError
from bertsum_tf.training.devices import DeviceRequest, Devices, refuse_missing


def start_jax(request: DeviceRequest) -> Devices:
    """See `bertsum_tf.training.devices.start_devices`."""
    if request.kind == "cpu":
        _make_cpus(request.count or 1)
    if request.hosts:
        keras.distribution.initialize(
            ",".join(request.hosts), len(request.hosts), request.host_index
        )
    if request.kind == "auto":
        found = jax.devices()
    else:
        try:
            found = jax.devices(request.kind)
        except RuntimeError:
            found = []
        own = [device for device in found if device.process_index == jax.process_index()]
        refuse_missing(request.kind, request.count, len(own))
    kind = found[0].platform
    count = request.count or (1 if kind == "cpu" else None)
    used = [
        device
        for host in range(jax.process_count())
        for device in [each for each in found if each.process_index == host][:count]
    ]
    if len(used) == 1:
        return Devices(kind)
    return ShardedDevices(kind, used, max(1, len(request.hosts)), request.host_index)


def _make_cpus(count: int) -> None:
    try:
        jax.config.update("jax_platforms", "cpu")
        jax.config.update("jax_num_cpu_devices", count)
    except RuntimeError:  # it has computed before: what there is stays
        return
    except AttributeError as error:
        raise UsageError("--devices cpu:N needs JAX 0.5 or later: pip install -U jax.") from error


class ShardedDevices(Devices):
    """Devices that each hold all variables, and equal parts of every batch.

    Args:
        kind: "cpu", "gpu" or "tpu".
        devices: those of JAX, of all hosts.
        hosts: how many machines train together.
        host_index: which of them this is.
    """

    def __init__(
        self, kind: str, devices: list[jax.Device], hosts: int = 1, host_index: int = 0
    ) -> None:
        super().__init__(kind, len(devices), "keras.distribution.DataParallel", hosts, host_index)
        self.distribution = keras.distribution.DataParallel(
            devices=[f"{device.platform}:{device.id}" for device in devices],
            auto_shard_dataset=False,
        )

    def scope(self) -> Any:
        """The distribution's."""
        return self.distribution.scope()

    def model(self, inputs: Any, outputs: Any, name: str | None = None) -> keras.Model:
        """See `Devices.model`."""
        return ShardedModel(inputs, outputs, name=name, devices=self)

    def batches(
        self, read: Reader, plan: BatchPlan, start: int, stop: int
    ) -> Iterator[tuple[Any, np.ndarray]]:
        """See `Devices.batches`. Every host reads whole batches, and keeps its part."""
        return read_batches(part_of(read, self.host_index, self.hosts), plan, start, stop)

    def of_all_hosts(self, number: int) -> list[int]:
        """See `Devices.of_all_hosts`."""
        if self.hosts == 1:
            return [number]
        gathered: list[int] = multihost_utils.process_allgather(np.int32(number)).tolist()
        return gathered

    def part(self, array: np.ndarray) -> jax.Array:
        """A batch's array on all devices, each of which holds its rows alone."""
        layout = self.distribution.get_data_layout(array.shape).backend_layout
        size = len(array) // self.hosts
        own = np.asarray(array)[self.host_index * size :][:size]
        return jax.make_array_from_process_local_data(layout, own)

    def whole(self, array: jax.Array) -> jax.Array:
        """An array of which every device holds all, within a compiled function."""
        mesh = self.distribution.device_mesh.backend_mesh
        everywhere = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec())
        return jax.lax.with_sharding_constraint(array, everywhere)


class ShardedModel(keras.Model):
    """A model that predicts a batch with all devices; Keras would use one."""

    def __init__(self, *args: Any, devices: ShardedDevices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._devices = devices

    def predict_step(self, state: Any, data: Any) -> Any:
        """As Keras, with outputs that every host can read."""
        outputs, variables = super().predict_step(state, data)
        return self._devices.whole(outputs), variables

    def predict_on_batch(self, x: Any) -> np.ndarray:
        """Outputs for a batch whose rows are a multiple of the devices; [rows, ...]."""
        parts = keras.tree.map_structure(self._devices.part, x)
        outputs: np.ndarray = super().predict_on_batch(parts)
        return outputs

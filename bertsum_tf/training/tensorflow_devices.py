"""Several devices under TensorFlow: `tf.distribute`."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, suppress
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from bertsum_tf.data.batches import BatchPlan
from bertsum_tf.data.examples import Reader
from bertsum_tf.data.pipelines import in_parts, part_of, tf_dataset
from bertsum_tf.errors import UsageError
from bertsum_tf.training.devices import DeviceRequest, Devices, refuse_missing

# Which TPU, where it is not this machine's own.
_TPU_NAME = "TPU_NAME"


def start_tensorflow(request: DeviceRequest) -> Devices:
    """See `bertsum_tf.training.devices.start_devices`."""
    kind = request.kind if request.kind != "auto" else _best_kind()
    if kind == "tpu":
        return _start_tpu(request)
    _choose(kind, request)
    if request.hosts:  # before anything is computed, logical devices are looked for included
        gpus = request.count or len(tf.config.list_physical_devices("GPU"))
        resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
            tf.train.ClusterSpec({"worker": list(request.hosts)}),
            task_type="worker",
            task_id=request.host_index,
            num_accelerators={"GPU": gpus} if kind == "gpu" else {},
            rpc_layer="grpc",
        )
        strategy = tf.distribute.MultiWorkerMirroredStrategy(cluster_resolver=resolver)
        return ReplicatedDevices(kind, strategy, len(request.hosts), request.host_index)
    devices = [device.name for device in tf.config.list_logical_devices(kind.upper())]
    refuse_missing(kind, request.count, len(devices))
    devices = devices[: request.count or (1 if kind == "cpu" else None)]
    if len(devices) == 1:
        # As `OneDeviceStrategy` would do; under any strategy Keras compiles nothing with XLA.
        return Devices(kind)
    # On CPUs the default is a ring of collective operations, whose numbers the strategies of a
    # process share: a second run with other devices would be taken for a part of the first.
    reduction = tf.distribute.ReductionToOneDevice() if kind == "cpu" else None
    return ReplicatedDevices(
        kind, tf.distribute.MirroredStrategy(devices, cross_device_ops=reduction)
    )


def _best_kind() -> str:
    if os.environ.get(_TPU_NAME) or tf.config.list_physical_devices("TPU"):
        return "tpu"
    return "gpu" if tf.config.list_physical_devices("GPU") else "cpu"


def _choose(kind: str, request: DeviceRequest) -> None:
    """Hides what is not to be used, as long as nothing was computed; afterwards all stays."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    gpus = tf.config.list_physical_devices("GPU")
    if kind == "gpu":
        refuse_missing("gpu", request.count, len(gpus))
    elif request.hosts and (request.count or 1) > 1:
        raise UsageError(
            "TensorFlow uses one CPU device a host: leave the number out of --devices, or choose "
            "--backend jax."
        )
    with suppress(RuntimeError):
        tf.config.set_visible_devices(gpus[: request.count] if kind == "gpu" else [], "GPU")
        if kind == "cpu":
            parts = [tf.config.LogicalDeviceConfiguration() for _ in range(request.count or 1)]
            tf.config.set_logical_device_configuration(cpu, parts)


def _start_tpu(request: DeviceRequest) -> Devices:
    name = os.environ.get(_TPU_NAME)
    if not name:
        refuse_missing("tpu", None, len(tf.config.list_physical_devices("TPU")))
    if request.hosts:
        raise UsageError(
            "TensorFlow drives all hosts of a TPU from one: leave --hosts out, and name the TPU in "
            f"{_TPU_NAME}; or choose --backend jax."
        )
    resolver = tf.distribute.cluster_resolver.TPUClusterResolver(name or "local")
    if name:
        tf.config.experimental_connect_to_cluster(resolver)
    tf.tpu.experimental.initialize_tpu_system(resolver)
    strategy = tf.distribute.TPUStrategy(resolver)
    if request.count not in (None, strategy.num_replicas_in_sync):
        raise UsageError(
            f"TensorFlow uses a TPU whole, with its {strategy.num_replicas_in_sync} cores: "
            "leave the number out."
        )
    return ReplicatedDevices("tpu", strategy)


class ReplicatedDevices(Devices):
    """Devices with a replica of the model each, which see equal parts of a batch.

    Args:
        kind: "cpu", "gpu" or "tpu".
        strategy: a `tf.distribute.Strategy`.
        hosts: how many machines train together.
        host_index: which of them this is.
    """

    def __init__(self, kind: str, strategy: Any, hosts: int = 1, host_index: int = 0) -> None:
        how = type(strategy).__name__.removesuffix("V2").removesuffix("V1")
        if how == "CollectiveAllReduceStrategy":
            how = "MultiWorkerMirroredStrategy"
        super().__init__(kind, strategy.num_replicas_in_sync, how, hosts, host_index)
        self.strategy = strategy

    def scope(self) -> AbstractContextManager[Any]:
        """The strategy's."""
        scope: AbstractContextManager[Any] = self.strategy.scope()
        return scope

    def model(self, inputs: Any, outputs: Any, name: str | None = None) -> keras.Model:
        """See `Devices.model`."""
        return ReplicatedModel(inputs, outputs, name=name)

    def batches(self, read: Reader, plan: BatchPlan, start: int, stop: int) -> Any:
        """See `Devices.batches`. Every host reads whole batches, and keeps its part."""

        def of_host(context: Any) -> tf.data.Dataset:
            hosts = context.num_input_pipelines
            replicas = self.count // hosts
            read_parts = in_parts(part_of(read, context.input_pipeline_id, hosts), replicas)
            dataset = tf_dataset(read_parts, plan, start, stop).unbatch()
            return dataset.prefetch(2 * replicas)

        return self.strategy.distribute_datasets_from_function(of_host)

    def of_all_hosts(self, number: int) -> list[int]:
        """See `Devices.of_all_hosts`."""
        pair = np.array([[self.host_index, number]], np.int32)
        pairs = self.strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(pair)
        )
        numbers = dict(self.strategy.gather(pairs, axis=0).numpy().tolist())
        return [numbers[host] for host in range(self.hosts)]


class ReplicatedModel(keras.Model):
    """A model that is made in the scope of a strategy, and predicts a batch with all replicas."""

    train_function: Any  # Keras's

    def predict_on_batch(self, x: Any) -> np.ndarray:
        """Outputs for a batch whose rows are a multiple of the replicas; [rows, ...].

        Keras would give the whole batch to every replica.
        """
        strategy = self.distribute_strategy
        if not hasattr(self, "_predict_parts"):

            @tf.function(reduce_retracing=True)
            def predict_parts(index: Any, inputs: Any) -> Any:
                outputs = strategy.run(lambda x: self(x, training=False), args=(inputs,))
                # The order in which parts are gathered is the strategy's own affair.
                return strategy.gather(index, axis=0), strategy.gather(outputs, axis=0)

            self._predict_parts = predict_parts
        parts = strategy.num_replicas_in_sync
        numbered = (np.arange(len(tf.nest.flatten(x)[0])), x)

        def part(context: Any) -> Any:
            place = context.replica_id_in_sync_group
            return tf.nest.map_structure(
                lambda array: tf.constant(np.split(array, parts)[place]), numbered
            )

        index, outputs = self._predict_parts(
            *strategy.experimental_distribute_values_from_function(part)
        )
        return np.asarray(outputs.numpy()[np.argsort(index.numpy())])

    def make_train_function(self, force: bool = False) -> Any:
        """As Keras, but for `MultiWorkerMirroredStrategy`.

        Keras 3.15 takes the mean of each replica's log along an axis (`reduce_per_replica`), which
        a number does not have.
        """
        strategy = self.distribute_strategy
        if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
            return super().make_train_function(force)
        if self.train_function is None or force:

            @tf.function(reduce_retracing=True)
            def train_function(iterator: Any) -> dict[str, Any]:
                logs = strategy.run(self.train_step, args=(next(iterator),))
                return {
                    name: strategy.reduce(tf.distribute.ReduceOp.MEAN, value, axis=None)
                    for name, value in logs.items()
                }

            self.train_function = train_function
        return None

    def _maybe_symbolic_build(self, iterator: Any = None, data_batch: Any = None) -> None:
        """Nothing: a functional model is built.

        Keras would average a batch over the replicas to know its shapes, token ids and all.
        """

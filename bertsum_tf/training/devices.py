"""The devices of a run: what is asked for, what is there, and how a batch is shared among them.

Whatever their number, a run computes the same: the batches hold the same windows, the loss is the
mean over the real labels of the whole batch, and every device makes the same step. Only dropout
differs.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import keras

from bertsum_tf.choices import DEVICES
from bertsum_tf.data.batches import BatchPlan
from bertsum_tf.data.examples import Reader
from bertsum_tf.data.pipelines import read_batches, tf_dataset
from bertsum_tf.errors import UsageError
from bertsum_tf.quiet_stderr import quiet_stderr

_NAMES = {"cpu": "CPU", "gpu": "GPU", "tpu": "TPU core"}
_BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}


@dataclass(frozen=True)
class DeviceRequest:
    """What a run is to use.

    Attributes:
        kind: "cpu", "gpu", "tpu", or "auto": TPUs if there are any, else GPUs, else the CPU.
        count: how many of each host; None: all, of CPUs one. Of a CPU as many are made, which share
            its cores: to try out what several do.
        hosts: address and port of each of the machines that train together; none: this one alone.
        host_index: which of them this is, from 0. The first writes the run's folder.
    """

    kind: str = "auto"
    count: int | None = None
    hosts: tuple[str, ...] = ()
    host_index: int = 0

    @classmethod
    def parse(
        cls, devices: str = "auto", hosts: str | None = None, host_index: int | None = None
    ) -> DeviceRequest:
        """Reads the options of the command line.

        Args:
            devices: a kind, or kind and number: "gpu:2".
            hosts: addresses with ports, with commas between them.
            host_index: see above.

        Raises:
            UsageError: on what makes no sense.
        """
        kind, colon, number = devices.partition(":")
        if kind not in DEVICES or (colon and (not number.isdecimal() or int(number) < 1)):
            raise UsageError(
                f"--devices can't be {devices!r}: give one of {', '.join(DEVICES)}, "
                "or a kind and how many, such as gpu:2."
            )
        if kind == "auto" and colon:
            raise UsageError("--devices auto takes all that there are: name a kind, such as gpu:2.")
        addresses = tuple(hosts.split(",")) if hosts else ()
        if not addresses:
            if host_index is not None:
                raise UsageError("--host-index goes with --hosts: give both, or neither.")
            return cls(kind, int(number) if colon else None)
        for address in addresses:
            if not address.rpartition(":")[0] or not address.rpartition(":")[2].isdecimal():
                raise UsageError(
                    f"--hosts needs an address and a port of every machine, such as "
                    f"10.0.0.1:2222,10.0.0.2:2222, and {address!r} is none."
                )
        if len(set(addresses)) != len(addresses) or len(addresses) < 2:
            raise UsageError("--hosts needs two or more machines, each of them once.")
        if host_index is None or not 0 <= host_index < len(addresses):
            raise UsageError(
                f"Say which of the {len(addresses)} hosts this is: "
                f"--host-index 0 to {len(addresses) - 1}."
            )
        return cls(kind, int(number) if colon else None, addresses, host_index)


class Devices:
    """One device, as Keras's backend uses it by itself; other classes share batches among several.

    Args:
        kind: "cpu", "gpu" or "tpu".
        count: how many there are, of all hosts.
        how: what shares a batch among them; "" for one.
        hosts: how many machines train together.
        host_index: which of them this is.
    """

    def __init__(
        self, kind: str, count: int = 1, how: str = "", hosts: int = 1, host_index: int = 0
    ) -> None:
        self.kind = kind
        self.count = count
        self.how = how
        self.hosts = hosts
        self.host_index = host_index

    @property
    def is_chief(self) -> bool:
        """Whether this host is the one that writes the run's folder."""
        return self.host_index == 0

    def scope(self) -> AbstractContextManager[Any]:
        """What models and optimizers are made in, and trained in."""
        return nullcontext()

    def model(self, inputs: Any, outputs: Any, name: str | None = None) -> keras.Model:
        """A model whose `fit` and `predict_on_batch` use all devices.

        Args:
            inputs: as for `keras.Model`.
            outputs: see there.
            name: see there.
        """
        return keras.Model(inputs, outputs, name=name)

    def batches(self, read: Reader, plan: BatchPlan, start: int, stop: int) -> Any:
        """Batches `start` to `stop` of a plan, as `fit` of such a model takes them.

        Args:
            read: what reads a batch.
            plan: which windows make up a batch.
            start: the first, counted from the start of the first epoch.
            stop: the one after the last.
        """
        pipeline: Callable[..., Any] = (
            tf_dataset if keras.backend.backend() == "tensorflow" else read_batches
        )
        return pipeline(read, plan, start, stop)

    def of_all_hosts(self, number: int) -> list[int]:
        """The number that each host gave; all wait for the last one.

        Args:
            number: this host's, at least 0 and below 2 ** 31.
        """
        return [number]

    def describe(self, tokens_per_batch: int, length: int) -> str:
        """One line for whoever starts a run.

        Args:
            tokens_per_batch: of all devices together.
            length: tokens of the longest windows.

        Raises:
            UsageError: if there are more devices than windows of this length in a batch.
        """
        windows = max(1, tokens_per_batch // length)
        if windows < self.count:
            raise UsageError(
                f"A batch holds {windows} windows of {length} tokens, and there are {self.count} "
                f"devices: take at most {windows} of them (--devices), or, where there is "
                f"--batch-tokens, raise it to {self.count * length} or more."
            )
        name = _NAMES[self.kind]
        if self.count > 1:
            name = f"{name if self.kind != 'cpu' else 'CPU device'}s"
        on_hosts = f" on {self.hosts} hosts" if self.hosts > 1 else ""
        by = f" ({self.how})" if self.how else ""
        each = " each" if self.count > 1 else ""
        return (
            f"Devices: {self.count} {name}{on_hosts}{by}, "
            f"up to {-(-windows // self.count)} windows of {length} tokens{each}."
        )


def start_devices(request: DeviceRequest) -> Devices:
    """Tells Keras's backend what to use: before it computes anything, as it can't be told later.

    Args:
        request: what is asked for.

    Raises:
        UsageError: if there is no such device, or not so many, or the backend can't use them so.
    """
    backend = keras.backend.backend()
    with quiet_stderr():
        if backend == "tensorflow":
            from bertsum_tf.training.tensorflow_devices import start_tensorflow

            return start_tensorflow(request)
        if backend == "jax":
            from bertsum_tf.training.jax_devices import start_jax

            return start_jax(request)
        return _start_torch(request)


def one_device() -> Devices:
    """The device that Keras's backend uses where it was told nothing."""
    if keras.backend.backend() == "torch":
        return _start_torch(DeviceRequest())
    return Devices(keras.distribution.list_devices()[0].partition(":")[0])


def refuse_missing(kind: str, count: int | None, found: int) -> None:
    """Refuses devices that are not there.

    Args:
        kind: asked for.
        count: asked for; None: any.
        found: how many there are.

    Raises:
        UsageError: if there are fewer.
    """
    backend = _BACKENDS[keras.backend.backend()]
    if not found:
        raise UsageError(
            f"{backend} finds no {_NAMES[kind].split()[0]} here: leave --devices out to train on "
            f"what there is, or install {backend} with support for it."
        )
    if count is not None and count > found:
        raise UsageError(
            f"{backend} finds {found} of the {count} devices that --devices {kind}:{count} asks "
            f"for: leave the number out to take all."
        )


def _start_torch(request: DeviceRequest) -> Devices:
    import torch

    if request.hosts or (request.count or 1) > 1:
        raise UsageError(
            "Keras shares no batch among several devices on PyTorch: "
            "choose --backend tensorflow or jax, or one device."
        )
    here = "gpu" if torch.cuda.is_available() else "cpu"
    if request.kind not in ("auto", here):
        if request.kind != "cpu":
            refuse_missing(request.kind, request.count, 0)
        if os.environ.get("KERAS_TORCH_DEVICE") != "cpu":
            raise UsageError("Set KERAS_TORCH_DEVICE=cpu to train on the CPU with PyTorch.")
        here = "cpu"
    return Devices(here)

"""Which backend Keras runs on: to be said before Keras is imported."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import suppress
from importlib.util import find_spec

from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.quiet_stderr import quiet_stderr

# In the order in which "auto" looks for them.
BACKENDS = ("tensorflow", "jax", "torch")


def installed_backends() -> list[str]:
    """Those of `BACKENDS` that are installed."""
    return [backend for backend in BACKENDS if find_spec(backend) is not None]


def use_backend(name: str = "auto", *, find_devices: bool = True) -> None:
    """Chooses the backend and imports Keras and KerasHub.

    TensorFlow's start-up messages are kept off the terminal, unless BERTSUM_DEBUG is set.

    Args:
        name: one of `BACKENDS`, or "auto": what KERAS_BACKEND says, else the first installed.
        find_devices: False: which devices there are to be can still be said, as
            `bertsum_tf.training.devices` does.

    Raises:
        UsageError: if the backend is not installed, or Keras runs on another one already.
        BertsumError: if no backend, Keras or KerasHub is installed.
    """
    installed = installed_backends()
    if name == "auto":
        name = os.environ.get("KERAS_BACKEND") or next(iter(installed), "")
    elif name not in installed:
        raise UsageError(
            f"The backend {name} is not installed: pip install {name}, or choose another --backend."
        )
    if not name or find_spec("keras_hub") is None:
        raise BertsumError(
            "This needs Keras and KerasHub, which are not installed: "
            "install bertsum_tf with its extra 'train'."
        )
    if "keras" in sys.modules:
        import keras

        if keras.backend.backend() != name:
            raise UsageError(
                f"Keras runs on {keras.backend.backend()} already: set KERAS_BACKEND={name} "
                "before anything imports it."
            )
    os.environ["KERAS_BACKEND"] = name
    import_keras_quietly()
    if find_devices:
        import keras

        with quiet_stderr():
            keras.ops.zeros(())


def import_keras_quietly() -> None:
    """Imports Keras and KerasHub without their backend's start-up messages.

    No device is looked for yet: which of them TensorFlow may use can still be said.
    """
    if "keras_hub" in sys.modules:
        return
    # In a notebook without widgets, for whose progress bars it would be: KerasHub's downloads.
    warnings.filterwarnings("ignore", message="IProgress not found")
    with quiet_stderr():
        import keras_hub  # noqa: F401


def import_tensorflow_quietly() -> None:
    """Imports TensorFlow, if it is installed, without its start-up messages."""
    with quiet_stderr(), suppress(ImportError):
        import tensorflow  # noqa: F401

"""What the figures were measured on."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from bertsum_tf.cores import available_cores

PACKAGES = (
    "keras",
    "keras-hub",
    "tensorflow",
    "jax",
    "torch",
    "ai-edge-litert",
    "transformers",
    "onnxruntime",
    "tokenizers",
    "numpy",
)


def describe_hardware() -> str:
    """`AMD EPYC, 2 cores, Linux x86_64`."""
    cores = available_cores()
    return (
        f"{_processor()}, {cores} {'core' if cores == 1 else 'cores'}, "
        f"{platform.system()} {platform.machine()}"
    )


def describe_software() -> str:
    """`Python 3.11.8, keras 3.15.0, ...`, of what is installed."""
    found = [f"Python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown processor"

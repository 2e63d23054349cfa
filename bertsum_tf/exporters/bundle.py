"""A trained model -> the preset and the `.tflite` file that ship with the package.

python -m bertsum_tf.exporters.bundle runs/news/model
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from bertsum_tf import bundled
from bertsum_tf.exporters.tflite import export_tflite
from bertsum_tf.models import BertSumExtractive


def bundle(
    model: str | os.PathLike[str],
    output: str | os.PathLike[str] = bundled.PRESET,
    *,
    on_step: Callable[[str], object] = lambda text: None,
) -> Path:
    """Writes a preset with float16 weights, and the `.tflite` file made of exactly those.

    Args:
        model: a folder that `bertsum train` wrote.
        output: the folder to write; one that exists is replaced, but for its model card.
        on_step: called with a sentence before each step.

    Returns:
        The folder.

    Raises:
        BertsumError: as `BertSumExtractive.from_preset` and `export_tflite`.
    """
    folder = Path(output)
    aside = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        BertSumExtractive.from_preset(model, dtype="float32").save_to_preset(str(aside))
        for weights in aside.glob("*.weights.h5"):
            to_float16(weights)
        half = BertSumExtractive.from_preset(aside, dtype="float32")
        export_tflite(half, aside / bundled.TFLITE.name, quantize="int4", on_step=on_step)
        card = folder / "README.md"
        if card.exists():
            shutil.copy(card, aside)
        _replace(folder, aside)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def _replace(folder: Path, new: Path) -> None:
    """Puts a folder in the place of another, which is deleted only when that has worked."""
    old = new.with_name(f"{new.name}.old")
    if folder.exists():
        folder.replace(old)
    try:
        new.replace(folder)
    except OSError:
        if old.exists():
            old.replace(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def to_float16(path: Path) -> None:
    """Halves a file of Keras weights; Keras reads them into variables of any dtype."""
    aside = path.with_name(f".{path.name}")
    with h5py.File(path) as source, h5py.File(aside, "w") as target:

        def copy(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if isinstance(item, h5py.Dataset):
                values = item[()]
                halved = values.astype(np.float16) if values.dtype == np.float32 else values
                copied = target.create_dataset(name, data=halved)
            else:
                copied = target.require_group(name)
            copied.attrs.update(item.attrs)

        target.attrs.update(source.attrs)
        source.visititems(copy)
    aside.replace(path)


if __name__ == "__main__":
    print(bundle(sys.argv[1], *sys.argv[2:3], on_step=print))

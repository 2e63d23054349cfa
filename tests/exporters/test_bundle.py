"""The folder that ships with the package is replaced whole or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bertsum_tf import bundled
from bertsum_tf.errors import BertsumError

pytest.importorskip("keras_hub")
exporter = pytest.importorskip("bertsum_tf.exporters.bundle")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(small_summarizer, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "model"
    small_summarizer.save_to_preset(str(folder))
    return folder


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An older bundle; the `.tflite` file of the next is not really made."""
    monkeypatch.setattr(
        exporter, "export_tflite", lambda model, path, **_: path.write_bytes(b"the new one")
    )
    old = tmp_path / "bundle"
    old.mkdir()
    (old / bundled.TFLITE.name).write_bytes(b"the old one")
    (old / "README.md").write_text("The card.")
    (old / "left_over").touch()
    return old


def test_the_new_one_takes_the_place_of_the_old_but_for_its_card(trained, folder):
    assert exporter.bundle(trained, folder) == folder

    assert (folder / bundled.TFLITE.name).read_bytes() == b"the new one"
    assert (folder / "README.md").read_text() == "The card."
    assert not (folder / "left_over").exists()
    assert (folder / "model.weights.h5").stat().st_size < (
        0.7 * (trained / "model.weights.h5").stat().st_size
    )
    assert list(folder.parent.iterdir()) == [folder]


def test_the_old_one_is_there_until_the_new_one_is(trained, folder, monkeypatch):
    replace = Path.replace

    def fail(path: Path, target: Path) -> Path:
        if target == folder and (path / bundled.TFLITE.name).read_bytes() == b"the new one":
            raise OSError("The disk is gone.")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="The disk is gone"):
        exporter.bundle(trained, folder)

    assert (folder / bundled.TFLITE.name).read_bytes() == b"the old one"
    assert (folder / "left_over").exists()
    assert list(folder.parent.iterdir()) == [folder]


def test_nothing_is_deleted_before_the_new_one_stands(trained, folder, monkeypatch):
    deleted = []

    def rmtree(path: Path, **options) -> None:
        if (path / "left_over").exists():  # the old one
            deleted.append((folder / bundled.TFLITE.name).read_bytes())
        remove(path, **options)

    remove = shutil.rmtree
    monkeypatch.setattr(shutil, "rmtree", rmtree)
    exporter.bundle(trained, folder)

    assert deleted == [b"the new one"]


def test_a_failed_export_leaves_the_old_one(trained, folder, monkeypatch):
    def fail(*_, **__) -> None:
        raise BertsumError("No room.")

    monkeypatch.setattr(exporter, "export_tflite", fail)
    with pytest.raises(BertsumError, match="No room"):
        exporter.bundle(trained, folder)

    assert (folder / bundled.TFLITE.name).read_bytes() == b"the old one"
    assert list(folder.parent.iterdir()) == [folder]

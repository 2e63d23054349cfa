"""Folders that a run fills, and that the same command goes on with after an interruption."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bertsum_tf.errors import BertsumError, UsageError

# Of a training run: the best model so far.
MODEL = "model"


def model_of(name: str | os.PathLike[str]) -> str:
    """What is meant by the name of a run, its best model; any other name means itself."""
    model = os.path.join(os.fspath(name), MODEL)
    return model if os.path.isdir(model) else os.fspath(name)


def refuse_folder_of_models(name: str | os.PathLike[str]) -> None:
    """Tells who names a run, or the folder of its checkpoints, where one model is meant.

    Args:
        name: what is to be read as a model, whatever it is.

    Raises:
        UsageError: if it is no model, and holds some.
    """
    folder = Path(name)
    if (folder / "config.json").exists():  # a BERT, or a saved model
        return
    inside = sorted(path.parent for path in folder.glob("[!.]*/task.json"))
    if inside:
        model = next((path for path in inside if path.name == MODEL), inside[-1])
        raise UsageError(f"{folder} is a folder of models: name one of them, such as {model}.")


def write_aside(path: Path, content: str | bytes) -> None:
    """Writes a file under another name first, so that it is never seen half-written.

    Of a symbolic link the target is written. What is no file, such as a pipe or /dev/null, is
    written into, for a file in its place would not be what its readers hold.
    """
    data = content.encode() if isinstance(content, str) else content
    if not isinstance(path, Path):  # in a store, where a file is seen when it is whole
        path.write_bytes(data)
        return
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            path.write_bytes(data)
            return
    except FileNotFoundError:
        pass
    path = path.resolve()
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        aside.write_bytes(data)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def claim(folder: Path, record: str, parameters: Mapping[str, Any], results: str) -> None:
    """Makes the folder of a run, or sees that it holds the same run.

    A record of other parameters is replaced as long as nothing came of them, so that a first try
    with a mistake in it does not spoil the folder.

    Args:
        folder: of the run.
        record: name of the file that holds the parameters.
        parameters: all that decides what the run computes.
        results: pattern of the names of what the run leaves there.

    Raises:
        BertsumError: if the folder holds something else, or can't be written.
    """
    path = folder / record
    content = json.dumps(parameters, indent=1) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists():
            if path.read_text() == content:
                return
            if any(folder.glob(results)):
                raise BertsumError(
                    f"{folder} holds a run with other settings or data (see {path}): "
                    "choose another folder, or delete this one."
                )
        elif any(not entry.name.startswith(f".{record}.") for entry in folder.iterdir()):
            raise BertsumError(f"{folder} is not empty: choose a new folder.")
        write_aside(path, content)
    except OSError as error:
        raise BertsumError(
            f"The folder {folder} can't be written ({error.strerror}): choose another."
        ) from error


def read_finished(
    folder: Path, manifest: str, parameters: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The manifest of a folder that an earlier run of the same parameters has filled.

    Args:
        folder: of the run.
        manifest: name of the file that is written last: a JSON object with all parameters, and
            under "shards" a list of objects, each with the name of a "file" in the folder.
        parameters: all that decides what the run computes.

    Returns:
        None if it is not there, is another run's, or one of its shards is gone.
    """
    try:
        content: dict[str, Any] = json.loads((folder / manifest).read_text())
        is_same = all(content[name] == value for name, value in parameters.items())
        shards = [folder / shard["file"] for shard in content["shards"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return content if is_same and all(shard.exists() for shard in shards) else None

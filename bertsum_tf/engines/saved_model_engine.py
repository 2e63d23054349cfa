"""Scores of a SavedModel that `bertsum export --format saved_model` wrote."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from bertsum_tf.engines.litert_file import packing_limits
from bertsum_tf.errors import BertsumError
from bertsum_tf.keras_backend import import_tensorflow_quietly
from bertsum_tf.text.sentences import rules_sha256
from bertsum_tf.text.wordpiece import WordPiece

SAVED_MODEL = "saved_model.pb"

# TensorFlow leaves this folder of a SavedModel to its users.
EXTRA = "assets.extra"
VOCABULARY = "vocab.txt"
DESCRIPTION = "bertsum.json"

# Of `DESCRIPTION`; another one is refused.
FORMAT_VERSION = 1


class SavedModelEngine:
    """An engine of `bertsum_tf.Summarizer` over a SavedModel.

    Args:
        folder: a SavedModel, or a folder of numbered versions of it, of which the latest is taken.

    Attributes:
        vocabulary: that of the model.
        max_tokens: the length of its windows.

    Raises:
        BertsumError: if it is not one of ours, is damaged, or belongs to another version.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        path = latest_version(Path(folder))
        description = _description(path)
        self.vocabulary = WordPiece.from_file(path / EXTRA / VOCABULARY)
        # Other numbers for the same words choose other sentences, or none of the model's rows.
        if self.vocabulary.sha256 != description["vocabulary_sha256"]:
            raise BertsumError(
                f"The SavedModel {path} is damaged ({EXTRA}/{VOCABULARY} is not the vocabulary "
                "that it was exported with): export it again."
            )
        self.max_tokens: int = description["max_tokens"]
        import_tensorflow_quietly()
        import tensorflow as tf
        import tensorflow_text  # noqa: F401  # its operators are in the graph

        try:
            # Held, because its functions do not keep its variables alive.
            self._model: Any = tf.saved_model.load(str(path))
            self._score = self._model.score_token_ids
        # TensorFlow has no kind of error for this: IndexError, ValueError, DataLossError, ...
        except Exception as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
            raise BertsumError(
                f"The SavedModel {path} is damaged ({reason}): export it again."
            ) from error

    def score(self, token_ids: np.ndarray) -> np.ndarray:
        """Logits of the sentence slots.

        Args:
            token_ids: int32 [B, T], T a multiple of 8.

        Returns:
            float32 [B, T // 8].
        """
        scores: np.ndarray = self._score(token_ids).numpy()
        return scores


def is_saved_model(folder: Path) -> bool:
    """Whether a folder is a SavedModel, or holds versions of one."""
    return (folder / SAVED_MODEL).is_file() or bool(versions(folder))


def versions(base: Path) -> list[Path]:
    """The versions of a SavedModel in a folder such as TF Serving reads, ascending."""
    return [path for _, path in numbered(base) if (path / SAVED_MODEL).is_file()]


def numbered(base: Path) -> list[tuple[int, Path]]:
    """All that has a number for a name, ascending, whether it is a SavedModel or not.

    TF Serving takes `0003` for version 3 too.
    """
    if not base.is_dir():
        return []
    return sorted((int(path.name), path) for path in base.iterdir() if path.name.isdecimal())


def latest_version(folder: Path) -> Path:
    """The SavedModel itself: the folder, or the latest version in it.

    Raises:
        BertsumError: if there is none.
    """
    if (folder / SAVED_MODEL).is_file():
        return folder
    paths = versions(folder)
    if not paths:
        raise BertsumError(
            f"There is no SavedModel in {folder}: name a folder that "
            "`bertsum export --format saved_model` wrote."
        )
    return paths[-1]


def _description(path: Path) -> dict[str, Any]:
    try:
        text = (path / EXTRA / DESCRIPTION).read_text(encoding="utf-8")
        description: dict[str, Any] = json.loads(text)
        own = {"rules_sha256": rules_sha256(), **packing_limits()}
        of_this_version = (
            description["format"] == FORMAT_VERSION and own.items() <= description.items()
        )
        if of_this_version:  # then these two, too, have to be there
            int(description["max_tokens"]), str(description["vocabulary_sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BertsumError(
            f"{path} is no SavedModel of bertsum ({EXTRA}/{DESCRIPTION} is missing or damaged): "
            "name a folder that `bertsum export --format saved_model` wrote."
        ) from error
    if not of_this_version:
        raise BertsumError(
            f"{path} was exported by bertsum_tf {description.get('bertsum_tf', 'of another kind')},"
            " which splits sentences or packs them otherwise than this version: export it again, "
            "or install that version."
        )
    return description

"""A `.tflite` file of bertsum: a LiteRT model, with all else that summarising needs behind it.

The files behind the model are a zip archive, as TFLite Metadata has it, so `unzip -l model.tflite`
lists them and the readers of TensorFlow Lite's Support and Task libraries find them:

| file | content |
| --- | --- |
| `vocab.txt` | the word pieces, one a line |
| `sentence_rules.json` | the sentence rule book |
| `characters.json` | what BERT's tokeniser makes of each character (`text.characters`) |
| `limits.json` | how documents are packed, sentences chosen or written; what the file is |
| `model_card.md` | for people |

`characters.json` is for runtimes in other languages; this package does without it, and reads older
files that have none.

A file holds a model that chooses sentences (its task is `"extractive"`, as of all files that name
none), with signatures `score_<tokens>`; or one that writes (`"abstractive"`), with signatures
`encode_<tokens>` and `decode_step_...`, which `bertsum_tf.exporters.tflite_writer` describes.

Everything is checked before LiteRT is given the file: a damaged FlatBuffer may end its process.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
import zipfile
from dataclasses import dataclass
from typing import Any, NamedTuple

from bertsum_tf.errors import BertsumError
from bertsum_tf.storage_path import storage_path
from bertsum_tf.text.packing import (
    LATER_WINDOW_PENALTY,
    LEAD_SHARE,
    MAX_SENTENCE_TOKENS,
    TOKENS_PER_SENTENCE_SLOT,
)
from bertsum_tf.text.sentences import rules_sha256
from bertsum_tf.text.wordpiece import WordPiece

# The version of the format by what the model does. Readers of before there were models that write
# refuse 2.
FORMAT_VERSIONS = {"extractive": 1, "abstractive": 2}

VOCABULARY_FILE = "vocab.txt"
RULES_FILE = "sentence_rules.json"
CHARACTERS_FILE = "characters.json"
LIMITS_FILE = "limits.json"
MODEL_CARD_FILE = "model_card.md"

# FlatBuffers' identifier of a LiteRT model, and where it stands.
IDENTIFIER = b"TFL3"
IDENTIFIER_PLACE = slice(4, 8)

# What `zipfile` raises at damaged archives, depending on where the damage is.
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    struct.error,
)


class DecodeStep(NamedTuple):
    """A signature of a model that writes.

    Attributes:
        signature: its name.
        beams: how many beams it computes.
        slots: how many of their tokens it has room for, all beams together.
    """

    signature: str
    beams: int
    slots: int


@dataclass(frozen=True)
class LiteRtFile:
    """What lies behind the model in a `.tflite` file of bertsum.

    Attributes:
        name: its path.
        task: `"extractive"`: the model chooses sentences; `"abstractive"`: it writes.
        vocabulary: the tokeniser of the model's backbone.
        limits: the content of `limits.json`; see `bertsum_tf.exporters.tflite_files.limits`.
        window_lengths: tokens of each signature `score_...` or `encode_...`, ascending.
        model: the bytes of the LiteRT model.
        decode_steps: the signatures `decode_step_...` of a model that writes.
    """

    name: str
    task: str
    vocabulary: WordPiece
    limits: dict[str, Any]
    window_lengths: tuple[int, ...]
    model: bytes
    decode_steps: tuple[DecodeStep, ...] = ()


def packing_limits() -> dict[str, int | float]:
    """How this version packs documents: a model reads well only what is packed as in training."""
    return {
        "max_sentence_tokens": MAX_SENTENCE_TOKENS,
        "tokens_per_sentence_slot": TOKENS_PER_SENTENCE_SLOT,
        "lead_share": LEAD_SHARE,
        "later_window_penalty": LATER_WINDOW_PENALTY,
    }


def signature_name(length: int) -> str:
    """The signature that reads windows of `length` tokens."""
    return f"score_{length}"


def encode_signature(length: int) -> str:
    """The signature that reads windows of `length` tokens for a model that writes."""
    return f"encode_{length}"


def read_litert_file(path: str | os.PathLike[str]) -> LiteRtFile:
    """Reads the whole file at once, and checks that it is whole.

    What was checked is what LiteRT is given: the file may be replaced or removed at any time.

    Args:
        path: what `bertsum_tf.exporters.tflite.export_tflite` wrote; see `storage_path`.

    Raises:
        BertsumError: if there is no such file, it is not bertsum's, it is damaged or cut short,
            its vocabulary is missing, it needs a newer version, or its sentence rules or packing
            are not this version's.
    """
    name = os.fspath(path)
    file = storage_path(name)
    if not file.is_file():
        raise BertsumError(f"There is no file {name}: name a .tflite file that bertsum exported.")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise BertsumError(f"{name} can't be read ({error.strerror}): check its rights.") from error
    if content[IDENTIFIER_PLACE] != IDENTIFIER:
        raise BertsumError(f"{name} is no LiteRT model: name a .tflite file that bertsum exported.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except _ZIP_ERRORS as error:
        raise BertsumError(
            f"{name} is cut short, or no export of bertsum: copy it or export it again."
        ) from error
    with archive:
        if LIMITS_FILE not in archive.namelist():
            raise BertsumError(
                f"{name} is a LiteRT model, but no export of bertsum: "
                "name a .tflite file that bertsum exported."
            )
        limits = _limits(_member(archive, LIMITS_FILE, name), name)
        _check_compatibility(limits, name)
        if VOCABULARY_FILE not in archive.namelist():
            raise BertsumError(f"{name} has lost its vocabulary: export it again.")
        vocabulary = _vocabulary(_member(archive, VOCABULARY_FILE, name), name)
    model = _model(content, limits, name)
    task = _task(limits)
    lengths = tuple(sorted(limits["window_lengths"]))
    steps = _decode_steps(limits, name) if task == "abstractive" else ()
    return LiteRtFile(name, task, vocabulary, limits, lengths, model, steps)


def _task(limits: dict[str, Any]) -> str:
    return str(limits.get("task", "extractive"))


# What a model that writes can't be run without.
_NUMBERS_OF_A_WRITER = ("begin_id", "end_id", "split_id", "max_target_tokens", "decoder_layers")


def _decode_steps(limits: dict[str, Any], name: str) -> tuple[DecodeStep, ...]:
    try:
        steps = tuple(DecodeStep(**step) for step in limits["decode_steps"])
        if not steps or not all(isinstance(limits[key], int) for key in _NUMBERS_OF_A_WRITER):
            raise _damaged(name)
        frozenset(limits["never_written"])
    except (KeyError, TypeError) as error:
        raise _damaged(name) from error
    return steps


def _damaged(name: str) -> BertsumError:
    return BertsumError(f"{name} is damaged: copy it or export it again.")


def _member(archive: zipfile.ZipFile, member: str, name: str) -> str:
    try:
        if archive.getinfo(member).compress_type != zipfile.ZIP_STORED:
            raise _damaged(name)
        return archive.read(member).decode()
    except _ZIP_ERRORS as error:
        raise _damaged(name) from error


def _limits(text: str, name: str) -> dict[str, Any]:
    try:
        limits = json.loads(text)
        limits["format_version"] + 0  # a number
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged(name) from error
    return limits


def _check_compatibility(limits: dict[str, Any], name: str) -> None:
    if limits["format_version"] > FORMAT_VERSIONS.get(_task(limits), 0):
        raise BertsumError(
            f"{name} was written by bertsum-tf {limits.get('package_version')}, whose files this "
            "version can't read: install that version, or a later one."
        )
    own_limits = {"rules_sha256": rules_sha256(), **packing_limits()}
    if any(limits.get(key) != value for key, value in own_limits.items()):
        raise BertsumError(
            f"{name} was made for another sentence rule book or packing than this version has: "
            "install the version that exported it, or export it again."
        )


def _vocabulary(text: str, name: str) -> WordPiece:
    try:
        return WordPiece(text.removesuffix("\n").split("\n"))
    except BertsumError as error:
        raise _damaged(name) from error


def _model(content: bytes, limits: dict[str, Any], name: str) -> bytes:
    """The model's bytes, which end where the archive starts, if they are those of their hash."""
    try:
        model = content[: limits["model_bytes"]]
        whole = hashlib.sha256(model).hexdigest() == limits["model_sha256"]
        if not whole or not limits["window_lengths"]:
            raise _damaged(name)
    except (KeyError, TypeError) as error:
        raise _damaged(name) from error
    return model

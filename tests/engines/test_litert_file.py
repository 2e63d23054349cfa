"""What is refused before LiteRT sees it. The "models" here are no models: none is run."""

from __future__ import annotations

import hashlib
import json
import os
import random
from pathlib import Path

import pytest

from bertsum_tf.engines.litert_file import packing_limits, read_litert_file
from bertsum_tf.errors import BertsumError
from bertsum_tf.exporters.tflite_metadata import AssociatedFile, FileType, append_files
from bertsum_tf.text.sentences import rules_sha256

MODEL = b"\x1c\0\0\0TFL3" + bytes(range(256)) * 4
LIMITS = {
    "format_version": 1,
    "package_version": "9.8.7",
    "model_bytes": len(MODEL),
    "model_sha256": hashlib.sha256(MODEL).hexdigest(),
    "rules_sha256": rules_sha256(),
    "window_lengths": [256, 128],
    **packing_limits(),
}
WRITER = {
    "format_version": 2,
    "task": "abstractive",
    "begin_id": 1,
    "end_id": 2,
    "split_id": 3,
    "never_written": [0, 1],
    "decoder_layers": 2,
    "max_target_tokens": 64,
    "decode_steps": [{"signature": "decode_step_1_64", "beams": 1, "slots": 64}],
}
VOCABULARY = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nrain\n"


def write(path: Path, model: bytes = MODEL, vocabulary: str | None = VOCABULARY, **limits) -> Path:
    members = {"limits.json": json.dumps({**LIMITS, **limits}), "vocab.txt": vocabulary}
    files = [
        AssociatedFile(name, "", FileType.UNKNOWN, content.encode())
        for name, content in members.items()
        if content is not None
    ]
    path.write_bytes(append_files(model, files))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(BertsumError) as error:
        read_litert_file(path)
    message = str(error.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


def test_a_whole_file_is_read(tmp_path: Path):
    file = read_litert_file(write(tmp_path / "m.tflite"))
    assert file.vocabulary.vocabulary == ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "rain")
    assert file.window_lengths == (128, 256)
    assert file.limits["lead_share"] == 0.25


def test_no_file(tmp_path: Path):
    assert "There is no file" in refusal(tmp_path / "missing.tflite")
    assert "There is no file" in refusal(tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="everything may be read")
def test_a_file_without_the_right_to_read_it(tmp_path: Path):
    path = write(tmp_path / "m.tflite")
    path.chmod(0)
    assert "Permission denied" in refusal(path)


@pytest.mark.parametrize(
    "content", [b"", b"TFL3", b"hello, this is a text", b"PK\x05\x06" + b"\0" * 18]
)
def test_no_model_at_all(content: bytes, tmp_path: Path):
    path = tmp_path / "m.tflite"
    path.write_bytes(content)
    assert "is no LiteRT model" in refusal(path)


def test_a_model_of_somebody_else(tmp_path: Path):
    path = tmp_path / "m.tflite"
    path.write_bytes(MODEL)
    assert "no export of bertsum" in refusal(path)
    labels = AssociatedFile("labels.txt", "", FileType.UNKNOWN, b"cat\ndog\n")
    path.write_bytes(append_files(MODEL, [labels]))
    assert "no export of bertsum" in refusal(path)


def test_a_missing_vocabulary(tmp_path: Path):
    assert "lost its vocabulary" in refusal(write(tmp_path / "m.tflite", vocabulary=None))
    assert "is damaged" in refusal(write(tmp_path / "m.tflite", vocabulary="rain\n"))


def test_a_newer_format(tmp_path: Path):
    message = refusal(write(tmp_path / "m.tflite", format_version=2))
    assert "written by bertsum-tf 9.8.7" in message
    assert "install that version, or a later one" in message


def test_a_task_of_a_newer_version(tmp_path: Path):
    message = refusal(write(tmp_path / "m.tflite", task="translation"))
    assert "install that version, or a later one" in message
    newer = {**WRITER, "format_version": 3}
    assert "written by bertsum-tf 9.8.7" in refusal(write(tmp_path / "m.tflite", **newer))


def test_a_model_that_writes(tmp_path: Path):
    file = read_litert_file(write(tmp_path / "m.tflite", **WRITER))
    assert file.task == "abstractive"
    assert file.decode_steps == (("decode_step_1_64", 1, 64),)
    assert read_litert_file(write(tmp_path / "m.tflite")).task == "extractive"


@pytest.mark.parametrize(
    "limits",
    [
        {"decode_steps": None},
        {"decode_steps": []},
        {"decode_steps": [{"signature": "decode_step_1_64"}]},
        {"begin_id": None},
        {"decoder_layers": "six"},
        {"never_written": None},
    ],
)
def test_limits_of_a_model_that_writes_that_make_no_sense(limits: dict, tmp_path: Path):
    assert "is damaged" in refusal(write(tmp_path / "m.tflite", **{**WRITER, **limits}))


def test_another_rule_book_or_packing(tmp_path: Path):
    for other in ({"rules_sha256": "0" * 64}, {"lead_share": 0.5}, {"max_sentence_tokens": 100}):
        assert "another sentence rule book" in refusal(write(tmp_path / "m.tflite", **other))


@pytest.mark.parametrize(
    "limits",
    [
        {"format_version": "one"},
        {"format_version": None},
        {"model_bytes": None},
        {"model_bytes": len(MODEL) + 10**6},
        {"window_lengths": []},
    ],
)
def test_limits_that_make_no_sense(limits: dict, tmp_path: Path):
    assert "is damaged" in refusal(write(tmp_path / "m.tflite", **limits))


def test_a_damaged_model(tmp_path: Path):
    model = bytearray(MODEL)
    model[500] ^= 1
    assert "is damaged" in refusal(write(tmp_path / "m.tflite", model=bytes(model)))


def test_a_file_cut_short_anywhere(tmp_path: Path):
    path = write(tmp_path / "m.tflite")
    content = path.read_bytes()
    for length in range(0, len(content), 7):
        path.write_bytes(content[:length])
        refusal(path)


def test_no_damage_raises_anything_but_a_clear_sentence(tmp_path: Path):
    path = write(tmp_path / "m.tflite")
    content = path.read_bytes()
    whole = read_litert_file(path)
    dice = random.Random(0)
    refused = 0
    for _ in range(1500):
        damaged = bytearray(content)
        for _ in range(dice.choice([1, 1, 2, 30])):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        path.write_bytes(damaged)
        try:
            # What the archive says twice, or of dates, may be damaged without any harm.
            file = read_litert_file(path)
            assert file.limits == whole.limits
            assert file.vocabulary.vocabulary == whole.vocabulary.vocabulary
        except BertsumError:
            refused += 1
    assert refused > 1000

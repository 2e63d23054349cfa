"""What quantization costs: the command that measures it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bertsum_tf.benchmark import exports

pytestmark = pytest.mark.slow


def test_every_form_is_made_evaluated_and_timed(
    small_summarizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    monkeypatch.setattr(exports, "ROUNDS", 1)
    monkeypatch.setattr(exports, "WINDOWS_A_TURN", 1)
    model, output = tmp_path / "model", tmp_path / "exports"
    small_summarizer.save_to_preset(str(model))
    arguments = [str(model), "sample", "--split", "test", "--output", str(output)]

    assert exports.main(arguments) == 0
    measured = json.loads((output / "exports.json").read_text())
    assert set(measured) == {"none", "float16", "dynamic", "int4", "int8"}
    float32, dynamic = measured["none"], measured["dynamic"]
    assert float32["documents"] == 13
    assert float32["same_choice"] == 1
    assert float32["difference"]["rouge1"] == {"mean": 0, "low": 0, "high": 0}
    assert dynamic["megabytes"] < measured["float16"]["megabytes"] < float32["megabytes"]
    change = dynamic["rouge"]["rouge1"] - float32["rouge"]["rouge1"]
    assert dynamic["difference"]["rouge1"]["mean"] == pytest.approx(change)
    threads = ("1 thread", "2 threads")
    assert set(float32["milliseconds"]) == {
        f"{tokens}, {count}" for tokens in (128, 256, 512) for count in threads
    }
    assert (output / "exports.png").read_bytes().startswith(b"\x89PNG")
    assert "| dynamic |" in capsys.readouterr().out

    # What is there is not made again.
    written = (output / "dynamic.tflite").stat().st_mtime_ns
    assert exports.main([*arguments, "--also", f"again={output / 'dynamic.tflite'}"]) == 0
    assert (output / "dynamic.tflite").stat().st_mtime_ns == written
    again = json.loads((output / "exports.json").read_text())["again"]
    assert again["rouge"] == dynamic["rouge"]

    # Nor is it taken for that of other documents.
    assert exports.main([*arguments, "--limit", "5"]) == 1
    assert "holds a run with other settings" in capsys.readouterr().err


def test_a_further_file_needs_a_name(tmp_path: Path, capsys):
    arguments = ["model", "sample", "--output", str(tmp_path), "--also", "file.tflite"]
    assert exports.main(arguments) == 2
    assert capsys.readouterr().err == "--also takes NAME=FILE, not file.tflite.\n"

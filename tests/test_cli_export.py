"""`bertsum export`, and what the other commands make of what it writes."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest
from exported_files import sample_texts, small_summarizer

from bertsum_tf import bundled, cli
from bertsum_tf.engines.litert_file import LIMITS_FILE
from bertsum_tf.exporters.tflite_files import QUANTIZATION_TEXTS


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """A folder as `bertsum train` writes it, with random weights."""
    pytest.importorskip("keras_hub")
    folder = tmp_path_factory.mktemp("run") / "model"
    small_summarizer().save_to_preset(str(folder))
    return folder


@pytest.fixture(scope="module")
def exports(model, tmp_path_factory) -> Path:
    """`news/1`, a SavedModel, and `news.tflite`."""
    pytest.importorskip("tensorflow_text")
    folder = tmp_path_factory.mktemp("exports")
    export(model, "saved_model", folder / "news")
    export(model, "tflite", folder / "news.tflite", "--quantize", "int4")
    return folder


@pytest.fixture
def article(tmp_path) -> str:
    path = tmp_path / "article.txt"
    path.write_text(sample_texts()[0])
    return str(path)


def export(model: Path | str, form: str, output: Path, *options: str) -> None:
    arguments = ["export", str(model), "--format", form, "--output", str(output), *options]
    assert cli.main(arguments) == 0


def test_the_help_names_the_model_in_the_package(capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main(["export", "--help"])
    text = capsys.readouterr().out
    assert text.count(bundled.NAME) == 2
    assert "needs bertsum_tf with its extra 'train'" in text


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--format", "saved_model", "--quantize", "int8"], "--quantize is for --format tflite"),
        (["--format", "saved_model", "--limit", "3"], "--limit is for --format tflite"),
        (
            ["--format", "tflite", "--model-version", "2"],
            "--model-version is for --format saved_model",
        ),
        (
            ["--format", "tflite", "--quantize", "int8", "--model-version", "2"],
            "--model-version is for --format saved_model",
        ),
        (
            ["--format", "tflite", "--representative-data", "sample"],
            "--representative-data is for --quantize int8",
        ),
        (
            ["--format", "tflite", "--quantize", "int4", "--split", "test"],
            "--split is for --quantize int8",
        ),
    ],
)
def test_an_option_that_would_not_be_heard_is_refused(options, sentence, tmp_path, capsys):
    output = tmp_path / "out"
    assert cli.main(["export", "model", "--output", str(output), *options]) == 2
    assert capsys.readouterr().err == f"bertsum: {sentence} alone: leave it out.\n"
    assert not output.exists()


@pytest.mark.parametrize("name", ["", "onnx"])
def test_a_format_is_needed(name, capsys):
    options = ["--format", name] if name else []
    with pytest.raises(SystemExit, match="2"):
        cli.main(["export", "model", "--output", "out", *options])
    err = capsys.readouterr().err
    assert ("invalid choice: 'onnx'" if name else "are required: --format") in err


def test_an_exported_model_is_not_exported_again(tmp_path, capsys):
    arguments = ["--format", "saved_model", "--output", str(tmp_path / "out")]
    assert cli.main(["export", str(bundled.TFLITE), *arguments]) == 2
    assert capsys.readouterr().err == (
        f"bertsum: {bundled.TFLITE} is exported already: name the folder of the trained model.\n"
    )


@pytest.mark.slow
def test_a_tflite_file_in_4_bits(model, tmp_path, article, capsys):
    path = tmp_path / "news.tflite"
    export(model, "tflite", path, "--quantize", "int4")
    steps = capsys.readouterr().out.splitlines()
    size = path.stat().st_size / 1e6
    assert f"Converting it to LiteRT: {QUANTIZATION_TEXTS['int4']}." in steps
    assert steps[-1] == (
        f"{path} has {size:.1f} MB: `bertsum summarize FILE --model {path}` uses it."
    )
    summary = summarize(article, path, capsys)
    assert (summary["model"], len(chosen(summary))) == (str(path), 3)
    with zipfile.ZipFile(path) as archive:
        assert json.loads(archive.read(LIMITS_FILE))["quantize"] == "int4"


@pytest.mark.slow
def test_a_saved_model_and_its_next_version(model, tmp_path, article, capsys):
    folder = tmp_path / "news"
    export(model, "saved_model", folder)
    assert capsys.readouterr().out == (
        f"{folder / '1'} takes raw text: {folder} is the base_path for TF Serving.\n"
    )
    export(model, "saved_model", folder, "--model-version", "7")
    assert sorted(path.name for path in folder.iterdir()) == ["1", "7"]
    arguments = ["export", str(model), "--format", "saved_model", "--output", str(folder)]
    capsys.readouterr()
    assert cli.main([*arguments, "--model-version", "7"]) == 2
    assert f"{folder / '7'} exists already" in capsys.readouterr().err
    assert chosen(summarize(article, folder, capsys)) == chosen(summarize(article, model, capsys))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["news", "news.tflite"])
def test_evaluate_accepts_an_export_like_any_model(exports, tmp_path, capsys, name):
    model, output = exports / name, tmp_path / "report"
    arguments = ["sample", "--split", "test", "--limit", "4", "--processes", "1"]
    status = cli.main(["evaluate", *arguments, "--model", str(model), "--output", str(output)])
    out, err = capsys.readouterr()
    assert (status, err) == (0, "")
    assert re.search(r"^\| LEAD-3 ", out, re.MULTILINE)
    assert str(model) in out
    assert (output / "report.md").read_text() in out


def summarize(article: str, model: Path, capsys) -> dict:
    capsys.readouterr()
    assert cli.main(["summarize", article, "--model", str(model), "--json"]) == 0
    result: dict = json.loads(capsys.readouterr().out)
    return result


def chosen(summary: dict) -> list[int]:
    return [sentence["index"] for sentence in summary["sentences"] if sentence["selected"]]

"""The Java code for Android makes of every golden vector what the Python code makes of it."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
import subprocess
import warnings
import zipfile
from pathlib import Path

import pytest

from bertsum_tf import bundled

CORE = Path(__file__).parents[1] / "export" / "android" / "core" / "src"
VECTORS = Path(__file__).parent / "golden" / "vectors.jsonl"
ARTICLES = Path(bundled.__file__).parent / "data" / "sample" / "news.jsonl"

pytestmark = pytest.mark.skipif(
    shutil.which("javac") is None, reason="there is no javac: install a JDK, 11 or later"
)


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("classes")
    sources = sorted(map(str, CORE.rglob("*.java")))
    # What compiles for Java 11 is what Android's tools can read.
    command = ["javac", "--release", "11", "-Xlint:all", "-Werror", "-d", str(folder), *sources]
    compiled = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert compiled.returncode == 0, compiled.stderr
    return folder


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """The files behind the model in the package: name to content."""
    with zipfile.ZipFile(bundled.TFLITE) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.fixture(scope="module")
def tflite() -> Path:
    return Path(bundled.TFLITE)


def run(classes: Path, name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    # A quarter of the stack that Android gives a thread.
    command = ["java", "-Xmx1g", "-Xss256k", "-cp", str(classes), f"org.bertsum.core.{name}"]
    return subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, timeout=300
    )


def test_every_golden_vector_matches(classes: Path, tflite: Path) -> None:
    checked = run(classes, "GoldenCheck", VECTORS, tflite)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    count = len(VECTORS.read_bytes().splitlines())
    assert f"{count} of {count} vectors match." in checked.stdout


def test_a_vector_that_differs_is_told(classes: Path, tflite: Path, tmp_path: Path) -> None:
    vector = json.loads(VECTORS.read_text().splitlines()[0])
    vector["spans"][0][1] += 1
    changed = tmp_path / "changed.jsonl"
    changed.write_text(json.dumps(vector) + "\n")

    checked = run(classes, "GoldenCheck", changed, tflite)

    assert checked.returncode == 1
    assert f"{vector['name']}: spans differ" in checked.stdout


def test_threads_share_a_summarizer(classes: Path, tflite: Path) -> None:
    checked = run(classes, "ThreadCheck", VECTORS, tflite)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.startswith("0 of ")


def test_the_benchmark_runs(classes: Path, tflite: Path) -> None:
    ran = run(classes, "Benchmark", tflite, ARTICLES)

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("96 articles of 1519 characters on average")


@pytest.mark.slow
def test_long_texts_take_linear_time_and_a_small_stack(classes: Path, tflite: Path) -> None:
    checked = run(classes, "HardTextCheck", tflite)

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_each_unusable_file_has_its_message(
    classes: Path, files: dict[str, str], tmp_path: Path
) -> None:
    # What is checked of a model is its hash: the start of one does as well.
    model = Path(bundled.TFLITE).read_bytes()[:100_000]
    limits = {
        **json.loads(files["limits.json"]),
        "model_bytes": len(model),
        "model_sha256": hashlib.sha256(model).hexdigest(),
    }
    files = {**files, "limits.json": json.dumps(limits)}
    rules = json.loads(files["sentence_rules.json"])
    whole = with_files(model, files, tmp_path)
    cut_short = "It is cut short, or no export of bertsum: copy it or export it again."
    damaged = "It is damaged: copy it or export it again."
    newer = {**limits, "format_version": 2, "package_version": "9.0"}
    expected = {
        whole: "whole",
        b"": "It is no LiteRT model: name a .tflite file that bertsum exported.",
        b"GIF89a and more": "It is no LiteRT model: name a .tflite file that bertsum exported.",
        whole[:-1]: cut_short,
        whole[: len(model) + 1000]: cut_short,
        changed_at(whole, len(model) // 2): damaged,
        changed_at(whole, len(model) + 1000): damaged,
        # The archive's last record says where its directory is.
        whole[:-10] + struct.pack("<I", 1 << 31) + whole[-6:]: damaged,
        with_files(model, {"a.txt": "a"}, tmp_path): (
            "It is a LiteRT model, but no export of bertsum: "
            "name a .tflite file that bertsum exported."
        ),
        with_files(model, {"limits.json": json.dumps(limits)}, tmp_path): (
            "It lacks its vocab.txt: export it again."
        ),
        with_files(model, {k: v for k, v in files.items() if k != "characters.json"}, tmp_path): (
            "It lacks its characters.json: export it again."
        ),
        with_files(model, {"limits.json": "[" * 1_000_000}, tmp_path): damaged,
        with_files(model, {"limits.json": "{}"}, tmp_path): damaged,
        with_files(model, {"limits.json": json.dumps(newer)}, tmp_path): (
            "It was written by bertsum-tf 9.0, whose files this version can't read: "
            "use that version's code, or a later one."
        ),
        with_limits(model, files, tmp_path, format_version=2, task="abstractive"): (
            "It has a model that writes its summaries, and this code runs models that choose "
            "sentences: export one of those, or run this one in Python."
        ),
        # Whoever adds a file with a zip program adds a compressed one.
        with_files(whole, {"notes.txt": "a" * 1000}, tmp_path, zipfile.ZIP_DEFLATED): "whole",
        with_files(model, files, tmp_path, zipfile.ZIP_DEFLATED): damaged,
        # Thousands of such entries would have one content summed up thousands of times.
        with_files(whole, {"vocab.txt": files["vocab.txt"]}, tmp_path): damaged,
        with_limits(model, files, tmp_path, model_bytes=-1): damaged,
        with_limits(model, files, tmp_path, model_bytes=1 << 40): damaged,
        with_limits(model, files, tmp_path, lead_share=1): damaged,
        with_limits(model, files, tmp_path, num_sentences=0): damaged,
        with_limits(model, files, tmp_path, pad_id=1 << 20): damaged,
        with_rules(model, files, tmp_path, context=0): damaged,
        with_rules(model, files, tmp_path, candidate="("): damaged,
        with_rules(model, files, tmp_path, candidate="{nothing}"): damaged,
        with_rules(
            model, files, tmp_path, decisions=[*rules["decisions"], {"words": "x", "then": "join"}]
        ): damaged,
        with_rules(model, files, tmp_path, breaks=[{"pattern": "a", "replace": "\\"}]): damaged,
        with_rules(model, files, tmp_path, breaks=[{"pattern": "a", "replace": "\\1"}]): damaged,
    }
    paths = []
    for number, content in enumerate(expected):
        paths.append(tmp_path / f"{number}.tflite")
        paths[-1].write_bytes(content)

    checked = run(classes, "ModelFileCheck", *paths)

    assert checked.stdout.splitlines() == list(expected.values()), checked.stderr


def changed_at(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def with_files(
    content: bytes, files: dict[str, str], folder: Path, compression: int = zipfile.ZIP_STORED
) -> bytes:
    path = folder / "archive.zip"
    path.write_bytes(content)
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a", compression) as archive:
        warnings.filterwarnings("ignore", "Duplicate name")
        for name, text in files.items():
            archive.writestr(name, text)
    return path.read_bytes()


def with_limits(model: bytes, files: dict[str, str], folder: Path, **changed: object) -> bytes:
    limits = {**json.loads(files["limits.json"]), **changed}
    return with_files(model, {**files, "limits.json": json.dumps(limits)}, folder)


def with_rules(model: bytes, files: dict[str, str], folder: Path, **changed: object) -> bytes:
    rules = json.dumps({**json.loads(files["sentence_rules.json"]), **changed})
    sha256 = hashlib.sha256(rules.encode()).hexdigest()
    return with_limits(model, {**files, "sentence_rules.json": rules}, folder, rules_sha256=sha256)

"""Where Beam is not installed, that is said; nothing else needs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bertsum_tf.cli import main

HIDE_BEAM = "import sys; sys.modules['apache_beam'] = None; from bertsum_tf.cli import main; "


def run(*arguments: str) -> tuple[int, str]:
    code = f"{HIDE_BEAM}sys.exit(main({list(arguments)!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("prepare", "sample", "--backbone", "vocab.txt", "--output", "out"),
        ("summarize", "a.txt", "--output", "out"),
    ],
)
def test_a_runner_without_beam_says_what_to_install(command: tuple[str, ...]) -> None:
    assert run(*command, "--runner", "DirectRunner") == (
        1,
        "bertsum: --runner needs Apache Beam, which is not installed: run pip install apache-beam "
        "(or install bertsum_tf with its extra 'beam').\n",
    )


@pytest.mark.parametrize(
    ("hidden", "sentence"),
    [
        ("upath", "gs://news/a.txt is in a store, which bertsum reaches by universal-pathlib: run"),
        (
            "gcsfs",
            "gs://news/a.txt can't be reached: Please install gcsfs to access Google Storage.",
        ),
    ],
)
def test_so_does_a_file_in_a_store_that_nothing_reaches(hidden: str, sentence: str) -> None:
    pytest.importorskip("upath" if hidden == "gcsfs" else "sys")
    code = f"import sys; sys.modules[{hidden!r}] = None; from bertsum_tf.cli import main; "
    code += "sys.exit(main(['summarize', 'gs://news/a.txt']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(f"bertsum: {sentence}")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("summarize", "a.txt", "--output", "out"),
            "--output is for --runner: name one, or leave it out.",
        ),
        (
            ("summarize", "a.txt", "--workers", "2"),
            "--workers is for --runner: name one, or leave it out.",
        ),
        (
            ("summarize", "a.txt", "--runner-option", "project=p"),
            "--runner-option is for a runner: name one with --runner.",
        ),
        (
            ("prepare", "sample", "--backbone", "vocab.txt", "--output", "gs://news/data"),
            "gs://news/data can be written by a runner only: name a --runner.",
        ),
        (
            ("prepare", "sample", "--backbone", "v", "--output", "out", "--runner", "Storm"),
            "argument --runner: invalid choice: 'Storm' (choose from",
        ),
    ],
)
def test_options_of_a_runner_are_refused_without_one(
    arguments: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = main(arguments)
    except SystemExit as end:
        status = end.code
    assert status == 2
    assert sentence in capsys.readouterr().err

"""What is printed: results on standard output, one sentence on standard error."""

from __future__ import annotations

import os
import sys

from bertsum_tf.errors import BertsumError

PROGRAM = "bertsum"
DEBUG = "BERTSUM_DEBUG"


def set_up_stdout(is_json: bool) -> None:
    """JSON is UTF-8 everywhere; what a terminal can't show is written as an escape."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8" if is_json else None, errors="backslashreplace")


def close_stdout() -> None:
    """Sends what is still to be written nowhere, so that Python's last flush does not fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def say(sentence: str) -> None:
    """Prints a sentence on standard error."""
    print(f"{PROGRAM}: {sentence}", file=sys.stderr, flush=True)


def sentence_of(error: Exception) -> str:
    """What went wrong, in one sentence that says what to do."""
    if isinstance(error, BertsumError):
        return " ".join(str(error).split())
    package = (getattr(error, "name", None) or "").split(".")[0]
    if isinstance(error, ModuleNotFoundError) and package != "bertsum_tf":
        return f"{package} is not installed: install bertsum_tf with its extra 'train'."
    first_line = (str(error).strip().splitlines() or [""])[0][:300]
    what = f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__
    return f"unexpected {what} (set {DEBUG}=1 to see where)."

"""Seconds and memory of `bertsum summarize FILE`, from its start to its end.

    python -m bertsum_tf.benchmark.whole_process FILE RUNS

The command itself is a go-between: on Linux a process's peak of memory begins with that of the
process that started it, so that one has to be small.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bertsum_tf.errors import BertsumError


@dataclass(frozen=True)
class WholeProcess:
    """What a process took, run by run.

    Attributes:
        words: of the article.
        seconds: on the clock.
        megabytes: the most memory that was resident, in millions of bytes.
    """

    words: int
    seconds: list[float]
    megabytes: list[float]


def measure_whole_process(article: Path, runs: int) -> WholeProcess | None:
    """Summarises an article with the model in the package, in so many processes.

    Args:
        article: a text file.
        runs: processes to time, one after the other; one more comes before them, since the first
            one finds its files on the disk.

    Returns:
        What they took, or None where the system does not tell (Windows).

    Raises:
        BertsumError: if summarising fails.
    """
    if not hasattr(os, "wait4"):
        return None
    done = subprocess.run(
        [sys.executable, "-m", "bertsum_tf.benchmark.whole_process", str(article), str(runs)],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise BertsumError((done.stderr.strip().splitlines() or ["summarize failed."])[-1])
    seconds, megabytes = json.loads(done.stdout)
    return WholeProcess(len(article.read_text(encoding="utf-8").split()), seconds, megabytes)


def main(arguments: Sequence[str]) -> int:
    """Prints two JSON lists, seconds and megabytes; returns the exit code."""
    article, runs = arguments
    results = [_run(article) for _ in range(1 + int(runs))][1:]
    print(json.dumps([list(column) for column in zip(*results, strict=True)]))
    return 0


def _run(article: str) -> tuple[float, float]:
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "bertsum_tf", "summarize", article], stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(process.returncode)
    # Kilobytes, on macOS bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return seconds, usage.ru_maxrss * unit / 1e6


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

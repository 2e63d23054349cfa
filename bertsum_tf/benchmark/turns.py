"""How a contestant of a race talks with the parent.

It says on stdout when it is warm, then answers each line on stdin with one lap. Lines on stdout are
JSON; whatever else libraries print goes to stderr.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TextIO


@dataclass(frozen=True)
class Start:
    """What a contestant says when it is warm.

    Attributes:
        device: what it runs on, such as "cpu:0".
        first_step_seconds: the first step, with all that is traced and compiled for it.
    """

    device: str
    first_step_seconds: float


@dataclass(frozen=True)
class Lap:
    """What a contestant did in its turn."""

    documents: int
    seconds: float


def keep_stdout() -> TextIO:
    """Keeps the process's stdout for replies; what others print goes to stderr from now on."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return replies


def take_turns(start: Start, lap: Callable[[], int], commands: TextIO, replies: TextIO) -> None:
    """Says that all is warm, then does a lap for each line of `commands`, until there is no more.

    Args:
        start: what to say.
        lap: does the work of one turn and returns how many documents it dealt with.
        commands: the parent's lines.
        replies: what the parent reads.
    """

    def reply(answer: Start | Lap) -> None:
        print(json.dumps(asdict(answer)), file=replies, flush=True)

    reply(start)
    for _ in commands:
        started = time.perf_counter()
        documents = lap()
        reply(Lap(documents, time.perf_counter() - started))


def seconds(work: Callable[[int], object], steps: int) -> float:
    """How long so many steps take."""
    started = time.perf_counter()
    work(steps)
    return time.perf_counter() - started

"""Contestants in turns, so that a machine that slows down slows both sides."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, ClassVar, Protocol

from bertsum_tf.benchmark.turns import Lap, Start
from bertsum_tf.errors import BertsumError


class Entry(Protocol):
    """A contestant: `python -m MODULE ENTRY`, which talks as `turns.py` says.

    Attributes:
        module: what to run.
        runner: what messages call it.
    """

    module: ClassVar[str]

    @property
    def runner(self) -> str:
        """Its name."""
        ...

    def to_json(self) -> str:
        """The argument of the process: what it has to do."""
        ...


class ContestantFell(BertsumError):
    """A contestant that stopped before the end.

    Attributes:
        runner: which one.
    """

    def __init__(self, runner: str, why: str) -> None:
        super().__init__(f"The benchmark of {runner} stopped: {why}.")
        self.runner = runner


@dataclass(frozen=True)
class Speeds:
    """What a race came to.

    Attributes:
        starts: how each contestant started.
        documents_per_second: of each contestant, in each round.
    """

    starts: list[Start]
    documents_per_second: list[list[float]]

    def typical(self, contestant: int) -> float:
        """The contestant's median speed over the rounds."""
        return median(self.documents_per_second[contestant])

    def ratios(self, other: int = 1) -> list[float]:
        """The first contestant's speed as a multiple of another's, round by round."""
        pairs = zip(self.documents_per_second[0], self.documents_per_second[other], strict=True)
        return [first / second for first, second in pairs]


def race(
    entries: Sequence[Entry], rounds: int, on_lap: Callable[[], object] = lambda: None
) -> Speeds:
    """Runs the contestants in processes of their own, in turns: A B A B.

    Args:
        entries: what each has to do.
        rounds: turns of each.
        on_lap: called when a contestant is warm, and after each of its turns.

    Raises:
        ContestantFell: if one of them falls; the message says why.
    """
    processes: list[_Process] = []
    try:
        starts = []
        for entry in entries:  # one after the other: warming up takes both cores
            processes.append(_Process(entry))
            starts.append(Start(**processes[-1].answer()))
            on_lap()
        speeds: list[list[float]] = [[] for _ in entries]
        for _ in range(rounds):
            for process, own in zip(processes, speeds, strict=True):
                process.ask()
                lap = Lap(**process.answer())
                own.append(lap.documents / lap.seconds)
                on_lap()
        return Speeds(starts, speeds)
    finally:
        for process in processes:
            process.close()


class _Process:
    def __init__(self, entry: Entry) -> None:
        self._runner = entry.runner
        self._errors = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", entry.module, entry.to_json()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={
                **os.environ,
                # Contestants share the accelerator: none may take all of its memory.
                "TF_FORCE_GPU_ALLOW_GROWTH": "true",
                "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
            },
        )

    def ask(self) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write("lap\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._fallen() from None

    def answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._fallen()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def _fallen(self) -> ContestantFell:
        code = self._process.wait()
        self._errors.seek(0)
        said = [line.strip() for line in self._errors if line.strip()]
        # A process that was killed says nothing of its own end.
        why = said[-1] if said and code > 0 else f"exit code {code}, perhaps for lack of memory"
        return ContestantFell(self._runner, why)

"""Which of Beam's runners runs a pipeline, and what it is told."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from contextlib import nullcontext, redirect_stderr
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bertsum_tf.choices import RUNNERS
from bertsum_tf.cores import available_cores
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.quiet_stderr import quiet_stderr

if TYPE_CHECKING:
    import apache_beam
    from apache_beam.options.pipeline_options import PipelineOptions

DIRECT = "DirectRunner"

INSTALL = "run pip install apache-beam (or install bertsum_tf with its extra 'beam')"

# Beam's own DirectRunner first tries to download Prism, a runner in Go; this is the embedded one.
_EMBEDDED = "FnApiRunner"

# The options of other runners may be known to their job servers alone.
_RUNNERS_OF_KNOWN_OPTIONS = (DIRECT, "DataflowRunner")


@dataclass(frozen=True)
class Runner:
    """A runner and its options.

    Attributes:
        name: one of `bertsum_tf.choices.RUNNERS`.
        options: Beam's pipeline options, each `"name=value"`, or `"name"` for a switch.
        workers: processes of the DirectRunner; None: one a core. Other runners have their own
            options for it.

    Raises:
        UsageError: if there is no such runner, or it has no such option.
        BertsumError: if Apache Beam is not installed.
    """

    name: str
    options: tuple[str, ...] = ()
    workers: int | None = None

    def __post_init__(self) -> None:
        if self.name not in RUNNERS:
            raise UsageError(f"There is no runner {self.name!r}: name one of {', '.join(RUNNERS)}.")
        if self.name != DIRECT and self.workers is not None:
            raise UsageError(
                f"--workers counts the processes of the {DIRECT}, and {self.name} has options of "
                "its own: give them with --runner-option, such as num_workers=16."
            )
        try:
            with quiet_stderr():  # it misses packages that are of no use here
                import apache_beam  # noqa: F401
        except ImportError as error:
            raise BertsumError(
                f"--runner needs Apache Beam, which is not installed: {INSTALL}."
            ) from error
        self.pipeline_options()

    @property
    def direct_workers(self) -> int | None:
        """Processes of the DirectRunner; None for another."""
        return (self.workers or available_cores()) if self.name == DIRECT else None

    def pipeline_options(self) -> PipelineOptions:
        """All of it as Beam has it."""
        from apache_beam.options.pipeline_options import PipelineOptions

        given = [f"--{option.removeprefix('--')}" for option in self.options]
        own = [f"--runner={_EMBEDDED if self.name == DIRECT else self.name}"]
        if (workers := self.direct_workers) is not None:
            mode = "in_memory" if workers == 1 else "multi_processing"
            own += [f"--direct_num_workers={workers}", f"--direct_running_mode={mode}"]
        said = io.StringIO()
        try:
            with redirect_stderr(said), quiet_stderr():
                options = PipelineOptions([*own, *given])  # the last one of a name counts
                known = options.get_all_options()
                every = options.get_all_options(retain_unknown_options=True)
        except SystemExit as error:  # that's how argparse ends
            reason = said.getvalue().strip().rpartition("error: ")[2]
            raise UsageError(
                f"--runner-option does not fit {self.name} ({reason}): see Beam's documentation of "
                "its pipeline options."
            ) from error
        unknown = sorted(every.keys() - known.keys())
        if unknown and self.name in _RUNNERS_OF_KNOWN_OPTIONS:
            raise UsageError(
                f"{self.name} has no option {unknown[0]}: see Beam's documentation of its pipeline "
                "options."
            )
        return options


def run(build: Callable[[apache_beam.Pipeline], object], runner: Runner, output: str) -> None:
    """Builds a pipeline, runs it, and waits for its end.

    Args:
        build: adds the steps to a pipeline.
        runner: what runs it.
        output: where it writes to, for messages.

    Raises:
        BertsumError: if it fails.
    """
    import apache_beam
    from apache_beam.runners.runner import PipelineState

    try:
        pipeline = apache_beam.Pipeline(options=runner.pipeline_options())
        build(pipeline)
        # The embedded runner's workers log all that they do; other runners' messages matter.
        with quiet_stderr() if runner.name == DIRECT else nullcontext():
            state = pipeline.run().wait_until_finish()
    except Exception as error:
        if os.environ.get("BERTSUM_DEBUG"):
            raise
        raise BertsumError(_sentence_of(error, output)) from error
    if state not in (None, PipelineState.DONE):
        raise BertsumError(
            f"The pipeline ended as {state}, and {output} is not finished: see the runner's log."
        )


# A worker in another process reports a traceback as a text; Beam adds which step it was.
_OWN_ERROR = re.compile(r"^bertsum_tf\.errors\.\w+: (.*)$", re.MULTILINE)
_STEP = re.compile(r" \[while running '[^\n]*'\]$", re.MULTILINE)


def _sentence_of(error: Exception, output: str) -> str:
    """What went wrong in a worker, in one sentence."""
    text = _STEP.sub("", str(error))
    if isinstance(error, BertsumError):
        return text
    if (own := _OWN_ERROR.search(text)) is not None:
        return own[1]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    last = lines[-1][:300] if lines else type(error).__name__
    return (
        f"The pipeline failed, and {output} is not finished: {last} "
        "(set BERTSUM_DEBUG=1 to see where)."
    )

"""Progress of long work on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, TextIO, TypeVar

if TYPE_CHECKING:
    import rich.progress

T = TypeVar("T")

# Plain lines come every 5 seconds at first and at last every minute, so that a log of hours of
# work stays readable.
FIRST_LINE_SECONDS = 5.0
LAST_LINE_SECONDS = 60.0


class ProgressBar:
    """Shows how far a piece of work has come, its rate and the time left.

    Nothing is printed elsewhere than on a terminal if the work takes less than 5 seconds.

    Args:
        title: what is going on: "Preparing".
        total: how much there is to do; None: unknown.
        unit: what is counted: "documents".
        keep: leave the finished bar, or a last line, to be seen.
        stream: where to write; None: stderr.
        clock: seconds, for the rate.

    Example:
        >>> with ProgressBar("Preparing", total=len(corpus), unit="documents") as bar:
        ...     for document in corpus:
        ...         prepare(document)
        ...         bar.advance()
    """

    def __init__(
        self,
        title: str,
        total: float | None = None,
        unit: str = "documents",
        *,
        keep: bool = True,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.title = title
        self.total = total
        self.unit = unit
        self.done = 0.0
        self.note = ""
        self.keep = keep
        self.stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._done_earlier = 0.0
        self._started = self._line_at = clock()
        self._lines = 0
        self._bar: rich.progress.Progress | None = None

    def __enter__(self) -> ProgressBar:
        self._started = self._line_at = self._clock()
        if self.stream.isatty():
            self._bar = _rich_bar(self)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        elif self._lines and self.keep and kind is None:
            seconds = _duration(self._clock() - self._started)
            self._print(f"{_number(self.done)} {self.unit} in {seconds}")

    def advance(self, amount: float = 1, note: str | None = None) -> None:
        """Says that so much more is done."""
        self.update(self.done + amount, note=note, done_earlier=self._done_earlier)

    def update(
        self,
        done: float,
        total: float | None = None,
        note: str | None = None,
        done_earlier: float = 0,
    ) -> None:
        """Says how much is done in all.

        Args:
            done: in units.
            total: if it has become known, or has changed.
            note: a few words that follow, such as the loss; None: as before.
            done_earlier: of `done`, what an earlier run did; it does not count for the rate.
        """
        self.done = done
        self._done_earlier = done_earlier
        self.total = self.total if total is None else total
        self.note = self.note if note is None else note
        if self._bar is not None:
            self._bar.update(
                self._bar.task_ids[0],
                completed=done,
                total=self.total,
                status=_status(self),
                note=self.note,
            )
            return
        now = self._clock()
        pause = min(LAST_LINE_SECONDS, max(FIRST_LINE_SECONDS, (now - self._started) / 20))
        if now - self._line_at >= pause:
            self._line_at = now
            self._print(_status(self) + (f"; {self.note}" if self.note else ""))

    @property
    def rate(self) -> float:
        """Units a second since this run started; 0 at the start."""
        seconds = self._clock() - self._started
        return (self.done - self._done_earlier) / seconds if seconds > 0 else 0.0

    def _print(self, text: str) -> None:
        self._lines += 1
        print(f"{self.title}: {text}", file=self.stream, flush=True)


def track(
    items: Iterable[T], title: str, total: float | None = None, unit: str = "documents"
) -> Iterator[T]:
    """Yields the items and shows how many have been dealt with."""
    with ProgressBar(title, total, unit) as bar:
        for item in items:
            yield item
            bar.advance()


def _status(bar: ProgressBar) -> str:
    """`1,200 of 4,000 documents (30 %), 400/s, 0:07 left`."""
    parts = [f"{_number(bar.done)} {bar.unit}"]
    if bar.total:
        share = int(100 * min(1.0, bar.done / bar.total))
        parts = [f"{_number(bar.done)} of {_number(bar.total)} {bar.unit} ({share} %)"]
    if bar.rate > 0:
        parts.append(f"{_rate(bar.rate)}/s")
        if bar.total:
            parts.append(f"{_duration(max(0.0, bar.total - bar.done) / bar.rate)} left")
    return ", ".join(parts)


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def _duration(seconds: float) -> str:
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def _rich_bar(bar: ProgressBar) -> rich.progress.Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[status]}", markup=False),
        TextColumn("{task.fields[note]}", markup=False),
        console=Console(file=bar.stream),
        transient=not bar.keep,
        expand=True,
    )
    progress.add_task(
        bar.title, total=bar.total, completed=int(bar.done), status=_status(bar), note=bar.note
    )
    return progress

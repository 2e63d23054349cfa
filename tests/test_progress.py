"""Progress: lines where there is no terminal, a bar where there is one."""

from __future__ import annotations

import io

import pytest

from bertsum_tf import progress
from bertsum_tf.progress import ProgressBar, track


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(seconds_a_step: float, steps: int, total: float | None, **options) -> list[str]:
    clock, stream = Clock(), io.StringIO()
    with ProgressBar("Preparing", total, stream=stream, clock=clock, **options) as bar:
        for _ in range(steps):
            clock.seconds += seconds_a_step
            bar.advance(100)
    return stream.getvalue().splitlines()


def test_short_work_prints_nothing():
    assert run(seconds_a_step=1, steps=4, total=400) == []


def test_a_line_every_five_seconds_with_share_rate_and_time_left():
    assert run(seconds_a_step=1, steps=12, total=4000) == [
        "Preparing: 500 of 4,000 documents (12 %), 100/s, 0:35 left",
        "Preparing: 1,000 of 4,000 documents (25 %), 100/s, 0:30 left",
        "Preparing: 1,200 documents in 0:12",
    ]


def test_an_unknown_total_leaves_out_share_and_time_left():
    assert run(seconds_a_step=5, steps=1, total=None)[0] == "Preparing: 100 documents, 20/s"


def test_lines_become_rarer_in_long_work():
    lines = run(seconds_a_step=1, steps=7200, total=720000)
    assert 100 < len(lines) < 300
    assert lines[-1] == "Preparing: 720,000 documents in 2:00:00"


def test_what_an_earlier_run_did_does_not_count_for_the_rate():
    clock, stream = Clock(), io.StringIO()
    with ProgressBar("Preparing", 2000, stream=stream, clock=clock) as bar:
        bar.update(1000, done_earlier=1000)
        clock.seconds = 5
        bar.advance(100)
    assert stream.getvalue().splitlines()[0] == (
        "Preparing: 1,100 of 2,000 documents (55 %), 20/s, 0:45 left"
    )


def test_slow_work_has_a_rate_below_one():
    clock, stream = Clock(), io.StringIO()
    with ProgressBar("Training", 10, "steps", stream=stream, clock=clock) as bar:
        clock.seconds = 8
        bar.update(2, note="loss 0.6012")
    assert stream.getvalue().splitlines()[0] == (
        "Training: 2 of 10 steps (20 %), 0.25/s, 0:32 left; loss 0.6012"
    )


def test_a_total_may_become_known_later():
    clock, stream = Clock(), io.StringIO()
    with ProgressBar("Training", None, "steps", stream=stream, clock=clock) as bar:
        clock.seconds = 10
        bar.update(20, total=40)
    assert "20 of 40 steps (50 %), 2/s, 0:10 left" in stream.getvalue()


def test_work_that_fails_does_not_print_that_it_is_done():
    clock, stream = Clock(), io.StringIO()
    with (
        pytest.raises(RuntimeError),
        ProgressBar("Preparing", 2, stream=stream, clock=clock) as bar,
    ):
        clock.seconds = 10
        bar.advance()
        raise RuntimeError
    assert " in " not in stream.getvalue()


def test_a_terminal_gets_a_bar_with_rate_and_time_left():
    clock, stream = Clock(), Terminal()
    with ProgressBar("Preparing", 400, stream=stream, clock=clock) as bar:
        clock.seconds = 1
        bar.advance(100, note="loss [0.5]")
    screen = stream.getvalue()
    assert "Preparing" in screen
    assert "100 of 400 documents (25 %), 100/s, 0:03 left" in screen.replace("\n", " ")
    assert "loss [0.5]" in screen, "brackets are text, not mark-up"


def test_track_yields_the_items_and_counts_them(monkeypatch):
    bars = []

    class Recorded(ProgressBar):
        def __init__(self, *args, **options):
            super().__init__(*args, stream=io.StringIO(), **options)
            bars.append(self)

    monkeypatch.setattr(progress, "ProgressBar", Recorded)
    assert list(track("abc", "Reading", total=3)) == ["a", "b", "c"]
    assert (bars[0].done, bars[0].total) == (3, 3)

"""Tries again what a later try may mend, within a deadline."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from bertsum_tf.serving.failures import Failure

Answer = TypeVar("Answer")

# Seconds before the second try; each further pause is twice as long, up to the longest.
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0


class Deadline:
    """A moment by which all work has to be done.

    Args:
        seconds: from now.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """The seconds that are left, above 0.

        Raises:
            Failure: DEADLINE_EXCEEDED, if none are.
        """
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise Failure("DEADLINE_EXCEEDED", f"{self._seconds:g} s have passed")
        return seconds


def with_retries(attempt: Callable[[float], Answer], deadline: Deadline, retries: int) -> Answer:
    """Makes a request until it succeeds, fails for good, or the deadline is too near.

    Only UNAVAILABLE is tried again: another try may find a server that has started, or that has
    room in its queue. A request changes nothing at the server, so it may arrive twice.

    Args:
        attempt: makes the request once, within the seconds that it is given.
        deadline: of all tries and the pauses between them.
        retries: how many more tries there are after the first.

    Returns:
        What the first successful try returned.

    Raises:
        Failure: that of the last try.
    """
    pause = FIRST_PAUSE
    while True:
        try:
            return attempt(deadline.remaining())
        except Failure as failure:
            # Jitter: clients that failed together do not come back together.
            seconds = pause * random.uniform(0.5, 1)
            if failure.code != "UNAVAILABLE" or retries == 0 or seconds >= deadline.remaining():
                raise
        time.sleep(seconds)
        retries -= 1
        pause = min(2 * pause, LONGEST_PAUSE)

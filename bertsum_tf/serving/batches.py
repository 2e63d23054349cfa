"""Many documents -> requests that a server takes: a pure function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def batches(sizes: Sequence[int], max_batch: int, max_bytes: int) -> Iterator[slice]:
    """Cuts a list of documents into runs, in their order.

    Args:
        sizes: bytes of each document in a message, none above `max_bytes`.
        max_batch: how many documents a run may have, from 1 up.
        max_bytes: how many bytes the documents of a run may take together.

    Returns:
        Where each run lies in the list; together they are the list, and none is empty.
    """
    start = total = 0
    for place, size in enumerate(sizes):
        if place > start and (place - start == max_batch or total + size > max_bytes):
            yield slice(start, place)
            start, total = place, 0
        total += size
    if start < len(sizes):
        yield slice(start, len(sizes))

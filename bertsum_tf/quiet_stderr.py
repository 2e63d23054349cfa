"""Keeping the messages of TensorFlow and LiteRT off the terminal and out of notebooks."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Drops what is written to the process's stderr, be it by C++; exceptions pass.

    The level of TensorFlow's log is not enough: some messages come before it is read. All threads
    are silent meanwhile, so it is for the moments in which something is loaded or written.

    In a notebook and in a Python shell TensorFlow reports by its logger, too, what it writes where.
    That is dropped as well; warnings are not.
    """
    if os.environ.get("BERTSUM_DEBUG"):
        yield
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logger = logging.getLogger("tensorflow")
    logger.addFilter(_is_warning)
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        if sys.stderr is not None:
            sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
        logger.removeFilter(_is_warning)


def _is_warning(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING

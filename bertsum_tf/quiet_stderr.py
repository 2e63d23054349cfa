"""Keeping the messages of TensorFlow and LiteRT off the terminal and out of notebooks."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"

# What reads that variable, at its first message, which may come long after it was imported.
_READERS = ("tensorflow", "jaxlib")

# stderr belongs to the process: the first of several users at a time takes it away, and the last
# gives it back.
_lock = threading.Lock()
_users = 0
_silence = ExitStack()


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Drops what is written to the process's stderr, be it by C++; exceptions pass.

    The level of TensorFlow's log is not enough: some messages come before it is read. All threads
    are silent meanwhile, so it is for the moments in which something is loaded or written. Several
    threads may be in such moments at once.

    In a notebook and in a Python shell TensorFlow reports by its logger, too, what it writes where.
    That is dropped as well; warnings are not.
    """
    global _users
    if os.environ.get("BERTSUM_DEBUG"):
        yield
        return
    with _lock:
        if _users == 0:
            _silence.enter_context(_silent())
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _silence.close()


@contextmanager
def _silent() -> Iterator[None]:
    with _low_log_level(), _filtered_logger(), _redirected_stderr():
        yield


@contextmanager
def _redirected_stderr() -> Iterator[None]:
    try:
        kept = os.dup(2)
    except OSError:  # it is closed: nobody hears anything
        yield
        return
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        yield
        if sys.stderr is not None:
            sys.stderr.flush()
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@contextmanager
def _filtered_logger() -> Iterator[None]:
    logger = logging.getLogger("tensorflow")
    logger.addFilter(_is_warning)
    try:
        yield
    finally:
        logger.removeFilter(_is_warning)


@contextmanager
def _low_log_level() -> Iterator[None]:
    """Sets the level, for good only where a framework is imported meanwhile."""
    if _LOG_LEVEL in os.environ:
        yield
        return
    before = [name in sys.modules for name in _READERS]
    os.environ[_LOG_LEVEL] = "3"
    try:
        yield
    finally:
        if before == [name in sys.modules for name in _READERS]:
            os.environ.pop(_LOG_LEVEL, None)


def _is_warning(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING

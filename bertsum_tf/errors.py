"""Errors that a user can act on."""

from __future__ import annotations


class BertsumError(Exception):
    """Something the user can mend; the message is one sentence that says what to do.

    The command line prints the message alone, without a traceback, and exits with 1.
    """


class UsageError(BertsumError):
    """A wrong argument or combination of options; the command line exits with 2."""

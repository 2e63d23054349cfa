"""The command line."""

from bertsum_tf.cli.command_line import main

__all__ = ["main"]

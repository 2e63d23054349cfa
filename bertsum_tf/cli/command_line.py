"""The command `bertsum`: arguments and printing.

Each sub-command is a module with two functions: `declare` declares its options, `run` calls the
library. The library is imported when a command runs, so that `--help` and mistakes are answered at
once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from bertsum_tf.cli import (
    benchmark,
    compare,
    evaluate,
    export,
    prepare,
    pretrain,
    quickstart,
    reproduce,
    retrieval,
    summarize,
    train,
)
from bertsum_tf.cli.output import DEBUG, PROGRAM, close_stdout, say, sentence_of
from bertsum_tf.errors import UsageError
from bertsum_tf.version import __version__

DESCRIPTION = "Summaries by BERTSUM: prepare data, train, evaluate, export, summarise."
EXAMPLES = """\
examples:
  bertsum summarize article.txt             with the model that ships with bertsum
  bertsum quickstart                        train it further, evaluate, export, in minutes
  bertsum prepare cnn_dailymail --split train --backbone bert_base_en_uncased --output data/train
  bertsum train data/train --validation data/validation --backbone bert_base_en_uncased \\
      --output runs/news
  bertsum evaluate cnn_dailymail --split test --model runs/news/model --output reports/news
  bertsum export runs/news/model --format tflite --output news.tflite

`bertsum COMMAND --help` says more. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line.

    Args:
        arguments: without the program's name; None: those of the process.

    Returns:
        The exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
    """
    if sys.stderr is None:  # closed: a file that is opened later must not become stderr
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    try:
        try:
            options, unknown = _parser().parse_known_args(arguments)
            if unknown:  # `parse_args` would name the help that does not list the command's options
                options.refuse(f"unrecognized arguments: {' '.join(unknown)}")
            return int(options.run(options))
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # here, where a failure can still be told
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        close_stdout()
        return 1
    except KeyboardInterrupt:
        say("interrupted.")
        return 130
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        say(sentence_of(error))
        if isinstance(error, OSError):
            close_stdout()
        return 2 if isinstance(error, UsageError) else 1


# In the order in which `--help` lists them.
COMMANDS = {
    module.__name__.rpartition(".")[2]: module
    for module in (
        quickstart,
        summarize,
        prepare,
        pretrain,
        train,
        export,
        evaluate,
        compare,
        retrieval,
        reproduce,
        benchmark,
    )
}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the list of options."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; `{self.prog} --help` shows what there is.\n")


class _Layout(argparse.RawDescriptionHelpFormatter):
    """Keeps the examples as they are, and names and explanations on one line."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32)
        # argparse does not count the indent of sub-commands.
        self._action_max_length = 4 + max(map(len, COMMANDS))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM, description=DESCRIPTION, epilog=EXAMPLES, formatter_class=_Layout
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", required=True)
    for name, module in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=module.SUMMARY,
            description=f"{module.SUMMARY[0].upper()}{module.SUMMARY[1:]}.",
            epilog=module.EXAMPLES,
            formatter_class=_Layout,
        )
        module.declare(command)
        command.set_defaults(run=module.run, refuse=command.error)
    return parser

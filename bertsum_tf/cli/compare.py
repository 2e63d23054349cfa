"""`bertsum compare`: reports -> what one model, or way of training, has over another."""

from __future__ import annotations

import argparse
import json

from bertsum_tf.cli.options import declare_json
from bertsum_tf.cli.output import set_up_stdout

SUMMARY = "compare the reports of two models, document by document"


def declare(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    parser.add_argument(
        "first",
        nargs="+",
        metavar="REPORT",
        help="folder that `bertsum evaluate --output` wrote; several: runs with other seeds",
    )
    parser.add_argument(
        "--minus",
        nargs="+",
        required=True,
        metavar="REPORT",
        help="the report, or reports, that are subtracted",
    )
    declare_json(parser, "print JSON instead of Markdown")


EXAMPLES = """\
examples:
  bertsum compare reports/mine --minus reports/before
  bertsum compare reports/new-1 reports/new-2 reports/new-3 --minus reports/1 reports/2 reports/3

The difference has a 95 % bootstrap interval over the documents and, where both sides have as many
reports, over these pairs of runs too.
"""


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit code."""
    from bertsum_tf.evaluation.compare import compare

    comparison = compare(options.first, options.minus)
    set_up_stdout(options.json)
    if options.json:
        print(json.dumps(comparison.to_dict(), indent=1))
    else:
        print(comparison.to_markdown(), end="")
    return 0

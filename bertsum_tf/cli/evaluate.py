"""`bertsum evaluate`: model and corpus -> report."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path

from bertsum_tf.cli.options import (
    count,
    declare_corpus,
    declare_encoders,
    declare_json,
    declare_model,
    declare_writing,
    load_summarizer,
    open_given_corpus,
)
from bertsum_tf.cli.output import set_up_stdout
from bertsum_tf.cores import available_cores
from bertsum_tf.run_folder import model_of

SUMMARY = "measure a model beside LEAD-3 and the oracle"


def declare(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    declare_corpus(parser)
    declare_model(parser)
    declare_encoders(parser, "a `bertsum pretrain` run: also measure summaries chosen as wholes")
    parser.add_argument(
        "--output", metavar="DIR", help="folder for the report: JSON, Markdown table, plots"
    )
    parser.add_argument(
        "-n", "--sentences", type=count, default=3, metavar="N", help="a summary (default: 3)"
    )
    parser.add_argument(
        "--losses",
        metavar="FILE",
        help="losses.csv of the training, to be drawn (default: the one beside the model's folder)",
    )
    parser.add_argument(
        "--processes",
        type=count,
        metavar="N",
        help="that compute ROUGE (default: one a core)",
    )
    declare_writing(parser)
    declare_json(parser, "print the report as JSON instead of Markdown")


EXAMPLES = """\
example:
  bertsum evaluate cnn_dailymail --split test --model runs/news/model --output reports/news

ROUGE-1, -2 and -Lsum F1 of the model, of LEAD-3 and of the oracle on the same documents, with 95 %
bootstrap intervals, overall and for each publisher, with trigram blocking and without. Of a model
that writes, with trigram blocking alone, also words a summary, novel n-grams and repeated trigrams.
"""


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit code."""
    from bertsum_tf.progress import ProgressBar

    summarizer = load_summarizer(options)
    corpus = open_given_corpus(options)
    from bertsum_tf.evaluation.evaluate import evaluate

    losses = options.losses
    if losses is None and options.model is not None:
        beside_model = Path(model_of(options.model)).parent / "losses.csv"
        losses = beside_model if beside_model.is_file() else None
    with ExitStack() as stack:
        bars: dict[str, ProgressBar] = {}

        def show(stage: str, done: int, total: int | None) -> None:
            if stage not in bars:
                stack.close()  # the stage before is done
                bars[stage] = stack.enter_context(ProgressBar(stage, total, "summaries"))
            bars[stage].update(done, total)

        report = evaluate(
            summarizer,
            corpus,
            num_sentences=options.sentences,
            matcher=summarizer.matcher,
            output=options.output,
            losses=losses,
            processes=options.processes or available_cores(),
            on_progress=show,
        )
    set_up_stdout(options.json)
    print(report.to_json() if options.json else report.to_markdown(), end="")
    return 0

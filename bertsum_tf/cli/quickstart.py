"""`bertsum quickstart`: the whole way in minutes."""

from __future__ import annotations

import argparse
import textwrap
from contextlib import ExitStack

from bertsum_tf import bundled
from bertsum_tf.cli.output import set_up_stdout
from bertsum_tf.keras_backend import use_backend

SUMMARY = "go on training the shipped model on 70 articles, evaluate and export it"


def declare(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    parser.add_argument(
        "--output",
        default="bertsum-quickstart",
        metavar="DIR",
        help="folder to write (default: bertsum-quickstart)",
    )
    parser.add_argument(
        "--backbone",
        default=bundled.NAME,
        metavar="B",
        help="what to start from: a trained model, or a BERT, which may be downloaded "
        "(default: the model in the package)",
    )


EXAMPLES = """\
Trains the model that ships with bertsum on the corpus that does, evaluates it beside LEAD-3 and the
oracle, exports it as a SavedModel and a .tflite file, and summarises an article with each: under
5 minutes on two cores, without a network.
"""


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit code."""
    from bertsum_tf.progress import ProgressBar

    use_backend("tensorflow")
    from bertsum_tf.quickstart import quickstart

    with ExitStack() as stack:
        bars: list[ProgressBar] = []

        def tell(sentence: str) -> None:
            stack.close()  # the step before is done
            bars.clear()
            print(sentence, flush=True)

        def show(done: int, total: int, note: str) -> None:
            if not bars:
                bars.append(stack.enter_context(ProgressBar("Training", total, "steps")))
            bars[0].update(done, total, note)

        result = quickstart(
            options.output, backbone=options.backbone, on_step=tell, on_progress=show
        )
    set_up_stdout(is_json=False)
    print(f"\n{result.report.to_markdown()}")
    print(f"An article:\n{textwrap.shorten(result.article, 600, placeholder=' ...')}\n")
    for name, summary in result.summaries.items():
        print(f"Its summary by {name}:\n{summary.text}\n")
    print(f"Yours: bertsum summarize FILE --model {result.tflite}")
    return 0

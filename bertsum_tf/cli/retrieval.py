"""`bertsum retrieval`: how well two encoders find the right summary."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from bertsum_tf.choices import TEXT_POOLINGS
from bertsum_tf.cli.options import (
    count,
    declare_backend,
    declare_corpus,
    declare_json,
    open_given_corpus,
)
from bertsum_tf.cli.output import set_up_stdout
from bertsum_tf.keras_backend import use_backend

if TYPE_CHECKING:
    from bertsum_tf.evaluation.bootstrap import Interval

SUMMARY = "measure how well texts find their summaries in a vector space"

EXAMPLES = """\
examples:
  bertsum retrieval cnn_dailymail --split validation --model runs/encoders
  bertsum retrieval cnn_dailymail --split validation --model all_minilm_l6_v2_en

Prints recall@1, recall@5 and the mean reciprocal rank of each text's own reference summary among
--candidates of them, and among all, with 95 % bootstrap intervals. A bare BERT is measured as it
comes: both encoders are it.
"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    declare_corpus(parser)
    parser.add_argument(
        "--model",
        required=True,
        metavar="M",
        help="a run of `bertsum pretrain`, or a BERT: a KerasHub preset, or a folder",
    )
    declare_backend(parser)
    parser.add_argument(
        "--pooling",
        choices=TEXT_POOLINGS,
        help="of a bare BERT (default: mean)",
    )
    parser.add_argument(
        "--candidates",
        type=count,
        default=1000,
        metavar="N",
        help="summaries to find the right one among, beside all there are (default: 1,000)",
    )
    declare_json(parser, "print the figures as JSON")


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit code."""
    from bertsum_tf.evaluation.retrieval import encode_corpus, retrieval
    from bertsum_tf.progress import ProgressBar

    use_backend(options.backend)  # before TensorFlow Datasets, which imports Keras
    corpus = open_given_corpus(options)
    from bertsum_tf.models import DualEncoder
    from bertsum_tf.run_folder import model_of

    pooling = {} if options.pooling is None else {"pooling": options.pooling}
    model = DualEncoder.from_preset(model_of(options.model), **pooling)
    with ProgressBar("Encoding", corpus.size, "documents", keep=False) as bar:
        encoded = encode_corpus(
            model, corpus, on_progress=lambda done: bar.update(done, corpus.size)
        )
    total = len(encoded.documents)
    measured = [
        retrieval(encoded.documents, encoded.summaries, candidates)
        for candidates in sorted({min(options.candidates, total), total})
    ]
    set_up_stdout(options.json)
    if options.json:
        report = {
            "model": options.model,
            "corpus": corpus.name,
            "documents": encoded.counts(),
            "retrieval": [asdict(one) for one in measured],
        }
        print(json.dumps(report, ensure_ascii=False))
        return 0
    print("| candidates | recall@1 | recall@5 | MRR |\n| ---: | ---: | ---: | ---: |")
    for one in measured:
        columns = map(_percent, (one.recall_at_1, one.recall_at_5, one.mrr))
        print(f"| {one.candidates:,} | {' | '.join(columns)} |")
    print(f"\n{total:,} documents; in percent, with 95 % bootstrap intervals.")
    if encoded.without_reference:
        print(f"Left out, as they have no reference: {encoded.without_reference:,}.")
    if encoded.without_sentences:
        print(
            f"Left out, as they or their reference have no sentence: {encoded.without_sentences:,}."
        )
    for reason, number in encoded.bad.items():
        print(f"Left out, as the record {reason}: {number:,}.")
    return 0


def _percent(interval: Interval) -> str:
    mean, low, high = (100 * value for value in (interval.mean, interval.low, interval.high))
    return f"{mean:.1f} ({low:.1f} to {high:.1f})"

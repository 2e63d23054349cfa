"""`bertsum benchmark`: how fast all of it is."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

from bertsum_tf.cli.options import (
    backbone_vocabulary,
    count,
    declare_corpus_options,
    declare_json,
    open_given_corpus,
)
from bertsum_tf.cli.output import set_up_stdout
from bertsum_tf.errors import UsageError
from bertsum_tf.keras_backend import BACKENDS, installed_backends, use_backend

SUMMARY = "measure how fast preparing, training and summarising are"


def declare(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    parser.add_argument(
        "--peers",
        action="store_true",
        help="instead: the model in the package beside its weights in PyTorch and ONNX Runtime",
    )
    parser.add_argument(
        "--quick", action="store_true", help="small shapes: does it run, not how fast it is"
    )
    parser.add_argument(
        "--corpus",
        dest="source",
        default="sample",
        metavar="CORPUS",
        help="documents to use, as in `bertsum prepare` (default: the sample that ships)",
    )
    declare_corpus_options(parser)
    parser.add_argument(
        "--documents",
        type=count,
        metavar="N",
        help="to prepare (default: 4,000; a smaller corpus is repeated); with --peers, to "
        "summarise (default: 256)",
    )
    parser.add_argument(
        "--backbone",
        metavar="B",
        help="whose vocabulary and sizes to use (default: sizes of MiniLM-L6); weights are random",
    )
    parser.add_argument(
        "--precision",
        choices=("both", "float32", "mixed_bfloat16"),
        help="of the training (default: both)",
    )
    parser.add_argument(
        "--backend",
        choices=("all", *BACKENDS),
        help="of Keras (default: all that are installed)",
    )
    parser.add_argument(
        "--batch-tokens", type=count, metavar="N", help="padded tokens a batch (default: 8,192)"
    )
    parser.add_argument(
        "--rounds",
        type=count,
        metavar="N",
        help="turns of each contestant (default: 3; with --peers 5)",
    )
    declare_json(parser, "print the figures as JSON")


EXAMPLES = """\
examples:
  bertsum benchmark
  bertsum benchmark --backend torch --precision mixed_bfloat16 --json > speed.json
  bertsum benchmark --corpus cnn_dailymail --split validation --backbone bert_base_en_uncased
  bertsum benchmark --peers --corpus cnn_dailymail --split validation

Prints documents/s of preparing, of training on each installed backend of Keras beside a PyTorch
twin of the same shape, in turns, and summaries/s from raw text. Takes some minutes a backend.
With --peers it prints summaries/s of the model in the package, in turns with the same weights in
Hugging Face transformers and in ONNX Runtime (extra 'benchmark'), and seconds and memory of one
`bertsum summarize`. Takes about 13 minutes on two cores.
"""


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit code."""
    if options.peers:
        return _run_benchmark_peers(options)
    from bertsum_tf.benchmark.run import PRECISIONS, QUICK, Workload, benchmark
    from bertsum_tf.progress import ProgressBar

    backends = installed_backends()
    if options.backend not in (None, "all"):
        if options.backend not in backends:
            raise UsageError(f"The backend {options.backend} is not installed.")
        backends = [options.backend]
    precisions: Sequence[str] = PRECISIONS
    if options.precision not in (None, "both"):
        precisions = (options.precision,)
    workload = QUICK if options.quick else Workload()
    changes = {
        "documents": options.documents,
        "tokens_per_batch": options.batch_tokens,
        "rounds": options.rounds,
    }
    workload = replace(workload, **{name: value for name, value in changes.items() if value})
    vocabulary = None
    if options.backbone is not None:
        use_backend()
        from bertsum_tf.benchmark.model_shape import ModelShape
        from bertsum_tf.models.presets import load_backbone

        vocabulary = backbone_vocabulary(options.backbone)
        backbone = load_backbone(options.backbone, load_weights=False)
        workload = replace(workload, shape=ModelShape.of_backbone(backbone))
    with ProgressBar("Benchmark", unit="steps", keep=False) as bar:
        report = benchmark(
            open_given_corpus(options),
            workload,
            backends,
            precisions,
            vocabulary,
            on_progress=bar.update,
        )
    set_up_stdout(options.json)
    print(report.to_json() if options.json else report.to_text(), end="")
    return 0


def _run_benchmark_peers(options: argparse.Namespace) -> int:
    from bertsum_tf.benchmark.peers.run import QUICK, PeerWorkload, benchmark_peers
    from bertsum_tf.progress import ProgressBar

    for name in ("backbone", "precision", "backend", "batch_tokens"):
        if getattr(options, name) is not None:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} is for the benchmark without --peers: leave it out.")
    workload = QUICK if options.quick else PeerWorkload()
    changes = {"texts": options.documents, "rounds": options.rounds}
    workload = replace(workload, **{name: value for name, value in changes.items() if value})
    with ProgressBar("Benchmark", unit="steps", keep=False) as bar:
        report = benchmark_peers(open_given_corpus(options), workload, on_progress=bar.update)
    set_up_stdout(options.json)
    print(report.to_json() if options.json else report.to_text(), end="")
    return 0

"""`bertsum reproduce`: a row of the paper's table."""

from __future__ import annotations

import argparse
from contextlib import ExitStack

from bertsum_tf.cli.options import (
    count,
    declare_backend,
    declare_devices,
    declare_json,
    import_what_reads,
)
from bertsum_tf.cli.output import say, set_up_stdout
from bertsum_tf.cores import available_cores
from bertsum_tf.errors import UsageError
from bertsum_tf.keras_backend import use_backend

SUMMARY = "make a row of the paper's table: prepare, train, evaluate"

EXAMPLES = """\
examples:
  bertsum reproduce --table cnndm-ext --output runs/cnndm-ext --precision mixed_bfloat16
  bertsum reproduce --table cnndm-ext --cost            what that costs, computed, not measured
  bertsum reproduce --table cnndm-abs --limit 2000 --steps 400 --backbone all_minilm_l6_v2_en \\
      --output runs/fraction

The settings are those of Liu & Lapata (2019): the recipes 'paper' of `bertsum train`; the three
best checkpoints by validation loss are evaluated on the test split, and their mean is the result.
With --steps the same learning rates are gone through in fewer steps. The same command again goes on
where it was stopped. It says so if the result can't be compared with the paper's.
"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    parser.add_argument(
        "--table",
        required=True,
        metavar="NAME",
        help="cnndm-ext (BertSumExt), cnndm-abs (BertSumAbs) or cnndm-ext-abs (BertSumExtAbs)",
    )
    parser.add_argument(
        "--output", metavar="DIR", help="folder of the reproduction (default: reproduce-NAME)"
    )
    parser.add_argument(
        "--cost", action="store_true", help="print what the trainings cost, and do nothing else"
    )
    parser.add_argument(
        "--utilization",
        type=float,
        metavar="X",
        help="share of a chip's peak that --cost assumes (default: 0.4)",
    )
    parser.add_argument(
        "--backbone",
        metavar="B",
        help="the BERT: a KerasHub preset, or a folder (default: bert_base_en_uncased)",
    )
    parser.add_argument(
        "--corpus",
        metavar="CORPUS",
        help="another than cnn_dailymail; it needs the splits train, validation and test",
    )
    parser.add_argument("--data-dir", metavar="DIR", help="where TFDS keeps its sets")
    parser.add_argument(
        "--limit", type=count, metavar="N", help="take the first N documents of each split only"
    )
    parser.add_argument(
        "--steps", type=count, metavar="N", help="of each training (default: the paper's)"
    )
    parser.add_argument(
        "--precision",
        choices=("float32", "mixed_bfloat16"),
        default="float32",
        help="of the computation (default: float32)",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    parser.add_argument(
        "--processes",
        type=count,
        metavar="N",
        help="that prepare data and compute ROUGE (default: one a core)",
    )
    declare_backend(parser)
    declare_devices(parser)
    declare_json(parser, "print the table as JSON instead of Markdown")


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit code."""
    from bertsum_tf.reproduce import BACKBONE, CORPUS, Progress, reproduce, trainings_of

    trainings_of(options.table, options.steps)  # a wrong name is told before Keras is loaded
    if options.cost:
        return _print_costs(options)
    if options.utilization is not None:
        raise UsageError("--utilization is for --cost: leave it out, or add --cost.")
    from bertsum_tf.progress import ProgressBar

    use_backend(options.backend, find_devices=False)
    from bertsum_tf.training.devices import DeviceRequest, start_devices

    devices = start_devices(DeviceRequest.parse(options.devices))
    corpus = options.corpus or CORPUS
    import_what_reads(corpus)
    with ExitStack() as stack:
        bars: dict[str, ProgressBar] = {}

        def tell(sentence: str) -> None:
            stack.close()  # the step before is done
            bars.clear()
            say(sentence)

        def show(now: Progress) -> None:
            if now.stage not in bars:
                stack.close()
                bar = ProgressBar(now.stage, now.total, now.unit)
                bars[now.stage] = stack.enter_context(bar)
            bars[now.stage].update(now.done, now.total, now.note, now.done_earlier)

        result = reproduce(
            options.table,
            options.output or f"reproduce-{options.table}",
            corpus=corpus,
            data_dir=options.data_dir,
            limit=options.limit,
            backbone=options.backbone or BACKBONE,
            steps=options.steps,
            precision=options.precision,
            seed=options.seed,
            processes=options.processes or available_cores(),
            devices=devices,
            on_step=tell,
            on_progress=show,
        )
    set_up_stdout(options.json)
    print(result.to_json() if options.json else result.to_markdown(), end="")
    if result.reasons:
        say(f"NOT COMPARABLE with the paper: {' '.join(result.reasons)}")
    return 0


def _print_costs(options: argparse.Namespace) -> int:
    from bertsum_tf.benchmark.training_cost import PEAK_FLOPS, UTILIZATION, hours
    from bertsum_tf.reproduce import BACKBONE, costs

    share = UTILIZATION if options.utilization is None else options.utilization
    hours(0.0, 1.0, share)  # a share that makes no sense is told before anything is loaded
    backbone = options.backbone or BACKBONE
    if backbone != BACKBONE:
        use_backend(options.backend)
    by_training = costs(options.table, backbone=backbone, steps=options.steps)
    print(f"{options.table} over {backbone}: computed, not measured.\n")
    chips = [f"{name}, {peak / 1e12:.0f} TFLOP/s" for name, peak in PEAK_FLOPS.items()]
    print(f"| training | windows | FLOPs | {' | '.join(f'hours, one {chip}' for chip in chips)} |")
    print("| --- |" + " ---: |" * (2 + len(chips)))
    rows = [(name, cost.windows, cost.flops) for name, cost in by_training.items()]
    if len(rows) > 1:
        rows.append(("both", sum(row[1] for row in rows), sum(row[2] for row in rows)))
    for name, windows, flops in rows:
        times = (f"{hours(flops, peak, share):.2g}" for peak in PEAK_FLOPS.values())
        print(f"| {name} | {windows:,} | {flops:.2e} | {' | '.join(times)} |")
    print(
        f"\nMatrix products of training and validation in bfloat16, every window and summary of "
        f"full length, at {share:.0%} of the vendor's dense peak, which is an assumption. To "
        "prepare the data and to evaluate on the test split comes on top."
    )
    return 0

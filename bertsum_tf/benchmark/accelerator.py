"""How well an accelerator is used: `python -m bertsum_tf.benchmark.accelerator`.

In one call: training tokens/s of MiniLM-L6 and of BERT-base's shape through JAX, in bfloat16 and
windows of 512 tokens, in turns with the same shapes in PyTorch (bfloat16, fused attention); which
share of the chip's peak that is; and what the input pipeline could feed. `--quick` takes tiny
shapes, to see that it runs.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from bertsum_tf.benchmark.contestant import TWIN, Entry
from bertsum_tf.benchmark.hardware import describe_hardware, describe_software
from bertsum_tf.benchmark.memory import BERT_BASE
from bertsum_tf.benchmark.model_shape import TINY, ModelShape
from bertsum_tf.benchmark.race import race
from bertsum_tf.data.batches import BatchPlan
from bertsum_tf.data.corpora import SAMPLE, Corpus, open_corpus
from bertsum_tf.data.examples import sentence_labels
from bertsum_tf.data.pipelines import read_batches
from bertsum_tf.data.prepare import prepare
from bertsum_tf.data.prepared import PreparedData
from bertsum_tf.errors import BertsumError
from bertsum_tf.text.train_vocabulary import train_vocabulary

# Dense bfloat16, 1e12 operations a second, as the makers state it (NVIDIA's data sheets give H100,
# H200 and L4 with sparsity, which is twice as much), by a part of the name that the driver gives.
# The first that fits counts.
PEAK_TFLOPS = {
    "H100 PCIe": 756.0,
    "H100": 989.0,
    "H200": 989.0,
    "A100": 312.0,
    "L40S": 362.0,
    "L40": 181.0,
    "L4": 121.0,
    "TPU v4": 275.0,
    "TPU v5 lite": 197.0,
    "TPU v5e": 197.0,
    "TPU v5": 459.0,
    "TPU v6": 918.0,
}


@dataclass(frozen=True)
class Workload:
    """What is measured.

    Attributes:
        shapes: of the models, by name.
        documents: prepared; the sample is repeated.
        tokens: of every window.
        tokens_per_batch: padded tokens in a batch.
        rounds: turns of each side.
        lap_seconds: the length of a turn.
        precision: as `bertsum train --precision`.
    """

    shapes: dict[str, ModelShape] = field(
        default_factory=lambda: {"MiniLM-L6": ModelShape(), "BERT-base": BERT_BASE}
    )
    documents: int = 4000
    tokens: int = 512
    tokens_per_batch: int = 32768
    rounds: int = 5
    lap_seconds: float = 3.0
    precision: str = "mixed_bfloat16"


QUICK = Workload({"tiny": TINY}, 32, 64, 256, 2, 0.0)


@dataclass(frozen=True)
class Use:
    """How one shape uses the device.

    Attributes:
        model: name of the shape.
        tokens_per_second: of training through JAX; the median of the rounds.
        twin_tokens_per_second: of PyTorch; None: it is not installed.
        fed_windows_per_second: what the input pipeline gives when nothing is computed.
        windows_per_second: what the step takes through JAX.
        flops_per_token: of a training step, see `training_flops`.
    """

    model: str
    tokens_per_second: float
    twin_tokens_per_second: float | None
    fed_windows_per_second: float
    windows_per_second: float
    flops_per_token: int

    def share(self, tokens_per_second: float, peak_tflops: float) -> float:
        """The share of a peak that a speed is."""
        return tokens_per_second * self.flops_per_token / (peak_tflops * 1e12)


def training_flops(shape: ModelShape, tokens: int) -> int:
    """Operations of a training step for each token, of the backbone alone.

    Chowdhery et al. (2022), "PaLM", arXiv 2204.02311, appendix B: two for each weight of a product
    of matrices and `4 * tokens * width` a layer for attention, forwards; three times that with the
    gradients. What is computed twice does not count twice, nor do embeddings and the head.

    Args:
        shape: the sizes.
        tokens: of a window.
    """
    width = shape.hidden_dim
    weights = 4 * width * width + 2 * width * shape.intermediate_dim
    return 3 * shape.num_layers * (2 * weights + 4 * tokens * width)


def peak_of(device: str) -> float | None:
    """The peak of a device in TFLOPS, by its name; None: unknown."""
    return next((peak for part, peak in PEAK_TFLOPS.items() if part in device), None)


def measure(workload: Workload) -> list[Use]:
    """Measures each shape, one after the other.

    Args:
        workload: what to measure.

    Raises:
        BertsumError: if a side stops.
    """
    documents = list(open_corpus(SAMPLE, split="train"))
    vocabulary = train_vocabulary([document.text for document in documents], 30_522)
    has_twin = find_spec("torch") is not None
    uses = []
    with tempfile.TemporaryDirectory(prefix="bertsum-accelerator-") as name:
        folder = Path(name)
        (folder / "vocab.txt").write_text("\n".join(vocabulary.vocabulary) + "\n", encoding="utf-8")
        repeated = Corpus(
            SAMPLE,
            lambda: itertools.islice(itertools.cycle(documents), workload.documents),
            size=workload.documents,
        )
        prepare(repeated, vocabulary, folder / "data", max_tokens=workload.tokens)
        fed = _windows_fed(folder / "data", workload)
        for model, shape in workload.shapes.items():
            sides = [
                Entry(
                    runner=runner,
                    task="train",
                    source=str(folder / "data"),
                    vocabulary=str(folder / "vocab.txt"),
                    shape=shape,
                    precision=workload.precision,
                    max_tokens=workload.tokens,
                    tokens_per_batch=workload.tokens_per_batch,
                    lap_seconds=workload.lap_seconds,
                )
                for runner in ("jax", *([TWIN] if has_twin else []))
            ]
            speeds = race(sides, workload.rounds)
            windows = speeds.typical(0)
            uses.append(
                Use(
                    model,
                    windows * workload.tokens,
                    speeds.typical(1) * workload.tokens if has_twin else None,
                    fed,
                    windows,
                    training_flops(shape, workload.tokens),
                )
            )
    return uses


def _windows_fed(data: Path, workload: Workload) -> float:
    """Windows a second that are read, if nothing is done with them."""
    prepared = PreparedData(data, later_windows=0.0)
    plan = BatchPlan(prepared.lengths, workload.tokens_per_batch, 0, static_length=workload.tokens)
    batches = 2 * plan.batches_per_epoch
    started = time.perf_counter()
    for _ in read_batches(sentence_labels(prepared, "soft"), plan, 0, batches):
        pass
    return 2 * len(prepared) / (time.perf_counter() - started)


def to_text(uses: Sequence[Use], device: str, peak_tflops: float | None) -> str:
    """The figures as a Markdown table.

    Args:
        uses: what was measured.
        device: name of the device.
        peak_tflops: its peak; None: unknown.
    """

    def speed(use: Use, tokens_per_second: float | None) -> str:
        if tokens_per_second is None:
            return "not installed"
        text = f"{tokens_per_second:,.0f}"
        if peak_tflops is None:
            return text
        return f"{text} ({use.share(tokens_per_second, peak_tflops):.1%})"

    peak = "peak unknown" if peak_tflops is None else f"peak {peak_tflops:,.0f} TFLOPS"
    lines = [
        f"{device}, {peak}. {describe_hardware()}.",
        f"{describe_software()}.",
        "",
        "| model | JAX, tokens/s (share of peak) | PyTorch, tokens/s (share) | JAX / PyTorch "
        "| the step takes, windows/s | the input pipeline feeds |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for use in uses:
        twin = use.twin_tokens_per_second
        cells = (
            use.model,
            speed(use, use.tokens_per_second),
            speed(use, twin),
            "" if twin is None else f"{use.tokens_per_second / twin:.2f}",
            f"{use.windows_per_second:,.0f}",
            f"{use.fed_windows_per_second:,.0f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _device_name() -> str:
    """What JAX calls its first device; asked in a process of its own, as it takes its memory."""
    asked = subprocess.run(
        [sys.executable, "-c", "import jax; print(jax.devices()[0].device_kind)"],
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        raise BertsumError("JAX finds no device: install it for the accelerator that is here.")
    return asked.stdout.strip()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, and prints the table."""
    parser = argparse.ArgumentParser(
        prog="python -m bertsum_tf.benchmark.accelerator", description=__doc__
    )
    parser.add_argument("--quick", action="store_true", help="tiny shapes: does it run")
    parser.add_argument("--peak-tflops", type=float, metavar="X", help="of a chip not known here")
    options = parser.parse_args(arguments)
    device = _device_name()
    uses = measure(QUICK if options.quick else Workload())
    print(to_text(uses, device, options.peak_tflops or peak_of(device)), end="")


if __name__ == "__main__":
    try:
        main()
    except BertsumError as error:
        sys.exit(str(error))

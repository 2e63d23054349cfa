"""How much memory training takes, computed: `python -m bertsum_tf.benchmark.memory`.

Nothing is measured here. Weights, gradients and Adam's two moments are counted from the sizes of
the model. Activations follow Korthikanti et al. (2022), "Reducing Activation Recomputation in Large
Transformer Models", arXiv 2205.05198, equation 1: in 16 bits a layer keeps `34 * s * b * h` bytes,
and `5 * a * s * s * b` for its attention (s tokens, b windows, width h, a heads), of which fused
attention keeps nothing. What a framework allocates beside that is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bertsum_tf.benchmark.model_shape import ModelShape
from bertsum_tf.text.packing import TOKENS_PER_SENTENCE_SLOT

BERT_BASE = ModelShape(num_layers=12, num_heads=12, hidden_dim=768, intermediate_dim=3072)
BERT_LARGE = ModelShape(num_layers=24, num_heads=16, hidden_dim=1024, intermediate_dim=4096)

# Equation 1 of the paper, in bytes.
_OF_WIDTH = 34
_OF_SCORES = 5
# The input of a layer, all that is left of it where it is computed again.
_OF_INPUT = 2

_FLOAT32 = 4


@dataclass(frozen=True)
class TrainingMemory:
    """Bytes of one training step on one device, in mixed_bfloat16.

    Attributes:
        parameters: how many there are.
        weights: in float32.
        moments: the two of Adam.
        gradients: of a batch, and with accumulation those that are added up.
        activations: kept for the gradient.
    """

    parameters: int
    weights: int
    moments: int
    gradients: int
    activations: int

    @property
    def total(self) -> int:
        """Bytes of all together."""
        return self.weights + self.moments + self.gradients + self.activations


def parameters(shape: ModelShape) -> int:
    """Weights of `BertSumExtractive` with the transformer head, its backbone's pooler included.

    Args:
        shape: the sizes.
    """
    width = shape.hidden_dim

    def layer(intermediate_width: int) -> int:
        attention = 4 * (width * width + width)
        feed_forward = 2 * width * intermediate_width + intermediate_width + width
        return attention + feed_forward + 4 * width  # two layer norms

    embeddings = (shape.vocabulary_size + shape.max_sequence_length + 2) * width + 2 * width
    pooler = width * width + width
    slots = shape.max_sequence_length // TOKENS_PER_SENTENCE_SLOT
    head = (
        2 * width  # the norm of sentence vectors
        + slots * width
        + shape.head_num_layers * layer(shape.head_intermediate_dim)
        + 2 * width
        + width
        + 1
    )
    return embeddings + shape.num_layers * layer(shape.intermediate_dim) + pooler + head


def training_memory(
    shape: ModelShape,
    windows: int,
    tokens: int,
    *,
    recompute: bool = False,
    accumulate: int = 1,
    fused_attention: bool = False,
) -> TrainingMemory:
    """Computes what a training step takes.

    The head is left out of the activations: its sentences are an eighth of the tokens at most.

    Args:
        shape: the sizes.
        windows: of a batch, on this device.
        tokens: of each window.
        recompute: as `--remat`.
        accumulate: batches a step, which decide how many `windows` fit.
        fused_attention: whether attention keeps no scores.
    """
    count = parameters(shape)
    scores = 0 if fused_attention else _OF_SCORES * shape.num_heads * tokens * tokens * windows
    inside = _OF_WIDTH * tokens * windows * shape.hidden_dim + scores
    kept = shape.num_layers * inside
    if recompute:
        kept = shape.num_layers * _OF_INPUT * tokens * windows * shape.hidden_dim + inside
    return TrainingMemory(
        parameters=count,
        weights=_FLOAT32 * count,
        moments=2 * _FLOAT32 * count,
        gradients=(2 if accumulate > 1 else 1) * _FLOAT32 * count,
        activations=kept,
    )


def table(tokens_per_batch: int = 8192, tokens: int = 512) -> str:
    """The memory of MiniLM-L6, BERT-base and BERT-large, in gigabytes, as a Markdown table."""
    rows = [
        "| model | options | weights, moments, gradients | activations | together |",
        "| --- | --- | --- | --- | --- |",
    ]
    windows = tokens_per_batch // tokens
    for name, shape in (
        ("MiniLM-L6", ModelShape()),
        ("BERT-base", BERT_BASE),
        ("BERT-large", BERT_LARGE),
    ):
        shape = replace(shape, max_sequence_length=tokens)
        for options, memory in (
            ("", training_memory(shape, windows, tokens)),
            (
                "--accumulate 4, a quarter of --batch-tokens",
                training_memory(shape, windows // 4, tokens, accumulate=4),
            ),
            ("--remat", training_memory(shape, windows, tokens, recompute=True)),
        ):
            fixed = memory.total - memory.activations
            cells = (f"{part / 1e9:.1f} GB" for part in (fixed, memory.activations, memory.total))
            size = f"{name}, {memory.parameters / 1e6:.0f} M"
            rows.append(f"| {size} | {options} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    print("Computed, not measured: windows of 512 tokens, steps of 8,192, mixed_bfloat16.\n")
    print(table(), end="")

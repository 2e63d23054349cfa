"""One side of a race, in a process of its own: `python -m bertsum_tf.benchmark.contestant ENTRY`.

Keras has one backend a process, so each backend, and the PyTorch twin, gets its own; `turns.py` is
how they and the parent talk.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, ClassVar, TextIO

from bertsum_tf.benchmark.model_shape import ModelShape
from bertsum_tf.benchmark.turns import Start, keep_stdout, seconds, take_turns
from bertsum_tf.errors import BertsumError
from bertsum_tf.text.wordpiece import WordPiece

if TYPE_CHECKING:
    from bertsum_tf.models import BertSumExtractive

# What takes part beside the backends of Keras.
TWIN = "twin"

# A lap takes at least so many steps, however slow they are.
MIN_LAP_STEPS = 2

SEED = 0

# Does so many steps and returns how many documents they dealt with.
Work = Callable[[int], int]


@dataclass(frozen=True)
class Entry:
    """What a contestant has to do.

    Attributes:
        runner: "tensorflow", "jax" or "torch", which run Keras, or `TWIN`.
        task: "train" (a step is a batch), or "summarize" (a step is all texts).
        source: the folder of prepared data; for "summarize" a JSON file with a list of texts.
        vocabulary: path of the `vocab.txt`.
        shape: sizes of the model.
        precision: "float32" or "mixed_bfloat16".
        max_tokens: the length of every window.
        tokens_per_batch: padded tokens in a batch.
        lap_seconds: a lap is as many steps as take about so long.
    """

    module: ClassVar[str] = "bertsum_tf.benchmark.contestant"

    runner: str
    task: str
    source: str
    vocabulary: str
    shape: ModelShape
    precision: str
    max_tokens: int
    tokens_per_batch: int
    lap_seconds: float

    def to_json(self) -> str:
        """The entry as an argument of the process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Entry:
        """Reads what `to_json` wrote."""
        fields = json.loads(text)
        return cls(**{**fields, "shape": ModelShape(**fields["shape"])})


def main(entry: Entry, commands: TextIO, replies: TextIO) -> None:
    """Warms up, then takes turns until there are no more `commands`."""
    device, work = _WORK[entry.task, entry.runner == TWIN](entry)
    first = seconds(work, 1)
    usual = seconds(work, 1)
    steps = max(MIN_LAP_STEPS, math.ceil(entry.lap_seconds / usual))
    take_turns(Start(device, first), lambda: work(steps), commands, replies)


def _train_keras(entry: Entry) -> tuple[str, Work]:
    """The same objects as `bertsum train` uses."""
    import keras

    from bertsum_tf.data.pipelines import read_batches, tf_dataset
    from bertsum_tf.training.train import Settings, compile_for_training

    batches = _Batches(entry)
    settings = Settings(batches.recipe)
    trainee, _ = compile_for_training(_keras_model(entry), settings, total_steps=1_000_000)
    read = tf_dataset if keras.backend.backend() == "tensorflow" else read_batches

    def work(steps: int) -> int:
        start, stop = batches.take(steps)
        trainee.fit(
            read(batches.reader, batches.plan, start, stop),
            steps_per_epoch=steps,
            shuffle=False,
            verbose=0,
        )
        return batches.documents(start, stop)

    return _keras_device(), work


def _train_twin(entry: Entry) -> tuple[str, Work]:
    import torch

    from bertsum_tf.benchmark.pytorch_twin import PyTorchTwin, TwinTrainer
    from bertsum_tf.data.pipelines import read_batches

    batches = _Batches(entry)
    vocabulary = WordPiece.from_file(entry.vocabulary)
    torch.manual_seed(SEED)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    twin = PyTorchTwin(entry.shape, vocabulary.cls_id, vocabulary.sep_id, vocabulary.pad_id)
    trainer = TwinTrainer(twin.to(device), batches.recipe, entry.precision)

    def work(steps: int) -> int:
        start, stop = batches.take(steps)
        for arrays in read_batches(batches.reader, batches.plan, start, stop):
            trainer.step(*arrays)
        return batches.documents(start, stop)

    return device, work


def _summarize(entry: Entry) -> tuple[str, Work]:
    from bertsum_tf.summarizer import Summarizer

    summarizer = Summarizer(
        _keras_model(entry), WordPiece.from_file(entry.vocabulary), max_tokens=entry.max_tokens
    )
    with open(entry.source, encoding="utf-8") as file:
        texts = json.load(file)

    def work(steps: int) -> int:
        for _ in range(steps):
            summarizer.batch(texts)
        return steps * len(texts)

    return _keras_device(), work


_WORK = {
    ("train", False): _train_keras,
    ("train", True): _train_twin,
    ("summarize", False): _summarize,
}


class _Batches:
    """The batches of one shape that every contestant meets, in the same order."""

    def __init__(self, entry: Entry) -> None:
        from bertsum_tf.data.batches import BatchPlan
        from bertsum_tf.data.examples import sentence_labels
        from bertsum_tf.data.prepared import PreparedData
        from bertsum_tf.training.recipes import EXTRACTIVE_RECIPES

        self.recipe = EXTRACTIVE_RECIPES["default"]
        self.data = PreparedData(entry.source, later_windows=0.0)
        self.reader = sentence_labels(self.data, self.recipe.labels)
        self.plan = BatchPlan(
            self.data.lengths, entry.tokens_per_batch, SEED, static_length=entry.max_tokens
        )
        self._next = 0

    def take(self, count: int) -> tuple[int, int]:
        start = self._next
        self._next += count
        return start, self._next

    def documents(self, start: int, stop: int) -> int:
        return sum(len(self.plan[index].windows) for index in range(start, stop))


def _keras_model(entry: Entry) -> BertSumExtractive:
    """The model with random weights, without dropout."""
    import keras
    import keras_hub

    from bertsum_tf.models import BertSumExtractive

    keras.utils.set_random_seed(SEED)
    shape = entry.shape
    vocabulary = WordPiece.from_file(entry.vocabulary)
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=shape.vocabulary_size,
        num_layers=shape.num_layers,
        num_heads=shape.num_heads,
        hidden_dim=shape.hidden_dim,
        intermediate_dim=shape.intermediate_dim,
        max_sequence_length=shape.max_sequence_length,
        dropout=0.0,
        dtype=entry.precision,
    )
    return BertSumExtractive(
        backbone,
        head_num_layers=shape.head_num_layers,
        head_num_heads=shape.head_num_heads,
        head_intermediate_dim=shape.head_intermediate_dim,
        dropout=0.0,
        cls_id=vocabulary.cls_id,
        sep_id=vocabulary.sep_id,
        pad_id=vocabulary.pad_id,
    )


def _keras_device() -> str:
    import keras

    if keras.backend.backend() == "torch":
        return str(keras.ops.zeros(()).device)
    return next(iter(keras.distribution.list_devices()), "cpu")


if __name__ == "__main__":
    replies = keep_stdout()
    entry = Entry.from_json(sys.argv[1])
    try:
        if entry.runner != TWIN:
            from bertsum_tf.keras_backend import use_backend

            use_backend(entry.runner)
        main(entry, sys.stdin, replies)
    except BertsumError as error:
        sys.exit(str(error))

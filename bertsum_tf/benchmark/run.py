"""`bertsum benchmark`: how fast preparing, training and summarising are on this machine."""

from __future__ import annotations

import itertools
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

from bertsum_tf.benchmark.contestant import TWIN, Entry
from bertsum_tf.benchmark.hardware import describe_hardware, describe_software
from bertsum_tf.benchmark.model_shape import TINY, ModelShape
from bertsum_tf.benchmark.race import race
from bertsum_tf.benchmark.report import Report, SummarizingSpeed, TrainingSpeed
from bertsum_tf.cores import available_cores
from bertsum_tf.data.corpora import Corpus, Document
from bertsum_tf.data.prepare import prepare
from bertsum_tf.errors import BertsumError
from bertsum_tf.text.train_vocabulary import train_vocabulary
from bertsum_tf.text.wordpiece import WordPiece

PRECISIONS = ("float32", "mixed_bfloat16")

# Texts that a vocabulary is learned from, where there is no backbone.
VOCABULARY_DOCUMENTS = 2000


@dataclass(frozen=True)
class Workload:
    """How much there is to do.

    Attributes:
        documents: that are prepared; a smaller corpus is repeated.
        texts: that are summarised.
        max_tokens: the length of every window.
        tokens_per_batch: padded tokens in a training batch.
        rounds: turns that each contestant has.
        lap_seconds: the length of a turn.
        shape: the model's sizes.
    """

    documents: int = 4000
    texts: int = 64
    max_tokens: int = 512
    tokens_per_batch: int = 8192
    rounds: int = 3
    lap_seconds: float = 5.0
    shape: ModelShape = field(default_factory=ModelShape)


QUICK = Workload(
    documents=32,
    texts=4,
    max_tokens=64,
    tokens_per_batch=256,
    rounds=2,
    lap_seconds=0.0,
    shape=TINY,
)


def benchmark(
    corpus: Corpus,
    workload: Workload,
    backends: Sequence[str],
    precisions: Sequence[str] = PRECISIONS,
    vocabulary: WordPiece | None = None,
    on_progress: Callable[[int, int, str], object] = lambda done, total, what: None,
) -> Report:
    """Measures everything, one thing at a time.

    Args:
        corpus: the documents.
        workload: how much to do.
        backends: of Keras, that are installed.
        precisions: to train with.
        vocabulary: the backbone's, of at most as many pieces as the shape has; None: one that is
            learned from the corpus.
        on_progress: called with steps done, steps in all and what comes next.

    Raises:
        BertsumError: if the corpus has no document that can be prepared. A backend that fails is a
            line of the report.
    """
    documents = list(itertools.islice(corpus, max(workload.documents, VOCABULARY_DOCUMENTS)))
    if not documents:
        raise BertsumError(f"{corpus.name} holds no document: name another corpus.")
    if vocabulary is None:
        texts = [document.text for document in documents[:VOCABULARY_DOCUMENTS]]
        vocabulary = train_vocabulary(texts, workload.shape.vocabulary_size)
    has_twin = find_spec("torch") is not None
    laps = (1 + workload.rounds) * (1 + has_twin)
    total = 1 + laps * len(backends) * len(precisions) + (1 + workload.rounds) * len(backends)
    done = 0

    def begin(what: str) -> None:
        on_progress(done, total, what)

    def advance() -> None:
        nonlocal done
        done += 1
        on_progress(done, total, "")

    with tempfile.TemporaryDirectory(prefix="bertsum-benchmark-") as name:
        folder = Path(name)
        (folder / "vocab.txt").write_text(
            "".join(f"{piece}\n" for piece in vocabulary.vocabulary), encoding="utf-8"
        )
        (folder / "texts.json").write_text(
            json.dumps([document.text for document in documents[: workload.texts]]),
            encoding="utf-8",
        )
        begin("prepare")
        prepare_speed, processes = _measure_preparing(
            documents, vocabulary, folder / "data", workload
        )
        advance()
        entry = Entry(
            runner="",
            task="train",
            source=str(folder / "data"),
            vocabulary=str(folder / "vocab.txt"),
            shape=workload.shape,
            precision="",
            max_tokens=workload.max_tokens,
            tokens_per_batch=workload.tokens_per_batch,
            lap_seconds=workload.lap_seconds,
        )
        training = []
        for precision, backend in itertools.product(precisions, backends):
            begin(f"train, {backend}, {precision}")
            contestants = [backend, TWIN] if has_twin else [backend]
            entries = [replace(entry, runner=runner, precision=precision) for runner in contestants]
            training.append(_measure_training(entries, workload.rounds, advance))
        summarizing = []
        for backend in backends:
            begin(f"summarize, {backend}")
            own = replace(
                entry,
                runner=backend,
                task="summarize",
                source=str(folder / "texts.json"),
                precision="float32",
            )
            summarizing.append(_measure_summarizing(own, workload.rounds, advance))
    return Report(
        hardware=describe_hardware(),
        software=describe_software(),
        workload=_in_words(corpus.name, documents, workload),
        prepare_documents_per_second=prepare_speed,
        prepare_processes=processes,
        training=training,
        summarizing=summarizing,
        has_twin=has_twin,
    )


def _measure_preparing(
    documents: list[Document], vocabulary: WordPiece, output: Path, workload: Workload
) -> tuple[float, int]:
    """Documents a second, and processes."""
    processes = available_cores()
    count = workload.documents

    def repeated() -> Iterator[Document]:
        return itertools.islice(itertools.cycle(documents), count)

    started = time.perf_counter()
    prepare(
        Corpus("benchmark", repeated, size=count),
        vocabulary,
        output,
        max_tokens=workload.max_tokens,
        workers=processes,
        # Several shards a process, so that all have work to the end.
        documents_per_shard=max(1, count // (8 * processes)),
    )
    return count / (time.perf_counter() - started), processes


def _measure_training(
    entries: list[Entry], rounds: int, advance: Callable[[], object]
) -> TrainingSpeed:
    keras, *twin = entries
    try:
        speeds = race(entries, rounds, advance)
    except BertsumError as error:
        return TrainingSpeed(keras.runner, keras.precision, error=str(error))
    return TrainingSpeed(
        keras.runner,
        keras.precision,
        device=speeds.starts[0].device,
        documents_per_second=speeds.typical(0),
        twin_documents_per_second=speeds.typical(1) if twin else None,
        ratios=speeds.ratios() if twin else [],
        first_step_seconds=speeds.starts[0].first_step_seconds,
    )


def _measure_summarizing(
    entry: Entry, rounds: int, advance: Callable[[], object]
) -> SummarizingSpeed:
    try:
        speeds = race([entry], rounds, advance)
    except BertsumError as error:
        return SummarizingSpeed(entry.runner, error=str(error))
    return SummarizingSpeed(
        entry.runner,
        device=speeds.starts[0].device,
        summaries_per_second=speeds.typical(0),
        first_batch_seconds=speeds.starts[0].first_step_seconds,
    )


def _in_words(name: str, documents: list[Document], workload: Workload) -> str:
    words = sum(len(document.text.split()) for document in documents) / len(documents)
    shape = workload.shape
    return (
        f"{workload.documents:,} documents of {name} ({len(documents):,} different ones), "
        f"{words:,.0f} words on average; {shape.num_layers} layers of width {shape.hidden_dim}, "
        f"windows of {workload.max_tokens} tokens, batches of {workload.tokens_per_batch:,}"
    )

"""`bertsum benchmark --peers`: the model in the package beside others that run its weights."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bertsum_tf import bundled
from bertsum_tf.benchmark.hardware import describe_hardware, describe_software
from bertsum_tf.benchmark.peers.contestant import (
    ONNX,
    ONNX_RUNTIME,
    OURS,
    TEXTS,
    TRANSFORMERS,
    TRANSFORMERS_BFLOAT16,
    VOCABULARY,
    WEIGHTS,
    PeerEntry,
)
from bertsum_tf.benchmark.peers.findings import Findings
from bertsum_tf.benchmark.peers.report import PeerReport, PeerSpeed
from bertsum_tf.benchmark.race import ContestantFell, Speeds, race
from bertsum_tf.benchmark.whole_process import measure_whole_process
from bertsum_tf.data.corpora import Corpus
from bertsum_tf.errors import BertsumError
from bertsum_tf.keras_backend import use_backend
from bertsum_tf.summarizer import Summarizer

# What each peer needs beside the extra `train`, from which its weights come.
PACKAGES = {
    TRANSFORMERS: ("torch", "transformers"),
    TRANSFORMERS_BFLOAT16: ("torch", "transformers"),
    ONNX_RUNTIME: ("torch", "transformers", "onnx", "onnxscript", "onnxruntime"),
}


@dataclass(frozen=True)
class PeerWorkload:
    """How much there is to do.

    Attributes:
        texts: that are summarised, at most.
        rounds: turns that each contestant has; a turn is all texts.
        article_words: of the article that a whole process summarises.
        processes: how many of these are timed.
    """

    texts: int = 256
    rounds: int = 5
    article_words: int = 500
    processes: int = 7


QUICK = PeerWorkload(texts=4, rounds=2, processes=1)


def benchmark_peers(
    corpus: Corpus,
    workload: PeerWorkload,
    on_progress: Callable[[int, int, str], object] = lambda done, total, what: None,
) -> PeerReport:
    """Measures documents/s of all that is installed, in turns, and a whole process alone.

    Args:
        corpus: the documents.
        workload: how much to do.
        on_progress: called with steps done, steps in all and what comes next.

    Raises:
        BertsumError: if the corpus has no document, or the model in the package can't be run. A
            peer that can't is a line of the report.
    """
    texts = [document.text for document in itertools.islice(corpus, workload.texts)]
    if not texts:
        raise BertsumError(f"{corpus.name} holds no document: name another corpus.")
    errors = {peer: _missing(packages) for peer, packages in PACKAGES.items()}
    peers = [peer for peer, error in errors.items() if error is None]
    total = 2 + (1 + workload.rounds) * (1 + len(peers))
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        on_progress(done, total, "in turns")

    with tempfile.TemporaryDirectory(prefix="bertsum-peers-") as name:
        folder = Path(name)
        on_progress(0, total, "a whole process")
        article = folder / "article.txt"
        article.write_text(first_words(texts, workload.article_words), encoding="utf-8")
        whole_process = measure_whole_process(article, workload.processes)
        on_progress(1, total, "the same weights for all")
        (folder / TEXTS).write_text(json.dumps(texts), encoding="utf-8")
        reference, unbuilt = _build(peers, folder, texts)
        errors |= unbuilt
        done = 1
        advance()
        entries = [
            PeerEntry(runner, name, str(folder / f"findings-{place}.json"))
            for place, runner in enumerate([OURS, *peers])
            if errors.get(runner) is None
        ]
        speeds, finished, fallen = _race(entries, workload.rounds, advance)
        errors |= fallen
        results = {
            entry.runner: _result(entry, speeds, place, reference)
            for place, entry in enumerate(finished)
        }
    return PeerReport(
        hardware=describe_hardware(),
        software=describe_software(),
        corpus=corpus.name,
        documents=len(texts),
        words=sum(len(text.split()) for text in texts) / len(texts),
        rounds=workload.rounds,
        ours=results[OURS],
        peers=[results.get(peer) or PeerSpeed(peer, error=errors[peer]) for peer in PACKAGES],
        whole_process=whole_process,
    )


def first_words(texts: Sequence[str], count: int) -> str:
    """The beginning of the texts, one after the other, up to so many words."""
    chosen: list[str] = []
    for text in texts:
        chosen += text.split()[: count - len(chosen)]
    return " ".join(chosen)


def _missing(packages: Sequence[str]) -> str | None:
    absent = [package for package in packages if find_spec(package) is None]
    if not absent:
        return None
    names, verb = ", ".join(absent), "is" if len(absent) == 1 else "are"
    return f"{names} {verb} not installed: install bertsum_tf with its extra 'benchmark'."


def _build(
    peers: Sequence[str], folder: Path, texts: Sequence[str]
) -> tuple[Findings | None, dict[str, str | None]]:
    """Carries the weights over.

    Returns:
        What Keras finds in float32, the reference for all (None without Keras); and the peers that
        could not be built, with the reason.
    """
    try:
        use_backend()
        from bertsum_tf.models import BertSumExtractive

        model = BertSumExtractive.from_preset(bundled.NAME)
    except BertsumError as error:
        return None, dict.fromkeys(peers, str(error))
    summarizer = Summarizer(model)
    (folder / VOCABULARY).write_text(
        "".join(f"{piece}\n" for piece in summarizer.vocabulary.vocabulary), encoding="utf-8"
    )
    reference = Findings.of(summarizer.batch(texts))
    if not peers:
        return reference, {}
    from bertsum_tf.benchmark.peers.hugging_face import HuggingFaceSummarizer

    hugging_face = HuggingFaceSummarizer.of(model)
    hugging_face.save(folder / WEIGHTS)
    if ONNX_RUNTIME in peers:
        from bertsum_tf.benchmark.peers.onnx_runtime import export_int8

        try:
            export_int8(hugging_face, folder / ONNX)
        except Exception as error:  # whatever a version of these packages can't do
            first_line = (str(error).strip().splitlines() or [""])[0][:300]
            why = f"ONNX export failed: {type(error).__name__}: {first_line}"
            return reference, {ONNX_RUNTIME: why}
    return reference, {}


def _race(
    entries: Sequence[PeerEntry], rounds: int, advance: Callable[[], object]
) -> tuple[Speeds, Sequence[PeerEntry], dict[str, str]]:
    """The speeds, of whom, and why the others fell; without a peer that fell it begins anew."""
    errors: dict[str, str] = {}
    while True:
        try:
            return race(entries, rounds, advance), entries, errors
        except ContestantFell as error:
            if error.runner == OURS:
                raise
            errors[error.runner] = str(error)
            entries = [entry for entry in entries if entry.runner != error.runner]


def _result(entry: PeerEntry, speeds: Speeds, place: int, reference: Findings | None) -> PeerSpeed:
    findings = Findings.read(Path(entry.findings))
    return PeerSpeed(
        entry.runner,
        way=findings.way,
        documents_per_second=speeds.typical(place),
        ratios=speeds.ratios(place) if place else [],
        same_choice=None if reference is None else findings.same_choice(reference),
        largest_difference=None if reference is None else findings.largest_difference(reference),
    )

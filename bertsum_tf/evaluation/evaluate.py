"""A model on a corpus: one pass of scoring, then ROUGE beside LEAD-3 and the oracle."""

from __future__ import annotations

import io
import json
import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from bertsum_tf.errors import BertsumError
from bertsum_tf.evaluation.baselines import lead, oracle
from bertsum_tf.evaluation.bootstrap import RESAMPLES
from bertsum_tf.evaluation.plots import plot_losses, plot_positions
from bertsum_tf.evaluation.report import Report, System, build_report
from bertsum_tf.evaluation.rouge import METRICS, Pair, rouge_scorer, rouge_scores
from bertsum_tf.evaluation.wording import wording
from bertsum_tf.run_folder import write_aside
from bertsum_tf.selection import NUM_SENTENCES, check_limits, select
from bertsum_tf.text.sentences import summary_sentences
from bertsum_tf.written_summary import trace

if TYPE_CHECKING:
    from bertsum_tf.analysis import Analysis
    from bertsum_tf.data.corpora import Corpus, Document
    from bertsum_tf.selection_match import Matcher

METRICS_FILE = "metrics.json"
REPORT_FILE = "report.md"
SUMMARIES_FILE = "summaries.jsonl"
POSITIONS_FILE = "positions.png"
LOSSES_FILE = "losses.png"

# Documents whose candidate summaries are encoded together.
DOCUMENTS_A_MATCH = 32

# Systems by their keys in the JSON.
MODEL = "model"
NO_BLOCKING = "model_no_blocking"
MATCHED = "model_matched"
LEAD = "lead"
ORACLE = "oracle"
REFERENCE = "reference"


class Analyser(Protocol):
    """What splits and scores documents: a `Summarizer`."""

    name: str

    @property
    def decoding(self) -> Mapping[str, Any]:
        """How a model that writes does so; empty for one that chooses sentences."""
        ...

    def analyse(self, documents: Iterable[Document]) -> Iterator[Analysis]:
        """Yields one analysis a document, in their order."""
        ...


@dataclass(frozen=True)
class _Choices:
    """What each system chose from one document."""

    document: Document
    num_sentences: int
    indices: dict[str, tuple[int, ...]]
    summaries: dict[str, list[str]]
    # Of a model that writes: of each system, and of the reference.
    wording: dict[str, list[float]] = field(default_factory=dict)

    @property
    def scorable(self) -> bool:
        return self.document.reference is not None and self.num_sentences > 0


def evaluate(
    summarizer: Analyser,
    corpus: Corpus,
    *,
    num_sentences: int = NUM_SENTENCES,
    matcher: Matcher | None = None,
    output: str | os.PathLike[str] | None = None,
    losses: str | os.PathLike[str] | None = None,
    processes: int = 1,
    resamples: int = RESAMPLES,
    seed: int = 0,
    on_progress: Callable[[str, int, int | None], object] = lambda stage, done, total: None,
) -> Report:
    """Evaluates a model, with and without trigram blocking, beside LEAD and the greedy oracle.

    Every document is summarised; those with a reference and at least one sentence are scored. Of a
    model that writes, with trigram blocking alone, the report also says how it words its summaries,
    see `bertsum_tf.evaluation.wording`.

    Args:
        summarizer: The model.
        corpus: The documents.
        num_sentences: Sentences of a summary, for every system that chooses (3 is the paper's).
        matcher: What also chooses summaries as wholes, as `Summarizer.matcher`; None: nothing does.
        output: A folder to write into: `metrics.json`, `report.md`, `positions.png`,
            `summaries.jsonl` (what each system chose from each document, and its scores), and
            `losses.png` if `losses` is given. Files of these names are
            replaced, `metrics.json` last. `None` writes nothing.
        losses: The CSV of losses of the training, to be drawn.
        processes: How many processes compute ROUGE; for more than 1 see `rouge_scores`.
        resamples: How often the bootstrap resamples the documents.
        seed: The seed of the bootstrap.
        on_progress: Called with a stage ("Summarising" or "Computing ROUGE"), how much is done,
            and how much there is if that is known.

    Returns:
        The scores with their intervals, for all documents and for each group.

    Raises:
        UsageError: `num_sentences` makes no sense.
        BertsumError: The folder can't be written, a package is missing, the losses can't be read.
    """
    check_limits(num_sentences, None, None)
    rouge_scorer()  # what is missing is told now, not after an hour of work
    folder = None if output is None else _new_folder(Path(output))
    loss_plot = None if folder is None or losses is None else _png(lambda f: plot_losses(losses, f))

    bad: Counter[str] = Counter()
    choices = list(_choose(summarizer, matcher, corpus, num_sentences, bad, on_progress))
    scored = [choice for choice in choices if choice.scorable]
    writes = any(choice.wording for choice in choices)
    systems = [
        System(MODEL, "Model" if writes else "Model, trigram blocking", beside=LEAD),
        *([] if writes else [System(NO_BLOCKING, "Model, no blocking", beside=LEAD)]),
        System(LEAD, f"LEAD-{num_sentences}"),
        System(ORACLE, "Greedy oracle"),
    ]
    if matcher is not None:
        systems.insert(2, System(MATCHED, "Model, matched as a whole", beside=MODEL))
    scores = _rouge(scored, [system.key for system in systems], processes, on_progress)
    without_reference = sum(choice.document.reference is None for choice in choices)
    report = build_report(
        model=summarizer.name,
        corpus=corpus.name,
        systems=systems,
        scores=scores,
        groups=[choice.document.group for choice in scored],
        documents={
            "total": len(choices),
            "scored": len(scored),
            "without_reference": without_reference,
            "without_sentences": len(choices) - len(scored) - without_reference,
            "bad": dict(sorted(bad.items())),
        },
        wording={
            key: np.array([choice.wording[key] for choice in scored])
            for key in (MODEL, LEAD, ORACLE, REFERENCE)
        }
        if writes and scored
        else None,
        settings={
            "sentences": num_sentences,
            **summarizer.decoding,
            "rouge_score": version("rouge-score"),
        },
        resamples=resamples,
        seed=seed,
    )
    if folder is not None:
        files: dict[str, str | bytes] = {REPORT_FILE: report.to_markdown()}
        if loss_plot is not None:
            files[LOSSES_FILE] = loss_plot
        files[SUMMARIES_FILE] = _summaries(choices, scores)
        if scored:
            files[POSITIONS_FILE] = _png(lambda f: plot_positions(_positions(scored, systems), f))
        files[METRICS_FILE] = report.to_json()
        _write(folder, files)
    return report


def _choose(
    summarizer: Analyser,
    matcher: Matcher | None,
    corpus: Corpus,
    num_sentences: int,
    bad: Counter[str],
    on_progress: Callable[[str, int, int | None], object],
) -> Iterator[_Choices]:
    """Yields what each system chooses; the model scores each document once."""
    waiting: deque[Document] = deque()  # read by the summarizer, not yet analysed

    def documents() -> Iterator[Document]:
        for document in corpus.read(on_bad=lambda record: bad.update([record.reason])):
            waiting.append(document)
            yield document

    analyses = summarizer.analyse(documents())
    done = 0
    while group := list(islice(analyses, DOCUMENTS_A_MATCH if matcher else 1)):
        matches = matcher.choose(group, num_sentences=num_sentences) if matcher else []
        for place, analysis in enumerate(group):
            document = waiting.popleft()
            sentences, pieces = analysis.sentences, analysis.piece_counts
            chosen: dict[str, Sequence[int]] = {}
            if analysis.written is not None:  # the sentences that it overlaps most with
                traced = trace(analysis.written, sentences)
                chosen[MODEL] = sorted(
                    {o.source_index for o in traced if o.source_index is not None}
                )
            else:
                for key, blocking in ((MODEL, True), (NO_BLOCKING, False)):
                    chosen[key] = select(
                        analysis.scores.tolist(),
                        sentences,
                        piece_counts=pieces,
                        num_sentences=num_sentences,
                        trigram_blocking=blocking,
                    )
            if matches:
                chosen[MATCHED] = matches[place].sentences
            chosen[LEAD] = lead(sentences, piece_counts=pieces, num_sentences=num_sentences)
            if document.reference is not None:
                chosen[ORACLE] = oracle(sentences, document.reference, num_sentences=num_sentences)
            summaries = {key: [sentences[i] for i in own] for key, own in chosen.items()}
            worded: dict[str, list[float]] = {}
            if analysis.written is not None:
                summaries[MODEL] = analysis.written
                texts = {**summaries, REFERENCE: summary_sentences(document.reference or "")}
                worded = {key: wording(text, sentences) for key, text in texts.items()}
            yield _Choices(
                document=replace(document, text=""),  # a long corpus need not fit into memory
                num_sentences=len(sentences),
                indices={key: tuple(indices) for key, indices in chosen.items()},
                summaries=summaries,
                wording=worded,
            )
            done += 1
            on_progress("Summarising", done, corpus.size)


def _rouge(
    scored: list[_Choices],
    systems: list[str],
    processes: int,
    on_progress: Callable[[str, int, int | None], object],
) -> dict[str, npt.NDArray[np.float64]]:
    """Returns each system's scores; what two systems chose alike is scored once."""
    pairs: list[Pair] = []
    rows: dict[str, list[int]] = {system: [] for system in systems}
    for choice in scored:
        row_of: dict[tuple[str, ...], int] = {}
        for system in systems:
            summary = tuple(choice.summaries[system])
            if summary not in row_of:
                row_of[summary] = len(pairs)
                pairs.append((choice.summaries[system], choice.document.reference or ""))
            rows[system].append(row_of[summary])

    def progress(done: int) -> None:
        on_progress("Computing ROUGE", done, len(pairs))

    table = rouge_scores(pairs, processes=processes, progress=progress)
    return {system: table[np.array(rows[system], dtype=int)] for system in systems}


def _positions(
    scored: list[_Choices], systems: Iterable[System]
) -> dict[str, list[tuple[int, int]]]:
    return {
        system.title: [
            (index, choice.num_sentences)
            for choice in scored
            for index in choice.indices[system.key]
        ]
        for system in systems
        if system.key != NO_BLOCKING
    }


def _summaries(choices: list[_Choices], scores: dict[str, npt.NDArray[np.float64]]) -> str:
    lines, row = [], 0
    for choice in choices:
        systems: dict[str, dict[str, Any]] = {}
        for key, indices in choice.indices.items():
            text = " ".join(" ".join(sentence.split()) for sentence in choice.summaries[key])
            systems[key] = {"sentences": list(indices), "summary": text}
            if choice.scorable:
                points = (round(100 * float(score), 4) for score in scores[key][row])
                systems[key] |= dict(zip(METRICS, points, strict=True))
        row += choice.scorable
        record = {
            "id": choice.document.id,
            "group": choice.document.group,
            "reference": choice.document.reference,
            "num_sentences": choice.num_sentences,
            "systems": systems,
        }
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
    return "".join(lines)


def _png(draw: Callable[[io.BytesIO], None]) -> bytes:
    buffer = io.BytesIO()
    draw(buffer)
    return buffer.getvalue()


def _new_folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return folder


def _write(folder: Path, files: dict[str, str | bytes]) -> None:
    try:
        for name, content in files.items():
            write_aside(folder / name, content)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> BertsumError:
    return BertsumError(
        f"The folder {folder} can't be written ({error.strerror or error}); name another."
    )

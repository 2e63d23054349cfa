"""A row of the paper's table from one command: prepare, train, choose checkpoints, evaluate.

Liu & Lapata (2019), with the settings of the recipes named "paper". Every stage leaves its result
in the folder of the reproduction, and the same command again goes on after the last whole one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bertsum_tf import published_results as paper
from bertsum_tf.benchmark.model_shape import ModelShape
from bertsum_tf.benchmark.training_cost import BERT_BASE, TrainingCost, training_cost
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.run_folder import claim, write_aside
from bertsum_tf.text.packing import MAX_WINDOW_TOKENS, pack
from bertsum_tf.training.recipes import (
    ABSTRACTIVE_RECIPES,
    EXTRACTIVE_RECIPES,
    AbstractiveRecipe,
    ExtractiveRecipe,
    in_fewer_steps,
)

if TYPE_CHECKING:
    from bertsum_tf.data.corpora import Corpus, Document
    from bertsum_tf.summarizer import Analysis, Summarizer
    from bertsum_tf.training.devices import Devices

CORPUS = "cnn_dailymail"
BACKBONE = "bert_base_en_uncased"

SETTINGS = "reproduction.json"
TABLE_JSON = "table.json"
TABLE_MARKDOWN = "table.md"


@dataclass(frozen=True)
class Progress:
    """How far a stage has come.

    Attributes:
        stage: "Preparing", "Training", "Summarising" or "Computing ROUGE".
        done: in units, by earlier runs too.
        total: None if unknown.
        unit: what is counted.
        note: a few words, such as the loss.
        done_earlier: of `done`, what an earlier run did.
    """

    stage: str
    done: int
    total: int | None
    unit: str
    note: str = ""
    done_earlier: int = 0


OnProgress = Callable[[Progress], object]


@dataclass(frozen=True)
class Training:
    """One of the trainings behind a row.

    Attributes:
        name: of its folder.
        recipe: the paper's.
        validate_every: steps between the checkpoints that are validated (section 4.2).
    """

    name: str
    recipe: ExtractiveRecipe | AbstractiveRecipe
    validate_every: int

    def in_fewer_steps(self, steps: int) -> Training:
        """The same in another number of steps, with at least ten checkpoints, if they suffice."""
        return replace(
            self,
            recipe=in_fewer_steps(self.recipe, steps),
            validate_every=min(self.validate_every, max(1, steps // 10)),
        )


@dataclass(frozen=True)
class Row:
    """A row of the paper's table.

    Attributes:
        title: of the model.
        scores: the paper's.
        trainings: one after the other; each begins with the encoder of the one before.
        ablations: of the paper's, for scale: a title -> its scores.
    """

    title: str
    scores: paper.Scores
    trainings: tuple[Training, ...]
    ablations: Mapping[str, paper.Scores] = field(default_factory=dict)


_EXTRACTIVE = Training("extractive", EXTRACTIVE_RECIPES["paper"], validate_every=1_000)
_ABSTRACTIVE = Training("abstractive", ABSTRACTIVE_RECIPES["paper"], validate_every=2_500)

TABLES = {
    "cnndm-ext": Row(
        "BertSumExt",
        paper.BERTSUM_EXT,
        (_EXTRACTIVE,),
        {"BertSumExt without interval embeddings": paper.BERTSUM_EXT_WITHOUT_INTERVAL_EMBEDDINGS},
    ),
    "cnndm-abs": Row("BertSumAbs", paper.BERTSUM_ABS, (_ABSTRACTIVE,)),
    "cnndm-ext-abs": Row("BertSumExtAbs", paper.BERTSUM_EXT_ABS, (_EXTRACTIVE, _ABSTRACTIVE)),
}


@dataclass(frozen=True)
class Reproduction:
    """The paper's row beside ours.

    Attributes:
        data: what `table.json` holds: `table`, `title`, `settings`, `documents` (of the test
            split), `reasons` (why it can't be compared with the paper, each a sentence; empty
            if it can), `paper` and `here`, each a name -> [ROUGE-1, ROUGE-2, ROUGE-L].
    """

    data: Mapping[str, Any]

    @property
    def reasons(self) -> Sequence[str]:
        """Why the rows can't be compared; empty if they can."""
        reasons: Sequence[str] = self.data["reasons"]
        return reasons

    def to_json(self) -> str:
        """Returns `data` as JSON."""
        return json.dumps(self.data, indent=2) + "\n"

    def to_markdown(self) -> str:
        """Returns the table, and before it in bold type what keeps it from being compared."""
        title, settings = self.data["title"], self.data["settings"]
        lines = [f"# {title} on {settings['corpus']}", ""]
        if self.reasons:
            lines += [f"**NOT COMPARABLE with the paper: {' '.join(self.reasons)}**", ""]
        lines += ["| | ROUGE-1 | ROUGE-2 | ROUGE-L |", "| --- | ---: | ---: | ---: |"]
        for where in ("paper", "here"):
            for name, scores in self.data[where].items():
                cells = " | ".join(f"{score:.2f}" for score in scores)
                lines.append(f"| {where}: {name} | {cells} |")
        return "\n".join([*lines, "", self._note(), ""])

    def _note(self) -> str:
        settings = self.data["settings"]
        steps = ", then ".join(f"{one['steps']:,}" for one in settings["trainings"])
        return (
            "Paper: Liu & Lapata (2019), table 2, BERT-base, 11,490 documents, by ROUGE-1.5.5. "
            f"Here: {settings['backbone']}, {steps} steps, {self.data['documents']:,} documents of "
            "the test split, F1 in points by rouge-score, whose ROUGE-Lsum stands for the paper's "
            "ROUGE-L. The checkpoints are the best by validation loss, and their mean is the "
            "result, as in the paper's section 4.2."
        )


def trainings_of(table: str, steps: int | None = None) -> tuple[Training, ...]:
    """The trainings of a row.

    Args:
        table: a key of `TABLES`.
        steps: of each training; None: the paper's.

    Raises:
        UsageError: if there is no such table, or the number of steps makes no sense.
    """
    if table not in TABLES:
        raise UsageError(f"There is no table {table!r}: choose one of {', '.join(TABLES)}.")
    if steps is not None and steps < 1:
        raise UsageError(f"The number of steps has to be at least 1, not {steps}.")
    trainings = TABLES[table].trainings
    if steps is None:
        return trainings
    return tuple(training.in_fewer_steps(steps) for training in trainings)


def costs(
    table: str, *, backbone: str | os.PathLike[str] = BACKBONE, steps: int | None = None
) -> dict[str, TrainingCost]:
    """What the trainings of a row compute on the whole of CNN/DailyMail, by their names.

    Args:
        table: a key of `TABLES`.
        backbone: the BERT; of the paper's, nothing is loaded.
        steps: of each training; None: the paper's.

    Raises:
        BertsumError: if there is no such BERT.
        UsageError: as `trainings_of`.
    """
    trainings = trainings_of(table, steps)
    shape, window = BERT_BASE, MAX_WINDOW_TOKENS
    if os.fspath(backbone) != BACKBONE:
        from bertsum_tf.models.presets import load_backbone

        bert = load_backbone(_bare(backbone), load_weights=False)
        shape = ModelShape.of_backbone(bert)
        window = min(window, bert.max_sequence_length)
    return {
        training.name: training_cost(
            shape,
            training.recipe,
            tokens=window,
            validate_every=training.validate_every,
            validation_windows=paper.FULL_SPLITS["validation"],
        )
        for training in trainings
    }


def reproduce(
    table: str,
    output: str | os.PathLike[str],
    *,
    corpus: str = CORPUS,
    data_dir: str | os.PathLike[str] | None = None,
    limit: int | None = None,
    backbone: str | os.PathLike[str] = BACKBONE,
    steps: int | None = None,
    precision: str = "float32",
    seed: int = 0,
    processes: int = 1,
    devices: Devices | None = None,
    on_step: Callable[[str], object] = lambda sentence: None,
    on_progress: OnProgress = lambda progress: None,
) -> Reproduction:
    """Makes a row of the paper's table, or goes on with it.

    Args:
        table: a key of `TABLES`.
        output: the folder: `data/train` and `data/validation`, a run for each training, `reports/`
            with one for each checkpoint that is evaluated, `table.md` and `table.json`.
        corpus: one with the splits train, validation and test.
        data_dir: where TFDS keeps its sets.
        limit: take the first documents of each split only.
        backbone: a bare BERT.
        steps: of each training, in which the paper's learning rates are gone through; None: the
            paper's number.
        precision: "float32" or "mixed_bfloat16".
        seed: of the first weights, of dropout and of the order of the data.
        processes: that prepare data and compute ROUGE.
        devices: to train on; None: one device.
        on_step: called with a sentence before each step.
        on_progress: called with how far a step has come.

    Returns:
        The paper's row beside ours.

    Raises:
        UsageError: if an argument makes no sense.
        BertsumError: if the BERT or the corpus can't be read; if the folder holds something else.
    """
    trainings = trainings_of(table, steps)
    from bertsum_tf.data.corpora import open_corpus
    from bertsum_tf.models import BertSumExtractivePreprocessor
    from bertsum_tf.models.presets import load_backbone
    from bertsum_tf.training.devices import one_device

    devices = devices or one_device()
    vocabulary = BertSumExtractivePreprocessor.from_preset(_bare(backbone)).word_piece
    longest: int = load_backbone(backbone, load_weights=False).max_sequence_length
    corpora = {
        split: open_corpus(corpus, split=split, data_dir=data_dir, limit=limit)
        for split in ("train", "validation", "test")
    }
    settings: dict[str, Any] = {
        "table": table,
        "corpus": corpus,
        "limit": limit,
        "backbone": os.fspath(backbone),
        "precision": precision,
        "seed": seed,
        "trainings": [{"validate_every": t.validate_every, **asdict(t.recipe)} for t in trainings],
    }
    folder = Path(output)
    claim(folder, SETTINGS, settings, results="*/state.safetensors")
    data = {}
    for split in ("train", "validation"):
        on_step(f"Preparing {corpora[split].name}.")
        data[split] = _prepare(
            corpora[split],
            vocabulary,
            folder / "data" / split,
            min(MAX_WINDOW_TOKENS, longest),
            processes,
            on_progress,
        )
    start = _Start(os.fspath(backbone), {"backbone": backbone})
    for training in trainings:
        on_step(
            f"Training, {training.name}: {training.recipe.steps:,} steps from {start.name}. "
            + devices.describe(training.recipe.tokens_per_batch, data["train"]["max_tokens"])
        )
        run = folder / training.name
        _train(training, run, folder / "data", start, precision, seed, devices, on_progress)
        start = _Start(training.name, {"init_from": run})
    reports = {}
    for checkpoint in _checkpoints(run):
        on_step(f"Evaluating {checkpoint.name} on {corpora['test'].name}.")
        reports[checkpoint.name] = _evaluate(
            checkpoint, corpora["test"], folder / "reports", processes, on_progress
        )
    result = _result(table, settings, data, reports)
    write_aside(folder / TABLE_MARKDOWN, result.to_markdown())
    write_aside(folder / TABLE_JSON, result.to_json())
    return result


def _bare(backbone: str | os.PathLike[str]) -> str:
    """The backbone, if it is no trained model of this package."""
    from bertsum_tf.models.presets import saved_task

    if (task := saved_task(backbone)) is not None:
        raise UsageError(
            f"{backbone} holds a {task}, and the paper begins with a bare BERT: "
            f"name one with --backbone, such as {BACKBONE}."
        )
    return os.fspath(backbone)


@dataclass(frozen=True)
class _Start:
    """What a training begins with: a name that stays when the folder is moved, and where it is."""

    name: str
    place: Mapping[str, Any]


def _prepare(
    corpus: Corpus,
    vocabulary: Any,
    folder: Path,
    max_tokens: int,
    processes: int,
    on_progress: OnProgress,
) -> dict[str, Any]:
    """The manifest of the prepared data, made now or earlier."""
    from bertsum_tf.data.prepare import prepare

    return prepare(
        corpus,
        vocabulary,
        folder,
        max_tokens=max_tokens,
        workers=processes,
        on_progress=lambda p: on_progress(
            Progress("Preparing", p.done, p.total, "documents", done_earlier=p.done_earlier)
        ),
    )


def _train(
    training: Training,
    run: Path,
    data: Path,
    start: _Start,
    precision: str,
    seed: int,
    devices: Devices,
    on_progress: OnProgress,
) -> None:
    """Trains, or goes on; a run that is whole is only looked at."""
    import keras

    from bertsum_tf.data.prepared import PreparedData
    from bertsum_tf.training import train as loop
    from bertsum_tf.training.first_model import first_model

    recipe = training.recipe
    splits = {
        split: PreparedData(data / split, later_windows=recipe.later_windows)
        for split in ("train", "validation")
    }
    window = splits["train"].manifest["max_tokens"]
    keras.utils.set_random_seed(seed)
    with devices.scope():
        model = first_model(recipe, precision=precision, **start.place)
    model.preprocessor.sequence_length = window
    settings = loop.Settings(
        recipe,
        backbone=start.name,
        seed=seed,
        validate_every=training.validate_every,
        validation_windows=len(splits["validation"]),  # all: the paper names no part of them
        # TPUs compile for every shape of a batch anew.
        static_length=window if devices.kind == "tpu" else None,
    )

    def show(now: loop.Progress) -> None:
        losses = {"loss": now.loss, "validation loss": now.validation_loss}
        note = ", ".join(f"{name} {loss:.4f}" for name, loss in losses.items() if loss is not None)
        on_progress(Progress("Training", now.step, now.total_steps, "steps", note, now.first_step))

    loop.train(
        model,
        splits["train"],
        splits["validation"],
        run,
        settings,
        devices=devices,
        on_progress=show,
    )


def _checkpoints(run: Path) -> list[Path]:
    """The best checkpoints of a run by validation loss, in the order of their steps."""
    from bertsum_tf.training.train import CHECKPOINTS

    return sorted((run / CHECKPOINTS).glob("step-*"))


class FirstWindow:
    """A summarizer that chooses as the paper's: what follows the first window is no candidate.

    Only where trigram blocking leaves too few of the first window's sentences is one of the later
    ones chosen. The oracle and LEAD-3 see the whole document.
    """

    def __init__(self, summarizer: Summarizer) -> None:
        self._summarizer = summarizer
        self.name = summarizer.name
        self.decoding = summarizer.decoding

    def analyse(self, documents: Iterable[Document]) -> Iterator[Analysis]:
        """Yields one analysis a document, as `Summarizer.analyse`."""
        vocabulary = self._summarizer.vocabulary
        for analysis in self._summarizer.analyse(documents):
            windows = pack(
                analysis.pieces,
                cls_id=vocabulary.cls_id,
                sep_id=vocabulary.sep_id,
                max_tokens=self._summarizer.max_tokens,
            )
            scores = np.full_like(analysis.scores, -np.inf)
            for window in windows[:1]:
                members = list(window.sentences)
                scores[members] = analysis.scores[members]
            yield replace(analysis, scores=scores)


def _evaluate(
    checkpoint: Path, test: Corpus, reports: Path, processes: int, on_progress: OnProgress
) -> dict[str, Any]:
    """The report of a checkpoint on the test split, made now or earlier."""
    from bertsum_tf.evaluation.evaluate import METRICS_FILE, evaluate
    from bertsum_tf.summarizer import Summarizer

    folder = reports / checkpoint.name
    try:
        # It is written last: if it is there, all is.
        earlier: dict[str, Any] = json.loads((folder / METRICS_FILE).read_text(encoding="utf-8"))
        return earlier
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        raise BertsumError(
            f"The report in {folder} can't be read ({error}): delete this folder, then run the "
            "same command again."
        ) from error
    summarizer = Summarizer(checkpoint, name=checkpoint.name)
    report = evaluate(
        FirstWindow(summarizer),
        test,
        output=folder,
        processes=processes,
        on_progress=lambda stage, done, total: on_progress(
            Progress(stage, done, total, "summaries")
        ),
    )
    return dict(report.data)


def _result(
    table: str,
    settings: Mapping[str, Any],
    data: Mapping[str, Mapping[str, Any]],
    reports: Mapping[str, Mapping[str, Any]],
) -> Reproduction:
    """The table of the reports."""
    row = TABLES[table]
    first = next(iter(reports.values()))
    if first["overall"] is None:
        raise BertsumError(
            f"No document of the test split of {settings['corpus']} could be scored: "
            "raise --limit, or name a corpus with references."
        )
    from bertsum_tf.evaluation.evaluate import LEAD, MODEL, ORACLE

    def scores(report: Mapping[str, Any], system: str) -> list[float]:
        return [metric["mean"] for metric in report["overall"]["systems"][system].values()]

    by_checkpoint = {name: scores(report, MODEL) for name, report in reports.items()}
    mean = np.mean(list(by_checkpoint.values()), axis=0)
    count = len(by_checkpoint)
    ours = f"{row.title}, mean of {count} checkpoints" if count > 1 else f"{row.title}"
    documents = first["documents"]["total"]
    return Reproduction(
        {
            "table": table,
            "title": row.title,
            "settings": settings,
            "documents": documents,
            "reasons": reasons_against_comparison(table, settings, data["train"], documents),
            "paper": {
                row.title: row.scores,
                **row.ablations,
                "LEAD-3": paper.LEAD_3,
                "ORACLE": paper.ORACLE,
            },
            "here": {
                ours: [round(float(score), 4) for score in mean],
                **by_checkpoint,
                "LEAD-3": scores(first, LEAD),
                "greedy oracle": scores(first, ORACLE),
            },
        }
    )


def reasons_against_comparison(
    table: str, settings: Mapping[str, Any], training: Mapping[str, Any], documents: int
) -> list[str]:
    """Why a result can't be compared with the paper's, each a sentence; empty if it can.

    Args:
        table: a key of `TABLES`.
        settings: of the reproduction: `corpus`, `backbone`, and the `steps` of each of `trainings`.
        training: the manifest of the training data.
        documents: of the test split that were summarised.
    """
    reasons = []
    whole = paper.FULL_SPLITS
    if settings["corpus"] != CORPUS or documents != whole["test"]:
        reasons.append(
            f"{documents:,} documents of {settings['corpus']} were summarised, not "
            f"the {whole['test']:,} of the full test split of {CORPUS}."
        )
    trained = training["documents"] + sum(training["dropped"].values())
    if settings["corpus"] != CORPUS or trained != whole["train"]:
        reasons.append(
            f"It was trained on {trained:,} documents, not on the {whole['train']:,} of the full "
            "training split."
        )
    if settings["backbone"] != BACKBONE:
        reasons.append(f"The BERT is {settings['backbone']}, not {BACKBONE}.")
    for own, papers in zip(settings["trainings"], TABLES[table].trainings, strict=True):
        if own["steps"] != papers.recipe.steps:
            reasons.append(
                f"The {papers.name} training had {own['steps']:,} steps, not "
                f"{papers.recipe.steps:,}."
            )
    return reasons

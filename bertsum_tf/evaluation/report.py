"""The result of an evaluation, as JSON for machines and as Markdown tables for people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from bertsum_tf.evaluation.bootstrap import (
    CONFIDENCE,
    RESAMPLES,
    percentile_interval,
    resampled_means,
)
from bertsum_tf.evaluation.rouge import METRICS
from bertsum_tf.evaluation.wording import WORDING

WORDING_TITLES = {
    "words": "Words",
    "novel_1": "Novel words",
    "novel_2": "Novel bigrams",
    "novel_3": "Novel trigrams",
    "novel_4": "Novel 4-grams",
    "repeated_3": "Repeated trigrams",
}
METRIC_TITLES = {"rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeLsum": "ROUGE-Lsum"}

# Up to so many groups get a table each in the Markdown, more share one, of ROUGE-1, of the largest;
# the JSON has them all.
_GROUPS_WITH_TABLES = 4
_GROUPS_SHOWN = 30


@dataclass(frozen=True)
class System:
    """One way of choosing sentences.

    Attributes:
        key: Its name in the JSON.
        title: Its name in the tables.
        beside: The key of the system that it is compared with; None: with none.
    """

    key: str
    title: str
    beside: str | None = None


@dataclass(frozen=True)
class Report:
    """The scores of several systems on one corpus.

    Attributes:
        data: What `metrics.json` holds: `model`, `corpus`, `settings`, `documents` (counts),
            `beside` (a system's key -> that of the one which it is compared with), `overall` and
            `groups`. A part has `documents`, `systems` and `differences`, each a system's key ->
            metric -> `mean`, `low`, `high`, in ROUGE points (0 to 100); `low` and `high` are None
            for one document. Of a model that writes, `wording` has a system's key, or "reference"
            -> what `bertsum_tf.evaluation.wording` measures -> the same three numbers.
        titles: A system's key -> its name in the tables.
    """

    data: Mapping[str, Any] = field(repr=False)
    titles: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Returns `data` as JSON, the same for the same scores."""
        return json.dumps(self.data, indent=2, ensure_ascii=False) + "\n"

    def to_markdown(self) -> str:
        """Returns a page: tables for all documents and for each group, or one for many groups."""
        data = self.data
        lines = [f"# {data['model']} on {data['corpus']}", "", _counts(data["documents"]), ""]
        if data["overall"] is None:
            lines += [
                "No document has both a reference and a sentence, so there are no scores.",
                "",
            ]
            return "\n".join(lines)
        lines += ["## All documents", "", *self._table(data["overall"]), ""]
        lines += self._groups()
        lines += self._wording()
        lines += [self._note(), ""]
        return "\n".join(lines)

    def _repr_markdown_(self) -> str:
        """What a notebook shows: the table of all documents."""
        data = self.data
        title = f"**{data['model']} on {data['corpus']}:** {_counts(data['documents'])}"
        if data["overall"] is None:
            return title
        return "\n".join([title, "", *self._table(data["overall"]), "", self._note()])

    def _note(self) -> str:
        settings = self.data["settings"]
        written = ", ".join(settings[key] for key in ("strategy", "limits") if key in settings)
        own_words = f"that are chosen. The model writes its own, by {written}. " if written else ""
        return (
            f"ROUGE F1 in points (0 to 100), with Porter stemming, by rouge-score "
            f"{settings['rouge_score']}; {settings['sentences']} sentences a summary"
            f"{' ' + own_words if own_words else '. '}In brackets: "
            f"the {settings['confidence']:.0%} interval, by {settings['resamples']:,} bootstrap "
            f"resamples of the documents (seed {settings['seed']}); differences are paired, "
            "document by document. LEAD takes the first of the sentences that the model may choose "
            "from, which leaves out those of up to five word pieces, such as datelines."
        )

    def _groups(self) -> list[str]:
        groups: Mapping[str, Any] = self.data["groups"]
        if len(groups) <= _GROUPS_WITH_TABLES:
            lines = []
            for name, part in groups.items():
                lines += [
                    f"## {name} ({part['documents']:,} documents)",
                    "",
                    *self._table(part),
                    "",
                ]
            return lines
        metric = METRICS[0]
        first = next(iter(groups.values()))
        titles = ["documents", *map(self._title, first["systems"])]
        titles += map(self._difference_title, first["differences"])
        lines = [
            f"## {METRIC_TITLES[metric]} by group",
            "",
            "| | " + " | ".join(titles) + " |",
            "| --- |" + " ---: |" * len(titles),
        ]
        largest = sorted(groups, key=lambda name: (-groups[name]["documents"], name))
        for name in sorted(largest[:_GROUPS_SHOWN]):
            part = groups[name]
            cells = [f"{part['documents']:,}"]
            cells += [f"{scores[metric]['mean']:.2f}" for scores in part["systems"].values()]
            cells += [_cell(scores[metric], "+") for scores in part["differences"].values()]
            label = " ".join(name.replace("|", "\\|").split())
            lines.append(f"| {label} | " + " | ".join(cells) + " |")
        if len(groups) > _GROUPS_SHOWN:
            lines += ["", f"{len(groups) - _GROUPS_SHOWN:,} smaller groups are in the JSON alone."]
        return [*lines, ""]

    def _wording(self) -> list[str]:
        """How the summaries are worded; nothing for models that choose sentences."""
        if "wording" not in self.data:
            return []
        return [
            "## Wording",
            "",
            "| | " + " | ".join(WORDING_TITLES[name] for name in WORDING) + " |",
            "| --- |" + " ---: |" * len(WORDING),
            *(
                f"| {self._title(key)} | " + " | ".join(_cell(own[n], "") for n in WORDING) + " |"
                for key, own in self.data["wording"].items()
            ),
            "",
            "Words a summary; of its n-grams, the percentage that the document does not have; of "
            "its trigrams, that which stood in it before.",
            "",
        ]

    def _title(self, system: str) -> str:
        return self.titles.get(system, system)

    def _difference_title(self, system: str) -> str:
        return f"{self._title(system)}, minus {self._title(self.data['beside'][system])}"

    def _table(self, part: Mapping[str, Any]) -> list[str]:
        metrics = list(METRIC_TITLES)
        lines = [
            "| | " + " | ".join(METRIC_TITLES[metric] for metric in metrics) + " |",
            "| --- |" + " ---: |" * len(metrics),
        ]
        for key, scores in part["systems"].items():
            cells = (_cell(scores[metric], "") for metric in metrics)
            lines.append(f"| {self._title(key)} | " + " | ".join(cells) + " |")
        for key, scores in part["differences"].items():
            cells = (_cell(scores[metric], "+") for metric in metrics)
            lines.append(f"| {self._difference_title(key)} | " + " | ".join(cells) + " |")
        return lines


def build_report(
    *,
    model: str,
    corpus: str,
    systems: Sequence[System],
    scores: Mapping[str, npt.NDArray[np.float64]],
    groups: Sequence[str | None],
    documents: Mapping[str, Any],
    settings: Mapping[str, Any],
    wording: Mapping[str, npt.NDArray[np.float64]] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Report:
    """Builds a report of the scores of each document.

    Args:
        model: What to call the model.
        corpus: What to call the corpus.
        systems: The systems, in the order of the tables.
        scores: A system's key -> F1 between 0 and 1, float64 [n, 3], the columns as in `METRICS`.
        groups: The group of each of the n documents; `None` for no group.
        documents: Counts of documents: `total`, `scored`, and of those left out.
        settings: What else to write down; `resamples`, `seed` and `confidence` are added.
        wording: A system's key, or "reference" -> float64 [n, 6], the columns as in `WORDING`, of a
            model that writes.
        resamples: How often to resample the documents.
        seed: The seed of the resampling.
    """
    # All systems side by side, so that every draw has the same documents for each of them.
    table = 100 * np.concatenate([scores[system.key] for system in systems], axis=1)
    members: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        members.setdefault(group or "(no group)", []).append(row)

    def part(rows: npt.NDArray[np.intp] | slice) -> dict[str, Any]:
        return _part(table[rows], systems, resamples, seed)

    data = {
        "model": model,
        "corpus": corpus,
        "documents": dict(documents),
        "settings": {
            **settings,
            "resamples": resamples,
            "seed": seed,
            "confidence": CONFIDENCE,
        },
        "beside": {one.key: one.beside for one in systems if one.beside is not None},
        "overall": part(slice(None)) if len(table) else None,
        "groups": {name: part(np.array(rows)) for name, rows in sorted(members.items())}
        if len(members) > 1
        else {},
    }
    if wording is not None:
        data["wording"] = {
            key: _wording_intervals(values, resamples, seed) for key, values in wording.items()
        }
    titles = {system.key: system.title for system in systems}
    return Report(data, titles | {"reference": "Reference"})


def _wording_intervals(
    values: npt.NDArray[np.float64], resamples: int, seed: int
) -> dict[str, dict[str, float | None]]:
    # Shares as percentages.
    table = values * [1.0 if name == "words" else 100.0 for name in WORDING]
    if len(table) == 1:  # as in `_part`
        return {
            name: {"mean": round(float(mean), 4), "low": None, "high": None}
            for name, mean in zip(WORDING, table[0], strict=True)
        }
    means = resampled_means(table, resamples=resamples, seed=seed)
    result: dict[str, dict[str, float | None]] = {}
    for column, name in enumerate(WORDING):
        interval = percentile_interval(table[:, column].mean(), means[:, column])
        result[name] = {
            "mean": round(interval.mean, 4),
            "low": round(interval.low, 4),
            "high": round(interval.high, 4),
        }
    return result


def _part(
    table: npt.NDArray[np.float64],
    systems: Sequence[System],
    resamples: int,
    seed: int,
) -> dict[str, Any]:
    width = len(METRICS)
    columns = {system.key: slice(i * width, (i + 1) * width) for i, system in enumerate(systems)}
    mean = table.mean(axis=0)
    means = resampled_means(table, resamples=resamples, seed=seed)

    def intervals(
        mean: npt.NDArray[np.float64], means: npt.NDArray[np.float64]
    ) -> dict[str, dict[str, float | None]]:
        result: dict[str, dict[str, float | None]] = {}
        for column, metric in enumerate(METRICS):
            if len(table) == 1:  # resampling it would look like certainty
                result[metric] = {"mean": round(float(mean[column]), 4), "low": None, "high": None}
                continue
            interval = percentile_interval(mean[column], means[:, column])
            result[metric] = {
                "mean": round(interval.mean, 4),
                "low": round(interval.low, 4),
                "high": round(interval.high, 4),
            }
        return result

    return {
        "documents": len(table),
        "systems": {key: intervals(mean[own], means[:, own]) for key, own in columns.items()},
        "differences": {
            system.key: intervals(
                mean[columns[system.key]] - mean[columns[system.beside]],
                means[:, columns[system.key]] - means[:, columns[system.beside]],
            )
            for system in systems
            if system.beside is not None
        },
    }


def _cell(interval: Mapping[str, float | None], sign: str) -> str:
    if interval["low"] is None:
        return f"{interval['mean']:{sign}.2f}"
    mean, low, high = (f"{interval[name]:{sign}.2f}" for name in ("mean", "low", "high"))
    return f"{mean} ({low} to {high})"


def _counts(documents: Mapping[str, Any]) -> str:
    text = f"{documents['total']:,} documents, {documents['scored']:,} of them scored."
    if documents["without_reference"]:
        text += f" Summarised, but without a reference: {documents['without_reference']:,}."
    if documents["without_sentences"]:
        text += f" Without a sentence to choose: {documents['without_sentences']:,}."
    bad: Counter[str] = Counter(documents["bad"])
    for reason, count in sorted(bad.items()):
        text += f" Left out, as the record {reason}: {count:,}."
    return text

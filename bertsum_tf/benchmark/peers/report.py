"""The figures beside the peers, for people and for machines."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from statistics import median

from bertsum_tf.benchmark.report import table, three_digits
from bertsum_tf.benchmark.whole_process import WholeProcess


@dataclass(frozen=True)
class PeerSpeed:
    """Raw text to summaries, many documents at once.

    Attributes:
        runner: what computed the scores.
        way: how it used the cores; "" where it decides itself.
        documents_per_second: median over the rounds; None if it failed.
        ratios: our speed as a multiple of its, round by round; empty for ours.
        same_choice: share of the documents of which it chose the sentences that Keras chooses in
            float32; None without Keras.
        largest_difference: of a sentence's score to Keras's, in logits; None without Keras.
        error: why there are no figures.
    """

    runner: str
    way: str = ""
    documents_per_second: float | None = None
    ratios: list[float] = field(default_factory=list)
    same_choice: float | None = None
    largest_difference: float | None = None
    error: str | None = None

    @property
    def ratio(self) -> float | None:
        """The median of the ratios: above 1, ours is the faster one."""
        return median(self.ratios) if self.ratios else None


@dataclass(frozen=True)
class PeerReport:
    """What `bertsum benchmark --peers` found.

    Attributes:
        hardware: processor, cores, platform.
        software: versions.
        corpus: where the documents are from.
        documents: how many were summarised.
        words: of a document, on average.
        rounds: turns of each.
        ours: `Summarizer.batch` of the model in the package.
        peers: the same weights elsewhere.
        whole_process: `bertsum summarize` of one article; None where it can't be measured.
    """

    hardware: str
    software: str
    corpus: str
    documents: int
    words: float
    rounds: int
    ours: PeerSpeed
    peers: list[PeerSpeed]
    whole_process: WholeProcess | None

    def to_json(self) -> str:
        """One object, with the fields of this class, and the ratio in each entry of `peers`."""
        fields = asdict(self)
        for entry, peer in zip(fields["peers"], self.peers, strict=True):
            entry["ratio"] = peer.ratio
        return json.dumps(fields, indent=1) + "\n"

    def to_text(self) -> str:
        """Plain text."""
        rows = [
            ["Raw text -> summary", "documents/s", "ours to it", "same choice", "scores off", "way"]
        ]
        rows += [_cells(speed) for speed in (self.ours, *self.peers)]
        lines = [
            self.hardware,
            self.software,
            f"{self.documents:,} documents of {self.corpus}, {self.words:,.0f} words on average, "
            f"{self.rounds} rounds",
            "",
            *table(rows),
            "",
            "ours to it: median of the rounds (slowest and fastest round); same choice, scores off:"
            "\nshare of the documents with Keras's choice in float32, and the largest difference "
            "of a score\nto Keras's.",
        ]
        lines += [f"{peer.runner}: {peer.error}" for peer in self.peers if peer.error is not None]
        lines += ["", _in_words(self.whole_process)]
        return "\n".join(lines) + "\n"


def _cells(speed: PeerSpeed) -> list[str]:
    ratio, choice, difference = "", "", ""
    if speed.ratio is not None:
        ratio = f"{speed.ratio:.2f} ({min(speed.ratios):.2f}-{max(speed.ratios):.2f})"
    if speed.same_choice is not None:
        choice = f"{100 * speed.same_choice:.1f} %"
    if speed.largest_difference is not None:
        difference = f"{speed.largest_difference:.1g}"
    speed_in_words = three_digits(speed.documents_per_second)
    return [speed.runner, speed_in_words, ratio, choice, difference, speed.way]


def _in_words(whole: WholeProcess | None) -> str:
    if whole is None:
        return "Whole process: not measured, since this system does not tell a process's memory."
    seconds = f"{min(whole.seconds):.2f}-{max(whole.seconds):.2f}"
    return (
        f"Whole process, `bertsum summarize` of {whole.words} words: "
        f"{median(whole.seconds):.2f} s ({seconds}), {median(whole.megabytes):.0f} MB at its peak"
    )

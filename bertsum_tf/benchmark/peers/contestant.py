"""One side, in a process of its own: `python -m bertsum_tf.benchmark.peers.contestant ENTRY`.

All sides split, pack and select by `bertsum_tf.Summarizer`: the libraries have nothing of that
kind. What differs is what turns sentences into token ids, and token ids into scores.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, TextIO

from bertsum_tf.benchmark.peers.engine import WAYS, PeerEngine, Way
from bertsum_tf.benchmark.peers.findings import Findings
from bertsum_tf.benchmark.turns import Start, keep_stdout, take_turns
from bertsum_tf.cores import available_cores
from bertsum_tf.errors import BertsumError
from bertsum_tf.summarizer import Summarizer

OURS = "bertsum_tf"
TRANSFORMERS = "transformers"
TRANSFORMERS_BFLOAT16 = "transformers, bfloat16"
ONNX_RUNTIME = "onnxruntime, int8"

# Files of the folder that the contestants share.
TEXTS = "texts.json"
VOCABULARY = "vocab.txt"
WEIGHTS = "weights.pt"
ONNX = "int8.onnx"

# Texts by which a peer finds its fastest way, and how often it tries each.
TUNING_TEXTS = 16
TUNING_TURNS = 2


@dataclass(frozen=True)
class PeerEntry:
    """What a contestant has to do.

    Attributes:
        runner: one of the names above.
        folder: with the files above.
        findings: the file to write what it found to.
    """

    module: ClassVar[str] = "bertsum_tf.benchmark.peers.contestant"

    runner: str
    folder: str
    findings: str

    def to_json(self) -> str:
        """The entry as an argument of the process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> PeerEntry:
        """Reads what `to_json` wrote."""
        return cls(**json.loads(text))


def main(entry: PeerEntry, commands: TextIO, replies: TextIO) -> None:
    """Warms up, writes its findings, then takes turns: a lap is a batch of all texts."""
    folder = Path(entry.folder)
    texts = json.loads((folder / TEXTS).read_text(encoding="utf-8"))
    way = ""
    if entry.runner == OURS:
        summarizer = Summarizer()
    else:
        engine = peer_engine(entry.runner, folder)
        summarizer = peer_summarizer(engine, folder)
        way = str(find_fastest_way(engine, summarizer, texts[:TUNING_TEXTS]))
    started = time.perf_counter()
    findings = Findings.of(summarizer.batch(texts), way)
    start = Start("cpu", time.perf_counter() - started)
    findings.write(Path(entry.findings))
    take_turns(start, lambda: len(summarizer.batch(texts)), commands, replies)


def peer_engine(runner: str, folder: Path) -> PeerEngine:
    """The engine of a peer, over the files of the folder."""
    from bertsum_tf.benchmark.peers.hugging_face import HuggingFaceEngine, HuggingFaceSummarizer

    model = HuggingFaceSummarizer.load(folder / WEIGHTS)
    if runner == ONNX_RUNTIME:
        from bertsum_tf.benchmark.peers.onnx_runtime import OnnxRuntimeEngine

        cls_id, _, pad_id = model.special_ids
        return OnnxRuntimeEngine(folder / ONNX, pad_id, cls_id, available_cores())
    precision = "bfloat16" if runner == TRANSFORMERS_BFLOAT16 else "float32"
    return HuggingFaceEngine(model, precision, available_cores())


def peer_summarizer(engine: PeerEngine, folder: Path) -> Summarizer:
    """Raw text to summary with a peer's engine and the tokenizer of `transformers`."""
    from bertsum_tf.benchmark.peers.hugging_face import HuggingFaceVocabulary

    return Summarizer(engine, HuggingFaceVocabulary(folder / VOCABULARY))


def find_fastest_way(engine: PeerEngine, summarizer: Summarizer, texts: Sequence[str]) -> Way:
    """Tries each of `WAYS` in turns, and leaves the engine in the one that is fastest."""
    fastest: dict[Way, float] = {}
    for _ in range(TUNING_TURNS):
        for way in WAYS:
            engine.use(way)
            summarizer.batch(texts[:2])  # what a library sets up at first is not counted
            started = time.perf_counter()
            summarizer.batch(texts)
            taken = time.perf_counter() - started
            fastest[way] = min(taken, fastest.get(way, taken))
    best = min(fastest, key=lambda way: fastest[way])
    engine.use(best)
    return best


if __name__ == "__main__":
    replies = keep_stdout()
    try:
        main(PeerEntry.from_json(sys.argv[1]), sys.stdin, replies)
    except BertsumError as error:
        sys.exit(str(error))

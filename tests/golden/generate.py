"""Writes `vectors.jsonl`: what the Python code makes of many texts, for every other runtime.

    python tests/golden/generate.py

`README.md` says what is in it.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bertsum_tf import bundled
from bertsum_tf.engines.litert_file import read_litert_file
from bertsum_tf.selection import select
from bertsum_tf.text.packing import merge_scores, pack
from bertsum_tf.text.sentences import split
from bertsum_tf.text.wordpiece import WordPiece

sys.path.insert(0, str(Path(__file__).parents[1]))

from golden.texts import OPTIONS, Case, cases

VECTORS = Path(__file__).with_name("vectors.jsonl")

# How the scores of slot s of window w are made up: of a number from 0 to 999,999 that follows from
# the vector's name and the two places, and of s + slots of the windows before.
SCORES: dict[str, Callable[[int, int], float]] = {
    "fine": lambda number, place: (number % 1601 - 800) / 100,
    "tenths": lambda number, place: (number % 21 - 5) / 10,
    "coarse": lambda number, place: (number % 5 - 2) / 2,
    "negative": lambda number, place: -(number % 9 + 1) / 4,
    "falling": lambda number, place: 4 - place / 4,
    "equal": lambda number, place: -1.25,
}


def vectors() -> Iterator[dict[str, Any]]:
    """All vectors, in the order of the file."""
    word_piece = read_litert_file(bundled.TFLITE).vocabulary
    for case in cases():
        yield vector(case, word_piece)


def vector(case: Case, word_piece: WordPiece) -> dict[str, Any]:
    """What the Python code makes of one text."""
    spans = split(case.text)
    sentences = [case.text[start:end] for start, end in spans]
    pieces = word_piece.encode(sentences)
    windows = pack(
        pieces, cls_id=word_piece.cls_id, sep_id=word_piece.sep_id, max_tokens=case.max_tokens
    )
    window_scores = _scores(case, [len(window.sentences) for window in windows])
    scores = merge_scores(
        windows, [np.array(row, np.float32) for row in window_scores], len(sentences)
    )
    options = case.options or OPTIONS[_number(f"{case.name}/options") % len(OPTIONS)]
    chosen = select(
        scores,
        sentences,
        piece_counts=[len(ids) for ids in pieces],
        num_sentences=options.get("sentences"),
        ratio=options.get("ratio"),
        max_words=options.get("max_words"),
        trigram_blocking=options.get("trigram_blocking", True),
    )
    if options.get("order") == "score":
        chosen.sort(key=lambda index: -scores[index])
    return {
        "name": case.name,
        "text": case.text,
        "spans": spans,
        "max_tokens": case.max_tokens,
        "windows": [
            {"token_ids": window.token_ids.tolist(), "sentences": window.sentences}
            for window in windows
        ],
        "window_scores": window_scores,
        "scores": scores.tolist(),
        "options": options,
        "selected": chosen,
        "summary": " ".join(word for index in chosen for word in sentences[index].split()),
    }


def encoded(row: dict[str, Any]) -> str:
    """One line of the file."""
    return json.dumps(row, ensure_ascii=True, allow_nan=False, separators=(",", ":")) + "\n"


def _scores(case: Case, lengths: list[int]) -> list[list[float]]:
    kinds = list(SCORES)
    make = SCORES[case.scores or kinds[_number(f"{case.name}/scores") % len(kinds)]]
    return [
        [
            make(_number(f"{case.name}/{window}/{slot}"), sum(lengths[:window]) + slot)
            for slot in range(length)
        ]
        for window, length in enumerate(lengths)
    ]


def _number(key: str) -> int:
    """A number from 0 to 999,999 that looks random and is the same everywhere."""
    return zlib.crc32(key.encode()) % 1_000_000


def main() -> None:
    """Writes the file."""
    VECTORS.write_text("".join(map(encoded, vectors())), encoding="ascii", newline="\n")
    print(f"{VECTORS}: {VECTORS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

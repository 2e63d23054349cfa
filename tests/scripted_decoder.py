"""A decoder that says what a test wants, and counts what it is asked."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bertsum_tf.decoding import Candidates, likeliest

BEGIN, END = 0, 1

# (document, what was written of it) -> the logits of what follows.
Script = Callable[[int, tuple[int, ...]], np.ndarray]


class ScriptedDecoder:
    """A `bertsum_tf.decoding.Decoder`; a document is the first number of its row."""

    def __init__(self, script: Script, vocabulary_size: int, max_target_tokens: int = 100) -> None:
        self.vocabulary_size = vocabulary_size
        self.max_target_tokens = max_target_tokens
        self.rows: list[int] = []
        self._script = script

    def encode(self, token_ids: np.ndarray) -> list:
        return [(int(row[0]), [()]) for row in token_ids]

    def step(
        self, ids: np.ndarray, position: int, state: list, num_candidates: int
    ) -> tuple[Candidates, list]:
        self.rows.append(ids.size)
        state = [
            (document, [(*beam, int(last)) for beam, last in zip(beams, row, strict=True)])
            for (document, beams), row in zip(state, ids, strict=True)
        ]
        assert all(len(beam) == position + 1 for _, beams in state for beam in beams)
        # Without the begin mark.
        logits = [[self._script(document, beam[1:]) for beam in beams] for document, beams in state]
        return likeliest(np.array(logits), num_candidates, np.array([BEGIN])), state

    def select(self, state: list, documents: np.ndarray, beams: np.ndarray) -> list:
        return [
            (state[document][0], [state[document][1][beam] for beam in row])
            for document, row in zip(documents, beams, strict=True)
        ]


def documents(count: int) -> np.ndarray:
    """Documents 0, 1, 2, ..."""
    return np.arange(count, dtype=np.int32)[:, None]


def logits_of(probabilities: dict[int, float], vocabulary_size: int) -> np.ndarray:
    """Logits that give these ids these probabilities, and the others none worth speaking of."""
    logits = np.full(vocabulary_size, -50.0)
    for index, probability in probabilities.items():
        logits[index] = np.log(probability)
    return logits

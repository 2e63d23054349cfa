"""The search in a graph writes what the search in Python writes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from bertsum_tf.decoding import GREEDY, Beam, Candidates, Limits, likeliest, write_summaries
from bertsum_tf.text.targets import TargetVocabulary

tf = pytest.importorskip("tensorflow")
graph_search = pytest.importorskip("bertsum_tf.decoding.graph_search")

# begin, end, split, two words that are never written, four words, three rests of words
SIZE = 12
VOCABULARY = TargetVocabulary(0, 1, 2, frozenset((0, 3, 4)), frozenset((9, 10, 11)))
DOCUMENTS = 120
_STATES = 9973


def table(spread: float) -> np.ndarray:
    """Logits for each state of `RandomDecoder`; a small spread lets many beams live."""
    logits = np.random.default_rng(7).normal(0.0, spread, (_STATES, SIZE))
    # Few words, so that trigrams come back.
    usual = np.array([0, 1, -0.5, 0, 0, 3, 3, 0, 0, 2, 1, 0])
    return (logits + usual).astype(np.float32)


class RandomDecoder:
    """What follows depends on the document and on all that was written, by a random table."""

    vocabulary_size = SIZE
    max_target_tokens = 100

    def __init__(self, logits: np.ndarray) -> None:
        self.logits = logits

    def encode(self, token_ids: np.ndarray) -> np.ndarray:
        return token_ids[:, :1]

    def step(
        self, ids: np.ndarray, position: int, state: np.ndarray, num_candidates: int
    ) -> tuple[Candidates, np.ndarray]:
        state = (state * 31 + ids * 7 + 1) % _STATES
        never = np.array(sorted(VOCABULARY.never_written))
        return likeliest(self.logits[state], num_candidates, never), state

    def select(self, state: np.ndarray, documents: np.ndarray, beams: np.ndarray) -> np.ndarray:
        return state[documents[:, None], beams]


def in_python(logits: np.ndarray, documents: np.ndarray, beam: Beam, limits: Limits) -> list:
    found = write_summaries(RandomDecoder(logits), documents, VOCABULARY, beam, limits)
    return [hypothesis.token_ids.tolist() for hypothesis in found]


def in_graph(
    logits: np.ndarray,
    documents: np.ndarray,
    beam: Beam,
    limits: Limits | list[Limits],
    steps: list[int] | None = None,
) -> list:
    """What the graph writes; `steps` gets the positions that it computes."""
    each = limits if isinstance(limits, list) else [limits] * len(documents)
    search, positions = graph_of(beam)
    positions.clear()
    ids = search(
        tf.constant(logits),
        tf.constant(documents),
        tf.constant([one.min_tokens for one in each]),
        tf.constant([one.max_tokens for one in each]),
        tf.constant(each[0].block_trigrams),
    ).numpy()
    if steps is not None:
        steps.extend(positions)
    written = [row[row != graph_search.NO_TOKEN].tolist() for row in ids]
    assert all((row[len(w) :] == -1).all() for row, w in zip(ids, written, strict=True))
    return written


@cache
def graph_of(beam: Beam) -> tuple:
    """The search with this beam, traced once, and the positions of the steps that it has done."""
    positions: list[int] = []

    @tf.function(
        autograph=False,
        input_signature=[
            tf.TensorSpec([_STATES, SIZE], tf.float32),
            tf.TensorSpec([None, 1], tf.int32),
            tf.TensorSpec([None], tf.int32),
            tf.TensorSpec([None], tf.int32),
            tf.TensorSpec([], tf.bool),
        ],
    )
    def search(logits, documents, min_tokens, max_tokens, block_trigrams):
        def step(ids, position, caches):
            tf.py_function(positions.append, [position], [])
            (state,) = caches
            state = (state * 31 + tf.reshape(ids, [-1, 1]) * 7 + 1) % _STATES
            return tf.reshape(tf.gather(logits, state), [-1, beam.size, SIZE]), (state,)

        return graph_search.write_summaries(
            step,
            (tf.repeat(documents, beam.size, axis=0),),
            VOCABULARY,
            SIZE,
            beam,
            min_tokens,
            max_tokens,
            block_trigrams,
        )

    return search, positions


def documents(count: int = DOCUMENTS) -> np.ndarray:
    return np.arange(count, dtype=np.int32)[:, None]


@pytest.mark.parametrize("spread", [0.3, 1.5], ids=["flat", "steep"])
@pytest.mark.parametrize(
    "limits",
    [Limits(0, 40), Limits(20, 40), Limits(0, 40, False), Limits(3, 7), Limits(0, 1)],
    ids=["free", "long", "repeating", "short", "one"],
)
@pytest.mark.parametrize("beam", [GREEDY, Beam(2), Beam(5), Beam(14, 0.0)], ids=lambda b: b.size)
def test_the_same_tokens_as_in_python(beam: Beam, limits: Limits, spread: float):
    logits = table(spread)
    expected = in_python(logits, documents(), beam, limits)
    assert in_graph(logits, documents(), beam, limits) == expected


def test_the_cases_are_different_ones():
    logits = table(1.5)
    lengths = {len(tokens) for tokens in in_python(logits, documents(), Beam(5), Limits(0, 40))}
    assert len(lengths) > 10
    blocked = in_python(logits, documents(), Beam(2), Limits(20, 40))
    free = in_python(logits, documents(), Beam(2), Limits(20, 40, False))
    assert sum(a != b for a, b in zip(blocked, free, strict=True)) > DOCUMENTS // 2


@pytest.mark.parametrize("beam", [GREEDY, Beam(3)], ids=lambda b: b.size)
def test_where_every_token_is_refused_what_was_written_stands(beam: Beam):
    one_word = np.full((_STATES, SIZE), -np.inf, np.float32)
    one_word[:, 5] = 0.0
    assert in_graph(one_word, documents(2), beam, Limits(10, 20)) == [[5, 5, 5]] * 2
    nothing = np.full((_STATES, SIZE), -np.inf, np.float32)
    nothing[:, 3] = 0.0  # is never written
    assert in_graph(nothing, documents(2), beam, Limits(0, 20)) == [[], []]


def test_each_document_has_its_limits():
    logits, beam = table(1.5), Beam(3)
    limits = [Limits(0, 1), Limits(4, 5), Limits(0, 30), Limits(29, 30), Limits(0, 12)]
    assert in_graph(logits, documents(5), beam, limits) == [
        in_python(logits, documents(5)[row : row + 1], beam, one)[0]
        for row, one in enumerate(limits)
    ]


def test_the_loop_ends_with_the_last_document():
    logits = table(1.5)
    steps: list[int] = []
    written = in_graph(logits, documents(8), GREEDY, Limits(0, 60), steps)
    assert len(steps) == max(map(len, written)) < 60


def test_logits_that_are_no_numbers_end_all_the_same():
    logits = np.full((_STATES, SIZE), np.nan, np.float32)
    for beam in (GREEDY, Beam(3)):
        (written,) = in_graph(logits, documents(1), beam, Limits(0, 5))
        assert written == []

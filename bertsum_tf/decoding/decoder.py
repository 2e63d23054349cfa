"""What the search asks of a model, whatever runs it: Keras, or a .tflite file."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np

# What a decoder remembers of documents and of what was written; the search only hands it on.
State = Any


class Candidates(NamedTuple):
    """The likeliest next tokens of every beam, in descending order.

    Attributes:
        log_probs: float32 [D, K, C], of the whole vocabulary's distribution; -inf for an id that is
            never written.
        ids: int [D, K, C].
    """

    log_probs: np.ndarray
    ids: np.ndarray


class Decoder(Protocol):
    """A model that writes: `D` documents, `K` beams each.

    What depends on the document alone (its keys and values) is kept once a document, what was
    written once a beam.

    Attributes:
        vocabulary_size: how many ids there are.
        max_target_tokens: the most tokens that it can write.
    """

    vocabulary_size: int
    max_target_tokens: int

    def encode(self, token_ids: np.ndarray) -> State:
        """Reads documents.

        Args:
            token_ids: int32 [D, T], packed and padded.

        Returns:
            The state before the first token, with one beam each.
        """
        ...

    def step(
        self, ids: np.ndarray, position: int, state: State, num_candidates: int
    ) -> tuple[Candidates, State]:
        """Reads one more token of every beam, and says what may follow.

        Args:
            ids: int32 [D, K], the tokens that were written last; the begin mark at first.
            position: where they stand, counted from 0.
            state: from `encode`, `step` or `select`.
            num_candidates: `C`, at most `vocabulary_size`.
        """
        ...

    def select(self, state: State, documents: np.ndarray, beams: np.ndarray) -> State:
        """Keeps some of the documents, and goes on from some of their beams.

        Args:
            state: of `D` documents with `K` beams.
            documents: int [D'], ascending: those that are kept.
            beams: int [D', K']: for each new beam, the old one of the same document that it
                continues.
        """
        ...


def likeliest(
    logits: np.ndarray, num_candidates: int, never_written: np.ndarray | None = None
) -> Candidates:
    """Candidates from logits, for decoders that have nothing faster of their own.

    Args:
        logits: float [D, K, V].
        num_candidates: how many of each beam.
        never_written: ids that get -inf; the others' probabilities stay what they are.
    """
    logits = np.asarray(logits, np.float32)
    shape = (*logits.shape[:-1], num_candidates)
    candidates = Candidates(np.empty(shape, np.float32), np.empty(shape, np.int64))
    # Row by row: what fits into a processor's cache takes a quarter of the time.
    for row in np.ndindex(shape[:-1]):
        shifted = logits[row] - logits[row].max()
        log_probs = shifted - np.log(np.exp(shifted).sum())
        if never_written is not None:
            log_probs[never_written] = -np.inf
        ids = np.argpartition(-log_probs, num_candidates - 1)[:num_candidates]
        ids = ids[np.argsort(-log_probs[ids], kind="stable")]
        candidates.log_probs[row], candidates.ids[row] = log_probs[ids], ids
    return candidates

"""How well documents find their own summaries among others: recall and mean reciprocal rank.

Whoever has the better encoders finds the right summary among more. A document's *rank* is one more
than the number of other summaries that are at least as similar to it as its own: a tie counts
against it, so that an encoder that gives all texts one vector finds nothing.

Figures among fewer candidates than there are summaries depend on which those are. Here they are,
for each document, the exact mean over all sets of its own summary and `candidates - 1` of the
others: the number of better ones among so many, drawn without replacement, is hypergeometric. So
there is no draw, no seed, and no document left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from bertsum_tf.data.corpora import Corpus
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.evaluation.bootstrap import Interval, mean_interval

if TYPE_CHECKING:
    from bertsum_tf.models import DualEncoder

CANDIDATES = 1_000

# Documents that are read and encoded at once.
_CHUNK_DOCUMENTS = 256

# Cosines that differ by less are equal: the same text has not quite the same vector in batches of
# different shapes.
TIE = 1e-6

# Similarities held at once: 16 MB.
_CHUNK_SIMILARITIES = 4_000_000


@dataclass(frozen=True)
class Retrieval:
    """How well documents find their summaries.

    The intervals are over documents; they do not tell how another set of candidates would do.

    Attributes:
        documents: how many looked for theirs.
        candidates: among how many summaries, its own included.
        recall_at_1: share of documents whose own summary is the most similar.
        recall_at_5: share of documents whose own summary is among the five most similar.
        mrr: mean of 1 / rank.
    """

    documents: int
    candidates: int
    recall_at_1: Interval
    recall_at_5: Interval
    mrr: Interval


def retrieval(
    documents: np.ndarray, summaries: np.ndarray, candidates: int | None = CANDIDATES
) -> Retrieval:
    """Looks for each document's summary.

    Args:
        documents: float [N, D], as `DualEncoder.encode_documents` gives them.
        summaries: float [N, D]; row i belongs to document i.
        candidates: among how many summaries to look, at most N; None: among all.

    Returns:
        Recall and mean reciprocal rank, with their 95 % intervals.

    Raises:
        UsageError: if there are fewer summaries than candidates.
        BertsumError: if a vector is no vector of numbers.
    """
    better = num_better(documents, summaries)
    total = len(better)
    if candidates is None:
        candidates = total
    if not 1 <= candidates <= total:
        raise UsageError(
            f"There are {total} summaries to look among: "
            f"candidates has to be from 1 to {total}, not {candidates}."
        )
    shares = np.stack([_probability(total, better, candidates, rank) for rank in range(5)])
    return Retrieval(
        documents=total,
        candidates=candidates,
        recall_at_1=mean_interval(shares[0]),
        recall_at_5=mean_interval(shares.sum(0)),
        mrr=mean_interval(_reciprocal_rank(total, better, candidates)),
    )


@dataclass(frozen=True)
class EncodedCorpus:
    """Vectors of the documents of a corpus and of their references, and what was left out.

    Attributes:
        documents: float32 [N, D].
        summaries: float32 [N, D]; row i belongs to document i.
        total: how many documents were read.
        without_reference: those without a reference.
        without_sentences: those without a sentence, in the document or in the reference.
        bad: how many records were no documents, by what is wrong with them.
    """

    documents: np.ndarray
    summaries: np.ndarray
    total: int
    without_reference: int
    without_sentences: int
    bad: dict[str, int]

    def counts(self) -> dict[str, Any]:
        """What became of the documents, under the names that an evaluation has for it."""
        return {
            "total": self.total,
            "scored": len(self.documents),
            "without_reference": self.without_reference,
            "without_sentences": self.without_sentences,
            "bad": self.bad,
        }


def encode_corpus(
    model: DualEncoder, corpus: Corpus, on_progress: Callable[[int], object] = lambda done: None
) -> EncodedCorpus:
    """Encodes the documents of a corpus, and their references.

    Args:
        model: one with a preprocessor.
        corpus: the documents.
        on_progress: called with the number of documents that are done.

    Raises:
        BertsumError: if there is no document with a reference.
    """
    preprocessor = model.preprocessor
    bad: Counter[str] = Counter()
    total = without_reference = without_sentences = 0
    documents, summaries = [], []
    read = corpus.read(on_bad=lambda record: bad.update([record.reason]))
    while chunk := list(islice(read, _CHUNK_DOCUMENTS)):
        pairs = [(one.text, one.reference) for one in chunk if one.reference]
        total += len(chunk)
        without_reference += len(chunk) - len(pairs)
        texts = preprocessor.documents([text for text, _ in pairs])
        references = preprocessor.summaries([reference for _, reference in pairs])
        # A row of padding has a vector too, that of nothing.
        filled = [(ids != model.pad_id).any(1) for ids in (texts, references)]
        both = filled[0] & filled[1]
        without_sentences += int(np.sum(~both))
        documents.append(model.encode_documents(texts[both]))
        summaries.append(model.encode_summaries(references[both]))
        on_progress(total)
    if not sum(map(len, documents)):
        why = "".join(f", {count} x {reason}" for reason, count in sorted(bad.items()))
        raise BertsumError(
            f"No document of {corpus.name} has a reference summary to look for ({total} were read"
            f"{why}): name a corpus with summaries."
        )
    return EncodedCorpus(
        np.concatenate(documents),
        np.concatenate(summaries),
        total,
        without_reference,
        without_sentences,
        dict(sorted(bad.items())),
    )


def num_better(documents: np.ndarray, summaries: np.ndarray) -> np.ndarray:
    """How many other summaries are at least as similar to each document as its own.

    Args:
        documents: float [N, D].
        summaries: float [N, D].

    Returns:
        int64 [N]: the rank of each document's summary among all, counted from 0.
    """
    if documents.shape != summaries.shape or documents.ndim != 2 or not len(documents):
        raise ValueError(
            f"documents and summaries must both be [N, D] with N >= 1, and are "
            f"{list(documents.shape)} and {list(summaries.shape)}"
        )
    if not (np.isfinite(documents).all() and np.isfinite(summaries).all()):
        raise BertsumError(
            "The vectors are not all numbers (NaN or infinite): the encoder's weights are damaged, "
            "use another model."
        )
    own = np.einsum("nd,nd->n", documents, summaries)
    better = np.empty(len(documents), np.int64)
    rows = max(1, _CHUNK_SIMILARITIES // len(documents))
    for start in range(0, len(documents), rows):
        similarities = documents[start : start + rows] @ summaries.T
        alike = similarities >= own[start : start + rows, None] - TIE
        places = np.arange(len(alike))
        alike[places, start + places] = False
        better[start : start + rows] = alike.sum(1)
    return better


def _probability(total: int, better: np.ndarray, candidates: int, drawn: int) -> np.ndarray:
    """Of drawing `drawn` of the better ones among `candidates - 1` of the others: float64 [N]."""
    others = total - 1
    return np.exp(
        _log_binomial(total, better, drawn)
        + _log_binomial(total, others - better, candidates - 1 - drawn)
        - _log_binomial(total, np.full_like(better, others), candidates - 1)
    )


def _reciprocal_rank(total: int, better: np.ndarray, candidates: int) -> np.ndarray:
    """The expectation of 1 / (1 + number of better ones drawn): float64 [N].

    C(b, x) / (x + 1) = C(b + 1, x + 1) / (b + 1), so the sum over x is one over all but the first
    term of another hypergeometric distribution: `candidates` drawn of `total`, `b + 1` of them
    better.
    """
    none_drawn = np.exp(
        _log_binomial(total, total - 1 - better, candidates)
        - _log_binomial(total, np.full_like(better, total), candidates)
    )
    return total / candidates * (1.0 - none_drawn) / (better + 1.0)


def _log_binomial(total: int, n: np.ndarray, k: int) -> np.ndarray:
    """Log of n choose k, -inf where it is 0; n at most `total`: float64, the shape of n."""
    if not 0 <= k <= total:
        return np.full(n.shape, -np.inf)
    log_factorials = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, total + 1)))])
    possible = k <= n
    kept = np.where(possible, n, k)
    logs = log_factorials[kept] - log_factorials[k] - log_factorials[kept - k]
    return np.where(possible, logs, -np.inf)

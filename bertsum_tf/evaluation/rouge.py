"""ROUGE-1, ROUGE-2 and ROUGE-Lsum F1 of a document's summary (Lin, 2004), by `rouge-score`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context
from typing import Any

import numpy as np
import numpy.typing as npt

from bertsum_tf.errors import BertsumError

METRICS = ("rouge1", "rouge2", "rougeLsum")

# A summary, as sentences, and its reference, one sentence a line.
Pair = tuple[Sequence[str], str]

_CHUNK = 64
_PAIRS_PER_PROCESS = 2_000  # a few seconds of work, as much as it takes to start a process
_REMEMBERED_STEMS = 1 << 17
_REMEMBERED_TEXTS = 1 << 8  # one reference is read for every system and every metric


def rouge_scores(
    pairs: Sequence[Pair],
    *,
    processes: int = 1,
    progress: Callable[[int], object] | None = None,
) -> npt.NDArray[np.float64]:
    """Scores summaries against their references.

    With more than one process, the calling script must be importable (its work under
    `if __name__ == "__main__":`), as the workers are started afresh: a fork would copy the threads
    of TensorFlow or JAX half-way through their work.

    Args:
        pairs: For each document, the sentences of the summary, and the reference, one highlight a
            line. Pairs of one document should stand together: its reference is then read once.
        processes: How many processes to use at most; a few thousand pairs need no more than one.
        progress: Called with the number of pairs scored so far.

    Returns:
        F1 between 0 and 1, with Porter stemming: float64 [n, 3], the columns as in `METRICS`. A
        summary or reference without a single word (a-z, 0-9) scores 0.

    Raises:
        BertsumError: `rouge-score` is not installed.
    """
    scores = np.zeros((len(pairs), len(METRICS)))
    chunks = [pairs[start : start + _CHUNK] for start in range(0, len(pairs), _CHUNK)]
    done = 0

    def take(chunk_scores: npt.NDArray[np.float64]) -> None:
        nonlocal done
        scores[done : done + len(chunk_scores)] = chunk_scores
        done += len(chunk_scores)
        if progress is not None:
            progress(done)

    processes = min(processes, len(pairs) // _PAIRS_PER_PROCESS)
    if processes <= 1:
        for chunk in chunks:
            take(_score_chunk(chunk))
        return scores
    rouge_scorer()  # a missing package is told here, not from within a worker
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for chunk_scores in pool.map(_score_chunk, chunks):
            take(chunk_scores)
    return scores


def _score_chunk(pairs: Sequence[Pair]) -> npt.NDArray[np.float64]:
    scorer = rouge_scorer()
    scores = np.zeros((len(pairs), len(METRICS)))
    for row, (summary, reference) in enumerate(pairs):
        # A line break within a sentence would make two of it.
        lines = "\n".join(" ".join(sentence.split()) for sentence in summary)
        result = scorer.score(reference, lines)
        scores[row] = [result[metric].fmeasure for metric in METRICS]
    return scores


@lru_cache(maxsize=1)
def rouge_scorer() -> Any:
    """Returns a `RougeScorer(METRICS, use_stemmer=True)` that remembers stems.

    Its scores are those of the plain one, in a sixth of the time.

    Raises:
        BertsumError: `rouge-score` is not installed.
    """
    try:
        from nltk.stem.porter import PorterStemmer
        from rouge_score import tokenize, tokenizers
        from rouge_score.rouge_scorer import RougeScorer
    except ImportError as error:
        raise BertsumError(
            "Evaluation needs the package rouge-score: install bertsum_tf with its extra 'train'."
        ) from error

    class Stemmer:
        stem = staticmethod(lru_cache(_REMEMBERED_STEMS)(PorterStemmer().stem))

    class Tokenizer(tokenizers.Tokenizer):
        @staticmethod
        @lru_cache(_REMEMBERED_TEXTS)
        def tokenize(text: str) -> list[str]:
            tokens: list[str] = tokenize.tokenize(text, Stemmer)
            return tokens

    return RougeScorer(METRICS, tokenizer=Tokenizer())

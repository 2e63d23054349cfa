"""Scores of an exported `.tflite` file, by LiteRT: no TensorFlow, no Keras."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np

from bertsum_tf.cores import available_cores
from bertsum_tf.engines.litert_file import LiteRtFile, read_litert_file, signature_name
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.quiet_stderr import quiet_stderr
from bertsum_tf.text.packing import slots

# More threads than this bring next to nothing for one window of a small BERT.
MOST_THREADS_FOR_A_WINDOW = 4

# Windows side by side share nothing, not even the memory for their weights.
MOST_DEFAULT_THREADS = 8

# From so many windows on, interpreters of one thread each, side by side, pay for being made: they
# score a fifth to a third more windows of a MiniLM-L6 a second than one of all threads.
WINDOWS_FOR_A_POOL = 8


class LiteRtEngine:
    """An engine of `bertsum_tf.Summarizer` over a `.tflite` file.

    The file holds one graph for each of a few window lengths; a window is padded to the shortest
    that it fits into. One window is computed by all threads together, many windows by one thread
    each. It may be used by several threads: they take turns.

    Args:
        path: what `bertsum_tf.exporters.tflite.export_tflite` wrote of a model that chooses
            sentences; or what `read_litert_file` read.
        threads: CPU threads to compute with; None: one a core, at most 8, and at most 4 for a
            single window. Each that computes windows of its own takes memory, of a MiniLM-L6 90 MB.

    Attributes:
        vocabulary: the tokeniser that belongs to the model.
        max_tokens: the longest window, in tokens.
        limits: the content of the file's `limits.json`.
        name: the path.

    Raises:
        BertsumError: if the file is missing, damaged or not bertsum's, or does not fit this
            version; or if LiteRT is not installed.
        UsageError: if `threads` makes no sense, or the model is one that writes.

    Example:
        >>> engine = LiteRtEngine("news.tflite")
        >>> summarizer = Summarizer(engine, engine.vocabulary, max_tokens=engine.max_tokens)
    """

    def __init__(
        self, path: str | os.PathLike[str] | LiteRtFile, threads: int | None = None
    ) -> None:
        check_threads(threads)
        file = path if isinstance(path, LiteRtFile) else read_litert_file(path)
        if file.task != "extractive":
            raise UsageError(
                f"{file.name} writes its summaries, and LiteRtEngine runs models that choose "
                "sentences: give it to Summarizer, or to LiteRtWriter."
            )
        self.name = file.name
        self.vocabulary = file.vocabulary
        self.limits = file.limits
        self.max_tokens = file.window_lengths[-1]
        self._window_lengths = file.window_lengths
        self._threads = threads or min(available_cores(), MOST_DEFAULT_THREADS)
        self._new_interpreter = partial(_Interpreter, file.model, self.name)
        self._together = self._new_interpreter(
            threads or min(self._threads, MOST_THREADS_FOR_A_WINDOW)
        )
        self._side_by_side: list[_Interpreter] = []
        # An interpreter's tensors are its own: two threads would overwrite each other's.
        self._lock = threading.Lock()

    def score(self, token_ids: np.ndarray) -> np.ndarray:
        """Logits of the sentence slots.

        Args:
            token_ids: int32 [B, T], T a multiple of 8 and at most `max_tokens`.

        Returns:
            float32 [B, T // 8].

        Raises:
            UsageError: if the windows are longer than the model's.
        """
        rows, tokens = token_ids.shape
        if tokens > self.max_tokens:
            raise UsageError(
                f"The model reads windows of up to {self.max_tokens} tokens, not {tokens}."
            )
        length = next(length for length in self._window_lengths if length >= tokens)
        padded = np.full((rows, length), self.vocabulary.pad_id, np.int32)
        padded[:, :tokens] = token_ids
        scores = np.empty((rows, slots(tokens)), np.float32)
        with self._lock:
            if rows < WINDOWS_FOR_A_POOL or self._threads == 1:
                self._together.score(padded, scores)
                return scores
            count = min(self._threads, rows // 2)  # for one window none is worth its making
            while len(self._side_by_side) < count:
                self._side_by_side.append(self._new_interpreter(1))
            with ThreadPoolExecutor(count) as pool:
                parts = (np.array_split(array, count) for array in (padded, scores))
                list(pool.map(_Interpreter.score, self._side_by_side[:count], *parts))
        return scores


class _Interpreter:
    """LiteRT with one file."""

    def __init__(self, model: bytes, name: str, threads: int) -> None:
        self._interpreter = load_interpreter(model, name, threads)
        self._runners: dict[int, Any] = {}

    def score(self, token_ids: np.ndarray, scores: np.ndarray) -> None:
        """Scores windows of the length of a signature, int32 [B, T], into float32 [B, S]."""
        length = token_ids.shape[1]
        # Made on first use: each takes memory for the tensors of its graph.
        if length not in self._runners:
            self._runners[length] = self._interpreter.get_signature_runner(signature_name(length))
        run = self._runners[length]
        for window, row in zip(token_ids, scores, strict=True):
            row[:] = run(token_ids=window[None])["scores"][0, : len(row)]


def check_threads(threads: int | None) -> None:
    """Refuses a number of threads that makes no sense; None is one."""
    if threads is not None and threads < 1:
        raise UsageError(f"The number of threads has to be at least 1, not {threads}.")


def load_interpreter(model: bytes, name: str, threads: int) -> Any:
    """LiteRT's interpreter of a model.

    Args:
        model: the bytes of one that was checked.
        name: what messages call it.
        threads: that it computes with.

    Raises:
        BertsumError: if LiteRT is not installed, or too old.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise BertsumError(
            "A .tflite file is run by LiteRT, which is not installed: "
            "run pip install ai-edge-litert."
        ) from error
    try:
        with quiet_stderr():
            interpreter = Interpreter(model_content=model, num_threads=threads)
            interpreter.allocate_tensors()  # the moment of LiteRT's message
            return interpreter
    except (RuntimeError, ValueError) as error:
        raise BertsumError(
            f"LiteRT can't load {name}, though the file is whole: "
            "run pip install --upgrade ai-edge-litert."
        ) from error

"""Summaries that an exported `.tflite` file writes, by LiteRT: no TensorFlow, no Keras."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bertsum_tf.cores import available_cores
from bertsum_tf.decoding import (
    Beam,
    Candidates,
    Limits,
    Strategy,
    check_search,
    likeliest,
    numbers_of,
    write_summaries,
)
from bertsum_tf.engines.litert_engine import (
    MOST_THREADS_FOR_A_WINDOW,
    check_threads,
    load_interpreter,
)
from bertsum_tf.engines.litert_file import (
    DecodeStep,
    LiteRtFile,
    encode_signature,
    read_litert_file,
)
from bertsum_tf.errors import UsageError
from bertsum_tf.text.detokenize import written_sentences
from bertsum_tf.text.packing import hold_text
from bertsum_tf.text.targets import TargetVocabulary
from bertsum_tf.text.wordpiece import continuing_ids


class LiteRtWriter:
    """A writer of `bertsum_tf.Summarizer` over a `.tflite` file.

    It may be used by several threads: they take turns.

    Args:
        path: what `bertsum_tf.exporters.tflite.export_tflite` wrote of a model that writes; or what
            `read_litert_file` read.
        threads: CPU threads to compute with; None: one a core, at most 4.

    Attributes:
        vocabulary: the tokeniser that belongs to the model.
        target_vocabulary: the marks of summaries, and what is never written.
        max_tokens: the longest window, in tokens.
        limits: the content of the file's `limits.json`.
        max_target_tokens: the most tokens that it can write.
        decoder: what is searched: a `bertsum_tf.decoding.Decoder`.
        name: the path.

    Raises:
        BertsumError: if the file is missing, damaged or not bertsum's, or does not fit this
            version; or if LiteRT is not installed.
        UsageError: if `threads` makes no sense, or the model is one that chooses sentences.

    Example: by the paper's beam search, and greedily.
        >>> Summarizer("writer.tflite")(article).text
        >>> Summarizer("writer.tflite", strategy=GREEDY)(article).text
    """

    def __init__(
        self, path: str | os.PathLike[str] | LiteRtFile, threads: int | None = None
    ) -> None:
        check_threads(threads)
        file = path if isinstance(path, LiteRtFile) else read_litert_file(path)
        if file.task != "abstractive":
            raise UsageError(
                f"{file.name} chooses sentences, and LiteRtWriter runs models that write: "
                "give it to Summarizer, or to LiteRtEngine."
            )
        self.name = file.name
        self.vocabulary = file.vocabulary
        self.limits = file.limits
        self.max_tokens = file.window_lengths[-1]
        self.target_vocabulary = TargetVocabulary(
            begin_id=self.limits["begin_id"],
            end_id=self.limits["end_id"],
            split_id=self.limits["split_id"],
            never_written=frozenset(self.limits["never_written"]),
            continuing=continuing_ids(self.vocabulary.vocabulary),
        )
        self.decoder = LiteRtDecoder(
            file, threads or min(available_cores(), MOST_THREADS_FOR_A_WINDOW)
        )
        self.max_target_tokens = self.decoder.max_target_tokens

    def check(self, strategy: Strategy | None, limits: Limits | None) -> None:
        """Refuses more tokens than the model can write, and more beams than the file has."""
        strategy, _ = check_search(strategy, limits, self.max_target_tokens)
        if isinstance(strategy, Beam):
            self.decoder.check_beams(strategy.size)

    def write(
        self,
        token_ids: np.ndarray,
        strategy: Strategy | None = None,
        limits: Limits | None = None,
    ) -> list[list[str]]:
        """Writes.

        Args:
            token_ids: int32 [B, T], T a multiple of 8 and at most `max_tokens`.
            strategy: how tokens are chosen; None: the paper's beam search.
            limits: of length and repetition; None: `Limits()`.

        Returns:
            The sentences of each summary; none of a document without a word piece.

        Raises:
            UsageError: if the windows are longer than the model's, or it can't write so many
                tokens, or has not so many beams.
        """
        sentences: list[list[str]] = [[] for _ in token_ids]
        own = self.vocabulary
        marks = {"cls_id": own.cls_id, "sep_id": own.sep_id, "pad_id": own.pad_id}
        filled = np.flatnonzero(hold_text(token_ids, **marks))
        hypotheses = write_summaries(
            self.decoder,
            token_ids[filled],
            self.target_vocabulary,
            strategy,
            limits,
            numbers=numbers_of(token_ids[filled], self.vocabulary.pad_id),
        )
        for row, hypothesis in zip(filled, hypotheses, strict=True):
            sentences[row] = written_sentences(
                hypothesis.token_ids, self.vocabulary.vocabulary, self.target_vocabulary
            )
        return sentences


@dataclass(frozen=True)
class _Document:
    """What is remembered of a document, and of what its beams have written.

    Attributes:
        memory: what the signature `encode_...` gave.
        written: keys and values of the tokens, float32 [heads, slots, width], by the names that the
            signatures `decode_step_...` have for them. Tokens are added in place.
        used: in how many slots, from the first on, there are tokens.
        visible: float32 [K, used], 1 for the tokens that a beam has written, 0 for those of others.
    """

    memory: dict[str, np.ndarray]
    written: dict[str, np.ndarray]
    used: int
    visible: np.ndarray


class LiteRtDecoder:
    """Drives a `.tflite` file step by step; a `bertsum_tf.decoding.Decoder`.

    Documents take turns, the beams of one are computed together. Keys and values of what was
    written are never copied from beam to beam: `bertsum_tf.exporters.tflite_writer` says how.

    Args:
        file: of a model that writes.
        threads: CPU threads to compute with.

    Attributes:
        vocabulary_size: how many ids there are.
        max_target_tokens: the most tokens that it can write.
    """

    def __init__(self, file: LiteRtFile, threads: int) -> None:
        self.vocabulary_size = len(file.vocabulary.vocabulary)
        self.max_target_tokens: int = file.limits["max_target_tokens"]
        self._never_written = np.array(sorted(file.limits["never_written"]), int)
        self._window_lengths = file.window_lengths
        self._pad_id = file.vocabulary.pad_id
        # The cheapest that will do is the first one that will do.
        self._steps = sorted(file.decode_steps, key=lambda step: (step.beams, step.slots))
        self._written = [
            f"{what}_{layer}"
            for what in ("keys", "values")
            for layer in range(file.limits["decoder_layers"])
        ]
        self._interpreter = load_interpreter(file.model, file.name, threads)
        self._runners: dict[str, Any] = {}
        # An interpreter's tensors are its own: two threads would overwrite each other's.
        self._lock = threading.Lock()

    def check_beams(self, beams: int) -> None:
        """Refuses more beams than the file has.

        Raises:
            UsageError: says how many it has.
        """
        if beams > self._steps[-1].beams:
            raise UsageError(
                f"The file searches with up to {self._steps[-1].beams} beams, not {beams}: take a "
                "smaller beam, or the Keras model."
            )

    def encode(self, token_ids: np.ndarray) -> list[_Document]:
        """Reads documents; see `Decoder.encode`.

        Raises:
            UsageError: if they are longer than the model's windows.
        """
        longest = self._window_lengths[-1]
        documents = []
        for row in token_ids:
            (places,) = np.nonzero(row != self._pad_id)
            tokens = int(places[-1]) + 1 if len(places) else 0
            if tokens > longest:
                raise UsageError(
                    f"The model reads windows of up to {longest} tokens, not {tokens}."
                )
            length = next(length for length in self._window_lengths if length >= tokens)
            padded = np.full((1, length), self._pad_id, np.int32)
            padded[0, :tokens] = row[:tokens]
            memory = self._run(encode_signature(length), {"token_ids": padded})
            documents.append(_Document(memory, {}, 0, np.zeros((1, 0), np.float32)))
        return documents

    def step(
        self, ids: np.ndarray, position: int, state: list[_Document], num_candidates: int
    ) -> tuple[Candidates, list[_Document]]:
        """Reads one more token of every beam; see `Decoder.step`.

        Raises:
            UsageError: if there are more beams than the file computes.
        """
        stepped = [
            self._step(row, position, document) for row, document in zip(ids, state, strict=True)
        ]
        logits = np.stack([logits for logits, _ in stepped])
        candidates = likeliest(logits, num_candidates, self._never_written)
        return candidates, [document for _, document in stepped]

    def select(
        self, state: list[_Document], documents: np.ndarray, beams: np.ndarray
    ) -> list[_Document]:
        """Keeps documents and beams; see `Decoder.select`."""
        return [
            replace(state[document], visible=state[document].visible[rows])
            for document, rows in zip(documents, beams, strict=True)
        ]

    def _step(
        self, ids: np.ndarray, position: int, document: _Document
    ) -> tuple[np.ndarray, _Document]:
        """The logits of a document's beams, float32 [K, V], and the document with their tokens."""
        beams, used = len(ids), document.used
        self.check_beams(beams)
        step = self._signature(beams, used + beams)
        written = self._with_slots(document, step.slots)
        padded_ids = np.zeros(step.beams, np.int32)
        padded_ids[:beams] = ids
        visible = np.zeros((step.beams, step.slots), np.float32)
        visible[:beams, :used] = document.visible
        outputs = self._run(
            step.signature,
            {
                "token_ids": padded_ids,
                "position": np.array([position], np.int32),
                "visible": visible,
                **document.memory,
                **{f"written_{name}": tensor for name, tensor in written.items()},
            },
        )
        for name, tensor in written.items():
            tensor[:, used : used + beams] = outputs[f"new_{name}"][:, :beams]
        visible = np.concatenate([document.visible, np.eye(beams, dtype=np.float32)], axis=1)
        return outputs["logits"][:beams], _Document(document.memory, written, used + beams, visible)

    def _signature(self, beams: int, slots: int) -> DecodeStep:
        for step in self._steps:
            if step.beams >= beams and step.slots >= slots:
                return step
        raise AssertionError(f"{beams} beams, {slots} slots")  # were checked

    def _with_slots(self, document: _Document, slots: int) -> dict[str, np.ndarray]:
        """The tokens of a document in so many slots: new ones of the size of a signature."""
        if document.written and document.written[self._written[0]].shape[1] == slots:
            return document.written
        written = {}
        for name in self._written:
            heads, _, width = document.memory[f"memory_{name}"].shape
            written[name] = np.zeros((heads, slots, width), np.float32)
            if document.written:
                tokens = document.written[name][:, : document.used]
                written[name][:, : document.used] = tokens
        return written

    def _run(self, signature: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        with self._lock:
            # Made on first use: each takes memory for its weights.
            if signature not in self._runners:
                self._runners[signature] = self._interpreter.get_signature_runner(signature)
            outputs: dict[str, np.ndarray] = self._runners[signature](**inputs)
        return outputs

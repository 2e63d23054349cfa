"""How Beam's `RunInference` summarises: with a `.tflite` file, in each worker."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from apache_beam.ml.inference.base import ModelHandler

from bertsum_tf import bundled
from bertsum_tf.data.corpora import Document
from bertsum_tf.decoding import Limits, Strategy
from bertsum_tf.summarizer import DOCUMENTS_AHEAD, Summarizer, load_model


class TfliteModelHandler(ModelHandler[Document, str, Summarizer]):
    """Documents in, summaries as lines of JSON out, by `Summarizer.batch`.

    The model is loaded once a process, and its threads share it. `RunInference` gives it up to 128
    documents at once; `Summarizer` computes those of their windows together that have one length,
    and LiteRT computes each window by itself, so that what else is in a batch changes no summary.

    Args:
        model: a `.tflite` file that `bertsum export` wrote and every worker can read; None: the one
            in the package.
        choice: keyword arguments of `Summarizer.batch`.
        strategy: of a model that writes; see `Summarizer`.
        limits: of a model that writes; see `Summarizer`.
        threads: CPU threads of a process.

    Example:
        >>> documents | RunInference(TfliteModelHandler(choice={"sentences": 2}))
        >>> keyed_documents | RunInference(KeyedModelHandler(TfliteModelHandler()))
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | None = None,
        choice: Mapping[str, Any] | None = None,
        *,
        strategy: Strategy | None = None,
        limits: Limits | None = None,
        threads: int = 1,
    ) -> None:
        # As many as `Summarizer` looks at together: smaller batches would hold fewer like windows.
        super().__init__(min_batch_size=DOCUMENTS_AHEAD, max_batch_size=DOCUMENTS_AHEAD)
        self._model = None if model is None else os.fspath(model)
        self._choice = dict(choice or {})
        self._strategy = strategy
        self._limits = limits
        self._threads = threads

    def load_model(self) -> Summarizer:
        """Loads the model."""
        return Summarizer(
            load_model(self._model or bundled.TFLITE, self._threads),
            name=self._model or bundled.NAME,
            strategy=self._strategy,
            limits=self._limits,
        )

    def run_inference(
        self,
        batch: Sequence[Document],
        model: Summarizer,
        inference_args: Mapping[str, Any] | None = None,
    ) -> Iterator[str]:
        """Summarises documents; each line's source is its document's id."""
        summaries = model.batch(batch, **self._choice)
        for document, summary in zip(batch, summaries, strict=True):
            yield summary.to_json(document.id)

    def get_num_bytes(self, batch: Sequence[Document]) -> int:
        """Bytes of the texts."""
        return sum(len(document.text.encode()) for document in batch)

    def get_metrics_namespace(self) -> str:
        """What Beam calls its counters of the model."""
        return "bertsum"

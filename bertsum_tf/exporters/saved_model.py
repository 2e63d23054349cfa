"""SavedModel: text in, summary out, all five steps in one TensorFlow graph, for TF Serving."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import tensorflow as tf

from bertsum_tf import selection_graph
from bertsum_tf.data.corpora import SAMPLE, open_corpus
from bertsum_tf.engines.litert_file import packing_limits
from bertsum_tf.engines.saved_model_engine import (
    DESCRIPTION,
    EXTRA,
    FORMAT_VERSION,
    VOCABULARY,
    numbered,
)
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.exporters.exportable import check_exportable
from bertsum_tf.quiet_stderr import quiet_stderr
from bertsum_tf.selection import NUM_SENTENCES
from bertsum_tf.summarizer import TOKENS_PER_BATCH
from bertsum_tf.text.graph import Sentences, TextGraph
from bertsum_tf.text.packing import BUCKET_TOKENS, TOKENS_PER_SENTENCE_SLOT, slots
from bertsum_tf.text.sentences import rules_sha256
from bertsum_tf.version import __version__

if TYPE_CHECKING:
    from bertsum_tf.models import BertSumExtractive

# The name by which TF Serving finds them.
_WARMUP = "tf_serving_warmup_requests"

_DOCUMENTS = tf.TensorSpec([None], tf.string, name="documents")
_NUM_SENTENCES = tf.TensorSpec([None], tf.int32, name="num_sentences")
_TOKEN_IDS = tf.TensorSpec([None, None], tf.int32, name="token_ids")


class RawTextSummarizer(tf.Module):
    """A trained model with everything before and after it, as TensorFlow functions of raw text.

    Documents are UTF-8; invalid bytes count as U+FFFD. A document without a sentence has the
    summary "".

    Args:
        model: a model with a preprocessor, on Keras's TensorFlow backend.
    """

    def __init__(self, model: BertSumExtractive) -> None:
        super().__init__(name="bertsum")
        preprocessor = model.preprocessor
        self.max_tokens = preprocessor.sequence_length
        self.pad_id = preprocessor.word_piece.pad_id
        self.text = TextGraph(preprocessor.word_piece.vocabulary, self.max_tokens)
        # What is saved is variables and functions; Keras's own objects would need Keras to load.
        self.model_variables = [variable.value for variable in model.variables]
        self._logits: Callable[[tf.Tensor], tf.Tensor] = lambda ids: model(ids, training=False)

    @tf.function(autograph=False, input_signature=[_DOCUMENTS])
    def serving_default(self, documents: tf.Tensor) -> dict[str, tf.Tensor]:
        """Documents, string [B] -> `summary`, string [B], of up to 3 sentences each."""
        return self.summarize(documents, tf.fill(tf.shape(documents), NUM_SENTENCES))

    @tf.function(autograph=False, input_signature=[_DOCUMENTS, _NUM_SENTENCES])
    def summarize(self, documents: tf.Tensor, num_sentences: tf.Tensor) -> dict[str, tf.Tensor]:
        """Documents, string [B], and how many sentences, int32 [B] -> `summary`, string [B].

        A number below 1 counts as 1: an error would spoil the requests of others, which the server
        may have put into the same batch.
        """
        sentences, _, selected = self._analyse(documents, num_sentences)
        return {"summary": selection_graph.join(sentences.texts, selected)}

    @tf.function(autograph=False, input_signature=[_DOCUMENTS])
    def score(self, documents: tf.Tensor) -> dict[str, tf.Tensor]:
        """Documents, string [B] -> all their sentences, padded to the longest document's number.

        Returns:
            `sentences`, string [B, S], padded with ""; `start` and `end`, int32 [B, S], in code
            points; `scores`, float32 [B, S], the higher the better; `selected`, bool [B, S],
            whether it is in the summary of 3; `sentence_count`, int32 [B].
        """
        sentences, scores, selected = self._analyse(
            documents, tf.fill(tf.shape(documents), NUM_SENTENCES)
        )
        return {
            "sentences": sentences.texts.to_tensor(""),
            "start": tf.cast(sentences.starts.to_tensor(), tf.int32),
            "end": tf.cast(sentences.ends.to_tensor(), tf.int32),
            "scores": scores.to_tensor(),
            "selected": selected.to_tensor(),
            "sentence_count": tf.cast(scores.row_lengths(), tf.int32),
        }

    @tf.function(autograph=False, input_signature=[_TOKEN_IDS])
    def score_token_ids(self, token_ids: tf.Tensor) -> tf.Tensor:
        """Packed windows, int32 [W, T] -> logits of their slots, float32 [W, T // 8]."""
        return self._logits(token_ids)

    def _analyse(
        self, documents: tf.Tensor, num_sentences: tf.Tensor
    ) -> tuple[Sentences, tf.RaggedTensor, tf.RaggedTensor]:
        """Sentences, their scores and whether they are in the summary."""
        sentences = self.text.split(documents)
        pieces = sentences.texts.with_values(self.text.encode(sentences.texts.values))
        windows = self.text.pack(pieces)
        scores = self.text.merge_scores(
            self._score_windows(windows.token_ids, windows.sentences),
            windows.documents,
            windows.sentences,
            windows.first,
            tf.size(documents, tf.int64),
        )
        piece_counts = pieces.with_values(pieces.values.row_lengths())
        selected = selection_graph.select(scores, sentences.texts, piece_counts, num_sentences)
        return sentences, scores, selected

    def _score_windows(self, token_ids: tf.Tensor, sentences: tf.Tensor) -> tf.Tensor:
        """Scores windows, those of about one length together, a few at a time.

        A document of 2 MB has a thousand windows, whose attention would not fit into memory.
        """
        num_tokens = _count(token_ids != self.pad_id)
        num_slots = _count(sentences >= 0)
        length = tf.maximum(num_tokens, num_slots * TOKENS_PER_SENTENCE_SLOT)
        length = -(-length // BUCKET_TOKENS) * BUCKET_TOKENS
        length = tf.minimum(length, self.max_tokens)
        order = tf.argsort(length, direction="DESCENDING")
        all_slots = slots(self.max_tokens)

        def score_some(start: tf.Tensor, scores: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            # Sorted, so that the first is the longest.
            longest = length[order[start]]
            end = start + tf.maximum(1, TOKENS_PER_BATCH // longest)
            batch = tf.gather(token_ids, order[start:end])[:, :longest]
            some = self.score_token_ids(batch)
            some = tf.pad(some, [[0, 0], [0, all_slots - tf.shape(some)[1]]])
            return end, tf.concat([scores, some], axis=0)

        _, scores = tf.while_loop(
            lambda start, scores: start < tf.size(order),
            score_some,
            (0, tf.zeros([0, all_slots])),
            shape_invariants=(tf.TensorShape([]), tf.TensorShape([None, all_slots])),
            parallel_iterations=1,
        )
        return tf.gather(scores, tf.math.invert_permutation(order))


def export_saved_model(
    model: BertSumExtractive,
    output: str | os.PathLike[str],
    *,
    version: int | None = None,
) -> Path:
    """Writes a SavedModel that takes raw text, as TF Serving expects it: `output/<version>/`.

    Signatures: `serving_default`, `summarize` and `score`; see `RawTextSummarizer`. Beside it, in
    `assets.extra/`, what `bertsum_tf.Summarizer` needs to read it, and requests with which TF
    Serving warms it up.

    Args:
        model: a trained model with its preprocessor, on Keras's TensorFlow backend.
        output: the folder of the model's versions, as `base_path` of a TF Serving configuration.
        version: a whole number from 1 up; None: one more than the highest that is there, finished
            or not.

    Returns:
        The folder of the version.

    Raises:
        UsageError: if the version exists already; or as `check_exportable`.
        BertsumError: if the folder can't be written (then nothing is left there); or as
            `check_exportable`.
    """
    check_exportable(model)
    base = Path(output)
    there = dict(numbered(base))
    if version is None:
        version = max(there, default=0) + 1
    if version < 1:
        raise UsageError(f"The version has to be a whole number from 1 up, not {version}.")
    if version in there:
        raise UsageError(
            f"{there[version]} exists already: choose another version, or leave it out."
        )
    target = base / str(version)
    # TF Serving looks for folders whose names are numbers, so it never sees this one.
    aside = base / f".{version}.{os.getpid()}"
    try:
        base.mkdir(parents=True, exist_ok=True)
        _write(model, aside)
        aside.replace(target)
    except (OSError, tf.errors.OpError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "message", None) or error
        raise BertsumError(
            f"{target} can't be written ({reason}): make room, or choose another folder."
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return target


def _write(model: BertSumExtractive, folder: Path) -> None:
    summarizer = RawTextSummarizer(model)
    signatures = {
        "serving_default": summarizer.serving_default,
        "summarize": summarizer.summarize,
        "score": summarizer.score,
    }
    with quiet_stderr():
        tf.saved_model.save(summarizer, str(folder), signatures=signatures)
    word_piece = model.preprocessor.word_piece
    description = {
        "format": FORMAT_VERSION,
        "bertsum_tf": __version__,
        "max_tokens": summarizer.max_tokens,
        "rules_sha256": rules_sha256(),
        "vocabulary_sha256": word_piece.sha256,
        **packing_limits(),
    }
    extra = folder / EXTRA
    extra.mkdir()
    (extra / VOCABULARY).write_text("\n".join(word_piece.vocabulary) + "\n", encoding="utf-8")
    (extra / DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")
    _write_warmup_requests(extra / _WARMUP)


def _write_warmup_requests(path: Path) -> None:
    """Requests that TF Serving sends to itself before it says that the model is ready.

    The first request of each kind builds and optimises the graph, which takes seconds.
    """
    from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

    documents = [document.text for document in open_corpus(SAMPLE, split="validation")]
    # One short, some together, and one of several windows.
    batches = [documents[:1], documents[:4], ["\n\n".join(documents)]]
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature in ("serving_default", "summarize", "score"):
            for batch in batches:
                request = predict_pb2.PredictRequest()
                request.model_spec.signature_name = signature
                request.inputs["documents"].CopyFrom(tf.make_tensor_proto(batch))
                if signature == "summarize":
                    request.inputs["num_sentences"].CopyFrom(
                        tf.make_tensor_proto([NUM_SENTENCES] * len(batch), tf.int32)
                    )
                log = prediction_log_pb2.PredictionLog(
                    predict_log=prediction_log_pb2.PredictLog(request=request)
                )
                writer.write(log.SerializeToString())


def _count(values: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.cast(values, tf.int32), axis=1)

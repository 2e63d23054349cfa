"""SavedModel: text in, summary out, all steps in one TensorFlow graph, for TF Serving."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import tensorflow as tf

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
from bertsum_tf.exporters.raw_text_summarizer import RawTextSummarizer
from bertsum_tf.exporters.raw_text_writer import RawTextWriter
from bertsum_tf.models import BertSumAbstractive
from bertsum_tf.quiet_stderr import quiet_stderr
from bertsum_tf.text.sentences import rules_sha256
from bertsum_tf.version import __version__

if TYPE_CHECKING:
    from bertsum_tf.models import BertSumExtractive

# The name by which TF Serving finds them.
_WARMUP = "tf_serving_warmup_requests"


def export_saved_model(
    model: BertSumExtractive | BertSumAbstractive,
    output: str | os.PathLike[str],
    *,
    version: int | None = None,
) -> Path:
    """Writes a SavedModel that takes raw text, as TF Serving expects it: `output/<version>/`.

    Signatures of a model that chooses sentences: `serving_default`, `summarize` and `score`, see
    `RawTextSummarizer`; of one that writes: `serving_default`, `greedy` and `write`, see
    `RawTextWriter`. Beside it, in `assets.extra/`, what `bertsum_tf.Summarizer` needs to read it,
    and requests with which TF Serving warms it up.

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


def _write(model: BertSumExtractive | BertSumAbstractive, folder: Path) -> None:
    raw_text: RawTextSummarizer | RawTextWriter
    if isinstance(model, BertSumAbstractive):
        raw_text = RawTextWriter(model)
    else:
        raw_text = RawTextSummarizer(model)
    with quiet_stderr():
        tf.saved_model.save(raw_text, str(folder), signatures=raw_text.signatures())
    word_piece = model.preprocessor.word_piece
    description = {
        "format": FORMAT_VERSION,
        "bertsum_tf": __version__,
        "max_tokens": raw_text.max_tokens,
        "rules_sha256": rules_sha256(),
        "vocabulary_sha256": word_piece.sha256,
        **packing_limits(),
    }
    if isinstance(model, BertSumAbstractive):
        description |= {"task": "abstractive", "max_target_tokens": model.max_target_tokens}
    else:
        description |= {"task": "extractive"}
    extra = folder / EXTRA
    extra.mkdir()
    (extra / VOCABULARY).write_text("\n".join(word_piece.vocabulary) + "\n", encoding="utf-8")
    (extra / DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")
    documents = [document.text for document in open_corpus(SAMPLE, split="validation")]
    _write_warmup_requests(extra / _WARMUP, raw_text.requests(documents))


def _write_warmup_requests(
    path: Path, requests: Iterable[tuple[str, dict[str, tf.Tensor]]]
) -> None:
    """Requests that TF Serving sends to itself before it says that the model is ready.

    The first request of each kind builds and optimises the graph, which takes seconds.
    """
    from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature, inputs in requests:
            request = predict_pb2.PredictRequest()
            request.model_spec.signature_name = signature
            for name, values in inputs.items():
                request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
            log = prediction_log_pb2.PredictionLog(
                predict_log=prediction_log_pb2.PredictLog(request=request)
            )
            writer.write(log.SerializeToString())

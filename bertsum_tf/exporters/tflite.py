"""A trained model -> one `.tflite` file with all that summarising needs; see `litert_file`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import keras
import numpy as np

from bertsum_tf.choices import QUANTIZATIONS, Quantization
from bertsum_tf.engines.litert_file import signature_name
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.exporters.exportable import check_exportable
from bertsum_tf.exporters.four_bit_products import check_quantizer, quantize_products
from bertsum_tf.exporters.lean_attention import lean_attention
from bertsum_tf.exporters.small_tables import small_tables
from bertsum_tf.exporters.tflite_files import (
    QUANTIZATION_TEXTS,
    self_contained,
    window_lengths,
    writes,
)
from bertsum_tf.exporters.tflite_writer import writer_endpoints
from bertsum_tf.quiet_stderr import quiet_stderr
from bertsum_tf.run_folder import write_aside
from bertsum_tf.text.packing import pack
from bertsum_tf.text.sentences import split
from bertsum_tf.text.wordpiece import WordPiece

if TYPE_CHECKING:
    import tensorflow as tf

    from bertsum_tf.models import BertSumAbstractive, BertSumExtractive

# Each signature's function, and the shapes of what it is given.
Endpoints = dict[str, tuple[Callable[..., Any], list[Any]]]

# Windows a signature by which the ranges of activations are measured.
CALIBRATION_WINDOWS = 64

# Of a number of the token embedding.
TOKEN_BITS: dict[Quantization, Literal[4, 8]] = {"dynamic": 8, "int8": 8, "int4": 4}

# What "int8" computes in float32: all but the products with weights. Of 23 windows of news, a
# MiniLM-L6 chose the same 3 sentences as in float32 in 61 %, with int8 layer norms and softmax in
# 26 %; and XNNPACK, which computes on CPUs, is 7 times as fast.
FLOAT_OPERATORS = (
    *("ADD", "SUB", "MUL", "DIV", "NEG", "RSQRT", "SQUARED_DIFFERENCE", "MEAN", "SUM", "MAXIMUM"),
    *("BATCH_MATMUL", "SOFTMAX", "GELU", "LOGISTIC", "TANH", "GATHER", "CAST"),
    *("RESHAPE", "TRANSPOSE", "STRIDED_SLICE", "SPLIT", "CONCATENATION", "SELECT", "SELECT_V2"),
)


def export_tflite(
    model: BertSumExtractive | BertSumAbstractive,
    output: str | os.PathLike[str],
    *,
    quantize: Quantization = "dynamic",
    representative_data: Iterable[str | Sequence[int] | np.ndarray] | None = None,
    on_step: Callable[[str], object] = lambda text: None,
) -> Path:
    """Exports a model for LiteRT: phones, browsers, and servers without TensorFlow.

    The signatures of a model that chooses sentences are `score_128`, `score_256`, `score_384`,
    `score_512`, as far as the model's windows are that long, and one for its longest, all over one
    set of weights:

        token_ids int32 [1, T] -> scores float32 [1, T // 8]

    Those of a model that writes are `encode_128` ... for the same windows, and `decode_step_1_64`
    ... for each token that it writes; `bertsum_tf.exporters.tflite_writer` describes them.

    Args:
        model: with its preprocessor, on Keras's TensorFlow backend, in any precision.
        output: the file to write, usually `....tflite`; one that exists is replaced.
        quantize: `"dynamic"`: int8 weights, a quarter of the size; `"int4"`: of these the token
            embedding, the last feed-forward blocks and the head in 4 bits, a sixth of the size;
            `"none"`: float32; `"float16"`: half the size; `"int8"`: products with weights in int8
            throughout, by ranges of activations that are measured beforehand, for accelerators that
            can't find them as they come. It is by far the least exact. The last two kinds, `"int4"`
            and `"int8"`, are for models that choose sentences alone.
        representative_data: for `"int8"` alone, and needed there: documents such as the model will
            read, or the token ids of windows, int `[t]`. Up to 64 windows a signature are used.
        on_step: called with a sentence before each step.

    Returns:
        The path of the file.

    Raises:
        UsageError: if an argument makes no sense; or as `check_exportable`.
        BertsumError: if the model can't be converted, the file can't be written, or `"int4"` lacks
            LiteRT's quantizer; or as `check_exportable`.
    """
    path = Path(output)
    _check_arguments(quantize, representative_data)
    check_exportable(model)
    _check_model(model, quantize)
    lengths = window_lengths(model)
    windows = None
    if representative_data is not None:
        windows = _calibration_windows(representative_data, model.preprocessor.word_piece, lengths)
    with _clear_write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        with tempfile.TemporaryFile(dir=path.parent):  # not after minutes of work
            pass

    with tempfile.TemporaryDirectory(prefix="bertsum-export-") as name:
        with _clear_write_errors(Path(name)):
            folder = Path(name) / "saved_model"
            on_step(f"Tracing the model for windows of {', '.join(map(str, lengths))} tokens.")
            exact = _in_float32(model, Path(name) / "float32")
            endpoints = (writer_endpoints if writes(model) else _endpoints)(exact, lengths)
            _save(exact, folder, endpoints, quantize)
        on_step(f"Converting it to LiteRT: {QUANTIZATION_TEXTS[quantize]}.")
        flatbuffer = _convert(folder, list(endpoints), quantize, windows)
    if quantize == "int4":
        flatbuffer = quantize_products(flatbuffer, model)
    on_step(f"Writing {path}.")
    with _clear_write_errors(path):
        write_aside(path, self_contained(flatbuffer, model, quantize))
    return path


def _check_arguments(quantize: str, representative_data: Any) -> None:
    if quantize not in QUANTIZATIONS:
        raise UsageError(
            f"The quantization has to be one of {', '.join(QUANTIZATIONS)}, not {quantize!r}."
        )
    if quantize == "int8" and representative_data is None:
        raise UsageError(
            "int8 needs representative data, by which the ranges of activations are measured: "
            "give some documents such as the model will read, or choose dynamic."
        )
    if quantize != "int8" and representative_data is not None:
        raise UsageError(
            f"Representative data are for int8 alone, not for {quantize}: "
            "leave them out, or choose int8."
        )
    if quantize == "int4":
        check_quantizer()


def _check_model(model: BertSumExtractive | BertSumAbstractive, quantize: Quantization) -> None:
    """Refuses what the conversion would end in after minutes, with an error that helps nobody."""
    if writes(model):
        if quantize in ("int4", "int8"):
            # In 4 bits the word embeddings lie apart from those that logits are made with, and the
            # file is hardly smaller; nothing measures the ranges of a search's activations.
            raise UsageError(
                f"{quantize} is for models that choose sentences, and this one writes: choose "
                "dynamic."
            )
        return
    if quantize == "int8" and model.head == "lstm":  # TensorFlow's calibrator ends the process
        raise UsageError(
            "TensorFlow can't measure the ranges of activations of the head lstm, as int8 needs "
            "them: choose dynamic or int4."
        )
    width = model.backbone.token_embedding.embeddings.shape[-1]
    if quantize == "int4" and width % 2:
        raise UsageError(
            "int4 puts two numbers of a word's embedding into a byte, and the model's have "
            f"{width}: choose dynamic."
        )


@contextmanager
def _clear_write_errors(path: Path) -> Iterator[None]:
    import tensorflow as tf

    try:
        yield
    except (OSError, tf.errors.OpError) as error:
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise BertsumError(
            f"{path} can't be written ({reason}): choose another place, or make room there."
        ) from error


def _in_float32(model: Any, folder: Path) -> Any:
    """The model itself, or a float32 copy of one in mixed precision, by way of `folder`."""
    if model.backbone.dtype_policy.compute_dtype == "float32":
        return model
    model.save_to_preset(str(folder))
    return type(model).from_preset(folder, dtype="float32")


def _endpoints(model: BertSumExtractive, lengths: Sequence[int]) -> Endpoints:
    """The signatures of a model that chooses sentences."""
    import tensorflow as tf

    def scores(token_ids: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"scores": model(token_ids, training=False)}

    return {
        signature_name(length): (
            scores,
            [tf.TensorSpec([1, length], tf.int32, name="token_ids")],
        )
        for length in lengths
    }


def _save(
    model: BertSumExtractive | BertSumAbstractive,
    folder: Path,
    endpoints: Endpoints,
    quantize: Quantization,
) -> None:
    """Writes a SavedModel: from concrete functions the converter would lose Keras 3's weights."""
    archive = keras.export.ExportArchive()
    archive.track(model)
    with ExitStack() as traced:
        traced.enter_context(quiet_stderr())
        traced.enter_context(lean_attention(model))
        if quantize in TOKEN_BITS:
            traced.enter_context(small_tables(model, TOKEN_BITS[quantize]))
        for name, (function, inputs) in endpoints.items():
            archive.add_endpoint(name, function, input_signature=inputs)
        archive.write_out(folder, verbose=False)


def _convert(
    folder: Path,
    signatures: list[str],
    quantize: Quantization,
    windows: dict[int, list[np.ndarray]] | None,
) -> bytes:
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder), signature_keys=signatures)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if quantize not in ("none", "int4"):
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantize == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if windows is not None:
        converter.representative_dataset = lambda: (
            (signature_name(length), {"token_ids": window})
            for length, own_windows in windows.items()
            for window in own_windows
        )
    try:
        with quiet_stderr():
            return converter.convert() if windows is None else _convert_to_int8(converter)
    except Exception as error:  # the converter has an error of its own, and raises many others
        reason = str(error).strip().partition("\n")[0]
        raise BertsumError(
            f"TensorFlow can't convert the model to LiteRT ({reason}): "
            "export it as a SavedModel instead."
        ) from error


def _convert_to_int8(converter: tf.lite.TFLiteConverter) -> bytes:
    """Converts with static activations; the converter itself can't leave operators in float32."""
    import tensorflow as tf

    debugger = tf.lite.experimental.QuantizationDebugger(
        converter=converter,
        debug_dataset=converter.representative_dataset,
        debug_options=tf.lite.experimental.QuantizationDebugOptions(
            denylisted_ops=list(FLOAT_OPERATORS)
        ),
    )
    return debugger.get_nondebug_quantized_model()


def _calibration_windows(
    data: Iterable[str | Sequence[int] | np.ndarray],
    word_piece: WordPiece,
    lengths: Sequence[int],
) -> dict[int, list[np.ndarray]]:
    """Windows int32 [1, length] for each signature, from texts or from token ids."""
    windows: dict[int, list[np.ndarray]] = {length: [] for length in lengths}
    for item in data:
        if all(len(rows) >= CALIBRATION_WINDOWS for rows in windows.values()):
            break
        for length, rows in windows.items():
            for token_ids in _token_ids(item, word_piece, length):
                row = np.full((1, length), word_piece.pad_id, np.int32)
                row[0, : len(token_ids)] = token_ids
                rows.append(row)
            del rows[CALIBRATION_WINDOWS:]
    if not windows[lengths[0]]:
        raise UsageError(
            "The representative data are empty: give some documents such as the model will read."
        )
    return windows


def _token_ids(
    item: str | Sequence[int] | np.ndarray, word_piece: WordPiece, length: int
) -> list[np.ndarray]:
    if not isinstance(item, str):
        return [np.asarray(item, np.int32).reshape(-1)[:length]]
    pieces = word_piece.encode([item[start:end] for start, end in split(item)])
    windows = pack(pieces, cls_id=word_piece.cls_id, sep_id=word_piece.sep_id, max_tokens=length)
    return [window.token_ids for window in windows]

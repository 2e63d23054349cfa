"""The summariser in ONNX Runtime, with int8 weights."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from bertsum_tf.benchmark.peers.engine import PeerEngine
from bertsum_tf.benchmark.peers.hugging_face import HuggingFaceSummarizer
from bertsum_tf.quiet_stderr import quiet_stderr
from bertsum_tf.text.packing import MAX_WINDOW_TOKENS, TOKENS_PER_SENTENCE_SLOT, slots


def export_int8(model: HuggingFaceSummarizer, path: Path) -> None:
    """Writes the model as ONNX with int8 weights, for batches of any shape.

    Two choices were measured, on the model in the package. Exported from plain attention it is a
    quarter faster than from fused attention, which becomes more operations. With a scale for each
    channel of a weight, logits are four times nearer to float32 than with one for all, in the same
    time.

    Args:
        model: left as it was.
        path: the file.
    """
    example = torch.full((2, 8 * TOKENS_PER_SENTENCE_SLOT), model.special_ids[0])
    shape = {
        0: torch.export.Dim("batch", min=1, max=1024),
        1: TOKENS_PER_SENTENCE_SLOT
        * torch.export.Dim("slots", min=2, max=slots(MAX_WINDOW_TOKENS)),
    }
    attention = model.bert.config._attn_implementation
    model.bert.set_attn_implementation("eager")
    try:
        with tempfile.TemporaryDirectory(prefix="bertsum-onnx-") as folder, _quiet():
            float32 = Path(folder) / "float32.onnx"
            torch.onnx.export(
                model,
                (example,),
                float32,
                input_names=["token_ids"],
                output_names=["logits"],
                dynamic_shapes={"token_ids": shape},
                dynamo=True,
                external_data=False,
                verbose=False,
            )
            quantize_dynamic(float32, path, per_channel=True, weight_type=QuantType.QInt8)
    finally:
        model.bert.set_attn_implementation(attention)


@contextmanager
def _quiet() -> Iterator[None]:
    """Exporting and quantizing are talkative, and nothing they say is about this model."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with quiet_stderr(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)


class OnnxRuntimeEngine(PeerEngine):
    """Scores by ONNX Runtime on the CPU.

    Args:
        path: what `export_int8` wrote.
        pad_id: the vocabulary's id of [PAD].
        cls_id: of [CLS].
        threads: cores to use.
    """

    def __init__(self, path: Path, pad_id: int, cls_id: int, threads: int) -> None:
        self._path = path
        super().__init__(pad_id, cls_id, threads)

    def _logits(self, token_ids: np.ndarray) -> np.ndarray:
        # A session may be run by several threads at once.
        (logits,) = self._session.run(None, {"token_ids": token_ids.astype(np.int64)})
        return np.asarray(logits)

    def _set_threads(self, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            self._path, options, providers=["CPUExecutionProvider"]
        )

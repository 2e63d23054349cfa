"""Small random models and their `.tflite` files, each made once a test run."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ai_edge_litert import schema_py_generated as schema
from small_summarizers import make_small_summarizer, make_small_writer

from bertsum_tf.data.corpora import SAMPLE, open_corpus

if TYPE_CHECKING:
    from bertsum_tf.models import BertSumAbstractive, BertSumExtractive

WINDOW_TOKENS = 256

_folder = tempfile.TemporaryDirectory(prefix="bertsum-tests-")


@lru_cache(maxsize=1)
def sample_texts() -> list[str]:
    return [document.text for document in open_corpus(SAMPLE)]


@lru_cache(maxsize=8)
def small_summarizer(
    head: str = "transformer", dtype: str = "float32", layers: int = 2
) -> BertSumExtractive:
    return make_small_summarizer(WINDOW_TOKENS, head, dtype, layers)


@lru_cache(maxsize=8)
def exported(quantize: str = "none") -> Path:
    from bertsum_tf.exporters.tflite import export_tflite

    data = sample_texts()[:4] if quantize == "int8" else None
    path = Path(_folder.name) / f"{quantize}.tflite"
    return export_tflite(small_summarizer(), path, quantize=quantize, representative_data=data)


@lru_cache(maxsize=1)
def small_writer() -> BertSumAbstractive:
    return make_small_writer(window_tokens=WINDOW_TOKENS, max_target_tokens=80)


@lru_cache(maxsize=4)
def exported_writer(quantize: str = "none") -> Path:
    from bertsum_tf.exporters.tflite import export_tflite

    path = Path(_folder.name) / f"writer-{quantize}.tflite"
    return export_tflite(small_writer(), path, quantize=quantize)


def model_of(path: Path) -> schema.ModelT:
    return schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(path.read_bytes(), 0))


def operators(path: Path) -> set[str]:
    names = {code: name for name, code in vars(schema.BuiltinOperator).items() if name.isupper()}
    codes = model_of(path).operatorCodes
    return {names[max(code.builtinCode, code.deprecatedBuiltinCode)] for code in codes}

"""BERTSUM for TensorFlow and Keras: train, evaluate and ship summarisers.

    from bertsum_tf import Summarizer

    print(Summarizer("runs/news/model")(article, sentences=3))

Names are imported when they are first used, so that `import bertsum_tf` loads nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bertsum_tf.version import __version__

if TYPE_CHECKING:
    from bertsum_tf.errors import BertsumError
    from bertsum_tf.models import BertSumExtractive
    from bertsum_tf.summarizer import Sentence, Summarizer, Summary
    from bertsum_tf.text.sentences import split

__all__ = [
    "BertSumExtractive",
    "BertsumError",
    "Sentence",
    "Summarizer",
    "Summary",
    "__version__",
    "split",
]

_MODULES = {
    "BertSumExtractive": "bertsum_tf.models",
    "BertsumError": "bertsum_tf.errors",
    "Sentence": "bertsum_tf.summarizer",
    "Summarizer": "bertsum_tf.summarizer",
    "Summary": "bertsum_tf.summarizer",
    "split": "bertsum_tf.text.sentences",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'bertsum_tf' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

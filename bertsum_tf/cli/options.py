"""Options that sub-commands share, and what they stand for."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bertsum_tf.errors import UsageError
from bertsum_tf.keras_backend import BACKENDS, import_tensorflow_quietly, use_backend

if TYPE_CHECKING:
    from bertsum_tf.data.corpora import Corpus
    from bertsum_tf.summarizer import Summarizer
    from bertsum_tf.text.wordpiece import WordPiece


def declare_corpus(parser: argparse.ArgumentParser) -> None:
    """What a corpus is named by."""
    parser.add_argument(
        "source",
        metavar="CORPUS",
        help="a TFDS set (cnn_dailymail), a .jsonl file, a folder of .story files, or 'sample'",
    )
    declare_corpus_options(parser)


def declare_corpus_options(parser: argparse.ArgumentParser) -> None:
    """What part of a corpus is meant."""
    parser.add_argument("--split", metavar="S", help="of a TFDS set: train, test, train[:1000]")
    parser.add_argument("--data-dir", metavar="DIR", help="where TFDS keeps its sets")
    parser.add_argument("--limit", type=count, metavar="N", help="take the first N documents only")


def declare_model(parser: argparse.ArgumentParser) -> None:
    """Which model, and what runs it."""
    parser.add_argument(
        "--model",
        metavar="M",
        help="what `bertsum train` or `bertsum export` wrote (default: the model in the package)",
    )
    declare_backend(parser)


def declare_encoders(parser: argparse.ArgumentParser, text: str) -> None:
    """Two encoders beside the model."""
    parser.add_argument("--encoders", metavar="RUN", help=text)


def declare_backend(parser: argparse.ArgumentParser) -> None:
    """What Keras runs on."""
    parser.add_argument(
        "--backend",
        choices=("auto", *BACKENDS),
        default="auto",
        help="of Keras (default: $KERAS_BACKEND, else the first that is installed)",
    )


def declare_json(parser: argparse.ArgumentParser, text: str) -> None:
    """JSON instead of text."""
    parser.add_argument("--json", action="store_true", help=text)


def count(text: str) -> int:
    """The type of options that count something."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)


def open_given_corpus(options: argparse.Namespace) -> Corpus:
    """The corpus that the options name."""
    from bertsum_tf.data.corpora import SAMPLE, open_corpus

    source: str = options.source
    if source != SAMPLE and ".jsonl" not in source and not Path(source).exists():
        import_tensorflow_quietly()  # which TensorFlow Datasets will import
    return open_corpus(source, split=options.split, data_dir=options.data_dir, limit=options.limit)


def load_summarizer(options: argparse.Namespace) -> Summarizer:
    """Loads the model, and Keras only for one that needs it."""
    from bertsum_tf.summarizer import Summarizer, needs_keras

    encoders = getattr(options, "encoders", None)
    model_needs_keras = options.model is not None and needs_keras(options.model)
    if model_needs_keras or encoders is not None:
        use_backend(options.backend)
    elif options.backend != "auto":
        raise UsageError(
            "--backend is for models that `bertsum train` wrote: leave it out for an exported one."
        )
    return Summarizer(options.model, **({} if encoders is None else {"encoders": encoders}))


def backbone_vocabulary(backbone: str) -> WordPiece:
    """The vocabulary of a BERT or a trained model."""
    from bertsum_tf.models.bert_sum_extractive_preprocessor import BertSumExtractivePreprocessor

    vocabulary: WordPiece = BertSumExtractivePreprocessor.from_preset(backbone).word_piece
    return vocabulary

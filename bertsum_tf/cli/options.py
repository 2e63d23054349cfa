"""Options that sub-commands share, and what they stand for."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bertsum_tf import bundled
from bertsum_tf.choices import DEVICES, RUNNERS
from bertsum_tf.decoding_defaults import BEAM_SIZE, LENGTH_PENALTY, MAX_TOKENS, MIN_TOKENS
from bertsum_tf.errors import UsageError
from bertsum_tf.keras_backend import BACKENDS, import_tensorflow_quietly, use_backend

if TYPE_CHECKING:
    from bertsum_tf.beam.runner import Runner
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
    parser.add_argument(
        "--split",
        metavar="S",
        help='of a TFDS set: train, test, train[:1000]; of JSON lines: those with that "split"',
    )
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


# Options of models that write, by the names that argparse gives them.
_WRITING = {
    "beam_size": "--beam-size",
    "length_penalty": "--length-penalty",
    "min_tokens": "--min-summary-tokens",
    "max_tokens": "--max-summary-tokens",
}


def declare_writing(parser: argparse.ArgumentParser) -> None:
    """How a model that writes does so."""
    group = parser.add_argument_group("models that write (`bertsum train --task abstractive`)")
    group.add_argument(
        "--beam-size",
        type=count,
        metavar="N",
        help=f"beams of the search; 1: greedy, the fastest (default: {BEAM_SIZE})",
    )
    group.add_argument(
        "--length-penalty",
        type=float,
        metavar="A",
        help="0: prefer short summaries; 1: their mean log-probability counts "
        f"(default: {LENGTH_PENALTY})",
    )
    group.add_argument(
        "--min-summary-tokens",
        dest="min_tokens",
        type=int,
        metavar="N",
        help=f"word pieces to write at least (default: {MIN_TOKENS}, or a quarter of the most)",
    )
    group.add_argument(
        "--max-summary-tokens",
        dest="max_tokens",
        type=count,
        metavar="N",
        help=f"word pieces to write at most (default: {MAX_TOKENS}, or what the model can)",
    )


def declare_backend(parser: argparse.ArgumentParser) -> None:
    """What Keras runs on."""
    parser.add_argument(
        "--backend",
        choices=("auto", *BACKENDS),
        default="auto",
        help="of Keras (default: $KERAS_BACKEND, else the first that is installed)",
    )


def declare_devices(parser: argparse._ActionsContainer) -> None:
    """What is trained on, of one machine."""
    parser.add_argument(
        "--devices",
        default="auto",
        metavar="D",
        help=f"{', '.join(DEVICES)} (default: TPUs if there are any, else GPUs, else the CPU), "
        "or so many of them: gpu:2",
    )


def declare_json(parser: argparse.ArgumentParser, text: str) -> None:
    """JSON instead of text."""
    parser.add_argument("--json", action="store_true", help=text)


def declare_runner(parser: argparse.ArgumentParser) -> None:
    """What runs the command on many machines."""
    group = parser.add_argument_group("many machines (extra 'beam')")
    group.add_argument(
        "--runner",
        choices=RUNNERS,
        metavar="RUNNER",
        help=f"of Apache Beam: {', '.join(RUNNERS)} (default: this process, without Beam)",
    )
    group.add_argument(
        "--runner-option",
        dest="runner_options",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="one of Beam's pipeline options, such as project=P; may be repeated",
    )


def declare_workers(parser: argparse.ArgumentParser) -> None:
    """How many processes work on this machine."""
    parser.add_argument(
        "--workers", type=count, metavar="N", help="processes (default: one a core)"
    )


def given_runner(options: argparse.Namespace) -> Runner | None:
    """The runner that the options name; None without `--runner`."""
    if options.runner is None:
        if options.runner_options:
            raise UsageError("--runner-option is for a runner: name one with --runner.")
        return None
    from bertsum_tf.beam.runner import Runner

    return Runner(options.runner, tuple(options.runner_options), options.workers)


def count(text: str) -> int:
    """The type of options that count something."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)


def open_given_corpus(options: argparse.Namespace) -> Corpus:
    """The corpus that the options name."""
    from bertsum_tf.data.corpora import open_corpus

    source: str = options.source
    import_what_reads(source)
    return open_corpus(source, split=options.split, data_dir=options.data_dir, limit=options.limit)


def import_what_reads(source: str) -> None:
    """Imports TensorFlow without its start-up messages, if TensorFlow Datasets will import it."""
    from bertsum_tf.data.corpora import SAMPLE

    if source != SAMPLE and ".jsonl" not in source and not Path(source).exists():
        import_tensorflow_quietly()


def load_summarizer(options: argparse.Namespace) -> Summarizer:
    """Loads the model, and Keras only for one that needs it."""
    from bertsum_tf.summarizer import Summarizer, load_model, needs_keras, writes

    encoders = getattr(options, "encoders", None)
    model_needs_keras = options.model is not None and needs_keras(options.model)
    if model_needs_keras or encoders is not None:
        use_backend(options.backend)
    elif options.backend != "auto":
        raise UsageError(
            "--backend is for models that `bertsum train` wrote: leave it out for an exported one."
        )
    writing = _writing(options)
    if not writing:
        return Summarizer(options.model, encoders=encoders)
    name = options.model or bundled.NAME
    model = load_model(options.model or bundled.TFLITE)
    if not writes(model):
        given = next(name for name in _WRITING if getattr(options, name) is not None)
        raise UsageError(
            f"{_WRITING[given]} is for models that write, and {name} chooses sentences: "
            f"leave {_WRITING[given]} out."
        )
    return Summarizer(model, name=name, encoders=encoders, **writing)


def _writing(options: argparse.Namespace) -> dict[str, Any]:
    """Strategy and limits, if the options say something of them."""
    from bertsum_tf.decoding import Beam, Limits

    strategy = {
        name: value
        for name, value in (
            ("size", getattr(options, "beam_size", None)),
            ("length_penalty", getattr(options, "length_penalty", None)),
        )
        if value is not None
    }
    given: dict[str, Any] = {"strategy": Beam(**strategy)} if strategy else {}
    least, greatest = (getattr(options, name, None) for name in ("min_tokens", "max_tokens"))
    if (least, greatest) != (None, None):
        given["limits"] = Limits(least, greatest)
    return given


def backbone_vocabulary(backbone: str) -> WordPiece:
    """The vocabulary of a BERT or a trained model."""
    from bertsum_tf.models.bert_sum_extractive_preprocessor import BertSumExtractivePreprocessor

    vocabulary: WordPiece = BertSumExtractivePreprocessor.from_preset(backbone).word_piece
    return vocabulary

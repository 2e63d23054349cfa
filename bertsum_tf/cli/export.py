"""`bertsum export`: model -> SavedModel or .tflite file."""

from __future__ import annotations

import argparse

from bertsum_tf import bundled
from bertsum_tf.choices import QUANTIZATIONS, Quantization
from bertsum_tf.cli.options import count, declare_corpus_options, open_given_corpus
from bertsum_tf.errors import UsageError
from bertsum_tf.keras_backend import use_backend

SUMMARY = "write a model for TF Serving, or for phones and browsers"


_FORMATS = ("saved_model", "tflite")


def declare(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    parser.add_argument(
        "model",
        metavar="MODEL",
        help=f"folder that `bertsum train` wrote, or {bundled.NAME}, the model in the package",
    )
    parser.add_argument(
        "--format",
        choices=_FORMATS,
        required=True,
        help="saved_model: raw text in, for TF Serving; tflite: for phones, browsers, this package",
    )
    parser.add_argument(
        "--output",
        required=True,
        metavar="PATH",
        help="a folder of versions for a SavedModel, a file for TFLite",
    )
    parser.add_argument(
        "--model-version",
        type=count,
        metavar="N",
        help="of the SavedModel (default: one more than the latest in the folder)",
    )
    parser.add_argument(
        "--quantize",
        choices=QUANTIZATIONS,
        help="of TFLite: float32, float16 weights, int8 weights (default: dynamic), 4-bit weights "
        "where they cost least, or all in int8",
    )
    parser.add_argument(
        "--representative-data",
        dest="source",
        metavar="CORPUS",
        help="documents that int8 is calibrated on, as in `bertsum prepare` (default: the sample)",
    )
    declare_corpus_options(parser)


EXAMPLES = """\
examples:
  bertsum export runs/news/model --format saved_model --output serving/news
  bertsum export runs/news/model --format tflite --output news.tflite
  bertsum export runs/news/model --format tflite --quantize float16 --output news16.tflite
  bertsum export bertsum_minilm_l6_cnn_en_uncased --format saved_model --output serving/news

Models that write (`bertsum train --task abstractive`) are exported alike, but for the
quantizations int4 and int8. Either export takes part in everything that a model does:
`bertsum summarize FILE --model news.tflite`.
What exists is never written over half: the new file or folder appears when it is whole.
Exporting needs bertsum_tf with its extra 'train'.
"""


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit code."""
    _check_export(options)
    from bertsum_tf.summarizer import Engine, Writer, load_model, needs_keras

    if needs_keras(options.model):
        use_backend("tensorflow")
    model = load_model(options.model)
    if isinstance(model, (Engine, Writer)):
        raise UsageError(
            f"{options.model} is exported already: name the folder of the trained model."
        )
    if options.format == "saved_model":
        from bertsum_tf.exporters.saved_model import export_saved_model

        path = export_saved_model(model, options.output, version=options.model_version)
        print(f"{path} takes raw text: {options.output} is the base_path for TF Serving.")
        return 0
    from bertsum_tf.exporters.tflite import export_tflite

    quantize: Quantization = options.quantize or "dynamic"
    documents = None
    if quantize == "int8":
        options.source = options.source or "sample"
        documents = (document.text for document in open_given_corpus(options))
    path = export_tflite(
        model,
        options.output,
        quantize=quantize,
        representative_data=documents,
        on_step=lambda text: print(text, flush=True),
    )
    size = path.stat().st_size / 1e6
    print(f"{path} has {size:.1f} MB: `bertsum summarize FILE --model {path}` uses it.")
    return 0


def _check_export(options: argparse.Namespace) -> None:
    """Refuses options that would be left unheard."""
    of_corpus = {
        "--representative-data": options.source,
        "--split": options.split,
        "--data-dir": options.data_dir,
        "--limit": options.limit,
    }
    if options.format == "saved_model":
        unheard, place = {"--quantize": options.quantize} | of_corpus, "--format tflite"
    elif options.quantize != "int8":
        unheard, place = of_corpus, "--quantize int8"
        if options.model_version is not None:
            raise UsageError("--model-version is for --format saved_model alone: leave it out.")
    else:
        unheard, place = {"--model-version": options.model_version}, "--format saved_model"
    for option, value in unheard.items():
        if value is not None:
            raise UsageError(f"{option} is for {place} alone: leave it out.")

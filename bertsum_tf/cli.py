"""The command `bertsum`: arguments and printing.

Each sub-command has two functions: one declares its options, one calls the library. The library is
imported when a command runs, so that `--help` and mistakes are answered at once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import textwrap
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from bertsum_tf import bundled
from bertsum_tf.cores import available_cores
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.keras_backend import (
    BACKENDS,
    import_tensorflow_quietly,
    installed_backends,
    use_backend,
)
from bertsum_tf.version import __version__

if TYPE_CHECKING:
    from bertsum_tf.data.corpora import Corpus
    from bertsum_tf.summarizer import Summarizer, Summary
    from bertsum_tf.text.wordpiece import WordPiece

PROGRAM = "bertsum"
DEBUG = "BERTSUM_DEBUG"

DESCRIPTION = "Extractive summaries by BERTSUM: prepare data, train, evaluate, export, summarise."
EXAMPLES = """\
examples:
  bertsum summarize article.txt             with the model that ships with bertsum
  bertsum quickstart                        train it further, evaluate, export, in minutes
  bertsum prepare cnn_dailymail --split train --backbone bert_base_en_uncased --output data/train
  bertsum train data/train --validation data/validation --backbone bert_base_en_uncased \\
      --output runs/news
  bertsum evaluate cnn_dailymail --split test --model runs/news/model --output reports/news
  bertsum export runs/news/model --format tflite --output news.tflite

`bertsum COMMAND --help` says more. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line.

    Args:
        arguments: without the program's name; None: those of the process.

    Returns:
        The exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
    """
    if sys.stderr is None:  # closed: a file that is opened later must not become stderr
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    try:
        try:
            options = _parser().parse_args(arguments)
            return int(options.run(options))
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # here, where a failure can still be told
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        _close_stdout()
        return 1
    except KeyboardInterrupt:
        _say("interrupted.")
        return 130
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        _say(_sentence(error))
        if isinstance(error, OSError):
            _close_stdout()
        return 2 if isinstance(error, UsageError) else 1


# ---- summarize ----------------------------------------------------------------------------------


def _declare_summarize(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="plain text; '-' is standard input, as is no FILE at all",
    )
    _declare_model(parser)
    number = parser.add_mutually_exclusive_group()
    number.add_argument(
        "-n",
        "--sentences",
        type=_count,
        metavar="N",
        help="sentences to choose at most (default: 3)",
    )
    number.add_argument(
        "--ratio", type=float, metavar="R", help="as a share of all sentences, such as 0.1"
    )
    parser.add_argument(
        "--max-words",
        type=_count,
        metavar="W",
        help="words to choose at most; alone, it takes the place of the number of sentences",
    )
    parser.add_argument(
        "--no-trigram-blocking",
        dest="trigram_blocking",
        action="store_false",
        help="allow sentences that repeat three words in a row of another one",
    )
    parser.add_argument(
        "--order",
        choices=("document", "score"),
        default="document",
        help="print the sentences as they stand in the document (default), or the best first",
    )
    parser.add_argument(
        "--encoding",
        metavar="NAME",
        help="of the files (default: what their byte order mark says, else UTF-8)",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print one JSON object a document: source, summary, sentences, model",
    )
    parser.add_argument(
        "--html",
        metavar="FILE",
        help="also write a page: the articles, shaded by score, the chosen sentences marked",
    )


SUMMARIZE_EXAMPLES = """\
examples:
  bertsum summarize article.txt
  curl -s https://example.org/article.txt | bertsum summarize -n 2
  bertsum summarize *.txt --max-words 60 --json > summaries.jsonl
  bertsum summarize old.txt --encoding latin-1 --html old.html
  bertsum summarize article.txt --model runs/news/model

Each line of --json is
  {"source": FILE, "summary": TEXT, "sentences": [{"index", "start", "end", "text", "score",
   "selected"}, ...], "model": NAME}
with every sentence of the document; start and end count code points from the start of the text.
A file that can't be summarised is named on standard error, the others are done, the exit code is 1.
"""


def _run_summarize(options: argparse.Namespace) -> int:
    from bertsum_tf.progress import ProgressBar
    from bertsum_tf.selection import check_limits, words
    from bertsum_tf.text.text_file import STDIN, read_text

    check_limits(options.sentences, options.ratio, options.max_words)
    if options.html == "-":
        raise UsageError("--html can't go to standard output, where the summary goes: name a file.")
    if not options.files and sys.stdin is not None and sys.stdin.isatty():
        raise UsageError("Name a FILE to summarise, or '-' to read standard input.")
    sources: list[str] = []
    texts: list[str] = []
    status = 0
    for source in options.files or [STDIN]:
        try:
            text = read_text(source, options.encoding)
            if not text.strip():
                raise BertsumError(f"{_name(source)} holds no text: there is nothing to summarise.")
        except UsageError:
            raise
        except BertsumError as error:
            _say(str(error))
            status = 1
            continue
        sources.append(source)
        texts.append(text)
    if not texts:
        return status

    summarizer = _summarizer(options)
    characters = sum(map(len, texts))
    with ProgressBar("Summarising", characters, "characters", keep=False) as bar:
        summaries = summarizer.batch(
            texts,
            sentences=options.sentences,
            ratio=options.ratio,
            max_words=options.max_words,
            trigram_blocking=options.trigram_blocking,
            order=options.order,
            on_progress=bar.advance,
        )
    if options.html is not None:
        named = list(zip(map(_name, sources), texts, summaries, strict=True))
        try:
            _write_html(Path(options.html), named)
        except BertsumError as error:  # the summaries are there all the same
            _say(str(error))
            status = 1
    _set_up_stdout(options.json)
    for number, (source, summary) in enumerate(zip(sources, summaries, strict=True)):
        num_words = len(words(summary.text))
        if options.max_words is not None and num_words > options.max_words:
            _say(
                f"{_name(source)} has no sentence of up to {options.max_words} words: "
                f"its shortest, of {num_words}, is the summary."
            )
        if options.json:
            print(json.dumps(summary.to_dict(source), ensure_ascii=False))
            continue
        if len(options.files) > 1:
            print(f"{'' if number == 0 else chr(10)}==> {source} <==")
        print(summary.text)
    return status


def _write_html(path: Path, summaries: list[tuple[str, str, Summary]]) -> None:
    from bertsum_tf.html_page import html_page
    from bertsum_tf.run_folder import write_aside

    try:
        write_aside(path, html_page(summaries))
    except OSError as error:
        raise BertsumError(
            f"The page {path} can't be written ({error.strerror}): name another file with --html."
        ) from error


# ---- prepare ------------------------------------------------------------------------------------


def _declare_prepare(parser: argparse.ArgumentParser) -> None:
    _declare_corpus(parser)
    parser.add_argument(
        "--backbone",
        required=True,
        metavar="B",
        help="whose vocabulary to use: a KerasHub preset, a folder with a BERT, or a vocab.txt",
    )
    parser.add_argument("--output", required=True, metavar="DIR", help="folder to write")
    parser.add_argument(
        "--max-tokens", type=_count, default=512, metavar="N", help="tokens a window (default: 512)"
    )
    parser.add_argument(
        "--workers", type=_count, metavar="N", help="processes (default: one a core)"
    )
    _declare_backend(parser)
    _declare_json(parser, "print the manifest as JSON")


PREPARE_EXAMPLES = """\
examples:
  bertsum prepare cnn_dailymail --split train --backbone bert_base_en_uncased --output data/train
  bertsum prepare articles.jsonl --backbone path/to/vocab.txt --output data/mine

A line of a .jsonl file is {"document": TEXT or "sentences": [TEXT, ...], "summary": TEXT}.
A run that was interrupted goes on where it stopped when the same command is given again.
"""


def _run_prepare(options: argparse.Namespace) -> int:
    from bertsum_tf.data.prepare import prepare
    from bertsum_tf.progress import ProgressBar

    vocabulary = _vocabulary(options)
    corpus = _corpus(options)
    with ProgressBar("Preparing", corpus.size, "documents") as bar:
        manifest = prepare(
            corpus,
            vocabulary,
            options.output,
            max_tokens=options.max_tokens,
            workers=options.workers,
            on_progress=lambda progress: bar.update(
                progress.done, progress.total, done_earlier=progress.done_earlier
            ),
        )
    if options.json:
        _set_up_stdout(True)
        print(json.dumps(manifest))
        return 0
    print(
        f"{options.output}: {manifest['documents']:,} documents, {manifest['windows']:,} windows, "
        f"{manifest['tokens']:,} tokens."
    )
    for reason, count in manifest["dropped"].items():
        print(f"Left out: {count:,} ({reason}).")
    return 0


def _vocabulary(options: argparse.Namespace) -> WordPiece:
    from bertsum_tf.text.wordpiece import WordPiece

    if Path(options.backbone).is_file():
        return WordPiece.from_file(options.backbone)
    use_backend(options.backend)
    return _backbone_vocabulary(options.backbone)


def _backbone_vocabulary(backbone: str) -> WordPiece:
    from bertsum_tf.models.bert_sum_extractive_preprocessor import BertSumExtractivePreprocessor

    vocabulary: WordPiece = BertSumExtractivePreprocessor.from_preset(backbone).word_piece
    return vocabulary


# ---- train --------------------------------------------------------------------------------------

# Options that change a field of the recipe: the option, the field, its type or choices, help.
_RECIPE_OPTIONS: tuple[tuple[str, str, type | tuple[str, ...], str], ...] = (
    ("--epochs", "epochs", float, "passes over the data"),
    ("--steps", "steps", int, "optimizer steps, instead of --epochs"),
    ("--backbone-learning-rate", "backbone_learning_rate", float, "its peak for the backbone"),
    ("--head-learning-rate", "head_learning_rate", float, "its peak for the head"),
    ("--warmup-steps", "warmup_steps", int, "steps until the peak"),
    ("--decay", "decay", ("linear", "noam"), "of the learning rates after the peak"),
    ("--batch-tokens", "tokens_per_batch", int, "padded tokens a batch"),
    ("--accumulate", "accumulate", int, "batches whose gradients make one step"),
    ("--clip-norm", "clip_norm", float, "global norm that gradients are cut to; 0: uncut"),
    ("--labels", "labels", ("hard", "soft"), "the greedy oracle, or its expectation"),
    ("--later-windows", "later_windows", float, "share of windows after the first to learn from"),
    ("--head", "head", ("classifier", "transformer", "lstm"), "what relates the sentences"),
    ("--pooling", "pooling", ("cls", "mean"), "how a sentence is read from the backbone"),
    ("--positions", "sentence_positions", ("learned", "sinusoidal"), "of the transformer head"),
    ("--backbone-dropout", "backbone_dropout", float, "in the backbone, attention included"),
    ("--head-dropout", "head_dropout", float, "in the head"),
)


def _declare_train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", metavar="DATA", help="folder that `bertsum prepare` wrote")
    parser.add_argument(
        "--validation", required=True, metavar="DATA", help="prepared data to choose models by"
    )
    parser.add_argument(
        "--backbone",
        required=True,
        metavar="B",
        help="what to start from: a KerasHub preset, a folder with a BERT, or a trained model",
    )
    parser.add_argument("--output", required=True, metavar="DIR", help="folder of the run")
    parser.add_argument(
        "--recipe",
        default="default",
        metavar="NAME",
        help="named options: 'default', or 'paper' (Liu & Lapata, 2019); those below change it",
    )
    recipe = parser.add_argument_group("changes to the recipe")
    for option, field, kind, text in _RECIPE_OPTIONS:
        if isinstance(kind, tuple):
            recipe.add_argument(option, dest=field, choices=kind, help=text)
        elif kind is int:
            recipe.add_argument(option, dest=field, type=_count, metavar="N", help=text)
        else:
            recipe.add_argument(option, dest=field, type=float, metavar="X", help=text)
    parser.add_argument(
        "--validate-every",
        type=_count,
        default=200,
        metavar="N",
        help="steps between validations, after each of which the run is saved (default: 200)",
    )
    parser.add_argument(
        "--validation-windows",
        type=_count,
        default=1024,
        metavar="N",
        help="of the validation data, evenly spread, that models are chosen by (default: 1,024)",
    )
    parser.add_argument(
        "--precision",
        choices=("float32", "mixed_bfloat16"),
        default="float32",
        help="of the computation (default: float32)",
    )
    parser.add_argument(
        "--jit-compile",
        choices=("auto", "on", "off"),
        default="auto",
        help="compile the step with XLA (default: auto, as Keras does)",
    )
    parser.add_argument(
        "--static-length", type=_count, metavar="T", help="pad every window to T tokens (for TPUs)"
    )
    parser.add_argument(
        "--max-sequence-length",
        type=_count,
        metavar="T",
        help="the longest window of the model (default: the backbone's)",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    _declare_backend(parser)


TRAIN_EXAMPLES = """\
examples:
  bertsum train data/train --validation data/validation --backbone bert_base_en_uncased \\
      --output runs/news
  bertsum train data/train --validation data/validation --backbone all_minilm_l6_v2_en \\
      --output runs/small --epochs 3 --precision mixed_bfloat16 --backend jax
  bertsum train data/mine --validation data/mine-validation --backbone runs/news/model \\
      --output runs/mine --epochs 1 --backbone-learning-rate 4e-5 --head-learning-rate 3e-4

The last goes on from a trained model, head and all, with other data or learning rates.
A run that was stopped, however rudely, goes on from its last validation when the same command is
given again. The folder of the run holds losses.csv, tensorboard/, the best three checkpoints by
validation loss, and the best so far in model/, which may be used at any time.
"""


def _run_train(options: argparse.Namespace) -> int:
    from bertsum_tf.data.prepared import PreparedData
    from bertsum_tf.progress import ProgressBar
    from bertsum_tf.training.recipes import RECIPES

    if options.recipe not in RECIPES:
        raise UsageError(
            f"There is no recipe {options.recipe!r}: choose one of {', '.join(sorted(RECIPES))}."
        )
    changes = {field: getattr(options, field) for _, field, _, _ in _RECIPE_OPTIONS}
    changes = {field: value for field, value in changes.items() if value is not None}
    if "epochs" in changes and "steps" in changes:
        raise UsageError("Give --epochs or --steps, not both.")
    if "epochs" in changes:
        changes["steps"] = None
    recipe = replace(RECIPES[options.recipe], **changes)
    training = PreparedData(options.data, later_windows=recipe.later_windows)
    validation = PreparedData(options.validation, later_windows=recipe.later_windows)

    use_backend(options.backend)
    import keras

    from bertsum_tf.models import BertSumExtractive
    from bertsum_tf.training.train import Progress, Settings, train

    keras.utils.set_random_seed(options.seed)
    model = BertSumExtractive.from_preset(
        options.backbone,
        dtype=options.precision,
        backbone_dropout=recipe.backbone_dropout,
        max_sequence_length=options.max_sequence_length,
        pooling=recipe.pooling,
        head=recipe.head,
        head_intermediate_dim=recipe.head_intermediate_dim,
        sentence_positions=recipe.sentence_positions,
        sentence_layer_norm=recipe.sentence_layer_norm,
        interval_segments=recipe.interval_segments,
        dropout=recipe.head_dropout,
    )
    # As long as the windows that it is trained on: there would be positions it has never seen.
    model.preprocessor.sequence_length = training.manifest["max_tokens"]
    settings = Settings(
        recipe,
        backbone=options.backbone,
        seed=options.seed,
        validate_every=options.validate_every,
        validation_windows=options.validation_windows,
        static_length=options.static_length,
        jit_compile="auto" if options.jit_compile == "auto" else options.jit_compile == "on",
    )
    with ProgressBar("Training", unit="steps") as bar:

        def show(progress: Progress) -> None:
            losses = {"loss": progress.loss, "validation loss": progress.validation_loss}
            note = ", ".join(f"{name} {loss:.4f}" for name, loss in losses.items() if loss)
            bar.update(progress.step, progress.total_steps, note, progress.first_step)

        folder = train(model, training, validation, options.output, settings, on_progress=show)
    print(f"The best model is in {folder}: `bertsum summarize FILE --model {folder}` uses it.")
    return 0


# ---- evaluate -----------------------------------------------------------------------------------


def _declare_evaluate(parser: argparse.ArgumentParser) -> None:
    _declare_corpus(parser)
    _declare_model(parser)
    parser.add_argument(
        "--output", metavar="DIR", help="folder for the report: JSON, Markdown table, plots"
    )
    parser.add_argument(
        "-n", "--sentences", type=_count, default=3, metavar="N", help="a summary (default: 3)"
    )
    parser.add_argument(
        "--losses",
        metavar="FILE",
        help="losses.csv of the training, to be drawn (default: the one beside the model's folder)",
    )
    parser.add_argument(
        "--processes",
        type=_count,
        metavar="N",
        help="that compute ROUGE (default: one a core)",
    )
    _declare_json(parser, "print the report as JSON instead of Markdown")


EVALUATE_EXAMPLES = """\
example:
  bertsum evaluate cnn_dailymail --split test --model runs/news/model --output reports/news

ROUGE-1, -2 and -Lsum F1 of the model, of LEAD-3 and of the oracle on the same documents, with 95 %
bootstrap intervals, overall and for each publisher, with trigram blocking and without.
"""


def _run_evaluate(options: argparse.Namespace) -> int:
    from bertsum_tf.progress import ProgressBar

    summarizer = _summarizer(options)
    corpus = _corpus(options)
    from bertsum_tf.evaluation.evaluate import evaluate

    losses = options.losses
    if losses is None and options.model is not None:
        beside_model = Path(options.model).parent / "losses.csv"
        losses = beside_model if beside_model.is_file() else None
    with ExitStack() as stack:
        bars: dict[str, ProgressBar] = {}

        def show(stage: str, done: int, total: int | None) -> None:
            if stage not in bars:
                stack.close()  # the stage before is done
                bars[stage] = stack.enter_context(ProgressBar(stage, total, "summaries"))
            bars[stage].update(done, total)

        report = evaluate(
            summarizer,
            corpus,
            num_sentences=options.sentences,
            output=options.output,
            losses=losses,
            processes=options.processes or available_cores(),
            on_progress=show,
        )
    _set_up_stdout(options.json)
    print(report.to_json() if options.json else report.to_markdown(), end="")
    return 0


# ---- export -------------------------------------------------------------------------------------

_FORMATS = ("saved_model", "tflite")
_QUANTIZATIONS = ("none", "float16", "dynamic", "int4", "int8")


def _declare_export(parser: argparse.ArgumentParser) -> None:
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
        type=_count,
        metavar="N",
        help="of the SavedModel (default: one more than the latest in the folder)",
    )
    parser.add_argument(
        "--quantize",
        choices=_QUANTIZATIONS,
        help="of TFLite: float32, float16 weights, int8 weights (default: dynamic), 4-bit weights "
        "where they cost least, or all in int8",
    )
    parser.add_argument(
        "--representative-data",
        dest="source",
        metavar="CORPUS",
        help="documents that int8 is calibrated on, as in `bertsum prepare` (default: the sample)",
    )
    _declare_corpus_options(parser)


EXPORT_EXAMPLES = """\
examples:
  bertsum export runs/news/model --format saved_model --output serving/news
  bertsum export runs/news/model --format tflite --output news.tflite
  bertsum export runs/news/model --format tflite --quantize float16 --output news16.tflite
  bertsum export bertsum_minilm_l6_cnn_en_uncased --format saved_model --output serving/news

Both take part in everything that a model does: `bertsum summarize FILE --model news.tflite`.
What exists is never written over half: the new file or folder appears when it is whole.
Exporting needs bertsum_tf with its extra 'train'.
"""


def _run_export(options: argparse.Namespace) -> int:
    _check_export(options)
    from bertsum_tf.summarizer import Engine, load_model, needs_keras

    if needs_keras(options.model):
        use_backend("tensorflow")
    model = load_model(options.model)
    if isinstance(model, Engine):
        raise UsageError(
            f"{options.model} is exported already: name the folder of the trained model."
        )
    if options.format == "saved_model":
        from bertsum_tf.exporters.saved_model import export_saved_model

        path = export_saved_model(model, options.output, version=options.model_version)
        print(f"{path} takes raw text: {options.output} is the base_path for TF Serving.")
        return 0
    from bertsum_tf.exporters.tflite import export_tflite

    quantize = options.quantize or "dynamic"
    documents = None
    if quantize == "int8":
        options.source = options.source or "sample"
        documents = (document.text for document in _corpus(options))
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


# ---- quickstart, benchmark ----------------------------------------------------------------------


def _declare_quickstart(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--output",
        default="bertsum-quickstart",
        metavar="DIR",
        help="folder to write (default: bertsum-quickstart)",
    )
    parser.add_argument(
        "--backbone",
        default=bundled.NAME,
        metavar="B",
        help="what to start from: a trained model, or a BERT, which may be downloaded "
        "(default: the model in the package)",
    )


QUICKSTART_EXAMPLES = """\
Trains the model that ships with bertsum on the corpus that does, evaluates it beside LEAD-3 and the
oracle, exports it as a SavedModel and a .tflite file, and summarises an article with each: under
5 minutes on two cores, without a network.
"""


def _run_quickstart(options: argparse.Namespace) -> int:
    from bertsum_tf.progress import ProgressBar

    use_backend("tensorflow")
    from bertsum_tf.quickstart import quickstart

    with ExitStack() as stack:
        bars: list[ProgressBar] = []

        def tell(sentence: str) -> None:
            stack.close()  # the step before is done
            bars.clear()
            print(sentence, flush=True)

        def show(done: int, total: int, note: str) -> None:
            if not bars:
                bars.append(stack.enter_context(ProgressBar("Training", total, "steps")))
            bars[0].update(done, total, note)

        result = quickstart(
            options.output, backbone=options.backbone, on_step=tell, on_progress=show
        )
    _set_up_stdout(is_json=False)
    print(f"\n{result.report.to_markdown()}")
    print(f"An article:\n{textwrap.shorten(result.article, 600, placeholder=' ...')}\n")
    for name, summary in result.summaries.items():
        print(f"Its summary by {name}:\n{summary.text}\n")
    print(f"Yours: bertsum summarize FILE --model {result.tflite}")
    return 0


def _declare_benchmark(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--peers",
        action="store_true",
        help="instead: the model in the package beside its weights in PyTorch and ONNX Runtime",
    )
    parser.add_argument(
        "--quick", action="store_true", help="small shapes: does it run, not how fast it is"
    )
    parser.add_argument(
        "--corpus",
        dest="source",
        default="sample",
        metavar="CORPUS",
        help="documents to use, as in `bertsum prepare` (default: the sample that ships)",
    )
    _declare_corpus_options(parser)
    parser.add_argument(
        "--documents",
        type=_count,
        metavar="N",
        help="to prepare (default: 4,000; a smaller corpus is repeated); with --peers, to "
        "summarise (default: 256)",
    )
    parser.add_argument(
        "--backbone",
        metavar="B",
        help="whose vocabulary and sizes to use (default: sizes of MiniLM-L6); weights are random",
    )
    parser.add_argument(
        "--precision",
        choices=("both", "float32", "mixed_bfloat16"),
        help="of the training (default: both)",
    )
    parser.add_argument(
        "--backend",
        choices=("all", *BACKENDS),
        help="of Keras (default: all that are installed)",
    )
    parser.add_argument(
        "--batch-tokens", type=_count, metavar="N", help="padded tokens a batch (default: 8,192)"
    )
    parser.add_argument(
        "--rounds",
        type=_count,
        metavar="N",
        help="turns of each contestant (default: 3; with --peers 5)",
    )
    _declare_json(parser, "print the figures as JSON")


BENCHMARK_EXAMPLES = """\
examples:
  bertsum benchmark
  bertsum benchmark --backend torch --precision mixed_bfloat16 --json > speed.json
  bertsum benchmark --corpus cnn_dailymail --split validation --backbone bert_base_en_uncased
  bertsum benchmark --peers --corpus cnn_dailymail --split validation

Prints documents/s of preparing, of training on each installed backend of Keras beside a PyTorch
twin of the same shape, in turns, and summaries/s from raw text. Takes some minutes a backend.
With --peers it prints summaries/s of the model in the package, in turns with the same weights in
Hugging Face transformers and in ONNX Runtime (extra 'benchmark'), and seconds and memory of one
`bertsum summarize`. Takes about 13 minutes on two cores.
"""


def _run_benchmark(options: argparse.Namespace) -> int:
    if options.peers:
        return _run_benchmark_peers(options)
    from bertsum_tf.benchmark.run import PRECISIONS, QUICK, Workload, benchmark
    from bertsum_tf.progress import ProgressBar

    backends = installed_backends()
    if options.backend not in (None, "all"):
        if options.backend not in backends:
            raise UsageError(f"The backend {options.backend} is not installed.")
        backends = [options.backend]
    precisions: Sequence[str] = PRECISIONS
    if options.precision not in (None, "both"):
        precisions = (options.precision,)
    workload = QUICK if options.quick else Workload()
    changes = {
        "documents": options.documents,
        "tokens_per_batch": options.batch_tokens,
        "rounds": options.rounds,
    }
    workload = replace(workload, **{name: value for name, value in changes.items() if value})
    vocabulary = None
    if options.backbone is not None:
        use_backend()
        from bertsum_tf.benchmark.model_shape import ModelShape
        from bertsum_tf.models.presets import load_backbone

        vocabulary = _backbone_vocabulary(options.backbone)
        backbone = load_backbone(options.backbone, load_weights=False)
        workload = replace(workload, shape=ModelShape.of_backbone(backbone))
    with ProgressBar("Benchmark", unit="steps", keep=False) as bar:
        report = benchmark(
            _corpus(options), workload, backends, precisions, vocabulary, on_progress=bar.update
        )
    _set_up_stdout(options.json)
    print(report.to_json() if options.json else report.to_text(), end="")
    return 0


def _run_benchmark_peers(options: argparse.Namespace) -> int:
    from bertsum_tf.benchmark.peers.run import QUICK, PeerWorkload, benchmark_peers
    from bertsum_tf.progress import ProgressBar

    for name in ("backbone", "precision", "backend", "batch_tokens"):
        if getattr(options, name) is not None:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} is for the benchmark without --peers: leave it out.")
    workload = QUICK if options.quick else PeerWorkload()
    changes = {"texts": options.documents, "rounds": options.rounds}
    workload = replace(workload, **{name: value for name, value in changes.items() if value})
    with ProgressBar("Benchmark", unit="steps", keep=False) as bar:
        report = benchmark_peers(_corpus(options), workload, on_progress=bar.update)
    _set_up_stdout(options.json)
    print(report.to_json() if options.json else report.to_text(), end="")
    return 0


# ---- what sub-commands share --------------------------------------------------------------------

_COMMANDS = {
    "quickstart": (
        "go on training the shipped model on 70 articles, evaluate and export it",
        _declare_quickstart,
        _run_quickstart,
        QUICKSTART_EXAMPLES,
    ),
    "summarize": (
        "choose the sentences that say the most",
        _declare_summarize,
        _run_summarize,
        SUMMARIZE_EXAMPLES,
    ),
    "prepare": (
        "turn a corpus into data to train on",
        _declare_prepare,
        _run_prepare,
        PREPARE_EXAMPLES,
    ),
    "train": ("train a model on prepared data", _declare_train, _run_train, TRAIN_EXAMPLES),
    "export": (
        "write a model for TF Serving, or for phones and browsers",
        _declare_export,
        _run_export,
        EXPORT_EXAMPLES,
    ),
    "evaluate": (
        "measure a model beside LEAD-3 and the oracle",
        _declare_evaluate,
        _run_evaluate,
        EVALUATE_EXAMPLES,
    ),
    "benchmark": (
        "measure how fast preparing, training and summarising are",
        _declare_benchmark,
        _run_benchmark,
        BENCHMARK_EXAMPLES,
    ),
}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the list of options."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; `{self.prog} --help` shows what there is.\n")


class _Layout(argparse.RawDescriptionHelpFormatter):
    """Keeps the examples as they are, and names and explanations on one line."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32)
        # argparse does not count the indent of sub-commands.
        self._action_max_length = 4 + max(map(len, _COMMANDS))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM, description=DESCRIPTION, epilog=EXAMPLES, formatter_class=_Layout
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", required=True)
    for name, (summary, declare, run, epilog) in _COMMANDS.items():
        command = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=epilog,
            formatter_class=_Layout,
        )
        declare(command)
        command.set_defaults(run=run)
    return parser


def _declare_corpus(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source",
        metavar="CORPUS",
        help="a TFDS set (cnn_dailymail), a .jsonl file, a folder of .story files, or 'sample'",
    )
    _declare_corpus_options(parser)


def _declare_corpus_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--split", metavar="S", help="of a TFDS set: train, test, train[:1000]")
    parser.add_argument("--data-dir", metavar="DIR", help="where TFDS keeps its sets")
    parser.add_argument("--limit", type=_count, metavar="N", help="take the first N documents only")


def _declare_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        metavar="M",
        help="what `bertsum train` or `bertsum export` wrote (default: the model in the package)",
    )
    _declare_backend(parser)


def _declare_backend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--backend",
        choices=("auto", *BACKENDS),
        default="auto",
        help="of Keras (default: $KERAS_BACKEND, else the first that is installed)",
    )


def _declare_json(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--json", action="store_true", help=text)


def _count(text: str) -> int:
    """The type of options that count something."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)


def _corpus(options: argparse.Namespace) -> Corpus:
    from bertsum_tf.data.corpora import SAMPLE, open_corpus

    source: str = options.source
    if source != SAMPLE and ".jsonl" not in source and not Path(source).exists():
        import_tensorflow_quietly()  # which TensorFlow Datasets will import
    return open_corpus(source, split=options.split, data_dir=options.data_dir, limit=options.limit)


def _summarizer(options: argparse.Namespace) -> Summarizer:
    """Loads the model, and Keras only for one that needs it."""
    from bertsum_tf.summarizer import Summarizer, needs_keras

    if options.model is not None and needs_keras(options.model):
        use_backend(options.backend)
        return Summarizer(options.model)
    summarizer = Summarizer(options.model)
    if options.backend != "auto":
        raise UsageError(
            "--backend is for models that `bertsum train` wrote: leave it out for an exported one."
        )
    return summarizer


def _set_up_stdout(is_json: bool) -> None:
    """JSON is UTF-8 everywhere; what a terminal can't show is written as an escape."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8" if is_json else None, errors="backslashreplace")


def _close_stdout() -> None:
    """Sends what is still to be written nowhere, so that Python's last flush does not fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def _say(sentence: str) -> None:
    print(f"{PROGRAM}: {sentence}", file=sys.stderr, flush=True)


def _name(source: str) -> str:
    return "standard input" if source == "-" else source


def _sentence(error: Exception) -> str:
    """What went wrong, in one sentence that says what to do."""
    if isinstance(error, BertsumError):
        return " ".join(str(error).split())
    package = (getattr(error, "name", None) or "").split(".")[0]
    if isinstance(error, ModuleNotFoundError) and package != "bertsum_tf":
        return f"{package} is not installed: install bertsum_tf with its extra 'train'."
    first_line = (str(error).strip().splitlines() or [""])[0][:300]
    what = f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__
    return f"unexpected {what} (set {DEBUG}=1 to see where)."

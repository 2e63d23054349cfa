"""`bertsum summarize`: files -> summaries."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bertsum_tf.choices import ORDERS, SELECTIONS
from bertsum_tf.cli.options import (
    count,
    declare_encoders,
    declare_model,
    declare_runner,
    declare_workers,
    declare_writing,
    given_runner,
    load_summarizer,
)
from bertsum_tf.cli.output import say, set_up_stdout
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.text.text_file import STDIN, name_of

if TYPE_CHECKING:
    from bertsum_tf.beam.runner import Runner
    from bertsum_tf.data.document import Document
    from bertsum_tf.summarizer import Summary

SUMMARY = "summarise files, by their best sentences or in a model's own words"

# In words; no sentence that somebody wrote with stops is longer.
_LONG_SENTENCE = 150


def declare(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="plain text, or many documents in a .jsonl or .tfrecord file; '-' is standard input, "
        "as is no FILE at all. With --runner: patterns of such files, such as 'articles/*.txt'",
    )
    declare_model(parser)
    number = parser.add_mutually_exclusive_group()
    number.add_argument(
        "-n",
        "--sentences",
        type=count,
        metavar="N",
        help="sentences to choose at most (default: 3)",
    )
    number.add_argument(
        "--ratio", type=float, metavar="R", help="as a share of all sentences, such as 0.1"
    )
    parser.add_argument(
        "--max-words",
        type=count,
        metavar="W",
        help="words of a summary at most; alone, it takes the place of the number of sentences",
    )
    parser.add_argument(
        "--no-trigram-blocking",
        dest="trigram_blocking",
        action="store_false",
        help="allow a summary to repeat three words in a row",
    )
    parser.add_argument(
        "--selection",
        choices=SELECTIONS,
        default="top",
        help="choose the best-scored sentences (default), or the best summary as a whole",
    )
    declare_encoders(parser, "a `bertsum pretrain` run, which --selection match chooses by")
    parser.add_argument(
        "--order",
        choices=ORDERS,
        default="document",
        help="print the sentences as they stand in the document (default), or the best first",
    )
    declare_writing(parser)
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
    declare_runner(parser)
    parser.add_argument("--output", metavar="DIR", help="folder to write, with --runner")
    declare_workers(parser)


EXAMPLES = """\
examples:
  bertsum summarize article.txt
  curl -s https://example.org/article.txt | bertsum summarize -n 2
  bertsum summarize *.txt --max-words 60 --json > summaries.jsonl
  bertsum summarize old.txt --encoding latin-1 --html old.html
  bertsum summarize article.txt --model runs/news/model
  bertsum summarize articles.jsonl --json > summaries.jsonl
  bertsum summarize --runner DirectRunner 'articles/*.jsonl' --output summaries

A line of a .jsonl file is {"document": TEXT}, if you like with an "id", which is then the source.
Each line of --json is
  {"source": FILE, "summary": TEXT, "sentences": [{"index", "start", "end", "text", "score",
   "selected"}, ...], "model": NAME}
with every sentence of the document; start and end count code points from the start of the text.
With --encoders it also has "similarity": how near the summary is to the document, from -1 to 1.
Of a model that writes it also has "written": [{"text", "source_index"}, ...], what was written and
which sentence of the document it overlaps most with. Such a model reads the first window of a
document, usually 512 word pieces, and takes no -n, --ratio, --order, --selection, --html.
A file that can't be summarised is named on standard error, the others are done, the exit code is 1.
With --runner the lines of --json go to DIR/summaries-*.jsonl, in the order of the input, and what
can't be summarised to DIR/bad-*.jsonl, with its reason; --model is then a .tflite file.
"""


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit code."""
    from bertsum_tf.progress import ProgressBar
    from bertsum_tf.selection import check_limits, words

    check_limits(options.sentences, options.ratio, options.max_words)
    runner = given_runner(options)
    if runner is not None:
        return _run_on_runner(options, runner)
    _refuse(options, "is for --runner: name one, or leave it out", output=None, workers=None)
    if options.selection == "match" and options.encoders is None:
        raise UsageError(
            "--selection match needs two encoders, and a model that chooses sentences: "
            "name a run of `bertsum pretrain` with --encoders."
        )
    if options.html == "-":
        raise UsageError("--html can't go to standard output, where the summary goes: name a file.")
    if not options.files and sys.stdin is not None and sys.stdin.isatty():
        raise UsageError("Name a FILE to summarise, or '-' to read standard input.")
    documents, status = _read(options.files or [STDIN], options.encoding)
    if not documents:
        return status

    summarizer = load_summarizer(options)
    if summarizer.writes:
        _check_writing(options)
    characters = sum(len(document.text) for document in documents)
    with ProgressBar("Summarising", characters, "characters", keep=False) as bar:
        summaries = summarizer.batch(
            documents,
            **_choice(options),
            selection=options.selection,
            on_progress=bar.advance,
        )
    if options.html is not None:
        named = [
            (name_of(document.id), document.text, summary)
            for document, summary in zip(documents, summaries, strict=True)
        ]
        try:
            _write_html(Path(options.html), named)
        except BertsumError as error:  # the summaries are there all the same
            say(str(error))
            status = 1
    set_up_stdout(options.json)
    for number, (document, summary) in enumerate(zip(documents, summaries, strict=True)):
        source = document.id
        num_words = len(words(summary.text))
        if len(summary.sentences) == 1 and num_words > _LONG_SENTENCE:
            say(
                f"{name_of(source)} is one sentence of {num_words} words, by its punctuation and "
                "lines, and so is the summary: put stops or line ends between its sentences."
            )
        if options.max_words is not None and num_words > options.max_words:
            if summary.written:
                what = f"no written summary of up to {options.max_words} words: its first sentence"
            else:
                what = f"no sentence of up to {options.max_words} words: its shortest"
            say(f"{name_of(source)} has {what}, of {num_words}, is the summary.")
        if options.json:
            print(summary.to_json(source))
            continue
        if len(documents) > 1 or len(options.files) > 1:
            print(f"{'' if number == 0 else chr(10)}==> {source} <==")
        print(summary.text)
    return status


def _read(sources: list[str], encoding: str | None) -> tuple[list[Document], int]:
    """The documents of files, and 1 if some can't be read, else 0; says which."""
    from bertsum_tf.data.document import BadDocument
    from bertsum_tf.data.texts import read_documents

    documents: list[Document] = []
    status = 0
    for source in sources:
        for record in read_documents(source, encoding):
            if isinstance(record, BadDocument):
                say(f"{name_of(record.where)} {record.reason}")
                status = 1
            else:
                documents.append(record)
    return documents, status


def _choice(options: argparse.Namespace) -> dict[str, Any]:
    """What `Summarizer.batch` is told of how to choose."""
    names = ("sentences", "ratio", "max_words", "trigram_blocking", "order")
    return {name: getattr(options, name) for name in names}


def _run_on_runner(options: argparse.Namespace, runner: Runner) -> int:
    from bertsum_tf.beam.summarize import SummaryOptions, summarize_with_beam
    from bertsum_tf.engines.litert_engine import LiteRtEngine
    from bertsum_tf.engines.litert_writer import LiteRtWriter
    from bertsum_tf.text.text_file import check_encoding

    _refuse(options, "does not go with --runner: leave it out", html=None, encoders=None)
    if options.output is None:
        raise UsageError("--runner writes files: name a folder for them with --output.")
    if not options.files or STDIN in options.files:
        raise UsageError("--runner reads files: name some, such as 'articles/*.txt'.")
    check_encoding(options.encoding)
    summarizer = load_summarizer(options)  # so that its faults are told before anything starts
    if not isinstance(summarizer.engine, (LiteRtEngine, LiteRtWriter)):
        raise UsageError(
            f"--runner takes a .tflite file, and {options.model} is none: "
            "run bertsum export --format tflite."
        )
    if summarizer.writes:
        _check_writing(options)
    manifest = summarize_with_beam(
        options.files,
        options.output,
        runner,
        SummaryOptions(
            model=options.model,
            choice=_choice(options),
            strategy=summarizer.strategy,
            limits=summarizer.limits,
            encoding=options.encoding,
        ),
    )
    if options.json:
        set_up_stdout(True)
        print(json.dumps(manifest))
    else:
        print(
            f"{options.output}: {manifest['documents']:,} summaries in "
            f"{len(manifest['shards']):,} files."
        )
    if manifest["bad"]:
        say(
            f"{manifest['bad']:,} documents can't be summarised: "
            f"{options.output}/bad-*.jsonl says why."
        )
    return 1 if manifest["bad"] else 0


def _refuse(options: argparse.Namespace, why: str, **defaults: object) -> None:
    """Refuses options that are not at their defaults."""
    for name, default in defaults.items():
        if getattr(options, name) != default:
            raise UsageError(f"--{name.replace('_', '-')} {why}.")


def _check_writing(options: argparse.Namespace) -> None:
    """Refuses options of models that choose sentences."""
    given = {
        "-n": options.sentences is not None,
        "--ratio": options.ratio is not None,
        "--order": options.order != "document",
        "--selection": options.selection != "top",
        "--html": options.html is not None,
    }
    option = next((option for option, is_given in given.items() if is_given), None)
    if option is not None:
        raise UsageError(
            f"{option} is for models that choose sentences, and {options.model} writes its own: "
            f"leave {option} out."
        )


def _write_html(path: Path, summaries: list[tuple[str, str, Summary]]) -> None:
    from bertsum_tf.html_page import html_page
    from bertsum_tf.run_folder import write_aside

    try:
        write_aside(path, html_page(summaries))
    except OSError as error:
        raise BertsumError(
            f"The page {path} can't be written ({error.strerror}): name another file with --html."
        ) from error

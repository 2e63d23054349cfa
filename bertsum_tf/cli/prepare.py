"""`bertsum prepare`: corpus -> prepared data."""

from __future__ import annotations

import argparse
import json
from functools import partial
from itertools import count as count_up
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bertsum_tf.cli.options import (
    backbone_vocabulary,
    count,
    declare_backend,
    declare_corpus,
    declare_json,
    declare_runner,
    declare_workers,
    given_runner,
    open_given_corpus,
)
from bertsum_tf.cli.output import say, set_up_stdout
from bertsum_tf.errors import UsageError
from bertsum_tf.keras_backend import use_backend
from bertsum_tf.storage_path import is_remote

if TYPE_CHECKING:
    from bertsum_tf.data.corpora import BadDocument
    from bertsum_tf.text.wordpiece import WordPiece

SUMMARY = "turn a corpus into data to train on"

# The others are counted.
_BAD_RECORDS_NAMED = 5


def declare(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    declare_corpus(parser)
    parser.add_argument(
        "--backbone",
        required=True,
        metavar="B",
        help="whose vocabulary to use: a KerasHub preset, a folder with a BERT, or a vocab.txt",
    )
    parser.add_argument("--output", required=True, metavar="DIR", help="folder to write")
    parser.add_argument(
        "--max-tokens", type=count, default=512, metavar="N", help="tokens a window (default: 512)"
    )
    declare_workers(parser)
    declare_backend(parser)
    declare_json(parser, "print the manifest as JSON")
    declare_runner(parser)


EXAMPLES = """\
examples:
  bertsum prepare cnn_dailymail --split train --backbone bert_base_en_uncased --output data/train
  bertsum prepare articles.jsonl --backbone path/to/vocab.txt --output data/mine
  bertsum prepare gs://mine/articles.jsonl --backbone vocab.txt --output gs://mine/prepared \\
      --runner DataflowRunner --runner-option project=mine --runner-option region=us-central1

A line of a .jsonl file is {"document": TEXT or "sentences": [TEXT, ...], "summary": TEXT}; the
names of CNN/DailyMail, "article" and "highlights", will do too. With --split S only lines with
"split": S are read, so that one file can hold what is trained on and what is validated on.
A run that was interrupted goes on where it stopped when the same command is given again.
"""


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit code."""
    runner = given_runner(options)
    if runner is None and is_remote(options.output):
        raise UsageError(f"{options.output} can be written by a runner only: name a --runner.")
    vocabulary = _vocabulary(options)
    if runner is None:
        manifest = _prepare_here(options, vocabulary)
    else:
        from bertsum_tf.beam.prepare import prepare_with_beam

        manifest = prepare_with_beam(
            partial(open_given_corpus, _corpus_options(options)),
            vocabulary,
            options.output,
            runner,
            max_tokens=options.max_tokens,
        )
    if options.json:
        set_up_stdout(True)
        print(json.dumps(manifest))
        return 0
    print(
        f"{options.output}: {manifest['documents']:,} documents, {manifest['windows']:,} windows, "
        f"{manifest['tokens']:,} tokens."
    )
    for reason, number in manifest["dropped"].items():
        print(f"Left out: {number:,} ({reason}).")
    return 0


def _prepare_here(options: argparse.Namespace, vocabulary: WordPiece) -> dict[str, Any]:
    from bertsum_tf.data.prepare import prepare
    from bertsum_tf.progress import ProgressBar

    corpus = open_given_corpus(options)
    number = count_up(1)

    def name_first_ones(record: BadDocument) -> None:
        if next(number) <= _BAD_RECORDS_NAMED:
            say(f"{record.where} {record.reason}: it is left out.")

    with ProgressBar("Preparing", corpus.size, "documents") as bar:
        return prepare(
            corpus,
            vocabulary,
            options.output,
            max_tokens=options.max_tokens,
            workers=options.workers,
            on_progress=lambda progress: bar.update(
                progress.done, progress.total, done_earlier=progress.done_earlier
            ),
            on_bad=name_first_ones,
        )


def _corpus_options(options: argparse.Namespace) -> argparse.Namespace:
    """Those that say which corpus is meant, which a worker is sent."""
    names = ("source", "split", "data_dir", "limit")
    return argparse.Namespace(**{name: getattr(options, name) for name in names})


def _vocabulary(options: argparse.Namespace) -> WordPiece:
    from bertsum_tf.text.wordpiece import WordPiece

    if Path(options.backbone).is_file():
        return WordPiece.from_file(options.backbone)
    use_backend(options.backend)
    return backbone_vocabulary(options.backbone)

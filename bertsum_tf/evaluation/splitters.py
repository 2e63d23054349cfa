"""How the sentence rules compare with pysbd and NLTK's Punkt: agreement, speed, hand-made cases.

    python -m bertsum_tf.evaluation.splitters cnn_dailymail --split validation \
        --train-split train --cases tests/text/split_cases.json

needs the packages of the extra `dev`. `docs/sentence-splitting.md` shows the outcome.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from bertsum_tf.data.corpora import Corpus, open_corpus
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.progress import track
from bertsum_tf.text.sentences import split

# A splitter gives the sentences of a text in order; white space around them doesn't count.
Splitter = Callable[[str], Sequence[str]]

OURS, PYSBD, PUNKT = "bertsum_tf", "pysbd", "Punkt"


def by_rules(text: str) -> list[str]:
    """The sentences of a text by this package's rules."""
    return [text[start:end] for start, end in split(text)]


def pysbd_splitter() -> Splitter:
    """Pysbd for English (Sadvilkar & Neumann, 2020)."""
    try:
        import pysbd
    except ImportError as error:
        raise BertsumError("pysbd is missing: install bertsum-tf[dev].") from error
    segmenter = pysbd.Segmenter(language="en", clean=False)
    return lambda text: segmenter.segment(text)


def punkt_splitter(texts: Iterable[str]) -> Splitter:
    """Punkt (Kiss & Strunk, 2006), trained on the texts given.

    NLTK's own English model is a download; Punkt is made to be trained on the text at hand.
    """
    try:
        from nltk.tokenize.punkt import PunktSentenceTokenizer, PunktTrainer
    except ImportError as error:
        raise BertsumError("nltk is missing: install bertsum-tf[dev].") from error
    trainer = PunktTrainer()
    for text in texts:
        trainer.train(text, finalize=False)
    trainer.finalize_training()
    tokenizer = PunktSentenceTokenizer(trainer.get_params())
    return lambda text: tokenizer.tokenize(text)


def boundaries(text: str, sentences: Iterable[str]) -> frozenset[int]:
    """Where sentences end in the text, but for the last; white space around them doesn't count."""
    ends = set()
    position = 0
    for sentence in sentences:
        start = text.find(sentence.strip(), position)
        # A splitter may alter a sentence; it has no end that could be compared then.
        if start >= 0:
            position = start + len(sentence.strip())
            ends.add(position)
    return frozenset(ends - {0, len(text.rstrip())})


def agreement(first: Sequence[frozenset[int]], second: Sequence[frozenset[int]]) -> float:
    """F1 of the boundaries of one splitter against another's, over all documents; symmetric."""
    shared = sum(len(one & other) for one, other in zip(first, second, strict=True))
    total = sum(len(one) + len(other) for one, other in zip(first, second, strict=True))
    return 2 * shared / total if total else 1.0


def accuracy(splitter: Splitter, cases: Sequence[dict]) -> float:
    """Share of the cases in which every sentence is as expected."""

    def right(case: dict) -> bool:
        sentences = [sentence.strip() for sentence in splitter(case["text"])]
        return [sentence for sentence in sentences if sentence] == case["sentences"]

    return sum(map(right, cases)) / len(cases)


def compare(
    splitters: dict[str, Splitter], corpus: Iterable[str], cases: Sequence[dict] | None = None
) -> str:
    """Compares splitters on a corpus.

    Args:
        splitters: by name.
        corpus: the texts.
        cases: `{"text": ..., "sentences": [...]}` each, with the split that is expected.

    Returns:
        A table in Markdown: sentences; speed on one core, in 10^6 bytes of UTF-8 a second of
        processor time; agreement of the boundaries in percent; share of the cases that are right.
    """
    texts = list(corpus)
    if not texts:
        raise UsageError("The corpus is empty: there is nothing to compare the splitters on.")
    megabytes = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) / 1e6
    found: dict[str, list[frozenset[int]]] = {}
    speed = {}
    for name, splitter in splitters.items():
        seconds = 0.0
        found[name] = []
        for text in track(texts, f"Splitting with {name}", len(texts)):
            start = time.process_time()
            sentences = splitter(text)
            seconds += time.process_time() - start
            found[name].append(boundaries(text, sentences))
        speed[name] = megabytes / seconds
    slowest = min(speed.values())
    header = ["", "sentences", "MB/s", "times the slowest", *(f"F1 with {name}" for name in found)]
    if cases is not None:
        header.append(f"{len(cases)} hand-made cases")
    rows = [header, ["---", *["---:"] * (len(header) - 1)]]
    for name, splitter in splitters.items():
        count = sum(len(ends) + 1 for ends in found[name])
        row = [name, f"{count:,}", f"{speed[name]:.2f}", f"{speed[name] / slowest:.0f}"]
        for other in found:
            same = other == name
            row.append("" if same else f"{100 * agreement(found[name], found[other]):.2f}")
        if cases is not None:
            row.append(f"{100 * accuracy(splitter, cases):.1f} %")
        rows.append(row)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bertsum_tf.evaluation.splitters",
        description="Compares the sentence rules with pysbd and NLTK's Punkt on a corpus.",
    )
    parser.add_argument("corpus", help="as `bertsum prepare` takes it: a TFDS name, a .jsonl file")
    parser.add_argument("--split", help="split to compare on")
    parser.add_argument("--train-split", help="split to train Punkt on; default: the same")
    parser.add_argument("--train-limit", type=int, default=2000, help="documents to train Punkt on")
    parser.add_argument("--data-dir", help="where TFDS keeps its data")
    parser.add_argument("--limit", type=int, help="documents to compare on")
    parser.add_argument("--cases", type=Path, help="JSON file of texts and expected sentences")
    options = parser.parse_args(arguments)

    def texts(split_name: str | None, limit: int | None) -> Iterable[str]:
        corpus: Corpus = open_corpus(
            options.corpus, split=split_name, data_dir=options.data_dir, limit=limit
        )
        return (document.text for document in corpus)

    try:
        cases = None
        if options.cases is not None:
            cases = json.loads(options.cases.read_text(encoding="utf-8"))
        train = texts(options.train_split or options.split, options.train_limit)
        splitters = {
            OURS: by_rules,
            PYSBD: pysbd_splitter(),
            PUNKT: punkt_splitter(track(train, "Training Punkt", total=options.train_limit)),
        }
        print(compare(splitters, texts(options.split, options.limit), cases))
    except BertsumError as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except (OSError, ValueError) as error:
        print(f"{options.cases} can't be read ({error}): name a JSON file.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

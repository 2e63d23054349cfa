r"""What Beam costs on one machine, and what a million articles would take on many.

    python -m bertsum_tf.benchmark.many_machines cnn_dailymail --split validation \
        --price-per-core-hour 0.05

`bertsum prepare` and `bertsum summarize` run on one core and on two, without Beam and with the
DirectRunner (a worker a core), each as a process of its own, in turns; that both write the same is
checked. What more machines would do is computed from the rate of one worker. Linux only: a process
is kept to its cores by their affinity.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from bertsum_tf import bundled
from bertsum_tf.beam.runner import INSTALL
from bertsum_tf.benchmark.hardware import describe_hardware, describe_software
from bertsum_tf.benchmark.report import three_digits
from bertsum_tf.cores import available_cores
from bertsum_tf.data.corpora import Corpus, Document, open_corpus
from bertsum_tf.errors import BertsumError, UsageError

ARTICLES = 1_000_000
WORKERS = (1, 16, 256)
CORES = (1, 2)
VOCABULARY = bundled.PRESET / "assets" / "tokenizer" / "vocabulary.txt"


@dataclass(frozen=True)
class Workload:
    """How much is done.

    Attributes:
        prepare: documents to prepare; shards have 2,000, and two workers need one each.
        summarize: documents to summarise.
        rounds: turns of each command.
    """

    prepare: int = 8000
    summarize: int = 512
    rounds: int = 3


@dataclass(frozen=True)
class Measured:
    """One command on so many cores, with Beam or without.

    Attributes:
        command: "prepare" or "summarize".
        beam: whether the DirectRunner ran it.
        cores: that it had, and workers.
        documents: that it dealt with.
        start_seconds: of a run with one document, from start to end; median of the rounds.
        seconds: of a run with all; median of the rounds.
    """

    command: str
    beam: bool
    cores: int
    documents: int
    start_seconds: float
    seconds: float

    @property
    def rate(self) -> float:
        """Documents a second, once it has started."""
        return (self.documents - 1) / max(self.seconds - self.start_seconds, 1e-9)


@dataclass(frozen=True)
class Computed:
    """What `ARTICLES` would take if every worker were as fast as the one that was measured.

    Attributes:
        command: see `Measured`.
        workers: of one core each.
        hours: on the clock.
        core_hours: of all workers together.
        cost: of the core hours; None without a price.
    """

    command: str
    workers: int
    hours: float
    core_hours: float
    cost: float | None


def measure(documents: Sequence[Document], workload: Workload, folder: Path) -> list[Measured]:
    """Runs the commands in turns.

    Args:
        documents: to work on, repeated if they are too few.
        workload: how many, and how often.
        folder: for what is read and written.

    Returns:
        Each command, on each number of cores that there is, without Beam and with it.

    Raises:
        BertsumError: if a command fails, or Beam's output is not the local one.
    """
    if not hasattr(os, "sched_setaffinity"):
        raise UsageError("Keeping a process to one core needs Linux: run this there.")
    cores = [number for number in CORES if number <= available_cores()]
    measured = []
    for command, write in _WRITERS.items():
        size = getattr(workload, command)
        entries = [(number, beam) for number in cores for beam in (False, True)]
        seconds: dict[tuple[int, int, bool], list[float]] = {}
        for count in (1, size):
            source = folder / command / str(count)
            source.mkdir(parents=True)
            write(source, islice(cycle(documents), count))
            for turn in range(workload.rounds):
                outputs = set()
                for number, beam in entries:
                    output = folder / command / f"{count}-{turn}-{number}-{beam}"
                    took = _time(_arguments(command, source, output, number, beam), output, number)
                    seconds.setdefault((count, number, beam), []).append(took)
                    outputs.add(_content(command, output))
                if len(outputs) > 1:
                    raise BertsumError(f"bertsum {command} writes something else with Beam.")
        measured += [
            Measured(
                command,
                beam,
                number,
                size,
                median(seconds[1, number, beam]),
                median(seconds[size, number, beam]),
            )
            for number, beam in entries
        ]
    return measured


def compute(measured: Sequence[Measured], price_per_core_hour: float | None) -> list[Computed]:
    """What many workers would take and cost, from the rate of Beam's one worker.

    Args:
        measured: what `measure` returned.
        price_per_core_hour: of a worker's core with its memory, in any currency.
    """
    computed = []
    for one in measured:
        if not one.beam or one.cores != 1:
            continue
        for workers in WORKERS:
            hours = (one.start_seconds + ARTICLES / (one.rate * workers)) / 3600
            core_hours = hours * workers
            cost = None if price_per_core_hour is None else core_hours * price_per_core_hour
            computed.append(Computed(one.command, workers, hours, core_hours, cost))
    return computed


def to_markdown(measured: Sequence[Measured], computed: Sequence[Computed]) -> str:
    """Two tables: what was measured, and what follows from it."""
    rates = {(one.command, one.beam, one.cores): one.rate for one in measured}
    lines = [
        "| measured | cores | documents | starts in | documents/s | to local | to one core |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in measured:
        to_local = one.rate / rates[one.command, False, one.cores]
        to_one_core = one.rate / rates[one.command, one.beam, 1]
        name = f"{one.command}, {'DirectRunner' if one.beam else 'local'}"
        lines.append(
            f"| {name} | {one.cores} | {one.documents:,} | {one.start_seconds:.2f} s "
            f"| {one.rate:,.1f} | {to_local:.2f} | {to_one_core:.2f} |"
        )
    lines += [
        "",
        f"| computed, {ARTICLES:,} articles | workers | hours | core hours | cost |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for line in computed:
        cost = "" if line.cost is None else f"{line.cost:,.2f}"
        lines.append(
            f"| {line.command} | {line.workers} | {three_digits(line.hours)} "
            f"| {line.core_hours:,.1f} | {cost} |"
        )
    return "\n".join(lines) + "\n"


def _write_json_lines(folder: Path, documents: Iterator[Document]) -> None:
    with (folder / "articles.jsonl").open("w", encoding="utf-8") as file:
        for document in documents:
            line = {"document": document.text, "summary": document.reference}
            file.write(json.dumps(line) + "\n")


def _write_texts(folder: Path, documents: Iterator[Document]) -> None:
    for number, document in enumerate(documents):
        (folder / f"{number:06d}.txt").write_text(document.text, encoding="utf-8")


# Each command, and what writes documents as it reads them.
_WRITERS: dict[str, Callable[[Path, Iterator[Document]], None]] = {
    "prepare": _write_json_lines,
    "summarize": _write_texts,
}


def _arguments(command: str, source: Path, output: Path, cores: int, beam: bool) -> list[str]:
    if command == "prepare":
        arguments = [str(source / "articles.jsonl"), "--backbone", str(VOCABULARY)]
        arguments += ["--output", str(output), "--workers", str(cores)]
        return [command, *arguments, *(["--runner", "DirectRunner"] if beam else [])]
    if beam:
        arguments = [str(source / "*.txt"), "--output", str(output), "--workers", str(cores)]
        return [command, *arguments, "--runner", "DirectRunner"]
    return [command, "--json", *map(str, sorted(source.iterdir()))]


def _time(arguments: Sequence[str], output: Path, cores: int) -> float:
    """Seconds of a command from its start to its end; what it prints goes to a file."""
    keep: Callable[[], None] = partial(
        os.sched_setaffinity, 0, sorted(os.sched_getaffinity(0))[:cores]
    )
    with output.with_suffix(".stdout").open("wb") as printed:
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "bertsum_tf", *arguments],
            stdout=printed,
            stderr=subprocess.PIPE,
            preexec_fn=keep,
        )
        seconds = time.perf_counter() - started
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise BertsumError((said or [f"bertsum {arguments[0]} failed."])[-1])
    return seconds


def _content(command: str, output: Path) -> bytes:
    """What a command wrote, whatever it wrote it to."""
    if command == "prepare":
        return b"".join(path.read_bytes() for path in sorted(output.iterdir()))
    if output.is_dir():
        return b"".join(path.read_bytes() for path in sorted(output.glob("summaries-*")))
    return output.with_suffix(".stdout").read_bytes()


def _report(
    measured: Sequence[Measured], computed: Sequence[Computed], corpus: Corpus, rounds: int
) -> Mapping[str, object]:
    return {
        "hardware": describe_hardware(),
        "software": describe_software(),
        "corpus": corpus.name,
        "rounds": rounds,
        "measured": [asdict(one) | {"documents_per_second": one.rate} for one in measured],
        "computed": [asdict(one) for one in computed],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    default = Workload()
    parser = argparse.ArgumentParser(
        prog="python -m bertsum_tf.benchmark.many_machines", description=__doc__.splitlines()[0]
    )
    parser.add_argument("corpus", help="as `bertsum prepare` takes it")
    parser.add_argument("--split", help="split to use")
    parser.add_argument("--data-dir", help="where TFDS keeps its data")
    parser.add_argument("--limit", type=int, help="take the first N documents of the corpus only")
    parser.add_argument("--prepare", type=int, default=default.prepare, metavar="N")
    parser.add_argument("--summarize", type=int, default=default.summarize, metavar="N")
    parser.add_argument("--rounds", type=int, default=default.rounds, metavar="N")
    parser.add_argument(
        "--price-per-core-hour", type=float, metavar="P", help="of a worker's core and its memory"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(arguments)
    try:
        workload = Workload(options.prepare, options.summarize, options.rounds)
        if min(workload.prepare, workload.summarize) < 2 or workload.rounds < 1:
            raise UsageError("Two documents and one round are the least to measure a rate with.")
        try:
            import apache_beam  # noqa: F401
        except ImportError as error:
            raise BertsumError(f"This measures Apache Beam: {INSTALL}.") from error
        corpus = open_corpus(
            options.corpus, split=options.split, data_dir=options.data_dir, limit=options.limit
        )
        most = max(workload.prepare, workload.summarize)
        documents = list(islice((one for one in corpus if one.reference), most))
        if not documents:
            raise UsageError(f"{corpus.name} has no document with a summary: name another corpus.")
        with tempfile.TemporaryDirectory() as folder:
            measured = measure(documents, workload, Path(folder))
        computed = compute(measured, options.price_per_core_hour)
        report = _report(measured, computed, corpus, workload.rounds)
        if options.json:
            print(json.dumps(report, indent=1))
        else:
            print(f"{report['hardware']}; {report['software']}; {corpus.name}\n")
            print(to_markdown(measured, computed), end="")
    except BertsumError as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

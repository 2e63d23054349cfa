"""Contestants in turns. Those of these tests are small programs without Keras."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bertsum_tf.benchmark import race as race_module
from bertsum_tf.benchmark.contestant import Entry
from bertsum_tf.benchmark.model_shape import TINY, ModelShape
from bertsum_tf.benchmark.race import ContestantFell, Speeds, race
from bertsum_tf.benchmark.turns import Start
from bertsum_tf.errors import BertsumError


def make_entry(runner: str) -> Entry:
    return Entry(runner, "train", "data", "vocab.txt", TINY, "float32", 64, 256, 0.0)


def test_an_entry_survives_the_way_to_its_process():
    entry = make_entry("jax")
    assert Entry.from_json(entry.to_json()) == entry
    assert isinstance(Entry.from_json(entry.to_json()).shape, ModelShape)


def test_ratios_are_taken_round_by_round_so_that_a_slow_moment_cancels():
    speeds = Speeds([Start("cpu", 1.0)] * 2, [[10.0, 5.0, 8.0], [20.0, 10.0, 10.0]])
    assert speeds.typical(0) == 8.0
    assert speeds.ratios() == [0.5, 0.5, 0.8]


def test_ratios_are_those_of_the_first_to_any_other():
    speeds = Speeds([Start("cpu", 1.0)] * 3, [[8.0, 8.0], [1.0, 1.0], [4.0, 2.0]])
    assert speeds.ratios(2) == [2.0, 4.0]


PROGRAM = """
import json, sys, time
runner = json.loads(sys.argv[1])["runner"]
log = open("turns.txt", "a", buffering=1)
print("a library's chatter", file=sys.stderr)
if runner == "broken":
    sys.exit("Traceback\\nValueError: no such shape")
log.write(f"{runner} is warm\\n")
print(json.dumps({"device": "cpu:0", "first_step_seconds": 2.5}), flush=True)
for _ in sys.stdin:
    log.write(f"{runner}\\n")
    print(json.dumps({"documents": 8, "seconds": 2.0 if runner == "slow" else 1.0}), flush=True)
"""


@pytest.fixture
def turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Makes `race` start `PROGRAM`; returns the file with who did what."""
    (tmp_path / "contestant.py").write_text(PROGRAM)
    started = race_module.subprocess.Popen
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        race_module.subprocess,
        "Popen",
        lambda command, **options: started(
            [sys.executable, "contestant.py", command[-1]], **options
        ),
    )
    return tmp_path / "turns.txt"


def test_contestants_warm_up_one_after_the_other_and_then_take_turns(turns: Path):
    seen: list[int] = []
    speeds = race([make_entry("slow"), make_entry("fast")], 2, on_lap=lambda: seen.append(1))
    order = ["slow is warm", "fast is warm", "slow", "fast", "slow", "fast"]
    assert turns.read_text().splitlines() == order
    assert len(seen) == len(order)
    assert speeds.documents_per_second == [[4.0, 4.0], [8.0, 8.0]]
    assert speeds.ratios() == [0.5, 0.5]
    assert speeds.starts[0] == Start("cpu:0", 2.5)


def test_one_that_falls_is_named_with_its_last_words(turns: Path):
    message = "The benchmark of broken stopped: ValueError: no such shape"
    with pytest.raises(ContestantFell, match=message) as caught:
        race([make_entry("fast"), make_entry("broken")], 1)
    assert caught.value.runner == "broken"
    assert isinstance(caught.value, BertsumError)

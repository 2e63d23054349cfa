"""Fair and right: the peers compute what Keras computes, and what they find is compared with it."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from bertsum_tf import Summarizer
from bertsum_tf.benchmark.peers import run as run_module
from bertsum_tf.benchmark.peers.contestant import (
    ONNX,
    ONNX_RUNTIME,
    OURS,
    TEXTS,
    TRANSFORMERS,
    TRANSFORMERS_BFLOAT16,
    PeerEntry,
    peer_engine,
    peer_summarizer,
)
from bertsum_tf.benchmark.peers.engine import WAYS, PeerEngine, Way
from bertsum_tf.benchmark.peers.findings import Findings
from bertsum_tf.benchmark.peers.run import (
    PeerWorkload,
    _build,
    _missing,
    benchmark_peers,
    first_words,
)
from bertsum_tf.benchmark.race import ContestantFell, Speeds
from bertsum_tf.benchmark.turns import Start
from bertsum_tf.benchmark.whole_process import WholeProcess
from bertsum_tf.data.corpora import Corpus, open_corpus
from bertsum_tf.errors import BertsumError

CLS, SEP, PAD = 2, 3, 0


class EchoEngine(PeerEngine):
    """Scores a slot by the sum of the window's token ids, and notes what it was given."""

    def __init__(self) -> None:
        self.given: list[np.ndarray] = []
        self.threads: list[int] = []
        super().__init__(PAD, CLS, threads=2)

    def _logits(self, token_ids: np.ndarray) -> np.ndarray:
        self.given.append(token_ids)
        totals = token_ids.sum(1, dtype=np.float32)
        return np.repeat(totals[:, None], token_ids.shape[1] // 8, 1)

    def _set_threads(self, threads: int) -> None:
        self.threads.append(threads)


class TestEngine:
    @pytest.mark.parametrize("way", WAYS, ids=str)
    def test_every_window_gets_its_own_scores_in_every_way(self, way: Way):
        engine = EchoEngine()
        engine.use(way)
        lengths = [40, 3, 64, 17, 8]
        token_ids = np.zeros((5, 64), np.int32)
        for number, length in enumerate(lengths):
            token_ids[number, :length] = [CLS, *[10 + number] * (length - 2), SEP]
        scores = engine.score(token_ids)
        assert scores.shape == (5, 8)
        np.testing.assert_array_equal(scores[:, 0], token_ids.sum(1))
        assert engine.threads[-1] == (1 if way.side_by_side else 2)

    def test_a_batch_is_padded_to_its_longest_window_and_no_further(self):
        engine = EchoEngine()
        engine.use(Way(2, side_by_side=False))
        token_ids = np.zeros((3, 64), np.int32)
        token_ids[0, :12] = 7
        token_ids[1, :30] = 7
        token_ids[2, :9] = 7
        engine.score(token_ids)
        assert [batch.shape for batch in engine.given] == [(2, 32), (1, 16)]

    def test_a_window_of_short_sentences_keeps_room_for_their_slots(self):
        engine = EchoEngine()
        token_ids = np.zeros((1, 64), np.int32)
        token_ids[0, :15] = [CLS, 9, SEP] * 5
        assert np.all(engine.score(token_ids)[0, :5] > 0)


class TestFindings:
    REFERENCE = Findings([[0.5, 1.0], [2.0]], [[1], [0]])

    def test_choices_and_scores_are_compared_document_by_document(self, tmp_path: Path):
        other = Findings([[0.5, 1.25], [2.0]], [[0], [0]], way="some way")
        assert other.same_choice(self.REFERENCE) == 0.5
        assert other.largest_difference(self.REFERENCE) == 0.25
        other.write(tmp_path / "findings.json")
        assert Findings.read(tmp_path / "findings.json") == other

    def test_a_document_without_sentences_differs_by_nothing(self):
        empty = Findings([[]], [[]])
        assert empty.largest_difference(empty) == 0.0
        assert empty.same_choice(empty) == 1.0


ARTICLES = [document.text for document in open_corpus("sample", split="test", limit=6)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Findings]:
    """The peers' files and what Keras finds."""
    pytest.importorskip("keras_hub")
    pytest.importorskip("transformers", reason="the extra 'benchmark' is not installed")
    pytest.importorskip("onnxscript", reason="the extra 'benchmark' is not installed")
    folder = tmp_path_factory.mktemp("peers")
    (folder / TEXTS).write_text(json.dumps(ARTICLES))
    reference, errors = _build([TRANSFORMERS, ONNX_RUNTIME], folder, ARTICLES)
    assert reference is not None
    assert errors == {}
    # A summary is a choice: not all of a document.
    sizes = zip(reference.chosen, reference.scores, strict=True)
    assert all(0 < len(chosen) < len(scores) for chosen, scores in sizes)
    return folder, reference


@pytest.mark.slow
class TestSameWork:
    def findings(self, runner: str, folder: Path, way: Way) -> Findings:
        engine = peer_engine(runner, folder)
        engine.use(way)
        return Findings.of(peer_summarizer(engine, folder).batch(ARTICLES))

    @pytest.mark.parametrize("way", [Way(4, False), Way(1, True)], ids=str)
    def test_transformers_gives_the_logits_and_choices_of_keras(self, built, way: Way):
        folder, reference = built
        findings = self.findings(TRANSFORMERS, folder, way)
        assert findings.largest_difference(reference) < 1e-4
        assert findings.chosen == reference.chosen

    def test_bfloat16_is_another_precision_of_the_same_model(self, built):
        folder, reference = built
        findings = self.findings(TRANSFORMERS_BFLOAT16, folder, Way(4, False))
        assert 1e-4 < findings.largest_difference(reference) < 0.1

    def test_onnx_runtime_is_near_in_int8(self, built):
        folder, reference = built
        findings = self.findings(ONNX_RUNTIME, folder, Way(4, False))
        assert 1e-4 < findings.largest_difference(reference) < 0.5
        assert findings.same_choice(reference) >= 0.5
        # A quarter of float32: 26 million weights.
        assert (folder / ONNX).stat().st_size < 30e6

    def test_what_is_measured_of_ours_is_the_default_summarizer(self, built):
        _, reference = built
        findings = Findings.of(Summarizer().batch(ARTICLES))
        assert findings.largest_difference(reference) < 0.5

    def test_the_tokenizer_of_transformers_gives_our_token_ids(self, built):
        from bertsum_tf.benchmark.peers.hugging_face import HuggingFaceVocabulary

        folder, _ = built
        theirs = HuggingFaceVocabulary(folder / "vocab.txt")
        texts = ["Café prices rose 3.5%; why?", "東京 is far.", ""]
        assert theirs.encode(texts) == Summarizer().vocabulary.encode(texts)
        assert theirs.encode([]) == []


@pytest.mark.slow
def test_the_command_measures_all_that_is_installed():
    finished = subprocess.run(
        [sys.executable, "-m", "bertsum_tf", "benchmark", "--peers", "--quick", "--json"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    report = json.loads(finished.stdout)
    assert report["ours"]["documents_per_second"] > 0
    assert report["documents"] == 4
    if find_spec("keras_hub") is not None:
        assert report["ours"]["largest_difference"] < 0.5
    if report["whole_process"] is not None:
        assert report["whole_process"]["words"] == 500
    for peer in report["peers"]:
        if peer["error"] is None:
            assert len(peer["ratios"]) == 2
            assert peer["ratio"] > 0
            assert peer["way"]
        else:
            assert "install" in peer["error"]


@pytest.fixture
def raced(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Who raced. Nobody runs: ours makes 40 documents a second, the others 10, 20, 30, ..."""
    races: list[list[str]] = []

    def race(entries: list[PeerEntry], rounds: int, on_lap: object) -> Speeds:
        races.append([entry.runner for entry in entries])
        for entry in entries:
            Findings([[1.0, 2.0]] * 3, [[1]] * 3, way=f"way of {entry.runner}").write(
                Path(entry.findings)
            )
        rates = [[10.0 * (place or 4)] * rounds for place in range(len(entries))]
        return Speeds([Start("cpu", 1.0)] * len(entries), rates)

    def build(peers: list[str], folder: Path, texts: list[str]):
        return Findings([[1.0, 2.5]] * 3, [[1], [1], [0]]), {}

    monkeypatch.setattr(run_module, "race", race)
    monkeypatch.setattr(run_module, "_build", build)
    monkeypatch.setattr(run_module, "find_spec", lambda name: object())
    monkeypatch.setattr(
        run_module,
        "measure_whole_process",
        lambda article, runs: WholeProcess(
            len(article.read_text().split()), [0.5] * runs, [150.0] * runs
        ),
    )
    return races


class TestRun:
    WORKLOAD = PeerWorkload(texts=3, rounds=2, processes=2)

    def test_all_take_turns_in_one_race_and_are_compared_with_ours(self, raced):
        report = benchmark_peers(open_corpus("sample"), self.WORKLOAD)
        assert raced == [[OURS, TRANSFORMERS, TRANSFORMERS_BFLOAT16, ONNX_RUNTIME]]
        assert report.ours.documents_per_second == 40
        assert report.ours.same_choice == pytest.approx(2 / 3)
        assert report.ours.largest_difference == 0.5
        assert [peer.ratio for peer in report.peers] == [4.0, 2.0, pytest.approx(4 / 3)]
        assert [peer.way for peer in report.peers] == [
            f"way of {runner}" for runner in raced[0][1:]
        ]
        assert report.documents == 3
        assert report.whole_process == WholeProcess(500, [0.5, 0.5], [150.0, 150.0])

    def test_what_is_not_installed_is_a_line_and_the_others_race(
        self, raced, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(
            run_module, "find_spec", lambda name: None if name.startswith("onnx") else object()
        )
        report = benchmark_peers(open_corpus("sample"), self.WORKLOAD)
        assert raced == [[OURS, TRANSFORMERS, TRANSFORMERS_BFLOAT16]]
        line = (
            "onnx, onnxscript, onnxruntime are not installed: "
            "install bertsum_tf with its extra 'benchmark'."
        )
        assert report.peers[2].error == line
        assert f"{ONNX_RUNTIME}: {line}\n" in report.to_text()

    def test_a_single_package_is_named_alone(self):
        assert _missing(["json", "no_such_package"]) == (
            "no_such_package is not installed: install bertsum_tf with its extra 'benchmark'."
        )
        assert _missing(["json"]) is None

    def test_a_peer_that_can_not_be_built_is_a_line(self, raced, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(
            run_module,
            "_build",
            lambda peers, folder, texts: (None, dict.fromkeys(peers, "There is no Keras.")),
        )
        report = benchmark_peers(open_corpus("sample"), self.WORKLOAD)
        assert raced == [[OURS]]
        assert report.ours.same_choice is None
        assert [peer.error for peer in report.peers] == ["There is no Keras."] * 3

    def test_one_that_falls_is_a_line_and_the_race_begins_anew(
        self, raced, monkeypatch: pytest.MonkeyPatch
    ):
        race = run_module.race

        def fall(entries: list[PeerEntry], rounds: int, on_lap: object) -> Speeds:
            if any(entry.runner == TRANSFORMERS for entry in entries):
                raise ContestantFell(TRANSFORMERS, "no memory")
            return race(entries, rounds, on_lap)

        monkeypatch.setattr(run_module, "race", fall)
        report = benchmark_peers(open_corpus("sample"), self.WORKLOAD)
        assert report.peers[0].error == "The benchmark of transformers stopped: no memory."
        assert [peer.ratio for peer in report.peers] == [None, 4.0, 2.0]

    def test_without_ours_there_is_nothing_to_compare(self, raced, monkeypatch):
        def fall(entries: list[PeerEntry], rounds: int, on_lap: object) -> Speeds:
            raise ContestantFell(OURS, "no memory")

        monkeypatch.setattr(run_module, "race", fall)
        with pytest.raises(BertsumError, match="bertsum_tf stopped: no memory"):
            benchmark_peers(open_corpus("sample"), self.WORKLOAD)

    def test_an_empty_corpus_is_refused(self):
        with pytest.raises(BertsumError, match="holds no document"):
            benchmark_peers(Corpus("nothing", lambda: iter(())), self.WORKLOAD)

    def test_the_article_has_the_words_that_are_asked_for(self):
        assert first_words(["One two.\n\nThree", "four five six"], 5) == "One two. Three four five"
        assert first_words(["One two."], 5) == "One two."

    def test_an_entry_survives_the_way_to_its_process(self):
        entry = PeerEntry(TRANSFORMERS, "folder", "findings.json")
        assert PeerEntry.from_json(entry.to_json()) == entry

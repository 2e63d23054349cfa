"""Finding the right summary, on vectors whose ranks are known."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import keras
import numpy as np
import pytest
from tiny_bert import save_tiny_bert

from bertsum_tf import cli
from bertsum_tf.data.corpora import open_corpus
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.evaluation.retrieval import encode_corpus, num_better, retrieval


def of_ranks(ranks: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Documents and summaries such that the i-th document ranks its own summary `ranks[i]`-th."""
    count = len(ranks)
    documents = np.zeros((count, count), np.float32)
    for row, rank in enumerate(ranks):
        others = [place for place in range(count) if place != row]
        documents[row, row] = 0.5
        documents[row, others[: rank - 1]] = 0.9
    # Of the i-th summary, only the i-th coordinate counts.
    return documents, np.eye(count, dtype=np.float32)


def test_ranks_are_counted_over_all_summaries():
    documents, summaries = of_ranks([1, 2, 4, 6, 1, 3])
    assert num_better(documents, summaries).tolist() == [0, 1, 3, 5, 0, 2]
    result = retrieval(documents, summaries, candidates=None)
    assert (result.documents, result.candidates) == (6, 6)
    assert result.recall_at_1.mean == pytest.approx(2 / 6)
    assert result.recall_at_5.mean == pytest.approx(5 / 6)
    assert result.mrr.mean == pytest.approx((1 + 1 / 2 + 1 / 4 + 1 / 6 + 1 + 1 / 3) / 6)


@pytest.mark.parametrize("candidates", [1, 2, 6, 7, 8])
def test_among_fewer_candidates_it_is_the_mean_over_all_sets_of_them(candidates: int):
    documents, summaries = of_ranks([1, 2, 4, 6, 8, 3, 7, 2])
    at_1, at_5, reciprocal = [], [], []
    for own in range(8):
        others = [place for place in range(8) if place != own]
        similarities = summaries @ documents[own]
        for chosen in combinations(others, candidates - 1):
            rank = 1 + sum(similarities[place] > similarities[own] for place in chosen)
            at_1.append(rank <= 1)
            at_5.append(rank <= 5)
            reciprocal.append(1 / rank)
    result = retrieval(documents, summaries, candidates)
    assert result.candidates == candidates
    assert result.recall_at_1.mean == pytest.approx(np.mean(at_1))
    assert result.recall_at_5.mean == pytest.approx(np.mean(at_5))
    assert result.mrr.mean == pytest.approx(np.mean(reciprocal))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_documents_are_among_the_five_most_similar_for_certain(count: int):
    documents, summaries = of_ranks([count] * count)
    result = retrieval(documents, summaries, candidates=None)
    assert result.recall_at_1.mean == pytest.approx(float(count == 1))
    assert result.recall_at_5.mean == pytest.approx(1.0)
    assert result.mrr.mean == pytest.approx(1 / count)


def test_ties_count_against_the_document():
    nothing = np.ones((10, 4), np.float32) / 2
    result = retrieval(nothing, nothing, candidates=None)
    assert result.recall_at_1.mean == result.recall_at_5.mean == 0.0
    assert result.mrr.mean == pytest.approx(0.1)
    # Two equal summaries among others: neither is found for certain.
    summaries = np.eye(3, dtype=np.float32)[[0, 0, 1, 2]]
    assert num_better(summaries, summaries).tolist() == [1, 1, 0, 0]


def test_it_takes_as_many_as_the_validation_set_has_in_pieces():
    random = np.random.default_rng(0)
    summaries = random.normal(size=(4368, 32)).astype(np.float32)
    summaries /= np.linalg.norm(summaries, axis=1, keepdims=True)
    documents = summaries.copy()
    # The last, in another piece than the first, have the summary of their neighbour.
    documents[-2:] = summaries[[-1, -2]]
    better = num_better(documents, summaries)
    assert better[:-2].max() == 0 and better[-2:].min() >= 1
    result = retrieval(documents, summaries)
    assert result.candidates == 1000
    assert 4366 / 4368 <= result.recall_at_1.mean < 1.0


def test_random_vectors_find_what_chance_finds():
    random = np.random.default_rng(0)
    documents, summaries = random.normal(size=(2, 2000, 64)).astype(np.float32)
    result = retrieval(documents, summaries, candidates=100)
    assert result.recall_at_1.low < 1 / 100 < result.recall_at_1.high
    assert result.recall_at_5.low < 5 / 100 < result.recall_at_5.high


def test_the_interval_is_over_documents():
    documents, summaries = of_ranks([1] * 50 + [3] * 50)
    result = retrieval(documents, summaries, candidates=None)
    assert result.recall_at_1.mean == pytest.approx(0.5)
    # The standard deviation of a share of one half in 100 documents is 0.05.
    assert result.recall_at_1.low == pytest.approx(0.5 - 1.96 * 0.05, abs=0.021)
    assert result.recall_at_1.high == pytest.approx(0.5 + 1.96 * 0.05, abs=0.021)


def test_vectors_that_are_no_numbers_find_nothing_by_being_none():
    documents, summaries = of_ranks([1, 1, 1])
    documents[1, 2] = np.nan
    with pytest.raises(BertsumError, match="not all numbers"):
        retrieval(documents, summaries, candidates=None)


@pytest.mark.parametrize("candidates", [0, 4, 1000])
def test_more_candidates_than_summaries_are_refused(candidates: int):
    documents, summaries = of_ranks([1, 1, 1])
    with pytest.raises(UsageError, match=f"from 1 to 3, not {candidates}"):
        retrieval(documents, summaries, candidates)


# --- From a corpus ---

LINES = [
    {"document": "A b c. D e f.", "summary": "A b c."},
    {"document": "G h i. J k l.", "summary": "J k l."},
    {"document": "M n o.", "summary": ""},
    {"document": "P q r."},
    {"document": " ", "summary": "S t u."},
    {"text": "V w x."},
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a `bertsum pretrain` run."""
    pytest.importorskip("keras_hub")
    from bertsum_tf.models import DualEncoder

    folder = tmp_path_factory.mktemp("run")
    DualEncoder.from_preset(save_tiny_bert(folder / "bert")).save_to_preset(folder / "run/model")
    return folder / "run"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "news.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in LINES) + "\nno JSON\n")
    return path


def test_what_is_left_out_is_counted(run: Path, corpus: Path):
    from bertsum_tf.models import DualEncoder

    model = DualEncoder.from_preset(run / "model")
    done: list[int] = []
    encoded = encode_corpus(model, open_corpus(corpus), done.append)
    assert encoded.counts() == {
        "total": 5,
        "scored": 2,
        "without_reference": 2,
        "without_sentences": 1,
        "bad": {"has neither 'document' nor 'article' nor 'sentences'": 1, "is not JSON": 1},
    }
    assert done == [5]
    kept = LINES[:2]
    expected = model.encode_documents([line["document"] for line in kept])
    np.testing.assert_allclose(encoded.documents, expected, atol=1e-6)
    expected = model.encode_summaries([line["summary"] for line in kept])
    np.testing.assert_allclose(encoded.summaries, expected, atol=1e-6)


def test_the_command_takes_a_run_and_says_what_it_left_out(
    run: Path, corpus: Path, capsys: pytest.CaptureFixture[str]
):
    command = ["retrieval", str(corpus), "--model", str(run)]
    assert cli.main(command) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[-5:] == [
        "2 documents; in percent, with 95 % bootstrap intervals.",
        "Left out, as they have no reference: 2.",
        "Left out, as they or their reference have no sentence: 1.",
        "Left out, as the record has neither 'document' nor 'article' nor 'sentences': 1.",
        "Left out, as the record is not JSON: 1.",
    ]
    assert cli.main([*command, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["model"], report["corpus"]) == (str(run), "news.jsonl")
    assert report["documents"]["scored"] == 2
    assert [one["candidates"] for one in report["retrieval"]] == [2]


def test_a_corpus_without_a_pair_is_refused(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "news.jsonl"
    path.write_text('{"document": "A b c."}\nno JSON\n')
    assert cli.main(["retrieval", str(path), "--model", str(run)]) == 1
    assert capsys.readouterr().err == (
        "bertsum: No document of news.jsonl has a reference summary to look for (1 were read, "
        "1 x is not JSON): name a corpus with summaries.\n"
    )


def test_keras_gets_its_backend_before_the_corpus_is_opened(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """TensorFlow Datasets imports Keras, which then has one for good."""
    other = "jax" if keras.backend.backend() != "jax" else "torch"
    arguments = ["retrieval", "/nowhere.jsonl", "--model", "x", "--backend", other]
    assert cli.main(arguments) == 2
    assert f"set KERAS_BACKEND={other} before" in capsys.readouterr().err

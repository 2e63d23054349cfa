"""ROUGE of tiny texts worked out by hand, and of real ones against the plain `rouge-score`."""

from __future__ import annotations

import numpy as np
import pytest
from rouge_score.rouge_scorer import RougeScorer

from bertsum_tf.data.corpora import open_corpus
from bertsum_tf.evaluation import rouge
from bertsum_tf.evaluation.rouge import METRICS, rouge_scores


def scores(summary: list[str], reference: str) -> list[float]:
    return rouge_scores([(summary, reference)])[0].tolist()


def test_columns_are_rouge_1_2_and_lsum() -> None:
    assert METRICS == ("rouge1", "rouge2", "rougeLsum")
    # 2 of 3 words, 1 of 2 bigrams, and a longest common subsequence of 2 of 3.
    assert scores(["The cat sat."], "the cat ate") == pytest.approx([2 / 3, 1 / 2, 2 / 3])


def test_f1_weighs_precision_and_recall() -> None:
    # Precision 2/4, recall 2/2; bigrams: 1 of 3 and 1 of 1.
    assert scores(["the cat sat down"], "the cat") == pytest.approx([2 / 3, 1 / 2, 2 / 3])


def test_repeated_word_counts_as_often_as_the_reference_has_it() -> None:
    assert scores(["rain rain rain rain"], "rain rain")[0] == pytest.approx(2 * 0.5 * 1 / 1.5)


def test_words_are_stemmed() -> None:
    assert scores(["Dogs running"], "dog runs") == [1.0, 1.0, 1.0]


def test_lsum_matches_sentences_in_any_order() -> None:
    # As one sequence, only half of "a b c d" would be in order.
    assert scores(["cc dd", "aa bb"], "aa bb\ncc dd") == pytest.approx([1.0, 2 / 3, 1.0])


def test_line_break_within_a_sentence_is_a_blank() -> None:
    broken, whole = (
        scores(["aa bb\ncc dd"], "bb cc\ndd aa"),
        scores(["aa bb cc dd"], "bb cc\ndd aa"),
    )
    assert broken == whole


@pytest.mark.parametrize(
    ("summary", "reference"), [([], "a b"), (["a b"], ""), (["..."], "!"), (["新闻"], "新闻")]
)
def test_summary_without_a_word_scores_zero(summary: list[str], reference: str) -> None:
    assert scores(summary, reference) == [0.0, 0.0, 0.0]


def test_no_pairs_give_no_rows() -> None:
    assert rouge_scores([]).shape == (0, 3)


@pytest.fixture(scope="module")
def real_pairs() -> list[tuple[list[str], str]]:
    documents = list(open_corpus("sample"))
    return [
        (document.text.replace("\n", " ").split(". ")[start : start + 3], document.reference or "")
        for document in documents
        for start in (0, 2, 4)
    ]


def test_scores_are_those_of_rouge_score(real_pairs: list[tuple[list[str], str]]) -> None:
    plain = RougeScorer(METRICS, use_stemmer=True)
    expected = [
        [plain.score(reference, "\n".join(summary))[metric].fmeasure for metric in METRICS]
        for summary, reference in real_pairs
    ]
    computed = rouge_scores(real_pairs)
    np.testing.assert_array_equal(computed, expected)
    assert 0.1 < computed[:, 0].mean() < 0.9


@pytest.mark.slow
def test_processes_change_nothing_but_the_time(
    real_pairs: list[tuple[list[str], str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rouge, "_PAIRS_PER_PROCESS", 1)
    done: list[int] = []
    parallel = rouge_scores(real_pairs, processes=2, progress=done.append)
    np.testing.assert_array_equal(parallel, rouge_scores(real_pairs))
    assert len(real_pairs) > 64 and done == sorted(done) and done[-1] == len(real_pairs)

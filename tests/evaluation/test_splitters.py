"""Splitters are compared by where their sentences end."""

from __future__ import annotations

import json

import pytest

from bertsum_tf.errors import UsageError
from bertsum_tf.evaluation import splitters

TEXT = "Mr. Hale came. He left. "


def test_boundaries_are_ends_of_sentences_but_for_the_last():
    assert splitters.boundaries(TEXT, ["Mr. Hale came.", "He left."]) == {14}
    assert splitters.boundaries(TEXT, ["Mr. ", "Hale came.  ", " He left. "]) == {3, 14}
    assert splitters.boundaries("", []) == frozenset()


def test_a_sentence_that_a_splitter_altered_has_no_end():
    assert splitters.boundaries(TEXT, ["Mr. Hale", "CAME.", "He left."]) == {8}


def test_agreement_is_the_f1_of_all_documents_together():
    first = [frozenset({1, 2, 3}), frozenset({5})]
    second = [frozenset({1, 2}), frozenset({6})]

    # Two shared of four and three.
    assert splitters.agreement(first, second) == pytest.approx(4 / 7)
    assert splitters.agreement(second, first) == splitters.agreement(first, second)
    assert splitters.agreement([frozenset()], [frozenset()]) == 1


def test_accuracy_is_the_share_of_cases_that_are_right_as_a_whole():
    cases = [
        {"text": TEXT, "sentences": ["Mr. Hale came.", "He left."]},
        {"text": TEXT, "sentences": ["Mr.", "Hale came.", "He left."]},
    ]

    assert splitters.accuracy(splitters.by_rules, cases) == 0.5


def test_an_untrained_punkt_and_ours_are_compared_in_one_table():
    pytest.importorskip("nltk")
    chosen = {"ours": splitters.by_rules, "Punkt": splitters.punkt_splitter(["No stop"])}
    cases = [{"text": TEXT, "sentences": ["Mr. Hale came.", "He left."]}]

    table = splitters.compare(chosen, [TEXT], cases).splitlines()

    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    assert rows[0][1:3] == ["sentences", "MB/s"]
    # Punkt has not learnt that "Mr." is an abbreviation: one boundary of ours, two of its own.
    assert [rows[2][0], rows[2][1], rows[2][5], rows[2][6]] == ["ours", "2", "66.67", "100.0 %"]
    assert [rows[3][0], rows[3][1], rows[3][4], rows[3][6]] == ["Punkt", "3", "66.67", "0.0 %"]


def test_nothing_to_compare_is_an_error():
    with pytest.raises(UsageError, match="corpus is empty"):
        splitters.compare({"ours": splitters.by_rules}, [])


@pytest.mark.slow
def test_the_command_prints_the_table(tmp_path, capsys):
    pytest.importorskip("nltk")
    pytest.importorskip("pysbd")
    cases = tmp_path / "cases.json"
    cases.write_text(json.dumps([{"text": "A b.", "sentences": ["A b."]}]), encoding="utf-8")

    assert splitters.main(["sample", "--limit", "3", "--cases", str(cases)]) == 0

    table = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].strip() for line in table[2:]] == ["bertsum_tf", "pysbd", "Punkt"]


def test_a_corpus_that_is_none_is_one_sentence(capsys):
    pytest.importorskip("nltk")
    pytest.importorskip("pysbd")

    assert splitters.main(["no such corpus"]) == 2
    assert "no such corpus" in capsys.readouterr().err

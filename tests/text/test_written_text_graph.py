"""What a graph makes of written ids is what Python makes of them."""

from __future__ import annotations

import numpy as np
import pytest

from bertsum_tf.data.corpora import open_corpus
from bertsum_tf.text.detokenize import detokenize
from bertsum_tf.text.targets import TARGET_MARKS, TargetVocabulary
from bertsum_tf.text.train_vocabulary import train_vocabulary

tf = pytest.importorskip("tensorflow")
pytest.importorskip("tensorflow_text")
written_text_graph = pytest.importorskip("bertsum_tf.text.written_text_graph")

# Everything that a rule of `detokenize` looks at, and what is nothing like a word.
STRANGE = [
    *".,;:!?%)]}’”…°([{$£€#@‘“-/'\"*&+",
    *("s", "t", "ll", "o", "d", "com", "co", "uk", "a", "b", "the", "players", "rain", "km2", "£1"),
    *("1", "5", "10", "000", "25", "²", "٣", "ß", "é", "ŉ", "ǆ", "東", "京", "\u0301", "👩"),
    *("##s", "##'", '##"', "##.", "##5", "##-", "##x", "##ß", "##", "###", "##a ##b", "##👩"),
    *("a b", "\u00a0", "", "[UNK]", "[PAD]"),
]
VOCABULARY = [*TARGET_MARKS, *STRANGE]
MARKS = TargetVocabulary(0, 1, 2)


def in_python(ids: np.ndarray, vocabulary: list[str], marks: TargetVocabulary) -> list[str]:
    texts = [
        detokenize([vocabulary[index] for index in sentence if 0 <= index < len(vocabulary)])
        for sentence in marks.decode(ids)
    ]
    return [text for text in texts if text]


def assert_same(ids: np.ndarray, vocabulary: list[str], marks: TargetVocabulary) -> None:
    graph = written_text_graph.WrittenTextGraph(vocabulary, marks)

    @tf.function(autograph=False)
    def run(ids):
        sentences = graph(ids)
        return sentences, graph.join(sentences)

    sentences, summaries = run(tf.constant(ids, tf.int32))
    expected = [in_python(row, vocabulary, marks) for row in ids]
    for row, actual in enumerate(sentences.to_list()):
        assert [text.decode() for text in actual] == expected[row], ids[row].tolist()
    assert [text.decode() for text in summaries.numpy()] == [
        " ".join(" ".join(text.split()) for text in texts) for texts in expected
    ]


@pytest.mark.parametrize("length", [1, 3, 8, 60])
def test_whatever_the_ids(length: int):
    random = np.random.default_rng(length)
    # Ids that no vocabulary has, and marks anywhere; the end mark seldom.
    ids = random.integers(-2, len(VOCABULARY) + 3, (1500, length))
    ids[(ids == MARKS.end_id) & (random.random(ids.shape) < 0.8)] = MARKS.split_id
    assert_same(ids, VOCABULARY, MARKS)


@pytest.mark.parametrize("of", ["quotes", "marks and numbers", "letters"])
def test_rules_that_depend_on_neighbours(of: str):
    pieces = {
        "quotes": ["'", '"', "players", "rain", "s", "##s", "o", "[unused2]"],
        "marks and numbers": [*".,:-/*", "5", "000", "10", "##5", "com", "co", "a", "[unused2]"],
        "letters": ["a", "b", ".", "ß", "##x", "é", "5", "’", "s", "("],
    }[of]
    ids = np.random.default_rng(0).choice([VOCABULARY.index(p) for p in pieces], (3000, 14))
    assert_same(ids, VOCABULARY, MARKS)


def test_texts_of_a_trained_vocabulary():
    documents = list(open_corpus("sample", split="train"))
    word_piece = train_vocabulary([document.text for document in documents], 1500)
    vocabulary = [*word_piece.vocabulary, *TARGET_MARKS]
    marks = TargetVocabulary.of(vocabulary)
    rows = [
        marks.encode(word_piece.encode(document.text.split("\n")), 400) for document in documents
    ]
    ids = np.full((len(rows), 400), -1)
    for row, own in enumerate(rows):
        ids[row, : len(own)] = own
    assert_same(ids, vocabulary, marks)


def test_no_document_no_text():
    assert_same(np.zeros((0, 5), int), VOCABULARY, MARKS)
    assert_same(np.zeros((3, 0), int), VOCABULARY, MARKS)
    assert_same(np.full((3, 4), -1), VOCABULARY, MARKS)

"""The TensorFlow graph chooses the sentences that the Python code chooses."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertsum_tf.selection import select
from bertsum_tf.text.sentences import split

tf = pytest.importorskip("tensorflow")
pytest.importorskip("tensorflow_text")
selection_graph = pytest.importorskip("bertsum_tf.selection_graph")

# (score, sentence, word pieces) of each sentence, as a document.
Document = list[tuple[float, str, int]]


@tf.function(
    input_signature=[
        tf.RaggedTensorSpec([None, None], tf.float32),
        tf.RaggedTensorSpec([None, None], tf.string),
        tf.RaggedTensorSpec([None, None], tf.int64),
        tf.TensorSpec([None], tf.int32),
    ]
)
def select_and_join(scores, sentences, piece_counts, num_sentences):
    chosen = selection_graph.select(scores, sentences, piece_counts, num_sentences)
    return chosen, selection_graph.join(sentences, chosen)


def ragged(rows: list[list], dtype: tf.DType) -> tf.RaggedTensor:
    return tf.RaggedTensor.from_row_lengths(
        tf.constant([value for row in rows for value in row], dtype), [len(row) for row in rows]
    )


def choose(documents: list[Document], numbers: list[int]) -> tuple[list[list[int]], list[str]]:
    scores, sentences, counts = (
        [[row[place] for row in document] for document in documents] for place in range(3)
    )
    chosen, summaries = select_and_join(
        ragged(scores, tf.float32),
        ragged([[s.encode() for s in row] for row in sentences], tf.string),
        ragged(counts, tf.int64),
        tf.constant(numbers, tf.int32),
    )
    indices = [[i for i, is_in in enumerate(row) if is_in] for row in chosen.to_list()]
    return indices, [summary.decode() for summary in summaries.numpy()]


def by_python(documents: list[Document], numbers: list[int]) -> tuple[list[list[int]], list[str]]:
    chosen = [
        select(
            [score for score, _, _ in document],
            [sentence for _, sentence, _ in document],
            piece_counts=[count for _, _, count in document],
            num_sentences=number,
        )
        for document, number in zip(documents, numbers, strict=True)
    ]
    summaries = [
        " ".join(word for index in row for word in document[index][1].split())
        for document, row in zip(documents, chosen, strict=True)
    ]
    return chosen, summaries


@pytest.mark.slow
class TestByHand:
    def test_a_sentence_that_repeats_a_trigram_is_passed_over_in_its_own_document_alone(self):
        one = [(3.0, "the red kite rose", 9), (2.0, "then the Red KITE", 9), (1.0, "a b", 9)]
        other = [(1.0, "see the red kite", 9)]
        assert choose([one, other], [2, 2])[0] == [[0, 2], [0]]

    def test_words_with_nulls_are_words(self):
        same = [(2.0, "the \u0000 RED kite", 9), (1.0, "see \u0000 red kite", 9)]
        other = [(2.0, "the\u0000 red kite", 9), (1.0, "the\u0001 red kite", 9)]
        assert choose([same, other], [2, 2])[0] == [[0], [0, 1]]

    def test_of_equal_scores_the_earlier(self):
        assert choose([[(1.0, f"word {n}", 9) for n in range(5)]], [2])[0] == [[0, 1]]

    def test_short_sentences_fill_up_where_long_ones_are_too_few(self):
        document = [(1.0, "a", 6), (8.0, "b", 5), (7.0, "c", 3), (9.0, "d", 4)]
        assert choose([document], [3])[0] == [[0, 1, 3]]
        assert choose([document], [1])[0] == [[0]]

    def test_a_number_below_one_counts_as_one(self):
        assert choose([[(1.0, "a", 9), (2.0, "b", 9)]] * 2, [0, -5])[0] == [[1], [1]]

    def test_no_sentence_and_no_document(self):
        assert choose([[], [(1.0, "a", 9)], []], [3, 3, 3]) == ([[], [0], []], ["", "a", ""])
        assert choose([], []) == ([], [])

    def test_what_a_blocked_sentence_would_have_blocked_is_chosen(self):
        links = ["a b c d e f", "d e f g h i", "g h i j k l", "j k l m n o"]

        def of(*scores: float) -> Document:
            return [(score, link, 9) for score, link in zip(scores, links, strict=True)]

        documents = [of(9, 8, 7, 6), of(6, 7, 8, 9), of(8, 9, 7, 6), of(9, 8, 7, 6)]
        assert choose(documents, [4, 4, 4, 1])[0] == [[0, 2], [1, 3], [1, 3], [0]]

    def test_blanks_become_single_spaces(self):
        document = [(1.0, "a \u00a0b\t\n c", 9), (2.0, "\u3002d\u2003e", 9)]
        assert choose([document], [2])[1] == ["a b c \u3002d e"]


@pytest.mark.slow
def test_all_of_thousands_of_sentences():
    rng = random.Random(0)
    texts = [" ".join(f"w{rng.randrange(200)}" for _ in range(20)) for _ in range(6_000)]
    document = [(rng.random(), text, 20) for text in texts]
    chosen, _ = choose([document, document[:9]], [2**31 - 1, 3])
    assert chosen == by_python([document, document[:9]], [2**31 - 1, 3])[0]
    assert 3_000 < len(chosen[0]) < 6_000, "some share a trigram"


sentence = st.lists(
    st.sampled_from(
        [
            "the",
            "The",
            "red",
            "kite",
            "rose",
            ".",
            ",",
            "a",
            "b",
            "\u00c9t\u00c9",
            "\u03a3\u0391\u03a3",
            "\u0130",
        ]
    ),
    min_size=1,
    max_size=12,
).map(" ".join)
# No sentence is empty or has blanks around it.
texts = st.text(max_size=12).map(lambda text: " ".join(text[i:j] for i, j in split(text)) or ".")
documents = st.lists(
    st.lists(
        st.tuples(st.sampled_from([-1.0, 0.0, 0.5, 2.0]), sentence | texts, st.integers(0, 12)),
        max_size=14,
    ),
    max_size=4,
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(documents, st.lists(st.integers(1, 8), min_size=4, max_size=4))
def test_any_documents_give_the_same(documents, numbers):
    documents = [
        # Surrogates do not exist in UTF-8.
        [
            (score, text.encode("utf-8", "replace").decode(), count)
            for score, text, count in document
        ]
        for document in documents
    ]
    numbers = numbers[: len(documents)]

    assert choose(documents, numbers) == by_python(documents, numbers)

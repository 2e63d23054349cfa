"""The TensorFlow graph splits, tokenises and packs as the Python code does, to the last id."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared_data import SHARED

from bertsum_tf.data.corpora import open_corpus
from bertsum_tf.text.packing import Window, merge_scores, pack, pad_windows
from bertsum_tf.text.sentences import split
from bertsum_tf.text.wordpiece import NORMALIZER, PRE_TOKENIZER, WordPiece

tf = pytest.importorskip("tensorflow")
pytest.importorskip("tensorflow_text")
graph = pytest.importorskip("bertsum_tf.text.graph")

CASES = [
    case["text"]
    for case in json.loads(Path(__file__).with_name("split_cases.json").read_text(encoding="utf-8"))
]
NASTY = [
    "",
    " \n\u3000",
    ".",
    "\u0001. \u0002\nA\u0001b. C\n\u0002d\n",
    "[CLS] the [SEP]. [PAD][UNK] ##s. 'I said [MASK].'",
    "1. 2. 3. 4. The. 5. 1.\n2.\n1. 1. a. b. c. I.",
    "a" * 100 + " " + "a" * 101 + " " + "é" * 100 + " " + "é" * 101 + ". " + "ы" * 60,
    "Ｈe. 中国。！』あ．い３．５．う",
    "İ ΣΑΣ Straße ſ K Å ﬁ Ǆ ẞ e\u0301 \u1e9b\u0323",
    "한국어 \u1112\u1161\u11ab. हिन्दी। தமிழ் ไทย \u0e33 עִבְרִית، العَرَبِيَّة؟ նա։",
    "\ufeffa\u200bb\u00adc\u0000d\u007fe\ufffdf\ue000g\U000e0001h\U0010ffffi\u0378j\u2028k\u180el",
    "Mr\u0000x. The end. Mr\u0000. It is. \u0000Mr. He is. U\u0000.S. It is. Mr.\u0001. I am.",
    "👩‍👩‍👧 is 🇫🇷. ✌️🏽! \U0001d165\U0001d16d",
    "He left. ' ” )\n\n\n- a\r\n-b\r\n1) c\f2. d\u2029e",
    "!" * 50 + " x " + ". " * 50 + "''. -RRB- -rrb- \". '' ) The",
    "Mr. (Mr. --Mr. non-U.S. U.S. The No. I No. 4 Vol. I K\u212am. 6 \u212am. Nora v. I",
    "word" * 30 + ". " + "x" * 39 + ". " + "x" * 41 + ". Y" + "z" * 60,
    "No stop at all",
    "Line\n" * 300,
    "The cafe. " * 900,
    "the " * 3_000,
]


@pytest.fixture(scope="session")
def small(small_vocabulary):
    """The Python tokeniser and the graph over the same small vocabulary."""
    return WordPiece(small_vocabulary), graph.TextGraph(small_vocabulary)


def python_windows(word_piece: WordPiece, text: str, max_tokens: int = 512) -> list[Window]:
    pieces = word_piece.encode([text[start:end] for start, end in split(text)])
    return pack(pieces, cls_id=word_piece.cls_id, sep_id=word_piece.sep_id, max_tokens=max_tokens)


def as_bytes(texts: Iterable[str]) -> tf.Tensor:
    return tf.constant([text.encode() for text in texts], tf.string)


def assert_same_windows(word_piece: WordPiece, text_graph: graph.TextGraph, texts: list[str]):
    actual = text_graph(as_bytes(texts))

    expected = [
        (document, window)
        for document, text in enumerate(texts)
        for window in python_windows(word_piece, text)
    ]
    assert actual.documents.numpy().tolist() == [document for document, _ in expected]
    windows = [window for _, window in expected]
    np.testing.assert_array_equal(actual.token_ids, pad_windows(windows, 512, word_piece.pad_id))
    slots = [tuple(row[row >= 0]) for row in actual.sentences.numpy()]
    assert slots == [window.sentences for window in windows]


def assert_same_sentences(text_graph: graph.TextGraph, texts: list[str]):
    sentences = text_graph.split(as_bytes(texts))

    spans = [split(text) for text in texts]
    starts, ends = sentences.starts.to_list(), sentences.ends.to_list()
    actual = [list(zip(*row, strict=True)) for row in zip(starts, ends, strict=True)]
    for text, row, expected in zip(texts, actual, spans, strict=True):
        assert row == expected, repr(text)
    assert sentences.texts.to_list() == [
        [text[start:end].encode() for start, end in row]
        for text, row in zip(texts, spans, strict=True)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("texts", [CASES, NASTY, [], [""]], ids=["cases", "nasty", "none", "empty"])
def test_texts_of_all_kinds_give_the_same(small, texts):
    word_piece, text_graph = small

    assert_same_sentences(text_graph, texts)
    assert_same_windows(word_piece, text_graph, texts)


looked_at = st.text(
    "..!?…\"'”“‘’»«)( \n\t-–aAbi19．。！、,;:Éß\u0001\u0002\u2029\u00a0😀", max_size=80
)
WORDS = "Mr. U.S. no. J. The etc. lbs. 4 -RRB- '' e.g. Yahoo! v. II 1. [CLS] -- ... .\" was ? ( a"
spoken = st.lists(st.sampled_from([*WORDS.split(" "), "\n"]), max_size=40).map(" ".join)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(looked_at | spoken | st.text(max_size=80), max_size=20))
def test_any_text_gives_the_same(small, texts):
    word_piece, text_graph = small

    assert_same_sentences(text_graph, texts)
    assert_same_windows(word_piece, text_graph, texts)


@pytest.mark.slow
def test_the_shipped_articles_give_the_same(small):
    texts = [document.text for document in open_corpus("sample")]

    assert len(texts) >= 60
    assert_same_sentences(small[1], texts)
    assert_same_windows(*small, texts)


@pytest.mark.slow
def test_all_shared_validation_articles_give_the_same(minilm_vocabulary):
    folder = SHARED / "data/tfds"
    if not folder.exists():
        pytest.skip(f"{folder} is absent: the shipped articles stand in for its validation split")
    word_piece = WordPiece(minilm_vocabulary)
    text_graph = graph.TextGraph(minilm_vocabulary)
    corpus = open_corpus("cnn_dailymail", split="validation", data_dir=str(folder))
    texts = iter([document.text for document in corpus])

    count = 0
    while batch := list(islice(texts, 128)):
        assert_same_windows(word_piece, text_graph, batch)
        count += len(batch)

    assert count == 4368


@pytest.mark.slow
def test_every_character_is_normalised_as_by_tokenizers():
    codes = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    texts = ["a".join(map(chr, codes[start : start + 256])) for start in range(0, len(codes), 256)]

    actual = tf.strings.split(graph._normalized(as_bytes(texts))).to_list()

    for text, words in zip(texts, actual, strict=True):
        expected = PRE_TOKENIZER.pre_tokenize_str(NORMALIZER.normalize_str(text))
        assert [word.decode() for word in words] == [word for word, _ in expected]


@pytest.mark.slow
def test_broken_bytes_are_read_as_python_does(small):
    random_ = random.Random(0)
    some = b"a. B\x80\xbf\xc2\xc3\xe2\x82\xac\xed\xa0\xf0\x9f\x98\xf4\x90\xff\xc0\xe0\xf8"
    documents = [bytes(random_.choices(some, k=random_.randrange(30))) for _ in range(2_000)]

    sentences = small[1].split(tf.constant(documents)).texts.to_list()

    for document, actual in zip(documents, sentences, strict=True):
        text = document.decode("utf-8", errors="replace")
        assert [sentence.decode() for sentence in actual] == [text[i:j] for i, j in split(text)]


lengths = st.lists(st.integers(0, 30) | st.integers(0, 400), max_size=100)


@pytest.fixture(scope="session")
def graphs(small_vocabulary):
    """Graphs by the length of their windows."""
    return {size: graph.TextGraph(small_vocabulary, size) for size in (8, 16, 128, 512)}


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.sampled_from([8, 16, 128, 512]), st.lists(lengths, max_size=5))
def test_pieces_are_packed_and_scores_merged_the_same(graphs, small_vocabulary, size, documents):
    word_piece = WordPiece(small_vocabulary)
    rows = [[[7 + index % 50] * count for index, count in enumerate(row)] for row in documents]
    pieces = tf.ragged.constant(rows, tf.int32, ragged_rank=2)
    expected = [
        pack(row, cls_id=word_piece.cls_id, sep_id=word_piece.sep_id, max_tokens=size)
        for row in rows
    ]
    windows = [window for row in expected for window in row]
    scores = np.random.default_rng(0).normal(size=(len(windows), size // 8)).astype(np.float32)

    actual = graphs[size].pack(pieces)
    merged = graphs[size].merge_scores(
        scores, actual.documents, actual.sentences, actual.first, len(rows)
    )

    np.testing.assert_array_equal(actual.token_ids, pad_windows(windows, size, word_piece.pad_id))
    row_ends = np.cumsum([len(row) for row in expected], dtype=int)
    own_scores = np.split(scores, row_ends[:-1]) if expected else []
    assert merged.to_list() == [
        merge_scores(row, own, len(document)).tolist()
        for row, own, document in zip(expected, own_scores, documents, strict=True)
    ]


@pytest.mark.slow
def test_two_megabytes_are_no_trouble(small):
    assert_same_windows(*small, ["The cafe said so. It rained. " * 70_000, "Short."])


@pytest.mark.slow
def test_a_saved_model_holds_it_all(small, tmp_path):
    word_piece, text_graph = small
    tf.saved_model.save(text_graph, str(tmp_path))

    loaded = tf.saved_model.load(str(tmp_path))

    assert_same_windows(word_piece, loaded, [*CASES[:20], *NASTY[:5]])
    operations = {
        node.op
        for function in loaded.__call__.concrete_functions
        for node in function.graph.as_graph_def().node
    }
    assert not operations & {"PyFunc", "EagerPyFunc", "PyFuncStateless"}

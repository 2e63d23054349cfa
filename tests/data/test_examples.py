"""What each kind of model is given of prepared data."""

import json
from pathlib import Path

import numpy as np
import pytest

from bertsum_tf.data.batches import Batch, BatchPlan
from bertsum_tf.data.corpora import open_corpus
from bertsum_tf.data.examples import (
    first_window,
    generation_pairs,
    lead,
    pad_rows,
    room,
    sentence_labels,
    summary_pairs,
)
from bertsum_tf.data.pipelines import read_batches, tf_dataset
from bertsum_tf.data.prepare import prepare
from bertsum_tf.data.prepared import PreparedData
from bertsum_tf.text.packing import pack
from bertsum_tf.text.targets import TARGET_MARKS, TargetVocabulary
from bertsum_tf.text.wordpiece import WordPiece

WORDS = ["fire", "hit", "a", "barn", "rain", "fell", "on", "it", "."]
WORDS += ["police", "came", "late", "nobody", "was", "hurt"]
VOCABULARY = WordPiece(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])
CLS, SEP = VOCABULARY.cls_id, VOCABULARY.sep_id


def packed(*sentences: str) -> list[int]:
    return [token for piece in VOCABULARY.encode(sentences) for token in (CLS, *piece, SEP)]


SENTENCES = ("Fire hit a barn.", "Rain fell on it.", "Police came late.", "Nobody was hurt.")
BATCH = Batch(windows=np.array([1, 0]), length=64, rows=3)


# With the marks of targets.
WRITING = WordPiece([*VOCABULARY.vocabulary, *TARGET_MARKS])
MARKS = TargetVocabulary.of(WRITING.vocabulary)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> PreparedData:
    return prepared(tmp_path_factory.mktemp("data"), VOCABULARY)


@pytest.fixture(scope="module")
def writing(tmp_path_factory: pytest.TempPathFactory) -> PreparedData:
    return prepared(tmp_path_factory.mktemp("writing"), WRITING)


def prepared(folder: Path, vocabulary: WordPiece) -> PreparedData:
    documents = [
        {"document": " ".join(SENTENCES), "summary": "Fire hit a barn.\nNobody was hurt."},
        {"document": "One. Two.", "summary": "Too short, so that it is left out."},
        {"document": " ".join(SENTENCES[:3]), "summary": "Rain fell. " * 30},
    ]
    lines = "".join(json.dumps(document) + "\n" for document in documents)
    (folder / "news.jsonl").write_text(lines)
    prepare(open_corpus(folder / "news.jsonl"), vocabulary, folder / "out", workers=1)
    return PreparedData(folder / "out", later_windows=0.0)


def test_documents_come_with_the_labels_of_their_sentences(data: PreparedData) -> None:
    token_ids, labels = sentence_labels(data, "hard")(BATCH)
    whole = packed(*SENTENCES)
    assert token_ids.shape == (3, 64)
    assert token_ids[1].tolist() == whole + [0] * (64 - len(whole))
    assert labels.tolist() == [
        [0, 1, 0, -1, -1, -1, -1, -1],
        [1, 0, 0, 1, -1, -1, -1, -1],
        [-1.0] * 8,
    ]


def test_documents_come_with_their_own_summaries_cut_to_length(data: PreparedData) -> None:
    inputs, real = summary_pairs(data, 128, negatives=None, static=False)(BATCH)
    summaries = inputs["summary_token_ids"]
    assert set(inputs) == {"token_ids", "summary_token_ids"}
    assert summaries.shape == (3, 128) and summaries.dtype == np.int32
    fitting = packed(*["Rain fell."] * 16)  # 128 tokens have room for 16 sentences
    assert summaries[0].tolist() == fitting + [0] * (128 - len(fitting))
    short = packed("Fire hit a barn.", "Nobody was hurt.")
    assert summaries[1].tolist() == short + [0] * (128 - len(short))
    assert not summaries[2].any()
    assert real.tolist() == [1, 1, 0]
    assert (inputs["token_ids"] == data.token_ids(BATCH.windows, 64, 3)).all()


def test_summaries_are_padded_by_their_length_or_all_alike(data: PreparedData) -> None:
    only_short = Batch(windows=np.array([0]), length=64, rows=1)
    for static, length in ((False, 64), (True, 128)):
        inputs, _ = summary_pairs(data, 128, negatives=None, static=static)(only_short)
        assert inputs["summary_token_ids"].shape == (1, length)


def test_targets_are_read_and_predicted_one_token_apart(writing: PreparedData) -> None:
    inputs, labels = generation_pairs(writing, MARKS, 24, static=False)(BATCH)
    assert set(inputs) == {"token_ids", "decoder_token_ids"}
    assert (inputs["token_ids"] == writing.token_ids(BATCH.windows, 64, 3)).all()
    assert labels.dtype == inputs["decoder_token_ids"].dtype == np.int32
    ids = {word: index for index, word in enumerate(WRITING.vocabulary)}
    one, two = (
        [ids[word] for word in sentence.split()]
        for sentence in ("fire hit a barn .", "nobody was hurt .")
    )
    begin, end, split = MARKS.begin_id, MARKS.end_id, MARKS.split_id
    target = [*one, split, *two]
    assert inputs["decoder_token_ids"][1].tolist() == [begin, *target, *[0] * 12]
    assert labels[1].tolist() == [*target, end, *[0] * 12]
    # The other summary is longer than 24 tokens: it is cut, and ends all the same.
    rain = [ids["rain"], ids["fell"], ids["."], split]
    assert inputs["decoder_token_ids"][0].tolist() == [begin, *rain * 5, *rain[:2]]
    assert labels[0].tolist() == [*rain * 5, *rain[:2], end]
    assert not inputs["decoder_token_ids"][2].any() and not labels[2].any()


def test_targets_are_padded_by_their_length_or_all_alike(writing: PreparedData) -> None:
    only_short = Batch(windows=np.array([0]), length=64, rows=1)
    for most, static, length in (
        (140, False, 32),
        (140, True, 139),
        (24, False, 23),
    ):
        inputs, labels = generation_pairs(writing, MARKS, most, static=static)(only_short)
        assert inputs["decoder_token_ids"].shape == labels.shape == (1, length)


def test_windows_know_how_long_their_summaries_are(data: PreparedData) -> None:
    # [CLS] fire hit a barn . [SEP] [CLS] nobody was hurt . [SEP]; [CLS] rain fell . [SEP] and so on
    assert data.summary_lengths.tolist() == [13, 30 * 5]


def test_a_documents_lead_is_its_first_three_sentences(data: PreparedData) -> None:
    inputs, _ = summary_pairs(data, 128, negatives="lead", static=False)(BATCH)
    expected = packed(*SENTENCES[:3])
    for row in (0, 1):
        negative = inputs["negative_token_ids"][row]
        assert negative[: len(expected)].tolist() == expected
        assert not negative[len(expected) :].any()
    assert inputs["negative_token_ids"].shape == inputs["summary_token_ids"].shape


def test_the_lead_of_a_short_document_is_all_of_it() -> None:
    two = np.array([CLS, 5, SEP, CLS, 6, 7, SEP, 0, 0], np.int32)
    assert lead(two, CLS, 0).tolist() == two[:7].tolist()
    assert lead(two, CLS, 0, sentences=1).tolist() == [CLS, 5, SEP]


@pytest.mark.parametrize("length", [8, 16, 24, 64, 256])
def test_a_text_is_cut_as_documents_are_packed(length: int) -> None:
    for sentences in (
        SENTENCES,
        ["Rain."] * 9,
        ["Rain fell on it " * 20, "It fell."],
        ["Fire hit a barn.", "Rain fell on it " * 20],
        ["Rain fell on it " * 60, "It fell."],  # a sentence of more than 200 tokens
    ):
        pieces = VOCABULARY.encode(sentences)
        first, *_ = pack(pieces, cls_id=CLS, sep_id=SEP, max_tokens=length)
        text = np.array(packed(*sentences), np.int32)
        assert first_window(text, length, CLS, SEP).tolist() == first.token_ids.tolist()


def test_a_text_takes_room_for_its_tokens_and_for_a_slot_a_sentence() -> None:
    assert room(np.array(packed(*SENTENCES), np.int32), SEP) == 32  # 28 tokens, 4 sentences
    assert room(np.array(packed("Rain fell on it " * 5), np.int32), SEP) == 22


def test_summaries_of_short_sentences_are_padded_to_all_their_slots(data: PreparedData) -> None:
    # 64 tokens hold 12 sentences of 5, but only 8 slots: the others would not be read.
    inputs, _ = summary_pairs(data, 96, negatives=None, static=False)(BATCH)
    assert inputs["summary_token_ids"].shape == (3, 96)
    assert np.sum(inputs["summary_token_ids"][0] == SEP) == 12


def test_rows_are_padded() -> None:
    padded = pad_rows([np.arange(1, 4, dtype=np.int32), np.array([9], np.int32)], 8, 3, 0)
    assert padded.tolist() == [[1, 2, 3, 0, 0, 0, 0, 0], [9, 0, 0, 0, 0, 0, 0, 0], [0] * 8]
    assert padded.dtype == np.int32


def test_tf_data_reads_pairs_as_the_generator_does(data: PreparedData) -> None:
    read = summary_pairs(data, 128, negatives="lead", static=False)
    plan = BatchPlan(data.lengths, 64, seed=0)
    plain = list(read_batches(read, plan, 0, 4))
    for (ours, real), (theirs, tf_real) in zip(
        plain, tf_dataset(read, plan, 0, 4).as_numpy_iterator(), strict=True
    ):
        assert set(ours) == set(theirs)
        for name, values in ours.items():
            np.testing.assert_array_equal(values, theirs[name])
        np.testing.assert_array_equal(real, tf_real)

"""Windows hold whole sentences, and every sentence is in one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bertsum_tf.text.packing import (
    MAX_SENTENCE_TOKENS,
    MAX_WINDOW_TOKENS,
    Window,
    merge_scores,
    pack,
    pad_windows,
    padded_length,
    slots,
)

CLS, SEP = 101, 102

# Lengths of the sentences of a document, in pieces; and a window's length.
documents = st.lists(
    st.integers(0, 30) | st.integers(0, 400) | st.just(1), min_size=0, max_size=150
)
window_lengths = st.integers(1, 64).map(lambda count: 8 * count)


def pieces_of(lengths: list[int]) -> list[list[int]]:
    """Sentences whose pieces say which sentence they are of."""
    return [[1000 + index] * length for index, length in enumerate(lengths)]


def pack_lengths(lengths: list[int], max_tokens: int = MAX_WINDOW_TOKENS) -> list[Window]:
    return pack(pieces_of(lengths), cls_id=CLS, sep_id=SEP, max_tokens=max_tokens)


def test_the_limits_are_the_papers():
    assert MAX_WINDOW_TOKENS == 512
    assert MAX_SENTENCE_TOKENS == 200
    assert slots(512) == 64


def test_a_short_document_is_one_window():
    (window,) = pack([[7, 8], [9]], cls_id=CLS, sep_id=SEP)

    assert window.token_ids.tolist() == [CLS, 7, 8, SEP, CLS, 9, SEP]
    assert window.token_ids.dtype == np.int32
    assert window.sentences == (0, 1)


def test_a_document_without_sentences_has_no_window():
    assert pack([], cls_id=CLS, sep_id=SEP) == []


def test_a_sentence_without_pieces_keeps_its_place():
    (window,) = pack([[7], [], [9]], cls_id=CLS, sep_id=SEP)

    assert window.token_ids.tolist() == [CLS, 7, SEP, CLS, SEP, CLS, 9, SEP]


def test_later_windows_repeat_the_lead():
    # 48 + 2 tokens each: ten fit a window, two a quarter of it.
    windows = pack_lengths([48] * 25)

    assert [window.sentences for window in windows] == [
        (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
        (0, 1, 10, 11, 12, 13, 14, 15, 16, 17),
        (0, 1, 18, 19, 20, 21, 22, 23, 24),
    ]


def test_the_share_of_the_lead_is_one_of_slots_as_well(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bertsum_tf.text.packing.LEAD_SHARE", 0.5)
    later = pack_lengths([1] * 100)[1]
    assert later.sentences[:33] == (*range(32), 64)


def test_no_lead_is_repeated_where_the_first_sentence_is_long():
    windows = pack_lengths([127, 200, 200, 200])

    assert [window.sentences for window in windows] == [(0, 1), (2, 3)]


def test_short_sentences_fill_the_slots_before_the_tokens():
    windows = pack_lengths([1] * 70)

    # A quarter of the 64 slots goes to the lead.
    assert [window.sentences for window in windows] == [
        tuple(range(64)),
        (*range(16), *range(64, 70)),
    ]


def test_a_sentence_of_10_000_pieces_is_read_on_its_head():
    before, window = pack_lengths([300, 10_000, 3], max_tokens=512)[0], None
    (window,) = pack([list(range(10_000))], cls_id=CLS, sep_id=SEP)

    assert before.sentences == (0, 1, 2)
    assert window.token_ids.tolist() == [CLS, *range(200), SEP]


def test_a_sentence_is_cut_to_a_short_window():
    (window,) = pack([list(range(100))], cls_id=CLS, sep_id=SEP, max_tokens=16)

    assert window.token_ids.tolist() == [CLS, *range(14), SEP]


def test_a_long_sentence_takes_a_short_window_without_the_lead():
    windows = pack_lengths([6, 60, 126, 5], max_tokens=128)

    assert [window.sentences for window in windows] == [(0, 1), (2,), (0, 3)]


@given(documents, window_lengths)
def test_every_sentence_is_in_a_window(lengths, max_tokens):
    windows = pack_lengths(lengths, max_tokens)

    assert {index for window in windows for index in window.sentences} == set(range(len(lengths)))


@given(documents, window_lengths)
def test_windows_keep_to_their_tokens_and_slots(lengths, max_tokens):
    for window in pack_lengths(lengths, max_tokens):
        assert 0 < len(window.token_ids) <= max_tokens
        assert 0 < len(window.sentences) <= max_tokens // 8
        assert list(window.sentences) == sorted(set(window.sentences))


@given(documents, window_lengths)
def test_a_window_reads_cls_head_of_sentence_sep(lengths, max_tokens):
    longest = min(200, max_tokens - 2)
    for window in pack_lengths(lengths, max_tokens):
        expected = []
        for index in window.sentences:
            expected += [CLS, *[1000 + index] * min(lengths[index], longest), SEP]
        assert window.token_ids.tolist() == expected


@given(documents)
def test_windows_take_the_document_in_order(lengths):
    windows = pack_lengths(lengths)
    own = [
        [index for index in window.sentences if index not in set(windows[0].sentences)]
        for window in windows[1:]
    ]

    first = list(windows[0].sentences) if windows else []
    assert first + [index for indices in own for index in indices] == list(range(len(lengths)))


def test_the_padded_length_has_room_for_tokens_and_slots():
    assert padded_length(Window(np.zeros(17, np.int32), (0, 1))) == 24
    assert padded_length(Window(np.zeros(24, np.int32), (0, 1))) == 24
    # Nine sentences without pieces: 18 tokens, but nine slots.
    assert padded_length(Window(np.zeros(18, np.int32), tuple(range(9)))) == 72
    assert padded_length(Window(np.zeros(17, np.int32), (0,)), multiple=64) == 64


@given(documents.filter(len), window_lengths)
def test_a_padded_window_is_never_longer_than_the_longest(lengths, max_tokens):
    for window in pack_lengths(lengths, max_tokens):
        assert padded_length(window) <= max_tokens
        assert padded_length(window) // 8 >= len(window.sentences)


def test_windows_are_padded_at_the_end():
    windows = [Window(np.array([1, 2], np.int32), (0,)), Window(np.array([3], np.int32), (1,))]

    batch = pad_windows(windows, 4, pad_id=9)

    assert batch.tolist() == [[1, 2, 9, 9], [3, 9, 9, 9]]
    assert batch.dtype == np.int32
    assert pad_windows([], 8).shape == (0, 8)


def test_a_repeated_sentence_keeps_its_score_and_a_later_one_loses_some():
    windows = pack_lengths([48] * 12)
    assert windows[1].sentences == (0, 1, 10, 11)

    merged = merge_scores(windows, [np.arange(64.0), np.full(64, -1.0)], 12)

    assert merged.dtype == np.float32
    assert merged[:10].tolist() == list(range(10))
    np.testing.assert_allclose(merged[10:], [-1.6, -1.6])


@given(documents, window_lengths)
def test_every_sentence_gets_a_score(lengths, max_tokens):
    windows = pack_lengths(lengths, max_tokens)
    scores = [np.arange(max_tokens // 8, dtype=np.float32) for _ in windows]

    merged = merge_scores(windows, scores, len(lengths))

    assert merged.shape == (len(lengths),)
    assert np.isfinite(merged).all()


def test_scores_must_match_the_windows():
    with pytest.raises(ValueError):
        merge_scores(pack_lengths([1, 2]), [], 2)

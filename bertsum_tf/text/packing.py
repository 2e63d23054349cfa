"""Token ids -> windows: `[CLS] s1 [SEP] [CLS] s2 [SEP] ...`, all that the model is given.

Limits of the paper (Liu & Lapata, 2019) and of its published code (PreSumm, `src/others/args`):
512 tokens a document, 200 tokens a sentence. The paper drops what lies beyond 512 tokens; here a
longer document becomes several windows of whole sentences, so that every sentence gets a score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Paper, sections 3.1 and 4.1: positions beyond BERT's 512 are an option of the model, not the
# default.
MAX_WINDOW_TOKENS = 512

# What encoders of summaries are trained on, unless told otherwise: holds 97 % of the references of
# CNN/DailyMail whole.
MAX_SUMMARY_TOKENS = 128

# PreSumm, `max_src_ntokens_per_sent`: a longer sentence is scored on its head.
MAX_SENTENCE_TOKENS = 200

# A window of T tokens has T // 8 sentence slots, so that the shape of the input alone gives the
# shape of the output. Windows of news hold 25 tokens a sentence; one of shorter sentences closes
# when its slots are full.
TOKENS_PER_SENTENCE_SLOT = 8

# Batches of windows are padded to multiples of this: eight shapes up to 512 tokens, where each has
# to be compiled.
BUCKET_TOKENS = 64

# A later window opens with the first sentences of the document, up to this share of its tokens
# and slots: they say what the document is about, and keep later sentences from the first position,
# which the model has learnt to prefer.
LEAD_SHARE = 0.25

# Taken off the scores of later windows, in logits. The best of a long document's many sentences
# from later windows is often best by chance: on validation articles every model that was trained
# here gained ROUGE by it (docs/training.md).
LATER_WINDOW_PENALTY = 0.6


@dataclass(frozen=True)
class Window:
    """A part of a document that the model reads at once.

    Attributes:
        token_ids: int32 [t], not padded.
        sentences: for each sentence slot, the index of its sentence in the document, ascending.
    """

    token_ids: np.ndarray
    sentences: tuple[int, ...]


def slots(num_tokens: int) -> int:
    """Number of sentence slots of a window of `num_tokens` token ids."""
    return num_tokens // TOKENS_PER_SENTENCE_SLOT


def pack(
    pieces: Sequence[Sequence[int] | np.ndarray],
    *,
    cls_id: int,
    sep_id: int,
    max_tokens: int = MAX_WINDOW_TOKENS,
) -> list[Window]:
    """Packs the sentences of one document into as few windows as hold them all.

    Args:
        pieces: token ids of each sentence, without special tokens.
        cls_id: id of [CLS], which opens a sentence.
        sep_id: id of [SEP], which closes it.
        max_tokens: tokens a window, a multiple of 8.

    Returns:
        Windows of at most `max_tokens` tokens and `max_tokens // 8` sentences. Every sentence is in
        at least one; the first window is the head of the document, later ones repeat its lead
        where it leaves room.
    """
    longest = min(MAX_SENTENCE_TOKENS, max_tokens - 2)
    lengths = [min(len(piece), longest) + 2 for piece in pieces]
    most_tokens, most_slots = int(max_tokens * LEAD_SHARE), int(slots(max_tokens) * LEAD_SHARE)
    lead = _fill(range(len(pieces)), lengths, most_tokens, most_slots)
    lead_tokens = sum(lengths[index] for index in lead)
    windows = []
    start = 0
    while start < len(pieces):
        # In a short window a long sentence may leave the lead no room.
        head = lead if start and lead_tokens + lengths[start] <= max_tokens else []
        room = max_tokens - sum(lengths[index] for index in head)
        body = _fill(range(start, len(pieces)), lengths, room, slots(max_tokens) - len(head))
        members = [*head, *body]
        token_ids: list[int] = []
        for index in members:
            token_ids.append(cls_id)
            token_ids.extend(pieces[index][:longest])
            token_ids.append(sep_id)
        windows.append(Window(np.array(token_ids, np.int32), tuple(members)))
        start = body[-1] + 1
    return windows


def _fill(candidates: range, lengths: list[int], max_tokens: int, max_sentences: int) -> list[int]:
    """The longest run of sentences from the first candidate on that fits."""
    chosen: list[int] = []
    total = 0
    for index in candidates:
        total += lengths[index]
        if total > max_tokens or len(chosen) == max_sentences:
            break
        chosen.append(index)
    return chosen


def padded_length(window: Window, multiple: int = TOKENS_PER_SENTENCE_SLOT) -> int:
    """The least length, a multiple of `multiple`, that has room for the window's tokens and slots.

    Args:
        window: a packed window.
        multiple: a multiple of 8.
    """
    needed = max(len(window.token_ids), len(window.sentences) * TOKENS_PER_SENTENCE_SLOT)
    return -(-needed // multiple) * multiple


def pad_windows(windows: Sequence[Window], length: int, pad_id: int = 0) -> np.ndarray:
    """Token ids of several windows as one int32 array [len(windows), length]."""
    batch = np.full((len(windows), length), pad_id, np.int32)
    for row, window in zip(batch, windows, strict=True):
        row[: len(window.token_ids)] = window.token_ids
    return batch


def hold_text(token_ids: np.ndarray, *, cls_id: int, sep_id: int, pad_id: int) -> np.ndarray:
    """Which windows hold a word piece: not those of padding, nor of sentences without one.

    A text of U+200B alone is one sentence, of no word piece.

    Args:
        token_ids: int32 [B, T].
        cls_id: id of [CLS].
        sep_id: id of [SEP].
        pad_id: id of [PAD].

    Returns:
        bool [B].
    """
    is_piece = ~np.isin(token_ids, (cls_id, sep_id, pad_id))
    return np.asarray(is_piece.any(axis=1))


def merge_scores(
    windows: Sequence[Window], scores: Sequence[np.ndarray], num_sentences: int
) -> np.ndarray:
    """Scores of the windows' slots -> one score a sentence.

    A sentence that stands in several windows keeps its score from the first, where it stands
    among its neighbours. Those of later windows lose `LATER_WINDOW_PENALTY`.

    Args:
        windows: what `pack` gave for one document.
        scores: for each window, float [S] with S >= its number of sentences.
        num_sentences: number of sentences of the document.

    Returns:
        float32 [num_sentences].
    """
    merged = np.full(num_sentences, np.nan, np.float32)
    for window, window_scores in zip(reversed(windows), reversed(scores), strict=True):
        penalty = 0.0 if window is windows[0] else LATER_WINDOW_PENALTY
        merged[list(window.sentences)] = window_scores[: len(window.sentences)] - penalty
    return merged

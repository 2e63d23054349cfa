"""A batch of windows -> what each kind of model is given: inputs and targets.

A `Reader` reads one batch; the pipelines call it, ahead of the model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bertsum_tf.data.batches import Batch
from bertsum_tf.data.prepared import PreparedData
from bertsum_tf.text.packing import BUCKET_TOKENS, TOKENS_PER_SENTENCE_SLOT, pack
from bertsum_tf.text.targets import TargetVocabulary, unpack

# Targets are padded to multiples of this. It is less than that of documents, because a number of
# each word of the vocabulary is computed for every token of padding.
TARGET_BUCKET_TOKENS = 32

# (inputs, targets): each an array, or the inputs a dictionary of arrays.
Example = tuple[Any, np.ndarray]
Reader = Callable[[Batch], Example]


def sentence_labels(data: PreparedData, labels: str) -> Reader:
    """Documents, and which of their sentences belong in the summary.

    Args:
        data: the windows.
        labels: "hard" (the greedy oracle) or "soft" (its expectation).

    Returns:
        A reader of (token_ids int32 [B, T], labels float32 [B, T // 8]); labels are -1.0 where a
        slot holds no sentence.
    """

    def read(batch: Batch) -> Example:
        place = (batch.windows, batch.length, batch.rows)
        return data.token_ids(*place), data.labels(*place, labels)

    return read


def summary_pairs(
    data: PreparedData, max_summary_tokens: int, *, negatives: str | None, static: bool
) -> Reader:
    """Documents and their reference summaries, to be brought together.

    Args:
        data: the windows.
        max_summary_tokens: of a longer summary, or negative, as many whole sentences are taken as
            fit; a multiple of 8.
        negatives: "lead": with each pair comes the document's LEAD-3, which is a summary but not
            the summary. None: none.
        static: pad all to `max_summary_tokens`, as TPUs want it, instead of by length.

    Returns:
        A reader of ({"token_ids": int32 [B, T], "summary_token_ids": int32 [B, U], with negatives
        "negative_token_ids": int32 [B, U]}, real float32 [B]); `real` is 1 for a pair, 0 for a row
        that fills up the batch.
    """
    pad_id, cls_id, sep_id = (data.manifest[name] for name in ("pad_id", "cls_id", "sep_id"))

    def read(batch: Batch) -> Example:
        token_ids = data.token_ids(batch.windows, batch.length, batch.rows)
        texts = {"summary_token_ids": data.summaries(batch.windows)}
        if negatives == "lead":
            documents = token_ids[: len(batch.windows)]
            texts["negative_token_ids"] = [lead(row, cls_id, pad_id) for row in documents]
        for name, column in texts.items():
            texts[name] = [
                first_window(text, max_summary_tokens, cls_id, sep_id) for text in column
            ]
        needed = max(room(text, sep_id) for column in texts.values() for text in column)
        in_buckets = -(-needed // BUCKET_TOKENS) * BUCKET_TOKENS
        length = max_summary_tokens if static else min(in_buckets, max_summary_tokens)
        inputs = {"token_ids": token_ids} | {
            name: pad_rows(column, length, batch.rows, pad_id) for name, column in texts.items()
        }
        real = np.zeros(batch.rows, np.float32)
        real[: len(batch.windows)] = 1.0
        return inputs, real

    return read


def generation_pairs(
    data: PreparedData, vocabulary: TargetVocabulary, target_length: int, *, static: bool
) -> Reader:
    """Documents and their reference summaries, to be written token by token.

    Args:
        data: the windows.
        vocabulary: the marks of targets.
        target_length: the most tokens of a target, both marks included; a longer one is cut,
            see `TargetVocabulary.encode`.
        static: pad all targets to that length, as TPUs want it, instead of by length.

    Returns:
        A reader of ({"token_ids": int32 [B, T], "decoder_token_ids": int32 [B, U]}, labels int32
        [B, U]): a target without its last token, and without its first, so that each label stands
        where it is to be predicted.
    """
    pad_id, cls_id, sep_id = (data.manifest[name] for name in ("pad_id", "cls_id", "sep_id"))

    def read(batch: Batch) -> Example:
        targets = [
            vocabulary.encode(unpack(summary, cls_id, sep_id), target_length)
            for summary in data.summaries(batch.windows)
        ]
        longest = target_length - 1
        needed = max(len(target) for target in targets) - 1
        in_buckets = -(-needed // TARGET_BUCKET_TOKENS) * TARGET_BUCKET_TOKENS
        shape = (longest if static else min(in_buckets, longest), batch.rows, pad_id)
        inputs = {
            "token_ids": data.token_ids(batch.windows, batch.length, batch.rows),
            "decoder_token_ids": pad_rows([target[:-1] for target in targets], *shape),
        }
        return inputs, pad_rows([target[1:] for target in targets], *shape)

    return read


def lead(token_ids: np.ndarray, cls_id: int, pad_id: int, sentences: int = 3) -> np.ndarray:
    """The first sentences of a packed document: its LEAD-3.

    Args:
        token_ids: int32 [T], padded or not.
        cls_id: what opens a sentence.
        pad_id: what fills up the row.
        sentences: how many.
    """
    starts = np.flatnonzero(token_ids == cls_id)
    end = starts[sentences] if len(starts) > sentences else np.sum(token_ids != pad_id)
    return token_ids[:end]


def first_window(token_ids: np.ndarray, length: int, cls_id: int, sep_id: int) -> np.ndarray:
    """A packed text cut to a length, in whole sentences: packed anew, as texts are when read raw.

    Args:
        token_ids: int32 [T], padded or not.
        length: tokens at most, a multiple of 8.
        cls_id: what opens a sentence.
        sep_id: what closes it.
    """
    sentences = unpack(token_ids, cls_id, sep_id)
    windows = pack(sentences, cls_id=cls_id, sep_id=sep_id, max_tokens=length)
    return windows[0].token_ids if windows else token_ids[:0]


def room(token_ids: np.ndarray, sep_id: int) -> int:
    """The tokens that a packed text and the slots of its sentences take.

    Args:
        token_ids: int32 [T], not padded.
        sep_id: what closes a sentence.
    """
    return max(len(token_ids), int(np.sum(token_ids == sep_id)) * TOKENS_PER_SENTENCE_SLOT)


def pad_rows(texts: Sequence[np.ndarray], length: int, rows: int, pad_id: int) -> np.ndarray:
    """Texts of different lengths as one array of fixed shape.

    Args:
        texts: int32 [t] each, t at most `length`.
        length: tokens a row.
        rows: at least as many as texts; rows left over are padding.
        pad_id: what fills up.

    Returns:
        int32 [rows, length].
    """
    padded = np.full((rows, length), pad_id, np.int32)
    for row, text in zip(padded, texts, strict=False):
        row[: len(text)] = text
    return padded

"""Summaries as the decoder's targets: `[begin] s1 [split] s2 ... [end]`, and back.

The marks are three entries of BERT's vocabulary that no text can give, as in the paper's code
(PreSumm, `src/prepro/data_builder.py`): [unused0] begins, [unused1] ends, [unused2] splits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bertsum_tf.errors import BertsumError
from bertsum_tf.text.wordpiece import continuing_ids

BEGIN, END, SPLIT = TARGET_MARKS = ("[unused0]", "[unused1]", "[unused2]")

# PreSumm, `max_tgt_len`: the begin and the end mark are among them.
MAX_TARGET_TOKENS = 140

# The most tokens that a model is asked to write, unless it is made for more.
MAX_WRITTEN_TOKENS = 256


@dataclass(frozen=True)
class TargetVocabulary:
    """What there is to know of a vocabulary in order to write with it.

    Attributes:
        begin_id: what the decoder reads first.
        end_id: what ends a summary.
        split_id: what stands between two sentences.
        never_written: ids that no summary holds. PreSumm forbids none, and takes some out of the
            text afterwards; a decoder that can't write them needs no such repairs.
        continuing: ids of the pieces that continue a word.
    """

    begin_id: int
    end_id: int
    split_id: int
    never_written: frozenset[int] = frozenset()
    continuing: frozenset[int] = frozenset()

    @classmethod
    def of(cls, vocabulary: Sequence[str]) -> TargetVocabulary:
        """Looks the marks up; all other entries in square brackets, [UNK] too, are never written.

        Args:
            vocabulary: the pieces in the order of their ids.

        Raises:
            BertsumError: if a mark is missing.
        """
        ids = {piece: index for index, piece in enumerate(vocabulary)}
        missing = [mark for mark in TARGET_MARKS if mark not in ids]
        if missing:
            raise BertsumError(
                f"The vocabulary lacks {', '.join(missing)}, which mark where a written summary "
                "begins, ends and is split: take the vocabulary of an uncased BERT, or add them."
            )
        return cls(
            begin_id=ids[BEGIN],
            end_id=ids[END],
            split_id=ids[SPLIT],
            never_written=frozenset(
                index
                for piece, index in ids.items()
                if len(piece) > 2 and piece[0] == "[" and piece[-1] == "]"
                if piece not in (END, SPLIT)
            ),
            continuing=continuing_ids(vocabulary),
        )

    def encode(
        self, sentences: Iterable[Sequence[int] | np.ndarray], max_tokens: int = MAX_TARGET_TOKENS
    ) -> np.ndarray:
        """Sentences' word pieces -> target ids.

        A longer target is cut, and ends with the end mark all the same, as in PreSumm
        (`src/models/data_loader.py`): the decoder is taught to stop where the space does. A split
        mark that would then stand before the end mark is dropped.

        Args:
            sentences: token ids of each sentence, without special tokens.
            max_tokens: the most ids, both marks included; at least 2.

        Returns:
            int32 [t], `t <= max_tokens`.
        """
        ids = [self.begin_id]
        for sentence in filter(len, sentences):
            if len(ids) > 1:
                ids.append(self.split_id)
            ids.extend(sentence)
        ids = ids[: max_tokens - 1]
        if ids[-1] == self.split_id:
            ids.pop()
        return np.array([*ids, self.end_id], np.int32)

    def decode(self, ids: Iterable[int]) -> list[list[int]]:
        """Target ids, or what a decoder wrote -> the sentences' ids.

        Whatever the ids are: what follows the first end mark is left out, and so are begin marks
        and sentences without a word.

        Args:
            ids: with or without the marks.
        """
        sentences: list[list[int]] = [[]]
        for index in map(int, ids):
            if index == self.end_id:
                break
            if index == self.split_id:
                sentences.append([])
            elif index != self.begin_id:
                sentences[-1].append(index)
        return [sentence for sentence in sentences if sentence]


def unpack(token_ids: Sequence[int] | np.ndarray, cls_id: int, sep_id: int) -> list[np.ndarray]:
    """A packed text -> its sentences' ids, as `TargetVocabulary.encode` takes them.

    Args:
        token_ids: `[CLS] s1 [SEP] [CLS] s2 [SEP] ...`; what stands outside of such pairs, padding
            for one, is left out.
        cls_id: id of [CLS].
        sep_id: id of [SEP].
    """
    ids = np.asarray(token_ids)
    ends = np.flatnonzero(ids == sep_id)
    starts = np.flatnonzero(ids == cls_id)[: len(ends)]
    return [ids[start + 1 : end] for start, end in zip(starts, ends, strict=True)]

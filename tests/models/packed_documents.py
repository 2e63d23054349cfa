"""Packed documents for the tests of models."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

CLS, SEP, PAD = 101, 102, 0


def packed(
    sentences: Sequence[Sequence[int]], length: int, cls_id: int = CLS, sep_id: int = SEP
) -> np.ndarray:
    """`[CLS] s1 [SEP] [CLS] s2 [SEP] ... [PAD]*`, int32 [length]."""
    tokens = [token for sentence in sentences for token in (cls_id, *sentence, sep_id)]
    return np.array(tokens + [PAD] * (length - len(tokens)), np.int32)


def random_sentences(seed: int, count: int) -> list[list[int]]:
    """`count` sentences of 2 to 7 word pieces out of 1 to 99."""
    random = np.random.default_rng(seed)
    return [random.integers(1, 100, random.integers(2, 8)).tolist() for _ in range(count)]

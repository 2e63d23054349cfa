"""Writing a summary token by token: one search, over whatever runs the decoder."""

from __future__ import annotations

from bertsum_tf.decoding.decoder import Candidates, Decoder, likeliest
from bertsum_tf.decoding.search import (
    Hypothesis,
    Limits,
    check_search,
    numbers_of,
    write_summaries,
)
from bertsum_tf.decoding.strategies import GREEDY, Beam, Sampling, Strategy

__all__ = [
    "GREEDY",
    "Beam",
    "Candidates",
    "Decoder",
    "Hypothesis",
    "Limits",
    "Sampling",
    "Strategy",
    "check_search",
    "likeliest",
    "numbers_of",
    "write_summaries",
]

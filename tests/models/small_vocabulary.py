"""A vocabulary for small random BERTs."""

from __future__ import annotations

# Ids that are nothing like BERT's own 101 and 102, so that a constant that stuck is noticed.
VOCABULARY = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
    *("prices", "rose", "fell", "the", "bank", "met", "on", "tuesday", "it", "rained", "why"),
    *("##s", "##ed", "cl", "[", "]", ".", ",", "?"),
    *"abcdefghijklmnopqrstuvwxyz",
]

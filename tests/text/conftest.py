"""Vocabularies and corpora of the text tests."""

from __future__ import annotations

import string

import pytest
from shared_data import MINILM_L6


@pytest.fixture(scope="session")
def small_vocabulary() -> list[str]:
    """A vocabulary that spells: English words give few [UNK], so that equal ids mean equal text."""
    letters = string.ascii_lowercase + string.digits + "éßœøσыйאا中あㄅ"
    return [
        *("[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
        *string.punctuation,
        *"“”‘’«»–—…。！？、€£°",
        *letters,
        *(f"##{letter}" for letter in letters),
        *("the", "and", "said", "prices", "rose", "fell", "##ing", "##ed", "cafe", "cl"),
    ]


@pytest.fixture(scope="session")
def minilm_vocabulary() -> list[str]:
    """The vocabulary of uncased BERT."""
    path = MINILM_L6 / "vocab.txt"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    return path.read_text(encoding="utf-8").splitlines()

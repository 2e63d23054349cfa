"""What BERT's uncased tokeniser makes of each character: a table for runtimes without it."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from bertsum_tf.text.wordpiece import NORMALIZER, PRE_TOKENIZER

# Characters are looked up in pages of so many; most pages are alike.
PAGE = 256

# Stands for the character itself in what becomes of it.
ITSELF = -1

# First pages of the planes that hold characters: basic, supplementary, ideographic (2), special.
_PLANES = (0x000, 0x100, 0x200, 0x300, 0xE00)


class CharacterTable(NamedTuple):
    """What becomes of code point c: row `kinds[pages[c // PAGE] * PAGE + c % PAGE]`.

    A row holds code points. It is empty for what BERT drops (control characters, accents) and has
    spaces around what BERT takes as a word of its own (punctuation, Chinese characters).

    Attributes:
        pages: int32 [4352].
        kinds: int32 [pages that differ * PAGE].
        values: int32, the rows, one after the other; ITSELF: the character itself.
        splits: int64 [rows + 1], where each row starts in `values`.
    """

    pages: np.ndarray
    kinds: np.ndarray
    values: np.ndarray
    splits: np.ndarray


@lru_cache(maxsize=1)
def character_table() -> CharacterTable:
    """Asks `tokenizers` about every character, so that nothing can differ.

    BERT's normaliser and pre-tokeniser treat each character by itself, but for the order in which
    normalisation (NFD) puts some vowel signs and tone marks of one letter that follow each other;
    no vocabulary has a piece with two of them.
    """
    rows: dict[tuple[int, ...], int] = {(ITSELF,): 0}
    known: dict[bytes, int] = {}
    asked: dict[int, int] = {}
    pages = []
    for page in range(0x110000 // PAGE):
        # Planes without characters of their own are alike all through, but for the last page.
        plane = page & ~0xFF
        source = page if plane in _PLANES or page & 0xFF == 0xFF else plane
        if source not in asked:
            becomes = map(_becomes, range(source * PAGE, (source + 1) * PAGE))
            kinds = np.array([rows.setdefault(row, len(rows)) for row in becomes], np.int32)
            asked[source] = known.setdefault(kinds.tobytes(), len(known))
        pages.append(asked[source])
    lengths = [len(row) for row in rows]
    return CharacterTable(
        np.array(pages, np.int32),
        np.frombuffer(b"".join(known), np.int32),
        np.array([code for row in rows for code in row], np.int32),
        np.cumsum([0, *lengths], dtype=np.int64),
    )


def _becomes(code: int) -> tuple[int, ...]:
    if 0xD800 <= code < 0xE000:
        return (ITSELF,)  # a lone surrogate, which UTF-8 doesn't have
    normal = NORMALIZER.normalize_str(chr(code))
    words = PRE_TOKENIZER.pre_tokenize_str(f"0{normal}0")
    spaced = " ".join(word for word, _ in words)[1:-1]
    return tuple(ITSELF if ord(letter) == code else ord(letter) for letter in spaced)

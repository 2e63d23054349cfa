"""Sentences -> token ids: BERT's uncased WordPiece, with the vocabulary of the backbone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import WordPiece as WordPieceModel
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from bertsum_tf.errors import BertsumError

PAD, UNK, CLS, SEP = "[PAD]", "[UNK]", "[CLS]", "[SEP]"

# How a piece begins that continues a word.
CONTINUES = "##"

# BERT's tokeniser (Devlin et al., 2019) gives a longer word one [UNK].
MAX_WORD_CHARACTERS = 100

NORMALIZER = BertNormalizer(
    clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True
)
PRE_TOKENIZER = BertPreTokenizer()

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def without_surrogates(text: str) -> str:
    """The text with U+FFFD for lone surrogates, which JSON can hold and UTF-8 can't."""
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


def continuation(piece: str) -> str | None:
    """What a piece adds to the word before it: of "##s", "s"; None for one that begins a word."""
    return piece[len(CONTINUES) :] or None if piece.startswith(CONTINUES) else None


def continuing_ids(vocabulary: Sequence[str]) -> frozenset[int]:
    """The ids of the pieces that continue a word."""
    return frozenset(index for index, piece in enumerate(vocabulary) if continuation(piece))


class WordPiece:
    """BERT's uncased tokeniser.

    Special tokens are not recognised in the text: a text that contains "[CLS]" gives the pieces of
    a bracket, "cl", "##s" and a bracket, as any other text does.

    Args:
        vocabulary: the pieces in the order of their ids, as in `vocab.txt`.

    Raises:
        BertsumError: if one of [PAD], [UNK], [CLS], [SEP] is missing.

    Example:
        >>> WordPiece.from_file("vocab.txt").encode(["Prices rose.", "Why?"])
        [[7597, 3123, 1012], [2339, 1029]]
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self.vocabulary = tuple(vocabulary)
        ids = {piece: index for index, piece in enumerate(self.vocabulary)}
        missing = [token for token in (PAD, UNK, CLS, SEP) if token not in ids]
        if missing:
            raise BertsumError(
                f"The vocabulary lacks {', '.join(missing)}: name the vocab.txt of an uncased BERT."
            )
        self.pad_id, self.unk_id = ids[PAD], ids[UNK]
        self.cls_id, self.sep_id = ids[CLS], ids[SEP]
        self._tokenizer = Tokenizer(
            WordPieceModel(ids, unk_token=UNK, max_input_chars_per_word=MAX_WORD_CHARACTERS)
        )
        self._tokenizer.normalizer = NORMALIZER
        self._tokenizer.pre_tokenizer = PRE_TOKENIZER

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> WordPiece:
        """Reads a `vocab.txt`: UTF-8, one piece a line, the line number is the id."""
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BertsumError(
                f"The vocabulary {path} can't be read ({error}): "
                "name a vocab.txt in UTF-8, one piece a line."
            ) from error
        return cls(text.removesuffix("\n").split("\n"))

    @property
    def sha256(self) -> str:
        """SHA-256 of the vocabulary as `vocab.txt` holds it, hexadecimal."""
        return hashlib.sha256(("\n".join(self.vocabulary) + "\n").encode()).hexdigest()

    def encode(self, sentences: Sequence[str]) -> list[list[int]]:
        """Token ids of each sentence, without special tokens."""
        clean = [without_surrogates(sentence) for sentence in sentences]
        return [
            encoding.ids
            for encoding in self._tokenizer.encode_batch_fast(clean, add_special_tokens=False)
        ]

"""A WordPiece vocabulary learned from texts, for models that have no backbone's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tokenizers import Tokenizer
from tokenizers.models import WordPiece as WordPieceModel
from tokenizers.trainers import WordPieceTrainer

from bertsum_tf.errors import BertsumError
from bertsum_tf.text.wordpiece import (
    CLS,
    CONTINUES,
    NORMALIZER,
    PAD,
    PRE_TOKENIZER,
    SEP,
    UNK,
    WordPiece,
)

MASK = "[MASK]"
SPECIAL_TOKENS = (PAD, UNK, CLS, SEP, MASK)

# Pairs of pieces that occur less often are not merged.
MIN_FREQUENCY = 2


def train_vocabulary(texts: Iterable[str], size: int) -> WordPiece:
    """Learns an uncased WordPiece vocabulary, the same one for the same texts.

    The special tokens come first, [PAD] as 0; then every character, so that no word made of these
    is unknown; then merged pieces, the commonest first.

    Args:
        texts: what to learn from; read twice, so no iterator.
        size: pieces at most; there are fewer if the texts have no more to merge.

    Raises:
        BertsumError: if the size does not even hold the characters of the texts.
    """
    characters: set[str] = set()
    in_words: set[str] = set()  # not those that are words of their own: punctuation
    for word in _words(texts):
        characters.update(word)
        if len(word) > 1:
            in_words.update(word)
    # Left to itself the trainer numbers the continuing characters at random, and breaks ties
    # between pairs by these numbers. Tokens that are named beforehand have their numbers.
    known = [*SPECIAL_TOKENS, *sorted(characters), *(CONTINUES + c for c in sorted(in_words))]
    if size < len(known):
        raise BertsumError(
            f"A vocabulary of {size} pieces does not hold the {len(known)} characters and special "
            "tokens of the texts: make it larger."
        )
    tokenizer = Tokenizer(WordPieceModel(unk_token=UNK))
    tokenizer.normalizer = NORMALIZER
    tokenizer.pre_tokenizer = PRE_TOKENIZER
    trainer = WordPieceTrainer(
        vocab_size=size,
        min_frequency=MIN_FREQUENCY,
        special_tokens=known,
        continuing_subword_prefix=CONTINUES,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    ids = tokenizer.get_vocab()
    return WordPiece(sorted(ids, key=ids.__getitem__))


def _words(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for word, _ in PRE_TOKENIZER.pre_tokenize_str(NORMALIZER.normalize_str(text)):
            yield word

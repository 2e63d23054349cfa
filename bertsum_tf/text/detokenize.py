"""Word pieces -> text: the way back from BERT's uncased WordPiece, for English.

BERT's tokeniser takes punctuation apart ("don't" -> "don ' t", "1.5" -> "1 . 5") and forgets where
blanks were. `tokenizers`' own decoder (`decoders.WordPiece(cleanup=True)`) joins pieces and the
commonest marks, but leaves "don ' t", "1. 5", "$ 5", "( he said )", quotes and hyphens apart: the
rules here put blanks where English has them. The vocabulary is uncased, and so names stay in small
letters; only the first letter of a sentence becomes a capital.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bertsum_tf.text.targets import TargetVocabulary
from bertsum_tf.text.wordpiece import continuation

# Marks with no blank before them, after them, on either side.
CLOSING = frozenset(".,;:!?%)]}’”…°")
OPENING = frozenset("([{$£€#@‘“")
JOINING = frozenset("-/")
QUOTES = frozenset("\"'")  # straight: the same on both sides
APOSTROPHES = frozenset("'’")

# What follows an apostrophe within a word: "don't", "it's", "I'll"; and what stands before one in
# names: "o'brien", "d'angelo".
CONTRACTED = frozenset(("s", "t", "m", "d", "ll", "re", "ve"))
NAME_PREFIXES = frozenset(("o", "d", "l"))

# Ends of web addresses: "example.com".
DOMAINS = frozenset(("com", "org", "net", "co", "uk", "gov", "edu"))


def written_sentences(
    ids: Iterable[int], vocabulary: Sequence[str], marks: TargetVocabulary
) -> list[str]:
    """The text of what a decoder wrote, sentence by sentence.

    Args:
        ids: with or without the marks.
        vocabulary: the pieces in the order of their ids.
        marks: those of targets.
    """
    return [
        detokenize([vocabulary[index] for index in sentence if 0 <= index < len(vocabulary)])
        for sentence in marks.decode(ids)
    ]


def detokenize(pieces: Sequence[str]) -> str:
    """Joins the word pieces of one sentence to text.

    Args:
        pieces: entries of the vocabulary, such as `["the", "bank", "##s", "don", "'", "t"]`.

    Returns:
        The sentence, its first letter a capital: `"The banks don't"`. Empty for no pieces.
    """
    words = _words(pieces)
    text = ""
    quotes = _Quotes(words)
    glued = True  # no blank before the first word
    for index, word in enumerate(words):
        before, after = quotes.blanks(index) if word in QUOTES else _blanks(words, index)
        if before and not glued:
            text += " "
        text += word
        glued = not after
    return with_capital(text)


def with_capital(text: str) -> str:
    """The text, its first letter a capital; as it is, if a digit comes first."""
    for position, character in enumerate(text):
        if character.isalnum():
            return text[:position] + character.upper() + text[position + 1 :]
    return text


def _words(pieces: Sequence[str]) -> list[str]:
    words: list[str] = []
    for piece in pieces:
        rest = continuation(piece)
        if rest and words:
            words[-1] += rest
        else:
            words.append(rest or piece)
    return words


def _blanks(words: Sequence[str], index: int) -> tuple[bool, bool]:
    """Whether the word has a blank before and after it."""
    word = words[index]
    previous = words[index - 1] if index else ""
    following = words[index + 1] if index + 1 < len(words) else ""
    if word in APOSTROPHES and _within_word(previous, following):
        return False, False
    if word in JOINING:
        # A dash of two hyphens has blanks around it.
        if word == previous:
            return False, True
        return (True, False) if word == following else (False, False)
    if word in OPENING:
        return True, False
    if word == "*":
        return word != previous, word != following
    if word not in CLOSING:
        return True, True
    return False, not _belongs_together(words, index, previous, following)


def _belongs_together(words: Sequence[str], index: int, previous: str, following: str) -> bool:
    """Whether a closing mark has no blank after it: "1.5", "1,000", "u.s.", "example.com"."""
    word = words[index]
    number = previous[-1:].isdigit()  # BERT's tokeniser leaves "£1" in one, and "km2"
    if word == ".":
        # "u . s ." and "p . m .", but "plan b . a new one".
        abbreviation = _is_letter(previous) and _is_letter(following)
        abbreviation = abbreviation and words[index + 2 : index + 3] == ["."]
        domain = following in DOMAINS and previous.isalnum()
        return abbreviation or domain or (number and following.isdigit())
    if word == ",":
        return number and following.isdigit() and len(following) == 3
    if word == ":":
        return number and following.isdigit() and len(following) == 2
    return False


def _within_word(previous: str, following: str) -> bool:
    if not previous.isalnum() or not following.isalnum():
        return False
    return following in CONTRACTED or previous in NAME_PREFIXES


def _is_letter(word: str) -> bool:
    return len(word) == 1 and word.isalpha()


class _Quotes:
    """Which of the straight quotes of a sentence open, and which close."""

    def __init__(self, words: Sequence[str]) -> None:
        self._blanks: dict[int, tuple[bool, bool]] = {}
        is_open = False
        singles = []
        for index, word in enumerate(words):
            if word == '"':
                self._blanks[index] = (False, True) if is_open else (True, False)
                is_open = not is_open
            elif word == "'":
                previous = words[index - 1] if index else ""
                following = words[index + 1] if index + 1 < len(words) else ""
                if _within_word(previous, following):
                    self._blanks[index] = (False, False)
                else:
                    singles.append((index, previous))
        # They come in pairs; what a plural's apostrophe ("the players' union") leaves over closes.
        is_open = False
        for number, (index, previous) in enumerate(singles):
            left = len(singles) - number
            plural = previous.endswith("s") and left % 2 == (0 if is_open else 1)
            if is_open or plural or left == 1:
                self._blanks[index] = (False, True)
                is_open = is_open and plural
            else:
                self._blanks[index] = (True, False)
                is_open = True

    def blanks(self, index: int) -> tuple[bool, bool]:
        """Whether the quote has a blank before and after it."""
        return self._blanks[index]

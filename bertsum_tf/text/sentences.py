"""Text -> sentences: spans of the original, by rules that every runtime reads from one file.

The rules are data, in `sentence_rules.json`. They are applied in three steps:

1. `breaks` insert a boundary mark wherever a sentence ends whatever the words are: at blank lines,
   short lines, list items and after Chinese or Japanese stops.
2. Between those, every `candidate` (a stop, what closes after it, white space) may be a boundary.
3. The first of the `decisions` that matches the word before and the word after a candidate says
   whether it is one; if none matches, it is.

Each pattern has a bounded reach, so that the time is linear in the length of the text.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

Span = tuple[int, int]

BOUNDARY = "\u0001"
LINE_START = "\u0002"
REPLACEMENT_CHARACTER = "\ufffd"

# Distinct words before a stop that are remembered: news repeats itself.
_REMEMBERED_WORDS = 1 << 16

# Characters of the shortest text with a candidate: a stop, a space, the next word.
_SHORTEST_PAIR = 3


@dataclass(frozen=True)
class Decision:
    """One row of the table that says whether a candidate ends a sentence.

    Attributes:
        joins: True if the words before and after stay in one sentence.
        words: lower-cased words, without what is before a dash or bracket, opening quotes and the
            last full stop, one of which must stand before the candidate; None: any.
        word: what the whole word before (with its stop and closers) must match; None: anything.
        next: what the whole word after must match; None: anything.
    """

    joins: bool
    words: frozenset[str] | None
    word: re.Pattern[str] | None
    next: re.Pattern[str] | None


class SentenceRules:
    """The rule book, compiled.

    Args:
        data: the parsed content of `sentence_rules.json`.
    """

    def __init__(self, data: dict) -> None:
        self.data = data
        self.names = dict(data["classes"])
        self.names.update((name, "|".join(words)) for name, words in data["lists"].items())
        for name, pattern in data["patterns"].items():
            self.names[name] = self.expand(pattern)
        self.breaks = [
            replacement(self.expand(step["pattern"]), step["replace"]) for step in data["breaks"]
        ]
        self.candidate = re.compile(self.expand(data["candidate"]))
        self.context: int = data["context"]
        self.next_word = re.compile(self.expand("[^{blank}]{1,") + f"{self.context}}}")
        self.item_number = re.compile(self.expand(data["item_number"]))
        self.prefix = re.compile(self.expand(data["prefix"]))
        self.decisions = [
            Decision(
                joins=row["then"] == "join",
                words=frozenset(data["lists"][row["words"]]) if "words" in row else None,
                word=re.compile(self.expand(row["word"])) if "word" in row else None,
                next=re.compile(self.expand(row["next"])) if "next" in row else None,
            )
            for row in data["decisions"]
        ]
        self.general = [row for row in self.decisions if row.words is None]
        self.at_word = {
            word: [row for row in self.decisions if row.words is None or word in row.words]
            for decision in self.decisions
            for word in decision.words or ()
        }
        # Most words are in no list and match no pattern: one look tells.
        self.special_word = re.compile(
            "|".join(f"(?:{row.word.pattern})" for row in self.general if row.word)
        )
        self.for_any_word = [(row.next, row.joins) for row in self.general if row.word is None]
        self.for_word = lru_cache(maxsize=_REMEMBERED_WORDS)(self._for_word)

    def expand(self, pattern: str) -> str:
        """Puts the named classes, lists and patterns into `pattern`."""
        return re.sub(r"\{([a-z_]+)\}", lambda match: self.names[match[1]], pattern)

    def joins(self, word: str, next_word: str) -> bool:
        """Whether the words before and after a candidate stay in one sentence."""
        for pattern, joins in self.for_word(word):
            if pattern is None or pattern.fullmatch(next_word):
                return joins
        return False

    def _for_word(self, word: str) -> list[tuple[re.Pattern[str] | None, bool]]:
        """What is left of the decisions when the word before is known, in order."""
        bare = word[self.prefix.match(word).end() :].lower()  # type: ignore[union-attr]
        decisions = self.at_word.get(bare[:-1] if bare.endswith(".") else bare)
        if decisions is None:
            if not self.special_word.fullmatch(word):
                return self.for_any_word
            decisions = self.general
        return [
            (row.next, row.joins)
            for row in decisions
            if row.word is None or row.word.fullmatch(word)
        ]


def replacement(pattern: str, template: str) -> Callable[[str], str]:
    r"""What `re.compile(pattern).sub(template, text)` does, several times as fast.

    Args:
        pattern: a regular expression that never matches the empty string.
        template: literal text and references to groups, such as `\1`, each group once, in order.
    """
    if len(pattern) == 1:
        return lambda text: text.replace(pattern, template)
    compiled = re.compile(pattern)
    literals = re.split(r"\\[0-9]", template)
    assert len(literals) == compiled.groups + 1, f"{pattern!r} and {template!r} do not agree"

    def replace(text: str) -> str:
        # [text, group 1, ..., text, group 1, ..., text], to which the literals are dealt out.
        parts = compiled.split(text)
        if len(parts) == 1:
            return text
        stride = compiled.groups + 1
        matches = len(parts) // stride
        dealt = [""] * (2 * stride * matches + 1)
        dealt[:: 2 * stride] = parts[::stride]
        for index, literal in enumerate(literals):
            dealt[2 * index + 1 :: 2 * stride] = [literal] * matches
        for group in range(1, stride):
            dealt[2 * group :: 2 * stride] = parts[group::stride]
        return "".join(dealt)

    return replace


@lru_cache(maxsize=1)
def _rules_bytes() -> bytes:
    return resources.files("bertsum_tf.text").joinpath("sentence_rules.json").read_bytes()


@lru_cache(maxsize=1)
def sentence_rules() -> SentenceRules:
    """The rule book that ships with the package."""
    return SentenceRules(json.loads(_rules_bytes()))


def rules_sha256() -> str:
    """SHA-256 of the rule book, hexadecimal: what prepared data and models are checked against."""
    return hashlib.sha256(_rules_bytes()).hexdigest()


def split(text: str) -> list[Span]:
    """Splits a text into sentences.

    Args:
        text: any string, of any length.

    Returns:
        Half-open spans in code points, in order, that never overlap, neither start nor end with
        white space, and cover every other character: `text[start:end]` is the sentence.
    """
    rules = sentence_rules()
    spans: list[Span] = []
    start = 0
    for segment in _segments(text, rules):
        # str.strip strips exactly the characters of the class "blank".
        body = segment.lstrip()
        offset = start + len(segment) - len(body)
        start += len(segment)
        body = body.rstrip()
        if body:
            _append_sentences(body, offset, spans, rules)
    return spans


def summary_sentences(text: str) -> list[str]:
    """The sentences of a summary: each of its lines is a highlight, which may hold several.

    Args:
        text: a reference, one highlight a line.
    """
    return [line[start:end] for line in text.splitlines() for start, end in split(line)]


def _segments(text: str, rules: SentenceRules) -> list[str]:
    """Cuts the text where a sentence ends whatever the words are."""
    marked = text.replace(BOUNDARY, REPLACEMENT_CHARACTER)
    marked = marked.replace(LINE_START, REPLACEMENT_CHARACTER)
    for step in rules.breaks:
        marked = step(marked)
    return marked.split(BOUNDARY)


def _append_sentences(body: str, offset: int, spans: list[Span], rules: SentenceRules) -> None:
    """Cuts one segment, without white space around it, at those candidates that end a sentence."""
    if len(body) < _SHORTEST_PAIR:
        spans.append((offset, offset + len(body)))
        return
    joins, context, next_word = rules.joins, rules.context, rules.next_word
    start = piece_start = 0
    after_boundary = True
    for candidate in rules.candidate.finditer(body):
        stop, stop_end = candidate.span(1)
        following = next_word.match(body, candidate.end())
        if following is None:
            break
        word_start = stop - context
        before = body[word_start if word_start > piece_start else piece_start : stop]
        head = before.rsplit(None, 1)[-1] if before and not before[-1].isspace() else ""
        joined = joins(head + candidate[1], following[0])
        if not joined and after_boundary:
            piece = body[piece_start:stop_end]
            joined = len(piece) < context and rules.item_number.fullmatch(piece) is not None
        if not joined:
            spans.append((offset + start, offset + stop_end))
            start = candidate.end()
        after_boundary = not joined
        piece_start = candidate.end()
    spans.append((offset + start, offset + len(body)))

"""The texts of the golden vectors: all of this project's own, the ordinary and the nasty."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bertsum_tf.data.corpora import SAMPLE, open_corpus

HAND_WRITTEN = Path(__file__).with_name("hand_written.json")
SPLIT_CASES = Path(__file__).parents[1] / "text/split_cases.json"

# Windows of these lengths make several of an article; the last is the longest of BERT.
WINDOWS = (64, 128, 256, 512)


@dataclass(frozen=True)
class Case:
    """A text to make a vector of.

    Attributes:
        name: of the vector. What is not given below follows from it.
        text: the text.
        max_tokens: tokens a window.
        options: the limits of the summary; None: any.
        scores: how they are made up, a key of `generate.SCORES`; None: any.
    """

    name: str
    text: str
    max_tokens: int = 512
    options: dict[str, Any] | None = None
    scores: str | None = None


# Texts whose point is how long they are, or that have all of some characters.
BUILT = {
    "stacked accents": "Z"
    + "\u0351\u034d\u0317\u0320\u033c" * 40
    + "algo came. He left by the gate.",
    "control characters": "".join(map(chr, range(32))) + "a.\x1f B\x1cc. \x7f\x80\x85 D. E\x0bF.",
    "every ascii character": "".join(map(chr, range(128))),
    "every latin-1 character": "".join(map(chr, range(128, 256))),
    "a word of 100": f"{'a' * 100} stands. The other words of this sentence are known.",
    "a word of 101": f"{'a' * 101} stands. The other words of this sentence are known.",
    "words of 100 and 101 with accents": "é" * 100 + " " + "é" * 101 + ". " + "e\u0301" * 100,
    "astral words of 100 and 101": f"{'𐐨' * 100}. {'𐐨' * 101}. {'😀' * 100} {'😀' * 101}",
    "letters that become two": f"{'ﬁ' * 100} {'İ' * 60} {'ß' * 101} {'가' * 34}.",
    "letters that vanish": "\u0301" * 200 + " a" + "\u200b" * 200 + "b " + "c\0" * 101 + " d.",
    "a word of 10,000": "x" * 10_000,
    "a word of 10,000 in a sentence": f"The bridge {'ab' * 5_000} reopened. Traffic was light.",
    "a word of 10,000 with stops": f"{'No.yes!' * 1_430} Then came the rain.",
    "1,000 han": f"{'桥' * 1_000}。He left.",
    "10,000 stops": "." * 10_000,
    "hyphens": f"{'well-' * 120}known. It was a state-of-the-art, twenty-first-century thing.",
    "no stops at length": "the council met and " * 120,
    "many stops": "!" * 50 + " x " + ". " * 50 + "''. -RRB- -rrb- \". '' ) The",
    "more closers than the rule reads": "He left."
    + '"' * 12
    + " She came."
    + "''" * 6
    + " They went home.",
    "quotes that a pattern could read in many ways": "."
    + "'" * 36
    + "x. Next one. ..."
    + "''" * 18
    + " -x. . . . . "
    + "-RRB-" * 8
    + " x, he said.",
    "lines at the limit of short ones": "\n".join("abcde"[n % 5] * n for n in (40, 41, 40, 39, 41)),
    "astral lines at that limit": "\n".join("😀" * n for n in (40, 41, 39, 40))
    + "\nThe end of it.",
    "words at the reach": " ".join(f"{'a' * n}. B." for n in (38, 39, 40, 41)) + "c" * 60,
    "abbreviations at the reach": " ".join(f"{'(' * n}Mr. Hale." for n in (36, 37, 38, 39)),
    "next words at the reach": " ".join(
        f"He left. {'b' * n}, he left..." for n in (38, 39, 40, 41)
    ),
    "astral next words at the reach": f"See No. V{'😀' * 25}a. See No. V{'😀' * 45}a. No. 4 won.",
    "opening quotes at the reach": " ".join(f"It ended... {'(' * n}he left." for n in (38, 39, 40)),
}

KITES = (
    "The red kite rose over the hill. Nobody had seen the red kite rose before that day. "
    "A blue kite fell into the river at noon. The RED Kite rose once more, said the mayor. "
    "Children ran down to the river at noon to look. It was a fine day for all of them. "
    "The mayor said that the bridge would open soon. Soon, the bridge would open, she said again. "
    "The red kite rose over the hill. No rain fell."
)

# What mixtures are made of, parted by spaces.
WORDS = "Mr. U.S. no. J. The etc. lbs. 4 -RRB- '' e.g. Yahoo! v. II 1. [CLS] -- ... .\" was ? ("
CHARACTERS = (
    "a A É ß İ ς 中 あ 한 ا ש ก क 😀 e\u0301 \u200b \u00ad \ufeff \ufffd \ud800 \udc00 𐐀 ＡＢ ﬁ"
)
MARKS = ". ! ? … 。 ！ ． ， \" ' ” ’ ) ] ( [ “ - – — 1 19 ３ : ; ,"

OPTIONS: list[dict[str, Any]] = [
    {"sentences": 3},
    {"sentences": 1},
    {"sentences": 2},
    {"sentences": 5},
    {"sentences": 100},
    {"sentences": 3, "order": "score"},
    {"sentences": 6, "order": "score", "trigram_blocking": False},
    {"sentences": 4, "trigram_blocking": False},
    {"ratio": 0.5},
    {"ratio": 0.25},
    {"ratio": 0.1},
    {"ratio": 0.001},
    {"ratio": 1.0},
    {"ratio": 0.3, "trigram_blocking": False},
    {"ratio": 0.75, "order": "score"},
    {"max_words": 50},
    {"max_words": 1},
    {"max_words": 8},
    {"max_words": 20, "order": "score"},
    {"max_words": 30, "trigram_blocking": False},
    {"max_words": 1000},
]


def cases() -> Iterator[Case]:
    """All cases, each with a name of its own."""
    groups = _read(HAND_WRITTEN)
    again = "The council met on Monday night again. " * 10
    choices = {"kites": KITES, "ten times the same": again, **groups.pop("choices")}
    for group in (*groups.values(), BUILT):
        for name, text in group.items():
            yield Case(name, text)
    yield from _choices(choices)
    yield from _windows()
    yield from _articles()
    yield from _mixtures()
    for case in _read(SPLIT_CASES):
        yield Case(f"split case: {case['name']}", case["text"])


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _choices(texts: dict[str, str]) -> Iterator[Case]:
    """What sentences are chosen by each kind of scores and options."""
    for name, text in texts.items():
        yield Case(name, text)
        yield Case(f"{name}, equal scores", text, scores="equal", options={"sentences": 3})
        yield Case(f"{name}, falling scores", text, scores="falling", options={"ratio": 0.5})
        yield Case(f"{name}, few words", text, scores="coarse", options={"max_words": 12})
    for number, options in enumerate(OPTIONS):
        for scores in ("coarse", "negative"):
            yield Case(f"kites, options {number}, {scores}", KITES, 64, options, scores)


def _windows() -> Iterator[Case]:
    """Documents that need several windows, or fill one to the brim."""
    stairs = " ".join("the " * count + "end." for count in range(1, 40))
    long = "word " * 250 + "end. "
    texts = {
        "slots full": "Rain fell. " * 100,
        "one piece a sentence": "a\n\n" * 150,
        "stairs": stairs,
        "sentences of more than 200 tokens": long + "Short one. " + long + "And the last.",
        "a long sentence first": long + "Rain fell on the hill. " * 20,
        "a long sentence last": "Rain fell on the hill. " * 20 + long,
        "62 pieces": ("the " * 61 + "end. ") * 4 + "It rained.",
        "61 pieces": ("the " * 60 + "end. ") * 4 + "It rained.",
        "lead to the brim": "the " * 13 + "end. " + ("Rain fell on the hill today. ") * 30,
        "lead beyond the brim": "the " * 14 + "end. " + ("Rain fell on the hill today. ") * 30,
        "lead leaves no room": "Rain fell. Snow came. " + ("the " * 56 + "end. ") * 3,
        "empty sentences": "\u0301. \u200b. The end.\n\n\u0301\n\n\u00ad\n\nNobody came.\n\n" * 6,
        "blanks between": "The council met.\n\n\n \n\u3000\nNobody came.   " * 30,
        "chinese at length": "会议于周一举行。没有人来！为什么？" * 40,
        "a slot short": "Go on. " * 63 + "Then the rain began to fall on them. " * 8,
    }
    for name, text in texts.items():
        for size in (64, 128, 512):
            yield Case(f"{name}, windows of {size}", text, size, scores="tenths")
    for size in (8, 16):
        yield Case(f"kites, windows of {size}", KITES, size, scores="tenths")


def _articles() -> Iterator[Case]:
    """The shipped articles: whole, in several windows, and as other programs would give them."""
    texts = [document.text for document in open_corpus(SAMPLE)]
    for number, text in enumerate(texts):
        yield Case(f"article {number}", text, WINDOWS[number % len(WINDOWS)])
    for number in range(0, len(texts), 8):
        yield Case(f"article {number} on Windows", texts[number].replace("\n", "\r\n"))
        one_line = " ".join(texts[number + 1].split())
        yield Case(f"article {number + 1} on one line", one_line)
        yield Case(f"article {number + 2} in capitals", texts[number + 2].upper())
        tokenised = texts[number + 3].replace(". ", " . ").replace(", ", " , ").lower()
        yield Case(f"article {number + 3} tokenised", tokenised)
    for number in (5, 40, 70):
        pair = "\n\n".join(texts[number : number + 3])
        yield Case(f"articles {number} to {number + 2}", pair, scores="tenths")
        yield Case(f"articles {number} to {number + 2}, short windows", pair, 128)


def _mixtures() -> Iterator[Case]:
    """Scraps of all of the above in an order nobody would think of."""
    scraps = [
        *WORDS.split(" "),
        *CHARACTERS.split(" "),
        *MARKS.split(" "),
        *("\n", "\n\n", "\r\n", "\t", "\u2029", "\u00a0", "\u3000", "\x0c", "\x00", "\x01", "\x02"),
        *("the", "said", "running", "unaffable", "- ", "1) ", "Rain fell.", "the red kite"),
    ]
    for number in range(60):
        random_ = random.Random(number)
        glue = " " if number % 2 else ""
        text = glue.join(
            scraps[int(random_.random() * len(scraps))] for _ in range(20 + 4 * number)
        )
        # A high surrogate that comes before a low one is a character in JSON.
        text = json.loads(json.dumps(text))
        yield Case(f"mixture {number}", text, WINDOWS[number % len(WINDOWS)])

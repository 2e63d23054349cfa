"""The page of a summary."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from bertsum_tf.html_page import html_page
from bertsum_tf.summarizer import Sentence, Summary

TEXT = "Fire <b>hit</b> a barn.\n\nNobody was hurt & all went home. It rained."
SPANS = [(0, 23), (25, 57), (58, 68)]


def summary(chosen: int = 0, scores: tuple[float, ...] = (2.0, -1000.0, 0.0)) -> Summary:
    sentences = tuple(
        Sentence(i, start, end, TEXT[start:end], score, i == chosen)
        for i, ((start, end), score) in enumerate(zip(SPANS, scores, strict=True))
    )
    return Summary(TEXT[slice(*SPANS[chosen])], sentences, "a model")


class Reader(HTMLParser):
    """Collects what stands in the article, and in which element."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.article, self.marked, self.tags, self.styles = "", [], [], []
        self.attributes, self.headings, self.rows = [], [], []
        self._inside = self._mark = False
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._open = tag
        attributes = dict(attrs)
        self.attributes.append(attributes)
        if tag == "tr":
            self.rows.append([])
        if attributes.get("class") == "text":
            self._inside = True
        elif self._inside:
            self.styles.append(attributes.get("style"))
            self._mark = tag == "mark"

    def handle_endtag(self, tag):
        if tag == "div":
            self._inside = False
        self._mark = False
        self._open = ""

    def handle_data(self, data):
        if re.fullmatch("h[1-6]", self._open):
            self.headings.append((self._open, data))
        elif self._open in ("td", "th", "a") and self.rows:
            self.rows[-1].append(data)
        if self._inside:
            self.article += data
            if self._mark:
                self.marked.append(data)


def test_the_article_stands_there_to_the_letter_with_the_chosen_sentences_marked():
    page = Reader(html_page([("barn.txt", TEXT, summary(chosen=1))]))
    assert page.article == TEXT
    assert page.marked == ["Nobody was hurt & all went home."]


def test_the_highest_score_has_the_deepest_shade():
    page = Reader(html_page([("barn.txt", TEXT, summary())]))
    assert page.styles == ["--score:1.00", "--score:0.00", "--score:0.57"]  # 0.5 / 0.881


def test_what_looks_like_markup_is_text():
    hostile = Summary("<script>alert(1)</script>", summary().sentences, '"><script>')
    page = html_page([("<script>x</script>.txt", TEXT, hostile)])
    assert "<script" not in page
    assert "<b>hit" not in page and "&lt;b&gt;hit" in page


def test_a_page_can_be_encoded_whatever_the_name_and_the_text():
    text = "Rain \udce9 fell."
    sentence = Sentence(0, 0, len(text), text, 1.0, True)
    page = html_page([("caf\udce9.txt", text, Summary(text, (sentence,), "a model"))])
    assert "<title>Summary: caf\ufffd.txt</title>" in page.encode().decode()
    assert Reader(page).article == "Rain \ufffd fell."


def test_it_needs_nothing_from_elsewhere():
    page = html_page([("barn.txt", TEXT, summary())])
    assert not {"link", "img", "script", "iframe"} & set(Reader(page).tags)
    assert "http" not in page and "url(" not in page and "@import" not in page


def test_several_documents_have_a_table_of_contents():
    one = html_page([("a.txt", TEXT, summary())])
    two = html_page([("a.txt", TEXT, summary()), ("b.txt", TEXT, summary())])
    assert "<nav" not in one
    assert '<a href="#document-2" dir="auto">b.txt</a>' in two and 'id="document-2"' in two


def test_headings_are_an_outline_of_the_page():
    one = html_page([("a.txt", TEXT, summary())])
    assert Reader(one).headings == [("h1", "a.txt"), ("h2", "Summary"), ("h2", "Article")]
    two = html_page([("a.txt", TEXT, summary()), ("b.txt", TEXT, summary())])
    parts = [("h3", "Summary"), ("h3", "Article")]
    assert Reader(two).headings == [
        ("h1", "2 documents"), ("h2", "a.txt"), *parts, ("h2", "b.txt"), *parts
    ]  # fmt: skip


def test_the_scores_are_there_in_words_too_and_lead_to_their_sentences():
    page = Reader(html_page([("barn.txt", TEXT, summary())]))
    assert page.rows == [
        ["Score", "Chosen", "Sentence"],
        ["2.00", "yes", "Fire <b>hit</b> a barn."],
        ["0.00", "no", "It rained."],
        ["-1000.00", "no", "Nobody was hurt & all went home."],
    ]
    targets = [a["href"] for a in page.attributes if "href" in a]
    assert targets == ["#sentence-1-1", "#sentence-1-3", "#sentence-1-2"]
    ids = [a["id"] for a in page.attributes if "id" in a]
    assert ids == ["document-1", "sentence-1-1", "sentence-1-2", "sentence-1-3"]


@pytest.mark.parametrize(
    ("sentence", "cell"),
    [
        ("Rain and  wind\nfell on it. " * 4, "Rain and wind fell on it. " * 3 + "Rain and …"),
        ("雨" * 200, "雨" * 90 + " …"),
    ],
)
def test_the_table_has_the_start_of_a_long_sentence(sentence, cell):
    long = Sentence(0, 0, len(sentence), sentence, 1.0, True)
    page = Reader(html_page([("rain.txt", sentence, Summary(sentence, (long,), "a model"))]))
    assert page.rows[1][2] == cell


def test_the_reader_decides_on_language_and_direction_by_the_text():
    arabic = "وافق المجلس على الخطة."
    sentences = (Sentence(0, 0, len(arabic), arabic, 1.0, True),)
    page = Reader(html_page([("a.txt", arabic, Summary(arabic, sentences, "a model"))]))
    own = [
        a.get("class") for a in page.attributes if a.get("dir") == "auto" and a.get("lang") == ""
    ]
    assert own == ["summary", "text", None]  # the last is the cell of the table
    assert page.attributes[0] == {"lang": "en"}


def themes(page: str) -> dict[str, dict[str, str]]:
    """The custom properties of the light theme, and of the dark one."""
    light, dark = re.findall(r":root \{([^}]*--page[^}]*)\}", page)
    return {
        name: dict(re.findall(r"--(\w+): ([^;]+)", style))
        for name, style in (("light", light), ("dark", dark))
    }


def contrast(first: list[float], second: list[float]) -> float:
    """The ratio of WCAG 2.2, between 1 and 21, of two colours of sRGB."""

    def luminance(colour: list[float]) -> float:
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in (c / 255 for c in colour)
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def rgb(colour: str) -> list[float]:
    if colour.startswith("#"):
        digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        return [int(digits[i : i + 2], 16) for i in (0, 2, 4)]
    return [float(part) for part in colour.split()]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_on_the_deepest_shade(theme):
    colours = themes(html_page([("barn.txt", TEXT, summary())]))[theme]
    strength, page = float(colours["strength"]), rgb(colours["page"])
    deepest = [
        strength * a + (1 - strength) * b for a, b in zip(rgb(colours["shade"]), page, strict=True)
    ]
    assert contrast([0, 0, 0], [255, 255, 255]) == pytest.approx(21)
    assert contrast(rgb(colours["text"]), deepest) >= 4.5
    assert contrast(rgb(colours["quiet"]), page) >= 4.5
    assert contrast(rgb(colours["chosen"]), deepest) >= 3  # the underline


def test_paper_is_always_light():
    page = html_page([("barn.txt", TEXT, summary())])
    assert page.count("prefers-color-scheme") == 1
    assert "@media screen and (prefers-color-scheme: dark)" in page


def test_a_document_without_sentences_says_so():
    page = html_page([("empty.txt", " \n", Summary("", (), "a model"))])
    assert "There is no sentence in this document." in page
    assert not {"table", "mark", "h2"} & set(Reader(page).tags)

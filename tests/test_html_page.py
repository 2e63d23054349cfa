"""The page of a summary."""

from __future__ import annotations

from html.parser import HTMLParser

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
        self._inside = self._mark = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        attributes = dict(attrs)
        if attributes.get("class") == "text":
            self._inside = True
        elif self._inside:
            self.styles.append(attributes.get("style"))
            self._mark = tag == "mark"

    def handle_endtag(self, tag):
        if tag == "div":
            self._inside = False
        self._mark = False

    def handle_data(self, data):
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


def test_it_needs_nothing_from_elsewhere():
    page = html_page([("barn.txt", TEXT, summary())])
    assert not {"link", "img", "script", "iframe"} & set(Reader(page).tags)
    assert "http" not in page and "url(" not in page and "@import" not in page


def test_several_documents_have_a_table_of_contents():
    one = html_page([("a.txt", TEXT, summary())])
    two = html_page([("a.txt", TEXT, summary()), ("b.txt", TEXT, summary())])
    assert "<nav" not in one
    assert '<a href="#document-2">b.txt</a>' in two and 'id="document-2"' in two


def test_a_document_without_sentences():
    page = html_page([("empty.txt", " \n", Summary("", (), "a model"))])
    assert Reader(page).article == " \n"

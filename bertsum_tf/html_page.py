"""Summaries as a page: the article, shaded by score, with the chosen sentences marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from bertsum_tf.summarizer import Sentence, Summary
from bertsum_tf.text.wordpiece import without_surrogates

# Text on the deepest shade has a contrast of at least 4.5 in both themes, the underline of 3: WCAG
# 2.2, 1.4.3 and 1.4.11.
_STYLE = """
:root { color-scheme: light dark; --page: #fff; --text: #1b1d21; --quiet: #5c626c;
  --line: #d9dce1; --shade: 255 176 0; --strength: .5; --chosen: #9a4b00; }
@media screen and (prefers-color-scheme: dark) {
  :root { --page: #15171a; --text: #e9eaec; --quiet: #a3a9b3; --line: #363a41;
    --shade: 255 170 40; --strength: .38; --chosen: #ffc369; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 1.0625rem/1.65 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1.25rem 3rem; overflow-wrap: anywhere; }
h1, h2 { font-size: 1.25rem; line-height: 1.4; }
.part { font-size: .8125rem; letter-spacing: .06em; text-transform: uppercase;
  color: var(--quiet); margin: 2rem 0 .5rem; }
nav ul { padding-inline-start: 1.25rem; }
nav + article, article + article, footer { border-top: 1px solid var(--line);
  margin-top: 2.5rem; padding-top: 1rem; }
.summary { font-size: 1.1875rem; border-inline-start: .25rem solid var(--chosen); margin: 0;
  padding: .1rem 0; padding-inline-start: 1rem; }
.text { white-space: pre-wrap; unicode-bidi: plaintext; }
.text span, .text mark { color: inherit; border-radius: .2em;
  background: rgb(var(--shade) / calc(var(--score) * var(--strength)));
  -webkit-box-decoration-break: clone; box-decoration-break: clone; }
.text mark { font-weight: 600; text-decoration: underline 2px var(--chosen);
  text-underline-offset: .2em; }
.text :target { outline: 2px solid var(--chosen); outline-offset: 2px; scroll-margin: 25vh; }
.scale { display: inline-block; width: 4rem; height: .75rem; border-radius: .2em;
  vertical-align: baseline; background: linear-gradient(to right, transparent,
  rgb(var(--shade) / var(--strength))); border: 1px solid var(--quiet); }
.note, footer, details { color: var(--quiet); font-size: .875rem; }
details { margin-top: 2rem; }
summary { cursor: pointer; }
table { border-collapse: collapse; width: 100%; margin-top: .5rem; }
th, td { text-align: start; vertical-align: top; padding: .25rem 0; padding-inline-end: 1rem;
  border-bottom: 1px solid var(--line); }
th, .number { white-space: nowrap; }
.number { text-align: end; font-variant-numeric: tabular-nums; }
a { color: inherit; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--chosen); outline-offset: 2px; }
@media print {
  :root { color-scheme: light; }
  main { max-width: none; padding: 0; }
  .text span, .text mark, .scale { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  .summary, tr { break-inside: avoid; }
  h1, h2, h3 { break-after: avoid; }
  details:not([open]) { display: none; } }
"""

# Of a sentence in the table of scores: enough to tell which it is.
_SENTENCE_START = 90


def html_page(summaries: Sequence[tuple[str, str, Summary]]) -> str:
    """Writes a page of one or several documents that needs nothing else, online or off.

    Args:
        summaries: for each document what to call it, its text, and its summary.

    Returns:
        HTML 5. A sentence is shaded by the probability that its score stands for, relative to the
        document's highest; chosen sentences are bold, underlined and marked up as `<mark>`. The
        scores stand in a table too, which opens, for those who can't see the shades. The page is in
        English, the documents in any language and direction. It can be encoded in UTF-8, be a
        name or a text what it may: lone surrogates are U+FFFD.
    """
    several = len(summaries) > 1
    title = f"{len(summaries)} documents" if several or not summaries else summaries[0][0]
    documents = "\n".join(
        _document(number, name, text, summary, level=2 if several else 1)
        for number, (name, text, summary) in enumerate(summaries, start=1)
    )
    contents = ""
    if several:
        links = "\n".join(
            f'<li><a href="#document-{number}" dir="auto">{escape(name)}</a></li>'
            for number, (name, _, _) in enumerate(summaries, start=1)
        )
        contents = f'<h1>{title}</h1>\n<nav aria-label="Documents"><ul>\n{links}\n</ul></nav>\n'
    model = summaries[0][2].model if summaries else ""
    return without_surrogates(
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Summary: {escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{contents}{documents}\n"
        f"<footer><p>Sentences chosen, word for word, by bertsum_tf with {escape(model)}. "
        "No fact was checked.</p></footer>\n</main>\n</body>\n</html>\n"
    )


def _document(number: int, name: str, text: str, summary: Summary, level: int) -> str:
    head = f'<article id="document-{number}">\n<h{level} dir="auto">{escape(name)}</h{level}>\n'
    if not summary.sentences:
        return f'{head}<p class="note">There is no sentence in this document.</p>\n</article>'
    part = f"h{level + 1}"
    # Which language a document is in is not known, and lang="" says so: a screen reader need not
    # read it as English.
    return (
        f'{head}<{part} class="part">Summary</{part}>\n'
        f'<p class="summary" lang="" dir="auto">{escape(summary.text)}</p>\n'
        f'<{part} class="part">Article</{part}>\n'
        '<p class="note">Score: low <span class="scale" aria-hidden="true"></span> high. '
        "<b>Bold and underlined</b>: chosen.</p>\n"
        f'<div class="text" lang="" dir="auto">{_shaded(number, text, summary.sentences)}</div>\n'
        f"{_table(number, summary.sentences)}\n</article>"
    )


def _shaded(number: int, text: str, sentences: Sequence[Sentence]) -> str:
    highest = max((_probability(s.score) for s in sentences), default=1.0)
    parts, end = [], 0
    for sentence in sentences:
        tag = "mark" if sentence.selected else "span"
        share = _probability(sentence.score) / highest if highest else 0.0
        parts.append(
            f"{escape(text[end : sentence.start])}"
            f'<{tag} id="{_anchor(number, sentence)}" style="--score:{share:.2f}"'
            f' title="score {sentence.score:.2f}">'
            f"{escape(text[sentence.start : sentence.end])}</{tag}>"
        )
        end = sentence.end
    return "".join(parts) + escape(text[end:])


def _table(number: int, sentences: Sequence[Sentence]) -> str:
    """The scores for those who can't see shades, or have no mouse to point at a sentence."""
    rows = []
    for sentence in sorted(sentences, key=lambda sentence: -sentence.score):
        text = " ".join(sentence.text.split())
        if len(text) > _SENTENCE_START:
            text = f"{text[:_SENTENCE_START].rsplit(' ', 1)[0]} …"
        rows.append(
            f'<tr><td class="number">{sentence.score:.2f}</td>'
            f"<td>{'yes' if sentence.selected else 'no'}</td>"
            f'<td lang="" dir="auto"><a href="#{_anchor(number, sentence)}">'
            f"{escape(text)}</a></td></tr>\n"
        )
    return (
        '<details><summary>Scores, best first</summary>\n<table>\n<tr><th scope="col">Score</th>'
        '<th scope="col">Chosen</th><th scope="col">Sentence</th></tr>\n'
        f"{''.join(rows)}</table></details>"
    )


def _anchor(number: int, sentence: Sentence) -> str:
    return f"sentence-{number}-{sentence.index + 1}"


def _probability(score: float) -> float:
    """The logistic function, for scores of any size."""
    return 1 / (1 + math.exp(-score)) if score > -700 else 0.0

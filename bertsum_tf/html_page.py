"""Summaries as a page: the article, shaded by score, with the chosen sentences marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from bertsum_tf.summarizer import Sentence, Summary

_STYLE = """
:root { color-scheme: light dark; --page: #fff; --text: #1b1d21; --quiet: #5c626c;
  --line: #d9dce1; --shade: 255 176 0; --strength: .5; --chosen: #9a4b00; }
@media (prefers-color-scheme: dark) {
  :root { --page: #15171a; --text: #e9eaec; --quiet: #a3a9b3; --line: #363a41;
    --shade: 255 170 40; --strength: .38; --chosen: #ffc369; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 1.0625rem/1.65 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.25rem; overflow-wrap: anywhere; }
h2 { font-size: .8125rem; letter-spacing: .06em; text-transform: uppercase; color: var(--quiet);
  margin: 2rem 0 .5rem; }
article + article { border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 1rem; }
.summary { font-size: 1.1875rem; border-left: .25rem solid var(--chosen); margin: 0;
  padding: .1rem 0 .1rem 1rem; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
.text span, .text mark { color: inherit; border-radius: .2em;
  background: rgb(var(--shade) / calc(var(--score) * var(--strength)));
  -webkit-box-decoration-break: clone; box-decoration-break: clone; }
.text mark { font-weight: 600; text-decoration: underline 2px var(--chosen);
  text-underline-offset: .2em; }
.scale { display: inline-block; width: 5rem; height: .75rem; border-radius: .2em;
  vertical-align: baseline; background: linear-gradient(to right, transparent,
  rgb(var(--shade) / var(--strength))); border: 1px solid var(--line); }
.legend, footer { color: var(--quiet); font-size: .875rem; }
nav a, a { color: inherit; }
"""


def html_page(summaries: Sequence[tuple[str, str, Summary]]) -> str:
    """Writes a page of one or several documents that needs nothing else, online or off.

    Args:
        summaries: for each document what to call it, its text, and its summary.

    Returns:
        HTML 5. A sentence is shaded by the probability that its score stands for, relative to the
        document's highest; chosen sentences are bold, underlined and marked up as `<mark>`.
    """
    documents = "\n".join(
        _document(number, name, text, summary)
        for number, (name, text, summary) in enumerate(summaries, start=1)
    )
    contents = ""
    if len(summaries) > 1:
        links = "\n".join(
            f'<li><a href="#document-{number}">{escape(name)}</a></li>'
            for number, (name, _, _) in enumerate(summaries, start=1)
        )
        contents = f'<nav aria-label="Documents"><ul>\n{links}\n</ul></nav>\n'
    title = summaries[0][0] if len(summaries) == 1 else f"{len(summaries)} documents"
    model = summaries[0][2].model if summaries else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Summary: {escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{contents}{documents}\n"
        f"<footer><p>Sentences chosen, word for word, by bertsum_tf with {escape(model)}. "
        "No fact was checked.</p></footer>\n</main>\n</body>\n</html>\n"
    )


def _document(number: int, name: str, text: str, summary: Summary) -> str:
    return (
        f'<article id="document-{number}">\n<h1>{escape(name)}</h1>\n'
        f'<h2>Summary</h2>\n<p class="summary">{escape(summary.text) or "(no text)"}</p>\n'
        '<h2>Article</h2>\n<p class="legend">The deeper the shade, the higher the score '
        '<span class="scale" aria-hidden="true"></span>; <b>bold and underlined</b>: chosen.</p>\n'
        f'<div class="text">{_shaded(text, summary.sentences)}</div>\n</article>'
    )


def _shaded(text: str, sentences: Sequence[Sentence]) -> str:
    highest = max((_probability(s.score) for s in sentences), default=1.0)
    parts, end = [], 0
    for sentence in sentences:
        tag = "mark" if sentence.selected else "span"
        share = _probability(sentence.score) / highest if highest else 0.0
        parts.append(
            f"{escape(text[end : sentence.start])}"
            f'<{tag} style="--score:{share:.2f}" title="score {sentence.score:.2f}">'
            f"{escape(text[sentence.start : sentence.end])}</{tag}>"
        )
        end = sentence.end
    return "".join(parts) + escape(text[end:])


def _probability(score: float) -> float:
    """The logistic function, for scores of any size."""
    return 1 / (1 + math.exp(-score)) if score > -700 else 0.0

"""A real export behind a server: what the client gets is what the Summarizer gives."""

from __future__ import annotations

import pytest

from bertsum_tf.data.corpora import open_corpus
from bertsum_tf.serving import Client, ServingError
from bertsum_tf.summarizer import Summarizer

TEXTS = [document.text for document in open_corpus("sample", split="test")]
TEXTS += ["", "No stop at all", "\ud800 Über das Wetter. \u4eca\u5929\u3002 \U0001f600!"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def summarizer(small_summarizer):
    return Summarizer(small_summarizer)


def test_summaries(exported, protocol, summarizer):
    # UTF-8, as the server gives it, has no lone surrogates.
    def texts(**options: int) -> list[str]:
        summaries = summarizer.batch(TEXTS, **options)
        return [summary.text.replace("\ud800", "\ufffd") for summary in summaries]

    with Client(exported[protocol], max_batch=4) as client:
        assert client.summarize(TEXTS) == texts()
        assert client.summarize(TEXTS, sentences=2) == texts(sentences=2)


def test_scores(exported, protocol, summarizer):
    with Client(exported[protocol]) as client:
        for actual, expected in zip(client.score(TEXTS), summarizer.batch(TEXTS), strict=True):
            assert actual.text == expected.text
            for ours, theirs in zip(actual.sentences, expected.sentences, strict=True):
                assert (ours.start, ours.end, ours.text) == (theirs.start, theirs.end, theirs.text)
                assert ours.score == pytest.approx(theirs.score, abs=1e-4)
                assert ours.selected == theirs.selected


def test_written_summaries(exported_writer, protocol, small_writer):
    texts = [*TEXTS[:6], *TEXTS[-3:]]
    expected = [summary.text for summary in Summarizer(small_writer).batch(texts)]
    with Client(exported_writer[protocol], max_batch=4) as client:
        assert client.summarize(texts) == expected
        for ask in (lambda: client.summarize(texts, sentences=2), lambda: client.score(texts)):
            with pytest.raises(
                ServingError, match=r"of a model that writes ask summarize\(texts\)"
            ):
                ask()

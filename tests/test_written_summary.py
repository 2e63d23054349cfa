"""Where written sentences come from, and the Summarizer over a writer whose text is scripted."""

from __future__ import annotations

import numpy as np
import pytest
from scripted_engine import VOCABULARY

from bertsum_tf.errors import UsageError
from bertsum_tf.summarizer import Summarizer
from bertsum_tf.written_summary import WrittenSentence, overlap, trace

ARTICLE = (
    "The council met on Tuesday night. It was wow wow news for everyone there. "
    "The rain had not yet stopped."
)


class ScriptedWriter:
    """Writes the same of every document, and remembers what it was given."""

    def __init__(self, *sentences: str) -> None:
        self.sentences = list(sentences)
        self.batches: list[np.ndarray] = []
        self.blocked: list[bool] = []

    def write(self, token_ids: np.ndarray, *, block_trigrams: bool) -> list[list[str]]:
        self.batches.append(token_ids)
        self.blocked.append(block_trigrams)
        return [self.sentences for _ in token_ids]


WRITTEN = ("Council met  Tuesday.", "", "Rain stopped.", "Council met again.")


def test_overlap_is_the_f1_of_shared_words() -> None:
    assert overlap("The rain stopped.", "the RAIN") == 2 * 2 / 5
    assert overlap("rain rain", "rain") == 2 * 1 / 3
    assert overlap("rain", "rain!") == 1.0
    assert overlap("rain", "snow") == overlap("", "") == overlap("...", "rain") == 0.0


def test_each_written_sentence_names_its_source_and_the_earlier_of_equals() -> None:
    sentences = ["A fire.", "Rain fell.", "Rain fell.", "Snow."]
    assert trace(["Rain fell today.", "Fire!", "Why?"], sentences) == (
        WrittenSentence("Rain fell today.", 1),
        WrittenSentence("Fire!", 0),
        WrittenSentence("Why?", None),
    )
    assert trace(["Why?"], []) == (WrittenSentence("Why?", None),)


def test_a_written_summary_is_its_text_and_names_its_sources() -> None:
    summary = Summarizer(ScriptedWriter(*WRITTEN), VOCABULARY, name="scripted")(ARTICLE)
    assert summary.text == "Council met Tuesday. Rain stopped. Council met again."
    assert summary.written == (
        WrittenSentence("Council met Tuesday.", 0),
        WrittenSentence("Rain stopped.", 2),
        WrittenSentence("Council met again.", 0),
    )
    assert [sentence.selected for sentence in summary.sentences] == [True, False, True]
    # 3 of the 6 words of the first, 2 of the 6 of the last.
    assert [s.score for s in summary.sentences] == pytest.approx([6 / 9, 0.0, 4 / 8])
    assert [ARTICLE[s.start : s.end] for s in summary.sentences] == [
        s.text for s in summary.sentences
    ]
    as_json = summary.to_dict("article.txt")
    assert as_json["summary"] == summary.text
    assert as_json["written"][1] == {"text": "Rain stopped.", "source_index": 2}


def test_a_word_limit_keeps_the_first_sentences_that_fit_and_always_one() -> None:
    summarizer = Summarizer(ScriptedWriter(*WRITTEN), VOCABULARY)
    for max_words, text in (
        (8, "Council met Tuesday. Rain stopped. Council met again."),
        (7, "Council met Tuesday. Rain stopped."),
        (4, "Council met Tuesday."),
        (1, "Council met Tuesday."),
    ):
        summary = summarizer(ARTICLE, max_words=max_words)
        assert summary.text == " ".join(one.text for one in summary.written) == text
    assert not summarizer(ARTICLE, max_words=4).sentences[2].selected


def test_each_document_is_written_of_by_its_first_window_whatever_its_neighbours() -> None:
    writer = ScriptedWriter("Rain.")
    long = "The rain had not yet stopped, wow. " * 60
    progress: list[float] = []
    texts = ["", long, *[ARTICLE] * 20, " \n"]
    summaries = Summarizer(writer, VOCABULARY, max_tokens=64).batch(
        texts, trigram_blocking=False, on_progress=progress.append
    )
    assert [summary.text for summary in summaries] == ["", *["Rain."] * 21, ""]
    assert summaries[0].written == summaries[-1].written == ()
    assert all(len(batch) <= 16 and batch.shape[1] <= 64 for batch in writer.batches)
    assert sum(map(len, writer.batches)) == 21
    assert all((batch[:, 0] == VOCABULARY.cls_id).all() for batch in writer.batches)
    assert set(writer.blocked) == {False}
    assert sum(progress) == sum(map(len, texts))


@pytest.mark.parametrize(
    "options", [{"sentences": 2}, {"ratio": 0.5}, {"order": "score"}], ids=lambda o: next(iter(o))
)
def test_options_that_choose_sentences_are_refused(options: dict) -> None:
    with pytest.raises(UsageError, match=r"writes its summaries, .*: leave out sentences, ratio"):
        Summarizer(ScriptedWriter("Rain."), VOCABULARY)(ARTICLE, **options)


def test_encoders_that_choose_sentences_are_refused() -> None:
    with pytest.raises(UsageError, match="leave out the encoders"):
        Summarizer(ScriptedWriter("Rain."), VOCABULARY, encoders="runs/encoders")

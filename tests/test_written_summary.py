"""Where written sentences come from, and the Summarizer over a writer whose text is scripted."""

from __future__ import annotations

import numpy as np
import pytest
from scripted_engine import VOCABULARY

from bertsum_tf.decoding import GREEDY, Limits, Sampling, Strategy
from bertsum_tf.errors import UsageError
from bertsum_tf.summarizer import Summarizer
from bertsum_tf.written_summary import WrittenSentence, overlaps, trace, words_of

ARTICLE = (
    "The council met on Tuesday night. It was wow wow news for everyone there. "
    "The rain had not yet stopped."
)


class ScriptedWriter:
    """Writes the same of every document, and remembers what it was given."""

    max_target_tokens = 60

    def __init__(self, *sentences: str) -> None:
        self.sentences = list(sentences)
        self.batches: list[np.ndarray] = []
        self.asked: list[tuple[Strategy | None, Limits | None]] = []

    def check(self, strategy: Strategy | None, limits: Limits | None) -> None:
        (limits or Limits()).of(self.max_target_tokens)

    def write(
        self, token_ids: np.ndarray, strategy: Strategy | None, limits: Limits | None
    ) -> list[list[str]]:
        self.batches.append(token_ids)
        self.asked.append((strategy, limits))
        return [self.sentences for _ in token_ids]


WRITTEN = ("Council met  Tuesday.", "", "Rain stopped.", "Council met again.")


def test_overlap_is_the_f1_of_shared_words() -> None:
    assert overlaps(["The rain stopped.", "rain rain"], ["the RAIN", "Rain!", "snow", ""]) == [
        [2 * 2 / 5, 2 * 1 / 4, 0.0, 0.0],
        [2 * 1 / 4, 2 * 1 / 3, 0.0, 0.0],
    ]
    assert overlaps(["", "..."], ["rain", "..."]) == [[0.0, 0.0], [0.0, 0.0]]


def test_what_an_uncased_bert_can_t_write_makes_no_difference() -> None:
    for sentence in ("Beyoncé in the café.", "Beyonce\u0301 in the cafe\u0301."):
        assert overlaps(["beyonce in the cafe"], [sentence]) == [[1.0]]


def test_chinese_characters_are_words_whether_blanks_stand_between_them_or_not() -> None:
    assert trace(["今 天 下 雨 。"], ["物价上涨。", "今天下雨。"])[0].source_index == 1
    assert overlaps(["今 天"], ["今天下雨。"]) == [[2 * 2 / 6]]
    assert words_of("\ud800Zürich 2026年") == ["zurich", "2026", "年"]


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
    assert summaries[0].to_dict()["written"] == []
    assert all(len(batch) <= 16 and batch.shape[1] <= 64 for batch in writer.batches)
    assert sum(map(len, writer.batches)) == 21
    assert all((batch[:, 0] == VOCABULARY.cls_id).all() for batch in writer.batches)
    assert set(writer.asked) == {(None, Limits(block_trigrams=False))}
    assert sum(progress) == sum(map(len, texts))


@pytest.mark.parametrize(
    "options", [{"sentences": 2}, {"ratio": 0.5}, {"order": "score"}], ids=lambda o: next(iter(o))
)
def test_options_that_choose_sentences_are_refused(options: dict) -> None:
    with pytest.raises(UsageError, match=r"writes its summaries, .*: leave out sentences, ratio"):
        Summarizer(ScriptedWriter("Rain."), VOCABULARY)(ARTICLE, **options)


def test_the_writer_is_told_how_to_write() -> None:
    writer = ScriptedWriter("Rain.")
    summarizer = Summarizer(writer, VOCABULARY, strategy=GREEDY, limits=Limits(5, 20))
    summarizer(ARTICLE)
    summarizer(ARTICLE, trigram_blocking=False)
    assert writer.asked == [(GREEDY, Limits(5, 20)), (GREEDY, Limits(5, 20, block_trigrams=False))]
    # What is switched off there stays so.
    free = Limits(block_trigrams=False)
    Summarizer(writer, VOCABULARY, limits=free)(ARTICLE)
    assert writer.asked[-1] == (None, free)


def test_reports_say_how_it_was_written() -> None:
    writer = ScriptedWriter("Rain.")
    assert Summarizer(writer, VOCABULARY).decoding == {
        "strategy": "Beam(size=5, length_penalty=0.95)",
        "limits": "Limits(min_tokens=15, max_tokens=60, block_trigrams=True)",
    }
    drawn = Summarizer(writer, VOCABULARY, strategy=Sampling(top_k=9), limits=Limits(0, 20))
    assert drawn.decoding == {
        "strategy": "Sampling(temperature=1.0, top_k=9, top_p=None, seed=0)",
        "limits": "Limits(min_tokens=0, max_tokens=20, block_trigrams=True)",
    }
    assert Summarizer().decoding == {}


def test_more_than_the_model_can_write_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match="writes 60 tokens at most, and 61 are asked for"):
        Summarizer(ScriptedWriter("Rain."), VOCABULARY, limits=Limits(max_tokens=61))


def test_a_model_that_chooses_is_not_told_how_to_write() -> None:
    with pytest.raises(UsageError, match="chooses sentences, and writes none: leave out strategy"):
        Summarizer(strategy=GREEDY)
    with pytest.raises(UsageError, match="leave out strategy and limits"):
        Summarizer(limits=Limits(0, 20))


def test_encoders_that_choose_sentences_are_refused() -> None:
    with pytest.raises(UsageError, match="leave out the encoders"):
        Summarizer(ScriptedWriter("Rain."), VOCABULARY, encoders="runs/encoders")

"""Text in, summary out, with an engine whose scores can be seen in the text."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_engine import VOCABULARY, ScriptedEngine

from bertsum_tf.data.corpora import Document
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.summarizer import TOKENS_PER_BATCH, Engine, Summarizer, Summary
from bertsum_tf.text.wordpiece import WordPiece

ARTICLE = (
    "The council met on Tuesday night. It was wow wow news for everyone there. "
    "The rain had not yet stopped. A new school, wow, will be built. "
    "Nobody had expected wow wow wow that."
)


@pytest.fixture
def summarizer() -> Summarizer:
    return Summarizer(ScriptedEngine(), VOCABULARY, name="scripted")


def chosen(summary: Summary) -> list[int]:
    return [sentence.index for sentence in summary.sentences if sentence.selected]


def test_the_best_sentences_in_document_order(summarizer):
    summary = summarizer(ARTICLE, sentences=2)
    assert summary.text == (
        "It was wow wow news for everyone there. Nobody had expected wow wow wow that."
    )
    assert str(summary) == summary.text
    assert chosen(summary) == [1, 4]


def test_three_sentences_unless_told_otherwise(summarizer):
    assert chosen(summarizer(ARTICLE)) == [1, 3, 4]


def test_the_best_first(summarizer):
    summary = summarizer(ARTICLE, sentences=2, order="score")
    assert summary.text == (
        "Nobody had expected wow wow wow that. It was wow wow news for everyone there."
    )
    assert chosen(summary) == [1, 4], "the list of sentences keeps the document's order"


def test_ratio_and_word_budget(summarizer):
    assert chosen(summarizer(ARTICLE, ratio=0.2)) == [4]
    assert chosen(summarizer(ARTICLE, max_words=14)) == [3, 4]
    assert len(summarizer(ARTICLE, max_words=14).text.split()) == 14


def test_trigram_blocking_is_on_and_can_be_turned_off(summarizer):
    text = "This is wow wow news again. Rain fell on the town. This is wow wow news today."
    assert chosen(summarizer(text, sentences=2)) == [0, 1]
    assert chosen(summarizer(text, sentences=2, trigram_blocking=False)) == [0, 2]


def test_every_sentence_with_its_place_and_score(summarizer):
    summary = summarizer(ARTICLE)
    assert [sentence.score for sentence in summary.sentences] == [0, 2, 0, 1, 3]
    assert [sentence.index for sentence in summary.sentences] == [0, 1, 2, 3, 4]
    for sentence in summary.sentences:
        assert ARTICLE[sentence.start : sentence.end] == sentence.text
    assert summary.model == "scripted"


def test_the_summary_is_one_line_and_the_sentences_are_as_in_the_text(summarizer):
    text = "A sentence that an e-mail program has wrapped\nafter so many characters\t\tis wow."
    summary = summarizer(text)
    assert summary.sentences[0].text == text
    assert summary.text == (
        "A sentence that an e-mail program has wrapped after so many characters is wow."
    )


def test_to_dict_is_what_the_command_line_prints(summarizer):
    result = json.loads(json.dumps(summarizer("Wow! Rain.", sentences=1).to_dict("a.txt")))
    assert result == {
        "source": "a.txt",
        "summary": "Wow!",
        "sentences": [
            {"index": 0, "start": 0, "end": 4, "text": "Wow!", "score": 1.0, "selected": True},
            {"index": 1, "start": 5, "end": 10, "text": "Rain.", "score": 0.0, "selected": False},
        ],
        "model": "scripted",
    }


class TestOddTexts:
    @pytest.mark.parametrize("text", ["", " ", "\n\n\t", "\u00a0\u3000"])
    def test_nothing_gives_an_empty_summary(self, summarizer, text):
        assert summarizer(text) == Summary("", (), "scripted")

    @pytest.mark.parametrize("text", ["One sentence only, and a wow one.", "word", "?", "\x00"])
    def test_one_sentence_is_its_own_summary(self, summarizer, text):
        assert summarizer(text).text == text

    def test_short_sentences_alone_still_give_a_summary(self, summarizer):
        assert summarizer("Yes. No. Wow! Why? Rain.", sentences=2).text == "Yes. Wow!"

    def test_a_text_without_a_stop(self, summarizer):
        assert summarizer("rain " * 1000).text == " ".join(["rain"] * 1000)

    def test_mixed_languages(self, summarizer):
        text = "Дождь шёл весь день в городе, wow. 新しい駅が開業した。人々は喜んだ。 News was out."
        summary = summarizer(text, sentences=1)
        assert summary.text == "Дождь шёл весь день в городе, wow."
        assert len(summary.sentences) == 4

    def test_special_tokens_in_the_text_are_text(self, summarizer):
        text = "The [CLS] wow [SEP] [PAD] rain [UNK] fell. Nothing else was in the news then."
        summary = summarizer(text, sentences=1)
        assert [sentence.score for sentence in summary.sentences] == [1, 0]

    def test_a_lone_surrogate(self, summarizer):
        assert summarizer("Half of a pair \ud83d wow.").sentences[0].score == 1

    def test_sentences_beyond_the_first_window_are_in_the_running(self, summarizer):
        filler = "The town woke to rain on that day. " * 400
        text = filler + "At last there was wow wow news. " + filler
        summary = summarizer(text, sentences=1)
        assert summary.text == "At last there was wow wow news."
        assert len(summary.sentences) == 801

    def test_two_megabytes(self, summarizer):
        text = "The rain fell on the town for days and nobody knew. " * 40_000
        summary = summarizer(text + "Wow, it stopped on Friday at noon.", sentences=1)
        assert len(text) > 2_000_000
        assert summary.text == "Wow, it stopped on Friday at noon."
        assert len(summary.sentences) == 40_001

    @settings(deadline=None, max_examples=50)
    @given(st.text(max_size=300))
    def test_any_text_gives_a_summary(self, text):
        summary = Summarizer(ScriptedEngine(), VOCABULARY)(text)
        assert bool(summary.sentences) == bool(text.strip())
        assert bool(chosen(summary)) == bool(text.strip())
        assert all(text[s.start : s.end] == s.text for s in summary.sentences)


class TestBatch:
    TEXTS = (
        ARTICLE,
        "",
        "Wow.",
        "The town woke to wow rain. " * 300,
        "Rain fell on the town all day. The wow news came later on.",
    )

    def test_gives_what_one_by_one_gives(self, summarizer):
        assert summarizer.batch(self.TEXTS) == [summarizer(text) for text in self.TEXTS]
        assert summarizer.batch(self.TEXTS, max_words=9, order="score") == [
            summarizer(text, max_words=9, order="score") for text in self.TEXTS
        ]

    def test_of_nothing_is_nothing(self, summarizer):
        assert summarizer.batch([]) == []

    def test_windows_of_one_length_go_together_within_the_token_budget(self):
        engine = ScriptedEngine()
        short, long = "Rain fell on the town.", "The news came. " * 300
        Summarizer(engine, VOCABULARY).batch([short, long] * 60)
        assert all(rows * length <= TOKENS_PER_BATCH for rows, length in engine.shapes)
        assert {length for _, length in engine.shapes} <= set(range(64, 513, 64))
        assert (60, 64) in engine.shapes, "the short ones in one batch, though long ones between"

    def test_progress_adds_up_to_all_characters(self, summarizer):
        steps: list[float] = []
        summarizer.batch(self.TEXTS, on_progress=steps.append)
        assert sum(steps) == pytest.approx(sum(map(len, self.TEXTS)))

    def test_a_text_that_is_no_string_is_named_before_any_work(self):
        engine = ScriptedEngine()
        with pytest.raises(UsageError, match="Text 1 of the batch is of type bytes"):
            Summarizer(engine, VOCABULARY).batch(["fine", b"bytes"])
        assert engine.shapes == []

    def test_texts_may_come_from_a_generator(self, summarizer):
        texts = ["Rain fell. It was cold.", "Snow fell."]
        assert summarizer.batch(text for text in texts) == summarizer.batch(texts)

    def test_a_single_string_is_not_a_batch(self, summarizer):
        with pytest.raises(UsageError, match="list"):
            summarizer.batch("Rain fell.")


class TestAnalyse:
    def test_gives_spans_sentences_scores_and_piece_counts(self, summarizer):
        (analysis,) = summarizer.analyse(["Wow, wow! The rain fell."])
        assert analysis.spans == [(0, 9), (10, 24)]
        assert analysis.sentences == ["Wow, wow!", "The rain fell."]
        assert analysis.scores.dtype == np.float32
        assert analysis.scores.tolist() == [2, 0]
        assert analysis.piece_counts == [4, 4]

    def test_a_document_keeps_its_own_sentences(self, summarizer):
        document = Document("1", "Mr. X . said wow", spans=((0, 7), (8, 16)))
        (analysis,) = summarizer.analyse([document])
        assert analysis.sentences == ["Mr. X .", "said wow"]

    def test_reads_documents_as_they_are_needed(self, summarizer):
        read = []

        def endless():
            while True:
                read.append(len(read))
                yield "Rain fell on the town."

        analyses = summarizer.analyse(endless())
        next(analyses)
        assert len(read) < 1000


class TestOptionsAreRefused:
    @pytest.mark.parametrize("text", [b"bytes", None, 3, ["a", "list"]])
    def test_texts_that_are_no_strings(self, summarizer, text):
        with pytest.raises(BertsumError, match=type(text).__name__):
            summarizer(text)

    def test_limits_and_order(self, summarizer):
        for options in ({"sentences": 0}, {"ratio": 2.0}, {"max_words": -1}, {"order": "random"}):
            with pytest.raises(UsageError):
                summarizer("", **options)


class TestModels:
    def test_a_scripted_engine_is_an_engine(self):
        assert isinstance(ScriptedEngine(), Engine)

    def test_an_engine_needs_its_vocabulary(self):
        with pytest.raises(UsageError, match="vocabulary"):
            Summarizer(ScriptedEngine())

    def test_an_engine_is_called_by_its_class(self):
        assert Summarizer(ScriptedEngine(), VOCABULARY).name == "ScriptedEngine"

    def test_a_folder_that_is_not_there(self, tmp_path):
        with pytest.raises(BertsumError, match=r"There is no model .*nowhere: name a folder"):
            Summarizer(tmp_path / "nowhere")

    def test_a_folder_without_a_model(self, tmp_path):
        with pytest.raises(BertsumError, match="holds no trained summarizer: name a run"):
            Summarizer(tmp_path)

    def test_something_else_is_no_model(self):
        with pytest.raises(UsageError, match="not dict"):
            Summarizer({})

    def test_scores_that_are_no_numbers(self):
        class Broken(ScriptedEngine):
            def score(self, token_ids):
                return super().score(token_ids) * np.nan

        with pytest.raises(BertsumError, match="NaN"):
            Summarizer(Broken(), VOCABULARY)(ARTICLE)


class RainEncoder:
    """A summary is the nearer to any document, the more of it is the word "rain"."""

    preprocessor = SimpleNamespace(
        word_piece=VOCABULARY, sequence_length=512, summary_sequence_length=128
    )

    def encode_documents(self, documents: np.ndarray) -> np.ndarray:
        return np.array([[1.0, 0.0]] * len(documents), np.float32)

    def encode_summaries(self, summaries: np.ndarray) -> np.ndarray:
        rain = (summaries == VOCABULARY.vocabulary.index("rain")).sum(1)
        special = (VOCABULARY.pad_id, VOCABULARY.cls_id, VOCABULARY.sep_id)
        vectors = np.stack([rain, (~np.isin(summaries, special)).sum(1) - rain], 1)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class TestMatch:
    @pytest.fixture
    def matching(self) -> Summarizer:
        return Summarizer(ScriptedEngine(), VOCABULARY, encoders=RainEncoder())

    def test_the_candidate_nearest_to_the_document_is_chosen_as_a_whole(self, matching):
        summary = matching(ARTICLE, selection="match")
        # The shortest other sentence, of seven tokens, beside that of the rain, of seven.
        assert chosen(summary) == [0, 2]
        assert summary.similarity == pytest.approx(1 / math.hypot(1, 13))
        assert summary.text == "The council met on Tuesday night. The rain had not yet stopped."

    def test_the_best_scored_sentences_are_rated_too(self, matching):
        summary = matching(ARTICLE, sentences=4)
        assert chosen(summary) == [0, 1, 3, 4]
        assert summary.similarity == 0
        assert matching(ARTICLE, sentences=5).similarity == pytest.approx(1 / math.hypot(1, 40))

    def test_documents_do_not_change_one_another(self, matching):
        texts = [
            ARTICLE,
            "",
            "Rain.",
            ARTICLE * 3,
            "The rain wow rain fell. Rain rain it was.",
        ] * 40
        summaries = matching.batch(texts, selection="match")
        assert (
            summaries[:5] == summaries[-5:] == [matching(t, selection="match") for t in texts[:5]]
        )
        assert (summaries[1].text, summaries[1].similarity) == ("", None)

    def test_the_similarity_is_told_where_there_is_one(self, matching, summarizer):
        assert matching(ARTICLE).to_dict()["similarity"] == 0
        assert summarizer(ARTICLE).similarity is None
        assert "similarity" not in summarizer(ARTICLE).to_dict()

    def test_it_needs_encoders(self, summarizer):
        with pytest.raises(
            UsageError, match="needs two encoders: name a run of `bertsum pretrain`"
        ):
            summarizer(ARTICLE, selection="match")

    def test_another_selection(self, matching):
        with pytest.raises(UsageError, match="one of top, match, not 'best'"):
            matching(ARTICLE, selection="best")

    def test_encoders_of_another_vocabulary(self):
        encoders = RainEncoder()
        other = WordPiece([*VOCABULARY.vocabulary, "more"])
        encoders.preprocessor = SimpleNamespace(word_piece=other, sequence_length=512)
        with pytest.raises(UsageError, match="another vocabulary than the model"):
            Summarizer(ScriptedEngine(), VOCABULARY, encoders=encoders)

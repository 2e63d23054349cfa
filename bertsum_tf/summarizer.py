"""Text in, summary out, over any engine: text -> sentences -> token ids -> scores -> selection."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from bertsum_tf import bundled
from bertsum_tf.analysis import Analysis
from bertsum_tf.choices import ORDERS, SELECTIONS, Order, Selection
from bertsum_tf.decoding import Limits, Strategy, check_search
from bertsum_tf.decoding_defaults import DOCUMENTS_AT_ONCE
from bertsum_tf.engines.saved_model_engine import is_saved_model, load_saved_model
from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.run_folder import model_of, refuse_folder_of_models
from bertsum_tf.selection import check_limits, select, words
from bertsum_tf.selection_match import Match, Matcher
from bertsum_tf.storage_path import is_remote
from bertsum_tf.text.packing import (
    BUCKET_TOKENS,
    MAX_WINDOW_TOKENS,
    Window,
    merge_scores,
    pack,
    pad_windows,
    padded_length,
)
from bertsum_tf.text.sentences import Span, rules_sha256, split
from bertsum_tf.text.wordpiece import WordPiece
from bertsum_tf.written_summary import WrittenSentence, overlaps, trace

if TYPE_CHECKING:
    from bertsum_tf.data.corpora import Document
    from bertsum_tf.models import BertSumAbstractive, BertSumExtractive, DualEncoder

# Padded tokens that an engine is given at once: 16 windows of 512.
TOKENS_PER_BATCH = 8192

# How many documents, or characters of them, are read ahead so that batches hold windows of one
# length.
DOCUMENTS_AHEAD = 128
CHARACTERS_AHEAD = 1 << 20


@runtime_checkable
class Engine(Protocol):
    """What computes scores: a Keras model, a SavedModel, a LiteRT file."""

    def score(self, token_ids: np.ndarray) -> np.ndarray:
        """Scores of the sentence slots, the higher the better.

        Args:
            token_ids: int32 [B, T], T a multiple of 8.

        Returns:
            float32 [B, T // 8]; slots without a sentence hold any number.
        """
        ...


@runtime_checkable
class Writer(Protocol):
    """What writes summaries instead of choosing sentences: a Keras model, an exported one.

    Attributes:
        max_target_tokens: the most tokens that it can write.
    """

    max_target_tokens: int

    def check(self, strategy: Strategy | None, limits: Limits | None) -> None:
        """Refuses what `write` can't do, before any work.

        Raises:
            UsageError: if it writes no so many tokens, or not in this way.
        """
        ...

    def write(
        self, token_ids: np.ndarray, strategy: Strategy | None, limits: Limits | None
    ) -> list[list[str]]:
        """Writes.

        Args:
            token_ids: int32 [B, T], T a multiple of 8, the first window of each document.
            strategy: how tokens are chosen; None: the paper's beam search.
            limits: of length and repetition; None: PreSumm's.

        Returns:
            The sentences of each summary.
        """
        ...


@dataclass(frozen=True)
class Sentence:
    """One sentence of a document.

    Attributes:
        index: its place in the document, from 0.
        start: where it starts in the text, in code points.
        end: where it ends: `text[start:end]` is the sentence.
        text: the sentence as it stands in the document.
        score: the model's score, the higher the better: the logit of the sentence being in the
            summary. Of a model that writes: its greatest overlap with a written sentence, see
            `bertsum_tf.written_summary.overlaps`.
        selected: whether it is in this summary. Of a model that writes: whether a written sentence
            overlaps most with it.
    """

    index: int
    start: int
    end: int
    text: str
    score: float
    selected: bool


@dataclass(frozen=True)
class Summary:
    """A summary, and how it came about.

    Attributes:
        text: the chosen, or written, sentences on one line, with single blanks between words and
            sentences.
        sentences: every sentence of the document, in its order.
        model: what scored them, or wrote.
        similarity: how near the summary is to the whole document, in the eyes of two encoders: the
            cosine of their vectors, in [-1, 1], which needs no reference. They read as much of each
            as they were trained on. None without encoders, or without a sentence.
        written: what the model wrote, sentence by sentence, and which sentence of the document each
            overlaps most with; None for one that chooses sentences.
    """

    text: str
    sentences: tuple[Sentence, ...]
    model: str
    similarity: float | None = None
    written: tuple[WrittenSentence, ...] | None = None

    def __str__(self) -> str:
        return self.text

    def to_dict(self, source: str | None = None) -> dict[str, Any]:
        """The summary as JSON has it.

        Args:
            source: where the document comes from.

        Returns:
            `{"source", "summary", "sentences": [{"index", "start", "end", "text", "score",
            "selected"}], "model"}`, `"similarity"` if there is one, and of a model that writes
            `"written": [{"text", "source_index"}]`; numbers are rounded to six decimals.
        """
        similarity = {} if self.similarity is None else {"similarity": round(self.similarity, 6)}
        written = {} if self.written is None else {"written": [asdict(w) for w in self.written]}
        return {
            "source": source,
            "summary": self.text,
            "sentences": [
                asdict(sentence) | {"score": round(sentence.score, 6)}
                for sentence in self.sentences
            ],
            "model": self.model,
            **similarity,
            **written,
        }

    def to_json(self, source: str | None = None) -> str:
        """One line of JSON, see `to_dict`, in which characters stand as they are."""
        return json.dumps(self.to_dict(source), ensure_ascii=False)


class Summarizer:
    """Summarises texts with a trained model.

    Args:
        model: None: the model that ships with the package. Or a folder that `bertsum train` wrote,
            or a model hub's handle of one; a SavedModel or a .tflite file that `bertsum export`
            wrote; a `BertSumExtractive`, or a `BertSumAbstractive`, which writes; or an `Engine`
            or a `Writer`.
        vocabulary: that of the model's backbone; needed with an engine that has none.
        max_tokens: the length of a window, a multiple of 8; None: that of the model, for an engine
            that does not say 512. Longer documents are read in several windows; by a model that
            writes, only their first one.
        name: what the summaries call the model; None: the folder's or the object's name.
        encoders: two encoders with one vector space, of the same vocabulary: the folder of a
            `bertsum pretrain` run, or a `DualEncoder`. They make `selection="match"` possible, and
            `Summary.similarity`.
        strategy: how a model that writes chooses its words: `bertsum_tf.decoding.Beam`, its
            `GREEDY`, which is faster, or `Sampling`; None: the paper's beam of 5.
        limits: of the length of what it writes, `bertsum_tf.decoding.Limits`; None: 50 to 200
            tokens, or what it can.

    Attributes:
        matcher: what chooses summaries as wholes; None without `encoders`.
        writes: whether the model writes summaries instead of choosing sentences.
        strategy: as given.
        limits: as given.

    Raises:
        BertsumError: if there is no such model, it can't be read, or it is not trained.

    Example:
        >>> summarizer = Summarizer()
        >>> print(summarizer(article, sentences=2).text)
        >>> [s.text for s in summarizer(article, max_words=50).sentences if s.selected]
        >>> summaries = summarizer.batch(articles, ratio=0.1, order="score")
        >>> headlines = Summarizer("runs/headlines/model", limits=Limits(4, 20))  # it writes
    """

    def __init__(
        self,
        model: str
        | os.PathLike[str]
        | BertSumExtractive
        | BertSumAbstractive
        | Engine
        | Writer
        | None = None,
        vocabulary: WordPiece | None = None,
        *,
        max_tokens: int | None = None,
        name: str | None = None,
        encoders: str | os.PathLike[str] | DualEncoder | None = None,
        strategy: Strategy | None = None,
        limits: Limits | None = None,
    ) -> None:
        if model is None:
            name, model = name or bundled.NAME, bundled.TFLITE
        if isinstance(model, (str, os.PathLike)):
            name = name or os.fspath(model)
            model = load_model(model)
        if isinstance(model, (Engine, Writer)):
            self.engine: Engine | Writer = model
            # What an exported model carries with it.
            vocabulary = vocabulary or getattr(model, "vocabulary", None)
            max_tokens = max_tokens or getattr(model, "max_tokens", None)
        elif (engine := _keras_engine(model)) is not None:
            self.engine = engine
            if model.preprocessor is not None:
                if model.preprocessor.rules_sha256 != rules_sha256():
                    raise BertsumError(
                        "The model was trained with another sentence rule book than this version "
                        "has: install the version that trained it, or train it again."
                    )
                max_tokens = max_tokens or model.preprocessor.sequence_length
                vocabulary = vocabulary or model.preprocessor.word_piece
            max_tokens = max_tokens or min(MAX_WINDOW_TOKENS, model.backbone.max_sequence_length)
        else:
            raise UsageError(
                "The model has to be a folder, a BertSumExtractive, a BertSumAbstractive or an "
                f"engine with a method score or write, not {type(model).__name__}."
            )
        if vocabulary is None:
            raise UsageError(
                "The model comes without its vocabulary: "
                "add it, as Summarizer(model, WordPiece.from_file('vocab.txt'))."
            )
        self.vocabulary = vocabulary
        self.max_tokens = max_tokens or MAX_WINDOW_TOKENS
        self.name = name or getattr(model, "name", None) or type(model).__name__
        self.writes = isinstance(self.engine, Writer)
        if self.writes and encoders is not None:
            raise UsageError(
                "Two encoders choose among a document's sentences, and this model writes its "
                "summaries: leave out the encoders, and the selection match."
            )
        if not self.writes and (strategy, limits) != (None, None):
            raise UsageError(
                f"{self.name} chooses sentences, and writes none: leave out strategy and limits."
            )
        self.strategy = strategy
        self.limits = limits
        if isinstance(self.engine, Writer):
            self.engine.check(strategy, limits)
        self.matcher = None if encoders is None else load_matcher(encoders, vocabulary)

    @property
    def decoding(self) -> dict[str, Any]:
        """How a model that writes does so, for reports; empty for one that chooses sentences."""
        if not isinstance(self.engine, Writer):
            return {}
        most = self.engine.max_target_tokens
        strategy, limits = check_search(self.strategy, self.limits, most)
        return {"strategy": repr(strategy), "limits": repr(limits)}

    def __call__(
        self,
        text: str,
        sentences: int | None = None,
        ratio: float | None = None,
        max_words: int | None = None,
        trigram_blocking: bool = True,
        order: Order = "document",
        selection: Selection = "top",
    ) -> Summary:
        """Summarises one text.

        Args:
            text: of any length and content. One without a sentence, such as "", gives an empty
                summary; any other gives at least one sentence, unless a model that writes ends at
                once, as it may without a least number of tokens, or the text has no word piece.
            sentences: how many sentences to choose at most. None: 3, or as many as `ratio` or
                `max_words` allow.
            ratio: how many to choose at most, as a share of all sentences in (0, 1]; instead of
                `sentences`.
            max_words: how many words the summary may have; only a single sentence that is the
                shortest of all may have more. Of a model that writes: as many of the sentences that
                it wrote are kept, from the first on, as fit, and the first one always.
            trigram_blocking: pass over a sentence that repeats three words in a row of a chosen
                one; a model that writes does not write three words in a row twice (unless its
                `limits` allow it).
            order: of the sentences in `Summary.text`: as in the document, or the best first.
            selection: "top": the sentences with the best scores. "match": of the combinations of
                those, the one that is nearest to the document as a whole, as MatchSum has it (see
                `bertsum_tf.selection_match`); it needs `encoders`.

        Returns:
            The summary, with every sentence of the document and its score.

        Raises:
            UsageError: if an option makes no sense, or the text is not a string; if `sentences`,
                `ratio`, `order` or `selection` is given to a model that writes.
        """
        return self.batch(
            [text], sentences, ratio, max_words, trigram_blocking, order, selection=selection
        )[0]

    def batch(
        self,
        texts: Iterable[str | Document],
        sentences: int | None = None,
        ratio: float | None = None,
        max_words: int | None = None,
        trigram_blocking: bool = True,
        order: Order = "document",
        on_progress: Callable[[float], object] = lambda characters: None,
        *,
        selection: Selection = "top",
    ) -> list[Summary]:
        """Summarises many texts, much faster than one by one.

        Args:
            texts: the texts, or documents of a corpus, whose own sentence boundaries are kept.
            sentences: this and the other options as for one text.
            ratio: see there.
            max_words: see there.
            trigram_blocking: see there.
            order: see there.
            on_progress: called with the number of characters that have been dealt with since the
                last call; in the end that is all of them.
            selection: see there.

        Returns:
            One summary a text, in their order. No text changes the summary of another.

        Raises:
            UsageError: before any work, if an option makes no sense or a text is not a string.
        """
        check_limits(sentences, ratio, max_words)
        if order not in ORDERS:
            raise UsageError(f"The order has to be one of {', '.join(ORDERS)}, not {order!r}.")
        if selection not in SELECTIONS:
            raise UsageError(
                f"The selection has to be one of {', '.join(SELECTIONS)}, not {selection!r}."
            )
        if self.writes and (
            (sentences, ratio, order, selection) != (None, None, "document", "top")
        ):
            raise UsageError(
                "This model writes its summaries, and chooses no sentences: leave out sentences, "
                "ratio, order and selection; max_words makes a summary shorter."
            )
        if selection == "match" and self.matcher is None:
            raise UsageError(
                "The selection match needs two encoders: name a run of `bertsum pretrain`, as "
                "Summarizer(model, encoders='runs/encoders')."
            )
        texts = checked_documents(texts)
        if self.writes:
            return [
                self._written_summary(analysis, max_words)
                for analysis in self.analyse(texts, on_progress, trigram_blocking=trigram_blocking)
            ]
        limits: dict[str, Any] = {
            "num_sentences": sentences,
            "ratio": ratio,
            "max_words": max_words,
            "trigram_blocking": trigram_blocking,
        }
        summaries = []
        analyses = self.analyse(texts, on_progress)
        while group := list(islice(analyses, DOCUMENTS_AHEAD)):
            if self.matcher is not None and selection == "match":
                matches = self.matcher.choose(group, **limits)
            else:
                chosen = [
                    select(
                        analysis.scores.tolist(),
                        analysis.sentences,
                        piece_counts=analysis.piece_counts,
                        **limits,
                    )
                    for analysis in group
                ]
                similarities = (
                    self.matcher.rate(group, chosen) if self.matcher else [None] * len(group)
                )
                matches = [
                    Match(tuple(own), one) for own, one in zip(chosen, similarities, strict=True)
                ]
            for analysis, match in zip(group, matches, strict=True):
                summaries.append(self._summary(analysis, match, order))
        return summaries

    def analyse(
        self,
        documents: Iterable[str | Document],
        on_progress: Callable[[float], object] = lambda characters: None,
        *,
        trigram_blocking: bool = True,
    ) -> Iterator[Analysis]:
        """Splits and scores documents, many at a time, and chooses nothing yet; or writes.

        Args:
            documents: texts, or documents of a corpus, whose own sentence boundaries are kept.
                They are read as they are needed, so there may be any number of them.
            on_progress: see `batch`.
            trigram_blocking: of a model that writes; see there.

        Returns:
            One analysis a document, in their order.
        """
        for group in _groups(documents):
            yield from self._analyse_group(group, on_progress, trigram_blocking)

    def _analyse_group(
        self,
        group: list[str | Document],
        on_progress: Callable[[float], object],
        trigram_blocking: bool,
    ) -> Iterator[Analysis]:
        spans: list[list[Span]] = []
        sentences: list[list[str]] = []
        pieces: list[list[list[int]]] = []
        windows: list[list[Window]] = []
        for document in group:
            given = None if isinstance(document, str) else document.spans
            text = _text(document)
            spans.append(split(text) if given is None else list(given))
            sentences.append([text[start:end] for start, end in spans[-1]])
            pieces.append(self.vocabulary.encode(sentences[-1]))
            windows.append(
                pack(
                    pieces[-1],
                    cls_id=self.vocabulary.cls_id,
                    sep_id=self.vocabulary.sep_id,
                    max_tokens=self.max_tokens,
                )
            )
        if isinstance(self.engine, Writer):
            written = self._write(
                self.engine,
                [own_windows[0] if own_windows else None for own_windows in windows],
                trigram_blocking,
                lambda place: on_progress(len(_text(group[place]))),
            )
            for place, own_pieces in enumerate(pieces):
                yield Analysis(
                    spans=spans[place],
                    sentences=sentences[place],
                    scores=np.zeros(len(own_pieces), np.float32),
                    pieces=own_pieces,
                    written=written[place],
                )
            return
        scores = self._score(
            self.engine,
            windows,
            lambda place: on_progress(len(_text(group[place])) / max(1, len(windows[place]))),
        )
        for place, own_windows in enumerate(windows):
            if not own_windows:
                on_progress(len(_text(group[place])))
            yield Analysis(
                spans=spans[place],
                sentences=sentences[place],
                scores=merge_scores(own_windows, scores[place], len(spans[place])),
                pieces=pieces[place],
            )

    def _write(
        self,
        writer: Writer,
        windows: list[Window | None],
        block_trigrams: bool,
        on_document: Callable[[int], object],
    ) -> list[list[str]]:
        """Writes summaries, those of documents of like length together."""
        limits = self.limits
        if not block_trigrams:
            limits = replace(limits or Limits(), block_trigrams=False)
        written: list[list[str]] = [[] for _ in windows]
        lengths = [0 if window is None else len(window.token_ids) for window in windows]
        order = sorted(range(len(windows)), key=lambda place: lengths[place])
        for start in range(0, len(order), DOCUMENTS_AT_ONCE):
            places = order[start : start + DOCUMENTS_AT_ONCE]
            filled = [(place, window) for place in places if (window := windows[place]) is not None]
            if filled:
                batch = [window for _, window in filled]
                longest = max(padded_length(window, BUCKET_TOKENS) for window in batch)
                length = min(longest, self.max_tokens)
                token_ids = pad_windows(batch, length, self.vocabulary.pad_id)
                summaries = writer.write(token_ids, self.strategy, limits)
                for (place, _), summary in zip(filled, summaries, strict=True):
                    written[place] = [text for text in summary if text]
            for place in places:
                on_document(place)
        return written

    def _score(
        self,
        engine: Engine,
        windows: list[list[Window]],
        on_window: Callable[[int], object],
    ) -> list[list[np.ndarray]]:
        """Scores the windows of several documents, those of one padded length together."""
        scores = [[np.zeros(0, np.float32)] * len(own_windows) for own_windows in windows]
        places: dict[int, list[tuple[int, int]]] = {}
        for document, own_windows in enumerate(windows):
            for number, window in enumerate(own_windows):
                # The model's last bucket is as long as its windows may be.
                length = min(padded_length(window, BUCKET_TOKENS), self.max_tokens)
                places.setdefault(length, []).append((document, number))
        for length in sorted(places, reverse=True):
            rows = max(1, TOKENS_PER_BATCH // length)
            for start in range(0, len(places[length]), rows):
                batch = places[length][start : start + rows]
                token_ids = pad_windows(
                    [windows[document][number] for document, number in batch],
                    length,
                    self.vocabulary.pad_id,
                )
                for (document, number), row in zip(batch, engine.score(token_ids), strict=True):
                    scores[document][number] = row
                    on_window(document)
        return scores

    def _summary(self, analysis: Analysis, match: Match, order: Order) -> Summary:
        chosen: Sequence[int] = match.sentences
        selected = set(chosen)
        sentences = tuple(
            Sentence(index, start, end, text, float(score), index in selected)
            for index, ((start, end), text, score) in enumerate(
                zip(analysis.spans, analysis.sentences, analysis.scores, strict=True)
            )
        )
        if order == "score":
            chosen = sorted(chosen, key=lambda index: -sentences[index].score)
        text = " ".join(word for index in chosen for word in sentences[index].text.split())
        return Summary(text, sentences, self.name, match.similarity)

    def _written_summary(self, analysis: Analysis, max_words: int | None) -> Summary:
        texts = [" ".join(text.split()) for text in analysis.written or []]
        if max_words is not None:
            counts = np.cumsum([len(words(text)) for text in texts])
            texts = texts[: max(1, int(np.sum(counts <= max_words)))]
        written = trace(texts, analysis.sentences)
        scores = np.max(overlaps(texts, analysis.sentences), axis=0) if texts else analysis.scores
        sources = {sentence.source_index for sentence in written}
        sentences = tuple(
            Sentence(index, start, end, text, float(score), index in sources)
            for index, ((start, end), text, score) in enumerate(
                zip(analysis.spans, analysis.sentences, scores, strict=True)
            )
        )
        return Summary(" ".join(texts), sentences, self.name, written=written)


def writes(model: object) -> bool:
    """Whether a model writes its summaries, instead of choosing sentences."""
    return isinstance(model, Writer) or hasattr(model, "generate_ids")


def _keras_engine(model: BertSumExtractive | BertSumAbstractive) -> Engine | Writer | None:
    """What runs a Keras model; None for one that does not summarise."""
    if not hasattr(model, "backbone"):  # not worth importing Keras
        return None
    from bertsum_tf.models import BertSumAbstractive, BertSumExtractive

    if isinstance(model, BertSumAbstractive):
        from bertsum_tf.engines.keras_writer import KerasWriter

        return KerasWriter(model)
    if isinstance(model, BertSumExtractive):
        from bertsum_tf.engines.keras_engine import KerasEngine

        return KerasEngine(model)
    return None


def load_matcher(encoders: str | os.PathLike[str] | DualEncoder, vocabulary: WordPiece) -> Matcher:
    """What chooses summaries as wholes.

    Args:
        encoders: as for `Summarizer`.
        vocabulary: that of the model which scores sentences.

    Raises:
        UsageError: if there are no two encoders, or if they have another vocabulary, or none.
    """
    if isinstance(encoders, (str, os.PathLike)):
        from bertsum_tf.models import DualEncoder
        from bertsum_tf.models.presets import preset_of_run

        encoders = DualEncoder.from_preset(preset_of_run(encoders, ("DualEncoder",)))
    if not hasattr(encoders, "encode_summaries"):
        raise UsageError(
            "The encoders have to be the folder of a `bertsum pretrain` run, or a DualEncoder, "
            f"not {type(encoders).__name__}."
        )
    if encoders.preprocessor is None or (
        encoders.preprocessor.word_piece.sha256 != vocabulary.sha256
    ):
        raise UsageError(
            "The encoders have another vocabulary than the model: "
            "pretrain them from the same BERT, or train the model from them with --init-from."
        )
    own = encoders.preprocessor
    return Matcher(encoders, vocabulary, own.sequence_length, own.summary_sequence_length)


def checked_texts(texts: Iterable[str]) -> list[str]:
    """The texts of a batch, as a list.

    Raises:
        UsageError: if there is one text instead of a batch, or something that is no text in it.
    """
    return [_text(document) for document in checked_documents(texts)]


def checked_documents(documents: Iterable[str | Document]) -> list[str | Document]:
    """The texts or documents of a batch, as a list.

    Raises:
        UsageError: if there is one text instead of a batch, or something that is neither in it.
    """
    if isinstance(documents, (str, bytes)):
        raise UsageError("A batch is a list of texts: put the text into a list.")
    checked = list(documents)
    for place, document in enumerate(checked):
        text = getattr(document, "text", document)
        if not isinstance(text, str):
            raise UsageError(
                f"Text {place} of the batch is of type {type(text).__name__}: "
                "give strings (bytes have to be decoded first)."
            )
    return checked


def _text(document: str | Document) -> str:
    return document if isinstance(document, str) else document.text


def _groups(documents: Iterable[str | Document]) -> Iterator[list[str | Document]]:
    group: list[str | Document] = []
    characters = 0
    for document in documents:
        group.append(document)
        characters += len(_text(document))
        if len(group) == DOCUMENTS_AHEAD or characters >= CHARACTERS_AHEAD:
            yield group
            group, characters = [], 0
    if group:
        yield group


def needs_keras(name: str | os.PathLike[str]) -> bool:
    """Whether `load_model` will load Keras: not for an exported model, nor for what is no model.

    A local folder is looked into before Keras is loaded, which takes seconds.
    """
    name = model_of(name)
    path = Path(name)
    if path.is_file() or is_saved_model(path) or _is_remote_file(name):
        return False
    return "://" in name or name == bundled.NAME or (path / "task.json").is_file()


def _is_remote_file(name: str) -> bool:
    """Whether it is a .tflite file in a store, where a hub's handle also has a scheme."""
    return is_remote(name) and name.endswith(".tflite")


def load_model(
    name: str | os.PathLike[str], threads: int | None = None
) -> BertSumExtractive | BertSumAbstractive | Engine | Writer:
    """Loads a trained model.

    Args:
        name: the folder of a `bertsum train` run, or one that `save_to_preset` of a
            `BertSumExtractive` or a `BertSumAbstractive` wrote, or a model hub's handle of one;
            `bundled.NAME`; or a SavedModel or .tflite file that `bertsum export` wrote.
        threads: CPU threads that a .tflite file is computed with; None: see `LiteRtEngine`.

    Returns:
        The model, or the engine or the writer of an exported one.

    Raises:
        BertsumError: if there is none, or it can't be read or is not trained.
    """
    name = model_of(name)
    path = Path(name)
    if path.is_file() or _is_remote_file(name):
        from bertsum_tf.engines.litert_engine import LiteRtEngine
        from bertsum_tf.engines.litert_file import read_litert_file
        from bertsum_tf.engines.litert_writer import LiteRtWriter

        file = read_litert_file(name)
        if file.task == "abstractive":
            return LiteRtWriter(file, threads)
        return LiteRtEngine(file, threads)
    if is_saved_model(path):
        return load_saved_model(path)
    held = ""
    if needs_keras(name):
        from bertsum_tf.models import BertSumAbstractive, BertSumExtractive
        from bertsum_tf.models.presets import saved_task

        task = saved_task(name)
        for kind in (BertSumExtractive, BertSumAbstractive):
            if task == kind.__name__:
                return kind.from_preset(name)
        held = f", but a {task}" if task else ""
    elif not path.is_dir():
        raise BertsumError(
            f"There is no model {name}: name a folder that `bertsum train` or `bertsum quickstart` "
            "wrote, or a model that `bertsum export` wrote."
        )
    else:
        refuse_folder_of_models(name)
    raise BertsumError(
        f"{name} holds no trained summarizer{held}: name a run of `bertsum train`, or its model."
    )

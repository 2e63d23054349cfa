"""Text -> windows inside a TensorFlow graph: what `sentences`, `wordpiece` and `packing` do.

A SavedModel that takes raw text must split, tokenise and pack as training did. This is the twin of
those three modules with TensorFlow operators alone: same rule file, same vocabulary, same windows.
`tests/text/test_graph.py` holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf
import tensorflow_text as tf_text

from bertsum_tf.text.characters import ITSELF, PAGE, character_table
from bertsum_tf.text.packing import (
    LATER_WINDOW_PENALTY,
    LEAD_SHARE,
    MAX_SENTENCE_TOKENS,
    MAX_WINDOW_TOKENS,
    slots,
)
from bertsum_tf.text.sentences import BOUNDARY, LINE_START, REPLACEMENT_CHARACTER, sentence_rules
from bertsum_tf.text.wordpiece import (
    MAX_WORD_CHARACTERS,
    UNK,
    WordPiece,
)

# One blank character, as a pattern.
BLANK = sentence_rules().expand("[{blank}]")


class Sentences(NamedTuple):
    """The sentences of a batch of B documents.

    Attributes:
        texts: string, ragged [B, None]: the sentences, to the letter.
        starts: int64, ragged [B, None]: where each starts in its document, in code points.
        ends: int64, ragged [B, None]: where each ends, exclusive.
    """

    texts: tf.RaggedTensor
    starts: tf.RaggedTensor
    ends: tf.RaggedTensor


class Windows(NamedTuple):
    """The W windows of a batch of documents, in the order of the documents.

    Attributes:
        token_ids: int32 [W, T], padded with [PAD].
        documents: int64 [W], the document of each window.
        sentences: int64 [W, T // 8], the sentence in each slot, counted in its document; -1: none.
        first: int64 [W], the first sentence of the window that is no repeated lead.
    """

    token_ids: tf.Tensor
    documents: tf.Tensor
    sentences: tf.Tensor
    first: tf.Tensor


class TextGraph(tf.Module):
    """Splits, tokenises and packs documents in a TensorFlow graph.

    Args:
        vocabulary: the pieces in the order of their ids, as in `vocab.txt`.
        max_tokens: tokens a window (T), a multiple of 8.

    Example:
        >>> text_graph = TextGraph(vocabulary)
        >>> windows = text_graph(tf.constant(["Prices rose. Nobody knew why."]))
        >>> windows.token_ids.shape, windows.sentences[0, :3].numpy()
        (TensorShape([1, 512]), array([ 0,  1, -1]))
    """

    def __init__(self, vocabulary: Sequence[str], max_tokens: int = MAX_WINDOW_TOKENS) -> None:
        super().__init__(name="text_graph")
        word_piece = WordPiece(vocabulary)
        self.pad_id, self.cls_id = word_piece.pad_id, word_piece.cls_id
        self.sep_id = word_piece.sep_id
        self.max_tokens = max_tokens
        self._pieces = tf_text.FastWordpieceTokenizer(
            vocab=list(word_piece.vocabulary),
            max_bytes_per_word=4 * MAX_WORD_CHARACTERS,
            token_out_type=tf.int32,
            unknown_token=UNK,
            no_pretokenization=True,
        )

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None], tf.string)])
    def __call__(self, documents: tf.Tensor) -> Windows:
        """Documents, string [B], UTF-8 -> their windows."""
        sentences = self.split(documents)
        pieces = self.encode(sentences.texts.values)
        return self.pack(sentences.texts.with_values(pieces))

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None], tf.string)])
    def split(self, documents: tf.Tensor) -> Sentences:
        """Documents, string [B], UTF-8 -> their sentences: `sentences.split`.

        Invalid bytes become U+FFFD, as `bytes.decode("utf-8", errors="replace")` has it.
        """
        codes = tf.strings.unicode_decode(documents, "UTF-8", errors="replace")
        texts = tf.strings.unicode_encode(codes, "UTF-8")
        segments = _segments(texts)
        starts, ends, counts = _sentences(segments)
        # Starts and ends count in the document, code points stand in one row.
        row = tf.cast(tf.repeat(codes.row_starts(), counts), tf.int64)
        reach = tf.ragged.range(row + starts, row + ends)
        letters = tf.strings.unicode_encode(
            reach.with_flat_values(tf.gather(codes.flat_values, reach.flat_values)), "UTF-8"
        )
        return Sentences(
            tf.RaggedTensor.from_row_lengths(letters, counts),
            tf.RaggedTensor.from_row_lengths(starts, counts),
            tf.RaggedTensor.from_row_lengths(ends, counts),
        )

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None], tf.string)])
    def encode(self, sentences: tf.Tensor) -> tf.RaggedTensor:
        """Sentences, string [N], UTF-8 -> ids of their pieces, int32 ragged: `WordPiece.encode`."""
        words = tf.strings.split(_normalized(sentences))
        # BERT's limit is in characters, the tokeniser's in bytes. "[UNK]" itself can't stand here
        # as a word: brackets are words of their own.
        too_long = tf.strings.length(words.values, "UTF8_CHAR") > MAX_WORD_CHARACTERS
        pieces = self._pieces.tokenize(tf.where(too_long, UNK, words.values))
        return words.with_values(pieces).merge_dims(1, 2)

    @tf.function(
        autograph=False, input_signature=[tf.RaggedTensorSpec([None, None, None], tf.int32, 2)]
    )
    def pack(self, pieces: tf.RaggedTensor) -> Windows:
        """Ids of pieces, int32 [B, sentences, pieces] -> windows: `packing.pack`."""
        longest = min(MAX_SENTENCE_TOKENS, self.max_tokens - 2)
        bodies = pieces.values[:, :longest]
        ones = tf.ones([bodies.nrows(), 1], tf.int32)
        sentences = tf.concat([ones * self.cls_id, bodies, ones * self.sep_id], axis=1)
        rows = pieces.row_splits
        documents, starts, ends, leads = self._plan(sentences.row_lengths(), rows)
        first_of_document = tf.gather(rows, documents)
        # Sentences counted in the batch; those of one window in one row.
        members = tf.concat(
            [
                tf.ragged.range(first_of_document, first_of_document + leads),
                tf.ragged.range(starts, ends),
            ],
            axis=1,
        )
        token_ids = members.with_values(tf.gather(sentences, members.values)).merge_dims(1, 2)
        indices = members - tf.expand_dims(first_of_document, 1)
        return Windows(
            token_ids.to_tensor(self.pad_id, shape=[None, self.max_tokens]),
            documents,
            indices.to_tensor(-1, shape=[None, slots(self.max_tokens)]),
            starts - first_of_document,
        )

    def _plan(
        self, lengths: tf.Tensor, rows: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        """Where windows start and end.

        Args:
            lengths: int64 [N], tokens of each sentence of the batch, [CLS] and [SEP] included.
            rows: int64 [B + 1], where each document's sentences start; last, N.

        Returns:
            For each window its document, its first and last (exclusive) sentence, counted in the
            batch, and how many sentences of the lead it repeats: int64 [W] each.
        """
        before = tf.concat([tf.zeros([1], tf.int64), tf.cumsum(lengths)], axis=0)
        first, limits = rows[:-1], rows[1:]

        def fill(starts: tf.Tensor, tokens: tf.Tensor, sentences: tf.Tensor) -> tf.Tensor:
            """The end of the longest run of sentences from each start on that fits."""
            reach = tf.searchsorted(before, tf.gather(before, starts) + tokens, side="right") - 1
            return tf.minimum(tf.minimum(tf.cast(reach, tf.int64), starts + sentences), limits)

        tokens = tf.constant(self.max_tokens, tf.int64)
        slot_count = tf.constant(slots(self.max_tokens), tf.int64)
        lead_budget = tf.constant(int(self.max_tokens * LEAD_SHARE), tf.int64)
        lead_slots = tf.constant(int(slots(self.max_tokens) * LEAD_SHARE), tf.int64)
        lead_ends = fill(first, lead_budget, lead_slots)
        lead_tokens = tf.gather(before, lead_ends) - tf.gather(before, first)
        # A document that is done starts where the next one does, the last at N: length 0.
        length_at = tf.concat([lengths, tf.zeros([1], tf.int64)], axis=0)

        # One turn makes one window of every document that has sentences left.
        def turn(
            index: tf.Tensor, starts: tf.Tensor, plan: tf.TensorArray
        ) -> tuple[tf.Tensor, tf.Tensor, tf.TensorArray]:
            fits = tf.gather(length_at, starts) + lead_tokens <= tokens
            with_lead = tf.cast((starts > first) & fits, tf.int64)
            leads = with_lead * (lead_ends - first)
            ends = fill(starts, tokens - with_lead * lead_tokens, slot_count - leads)
            return index + 1, ends, plan.write(index, tf.stack([starts, ends, leads], axis=-1))

        _, _, plan = tf.while_loop(
            # At least one turn: TensorFlow can't stack the plan of none.
            lambda index, starts, plan: (index == 0) | tf.reduce_any(starts < limits),
            turn,
            (0, first, tf.TensorArray(tf.int64, 0, dynamic_size=True, element_shape=[None, 3])),
        )
        # [turns, B, 3] -> [B, turns, 3]: windows in the order of the documents.
        table = tf.transpose(plan.stack(), [1, 0, 2])
        real = table[:, :, 0] < table[:, :, 1]
        starts, ends, leads = tf.unstack(tf.boolean_mask(table, real), num=3, axis=-1)
        return tf.where(real)[:, 0], starts, ends, leads

    @tf.function(
        autograph=False,
        input_signature=[
            tf.TensorSpec([None, None], tf.float32),
            tf.TensorSpec([None], tf.int64),
            tf.TensorSpec([None, None], tf.int64),
            tf.TensorSpec([None], tf.int64),
            tf.TensorSpec([], tf.int64),
        ],
    )
    def merge_scores(
        self,
        scores: tf.Tensor,
        documents: tf.Tensor,
        sentences: tf.Tensor,
        first: tf.Tensor,
        num_documents: tf.Tensor,
    ) -> tf.RaggedTensor:
        """Scores of the windows' slots -> one score a sentence: `packing.merge_scores`.

        Args:
            scores: float32 [W, T // 8].
            documents: as in `Windows`.
            sentences: as in `Windows`.
            first: as in `Windows`.
            num_documents: B.

        Returns:
            float32, ragged [B, None].
        """
        # A sentence is the window's own in exactly one window; elsewhere it is repeated lead.
        own = sentences >= tf.expand_dims(first, 1)
        rows = tf.repeat(documents, tf.reduce_sum(tf.cast(own, tf.int64), axis=1))
        scores -= LATER_WINDOW_PENALTY * tf.cast(tf.expand_dims(first > 0, 1), scores.dtype)
        return tf.RaggedTensor.from_value_rowids(
            tf.boolean_mask(scores, own), rows, nrows=num_documents
        )


def lower(texts: tf.Tensor) -> tf.Tensor:
    """Lower-cased texts, for comparison: equal if and only if those of `str.lower` are.

    TensorFlow stops at U+0000, so that it is spelt with other control characters here.
    """
    spelt = tf.strings.regex_replace(texts, r"\x01", "\u0001\u0002")
    return tf.strings.lower(tf.strings.regex_replace(spelt, r"\x00", "\u0001\u0003"), "utf-8")


def _segments(texts: tf.Tensor) -> tf.RaggedTensor:
    """Texts [B] -> segments, cut where a sentence ends whatever the words are, [B, None]."""
    rules = sentence_rules()
    marked = tf.strings.regex_replace(texts, f"[{BOUNDARY}{LINE_START}]", REPLACEMENT_CHARACTER)
    for step in rules.data["breaks"]:
        marked = tf.strings.regex_replace(marked, rules.expand(step["pattern"]), step["replace"])
    return tf.strings.split(marked, BOUNDARY)


def _sentences(segments: tf.RaggedTensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Cuts segments at those candidates that end a sentence.

    Args:
        segments: string, ragged [B, None], each document's text in order.

    Returns:
        Starts and ends of the sentences, int64 [N], in code points of their document; number of
        sentences of each document, int64 [B].
    """
    document, bodies, offsets = _bodies(segments)
    pieces = _pieces(bodies)
    segment = pieces.value_rowids()
    before, closing = _halves(pieces.values)
    stop = _without_blanks_after(closing)
    lengths = _length(before) + _length(stop)
    starts = _offsets_in_row(pieces.with_values(_length(before) + _length(closing)))
    starts += tf.gather(offsets, segment)

    opens = segment != _previous(segment, -1)
    closes = segment != _next(segment, -1)
    word = _last_word(before) + stop
    cuts = ~closes & ~_joins(word, _first_word(_next(before + closing, "")))
    cuts &= ~_list_numbers(before + stop, lengths, opens, cuts)

    opens |= _previous(cuts, False)
    closes |= cuts
    rows = tf.boolean_mask(tf.gather(document, segment), opens)
    counts = tf.math.unsorted_segment_sum(tf.ones_like(rows), rows, segments.nrows())
    return tf.boolean_mask(starts, opens), tf.boolean_mask(starts + lengths, closes), counts


def _bodies(segments: tf.RaggedTensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Segments without white space around them, but for blank ones.

    Returns:
        The document of each, the segment, and where it starts in the document: [S] each.
    """
    lengths = _length(segments.values)
    bodies = tf.strings.regex_replace(segments.values, f"^{BLANK}+", "")
    offsets = _offsets_in_row(segments.with_values(lengths)) + lengths - _length(bodies)
    bodies = _without_blanks_after(bodies)
    kept = bodies != ""
    return (
        tf.boolean_mask(segments.value_rowids(), kept),
        tf.boolean_mask(bodies, kept),
        tf.boolean_mask(offsets, kept),
    )


def _pieces(bodies: tf.Tensor) -> tf.RaggedTensor:
    """Cuts segments [S] after each candidate and marks where its stop starts.

    "In the U.S. it rains. Yes." gives "In the U.S|. ", "it rains|. " and "Yes|.".
    """
    rules = sentence_rules()
    candidate = rules.expand(rules.data["candidate"])
    bodies = tf.strings.regex_replace(bodies, candidate, f"{LINE_START}\\0{BOUNDARY}")
    return tf.strings.split(tf.strings.regex_replace(bodies, f"{BOUNDARY}$", ""), BOUNDARY)


def _halves(pieces: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Pieces [P] -> what stands before the mark and what after."""
    halves = tf.strings.split(pieces, LINE_START, maxsplit=1).to_tensor("", shape=[None, 2])
    return halves[:, 0], halves[:, 1]


def _last_word(before: tf.Tensor) -> tf.Tensor:
    """What follows the last white space within reach: "" where that is all."""
    reach = tf.fill(tf.shape(before), sentence_rules().context)
    start = tf.maximum(tf.strings.length(before, "UTF8_CHAR") - reach, 0)
    head = tf.strings.substr(before, start, reach, "UTF8_CHAR")
    return tf.strings.regex_replace(head, f"(?s)^.*{BLANK}", "")


def _first_word(after: tf.Tensor) -> tf.Tensor:
    word = tf.strings.regex_replace(after, f"(?s){BLANK}.*$", "")
    return tf.strings.substr(word, 0, sentence_rules().context, "UTF8_CHAR")


def _joins(word: tf.Tensor, next_word: tf.Tensor) -> tf.Tensor:
    """Whether the words before and after each candidate stay in one sentence: bool [N]."""
    rules = sentence_rules()
    prefix = f"^{rules.expand(rules.data['prefix'])}"
    bare = lower(tf.strings.regex_replace(word, prefix, "", False))
    bare = tf.strings.regex_replace(bare, "[.]$", "")
    joins = tf.zeros_like(word, tf.bool)
    open_still = tf.ones_like(word, tf.bool)
    for row in rules.data["decisions"]:
        matches = open_still
        if "words" in row:
            words = "|".join(map(re.escape, rules.data["lists"][row["words"]]))
            matches &= tf.strings.regex_full_match(bare, words)
        for text, key in ((word, "word"), (next_word, "next")):
            if key in row:
                matches &= tf.strings.regex_full_match(text, rules.expand(row[key]))
        if row["then"] == "join":
            joins |= matches
        open_still &= ~matches
    return joins


def _list_numbers(
    pieces: tf.Tensor, lengths: tf.Tensor, opens: tf.Tensor, cuts: tf.Tensor
) -> tf.Tensor:
    """Which pieces are a list number alone after a boundary, and stay with what follows: bool [P].

    Whether a boundary is before a number depends, in a run of numbers ("1. 2. 3."), on the one
    before, which is cut off only if it stays with nothing: the answer alternates.
    """
    rules = sentence_rules()
    number = tf.strings.regex_full_match(pieces, rules.expand(rules.data["item_number"]))
    number &= cuts & (lengths < rules.context)
    run_opens = opens | ~_previous(number, False)
    index = tf.range(tf.size(pieces))
    runs = tf.cumsum(tf.cast(run_opens, tf.int32)) - 1
    run_start = tf.gather(tf.boolean_mask(index, run_opens), runs)
    boundary_before_run = tf.gather(opens | _previous(cuts, False), run_start)
    return number & (boundary_before_run == ((index - run_start) % 2 == 0))


def _normalized(texts: tf.Tensor) -> tf.Tensor:
    """Texts [N] as BERT's tokeniser normalises them, with spaces between its words."""
    table = character_table()
    codes = tf.strings.unicode_decode(texts, "UTF-8", errors="replace")
    code = codes.flat_values
    kind = tf.gather(table.kinds, tf.gather(table.pages, code // PAGE) * PAGE + code % PAGE)
    rows = tf.RaggedTensor.from_row_splits(table.values, table.splits, validate=False)
    becomes = tf.gather(rows, kind)
    itself = tf.gather(code, becomes.value_rowids())
    becomes = becomes.with_values(tf.where(becomes.values == ITSELF, itself, becomes.values))
    return tf.strings.unicode_encode(codes.with_values(becomes).merge_dims(1, 2), "UTF-8")


def _without_blanks_after(texts: tf.Tensor) -> tf.Tensor:
    return tf.strings.regex_replace(texts, f"{BLANK}+$", "")


def _offsets_in_row(lengths: tf.RaggedTensor) -> tf.Tensor:
    """Sum of the lengths before each in its row, for all rows in one."""
    sums = lengths.with_values(tf.cumsum(lengths.values, exclusive=True))
    return (sums - tf.reduce_min(sums, axis=1, keepdims=True)).values


def _previous(values: tf.Tensor, first: object) -> tf.Tensor:
    """Each value's predecessor."""
    return tf.concat([tf.cast([first], values.dtype), values], axis=0)[:-1]


def _next(values: tf.Tensor, last: object) -> tf.Tensor:
    """Each value's successor."""
    return tf.concat([values, tf.cast([last], values.dtype)], axis=0)[1:]


def _length(texts: tf.Tensor) -> tf.Tensor:
    """Code points of each text, int64."""
    return tf.cast(tf.strings.length(texts, "UTF8_CHAR"), tf.int64)

"""Written token ids -> text inside a TensorFlow graph: what `targets` and `detokenize` do.

`tests/text/test_written_text_graph.py` holds them together. What Python knows of characters
(letters, digits, capitals) comes with the vocabulary, as tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import tensorflow as tf

from bertsum_tf.text.detokenize import (
    APOSTROPHES,
    CLOSING,
    CONTRACTED,
    DOMAINS,
    JOINING,
    NAME_PREFIXES,
    OPENING,
    with_capital,
)
from bertsum_tf.text.graph import BLANK
from bertsum_tf.text.targets import TargetVocabulary
from bertsum_tf.text.wordpiece import continuation


class WrittenTextGraph(tf.Module):
    """Makes text of what a decoder wrote, in a TensorFlow graph.

    Args:
        vocabulary: the pieces in the order of their ids.
        marks: what begins, ends and splits.

    Example:
        >>> text = WrittenTextGraph(vocabulary, TargetVocabulary.of(vocabulary))
        >>> text.join(text(tf.constant([[2037, 2003, 4542, 1012, 3, 2339, 1029, 2]])))
    """

    def __init__(self, vocabulary: Sequence[str], marks: TargetVocabulary) -> None:
        super().__init__(name="written_text_graph")
        self._marks = marks
        rests = [continuation(piece) for piece in vocabulary]
        bodies = [rest or piece for rest, piece in zip(rests, vocabulary, strict=True)]

        def table(of: Callable[[str], object]) -> np.ndarray:
            return np.array([of(body) for body in bodies])

        self._continues = np.array([rest is not None for rest in rests])
        self._bodies = np.array([body.encode() for body in bodies], object)
        self._capitals = np.array([with_capital(body).encode() for body in bodies], object)
        self._lengths = table(len).astype(np.int32)
        self._has_alnum = table(lambda body: any(map(str.isalnum, body)))
        self._all_alnum = table(lambda body: all(map(str.isalnum, body)))
        self._all_alpha = table(lambda body: all(map(str.isalpha, body)))
        self._all_digits = table(lambda body: all(map(str.isdigit, body)))
        self._ends_in_digit = table(lambda body: body[-1:].isdigit())
        self._ends_in_s = table(lambda body: body.endswith("s"))

    # A function of its own, so that its tables stand once in a graph that calls it several times.
    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None, None], tf.int32)])
    def __call__(self, ids: tf.Tensor) -> tf.RaggedTensor:
        """Written ids -> the sentences, without those that are "".

        Args:
            ids: int32 [B, U], of any content. What follows the first end mark is left out, and so
                are ids that the vocabulary does not have, such as -1.

        Returns:
            string, ragged [B, None].
        """
        marks = self._marks
        num_rows = tf.shape(ids)[0]
        before_end = tf.cumsum(tf.cast(ids == marks.end_id, tf.int32), axis=1) == 0
        sentence = tf.cumsum(tf.cast(ids == marks.split_id, tf.int32), axis=1)
        sentence += tf.range(num_rows)[:, None] * (tf.shape(ids)[1] + 1)
        kept = before_end & (ids >= 0) & (ids < len(self._bodies))
        kept &= (ids != marks.begin_id) & (ids != marks.split_id)
        rows = tf.boolean_mask(tf.broadcast_to(tf.range(num_rows)[:, None], tf.shape(ids)), kept)
        is_first = _differs(tf.boolean_mask(sentence, kept))
        texts = self._detokenize(tf.boolean_mask(ids, kept), is_first)
        row = tf.boolean_mask(rows, is_first)
        return tf.RaggedTensor.from_value_rowids(
            tf.boolean_mask(texts, texts != ""),
            tf.boolean_mask(tf.cast(row, tf.int64), texts != ""),
            nrows=tf.cast(num_rows, tf.int64),
        )

    def join(self, sentences: tf.RaggedTensor) -> tf.Tensor:
        """The summaries: sentences on one line, single blanks between words and sentences.

        Args:
            sentences: string, ragged [B, None].

        Returns:
            string [B].
        """
        lines = tf.strings.regex_replace(sentences.values, f"{BLANK}+", " ")
        lines = tf.strings.regex_replace(lines, "^ | $", "")
        return tf.strings.reduce_join(sentences.with_values(lines), axis=1, separator=" ")

    def _detokenize(self, ids: tf.Tensor, opens_sentence: tf.Tensor) -> tf.Tensor:
        """`detokenize` of N sentences.

        Args:
            ids: int32 [P], pieces.
            opens_sentence: bool [P], whether a sentence begins with the piece.

        Returns:
            string [N].
        """
        opens_word = opens_sentence | ~tf.gather(self._continues, ids)
        words = _Words(self, ids, opens_sentence, opens_word)
        before, after = words.blanks()
        blank = before & words.previous(after, False)
        piece_blank = tf.gather(blank, words.word_of_piece) & opens_word

        has_alnum = tf.cast(tf.gather(self._has_alnum, ids), tf.int32)
        sentence = _number(opens_sentence)
        is_capital = (has_alnum > 0) & (_count_before(has_alnum, opens_sentence) == 0)
        body = tf.where(is_capital, tf.gather(self._capitals, ids), tf.gather(self._bodies, ids))
        return tf.strings.unsorted_segment_join(
            tf.strings.join([tf.where(piece_blank, " ", ""), body]),
            sentence,
            _how_many(opens_sentence),
        )


class _Words:
    """The M words of all sentences, and what `detokenize` asks of them."""

    def __init__(
        self, tables: WrittenTextGraph, ids: tf.Tensor, opens_sentence: tf.Tensor, opens: tf.Tensor
    ) -> None:
        self.word_of_piece = _number(opens)
        count = _how_many(opens)
        self.is_first = tf.boolean_mask(opens_sentence, opens)
        self.text = tf.strings.unsorted_segment_join(
            tf.gather(tables._bodies, ids), self.word_of_piece, count
        )
        self.length = tf.math.unsorted_segment_sum(
            tf.gather(tables._lengths, ids), self.word_of_piece, count
        )

        def whole(table: np.ndarray) -> tf.Tensor:
            """Whether it holds for all of a word's characters, and there is one."""
            values = tf.cast(tf.gather(table, ids), tf.int32)
            smallest = tf.math.unsorted_segment_min(values, self.word_of_piece, count)
            return (smallest > 0) & (self.length > 0)

        closes = tf.concat([opens[1:], tf.ones_like(opens[:1])], axis=0)
        last = tf.boolean_mask(ids, closes)
        self.is_alnum = whole(tables._all_alnum)
        self.is_digits = whole(tables._all_digits)
        self.is_letter = whole(tables._all_alpha) & (self.length == 1)
        self.ends_in_digit = tf.gather(tables._ends_in_digit, last)
        self.ends_in_s = tf.gather(tables._ends_in_s, last)

    def previous(self, values: tf.Tensor, of_none: object) -> tf.Tensor:
        """Each word's predecessor in its sentence."""
        nothing = tf.cast([of_none], values.dtype)
        shifted = tf.concat([nothing, values], axis=0)[:-1]
        return tf.where(self.is_first, nothing, shifted)

    def following(self, values: tf.Tensor, of_none: object) -> tf.Tensor:
        """Each word's successor in its sentence."""
        nothing = tf.cast([of_none], values.dtype)
        is_last = tf.concat([self.is_first, [True]], axis=0)[1:]
        return tf.where(is_last, nothing, tf.concat([values, nothing], axis=0)[1:])

    def blanks(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Whether each word has a blank before and after it: bool [M] each."""
        word = self.text
        previous, following = self.previous(word, ""), self.following(word, "")
        never, always = tf.zeros_like(self.is_first), tf.ones_like(self.is_first)
        within = self.previous(self.is_alnum, False) & self.following(self.is_alnum, False)
        within &= _among(following, CONTRACTED) | _among(previous, NAME_PREFIXES)
        double, single = word == '"', word == "'"
        closes_double = _count_before(tf.cast(double, tf.int32), self.is_first) % 2 == 1
        closes_single = self._closing_singles(single & ~within)
        # As in `detokenize`, the first that holds; each with its blanks before and after.
        cases = [
            (double, ~closes_double, closes_double),
            (_among(word, APOSTROPHES) & within, never, never),
            (single, ~closes_single, closes_single),
            (_among(word, JOINING) & (word == previous), never, always),
            (_among(word, JOINING), word == following, never),
            (_among(word, OPENING), always, never),
            (word == "*", word != previous, word != following),
            (_among(word, CLOSING), never, ~self._belongs_together()),
        ]
        before, after = always, always
        for holds, has_before, has_after in reversed(cases):
            before = tf.where(holds, has_before, before)
            after = tf.where(holds, has_after, after)
        return before, after

    def _belongs_together(self) -> tf.Tensor:
        """Whether a closing mark has no blank after it: bool [M]."""
        word, following = self.text, self.following(self.text, "")
        digits = self.previous(self.ends_in_digit, False) & self.following(self.is_digits, False)
        length = self.following(self.length, 0)
        letters = self.previous(self.is_letter, False) & self.following(self.is_letter, False)
        abbreviation = letters & (self.following(following, "") == ".")
        domain = _among(following, DOMAINS) & self.previous(self.is_alnum, False)
        return (
            ((word == ".") & (abbreviation | domain | digits))
            | ((word == ",") & digits & (length == 3))
            | ((word == ":") & digits & (length == 2))
        )

    def _closing_singles(self, is_quote: tf.Tensor) -> tf.Tensor:
        """Which of the straight single quotes of a sentence close: bool [M].

        Whether one opens depends on all before it: one turn for each quote of the sentence that has
        the most.
        """
        sentence = tf.boolean_mask(_number(self.is_first), is_quote)
        quotes = tf.RaggedTensor.from_value_rowids(
            tf.boolean_mask(self.previous(self.ends_in_s, False), is_quote),
            tf.cast(sentence, tf.int64),
            nrows=tf.cast(_how_many(self.is_first), tf.int64),
        )
        counts = tf.cast(quotes.row_lengths(), tf.int32)
        after_s = quotes.to_tensor(False)

        def turn(
            number: tf.Tensor, is_open: tf.Tensor, closing: tf.Tensor
        ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            left = counts - number
            plural = after_s[:, number] & (left % 2 == tf.where(is_open, 0, 1))
            closes = is_open | plural | (left == 1)
            is_open = tf.where(closes, is_open & plural, True)
            return number + 1, is_open, tf.concat([closing, closes[:, None]], axis=1)

        _, _, closing = tf.while_loop(
            lambda number, *_: number < tf.shape(after_s)[1],
            turn,
            (0, tf.zeros_like(counts, tf.bool), tf.zeros([tf.size(counts), 0], tf.bool)),
            shape_invariants=(
                tf.TensorShape([]),
                tf.TensorShape([None]),
                tf.TensorShape([None, None]),
            ),
        )
        of_quotes = tf.boolean_mask(closing, tf.sequence_mask(counts, tf.shape(after_s)[1]))
        return tf.tensor_scatter_nd_update(tf.zeros_like(is_quote), tf.where(is_quote), of_quotes)


def _among(words: tf.Tensor, these: Iterable[str]) -> tf.Tensor:
    return tf.reduce_any(words[:, None] == tf.constant(sorted(these)), axis=1)


def _differs(values: tf.Tensor) -> tf.Tensor:
    """Whether each value is another one than the one before it; the first is."""
    return tf.concat([tf.ones_like(values[:1], tf.bool), values[1:] != values[:-1]], axis=0)


def _number(opens: tf.Tensor) -> tf.Tensor:
    """The number of the run that each is in, given what opens one."""
    return tf.cumsum(tf.cast(opens, tf.int32)) - 1


def _how_many(opens: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.cast(opens, tf.int32))


def _count_before(values: tf.Tensor, opens: tf.Tensor) -> tf.Tensor:
    """The sum of the values before each in its run."""
    sums = tf.cumsum(values, exclusive=True)
    return sums - tf.gather(tf.boolean_mask(sums, opens), _number(opens))

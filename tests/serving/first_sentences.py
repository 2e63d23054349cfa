"""A SavedModel with the signatures of an exported summariser and a rule that a reader can follow.

A sentence ends before ". ", its score is its length, and the first ones are chosen.
"""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf

NUM_SENTENCES = 3


class FirstSentences(tf.Module):
    def sentences(self, documents):
        pieces = tf.strings.split(documents, ". ").to_tensor("")
        lengths = tf.strings.length(pieces, unit="UTF8_CHAR")
        starts = tf.cumsum(lengths + len(". "), axis=1, exclusive=True)
        exists = lengths > 0
        return [tf.ragged.boolean_mask(each, exists) for each in (pieces, starts, lengths)]

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="documents")])
    def score(self, documents):
        sentences, starts, lengths = self.sentences(documents)
        start, length = starts.to_tensor(), lengths.to_tensor()
        return {
            "sentences": sentences.to_tensor(""),
            "start": start,
            "end": start + length,
            "scores": tf.cast(length, tf.float32) / 3,
            "selected": (tf.cumsum(tf.ones_like(start), axis=1) <= NUM_SENTENCES) & (length > 0),
            "sentence_count": tf.cast(sentences.row_lengths(), tf.int32),
        }

    @tf.function(
        input_signature=[
            tf.TensorSpec([None], tf.string, name="documents"),
            tf.TensorSpec([None], tf.int32, name="num_sentences"),
        ]
    )
    def summarize(self, documents, num_sentences):
        sentences = self.sentences(documents)[0].to_tensor("")
        place = tf.cumsum(tf.ones_like(sentences, tf.int32), axis=1)
        chosen = (place <= num_sentences[:, None]) & (sentences != "")
        words = tf.ragged.boolean_mask(sentences, chosen)
        return {"summary": tf.strings.reduce_join(words, axis=-1, separator=" ")}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="documents")])
    def serve(self, documents):
        return self.summarize(documents, tf.fill(tf.shape(documents), NUM_SENTENCES))


def saved_model(folder: Path) -> Path:
    """Writes version 1 of a model, and returns the folder that holds its versions."""
    module = FirstSentences()
    tf.saved_model.save(
        module,
        str(folder / "1"),
        signatures={
            "serving_default": module.serve,
            "summarize": module.summarize,
            "score": module.score,
        },
    )
    return folder

"""What follows from a document's token ids: masks, segments, and the sentence of each token."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from bertsum_tf.text.packing import slots as slots_of

# A tensor of whichever Keras backend is running.
Tensor = Any


@keras.saving.register_keras_serializable(package="bertsum_tf")
class DocumentStructure(keras.layers.Layer):
    """Reads the structure of packed documents off their token ids.

    A packed window is `[CLS] s1 [SEP] [CLS] s2 [SEP] ... [PAD]*` (Liu & Lapata, 2019, "Text
    Summarization with Pretrained Encoders", section 3.1). A window of `T` tokens has
    `S = T // 8` sentence slots; slot `i` is the sentence that the i-th
    [CLS] opens. So the number of slots is known from the shape alone, which is what compilers for
    accelerators and phones need.

    Call arguments:
        token_ids: int32 `[B, T]`.

    Returns a dictionary:
        segment_ids: int32 `[B, T]`. Interval segments: A, B, A, ... from sentence to sentence.
        padding_mask: bool `[B, T]`, True for tokens.
        sentence_mask: bool `[B, S]`, True for slots that hold a sentence.
        membership: float32 `[B, S, T]`, 1 where slot `s` is pooled from token `t`.

    Args:
        cls_id: int. The id of [CLS].
        sep_id: int. The id of [SEP].
        pad_id: int. The id of [PAD].
        pooling: `"cls"` or `"mean"`. Whether a sentence is pooled from its [CLS], as in the paper,
            or from its own word pieces, without [CLS] and [SEP].
        interval_segments: bool. False gives every token segment 0.
    """

    def __init__(
        self,
        cls_id: int,
        sep_id: int,
        pad_id: int,
        pooling: str = "mean",
        interval_segments: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.cls_id = cls_id
        self.sep_id = sep_id
        self.pad_id = pad_id
        self.pooling = pooling
        self.interval_segments = interval_segments

    def call(self, token_ids: Tensor) -> dict[str, Tensor]:
        """Masks, segments and membership; see the class."""
        length = ops.shape(token_ids)[1]
        is_cls = ops.equal(token_ids, self.cls_id)
        is_pad = ops.equal(token_ids, self.pad_id)
        # The slot of each token: -1 before the first [CLS]; padding repeats the last sentence's.
        sentence = ops.cumsum(ops.cast(is_cls, "int32"), axis=1) - 1
        slots = ops.arange(slots_of(length), dtype="int32")

        if self.pooling == "cls":
            pooled = is_cls
        else:
            is_special = ops.logical_or(is_cls, ops.equal(token_ids, self.sep_id))
            pooled = ops.logical_not(ops.logical_or(is_special, is_pad))
        in_slot = ops.equal(sentence[:, None, :], slots[None, :, None])
        membership = ops.logical_and(in_slot, pooled[:, None, :])

        if self.interval_segments:
            segment_ids = ops.where(is_pad, 0, ops.mod(ops.maximum(sentence, 0), 2))
        else:
            segment_ids = ops.zeros_like(token_ids)

        # Position 0 is a token in every real window. It counts as one, and slot 0 as a sentence
        # (see `InterSentenceTransformer`), in windows of nothing but padding too, which fill up
        # batches of a fixed size: a softmax over nothing would be NaN.
        first = ops.equal(ops.arange(length, dtype="int32"), 0)
        return {
            "segment_ids": ops.cast(segment_ids, "int32"),
            "padding_mask": ops.logical_or(ops.logical_not(is_pad), first[None, :]),
            "sentence_mask": slots[None, :] <= sentence[:, -1:],
            "membership": ops.cast(membership, "float32"),
        }

    def compute_output_spec(self, token_ids: Tensor) -> dict[str, keras.KerasTensor]:
        """Shapes and dtypes of what `call` returns."""
        batch, length = token_ids.shape
        slots = None if length is None else slots_of(length)
        return {
            "segment_ids": keras.KerasTensor((batch, length), dtype="int32"),
            "padding_mask": keras.KerasTensor((batch, length), dtype="bool"),
            "sentence_mask": keras.KerasTensor((batch, slots), dtype="bool"),
            "membership": keras.KerasTensor((batch, slots, length), dtype="float32"),
        }

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {
            **super().get_config(),
            "cls_id": self.cls_id,
            "sep_id": self.sep_id,
            "pad_id": self.pad_id,
            "pooling": self.pooling,
            "interval_segments": self.interval_segments,
        }

"""What travels with a converted model, in one file: vocabulary, sentence rules, limits, a card."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

from bertsum_tf.engines.litert_file import (
    CHARACTERS_FILE,
    FORMAT_VERSION,
    LIMITS_FILE,
    MODEL_CARD_FILE,
    RULES_FILE,
    VOCABULARY_FILE,
    packing_limits,
)
from bertsum_tf.exporters.tflite_metadata import (
    AssociatedFile,
    FileType,
    ModelMetadata,
    Tensor,
    add_metadata,
    append_files,
    encode_metadata,
)
from bertsum_tf.selection import MIN_CANDIDATE_PIECES, NUM_SENTENCES
from bertsum_tf.text.characters import ITSELF, PAGE, character_table
from bertsum_tf.text.sentences import rules_sha256
from bertsum_tf.text.wordpiece import MAX_WORD_CHARACTERS
from bertsum_tf.version import __version__

if TYPE_CHECKING:
    from bertsum_tf.models import BertSumExtractive

Quantization = Literal["none", "float16", "dynamic", "int4", "int8"]

QUANTIZATIONS: dict[Quantization, str] = {
    "none": "float32",
    "float16": "float16 weights; computed in float32 on a CPU",
    "dynamic": "int8 weights; activations are rounded to int8 as they come",
    "int4": "4-bit weights in the token embedding, the last feed-forward blocks and the head, int8 "
    "weights elsewhere; activations are rounded to int8 as they come",
    "int8": "int8 weights, multiplied with int8 activations by ranges from sample documents",
}

# Windows of these lengths have signatures of their own, and so has the longest window of the model.
# Of windows of news every sixth is between 256 and 384 tokens long; that signature summarises 7 %
# more documents a second for 0.1 MB.
WINDOW_LENGTHS = (128, 256, 384, 512)

METADATA = ModelMetadata(
    name="bertsum",
    description="Scores the sentences of a document: the highest are its summary.",
    version=__version__,
    author="bertsum-tf",
    license="That of the BERT and of the articles it was trained with.",
    inputs=[Tensor("token_ids", "[CLS] s1 [SEP] [CLS] s2 [SEP] ... [PAD]*, int32 [1, T].")],
    outputs=[Tensor("scores", "One logit a sentence, in order, float32 [1, T // 8].")],
)


def self_contained(flatbuffer: bytes, model: BertSumExtractive, quantize: Quantization) -> bytes:
    """Puts all that a runtime needs into and behind a converted model.

    Args:
        flatbuffer: what TensorFlow's converter gave.
        model: the model that it was given.
        quantize: how it was quantized.

    Returns:
        The content of a `.tflite` file, as `bertsum_tf.engines.litert_file` describes it.
    """
    vocabulary = "\n".join(model.preprocessor.word_piece.vocabulary) + "\n"
    files = [
        AssociatedFile(
            VOCABULARY_FILE,
            "BERT's word pieces, one a line: the line number is the id.",
            FileType.VOCABULARY,
            vocabulary.encode(),
        ),
        AssociatedFile(
            RULES_FILE,
            "How text is split into sentences.",
            FileType.UNKNOWN,
            resources.files("bertsum_tf.text").joinpath(RULES_FILE).read_bytes(),
        ),
        AssociatedFile(
            CHARACTERS_FILE,
            "What BERT's tokeniser makes of each character.",
            FileType.UNKNOWN,
            characters().encode(),
        ),
        AssociatedFile(
            LIMITS_FILE,
            "How sentences are packed into windows and chosen by their scores.",
            FileType.UNKNOWN,
            b"",  # has the hash of the model, which has the names of these files
        ),
        AssociatedFile(
            MODEL_CARD_FILE,
            "What the model is.",
            FileType.DESCRIPTIONS,
            model_card(model, quantize).encode(),
        ),
    ]
    flatbuffer = add_metadata(flatbuffer, encode_metadata(METADATA, files))
    content = json.dumps(limits(model, quantize, flatbuffer), indent=1) + "\n"
    return append_files(
        flatbuffer,
        [
            replace(file, content=content.encode()) if file.name == LIMITS_FILE else file
            for file in files
        ],
    )


def characters() -> str:
    """The content of `characters.json`: the `CharacterTable`, its page length and `ITSELF`."""
    table = {name: column.tolist() for name, column in character_table()._asdict().items()}
    return json.dumps({"page": PAGE, "itself": ITSELF, **table}, separators=(",", ":"))


def window_lengths(model: BertSumExtractive) -> tuple[int, ...]:
    """The tokens of each signature, ascending; the last is the model's longest window."""
    longest = model.preprocessor.sequence_length
    return (*(length for length in WINDOW_LENGTHS if length < longest), longest)


def limits(model: BertSumExtractive, quantize: Quantization, flatbuffer: bytes) -> dict[str, Any]:
    """The content of `limits.json`: all that a runtime needs beside rules and vocabulary.

    Args:
        model: the model.
        quantize: how it was quantized.
        flatbuffer: the converted model, all that stands before the archive.
    """
    word_piece = model.preprocessor.word_piece
    lengths = window_lengths(model)
    return {
        "format_version": FORMAT_VERSION,
        "package_version": __version__,
        "quantize": quantize,
        "model_bytes": len(flatbuffer),
        "model_sha256": hashlib.sha256(flatbuffer).hexdigest(),
        "rules_sha256": rules_sha256(),
        "vocabulary_sha256": word_piece.sha256,
        "window_lengths": list(lengths),
        "max_window_tokens": lengths[-1],
        **packing_limits(),
        "max_word_characters": MAX_WORD_CHARACTERS,
        "min_candidate_pieces": MIN_CANDIDATE_PIECES,
        "num_sentences": NUM_SENTENCES,
        "pad_id": word_piece.pad_id,
        "unk_id": word_piece.unk_id,
        "cls_id": word_piece.cls_id,
        "sep_id": word_piece.sep_id,
    }


def model_card(model: BertSumExtractive, quantize: Quantization) -> str:
    """The content of `model_card.md`."""
    backbone = model.backbone
    return f"""# Extractive summariser

BERTSUM (Liu & Lapata, 2019, arXiv 1908.08345): scores every sentence of a document; the best are
the summary, word for word. Exported by bertsum-tf {__version__}.

| | |
| --- | --- |
| Backbone | BERT, {backbone.num_layers} layers of width {backbone.hidden_dim} |
| Head | {model.head}, {model.pooling} pooling |
| Parameters | {model.count_params():,} |
| Numbers | {quantize}: {QUANTIZATIONS[quantize]} |
| Windows | {", ".join(map(str, window_lengths(model)))} tokens, signatures `score_<tokens>` |
| Input | `token_ids`, int32 [1, T]: `[CLS] s1 [SEP] [CLS] s2 [SEP] ... [PAD]*` |
| Output | `scores`, float32 [1, T // 8]: one logit a sentence, in order |

`vocab.txt`, `sentence_rules.json`, `characters.json` and `limits.json` lie beside this card, in the
zip archive behind the model (`unzip -l` lists them).

It picks sentences and writes none; it checks no fact. Scores compare the sentences of one document.
"""

"""What travels with a converted model, in one file: vocabulary, sentence rules, limits, a card."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING, Any

from bertsum_tf.choices import Quantization
from bertsum_tf.decoding import Beam, Limits
from bertsum_tf.engines.litert_file import (
    CHARACTERS_FILE,
    FORMAT_VERSIONS,
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
from bertsum_tf.exporters.tflite_writer import decode_steps
from bertsum_tf.selection import MIN_CANDIDATE_PIECES, NUM_SENTENCES
from bertsum_tf.text.characters import ITSELF, PAGE, character_table
from bertsum_tf.text.sentences import rules_sha256
from bertsum_tf.text.wordpiece import MAX_WORD_CHARACTERS
from bertsum_tf.version import __version__

if TYPE_CHECKING:
    from bertsum_tf.models import BertSumAbstractive, BertSumExtractive

QUANTIZATION_TEXTS: dict[Quantization, str] = {
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

_TOKEN_IDS = Tensor("token_ids", "[CLS] s1 [SEP] [CLS] s2 [SEP] ... [PAD]*, int32 [1, T].")

METADATA = ModelMetadata(
    name="bertsum",
    description="Scores the sentences of a document: the highest are its summary.",
    version=__version__,
    author="bertsum-tf",
    license="That of the BERT and of the articles it was trained with.",
    inputs=[_TOKEN_IDS],
    outputs=[Tensor("scores", "One logit a sentence, in order, float32 [1, T // 8].")],
)

# Of the first graph, which reads the longest windows.
METADATA_OF_A_WRITER = replace(
    METADATA,
    description="Writes the summary of a document, word piece by word piece.",
    outputs=[
        Tensor("memory", "What each layer of the decoder attends to, and where there are tokens.")
    ],
)


def writes(model: BertSumExtractive | BertSumAbstractive) -> bool:
    """Whether a model writes summaries instead of choosing sentences."""
    return hasattr(model, "decoder")


def self_contained(
    flatbuffer: bytes, model: BertSumExtractive | BertSumAbstractive, quantize: Quantization
) -> bytes:
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
            "How sentences are packed into windows, and chosen by their scores or written.",
            FileType.UNKNOWN,
            b"",  # has the hash of the model, which has the names of these files
        ),
        AssociatedFile(
            MODEL_CARD_FILE,
            "What the model is.",
            FileType.DESCRIPTIONS,
            (writers_card if writes(model) else model_card)(model, quantize).encode(),
        ),
    ]
    metadata = METADATA_OF_A_WRITER if writes(model) else METADATA
    flatbuffer = add_metadata(flatbuffer, encode_metadata(metadata, files))
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


def window_lengths(model: BertSumExtractive | BertSumAbstractive) -> tuple[int, ...]:
    """The tokens of each signature, ascending; the last is the model's longest window."""
    longest = model.preprocessor.sequence_length
    return (*(length for length in WINDOW_LENGTHS if length < longest), longest)


def limits(
    model: BertSumExtractive | BertSumAbstractive, quantize: Quantization, flatbuffer: bytes
) -> dict[str, Any]:
    """The content of `limits.json`: all that a runtime needs beside rules and vocabulary.

    Args:
        model: the model.
        quantize: how it was quantized.
        flatbuffer: the converted model, all that stands before the archive.
    """
    word_piece = model.preprocessor.word_piece
    lengths = window_lengths(model)
    task = "abstractive" if writes(model) else "extractive"
    return {
        "format_version": FORMAT_VERSIONS[task],
        "task": task,
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
        **(_limits_of_writing(model) if writes(model) else _limits_of_choice()),
        "pad_id": word_piece.pad_id,
        "unk_id": word_piece.unk_id,
        "cls_id": word_piece.cls_id,
        "sep_id": word_piece.sep_id,
    }


def _limits_of_choice() -> dict[str, Any]:
    return {"min_candidate_pieces": MIN_CANDIDATE_PIECES, "num_sentences": NUM_SENTENCES}


def _limits_of_writing(model: BertSumAbstractive) -> dict[str, Any]:
    """What a driver of the signatures needs, and how summaries are searched for if nobody says."""
    marks, beam = model.target_vocabulary, Beam()
    min_tokens, max_tokens = Limits().of(model.max_target_tokens)
    return {
        "begin_id": marks.begin_id,
        "end_id": marks.end_id,
        "split_id": marks.split_id,
        "never_written": sorted(marks.never_written),
        "decoder_layers": model.decoder_num_layers,
        "max_target_tokens": model.max_target_tokens,
        "decode_steps": [step._asdict() for step in decode_steps(model)],
        "beam_size": beam.size,
        "length_penalty": beam.length_penalty,
        "block_trigrams": Limits().block_trigrams,
        "min_tokens": min_tokens,
        "max_tokens": max_tokens,
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
| Numbers | {quantize}: {QUANTIZATION_TEXTS[quantize]} |
| Windows | {", ".join(map(str, window_lengths(model)))} tokens, signatures `score_<tokens>` |
| Input | `token_ids`, int32 [1, T]: `[CLS] s1 [SEP] [CLS] s2 [SEP] ... [PAD]*` |
| Output | `scores`, float32 [1, T // 8]: one logit a sentence, in order |

`vocab.txt`, `sentence_rules.json`, `characters.json` and `limits.json` lie beside this card, in the
zip archive behind the model (`unzip -l` lists them).

It picks sentences and writes none; it checks no fact. Scores compare the sentences of one document.
"""


def writers_card(model: BertSumAbstractive, quantize: Quantization) -> str:
    """The content of `model_card.md` of a model that writes."""
    backbone = model.backbone
    steps = ", ".join(f"`{step.signature}`" for step in decode_steps(model))
    return f"""# Abstractive summariser

BERTSUM (Liu & Lapata, 2019, arXiv 1908.08345): writes a summary, word piece by word piece. Exported
by bertsum-tf {__version__}.

| | |
| --- | --- |
| Encoder | BERT, {backbone.num_layers} layers of width {backbone.hidden_dim} |
| Decoder | Transformer, {model.decoder_num_layers} layers of {model.decoder_num_heads} heads |
| Parameters | {model.count_params():,} |
| Numbers | {quantize}: {QUANTIZATION_TEXTS[quantize]} |
| Windows | {", ".join(map(str, window_lengths(model)))} tokens, signatures `encode_<tokens>` |
| Steps | {steps}: `decode_step_<beams>_<tokens>` |
| Longest summary | {model.max_target_tokens} tokens |

`vocab.txt`, `sentence_rules.json`, `characters.json` and `limits.json` lie beside this card, in the
zip archive behind the model (`unzip -l` lists them).

What it writes may be untrue: compare it with the document.
"""

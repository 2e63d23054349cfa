"""BERT's uncased pieces, whatever the text holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bertsum_tf.errors import BertsumError
from bertsum_tf.text.wordpiece import WordPiece

# Text, and its pieces in the vocabulary of uncased BERT, found by hand in its `vocab.txt`: the
# longest piece first, from left to right.
PIECES = [
    ("Prices rose.", "prices rose ."),
    ("PRICES ROSE", "prices rose"),
    ("", ""),
    (" \t\n ", ""),
    ("unaffable", "una ##ffa ##ble"),
    ("embeddings", "em ##bed ##ding ##s"),
    # Special tokens are text.
    ("[CLS]", "[ cl ##s ]"),
    ("[SEP] [PAD] [MASK]", "[ sep ] [ pad ] [ mask ]"),
    ("[UNK]", "[ un ##k ]"),
    ("##ing", "# # ing"),
    # Punctuation stands alone, also symbols of ASCII.
    ("U.S. (2-1)", "u . s . ( 2 - 1 )"),
    ("it's “new”…", "it ' s “ new ” …"),
    ("$5 + 3%", "$ 5 + 3 %"),
    ("£5 20°", "£5 20 ##°"),
    # Accents go, whether they are composed or not.
    ("Café Šibenik", "cafe si ##ben ##ik"),
    ("Cafe\u0301", "cafe"),
    ("İstanbul", "istanbul"),
    # Letters are lower-cased one by one: no final sigma, no "ss" for a sharp s.
    ("ΣΑΣ", "σ ##α ##σ"),
    ("Straße", "st ##raße"),
    # Chinese characters are words, Japanese syllables are not.
    ("中国", "中 国"),
    ("a中b", "a 中 b"),
    ("かな", "か ##な"),
    # Control characters and U+FFFD vanish; white space of any kind parts words.
    ("pri\u0000ces\ufffd ro\u200bse", "prices rose"),
    ("prices\u00a0rose\u3000fell\u2028again", "prices rose fell again"),
    # A word of more than 100 characters, or with a letter that is in no piece, is unknown.
    ("a" * 101, "[UNK]"),
    ("prices ऄऄ rose", "prices [UNK] rose"),
    ("😀", "[UNK]"),
    ("price😀", "[UNK]"),
]


@pytest.mark.parametrize(("text", "pieces"), PIECES)
def test_pieces_of_uncased_bert(minilm_vocabulary, text, pieces):
    word_piece = WordPiece(minilm_vocabulary)
    ids = {piece: index for index, piece in enumerate(minilm_vocabulary)}

    assert word_piece.encode([text]) == [[ids[piece] for piece in pieces.split()]]


def test_ids_of_uncased_bert(minilm_vocabulary):
    word_piece = WordPiece(minilm_vocabulary)

    assert word_piece.encode(["Prices rose.", "Why?"]) == [[7597, 3123, 1012], [2339, 1029]]
    assert word_piece.encode(["[CLS]"]) == [[1031, 18856, 2015, 1033]]
    ids = (word_piece.pad_id, word_piece.unk_id, word_piece.cls_id, word_piece.sep_id)
    assert ids == (0, 100, 101, 102)


def test_words_of_100_characters_are_spelt_and_longer_ones_are_not(small_vocabulary):
    word_piece = WordPiece(small_vocabulary)

    spelt, unknown = word_piece.encode(["é" * 100, "é" * 101])

    assert len(spelt) == 100
    assert word_piece.unk_id not in spelt
    assert unknown == [word_piece.unk_id]


def test_special_ids_are_found_by_name(small_vocabulary):
    word_piece = WordPiece(small_vocabulary)

    ids = (word_piece.pad_id, word_piece.unk_id, word_piece.cls_id, word_piece.sep_id)
    assert ids == (0, 2, 3, 4)


@pytest.mark.parametrize("token", ["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
def test_a_vocabulary_without_a_special_token_is_refused(small_vocabulary, token):
    with pytest.raises(BertsumError, match=rf"lacks \{token}: name the vocab.txt"):
        WordPiece([piece for piece in small_vocabulary if piece != token])


@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=50), max_size=5))
def test_no_text_gives_padding_or_marks(small_vocabulary, sentences):
    word_piece = WordPiece(small_vocabulary)

    encoded = word_piece.encode([*sentences, "[CLS][SEP] [PAD]\ud800"])

    assert len(encoded) == len(sentences) + 1
    special = {word_piece.pad_id, word_piece.cls_id, word_piece.sep_id}
    assert not special.intersection(*[set(ids) for ids in encoded])
    assert special.isdisjoint(index for ids in encoded for index in ids)


def test_a_lone_surrogate_is_dropped_like_other_broken_text(small_vocabulary):
    word_piece = WordPiece(small_vocabulary)

    assert word_piece.encode(["the \ud800cafe"]) == word_piece.encode(["the cafe"])


def test_sentences_are_independent(small_vocabulary):
    word_piece = WordPiece(small_vocabulary)
    sentences = ["The cafe.", "", "Prices rose and rose and rose."]

    together = word_piece.encode(sentences)

    assert together == [word_piece.encode([sentence])[0] for sentence in sentences]
    assert word_piece.encode([]) == []


@pytest.mark.parametrize("end", ["\n", ""])
def test_a_file_gives_the_same_pieces(tmp_path, small_vocabulary, end):
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(small_vocabulary) + end, encoding="utf-8")

    word_piece = WordPiece.from_file(path)

    assert word_piece.vocabulary == tuple(small_vocabulary)
    assert word_piece.sha256 == WordPiece(small_vocabulary).sha256


def test_the_hash_tells_vocabularies_apart(small_vocabulary):
    changed = [*small_vocabulary, "##y"]

    assert WordPiece(changed).sha256 != WordPiece(small_vocabulary).sha256


def test_a_file_that_is_none_says_what_to_do(tmp_path):
    binary = tmp_path / "model.bin"
    binary.write_bytes(b"\xff\xfe\x00\x80")

    for path in (tmp_path / "absent.txt", binary):
        with pytest.raises(BertsumError, match=r"can't be read .* name a vocab.txt in UTF-8"):
            WordPiece.from_file(path)

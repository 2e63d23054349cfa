"""Files of any kind give their text, or one sentence that says what to do."""

from __future__ import annotations

import codecs

import pytest

from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.text.text_file import decode, read_text

TEXT = "Café prices rose.\r\nWhy? — “Rain.”\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("utf-8"),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
    ],
    ids=["utf-8", "utf-8 with mark", "utf-16-le", "utf-16-be", "utf-32"],
)
def test_unicode_with_and_without_a_byte_order_mark(content):
    assert decode(content, "a.txt") == TEXT


def test_a_named_encoding():
    assert decode("Café".encode("latin-1"), "a.txt", "latin-1") == "Café"
    assert decode("Café".encode("utf-16-le"), "a.txt", "utf-16-le") == "Café"
    assert decode("Café".encode("utf-8-sig"), "a.txt", "utf-8") == "Café"


def test_another_encoding_than_utf_8():
    with pytest.raises(BertsumError) as error:
        decode("A café in town".encode("latin-1"), "a.txt")
    assert str(error.value) == (
        "a.txt is not in UTF-8 (at byte 5): name its encoding, for example --encoding latin-1."
    )


def test_half_a_character_in_utf_16():
    with pytest.raises(BertsumError, match=r"a\.txt is not in UTF-16"):
        decode(TEXT.encode("utf-16")[:-1], "a.txt")


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"PK\x03\x04\x14\x00\x06\x00",
        bytes(range(1, 32)) * 20,
        "UTF-16 without a mark".encode("utf-16-le"),
    ],
    ids=["png", "zip", "control characters", "utf-16"],
)
def test_binary_data(content):
    with pytest.raises(BertsumError, match=r"^a\.bin is not a text file: extract"):
        decode(content, "a.bin")


def test_nul_characters_in_a_named_encoding():
    with pytest.raises(BertsumError, match="holds NUL characters"):
        decode(b"a\0b", "a.txt", "utf-8")


def test_colours_of_a_terminal_are_text():
    assert decode(b"\x1b[1mBold\x1b[0m news", "a.txt").endswith("news")


def test_an_unknown_encoding_is_wrong_usage():
    with pytest.raises(UsageError, match="no text encoding 'klingon'"):
        decode(b"", "a.txt", "klingon")


def test_a_codec_that_gives_no_text_is_wrong_usage():
    with pytest.raises(UsageError, match="no text encoding 'hex'"):
        decode(b"00", "a.txt", "hex")


def test_a_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT.encode())
    assert read_text(str(path)) == TEXT


def test_files_that_can_not_be_read(tmp_path):
    for path, sentence in [
        (str(tmp_path / "missing.txt"), "missing.txt does not exist: check the path."),
        (str(tmp_path), "is a folder: name the files in it."),
        ("nul\0.txt", "can't be read"),
    ]:
        with pytest.raises(BertsumError, match=sentence):
            read_text(path)

"""A file -> its text, or one sentence that says what is wrong with the file."""

from __future__ import annotations

import codecs
import re
import sys
from contextlib import suppress

from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.storage_path import storage_path

STDIN = "-"

# What is said of a text of white space.
NO_TEXT = "holds no text: there is nothing to summarise."

# Longest first: the mark of UTF-32 starts with that of UTF-16.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# What a text in any 8-bit encoding hardly ever contains: the control characters, but for tab to
# carriage return, and escape. One among 50 of the first bytes is taken for a sign of binary data.
_CONTROL_BYTES = bytes({*range(32)} - {*range(9, 14), 27})
_SAMPLE_BYTES = 4096
_CONTROLS_PER_BYTES = 50

_HTML = re.compile(r"\s*(<\?xml[^>]*>\s*)?<(!doctype\s+html|html)\b", re.IGNORECASE)


def read_text(source: str, encoding: str | None = None) -> str:
    """Reads a text.

    Args:
        source: path of a file, see `bertsum_tf.storage_path`, or "-" for standard input.
        encoding: name of the encoding; None: what a byte order mark says, else UTF-8.

    Returns:
        The text without byte order mark, line ends as they are.

    Raises:
        UsageError: if there is no such encoding.
        BertsumError: if the file can't be read, is binary or HTML, or is in another encoding.
    """
    name = name_of(source)
    try:
        content = sys.stdin.buffer.read() if source == STDIN else storage_path(source).read_bytes()
    except FileNotFoundError:
        raise BertsumError(f"{name} does not exist: check the path.") from None
    except IsADirectoryError:
        raise BertsumError(f"{name} is a folder: name the files in it.") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise BertsumError(f"{name} can't be read ({reason}): check the file.") from error
    return decode(content, name, encoding)


def name_of(source: str) -> str:
    """What to call a source of text, see `read_text`."""
    return "standard input" if source == STDIN else source


def check_encoding(encoding: str | None) -> None:
    """Refuses a name that is not a text encoding's; None, for the default, is one.

    Raises:
        UsageError: if there is no such encoding, or, as of "hex", it is none of text.
    """
    try:
        with suppress(UnicodeError):
            "a".encode(encoding or "utf-8")  # decoding nothing would not look
    except LookupError:
        raise UsageError(
            f"There is no text encoding {encoding!r}: name one such as utf-8, utf-16 or latin-1."
        ) from None


def decode(content: bytes, name: str, encoding: str | None = None) -> str:
    """Decodes the content of a file, see `read_text`; `name` is what errors call it."""
    if encoding is None:
        marked = (mark for mark in _BYTE_ORDER_MARKS if content.startswith(mark[0]))
        mark = next(marked, None)
        if mark is None and _looks_binary(content):
            raise BertsumError(
                f"{name} is not a text file: extract its text first, or name its encoding if it "
                "is one (--encoding utf-16)."
            )
        encoding = "utf-8" if mark is None else mark[1]
    elif encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        encoding = "utf-8-sig"
    check_encoding(encoding)
    try:
        text = content.decode(encoding)
    except UnicodeError as error:
        place = f" (at byte {error.start:,})" if isinstance(error, UnicodeDecodeError) else ""
        raise BertsumError(
            f"{name} is not in {encoding.removesuffix('-sig').upper()}{place}: "
            "name its encoding, for example --encoding latin-1."
        ) from error
    if "\0" in text:
        raise BertsumError(
            f"{name} is not a text in {encoding.upper()} (it holds NUL characters): "
            "extract its text first, or name its encoding with --encoding."
        )
    if _HTML.match(text):
        raise BertsumError(
            f"{name} is a page of HTML: extract its text first, or its markup would be summarised."
        )
    return text


def _looks_binary(content: bytes) -> bool:
    sample = content[:_SAMPLE_BYTES]
    controls = len(sample) - len(sample.translate(None, _CONTROL_BYTES))
    return b"\0" in content or controls * _CONTROLS_PER_BYTES > len(sample)

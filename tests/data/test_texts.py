"""Files of several forms give texts to summarise, and nothing is lost."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from bertsum_tf.data.corpora import BadDocument, Document
from bertsum_tf.data.texts import find_files, holds_records, read_documents
from bertsum_tf.errors import UsageError


def test_files_come_in_the_order_of_the_patterns_then_of_their_names(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "B.txt", "c.jsonl", "deep/d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    names = [
        Path(file.path).relative_to(tmp_path).as_posix()
        for file in find_files(
            [f"{tmp_path}/*.jsonl", f"{tmp_path}/[ab].txt", f"{tmp_path}/**/*.txt"]
        )
    ]
    assert names == ["c.jsonl", "a.txt", "b.txt", "B.txt", "deep/d.txt"]
    assert [file.size for file in find_files([f"{tmp_path}/c.*"])] == [len("c.jsonl")]


def test_a_name_with_brackets_is_a_file_before_it_is_a_pattern(tmp_path: Path) -> None:
    path = str(tmp_path / "news[1].txt")
    Path(path).write_text("x")
    assert [file.path for file in find_files([path])] == [path]
    assert find_files([str(tmp_path)]) == [], "a folder is no file"


def test_a_plain_text_is_one_document(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("Öl. \r\nGas.".encode("utf-16"))
    assert list(read_documents(str(path))) == [Document(id=str(path), text="Öl. \r\nGas.")]
    path.write_bytes(b"caf\xe9")
    assert list(read_documents(str(path), "latin-1")) == [Document(id=str(path), text="café")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b" \n", "holds no text: there is nothing to summarise."),
        (b"\x7fELF\x01\x01\0\0", "is not a text file: extract its text first"),
        (None, "does not exist: check the path."),
    ],
)
def test_a_bad_text_is_told(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "a.txt"
    if content is not None:
        path.write_bytes(content)
    (bad,) = read_documents(str(path))
    assert isinstance(bad, BadDocument)
    assert bad.where == str(path)
    assert bad.reason.startswith(reason)


def test_json_lines_give_a_document_a_line_which_is_named_if_it_has_no_id(tmp_path: Path) -> None:
    lines = [
        json.dumps({"id": "x", "document": "One."}),
        "",
        json.dumps({"sentences": ["Two", "three"], "summary": "s"}),
        "{",
        json.dumps({"document": " "}),
    ]
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    assert holds_records(str(path)) and not holds_records("a.json")
    assert list(read_documents(str(path))) == [
        Document(id="x", text="One."),
        Document(f"{path} line 3", "Two three", reference="s", spans=((0, 3), (4, 9))),
        BadDocument(f"{path} line 4", "is not JSON"),
        BadDocument(f"{path} line 5", "holds no text: there is nothing to summarise."),
    ]


def test_a_file_that_breaks_off_is_told_after_what_could_be_read(tmp_path: Path) -> None:
    lines = [json.dumps({"document": f"Text {number} of {'x' * number}."}) for number in range(999)]
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode())[:-4])
    *good, bad = read_documents(str(path))
    assert all(isinstance(record, Document) for record in good)
    assert bad == BadDocument(str(path), "is a damaged gzip file; copy or download it again.")


def test_an_unknown_encoding_is_no_fault_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(UsageError, match="no text encoding 'klingon'"):
        list(read_documents(str(tmp_path / "a.txt"), "klingon"))

"""Files of this machine and of stores are named, found and read alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bertsum_tf.errors import BertsumError
from bertsum_tf.run_folder import claim, write_aside
from bertsum_tf.storage_path import File, matching_files, storage_path

pytest.importorskip("upath", reason="the extra 'train' or 'beam' is not installed")


@pytest.fixture(params=["here", "store"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty folder, of either kind."""
    if request.param == "here":
        yield str(tmp_path)
        return
    import fsspec

    yield "memory://folder"
    fsspec.filesystem("memory").store.clear()


def test_a_file_is_written_and_read(folder: str) -> None:
    path = storage_path(f"{folder}/news.jsonl")
    assert not path.is_file()
    write_aside(path, "first")
    write_aside(path, "second")
    assert path.read_text() == "second"
    assert [(entry.name, entry.suffix) for entry in storage_path(folder).iterdir()] == [
        ("news.jsonl", ".jsonl")
    ]


def test_files_are_found_by_patterns_in_the_order_of_their_paths(folder: str) -> None:
    for name, content in (("b/2.txt", "xx"), ("b/10.txt", "x"), ("a/1.txt", ""), ("c.md", "x")):
        path = storage_path(f"{folder}/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    assert matching_files(f"{folder}/b/*.txt") == [
        File(f"{folder}/b/10.txt", 1),
        File(f"{folder}/b/2.txt", 2),
    ]
    assert [file.path for file in matching_files(f"{folder}/**/*.txt")] == [
        f"{folder}/{name}" for name in ("a/1.txt", "b/10.txt", "b/2.txt")
    ]
    assert matching_files(f"{folder}/c.md") == [File(f"{folder}/c.md", 1)]
    assert matching_files(f"{folder}/*.html") == []


def test_a_folder_is_claimed_for_one_run(folder: str) -> None:
    run = storage_path(f"{folder}/run")
    claim(run, "settings.json", {"seed": 1}, results="model*")
    claim(run, "settings.json", {"seed": 2}, results="model*")
    write_aside(run / "model.bin", b"x")
    with pytest.raises(BertsumError, match=r"run holds a run with other settings or data \(see "):
        claim(run, "settings.json", {"seed": 1}, results="model*")


def test_a_store_that_there_is_none_of_is_told_in_one_sentence() -> None:
    with pytest.raises(BertsumError) as error:
        storage_path("shelf://news/a.txt")
    assert str(error.value).startswith("shelf://news/a.txt can't be reached: ")
    assert "\n" not in str(error.value)

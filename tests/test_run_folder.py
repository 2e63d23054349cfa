"""Writing a file of a run."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from bertsum_tf.run_folder import write_aside

posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes and links of POSIX")


def test_a_file_is_new_or_replaced_whole(tmp_path):
    path = tmp_path / "page.html"
    write_aside(path, "a café")
    assert path.read_bytes() == "a café".encode()
    before = path.stat().st_ino
    with path.open("rb") as reader:
        write_aside(path, b"new")
        assert reader.read() == "a café".encode(), "who reads the old one goes on reading it"
    assert (path.read_bytes(), path.stat().st_ino == before) == (b"new", False)
    assert os.listdir(tmp_path) == ["page.html"]


@posix
@pytest.mark.parametrize("exists", [True, False])
def test_of_a_link_the_target_is_written(tmp_path, exists):
    target, link = tmp_path / "target", tmp_path / "folder" / "link"
    link.parent.mkdir()
    link.symlink_to(Path("..") / "target")
    if exists:
        target.write_text("old")
    write_aside(link, "new")
    assert link.is_symlink()
    assert (target.is_symlink(), target.read_text()) == (False, "new")


@posix
def test_a_link_in_a_circle_is_an_error_of_the_system(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(OSError, match="symbolic links"):
        write_aside(tmp_path / "a", "new")
    assert (tmp_path / "a").is_symlink()


@posix
def test_a_pipe_is_written_into(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    heard: list[bytes] = []
    reader = threading.Thread(target=lambda: heard.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_aside(pipe, b"a page")
    reader.join(10)
    assert heard == [b"a page"]
    assert pipe.is_fifo()


@posix
def test_a_link_to_a_device_is_written_into(tmp_path):
    # Not /dev/null itself, which root would lose if this were to fail.
    (tmp_path / "null").symlink_to(os.devnull)
    write_aside(tmp_path / "null", b"a page")
    assert (tmp_path / "null").is_char_device()
    assert (tmp_path / "null").is_symlink()


def test_a_folder_stays(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        write_aside(tmp_path / "folder", b"a page")
    assert os.listdir(tmp_path) == ["folder"]

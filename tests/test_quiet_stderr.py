"""Loading without a word."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading

import pytest

from bertsum_tf.quiet_stderr import quiet_stderr


@pytest.fixture(autouse=True)
def no_debugging(monkeypatch):
    monkeypatch.delenv("BERTSUM_DEBUG", raising=False)


def test_what_the_process_writes_is_dropped_for_the_moment(capfd):
    os.write(2, b"before ")
    with quiet_stderr():
        os.write(2, b"a message of C++")
    os.write(2, b"after")
    assert capfd.readouterr().err == "before after"


def test_tensorflow_reports_nothing_below_a_warning_for_the_moment(caplog):
    logger = logging.getLogger("tensorflow")
    with caplog.at_level(logging.INFO, logger="tensorflow"):
        with quiet_stderr():
            logger.info("Assets written")
            logger.warning("No assets")
        logger.info("Later")
    assert [record.message for record in caplog.records] == ["No assets", "Later"]


def test_exceptions_pass_and_everything_is_as_before(capfd):
    with pytest.raises(ValueError, match="no model"), quiet_stderr():
        raise ValueError("no model")
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"
    assert not logging.getLogger("tensorflow").filters


def test_debugging_hears_everything(capfd, monkeypatch):
    monkeypatch.setenv("BERTSUM_DEBUG", "1")
    with quiet_stderr():
        os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


def test_threads_that_overlap_give_stderr_back(capfd):
    inside, first_is_out = threading.Event(), threading.Event()

    def second() -> None:
        with quiet_stderr():
            inside.set()
            first_is_out.wait(10)
            os.write(2, b"still in the second thread")

    before = os.fstat(2)
    thread = threading.Thread(target=second)
    with quiet_stderr():
        thread.start()
        assert inside.wait(10)
    assert os.path.samestat(os.fstat(2), os.stat(os.devnull)), "the second is still quiet"
    first_is_out.set()
    thread.join()
    assert os.path.samestat(os.fstat(2), before)
    assert not logging.getLogger("tensorflow").filters
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


def test_a_block_in_a_block_changes_nothing(capfd):
    with quiet_stderr():
        with quiet_stderr():
            pass
        os.write(2, b"dropped")
        logger_filters = len(logging.getLogger("tensorflow").filters)
    os.write(2, b"heard")
    assert (capfd.readouterr().err, logger_filters) == ("heard", 1)


def test_a_closed_stderr_stays_closed():
    code = (
        "import os; os.close(2)\n"
        "from bertsum_tf.quiet_stderr import quiet_stderr\n"
        "with quiet_stderr(): print('inside')\n"
        "try: os.fstat(2)\n"
        "except OSError: print('closed')"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert result.stdout.split() == [b"inside", b"closed"]


@pytest.mark.parametrize("own", [None, "1"])
def test_the_log_level_of_the_process_is_as_before(monkeypatch, own):
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    if own is not None:
        monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", own)
    with quiet_stderr():
        assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == (own or "3")
    assert os.environ.get("TF_CPP_MIN_LOG_LEVEL") == own


def test_the_log_level_stays_for_a_framework_that_was_imported_quietly(monkeypatch):
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    monkeypatch.delitem(sys.modules, "jaxlib", raising=False)
    with quiet_stderr():
        monkeypatch.setitem(sys.modules, "jaxlib", logging)  # any module
    level = os.environ.get("TF_CPP_MIN_LOG_LEVEL")
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    assert level == "3"

"""Loading without a word."""

from __future__ import annotations

import logging
import os

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

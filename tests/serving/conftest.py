"""A model server in a process of its own, and clients of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from bertsum_tf.serving import Client

PROTOCOLS = ("gRPC", "REST")


@pytest.fixture(scope="session")
def addresses(tmp_path_factory):
    """Of a running server, by protocol.

    `BERTSUM_TF_SERVING=host:8500,http://host:8501` names a real one whose model is called
    bertsum and has the label stable on its highest version; otherwise the stand-in is started.
    """
    if named := os.environ.get("BERTSUM_TF_SERVING"):
        yield dict(zip(PROTOCOLS, named.split(","), strict=True))
        return
    from first_sentences import saved_model

    with stand_in(saved_model(tmp_path_factory.mktemp("bertsum"))) as addresses:
        yield addresses


@contextmanager
def stand_in(folder: Path):
    """The addresses of a stand-in that serves the model in `folder`, by protocol."""
    script = Path(__file__).with_name("stand_in.py")
    with subprocess.Popen(
        [sys.executable, str(script), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        named = process.stdout.readline().strip()
        addresses = dict(zip(PROTOCOLS, named.split(","), strict=True))
        try:
            with Client(addresses["REST"]) as client:
                end = time.monotonic() + 120
                while not client.is_ready():
                    assert time.monotonic() < end, "the model is not ready after two minutes"
                    time.sleep(0.1)
            yield addresses
        finally:
            process.kill()  # TensorFlow takes its time to end by itself


@pytest.fixture(params=PROTOCOLS)
def protocol(request):
    return request.param


@pytest.fixture(scope="session")
def exported(small_summarizer, tmp_path_factory):
    """The addresses of a stand-in that serves an export of `small_summarizer`, by protocol."""
    export = pytest.importorskip("bertsum_tf.exporters.saved_model")
    folder = tmp_path_factory.mktemp("exported")
    export.export_saved_model(small_summarizer, folder)
    with stand_in(folder) as addresses:
        yield addresses


@pytest.fixture(scope="session")
def exported_writer(saved_writer):
    """The addresses of a stand-in that serves an export of `small_writer`, by protocol."""
    with stand_in(saved_writer) as addresses:
        yield addresses

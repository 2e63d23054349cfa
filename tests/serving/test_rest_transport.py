"""REST beside servers and proxies that no TensorFlow Serving is behind."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bertsum_tf.serving import Client, ServingError

ANSWER = b'{\n    "outputs": [\n        "Text."\n    ]\n}'


@pytest.fixture
def serve():
    """Starts an HTTP server of which every request is answered by the next of `answers`."""
    servers = []

    def start(*answers):
        remaining = list(answers)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                paths.append(self.path)
                remaining.pop(0)(self)

            def log_message(self, *arguments):
                pass

        paths = []
        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, args=[0.02], daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}", paths

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def answers(status, body=b"<html>an error page</html>"):
    def answer(handler):
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def drips(handler):
    handler.send_response(200)
    handler.end_headers()
    for _ in range(40):
        handler.wfile.write(b" ")
        time.sleep(0.05)


def breaks_off(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(ANSWER)


def hangs_up(handler):
    handler.close_connection = True


@pytest.mark.parametrize(
    "trouble", [answers(502), answers(503), answers(504), breaks_off, hangs_up]
)
def test_what_another_try_may_mend_is_tried_again(serve, trouble):
    address, paths = serve(trouble, answers(200, ANSWER))
    assert Client(address).summarize(["Text."]) == ["Text."]
    assert len(paths) == 2


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (301, "UNKNOWN"),
        (400, "INVALID_ARGUMENT"),
        (403, "PERMISSION_DENIED"),
        (404, "NOT_FOUND"),
        (413, "RESOURCE_EXHAUSTED"),
        (500, "UNKNOWN"),
        (501, "UNIMPLEMENTED"),
    ],
)
def test_any_other_status_is_not_tried_again(serve, status, code):
    address, paths = serve(answers(status))
    with pytest.raises(ServingError, match=f"HTTP status {status}") as caught:
        Client(address).summarize(["Text."])
    assert caught.value.code == code
    assert len(paths) == 1


def test_an_answer_that_is_no_json_is_an_error(serve):
    address, _ = serve(answers(200))
    with pytest.raises(ServingError, match="is no TensorFlow Serving"):
        Client(address).summarize(["Text."])


def test_an_answer_that_drips_is_not_waited_for(serve):
    address, _ = serve(drips)
    start = time.monotonic()
    with pytest.raises(ServingError) as caught:
        Client(address).summarize(["Text."], timeout=0.3)
    assert caught.value.code == "DEADLINE_EXCEEDED"
    assert time.monotonic() - start < 1.5


def test_the_path_names_the_model_and_the_version_or_label(serve):
    for options, path in (
        ({}, "/v1/models/bertsum:predict"),
        ({"model": "a b/c"}, "/v1/models/a%20b%2Fc:predict"),
        ({"version": 3}, "/v1/models/bertsum/versions/3:predict"),
        ({"label": "canary"}, "/v1/models/bertsum/labels/canary:predict"),
    ):
        address, paths = serve(answers(200, ANSWER))
        Client(f"{address}/behind/a/proxy/", **options).summarize(["Text."])
        assert paths == [f"/behind/a/proxy{path}"]

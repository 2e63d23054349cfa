"""The client beside servers that are slow, broken, encrypted or not there."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.serving import TLS, Client, ServingError

pytestmark = pytest.mark.slow  # the stand-in loads TensorFlow


class Echo:
    """A model whose summary is the document; every request first takes the next of `troubles`."""

    def __init__(self, *troubles) -> None:
        self.troubles = list(troubles)
        self.requests = []

    def __call__(self, signature, inputs):
        if self.troubles:
            self.troubles.pop(0)()
        self.requests.append([text.decode() for text in inputs["documents"]])
        return {"summary": inputs["documents"]}


def fails(code, message="no reason"):
    from stand_in import Status

    def trouble():
        raise Status(code, message)

    return trouble


@pytest.fixture
def serve(protocol):
    """Starts servers in this process; returns the server and its address."""
    from stand_in import StandIn

    servers = []

    def start(predict, **options):
        servers.append(StandIn(predict, **options))
        server = servers[-1]
        return server, server.grpc_address if protocol == "gRPC" else server.rest_address

    yield start
    for server in servers:
        server.close()


def test_no_texts_need_no_request(serve):
    server, address = serve(Echo())
    with Client(address) as client:
        assert client.summarize([]) == []
        assert client.summarize((), sentences=2) == []
        assert client.score([]) == []
    assert server.attempts == 0


def test_an_unavailable_server_is_asked_again(serve):
    server, address = serve(Echo(fails("UNAVAILABLE"), fails("UNAVAILABLE")))
    with Client(address) as client:
        assert client.summarize(["Text."]) == ["Text."]
    assert server.attempts == 3


def test_a_server_that_stays_unavailable_is_given_up(serve):
    server, address = serve(Echo(*[fails("UNAVAILABLE", "the queue is full")] * 9))
    with Client(address, retries=2) as client:
        with pytest.raises(ServingError, match=r"not ready: start it.*\(the queue is full\)"):
            client.summarize(["Text."])
        assert server.attempts == 3


def test_tries_end_with_the_deadline(serve):
    server, address = serve(Echo(*[fails("UNAVAILABLE")] * 99))
    start = time.monotonic()
    with Client(address, timeout=0.4, retries=99) as client, pytest.raises(ServingError):
        client.summarize(["Text."])
    assert time.monotonic() - start < 1
    assert 2 <= server.attempts <= 6


@pytest.mark.parametrize("code", ["INVALID_ARGUMENT", "FAILED_PRECONDITION", "RESOURCE_EXHAUSTED"])
def test_what_another_try_would_not_mend_is_not_tried_again(serve, code):
    server, address = serve(Echo(fails(code, 'Serving signature key "score" not found.')))
    with Client(address) as client, pytest.raises(ServingError, match="signature key") as caught:
        client.score(["Text."])
    # REST has one status, 400, for a wrong argument and for a signature that is missing.
    assert caught.value.code in (code, "INVALID_ARGUMENT")
    assert server.attempts == 1


def test_a_slow_server_is_not_waited_for(serve):
    end = threading.Event()
    server, address = serve(Echo(lambda: end.wait(30)))
    start = time.monotonic()
    with Client(address) as client, pytest.raises(ServingError, match="timeout=") as caught:
        client.summarize(["Text."], timeout=0.3)
    assert caught.value.code == "DEADLINE_EXCEEDED"
    assert 0.25 < time.monotonic() - start < 2
    assert server.attempts == 1
    end.set()


def test_the_timeout_is_that_of_all_requests_of_a_call(serve):
    server, address = serve(Echo(*[lambda: time.sleep(0.25)] * 9))
    with Client(address, timeout=0.6, max_batch=1) as client:
        with pytest.raises(ServingError) as caught:
            client.summarize(["Text."] * 9)
        assert caught.value.code == "DEADLINE_EXCEEDED"
    assert server.attempts <= 3


def test_many_texts_are_split_by_number_and_keep_their_order(serve):
    echo = Echo()
    _, address = serve(echo)
    texts = [f"Text {number}." for number in range(10)]
    with Client(address, max_batch=4) as client:
        assert client.summarize(texts) == texts
        assert client.summarize(text for text in texts) == texts
    assert [len(request) for request in echo.requests] == [4, 4, 2] * 2


def test_large_texts_are_split_by_bytes(serve):
    echo = Echo()
    _, address = serve(echo)
    texts = [letter * 1000 for letter in "ä€\U0001f600a\x01"]
    with Client(address, max_message_bytes=4096 + 7000) as client:
        assert client.summarize(texts) == texts
    assert 1 < len(echo.requests) < 5


def test_a_text_too_large_for_a_message_is_refused_before_anything_is_sent(serve):
    server, address = serve(Echo())
    with Client(address, max_message_bytes=10_000) as client:
        with pytest.raises(UsageError, match=r"Text 1 takes \d+ bytes .* max_message_bytes"):
            client.summarize(["Short.", "ä" * 5000])
        assert client.summarize(["ä" * 2900]) == ["ä" * 2900]
    assert server.attempts == 1


def test_an_answer_larger_than_a_message_is_refused(serve):
    server, address = serve(lambda signature, inputs: {"summary": np.array([b"x" * 50_000])})
    with Client(address, max_message_bytes=10_000) as client:
        with pytest.raises(ServingError, match="max_message_bytes higher") as caught:
            client.summarize(["Text."])
        assert caught.value.code == "RESOURCE_EXHAUSTED"
    assert server.attempts == 1


@pytest.mark.parametrize(
    "outputs",
    [
        {"logits": np.zeros(1), "more": np.zeros(1)},
        {"summary": np.array([b"one", b"two"])},
        {"sentence_count": np.ones(1, np.int32), "start": np.zeros((1, 0), np.int32)},
    ],
)
def test_another_model_than_a_summariser_is_an_error(serve, outputs):
    _, address = serve(lambda signature, inputs: outputs)
    with Client(address) as client:
        for call in (client.summarize, client.score):
            with pytest.raises(ServingError, match="serve a SavedModel") as caught:
                call(["Text."])
            assert caught.value.code == "MALFORMED"


def test_a_loading_model_is_not_ready(serve):
    server, address = serve(Echo(), state="LOADING")
    with Client(address, retries=0) as client:
        assert not client.is_ready()
        assert [(each.version, each.state) for each in client.status()] == [(1, "LOADING")]
        with pytest.raises(ServingError, match="wait until it has loaded"):
            client.summarize(["Text."])
        server.state = "AVAILABLE"
        assert client.is_ready()
        assert client.summarize(["Text."]) == ["Text."]


def test_a_server_that_is_down_is_an_error_that_says_so(protocol):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with Client(address if protocol == "gRPC" else f"http://{address}", retries=1) as client:
        assert not client.is_ready()
        for call in (client.status, lambda: client.summarize(["Text."])):
            with pytest.raises(ServingError, match=f"{address} can't be reached .*start it"):
                call()


def test_the_port_of_the_other_protocol_is_an_error(serve, protocol):
    server, _ = serve(Echo())
    wrong = (
        server.rest_address.removeprefix("http://")
        if protocol == "gRPC"
        else f"http://{server.grpc_address}"
    )
    with Client(wrong, retries=0, timeout=5) as client, pytest.raises(ServingError):
        client.summarize(["Text."])
    assert server.attempts == 0


def test_threads_can_share_a_client(serve):
    _, address = serve(Echo())
    results = {}
    with Client(address, max_batch=1) as client:

        def work(number):
            texts = [f"Thread {number}, text {place}." for place in range(5)]
            results[number] = client.summarize(texts) == texts

        threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == dict.fromkeys(range(4), True)


def test_a_closed_client_says_so(serve):
    _, address = serve(Echo())
    client = Client(address)
    client.close()
    client.close()
    with pytest.raises(UsageError, match="closed"):
        client.summarize(["Text."])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A key and a certificate for 127.0.0.1 that has signed itself."""
    if shutil.which("openssl") is None:
        pytest.skip("the program openssl, which makes the certificate, is not installed")
    folder = tmp_path_factory.mktemp("tls")
    files = str(folder / "certificate.pem"), str(folder / "key.pem")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-days", "2", "-nodes"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
            *("-out", files[0], "-keyout", files[1]),
        ],
        check=True,
        capture_output=True,
    )
    return files


def test_tls_reaches_a_server_whose_authority_is_trusted(serve, certificate):
    from stand_in import ServerFiles

    server, address = serve(Echo(), files=ServerFiles(*certificate))
    with Client(address, tls=TLS(ca_file=certificate[0])) as client:
        assert client.is_ready()
        assert client.summarize(["Text."]) == ["Text."]
    assert server.attempts == 1


def test_tls_refuses_a_server_whose_authority_is_unknown(serve, certificate):
    from stand_in import ServerFiles

    server, address = serve(Echo(), files=ServerFiles(*certificate))
    with (
        Client(address, tls=TLS(), retries=0) as client,
        pytest.raises(ServingError, match=r"(?i)certificate|handshake|ssl"),
    ):
        client.summarize(["Text."])
    assert server.attempts == 0


def test_tls_shows_the_clients_certificate(serve, certificate):
    from stand_in import ServerFiles

    server, address = serve(Echo(), files=ServerFiles(*certificate, client_ca=certificate[0]))
    with Client(address, tls=TLS(certificate[0], *certificate)) as client:
        assert client.summarize(["Text."]) == ["Text."]
    with (
        Client(address, tls=TLS(ca_file=certificate[0]), retries=0) as client,
        pytest.raises(ServingError),
    ):
        client.summarize(["Text."])
    assert server.attempts == 1


def test_tls_files_that_are_not_there_are_a_usage_error(protocol, tmp_path):
    address = "localhost:8500" if protocol == "gRPC" else "https://localhost:8501"
    with pytest.raises(UsageError, match=r"nothing\.pem"):
        Client(address, tls=TLS(ca_file=str(tmp_path / "nothing.pem")))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"version": 1, "label": "stable"}, "not both"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": None}, "timeout"),
        ({"timeout": float("inf")}, "timeout"),
        ({"retries": -1}, "retries"),
        ({"max_batch": 0}, "max_batch"),
        ({"max_message_bytes": 10}, "max_message_bytes"),
        ({"tls": TLS()}, "https"),
    ],
)
def test_options_that_make_no_sense_are_usage_errors(options, message):
    with pytest.raises(UsageError, match=message):
        Client("http://localhost:8501", **options)


@pytest.mark.parametrize(
    "address", ["", "localhost", "http://", "grpc://localhost:8500", "http://h:port", "http://h?a"]
)
def test_an_address_that_is_none_is_a_usage_error(address):
    with pytest.raises(UsageError, match="http://host:8501"):
        Client(address)


@pytest.mark.parametrize(
    ("texts", "sentences", "message"),
    [
        ("a text", None, "put the text into a list"),
        ([b"bytes"], None, r"Text 0 .*bytes have to be decoded"),
        (["Text.", None], None, "Text 1"),
        (["Text."], 0, "sentences"),
        (["Text."], 1.5, "sentences"),
    ],
)
def test_arguments_that_make_no_sense_are_usage_errors(texts, sentences, message):
    with Client("http://localhost:8501") as client, pytest.raises(UsageError, match=message):
        client.summarize(texts, sentences)


def test_rest_needs_neither_tensorflow_nor_grpc():
    code = (
        "import sys; from bertsum_tf.serving import Client; Client('http://localhost:8501'); "
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"tensorflow", "keras", "grpc", "google"} & set(loaded.stdout.split())


def test_grpc_without_its_extra_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "bertsum_tf.serving.grpc_transport", None)
    with pytest.raises(BertsumError, match="install bertsum_tf with its extra 'serving'"):
        Client("localhost:8500")

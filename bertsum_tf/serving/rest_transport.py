"""TensorFlow Serving's REST API, with nothing but the standard library.

https://www.tensorflow.org/tfx/serving/api_rest: requests in its columnar form,
`{"signature_name": ..., "inputs": {name: [...]}}`, whose answer is `{"outputs": {name: [...]}}`,
or `{"outputs": [...]}` where the signature has one output alone.
"""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from bertsum_tf.errors import UsageError
from bertsum_tf.serving.failures import Failure
from bertsum_tf.serving.transport import TLS, ModelSpec, ModelVersion

# TensorFlow Serving's `ToHTTPStatusCode` read backwards, and what proxies in front of it say.
# 503 is also a full queue; 502 and 504 come from a proxy whose server is starting or overloaded.
_CODES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    413: "RESOURCE_EXHAUSTED",
    429: "RESOURCE_EXHAUSTED",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "UNAVAILABLE",
}

_CHUNK_BYTES = 1 << 16


class RestTransport:
    """Speaks REST, over a connection of its own for each request.

    A kept connection would save a millisecond beside a model that needs tens of them, and would
    need a lock, and tries that only find out that the server has closed it.

    Args:
        address: "http://host:port" or "https://host:port", perhaps with a path that goes before
            `/v1`. Proxies that the environment names are not used.
        model: which model of the server.
        max_message_bytes: the largest answer that is read.
        tls: for https alone; None: the system's authorities, no certificate of our own.

    Raises:
        UsageError: if the address is none, or a file of `tls` can't be read.
    """

    def __init__(
        self, address: str, model: ModelSpec, max_message_bytes: int, tls: TLS | None
    ) -> None:
        try:
            parts = urlsplit(address)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not host or parts.query or parts.fragment or parts.username is not None:
            raise UsageError(f"A REST address looks like http://host:8501, not {address!r}.")
        self._host = host
        self._port = port
        self._max_message_bytes = max_message_bytes
        self._context: ssl.SSLContext | None = None
        if parts.scheme == "https":
            self._context = _ssl_context(tls or TLS())
        elif tls is not None:
            raise UsageError("TLS needs an address that begins with https://.")
        model_path = f"{parts.path.rstrip('/')}/v1/models/{quote(model.name, safe='')}"
        # A label names a version for predictions alone: the server tells the state by number.
        self._status_path = self._predict_path = model_path
        if model.version is not None:
            self._status_path = self._predict_path = f"{model_path}/versions/{model.version}"
        elif model.label is not None:
            self._predict_path = f"{model_path}/labels/{quote(model.label, safe='')}"

    def text_bytes(self, text: str) -> int:
        """See `Transport`."""
        return len(_json(text))

    def predict(
        self,
        signature: str,
        inputs: Mapping[str, Sequence[str] | Sequence[int]],
        outputs: Sequence[str],
        timeout: float,
    ) -> dict[str, list[Any]]:
        """See `Transport`."""
        body = _json({"signature_name": signature, "inputs": inputs})
        answer = self._request("POST", f"{self._predict_path}:predict", body, timeout)
        values = answer.get("outputs")
        if len(outputs) == 1:
            values = {outputs[0]: values}
        if not isinstance(values, dict) or not all(
            isinstance(values.get(name), list) for name in outputs
        ):
            raise Failure("MALFORMED", f"the outputs {', '.join(outputs)} are not all there")
        return values

    def versions(self, timeout: float) -> list[ModelVersion]:
        """See `Transport`."""
        answer = self._request("GET", self._status_path, None, timeout)
        try:
            return [
                ModelVersion(
                    int(version["version"]),
                    str(version["state"]),
                    str(version.get("status", {}).get("error_message", "")),
                )
                for version in answer["model_version_status"]
            ]
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Failure("UNIMPLEMENTED", "the answer is no model status") from None

    def close(self) -> None:
        """See `Transport`; nothing stays open between requests."""

    def _request(
        self, method: str, path: str, body: bytes | None, timeout: float
    ) -> dict[str, Any]:
        try:
            status, answer = self._exchange(method, path, body, time.monotonic() + timeout)
        except TimeoutError:
            raise Failure("DEADLINE_EXCEEDED", f"no full answer within {timeout:.3g} s") from None
        except ssl.SSLError as error:
            raise Failure("UNAUTHENTICATED", str(error)) from None
        # Before HTTPException: a connection that is closed early is both. A UnicodeError is about
        # the host's name, which no host can have then.
        except (OSError, UnicodeError) as error:
            raise Failure("UNAVAILABLE", str(error) or type(error).__name__) from None
        except http.client.HTTPException as error:
            raise Failure("UNIMPLEMENTED", f"the answer is no HTTP: {error!r}") from None
        try:
            content = json.loads(answer)
        except ValueError:
            content = None
        if status != 200:
            details = content.get("error") if isinstance(content, dict) else None
            raise Failure(_CODES.get(status, "UNKNOWN"), str(details or f"HTTP status {status}"))
        if not isinstance(content, dict):
            raise Failure("UNIMPLEMENTED", "the answer is no JSON object")
        return content

    def _exchange(
        self, method: str, path: str, body: bytes | None, end: float
    ) -> tuple[int, bytes]:
        """One HTTP request; `end` is the moment, by `time.monotonic`, when it is given up."""
        timeout = _seconds_until(end)
        connection: http.client.HTTPConnection
        if self._context is None:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=timeout)
        else:
            connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=timeout, context=self._context
            )
        try:
            connection.connect()
            socket = connection.sock
            socket.settimeout(_seconds_until(end))
            headers = {} if body is None else {"Content-Type": "application/json"}
            connection.request(method, path, body, headers)
            socket.settimeout(_seconds_until(end))
            response = connection.getresponse()
            chunks: list[bytes] = []
            length = 0
            # Piece by piece, as a socket's timeout starts anew with whatever arrives.
            while True:
                socket.settimeout(_seconds_until(end))
                chunk = response.read1(_CHUNK_BYTES)
                if not chunk:
                    break
                chunks.append(chunk)
                length += len(chunk)
                if length > self._max_message_bytes:
                    raise Failure(
                        "RESOURCE_EXHAUSTED",
                        f"the answer has more than {self._max_message_bytes} bytes",
                    )
            if response.length:
                raise ConnectionError("the answer breaks off")
            return response.status, b"".join(chunks)
        finally:
            connection.close()


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _seconds_until(end: float) -> float:
    seconds = end - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _ssl_context(tls: TLS) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=tls.ca_file)
        if tls.certificate_file is not None:
            context.load_cert_chain(tls.certificate_file, tls.key_file)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"A file of {tls} can't be read as PEM: {error}.") from None
    return context

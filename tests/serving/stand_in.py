"""A model server in Python that speaks TensorFlow Serving's gRPC and REST, over real sockets.

It stands in for `tensorflow_model_server`, which no package registry has. gRPC is served by the
official stubs; REST and the errors follow `http_rest_api_handler.cc`, `json_tensor.cc` and
`predict_util.cc`. As a program it serves a SavedModel until its standard input ends:

    python tests/serving/stand_in.py FOLDER_OF_VERSIONS [NAME]
"""

from __future__ import annotations

import json
import re
import ssl
import sys
import threading
from collections.abc import Callable
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import grpc
import numpy as np
import tensorflow as tf
import tensorflow_text  # noqa: F401  # the stock server has its operators too
from tensorflow_serving.apis import (
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

# (signature, inputs) -> outputs; strings are bytes, as TensorFlow has them.
Predict = Callable[[str, dict[str, np.ndarray]], dict[str, np.ndarray]]

# `ToHTTPStatusCode` in TensorFlow Serving's http_server.cc.
HTTP_STATUS = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}

PATH = re.compile(r"/v1/models/([^/:]+)(?:/versions/(\d+)|/labels/([^/:]+))?(:predict)?")


class Status(Exception):
    """A status other than OK, by the name that gRPC has for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ServerFiles(NamedTuple):
    """PEM files of an encrypted server; with `client_ca` it asks clients for a certificate."""

    certificate: str
    key: str
    client_ca: str | None = None


class StandIn:
    """Serves one version of one model, from the moment it is made until it is closed.

    Attributes:
        grpc_address: "localhost:port".
        rest_address: "http://localhost:port", or with https.
        state: of the version; while it is not "AVAILABLE", predictions are refused.
        attempts: how many predictions have been asked for, refused ones included.
    """

    def __init__(
        self,
        predict: Predict,
        name: str = "bertsum",
        version: int = 1,
        labels: tuple[str, ...] = ("stable",),
        state: str = "AVAILABLE",
        files: ServerFiles | None = None,
    ) -> None:
        self._predict = predict
        self._name = name
        self._version = version
        self._labels = labels
        self.state = state
        self.attempts = 0
        self._lock = threading.Lock()

        self._grpc = grpc.server(
            futures.ThreadPoolExecutor(8),
            options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
        )
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
            _PredictionService(self), self._grpc
        )
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(_ModelService(self), self._grpc)
        # "localhost" may be ::1 and 127.0.0.1, whose free ports need not be the same.
        if files is None:
            port = self._grpc.add_insecure_port("127.0.0.1:0")
        else:
            authorities = files.client_ca and Path(files.client_ca).read_bytes()
            credentials = grpc.ssl_server_credentials(
                [(Path(files.key).read_bytes(), Path(files.certificate).read_bytes())],
                authorities,
                files.client_ca is not None,
            )
            port = self._grpc.add_secure_port("127.0.0.1:0", credentials)
        self.grpc_address = f"127.0.0.1:{port}"
        self._grpc.start()

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        if files is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(files.certificate, files.key)
            if files.client_ca is not None:
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(files.client_ca)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        scheme = "http" if files is None else "https"
        self.rest_address = f"{scheme}://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=[0.02], daemon=True).start()

    def close(self) -> None:
        self._grpc.stop(None).wait()
        self._http.shutdown()
        self._http.server_close()

    def predict(
        self, name: str, version: int | None, label: str | None, signature: str, inputs: dict
    ) -> dict[str, np.ndarray]:
        with self._lock:
            self.attempts += 1
        if name != self._name:
            raise Status("NOT_FOUND", f"Servable not found for request: Latest({name})")
        if version not in (None, self._version):
            raise Status(
                "NOT_FOUND", f"Servable not found for request: Specific({name}, {version})"
            )
        if label is not None and label not in self._labels:
            raise Status("INVALID_ARGUMENT", f"Unrecognized servable version label: {label}")
        if self.state != "AVAILABLE":
            raise Status("UNAVAILABLE", f"{name} is {self.state}")
        return self._predict(signature or "serving_default", inputs)

    def versions(self, name: str, version: int | None) -> list[tuple[int, str]]:
        if name != self._name:
            raise Status("NOT_FOUND", f"Could not find any versions of model {name}")
        if version not in (None, self._version):
            raise Status("NOT_FOUND", f"Could not find version {version} of model {name}")
        return [(self._version, self.state)]


class _PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, server: StandIn) -> None:
        self._server = server

    def Predict(self, request, context):
        spec = request.model_spec
        version, label = _choice(spec)
        inputs = {name: tf.make_ndarray(tensor) for name, tensor in request.inputs.items()}
        try:
            outputs = self._server.predict(spec.name, version, label, spec.signature_name, inputs)
        except Status as status:
            context.abort(grpc.StatusCode[status.code], str(status))
        answer = predict_pb2.PredictResponse(model_spec=spec)
        for name, value in outputs.items():
            answer.outputs[name].CopyFrom(tf.make_tensor_proto(value, shape=value.shape))
        return answer


class _ModelService(model_service_pb2_grpc.ModelServiceServicer):
    def __init__(self, server: StandIn) -> None:
        self._server = server

    def GetModelStatus(self, request, context):
        try:
            versions = self._server.versions(
                request.model_spec.name, _choice(request.model_spec)[0]
            )
        except Status as status:
            context.abort(grpc.StatusCode[status.code], str(status))
        answer = get_model_status_pb2.GetModelStatusResponse()
        for version, state in versions:
            answer.model_version_status.add(version=version, state=state)
        return answer


def _choice(spec) -> tuple[int | None, str | None]:
    kind = spec.WhichOneof("version_choice")
    return (
        spec.version.value if kind == "version" else None,
        spec.version_label if kind == "version_label" else None,
    )


def _handler(server: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.answer(None)

        def do_POST(self):
            self.answer(self.rfile.read(int(self.headers["Content-Length"])))

        def answer(self, body):
            try:
                content, status = self.content(body), 200
            except Status as error:
                content, status = {"error": str(error)}, HTTP_STATUS[error.code]
            answer = json.dumps(content, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def content(self, body):
            parts = PATH.fullmatch(self.path)
            if parts is None or (body is None) == bool(parts[4]):
                raise Status("INVALID_ARGUMENT", f"Malformed request: {self.command} {self.path}")
            version = None if parts[2] is None else int(parts[2])
            if body is None:
                return {
                    "model_version_status": [
                        {
                            "version": str(number),
                            "state": state,
                            "status": {"error_code": "OK", "error_message": ""},
                        }
                        for number, state in server.versions(parts[1], version)
                    ]
                }
            request = json.loads(body.decode())
            inputs = {name: _array(values) for name, values in request["inputs"].items()}
            outputs = server.predict(
                parts[1], version, parts[3], request.get("signature_name", ""), inputs
            )
            values = {name: _strings(value.tolist()) for name, value in outputs.items()}
            return {"outputs": values if len(values) > 1 else next(iter(values.values()))}

        def log_message(self, *arguments):
            pass

    return Handler


def _array(values: list) -> np.ndarray:
    if values and isinstance(values[0], str):
        return np.array([value.encode() for value in values], object)
    return np.array(values, np.int32)


def _strings(values):
    if isinstance(values, list):
        return [_strings(value) for value in values]
    return values.decode() if isinstance(values, bytes) else values


def load(folder: Path) -> Predict:
    """The signatures of a SavedModel."""
    model = tf.saved_model.load(str(folder))

    def predict(name, inputs):
        if name not in model.signatures:
            raise Status("FAILED_PRECONDITION", f'Serving signature key "{name}" not found.')
        signature = model.signatures[name]
        specs = signature.structured_input_signature[1]
        if specs.keys() != inputs.keys():
            raise Status("INVALID_ARGUMENT", f"Inputs {[*inputs]} do not match {[*specs]}.")
        tensors = {key: tf.constant(value, specs[key].dtype) for key, value in inputs.items()}
        return {key: value.numpy() for key, value in signature(**tensors).items()}

    return predict


def main(folder: str, name: str = "bertsum") -> None:
    # As the latest version policy has it.
    version = max((path for path in Path(folder).iterdir() if path.name.isdigit()), key=_number)
    signatures: list[Predict] = []
    server = StandIn(
        lambda signature, inputs: signatures[0](signature, inputs),
        name,
        _number(version),
        state="LOADING",
    )
    print(f"{server.grpc_address},{server.rest_address}", flush=True)
    signatures.append(load(version))
    server.state = "AVAILABLE"
    sys.stdin.read()
    server.close()


def _number(path: Path) -> int:
    return int(path.name)


if __name__ == "__main__":
    main(*sys.argv[1:])

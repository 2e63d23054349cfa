"""TensorFlow Serving's gRPC API, by its official stubs.

`tensorflow_serving.apis` builds on TensorFlow's own protos, and so loads TensorFlow; the client
imports this module when it is given a gRPC address, and not before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import grpc
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_status_pb2,
    model_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from bertsum_tf.errors import UsageError
from bertsum_tf.serving.failures import Failure
from bertsum_tf.serving.transport import TLS, ModelSpec, ModelVersion


class GrpcTransport:
    """Speaks gRPC, over one channel.

    Args:
        address: "host:port", or another target that gRPC knows, such as "dns:///host:port".
            Proxies that the environment names are not used.
        model: which model of the server.
        max_message_bytes: the largest message that is sent or received.
        tls: how to encrypt; None: not at all.

    Raises:
        UsageError: if a file of `tls` can't be read.
    """

    def __init__(
        self, address: str, model: ModelSpec, max_message_bytes: int, tls: TLS | None
    ) -> None:
        options = (
            ("grpc.max_send_message_length", max_message_bytes),
            ("grpc.max_receive_message_length", max_message_bytes),
            # The client counts its tries itself, the same for gRPC and REST.
            ("grpc.enable_retries", 0),
            ("grpc.enable_http_proxy", 0),
            # A channel that failed to connect refuses requests until its own pause is over, by
            # default a second and then up to two minutes; the client's pauses are the ones meant.
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 1000),
        )
        if tls is None:
            self._channel = grpc.insecure_channel(address, options)
        else:
            self._channel = grpc.secure_channel(address, _credentials(tls), options)
        self._predictions = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)
        self._models = model_service_pb2_grpc.ModelServiceStub(self._channel)
        self._model = model

    def text_bytes(self, text: str) -> int:
        """See `Transport`."""
        return len(text.encode())

    def predict(
        self,
        signature: str,
        inputs: Mapping[str, Sequence[str] | Sequence[int]],
        outputs: Sequence[str],
        timeout: float,
    ) -> dict[str, list[Any]]:
        """See `Transport`."""
        request = predict_pb2.PredictRequest(model_spec=self._spec(signature))
        for name, values in inputs.items():
            request.inputs[name].CopyFrom(_tensor(values))
        answer = _call(self._predictions.Predict, request, timeout)
        missing = [name for name in outputs if name not in answer.outputs]
        if missing:
            raise Failure("MALFORMED", f"the outputs {', '.join(missing)} are missing")
        return {name: _values(answer.outputs[name]) for name in outputs}

    def versions(self, timeout: float) -> list[ModelVersion]:
        """See `Transport`."""
        request = get_model_status_pb2.GetModelStatusRequest(model_spec=self._spec())
        answer = _call(self._models.GetModelStatus, request, timeout)
        states = get_model_status_pb2.ModelVersionStatus.State
        return [
            ModelVersion(version.version, states.Name(version.state), version.status.error_message)
            for version in answer.model_version_status
        ]

    def close(self) -> None:
        """See `Transport`."""
        self._channel.close()

    def _spec(self, signature: str = "") -> Any:
        spec = model_pb2.ModelSpec(name=self._model.name, signature_name=signature)
        if self._model.version is not None:
            spec.version.value = self._model.version
        elif self._model.label is not None:
            spec.version_label = self._model.label
        return spec


def _call(method: Callable[..., Any], request: Any, timeout: float) -> Any:
    try:
        return method(request, timeout=timeout)
    except grpc.RpcError as error:
        raise Failure(error.code().name, error.details() or "") from None


def _tensor(values: Sequence[str] | Sequence[int]) -> Any:
    if isinstance(values[0], str):
        strings = [str(value).encode() for value in values]
        return tf.make_tensor_proto(strings, tf.string, [len(strings)])
    return tf.make_tensor_proto(values, tf.int32, [len(values)])


def _values(tensor: Any) -> list[Any]:
    array = tf.make_ndarray(tensor)
    return _decode(array.tolist()) if array.dtype == object else array.tolist()


def _decode(values: Any) -> Any:
    if isinstance(values, list):
        return [_decode(value) for value in values]
    return values.decode("utf-8", "replace")


def _credentials(tls: TLS) -> grpc.ChannelCredentials:
    try:
        authorities, key, certificate = (
            None if name is None else Path(name).read_bytes()
            for name in (tls.ca_file, tls.key_file, tls.certificate_file)
        )
    except OSError as error:
        raise UsageError(f"A file of {tls} can't be read: {error}.") from None
    return grpc.ssl_channel_credentials(authorities, key, certificate)

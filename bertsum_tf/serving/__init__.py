"""Summaries from a TensorFlow Serving model server that holds an exported model.

    from bertsum_tf.serving import Client

    with Client("localhost:8500") as client:  # gRPC; "http://localhost:8501" is REST
        print(client.summarize([article], sentences=2)[0])

REST needs the base install alone, gRPC the extra `serving`. Neither loads a model here: documents
go to the server as raw text, and the server splits, scores and selects.
"""

from __future__ import annotations

from bertsum_tf.serving.client import Client
from bertsum_tf.serving.failures import ServingError
from bertsum_tf.serving.transport import TLS, ModelVersion

__all__ = ["TLS", "Client", "ModelVersion", "ServingError"]

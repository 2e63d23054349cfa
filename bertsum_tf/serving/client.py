"""The client: texts in, summaries out, whichever protocol carries them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from bertsum_tf.errors import BertsumError, UsageError
from bertsum_tf.selection import check_limits
from bertsum_tf.serving.batches import batches
from bertsum_tf.serving.failures import Failure, ServingError, explain
from bertsum_tf.serving.rest_transport import RestTransport
from bertsum_tf.serving.retries import Deadline, with_retries
from bertsum_tf.serving.transport import (
    BYTES_PER_TEXT,
    ENVELOPE_BYTES,
    TLS,
    ModelSpec,
    ModelVersion,
    Transport,
)
from bertsum_tf.summarizer import Sentence, Summary, checked_texts
from bertsum_tf.text.wordpiece import without_surrogates

# "host:port" with a name or an IPv6 address in brackets, or one of gRPC's own schemes.
_GRPC_ADDRESS = re.compile(r"([^\s:/\[\]]+|\[[0-9a-fA-F:.]+\]):\d+|(dns|ipv4|ipv6|unix):\S+")

_MOST_SENTENCES = 2**31 - 1  # the signature's num_sentences is an int32
_SCORE_OUTPUTS = ("sentences", "start", "end", "scores", "selected", "sentence_count")


class Client:
    """Summarises texts on a TensorFlow Serving model server.

    Safe to use from several threads. A request that finds the server unavailable is tried again,
    with growing pauses; no other failure is.

    Args:
        address: "host:port" speaks gRPC (needs the extra `serving`), "http://host:port" and
            "https://host:port" speak REST.
        model: the model's name in the server's configuration.
        version: the number of the version to ask; None: the highest that is loaded.
        label: the label of the version to ask, instead of its number.
        timeout: seconds that a call may take, with all of its requests and their further tries.
        retries: how many more tries a request has.
        max_batch: the most texts in a request; the server's `max_batch_size`, if it batches, has
            to be as large.
        max_message_bytes: the largest request that is sent and the largest answer that is taken.
        tls: authorities and certificates of an encrypted connection. For gRPC, `TLS()` turns
            encryption on; https is encrypted in any case.

    Raises:
        UsageError: if an argument makes no sense.
        BertsumError: if the address speaks gRPC and the extra `serving` is not installed.

    Example:
        >>> with Client("localhost:8500") as client:
        ...     client.summarize([article], sentences=2)
        >>> Client("https://news.example", label="canary", tls=TLS("ca.pem")).score([article])
    """

    def __init__(
        self,
        address: str,
        *,
        model: str = "bertsum",
        version: int | None = None,
        label: str | None = None,
        timeout: float = 60.0,
        retries: int = 5,
        max_batch: int = 32,
        max_message_bytes: int = 64 << 20,
        tls: TLS | None = None,
    ) -> None:
        if version is not None and label is not None:
            raise UsageError("Give the number of a version or a label, not both.")
        if retries < 0 or max_batch < 1 or max_message_bytes <= ENVELOPE_BYTES:
            raise UsageError(
                "retries has to be 0 or more, max_batch 1 or more, and max_message_bytes more "
                f"than {ENVELOPE_BYTES}."
            )
        self.address = address
        self.model = ModelSpec(model, version, label)
        self._timeout = _checked(timeout)
        self._retries = retries
        self._max_batch = max_batch
        self._max_message_bytes = max_message_bytes
        self._transport: Transport | None = _transport(address, self.model, max_message_bytes, tls)

    def summarize(
        self, texts: Iterable[str], sentences: int | None = None, *, timeout: float | None = None
    ) -> list[str]:
        """Summarises texts, in as many requests as they need.

        Args:
            texts: of any length and content; a lone surrogate, which UTF-8 does not have, is sent
                as U+FFFD.
            sentences: how many sentences to choose at most; None: what the model was exported
                with. A model that writes takes None alone.
            timeout: see `Client`; None: the client's.

        Returns:
            One summary a text, in their order. No texts: [], without a request.

        Raises:
            UsageError: before anything is sent, if an argument makes no sense or a text is too
                large for a message.
            ServingError: if the server can't be reached, or can't answer.
        """
        check_limits(sentences, None, None)
        signature = "serving_default" if sentences is None else "summarize"
        summaries: list[str] = []
        for batch, outputs in self._predict(texts, signature, ("summary",), sentences, timeout):
            if len(outputs["summary"]) != len(batch):
                raise self._error(Failure("MALFORMED", "not one summary a text"))
            summaries += outputs["summary"]
        return summaries

    def score(self, texts: Iterable[str], *, timeout: float | None = None) -> list[Summary]:
        """Summarises texts, and tells every sentence with its score.

        A model that writes has no scores.

        Args:
            texts: as for `summarize`.
            timeout: see `Client`; None: the client's.

        Returns:
            One summary a text, in their order, as `bertsum_tf.Summarizer` gives it.

        Raises:
            UsageError: as for `summarize`.
            ServingError: as for `summarize`.
        """
        summaries: list[Summary] = []
        for batch, outputs in self._predict(texts, "score", _SCORE_OUTPUTS, None, timeout):
            try:
                for row, text in enumerate(batch):
                    summaries.append(_summary(text, outputs, row, self.model.name))
            except (IndexError, TypeError, ValueError):
                raise self._error(Failure("MALFORMED", "the outputs do not fit")) from None
        return summaries

    def status(self, *, timeout: float | None = None) -> list[ModelVersion]:
        """The versions of the model that the server knows of, loaded or not, the lowest first.

        With a version given to the client that version alone; with a label all, as the server
        tells no label's state.

        Raises:
            ServingError: if the server can't be reached, or has no such model.
        """
        deadline = Deadline(self._timeout if timeout is None else _checked(timeout))
        try:
            versions = with_retries(self._open().versions, deadline, self._retries)
        except Failure as failure:
            raise self._error(failure) from None
        return sorted(versions, key=lambda version: version.version)

    def is_ready(self, *, timeout: float = 5.0) -> bool:
        """Whether the model can be asked now, found out in one try.

        Args:
            timeout: seconds to wait for the server's answer.

        Raises:
            ServingError: if waiting will not mend it, such as a certificate that is not trusted.
        """
        try:
            versions = self._open().versions(_checked(timeout))
        except Failure as failure:
            if failure.code in ("UNAVAILABLE", "NOT_FOUND", "DEADLINE_EXCEEDED"):
                return False
            raise self._error(failure) from None
        return any(version.state == "AVAILABLE" for version in versions)

    def close(self) -> None:
        """Ends the connection; the client can't be used any more."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _predict(
        self,
        texts: Iterable[str],
        signature: str,
        names: Sequence[str],
        sentences: int | None,
        timeout: float | None,
    ) -> Iterator[tuple[Sequence[str], dict[str, list[Any]]]]:
        """Sends texts, and yields each request's texts with the outputs that came back."""
        transport = self._open()
        originals = checked_texts(texts)
        # One code point for one: the server's positions hold for the texts as they were given.
        documents = list(map(without_surrogates, originals))
        deadline = Deadline(self._timeout if timeout is None else _checked(timeout))
        sizes = [transport.text_bytes(document) + BYTES_PER_TEXT for document in documents]
        max_bytes = self._max_message_bytes - ENVELOPE_BYTES
        for place, size in enumerate(sizes):
            if size > max_bytes:
                raise UsageError(
                    f"Text {place} takes {size} bytes in a message, and there is room for "
                    f"{max_bytes}: set max_message_bytes higher, or shorten the text."
                )
        for part in batches(sizes, self._max_batch, max_bytes):
            inputs: dict[str, Sequence[str] | Sequence[int]] = {"documents": documents[part]}
            if sentences is not None:
                count = len(documents[part])
                inputs["num_sentences"] = [min(int(sentences), _MOST_SENTENCES)] * count
            try:
                outputs = with_retries(
                    partial(transport.predict, signature, inputs, names), deadline, self._retries
                )
            except Failure as failure:
                raise self._error(failure) from None
            yield originals[part], outputs

    def _open(self) -> Transport:
        if self._transport is None:
            raise UsageError("The client has been closed: make a new one.")
        return self._transport

    def _error(self, failure: Failure) -> ServingError:
        return explain(failure, self.address, str(self.model))


def _transport(
    address: str, model: ModelSpec, max_message_bytes: int, tls: TLS | None
) -> Transport:
    if address.lower().startswith(("http://", "https://")):
        return RestTransport(address, model, max_message_bytes, tls)
    if not _GRPC_ADDRESS.fullmatch(address):
        raise UsageError(
            "An address looks like host:8500 for gRPC, or http://host:8501 for REST, "
            f"not {address!r}."
        )
    try:
        from bertsum_tf.serving.grpc_transport import GrpcTransport
    except ImportError as error:
        raise BertsumError(
            "gRPC needs tensorflow-serving-api: install bertsum_tf with its extra 'serving', "
            "or give the server's REST address (http://host:8501)."
        ) from error
    return GrpcTransport(address, model, max_message_bytes, tls)


def _summary(text: str, outputs: Mapping[str, list[Any]], row: int, model: str) -> Summary:
    """One row of the outputs of `score`, without its padding."""
    starts, ends, scores, selected = (
        outputs[name][row] for name in ("start", "end", "scores", "selected")
    )
    sentences = tuple(
        Sentence(
            index,
            starts[index],
            ends[index],
            text[starts[index] : ends[index]],
            float(np.float32(scores[index])),  # JSON has it in decimals
            bool(selected[index]),
        )
        for index in range(outputs["sentence_count"][row])
    )
    words = (word for sentence in sentences if sentence.selected for word in sentence.text.split())
    return Summary(" ".join(words), sentences, model)


def _checked(timeout: float) -> float:
    if not isinstance(timeout, (int, float)) or not 0 < timeout < float("inf"):
        raise UsageError(f"The timeout has to be a number of seconds above 0, not {timeout!r}.")
    return timeout

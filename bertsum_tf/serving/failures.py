"""What can go wrong between a client and a model server, in the names that gRPC has for it."""

from __future__ import annotations

from bertsum_tf.errors import BertsumError

LONGEST_DETAILS = 300


class Failure(Exception):
    """A try that failed, as a transport saw it.

    Args:
        code: the name of a gRPC status, such as "UNAVAILABLE", also where REST was spoken.
        details: what the server or the network said; the beginning is kept, as TensorFlow's own
            messages run to pages and quote the input.
    """

    def __init__(self, code: str, details: str) -> None:
        super().__init__(f"{code}: {details}")
        self.code = code
        self.details = " ".join(details.split())[:LONGEST_DETAILS]


class ServingError(BertsumError):
    """A model server that can't be reached, or did not give what it was asked for.

    Attributes:
        code: which kind of failure, by gRPC's name, whichever protocol was spoken: "UNAVAILABLE",
            "DEADLINE_EXCEEDED", "NOT_FOUND", "INVALID_ARGUMENT", ...
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


# What to do about each kind. {server} is the address, {model} the model and its version or label.
_SENTENCES = {
    "UNAVAILABLE": (
        "The model server {server} can't be reached or is not ready: start it, wait until it has "
        "loaded its models, or mend the address"
    ),
    "DEADLINE_EXCEEDED": (
        "The model server {server} did not answer in time: give more time (timeout=...), or send "
        "fewer or shorter texts"
    ),
    "NOT_FOUND": (
        "The model server {server} has no {model}: ask for one that it has loaded, or add it to "
        "the server's models.config"
    ),
    "INVALID_ARGUMENT": (
        "The model server {server} did not accept the request to {model}: serve a SavedModel that "
        "this version of bertsum_tf exported, under the version or label that you ask for"
    ),
    "RESOURCE_EXHAUSTED": (
        "The message was too large for {server} or for this client: set max_batch lower or "
        "max_message_bytes higher"
    ),
    "UNAUTHENTICATED": (
        "The model server {server} and this client do not trust each other: give the right "
        "ca_file, certificate_file and key_file, as Client(..., tls=TLS(...))"
    ),
    "UNIMPLEMENTED": (
        "{server} is no TensorFlow Serving model server: mend the address (gRPC is on port 8500, "
        "REST on 8501, unless it was told otherwise)"
    ),
    "MALFORMED": (
        "{server} answered something else than {model} should: serve a SavedModel that this "
        "version of bertsum_tf exported"
    ),
}
_SENTENCES["FAILED_PRECONDITION"] = _SENTENCES["INVALID_ARGUMENT"]
_SENTENCES["PERMISSION_DENIED"] = _SENTENCES["UNAUTHENTICATED"]
_NO_SIGNATURE = (
    "{server} has no such function in {model}: of a model that writes ask summarize(texts), "
    "without sentences; for score and sentences serve one that chooses sentences"
)
_OTHER = "The model server {server} failed to answer for {model}: look into its log"


def explain(failure: Failure, server: str, model: str) -> ServingError:
    """The error that a user sees.

    Args:
        failure: of the last try.
        server: its address.
        model: what was asked for, such as "model bertsum, version 3".
    """
    sentence = _SENTENCES.get(failure.code, _OTHER)
    # By REST it has the code of any wrong argument.
    if "signature key" in failure.details:
        sentence = _NO_SIGNATURE
    sentence = sentence.format(server=server, model=model)
    details = failure.details or failure.code
    return ServingError(f"{sentence} ({details}).", failure.code)

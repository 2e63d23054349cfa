"""What the two ways to a model server, gRPC and REST, have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

# What a message holds besides the texts: names, types, shapes, headers.
ENVELOPE_BYTES = 4096

# What a text adds to a message besides itself: its length or its quotes, its number of sentences.
BYTES_PER_TEXT = 32


@dataclass(frozen=True)
class TLS:
    """An encrypted connection, and who is trusted on it.

    Attributes:
        ca_file: PEM file with the authorities that may have signed the server's certificate;
            None: those that come with the system (REST) or with gRPC.
        certificate_file: PEM file with this client's certificate, where the server asks for one.
        key_file: PEM file with the private key of that certificate.
    """

    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None


@dataclass(frozen=True)
class ModelSpec:
    """Which model of a server is meant.

    Attributes:
        name: as in the server's configuration.
        version: its number; None: the label's, or else the highest that is loaded.
        label: a name that the server's configuration gives a version.
    """

    name: str
    version: int | None = None
    label: str | None = None

    def __str__(self) -> str:
        if self.version is not None:
            return f"model {self.name}, version {self.version}"
        return f"model {self.name}" + (f", label {self.label}" if self.label else "")


@dataclass(frozen=True)
class ModelVersion:
    """A version of a model, as its server sees it.

    Attributes:
        version: its number.
        state: "START", "LOADING", "AVAILABLE", "UNLOADING" or "END".
        error: why it could not be loaded; "" if there was no error.
    """

    version: int
    state: str
    error: str = ""


class Transport(Protocol):
    """A way to one model of one server. Safe to use from several threads."""

    def text_bytes(self, text: str) -> int:
        """How many bytes a text takes in a message, without `BYTES_PER_TEXT`."""
        ...

    def predict(
        self,
        signature: str,
        inputs: Mapping[str, Sequence[str] | Sequence[int]],
        outputs: Sequence[str],
        timeout: float,
    ) -> dict[str, list[Any]]:
        """Runs a signature once.

        Args:
            signature: its name.
            inputs: string [B] or int32 [B] by name; strings without lone surrogates.
            outputs: the names of all outputs that the signature has.
            timeout: in seconds.

        Returns:
            The outputs by name, as (nested) lists of str, int, float or bool.

        Raises:
            Failure: if there is no answer, or a wrong one.
        """
        ...

    def versions(self, timeout: float) -> list[ModelVersion]:
        """The versions that the server knows of; with a version in the `ModelSpec`, that alone.

        Raises:
            Failure: if there is no answer, or no such model.
        """
        ...

    def close(self) -> None:
        """Gives back what is open."""
        ...

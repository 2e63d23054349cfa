"""What every source of texts yields.

Apart from `corpora`, whose readers cost the process of one summary tens of milliseconds to import.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bertsum_tf.text.sentences import Span


@dataclass(frozen=True)
class Document:
    """One text to summarise, with its reference summary where there is one.

    Attributes:
        id: The source's own identifier, else the place in the source; it is the same on every pass.
        text: The whole text.
        reference: The reference summary, one highlight a line; `None` if there is none.
        group: What reports are broken down by (for news, the publisher).
        spans: Sentence boundaries that came with the document, as half-open ranges of code points
            in `text`; `None` where the sentence rules are to find them.
    """

    id: str
    text: str
    reference: str | None = None
    group: str | None = None
    spans: tuple[Span, ...] | None = None


@dataclass(frozen=True)
class BadDocument:
    """A record of a corpus that could not be read as a document.

    Attributes:
        where: The file, and the line if it has lines, or the record's number.
        reason: What is wrong, from a small fixed set of phrases, so that reasons can be counted.
    """

    where: str
    reason: str

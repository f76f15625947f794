"""Segments: one step of a path template, and how the text of a request is matched with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from locum.openapi.wire.percent import percent_decode

__all__ = ["Segment", "Sent", "is_expression"]

_EXPRESSION = re.compile(r"\{[^{}]*\}")
_ENCODED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_RESERVED = frozenset(":/?#[]@!$&'()*+,;=")
_OPAQUE = "\ud800"
"""Stands for a reserved character that was sent percent-encoded. No template holds a lone surrogate."""


def is_expression(segment: str) -> bool:
    """Whether a segment is one template expression and nothing else."""
    return _EXPRESSION.fullmatch(segment) is not None


class Sent(NamedTuple):
    """A segment of a request."""

    raw: str
    text: str
    hidden: str
    """The text without the reserved characters that were sent percent-encoded."""
    places: range | list[int]
    """Where each character of the text begins in what was sent."""

    @classmethod
    def of(cls, raw: str) -> Sent:
        """Decode a segment."""
        return cls(raw, *_decode(raw)) if "%" in raw else cls(raw, raw, raw, range(len(raw) + 1))


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment with text beside its template expressions: `{id}.json`, `{base}...{head}`.

    Each expression takes at least one character, and as few as the rest allows. The literals are found from left
    to right, each once, so that a match takes a time that grows with the length of the text alone: a
    regular expression would try every way in which the text can be divided.
    """

    literals: tuple[str, ...]
    """The texts around the expressions, percent-decoded: one more than there are expressions."""

    @classmethod
    def of(cls, template: str) -> Segment:
        """Compile a segment of a path template."""
        return cls(tuple(map(percent_decode, _EXPRESSION.split(template))))

    def match(self, sent: str) -> tuple[str, ...] | None:
        """Return what the expressions stand for, as it was sent; None where the segment is another.

        A reserved character that was sent percent-encoded is data (RFC 3986, section 2.2), so it is taken for one
        of the literals only where the text does not match otherwise.
        """
        return self.match_sent(Sent.of(sent))

    def match_sent(self, sent: Sent) -> tuple[str, ...] | None:
        """Match a segment that is decoded once for all templates that it is held against."""
        found = self._divide(sent.hidden, sent) if sent.hidden != sent.text else None
        return self._divide(sent.text, sent) if found is None else found

    def _divide(self, text: str, sent: Sent) -> tuple[str, ...] | None:
        """Divide a text at the literals."""
        raw, places = sent.raw, sent.places
        first, last = self.literals[0], self.literals[-1]
        begin, end = len(first), len(text) - len(last)
        if not text.startswith(first) or not text.endswith(last):
            return None
        values = []
        for literal in self.literals[1:-1]:
            found = text.find(literal, begin + 1, end)
            if found < 0:
                return None
            values.append(raw[places[begin] : places[found]])
            begin = found + len(literal)
        if begin >= end:
            return None
        return (*values, raw[places[begin] : places[end]])


def _decode(sent: str) -> tuple[str, str, list[int]]:
    """Decode a segment; return its text, the text with encoded reserved characters hidden, and where each begins."""
    texts, hidden, places, at = list[str](), list[str](), list[int](), 0
    for encoded in _ENCODED.finditer(sent):
        plain = sent[at : encoded.start()]
        places += range(at, encoded.start())
        text = unquote_to_bytes(encoded[0]).decode("utf-8", "surrogateescape")
        at = encoded.start()
        for letter in text:
            places.append(at)
            at += 3 * len(letter.encode("utf-8", "surrogateescape"))
        texts += [plain, text]
        hidden += [plain, "".join(_OPAQUE if letter in _RESERVED else letter for letter in text)]
    texts.append(sent[at:])
    hidden.append(sent[at:])
    places += range(at, len(sent) + 1)
    return "".join(texts), "".join(hidden), places

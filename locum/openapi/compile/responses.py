"""Responses: what an operation declares that it answers, and which answer is its success."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from locum.openapi.wire.coercion import typed
from locum.openapi.wire.styles import from_text

if TYPE_CHECKING:
    from collections.abc import Collection

    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.schemas import Schema

__all__ = ["DeclaredResponse", "Header", "status_key", "success_of"]

_RANGE = re.compile(r"[1-5][xX]{2}\Z")
_OK, _FOUND = 200, 302


@dataclass(slots=True)
class Header:
    """A declared response header."""

    name: str
    required: bool
    schema: Schema | None
    shape: str = "primitive"
    explode: bool = False
    examples: tuple[Any, ...] = ()

    def read(self, text: str) -> Any:
        """Read the value that a text stands for (style `simple`). Raises Unreadable."""
        raw = from_text(text, self.name, "simple", self.shape, explode=self.explode)
        return raw if self.schema is None else typed(self.schema, self.schema.raw, raw)

    def write(self, value: Any) -> str:
        """Write a value as the text of the header (style `simple`)."""
        if isinstance(value, list | tuple):
            return ",".join(map(_plain, value))
        if isinstance(value, dict):
            link = "=" if self.explode else ","
            return ",".join(f"{name}{link}{_plain(member)}" for name, member in value.items())
        return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


@dataclass(slots=True)
class DeclaredResponse:
    """One declared answer of an operation: `status` as in the document (`200`, `4XX`, `default`)."""

    status: str
    pointer: str
    media_types: dict[str, MediaType]
    headers: dict[str, Header]
    by_usage: tuple[str, ...] = field(init=False)
    """The media types, JSON before others: what is sent where the request leaves it open."""
    offered: tuple[MediaType, ...] = field(init=False)
    """The same media types in that order."""
    is_negotiable: bool = field(init=False)
    """Whether an Accept header decides what is sent: there are several media types, or a range of them."""

    def __post_init__(self) -> None:
        self.by_usage = tuple(sorted(self.media_types, key=lambda name: not self.media_types[name].json))
        self.offered = tuple(self.media_types[name] for name in self.by_usage)
        self.is_negotiable = len(self.offered) > 1 or any("*" in media.declared for media in self.offered)

    @property
    def usual(self) -> MediaType | None:
        """The media type that is sent where the request leaves it open; None where there is no body."""
        return self.offered[0] if self.offered else None


def status_key(status: Any) -> str:
    """Return a status as responses are known by: `200`, `4XX` (however it is written), `default`."""
    text = str(status)
    return text.upper() if _RANGE.match(text) else text


def success_of(responses: Collection[str]) -> int:
    """Choose the status of a success from what is declared.

    That is the lowest 2xx, then the lowest 3xx, then `default` as 200. An operation that declares
    refusals only gives the first of them, for it promises nothing else; one that declares nothing
    answers 200.
    """
    for kind, usual in (("2", _OK), ("3", _FOUND)):
        exact = [int(status) for status in responses if status.isdigit() and status[0] == kind]
        if exact:
            return min(exact)
        if kind + "XX" in responses:
            return usual
    if "default" in responses:
        return _OK
    first = next((status for status in responses if status[0] in "45"), str(_OK))
    return int(first.replace("X", "0"))

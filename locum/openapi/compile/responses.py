"""Responses: what an operation declares that it answers, and which answer is its success."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.headers import Header

__all__ = ["DeclaredResponse", "status_key", "success_of"]

_RANGE = re.compile(r"[1-5][xX]{2}\Z")
_OK, _FOUND = 200, 302


@dataclass(slots=True)
class DeclaredResponse:
    """One declared answer of an operation: `status` as in the document (`200`, `4XX`, `default`)."""

    status: str
    pointer: str
    media_types: dict[str, MediaType]
    headers: dict[str, Header]
    by_usage: tuple[str, ...] = field(init=False)
    """The media types, JSON before others: what is sent where the request leaves it open."""
    framing: frozenset[str] = frozenset()
    """The declared headers, in lower case, that describe the bytes of the message (see FRAMING)."""
    offered: tuple[MediaType, ...] = field(init=False)
    """The same media types in that order."""
    is_negotiable: bool = field(init=False)
    """Whether an Accept header decides what is sent: there are several media types, or a range of them."""
    known: frozenset[str] = field(init=False)
    """All declared headers, in lower case."""

    @property
    def streams(self) -> bool:
        """Whether one of the media types is a sequence of items."""
        return any(media.stream is not None for media in self.media_types.values())

    def __post_init__(self) -> None:
        self.known = self.framing.union(header.name.lower() for header in self.headers.values())
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

"""Differing: where two answers to one request part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locum.openapi.pointers import join
from locum.openapi.wire.media_types import essence_of
from locum.proof.drift.kinds import is_volatile, kind_of
from locum.proof.drift.replaying import as_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.proof.findings import Shown

__all__ = ["Difference", "differences"]

_EVERYWHERE = frozenset(
    {
        "date", "server", "content-length", "connection", "keep-alive", "transfer-encoding", "vary", "x-request-id",
        "content-type", "x-powered-by", "via", "alt-svc", "cache-control", "etag",
    }
)  # fmt: skip
"""Headers that say nothing of an API, or are compared by themselves."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place at which answers differ: `status`, a header's name, or a JSON pointer into the body."""

    place: str
    sentence: str


def differences(ours: Shown, theirs: Shown) -> Iterator[Difference]:
    """Yield where the stand-in's answer and the server's part; values that every server makes anew by their kind."""
    if ours.status != theirs.status:
        yield Difference("status", f"the stand-in answers {ours.status}, the server {theirs.status}")
        return
    types = [essence_of(shown.answer_headers.get("content-type", "")) for shown in (ours, theirs)]
    if types[0] != types[1]:
        yield Difference(
            "content-type", f"the stand-in says {types[0] or 'nothing'}, the server {types[1] or 'nothing'}"
        )
    only = [
        (ours.answer_headers.keys() - theirs.answer_headers.keys() - _EVERYWHERE, "the stand-in"),
        (theirs.answer_headers.keys() - ours.answer_headers.keys() - _EVERYWHERE, "the server"),
    ]
    for names, whose in only:
        yield from (Difference(name, f"only {whose} sends this header") for name in sorted(names))
    yield from _body(as_json(ours.answer), as_json(theirs.answer), "")


def _body(ours: Any, theirs: Any, pointer: str) -> Iterator[Difference]:
    place = pointer or "/"
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in [*ours, *(name for name in theirs if name not in ours)]:
            if name not in theirs:
                yield Difference(join(pointer, name), f"only the stand-in has it ({kind_of(ours[name])})")
            elif name not in ours:
                yield Difference(join(pointer, name), f"only the server has it ({kind_of(theirs[name])})")
            else:
                yield from _body(ours[name], theirs[name], join(pointer, name))
    elif isinstance(ours, list) and isinstance(theirs, list):
        if bool(ours) != bool(theirs):
            yield Difference(place, f"the stand-in lists {len(ours)}, the server {len(theirs)}")
        elif ours:
            yield from _body(ours[0], theirs[0], join(pointer, 0))
    elif kind_of(ours) != kind_of(theirs):
        yield Difference(place, f"it is {kind_of(ours)} from the stand-in, and {kind_of(theirs)} from the server")
    elif ours != theirs and not (is_volatile(ours) and is_volatile(theirs)):
        yield Difference(place, f"it is {_said(ours)} from the stand-in, and {_said(theirs)} from the server")


def _said(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004 (a sentence, not a dump)

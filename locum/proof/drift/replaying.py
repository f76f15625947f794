"""Replaying: a scenario asked again of a server that gives out identifiers of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from locum.proof.drift.kinds import is_volatile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from locum.proof.findings import Shown

__all__ = ["replay"]


def replay(scenario: Iterable[Shown], send: Callable[[Shown], Shown]) -> Iterator[Shown]:
    """Send every request of a scenario, and yield it with the answer that it got.

    What a recorded answer gave out and a later request says again - an identifier, above all - is replaced
    by what this server gave out in its place.
    """
    renamed: dict[Any, Any] = {}
    for recorded in scenario:
        got = send(_renamed(recorded, renamed))
        yield got
        before, now = as_json(recorded.answer), as_json(got.answer)
        renamed.update({old: new for old, new in _pairs(before, now) if old != new and is_volatile(old)})


def as_json(data: bytes) -> Any:
    """Return the JSON value of a body; None for what is none."""
    try:
        return json.loads(data)
    except ValueError:
        return None


def _pairs(before: Any, now: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the scalars that stand at the same place of two values."""
    if isinstance(before, dict) and isinstance(now, dict):
        for name in before.keys() & now.keys():
            yield from _pairs(before[name], now[name])
    elif isinstance(before, list) and isinstance(now, list):
        for old, new in zip(before, now, strict=False):
            yield from _pairs(old, new)
    elif isinstance(before, str | int) and isinstance(now, str | int):
        yield before, now


def _renamed(recorded: Shown, renamed: dict[Any, Any]) -> Shown:
    path, mark, query = recorded.url.partition("?")
    steps = [_text(unquote(step), renamed) for step in path.split("/")]
    pairs = [pair.partition("=") for pair in query.split("&")] if mark else []
    told = "&".join(f"{name}{sign}{_text(unquote(value), renamed) if sign else ''}" for name, sign, value in pairs)
    body = recorded.body
    value = as_json(body) if body else None
    if value is not None:
        body = json.dumps(_value(value, renamed)).encode()
    return replace(recorded, url="/".join(steps) + mark + told, body=body)


def _text(text: str, renamed: dict[Any, Any]) -> str:
    found = renamed.get(text, renamed.get(int(text)) if text.isdigit() else None)
    return quote(text if found is None else str(found), safe="")


def _value(value: Any, renamed: dict[Any, Any]) -> Any:
    if isinstance(value, dict):
        return {name: _value(member, renamed) for name, member in value.items()}
    if isinstance(value, list):
        return [_value(item, renamed) for item in value]
    return renamed.get(value, value) if isinstance(value, str) else value

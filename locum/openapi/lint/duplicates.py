"""Keys that an object gives twice, of which every parser keeps another one (RFC 8259, section 4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locum.openapi.lint.diagnostics import Finding, Severity
from locum.openapi.load.parsing import is_json
from locum.openapi.load.places import json_marks
from locum.openapi.load.yaml_scalars import Repeated
from locum.openapi.pointers import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.load.bundles import Part

__all__ = ["repeated_keys"]

_COLON, _ESCAPED = re.compile(rb'"\s*:'), re.compile(rb'\\"\s*:')
"""What follows a key, and the same within a string; two searches of plain texts are faster than one that looks back."""


def repeated_keys(part: Part, value: Any) -> Iterator[Finding]:
    """Yield the keys that a file gives twice; `value` is what was parsed of it."""
    for pointer, line, column in (*part.repeated, *_in_json(part, value)):
        message = f"is given twice: again in line {line}, column {column}."
        yield Finding(part.pointer + pointer, "repeated-key", Severity.ERROR, message, "The last one counts.")


def _in_json(part: Part, value: Any) -> Iterator[Repeated]:
    """Yield the keys that a JSON file gives twice; it is only looked through where it has more keys than `value`."""
    source = part.source
    if not is_json(part.place, source):
        return
    if len(_COLON.findall(source)) - len(_ESCAPED.findall(source)) == _keys(value):
        return
    stack: list[_Open] = []
    for mark in json_marks(source):
        top = stack[-1] if stack else None
        if mark.kind in "]}":
            stack.pop()
            continue
        if top is not None and top.names is not None and top.key is None:
            top.key = mark.text
            if mark.text in top.names:
                yield Repeated(join(top.pointer, mark.text), *mark.place)
            top.names.add(mark.text)
            continue
        pointer = "" if top is None else join(top.pointer, top.index if top.key is None else top.key)
        if top is not None:
            top.key, top.index = None, top.index + 1
        if mark.kind in "[{":
            stack.append(_Open(pointer, set() if mark.kind == "{" else None))


@dataclass(slots=True)
class _Open:
    """An object, with the names that it has so far, or an array."""

    pointer: str
    names: set[str] | None
    key: str | None = None
    index: int = 0


def _keys(value: Any) -> int:
    count, awaited = 0, [value]
    while awaited:
        found = awaited.pop()
        if isinstance(found, dict):
            count += len(found)
            awaited += found.values()
        elif isinstance(found, list):
            awaited += found
    return count

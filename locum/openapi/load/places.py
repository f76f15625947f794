"""Places: find the line and column of a pointer in a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
import yaml

from locum.openapi.load.parsing import NotParsed, events_of, is_json, text_of
from locum.openapi.pointers import join, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["json_marks", "places_of"]

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]]|[^\s{}\[\],:"]+', re.DOTALL)
_OPENS, _CLOSES = "[{", "]}"


class _Mark(NamedTuple):
    """A token: a bracket, or `s` for a scalar with its text; `place` is its line and column."""

    kind: str
    text: str
    place: tuple[int, int]


@dataclass(slots=True)
class _Open:
    """An open object or array; `pointer` is None if no wanted pointer leads into it."""

    pointer: str | None
    is_object: bool
    key: str | None = None
    key_place: tuple[int, int] = (1, 1)
    index: int = 0


def places_of(place: str, source: bytes, pointers: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Return the line and the column of each pointer, both from 1; those of a member are those of its key.

    A pointer that is not in the file gets the place of its nearest ancestor.
    """
    pointers = set(pointers)
    wanted = {join("", *split(pointer)[:depth]) for pointer in pointers for depth in range(pointer.count("/") + 1)}
    found = {"": (1, 1)}
    if is_json(place, source):
        found |= _in_json(source, wanted)
        return {pointer: _nearest(pointer, found) for pointer in pointers}
    try:
        for pointer, where in _pointed(_yaml_marks(text_of(source)), wanted):
            found.setdefault(pointer, where)
            if len(found) == len(wanted):
                break
    except NotParsed:
        pass  # reported already where the file was parsed
    return {pointer: _nearest(pointer, found) for pointer in pointers}


def _nearest(pointer: str, found: dict[str, tuple[int, int]]) -> tuple[int, int]:
    while pointer not in found:
        pointer = pointer.rpartition("/")[0]
    return found[pointer]


def _pointed(marks: Iterator[_Mark], wanted: set[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    stack: list[_Open] = []
    for mark in marks:
        if mark.kind in _CLOSES:
            stack.pop()
            continue
        top = stack[-1] if stack else None
        if top is not None and top.is_object and top.key is None:
            top.key, top.key_place = mark.text, mark.place
            continue
        pointer: str | None = ""
        where = mark.place
        if top is not None:
            pointer = None
            if top.pointer is not None:
                pointer = join(top.pointer, top.index if top.key is None else top.key)
            where = where if top.key is None else top.key_place
            top.key, top.index = None, top.index + 1
        if pointer in wanted:
            assert pointer is not None  # noqa: S101 (for the type checker: None is never wanted)
            yield pointer, where
        else:
            pointer = None
        if mark.kind in _OPENS:
            stack.append(_Open(pointer, mark.kind == "{"))


def _yaml_marks(text: str) -> Iterator[_Mark]:
    kinds: dict[Any, str] = {
        yaml.MappingStartEvent: "{",
        yaml.MappingEndEvent: "}",
        yaml.SequenceStartEvent: "[",
        yaml.SequenceEndEvent: "]",
        yaml.ScalarEvent: "s",
        yaml.AliasEvent: "s",
    }
    for event in events_of(text):
        kind = kinds.get(type(event))
        if kind is not None:
            mark = event.start_mark
            yield _Mark(kind, getattr(event, "value", ""), (mark.line + 1, mark.column + 1))


def _in_json(source: bytes, wanted: set[str]) -> dict[str, tuple[int, int]]:
    """Return the places of wanted pointers in a JSON text; other parts are skipped: it may have 500,000 tokens."""
    offsets: dict[str, int] = {}
    stack: list[tuple[str, bool, int]] = []
    pointer, is_object, index = "", False, 0
    key: bytes | None = None
    key_offset = passed = 0
    for match in _TOKEN.finditer(source):
        token = match[0]
        first = token[0]
        if passed:
            passed += (first in _OPENING) - (first in _CLOSING)
            continue
        if first in _CLOSING:
            pointer, is_object, index = stack.pop()
            continue
        if is_object and key is None:
            key, key_offset = token, match.start()
            continue
        inner = pointer
        if stack:
            inner = join(pointer, index if key is None else _text(key))
            if inner not in wanted:
                key, index = None, index + 1
                passed = int(first in _OPENING)
                continue
            offsets.setdefault(inner, match.start() if key is None else key_offset)
            if len(offsets) + 1 == len(wanted):  # the root is known already
                break
            key, index = None, index + 1
        if first in _OPENING:
            stack.append((pointer, is_object, index))
            pointer, is_object, index = inner, first == _BRACE, 0
    return _lines(source, offsets)


_BRACE = ord("{")
_OPENING, _CLOSING = b"[{", b"]}"


def _lines(source: bytes, offsets: dict[str, int]) -> dict[str, tuple[int, int]]:
    found, line, counted = {}, 1, 0
    for pointer, offset in sorted(offsets.items(), key=lambda pair: pair[1]):
        line += source.count(b"\n", counted, offset)
        counted = offset
        start = source.rfind(b"\n", 0, offset) + 1
        found[pointer] = line, _column(source, start, offset)
    return found


def _column(source: bytes, start: int, offset: int) -> int:
    """Return the column of an offset, in characters; in a long line, as of a minified file, in bytes."""
    if offset - start < _LONG_LINE:
        return len(source[start:offset].decode(errors="replace")) + 1
    return offset - start + 1


_LONG_LINE = 4096


def json_marks(source: bytes) -> Iterator[_Mark]:
    """Yield the tokens of a valid JSON text: its brackets, its keys and its other scalars."""
    line, start, counted = 1, 0, 0
    for match in _TOKEN.finditer(source):
        token, offset = match[0], match.start()
        newlines = source.count(b"\n", counted, offset)
        if newlines:
            line, start = line + newlines, source.rfind(b"\n", counted, offset) + 1
        counted = offset
        column = _column(source, start, offset)
        if token in b"[]{}":
            yield _Mark(token.decode(), "", (line, column))
        else:
            yield _Mark("s", _text(token), (line, column))


def _text(token: bytes) -> str:
    if b"\\" in token:
        return str(orjson.loads(token))
    return token.strip(b'"').decode(errors="replace")

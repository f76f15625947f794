"""Paging: which part of a list an answer holds, and where the other parts are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_plus

from locum.infer.lists.cursors import cursor_at, offset_of, whole_number
from locum.infer.lists.paging_parameters import PagingKind, paging_parts
from locum.infer.lists.windows import Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locum.infer.lists.paging_parameters import PagingParameter
    from locum.openapi.compile.parameters import Parameter

__all__ = ["Paging", "Window"]

_DEFAULT_SIZE = 20


class Paging:
    """The paging of one operation, as its query parameters have it; without any, a list is whole."""

    def __init__(
        self,
        parameters: Sequence[Parameter],
        default_size: int | None = None,
        *,
        by_records: bool = False,
        counts: bool = False,
    ) -> None:
        """`by_records` is whether no response holds a cursor, so that what a page comes after is a record.

        `counts` is whether responses have a cursor as a number: it is the offset, also where the query has a text.
        """
        self._parts = paging_parts(parameters)
        if counts:
            self._parts = [replace(part, text=False) if part.kind in _CURSORS else part for part in self._parts]
        if by_records:
            self._parts = [replace(part, kind=_RECORDS.get(part.kind, part.kind)) for part in self._parts]
        self._switches = [part for part in self._parts if part.kind is PagingKind.SWITCH]
        self._by_kind: dict[PagingKind, PagingParameter] = {}
        for part in self._parts:
            self._by_kind.setdefault(part.kind, part)
        self._positions = {part.key for part in self._parts if part.kind.is_position}
        self._styles = [style for style in _STYLES if style[0] in self._by_kind]
        sizes = [part for part in self._parts if part.kind is PagingKind.SIZE]
        self._sizes = sizes
        default_size = _DEFAULT_SIZE if default_size is None else default_size
        self._default_size = min(
            [default_size] + [part.maximum for part in sizes if part.maximum is not None], default=default_size
        )
        for part in sizes:
            if part.default is not None:
                self._default_size = part.default
        self.names_records = not self._by_kind.keys().isdisjoint((PagingKind.AFTER_RECORD, PagingKind.BEFORE_RECORD))
        """Whether a page may begin or end with a record that is named, so that their ids are needed."""
        self.names = frozenset(part.parameter for part in self._parts)
        """The names of the query parameters that page, and so do not select."""
        self.explain = [part.explain for part in self._parts]

    def window(self, records: int | Sequence[str | int], arguments: Mapping[str, Any]) -> Window:
        """Say which part of a list is asked for.

        `records` is how many there are, or their ids where a cursor may name one of them. A cursor
        that this list has not given out fits its schema, so it is no error: nothing is there.
        """
        total = records if isinstance(records, int) else len(records)
        if not self._parts:
            return Window(0, total, total, total)
        size = self._size(arguments)
        keys = () if isinstance(records, int) else records
        kind, start, stop = self._place(arguments, size, total, keys)
        page = self._by_kind.get(PagingKind.PAGE)
        base = page.base if page else 1
        number = max(base, base + start // size) if kind is PagingKind.PAGE and size else None
        start = min(max(start, 0), total)
        stop = min(max(stop, start), total)
        counted = kind in _COUNTED and bool(self._by_kind.keys() - {*_COUNTED, PagingKind.SIZE})
        window = Window(start, stop, size, total, base, number, counted)
        turns = self._turns(kind, window, keys)
        return replace(window, turns=turns) if turns else window

    def links(self, window: Window, url: str, query: bytes) -> dict[str, str]:
        """Return the URLs of this part and the others by relation (RFC 8288); what else the query asks for stays."""
        text = query.decode("latin-1")
        kept = [pair for pair in text.split("&") if pair and self._stays(pair)] if window.turns else []
        links = {"self": f"{url}?{text}" if text else url}
        for relation, (key, value) in window.turns.items():
            turn = [] if value is None else [f"{quote(key, safe='$')}={quote(str(value), safe='')}"]
            pairs = "&".join(kept + turn)
            links[relation] = f"{url}?{pairs}" if pairs else url
        return links

    def _stays(self, pair: str) -> bool:
        return unquote_plus(pair.partition("=")[0]) not in self._positions

    def _size(self, arguments: Mapping[str, Any]) -> int:
        for part in self._sizes:
            size = whole_number(part.value(arguments))
            if size is not None and size >= 0:
                return size if part.maximum is None else min(size, part.maximum)
        return self._default_size

    def _place(
        self, arguments: Mapping[str, Any], size: int, total: int, keys: Sequence[str | int]
    ) -> tuple[PagingKind | None, int, int]:
        """Return the style in use, and where the part begins and ends."""
        for part in self._parts:
            value = part.value(arguments)
            if not part.kind.is_position or value is None or value in ("", part.default):
                continue
            place = self._position(part, value, keys, total)
            if part.kind in _BACKWARDS:
                return _BACKWARDS[part.kind], place - size, min(place, total)
            start = max(0, (place - part.base) * size if part.kind is PagingKind.PAGE else place)
            return part.kind, start, start + size
        return self._first_style(arguments), 0, size

    def _first_style(self, arguments: Mapping[str, Any]) -> PagingKind | None:
        if any(part.value(arguments) is True for part in self._switches) and PagingKind.CURSOR in self._by_kind:
            return PagingKind.CURSOR
        return self._styles[0][0] if self._styles else None

    @staticmethod
    def _position(part: PagingParameter, value: Any, keys: Sequence[str | int], total: int) -> int:
        """Return the offset (or the number of the page) that a parameter says."""
        nowhere = 0 if part.kind in _BACKWARDS else total
        if part.kind in {PagingKind.AFTER_RECORD, PagingKind.BEFORE_RECORD}:
            found = (index for index, key in enumerate(keys) if str(key) == str(value))
            index = next(found, None)
            return nowhere if index is None else index + (part.kind is PagingKind.AFTER_RECORD)
        number = offset_of(value) if part.kind in _CURSORS and part.text else whole_number(value)
        if number is None:
            return nowhere
        return number - part.base if part.kind is PagingKind.OFFSET else number

    def _turns(self, kind: PagingKind | None, window: Window, keys: Sequence[str | int]) -> dict[str, tuple[str, Any]]:
        if kind is None:
            return {}
        _, back = next(style for style in _STYLES if style[0] is kind)
        part, before = self._by_kind[kind], self._by_kind.get(back)
        turns: dict[str, tuple[str, Any]] = {}
        if window.has_next:
            turns["next"] = part.key, self._value(part, window.stop, window, keys)
        if window.has_previous:
            if before is not None and before.kind in _BACKWARDS:
                turns["prev"] = before.key, self._value(before, window.start, window, keys)
            elif kind is not PagingKind.AFTER_RECORD:
                turns["prev"] = part.key, self._value(part, max(0, window.start - window.size), window, keys)
        turns["first"] = part.key, self._value(part, 0, window, keys) if kind in _COUNTED else None
        if kind in _COUNTED and window.size:
            turns["last"] = part.key, self._value(part, max(0, window.pages - 1) * window.size, window, keys)
        return turns

    @staticmethod
    def _value(part: PagingParameter, offset: int, window: Window, keys: Sequence[str | int]) -> str | int | None:
        """Return the value of a parameter that leads to an offset."""
        value: str | int | None
        if part.kind is PagingKind.PAGE:
            value = part.base + -(-offset // max(window.size, 1))
        elif part.kind is PagingKind.OFFSET:
            value = part.base + offset
        elif part.kind in {PagingKind.AFTER_RECORD, PagingKind.BEFORE_RECORD}:
            index = offset - (part.kind is PagingKind.AFTER_RECORD)
            return keys[index] if 0 <= index < len(keys) else None
        else:
            return cursor_at(offset) if part.text else offset
        return str(value) if part.text else value


_STYLES = (
    # how the next part is asked for, and how the one before, best first
    (PagingKind.PAGE, PagingKind.PAGE),
    (PagingKind.OFFSET, PagingKind.OFFSET),
    (PagingKind.AFTER_RECORD, PagingKind.BEFORE_RECORD),
    (PagingKind.CURSOR, PagingKind.CURSOR),
    (PagingKind.AFTER, PagingKind.BEFORE),
    (PagingKind.BEFORE_RECORD, PagingKind.BEFORE_RECORD),
    (PagingKind.BEFORE, PagingKind.BEFORE),
)
_RECORDS = {PagingKind.AFTER: PagingKind.AFTER_RECORD, PagingKind.BEFORE: PagingKind.BEFORE_RECORD}
_BACKWARDS = {PagingKind.BEFORE: PagingKind.AFTER, PagingKind.BEFORE_RECORD: PagingKind.AFTER_RECORD}
_COUNTED = (PagingKind.PAGE, PagingKind.OFFSET)
_CURSORS = frozenset({PagingKind.CURSOR, PagingKind.AFTER, PagingKind.BEFORE})

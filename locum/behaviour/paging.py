"""Paging: which part of a list an answer holds, and where the other parts are."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_plus

from locum.behaviour.paging_parameters import Role, paging_parts
from locum.refusals import Malformed, Violation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locum.behaviour.paging_parameters import PagingPart
    from locum.contract.parameters import Parameter

__all__ = ["Paging", "Window"]

_DEFAULT_SIZE = 20
_LONGEST = 18
"""Digits of a number that is read; none that counts records has more."""

_CURSOR = "offset:"
"""What a cursor says when it is decoded, before the offset."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a list: the records from `start` until before `stop`."""

    start: int
    stop: int
    size: int
    """How many records a full part has."""
    total: int
    """How many records the whole list has."""
    base: int = 1
    """The number of the first page."""
    turns: Mapping[str, tuple[str, str | int | None]] = field(default_factory=dict)
    """Where the other parts are: relation (next, prev, first, last) -> the query parameter and its value.

    The value is None where the parameter is left out.
    """

    @property
    def count(self) -> int:
        """How many records this part has."""
        return self.stop - self.start

    @property
    def page(self) -> int:
        """The number of this page, as the API counts."""
        return self.base + (self.start // self.size if self.size else 0)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return -(-self.total // self.size) if self.size else 0

    @property
    def has_next(self) -> bool:
        """Whether records follow."""
        return self.stop < self.total and self.size > 0

    @property
    def has_previous(self) -> bool:
        """Whether records go before."""
        return self.start > 0 and self.total > 0

    @property
    def next(self) -> str | int | None:
        """The value of the parameter that leads to the next part; None at the end."""
        return self.turns["next"][1] if "next" in self.turns else None

    @property
    def previous(self) -> str | int | None:
        """The value of the parameter that leads to the part before; None at the beginning."""
        return self.turns["prev"][1] if "prev" in self.turns else None


class Paging:
    """The paging of one operation, as its query parameters have it; without any, a list is whole."""

    def __init__(self, parameters: Sequence[Parameter], default_size: int = _DEFAULT_SIZE) -> None:
        self._parts = paging_parts(parameters)
        self._switches = [part for part in self._parts if part.role is Role.SWITCH]
        self._by_role: dict[Role, PagingPart] = {}
        for part in self._parts:
            self._by_role.setdefault(part.role, part)
        self._positions = {part.key for part in self._parts if part.role.is_position}
        self._styles = [style for style in _STYLES if style[0] in self._by_role]
        sizes = [part for part in self._parts if part.role is Role.SIZE]
        self._sizes = sizes
        self._default_size = min(
            [default_size] + [part.maximum for part in sizes if part.maximum is not None], default=default_size
        )
        for part in sizes:
            if part.default is not None:
                self._default_size = part.default
        self.names = frozenset(part.parameter for part in self._parts)
        """The names of the query parameters that page, and so do not select."""
        self.explain = [part.explain for part in self._parts]

    def window(self, records: int | Sequence[str | int], arguments: Mapping[str, Any]) -> Window:
        """Say which part of a list is asked for.

        `records` is how many there are, or their ids where a cursor may name one of them. Raises
        Malformed for a cursor that leads nowhere.
        """
        total = records if isinstance(records, int) else len(records)
        if not self._parts:
            return Window(0, total, total, total)
        size = self._size(arguments)
        keys = () if isinstance(records, int) else records
        role, start, stop = self._place(arguments, size, total, keys)
        start = min(max(start, 0), total)
        stop = min(max(stop, start), total)
        page = self._by_role.get(Role.PAGE)
        window = Window(start, stop, size, total, page.base if page else 1)
        turns = self._turns(role, window, keys)
        return Window(start, stop, size, total, window.base, turns) if turns else window

    def links(self, window: Window, url: str, query: bytes) -> dict[str, str]:
        """Return the URLs of the other parts by relation (RFC 8288); what else the query asks for stays."""
        kept = [pair for pair in query.decode("latin-1").split("&") if pair and self._stays(pair)]
        links = {}
        for relation, (key, value) in window.turns.items():
            turn = [] if value is None else [f"{quote(key, safe='$')}={quote(str(value), safe='')}"]
            pairs = "&".join(kept + turn)
            links[relation] = f"{url}?{pairs}" if pairs else url
        return links

    def _stays(self, pair: str) -> bool:
        return unquote_plus(pair.partition("=")[0]) not in self._positions

    def _size(self, arguments: Mapping[str, Any]) -> int:
        for part in self._sizes:
            size = _whole(part.value(arguments))
            if size is not None and size >= 0:
                return size if part.maximum is None else min(size, part.maximum)
        return self._default_size

    def _place(
        self, arguments: Mapping[str, Any], size: int, total: int, keys: Sequence[str | int]
    ) -> tuple[Role | None, int, int]:
        """Return the style in use, and where the part begins and ends."""
        for part in self._parts:
            value = part.value(arguments)
            if not part.role.is_position or value is None or value in ("", part.default):
                continue
            place = self._position(part, value, keys)
            if part.role in _BACKWARDS:
                return _BACKWARDS[part.role], place - size, min(place, total)
            start = (place - part.base) * size if part.role is Role.PAGE else place
            return part.role, start, start + size
        return self._first_style(arguments), 0, size

    def _first_style(self, arguments: Mapping[str, Any]) -> Role | None:
        if any(part.value(arguments) is True for part in self._switches) and Role.CURSOR in self._by_role:
            return Role.CURSOR
        return self._styles[0][0] if self._styles else None

    def _position(self, part: PagingPart, value: Any, keys: Sequence[str | int]) -> int:
        """Return the offset (or the number of the page) that a parameter says."""
        if part.role in {Role.AFTER_RECORD, Role.BEFORE_RECORD}:
            for index, key in enumerate(keys):
                if str(key) == str(value):
                    return index + (part.role is Role.AFTER_RECORD)
            raise self._unknown(part, "is the id of no record in this list")
        number = _offset(value) if part.role in {Role.CURSOR, Role.AFTER, Role.BEFORE} else _whole(value)
        if number is None:
            raise self._unknown(part, "is none that this list has given out")
        return number - part.base if part.role is Role.OFFSET else number

    def _unknown(self, part: PagingPart, sentence: str) -> Malformed:
        violation = Violation("query", (part.parameter,), "cursor", None, sentence)
        return Malformed(f"The query parameter {part.key} {sentence}.", code="unknown_cursor", violations=[violation])

    def _turns(self, role: Role | None, window: Window, keys: Sequence[str | int]) -> dict[str, tuple[str, Any]]:
        if role is None:
            return {}
        _, back = next(style for style in _STYLES if style[0] is role)
        part, before = self._by_role[role], self._by_role.get(back)
        turns: dict[str, tuple[str, Any]] = {}
        if window.has_next:
            turns["next"] = part.key, self._value(part, window.stop, window, keys)
        if window.has_previous:
            if before is not None and before.role in _BACKWARDS:
                turns["prev"] = before.key, self._value(before, window.start, window, keys)
            elif role is not Role.AFTER_RECORD:
                turns["prev"] = part.key, self._value(part, max(0, window.start - window.size), window, keys)
        turns["first"] = part.key, self._value(part, 0, window, keys) if role in _COUNTED else None
        if role in _COUNTED and window.size:
            turns["last"] = part.key, self._value(part, max(0, window.pages - 1) * window.size, window, keys)
        return turns

    @staticmethod
    def _value(part: PagingPart, offset: int, window: Window, keys: Sequence[str | int]) -> str | int | None:
        """Return the value of a parameter that leads to an offset."""
        value: str | int | None
        if part.role is Role.PAGE:
            value = part.base + -(-offset // window.size)
        elif part.role is Role.OFFSET:
            value = part.base + offset
        elif part.role in {Role.AFTER_RECORD, Role.BEFORE_RECORD}:
            index = offset - (part.role is Role.AFTER_RECORD)
            return keys[index] if 0 <= index < len(keys) else None
        else:
            return _cursor(offset) if part.text else offset
        return str(value) if part.text else value


_STYLES = (
    # how the next part is asked for, and how the one before, best first
    (Role.PAGE, Role.PAGE),
    (Role.OFFSET, Role.OFFSET),
    (Role.AFTER_RECORD, Role.BEFORE_RECORD),
    (Role.CURSOR, Role.CURSOR),
    (Role.AFTER, Role.BEFORE),
    (Role.BEFORE_RECORD, Role.BEFORE_RECORD),
    (Role.BEFORE, Role.BEFORE),
)
_BACKWARDS = {Role.BEFORE: Role.AFTER, Role.BEFORE_RECORD: Role.AFTER_RECORD}
_COUNTED = (Role.PAGE, Role.OFFSET)


def _cursor(offset: int) -> str:
    return urlsafe_b64encode(f"{_CURSOR}{offset}".encode()).decode().rstrip("=")


def _offset(cursor: Any) -> int | None:
    """Return what a cursor holds; None where this is none of ours."""
    if isinstance(cursor, int):
        return cursor
    try:
        text = urlsafe_b64decode(str(cursor).encode("ascii") + b"==").decode("ascii")
    except (NotBase64, ValueError):
        return None
    offset = _whole(text.removeprefix(_CURSOR)) if text.startswith(_CURSOR) else None
    return offset if offset is not None and _cursor(offset) == cursor else None


def _whole(value: Any) -> int | None:
    """Return a whole number, also one that is written as text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return (
        int(value)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _LONGEST
        else None
    )

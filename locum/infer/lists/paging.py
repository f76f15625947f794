"""Paging: the page of a list that a request selects, by pages, offsets, cursors or record ids."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_plus

from locum.infer.resources.words import stem
from locum.openapi.wire.styles import kinds_of, property_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from locum.openapi.compile.parameters import Parameter

__all__ = [
    "Paging",
    "PagingKind",
    "PagingParameter",
    "Window",
    "cursor_at",
    "offset_of",
    "paging_parts",
    "whole_number",
]


@dataclass(frozen=True, slots=True)
class Window:
    """A page of a list: the records from `start` to before `stop`."""

    start: int
    stop: int
    size: int
    """The number of records on a full page."""
    total: int
    """The number of records in the whole list."""
    base: int = 1
    """The number of the first page."""
    number: int | None = None
    """The requested page number, if pages are counted."""
    counted: bool = False
    """Whether the request uses pages or offsets although the operation also has cursors."""
    turns: Mapping[str, tuple[str, str | int | None]] = field(default_factory=dict)
    """The query parameter and its value for other pages, by relation (next, prev, first, last).

    The value is None if the parameter is omitted.
    """

    @property
    def count(self) -> int:
        """The number of records on this page."""
        return self.stop - self.start

    @property
    def page(self) -> int:
        """The number of this page, from `base`; also for an empty page beyond the end."""
        if self.number is not None:
            return self.number
        return self.base + (self.start // self.size if self.size else 0)

    @property
    def pages(self) -> int:
        """The number of pages."""
        return -(-self.total // self.size) if self.size else 0

    @property
    def has_next(self) -> bool:
        """Whether there are records after this page."""
        return self.stop < self.total and self.size > 0

    @property
    def has_previous(self) -> bool:
        """Whether there are records before this page."""
        return self.start > 0 and self.total > 0

    @property
    def next(self) -> str | int | None:
        """The parameter value for the next page; None at the end."""
        return self.turns["next"][1] if "next" in self.turns else None

    @property
    def previous(self) -> str | int | None:
        """The parameter value for the previous page; None at the beginning."""
        return self.turns["prev"][1] if "prev" in self.turns else None


_PREFIX = "offset:"
"""Prefix of the offset in a decoded cursor."""

_LONGEST = 18
"""Limit of the digits of a number; no count of records has more."""


def cursor_at(offset: int) -> str:
    """Return the cursor of an offset: opaque text, the same for the same offset."""
    return urlsafe_b64encode(f"{_PREFIX}{offset}".encode()).decode().rstrip("=")


def offset_of(cursor: Any) -> int | None:
    """Return the offset in a cursor; None if locum did not issue it."""
    if isinstance(cursor, int):
        return cursor
    try:
        text = urlsafe_b64decode(str(cursor).encode("ascii") + b"==").decode("ascii")
    except (NotBase64, ValueError):
        return None
    offset = whole_number(text.removeprefix(_PREFIX)) if text.startswith(_PREFIX) else None
    return offset if offset is not None and cursor_at(offset) == cursor else None


def whole_number(value: Any) -> int | None:
    """Return a whole number, also from text; None for anything else."""
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


class PagingKind(Enum):
    """The meaning of a paging parameter. The values complete "`limit` ..."."""

    PAGE = "counts pages"
    OFFSET = "skips records"
    SIZE = "is the size of a page"
    CURSOR = "is the cursor of a page"
    AFTER = "is the cursor that a page begins after"
    BEFORE = "is the cursor that a page ends before"
    AFTER_RECORD = "is the id of the record before the page"
    BEFORE_RECORD = "is the id of the record after the page"
    SWITCH = "turns cursors on"

    @property
    def is_position(self) -> bool:
        """Whether it sets where a page begins or ends."""
        return self not in {PagingKind.SIZE, PagingKind.SWITCH}


@dataclass(frozen=True, slots=True)
class PagingParameter:
    """A paging parameter, or a paging member of an object parameter."""

    kind: PagingKind
    key: str
    """Its name in the query: `page`, `page[number]`."""
    parameter: str
    argument: str
    member: str | None
    base: int
    """The number of the first page, or of the first record."""
    text: bool
    """Whether its value is text."""
    default: int | None
    maximum: int | None
    minimum: int = 0

    def value(self, arguments: Mapping[str, Any]) -> Any:
        """Return the value in a request, or None."""
        value = arguments.get(self.argument)
        if self.member is None or value is None:
            return value
        return value.get(self.member) if isinstance(value, dict) else None

    @property
    def explain(self) -> str:
        """The inferred meaning as a phrase."""
        more = ""
        if self.kind is PagingKind.PAGE:
            more = f" from {self.base}"
        elif self.kind is PagingKind.SIZE:
            limits = [f"{self.default} by default"] if self.default is not None else []
            limits += [f"at most {self.maximum}"] if self.maximum is not None else []
            more = f" ({', '.join(limits)})" if limits else ""
        return f"{self.key} {self.kind.value}{more}"


_SIZES = (
    "perpage", "pagesize", "pagelimit", "limit", "maxresult", "maxitem", "maxpagesize", "itemperpage", "resultperpage",
    "pagelength", "batchsize", "maxcount", "numresult",
)  # fmt: skip
_NAMES = {
    **dict.fromkeys(("page", "pagenumber", "pagenum", "pageno", "pagenr", "pageindex", "currentpage"), PagingKind.PAGE),
    **dict.fromkeys(_SIZES, PagingKind.SIZE),
    **dict.fromkeys(("offset", "skip", "pageoffset"), PagingKind.OFFSET),
    **dict.fromkeys(
        (
            "cursor", "pagecursor", "nextcursor", "pagetoken", "nextpagetoken", "nexttoken", "marker", "continuation",
            "continuationtoken", "paginationtoken", "paginationcursor", "skiptoken", "scrollid", "bookmark",
            "continue", "iterator", "startcursor", "paginationkey", "pagekey", "nextkey", "exclusivestartkey",
        ),
        PagingKind.CURSOR,
    ),
    **dict.fromkeys(("after", "pageafter", "aftercursor", "endcursor"), PagingKind.AFTER),
    **dict.fromkeys(("before", "pagebefore", "beforecursor"), PagingKind.BEFORE),
    **dict.fromkeys(("startingafter", "afterid", "sinceid", "lastid", "startafter"), PagingKind.AFTER_RECORD),
    **dict.fromkeys(("endingbefore", "beforeid"), PagingKind.BEFORE_RECORD),
    **dict.fromkeys(("usemarker", "usecursor"), PagingKind.SWITCH),
}  # fmt: skip
_INTEGERS = {
    # only if the parameter is a whole number
    **dict.fromkeys(("size", "count", "first", "last", "top", "row", "take", "num", "n"), PagingKind.SIZE),
    **dict.fromkeys(("start", "from", "startindex", "startat", "firstresult", "firstrecord"), PagingKind.OFFSET),
    "p": PagingKind.PAGE,
}
_MEMBERS = {"number": "page", "size": "size", "limit": "limit", "offset": "offset", "cursor": "cursor",
            "after": "after", "before": "before"}  # fmt: skip
_RECORD_WORDS = {
    PagingKind.AFTER: PagingKind.AFTER_RECORD,
    PagingKind.BEFORE: PagingKind.BEFORE_RECORD,
    PagingKind.CURSOR: PagingKind.CURSOR,
}
_OF_RECORD = re.compile(r"\b(?:the )?(?:id|identifier|gid|uuid)\b(?! token)", re.IGNORECASE)
"""A description of a cursor that is the identifier of a record."""
_FROM_ONE = frozenset({"startindex"})
"""SCIM (RFC 7644, section 3.4.2.4) counts records from 1."""


def paging_parts(parameters: Sequence[Parameter]) -> list[PagingParameter]:
    """Return the paging parameters, in declaration order."""
    found: list[PagingParameter] = []
    for parameter in parameters:
        if parameter.location == "query":
            found += _object_parts(parameter) if parameter.shape == "object" else _parts(parameter)
    return found


def _parts(parameter: Parameter) -> Iterator[PagingParameter]:
    part = _part(parameter, stem(parameter.name), parameter.schema.raw, parameter.name, None)
    if part is not None:
        yield part


def _object_parts(parameter: Parameter) -> Iterator[PagingParameter]:
    """Yield the members of an object parameter: `page[number]`, `page[size]`."""
    if stem(parameter.name) not in {"page", "pagination", "paging"}:
        return
    schema = parameter.schema
    for member, meant in _MEMBERS.items():
        raw = property_of(schema, schema.raw, member)
        if raw:
            deep = parameter.style == "deepObject"
            key = f"{parameter.name}[{member}]" if deep or not parameter.explode else member
            part = _part(parameter, meant, schema.resolve(raw), key, member)
            if part is not None:
                yield part


def _part(parameter: Parameter, name: str, raw: Any, key: str, member: str | None) -> PagingParameter | None:
    kinds = kinds_of(parameter.schema, raw) - {"null"}
    raw = raw if isinstance(raw, dict) else {}
    kind = _kind(name, kinds, raw, parameter.description)
    if kind is None:
        return None
    least, default = raw.get("minimum"), raw.get("default")
    default = default if isinstance(default, int) and not isinstance(default, bool) else None
    counted = kind in {PagingKind.PAGE, PagingKind.OFFSET}
    base = 1 if kind is PagingKind.PAGE or name in _FROM_ONE else 0
    if counted and (least in {0, 1} or default in {0, 1}):
        base = default if default in {0, 1} else least
        if kind is PagingKind.OFFSET and name not in _FROM_ONE:
            base = 0
    elif kind is PagingKind.PAGE and (raw.get("example") == 0 or 0 in parameter.examples):
        base = 0
    most = raw.get("maximum")
    return PagingParameter(
        kind=kind,
        key=key,
        parameter=parameter.name,
        argument=parameter.argument,
        member=member,
        base=int(base),
        text="integer" not in kinds,
        default=default,
        maximum=int(most) if isinstance(most, int | float) else None,
        minimum=int(least) if isinstance(least, int | float) else 0,
    )


def _kind(name: str, kinds: frozenset[str], raw: dict[str, Any], description: str) -> PagingKind | None:
    kind = _NAMES.get(name)
    if kind is None:
        return _INTEGERS.get(name) if "integer" in kinds and "string" not in kinds else None
    if kind is PagingKind.SWITCH:
        return kind if "boolean" in kinds else None
    if not kinds & {"integer", "string"} or "enum" in raw:
        return None
    if kind in _RECORD_WORDS:
        if str(raw.get("format", "")).startswith("date"):
            return None  # `before` and `after` are dates that filter
        of_record = "integer" in kinds or raw.get("format") == "uuid" or _OF_RECORD.search(description) is not None
        if kind is not PagingKind.CURSOR and of_record:
            return _RECORD_WORDS[kind]
    return kind


_DEFAULT_SIZE = 20


class Paging:
    """The paging of one operation by its query parameters. Without any, a list is not paged."""

    def __init__(
        self,
        parameters: Sequence[Parameter],
        default_size: int | None = None,
        *,
        by_records: bool = False,
        counts: bool = False,
    ) -> None:
        """Set up the paging.

        `by_records`: responses hold no cursor, so `after` and `before` name records. `counts`: responses have a
        number as the cursor, so cursors are offsets, even if the query parameter is text.
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
        """Whether parameters name the record that a page begins after or ends before, so that ids are needed."""
        self.names = frozenset(part.parameter for part in self._parts)
        """The names of the paging parameters, which are not filters."""
        self.explain = [part.explain for part in self._parts]

    @property
    def parts(self) -> Sequence[PagingParameter]:
        """The parameters that select a page."""
        return self._parts

    def window(self, records: int | Sequence[str | int], arguments: Mapping[str, Any]) -> Window:
        """Return the page of a list that a request selects.

        `records` is their number, or their ids if a parameter may name one (`names_records`). An unknown cursor
        is not an error, because it fits its schema: the page is empty.
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
        """Return the URLs of this and other pages by relation (RFC 8288), with the rest of the query unchanged."""
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
        """Return the style in use, and where the page begins and ends."""
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
        """Return the offset (or page number) in a parameter's value."""
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
        """Return the value of a parameter for the page at an offset."""
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
    # the parameters for the next and the previous page, best first
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

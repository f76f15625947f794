"""Paging parameters: which of a list's query parameters say where its parts begin and how long they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from locum.infer.resources.words import stem
from locum.openapi.wire.coercion import kinds_of, property_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from locum.openapi.compile.parameters import Parameter

__all__ = ["PagingKind", "PagingParameter", "paging_parts"]


class PagingKind(Enum):
    """What a parameter says."""

    PAGE = "counts pages"
    OFFSET = "skips records"
    SIZE = "is the size of a page"
    CURSOR = "is the cursor of a page"
    AFTER = "is the cursor of what follows"
    BEFORE = "is the cursor of what goes before"
    AFTER_RECORD = "is the id of the record before the page"
    BEFORE_RECORD = "is the id of the record after the page"
    SWITCH = "turns cursors on"

    @property
    def is_position(self) -> bool:
        """Whether it says where a page begins or ends."""
        return self not in {PagingKind.SIZE, PagingKind.SWITCH}


@dataclass(frozen=True, slots=True)
class PagingParameter:
    """One parameter, or one member of a parameter that is an object, that has a meaning for paging."""

    kind: PagingKind
    key: str
    """How the query names it: `page`, `page[number]`."""
    parameter: str
    argument: str
    member: str | None
    base: int
    """The number of the first page, or of the first record."""
    text: bool
    """Whether its value is text."""
    default: int | None
    maximum: int | None

    def value(self, arguments: Mapping[str, Any]) -> Any:
        """Return what a request says; None where it says nothing."""
        value = arguments.get(self.argument)
        if self.member is None or value is None:
            return value
        return value.get(self.member) if isinstance(value, dict) else None

    @property
    def explain(self) -> str:
        """Say what it was taken for."""
        more = ""
        if self.kind is PagingKind.PAGE:
            more = f" from {self.base}"
        elif self.kind is PagingKind.SIZE:
            said = [f"{self.default} by default"] if self.default is not None else []
            said += [f"at most {self.maximum}"] if self.maximum is not None else []
            more = f" ({', '.join(said)})" if said else ""
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
    # names that say so only of a whole number
    **dict.fromkeys(("size", "count", "first", "last", "top", "row", "take", "num", "n"), PagingKind.SIZE),
    **dict.fromkeys(("start", "from", "startindex", "startat", "firstresult", "firstrecord"), PagingKind.OFFSET),
    "p": PagingKind.PAGE,
}
_MEMBERS = {"number": "page", "size": "size", "limit": "limit", "offset": "offset", "cursor": "cursor",
            "after": "after", "before": "before"}  # fmt: skip
_RECORDS = {
    PagingKind.AFTER: PagingKind.AFTER_RECORD,
    PagingKind.BEFORE: PagingKind.BEFORE_RECORD,
    PagingKind.CURSOR: PagingKind.CURSOR,
}
_OF_RECORD = re.compile(r"\b(?:the )?(?:id|identifier|gid|uuid)\b(?! token)", re.IGNORECASE)
"""What a description says of a cursor that is the identifier of a record."""
_FROM_ONE = frozenset({"startindex"})
"""SCIM (RFC 7644, section 3.4.2.4) counts records from 1."""


def paging_parts(parameters: Sequence[Parameter]) -> list[PagingParameter]:
    """Find the parameters that page, in the order in which they are declared."""
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
    """Read `page[number]` and `page[size]`, where `page` is one parameter."""
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
    )


def _kind(name: str, kinds: frozenset[str], raw: dict[str, Any], description: str) -> PagingKind | None:
    kind = _NAMES.get(name)
    if kind is None:
        return _INTEGERS.get(name) if "integer" in kinds and "string" not in kinds else None
    if kind is PagingKind.SWITCH:
        return kind if "boolean" in kinds else None
    if not kinds & {"integer", "string"} or "enum" in raw:
        return None
    if kind in _RECORDS:
        if str(raw.get("format", "")).startswith("date"):
            return None  # `before` and `after` a day
        of_record = "integer" in kinds or raw.get("format") == "uuid" or _OF_RECORD.search(description) is not None
        if kind is not PagingKind.CURSOR and of_record:
            return _RECORDS[kind]
    return kind

"""Page through a list as the SDKs of many vendors do: by link, cursor, number or record id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote_plus, urlencode

from tests.corpus.pages import cursor_in, relative
from tests.corpus.reading import find_identifier, norm

__all__ = ["SIZES", "Turning", "with_query"]

SIZES = (
    "limit", "perpage", "pagesize", "pagelimit", "maxresults", "maxitems", "size", "count", "first", "top", "take",
    "resultsperpage", "itemsperpage",
)  # fmt: skip
NUMBERS = ("page", "pagenumber", "pageindex", "pageno", "currentpage")
OFFSETS = ("offset", "skip", "startindex", "startat", "pageoffset")
RECORDS = ("startingafter", "afterid", "after")
CURSORS = (
    "cursor", "pagetoken", "nextpagetoken", "nexttoken", "paginationtoken", "marker", "iterator", "startcursor",
    "continue", "continuationtoken", "nextcursor", "pagecursor", "after", "pageafter", "offset", "from",
)  # fmt: skip
MOST_PAGES = 40
_NEXT = re.compile(r'<([^>]*)>;\s*rel="?next"?')


@dataclass(frozen=True)
class _Key:
    """One key of a query."""

    key: str
    schema: dict
    types: frozenset


class Turning:
    """The paging parameters of one list."""

    def __init__(self, reading, operation) -> None:
        keys: dict[str, _Key] = {}
        for parameter in operation.by_location["query"]:
            if parameter.required:
                continue  # a required `from` is a time, not a page
            raw = parameter.schema.raw
            members = reading.members(raw) if parameter.style == "deepObject" else {}
            for name, schema in members.items():
                key = f"{parameter.name}[{name}]"
                found = _Key(key, _merged(reading, schema), frozenset(reading.types(schema)))
                keys.setdefault(norm(key if norm(name) != "size" else "pagesize"), found)
            if not members:
                found = _Key(parameter.name, _merged(reading, raw), frozenset(reading.types(raw)))
                keys.setdefault(norm(parameter.name), found)
        keys = {name: key for name, key in keys.items() if "date" not in str(key.schema.get("format"))}
        self._keys = keys
        self._says_next = _declares_next(reading, operation)
        self.size = next((keys[name] for name in SIZES if name in keys and "integer" in keys[name].types), None)
        if self.size is None:
            self.size = next((keys[name] for name in SIZES if name in keys and keys[name].types & {"number"}), None)

    def sized(self, wanted: int) -> dict[str, int]:
        """Return the query for a page of so many elements, as close as the schema allows."""
        if self.size is None:
            return {}
        schema = self.size.schema
        value = max(wanted, schema.get("minimum", wanted))
        value = min(value, schema.get("maximum", value))
        allowed = schema.get("enum")
        if allowed:
            value = min(allowed, key=lambda one: abs(one - wanted) if isinstance(one, int) else 1000)
        return {self.size.key: int(value)}

    def pages(self, target: str, size: int | None, elements_of, ask):
        """Yield the elements of each page, starting with the target.

        `ask` sends a GET to a target and returns the reply; `elements_of` finds the elements in it.
        """
        query = self.sized(size) if size is not None else {}
        target, seen = with_query(target, query), 0
        for number in range(MOST_PAGES):
            reply = ask(target)
            elements = elements_of(reply) if reply.status < 300 else None
            if not elements:
                return
            yield elements
            seen += len(elements)
            following = self._next(target, reply, elements, number, seen)
            if following is None:
                return
            target = following

    @property
    def can_turn(self) -> bool:
        """Whether the query has a parameter for the start of a page whose values a client can know.

        A token comes from a response. If no response declares one, no client gets beyond the first page.
        """
        if any(name in self._keys for name in RECORDS):
            return True
        counted = [name for name in (*NUMBERS, *OFFSETS) if name in self._keys]
        if any(self._keys[name].types & {"integer", "number"} for name in counted):
            return True
        return self._says_next and any(name in self._keys for name in (*counted, *CURSORS))

    def _next(self, target, reply, elements, number, seen):
        link = _NEXT.search(reply.headers.get("link", ""))
        if link:
            return relative(link[1])
        body = reply.json
        if isinstance(body, dict) and _says_end(body):
            return None
        cursor = cursor_in(body) or _named_like(self._keys, body)
        if cursor is not None:
            if cursor.startswith(("http:", "https:", "/")):
                return relative(cursor)
            if "=" in cursor and cursor.startswith("?"):
                return target.partition("?")[0] + cursor
            name = next((one for one in (*CURSORS, "page") if one in self._keys), None)
            return with_query(target, {self._keys[name].key: cursor}) if name else None
        for name in RECORDS:
            key = find_identifier(elements[-1], "id")[1]
            if name in self._keys and key is not None:
                return with_query(target, {self._keys[name].key: key})
        for name in NUMBERS:
            if name in self._keys and self._keys[name].types & {"integer", "number"}:
                key = self._keys[name]
                base = key.schema.get("default", key.schema.get("minimum", min(key.schema.get("example", 1), 1)))
                return with_query(target, {key.key: int(base) + number + 1})
        for name in OFFSETS:
            if name in self._keys and self._keys[name].types & {"integer", "number"}:
                base = 1 if name == "startindex" else 0
                return with_query(target, {self._keys[name].key: base + seen})
        return None


def _declares_next(reading, operation) -> bool:
    """Whether a response declares the start of the next page: in a header or in members around the list."""
    declared = operation.declares(operation.success)
    if declared is not None and "link" in declared.headers:
        return True
    outer = reading.members(reading.success(operation))
    names = [*outer, *(name for schema in outer.values() for name in reading.members(schema))]
    return any("next" in norm(name) or norm(name) in CURSORS for name in names)


def _merged(reading, raw) -> dict:
    found: dict = {}
    for one in reversed(reading.branches(raw)):
        found |= one
    return found


def _named_like(keys, body):
    """Return a cursor with the name of the parameter that accepts it: `cursor`, `iterator`, `metadata.continue`."""
    if isinstance(body, dict):
        around = [body, *(one for one in body.values() if isinstance(one, dict))]
        for level in around:
            for name, value in level.items():
                if norm(name) in keys and norm(name) in CURSORS and isinstance(value, str) and value:
                    return value
            for name, value in level.items():  # `next_marker` can be a number, which `marker` accepts
                if "next" in norm(name) and type(value) is int and not keys.keys().isdisjoint(CURSORS):
                    return str(value)
    return None


def _says_end(body) -> bool:
    """Whether the members around a list indicate the last page."""
    for name, value in body.items():
        if norm(name) in {"hasmore", "hasnext", "hasnextpage", "morepages"} and value is False:
            return True
        if norm(name) in {"done", "last", "islast", "islastpage"} and value is True:
            return True
        if norm(name) in {"meta", "paging", "pagination", "pageinfo", "page", "listmetadata"} and isinstance(
            value, dict
        ):
            return _says_end(value)
    return False


def with_query(target: str, query: dict) -> str:
    """Return a target with these values added to its query."""
    path, _, old = target.partition("?")
    kept = [pair for pair in parse_qsl(old, keep_blank_values=True) if pair[0] not in query]
    pairs = [*kept, *query.items()]
    return path + ("?" + urlencode(pairs, quote_via=quote_plus) if pairs else "")

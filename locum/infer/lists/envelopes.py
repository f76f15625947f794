"""Envelopes: the objects around a list, filled member by member (totals, pages, cursors, links)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from locum.generate.generator import Unsatisfiable
from locum.infer.resources.identities import kinds_in
from locum.infer.resources.words import stem, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet
    from datetime import datetime
    from random import Random

    from locum.generate.generator import Generator
    from locum.infer.lists.paging import Window
    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.schemas.schemas import Schema

__all__ = [
    "AROUND",
    "Envelope",
    "EnvelopeLevel",
    "PageFacts",
    "ValueOf",
    "is_total",
    "locates_next",
    "meaning_of",
    "without_next",
]


_DEEPEST = 3
"""How deep nested objects are filled: `meta: {page: {next: {href}}}`."""

_NAMED = ("total", "page", "pagin", "paging", "meta", "link", "cursor", "info")
"""Parts of the names of objects that describe the list."""

_KINDS = frozenset({"object", "type", "kind", "resourcetype", "apiversion"})
_LEVEL_RELATIONS = ("self", "first", "prev", "next", "last")
_ABSENT: Any = object()
_LEVEL_BOUNDS = frozenset({"pattern", "enum", "minimum", "maximum", "minLength", "maxLength", "multipleOf", "format"})

_Fill: TypeAlias = "Callable[[PageFacts, bool], Any]"
"""Returns a member's value, or `_ABSENT`. The second argument says whether to fill optional members."""


class EnvelopeLevel:
    """One object around a list, with its known and its required members."""

    def __init__(self, shapes: Shapes, shape: Shape, around: str, step: str | None, depth: int = 0) -> None:
        self._members: list[tuple[str, bool, _Fill]] = []
        self.cursor_kinds: frozenset[str] = frozenset()
        """The JSON types of the members, here or nested, that locate the next page."""
        self.required = [(name, schema) for name, schema in shape.properties.items() if name in shape.required]
        """The required members other than the list."""
        siblings = {stem(name) for name in shape.properties}
        around = stem(around)
        total = "" if step is None else "total" + stem(step)
        for name, schema in shape.properties.items():
            if name == step:
                self.required = [pair for pair in self.required if pair[0] != name]
                continue
            inner = shapes.of(schema)
            alias = "total" if stem(name) == total else name
            required = name in shape.required
            if inner.kinds & {"string", "integer"} and locates_next(name, stem(around)):
                self.cursor_kinds |= inner.kinds
            fill = _constant(name, schema) or _scalar(schema, inner, alias, siblings, around, required=required)
            if fill is None and depth < _DEEPEST and _is_about_the_list(name):
                fill = _links(shapes, inner) or self._nested(shapes, inner, name, depth)
            if fill is not None:
                self._members.append((name, required, fill))

    def fill(self, body: dict[str, Any], facts: PageFacts, *, whole: bool) -> dict[str, Any]:
        """Add the known members to a body and return it; only the required ones unless `whole`."""
        for name, required, fill in self._members:
            if required or whole:
                value = fill(facts, whole)
                if value is not _ABSENT:
                    body[name] = value
        return body

    def _nested(self, shapes: Shapes, shape: Shape, name: str, depth: int) -> _Fill | None:
        if not shape.is_object or not shape.properties:
            return None
        level = EnvelopeLevel(shapes, shape, name, None, depth + 1)
        self.cursor_kinds |= level.cursor_kinds
        if not level.is_known:
            return None
        null = "null" in shape.kinds
        relation = AROUND.get(stem(name))

        def fill(facts: PageFacts, whole: bool) -> Any:  # noqa: FBT001 (a flag, as in every other)
            nowhere = relation is not None and relation not in facts.links and relation not in facts.window.turns
            body = {} if nowhere else level.fill({}, facts, whole=whole)
            if body and all(required in body for required, _ in level.required):
                return body
            return None if null else _ABSENT

        return fill

    @property
    def is_known(self) -> bool:
        """Whether the meaning of any member is known."""
        return bool(self._members)


def _is_about_the_list(name: str) -> bool:
    key = stem(name)
    return key in AROUND or any(part in key for part in _NAMED)


def _constant(name: str, schema: Schema) -> _Fill | None:
    """Return a fill for a member with one possible value: Stripe's `object: list`, or the example of a kind."""
    raw = schema.raw if isinstance(schema.raw, dict) else {}
    choices = raw.get("enum")
    if "const" in raw:
        choices = [raw["const"]]
    if choices is None and stem(name) in _KINDS and isinstance(raw.get("example"), str):
        choices = [raw["example"]]
    if not isinstance(choices, list) or len(choices) != 1 or isinstance(choices[0], dict | list):
        return None
    [value] = choices
    return lambda _facts, _whole: value


def _scalar(  # noqa: PLR0913 (each is a fact about the member)
    schema: Schema, shape: Shape, name: str, siblings: set[str], around: str, *, required: bool
) -> _Fill | None:
    raw = schema.raw if isinstance(schema.raw, dict) else {}
    form = str(raw.get("format", ""))
    value_of = meaning_of(name, shape.kinds, form, siblings, around)
    if value_of is None:
        return None
    fill = _fitting(value_of, shape.kinds, form, required=required)
    return _checked(fill, schema) if _LEVEL_BOUNDS & raw.keys() else fill


def _fitting(value_of: ValueOf, kinds: frozenset[str], form: str, *, required: bool) -> _Fill:
    """Return a fill that converts a value to a type that the schema accepts."""
    numbers, text, null = bool(kinds & {"integer", "number"}), "string" in kinds, "null" in kinds

    def fill(facts: PageFacts, _whole: bool) -> Any:  # noqa: FBT001 (a flag, as in every other)
        value = value_of(facts)
        if value is None:
            if null:
                return None
            return "" if required and text and not form else _ABSENT
        if isinstance(value, bool):
            return value
        if isinstance(value, int):
            return value if numbers else str(value)
        if text:
            return value
        return int(value) if value.isascii() and value.isdigit() else _ABSENT

    return fill


def _checked(fill: _Fill, schema: Schema) -> _Fill:
    """Return a fill that omits values that do not fit the schema: Stripe's `url` has a pattern."""

    def checked(facts: PageFacts, whole: bool) -> Any:  # noqa: FBT001 (a flag, as in every other)
        value = fill(facts, whole)
        return value if value is _ABSENT or schema.is_valid(value) else _ABSENT

    return checked


def _links(shapes: Shapes, shape: Shape) -> _Fill | None:
    """Return a fill for an array of links: `[{rel: next, href: ...}]`."""
    items = shapes.of(shape.items) if shape.is_array and shape.items is not None else None
    if items is None:
        return None
    rel = next((name for name in items.properties if stem(name) in {"rel", "relation"}), None)
    href = next((name for name in items.properties if stem(name) in {"href", "url", "uri"}), None)
    if rel is None or href is None or not items.required <= {rel, href, "method"}:
        return None
    method = {"method": "GET"} if "method" in items.required else {}
    return lambda facts, _whole: [
        {rel: relation, href: facts.links[relation], **method}
        for relation in _LEVEL_RELATIONS
        if relation in facts.links
    ]


@dataclass
class PageFacts:
    """The facts about one page that its envelope may show."""

    window: Window
    links_of: Callable[[], Mapping[str, str]] = dict
    """Returns the URLs of this and other pages by relation; most envelopes show none."""
    first: Any = None
    """The identifier of the first record of the page."""
    last: Any = None
    version_of: Callable[[], Any] = lambda: None
    """Returns the version of the list."""

    @cached_property
    def links(self) -> Mapping[str, str]:
        """The URLs of this and other pages by relation."""
        return self.links_of()


ValueOf: TypeAlias = "Callable[[PageFacts], Any]"
"""Returns a member's value for one page, or None."""

_TOTALS = frozenset({
    "total", "totalcount", "totalelement", "totalitem", "totalresult", "totalrecord", "totalhit", "totalentry",
    "totalrow", "totalsize", "totalnumber", "totalobject", "totalamount", "totalavailable", "numfound", "numresult",
    "recordtotal", "counttotal", "itemtotal", "odatacount", "resultcount", "recordcount", "itemcount", "totaldoc",
    "totaldocument", "totallength", "numitem", "fullcount", "found", "recordfiltered", "filteredcount",
    "totalmatches", "totalmatch", "matchcount", "totalhits", "totalcounts", "nbhit", "estimatedtotalhit",
})  # fmt: skip
_COUNTS = frozenset({"numberofelement", "numberofitem", "numberofresult", "currentitemcount", "returned", "resultsize",
                     "returnedcount", "itemsinpage", "length", "currentcount", "pageitemcount"})  # fmt: skip
_SIZES = frozenset({"perpage", "limit", "pagesize", "pagelimit", "itemperpage", "resultperpage", "maxresult", "top",
                    "take", "pagelength", "maxitem", "requestedlimit"})  # fmt: skip
_PAGES = frozenset({"totalpage", "pagecount", "numpage", "numberofpage", "pagetotal", "countpage", "maxpage"})
_NEXT = frozenset({
    "nextcursor", "nextpagetoken", "nexttoken", "nextmarker", "nextpagecursor", "nextstreamposition", "nextkey",
    "nextid", "cursor", "endcursor", "after", "pagetoken", "paginationtoken", "continuation", "continuationtoken",
    "continue", "marker", "scrollid", "iterator", "nextiterator", "nextpage", "nextpageid",
})  # fmt: skip
_PREVIOUS = frozenset({
    "prevcursor", "previouscursor", "prevpagetoken", "previouspagetoken", "prevtoken", "previoustoken", "prevmarker",
    "previousmarker", "startcursor", "before",
})  # fmt: skip
_FLAGS: dict[str, ValueOf] = {
    **dict.fromkeys(
        ("hasmore", "hasnext", "hasnextpage", "more", "moreavailable", "istruncated", "truncated", "next", "nextpage",
         "hasmoreitem", "hasmoreresult", "hasmorepage"),
        lambda facts: facts.window.has_next,
    ),
    **dict.fromkeys(
        ("hasprevious", "hasprev", "haspreviouspage", "hasprevpage", "previous", "prev"),
        lambda facts: facts.window.has_previous,
    ),
    **dict.fromkeys(
        ("islast", "last", "lastpage", "islastpage", "end", "done", "isdone", "complete"),
        lambda facts: not facts.window.has_next,
    ),
    **dict.fromkeys(("isfirst", "first", "firstpage", "isfirstpage"), lambda facts: not facts.window.has_previous),
    **dict.fromkeys(("empty", "isempty"), lambda facts: facts.window.count == 0),
    **dict.fromkeys(("success", "ok", "successful", "paged"), lambda _: True),
    **dict.fromkeys(("unpaged", "incompleteresult", "error", "haserror", "iserror"), lambda _: False),
}  # fmt: skip
_RELATIONS = {"next": "next", "prev": "prev", "previous": "prev", "first": "first", "last": "last", "self": "self"}
AROUND = _RELATIONS | {"nextpage": "next", "prevpage": "prev", "previouspage": "prev", "nextlink": "next"}
"""The relations of objects that describe another page, by the stem of their name."""

_FIRST = frozenset({"firstid", "firstkey", "firstgid"})
_LAST = frozenset({"lastid", "lastkey", "lastgid"})
_ADDRESSES = frozenset({"url", "uri", "link", "href", "odata"})


def locates_next(name: str, around: str) -> bool:
    """Return whether a member locates the next page: a cursor, a link, a page number."""
    key = stem(name)
    return key in _NEXT or "next" in words_of(name) or AROUND.get(around) == "next"


def without_next(body: Any, around: str = "") -> Any:
    """Return a body without what locates a next page: there is none behind a list that is not kept."""
    if not isinstance(body, dict):
        return body
    ended = {}
    for name, value in body.items():
        if isinstance(value, dict):
            ended[name] = without_next(value, stem(name))
        elif not (locates_next(name, around) and isinstance(value, str | int)):
            ended[name] = value
        elif isinstance(value, bool):
            ended[name] = False
        elif isinstance(value, str):
            ended[name] = ""
    return ended


def is_total(name: str, siblings: AbstractSet[str]) -> bool:
    """Return whether a number is that of all records of the list, by its name and the stems of its siblings' names."""
    key = stem(name)
    return key in _TOTALS or (key == "count" and not siblings & _TOTALS)


def meaning_of(name: str, kinds: frozenset[str], form: str, siblings: AbstractSet[str], around: str) -> ValueOf | None:
    """Return the value of a member by its name and types; None if its meaning is unknown.

    Args:
        name: The name in the schema.
        kinds: The JSON types that its schema accepts.
        form: The `format` of its schema.
        siblings: The stems of the names of its siblings.
        around: The stem of the name of the object around it.

    """
    key, words = stem(name), words_of(name)
    if "boolean" in kinds and not kinds & {"string", "integer"}:
        return _FLAGS.get(key)
    if not kinds & {"string", "integer", "number"}:
        return None
    if around in {"total", "totalhit", "hittotal"} and key in {"value", "count"}:
        return lambda facts: facts.window.total
    if key in _FIRST:
        return lambda facts: facts.first
    if key in _LAST:
        return lambda facts: facts.last
    if around in AROUND:
        return _turn(key, AROUND[around])
    if key == "resourceversion":
        return lambda facts: facts.version_of()
    text = "string" in kinds
    return _number(key, words, siblings, around) or _address(key, words, form, siblings, text=text) or _position(key)


def _turn(key: str, relation: str) -> ValueOf | None:
    """Return the value of a member of an object that describes another page: `next: {href, offset}`."""
    if key in {"href", "uri", "url", "link"}:
        return _link(relation)
    if key == "path":
        return _path(relation)
    if key in {"offset", "cursor", "page", "token", "start", "number", "after", "before", "marker", "startingafter"}:
        return lambda facts: facts.window.turns.get(relation, ("", None))[1]
    return None


def _number(key: str, words: tuple[str, ...], siblings: AbstractSet[str], around: str) -> ValueOf | None:
    if key in _TOTALS or (key == "count" and not siblings & _TOTALS) or (key == "hit" and words[-1] == "hits"):
        return lambda facts: facts.window.total
    if key in _COUNTS or key == "count":
        return lambda facts: facts.window.count
    if key == "size":
        counts = bool(siblings & _SIZES) or not siblings & (_TOTALS | _PAGES | {"page", "number", "pagenumber"})
        return (lambda facts: facts.window.count) if counts and around != "page" else (lambda facts: facts.window.size)
    if key in _SIZES:
        return lambda facts: facts.window.size
    if key in _PAGES or words == ("pages",):
        return lambda facts: facts.window.pages
    if key in {"page", "currentpage", "pagenumber", "pageindex", "pageno", "pagenum", "current"}:
        return lambda facts: facts.window.page
    if key == "number" and siblings & (_TOTALS | _PAGES | _SIZES | {"size"}):
        return lambda facts: facts.window.page
    if key == "from" and "to" in siblings:
        return lambda facts: facts.window.start + 1 if facts.window.count else None
    if key == "to" and "from" in siblings:
        return lambda facts: facts.window.stop if facts.window.count else None
    if key == "startindex":
        return lambda facts: facts.window.start + 1
    if key in {"offset", "skip", "start", "startat", "from", "pageoffset", "firstresult"}:
        return lambda facts: facts.window.start
    return None


def _address(key: str, words: tuple[str, ...], form: str, siblings: AbstractSet[str], *, text: bool) -> ValueOf | None:
    """Return a link: `next`, `self`, `first_page_url`, `@odata.nextLink`; a page number or cursor if it is not one."""
    if text and key in {"url", "path"} and siblings & {"hasmore", "object", "to", "currentpage"}:
        return _own(path="object" in siblings)  # Stripe's lists hold their path, Laravel's their whole URL
    relations = [word for word in words if word in _RELATIONS]
    rest = {word for word in words if word not in _RELATIONS}
    if len(relations) != 1 or not rest <= _ADDRESSES | {"page", "path"}:
        return None
    relation = _RELATIONS[relations[0]]
    if text and (not rest or rest & _ADDRESSES or form.startswith(("uri", "url", "iri"))):
        return _link(relation)
    if "path" in rest and text:
        return _path(relation)
    if relation == "last":
        return lambda facts: facts.window.base + max(0, facts.window.pages - 1)
    if relation == "first":
        return lambda facts: facts.window.base
    if relation == "self":
        return None
    if rest == {"page"} and not text:
        return lambda facts: _page(facts.window, relation)
    return lambda facts: facts.window.turns.get(relation, ("", None))[1]


def _page(window: Window, relation: str) -> int | None:
    if relation == "next":
        return window.page + 1 if window.has_next else None
    return window.page - 1 if window.has_previous else None


def _position(key: str) -> ValueOf | None:
    if key in {"nextoffset", "nextstart", "nextpageoffset"}:
        return lambda facts: facts.window.stop if facts.window.has_next else None
    if key in {"prevoffset", "previousoffset"}:
        return lambda facts: max(0, facts.window.start - facts.window.size) if facts.window.has_previous else None
    if key == "remainingitemcount":
        return lambda facts: facts.window.total - facts.window.stop
    if key in _NEXT:
        return lambda facts: None if facts.window.counted else facts.window.next
    if key in _PREVIOUS:
        return lambda facts: None if facts.window.counted else facts.window.previous
    return None


def _own(*, path: bool) -> ValueOf:
    def value_of(facts: PageFacts) -> str | None:
        url = facts.links.get("self")
        if url is None:
            return None
        bare = url.partition("?")[0]
        return urlsplit(bare).path if path else bare

    return value_of


def _link(relation: str) -> ValueOf:
    return lambda facts: facts.links.get(relation)


def _path(relation: str) -> ValueOf:
    def value_of(facts: PageFacts) -> str | None:
        url = facts.links.get(relation)
        if url is None:
            return None
        parts = urlsplit(url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    return value_of


_BOUNDS = frozenset({"minItems", "maxItems", "uniqueItems", "contains", "allOf", "anyOf", "oneOf"})
"""Keywords on all items of a list together: they are checked with all items."""


class Envelope:
    """The members around the list in one operation's responses, at every level."""

    def __init__(self, shapes: Shapes, generator: Generator, schema: Schema, place: tuple[str, ...]) -> None:
        self._generator = generator
        self.schema = schema
        self._place = place
        self._levels: list[EnvelopeLevel] = []
        shape = shapes.of(schema)
        for depth, step in enumerate(place):
            self._levels.append(EnvelopeLevel(shapes, shape, place[depth - 1] if depth else "", step))
            shape = shapes.of(shape.properties[step])
        raw = shape.schema.raw if isinstance(shape.schema.raw, dict) else {}
        self._whole = shapes.of(schema)
        self._bounded = bool(_BOUNDS & raw.keys())

    @cached_property
    def _kinds(self) -> dict[str, Any]:
        """The constant members that name the kind of the object; finding them compiles all that it refers to."""
        return kinds_in(self._whole, self._generator)

    @property
    def has_cursor(self) -> bool:
        """Whether any level locates the next page."""
        return any(level.cursor_kinds for level in self._levels)

    @property
    def counts(self) -> bool:
        """Whether the next page is located by a number."""
        return self.has_cursor and not any("string" in level.cursor_kinds for level in self._levels)

    def fill(self, elements: list[Any], facts: PageFacts, source: Callable[[], Random], now: datetime) -> Any:
        """Return the body that holds the elements, which must be valid and are not copied.

        Known members are correct; unknown required ones are generated, with randomness from `source`.
        Raises Unsatisfiable.
        """
        if not self._place:
            return elements
        for whole in (True, False):
            try:
                body, holder = self._built(facts, source, now, whole=whole)
            except Unsatisfiable:
                continue
            if self._fits(body, holder, elements):
                return body
        return self._generated(elements, facts, source(), now)

    def _built(
        self, facts: PageFacts, source: Callable[[], Random], now: datetime, *, whole: bool
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the body without its list, and the object in it that is to hold the list."""
        body: dict[str, Any] = dict(self._kinds) if whole else {}
        holder, random = body, None
        for depth, level in enumerate(self._levels):
            if depth:
                inner: dict[str, Any] = {}
                holder[self._place[depth - 1]] = inner
                holder = inner
            level.fill(holder, facts, whole=whole)
            for name, schema in level.required:
                if name not in holder and schema.is_valid([]):
                    holder[name] = []
                elif name not in holder:
                    random = random or source()
                    holder[name] = self._generator.value(schema, random, now)
        return body, holder

    def _fits(self, body: dict[str, Any], holder: dict[str, Any], elements: list[Any]) -> bool:
        """Put the elements in place, and return whether the members around them are valid."""
        last = self._place[-1]
        if not self._bounded:
            holder[last] = elements[:1]  # one is enough: only the members around them are checked
            if self.schema.is_valid(body):
                holder[last] = elements
                return True
        holder[last] = elements
        return bool(self.schema.is_valid(body))

    def _generated(self, elements: list[Any], facts: PageFacts, random: Random, now: datetime) -> Any:
        """Generate the members around the elements, with the known ones if they fit."""
        for known in (True, False):
            given: Any = elements
            for level, step in zip(reversed(self._levels), reversed(self._place), strict=True):
                members = level.fill({}, facts, whole=False) if known else {}
                given = {**members, step: given}
            try:
                body = self._generator.value(self.schema, random, now, given=given)
            except Unsatisfiable:
                continue
            holder = body
            for step in self._place[:-1]:
                holder = holder.get(step) if isinstance(holder, dict) else None
            if isinstance(holder, dict):
                holder[self._place[-1]] = elements
                if self.schema.is_valid(body):
                    return body
        message = f"No envelope around this list fits the schema at #{self.schema.pointer}."
        raise Unsatisfiable(message)

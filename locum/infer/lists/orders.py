"""Orders: the properties that a list is sorted by, and the direction."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.infer.lists.properties import enum_of, rank
from locum.infer.resources.words import stem, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from locum.infer.lists.properties import Properties, Property
    from locum.openapi.compile.operations import Operation
    from locum.openapi.compile.parameters import Parameter

__all__ = ["Order", "says_newest_first"]

_FIELDS = frozenset({
    "sort", "sortby", "orderby", "ordering", "sortfield", "sortcolumn", "sortkey", "sorting", "orderfield",
    "ordercolumn", "sorton",
})  # fmt: skip
_WAYS = frozenset({
    "order", "direction", "dir", "sortorder", "sortdir", "sortdirection", "sorttype", "orderdir", "orderdirection",
    "asc", "ascending", "sortascending", "desc", "descending", "sortdescending", "reverse",
})  # fmt: skip
_DOWN = {
    "asc": False, "ascending": False, "up": False, "1": False,
    "desc": True, "descending": True, "down": True, "-1": True,
}  # fmt: skip
_NEWEST = {"newest": True, "latest": True, "recent": True, "oldest": False, "earliest": False}
_BIRTH = (("created",), ("date",), ("timestamp",), ("published",), ("updated",))
_AT_THE_END = re.compile(r"(?:(?<=[\s:.|_-])|(?<=[a-z])(?=[AD]))(?:asc|desc|ascending|descending|-?1)\Z", re.IGNORECASE)
_BETWEEN = " \t\r\n\v\f:.|_-"
_AROUND = re.compile(r"(asc|desc)\((.+)\)\Z", re.IGNORECASE)


_NEWEST_FIRST = re.compile(
    r"(?:newest|latest|most recent(?:ly)?)(?: \w+){0,4} (?:appear\w* )?first\b|reverse chronological"
    r"|(?:newest|latest|most recent) to (?:oldest|least recent)"
    r"|descending (?:order )?(?:of|by)(?: their| the)? creat|creat\w+(?: date| time|_at)?,? (?:in )?desc",
    re.IGNORECASE,
)


def says_newest_first(operation: Operation) -> bool:
    """Return whether the description of a list says that the newest records come first."""
    return _NEWEST_FIRST.search(f"{operation.summary} {operation.description}") is not None


class _Term(NamedTuple):
    name: str
    down: bool | None


class Order:
    """The sorting of one list operation by its query parameters."""

    def __init__(self, parameters: Sequence[Parameter], properties: Properties, *, newest: bool = False) -> None:
        self._properties = properties
        self._newest = newest
        query = [parameter for parameter in parameters if parameter.location == "query"]
        self._fields = [one for one in query if stem(one.name) in _FIELDS and not _is_way(one)]
        self._ways = [one for one in query if one not in self._fields and _is_way(one)]
        if not self._fields:
            self._fields = [one for one in query if stem(one.name) == "order" and one not in self._ways]
        elif not self._ways:
            self._ways = [one for one in query if stem(one.name) == "order"]
        self.names = frozenset(one.name for one in (*self._fields, *self._ways))
        """The names of the query parameters that sort."""
        self.arguments = frozenset(one.argument for one in (*self._fields, *self._ways))
        self.is_default = newest
        """Whether records are sorted even if no parameter is sent."""
        self.explain = [f"{one.name} sorts" for one in self._fields]
        self.explain += [f"{one.name} sets the direction" for one in self._ways]
        self.explain += ["the newest come first, according to the description"] if newest else []
        self._found: dict[str, tuple[Property, bool | None] | None] = {}

    @property
    def fields(self) -> Sequence[Parameter]:
        """The parameters that name the property to sort by."""
        return self._fields

    @property
    def ways(self) -> Sequence[Parameter]:
        """The parameters that set the direction."""
        return self._ways

    def sorts_by(self, value: Any) -> tuple[Property, bool] | None:
        """Return the property that a value of a parameter sorts by, and whether descending; None if it is unclear."""
        terms = list(islice(_terms(value), 2))
        place = self._place(terms[0].name) if len(terms) == 1 else None
        return None if place is None else (place[0], _decided(own=terms[0].down, implied=place[1], way=None))

    def apply(self, records: list[dict[str, Any]], arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the records in the requested order; those without a value come last."""
        way = self._way(arguments)
        found = []
        for term in self._terms(arguments):
            place = self._place(term.name)
            if place is not None:
                found.append((place[0], _decided(own=term.down, implied=place[1], way=way)))
        if not found and way is None and self._newest:
            records, way = records[::-1], True  # of two created at the same time, the later one first
        if not found and way is not None:
            birth = next((one for words in _BIRTH if (one := self._properties.find(words))), None)
            if birth is None or not birth.date:
                return records[::-1] if way and not self._newest else records
            found = [(birth, way)]
        for by, down in reversed(found):
            records = _sorted(records, by, down=down)
        return records

    def _way(self, arguments: Mapping[str, Any]) -> bool | None:
        """Return whether the order is descending; None if the request does not set it."""
        for parameter in self._ways:
            value = arguments.get(parameter.argument)
            if isinstance(value, bool):
                return value is not ("asc" in stem(parameter.name))
            down = _DOWN.get(str(value).lower(), _NEWEST.get(str(value).lower()))
            if down is not None:
                return down
        return None

    def _terms(self, arguments: Mapping[str, Any]) -> Iterator[_Term]:
        for parameter in self._fields:
            yield from islice(_terms(arguments.get(parameter.argument)), _MOST_TERMS)

    def _place(self, name: str) -> tuple[Property, bool | None] | None:
        """Return the property that a term names, and the direction that its name implies."""
        if len(name) > _LONGEST_NAME:
            return None
        if name not in self._found:
            if len(self._found) > _MOST_REMEMBERED:
                self._found.clear()
            self._found[name] = self._look_up(words_of(name))
        return self._found[name]

    def _look_up(self, words: tuple[str, ...]) -> tuple[Property, bool | None] | None:
        found = self._properties.find(words) or self._properties.begins_with(words)
        if found is not None:
            return found, None
        way = next((_NEWEST[word] for word in words if word in _NEWEST), None)
        if way is None and words not in {("date",), ("time",)}:
            return None
        birth = next((one for name in _BIRTH if (one := self._properties.find(name)) and one.date), None)
        return None if birth is None else (birth, way)


_MOST_REMEMBERED = 100
_MOST_TERMS, _LONGEST_NAME = 100, 1000
"""Limits of the terms in a request and of their names; what exceeds them is ignored."""


def _is_way(parameter: Parameter) -> bool:
    """Return whether a parameter sets the direction, not the property."""
    choices = {choice.lower() for choice in enum_of(parameter.schema)}
    if choices:
        return choices <= set(_DOWN) and stem(parameter.name) in _WAYS | _FIELDS
    return stem(parameter.name) in _WAYS and stem(parameter.name) != "order"


def _decided(*, own: bool | None, implied: bool | None, way: bool | None) -> bool:
    """Return whether to sort descending: by the term itself, else the property's word, else the parameter."""
    if own is not None:
        return own
    if implied is not None:
        return implied
    return bool(way)


def _terms(value: Any) -> Iterator[_Term]:
    """Parse `-name`, `name:desc`, `name desc,id`, `name,asc`, an array of these, or `{name: desc}`."""
    if isinstance(value, dict):
        for name, way in value.items():
            yield _Term(name, _DOWN.get(str(way).lower()))
        return
    if isinstance(value, list):
        texts = [part for item in value if isinstance(item, str) for part in item.split(",")]
    else:
        texts = value.split(",") if isinstance(value, str) else []
    terms: list[_Term] = []
    for text in map(str.strip, texts):
        if text.lower() in _DOWN and terms:
            terms[-1] = _Term(terms[-1].name, _DOWN[text.lower()])
        elif text:
            terms.append(_term(text))
    yield from terms


def _term(text: str) -> _Term:
    around = _AROUND.match(text)
    if around:
        return _Term(around[2], _DOWN[around[1].lower()])
    if text[0] in "-+":
        return _Term(text[1:], text[0] == "-")
    behind = _AT_THE_END.search(text)
    name = text[: behind.start()].rstrip(_BETWEEN) if behind else ""
    return _Term(name, _DOWN[behind[0].lower()]) if behind and name else _Term(text, None)


def _sorted(records: list[dict[str, Any]], place: Property, *, down: bool) -> list[dict[str, Any]]:
    ranked = [(rank(place.value(record), date=place.date), record) for record in records]
    having = [(key, record) for key, record in ranked if key is not None]
    having.sort(key=lambda pair: pair[0], reverse=down)
    return [record for _, record in having] + [record for key, record in ranked if key is None]

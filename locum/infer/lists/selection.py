"""Selection: which records of a list are asked for, and in which order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from locum.infer.lists.filters import EQUALITY, OPERATORS, Filter
from locum.infer.lists.orders import Order
from locum.infer.lists.paging import Paging
from locum.infer.lists.properties import Properties
from locum.infer.lists.searches import matches, selected
from locum.infer.resources.words import stem, words_of
from locum.openapi.wire.coercion import kinds_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locum.infer.lists.properties import Property
    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.compile.parameters import Parameter

__all__ = ["Selection"]

_SEARCHES = frozenset({
    "q", "query", "search", "term", "keyword", "text", "searchquery", "searchterm", "searchtext", "searchstring",
    "querystring", "querytext", "fulltext", "filterterm",
})  # fmt: skip
_VIEWS = frozenset({
    "field", "select", "include", "expand", "embed", "populate", "optfield", "optpretty", "pretty", "prettyprint",
    "exclude", "with", "projection", "alt", "callback", "count", "includetotal", "includecount", "envelope", "dryrun",
    "accesstoken", "apikey", "apiversion",
})  # fmt: skip
"""Parameters that say how a record is shown, not which."""
_SELECTORS = {"labelselector": ("metadata", "labels"), "fieldselector": ()}
"""Parameters that hold conditions on what stands at a place in the record (Kubernetes)."""
_FILTERS = frozenset({"filter", "where", "by", "with", "only", "search"})
_LAST = frozenset({"since", "after"})
_TIMES = frozenset({"date", "time", "timestamp", "at", "on", "datetime", "day", "period"})
_OCCASIONS = (("date",), ("timestamp",), ("occurred",), ("created",), ("updated",), ("published",), ("start",))
_PARTS = re.compile(r"[.\[\]]+|__")


class Selection:
    """The filters, the order and the search of one list operation, as its query parameters name them."""

    def __init__(
        self, parameters: Sequence[Parameter], element: Shape, shapes: Shapes, *, newest: bool = False
    ) -> None:
        """`newest` is whether the newest come first where no parameter says otherwise."""
        self._properties = Properties(element, shapes)
        self._shapes = shapes
        self._order = Order(parameters, self._properties, newest=newest)
        self._searches: list[str] = []
        self._selectors: list[tuple[str, tuple[str, ...]]] = []
        self._filters: list[Filter] = []
        self.explain: list[str] = []
        """What each parameter was taken for, in words."""
        others = Paging(parameters).names | self._order.names
        query = [one for one in parameters if one.location == "query" and one.name not in others]
        self._names = {stem(parameter.name) for parameter in query}
        for parameter in query:
            self._recognise(parameter)
        self.explain += self._order.explain

    def apply(self, records: list[dict[str, Any]], arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the records that are asked for, in the order that is asked for."""
        for one in self._filters:
            value = arguments.get(one.argument)
            test = None if value is None else one.test(value)
            if test is not None:
                records = [record for record in records if test(record)]
        for argument, place in self._selectors:
            value = arguments.get(argument)
            if isinstance(value, str) and value.strip():
                records = [record for record in records if selected(record, value, place)]
        for argument in self._searches:
            value = arguments.get(argument)
            if isinstance(value, str) and value.strip():
                records = [record for record in records if matches(record, value)]
        return self._order.apply(records, arguments)

    def _recognise(self, parameter: Parameter) -> None:
        name = stem(parameter.name)
        if name in _SEARCHES:
            self._searches.append(parameter.argument)
            self.explain.append(f"{parameter.name} searches")
            return
        if name in _SELECTORS:
            self._selectors.append((parameter.argument, _SELECTORS[name]))
            self.explain.append(f"{parameter.name} selects")
            return
        if name in _VIEWS:
            return
        if name in _FILTERS and parameter.shape == "object":
            shape = self._shapes.of(parameter.schema)
            for member, schema in shape.properties.items():
                place = self._place(member)
                if place is not None:
                    self._add(f"{parameter.name}[{member}]", Filter.of(parameter, *place, (member,), schema))
            return
        place = self._place(parameter.name)
        if place is not None and _makes_sense(parameter, *place):
            self._add(parameter.name, Filter.of(parameter, *place))

    def _add(self, name: str, found: Filter) -> None:
        self._filters.append(found)
        self.explain.append(f"{name} {found.explain}")

    def _place(self, name: str) -> tuple[Property, str] | None:
        """Return the property that a name means, and what is asked of it."""
        parts = [part for part in _PARTS.split(name) if part]
        if len(parts) > 1 and stem(parts[0]) in _FILTERS:
            parts = parts[1:]
        words = [word for part in parts for word in words_of(part)]
        return self._pair(words) or self._found(words) or self._operated(words) or self._occasion(words)

    def _found(self, words: Sequence[str]) -> tuple[Property, str] | None:
        found = self._properties.find(words)
        if found is None and len(words) > 1 and words[0] in _FILTERS:
            found = self._properties.find(words[1:])
        return None if found is None else (found, EQUALITY)

    def _operated(self, words: Sequence[str]) -> tuple[Property, str] | None:
        """Find `name_contains`, `min_price` and `createdBefore`."""
        if len(words) < 2:  # noqa: PLR2004 (an operator and a name)
            return None
        ends = (("".join(words[-2:]), words[:-2]), (words[-1], words[:-1]), (words[0], words[1:]))
        for operator, rest in ends:  # `starts_with`, `after`, `min`
            if operator in OPERATORS:
                found = self._properties.find(rest)
                if found is not None and _suits(found, OPERATORS[operator]):
                    return found, OPERATORS[operator]
        return None

    def _pair(self, words: Sequence[str]) -> tuple[Property, str] | None:
        """Find `start_date` where `end_date` is asked for too, and both are times of the record."""
        for one, other in (("start", "end"), ("starts", "ends"), ("from", "to")):
            if not {one, other} & set(words):
                continue
            twin = [other if word == one else one if word == other else word for word in words]
            found, partner = self._properties.find(words), self._properties.find(twin)
            if stem("_".join(twin)) in self._names and found and partner and found.date and partner.date:
                return found, "from" if one in words else "to"
        return None

    def _occasion(self, words: Sequence[str]) -> tuple[Property, str] | None:
        """Find the time that `since`, `from`, `endDate` or `min_timestamp` is about."""
        operators = [OPERATORS[word] for word in words if word in OPERATORS]
        rest = [word for word in words if word not in OPERATORS]
        if len(operators) != 1 or not set(rest) <= _TIMES or operators[0] not in {"from", "after", "to", "before"}:
            return None
        names: tuple[tuple[str, ...], ...] = _OCCASIONS
        if words[0] in _LAST and not self._names & {"until", "before"}:
            names = (("updated",), *_OCCASIONS)
        dates = self._properties.dates
        found = next((one for name in names if (one := self._properties.find(name)) and one.date), None)
        if found is None and len(dates) == 1:
            found = dates[0]
        return self._later(words) if found is None else (found, operators[0])

    def _later(self, words: Sequence[str]) -> tuple[Property, str] | None:
        """Find the number of the record that `since` names where records have no time."""
        found = self._properties.find(("id",)) if tuple(words) == ("since",) else None
        return (found, "after") if found and found.kinds <= {"integer", "number"} else None


def _makes_sense(parameter: Parameter, found: Property, operator: str) -> bool:
    """Whether yes or no can be asked there: `exclude_pull_requests` leaves members away, not records."""
    if kinds_of(parameter.schema, parameter.schema.raw) <= {"boolean", "null"}:
        return operator == EQUALITY or (operator == "not" and "boolean" in found.kinds)
    return True


def _suits(found: Property, operator: str) -> bool:
    """Whether such a question can be asked of a property: only what has an order has bounds."""
    if operator in {"from", "after", "to", "before", "range"}:
        return found.date or bool(found.kinds & {"integer", "number", "string"} and "boolean" not in found.kinds)
    return True

"""Selection: the searches, selectors and filters of list operations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locum.infer.lists.expressions import predicate_of
from locum.infer.lists.orders import Order
from locum.infer.lists.paging import Paging
from locum.infer.lists.properties import DAY, Properties, Property, Wanted, enum_of, equal, is_day, moment
from locum.infer.resources.words import same, stem, words_of
from locum.openapi.wire.styles import kinds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.compile.parameters import Parameter

__all__ = ["EQUALITY", "OPERATORS", "ListFilter", "ListSelection", "matches", "selected"]


_MOST_WORDS = 16
"""Limit of the words or conditions in one search; each is compared with everything in a record."""


def matches(record: dict[str, Any], text: str) -> bool:
    """Return whether a record's text contains every word of a search, ignoring case.

    `name:value` compares that member; it is ignored if the record has no such member.
    """
    found = [member.casefold() for member in _texts(record)]
    words = []
    for word in text.split(maxsplit=_MOST_WORDS)[:_MOST_WORDS]:
        name, colon, value = word.partition(":")
        if colon and name.isidentifier() and value and not value.startswith("//"):
            member = next((member for member in record if same(member, name)), None)
            if member is not None and not equal(record[member], value.strip("\"'")):
                return False
        else:
            words.append(word.strip("\"'").casefold())
    return all(any(word in member for member in found) for word in words)


def selected(record: dict[str, Any], text: str, place: tuple[str, ...]) -> bool:
    """Return whether a record fulfils all conditions of a selector: `app=web,tier!=db,metadata.name=one`."""
    for condition in text.split(",", _MOST_WORDS)[:_MOST_WORDS]:
        name, operator, value = _condition(condition)
        found: Any = record
        for step in (*place, *([name] if place else name.split("."))):
            found = found.get(step) if isinstance(found, dict) else None
        if operator == "=" and not (found is not None and equal(found, value)):
            return False
        if operator == "!=" and found is not None and equal(found, value):
            return False
        if operator in {"", "!"} and (found is not None) is (operator == "!"):
            return False
    return True


def _condition(text: str) -> tuple[str, str, str]:
    """Return the name, the operator and the value of `a=b`, `a==b`, `a!=b`, `a` or `!a`."""
    for operator in ("!=", "==", "="):
        name, found, value = text.partition(operator)
        if found:
            return name.strip(), "!=" if operator == "!=" else "=", value.strip()
    bare = text.strip()
    return (bare[1:], "!", "") if bare.startswith("!") else (bare, "", "")


def _texts(record: dict[str, Any]) -> Iterator[str]:
    """Yield the strings in a record and in its objects and arrays."""
    for value in record.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from (inner for inner in value.values() if isinstance(inner, str))
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, str):
                    yield item
                elif isinstance(item, dict):
                    yield from (inner for inner in item.values() if isinstance(inner, str))


EQUALITY = "equal"
OPERATORS = {
    **dict.fromkeys(("eq", "exact", "equals", "is", "in", "any", "all", "has"), EQUALITY),
    **dict.fromkeys(("contains", "icontains", "like", "ilike", "substring", "match", "matches"), "contains"),
    **dict.fromkeys(("startswith", "istartswith", "prefix", "starts"), "starts"),
    **dict.fromkeys(("endswith", "iendswith", "suffix"), "ends"),
    **dict.fromkeys(("gte", "ge", "min", "minimum", "from", "since", "start", "starting", "least"), "from"),
    **dict.fromkeys(("gt", "after", "over", "above", "greater", "newer", "later", "greaterthan"), "after"),
    **dict.fromkeys(("lte", "le", "max", "maximum", "to", "until", "end", "ending", "most", "till"), "to"),
    **dict.fromkeys(("lt", "before", "under", "below", "less", "older", "earlier", "lessthan"), "before"),
    **dict.fromkeys(("ne", "neq", "not", "nin", "exclude", "excluded", "excluding", "without", "notin"), "not"),
    **dict.fromkeys(("range", "between"), "range"),
}
"""The operators for words before or after the name of a property."""

_EXPLANATIONS = {
    "contains": " (as a part of it)", "starts": " (its beginning)", "ends": " (its end)", "range": " (from, to)",
    "from": " (at least)", "after": " (more than)", "to": " (at most)", "before": " (less than)",
    "not": " (all others)", "without": " (all others)",
    "present": " (whether there is one)",
}  # fmt: skip
_MOST_WANTED = 1000
"""Limit of the values of one filter; further ones are ignored."""
_WILDCARDS = frozenset({"", "*", "all", "any"})
_NOTHING = frozenset({"none", "null"})


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Keeps the records whose property matches a parameter."""

    argument: str
    members: tuple[str, ...]
    """The path into the argument if it is an object: `filter[name]`."""
    target: Property
    operator: str
    choices: frozenset[str]
    """The enum of the parameter."""
    ignored: Any = None
    """A default that does not filter: false, or `none`."""

    @classmethod
    def of(
        cls, parameter: Parameter, found: Property, operator: str, members: tuple[str, ...] = (), schema: Any = None
    ) -> ListFilter:
        """Return the filter of a parameter, or of one member of it."""
        place = parameter.schema if schema is None else schema
        if kinds_of(place, place.raw) <= {"boolean", "null"}:
            operator = _whether(operator, found)
        default = parameter.default
        ignored = default if default is False or str(default).lower() in _NOTHING else None
        return cls(parameter.argument, members, found, operator, enum_of(place), ignored)

    @property
    def explain(self) -> str:
        """The effect as a phrase."""
        return f"filters by the property {self.target.name}{_EXPLANATIONS.get(self.operator, '')}"

    def test(self, value: Any) -> Callable[[dict[str, Any]], bool] | None:
        """Return a predicate on records for a value; None if the value does not filter."""
        for member in self.members:
            value = value.get(member) if isinstance(value, dict) else None
        if value is None or value in ([], {}) or (self.ignored is not None and value == self.ignored):
            return None
        if isinstance(value, dict):
            return self._each(value)
        if self.operator == "present":
            return lambda record: any(one not in (None, [], {}, "") for one in self.target.values(record)) is value
        if self.operator == "range":
            return self._range(value)
        if self.operator in _ORDERED:
            return lambda record: any(self._holds(self.operator, one, value) for one in self._in(record))
        if self.operator in _TEXT:
            return lambda record: any(_matches(self.operator, one, value) for one in self._in(record))
        wanted = self._wanted(value)
        if wanted is None or (self.operator == "without" and value is not True):
            return None
        negative = self.operator in {"not", "without"}
        empty = any(isinstance(item, str) and item.lower() in _NOTHING for item in wanted)
        looked_up = Wanted(wanted, date=self.target.date)
        choices = Wanted(self.choices) if self.choices and not self.target.enum else None
        return lambda record: self._is(record, looked_up, choices, empty=empty) is not negative

    def _in(self, record: dict[str, Any]) -> list[Any]:
        values: list[Any] = []
        for value in self.target.values(record):
            values += value if isinstance(value, list) else [value]
        return values

    def _wanted(self, value: Any) -> Sequence[Any] | None:
        """Return the accepted values; None if every value is."""
        wanted = value[:_MOST_WANTED] if isinstance(value, list) else [value]
        known = self.target.enum
        texts = [item for item in wanted if isinstance(item, str)]
        if any(text.lower() in _WILDCARDS and text not in known for text in texts):
            return None
        if self.choices and known:
            # values such as `all` that the property does not list: their meaning is unknown
            wanted = [item for item in wanted if str(item) in known]
            return wanted or None
        for text in texts:
            if "," in text and text not in known:
                wanted = [*wanted, *(part.strip() for part in text.split(",", _MOST_WANTED)[:_MOST_WANTED])]
        return wanted[:_MOST_WANTED]

    def _is(self, record: dict[str, Any], wanted: Wanted, choices: Wanted | None, *, empty: bool) -> bool:
        found = [value for value in self.target.values(record) if value not in (None, [])]
        if not found:
            return empty
        if choices is not None and not any(choices.has(value) for value in found):
            # a value that the parameter's enum does not list cannot be filtered out
            return True
        return any(wanted.has(value) for value in found)

    def _range(self, value: Any) -> Callable[[dict[str, Any]], bool]:
        ends = value if isinstance(value, list) else str(value).split(",")
        low, high = [*ends, "", ""][:2]
        bounds = [(operator, end) for operator, end in (("from", low), ("to", high)) if end not in ("", None)]
        return lambda record: any(
            all(self._holds(operator, one, end) for operator, end in bounds) for one in self._in(record)
        )

    def _holds(self, operator: str, member: Any, bound: Any) -> bool:
        """Return whether a member is on the right side of a bound; False if they cannot be compared."""
        date = self.target.date
        one: Any = moment(member) if date else _comparable(member)
        other: Any = moment(bound) if date else _comparable(bound)
        if one is None or other is None or isinstance(one, str) != isinstance(other, str):
            return False
        if operator == "from":
            return bool(one >= other)
        if operator == "after":
            return bool(one > other)
        if operator == "before":
            return bool(one < other)
        # An upper bound that is a day includes the whole day.
        return bool(one < other + DAY) if date and is_day(bound) else bool(one <= other)

    def _each(self, value: dict[str, Any]) -> Callable[[dict[str, Any]], bool] | None:
        """Parse `created[gte]=1` and `address[city]=Riga`."""
        tests = []
        for name, item in value.items():
            operator = OPERATORS.get(name.lstrip("$_").lower())
            if operator is not None:
                part = ListFilter(self.argument, (), self.target, operator, frozenset())
            else:
                inner = Property((*self.target.path, name), frozenset(), frozenset(), date=False)
                part = ListFilter(self.argument, (), inner, EQUALITY, frozenset())
            test = part.test(item)
            if test is not None:
                tests.append(test)
        return (lambda record: all(test(record) for test in tests)) if tests else None


def _whether(operator: str, found: Property) -> str:
    """Return the operator of a boolean parameter on a property."""
    if operator == "not":
        return "without"
    # `archived=true` selects records with an `archived_at`.
    return "present" if operator == EQUALITY and "boolean" not in found.kinds else operator


_ORDERED = frozenset({"from", "after", "to", "before"})
_TEXT = frozenset({"contains", "starts", "ends"})


def _comparable(value: Any) -> Any:
    """Return a value as a number if possible, else as text; None if it has no order."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return value
    except OverflowError:
        return None


def _matches(operator: str, member: Any, wanted: Any) -> bool:
    if not isinstance(member, str | int | float):
        return False
    text, part = str(member).casefold(), str(wanted).casefold()
    if operator == "contains":
        return part in text
    return text.startswith(part) if operator == "starts" else text.endswith(part)


_SEARCHES = frozenset({
    "q", "query", "search", "term", "keyword", "text", "searchquery", "searchterm", "searchtext", "searchstring",
    "querystring", "querytext", "fulltext", "filterterm",
})  # fmt: skip
_VIEWS = frozenset({
    "field", "select", "include", "expand", "embed", "populate", "optfield", "optpretty", "pretty", "prettyprint",
    "exclude", "with", "projection", "alt", "callback", "count", "includetotal", "includecount", "envelope", "dryrun",
    "accesstoken", "apikey", "apiversion",
})  # fmt: skip
"""Parameters that change how records are shown, not which."""
_SELECTORS = {"labelselector": ("metadata", "labels"), "fieldselector": ()}
"""Parameters with conditions on the members at a path in the record (Kubernetes)."""
_FILTERS = frozenset({"filter", "where", "by", "with", "only", "search"})
_LAST = frozenset({"since", "after"})
_TIMES = frozenset({"date", "time", "timestamp", "at", "on", "datetime", "day", "period"})
_OCCASIONS = (("date",), ("timestamp",), ("occurred",), ("created",), ("updated",), ("published",), ("start",))
_PARTS = re.compile(r"[.\[\]]+|__")


class ListSelection:
    """The filters, searches and order of one list operation, inferred from its query parameters."""

    def __init__(
        self, parameters: Sequence[Parameter], element: Shape, shapes: Shapes, *, newest: bool = False
    ) -> None:
        """Set up the selection; `newest` means that the newest records come first by default."""
        self._properties = Properties(element, shapes)
        self._shapes = shapes
        self._order = Order(parameters, self._properties, newest=newest)
        self._searches: list[str] = []
        self._selectors: list[tuple[str, tuple[str, ...]]] = []
        self._filters: list[ListFilter] = []
        self._expressions: list[str] = []
        self.explain: list[str] = []
        """The inferred meaning of each parameter, as phrases."""
        others = Paging(parameters).names | self._order.names
        query = [one for one in parameters if one.location == "query" and one.name not in others]
        self._names = {stem(parameter.name) for parameter in query}
        for parameter in query:
            self._recognise(parameter)
        self.explain += self._order.explain
        self._arguments = {one.argument for one in self._filters} | {argument for argument, _ in self._selectors}
        self._arguments |= {*self._searches, *self._expressions, *self._order.arguments}

    def is_asked(self, arguments: Mapping[str, Any]) -> bool:
        """Return whether a request may select or order records."""
        return self._order.is_default or any(arguments.get(one) is not None for one in self._arguments)

    @property
    def filters(self) -> Sequence[ListFilter]:
        """The filters."""
        return self._filters

    @property
    def searches(self) -> Sequence[str]:
        """The arguments of full-text searches."""
        return self._searches

    @property
    def order(self) -> Order:
        """The order."""
        return self._order

    def apply(self, records: list[dict[str, Any]], arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the selected records in the requested order."""
        for one in self._filters:
            value = arguments.get(one.argument)
            test = None if value is None else one.test(value)
            if test is not None:
                records = [record for record in records if test(record)]
        for argument in self._expressions:
            value = arguments.get(argument)
            test = predicate_of(value, self._properties.find_within, _compared) if isinstance(value, str) else None
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
        if name == "filter" and parameter.shape == "primitive" and not enum_of(parameter.schema):
            self._expressions.append(parameter.argument)
            self.explain.append(f"{parameter.name} filters by an expression: name eq 'value' and count gt 5")
            return
        if name in _FILTERS and parameter.shape == "object":
            shape = self._shapes.of(parameter.schema)
            for member, schema in shape.properties.items():
                place = self._place(member)
                if place is not None:
                    self._add(f"{parameter.name}[{member}]", ListFilter.of(parameter, *place, (member,), schema))
            return
        place = self._place(parameter.name)
        if place is not None and _makes_sense(parameter, *place):
            self._add(parameter.name, ListFilter.of(parameter, *place))

    def _add(self, name: str, found: ListFilter) -> None:
        self._filters.append(found)
        self.explain.append(f"{name} {found.explain}")

    def _place(self, name: str) -> tuple[Property, str] | None:
        """Return the property that a parameter's name refers to, and the operator on it."""
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
        """Find a property with an operator: `name_contains`, `min_price`, `createdBefore`."""
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
        """Find `start_date` if `end_date` is a parameter too, and both are times of the record."""
        for one, other in (("start", "end"), ("starts", "ends"), ("from", "to")):
            if not {one, other} & set(words):
                continue
            twin = [other if word == one else one if word == other else word for word in words]
            found, partner = self._properties.find(words), self._properties.find(twin)
            if stem("_".join(twin)) in self._names and found and partner and found.date and partner.date:
                return found, "from" if one in words else "to"
        return None

    def _occasion(self, words: Sequence[str]) -> tuple[Property, str] | None:
        """Find the time that `since`, `from`, `endDate` or `min_timestamp` bounds."""
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
        """Find the numeric `id` that `since` refers to if records have no time."""
        found = self._properties.find(("id",)) if tuple(words) == ("since",) else None
        return (found, "after") if found and found.kinds <= {"integer", "number"} else None


def _compared(found: Property, operator: str, value: Any) -> Callable[[dict[str, Any]], bool] | None:
    """Return the predicate of one comparison in an expression."""
    return ListFilter("", (), found, OPERATORS[operator], frozenset()).test(value)


def _makes_sense(parameter: Parameter, found: Property, operator: str) -> bool:
    """Return whether a boolean parameter can filter so: `exclude_pull_requests` removes members, not records."""
    if kinds_of(parameter.schema, parameter.schema.raw) <= {"boolean", "null"}:
        return operator == EQUALITY or (operator == "not" and "boolean" in found.kinds)
    return True


def _suits(found: Property, operator: str) -> bool:
    """Return whether an operator applies to a property: bounds need values with an order."""
    if operator in {"from", "after", "to", "before", "range"}:
        return found.date or bool(found.kinds & {"integer", "number", "string"} and "boolean" not in found.kinds)
    return True

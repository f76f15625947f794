"""Filters: what one query parameter asks of a property."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locum.infer.lists.comparisons import DAY, Wanted, is_day, moment
from locum.infer.lists.properties import Property, enum_of
from locum.openapi.wire.coercion import kinds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from locum.openapi.compile.parameters import Parameter

__all__ = ["EQUALITY", "OPERATORS", "Filter"]

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
"""What a word before or after the name of a property asks of it."""

_SAID = {
    "contains": " (as a part of it)", "starts": " (its beginning)", "ends": " (its end)", "range": " (from, to)",
    "from": " (at least)", "after": " (more than)", "to": " (at most)", "before": " (less than)",
    "not": " (all others)", "without": " (all others)",
    "present": " (whether there is one)",
}  # fmt: skip
_MOST_WANTED = 1000
"""Values that a filter looks for; what comes after them is not looked for."""
_WILDCARDS = frozenset({"", "*", "all", "any"})
_NOTHING = frozenset({"none", "null"})


@dataclass(frozen=True, slots=True)
class Filter:
    """Keeps the records whose property is what a parameter asks for."""

    argument: str
    members: tuple[str, ...]
    """The way into the argument, where that is an object: `filter[name]`."""
    target: Property
    operator: str
    choices: frozenset[str]
    """The values that the parameter lists."""
    unasked: Any = None
    """A default that selects nothing: false, or `none`."""

    @classmethod
    def of(
        cls, parameter: Parameter, found: Property, operator: str, members: tuple[str, ...] = (), schema: Any = None
    ) -> Filter:
        """Return the filter of a parameter, or of one member of it."""
        place = parameter.schema if schema is None else schema
        if kinds_of(place, place.raw) <= {"boolean", "null"}:
            operator = _whether(operator, found)
        default = parameter.default
        unasked = default if default is False or str(default).lower() in _NOTHING else None
        return cls(parameter.argument, members, found, operator, enum_of(place), unasked)

    @property
    def explain(self) -> str:
        """Say what it does."""
        return f"filters by the property {self.target.name}{_SAID.get(self.operator, '')}"

    def test(self, value: Any) -> Callable[[dict[str, Any]], bool] | None:
        """Return what says whether a record is asked for by a value; None where the value asks for nothing."""
        for member in self.members:
            value = value.get(member) if isinstance(value, dict) else None
        if value is None or value in ([], {}) or (self.unasked is not None and value == self.unasked):
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
        """Return the values of which one is wanted; None where all are."""
        wanted = value[:_MOST_WANTED] if isinstance(value, list) else [value]
        known = self.target.enum
        texts = [item for item in wanted if isinstance(item, str)]
        if any(text.lower() in _WILDCARDS and text not in known for text in texts):
            return None
        if self.choices and known:
            # `all`, or another list than that of the property: what it means is not known
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
            # what the parameter's list cannot ask for, it cannot rule out
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
        """Whether a member is on the asked side of a bound; one that cannot be compared is not."""
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
        # Until a day is until its end.
        return bool(one < other + DAY) if date and is_day(bound) else bool(one <= other)

    def _each(self, value: dict[str, Any]) -> Callable[[dict[str, Any]], bool] | None:
        """Read `created[gte]=1` and `address[city]=Riga`."""
        tests = []
        for name, item in value.items():
            operator = OPERATORS.get(name.lstrip("$_").lower())
            if operator is not None:
                part = Filter(self.argument, (), self.target, operator, frozenset())
            else:
                inner = Property((*self.target.path, name), frozenset(), frozenset(), date=False)
                part = Filter(self.argument, (), inner, EQUALITY, frozenset())
            test = part.test(item)
            if test is not None:
                tests.append(test)
        return (lambda record: all(test(record) for test in tests)) if tests else None


def _whether(operator: str, found: Property) -> str:
    """Return what is asked of a property by a parameter that says yes or no."""
    if operator == "not":
        return "without"
    # `archived=true` asks for what has an `archived_at`.
    return "present" if operator == EQUALITY and "boolean" not in found.kinds else operator


_ORDERED = frozenset({"from", "after", "to", "before"})
_TEXT = frozenset({"contains", "starts", "ends"})


def _comparable(value: Any) -> Any:
    """Return a number where a value is one or reads as one, else its text; None for what has no order."""
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

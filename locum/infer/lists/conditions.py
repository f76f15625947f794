"""Conditions: the filters in the body of a search: `{"filter": {"email": {"exact": "mia@shop.example"}}}`.

Also `{"property": "email", "operator": "eq", "value": "mia@shop.example"}` and `{"flows": {"name": {"any_": ["a"]}}}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from locum.infer.lists.properties import equal
from locum.infer.resources.words import stem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

__all__ = ["Condition", "conditions_in"]

_FIELDS = ("property", "propertyName", "field", "attribute", "column", "key", "name")
"""Members of a condition that name a member of the record."""
_OPERATORS = ("operator", "op", "comparison", "condition")
_ASIDE = frozenset({"sort", "sorts", "order", "orderby", "include", "field", "select", "property", "expand", "page"})
_MOST, _DEEPEST = 32, 6

_IS = frozenset({"exact", "eq", "equal", "is", "value", "term", "match"})
_IS_ONE_OF = frozenset({"any", "anyof", "in", "include", "oneof", "value", "terms"})
_HAS = frozenset({"contain", "fuzzy", "like", "prefix", "startswith", "containstoken", "search"})
_IS_NOT = frozenset({"ne", "neq", "not", "notequal", "doesnotequal", "notany", "notin"})


class Condition(NamedTuple):
    """One condition on a member of a record."""

    member: str
    operator: str
    value: Any

    def holds(self, members: Mapping[str, Any]) -> bool:
        """Return whether a record fulfils the condition. An unknown operator is always fulfilled."""
        found = members.get(self.member)
        wanted = self.value if isinstance(self.value, list) else [self.value]
        if self.operator in _IS_NOT:
            return not any(equal(found, one) for one in wanted)
        if self.operator in _HAS:
            return any(str(one).casefold() in str(found).casefold() for one in wanted)
        if self.operator in _IS | _IS_ONE_OF:
            values = found if isinstance(found, list) else [found]
            return any(equal(value, one) for value in values for one in wanted)
        return True


def conditions_in(body: Any, names: Mapping[str, Any], others: Collection[str] = ()) -> list[Condition]:
    """Return the conditions in a body on the members of a record; all of them must hold.

    `others` are the stems of body members that concern other records.
    """
    known = {stem(name): name for name in names}
    found: list[Condition] = []
    for name, value in body.items() if isinstance(body, dict) else ():
        if stem(name) not in _ASIDE and stem(name) not in others and isinstance(value, dict | list):
            found += _within(value, known, 0)
    return found[:_MOST]


def _within(value: Any, known: Mapping[str, str], depth: int) -> Iterator[Condition]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for one in value:
            if isinstance(one, dict):
                yield from _within(one, known, depth + 1)
        return
    field = next((value[name] for name in _FIELDS if isinstance(value.get(name), str)), None)
    if field is not None and stem(field) in known and ("value" in value or "values" in value):
        operator = next((value[name] for name in _OPERATORS if isinstance(value.get(name), str)), "eq")
        yield Condition(known[stem(field)], stem(operator), value.get("value", value.get("values")))
        return
    for name, inner in value.items():
        member = known.get(stem(name))
        if member is None:
            if isinstance(inner, dict | list) and stem(name) not in _ASIDE:
                yield from _within(inner, known, depth + 1)
        elif isinstance(inner, dict):
            yield from (Condition(member, stem(operator), one) for operator, one in inner.items())
        elif inner is not None:
            yield Condition(member, "eq", inner)

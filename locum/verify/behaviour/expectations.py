"""Expectations: what the responses of a scenario should have shown, in a form that can be written down and replayed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from locum.infer.lists.envelopes import locates_next
from locum.infer.lists.properties import Property
from locum.infer.lists.selection import ListFilter
from locum.verify.behaviour.agreement import agrees, at_place, is_kept
from locum.verify.scenarios.replay import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from locum.verify.exchanges import Shown

__all__ = ["KINDS", "BehaviourExpectation", "elements_of"]

_STEPS = ("step", "other")
_LISTS = ("steps", "whole")


@dataclass(frozen=True, slots=True)
class BehaviourExpectation:
    """What the responses of numbered steps should show. `kind` is one of `KINDS`."""

    kind: str
    arguments: dict[str, Any] = field(default_factory=dict)
    """JSON values. `step` and `other` are numbers of steps, `steps` and `whole` are lists of them."""

    @property
    def steps(self) -> list[int]:
        """The numbers of the steps that it concerns."""
        found = [self.arguments[name] for name in _STEPS if name in self.arguments]
        return [*found, *(step for name in _LISTS for step in self.arguments.get(name, ()))]

    def renumbered(self, numbers: Mapping[int, Any]) -> BehaviourExpectation:
        """Return the expectation with other numbers, or names, of its steps."""
        arguments = dict(self.arguments)
        arguments |= {name: numbers[arguments[name]] for name in _STEPS if name in arguments}
        arguments |= {name: [numbers[step] for step in arguments[name]] for name in _LISTS if name in arguments}
        return replace(self, arguments=arguments)

    def is_met(self, exchanges: Mapping[Any, Shown]) -> bool | None:
        """Return whether the responses are as expected; None if they cannot show it, such as an error."""
        return KINDS[self.kind](exchanges, self.arguments)


def elements_of(body: Any, place: Sequence[str | int] | None) -> list[Any] | None:
    """Return the elements of a list in a body: at the declared place, else the only list in it; None without one."""
    if place is not None and isinstance(found := at_place(body, place), list):
        return found
    if isinstance(body, list):
        return body
    if not isinstance(body, dict):
        return None
    lists = [value for value in body.values() if isinstance(value, list)]
    if not lists:
        inner = [value for value in body.values() if isinstance(value, dict)]
        lists = [value for one in inner for value in one.values() if isinstance(value, list)]
    return lists[0] if len(lists) == 1 else None


def _is_success(shown: Shown) -> bool:
    return HTTPStatus.OK <= shown.status < HTTPStatus.MULTIPLE_CHOICES


def _status(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    status = str(exchanges[given["step"]].status)
    among: list[str] = given["among"]
    return status in among or f"{status[:1]}XX" in among


def _value(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    shown = exchanges[given["step"]]
    if not _is_success(shown):
        return None
    body = as_json(shown.response_body)
    holder = at_place(body, given["place"][:-1])
    if isinstance(holder, dict) and given["place"][-1] not in holder and given.get("optional"):
        return None
    return is_kept(given["value"], at_place(body, given["place"]))


def _same(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    one, other = exchanges[given["step"]], exchanges[given["other"]]
    if not (_is_success(one) and _is_success(other)):
        return None
    values = [
        _picked(at_place(as_json(shown.response_body), given[name]), given)
        for shown, name in ((one, "place"), (other, "other_place"))
    ]
    return agrees(*values)


def _picked(value: Any, given: dict[str, Any]) -> Any:
    """Return the element with the expected identifier if the place is a list of records, else the value."""
    if "key" in given and isinstance(value, list):
        return next((one for one in value if _is(one, given)), None)
    return value


def _is(element: Any, given: dict[str, Any]) -> bool:
    found = at_place(element, given["identity"]) if given.get("identity") else element
    return found is not None and str(found) == str(given["key"])


def _gathered(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> list[Any] | None:
    found: list[Any] = []
    for step in given["steps"]:
        shown = exchanges[step]
        elements = elements_of(as_json(shown.response_body), given["place"]) if _is_success(shown) else None
        if elements is None:
            return None
        found += elements
    return found


def _listed(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    elements = _gathered(exchanges, given)
    if elements is None:
        return None
    return sum(_is(element, given) for element in elements) == int(given["times"])


def _valued(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    elements = _gathered(exchanges, given)
    if elements is None:
        return None
    found = [one.get(given["member"]) for one in elements if isinstance(one, dict)]
    return found.count(given["value"]) <= int(given["times"])


def _at_most(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    elements = _gathered(exchanges, given)
    return None if elements is None else len(elements) <= given["count"]


def _distinct(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    elements = _gathered(exchanges, given)
    if elements is None:
        return None
    keys = [str(at_place(element, given["identity"])) for element in elements]
    return len(keys) == len(set(keys))


def _ordered(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    elements = _gathered(exchanges, given)
    if elements is None:
        return None
    wanted = [str(key) for key in given["keys"]]
    found = [key for element in elements if (key := str(at_place(element, given["identity"]))) in wanted]
    return found == wanted if set(found) == set(wanted) else None


def _only(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    elements = _gathered(exchanges, given)
    test = matcher(given)
    if elements is None or test is None:
        return None
    member = given["member"]
    having = [one for one in elements if isinstance(one, dict) and at_place(one, member[:1]) is not None]
    return all(test(one) for one in having)


def matcher(given: dict[str, Any]) -> Callable[[dict[str, Any]], bool] | None:
    """Return the predicate of a filter on records: `member`, `operator`, `value`, and whether it is a `date`."""
    target = Property(tuple(given["member"]), frozenset(), frozenset(), date=bool(given.get("date")))
    return ListFilter("", (), target, given["operator"], frozenset()).test(given["value"])


def _total(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    now = total_at(exchanges[given["step"]], given["place"])
    before = total_at(exchanges[given["other"]], given["place"]) if "other" in given else 0
    return None if now is None or before is None else now == before + given["plus"]


def total_at(shown: Shown, place: Sequence[str] | str) -> int | None:
    """Return the total at a place: a path in the body, or the name of a header."""
    if not _is_success(shown):
        return None
    value = (
        shown.response_headers.get(place) if isinstance(place, str) else at_place(as_json(shown.response_body), place)
    )
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _header(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    one, other = (exchanges[given[name]].response_headers.get(given["name"]) for name in _STEPS)
    return None if one is None or other is None else (one == other) is given["equal"]


def _keys_differ(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    one, other = (at_place(as_json(exchanges[given[name]].response_body), given["place"]) for name in _STEPS)
    return None if one is None or other is None else (str(one) != str(other)) is given["differ"]


def _differs(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    same = _same(exchanges, given)
    return None if same is None else not same


def _in_list(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    elements, item = _gathered(exchanges, given), exchanges[given["step"]]
    element = next((one for one in elements or () if _is(one, given)), None)
    if element is None or not _is_success(item):
        return None
    return agrees(element.get(given["member"]), at_place(as_json(item.response_body), given["value_place"]))


def _count(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    elements, total = _gathered(exchanges, given), total_at(exchanges[given["step"]], given["total"])
    return None if elements is None or total is None else len(elements) == total


def _both(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> tuple[list[str], list[str]] | None:
    """Return the identifiers on some pages, and those of the whole list."""
    found = [_gathered(exchanges, {**given, "steps": given[name]}) for name in ("steps", "whole")]
    if any(one is None for one in found):
        return None
    one, other = ([str(at_place(element, given["identity"])) for element in part or ()] for part in found)
    return one, other


def _as_many(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    both = _both(exchanges, given)
    return None if both is None else set(both[1]) <= set(both[0])


def _leads_on(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    """Return whether pages show every record, or the last of them leads to another one."""
    last = exchanges[given["steps"][-1]]
    return _has_next(as_json(last.response_body), last) or _as_many(exchanges, given)


def _has_next(body: Any, shown: Shown, depth: int = 0) -> bool:
    if 'rel="next"' in shown.response_headers.get("link", ""):
        return True
    if not isinstance(body, dict) or depth > 2:  # noqa: PLR2004 (as deep as envelopes are)
        return False
    return any(
        _has_next(value, shown, depth + 1)
        if isinstance(value, dict)
        else locates_next(name, "") and value not in (None, "", False) and not isinstance(value, list)
        for name, value in body.items()
    )


def _same_keys(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    both = _both(exchanges, given)
    return None if both is None else set(both[0]) == set(both[1])


def _same_order(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    both = _both(exchanges, given)
    return None if both is None or set(both[0]) != set(both[1]) else both[0] == both[1]


def _same_status(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    return exchanges[given["step"]].status == exchanges[given["other"]].status


def _has_header(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    shown = exchanges[given["step"]]
    return given["name"] in shown.response_headers if shown.status == given["status"] else None


def _allows(exchanges: Mapping[Any, Shown], given: dict[str, Any]) -> bool | None:
    allowed = exchanges[given["step"]].response_headers.get("allow")
    if allowed is None:
        return None
    methods = {method.strip().upper() for method in allowed.split(",")} - {"HEAD", "OPTIONS"}
    return methods == set(given["methods"]) - {"HEAD", "OPTIONS"}


KINDS: dict[str, Callable[[Mapping[Any, Shown], dict[str, Any]], bool | None]] = {
    "status": _status,
    "same-status": _same_status,
    "value": _value,
    "same": _same,
    "listed": _listed,
    "valued": _valued,
    "at-most": _at_most,
    "distinct": _distinct,
    "ordered": _ordered,
    "only": _only,
    "total": _total,
    "header": _header,
    "has-header": _has_header,
    "allow": _allows,
    "keys": _keys_differ,
    "differs": _differs,
    "in-list": _in_list,
    "count": _count,
    "as-many": _as_many,
    "leads-on": _leads_on,
    "same-order": _same_order,
    "same-keys": _same_keys,
}
"""How each kind is checked."""

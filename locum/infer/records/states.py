"""States: the members that a server writes itself (timestamps, states, flags), and their initial values."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from locum.generate.generators.constants import is_unspecified
from locum.infer.resources.words import words_of
from locum.world.clock import timestamp

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping
    from datetime import datetime

    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.schemas.schemas import Schema

__all__ = [
    "Lifecycle",
    "agreed",
    "defaults_of",
    "first_states",
    "holds_state",
    "is_state",
    "stamp",
]


_CREATED = frozenset({"created", "creation", "inserted", "registered", "added"})
_CHANGED = frozenset({"updated", "modified", "changed", "edited"})
_TIME_KINDS = frozenset({"at", "on", "date", "time", "timestamp", "datetime", "last", "ts"})


class Lifecycle:
    """The members of one resource's records that the server writes: timestamps, states and flags."""

    def __init__(self, shape: Shape, shapes: Shapes, settable: Container[str] = ()) -> None:
        """Set up the lifecycle; `settable` are the members that clients may set."""
        self._shapes = shapes
        self.created = _named(shape, shapes, _CREATED)
        """The members that hold the creation time."""
        self.changed = _named(shape, shapes, _CHANGED)
        """Those that hold the time of the last change."""
        self.first: dict[str, Any] = {}
        """The initial values of the members that have a known one."""
        self.absent: set[str] = set()
        """The members that a new record does not have."""
        self._states: dict[str, frozenset[str]] = {}
        """The states of each member with an enum of them."""
        self._flags: dict[str, str] = {}
        """The state that each flag stands for."""
        self._moments: dict[str, str] = {}
        """The state that each timestamp is about: `completed` for `completed_at`."""
        self._authors: dict[str, str] = {}
        """The state that each author has caused: `completed` for `completed_by`."""
        self._state_members = [name for name in shape.properties if is_state(name)]
        self._properties = shape.properties
        for name, schema in shape.properties.items():
            inner, words = shapes.of(schema), words_of(name)
            value = initial_value(name, schema, inner, settable=name in settable)
            if value is ABSENT:
                self.absent.add(name)
            elif value is not UNKNOWN:
                self.first[name] = value
            values = schema.raw.get("enum") if isinstance(schema.raw, dict) else None
            if is_state(name) and isinstance(values, list):
                self._states[name] = frozenset(_joined(one) for one in values if isinstance(one, str))
            elif "boolean" in inner.kinds:
                self._flags[name] = _flag(name)
            if words[-1:] and words[-1] in _HAPPENED:
                self._moments[name] = "_".join(words[:-1])
            elif len(words) > 1 and words[-1] == "by":
                self._authors[name] = "_".join(words[:-1])
        known = {state for states in self._states.values() for state in states}.union(self._flags.values())
        self._tied = {
            name: state for name, state in self._moments.items() if state in known and name not in shape.required
        }
        """The optional timestamps that are about a state in an enum, or about a flag."""

    def stamps(self, now: datetime) -> dict[str, Any]:
        """Return the times of the creation and the last change of a record that is created now."""
        return {name: stamp(shape, now) for name, shape in [*self.created.items(), *self.changed.items()]}

    def beginning(self, given: Container[str]) -> dict[str, Any]:
        """Return the initial values of the members that are not given."""
        return {
            name: deepcopy(value) if isinstance(value, dict | list) else value
            for name, value in self.first.items()
            if name not in given
        }

    def begin_within(self, members: dict[str, Any], given: Container[str]) -> dict[str, Any]:
        """Set the initial state in members that are state objects: `state.status` becomes `created`."""
        for name in self._state_members:
            value = members.get(name)
            if name in given or not isinstance(value, dict):
                continue
            shape = self._shapes.of(self._properties[name])
            first: dict[str, Any] = {}
            inside = [one for one in value if one in shape.properties]
            for one in [one for one in inside if is_state(one) or holds_state(one, shape.properties[one])]:
                schema = shape.properties[one]
                found = initial_value(
                    name if holds_state(one, schema) else one, schema, self._shapes.of(schema), settable=False
                )
                if found is not ABSENT and found is not UNKNOWN:
                    first[one] = deepcopy(found)
            if first:
                members = {**members, name: agreed(shape, {**value, **first})}
        return members

    def unreached(self, members: Mapping[str, Any]) -> list[str]:
        """Return the optional timestamp members of states that a record is not in.

        `completedAt` if `status` is `pending` and has a value `completed`, or if the flag `completed` is false.
        """
        if not self._tied:
            return []
        present = {_joined(str(members[name])) for name in self._states if name in members}
        others = {state for name, states in self._states.items() if name in members for state in states} - present
        others |= {state for name, state in self._flags.items() if members.get(name) is False} - present
        return [name for name, state in self._tied.items() if state in others and name in members]

    def turned(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, bool]:
        """Return the timestamp members whose state a change enters (True) or leaves (False).

        `closed_at`: True if `state` becomes `closed` or the flag `closed` becomes true, False if it no longer is.
        """
        return {
            name: is_now
            for name, is_now in self._turned(self._moments, before, after)
            if self._shapes.of(self._properties[name]).kinds & _TIMES
        }

    def authored(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, bool]:
        """Return the members that name who has caused a state that a change enters (True) or leaves (False)."""
        return dict(self._turned(self._authors, before, after))

    def _turned(
        self, about: Mapping[str, str], before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> Iterator[tuple[str, bool]]:
        entered, left = set(), set()
        for name in self._properties if about else ():
            old, new = before.get(name), after.get(name)
            if isinstance(new, str) and new != old and is_state(name):
                entered.add(_joined(new))
                left.add(_joined(str(old)))
            elif isinstance(new, bool) and isinstance(old, bool) and new != old:
                (entered if new else left).add(_flag(name))
        for name, state in about.items():
            if state in entered | left and before.get(name) == after.get(name):
                yield name, state in entered


def _joined(text: str) -> str:
    return "_".join(words_of(text))


def _named(shape: Shape, shapes: Shapes, wanted: frozenset[str]) -> dict[str, Shape]:
    found = {}
    for name, schema in shape.properties.items():
        words = frozenset(words_of(name))
        inner = shapes.of(schema)
        if words & wanted and words <= wanted | _TIME_KINDS and _is_moment(inner):
            found[name] = inner
    return found


def _is_moment(shape: Shape) -> bool:
    raw = shape.schema.raw
    declared = raw.get("format") if isinstance(raw, dict) else None
    return bool(shape.kinds & {"integer", "number"}) or declared in {"date-time", "date"} or _alone(shape)


def _alone(shape: Shape) -> bool:
    return shape.kinds <= {"string", "null"}


def stamp(shape: Shape, now: datetime) -> Any:
    """Write a time in the form of a schema: RFC 3339, a date, or seconds since 1970."""
    if "string" not in shape.kinds:
        return int(now.timestamp())
    raw = shape.schema.raw
    text = timestamp(now)
    return text[:10] if isinstance(raw, dict) and raw.get("format") == "date" else text


_STATES = frozenset({"status", "state", "phase", "stage", "condition", "lifecycle"})

_HAPPENED = frozenset({"at", "on", "date", "time", "timestamp"})
_TIMES = frozenset({"string", "integer", "number"})

_NAMED_STATES = (
    re.compile(r"[`\"']([A-Za-z][A-Za-z_-]{2,30})[`\"']"),
    re.compile(r"\b([A-Z][A-Z_]{3,30})\b"),
    re.compile(r"(?:^|[.\n] ?)([A-Z][a-z]{3,20}): "),
)
"""Patterns of states in descriptions, tried in order."""

UNKNOWN: Any = object()
"""The initial value of a member is unknown; it is generated."""
ABSENT: Any = object()
"""A new record does not have the member."""

_BEGINNINGS = (
    "requires_payment_method", "requires", "draft", "new", "creating", "created", "initial", "initialized", "pending",
    "queued", "scheduled", "todo", "to_do", "backlog", "not_started", "unstarted", "waiting", "submitted", "requested",
    "received", "placed", "open", "opened", "unpaid", "unverified", "not_verified", "unread", "invited",
    "starting", "provisioning", "processing", "in_progress", "running", "active", "enabled", "available", "online",
    "ready", "on", "yes", "live", "up", "healthy", "trialing", "incomplete",
)  # fmt: skip
"""Initial states, earliest first."""
_PLAIN_BEGINNINGS = frozenset({"draft", "new", "created", "initial", "pending", "queued", "open", "todo"})
_CERTAIN_BEGINNINGS = _PLAIN_BEGINNINGS - {"pending"}
"""Initial states that an example does not override."""
_HAVE_HAPPENED = frozenset({
    "deleted", "archived", "canceled", "cancelled", "completed", "closed", "ended", "failed", "merged", "finished",
    "revoked", "resolved", "removed", "expired", "paid", "refunded", "voided", "suspended", "disabled", "blocked",
    "approved", "rejected", "declined", "locked", "used", "read", "seen", "delivered", "shipped", "sent", "published",
    "accepted", "dismissed", "disconnected", "terminated", "stopped", "reviewed", "claimed", "captured", "returned",
    "fulfilled", "finalized", "processed", "confirmed", "verified", "answered", "opened", "clicked", "bounced",
    "banned", "trashed", "hidden", "discarded", "done", "uncollectible",
})  # fmt: skip
"""States and flags that a new record has not reached."""
_TRUE = frozenset({
    "active", "enabled", "available", "valid", "open", "success", "ok", "mutable", "editable", "found", "exists",
})  # fmt: skip
"""Flags that are true in a new record."""
_TROUBLE = frozenset({"error", "failure", "reason", "cancellation", "cancelation", "deletion", "refund", "dispute"})
_COUNTS = frozenset({"count", "failures", "attempts", "retries", "refunded", "likes", "views", "comments", "usage"})


def holds_state(name: str, schema: Schema) -> bool:
    """Return whether a member of a state object holds the state itself: `State.Name` (AWS)."""
    raw = schema.raw if isinstance(schema.raw, dict) else {}
    return words_of(name) in {("name",), ("value",), ("type",), ("code",)} and isinstance(raw.get("enum"), list)


def is_state(name: str) -> bool:
    """Return whether a member's name is that of a state: `status`, `orderState`."""
    words = words_of(name)
    return bool(words) and words[-1] in _STATES


def initial_value(name: str, schema: Schema, shape: Shape, *, settable: bool) -> Any:
    """Return the initial value of a member that the client did not send.

    That is its default, its first state, false for a flag, or null or `ABSENT` for an event that has not happened.
    Returns `UNKNOWN` if the value is to be generated.
    """
    raw = schema.raw if isinstance(schema.raw, dict) else {}
    if "default" in raw and schema.is_valid(raw["default"]):
        return raw["default"]
    words = words_of(name)
    values = _choices(raw, schema) or (_described(raw) if is_state(name) and "string" in shape.kinds else [])
    if len(values) > 1:
        shown = raw.get("example")
        first = _first_state(name, values)
        is_beginning = is_state(name) and shown in values and "_".join(words_of(shown)) in _BEGINNINGS
        return shown if is_beginning and next(iter(words_of(first)), "") not in _CERTAIN_BEGINNINGS else first
    if values:
        return UNKNOWN
    if is_state(name) and isinstance(raw.get("example"), str):
        return raw["example"]
    guess = _guess(words, shape, settable=settable)
    if guess is ABSENT:
        return None if schema.is_valid(None) else ABSENT
    return guess if guess is UNKNOWN or schema.is_valid(guess) else UNKNOWN


def _guess(words: tuple[str, ...], shape: Shape, *, settable: bool) -> Any:  # (a table of initial values)
    kinds = shape.kinds - {"null"}
    core = tuple(word for word in words if word not in {"is", "has", "was"})
    if kinds == {"boolean"}:
        return bool(core) and core[-1] in _TRUE
    past = len(core) > 1 and core[-1] in _HAPPENED and core[0] in _HAVE_HAPPENED
    alone = len(core) == 1 and core[0] in _HAVE_HAPPENED and not settable
    if past or (alone and ("string" in kinds or "null" in shape.kinds)):
        return ABSENT
    if "null" in shape.kinds and (settable or _TROUBLE & set(words)):
        return None
    if kinds == {"array"} and settable:
        return []
    if kinds == {"object"} and settable and not shape.properties:
        return {}
    if kinds <= {"integer", "number"} and kinds and not settable and core[-1:] and core[-1] in _COUNTS:
        return 0
    return UNKNOWN


def _choices(raw: Mapping[str, Any], schema: Schema) -> list[str]:
    """Return the strings in a member's enum, or in that of its only alternative with one (beside null)."""
    listed = raw.get("enum")
    if not isinstance(listed, list):
        branches: Iterable[Any] = (*(raw.get("anyOf") or ()), *(raw.get("oneOf") or ()), *(raw.get("allOf") or ()))
        resolved = [schema.resolve(branch) for branch in branches]
        enums = [one["enum"] for one in resolved if isinstance(one, dict) and isinstance(one.get("enum"), list)]
        listed = enums[0] if len(enums) == 1 else []
    return [value for value in listed if isinstance(value, str) and value and not is_unspecified(value)]


def _described(raw: Mapping[str, Any]) -> list[str]:
    """Return the states in a description: quoted, in capitals, or each before a colon (`Pending: ...`)."""
    text = raw.get("description")
    if not isinstance(text, str):
        return []
    patterns = _NAMED_STATES[:1] if "example" in raw else _NAMED_STATES
    found = next((found for found in (pattern.findall(text) for pattern in patterns) if len(set(found)) > 1), [])
    return list(dict.fromkeys(found))


def _first_state(name: str, values: list[str]) -> str:
    if not is_state(name):
        return values[0]
    plain = {"_".join(words_of(value)): value for value in reversed(values)}
    if values != sorted(values) and next(iter(words_of(values[0])), "") in _PLAIN_BEGINNINGS:
        return values[0]  # listed in lifecycle order
    for beginning in _BEGINNINGS:
        if beginning in plain and (beginning != "unpaid" or "paid" in plain):
            return plain[beginning]
        if beginning == "requires":
            required = next((value for value in values if words_of(value)[:1] == ("requires",)), None)
            if required is not None:
                return required
    alive = [value for value in values if not _HAVE_HAPPENED & set(words_of(value))]
    return (alive or values)[0]


def defaults_of(resource: Resource) -> dict[str, Any]:
    """Return the declared defaults of the settable members."""
    properties = resource.shape.properties if resource.shape is not None else {}
    return {
        name: schema.raw["default"]
        for name, schema in properties.items()
        if name in resource.settable
        and isinstance(schema.raw, dict)
        and "default" in schema.raw
        and schema.is_valid(schema.raw["default"])
    }


def first_states(shape: Shape, shapes: Shapes) -> dict[str, Any]:
    """Return the initial values of the states among a shape's members."""
    found = {
        name: initial_value(name, schema, shapes.of(schema), settable=False)
        for name, schema in shape.properties.items()
        if is_state(name)
    }
    return {name: value for name, value in found.items() if value is not ABSENT and value is not UNKNOWN}


def agreed(shape: Shape, members: Mapping[str, Any]) -> dict[str, Any]:
    """Set the flags that are named like a state: true for the current state, false for the others.

    `running` is true if `status` is `running`, and false if it is `exited`.
    """
    states: set[str] = set()
    present = set()
    for name, schema in shape.properties.items():
        values = schema.raw.get("enum") if isinstance(schema.raw, dict) else None
        if is_state(name) and isinstance(values, list) and isinstance(members.get(name), str):
            states |= {_joined(value) for value in values if isinstance(value, str)}
            present.add(_joined(members[name]))
    flags = {
        name: state in present
        for name in members
        if (state := _joined(name)) in states and isinstance(members[name], bool)
    }
    return {**members, **flags}


def _flag(name: str) -> str:
    """Return the state that a boolean member stands for: `completed` for `isCompleted`."""
    return "_".join(word for word in words_of(name) if word not in {"is", "has", "was"})

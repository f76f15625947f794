"""States: what a new record is like in the members that its client has not sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from locum.infer.resources.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.compile.schemas import Schema

__all__ = ["ABSENT", "UNKNOWN", "agreed", "defaults_of", "initial_value", "is_state", "turned", "unreached"]

_STATES = frozenset({"status", "state", "phase", "stage", "condition", "lifecycle"})

_HAPPENED = frozenset({"at", "on", "date", "time", "timestamp"})
_TIMES = frozenset({"string", "integer", "number"})

_NAMED_STATES = (
    re.compile(r"[`\"']([A-Za-z][A-Za-z_-]{2,30})[`\"']"),
    re.compile(r"\b([A-Z][A-Z_]{3,30})\b"),
    re.compile(r"(?:^|[.\n] ?)([A-Z][a-z]{3,20}): "),
)
"""How descriptions name states."""

UNKNOWN: Any = object()
"""Nothing says what a member of a new record is: it is generated."""
ABSENT: Any = object()
"""A member that a new record does not have."""

_BEGINNINGS = (
    "requires_payment_method", "requires", "draft", "new", "created", "initial", "initialized", "pending",
    "queued", "scheduled", "todo", "to_do", "backlog", "not_started", "unstarted", "waiting", "submitted", "requested",
    "received", "placed", "open", "opened", "unpaid", "unverified", "not_verified", "unread", "invited",
    "starting", "provisioning", "processing", "in_progress", "running", "active", "enabled", "available", "online",
    "ready", "on", "yes", "live", "up", "healthy", "trialing", "incomplete",
)  # fmt: skip
"""The states in which a record begins, the earliest first."""
_PLAIN_BEGINNINGS = frozenset({"draft", "new", "created", "initial", "pending", "queued", "open", "todo"})
_CERTAIN_BEGINNINGS = _PLAIN_BEGINNINGS - {"pending"}
"""Those before which an example does not go."""
_HAVE_HAPPENED = frozenset({
    "deleted", "archived", "canceled", "cancelled", "completed", "closed", "ended", "failed", "merged", "finished",
    "revoked", "resolved", "removed", "expired", "paid", "refunded", "voided", "suspended", "disabled", "blocked",
    "approved", "rejected", "declined", "locked", "used", "read", "seen", "delivered", "shipped", "sent", "published",
    "accepted", "dismissed", "disconnected", "terminated", "stopped", "reviewed", "claimed", "captured", "returned",
    "fulfilled", "finalized", "processed", "confirmed", "verified", "answered", "opened", "clicked", "bounced",
    "banned", "trashed", "hidden", "discarded", "done", "uncollectible",
})  # fmt: skip
"""What has not happened to a record that is new."""
_TRUE = frozenset({"active", "enabled", "available", "valid", "open", "success", "ok", "mutable", "editable"})
"""Flags that a new record has."""
_TROUBLE = frozenset({"error", "failure", "reason", "cancellation", "cancelation", "deletion", "refund", "dispute"})
_COUNTS = frozenset({"count", "failures", "attempts", "retries", "refunded", "likes", "views", "comments", "usage"})


def is_state(name: str) -> bool:
    """Whether a member has the name of a state: `status`, `orderState`."""
    words = words_of(name)
    return bool(words) and words[-1] in _STATES


def initial_value(name: str, schema: Schema, shape: Shape, *, settable: bool) -> Any:
    """Return what a member of a new record is that the client did not send.

    That is its default, the first of its states, a flag that is not set, and nothing where nothing has happened yet.
    `UNKNOWN` where the value is to be generated, `ABSENT` where there is none.
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


def _guess(words: tuple[str, ...], shape: Shape, *, settable: bool) -> Any:  # (a table of what new records are like)
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
    """Return the texts that a member may be, also as an alternative beside null."""
    listed = raw.get("enum")
    if not isinstance(listed, list):
        branches: Iterable[Any] = (*(raw.get("anyOf") or ()), *(raw.get("oneOf") or ()), *(raw.get("allOf") or ()))
        resolved = [schema.resolve(branch) for branch in branches]
        enums = [one["enum"] for one in resolved if isinstance(one, dict) and isinstance(one.get("enum"), list)]
        listed = enums[0] if len(enums) == 1 else []
    return [value for value in listed if isinstance(value, str) and value]


def _described(raw: Mapping[str, Any]) -> list[str]:
    """Return the states that a description names: in quotes, in capitals, or each before a colon (`Pending: ...`)."""
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
        return values[0]  # listed in the order of a life
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
    """Return the defaults of the members that a client may send, for when it does not."""
    properties = resource.shape.properties if resource.shape is not None else {}
    return {
        name: schema.raw["default"]
        for name, schema in properties.items()
        if name in resource.settable
        and isinstance(schema.raw, dict)
        and "default" in schema.raw
        and schema.is_valid(schema.raw["default"])
    }


def agreed(shape: Shape, members: Mapping[str, Any]) -> dict[str, Any]:
    """Return members in which the flags that are called as one of the states say whether it is the present one.

    `running` is true where `status` is `running`, and false where it is `exited`.
    """
    states: set[str] = set()
    present = set()
    for name, schema in shape.properties.items():
        values = schema.raw.get("enum") if isinstance(schema.raw, dict) else None
        if is_state(name) and isinstance(values, list) and isinstance(members.get(name), str):
            states |= {"_".join(words_of(value)) for value in values if isinstance(value, str)}
            present.add("_".join(words_of(members[name])))
    flags = {
        name: state in present
        for name in members
        if (state := "_".join(words_of(name))) in states and isinstance(members[name], bool)
    }
    return {**members, **flags}


def _flag(name: str) -> str:
    """Return the state that a boolean member says: `completed` for `isCompleted`."""
    return "_".join(word for word in words_of(name) if word not in {"is", "has", "was"})


def turned(shape: Shape, shapes: Shapes, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, bool]:
    """Name the members that hold when a record came into a state: true for the one that it is in from now on.

    `closed_at` where `state` becomes `closed`, or `closed` becomes true; false where it is no longer.
    """
    entered, left = set(), set()
    for name in shape.properties:
        old, new = before.get(name), after.get(name)
        if is_state(name) and isinstance(new, str) and new != old:
            entered.add("_".join(words_of(new)))
            left.add("_".join(words_of(str(old))))
        elif isinstance(new, bool) and isinstance(old, bool) and new != old:
            (entered if new else left).add(_flag(name))
    if not entered | left:
        return {}
    found = {}
    for name, schema in shape.properties.items():
        words = words_of(name)
        is_time = words[-1:] and words[-1] in _HAPPENED and shapes.of(schema).kinds & _TIMES
        state = "_".join(words[:-1])
        if is_time and state in entered | left and before.get(name) == after.get(name):
            found[name] = state in entered
    return found


def unreached(shape: Shape, shapes: Shapes, members: Mapping[str, Any]) -> list[str]:
    """Name the optional members that hold when a record came into a state in which it is not.

    `completedAt` of an order that is `pending`, where `completed` is one of its states, or that is not `completed`.
    """
    states: set[str] = set()
    present: set[str] = set()
    for name, schema in shape.properties.items():
        values = schema.raw.get("enum") if isinstance(schema.raw, dict) else None
        if is_state(name) and isinstance(values, list) and name in members:
            states.update("_".join(words_of(value)) for value in values if isinstance(value, str))
            present.add("_".join(words_of(str(members[name]))))
        elif members.get(name) is False and "boolean" in shapes.of(schema).kinds:
            states.add(_flag(name))
    if not states:
        return []
    return [
        name
        for name in members
        if name not in shape.required
        and (words := words_of(name))[-1:]
        and words[-1] in _HAPPENED
        and "_".join(words[:-1]) in states - present
    ]

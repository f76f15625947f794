"""Custom actions: verbs on a record, such as `POST /orders/{orderId}/cancel`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.infer.actions.bodies import tag_in
from locum.infer.actions.items import Update
from locum.infer.records.states import agreed, holds_state, is_state, stamp
from locum.infer.resources.words import words_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from locum.infer.actions.context import Context
    from locum.infer.actions.items import Finder
    from locum.infer.request import Request
    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.compile.operations import Operation
    from locum.responses import Response

__all__ = ["ActionEffect", "CustomAction", "effect_of"]

_IRREGULAR = {
    "pay": "paid", "send": "sent", "begin": "begun", "run": "running", "hold": "held", "unhold": "released",
    "pause": "paused", "resume": "active", "start": "started", "stop": "stopped", "freeze": "frozen",
    "open": "open", "reopen": "open", "deactivate": "inactive", "activate": "active", "enable": "enabled",
    "disable": "disabled", "undo": "undone", "withdraw": "withdrawn", "submit": "submitted", "ship": "shipped",
    "unpause": "running", "restart": "running",
    "win": "won", "lose": "lost", "sell": "sold", "void": "void", "draft": "draft", "capture": "captured",
}  # fmt: skip
_ALIKE = {
    "running": ("started", "running", "in_progress", "active"),
    "started": ("started", "running", "in_progress", "active"),
    "active": ("active", "enabled", "running", "open"),
    "inactive": ("inactive", "deactivated", "disabled"),
    "stopped": ("stopped", "exited", "terminated", "inactive", "halted"),
    "killed": ("killed", "exited", "terminated", "stopped"),
    "merged": ("merged", "closed", "completed"),
    "paid": ("paid", "succeeded", "settled"),
    "captured": ("captured", "succeeded"),
    "confirmed": ("confirmed", "succeeded", "processing", "active"),
    "finalized": ("finalized", "final", "open"),
    "approved": ("approved", "accepted"),
    "terminated": ("terminated", "canceled", "cancelled"),
    "cancelled": ("canceled", "cancelled"),
    "completed": ("completed", "complete", "done", "finished", "closed"),
}
_OPPOSITES = {"un": True, "dis": True, "de": True}
_SETS = (("rename",), ("update",), ("edit",), ("change",), ("set",), ("move",), ("resize",))
"""First words of actions that set members to the values in the request."""


class ActionEffect:
    """The effect of an action: members that are set to a value, and members that are set to the current time."""

    def __init__(self, values: dict[str, Any], times: dict[str, Shape]) -> None:
        self.values = values
        self.times = times

    def on(self, members: Mapping[str, Any], shape: Shape, shapes: Shapes, now: datetime) -> dict[str, Any]:
        """Return the changed members; the other members of a changed object are kept."""
        changed = dict[str, Any]()
        for name, value in self.values.items():
            former = members.get(name)
            kept = former if isinstance(former, dict) else {}
            is_inside = isinstance(value, dict)
            changed[name] = agreed(shapes.of(shape.properties[name]), {**kept, **value}) if is_inside else value
        return changed | {name: stamp(inner, now) for name, inner in self.times.items()}

    @property
    def sentence(self) -> str:
        """The effect as a phrase: `status becomes 'cancelled'`."""
        parts = [f"{name} becomes {value!r}" for name, value in self.values.items()]
        return ", ".join([*parts, *(f"{name} becomes the current time" for name in self.times)])


def effect_of(verb: str, shape: Shape, shapes: Shapes, *, is_inside: bool = False) -> ActionEffect | None:
    """Return the effect of a verb on the members of a record; None if no member matches it.

    `cancel`: the state `cancelled`, `isCancelled` true, `cancelledAt` the current time. `unlock`: `locked` false.
    `is_inside` is whether the shape is that of a state object.
    """
    words = words_of(verb)
    if not words:
        return None
    wanted = _participles(words[0])
    values: dict[str, Any] = {}
    times: dict[str, Shape] = {}
    for name, schema in shape.properties.items():
        inner = shapes.of(schema)
        raw = schema.raw if isinstance(schema.raw, dict) else {}
        is_held = is_inside and holds_state(name, schema)
        if isinstance(raw.get("enum"), list) and (is_state(name) or is_held):
            state = _state(wanted, [value for value in raw["enum"] if isinstance(value, str)])
            if state is not None:
                values[name] = state
        elif inner.is_object and is_state(name):
            within = effect_of(verb, inner, shapes, is_inside=True)
            if within is not None and any(
                is_state(one) or holds_state(one, inner.properties[one]) for one in within.values
            ):
                values[name] = within.values
        elif "boolean" in inner.kinds:
            flag = _flag(words[0], name)
            if flag is not None:
                values[name] = flag
        elif raw.get("format") == "date-time" and len(words_of(name)) > 1 and _means(wanted, words_of(name)[0]):
            times[name] = inner
    return ActionEffect(values, times) if values or times else None


def _participles(verb: str) -> tuple[str, ...]:
    """Return the states that a verb leads to, best first."""
    known = _IRREGULAR.get(verb)
    if known is not None:
        return (known, *_ALIKE.get(known, ()), verb)
    regular = verb + "d" if verb.endswith("e") else verb[:-1] + "ied" if verb.endswith("y") else verb + "ed"
    return (regular, verb + verb[-1] + "ed", *_ALIKE.get(regular, ()), verb)


def _state(wanted: tuple[str, ...], states: list[str]) -> str | None:
    plain = {"_".join(words_of(state)): state for state in reversed(states)}
    return next((plain[word] for word in wanted if word in plain), None) or next(
        (state for state in states for word in wanted[:2] if words_of(state)[:1] == (word,)), None
    )


def _means(wanted: tuple[str, ...], word: str) -> bool:
    return word in wanted[:2]


def _flag(verb: str, name: str) -> bool | None:
    """Return the value that a verb gives to a boolean member; None if it does not concern the member."""
    words = [word for word in words_of(name) if word not in {"is", "has", "was"}]
    if len(words) != 1:
        return None
    if words[0] in _participles(verb):
        return True
    for prefix in _OPPOSITES:
        if verb.startswith(prefix) and words[0] in _participles(verb.removeprefix(prefix)):
            return False
        if words[0].startswith(prefix) and words[0].removeprefix(prefix) in _participles(verb):
            return False
    pairs = {("enable", "enabled"): True, ("disable", "enabled"): False, ("activate", "active"): True}
    pairs |= {("deactivate", "active"): False, ("star", "starred"): True, ("close", "open"): False}
    return pairs.get((verb, words[0]))


class CustomAction(Update):
    """Applies the effect of the verb at the end of the path to a record."""

    preferred: tuple[int, ...] = (200, 201, 202, 204)

    def __init__(  # noqa: PLR0913 (an action and its effect)
        self,
        operation: Operation,
        resource: Resource,
        context: Context,
        finder: Finder,
        effect: ActionEffect | None,
        *,
        undo: bool = False,
    ) -> None:
        super().__init__(operation, resource, context, finder)
        self._effect = effect
        self._undo = undo
        self._shows = self.responder.shows(resource)
        last = self.operation.path.rpartition("/")[2]
        self._tags = last.lower() == "tag"
        self._sets = words_of(last)[:1] in _SETS
        """Whether its name means that it sets members to the values in the request: `POST /jobs/{id}/rename?name=`."""

    def __call__(self, request: Request) -> Response:
        """Change the record, and return it if the response declares one."""
        parents, key, record = self.found(request)
        shape = self.resource.shape
        members = dict(record.members)
        sent = {**self.sent.members(request)}
        tag = tag_in(request, self.resource) if self._tags else None
        if tag is not None:
            held = members.get(tag.member)
            members[tag.member] = [*(one for one in held or () if one != tag.text), tag.text]
            record = self.context.change(self.resource, parents, key, members, request)
        elif self._effect is not None and shape is not None:
            members |= {
                name: value for name, value in sent.items() if name in shape.properties and name != self.resource.member
            }
            now = request.world.clock.now
            if self._undo:
                members |= {name: not value for name, value in self._effect.values.items() if isinstance(value, bool)}
            else:
                members |= self._effect.on(members, shape, self.context.shapes, now)
            record = self.context.change(self.resource, parents, key, members, request)
        elif (self._sets or self._shows) and shape is not None:
            named = {**self.sent.in_query(request, shape.properties), **sent}
            members |= {name: value for name, value in named.items() if name in shape.properties}
            members = self.resource.with_key(members, self.resource.key_of(record.members))
            record = self.context.change(self.resource, parents, key, members, request)
        if self._shows:
            return self.responder.record(record, self.resource, request)
        return self.responder.echo(sent, request)

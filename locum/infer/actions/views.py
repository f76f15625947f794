"""Views: a record as one answer shows it: the members that its schema knows, in the envelope that it wants."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from locum.generate.generator import Unsatisfiable
from locum.infer.actions.outcomes import outcome_of
from locum.infer.records.states import is_state
from locum.infer.resources.identities import response_place
from locum.infer.resources.words import same, singular
from locum.state.chance import chance

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from random import Random

    from locum.generate.generator import Generator
    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shapes
    from locum.openapi.compile.schemas import Schema
    from locum.state.worlds import World

__all__ = ["View", "pruned"]

_TEXTS = frozenset({"string"})
_ROUNDS = 4


class View:
    """Shows records by one schema."""

    def __init__(
        self,
        schema: Schema,
        shapes: Shapes,
        generator: Generator,
        resource: Resource | None = None,
        *,
        bare: bool = False,
    ) -> None:
        """`bare` is the schema of the record itself, without an envelope."""
        shape = shapes.of(schema)
        self.schema = schema
        self._generator = generator
        self.place = () if bare else response_place(shapes, shape, resource)
        self._around = outcome_of(shape, shapes) if self.place else {}
        """What a response says beside the record: that all went well."""
        self.inner = shape = shapes.at(shape, self.place)
        self._open = _is_open(shape.schema.raw)
        self.kinds: Mapping[str, Any] = {}
        """What is said of the kind of what is shown, where it is not that of the record."""
        self._shapes = shapes
        self._otherwise: tuple[Resource, dict[str, tuple[str, str | None]]] | None = None

    def body(self, members: Mapping[str, Any], resource: Resource, world: World) -> Any:
        """Return the body that shows a record of a resource.

        What a client has sent beyond the members that the contract gives such records is shown wherever
        the schema admits it. What must be generated is the same wherever this schema shows this record.
        Raises Unsatisfiable.
        """
        random = chance(world.seed, self.inner.schema.pointer, resource.path, resource.key_of(members))
        now = world.began
        shown = self._fitted(members, resource, random, now)
        for step in reversed(self.place):
            shown = [shown] if isinstance(step, int) else {step: shown}
        if self._around and isinstance(shown, dict):
            shown = {**self._around, **shown}
        if self.place and not self.schema.is_valid(shown):
            return self._generator.value(self.schema, random, now, given=shown, optional=0.0)
        return shown

    def _fitted(self, members: Mapping[str, Any], resource: Resource, random: Random, now: datetime) -> Any:
        properties, schema = self.inner.properties, self.inner.schema
        known = resource.shape.properties if resource.shape is not None else {}
        shown = dict(members)
        if self._otherwise is None or self._otherwise[0] is not resource:
            self._otherwise = resource, self._written_otherwise(resource)
        for other, (member, inner) in self._otherwise[1].items():
            value = members.get(member)
            if inner is not None and isinstance(value, dict) and inner in value:
                shown[other] = value[inner]
            elif inner is None and isinstance(value, str):
                is_list = self._shapes.of(properties[other]).is_array
                shown[other] = [value] if is_list else value
        members = shown
        if properties:
            shown = {
                name: value
                for name, value in members.items()
                if name in properties or (self._open and name not in known)
            }
        if self.kinds:
            shown |= self.kinds
        # What this response says beyond the record, such as the token of a new key, is generated.
        beyond = [name for name in properties if name not in known and name not in shown] if known else []
        if schema.is_valid(shown) and not beyond:
            return shown
        shown = pruned(schema, shown)
        if schema.is_valid(shown) and not beyond:
            return shown
        if beyond:
            with suppress(Unsatisfiable):
                return self._generator.value(schema, random, now, given=shown, optional=0.0, wanted=beyond)
            if schema.is_valid(shown):
                return shown
        # What is required and not known is generated; what does not fit at all gives way, the name last.
        plain = {name: value for name, value in shown.items() if not isinstance(value, dict | list)}
        name = {name: value for name, value in plain.items() if resource.identity and name == resource.identity[0]}
        for given in (shown, plain, name, None):
            try:
                return self._generator.value(schema, random, now, given=given, optional=0.0)
            except Unsatisfiable:
                continue
        message = f"No record can be shown by the schema at #{schema.pointer}."
        raise Unsatisfiable(message)

    def _written_otherwise(self, resource: Resource) -> dict[str, tuple[str, str | None]]:
        """Return the members that this schema writes in another way than the record has them.

        A list of the one text that the record has, as `names` of its `name`; and a state that is an object in the
        record, as `state` of its `state.status`. Each with the record's member, and with the one in that object.
        """
        if resource.shape is None or resource.shape is self.inner:
            return {}
        known, found = resource.shape.properties, dict[str, tuple[str, str | None]]()
        for name, schema in self.inner.properties.items():
            shape = self._shapes.of(schema)
            one = next(
                (other for other in known if name not in known and other.lower() == singular(name.lower())), None
            )
            if one is not None and shape.is_array and "string" in self._shapes.of(known[one]).kinds:
                found[name] = one, None
            spelt = next((other for other in known if name not in known and same(other, name)), None)
            if spelt is not None and not shape.is_array and self._shapes.of(known[spelt]).kinds & shape.kinds & _TEXTS:
                found[name] = spelt, None
            held = self._shapes.of(known[name]) if name in known else None
            if held is not None and held.is_object and is_state(name) and shape.kinds <= {"string", "null"}:
                status = next((other for other in held.properties if is_state(other)), None)
                if status is not None:
                    found[name] = name, status
        return found


def _is_open(raw: Any) -> bool:
    return not (isinstance(raw, dict) and raw.get("additionalProperties") is False)


def pruned(schema: Schema, value: dict[str, Any]) -> dict[str, Any]:
    """Return a value without the parts that break a schema, such as what is writeOnly deep inside."""
    for _ in range(_ROUNDS):
        violations = [found for found in schema.violations(value, "body") if found.path and found.keyword != "required"]
        if not violations:
            break
        for violation in violations:
            value = _without(value, violation.path)
    return value


def _without(value: Any, path: tuple[str | int, ...]) -> Any:
    step, rest = path[0], path[1:]
    if isinstance(value, dict) and step in value:
        if not rest:
            return {name: inner for name, inner in value.items() if name != step}
        return {**value, step: _without(value[step], rest)}
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        kept = [] if not rest else [_without(value[step], rest)]
        return [*value[:step], *kept, *value[step + 1 :]]
    return value

"""Views: render records by a response schema, with the outcome members beside or instead of them."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.generate.generator import Unsatisfiable
from locum.infer.records.states import is_state
from locum.infer.resources.identities import response_place
from locum.infer.resources.words import same, singular, stem, words_of
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from locum.generate.generator import Generator
    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.schemas.schemas import Schema
    from locum.world.worlds import World

__all__ = ["OF_ABSENCE", "RecordView", "outcome_of", "pruned"]


_WENT_WELL = frozenset({"success", "ok", "succeeded", "successful", "acknowledged", "issuccess", "issuccessful"})
_WENT_WRONG = frozenset({"error", "haserror", "iserror", "failed", "failure"})
_GONE = frozenset({"deleted", "removed", "destroyed", "isdeleted", "isremoved"})
_COUNTS = frozenset({
    "deletedcount", "removedcount", "affected", "affectedrow", "affectedcount", "numdeleted", "numremoved",
    "deletecount", "modifiedcount", "updatedcount", "rowcount", "matchedcount", "totaldeleted", "rowsaffected",
})  # fmt: skip
_GONE_IDS = re.compile(r"\bids? of (?:(?:the|all|a) )*(?:deleted|removed)\b", re.IGNORECASE)
_QUOTED = re.compile(r"[\"'`](\w+)[\"'`]")
_WORDS = ("deleted", "success", "succeeded", "ok", "done", "completed")


def outcome_of(
    shape: Shape, shapes: Shapes, *, is_removal: bool = False, key: Any = None, resource: Any = None
) -> dict[str, Any]:
    """Return the members of a response that report success, and for a removal that the record is gone."""
    found: dict[str, Any] = {}
    for name, schema in shape.properties.items():
        inner, word = shapes.of(schema), stem(name)
        value: Any = None
        if "boolean" in inner.kinds:
            if word in _WENT_WELL or (is_removal and word in _GONE):
                value = True
            elif word in _WENT_WRONG:
                value = False
        elif inner.kinds & {"integer", "number"}:
            if word in _COUNTS or (is_removal and word in (_GONE | {"count"})):
                value = 1
        elif is_removal and "string" in inner.kinds and word in {"status", "result", "state"}:
            choices = schema.raw.get("enum") if isinstance(schema.raw, dict) else None
            if not isinstance(choices, list):
                described = schema.raw.get("description") if isinstance(schema.raw, dict) else None
                choices = _QUOTED.findall(described) if isinstance(described, str) else []
            value = next((one for word in _WORDS for one in choices if str(one).lower() == word), None)
            value = "success" if value is None and not choices else value
        if value is None and key is not None and not inner.is_array and _names(name, resource):
            value = key if schema.is_valid(key) else str(key)
        if value is None and is_removal and key is not None and inner.is_array and _lists_gone(name, schema):
            value = [key] if schema.is_valid([key]) else [str(key)]
        if value is not None and schema.is_valid(value):
            found[name] = value
    return found


def _lists_gone(name: str, schema: Schema) -> bool:
    """Return whether an array holds the identifiers of removed records, by its name (`deleted_ids`) or description."""
    described = schema.raw.get("description") if isinstance(schema.raw, dict) else None
    words = words_of(name)
    named = words[0] in _GONE and words[-1] in {"id", "ids", "key", "keys"}
    return named or bool(_GONE_IDS.search(str(described)))


def _names(name: str, resource: Resource | None) -> bool:
    """Return whether a member of a response is the identifier of the record: `id`, `deleted_pet_id`."""
    if resource is None or not resource.identity:
        return False
    noun, own, key = resource.noun.replace(" ", ""), resource.identity[-1], stem(name)
    key = next((key.removeprefix(gone) for gone in ("deleted", "removed") if key.startswith(gone)), key)
    return key in {stem(own), stem(words_of(own)[-1]), f"{noun}{stem(own)}", f"{noun}id"}


_TEXTS = frozenset({"string"})
_IDENTIFIERS = frozenset((word,) for word in ("id", "ts", "key", "sid", "gid", "uuid"))
_ROUNDS = 4


class _Facts(NamedTuple):
    """What a view shows of the records of one resource."""

    resource: Resource
    known: Container[str]
    """The members of the record's schema."""
    beyond: tuple[str, ...]
    """The members that only this schema has."""
    otherwise: Mapping[str, tuple[str, str | None]]
    """See `_written_otherwise`."""


class RecordView:
    """Renders records by one schema."""

    def __init__(
        self,
        schema: Schema,
        shapes: Shapes,
        generator: Generator,
        resource: Resource | None = None,
        *,
        bare: bool = False,
    ) -> None:
        """Set up the view; `bare` means that the schema is that of the record itself, without an envelope."""
        shape = shapes.of(schema)
        self.schema = schema
        self._generator = generator
        self.place = () if bare else response_place(shapes, shape, resource)
        self._around = outcome_of(shape, shapes) if self.place else {}
        """Members beside the record that report success."""
        self.inner = shape = shapes.at(shape, self.place)
        self._open = _is_open(shape.schema.raw)
        self.kinds: Mapping[str, Any] = {}
        """Members that name the kind of what is shown, if it is not the record's own kind."""
        self._shapes = shapes
        self._facts: _Facts | None = None

    def body(self, members: Mapping[str, Any], resource: Resource, world: World) -> Any:
        """Return the body for a record of a resource. Raises Unsatisfiable.

        Members that a client sent beyond the record's schema are shown if the response schema accepts them.
        Generated members are the same each time this schema shows this record.
        """
        if self._facts is None or self._facts.resource is not resource:
            self._facts = self._facts_of(resource)
        shown = self._fitted(members, self._facts, world)
        for step in reversed(self.place):
            shown = [shown] if isinstance(step, int) else {step: shown}
        if self._around and isinstance(shown, dict):
            shown = {**self._around, **shown}
        if self.place and not self.schema.is_valid(shown):
            random = chance(world.seed, self.inner.schema.pointer, resource.path, resource.key_of(members))
            return self._generator.value(self.schema, random, world.began, given=shown, optional=0.0)
        return shown

    def beside(self, body: dict[str, Any], members: Mapping[str, Any], sent: Any) -> dict[str, Any]:
        """Return a body with what stands beside the record: its identifiers, and what the request named.

        `{"ok": true, "channel": "C1", "ts": "1.2", "message": {"ts": "1.2", "text": "Hello"}}` (Slack).
        """
        properties = self._shapes.of(self.schema).properties
        known = {name: value for name, value in members.items() if words_of(name)[-1:] in _IDENTIFIERS}
        known |= sent if isinstance(sent, dict) else {}
        more = {
            name: known[name]
            for name, schema in properties.items()
            if name in known and name not in self._around and name != self.place[0] and schema.is_valid(known[name])
        }
        return {**body, **more} if more and self.schema.is_valid({**body, **more}) else body

    def _fitted(self, members: Mapping[str, Any], facts: _Facts, world: World) -> Any:
        properties, schema, resource = self.inner.properties, self.inner.schema, facts.resource
        shown = dict(members)
        for other, (member, inner) in facts.otherwise.items():
            value = members.get(member)
            if inner is not None and isinstance(value, dict) and inner in value:
                shown[other] = value[inner]
            elif inner is None and isinstance(value, str):
                is_list = self._shapes.of(properties[other]).is_array
                shown[other] = [value] if is_list else value
        if properties:
            shown = {
                name: value
                for name, value in shown.items()
                if name in properties or (self._open and name not in facts.known)
            }
        if self.kinds:
            shown |= self.kinds
        # Members that only this response has, such as the token of a new key, are generated.
        beyond = [name for name in facts.beyond if name not in shown]
        if schema.is_valid(shown) and not beyond:
            return shown
        shown = pruned(schema, shown)
        if schema.is_valid(shown) and not beyond:
            return shown
        random, now = chance(world.seed, schema.pointer, resource.path, resource.key_of(members)), world.began
        if beyond:
            with suppress(Unsatisfiable):
                return self._generator.value(schema, random, now, given=shown, optional=0.0, wanted=beyond)
            if schema.is_valid(shown):
                return shown
        # Missing required members are generated. Members that do not fit are dropped step by step, the identifier last.
        plain = {name: value for name, value in shown.items() if not isinstance(value, dict | list)}
        name = {name: value for name, value in plain.items() if resource.identity and name == resource.identity[0]}
        for given in (shown, plain, name, None):
            try:
                return self._generator.value(schema, random, now, given=given, optional=0.0)
            except Unsatisfiable:
                continue
        message = f"No record fits the schema at #{schema.pointer}."
        raise Unsatisfiable(message)

    def _facts_of(self, resource: Resource) -> _Facts:
        known = resource.shape.properties if resource.shape is not None else {}
        beyond = tuple(name for name in self.inner.properties if name not in known) if known else ()
        return _Facts(resource, known, beyond, self._written_otherwise(resource))

    def _written_otherwise(self, resource: Resource) -> dict[str, tuple[str, str | None]]:
        """Return this schema's members whose form differs from the record's: (the record's member, one in it or None).

        These are a list of the record's one string (`names` of its `name`), another spelling of a string member, and
        a string for a state that is an object in the record (`state` of its `state.status`).
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
            words = words_of(name)
            if name not in known and words[-1:] == ("id",) and len(words) > 1:  # `ImageID` of the record's `Image`
                named = next((other for other in known if words_of(other) == words[:-1]), None)
                if named is not None and self._shapes.of(known[named]).kinds & shape.kinds & _TEXTS:
                    found[name] = named, None
            held = self._shapes.of(known[name]) if name in known else None
            if held is not None and held.is_object and is_state(name) and shape.kinds <= {"string", "null"}:
                status = next((other for other in held.properties if is_state(other)), None)
                if status is not None:
                    found[name] = name, status
        return found


def _is_open(raw: Any) -> bool:
    return not (isinstance(raw, dict) and raw.get("additionalProperties") is False)


OF_ABSENCE = frozenset({"required", "anyOf", "oneOf", "dependentRequired", "minProperties"})
"""The keywords that a value may violate by what it lacks."""
_REQUIRED = frozenset({"required"})


def pruned(schema: Schema, value: dict[str, Any], allowed: frozenset[str] = _REQUIRED) -> dict[str, Any]:
    """Return a value without the parts that violate a schema by other keywords, such as nested `writeOnly` members."""
    for _ in range(_ROUNDS):
        violations = [
            found for found in schema.violations(value, "body") if found.path and found.keyword not in allowed
        ]
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

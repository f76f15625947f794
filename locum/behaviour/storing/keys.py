"""Keys: new identifiers in the form that a schema wants."""

from __future__ import annotations

import string
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from locum.behaviour.reading.relations import parent_members
from locum.behaviour.reading.resources import expressions_of
from locum.openapi.wire.coercion import typed
from locum.synthesis.values import Unsatisfiable

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from datetime import datetime
    from random import Random

    from locum.behaviour.reading.resources import Resource
    from locum.behaviour.reading.shapes import Shape, Shapes
    from locum.openapi.compile.schemas import Schema
    from locum.synthesis.values import Synthesiser

__all__ = ["ALONE", "Keys", "Parents", "new_key"]

Parents = tuple[str, ...]
"""The values of the template expressions above a record's own."""

ALONE = ""
"""The key of a singleton."""

_TRIES = 50
_CLASSES = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
_TOKEN = 12
"""The fewest characters of an example that is taken for a random one, and not for a word."""


def new_key(  # noqa: PLR0913 (what a key must fit, and where it comes from)
    shape: Shape,
    wanted: Schema | None,
    synthesiser: Synthesiser,
    *,
    random: Random,
    now: datetime,
    taken: Container[str],
) -> Any:
    """Return an identifier that fits the record's member and the path's parameter, and is not taken (by its text).

    Whole numbers count up; text has the form of the format, of the example, or of a UUID.
    Raises Unsatisfiable where all that fit are taken.
    """
    schema = shape.schema

    def fits(made: Any) -> bool:
        if str(made) in taken or not schema.is_valid(made):
            return False
        return wanted is None or any(
            wanted.is_valid(one) for one in (made, str(made), typed(wanted, wanted.raw, str(made)))
        )

    if shape.kinds & {"integer", "number"} and "string" not in shape.kinds:
        raw = schema.raw if isinstance(schema.raw, dict) else {}
        number = max(int(raw.get("minimum") or 0), 0) + 1
        while str(number) in taken:
            number += 1
        if fits(number):
            return number
    for _ in range(_TRIES):
        candidates = [*_texts(schema, random), synthesiser.value(schema, random, now, examples=False)]
        if wanted is not None:
            with suppress(Unsatisfiable):
                value = synthesiser.value(wanted, random, now, examples=False)
                candidates += [value, str(value)]
        for made in candidates:
            if fits(made):
                return made
    if wanted is not None:  # nothing fits both: the record's schema has the last word
        return new_key(shape, None, synthesiser, random=random, now=now, taken=taken)
    message = f"No identifier is left that fits the schema at #{schema.pointer}."
    raise Unsatisfiable(message)


def _texts(schema: Schema, random: Random) -> list[str]:
    raw = schema.raw if isinstance(schema.raw, dict) else {}
    examples = [raw.get("example"), *(raw["examples"] if isinstance(raw.get("examples"), list) else [])]
    alike = [_alike(example, random) for example in examples if isinstance(example, str) and len(example) >= _TOKEN]
    return [*alike, str(uuid.UUID(int=random.getrandbits(128), version=4))]


def _alike(example: str, random: Random) -> str:
    """Return a text of the form of an example: `cus_NffrFeUfNV2Hib` keeps its prefix and its length."""
    prefix, mark, token = example.rpartition("_")
    if not mark or not token.isalnum():
        prefix, mark, token = "", "", example
    made = []
    for letter in token:
        alphabet = next((letters for letters in _CLASSES if letter in letters), letter)
        made.append(random.choice(alphabet))
    return prefix + mark + "".join(made)


class Keys:
    """What identifies the records of one contract's resources, and whose they are."""

    def __init__(self, shapes: Shapes, synthesiser: Synthesiser) -> None:
        self._shapes = shapes
        self._synthesiser = synthesiser
        self._inherited: dict[Resource, dict[str, int]] = {}

    def new(self, resource: Resource, taken: Mapping[str, Any], random: Random, now: datetime) -> Any:
        """Return an identifier in the form of the schema; None where no schema says anything. Raises Unsatisfiable."""
        shape = self._shape(resource)
        if shape is None:
            return None
        return new_key(shape, resource.key, self._synthesiser, random=random, now=now, taken=taken)

    def inherited(self, resource: Resource, parents: Parents) -> dict[str, Any]:
        """Return the members that say whose a record is: `petId` of a toy."""
        if resource not in self._inherited:
            self._inherited[resource] = parent_members(resource, expressions_of(resource.path), self._shapes)
        return {
            name: self._as_member(resource, name, parents[index])
            for name, index in self._inherited[resource].items()
            if index < len(parents)
        }

    def typed(self, resource: Resource, key: str) -> Any:
        """Return a key of a path in the type that the record's member has."""
        return key if resource.member is None else self._as_member(resource, resource.member, key)

    @staticmethod
    def _as_member(resource: Resource, member: str, text: str) -> Any:
        schema = resource.shape.properties.get(member) if resource.shape is not None else None
        if schema is None or schema.is_valid(text):
            return text
        for kind in (int, float):
            try:
                value = kind(text)
            except ValueError:
                continue
            if schema.is_valid(value):
                return value
        return text

    def _shape(self, resource: Resource) -> Shape | None:
        if resource.shape is not None and resource.member in resource.shape.properties:
            return self._shapes.of(resource.shape.properties[resource.member])
        return None if resource.key is None else self._shapes.of(resource.key)

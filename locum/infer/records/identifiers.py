"""Keys: generate identifiers in the form of a schema, a pattern or an example."""

from __future__ import annotations

import re
import string
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from locum.generate.generator import Unsatisfiable
from locum.infer.resources.relations import parent_members
from locum.infer.resources.resources import expressions_of
from locum.infer.resources.words import words_of
from locum.openapi.wire.styles import typed
from locum.world.seeded import BASE62, CROCKFORD

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sized
    from datetime import datetime
    from random import Random
    from typing import Protocol

    from locum.generate.generator import Generator
    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.schemas.schemas import Schema

    class Taken(Container[str], Sized, Protocol):
        """The keys that are or were in use."""


__all__ = ["ALONE", "SUFFIX", "Parents", "RecordKeys"]

Parents = tuple[str, ...]
"""The values of the path's template expressions before the record's own."""

ALONE = ""
"""The key of a singleton."""

_TRIES = 50
_LEAST_TOKEN, _USUAL_TOKEN = 6, 14
"""Lengths of random tokens: shorter ones in examples are placeholders and are extended to the usual length."""
_LONGEST_PREFIX = 5
"""Limit of the length of a prefix such as `cus_`; longer ones are words."""
_CLASSES = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
SUFFIX = "bcdfghjklmnpqrstvwxz2456789"
"""The alphabet of what Kubernetes adds to `generateName`."""
_IDENTIFIERS = frozenset({"id", "uuid", "gid", "guid", "sid", "token"})
"""The last words of members that hold an identifier, not a name."""

_UUID = re.compile(r"[0-9a-fA-F]{8}(-?)(?:[0-9a-fA-F]{4}\1){3}[0-9a-fA-F]{12}")
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_PREFIXED = re.compile(r"(.*[_\-.:/])?([^_\-.:/]+)")
_HEX = re.compile(r"(?=.*\d)(?=.*[a-fA-F])(?:[0-9a-f]{8,}|[0-9A-F]{8,})")
_CODE = re.compile(r"([A-Z]{2,3})([0-9a-fxX]{16,})")
"""`AC` and 32 hexadecimal digits (Twilio)."""
_LETTERED = re.compile(r"([A-Z])(?=[A-Z0-9]*\d)([A-Z0-9]{8,11})")
"""A letter for the kind, then capitals and digits: `C012AB3CD` (Slack)."""


class RecordKeys:
    """The identifiers of one contract's records, and the members that hold their parents' identifiers."""

    def __init__(self, shapes: Shapes, generator: Generator) -> None:
        self._shapes = shapes
        self._generator = generator
        self._inherited: dict[Resource, dict[str, int]] = {}
        self._shown: dict[Resource, list[Any]] = {}

    def new(self, resource: Resource, taken: Taken, random: Random, now: datetime) -> Any:
        """Return an identifier that fits the record's member and the path's parameter and whose text is not taken.

        Returns None if there is no schema. Raises Unsatisfiable if all candidates are taken.
        """
        shape = self.shape(resource)
        if shape is None:
            return None
        for wanted in (resource.key, None):  # if nothing fits both, the record's schema decides
            for made in self._candidates(resource, shape, wanted, taken, random, now):
                if str(made) not in taken and shape.schema.is_valid(made) and _is_admitted(made, wanted):
                    return made
        message = f"No identifier is left that fits the schema at #{shape.schema.pointer}."
        raise Unsatisfiable(message)

    def shown(self, resource: Resource) -> list[Any]:
        """Return the identifiers in the examples of path parameters and schemas."""
        if resource not in self._shown:
            shape = self.shape(resource)
            found: dict[str, Any] = {}
            for example in (*resource.examples, *_examples(shape)):
                value = self.typed(resource, str(example))
                if (shape is None or shape.schema.is_valid(value)) and str(value) and not _is_placeholder(str(value)):
                    found.setdefault(str(value), value)
            self._shown[resource] = list(found.values())
        return self._shown[resource]

    def inherited(self, resource: Resource, parents: Parents) -> dict[str, Any]:
        """Return the members that hold the parents' identifiers: `petId` of a toy."""
        if resource not in self._inherited:
            self._inherited[resource] = parent_members(resource, expressions_of(resource.path), self._shapes)
        return {
            name: _typed(resource, (name,), parents[index], self._shapes)
            for name, index in self._inherited[resource].items()
            if index < len(parents)
        }

    def placed(self, resource: Resource, parents: Parents, members: dict[str, Any]) -> dict[str, Any]:
        """Return members with the parents' identifiers in the object that holds the own one: `metadata.namespace`."""
        holder = resource.identity[0] if len(resource.identity) > 1 and parents else None
        if holder is None or resource.shape is None or not isinstance(members.get(holder), dict):
            return members
        known = self._shapes.of(resource.shape.properties[holder]).properties
        above = {
            name: value
            for name, value in zip(expressions_of(resource.path), parents, strict=False)
            if name in known and known[name].is_valid(value)
        }
        return {**members, holder: {**members[holder], **above}} if above else members

    def typed(self, resource: Resource, key: str) -> Any:
        """Return a key from a path, converted to the type of the record's identifier."""
        return _typed(resource, resource.identity, key, self._shapes) if resource.identity else key

    def shape(self, resource: Resource) -> Shape | None:
        """Return the shape of a resource's identifiers."""
        shape = resource.shape
        for step in resource.identity:
            place = shape.properties.get(step) if shape is not None else None
            shape = self._shapes.of(place) if place is not None else None
        if shape is not None and resource.identity:
            return shape
        return None if resource.key is None else self._shapes.of(resource.key)

    def _candidates(  # noqa: PLR0913, PLR0917 (the constraints and sources of a key)
        self,
        resource: Resource,
        shape: Shape,
        wanted: Schema | None,
        taken: Taken,
        random: Random,
        now: datetime,
    ) -> Iterator[Any]:
        """Yield identifiers, the most likely form first. Whole numbers are consecutive."""
        schema = shape.schema
        if shape.kinds & {"integer", "number"} and "string" not in shape.kinds:
            raw = schema.raw if isinstance(schema.raw, dict) else {}
            number = max(int(raw.get("minimum") or 0), 1) + len(taken)
            for _ in range(_TRIES):
                while str(number) in taken:
                    number += 1
                yield number
                number += 1
        examples = [str(one) for one in (*_examples(shape), *resource.examples, *resource.forms)]
        for attempt in range(_TRIES):
            alike = (_alike(one, len(taken) + attempt, random) for one in examples)
            yield from (one for one in alike if one is not None)
            if _is_described(schema):
                yield self._generator.value(schema, random, now, examples=False)
            if self._is_name(resource):
                yield from self._names(resource, random, now)
            yield str(uuid.UUID(int=random.getrandbits(128), version=4))
            yield self._generator.value(schema, random, now, examples=False)
            if wanted is not None:
                with suppress(Unsatisfiable):
                    value = self._generator.value(wanted, random, now, examples=False)
                    yield value
                    yield str(value)

    @staticmethod
    def _is_name(resource: Resource) -> bool:
        """Return whether records are identified by a name, as in `/users/{username}`, not by an id."""
        return bool(resource.identity) and words_of(resource.identity[-1])[-1:] not in {
            (word,) for word in _IDENTIFIERS
        }

    def _names(self, resource: Resource, random: Random, now: datetime) -> Iterator[str]:
        """Yield the name of a generated record, in a form for paths."""
        assert resource.shape is not None  # noqa: S101 (it has an identity)
        with suppress(Unsatisfiable):
            outer = resource.identity[0]
            optional = 0.0 if len(resource.identity) == 1 else None  # a nested name may be optional
            record = self._generator.value(
                resource.shape.schema, random, now, examples=False, optional=optional, given={}, wanted=(outer,)
            )
            name = resource.key_of(record)
            if isinstance(name, str) and len(resource.identity) > 1:
                # Unlike any name that a client is likely to choose: the namespace `web-x7k2p`.
                yield f"{name}-{''.join(random.choices(SUFFIX, k=5))}"
            if isinstance(name, str):
                yield re.sub(r"[\s/]+", "-", name.strip()).lower() if " " in name else name
                yield name


def _typed(resource: Resource, steps: tuple[str, ...], text: str, shapes: Shapes) -> Any:
    shape = resource.shape
    for step in steps[:-1]:
        place = shape.properties.get(step) if shape is not None else None
        shape = shapes.of(place) if place is not None else None
    schema = shape.properties.get(steps[-1]) if shape is not None else None
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


def _is_admitted(made: Any, wanted: Schema | None) -> bool:
    if wanted is None or wanted.is_valid(made):
        return True
    text = str(made)
    return bool(wanted.is_valid(text) or wanted.is_valid(typed(wanted, wanted.raw, text)))


def _examples(shape: Shape | None) -> list[Any]:
    raw = shape.schema.raw if shape is not None and isinstance(shape.schema.raw, dict) else {}
    several = raw["examples"] if isinstance(raw.get("examples"), list) else []
    return [one for one in (raw.get("example"), *several) if isinstance(one, str | int) and not isinstance(one, bool)]


def _is_described(schema: Schema) -> bool:
    """Return whether a schema describes the form of its strings."""
    raw = schema.raw if isinstance(schema.raw, dict) else {}
    return bool(raw.keys() & {"pattern", "format", "enum", "const"})


def _is_placeholder(text: str) -> bool:
    """Return whether an example is a placeholder: `string`, `{id}`, `<id>`, `ACXXXXXXXX`."""
    return text.lower() in {"string", "id", "uuid", "xxx"} or "xxxx" in text.lower() or text[:1] in "{<"


def _alike(example: str, count: int, random: Random) -> str | None:
    """Return an identifier in the form of an example; None if the example is a word. `count` is added to numbers.

    `cus_NffrFeUfNV2Hib`, `cus_123` and `pmp-77` keep their prefix, `12345` counts on, a UUID becomes another UUID.
    """
    if _UUID.fullmatch(example):
        made = str(uuid.UUID(int=random.getrandbits(128), version=4))
        return made if "-" in example else made.replace("-", "")
    if _ULID.fullmatch(example):
        return "01" + "".join(random.choices(CROCKFORD, k=24))
    code = _CODE.fullmatch(example)
    if code:
        return code[1] + "".join(random.choices("0123456789abcdef", k=len(code[2])))
    lettered = _LETTERED.fullmatch(example)
    if lettered:
        return lettered[1] + "".join(random.choices(string.digits + string.ascii_uppercase, k=len(lettered[2])))
    found = _PREFIXED.fullmatch(example)
    if found is None:
        return None
    prefix, token = found[1] or "", found[2]
    if token.isdigit():
        if prefix.endswith("_"):
            return prefix + "".join(random.choices(BASE62, k=max(len(token), _USUAL_TOKEN)))
        if prefix:
            return prefix + "".join(random.choices(string.digits, k=max(len(token), _LEAST_TOKEN)))
        return str(int(token) + count).zfill(len(token))
    if prefix.endswith("_") and len(prefix) <= _LONGEST_PREFIX and len(token) < _LEAST_TOKEN:
        return prefix + "".join(random.choices(BASE62, k=_USUAL_TOKEN))
    if token.isalpha() and not (prefix.endswith("_") and not token.islower()) and len(token) < 2 * _USUAL_TOKEN:
        return None
    if _HEX.fullmatch(token):
        return prefix + "".join(
            random.choices("0123456789abcdef" if token == token.lower() else "0123456789ABCDEF", k=len(token))
        )
    letters = [next((letters for letters in _CLASSES if letter in letters), letter) for letter in token]
    return prefix + "".join(random.choice(alphabet) for alphabet in letters)

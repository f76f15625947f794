"""Parts: the schemas that a value has to fit, and what they say together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.openapi.pointers import join

if TYPE_CHECKING:
    from locum.generate.planning.choices import Choice

__all__ = ["REPEATS", "TYPES", "Bound", "Merged", "Part", "canonical", "kind_of"]

TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")

REPEATS = "x-locum-repeats"
"""A keyword of locum's own: an array that has an item twice."""


def kind_of(value: Any) -> str:
    """Return the JSON type of a value; a whole number is an integer."""
    if value is None:
        return "null"
    kinds = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"))
    return next((kind for type_, kind in kinds if isinstance(value, type_)), "object")


def canonical(value: Any) -> Any:
    """Return what can be hashed, and is equal for equal JSON values only: 1 is 1.0, and is not true."""
    if isinstance(value, bool):
        return (value,)
    if isinstance(value, list):
        return ("array", *map(canonical, value))
    if isinstance(value, dict):
        return ("object", frozenset((name, canonical(item)) for name, item in value.items()))
    return value  # text, null, or a number: Python's 1 is 1.0


class Part(NamedTuple):
    """One schema that a value has to fit, and where it stands; made by locum itself, it stands nowhere."""

    schema: Any
    pointer: str | None = None

    def inner(self, *steps: str | int) -> Part:
        """Return a schema within this one."""
        schema = self.schema
        for step in steps:
            schema = schema[step]
        return Part(schema, None if self.pointer is None else join(self.pointer, *steps))


class Bound(NamedTuple):
    """An end of a range of numbers."""

    value: Any
    exclusive: bool


@dataclass(slots=True)
class Merged:
    """Every keyword of the schemas, each as the strictest of them has it."""

    never: bool = False
    types: tuple[str, ...] = TYPES
    typed: bool = False
    """Whether a schema names types; where none does, `types` are all."""
    enum: list[Any] | None = None
    excluded: set[Any] = field(default_factory=set)
    """Canonical values that `not` forbids."""
    low: Bound | None = None
    high: Bound | None = None
    multiples: list[Any] = field(default_factory=list)
    least: dict[str, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)
    patterns: list[str] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    encoding: str | None = None
    media_type: str | None = None
    """Of what a text holds (`contentMediaType`)."""
    required: dict[str, None] = field(default_factory=dict)
    dependents: dict[str, list[str]] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)
    """Properties that do not travel this way."""
    objects: list[Part] = field(default_factory=list)
    names: list[Part] = field(default_factory=list)
    arrays: list[Part] = field(default_factory=list)
    contains: list[Part] = field(default_factory=list)
    unique: bool = False
    repeats: bool = False
    choices: list[Choice] = field(default_factory=list)
    faker: Any = None
    rule: Any = None
    """What `x-locum-value` lays down."""
    described: list[Any] = field(default_factory=list)
    """The schemas that describe the whole value, and may have examples of it."""
    fragments: list[Any] = field(default_factory=list)
    """Those that describe a part of it, in an `allOf`."""
    owner: str | None = None
    """The name of the component that the schemas are."""
    uncertain: bool = False
    """Whether a value may break a rule though each is minded: they depend on each other."""
    limited: bool = False
    """Whether more than its type limits a value."""
    relaxed: bool = False
    """Whether of two keywords that clash the first one stands, where otherwise nothing fits."""
    open: bool = False
    """Whether what must be there is made though a schema forbids it."""

"""Keywords: merge the keywords of all schemas that a value must fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.openapi.patterns import is_pattern
from locum.openapi.pointers import at, join, pointer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from locum.generate.planning.choices import Choice, Choices
    from locum.openapi.schemas.dialects import Direction
    from locum.openapi.schemas.schemas import Schemas

__all__ = [
    "REPEATS",
    "TYPES",
    "Bound",
    "Merged",
    "SchemaPart",
    "absorb",
    "canonical",
    "component_of",
    "kind_of",
    "marked",
    "merge",
]


TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")

REPEATS = "x-locum-repeats"
"""An internal keyword: the array contains an item twice."""


def kind_of(value: Any) -> str:
    """Return the JSON type of a value; a whole number is an integer."""
    if value is None:
        return "null"
    kinds = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"))
    return next((kind for type_, kind in kinds if isinstance(value, type_)), "object")


def canonical(value: Any) -> Any:
    """Return a hashable form that is equal only for equal JSON values: 1 equals 1.0, but not true."""
    if isinstance(value, bool):
        return (value,)
    if isinstance(value, list):
        return ("array", *map(canonical, value))
    if isinstance(value, dict):
        return ("object", frozenset((name, canonical(item)) for name, item in value.items()))
    return value  # text, null, or a number: Python's 1 is 1.0


class SchemaPart(NamedTuple):
    """One schema that a value must fit, with its pointer; None for a schema that locum adds."""

    schema: Any
    pointer: str | None = None

    def inner(self, *steps: str | int) -> SchemaPart:
        """Return a schema within this one."""
        schema = self.schema
        for step in steps:
            schema = schema[step]
        return SchemaPart(schema, None if self.pointer is None else join(self.pointer, *steps))


class Bound(NamedTuple):
    """A bound of a range of numbers."""

    value: Any
    exclusive: bool


@dataclass(slots=True)
class Merged:
    """The merged keywords of several schemas, each in its strictest form."""

    never: bool = False
    types: tuple[str, ...] = TYPES
    typed: bool = False
    """Whether a schema declares types; otherwise `types` are all."""
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
    """The media type of a string's content (`contentMediaType`)."""
    required: dict[str, None] = field(default_factory=dict)
    dependents: dict[str, list[str]] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)
    """Properties that are not allowed in this direction (`readOnly`, `writeOnly`)."""
    objects: list[SchemaPart] = field(default_factory=list)
    names: list[SchemaPart] = field(default_factory=list)
    arrays: list[SchemaPart] = field(default_factory=list)
    contains: list[SchemaPart] = field(default_factory=list)
    unique: bool = False
    repeats: bool = False
    choices: list[Choice] = field(default_factory=list)
    faker: Any = None
    rule: Any = None
    """The value of `x-locum-value`."""
    described: list[Any] = field(default_factory=list)
    """The schemas that describe the whole value and may have examples of it."""
    fragments: list[Any] = field(default_factory=list)
    """The schemas in an `allOf`, which describe part of the value."""
    owner: str | None = None
    """The name of the schemas' component."""
    uncertain: bool = False
    """Whether a generated value may violate a rule, because rules depend on each other. It must be validated."""
    limited: bool = False
    """Whether anything besides its type restricts the value."""
    relaxed: bool = False
    """Whether the first of two contradictory keywords is kept, because nothing fits both."""
    open: bool = False
    """Whether required properties are generated even if a schema forbids them."""


_COMPONENTS = "/components/schemas/"


def component_of(pointer: str | None) -> str | None:
    """Return the name of the component at a pointer, or None."""
    if pointer is None or not pointer.startswith(_COMPONENTS):
        return None
    name = pointer.removeprefix(_COMPONENTS)
    return None if "/" in name else name


def merge(
    roots: tuple[SchemaPart, ...], decided: Mapping[tuple[int, str], int], choices: Choices, *, relaxed: bool = False
) -> Merged:
    """Merge schemas with everything in their `$ref`s and `allOf`s.

    `decided` maps choices to the alternative taken; other choices are left in the result. Contradictory types or
    enums become empty, or the first one is kept if `relaxed`.
    """
    schemas = choices.schemas
    merged = Merged(relaxed=relaxed)
    # (schema, name of its component, whether it describes the whole value)
    waiting: list[tuple[SchemaPart, str | None, bool]] = [(part, None, True) for part in reversed(roots)]
    seen = set()
    while waiting:
        part, owner, whole = waiting.pop()
        schema = part.schema
        if schema is False:
            merged.never = True
        if not isinstance(schema, dict) or id(schema) in seen:
            continue
        seen.add(id(schema))
        owner = owner or component_of(part.pointer)
        merged.owner = merged.owner or owner
        further: list[tuple[SchemaPart, str | None, bool]] = []
        reference = schema.get("$ref")
        if isinstance(reference, str):
            target = pointer_of(reference)
            further.append((SchemaPart(at(schemas.document, target), target), owner, whole))
            if schemas.legacy:  # siblings of a reference are ignored
                waiting += further
                continue
        (merged.described if whole else merged.fragments).append(schema)
        found = choices.of(part, owner)
        if [choice.key[1] for choice in found] != ["nullable"]:  # this choice replaces the whole schema
            absorb(merged, part, schemas, choices.direction)
            further += [(part.inner("allOf", index), owner, False) for index in range(len(schema.get("allOf") or ()))]
        for choice in found:
            index = decided.get(choice.key)
            if index is None:
                merged.choices.append(choice)
            else:
                further += [(each, None, whole) for each in choice.alternatives[index]]
        waiting += reversed(further)
    return merged


_OBJECTS = frozenset({"properties", "patternProperties", "additionalProperties", "unevaluatedProperties"})
_ARRAYS = frozenset({"items", "prefixItems", "additionalItems", "unevaluatedItems"})
_UNCERTAIN = frozenset(
    {
        "oneOf",
        "anyOf",
        "not",
        "if",
        "dependentSchemas",
        "dependencies",
        "contains",
        "patternProperties",
        "propertyNames",
        "$dynamicRef",
    }
    | {"unevaluatedItems", "unevaluatedProperties"}
)
"""Keywords that depend on others or are satisfied by trial."""

_UNRESTRICTIVE = frozenset(
    {
        "type",
        "nullable",
        "description",
        "title",
        "example",
        "examples",
        "default",
        "deprecated",
        "readOnly",
        "writeOnly",
    }
    | {"externalDocs", "xml", "$comment", "enum", "const", "discriminator"}
)


def absorb(merged: Merged, part: SchemaPart, schemas: Schemas, direction: Direction) -> None:
    """Add the keywords of one schema."""
    schema = part.schema
    nullable = schemas.legacy and schema.get("nullable") is True
    for keyword, value in schema.items():
        rule = _RULES.get(keyword)
        if rule is not None:
            rule(merged, value, part)
        if keyword not in _UNRESTRICTIVE and not keyword.startswith("x-"):
            merged.limited = True
    merged.uncertain = merged.uncertain or not _UNCERTAIN.isdisjoint(schema)
    if "type" in schema:
        types = [schema["type"]] if isinstance(schema["type"], str) else list(schema["type"])
        _narrow(merged, [*types, "null"] if nullable else types)
    if isinstance(schema.get("enum"), list):
        values = schema["enum"]
        _restrict(merged, [*values, None] if nullable and None not in values else values)
    if not _OBJECTS.isdisjoint(schema):
        merged.objects.append(part)
        merged.foreign |= marked(schema, direction.foreign, schemas)
    if not _ARRAYS.isdisjoint(schema):
        merged.arrays.append(part)


def marked(schema: dict[str, Any], keyword: str, schemas: Schemas) -> set[str]:
    """Return the properties of a schema with `readOnly` or `writeOnly`, directly or in a schema they refer to."""
    found = set()
    for name, value in (schema.get("properties") or {}).items():
        own = isinstance(value, dict) and keyword in value
        target = value if own else schemas.resolve(value)
        if isinstance(target, dict) and target.get(keyword) is True:
            found.add(name)
    return found


def _narrow(merged: Merged, types: list[str]) -> None:
    """Keep the types that both sides accept."""
    if merged.typed:
        both = dict.fromkeys((*merged.types, *types))
        types = [kind for kind in both if _admits(merged.types, kind) and _admits(types, kind)]
        if merged.relaxed and not types:
            return
    merged.types, merged.typed = tuple(types), True


def _admits(types: Iterable[str], kind: str) -> bool:
    return kind in types or (kind == "integer" and "number" in types)


def _restrict(merged: Merged, values: list[Any]) -> None:
    if merged.enum is None:
        merged.enum = list(values)
    else:
        admitted = {canonical(value) for value in values}
        both = [value for value in merged.enum if canonical(value) in admitted]
        merged.enum = both if both or not merged.relaxed else merged.enum


def _not(merged: Merged, value: Any, _: SchemaPart) -> None:
    """Exclude the values of a `not` with `enum` or `const`; any other `not` is a choice."""
    if isinstance(value, dict) and value and value.keys() <= {"enum", "const"}:
        named = [{canonical(each) for each in value[keyword]} for keyword in ("enum",) if keyword in value]
        named += [{canonical(value["const"])}] if "const" in value else []
        merged.excluded |= set.intersection(*named)


def _raise(merged: Merged, value: Any, *, exclusive: bool) -> None:
    bound = Bound(value, exclusive)
    if merged.low is None or bound > merged.low:
        merged.low = bound


def _lower(merged: Merged, value: Any, *, exclusive: bool) -> None:
    bound = Bound(value, exclusive)
    if merged.high is None or (bound.value, not exclusive) < (merged.high.value, not merged.high.exclusive):
        merged.high = bound


def _exclusive_minimum(merged: Merged, value: Any, _: SchemaPart) -> None:
    if not isinstance(value, bool):  # in OpenAPI 3.0 it is a boolean beside `minimum`
        _raise(merged, value, exclusive=True)


def _exclusive_maximum(merged: Merged, value: Any, _: SchemaPart) -> None:
    if not isinstance(value, bool):
        _lower(merged, value, exclusive=True)


def _least(keyword: str) -> Callable[[Merged, Any, SchemaPart], None]:
    def rule(merged: Merged, value: Any, _: SchemaPart) -> None:
        merged.least[keyword] = max(merged.least.get(keyword, 0), int(value))

    return rule


def _most(keyword: str) -> Callable[[Merged, Any, SchemaPart], None]:
    def rule(merged: Merged, value: Any, _: SchemaPart) -> None:
        merged.most[keyword] = min(merged.most.get(keyword, int(value)), int(value))

    return rule


def _dependents(merged: Merged, value: Any, _: SchemaPart) -> None:
    for name, others in value.items():
        if isinstance(others, list):
            merged.dependents.setdefault(name, []).extend(others)


def _required(merged: Merged, value: Any, _: SchemaPart) -> None:
    if isinstance(value, list):  # some documents still have the boolean of JSON Schema Draft 3
        merged.required.update(dict.fromkeys(value))


def _unique(merged: Merged, value: Any, _: SchemaPart) -> None:
    merged.unique = merged.unique or value is True


def _repeats(merged: Merged, _value: Any, _: SchemaPart) -> None:
    merged.repeats = True


def _pattern(merged: Merged, value: Any, _: SchemaPart) -> None:
    if is_pattern(value):
        merged.patterns.append(value)


def _faker(merged: Merged, value: Any, _: SchemaPart) -> None:
    merged.faker = merged.faker or value


def _rule(merged: Merged, value: Any, _: SchemaPart) -> None:
    merged.rule = value if merged.rule is None else merged.rule


def _media_type(merged: Merged, value: Any, _: SchemaPart) -> None:
    merged.media_type = value if isinstance(value, str) else None


def _encoding(merged: Merged, value: Any, _: SchemaPart) -> None:
    merged.encoding = value


_RULES: dict[str, Callable[[Merged, Any, SchemaPart], None]] = {
    "const": lambda merged, value, _: _restrict(merged, [value]),
    "minimum": lambda merged, value, part: _raise(merged, value, exclusive=part.schema.get("exclusiveMinimum") is True),
    "maximum": lambda merged, value, part: _lower(merged, value, exclusive=part.schema.get("exclusiveMaximum") is True),
    "exclusiveMinimum": _exclusive_minimum,
    "exclusiveMaximum": _exclusive_maximum,
    "multipleOf": lambda merged, value, _: merged.multiples.append(value),
    "pattern": _pattern,
    "format": lambda merged, value, _: merged.formats.append(value),
    "contentEncoding": _encoding,
    "contentMediaType": _media_type,
    "not": _not,
    "required": _required,
    "dependentRequired": _dependents,
    "dependencies": _dependents,
    "propertyNames": lambda merged, _, part: merged.names.append(part.inner("propertyNames")),
    "contains": lambda merged, _, part: merged.contains.append(part),
    "uniqueItems": _unique,
    REPEATS: _repeats,
    "x-faker": _faker,
    "x-locum-value": _rule,
} | {
    keyword: bound(keyword)
    for bound, keywords in (
        (_least, ("minLength", "minItems", "minProperties")),
        (_most, ("maxLength", "maxItems", "maxProperties")),
    )
    for keyword in keywords
}

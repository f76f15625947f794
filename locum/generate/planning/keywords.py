"""Keywords: how each of them tightens what is merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.generate.planning.parts import REPEATS, Bound, canonical
from locum.openapi.patterns import is_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from locum.generate.planning.parts import Merged, Part
    from locum.openapi.compile.dialects import Direction
    from locum.openapi.compile.schemas import Schemas

__all__ = ["absorb", "marked"]

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
"""Keywords whose rules depend on others, or are met by trying."""

_SAYING_NOTHING = frozenset(
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


def absorb(merged: Merged, part: Part, schemas: Schemas, direction: Direction) -> None:
    """Let the keywords of one schema tighten what is merged."""
    schema = part.schema
    nullable = schemas.legacy and schema.get("nullable") is True
    for keyword, value in schema.items():
        rule = _RULES.get(keyword)
        if rule is not None:
            rule(merged, value, part)
        if keyword not in _SAYING_NOTHING and not keyword.startswith("x-"):
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
    """Name the properties of a schema that are `readOnly` or `writeOnly`, themselves or by what they refer to."""
    found = set()
    for name, value in (schema.get("properties") or {}).items():
        own = isinstance(value, dict) and keyword in value
        target = value if own else schemas.resolve(value)
        if isinstance(target, dict) and target.get(keyword) is True:
            found.add(name)
    return found


def _narrow(merged: Merged, types: list[str]) -> None:
    """Keep the types that both sides admit."""
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


def _not(merged: Merged, value: Any, _: Part) -> None:
    """Exclude values that are named; other schemas that must not fit are a choice."""
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


def _exclusive_minimum(merged: Merged, value: Any, _: Part) -> None:
    if not isinstance(value, bool):  # 3.0's true qualifies `minimum`
        _raise(merged, value, exclusive=True)


def _exclusive_maximum(merged: Merged, value: Any, _: Part) -> None:
    if not isinstance(value, bool):
        _lower(merged, value, exclusive=True)


def _least(keyword: str) -> Callable[[Merged, Any, Part], None]:
    def rule(merged: Merged, value: Any, _: Part) -> None:
        merged.least[keyword] = max(merged.least.get(keyword, 0), int(value))

    return rule


def _most(keyword: str) -> Callable[[Merged, Any, Part], None]:
    def rule(merged: Merged, value: Any, _: Part) -> None:
        merged.most[keyword] = min(merged.most.get(keyword, int(value)), int(value))

    return rule


def _dependents(merged: Merged, value: Any, _: Part) -> None:
    for name, others in value.items():
        if isinstance(others, list):
            merged.dependents.setdefault(name, []).extend(others)


def _required(merged: Merged, value: Any, _: Part) -> None:
    if isinstance(value, list):  # not the boolean of Draft 3, which documents still have
        merged.required.update(dict.fromkeys(value))


def _unique(merged: Merged, value: Any, _: Part) -> None:
    merged.unique = merged.unique or value is True


def _repeats(merged: Merged, _value: Any, _: Part) -> None:
    merged.repeats = True


def _pattern(merged: Merged, value: Any, _: Part) -> None:
    if is_pattern(value):
        merged.patterns.append(value)


def _faker(merged: Merged, value: Any, _: Part) -> None:
    merged.faker = merged.faker or value


def _rule(merged: Merged, value: Any, _: Part) -> None:
    merged.rule = value if merged.rule is None else merged.rule


def _media_type(merged: Merged, value: Any, _: Part) -> None:
    merged.media_type = value if isinstance(value, str) else None


def _encoding(merged: Merged, value: Any, _: Part) -> None:
    merged.encoding = value


_RULES: dict[str, Callable[[Merged, Any, Part], None]] = {
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

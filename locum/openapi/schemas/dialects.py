"""Dialects: rewrite OpenAPI schema objects as JSON Schema, separately for requests and responses.

OpenAPI 3.0 (section 4.7.24 of the 3.0.3 specification) is close to Draft 4; 3.1 is Draft 2020-12.
The directions differ: a readOnly property must not be in a request, a writeOnly one not in a response, and neither
is then required.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from locum.openapi.patterns import compiled, for_names
from locum.openapi.schemas.discriminators import names_of, overlap
from locum.openapi.schemas.resources import HOME, SCHEMA_LISTS, SCHEMA_MAPS, SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Direction", "rewrite"]

_ANNOTATIONS = frozenset(
    {"example", "examples", "xml", "externalDocs", "deprecated", "description", "title", "default", "$comment"}
    | {"$vocabulary", "$recursiveRef", "$recursiveAnchor"}  # of draft 2019-09, or of metaschemas
    | {"nullable", "discriminator", "readOnly", "writeOnly", "$schema", "$id", "$anchor", "$dynamicAnchor"}
    | {"$defs", "definitions"}  # those that are referred to are compiled separately
)
_NUMBERS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
_NUMBERS |= {"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"}
_WIDTHS = {"int32": 32, "int64": 64}
_NEVER: dict[str, Any] = {"not": {}}
_DEEPEST = 8
"""The maximum depth of nested `allOf`s; it ends circular ones."""


class Direction(Enum):
    """The direction in which a value is sent."""

    REQUEST = "request"
    RESPONSE = "response"

    @property
    def foreign(self) -> str:
        """The keyword of properties that must not be sent in this direction."""
        return "readOnly" if self is Direction.REQUEST else "writeOnly"


def rewrite(  # noqa: PLR0913 (the context that a schema object lacks)
    schema: Any,
    direction: Direction,
    *,
    legacy: bool,
    refer: Callable[[str, str], str],
    resolve: Callable[[Any], Any],
    weigh: Callable[[str, str], None],
    foreign: frozenset[str] = frozenset(),
) -> Any:
    """Return the JSON Schema of an OpenAPI schema object.

    `legacy` is True for OpenAPI 3.0. `refer` maps a reference and its keyword to the `$ref` that replaces it.
    `resolve` resolves a reference to its schema object. `weigh` is called with each pattern and its keyword.
    `foreign` has the properties that another part of the same `allOf` forbids in this direction.
    """
    if not isinstance(schema, dict):
        return schema

    def inner(part: Any, foreign: frozenset[str] = frozenset()) -> Any:
        home = part.get(HOME) if isinstance(part, dict) else None
        if isinstance(home, str):  # a separate resource: treated like a reference to it
            return {"$ref": refer(home, "$ref")}
        return rewrite(part, direction, legacy=legacy, refer=refer, resolve=resolve, weigh=weigh, foreign=foreign)

    reference = schema.get("$ref")
    if isinstance(reference, str):
        target = {"$ref": refer(reference, "$ref")}
        siblings = {key: value for key, value in schema.items() if key not in {"$ref", HOME}}
        # 3.0: "This object cannot be extended with additional properties and any properties
        # added SHALL be ignored" (Reference Object).
        if legacy or not siblings:
            return target
        whole = {**inner(siblings, foreign | _foreign_properties(schema, direction, resolve)), **target}
        # `nullable: true` beside a reference means "this, or null", in 3.1 too.
        return {"anyOf": [whole, {"type": "null"}]} if schema.get("nullable") is True else whole

    foreign |= _foreign_properties(schema, direction, resolve)
    result: dict[str, Any] = {}
    referred: list[Any] = []
    for keyword, value in schema.items():
        if keyword in _ANNOTATIONS or keyword.startswith("x-") or (legacy and keyword == "id"):
            continue
        if keyword in SCHEMAS:
            result[keyword] = [inner(part) for part in value] if isinstance(value, list) else inner(value)
        elif keyword in SCHEMA_LISTS and isinstance(value, list):
            result[keyword] = [inner(part, foreign if keyword == "allOf" else frozenset()) for part in value]
        elif keyword in _NUMBERS and isinstance(value, float) and value.is_integer():
            # jsonschema_rs compares floats of 2**63 or more inexactly, and Draft 4 allows no float as a count.
            result[keyword] = int(Decimal(str(value)))
        elif keyword == "pattern":
            pattern = compiled(value)
            if pattern is not None:
                result[keyword] = pattern
                weigh(value, keyword)
        elif keyword == "patternProperties":
            for pattern in value:
                weigh(pattern, keyword)
            patterns = {for_names(pattern): inner(part) for pattern, part in value.items()}
            result[keyword] = {pattern: part for pattern, part in patterns.items() if pattern is not None}
        elif keyword in SCHEMA_MAPS and isinstance(value, dict):
            result[keyword] = {name: inner(part) for name, part in value.items()}
        elif keyword == "$dynamicRef" and isinstance(value, str) and not legacy:
            if value.startswith("#/") or value == "#":  # a broken one is still the name of an anchor
                referred.append({"$ref": refer(value, keyword)})
        else:
            result[keyword] = value
    if result.get("additionalProperties") is False:
        result.setdefault("properties", {})  # without it the validator does not name the surplus property
    if referred:
        result["allOf"] = [*result.get("allOf", ()), *referred]
    if legacy:
        _as_draft_4(result)
    _forbid(foreign, result)
    _bound(result)
    _discriminate(schema, result, resolve)
    if schema.get("nullable") is True:
        _admit_null(result)
    return result


def _as_draft_4(result: dict[str, Any]) -> None:
    """Convert keywords of 3.1 in a document of 3.0 to Draft 4: `const` and numeric exclusive bounds."""
    if "const" in result:
        value = result.pop("const")
        if "enum" not in result or value in result["enum"]:
            result["enum"] = [value]
    for exclusive, plain, tighter in (("exclusiveMinimum", "minimum", max), ("exclusiveMaximum", "maximum", min)):
        bound = result.get(exclusive)
        if not _is_number(bound):
            continue
        other = result.get(plain)
        if other is not None and tighter(bound, other) != bound:
            del result[exclusive]
        else:
            result |= {plain: bound, exclusive: True}


def _foreign_properties(
    schema: Any, direction: Direction, resolve: Callable[[Any], Any], depth: int = 0
) -> frozenset[str]:
    """Return the properties that must not be sent in this direction, those of all parts of an `allOf` included."""
    schema = resolve(schema)
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return frozenset()
    found, keyword = set(), direction.foreign
    for name, part in (schema.get("properties") or {}).items():
        own = isinstance(part, dict) and keyword in part
        target = part if own else resolve(part)
        if isinstance(target, dict) and target.get(keyword) is True:
            found.add(name)
    branches = schema.get("allOf") or ()
    return frozenset(found).union(*(_foreign_properties(part, direction, resolve, depth + 1) for part in branches))


def _forbid(foreign: frozenset[str], result: dict[str, Any]) -> None:
    properties = result.get("properties")
    if isinstance(properties, dict):
        properties.update((name, _NEVER) for name in foreign & properties.keys())
    if isinstance(result.get("required"), list):
        names = [name for name in dict.fromkeys(result["required"]) if name not in foreign]
        if names:
            result["required"] = names
        else:
            del result["required"]  # Draft 4 forbids an empty list, and duplicates


def _bound(result: dict[str, Any]) -> None:
    """Limit integers to the width of their format, int32 or int64 (OpenAPI 3.0.3, section 4.4)."""
    bits = _WIDTHS.get(str(result.get("format")))
    kinds = result.get("type")
    if bits is None or "integer" not in ([kinds] if isinstance(kinds, str) else kinds or ()):
        return
    most = 2 ** (bits - 1)
    if "maximum" not in result and not _is_number(result.get("exclusiveMaximum")):
        result["maximum"] = most - 1
    if "minimum" not in result and not _is_number(result.get("exclusiveMinimum")):
        result["minimum"] = -most


def _discriminate(schema: dict[str, Any], result: dict[str, Any], resolve: Callable[[Any], Any]) -> None:
    """Let a discriminator decide between overlapping alternatives of a `oneOf`.

    A value is valid if `oneOf` allows it, or if its discriminator names an alternative for which it is valid.
    """
    discriminator, branches = schema.get("discriminator"), schema.get("oneOf")
    if not isinstance(discriminator, dict) or not isinstance(branches, list):
        return
    name = discriminator.get("propertyName")
    if not isinstance(name, str) or not overlap(branches, name, resolve):
        return
    chosen = [
        {"allOf": [part, {"type": "object", "required": [name], "properties": {name: {"enum": sorted(set(names))}}}]}
        for branch, part in zip(branches, result["oneOf"], strict=True)
        if (names := names_of(discriminator, branch, own=True))
    ]
    alternatives = {"anyOf": [{"oneOf": result.pop("oneOf")}, *chosen]}
    result["allOf"] = [*result.get("allOf", ()), alternatives]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _admit_null(result: dict[str, Any]) -> None:
    """Allow null as well (`nullable`, which qualifies `type`)."""
    kind = result.get("type")
    if isinstance(kind, str):
        result["type"] = [kind, "null"] if kind != "null" else kind
    elif isinstance(kind, list) and "null" not in kind:
        result["type"] = [*kind, "null"]
    if isinstance(result.get("enum"), list) and None not in result["enum"]:
        result["enum"] = [*result["enum"], None]
    for keyword in ("allOf", "anyOf", "oneOf"):
        # nullable beside a composition: `nullable: true, allOf: [{$ref: ...}]` usually means
        # "this, or null", against the letter of 3.0.3.
        if keyword in result:
            rest = {name: result.pop(name) for name in list(result) if name != "definitions"}
            result["anyOf"] = [rest, {"type": "null"}]
            return

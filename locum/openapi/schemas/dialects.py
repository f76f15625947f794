"""OpenAPI schema objects rewritten as JSON Schema, one direction at a time.

OpenAPI 3.0 (section 4.7.24 of the 3.0.3 specification) is close to Draft 4; 3.1 is Draft 2020-12.
What differs by direction: a readOnly property must not be in a request, a writeOnly one not in a
response, and neither is then required.
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
    | {"$defs", "definitions"}  # what is referred to of them is compiled for itself
)
_NUMBERS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
_NUMBERS |= {"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"}
_WIDTHS = {"int32": 32, "int64": 64}
_NEVER: dict[str, Any] = {"not": {}}
_DEEPEST = 8
"""How far an `allOf` in an `allOf` is looked into; a circular one ends here."""


class Direction(Enum):
    """Which way a value travels."""

    REQUEST = "request"
    RESPONSE = "response"

    @property
    def foreign(self) -> str:
        """The keyword of properties that do not travel this way."""
        return "readOnly" if self is Direction.REQUEST else "writeOnly"


def rewrite(  # noqa: PLR0913 (what a schema object cannot know by itself)
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

    `legacy` is True for OpenAPI 3.0; `refer` gives, for a reference and its keyword, the `$ref` that it is
    replaced by; `resolve` gives the schema object that a part stands for; `weigh` is given each pattern and its
    keyword. `foreign` names the properties that
    another part of the same `allOf` keeps from travelling this way.
    """
    if not isinstance(schema, dict):
        return schema

    def inner(part: Any, foreign: frozenset[str] = frozenset()) -> Any:
        home = part.get(HOME) if isinstance(part, dict) else None
        if isinstance(home, str):  # a resource of its own, reached as by a reference
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
        # `nullable: true` beside a reference means "this, or null" wherever it is written.
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
            # jsonschema_rs compares a float of 2**63 or more inexactly, and Draft 4 wants no float as a count.
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
            if value.startswith("#/") or value == "#":  # what leads nowhere is still the name of an anchor
                referred.append({"$ref": refer(value, keyword)})
        else:
            result[keyword] = value
    if result.get("additionalProperties") is False:
        result.setdefault("properties", {})  # without it the validator does not name the property that is too many
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
    """Write what a document of 3.0 says in words of 3.1 so that Draft 4 understands it: `const`, exclusive bounds."""
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
    """Name the properties that do not travel this way, those of every part of an `allOf` together."""
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
            del result["required"]  # Draft 4 wants at least one, and none twice


def _bound(result: dict[str, Any]) -> None:
    """Hold whole numbers to the width that their format says (OpenAPI 3.0.3, section 4.4)."""
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
    """Let a discriminator decide between alternatives of a `oneOf` that overlap.

    Besides what `oneOf` admits, a value fits that names one alternative and fits that one.
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
    """Let a schema admit null as well (`nullable`, which qualifies `type`)."""
    kind = result.get("type")
    if isinstance(kind, str):
        result["type"] = [kind, "null"] if kind != "null" else kind
    elif isinstance(kind, list) and "null" not in kind:
        result["type"] = [*kind, "null"]
    if isinstance(result.get("enum"), list) and None not in result["enum"]:
        result["enum"] = [*result["enum"], None]
    for keyword in ("allOf", "anyOf", "oneOf"):
        # nullable beside a composition: `nullable: true, allOf: [{$ref: ...}]` is the usual way
        # to say "this, or null", though the letter of 3.0.3 says otherwise.
        if keyword in result:
            rest = {name: result.pop(name) for name in list(result) if name != "definitions"}
            result["anyOf"] = [rest, {"type": "null"}]
            return

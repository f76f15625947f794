"""Keywords of schemas that are of another version, or misspelt by one edit: `maxLenght`, `requried`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.openapi.lint.diagnostics import Finding, Severity
from locum.openapi.pointers import join

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_one_edit_away", "keyword_findings"]

_SHORTEST = 4
"""Letters of a keyword that is compared: `not`, `if` and `xml` are near to many words."""
_3_0 = frozenset(
    {"title", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength"}
    | {"pattern", "maxItems", "minItems", "uniqueItems", "maxProperties", "minProperties", "required", "enum", "type"}
    | {"allOf", "oneOf", "anyOf", "items", "properties", "additionalProperties", "description", "format", "default"}
    | {"nullable", "discriminator", "readOnly", "writeOnly", "example", "externalDocs", "deprecated", "not", "xml"}
)
_3_1 = _3_0 | {
    *("const", "contains", "maxContains", "minContains", "dependentRequired", "dependentSchemas", "prefixItems"),
    *("patternProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties", "contentMediaType"),
    *("contentEncoding", "contentSchema", "examples", "then", "else", "if"),
}
_NEWER = frozenset(_3_1 - _3_0)
_HONOURED = frozenset({"const", "patternProperties", "examples"})
"""Newer keywords that are applied in a document of 3.0, too."""
_OTHERS = frozenset({"definitions", "dependencies", "additionalItems", "id"})
"""Words of other drafts, which are no misspelling."""


def keyword_findings(schema: dict[str, Any], pointer: str, *, legacy: bool) -> Iterator[Finding]:
    """Yield the members of a schema object that are no keyword of its version.

    They are keywords of the other version, or one edit away from a keyword that the object does not have.
    """
    known = _3_0 if legacy else _3_1
    for name in schema:
        if legacy and name in _NEWER:
            message = f"{name!r} is a keyword of OpenAPI 3.1, and this document is of 3.0."
            fallback = "It is honoured." if name in _HONOURED else "It is ignored."
            yield Finding(join(pointer, name), "other-version", Severity.WARNING, message, fallback)
        elif not legacy and name == "nullable":
            message = "`nullable` is of OpenAPI 3.0; 3.1 writes `type: [string, 'null']`."
            yield Finding(join(pointer, name), "other-version", Severity.WARNING, message, "It is honoured.")
        if name in _3_1 or name in _OTHERS or name[:2] == "x-" or name[:1] == "$":
            continue
        meant = [keyword for keyword in known if keyword not in schema and _is_near(name, keyword)]
        if meant:
            message = f"{name!r} is not known here. Did you mean {meant[0]}?"
            yield Finding(join(pointer, name), "misspelt-keyword", Severity.WARNING, message, "It is ignored.")


def _is_near(name: str, keyword: str) -> bool:
    return len(keyword) >= _SHORTEST and is_one_edit_away(name.casefold(), keyword.casefold())


def is_one_edit_away(one: str, other: str) -> bool:
    """Whether one insertion, deletion, substitution or transposition makes one text of the other, or none is needed."""
    if abs(len(one) - len(other)) > 1:
        return False
    if len(one) > len(other):
        one, other = other, one
    index = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    rest, other_rest = one[index:], other[index:]
    if len(one) < len(other):
        return rest == other_rest[1:]
    return rest[1:] == other_rest[1:] or (rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:])

"""Structure: validate a document with the JSON Schemas of OpenAPI 2.0 to 3.2, and find misspelt keywords."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import orjson

from locum.openapi.grammar import GrammarNode, version_of
from locum.openapi.lint.diagnostics import EMPTY, MISPLACED, LintFinding, Severity, messages_of_error
from locum.openapi.patterns import is_pattern
from locum.openapi.pointers import join

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from locum.openapi.load.documents import Document

__all__ = ["formal_findings", "is_one_edit_away", "keyword_findings", "metaschema", "validator_of"]


_MOST = 1000
"""The maximum number of findings of one object tree: a document with more mostly repeats the same one."""


def formal_findings(document: Document) -> Iterator[LintFinding]:
    """Yield violations of the JSON Schema of the document's version; none of them keeps an operation from working."""
    if document.swagger is not None:
        yield from _of_object(GrammarNode("", "document", document.swagger), "2.0")
        return
    version = version_of(document.content)
    for root in (GrammarNode("", "document", document.content), *document.fragments):
        yield from _of_object(root, version)


def _of_object(root: GrammarNode, version: str) -> Iterable[LintFinding]:
    if "$ref" in root.value or root.kind == "operation":
        return []
    validator = validator_of(version, root.kind)
    if validator.is_valid(root.value):
        return []
    found: dict[tuple[str, str], None] = {}
    for error in validator.iter_errors(root.value):
        found |= dict.fromkeys(messages_of_error(error, metaschema(version), root.pointer))
        if len(found) > _MOST:
            break
    # The schema of 3.1 also reports each possible member of an empty object as missing.
    empty = {pointer for pointer, message in found if message.startswith(EMPTY)}
    wrong = {pointer for pointer, message in found if not message.endswith(MISPLACED)}
    mistyped = {pointer for pointer, message in found if message.startswith("must be ")}
    # From 3.1 on, the members of an object with another error count as unknown.
    return [
        LintFinding(pointer, "invalid-openapi", Severity.WARNING, message)
        for pointer, message in found
        if not (message.endswith(MISPLACED) and _follows(pointer, wrong))
        and (pointer not in empty or message.startswith(EMPTY))
        and not (pointer in mistyped and " is not one of " in message)
    ]


def _follows(pointer: str, wrong: set[str]) -> bool:
    whole = pointer.rpartition("/")[0]
    return any(other == whole or other.startswith(whole + "/") for other in wrong)


_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_OPENAPI_KEYWORDS: dict[str, Any] = {
    "discriminator": {
        "type": "object",
        "required": ["propertyName"],
        "properties": {
            "propertyName": {"type": "string"},
            "mapping": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    },
    "xml": {"type": "object"},
    "externalDocs": {"type": "object", "required": ["url"]},
}
"""The keywords that OpenAPI adds to JSON Schema (its base vocabulary)."""


@cache
def metaschema(version: str) -> dict[str, Any]:
    """Return the JSON Schema of a version, such as `3.1`."""
    spec = find_spec("openapi_spec_validator")  # finds the files; importing the package takes 0.3 s
    assert spec is not None and spec.submodule_search_locations  # noqa: S101, PT018 (it is a dependency)
    place = Path(spec.submodule_search_locations[0]) / "resources" / "schemas" / f"v{version}" / "schema.json"
    schema: dict[str, Any] = orjson.loads(place.read_bytes())
    return schema


@cache
def validator_of(version: str, kind: str = "document") -> Any:
    """Return the validator of documents of a version, or of one kind of object in them (see grammar.py)."""
    schema = metaschema(version)
    # Patterns are checked by ECMA 262, as at runtime; other formats are not checked, as in the specification.
    options: dict[str, Any] = {"validate_formats": True, "formats": {"regex": is_pattern, **_UNCHECKED_FORMATS}}
    if "definitions" in schema:
        name = kind.title().replace(" ", "")
        root = {"$ref": f"#/definitions/{name}", "definitions": schema["definitions"]}
        return jsonschema_rs.Draft4Validator(schema if kind == "document" else root, **options)
    # From 3.1 on, schemas are JSON Schema 2020-12, by a dynamic anchor that the schema of OpenAPI leaves open.
    places = {"document": schema["$id"], "schema": "#/$defs/schema", "callback": f"{schema['$id']}#/$defs/callbacks"}
    root = {
        "$schema": _DIALECT,
        "$id": "urn:locum:document",
        "$ref": places.get(kind, f"{schema['$id']}#/$defs/{kind.replace(' ', '-')}"),
        "$defs": {"schema": {"$dynamicAnchor": "meta", "$ref": _DIALECT, "properties": _OPENAPI_KEYWORDS}},
    }
    registry = jsonschema_rs.Registry([(schema["$id"], schema)])
    return jsonschema_rs.Draft202012Validator(root, registry=registry, **options)


_UNCHECKED_FORMATS = dict.fromkeys(("email", "uri", "uri-reference"), lambda _: True)


_SHORTEST = 4
"""The minimum length of a keyword for suggestions: `not`, `if` and `xml` are near to many words."""
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
"""Keywords of 3.1 that are also applied in a document of 3.0."""
_OTHERS = frozenset({"definitions", "dependencies", "additionalItems", "id"})
"""Keywords of other drafts, which are not misspelt."""


def keyword_findings(schema: dict[str, Any], pointer: str, *, legacy: bool) -> Iterator[LintFinding]:
    """Yield the keywords of a schema object that belong to the other version, or are probably misspelt.

    A misspelt one is one edit away from a keyword that the object does not have.
    """
    known = _3_0 if legacy else _3_1
    for name in schema:
        if legacy and name in _NEWER:
            message = f"{name!r} is a keyword of OpenAPI 3.1, and this document is of 3.0."
            fallback = "It is honoured." if name in _HONOURED else "It is ignored."
            yield LintFinding(join(pointer, name), "other-version", Severity.WARNING, message, fallback)
        elif not legacy and name == "nullable":
            message = "`nullable` is of OpenAPI 3.0; 3.1 writes `type: [string, 'null']`."
            yield LintFinding(join(pointer, name), "other-version", Severity.WARNING, message, "It is honoured.")
        if name in _3_1 or name in _OTHERS or name[:2] == "x-" or name[:1] == "$":
            continue
        meant = [keyword for keyword in known if keyword not in schema and _is_near(name, keyword)]
        if meant:
            message = f"{name!r} is not known here. Did you mean {meant[0]}?"
            yield LintFinding(join(pointer, name), "misspelt-keyword", Severity.WARNING, message, "It is ignored.")


def _is_near(name: str, keyword: str) -> bool:
    return len(keyword) >= _SHORTEST and is_one_edit_away(name.casefold(), keyword.casefold())


def is_one_edit_away(one: str, other: str) -> bool:
    """Whether two texts differ by at most one insertion, deletion, substitution or transposition."""
    if abs(len(one) - len(other)) > 1:
        return False
    if len(one) > len(other):
        one, other = other, one
    index = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    rest, other_rest = one[index:], other[index:]
    if len(one) < len(other):
        return rest == other_rest[1:]
    return rest[1:] == other_rest[1:] or (rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:])

"""Schema resources: rewrite references by `$id` and `$anchor` as pointers into the document.

JSON Schema 2020-12, section 8.2: a schema with an `$id` is a separate resource, in which `#` is its root and
relative references are resolved against that identifier. OpenAPI 3.1 adopts this.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urljoin

import orjson

from locum.openapi.pointers import BrokenReference, as_fragment, at, join

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HOME", "SCHEMAS", "SCHEMA_LISTS", "SCHEMA_MAPS", "SchemaResources", "resources_of"]

SCHEMAS = frozenset(
    {"items", "not", "additionalProperties", "additionalItems", "if", "then", "else", "contains"}
    | {"propertyNames", "unevaluatedItems", "unevaluatedProperties", "contentSchema"}
)
"""Keywords whose value is a schema."""

SCHEMA_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
SCHEMA_MAPS = frozenset({"properties", "patternProperties", "dependentSchemas", "dependencies", "$defs", "definitions"})

HOME = "x-locum-home"
"""An internal keyword that replaces `$id`: a reference to the resource itself."""

_MARKERS = (HOME.encode(), b'"$id"', b'"$anchor"', b'"$dynamicAnchor"', b'"$dynamicRef"')
_REFERENCES = ("$ref", "$dynamicRef")


class _Base(NamedTuple):
    """The resource that contains a schema: its URI and its pointer."""

    uri: str = ""
    pointer: str = ""
    written: bool = False
    """Whether its references are already rewritten as pointers."""


@dataclass(slots=True)
class SchemaResources:
    """A document whose references are all pointers, and the dynamic anchors of its resources."""

    document: dict[str, Any]
    dynamic: dict[str, dict[str, str]] = field(default_factory=dict)
    """The dynamic anchors of each resource, by the pointer of the resource and by name. Empty if there are none."""

    def of(self, pointer: str) -> str:
        """Return the pointer of the resource that contains a place, in a document with dynamic anchors."""
        within = (home for home in self.dynamic if pointer == home or pointer.startswith(home + "/"))
        return max(within, key=len, default="")


def resources_of(document: dict[str, Any]) -> SchemaResources:
    """Rewrite the references and identifiers of a document as pointers; one without identifiers is returned unchanged.

    `x-locum-home` with its own pointer replaces the `$id` of a resource. Broken references, and resources that
    were rewritten before, are left unchanged.
    """
    index = _index_of(document)
    if index is None:
        return SchemaResources(document)
    return SchemaResources(
        _rewritten(document, index.replacements()), index.dynamic if any(index.dynamic.values()) else {}
    )


def _index_of(document: dict[str, Any]) -> _Index | None:
    """Index a document; None if its text contains no identifiers, which is quick to check."""
    try:
        text = orjson.dumps(document)
    except TypeError:  # an integer beyond 64 bits
        text = b"".join(_MARKERS)
    if not any(marker in text for marker in _MARKERS):
        return None
    index = _Index(document)
    for schema, pointer in _schemas_in(document, ""):
        index.enter(schema, pointer, _Base())
    return index


class _Index:
    """The identifiers and anchors of a document, with their pointers, and the references to resolve."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.resources: dict[str, str] = {}
        self.anchors: dict[tuple[str, str], str] = {}
        self.dynamic: dict[str, dict[str, str]] = {}
        self.identified: list[tuple[dict[str, Any], str]] = []
        self.references: list[tuple[dict[str, Any], str, _Base]] = []

    def enter(self, schema: Any, pointer: str, base: _Base) -> None:
        """Add a schema and all schemas within it."""
        if not isinstance(schema, dict):
            return
        identifier = schema.get("$id")
        if HOME in schema:
            base = _Base("", pointer, written=True)
        elif isinstance(identifier, str):
            base = _Base(urljoin(base.uri, identifier).partition("#")[0], pointer)
            self.resources.setdefault(base.uri, pointer)
            self.identified.append((schema, pointer))
        self.dynamic.setdefault(base.pointer, {})
        for keyword in ("$anchor", "$dynamicAnchor"):
            if isinstance(schema.get(keyword), str):
                self.anchors.setdefault((base.pointer, schema[keyword]), pointer)
        if isinstance(schema.get("$dynamicAnchor"), str):
            self.dynamic[base.pointer].setdefault(schema["$dynamicAnchor"], pointer)
        for keyword in () if base.written else _REFERENCES:
            if isinstance(schema.get(keyword), str):
                self.references.append((schema, keyword, base))
        for inner, place in _within(schema, pointer):
            self.enter(inner, place, base)

    def replacements(self) -> dict[tuple[int, str], tuple[str, str]]:
        """Return the new keyword and pointer of each reference and identifier, by the id of its schema and keyword."""
        found = {}
        for schema, keyword, base in self.references:
            target = self._target(schema[keyword], base)
            if target is not None:
                # A reference is dynamic only if it names an anchor (section 8.2.3.2). Outside of any `$id`, a pointer
                # may be an anchor that was rewritten before.
                plain = base.pointer and schema[keyword].partition("#")[2].startswith("/")
                replacement = "$ref" if plain and "$ref" not in schema else keyword
                found[id(schema), keyword] = replacement, "#" + as_fragment(target)
            elif keyword == "$dynamicRef":  # a broken one allows any value
                found[id(schema), keyword] = "$comment", schema[keyword]
        for schema, pointer in self.identified:
            found[id(schema), "$id"] = HOME, "#" + as_fragment(pointer)
        return found

    def _target(self, reference: str, base: _Base) -> str | None:
        address, _, fragment = reference.partition("#")
        home = self.resources.get(urljoin(base.uri, address)) if address else base.pointer
        if home is None:
            return None
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            return self.anchors.get((home, fragment))
        # In a schema with an `$id`, `#/components/...` is meant for the document, against the letter of the standard.
        return next((place for place in (home + fragment, fragment) if self._exists(place)), None)

    def _exists(self, pointer: str) -> bool:
        try:
            at(self.document, pointer)
        except BrokenReference:
            return False
        return True


def _schemas_in(value: Any, pointer: str) -> Iterator[tuple[Any, str]]:
    """Yield the outermost schemas of a document: the values of `schema` and the members of `schemas`."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _schemas_in(item, join(pointer, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "schemas" and isinstance(item, dict):
                yield from ((schema, join(pointer, key, name)) for name, schema in item.items())
            elif key == "schema":
                yield item, join(pointer, key)
            elif key not in {"example", "examples"} and not key.startswith("x-"):
                yield from _schemas_in(item, join(pointer, key))


def _within(schema: dict[str, Any], pointer: str) -> Iterator[tuple[Any, str]]:
    """Yield the direct subschemas of a schema; data and unknown keywords are skipped."""
    for keyword, value in schema.items():
        if keyword in SCHEMAS:
            yield value, join(pointer, keyword)
        elif keyword in SCHEMA_LISTS and isinstance(value, list):
            yield from ((item, join(pointer, keyword, index)) for index, item in enumerate(value))
        elif keyword in SCHEMA_MAPS and isinstance(value, dict):
            yield from ((item, join(pointer, keyword, name)) for name, item in value.items())


def _rewritten(value: Any, replacements: dict[tuple[int, str], tuple[str, str]]) -> Any:
    """Copy a value with its replacements."""
    if isinstance(value, list):
        return [_rewritten(item, replacements) for item in value]
    if not isinstance(value, dict):
        return value
    result = {}
    for key, item in value.items():
        found = replacements.get((id(value), key))
        if found is None:
            result[key] = _rewritten(item, replacements)
        else:
            result[found[0]] = found[1]
    return result

"""Schemas: compile the schemas of a document to validators, and describe violations without the offending value."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import jsonschema_rs
import orjson

from locum.errors import Violation
from locum.openapi.patterns import (
    PATTERN_OPTIONS,
    TOO_COSTLY,
    BoundedPattern,
    allowance,
    as_written,
    is_cheap,
    names_are_too_costly,
)
from locum.openapi.pointers import BrokenReference, as_fragment, at, join, pointer_of
from locum.openapi.schemas.dialects import Direction, rewrite
from locum.openapi.schemas.resources import SchemaResources, resources_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["INFERRED", "BoundedValidator", "Schema", "Schemas", "describe", "kinds_of_inferred"]

INFERRED = "x-locum-inferred"
"""A keyword of a media type: the schema inferred from its examples, if the declared one does not constrain its values.
It describes records and generated values, and does not change which values are valid."""


_SURPLUS = "is not allowed here"

_SENTENCES = {
    "additionalItems": "must not have more items than are declared",
    "anyOf": "must match at least one of the declared alternatives",
    "const": "must be {expected}",
    "enum": "must be one of {expected}",
    "exclusiveMaximum": "must be less than {expected}",
    "exclusiveMinimum": "must be greater than {expected}",
    "falseSchema": _SURPLUS,
    "format": "must be a valid {expected}",
    "maxItems": "must have at most {expected} items",
    "maxLength": "must have at most {expected} characters",
    "maxProperties": "must have at most {expected} properties",
    "maximum": "must be at most {expected}",
    "minItems": "must have at least {expected} items",
    "minLength": "must have at least {expected} characters",
    "minProperties": "must have at least {expected} properties",
    "minimum": "must be at least {expected}",
    "multipleOf": "must be a multiple of {expected}",
    "not": "must not match the excluded schema",
    "oneOf": "must match exactly one of the declared alternatives",
    "pattern": "must match the pattern {expected}",
    "required": "is required",
    "type": "must be of type {expected}",
    "unevaluatedItems": "must not have items that are not declared",
    "uniqueItems": "must not have equal items",
}


_SURPLUS_RULES = frozenset({"additionalProperties", "unevaluatedProperties"})
_WHOLE_SCHEMAS = frozenset({"oneOf", "anyOf", "not", "unevaluatedItems"})
"""Keywords whose expectation is too long for a sentence, or contains the value that was sent."""


def describe(error: Any, location: str, prefix: tuple[str | int, ...]) -> list[Violation]:
    """Convert a jsonschema_rs error to violations: one, or one for each surplus property.

    The path of a missing or surplus property is its own, not that of its parent.
    """
    kind = error.kind
    keyword: str = kind.name
    path = (*prefix, *error.instance_path)
    if keyword in _SURPLUS_RULES:
        return [Violation(location, (*path, name), keyword, None, _SURPLUS) for name in kind.unexpected]
    expected: object = None if keyword in _WHOLE_SCHEMAS else getattr(kind, "value", None)
    if keyword == "required":
        path = (*path, str(expected))
    elif keyword == "pattern":
        expected = as_written(expected)
    sentence = _SENTENCES.get(keyword, "does not satisfy the keyword " + keyword)
    if getattr(kind, "message", None) == TOO_COSTLY:
        sentence = f"{TOO_COSTLY} {{expected}}" if keyword == "pattern" else f"has names that {TOO_COSTLY}"
    if keyword == "not" and kind.schema == {}:
        sentence = "must not be sent"  # `not: {}`: a readOnly or writeOnly property in the wrong direction (dialects)
    return [Violation(location, path, keyword, expected, sentence)]


class BoundedValidator:
    """A validator of jsonschema_rs whose pattern matching is bounded; it has the methods that locum uses."""

    def __init__(self, validator: Any, names: Collection[str]) -> None:
        """`names` are the patterns of `patternProperties`, which the validator matches itself, without bounds."""
        self._validator = validator
        self._names = names

    def is_valid(self, value: Any) -> bool:
        """Return whether a value is valid."""
        with allowance():
            return bool(self._of(value).is_valid(value))

    def validate(self, value: Any) -> None:
        """Raise the first error of a value."""
        with allowance():
            self._of(value).validate(value)

    def iter_errors(self, value: Any) -> Iterator[Any]:
        """Return all errors of a value."""
        with allowance():
            return iter(list(self._of(value).iter_errors(value)))

    def _of(self, value: Any) -> Any:
        return _rejecting() if self._names and names_are_too_costly(value, self._names) else self._validator


class _TooCostly:
    """A keyword that rejects every value: matching its names would take too many steps."""

    def __init__(self, *_: Any) -> None:
        pass

    def validate(self, _value: Any) -> None:
        raise ValueError(TOO_COSTLY)


@cache
def _rejecting() -> Any:
    return jsonschema_rs.Draft202012Validator({"patternProperties": {}}, keywords={"patternProperties": _TooCostly})


_FORMATS_BEYOND_DRAFT_4 = ("date", "time", "duration", "uuid", "uri-reference", "iri", "json-pointer", "regex")
"""Formats that OpenAPI 3.0 documents use but Draft 4 does not define."""

_FORMATS = {
    name: jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True).is_valid
    for name in _FORMATS_BEYOND_DRAFT_4
}


_VAST = 32 * 1024
"""Bytes. Only the first error of a larger value is reported: each takes a kilobyte, and a body may have a million."""


class Schema:
    """One schema of a document in one direction.

    `is_valid(value)` returns whether a value is valid. It is compiled at the first call, so that a document with a
    thousand operations starts at once.
    """

    __slots__ = ("_home", "_raw", "_scalars", "_validator", "direction", "is_valid", "pointer")

    def __init__(self, home: Schemas, pointer: str, direction: Direction, raw: Any = None) -> None:
        self._home = home
        self.pointer = pointer
        self.direction = direction
        self._raw = raw
        self._validator: Any = None
        self._scalars: Any = None
        self.is_valid: Any = self._compile_and_validate

    def _compile_and_validate(self, value: Any) -> bool:
        if isinstance(value, dict | list) or self._validator is not None or not self._refers:
            self.is_valid = self._compiled().is_valid
            return bool(self.is_valid(value))
        # What a scalar may be does not depend on properties and items, which refer to many other schemas: null or an
        # id in place of one of Stripe's objects need not compile half of the document.
        if self._scalars is None:
            self._scalars = self._home.compile(self.pointer, self.direction, flat=True)
        return bool(self._scalars.is_valid(value))

    @property
    def _refers(self) -> bool:
        """Whether the schema may refer to others."""
        return isinstance(self.raw, dict) and not _REFERRING.isdisjoint(self.raw)

    def _compiled(self) -> Any:
        if self._validator is None:
            self._validator = self._home.compile(self.pointer, self.direction)
        return self._validator

    def violations(self, value: Any, location: str, prefix: tuple[str | int, ...] = ()) -> list[Violation]:
        """Return the violations of a value (only the first for a large one); `prefix` is the path of the value."""
        validator = self._compiled()
        if not _is_vast(value):
            found = [one for error in validator.iter_errors(value) for one in describe(error, location, prefix)]
            if len(found) > 1:  # parts of an `allOf` that refer to one another repeat a violation
                found = [*{(one.path, one.keyword, one.sentence, str(one.expected)): one for one in found}.values()]
            return found
        try:
            validator.validate(value)
        except jsonschema_rs.ValidationError as error:
            return describe(error, location, prefix)
        return []

    def errors(self, value: Any) -> Iterator[Any]:
        """Yield the validator's own errors, which have the place of each keyword in the schema."""
        yield from self._compiled().iter_errors(value)

    @property
    def raw(self) -> Any:
        """The schema object in the document, with a reference at its top resolved."""
        if self._raw is None:
            self._raw = self.resolve(at(self._home.document, self.pointer))
        return self._raw

    def resolve(self, part: Any) -> Any:
        """Resolve a part of the schema if it is a reference."""
        return self._home.resolve(part)


class Schemas:
    """All schemas of a document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.legacy = str(document.get("openapi", "")).startswith("3.0")
        self._resources = SchemaResources(document) if self.legacy else resources_of(document)
        self.document = self._resources.document
        self.shared: dict[tuple[str, str], Any] = {}
        """Compiled objects that many operations refer to, by kind and pointer."""
        self._schemas: dict[tuple[str, Direction], Schema] = {}
        self._rewritten: dict[tuple[_Place, Direction], _Rewritten] = {}

    def schema(self, pointer: str, direction: Direction, value: Any = None) -> Schema:
        """Return the schema at a pointer; the same object for the same place.

        `value` is the value at the pointer, if the caller has it; this saves the lookup.
        """
        value, home = self._home_of(at(self.document, pointer) if value is None else value, pointer)
        found = self._schemas.get((home, direction))
        if found is None:
            found = self._schemas[home, direction] = Schema(self, home, direction, self.resolve(value))
        return found

    def resolve(self, part: Any) -> Any:
        """Return a schema object with its reference resolved.

        In 3.1 the keywords beside a `$ref` apply too, like another part of an `allOf`.
        """
        if self._is_reference(part):
            part, _ = self._home_of(part)
        if not isinstance(part, dict) or not isinstance(part.get("$ref"), str):
            return part
        beside = {keyword: value for keyword, value in part.items() if keyword != "$ref"}
        return {**beside, "allOf": [{"$ref": part["$ref"]}, *beside.get("allOf", ())]}

    def _home_of(self, value: Any, pointer: str = "") -> tuple[Any, str]:
        """Follow references that have no other keywords; return the target and its pointer. Raises BrokenReference."""
        seen = set()
        while self._is_reference(value):
            pointer = pointer_of(value["$ref"])
            if pointer in seen:
                message = f"{pointer} refers to itself"
                raise BrokenReference(message)
            seen.add(pointer)
            value = at(self.document, pointer)
        return value, pointer

    def _is_reference(self, part: Any) -> bool:
        return isinstance(part, dict) and isinstance(part.get("$ref"), str) and (self.legacy or len(part) == 1)

    def compile(self, pointer: str, direction: Direction, *, flat: bool = False) -> Any:
        """Compile a schema and all that it refers to, circles included; `flat` leaves out properties and items.

        All become definitions of one JSON Schema: across resources jsonschema_rs follows every path of references
        anew, and one schema of Stripe's took 24 GB.
        """
        home, inferred, within = pointer.partition(f"/{INFERRED}")
        if inferred:
            # An inferred schema does not validate: its parts check only the type, the declared schema the whole.
            if within or "schema" not in at(self.document, home):
                kinds = kinds_of_inferred(at(self.document, pointer)) if within else []
                return jsonschema_rs.Draft202012Validator({"type": kinds} if kinds else {})
            pointer = join(home, "schema")
        definitions: dict[str, Any] = {}
        first = self._place(pointer, ())
        pending = [first]
        texts, names = set[str](), set[str]()
        while pending:
            place = pending.pop()
            if place.name not in definitions:
                rewritten = self._rewrite(place, direction, flat=flat)
                definitions[place.name] = rewritten.schema
                pending += rewritten.references
                texts |= rewritten.texts
                names |= rewritten.names
        root = {"$ref": first.reference, "definitions": definitions}
        # In 2020-12 formats are annotations by default.
        options: dict[str, Any] = {"validate_formats": True, "pattern_options": PATTERN_OPTIONS}
        if texts:
            options["keywords"] = {"pattern": BoundedPattern}
        if self.legacy:
            validator: Any = jsonschema_rs.Draft4Validator(root, formats=_FORMATS, **options)
        else:
            validator = jsonschema_rs.Draft202012Validator(root, **options)
        return BoundedValidator(validator, names) if texts or names else validator

    def _rewrite(self, place: _Place, direction: Direction, *, flat: bool) -> _Rewritten:
        """Return the JSON Schema at a place, with its references and costly patterns."""
        found = self._rewritten.get((place, direction)) if not flat else None
        if found is None:
            references: list[_Place] = []
            texts, names = set[str](), set[str]()

            def weigh(pattern: str, keyword: str) -> None:
                if not is_cheap(pattern):
                    (texts if keyword == "pattern" else names).add(pattern)

            def refer(reference: str, keyword: str) -> str:
                references.append(self._target(reference, keyword, place.scope))
                return references[-1].reference

            source = at(self.document, place.pointer)
            rewritten = rewrite(
                _without_parts(source) if flat else source,
                direction,
                legacy=self.legacy,
                refer=refer,
                resolve=self.resolve,
                weigh=weigh,
            )
            found = _Rewritten(rewritten, tuple(references), frozenset(texts), frozenset(names))
            if not flat:  # a flat schema is small and seldom shared
                self._rewritten[place, direction] = found
        return found

    def _target(self, reference: str, keyword: str, scope: _Scope) -> _Place:
        pointer = pointer_of(reference)
        if keyword == "$dynamicRef":
            pointer = dict(scope).get(self._anchor_at(pointer), pointer)
        return self._place(pointer, scope)

    def led_to(self, dynamic_reference: str) -> list[str]:
        """Return the pointers to which a `$dynamicRef` may resolve in any scope; its own target comes last."""
        own = pointer_of(dynamic_reference)
        anchors = (homes.get(self._anchor_at(own)) for homes in self._resources.dynamic.values())
        return [*(pointer for pointer in anchors if pointer is not None and pointer != own), own]

    def _anchor_at(self, pointer: str) -> str:
        target = at(self.document, pointer)
        return str(target.get("$dynamicAnchor", "")) if isinstance(target, dict) else ""

    def _place(self, pointer: str, scope: _Scope) -> _Place:
        """Return a place reached from a scope; the scope's dynamic anchors override those of the place."""
        if not self._resources.dynamic:
            return _Place(pointer, scope)
        own = self._resources.dynamic.get(self._resources.of(pointer), {})
        return _Place(pointer, tuple(sorted((own | dict(scope)).items())))


_PARTS = frozenset({"properties", "patternProperties", "additionalProperties", "propertyNames", "dependentSchemas"})
_PARTS |= {"items", "prefixItems", "additionalItems", "contains", "unevaluatedItems", "unevaluatedProperties"}
_PARTS |= {"dependencies", "$defs", "definitions"}


def _without_parts(schema: Any) -> Any:
    """Return a schema without the keywords for the parts of objects and arrays."""
    if isinstance(schema, list):
        return list(map(_without_parts, schema))
    if not isinstance(schema, dict):
        return schema
    return {
        keyword: _without_parts(value) if keyword in _COMPOSITIONS else value
        for keyword, value in schema.items()
        if keyword not in _PARTS
    }


_COMPOSITIONS = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else"})
_REFERRING = _PARTS | _COMPOSITIONS | {"$ref", "$dynamicRef"}
"""The keywords that hold other schemas."""

_Scope: TypeAlias = tuple[tuple[str, str], ...]
"""The dynamic anchors of the resources on the way to a schema, by name, with their pointers; the outermost wins."""


class _Place(NamedTuple):
    """A schema of the document in a dynamic scope, which decides where its `$dynamicRef`s resolve to."""

    pointer: str
    scope: _Scope

    @property
    def name(self) -> str:
        """The name of the definition."""
        return self.pointer + "".join(f" {anchor}={home}" for anchor, home in self.scope)

    @property
    def reference(self) -> str:
        """The `$ref` to the definition."""
        return "#" + as_fragment(join("/definitions", self.name))


class _Rewritten(NamedTuple):
    """The JSON Schema at a place, the places that it refers to, and its costly patterns."""

    schema: Any
    references: tuple[_Place, ...]
    texts: frozenset[str]
    """Those of the keyword `pattern`."""
    names: frozenset[str]
    """Those of the keyword `patternProperties`."""


def _is_vast(value: Any) -> bool:
    try:
        return len(orjson.dumps(value)) > _VAST
    except TypeError:  # an integer beyond 64 bits, or a deep nesting: so not a usual one
        return True


def kinds_of_inferred(raw: dict[str, Any]) -> list[str]:
    """Return the types of an inferred schema; none if it has no `type`."""
    kinds = raw.get("type", [])
    return [*([kinds] if isinstance(kinds, str) else kinds), *(["null"] if raw.get("nullable") else [])]

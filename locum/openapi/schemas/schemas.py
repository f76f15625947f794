"""Violations: a validator's error in words that never repeat the offending value."""

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
from locum.openapi.schemas.resources import Resources, resources_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["INFERRED", "BoundedValidator", "Schema", "Schemas", "describe", "kinds_of_inferred"]

INFERRED = "x-locum-inferred"
"""A keyword of a media type: the schema that its examples have, where the declared one says nothing. It describes
records and generated values; every value that the declared schema admits is still valid."""


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
    "not": "must not match what is excluded",
    "oneOf": "must match exactly one of the declared alternatives",
    "pattern": "must match the pattern {expected}",
    "required": "is required",
    "type": "must be of type {expected}",
    "unevaluatedItems": "must not have items that are not declared",
    "uniqueItems": "must not have equal items",
}


_SURPLUS_RULES = frozenset({"additionalProperties", "unevaluatedProperties"})
_WHOLE_SCHEMAS = frozenset({"oneOf", "anyOf", "not", "unevaluatedItems"})
"""Rules whose expectation is too long for a sentence, or is what was sent."""


def describe(error: Any, location: str, prefix: tuple[str | int, ...]) -> list[Violation]:
    """Return the violations that a jsonschema_rs error stands for: one, or one for each surplus property.

    A missing or surplus property is named by its own path, not by its parent's.
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
    sentence = _SENTENCES.get(keyword, "breaks the rule " + keyword)
    if getattr(kind, "message", None) == TOO_COSTLY:
        sentence = f"{TOO_COSTLY} {{expected}}" if keyword == "pattern" else f"has names that {TOO_COSTLY}"
    if keyword == "not" and kind.schema == {}:
        sentence = "must not be sent"  # so a property that travels the other way only is written (dialects)
    return [Violation(location, path, keyword, expected, sentence)]


class BoundedValidator:
    """A validator of jsonschema_rs, with the methods of it that are used."""

    def __init__(self, validator: Any, names: Collection[str]) -> None:
        """`names` are the patterns of `patternProperties`, which the validator matches by itself."""
        self._validator = validator
        self._names = names

    def is_valid(self, value: Any) -> bool:
        """Return whether a value fits."""
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
        return _refusal() if self._names and names_are_too_costly(value, self._names) else self._validator


class _TooCostly:
    """A keyword whose error says that the names of a value are not matched."""

    def __init__(self, *_: Any) -> None:
        pass

    def validate(self, _value: Any) -> None:
        raise ValueError(TOO_COSTLY)


@cache
def _refusal() -> Any:
    return jsonschema_rs.Draft202012Validator({"patternProperties": {}}, keywords={"patternProperties": _TooCostly})


_FORMATS_BEYOND_DRAFT_4 = ("date", "time", "duration", "uuid", "uri-reference", "iri", "json-pointer", "regex")
"""Formats that OpenAPI 3.0 documents use and that Draft 4 does not know."""

_FORMATS = {
    name: jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True).is_valid
    for name in _FORMATS_BEYOND_DRAFT_4
}


_VAST = 32 * 1024
"""Bytes of a value whose errors are not listed: each takes a kilobyte, and a body may hold a million."""


class Schema:
    """One schema of a document in one direction.

    `is_valid(value)` says whether a value fits; it compiles at the first call, so that a document
    with a thousand operations starts at once.
    """

    __slots__ = ("_flat", "_home", "_raw", "_validator", "direction", "is_valid", "pointer")

    def __init__(
        self, home: Schemas, pointer: str, direction: Direction, raw: Any = None, *, flat: bool = False
    ) -> None:
        """`flat` is a schema for values without parts: what it says of properties and items is left out."""
        self._flat = flat
        self._home = home
        self.pointer = pointer
        self.direction = direction
        self._raw = raw
        self._validator: Any = None
        self.is_valid: Any = self._compile_and_judge

    def _compile_and_judge(self, value: Any) -> bool:
        self.is_valid = self._compiled().is_valid
        return bool(self.is_valid(value))

    def _compiled(self) -> Any:
        if self._validator is None:
            self._validator = self._home.compile(self.pointer, self.direction, flat=self._flat)
        return self._validator

    def violations(self, value: Any, location: str, prefix: tuple[str | int, ...] = ()) -> list[Violation]:
        """Say every rule that a value breaks, of a vast value the first one; `prefix` leads to the value."""
        validator = self._compiled()
        if not _is_vast(value):
            return [found for error in validator.iter_errors(value) for found in describe(error, location, prefix)]
        try:
            validator.validate(value)
        except jsonschema_rs.ValidationError as error:
            return describe(error, location, prefix)
        return []

    def errors(self, value: Any) -> Iterator[Any]:
        """Yield the validator's own errors, for who must know the place of each rule."""
        yield from self._compiled().iter_errors(value)

    @property
    def raw(self) -> Any:
        """The schema object as it stands in the document, references followed."""
        if self._raw is None:
            self._raw = self.resolve(at(self._home.document, self.pointer))
        return self._raw

    def resolve(self, part: Any) -> Any:
        """Follow the reference that a part of the schema is, if it is one."""
        return self._home.resolve(part)


class Schemas:
    """All schemas of a document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.legacy = str(document.get("openapi", "")).startswith("3.0")
        self._resources = Resources(document) if self.legacy else resources_of(document)
        self.document = self._resources.document
        self.shared: dict[tuple[str, str], Any] = {}
        """What many operations refer to, by kind and pointer: compiled once."""
        self._schemas: dict[tuple[str, Direction], Schema] = {}
        self._rewritten: dict[tuple[_Place, Direction], _Rewritten] = {}

    def schema(self, pointer: str, direction: Direction, value: Any = None) -> Schema:
        """Return the schema at a pointer; the same object for the same place.

        `value` is what stands there, where that is at hand: then nobody need go there from the root.
        """
        value, home = self._home_of(at(self.document, pointer) if value is None else value, pointer)
        found = self._schemas.get((home, direction))
        if found is None:
            found = self._schemas[home, direction] = Schema(self, home, direction, self.resolve(value))
        return found

    def resolve(self, part: Any) -> Any:
        """Return the schema object that a part stands for.

        In 3.1 what is said beside a `$ref` holds too, as another part of an `allOf` would.
        """
        if self._is_reference(part):
            part, _ = self._home_of(part)
        if not isinstance(part, dict) or not isinstance(part.get("$ref"), str):
            return part
        beside = {keyword: value for keyword, value in part.items() if keyword != "$ref"}
        return {**beside, "allOf": [{"$ref": part["$ref"]}, *beside.get("allOf", ())]}

    def _home_of(self, value: Any, pointer: str = "") -> tuple[Any, str]:
        """Follow references from a value as long as they are nothing else: to what, and where it stands.

        Raises BrokenReference.
        """
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
        """Compile one schema and all that it refers to, circles included; `flat` leaves out properties and items.

        They go into one JSON Schema, as its definitions: between resources jsonschema_rs follows
        every path of references anew, and one schema of Stripe's took 24 GB.
        """
        home, inferred, within = pointer.partition(f"/{INFERRED}")
        if inferred:
            # It describes: its parts judge what kind of value they are, and the declared schema judges the whole.
            if within or "schema" not in at(self.document, home):
                kinds = kinds_of_inferred(at(self.document, pointer)) if within else []
                return jsonschema_rs.Draft202012Validator({"type": kinds} if kinds else {})
            pointer = join(home, "schema")
        definitions: dict[str, Any] = {}
        first = self._place(pointer, ())
        awaited = [first]
        texts, names = set[str](), set[str]()
        while awaited:
            place = awaited.pop()
            if place.name not in definitions:
                rewritten = self._rewrite(place, direction, flat=flat)
                definitions[place.name] = rewritten.schema
                awaited += rewritten.references
                texts |= rewritten.texts
                names |= rewritten.names
        root = {"$ref": first.reference, "definitions": definitions}
        # Formats are asserted: 2020-12 treats them as annotations unless asked.
        options: dict[str, Any] = {"validate_formats": True, "pattern_options": PATTERN_OPTIONS}
        if texts:
            options["keywords"] = {"pattern": BoundedPattern}
        if self.legacy:
            validator: Any = jsonschema_rs.Draft4Validator(root, formats=_FORMATS, **options)
        else:
            validator = jsonschema_rs.Draft202012Validator(root, **options)
        return BoundedValidator(validator, names) if texts or names else validator

    def _rewrite(self, place: _Place, direction: Direction, *, flat: bool) -> _Rewritten:
        """Return the JSON Schema at a place, and what must be known of it."""
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
            if not flat:  # a flat one is small, and seldom shared
                self._rewritten[place, direction] = found
        return found

    def _target(self, reference: str, keyword: str, scope: _Scope) -> _Place:
        pointer = pointer_of(reference)
        if keyword == "$dynamicRef":
            pointer = dict(scope).get(self._anchor_at(pointer), pointer)
        return self._place(pointer, scope)

    def led_to(self, dynamic_reference: str) -> list[str]:
        """Say where a `$dynamicRef` may lead, from whatever scope: to itself last."""
        own = pointer_of(dynamic_reference)
        anchors = (homes.get(self._anchor_at(own)) for homes in self._resources.dynamic.values())
        return [*(pointer for pointer in anchors if pointer is not None and pointer != own), own]

    def _anchor_at(self, pointer: str) -> str:
        target = at(self.document, pointer)
        return str(target.get("$dynamicAnchor", "")) if isinstance(target, dict) else ""

    def _place(self, pointer: str, scope: _Scope) -> _Place:
        """Return a place as it is reached from a scope, whose dynamic anchors go before its own."""
        if not self._resources.dynamic:
            return _Place(pointer, scope)
        own = self._resources.dynamic.get(self._resources.of(pointer), {})
        return _Place(pointer, tuple(sorted((own | dict(scope)).items())))


_PARTS = frozenset({"properties", "patternProperties", "additionalProperties", "propertyNames", "dependentSchemas"})
_PARTS |= {"items", "prefixItems", "additionalItems", "contains", "unevaluatedItems", "unevaluatedProperties"}
_PARTS |= {"dependencies", "$defs", "definitions"}


def _without_parts(schema: Any) -> Any:
    """Return a schema without what it says of the parts of objects and arrays."""
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

_Scope: TypeAlias = tuple[tuple[str, str], ...]
"""The dynamic anchors of the resources on the way to a schema, and where they lead: the outermost of each name."""


class _Place(NamedTuple):
    """A schema of the document, as it is reached: by a `$dynamicRef`, it leads elsewhere each time."""

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
    """The JSON Schema at a place, the places that it refers to, and its patterns that are not cheap."""

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
    """Return the types of an inferred schema; none where it says nothing."""
    kinds = raw.get("type", [])
    return [*([kinds] if isinstance(kinds, str) else kinds), *(["null"] if raw.get("nullable") else [])]

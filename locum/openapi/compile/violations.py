"""Violations: a validator's error in words that never repeat the offending value."""

from __future__ import annotations

from typing import Any

from locum.openapi.patterns import TOO_COSTLY, as_written
from locum.refusals import Violation

__all__ = ["describe"]

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

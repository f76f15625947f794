"""What a validator's error says, in words that never repeat the offending value."""

from __future__ import annotations

from typing import Any

from locum.openapi.patterns import as_written
from locum.refusals import Violation

__all__ = ["describe"]

_SENTENCES = {
    "additionalProperties": "must not have properties that are not declared",
    "anyOf": "must match at least one of the declared alternatives",
    "const": "must be {expected}",
    "enum": "must be one of {expected}",
    "exclusiveMaximum": "must be less than {expected}",
    "exclusiveMinimum": "must be greater than {expected}",
    "falseSchema": "must not have properties or items that are not declared",
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
    "uniqueItems": "must not have equal items",
}


def describe(error: Any, location: str, prefix: tuple[str | int, ...]) -> Violation:
    """Turn a jsonschema_rs error into a violation.

    A missing property is named by its own path, not by its parent's.
    """
    kind = error.kind
    keyword: str = kind.name
    expected: object = getattr(kind, "value", None)
    path = (*prefix, *error.instance_path)
    if keyword == "pattern":
        expected = as_written(expected)
    if keyword == "required":
        path = (*path, str(expected))
    elif keyword in {"oneOf", "anyOf", "not"}:
        expected = None  # the alternatives: whole schemas, too long for a sentence
    sentence = _SENTENCES.get(keyword, "breaks the rule " + keyword)
    if keyword == "not" and kind.schema == {}:
        sentence = "must not be sent"  # so a property that travels the other way only is written (dialects)
    return Violation(location, path, keyword, expected, sentence)

"""The rules of `spectral:oas` about schemas, examples, texts and components."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from locum.openapi.lint.diagnostics import Severity
from locum.openapi.lint.structure import formal_findings
from locum.openapi.lint.values import example_findings
from locum.openapi.pointers import join, split
from locum.review.lint.functions import FUNCTIONS
from locum.review.lint.subject import (
    BuiltIn,
    Found,
    Subject,
    as_dict,
    as_list,
    member_at,
)
from locum.review.schemas.views import canonical

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SCHEMA_RULES"]


def _distinct_enum(subject: Subject) -> Found:
    for pointer, value in subject.objects:
        choices = value.get("enum")
        if isinstance(choices, list) and split(pointer)[-1:] != ["properties"]:
            texts = list(map(canonical, choices))
            if len(set(texts)) < len(texts):
                yield join(pointer, "enum"), '"enum" property must not have duplicate items (items are identical).'


def _no_text(expression: str) -> Callable[[Subject], Found]:
    pattern = re.compile(expression)

    def check(subject: Subject) -> Found:
        for pointer, value in subject.objects:
            for name in ("description", "title"):
                if isinstance(value.get(name), str) and pattern.search(value[name]):
                    yield join(pointer, name), ""

    return check


def _reference_siblings(subject: Subject) -> Found:
    for pointer, value in subject.objects:
        if isinstance(value.get("$ref"), str) and len(value) > 1 and split(pointer)[-1:] != ["properties"]:
            for name in value:
                if name != "$ref":
                    yield join(pointer, name), "$ref must not be placed next to any other properties."


def _array_items(subject: Subject) -> Found:
    for pointer, value in subject.objects:
        kind = value.get("type")
        listed = subject.version in {"3.1", "3.2"} and isinstance(kind, list) and "array" in kind
        if (kind == "array" or listed) and not value.get("items") and not isinstance(value.get("items"), dict):
            yield join(pointer, "items"), ""


def _typed_enum(subject: Subject) -> Found:
    for pointer, value in subject.objects:
        if value.get("enum") and value.get("type"):
            for text, steps in FUNCTIONS["typedEnum"][0](value, {}):
                yield join(pointer, *steps), text


def _discriminators(subject: Subject) -> Found:
    definitions = subject.content.get("definitions")
    for name, schema in definitions.items() if isinstance(definitions, dict) else ():
        chosen = schema.get("discriminator") if isinstance(schema, dict) else None
        if not isinstance(chosen, str):
            continue
        pointer = join("/definitions", name)
        if chosen not in as_dict(schema.get("properties")):
            yield join(pointer, "properties"), "The discriminator property must be defined in this schema."
        if chosen not in as_list(schema.get("required")):
            yield join(pointer, "required"), "The discriminator property must be in the required property list."


def _keyword(name: str) -> Callable[[Subject], Found]:
    def check(subject: Subject) -> Found:
        yield from ((join(pointer, name), "") for pointer, value in subject.objects if name in value)

    return check


def _structure(subject: Subject) -> Found:
    yield from ((one.pointer, one.message) for one in formal_findings(subject.contract.as_read))


def _references(subject: Subject) -> set[str]:
    return {value["$ref"] for _, value in subject.objects if isinstance(value.get("$ref"), str)}


def _unused_definitions(subject: Subject) -> Found:
    used = _references(subject)
    definitions = subject.content.get("definitions")
    for name in definitions if isinstance(definitions, dict) else ():
        if not _is_used(join("#/definitions", name), used):
            yield join("/definitions", name), ""


_REUSABLE = ("schemas", "responses", "parameters", "examples", "requestBodies", "headers", "links", "callbacks")


def _unused_components(subject: Subject) -> Found:
    used = _references(subject)
    for _, value in subject.objects:
        mapping = value.get("mapping")
        if isinstance(mapping, dict):
            used |= {
                one if "#" in one else f"#/components/schemas/{one}" for one in mapping.values() if isinstance(one, str)
            }
    components = subject.content.get("components")
    for section in _REUSABLE:
        named = member_at(components, section)
        for name in named if isinstance(named, dict) else ():
            if not _is_used(join(f"#/components/{section}", name), used):
                yield join("/components", section, name), ""


def _is_used(place: str, used: set[str]) -> bool:
    return place in used or any(one.startswith(place + "/") for one in used)


def _example_values(subject: Subject) -> Found:
    for pointer, value in subject.objects:
        steps = split(pointer)
        if len(steps) < 3 or steps[-2] != "examples" or steps[0] not in {"paths", "components"}:  # noqa: PLR2004 (a named example)
            continue
        if _is_of_schema(steps) or ("value" in value) != ("externalValue" in value) or "$ref" in value:
            continue
        yield pointer, ""


def _is_of_schema(steps: list[str]) -> bool:
    return any(step in {"schema", "schemas", "properties"} for step in steps[:-2])


def _examples(*, of_media: bool) -> Callable[[Subject], Found]:
    def check(subject: Subject) -> Found:
        original = subject.contract.as_read.original
        for one in example_findings(subject.contract):
            pointer = original(one.pointer)
            within_schema = _is_of_schema(split(pointer))
            if within_schema != of_media:
                yield pointer, one.message

    return check


def _xml_attribute(subject: Subject) -> Found:
    for pointer, value in subject.objects:
        if member_at(value, "xml", "attribute") is True:
            yield join(pointer, "xml"), ""


_B, _ERROR = BuiltIn, Severity.ERROR
SCHEMA_RULES: dict[str, BuiltIn] = {
    "duplicated-entry-in-enum": _B("Enum values must not have duplicate entry.", _distinct_enum),
    "no-eval-in-markdown": _B('Markdown descriptions must not have "eval(".', _no_text(r"eval\(")),
    "no-script-tags-in-markdown": _B('Markdown descriptions must not have "<script>" tags.', _no_text("<script")),
    "no-$ref-siblings": _B(
        "Property must not be placed among $ref", _reference_siblings, _ERROR, formats=("2", "3.0")),
    "array-items": _B('Schemas with "type: array", require a sibling "items" field', _array_items, _ERROR),
    "typed-enum": _B("Enum values must respect the specified type.", _typed_enum),
    "oas2-discriminator": _B(
        "discriminator property must be defined and required", _discriminators, _ERROR, formats=("2",)),
    "oas2-valid-schema-example": _B(
        "Examples must be valid against their defined schema.", _examples(of_media=False), _ERROR, formats=("2",)),
    "oas2-valid-media-example": _B(
        "Examples must be valid against their defined schema.", _examples(of_media=True), _ERROR, formats=("2",)),
    "oas2-anyOf": _B('"anyOf" keyword must not be used in OpenAPI v2 document.', _keyword("anyOf"), formats=("2",)),
    "oas2-oneOf": _B('"oneOf" keyword must not be used in OpenAPI v2 document.', _keyword("oneOf"), formats=("2",)),
    "oas2-schema": _B("Validate structure of OpenAPI v2 specification.", _structure, _ERROR, formats=("2",)),
    "oas2-unused-definition": _B(
        "Potentially unused definition has been detected.", _unused_definitions, formats=("2",)),
    "oas3-examples-value-or-externalValue": _B(
        'Examples must have either "value" or "externalValue" field.', _example_values, formats=("3",)),
    "oas3-valid-media-example": _B(
        "Examples must be valid against their defined schema.", _examples(of_media=True), _ERROR, formats=("3",)),
    "oas3-valid-schema-example": _B(
        "Examples must be valid against their defined schema.", _examples(of_media=False), _ERROR, formats=("3",)),
    "oas3-schema": _B("Validate structure of OpenAPI v3 specification.", _structure, _ERROR, formats=("3",)),
    "oas3-unused-component": _B("Potentially unused component has been detected.", _unused_components, formats=("3",)),
    "oas3_2-no-deprecated-xml-attribute": _B(
        '"xml.attribute" is deprecated in OAS 3.2; use "xml.nodeType: attribute" instead.', _xml_attribute,
        formats=("3.2",)),
}  # fmt: skip
"""The rules by name."""

"""Codes of bodies that break their schema, by the kind of keyword: L020 to L032."""

from __future__ import annotations

from locum.verify.codes.code import Code

__all__ = ["BODIES", "CODE_OF_KEYWORD"]

_JSON_SCHEMA = "JSON Schema Validation, as used by OpenAPI: "


def _code(code: str, rule: str, title: str, words: tuple[str, str, str, str]) -> Code:
    meaning, source, remedy, example = words
    return Code(code, rule, "response_schema_conformance", title, meaning, _JSON_SCHEMA + source, remedy, example)


BODIES = (
    _code(
        "L020",
        "property_missing",
        "A required property is missing.",
        (
            "Clients read a required property without checking that it exists.",
            "`required`, `dependentRequired`.",
            "Send the property, with null if it is nullable; or remove it from `required`.",
            "GET /things/{id} responds without `name`, which is required.",
        ),
    ),
    _code(
        "L021",
        "property_undeclared",
        "An object has a property that its schema forbids.",
        (
            "The schema allows no other properties. Often an internal property leaks.",
            "`additionalProperties`, `unevaluatedProperties`, `propertyNames`.",
            "Do not send it, or declare it.",
            "A thing has `password_hash`, and its schema says `additionalProperties: false`.",
        ),
    ),
    _code(
        "L022",
        "type_wrong",
        "A value has the wrong type.",
        (
            "A typed client cannot parse the response. The usual case is null where null is not declared.",
            "`type`, and `nullable` in OpenAPI 3.0.",
            "Send the declared type; declare null if the value may be missing.",
            '`price` is "12.50", and is declared as a number.',
        ),
    ),
    _code(
        "L023",
        "enum_broken",
        "A value is not one of the declared values.",
        (
            "Clients switch on the declared values, and have no branch for another.",
            "`enum`, `const`.",
            "Send a declared value; or declare the new one, and inform the clients.",
            "`status` is `archived`; declared are `open` and `closed`.",
        ),
    ),
    _code(
        "L024",
        "format_broken",
        "A string does not have the declared format.",
        (
            "Clients parse dates, addresses and ids by their format.",
            "`format`, which locum validates.",
            "Write the value in its format: RFC 3339 for date-time, RFC 4122 for uuid.",
            "`created_at` is `2026-01-01 09:00:00`, without T and time zone.",
        ),
    ),
    _code(
        "L025",
        "pattern_broken",
        "A string does not match its pattern.",
        (
            "Clients recognize the value by the pattern.",
            "`pattern`, an ECMA-262 regular expression, which is not anchored by itself.",
            "Send a value that matches, or fix the pattern.",
            "`id` is `7`, and must match ^thing_[0-9]+$.",
        ),
    ),
    _code(
        "L026",
        "length_broken",
        "A string is too short or too long.",
        (
            "Clients size fields and columns for the declared lengths.",
            "`minLength`, `maxLength`, in characters.",
            "Keep the limit, or widen it.",
            "`name` is empty, and `minLength` is 1.",
        ),
    ),
    _code(
        "L027",
        "number_out_of_range",
        "A number is out of its range.",
        (
            "The declared limits are part of the type.",
            "`minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `multipleOf`.",
            "Keep the limit, or widen it.",
            "`quantity` is -1, and `minimum` is 0.",
        ),
    ),
    _code(
        "L028",
        "items_broken",
        "A list has too few, too many, or equal items.",
        (
            "Clients rely on the limits of a list: a page that is too long, or a duplicate item, breaks them.",
            "`minItems`, `maxItems`, `uniqueItems`, `contains`, `prefixItems`.",
            "Keep the limit, or fix the schema.",
            "GET /things?limit=10 responds with 12 things, and `maxItems` is 10.",
        ),
    ),
    _code(
        "L029",
        "alternative_broken",
        "A value matches none of its alternatives, or more than one.",
        (
            "Clients choose a type by the alternative that matches. With oneOf exactly one must.",
            "`oneOf`, `anyOf`, `not`, and the discriminator.",
            "Check why the value does not match the intended alternative. Use anyOf for alternatives that overlap.",
            "`payment` matches both alternatives of a oneOf.",
        ),
    ),
    _code(
        "L030",
        "properties_too_few_or_many",
        "An object has too few or too many properties.",
        (
            "The schema limits the number of properties.",
            "`minProperties`, `maxProperties`.",
            "Keep the limit, or widen it.",
            "`labels` is {}, and `minProperties` is 1.",
        ),
    ),
    _code(
        "L031",
        "write_only_sent",
        "A response contains a write-only property.",
        (
            "`writeOnly` marks values that must not be returned, such as passwords and secrets. So this is a leak.",
            "`writeOnly`: MUST NOT be sent as part of the response (OpenAPI 3.0.3, 4.7.24).",
            "Do not send it. If it is a secret, change it.",
            "GET /users/{id} responds with `password`.",
        ),
    ),
    _code(
        "L032",
        "schema_broken",
        "A body breaks its schema.",
        (
            "The body breaks a keyword that has no code of its own.",
            "the keyword that the finding points to.",
            "Follow the pointer into the contract.",
            "A value breaks `if` and `then`.",
        ),
    ),
)
"""In order."""

CODE_OF_KEYWORD = {
    **dict.fromkeys(("required", "dependentRequired", "dependencies"), "L020"),
    **dict.fromkeys(("additionalProperties", "unevaluatedProperties", "propertyNames", "falseSchema"), "L021"),
    "type": "L022",
    **dict.fromkeys(("enum", "const"), "L023"),
    "format": "L024",
    "pattern": "L025",
    **dict.fromkeys(("minLength", "maxLength"), "L026"),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), "L027"),
    **dict.fromkeys(("minItems", "maxItems", "uniqueItems", "contains", "additionalItems", "unevaluatedItems"), "L028"),
    **dict.fromkeys(("oneOf", "anyOf", "not"), "L029"),
    **dict.fromkeys(("minProperties", "maxProperties"), "L030"),
}
"""By JSON Schema keyword; others are L032."""

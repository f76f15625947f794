"""Codes of how a body breaks its schema, by the kind of keyword: L020 to L032."""

from __future__ import annotations

from locum.verify.codes.code import Code

__all__ = ["BODIES", "CODE_OF_KEYWORD"]

_JSON_SCHEMA = "JSON Schema Validation, as OpenAPI takes it over: "


def _code(code: str, rule: str, title: str, words: tuple[str, str, str, str]) -> Code:
    meaning, source, remedy, example = words
    return Code(code, rule, "response_schema_conformance", title, meaning, _JSON_SCHEMA + source, remedy, example)


BODIES = (
    _code(
        "L020",
        "property_missing",
        "A property that must be there is not.",
        (
            "Clients read a required property without asking whether it is there.",
            "`required`, `dependentRequired`.",
            "Send the property, with null where it is nullable; or take it out of `required`.",
            "GET /things/{id} answers without `name`, which is required.",
        ),
    ),
    _code(
        "L021",
        "property_undeclared",
        "There is a property that must not be.",
        (
            "The schema closes the object: nothing else may stand in it. Often what is internal leaks.",
            "`additionalProperties`, `unevaluatedProperties`, `propertyNames`.",
            "Do not send it, or declare it.",
            "A thing has `password_hash`, and its schema says `additionalProperties: false`.",
        ),
    ),
    _code(
        "L022",
        "type_wrong",
        "A value is of another type.",
        (
            "A typed client cannot even read the answer. null where no null is declared is the usual case.",
            "`type`, and `nullable` in OpenAPI 3.0.",
            "Send the declared type; declare null where there may be none.",
            '`price` is "12.50" and declared as a number.',
        ),
    ),
    _code(
        "L023",
        "enum_broken",
        "A value is none of those that are declared.",
        (
            "Clients switch over the declared values, and have no branch for another.",
            "`enum`, `const`.",
            "Send one of them, or declare the new one and tell the clients.",
            "`status` is `archived`; declared are `open` and `closed`.",
        ),
    ),
    _code(
        "L024",
        "format_broken",
        "A text has not the declared format.",
        (
            "Clients parse dates, addresses and ids by their format.",
            "`format`, which this proof asserts.",
            "Write the value as the format says: RFC 3339 for date-time, RFC 4122 for uuid.",
            "`created_at` is `2026-01-01 09:00:00`, with no T and no zone.",
        ),
    ),
    _code(
        "L025",
        "pattern_broken",
        "A text does not match its pattern.",
        (
            "The pattern is how clients recognize the value.",
            "`pattern`, an ECMA-262 regular expression, which is not anchored by itself.",
            "Send what matches, or mend the pattern.",
            "`id` is `7`, and must match ^thing_[0-9]+$.",
        ),
    ),
    _code(
        "L026",
        "length_broken",
        "A text is too short or too long.",
        (
            "Clients size fields and columns by the declared lengths.",
            "`minLength`, `maxLength`, in characters.",
            "Keep the bound, or widen it.",
            "`name` is empty, and `minLength` is 1.",
        ),
    ),
    _code(
        "L027",
        "number_out_of_range",
        "A number is out of its range.",
        (
            "The declared bounds are part of the type.",
            "`minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `multipleOf`.",
            "Keep the bound, or widen it.",
            "`quantity` is -1, and `minimum` is 0.",
        ),
    ),
    _code(
        "L028",
        "items_broken",
        "A list has too few, too many, or equal items.",
        (
            "A page that is longer than its limit, or a list that holds a thing twice, breaks who relies on it.",
            "`minItems`, `maxItems`, `uniqueItems`, `contains`, `prefixItems`.",
            "Keep the bound, or mend the schema.",
            "GET /things?limit=10 answers 12 things, and `maxItems` is 10.",
        ),
    ),
    _code(
        "L029",
        "alternative_broken",
        "A value is none of its alternatives, or more than one.",
        (
            "Clients choose a type by which alternative fits. With oneOf exactly one must.",
            "`oneOf`, `anyOf`, `not`, and the discriminator.",
            "See which alternative is meant, and what keeps the value from it; alternatives that overlap want anyOf.",
            "`payment` fits both alternatives of a oneOf.",
        ),
    ),
    _code(
        "L030",
        "properties_too_few_or_many",
        "An object has too few or too many properties.",
        (
            "The number of members is bounded by the schema.",
            "`minProperties`, `maxProperties`.",
            "Keep the bound, or widen it.",
            "`labels` is {}, and `minProperties` is 1.",
        ),
    ),
    _code(
        "L031",
        "write_only_sent",
        "A property that is only for requests is answered.",
        (
            "`writeOnly` is for what must not come back: passwords, secrets. So this is a leak.",
            "`writeOnly`: MUST NOT be sent as part of the response (OpenAPI 3.0.3, 4.7.24).",
            "Do not send it. If it was a secret, change it.",
            "GET /users/{id} answers with `password`.",
        ),
    ),
    _code(
        "L032",
        "schema_broken",
        "A body breaks its schema.",
        (
            "The body breaks a rule that has no code of its own.",
            "the keyword that the finding names.",
            "See the pointer into the contract.",
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

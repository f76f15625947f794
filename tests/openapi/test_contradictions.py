"""Contradictions: unsatisfiable schemas and ineffective keywords, and similar valid ones."""

from __future__ import annotations

import pytest

from locum.openapi.lint.diagnostics import Severity
from tests.openapi.linting import LintedDocument

ERROR, WARNING = Severity.ERROR, Severity.WARNING
SCHEMAS = """\
paths: {}
components:
  schemas:
    A: %s
    Cat: {type: object, properties: {kind: {type: string}}}
    Dog: {type: object, properties: {kind: {type: string}}}
    Puppy: {allOf: [{$ref: '#/components/schemas/A'}]}
    Short: {type: string, maxLength: 3}
    Closed: {type: object, properties: {b: {}}, additionalProperties: false}
"""


@pytest.fixture
def found(tmp_path):
    """Return a function that returns the diagnostics of schema A, with pointers relative to it."""

    def of(text, version="3.1.0"):
        written = LintedDocument(tmp_path, SCHEMAS % text, version)
        return [
            (one.severity, one.code, one.pointer.removeprefix("/components/schemas/A"), one.message)
            for one in written.diagnostics
            if one.code not in {"other-version", "invalid-openapi"}
        ]

    return of


BOUNDS = [
    ("{type: integer, minimum: 5, maximum: 3}", "/minimum", "minimum 5 and maximum 3 leave no number."),
    ("{type: number, minimum: 0.2, maximum: 0.1}", "/minimum", "minimum 0.2 and maximum 0.1 leave no number."),
    ("{type: integer, minimum: 1.2, maximum: 1.8}", "/minimum", "minimum 1.2 and maximum 1.8 leave no whole number."),
    (
        "{type: integer, multipleOf: 10, minimum: 1, maximum: 9}",
        "/minimum",
        "minimum 1 and maximum 9 leave no multiple of 10.",
    ),
    (
        "{type: number, multipleOf: 0.1, minimum: 0.31, maximum: 0.39}",
        "/minimum",
        "minimum 0.31 and maximum 0.39 leave no multiple of 0.1.",
    ),
    ("{type: string, minLength: 5, maxLength: 3}", "/minLength", "minLength 5 is above maxLength 3."),
    ("{type: array, items: {}, minItems: 5, maxItems: 3}", "/minItems", "minItems 5 is above maxItems 3."),
    ("{type: object, minProperties: 5, maxProperties: 3}", "/minProperties", "minProperties 5 is above maxProperties"),
    ("{minLength: 5, maxLength: 3}", "/minLength", "minLength 5 is above maxLength 3."),
    ("{type: integer, allOf: [{minimum: 5}, {maximum: 3}]}", "", "minimum 5 and maximum 3 leave no number."),
    ("{type: integer, minimum: 5, allOf: [{maximum: 3}]}", "/minimum", "minimum 5 and maximum 3 leave no number."),
    (
        "{allOf: [{$ref: '#/components/schemas/Short'}, {minLength: 5}]}",
        "",
        "minLength 5 is above maxLength 3.",
    ),
    (
        "{type: string, minLength: 5, allOf: [{$ref: '#/components/schemas/Short'}]}",
        "/minLength",
        "minLength 5 is above maxLength 3.",
    ),
]


@pytest.mark.parametrize(("text", "pointer", "message"), BOUNDS)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_bounds_that_exclude_every_value_are_an_error(found, text, pointer, message, version):
    ((severity, code, where, said),) = found(text, version)

    assert (severity, code, where) == (ERROR, "contradictory-bounds", pointer)
    assert said.startswith(message)


@pytest.mark.parametrize(
    ("text", "version", "message"),
    [
        (
            "{type: number, exclusiveMinimum: 5, maximum: 5}",
            "3.1.0",
            "exclusiveMinimum 5 and maximum 5 leave no number.",
        ),
        (
            "{type: number, exclusiveMinimum: 5, exclusiveMaximum: 5}",
            "3.1.0",
            "exclusiveMinimum 5 and exclusiveMaximum 5 leave no number.",
        ),
        (
            "{type: integer, exclusiveMinimum: 1, exclusiveMaximum: 2}",
            "3.1.0",
            "exclusiveMinimum 1 and exclusiveMaximum 2 leave no whole number.",
        ),
        (
            "{type: number, minimum: 5, exclusiveMinimum: true, maximum: 5}",
            "3.0.3",
            "minimum 5 and maximum 5 leave no number.",
        ),
        (
            "{type: integer, minimum: 1, exclusiveMinimum: true, maximum: 2, exclusiveMaximum: true}",
            "3.0.3",
            "minimum 1 and maximum 2 leave no whole number.",
        ),
    ],
)
def test_exclusive_bounds_are_read_by_the_rules_of_their_version(found, text, version, message):
    ((severity, code, _, said),) = found(text, version)

    assert (severity, code, said) == (ERROR, "contradictory-bounds", message)


TYPES = [
    ("{allOf: [{type: string}, {type: integer}]}", "/allOf", "no value is both string and integer."),
    ("{type: string, allOf: [{type: integer}]}", "/allOf", "no value is both string and integer."),
    (
        "{allOf: [{type: object}, {$ref: '#/components/schemas/Short'}]}",
        "/allOf",
        "no value is both object and string.",
    ),
    ("{allOf: [{allOf: [{type: string}]}, {type: array, items: {}}]}", "/allOf", "no value is both string and array."),
]


@pytest.mark.parametrize(("text", "pointer", "message"), TYPES)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_types_that_exclude_each_other_are_an_error(found, text, pointer, message, version):
    assert found(text, version) == [(ERROR, "contradictory-types", pointer, message)]


def test_keywords_beside_a_reference_apply_only_in_3_1(found):
    text = "{$ref: '#/components/schemas/Short', type: integer}"

    assert found(text, "3.1.0") == [(ERROR, "contradictory-types", "", "no value is both integer and string.")]
    assert found(text, "3.0.3") == []


def test_a_contradiction_is_reported_once_at_its_location(tmp_path):
    text = """\
paths: {}
components:
  schemas:
    Base: {allOf: [{type: string}, {type: integer}]}
    Low: {type: integer, minimum: 5, maximum: 3}
    Both: {type: object, required: [a], additionalProperties: false}
    A: {allOf: [{$ref: '#/components/schemas/Base'}]}
    B: {allOf: [{$ref: '#/components/schemas/Low'}, {description: low}]}
    C: {description: c, allOf: [{$ref: '#/components/schemas/B'}]}
    D: {allOf: [{$ref: '#/components/schemas/Both'}]}
    E: {allOf: [{$ref: '#/components/schemas/D'}, {properties: {b: {}}}]}
"""

    assert [one.pointer for one in LintedDocument(tmp_path, text).diagnostics] == [
        "/components/schemas/Base/allOf",
        "/components/schemas/Low/minimum",
        "/components/schemas/Both/required",
    ]


CHOICES = [
    ("{type: string, enum: [1, 2]}", ERROR, "/enum", "enum has 1, and the type is string."),
    ("{type: string, enum: [a, 2]}", WARNING, "/enum", "enum has 2, and the type is string."),
    ("{type: integer, enum: [1.5]}", ERROR, "/enum", "enum has 1.5, and the type is integer."),
    ("{type: boolean, enum: ['true']}", ERROR, "/enum", "enum has 'true', and the type is boolean."),
    ("{type: object, enum: [[a]]}", ERROR, "/enum", "enum has a list of 1, and the type is object."),
    ("{type: string, const: 5}", ERROR, "/const", "const has 5, and the type is string."),
    ("{allOf: [{type: string}, {enum: [1]}]}", ERROR, "", "enum has 1, and the type is string."),
    ("{type: string, allOf: [{enum: [1]}]}", ERROR, "", "enum has 1, and the type is string."),
    ("{type: string, enum: [abc], maxLength: 2}", ERROR, "/enum", "no value of enum fits the maxLength beside it."),
    ("{type: string, enum: [abc], pattern: ^d}", ERROR, "/enum", "no value of enum fits the pattern beside it."),
    ("{type: integer, enum: [1, 2], minimum: 5}", ERROR, "/enum", "no value of enum fits the minimum beside it."),
    ("{const: 1, enum: [2, 3]}", ERROR, "/enum", "no value of enum fits the const beside it."),
]


@pytest.mark.parametrize("case", CHOICES)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_enum_values_that_break_the_type_or_other_keywords_are_reported(found, case, version):
    text, severity, pointer, message = case
    assert found(text, version) == [(severity, "contradictory-choices", pointer, message)]


FORBIDDEN = "'a' is required, and `additionalProperties: false` forbids it."
REQUIRED = [
    ("{type: object, required: [a], additionalProperties: false}", "/required", FORBIDDEN),
    ("{type: object, required: [a, b], properties: {b: {}}, additionalProperties: false}", "/required", FORBIDDEN),
    ("{type: object, required: [a], allOf: [{$ref: '#/components/schemas/Closed'}]}", "/required", FORBIDDEN),
    ("{type: object, additionalProperties: false, allOf: [{required: [a]}]}", "/additionalProperties", FORBIDDEN),
    ("{allOf: [{type: object, required: [a]}, {$ref: '#/components/schemas/Closed'}]}", "/allOf", FORBIDDEN),
    (
        "{type: object, additionalProperties: false, required: [a], allOf: [{properties: {a: {}}}]}",
        "/required",
        FORBIDDEN,
    ),
    (
        "{type: object, required: [a], properties: {a: {not: {}}}}",
        "/required",
        "'a' is required, and its schema admits nothing.",
    ),
    ("{type: object, required: [a, b], maxProperties: 1}", "", "2 properties are required, and maxProperties is 1."),
    ("{required: [a], additionalProperties: false}", "/required", FORBIDDEN),
]


@pytest.mark.parametrize(("text", "pointer", "message"), REQUIRED)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_required_member_that_is_forbidden_is_an_error(found, text, pointer, message, version):
    assert found(text, version) == [(ERROR, "required-and-forbidden", pointer, message)]


def test_a_property_whose_schema_is_false_is_forbidden(found):
    assert found("{type: object, required: [a], properties: {a: false}}") == [
        (ERROR, "required-and-forbidden", "/required", "'a' is required, and its schema admits nothing.")
    ]


ALONE = "never matches alone: whatever fits it fits alternative %d of the `oneOf`, too."


@pytest.mark.parametrize(
    ("text", "index", "other"),
    [
        ("{oneOf: [{type: string}, {type: string}]}", 1, 0),
        ("{oneOf: [{type: integer}, {type: number}]}", 0, 1),
        ("{oneOf: [{type: string}, {type: string, format: date}]}", 1, 0),
        ("{oneOf: [{}, {type: string}]}", 1, 0),
        ("{oneOf: [{type: string, description: a}, {type: string, title: b}]}", 1, 0),
        ("{oneOf: [{type: object}, {$ref: '#/components/schemas/Cat'}]}", 1, 0),
        ("{oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Cat'}]}", 1, 0),
    ],
)
def test_an_alternative_that_never_matches_on_its_own_is_a_warning(found, text, index, other):
    assert found(text) == [(WARNING, "overlapping-alternatives", f"/oneOf/{index}", ALONE % other)]


MAPPED = "oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]"


@pytest.mark.parametrize(
    ("target", "severity", "message"),
    [
        ("Gone", ERROR, "'x' maps to 'Gone', and there is no such schema."),
        ("Short", WARNING, "'x' maps to Short, which is not one of the alternatives here."),
        (
            "'#/components/schemas/Short'",
            WARNING,
            "'x' maps to #/components/schemas/Short, which is not one of the alternatives here.",
        ),
    ],
)
def test_a_mapping_to_nothing_or_to_no_member_is_reported(found, target, severity, message):
    text = f"{{{MAPPED}, discriminator: {{propertyName: kind, mapping: {{x: {target}, y: Dog}}}}}}"

    assert found(text) == [(severity, "unknown-mapping", "/discriminator/mapping/x", message)]


def test_a_mapping_with_an_unresolvable_reference_is_reported(found):
    text = f"{{{MAPPED}, discriminator: {{propertyName: kind, mapping: {{x: '#/components/schemas/Gone'}}}}}}"
    ((severity, code, pointer, _),) = found(text)

    assert (severity, code, pointer) == (ERROR, "unresolved-reference", "/discriminator/mapping/x")


def test_without_alternatives_schemas_that_extend_the_base_are_alternatives(found):
    text = "{type: object, properties: {kind: {}}, discriminator: {propertyName: kind, mapping: {x: %s}}}"

    assert found(text % "Puppy") == []
    assert found(text % "A") == []
    assert found(text % "Dog") == [
        (
            WARNING,
            "unknown-mapping",
            "/discriminator/mapping/x",
            "'x' maps to Dog, which is not one of the alternatives here.",
        )
    ]


def test_alternatives_without_the_discriminator_property_are_a_warning(found):
    text = f"{{{MAPPED}, discriminator: {{propertyName: sort}}}}"

    assert found(text) == [
        (
            WARNING,
            "unknown-discriminator",
            "/discriminator/propertyName",
            f"#/components/schemas/{name} does not declare the property 'sort', by which it is chosen.",
        )
        for name in ("Cat", "Dog")
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("maxLenght: 3", "maxLength"),
        ("minlength: 3", "minLength"),
        ("patern: a", "pattern"),
        ("requried: [a]", "required"),
        ("properites: {}", "properties"),
        ("enumm: [a]", "enum"),
        ("reqired: [a]", "required"),
    ],
)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_misspelt_keyword_is_a_warning(found, written, meant, version):
    name = written.partition(":")[0]

    assert found(f"{{type: object, {written}}}", version) == [
        (WARNING, "misspelt-keyword", f"/{name}", f"{name!r} is not known here. Did you mean {meant}?")
    ]


@pytest.mark.parametrize(
    ("text", "version", "code", "message"),
    [
        ("{type: string, nullable: true}", "3.1.0", "/nullable", "`nullable` is of OpenAPI 3.0; 3.1 writes"),
        ("{const: 1}", "3.0.3", "/const", "'const' is a keyword of OpenAPI 3.1, and this document is of 3.0."),
        ("{if: {}}", "3.0.3", "/if", "'if' is a keyword of OpenAPI 3.1, and this document is of 3.0."),
    ],
)
def test_a_keyword_of_the_other_version_is_a_warning(tmp_path, text, version, code, message):
    (one,) = LintedDocument(tmp_path, SCHEMAS % text, version).diagnostics

    assert (one.severity, one.code, one.pointer) == (WARNING, "other-version", "/components/schemas/A" + code)
    assert one.message.startswith(message)
    assert one.fallback == ("It is ignored." if code == "/if" else "It is honoured.")


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    "text",
    [
        "{type: number, minimum: 5, maximum: 5}",
        "{type: integer, minimum: 1, maximum: 2, multipleOf: 2}",
        "{type: number, multipleOf: 0.01, minimum: 0.07, maximum: 0.07}",
        "{type: string, minimum: 5, maximum: 3}",
        "{type: integer, minLength: 5, maxLength: 3}",
        "{type: string, minLength: 3, maxLength: 3}",
        "{allOf: [{type: integer}, {type: number}]}",
        "{allOf: [{minimum: 5}, {maximum: 7}], type: integer}",
        "{anyOf: [{minimum: 5}, {maximum: 3}], type: integer}",
        "{type: integer, enum: [1.0, 2]}",
        "{type: number, enum: [1, 2.5]}",
        "{type: string, enum: [abc, x], maxLength: 2}",
        "{type: object, required: [a], properties: {a: {}}, additionalProperties: false}",
        "{type: object, required: [a], additionalProperties: {type: string}}",
        "{type: object, required: [a], patternProperties: {a: {}}, additionalProperties: false}",
        "{type: object, required: [a, b], maxProperties: 2}",
        "{allOf: [{type: object, required: [b]}, {$ref: '#/components/schemas/Closed'}]}",
        "{type: object, properties: {a: {not: {}}}}",
        "{oneOf: [{type: string}, {type: integer}]}",
        "{oneOf: [{required: [a]}, {required: [b]}]}",
        "{oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Short'}]}",
        "{anyOf: [{type: string}, {type: string}]}",
        "{oneOf: [{type: object}, {type: object}], discriminator: {propertyName: kind}}",
        f"{{{MAPPED}, discriminator: {{propertyName: kind, mapping: {{x: Dog, y: '#/components/schemas/Cat'}}}}}}",
        "{type: object, properties: {maxLenght: {type: string}, requried: {}}}",
        "{type: object, x-requird: [a]}",
        "{type: string, example: a, title: b, xml: {name: c}, externalDocs: {url: d}}",
    ],
)
def test_valid_schemas_are_not_reported(found, text, version):
    assert found(text, version) == []


@pytest.mark.parametrize(
    "text",
    [
        "{type: [string, 'null'], enum: [a, null]}",
        "{type: [string, integer], allOf: [{type: [integer, 'null']}]}",
        "{$ref: '#/components/schemas/Short', minLength: 2}",
        "{type: object, $defs: {x: {}}, if: {}, then: {}, else: {}}",
    ],
)
def test_valid_schemas_of_3_1_are_not_reported(found, text):
    assert found(text, "3.1.0") == []


def test_nullable_schemas_accept_null(found):
    assert found("{type: string, nullable: true, enum: [a, null]}", "3.0.3") == []
    assert found("{allOf: [{type: string, nullable: true}, {type: integer, nullable: true}]}", "3.0.3") == []
    assert found("{type: string, nullable: true, minLength: 5, maxLength: 3}", "3.0.3") == [
        (WARNING, "contradictory-bounds", "/minLength", "minLength 5 is above maxLength 3.")
    ]


def test_a_cycle_of_all_of_terminates(found):
    assert found("{allOf: [{$ref: '#/components/schemas/Puppy'}], minimum: 1}") == []

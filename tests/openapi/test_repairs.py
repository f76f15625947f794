"""Repairs: each unusable piece is reported with its location, and has its fallback."""

from __future__ import annotations

import copy

import pytest

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.lint.diagnostics import Severity
from locum.openapi.load.documents import read
from locum.openapi.repair.documents import repairs_of
from locum.openapi.repair.repairs import Repair, RepairChange, apply
from tests.openapi.linting import VALID, LintedDocument, operation, paths, schema

ERROR, WARNING = Severity.ERROR, Severity.WARNING


@pytest.fixture
def written(tmp_path):
    """Return a function that writes, reads and compiles a document."""
    return lambda text, version="3.1.0": LintedDocument(tmp_path, text, version)


OBJECTS = [
    # A document, and its diagnostic: severity, code, pointer, a part of the message, the fallback.
    ("paths: []", ERROR, "wrong-type", "/paths", "must be an object, not an empty list.", "It is ignored."),
    (paths("/a: text"), ERROR, "wrong-type", "/paths/~1a", "a path item is an object, not 'text'.", "no operations."),
    (paths(f"b: {{get: {VALID}}}"), ERROR, "path-form", "/paths/b", "begins with a slash: write /b.", "served there."),
    (paths("/a/{b: {}"), ERROR, "path-form", "/paths/~1a~1{b", "the braces of the path do not match", "literal text."),
    (
        paths(f"/a?b=1: {{get: {VALID}}}"),
        WARNING,
        "path-form",
        "/paths/~1a?b=1",
        "a path must not contain a query: declare its parameters with `in: query`.",
        "It is served to requests with this query.",
    ),
    (paths("/a: {get: 5}"), ERROR, "wrong-type", "/paths/~1a/get", "an operation is an object, not 5.", "returns 200"),
    (
        paths("/a: {get: {responses: [200]}}"),
        ERROR,
        "wrong-type",
        "/paths/~1a/get/responses",
        "must be an object, not a list of 1.",
        "It is ignored.",
    ),
    (
        paths("/a: {get: {responses: {20: {}}}}"),
        ERROR,
        "unknown-status",
        "/paths/~1a/get/responses/20",
        "'20' is not a status: write one like '200', a range like '4XX', or `default`.",
        "The response is ignored.",
    ),
    (
        paths("/a: {get: {responses: {'200': ok}}}"),
        ERROR,
        "wrong-type",
        "/paths/~1a/get/responses/200",
        "a response is an object, not 'ok'.",
        "It has no content.",
    ),
    (
        paths("/a: {get: {responses: {'200': {description: '', content: {a/b: {schema: text}}}}}}"),
        ERROR,
        "wrong-type",
        "/paths/~1a/get/responses/200/content/a~1b/schema",
        "a schema is an object, not 'text'.",
        "It admits any value.",
    ),
    (
        paths("/a: {get: {responses: {'200': {description: '', content: {a/b: text}}}}}"),
        ERROR,
        "wrong-type",
        "/paths/~1a/get/responses/200/content/a~1b",
        "a media type is an object, not 'text'.",
        "Its content may be anything.",
    ),
    (
        paths("/a: {get: {responses: {'200': {description: '', headers: [a]}}}}"),
        ERROR,
        "wrong-type",
        "/paths/~1a/get/responses/200/headers",
        "must be an object, not a list of 1.",
        "It is ignored.",
    ),
    (
        paths("/a: {get: {responses: {'200': {description: '', headers: {a b: {schema: {}}}}}}}"),
        ERROR,
        "unusable-header",
        "/paths/~1a/get/responses/200/headers/a b",
        "'a b' is not a valid header name.",
        "It is ignored.",
    ),
    (
        paths("/a: {get: {responses: {'200': {description: '', links: {a: 5}}}}}"),
        WARNING,
        "wrong-type",
        "/paths/~1a/get/responses/200/links/a",
        "a link is an object, not 5.",
        "It is ignored.",
    ),
    (
        operation("operationId: 5"),
        WARNING,
        "wrong-type",
        "/paths/~1a/get/operationId",
        "must be text, not 5.",
        "It is ignored.",
    ),
    (operation("tags: x"), WARNING, "wrong-type", "/paths/~1a/get/tags", "must be a list, not 'x'.", "It is ignored."),
    (
        operation("deprecated: 'yes'"),
        WARNING,
        "wrong-type",
        "/paths/~1a/get/deprecated",
        "must be true or false, not 'yes'.",
        "It is ignored.",
    ),
    (
        operation("parameters: {a: b}"),
        ERROR,
        "wrong-type",
        "/paths/~1a/get/parameters",
        "must be a list, not an object with 'a'.",
        "It is ignored.",
    ),
    (
        operation("parameters: [a]"),
        ERROR,
        "wrong-type",
        "/paths/~1a/get/parameters/0",
        "a parameter is an object, not 'a'.",
        "It is ignored.",
    ),
    (
        operation("parameters: [{in: query, schema: {}}]"),
        ERROR,
        "unusable-parameter",
        "/paths/~1a/get/parameters/0",
        "needs a `name`",
        "The parameter is ignored.",
    ),
    (
        operation("parameters: [{name: a, schema: {}}]"),
        ERROR,
        "unusable-parameter",
        "/paths/~1a/get/parameters/0",
        "needs `in`: path, query, header, cookie",
        "The parameter is ignored.",
    ),
    (
        operation("parameters: [{name: a, in: qeury, schema: {}}]"),
        ERROR,
        "unusable-parameter",
        "/paths/~1a/get/parameters/0/in",
        "'qeury' is not one of path, query, header, cookie",
        "The parameter is ignored.",
    ),
    (
        operation("parameters: [{name: a, in: {}, schema: {}}]"),
        ERROR,
        "unusable-parameter",
        "/paths/~1a/get/parameters/0/in",
        "an empty object is not one of path, query, header, cookie",
        "The parameter is ignored.",
    ),
    (
        operation("parameters: [{name: a, in: body, schema: {}}]"),
        ERROR,
        "unusable-parameter",
        "/paths/~1a/get/parameters/0/in",
        "OpenAPI 3 has `requestBody` for it.",
        "The parameter is ignored.",
    ),
    (
        operation("parameters: [{name: a b, in: header, schema: {}}]"),
        ERROR,
        "unusable-parameter",
        "/paths/~1a/get/parameters/0/name",
        "'a b' is not a valid header name.",
        "The parameter is ignored.",
    ),
    (
        operation("parameters: [{name: a, in: query}]"),
        WARNING,
        "missing-schema",
        "/paths/~1a/get/parameters/0",
        "the parameter 'a' needs a `schema`, or `content`.",
        "Its value is text.",
    ),
    (
        operation("parameters: [{name: a, in: query, type: integer}]"),
        WARNING,
        "missing-schema",
        "/paths/~1a/get/parameters/0",
        "the parameter 'a' needs a `schema`, or `content`.",
        "Its keywords of Swagger 2.0 are used as its schema.",
    ),
    (
        operation("parameters: [{name: a, in: query, style: matrix, schema: {}}]"),
        ERROR,
        "unknown-style",
        "/paths/~1a/get/parameters/0/style",
        "'matrix' is not a style for it: a query parameter has deepObject or form or",
        "The default style is used.",
    ),
    (
        operation("parameters: [{name: a, in: query, schema: {}}, {name: a, in: query, schema: {type: integer}}]"),
        WARNING,
        "repeated-parameter",
        "/paths/~1a/get/parameters/1",
        "the query parameter 'a' is declared twice here.",
        "The first counts.",
    ),
    (
        operation("requestBody: text"),
        ERROR,
        "wrong-type",
        "/paths/~1a/get/requestBody",
        "a request body is an object, not 'text'.",
        "Any body is accepted.",
    ),
    (
        operation("requestBody: {}"),
        ERROR,
        "missing-field",
        "/paths/~1a/get/requestBody",
        "a request body needs `content`",
        "Any body is accepted.",
    ),
    (
        operation("requestBody: {content: []}"),
        ERROR,
        "wrong-type",
        "/paths/~1a/get/requestBody/content",
        "must be an object, not an empty list.",
        "Any body is accepted.",
    ),
    (
        operation("security: [{key: []}]"),
        ERROR,
        "undeclared-security-scheme",
        "/paths/~1a/get/security/0/key",
        "the security scheme 'key' is not declared under /components/securitySchemes.",
        "Any credential is accepted.",
    ),
    (
        operation("security: [{K: null}]") + "\ncomponents: {securitySchemes: {K: {type: http, scheme: basic}}}",
        WARNING,
        "wrong-type",
        "/paths/~1a/get/security/0/K",
        "must be a list of scopes, not null.",
        "No scope is needed.",
    ),
    (
        operation("security: [{K: [a, 5]}]") + "\ncomponents: {securitySchemes: {K: {type: http, scheme: basic}}}",
        ERROR,
        "wrong-type",
        "/paths/~1a/get/security/0/K",
        "must be a list of scopes, not a list of 2.",
        "Names that are text count.",
    ),
    (
        operation("security: [5]"),
        ERROR,
        "wrong-type",
        "/paths/~1a/get/security/0",
        "a security requirement is an object, not 5.",
        "It is ignored.",
    ),
    (
        operation("servers: [{url: 5}]"),
        ERROR,
        "unusable-server",
        "/paths/~1a/get/servers/0",
        "a server needs a `url`, which is text.",
        "It is ignored.",
    ),
    (
        "paths: {}\ncomponents: {securitySchemes: {A: {type: apikey, name: x, in: header}}}",
        ERROR,
        "unusable-security-scheme",
        "/components/securitySchemes/A/type",
        "'apikey' is not one of apiKey, http, mutualTLS, oauth2, openIdConnect. Did you mean apiKey?",
        "Any credential is accepted.",
    ),
    (
        "paths: {}\ncomponents: {securitySchemes: {A: {type: http}}}",
        ERROR,
        "unusable-security-scheme",
        "/components/securitySchemes/A",
        "'scheme' is missing.",
        "Any credential is accepted.",
    ),
    (
        "paths: {}\ncomponents: {examples: {A: 5}}",
        ERROR,
        "wrong-type",
        "/components/examples/A",
        "an example is an object, not 5.",
        "It is ignored.",
    ),
    (
        paths("/a: {get: {responses: {'200': {description: '', content: {a/b: {examples: [{value: 1}, 2]}}}}}}"),
        WARNING,
        "wrong-type",
        "/paths/~1a/get/responses/200/content/a~1b/examples",
        "must be an object of examples by name, not a list of 2.",
        "Each item is an example.",
    ),
]


@pytest.mark.parametrize("case", OBJECTS)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_an_unusable_piece_is_one_diagnostic(written, case, version):
    text, severity, code, pointer, message, fallback = case
    found = written(text, version).only

    assert (found.severity, found.code, found.pointer) == (severity, code, pointer)
    assert message in found.message
    assert found.fallback.endswith(fallback) or fallback in found.fallback


SCHEMAS = [
    # A schema, its diagnostic, and the repaired schema.
    ("5", ERROR, "wrong-type", "", "a schema is an object, not 5.", {}),
    ("null", ERROR, "wrong-type", "", "a schema is an object, not null.", {}),
    ("{type: strin}", ERROR, "unknown-type", "/type", "'strin' is not one of array, boolean, ", {}),
    ("{type: [strin, integer]}", ERROR, "unknown-type", "/type", "Did you mean string?", {"type": ["integer"]}),
    ("{type: [[string]]}", ERROR, "unknown-type", "/type", "a list of 1 is not one of", {}),
    ("{type: {}}", ERROR, "unknown-type", "/type", "an empty object is not one of", {}),
    ("{minimum: x}", ERROR, "wrong-type", "/minimum", "must be a number, not 'x'.", {}),
    ("{minimum: '5'}", WARNING, "wrong-type", "/minimum", "must be a number, not '5'.", {"minimum": 5}),
    ("{maxLength: -1}", ERROR, "wrong-type", "/maxLength", "whole number that is not negative, not -1.", {}),
    ("{maxLength: 3.0}", WARNING, "wrong-type", "/maxLength", "must be a whole number", {"maxLength": 3}),
    ("{maxItems: true}", ERROR, "wrong-type", "/maxItems", "must be a whole number", {}),
    ("{multipleOf: 0}", ERROR, "wrong-type", "/multipleOf", "must be above 0, not 0.", {}),
    ("{pattern: '('}", ERROR, "invalid-pattern", "/pattern", "is not a regular expression of ECMA 262.", {}),
    ("{pattern: [a]}", ERROR, "wrong-type", "/pattern", "must be text, not a list of 1.", {}),
    ("{required: true}", ERROR, "wrong-type", "/required", "must be a list, not true.", {}),
    ("{required: name}", ERROR, "wrong-type", "/required", "must be a list, not 'name'.", {}),
    ("{required: [a, 5]}", ERROR, "wrong-type", "/required", "and not 5.", {"required": ["a"]}),
    ("{required: [a, a]}", WARNING, "repeated-item", "/required", "the same item twice.", {"required": ["a"]}),
    ("{enum: x}", ERROR, "wrong-type", "/enum", "must be a list, not 'x'.", {}),
    ("{enum: [1, 1.0, true]}", WARNING, "repeated-item", "/enum", "same item twice.", {"enum": [1, True]}),
    ("{properties: [a]}", ERROR, "wrong-type", "/properties", "must be an object, not a list of 1.", {}),
    ("{properties: {b: 5}}", ERROR, "wrong-type", "/properties/b", "a schema is an object", {"properties": {"b": {}}}),
    ("{oneOf: []}", WARNING, "empty-list", "/oneOf", "is empty, and needs at least one item.", {}),
    ("{oneOf: {type: string}}", WARNING, "wrong-type", "/oneOf", "must be a list", {"oneOf": [{"type": "string"}]}),
    ("{anyOf: x}", ERROR, "wrong-type", "/anyOf", "must be a list, not 'x'.", {}),
    ("{allOf: [{}, {type: x}]}", ERROR, "unknown-type", "/allOf/1/type", "'x' is not one of", {"allOf": [{}, {}]}),
    ("{not: 5}", ERROR, "wrong-type", "/not", "a schema is an object, not 5.", {"not": {}}),
    ("{readOnly: 'yes'}", ERROR, "wrong-type", "/readOnly", "must be true or false, not 'yes'.", {}),
    ("{format: 5}", ERROR, "wrong-type", "/format", "must be text, not 5.", {}),
    ("{title: 5}", WARNING, "wrong-type", "/title", "must be text, not 5.", {}),
    ("{description: null}", WARNING, "wrong-type", "/description", "must be text, not null.", {}),
    (
        "{discriminator: type}",
        WARNING,
        "wrong-type",
        "/discriminator",
        "must be an object, not 'type'.",
        {"discriminator": {"propertyName": "type"}},
    ),
    ("{discriminator: {}}", ERROR, "missing-field", "/discriminator", "'propertyName' is missing.", {}),
    ("{xml: 5}", ERROR, "wrong-type", "/xml", "must be an object, not 5.", {}),
    (
        "{$ref: '#/components/schemas/Gone'}",
        ERROR,
        "unresolved-reference",
        "/$ref",
        "#/components/schemas/Gone leads nowhere: there is no 'Gone' at #/components/schemas.",
        {},
    ),
    ("{$ref: 5}", ERROR, "wrong-type", "/$ref", "must be text, not 5.", {}),
    ("{$ref: '#/info/title'}", ERROR, "unresolved-reference", "/$ref", "leads to the text 'A', and a schema is", {}),
    ("{$ref: '#/components/schemas'}", ERROR, "unresolved-reference", "/$ref", "leads to a map", {}),
    ("{$ref: '#/components/schemas/A'}", ERROR, "unresolved-reference", "/$ref", "refers to itself", {}),
    ("{$ref: '#a b'}", ERROR, "unresolved-reference", "/$ref", "which begins with a slash", {}),
    ("{$ref: gone.yaml}", ERROR, "unresolved-reference", "/$ref", "cannot be read (No such file or directory).", {}),
]


@pytest.mark.parametrize("case", SCHEMAS)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_an_invalid_keyword_is_one_diagnostic_and_the_rest_of_the_schema_applies(written, case, version):
    text, severity, code, pointer, message, repaired = case
    document = written(schema(text), version)
    found = document.only

    assert (found.severity, found.code, found.pointer) == (severity, code, "/components/schemas/A" + pointer)
    assert message in found.message
    assert found.fallback
    assert document.schema() == repaired


def test_a_list_of_item_schemas_is_that_of_draft_4_in_3_0_and_one_schema_or_none_in_3_1(written):
    one, two = schema("{items: [{type: string}]}"), schema("{items: [{type: string}, {}]}")

    assert written(one, "3.0.3").schema() == {"items": [{"type": "string"}]}
    assert written(one, "3.0.3").only.severity is WARNING
    assert written(one, "3.1.0").schema() == {"items": {"type": "string"}}
    assert written(two, "3.1.0").schema() == {}
    assert written(two, "3.1.0").only.severity is ERROR


def test_an_empty_enum_is_ignored_in_3_0_and_accepts_nothing_in_3_1(written):
    assert written(schema("{enum: []}"), "3.0.3").only.code == "empty-list"
    assert written(schema("{enum: []}"), "3.0.3").schema() == {}
    assert written(schema("{enum: []}"), "3.1.0").schema() == {"enum": []}


LEGACY = [
    # Features of 3.1 that 3.0 lacks: the repaired schema in 3.0.
    ("true", WARNING, "wrong-type", "", {}),
    ("{properties: {b: false}}", WARNING, "wrong-type", "/properties/b", {"properties": {"b": {"not": {}}}}),
    ("{required: []}", WARNING, "empty-list", "/required", {}),
]


@pytest.mark.parametrize("case", LEGACY)
def test_what_3_1_allows_and_3_0_does_not_is_harmless(written, case):
    text, severity, code, pointer, repaired = case
    document = written(schema(text), "3.0.3")

    assert (document.only.severity, document.only.code) == (severity, code)
    assert document.only.pointer == "/components/schemas/A" + pointer
    assert document.schema() == repaired
    assert written(schema(text), "3.1.0").diagnostics == []


def test_an_exclusive_bound_of_the_other_version_is_understood(written):
    document = written(schema("{type: integer, minimum: 1, exclusiveMinimum: true}"), "3.1.0")

    assert document.only.code == "other-version"
    assert document.only.message == "must be a number, not true: that is how OpenAPI 3.0 writes it."
    assert document.schema() == {"type": "integer", "exclusiveMinimum": 1}


def test_siblings_of_a_reference_are_kept_only_in_3_1(written):
    text = schema("{$ref: '#/nowhere', type: integer}")

    assert written(text, "3.1.0").schema() == {"type": "integer"}
    assert written(text, "3.1.0").only.fallback == "Only the members beside it count."
    assert written(text, "3.0.3").schema() == {}
    assert written(text, "3.0.3").only.fallback == "It admits any value."


REFERENCES = {
    "parameter": "/a: {get: {parameters: [{$ref: '%s'}], responses: {'200': {description: ''}}}}",
    "request body": "/a: {get: {requestBody: {$ref: '%s'}, responses: {'200': {description: ''}}}}",
    "response": "/a: {get: {responses: {'200': {$ref: '%s'}}}}",
    "header": "/a: {get: {responses: {'200': {description: '', headers: {A: {$ref: '%s'}}}}}}",
    "schema": "/a: {get: {responses: {'200': {description: '', content: {a/b: {schema: {$ref: '%s'}}}}}}}",
    "example": "/a: {get: {responses: {'200': {description: '', content: {a/b: {examples: {A: {$ref: '%s'}}}}}}}}",
    "link": "/a: {get: {responses: {'200': {description: '', links: {A: {$ref: '%s'}}}}}}",
    "callback": "/a: {get: {callbacks: {A: {$ref: '%s'}}, responses: {'200': {description: ''}}}}",
    "path item": "/a: {$ref: '%s'}",
}
COMPONENTS = """
components:
  schemas: {S: {type: string}}
  responses: {R: {description: ''}}
  securitySchemes: {K: {type: http, scheme: basic}}
  x-list: [a]
"""
TARGETS = [
    ("#/components/schemas/Gone", "leads nowhere: there is no 'Gone' at #/components/schemas."),
    ("#/info/title", "leads to the text 'A', and "),
    ("#/components/x-list", "leads to a list, and "),
    ("#/components/securitySchemes/K", "leads to a security scheme, and "),
    ("#/components/schemas", "leads to a map, and "),
    ("", "leads to a document, and "),
    ("#/info", "leads to a part of info, and "),
    ("#/", "leads nowhere: there is no '' at #/."),
    ("https://a.example/b", "is read over the network, which needs --allow-refs, and only on this machine."),
    ("other:b", "is of the scheme other, which locum does not read."),
]


@pytest.mark.parametrize("kind", REFERENCES)
@pytest.mark.parametrize(("target", "reason"), TARGETS)
def test_a_reference_to_nothing_or_to_the_wrong_kind_is_reported_at_its_location(written, kind, target, reason):
    document = written(paths(REFERENCES[kind] % target) + COMPONENTS)
    found = document.only

    assert found.code == "unresolved-reference"
    assert found.pointer.endswith("/$ref")
    assert reason in found.message
    assert found.message.endswith((".", "?"))
    assert list(document.contract.operations) == ([] if kind == "path item" else [("/a", "get")])


def test_a_reference_of_the_right_kind_is_not_reported(written):
    ok = "content: {a/b: {schema: {$ref: '#/components/schemas/S'}}}"
    text = (
        f"/a: {{get: {{responses: {{'200': {{$ref: '#/components/responses/R'}}, '201': {{description: '', {ok}}}}}}}}}"
    )

    assert written(paths(text) + COMPONENTS).diagnostics == []


def test_a_reference_to_an_unusable_object_is_reported_too(written):
    text = operation("parameters: [{$ref: '#/components/parameters/P'}]")
    document = written(text + "\ncomponents: {parameters: {P: {name: a, in: nowhere, schema: {}}}}")

    assert [found.pointer for found in document.diagnostics] == [
        "/paths/~1a/get/parameters/0/$ref",
        "/components/parameters/P/in",
    ]
    assert document.diagnostics[0].message == (
        "#/components/parameters/P leads to a parameter that cannot be used: 'nowhere' is not one of path, query, "
        "header, cookie."
    )
    assert document.operation().parameters == []


def test_an_object_with_an_invalid_reference_has_its_other_members(written):
    shared = "components: {parameters: {P: {$ref: 5, name: a, in: path, required: true, schema: {type: integer}}}}"
    document = written(
        paths(f"/{{a}}: {{parameters: [{{$ref: '#/components/parameters/P'}}], get: {VALID}}}") + "\n" + shared
    )

    assert (document.only.pointer, document.only.message) == ("/components/parameters/P/$ref", "must be text, not 5.")
    assert document.operation("/{a}").parameters[0].schema.raw == {"type": "integer"}


def test_a_boolean_schema_is_valid_only_in_3_1(written):
    text = "x-no: false\n" + schema("{$ref: '#/x-no'}")

    assert written(text, "3.1.0").diagnostics == []
    assert written(text, "3.0.3").only.message == "#/x-no leads to false, and a schema is an object."
    assert written(text, "3.0.3").schema() == {}


def test_a_cycle_of_references_with_siblings_is_cut_where_it_closes(written):
    circle = "A: {$ref: '#/components/schemas/B', type: string}, B: {$ref: '#/components/schemas/A', minLength: 1}"
    document = written(f"paths: {{}}\ncomponents: {{schemas: {{{circle}, C: {{$ref: '#/components/schemas/A'}}}}}}")

    assert [found.pointer for found in document.diagnostics] == [
        "/components/schemas/A/$ref",
        "/components/schemas/B/$ref",
    ]
    assert document.schema("A") == {"type": "string"}
    assert document.schema("C") == {"$ref": "#/components/schemas/A"}


def test_a_reference_to_an_invalid_reference_is_reported_too(written):
    text = "/a: {get: {responses: {'200': {description: '', content: {a/b: {examples: {A: {$ref: '#/components/examples/E'}}}}}}}}"
    document = written(paths(text) + "\ncomponents: {examples: {E: {$ref: [1]}}}")

    assert [found.pointer for found in document.diagnostics if found.code == "unresolved-reference"] == [
        "/paths/~1a/get/responses/200/content/a~1b/examples/A/$ref",
        "/components/examples/E/$ref",
    ]
    assert document.operation().responses["200"].media_types["a/b"].examples == {}


def test_a_piece_in_an_extension_is_repaired_where_it_is_used(written):
    text = paths("/a: {get: {requestBody: {$ref: '#/x-all/body'}, responses: {'200': {$ref: '#/x-all/ok'}}}}")
    extension = """
x-all:
  ok: {description: '', content: {a/b: {schema: {$ref: '#/x-all/schema'}}}}
  body: {}
  schema: {type: strin}
  unused: {schema: {type: strin}}
"""

    assert [one.pointer for one in written(text + extension).diagnostics] == ["/x-all/body", "/x-all/schema/type"]


def test_references_that_lead_only_to_each_other_accept_any_value(written):
    text = (
        "paths: {}\ncomponents: {schemas: {A: {$ref: '#/components/schemas/B'}, B: {$ref: '#/components/schemas/A'}}}"
    )
    document = written(text)

    assert [found.pointer for found in document.diagnostics] == [
        "/components/schemas/A/$ref",
        "/components/schemas/B/$ref",
    ]
    assert (document.schema("A"), document.schema("B")) == ({}, {})


def test_an_operation_can_be_a_reference(written):
    whole = (
        "{operationId: x, parameters: [{name: q, in: query, schema: {}}], requestBody: {content: {a/b: {schema: {}}}}"
    )
    whole += ", responses: {'200': {description: '', content: {a/b: {schema: {type: string}}}}}}"
    document = written(paths(f"/a: {{get: {whole}}}\n  /b: {{get: {{$ref: '#/paths/~1a/get'}}}}"))
    referred = document.operation("/b")

    assert list(document.contract.operations) == [("/a", "get"), ("/b", "get")]
    assert referred.operation_id == "get /b"
    assert [one.name for one in referred.parameters] == ["q"]
    assert referred.body.media_types["a/b"].schema is not None
    assert not referred.responses["200"].media_types["a/b"].schema.is_valid(5)


def test_an_undeclared_path_parameter_is_text(written):
    document = written(paths(f"/pets/{{petId}}: {{get: {VALID}}}"))
    (parameter,) = document.operation("/pets/{petId}").parameters

    assert document.only.message == ("the path has {petId}, and no parameter `name: petId, in: path` is declared.")
    assert (document.only.pointer, document.only.fallback) == ("/paths/~1pets~1{petId}/get", "It is text.")
    assert (parameter.name, parameter.location, parameter.required) == ("petId", "path", True)
    assert parameter.read_text("5") == ("5", ())


def test_a_misspelt_path_parameter_is_two_related_diagnostics(written):
    parameter = "{name: petID, in: path, required: true, schema: {}}"
    found = written(paths(f"/pets/{{petId}}: {{parameters: [{parameter}], get: {VALID}}}")).diagnostics

    assert [(one.code, one.pointer, one.message) for one in found] == [
        (
            "surplus-path-parameter",
            "/paths/~1pets~1{petId}/parameters/0/name",
            "'petID' is declared to be in the path, and /pets/{petId} has no {petID}. Did you mean petId?",
        ),
        (
            "undeclared-path-parameter",
            "/paths/~1pets~1{petId}/get",
            ("the path has {petId}, and no parameter `name: petId, in: path` is declared. Did you mean petID?"),
        ),
    ]


def test_a_path_parameter_of_a_referenced_path_item_is_declared_for_its_operations(written):
    document = written(
        paths("/a/{b}: {$ref: '#/components/pathItems/P'}") + f"\ncomponents: {{pathItems: {{P: {{get: {VALID}}}}}}}"
    )

    assert [one.name for one in document.operation("/a/{b}").parameters] == ["b"]


def test_an_expression_in_the_query_of_a_path_is_not_a_path_parameter(written):
    parameter = "{name: b, in: path, required: true, schema: {type: string}}"
    document = written(paths(f"/a?b={{b}}: {{parameters: [{parameter}], get: {VALID}}}"))

    assert document.only.code == "path-form"
    assert [(one.name, one.location) for one in document.operation("/a?b={b}").parameters] == [("b", "query")]


def test_a_path_parameter_of_a_referenced_operation_is_declared_for_it(written):
    document = written(paths(f"/a: {{get: {VALID}}}\n  /b/{{c}}: {{get: {{$ref: '#/paths/~1a/get'}}}}"))

    assert [one.name for one in document.operation("/b/{c}").parameters] == ["c"]


def test_a_path_parameter_is_always_required(written):
    document = written(paths(f"/a/{{id}}: {{parameters: [{{name: id, in: path, schema: {{}}}}], get: {VALID}}}"))

    assert document.only.severity is WARNING
    assert document.only.message == "the path parameter 'id' needs `required: true`."
    assert document.operation("/a/{id}").parameters[0].required


def test_of_two_parameters_with_the_same_name_the_first_is_used(written):
    both = "parameters: [{name: a, in: query, schema: {type: integer}}, {name: a, in: query, schema: {type: boolean}}]"

    assert written(operation(both)).operation().parameters[0].schema.raw == {"type": "integer"}


def test_an_unusable_parameter_does_not_move_the_others(written):
    text = paths(
        "/a: {get: {parameters: [5, {name: b, in: query, schema: {}}, {name: c, in: query, schema: {}}],"
        " responses: {'200': {description: ''}}}}\n"
        "  /b: {get: {parameters: [{$ref: '#/paths/~1a/get/parameters/2'}], responses: {'200': {description: ''}}}}"
    )
    document = written(text)

    assert [one.name for one in document.operation("/a").parameters] == ["b", "c"]
    assert [one.name for one in document.operation("/b").parameters] == ["c"]


def test_a_parameter_written_as_in_swagger_2_has_its_schema(written):
    document = written(operation("parameters: [{name: a, in: query, type: integer, maximum: 5}]"))

    assert document.operation().parameters[0].schema.raw == {"type": "integer", "maximum": 5}


@pytest.mark.parametrize(("default", "used"), [("5", 5), ("x", None), ("[]", None), ("11", None)])
def test_an_invalid_default_is_not_used(written, default, used):
    declared = f"{{name: limit, in: query, schema: {{type: integer, maximum: 10, default: {default}}}}}"
    (parameter,) = written(operation(f"parameters: [{declared}]")).operation().parameters

    assert parameter.default == used
    assert parameter.read_pairs({}) == (used, [])


def test_a_repeated_operation_id_stays_with_the_first(written):
    named = "{operationId: a, responses: {'200': {description: ok}}}"
    document = written(paths(f"/a: {{get: {named}, put: {named}}}"))

    assert document.only.message == "'a' is the operationId of GET /a already. Give each its own."
    assert (document.only.code, document.only.pointer) == ("repeated-operation-id", "/paths/~1a/put/operationId")
    assert document.operation("/a", "get").operation_id == "a"
    assert document.operation("/a", "put").operation_id == "put /a"


def test_every_operation_is_compiled_despite_other_errors(written):
    text = paths(
        "/a: {parameters: [5], get: 5, put: {responses: 5}, post: {requestBody: 5}}\n  /b: {get: {$ref: '#/x'}}"
    )

    assert set(written(text).contract.operations) == {("/a", "get"), ("/a", "put"), ("/a", "post"), ("/b", "get")}


def test_errors_outside_of_operations_are_harmless(written):
    callback = "callbacks: {A: {'{$url}': {post: {requestBody: 5, responses: {'200': 5}}}}}"
    document = written(operation(callback) + "\nwebhooks: {a: {get: {parameters: 5}}}")

    assert len(document.diagnostics) == 3
    assert {found.severity for found in document.diagnostics} == {WARNING}


def test_invalid_pieces_of_other_files_are_repaired_there(written, tmp_path):
    (tmp_path / "pet.yaml").write_text("Pet:\n  type: objekt\n  properties: {a: 5}\n")
    document = written(schema("{$ref: 'pet.yaml#/Pet'}"))

    assert [found.sentence.removeprefix(f"{tmp_path}/") for found in document.diagnostics] == [
        (
            "pet.yaml:2:3: error: #/Pet/type: 'objekt' is not one of array, boolean, integer, null, number, object, "
            "string. Did you mean object? Any type is admitted. [unknown-type]"
        ),
        ("pet.yaml:3:16: error: #/Pet/properties/a: a schema is an object, not 5. It admits any value. [wrong-type]"),
    ]
    (fragment,) = document.contract.document.fragments
    assert fragment.value == {"properties": {"a": {}}}


def test_repairs_do_not_change_the_document_as_read(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("openapi: 3.1.0\npaths: {/a: {get: {parameters: [5, {}], responses: {'200': 5, 20: {}}}}}\n")
    document = read(path)
    before = copy.deepcopy(document.content)
    contract = compile_contract(document)

    assert document.content == before
    assert contract.as_read is document
    assert contract.document.content["paths"]["/a"]["get"] == {
        "parameters": [],
        "responses": {"200": {"description": ""}},
    }


def test_a_document_without_repairs_is_scanned_once(tmp_path, monkeypatch):
    looked = []
    monkeypatch.setattr(
        "locum.openapi.compile.contracts.repairs_of", lambda *found: looked.append(found) or repairs_of(*found)
    )
    path = tmp_path / "a.yaml"
    path.write_text("openapi: 3.1.0\npaths: {}\n")
    for _ in range(3):
        compile_contract(read(path), tmp_path / "cache")
    path.write_text("openapi: 3.1.0\npaths: []\n")
    for _ in range(2):
        compile_contract(read(path), tmp_path / "cache")

    assert len(looked) == 3


@pytest.mark.parametrize("text", [case[0] for case in OBJECTS] + [schema(case[0]) for case in SCHEMAS])
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_repaired_document_needs_no_other_repair(written, text, version):
    contract = written(text, version).contract
    again = repairs_of(contract.document.content, contract.document.fragments, contract.document.lost)

    assert [repair for repair in again if repair.change is not RepairChange.KEEP] == []


RECURSIVE = """
paths: {/a: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Node'}}}}}}}
components: {schemas: {Node: {$recursiveAnchor: true, type: object, properties: {
  name: {type: string}, children: {type: array, items: {$recursiveRef: '#'}}}}}}
"""


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_recursion_as_in_json_schema_2019_09_is_read_as_a_reference(written, version):
    document = written(RECURSIVE, version)
    node = document.contract.document.content["components"]["schemas"]["Node"]

    assert "$recursiveAnchor" not in node
    assert node["properties"]["children"]["items"] == {"$ref": "#/components/schemas/Node"}
    (operation,) = document.contract.operations.values()
    body = operation.body.media_types["application/json"].schema
    assert body.is_valid({"children": [{"name": "a"}]})
    assert not body.is_valid({"children": [{"name": 5}]})


def test_repairs_are_made_from_the_end_of_a_list():
    repairs = [Repair(f"/a/{index}", RepairChange.REMOVE, None, "", "", "") for index in (0, 2, 10)]
    content = {"a": list(range(12)), "b": [{"$ref": "#/a/1"}, {"$ref": "#/a/11"}, {"$ref": "#/b/1"}]}
    found, moves = apply(content, repairs)

    assert found["a"] == [1, 3, 4, 5, 6, 7, 8, 9, 11]
    assert [one["$ref"] for one in found["b"]] == ["#/a/0", "#/a/8", "#/b/1"]
    assert (moves.moved("/a/3/x"), moves.moved("/b/1")) == ("/a/1/x", "/b/1")
    assert content["a"] == list(range(12))

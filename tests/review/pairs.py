"""Pairs: a small contract and a change of a few lines, with the level of the change in both directions."""

from __future__ import annotations

from typing import Any, NamedTuple

import yaml

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import read

LEVELS = {"B": "breaking", "D": "dangerous", "C": "compatible", "T": "docs", "N": None}


class SchemaPair(NamedTuple):
    """Two schemas of the property `value` of a request body and of a response body.

    `levels` has four letters: what the client sends and receives, from before to after and back.
    """

    name: str
    before: str
    after: str
    levels: str
    version: str = "3.1.0"
    more: str = "{}"
    """Further components."""


class OperationPair(NamedTuple):
    """Two versions of the operation `POST /things/{id}`; `levels` has two letters: from before to after, and back."""

    name: str
    before: str
    after: str
    levels: str
    more: str = "{}"
    """Members of both documents."""


class DocumentPair(NamedTuple):
    """Two documents; `levels` has two letters."""

    name: str
    before: str
    after: str
    levels: str


def contract(content: dict[str, Any], folder: Any, name: str) -> Any:
    file = folder / f"{name}.json"
    import json

    file.write_text(json.dumps(content))
    return compile_contract(read(file))


def parsed(text: str) -> Any:
    return yaml.safe_load(text)


def schema_document(schema: Any, pair: SchemaPair) -> dict[str, Any]:
    whole = {"type": "object", "required": ["value"], "properties": {"value": schema}}
    content = {"application/json": {"schema": whole}}
    return {
        "openapi": pair.version,
        "info": {"title": "Things", "version": "1.0.0"},
        "paths": {
            "/things": {
                "post": {
                    "operationId": "createThing",
                    "requestBody": {"required": True, "content": content},
                    "responses": {"201": {"description": "created", "content": content}},
                }
            }
        },
        "components": parsed(pair.more),
    }


def operation_document(operation: Any, pair: OperationPair) -> dict[str, Any]:
    item = operation.pop("item", {})
    responses = operation.pop("responses", {"200": {"description": "ok"}})
    path = operation.pop("path", "/things/{id}")
    own = (
        [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}] if path.endswith("{id}") else []
    )
    item = {**item, "parameters": [*own, *item.get("parameters", [])]}
    method = operation.pop("method", "post")
    return {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1.0.0"},
        "paths": {path: {**item, method: {"operationId": "changeThing", **operation, "responses": responses}}},
        **parsed(pair.more),
    }


S, P, D = SchemaPair, OperationPair, DocumentPair

SCHEMAS = [
    # Types
    S("another type", "{type: integer}", "{type: string}", "BBBB"),
    S("an object becomes a list", "{type: object}", "{type: array, items: {}}", "BBBB"),
    S("integer becomes number", "{type: integer}", "{type: number}", "CBBC"),
    S("a type is added", "{type: string}", "{type: [string, integer]}", "CBBC"),
    S("a type is required", "{}", "{type: string}", "BCCB"),
    S("null is allowed", "{type: string}", "{type: [string, 'null']}", "CBBC"),
    S("null is allowed in 3.0", "{type: string}", "{type: string, nullable: true}", "CBBC", "3.0.3"),
    S("null is allowed by anyOf", "{type: string}", "{anyOf: [{type: string}, {type: 'null'}]}", "CBBC"),
    S("an object may be null", "{type: object, properties: {a: {type: string}}}",
      "{type: [object, 'null'], properties: {a: {type: string}}}", "CBBC"),
    S("an enum may be null", "{type: string, enum: [a, b]}", "{type: [string, 'null'], enum: [a, b, null]}", "CBBC"),
    # Values
    S("a value is added", "{type: string, enum: [a, b]}", "{type: string, enum: [a, b, c]}", "CDBC"),
    S("a value is replaced", "{type: string, enum: [a, b]}", "{type: string, enum: [a, c]}", "BDBD"),
    S("values are listed", "{type: string}", "{type: string, enum: [a, b]}", "BCCB"),
    S("integers are listed", "{type: integer}", "{type: integer, enum: [1, 2]}", "BCCB"),
    S("a constant", "{type: string}", "{type: string, const: a}", "BCCB"),
    S("another constant", "{const: a}", "{const: b}", "BDBD"),
    S("a constant becomes a list", "{const: a}", "{enum: [a, b]}", "CDBC"),
    # Limits of numbers
    S("maximum is lowered", "{type: integer, maximum: 10}", "{type: integer, maximum: 5}", "BCCB"),
    S("maximum is set", "{type: integer}", "{type: integer, maximum: 5}", "BCCB"),
    S("minimum is raised", "{type: integer, minimum: 1}", "{type: integer, minimum: 5}", "BCCB"),
    S("minimum is set", "{type: number}", "{type: number, minimum: 0}", "BCCB"),
    S("minimum becomes exclusive", "{type: integer, minimum: 1}", "{type: integer, exclusiveMinimum: 1}", "BCCB"),
    S("exclusive maximum is lowered", "{type: number, exclusiveMaximum: 9}", "{type: number, exclusiveMaximum: 8}", "BCCB"),
    S("exclusive minimum is set", "{type: number}", "{type: number, exclusiveMinimum: 0}", "BCCB"),
    S("exclusive in 3.0", "{type: number, minimum: 3}", "{type: number, minimum: 3, exclusiveMinimum: true}", "BCCB", "3.0.3"),
    S("multipleOf is set", "{type: integer}", "{type: integer, multipleOf: 5}", "BCCB"),
    S("multipleOf is a multiple", "{type: integer, multipleOf: 5}", "{type: integer, multipleOf: 10}", "BCCB"),
    S("multipleOf is another", "{type: integer, multipleOf: 2}", "{type: integer, multipleOf: 3}", "BBBB"),
    S("32 bits", "{type: integer}", "{type: integer, format: int32}", "BCCB"),
    S("64 bits", "{type: integer, format: int32}", "{type: integer, format: int64}", "CBBC"),
    # Limits of texts
    S("maxLength is lowered", "{type: string, maxLength: 50}", "{type: string, maxLength: 20}", "BCCB"),
    S("maxLength is set", "{type: string}", "{type: string, maxLength: 20}", "BCCB"),
    S("minLength is raised", "{type: string, minLength: 1}", "{type: string, minLength: 5}", "BCCB"),
    S("minLength is set", "{type: string}", "{type: string, minLength: 1}", "BCCB"),
    S("a pattern is added", "{type: string}", "{type: string, pattern: '^[a-z]+$'}", "BCCB"),
    S("a pattern is narrowed", "{type: string, pattern: '^[a-z0-9]+$'}", "{type: string, pattern: '^[a-z]+$'}", "BCCB"),
    S("another pattern", "{type: string, pattern: '^[a-z]+$'}", "{type: string, pattern: '^[0-9]+$'}", "BBBB"),
    S("a pattern that is written otherwise", "{type: string, pattern: '^[0-9]+$'}", "{type: string, pattern: '^\\d+$'}", "DDDD"),
    S("a format is added", "{type: string}", "{type: string, format: uuid}", "BCCB"),
    S("another format", "{type: string, format: date}", "{type: string, format: date-time}", "BBBB"),
    S("a format without a check", "{type: string}", "{type: string, format: secret}", "DCCD"),
    S("an encoding of content", "{type: string}", "{type: string, contentEncoding: base64}", "DDDD"),
    # Lists
    S("maxItems is lowered", "{type: array, items: {type: string}, maxItems: 5}",
      "{type: array, items: {type: string}, maxItems: 3}", "BCCB"),
    S("maxItems is set", "{type: array, items: {type: string}}", "{type: array, items: {type: string}, maxItems: 3}", "BCCB"),
    S("minItems is raised", "{type: array, items: {type: string}, minItems: 1}",
      "{type: array, items: {type: string}, minItems: 2}", "BCCB"),
    S("minItems is set", "{type: array, items: {type: integer}}", "{type: array, items: {type: integer}, minItems: 1}", "BCCB"),
    S("items are distinct", "{type: array, items: {type: integer}}",
      "{type: array, items: {type: integer}, uniqueItems: true}", "BCCB"),
    S("items of another type", "{type: array, items: {type: integer}}", "{type: array, items: {type: string}}", "BBBB"),
    S("items are described", "{type: array}", "{type: array, items: {type: string}}", "BCCB"),
    S("items of items", "{type: array, items: {type: array, items: {type: string, maxLength: 9}}}",
      "{type: array, items: {type: array, items: {type: string, maxLength: 4}}}", "BCCB"),
    S("prefixItems", "{type: array, prefixItems: [{type: string}]}", "{type: array, prefixItems: [{type: integer}]}", "BBBB"),
    S("a longer prefix", "{type: array, prefixItems: [{type: string}]}",
      "{type: array, prefixItems: [{type: string}, {type: integer}]}", "BCCB"),
    S("contains is added", "{type: array, items: {type: integer}}",
      "{type: array, items: {type: integer}, contains: {minimum: 5}}", "BCCB"),
    S("minContains is raised", "{type: array, items: {}, contains: {type: integer}, minContains: 1}",
      "{type: array, items: {}, contains: {type: integer}, minContains: 2}", "BCCB"),
    S("unevaluatedItems", "{type: array, prefixItems: [{type: string}]}",
      "{type: array, prefixItems: [{type: string}], unevaluatedItems: false}", "BCCB"),
    # Objects
    S("a property becomes required", "{type: object, properties: {a: {type: string}}}",
      "{type: object, properties: {a: {type: string}}, required: [a]}", "BCCB"),
    S("a required property is added", "{type: object, properties: {a: {type: string}}}",
      "{type: object, properties: {a: {type: string}, b: {type: string}}, required: [b]}", "BCDB"),
    S("an optional property is added", "{type: object, properties: {a: {type: string}}}",
      "{type: object, properties: {a: {type: string}, b: {type: string}}}", "CCDD"),
    S("an optional property is added to a closed object",
      "{type: object, additionalProperties: false, properties: {a: {type: string}}}",
      "{type: object, additionalProperties: false, properties: {a: {type: string}, b: {type: string}}}", "CDBD"),
    S("a required readOnly property is added", "{type: object, properties: {a: {type: string}}}",
      "{type: object, required: [b], properties: {a: {type: string}, b: {type: string, readOnly: true}}}", "CCDB"),
    S("a readOnly property changes", "{type: object, properties: {a: {type: string, readOnly: true}}}",
      "{type: object, properties: {a: {type: string, readOnly: true, maxLength: 3}}}", "NCNB"),
    S("a writeOnly property changes", "{type: object, properties: {a: {type: string, writeOnly: true}}}",
      "{type: object, properties: {a: {type: string, writeOnly: true, maxLength: 3}}}", "BNCN"),
    S("a property becomes readOnly", "{type: object, properties: {a: {type: string}}}",
      "{type: object, properties: {a: {type: string, readOnly: true}}}", "DNCN"),
    S("a property becomes writeOnly", "{type: object, properties: {a: {type: string}}}",
      "{type: object, properties: {a: {type: string, writeOnly: true}}}", "NDND"),
    S("a required property becomes writeOnly", "{type: object, required: [a], properties: {a: {type: string}}}",
      "{type: object, required: [a], properties: {a: {type: string, writeOnly: true}}}", "NDND"),
    S("further properties are forbidden", "{type: object, properties: {a: {type: string}}}",
      "{type: object, properties: {a: {type: string}}, additionalProperties: false}", "BCCB"),
    S("further properties by unevaluatedProperties", "{type: object, properties: {a: {type: string}}}",
      "{type: object, properties: {a: {type: string}}, unevaluatedProperties: false}", "BCCB"),
    S("further properties get a schema", "{type: object}", "{type: object, additionalProperties: {type: string}}", "BCCB"),
    S("values of a map", "{type: object, additionalProperties: {type: string}}",
      "{type: object, additionalProperties: {type: integer}}", "BBBB"),
    S("values of a map are limited", "{type: object, additionalProperties: {type: string, maxLength: 9}}",
      "{type: object, additionalProperties: {type: string, maxLength: 3}}", "BCCB"),
    S("patternProperties", "{type: object, patternProperties: {'^x_': {type: string}}}",
      "{type: object, patternProperties: {'^x_': {type: integer}}}", "BBBB"),
    S("patternProperties are added", "{type: object}", "{type: object, patternProperties: {'^x_': {type: integer}}}", "BCCB"),
    S("propertyNames", "{type: object}", "{type: object, propertyNames: {pattern: '^[a-z]+$'}}", "BCCB"),
    S("maxProperties", "{type: object, maxProperties: 5}", "{type: object, maxProperties: 2}", "BCCB"),
    S("minProperties", "{type: object}", "{type: object, minProperties: 1}", "BCCB"),
    S("dependentRequired", "{type: object, properties: {a: {type: string}, b: {type: string}}}",
      "{type: object, properties: {a: {type: string}, b: {type: string}}, dependentRequired: {a: [b]}}", "BCCB"),
    S("dependentSchemas", "{type: object, properties: {a: {type: string}}}",
      "{type: object, properties: {a: {type: string}}, dependentSchemas: {a: {required: [b]}}}", "BCCB"),
    S("a nested property", "{type: object, properties: {a: {type: object, properties: {b: {type: string, maxLength: 9}}}}}",
      "{type: object, properties: {a: {type: object, properties: {b: {type: string, maxLength: 3}}}}}", "BCCB"),
    S("a property in items", "{type: array, items: {type: object, properties: {b: {type: string}}}}",
      "{type: array, items: {type: object, required: [b], properties: {b: {type: string}}}}", "BCCB"),
    S("an optional property is removed", "{type: object, properties: {a: {type: string}, b: {type: integer}}}",
      "{type: object, properties: {a: {type: string}}}", "DDCC"),
    S("a required property is removed", "{type: object, required: [b], properties: {a: {type: string}, b: {type: integer}}}",
      "{type: object, properties: {a: {type: string}}}", "DBBC"),
    # Compositions
    S("allOf gets a part", "{allOf: [{type: object, properties: {a: {type: string}}}]}",
      "{allOf: [{type: object, properties: {a: {type: string}}}, {required: [a]}]}", "BCCB"),
    S("a part of allOf changes", "{allOf: [{type: object}, {properties: {a: {type: string}}}]}",
      "{allOf: [{type: object}, {properties: {a: {type: integer}}}]}", "BBBB"),
    S("oneOf gets an alternative", "{oneOf: [{type: string}, {type: object, required: [a]}]}",
      "{oneOf: [{type: string}, {type: object, required: [a]}, {type: boolean}]}", "CBBC"),
    S("anyOf gets an alternative", "{anyOf: [{type: string, maxLength: 3}, {type: integer, maximum: 3}]}",
      "{anyOf: [{type: string, maxLength: 3}, {type: integer, maximum: 3}, {type: boolean}]}", "CBBC"),
    S("an alternative changes", "{oneOf: [{type: string}, {type: object, properties: {a: {type: string, maxLength: 9}}}]}",
      "{oneOf: [{type: string}, {type: object, properties: {a: {type: string, maxLength: 3}}}]}", "BCCB"),
    S("a schema becomes one of two", "{type: object, required: [a], properties: {a: {type: string}}}",
      "{oneOf: [{type: object, required: [a], properties: {a: {type: string}}}, {type: integer}]}", "CBBC"),
    S("an alternative that overlaps is removed", "{anyOf: [{type: string}, {type: string, maxLength: 3}]}",
      "{anyOf: [{type: string}, {type: integer}]}", "CBBC"),
    S("not is added", "{type: string}", "{type: string, not: {enum: [text]}}", "BCCB"),
    S("not changes", "{type: integer, not: {minimum: 10}}", "{type: integer, not: {minimum: 5}}", "BCCB"),
    S("if is added", "{type: object, properties: {a: {type: string}}}",
      "{type: object, properties: {a: {type: string}}, if: {required: [a]}, then: {required: [b]}}", "BCCB"),
    S("then changes", "{type: object, if: {required: [a]}, then: {required: [b]}}",
      "{type: object, if: {required: [a]}, then: {required: [b, c]}}", "BCCB"),
    S("discriminated alternatives", "{oneOf: [{$ref: '#/components/schemas/Cat'}]}",
      "{oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}], discriminator: {propertyName: kind}}",
      "CBBC", more="{schemas: {Cat: {type: object, required: [kind], properties: {kind: {const: Cat}}},"
      " Dog: {type: object, required: [kind], properties: {kind: {const: Dog}}}}}"),
    S("the discriminator changes",
      "{oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}], discriminator: {propertyName: kind}}",
      "{oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}], discriminator: {propertyName: sort}}",
      "DDDD", more="{schemas: {Cat: {type: object, required: [kind, sort], properties: {kind: {const: Cat}, sort: {const: Cat}}},"
      " Dog: {type: object, required: [kind, sort], properties: {kind: {const: Dog}, sort: {const: Dog}}}}}"),
    # Meaning and documentation
    S("another default", "{type: integer, default: 1}", "{type: integer, default: 2}", "DCDC"),
    S("a default", "{type: integer}", "{type: integer, default: 2}", "DCDC"),
    S("a description", "{type: integer, description: a}", "{type: integer, description: b}", "TTTT"),
    S("an example", "{type: integer}", "{type: integer, examples: [4]}", "TTTT"),
    S("deprecated", "{type: integer}", "{type: integer, deprecated: true}", "CCCC"),
    S("extensible values", "{type: string, x-extensible-enum: [a, b]}", "{type: string, x-extensible-enum: [a]}", "DCCC"),
    # No change
    S("the order of properties", "{type: object, properties: {a: {type: string}, b: {type: string}}, required: [a, b]}",
      "{type: object, required: [b, a], properties: {b: {type: string}, a: {type: string}}}", "NNNN"),
    S("the order of values", "{enum: [a, b]}", "{enum: [b, a]}", "NNNN"),
    S("const and enum", "{const: a}", "{enum: [a]}", "NNNN"),
    S("a list of one type", "{type: string}", "{type: [string]}", "NNNN"),
    S("an anyOf of types", "{anyOf: [{type: string}, {type: integer}]}", "{type: [integer, string]}", "NNNN"),
    S("allOf of one", "{type: string, maxLength: 3}", "{allOf: [{type: string, maxLength: 3}]}", "NNNN"),
    S("oneOf of one", "{type: string, maxLength: 3}", "{oneOf: [{type: string, maxLength: 3}]}", "NNNN"),
    S("null in two ways", "{anyOf: [{type: string, maxLength: 3}, {type: 'null'}]}",
      "{type: [string, 'null'], maxLength: 3}", "NNNN"),
    S("limits without effect", "{type: string}", "{type: string, minLength: 0, maximum: 5}", "NNNN"),
    S("additionalProperties true", "{type: object}", "{type: object, additionalProperties: true}", "NNNN"),
    S("additionalProperties empty", "{type: object}", "{type: object, additionalProperties: {}}", "NNNN"),
    S("the type of an enum", "{enum: [a, b]}", "{type: string, enum: [a, b]}", "NNNN"),
    S("an inlined reference", "{$ref: '#/components/schemas/Name'}", "{type: string, maxLength: 3}", "NNNN",
      more="{schemas: {Name: {type: string, maxLength: 3}}}"),
    S("another name", "{$ref: '#/components/schemas/Name'}", "{$ref: '#/components/schemas/Other'}", "NNNN",
      more="{schemas: {Name: {type: string, maxLength: 3}, Other: {type: string, maxLength: 3}}}"),
    S("a circle under another name", "{$ref: '#/components/schemas/Tree'}", "{$ref: '#/components/schemas/Node'}", "NNNN",
      more="{schemas: {Tree: {type: object, properties: {next: {$ref: '#/components/schemas/Tree'}}},"
      " Node: {type: object, properties: {next: {$ref: '#/components/schemas/Node'}}}}}"),
    S("a circle changes", "{$ref: '#/components/schemas/Tree'}", "{$ref: '#/components/schemas/Node'}", "BCCB",
      more="{schemas: {Tree: {type: object, properties: {name: {type: string}, next: {$ref: '#/components/schemas/Tree'}}},"
      " Node: {type: object, properties: {name: {type: string, maxLength: 3}, next: {$ref: '#/components/schemas/Node'}}}}}"),
    S("an alternative is reordered", "{oneOf: [{type: string, maxLength: 2}, {type: integer, maximum: 4}]}",
      "{oneOf: [{type: integer, maximum: 4}, {type: string, maxLength: 2}]}", "NNNN"),
]  # fmt: skip

_PETS = """{schemas: {
  Dog: {type: object, properties: {bark: {type: boolean}, breed: {enum: [Husky, Dingo]}}},
  BarkingDog: {type: object, required: [bark], properties: {bark: {type: boolean}, breed: {enum: [Husky, Dingo]}}},
  Cat: {type: object, properties: {hunts: {type: boolean}, age: {type: integer}}},
  Rabbit: {type: object, properties: {ears: {type: integer}}}
}}"""
"""Alternatives that are open objects, so that most values fit several."""


def _pets(keyword: str, *names: str) -> str:
    listed = ", ".join(f"{{$ref: '#/components/schemas/{name}'}}" for name in names)
    return f"{{{keyword}: [{listed}]}}"


SCHEMAS += [
    # One of each family of checks that other tools have
    S("body nullable 3.0 composed","{allOf: [{type: object, properties: {a: {type: string}}}]}","{nullable: true, allOf: [{type: object, properties: {a: {type: string}}}]}","CBBC","3.0.3"),
    S("nullable ref 3.0","{$ref: '#/components/schemas/A'}","{nullable: true, allOf: [{$ref: '#/components/schemas/A'}]}","CBBC","3.0.3","{schemas: {A: {type: object, required: [a], properties: {a: {type: string}}}}}"),
    S("oneOf null wrap","{$ref: '#/components/schemas/A'}","{oneOf: [{$ref: '#/components/schemas/A'}, {type: 'null'}]}","CBBC",more="{schemas: {A: {type: object, required: [a], properties: {a: {type: string}}}}}"),
    S("anyOf null wrap narrowed","{type: string}","{anyOf: [{type: string, maxLength: 3}, {type: 'null'}]}","BBBB"),
    S("items false","{type: array, items: {type: string}}","{type: array, items: false}","BCCB"),
    S("prefix reordered","{type: array, prefixItems: [{type: string}, {type: integer}]}","{type: array, prefixItems: [{type: integer}, {type: string}]}","BBBB"),
    S("prefix same as items","{type: array, items: {type: string}}","{type: array, prefixItems: [{type: string}], items: {type: string}}","NNNN"),
    S("exclusiveMin 3.1 raised","{type: number, exclusiveMinimum: 1}","{type: number, exclusiveMinimum: 2}","BCCB"),
    S("enum removed entirely","{type: string, enum: [a]}","{type: string}","CBBC"),
    S("allOf sibling property","{allOf: [{$ref: '#/components/schemas/A'}, {type: object, properties: {b: {type: string}}}]}","{allOf: [{$ref: '#/components/schemas/A'}, {type: object, properties: {b: {type: integer}}}]}","BBBB",more="{schemas: {A: {type: object, required: [a], properties: {a: {type: string}}}}}"),
    S("allOf annotation only","{allOf: [{type: string}]}","{allOf: [{type: string}, {description: x}]}","TTTT"),
    S("allOf required part removed","{allOf: [{type: object, properties: {a: {type: string}}}, {required: [a]}]}","{allOf: [{type: object, properties: {a: {type: string}}}]}","CBBC"),
    S("prop moved into allOf part","{type: object, properties: {a: {type: string}}, required: [a]}","{allOf: [{type: object, properties: {a: {type: string}}}, {required: [a]}]}","NNNN"),
    S("required prop removed under allOf","{allOf: [{type: object, required: [a], properties: {a: {type: string}}}, {type: object, properties: {b: {type: string}}}]}","{allOf: [{type: object, properties: {b: {type: string}}}]}","DBBC"),
    S("contentMediaType","{type: string, contentMediaType: image/png}","{type: string, contentMediaType: image/jpeg}","DDDD"),
    S("contentSchema","{type: string, contentMediaType: application/json}","{type: string, contentMediaType: application/json, contentSchema: {type: object}}","DCCD"),
    S("unevaluatedItems","{type: array}","{type: array, prefixItems: [{type: string}], unevaluatedItems: false}","BCCB"),
    S("required property w/o declaration","{type: object, properties: {a: {type: string}}}","{type: object, properties: {a: {type: string}}, required: [zz]}","BCCB"),
    S("int to string enum","{type: integer, enum: [1,2]}","{type: string, enum: ['1','2']}","BBBB"),
    S("number/none to integer/int32","{type: number}","{type: integer, format: int32}","BCCB"),
    S("string/none to int32","{type: string}","{type: integer, format: int32}","BBBB"),
    S("oneOf branch renamed component","{oneOf: [{$ref: '#/components/schemas/A'}, {type: integer}]}","{oneOf: [{$ref: '#/components/schemas/B'}, {type: integer}]}","NNNN",more="{schemas: {A: {type: object, required: [a], properties: {a: {type: string}}},B: {type: object, required: [a], properties: {a: {type: string}}}}}"),
    S("oneOf branch replaced","{oneOf: [{$ref: '#/components/schemas/A'}, {type: integer}]}","{oneOf: [{$ref: '#/components/schemas/B'}, {type: integer}]}","BBBB",more="{schemas: {A: {type: object, required: [a], properties: {a: {type: string}}},B: {type: object, required: [b], properties: {b: {type: string}}}}}"),
    S("body becomes oneOf without original","{type: object, required: [a], properties: {a: {type: string}}}","{oneOf: [{type: object, required: [b], properties: {b: {type: string}}},{type: object, required: [c], properties: {c: {type: string}}}]}","BBBB"),
    S("anyOf branch prop required","{anyOf: [{type: object, properties: {a: {type: string}}}, {type: integer}]}","{anyOf: [{type: object, required: [a], properties: {a: {type: string}}}, {type: integer}]}","BCCB"),
    S("oneOf branch optional resp","{oneOf: [{type: object, required: [a], properties: {a: {type: string}}}, {type: integer}]}","{oneOf: [{type: object, properties: {a: {type: string}}}, {type: integer}]}","CBBC"),
    S("maxContains","{type: array, contains: {type: integer}, maxContains: 3}","{type: array, contains: {type: integer}, maxContains: 2}","BCCB"),
    S("dependentRequired changed","{type: object, properties: {a: {}, b: {}, c: {}}, dependentRequired: {a: [b]}}","{type: object, properties: {a: {}, b: {}, c: {}}, dependentRequired: {a: [c]}}","BBBB"),
    S("format removed uuid","{type: string, format: uuid}","{type: string}","CBBC"),
    S("additionalProperties true to schema closed","{type: object, additionalProperties: {type: string}}","{type: object, additionalProperties: false}","BCCB"),
    S("patternProperties removed","{type: object, patternProperties: {'^x_': {type: integer}}}","{type: object}","CBBC"),
    S("propertyNames changed","{type: object, propertyNames: {maxLength: 9}}","{type: object, propertyNames: {maxLength: 3}}","BCCB"),
    S("if removed","{type: object, if: {properties: {a: {const: 1}}, required: [a]}, then: {required: [b]}}","{type: object}","CBBC"),
    S("else added","{type: object, if: {required: [a]}, then: {required: [b]}}","{type: object, if: {required: [a]}, then: {required: [b]}, else: {required: [c]}}","BCCB"),
    S("discriminator mapping","{oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}], discriminator: {propertyName: t, mapping: {a: '#/components/schemas/A', b: '#/components/schemas/B'}}}","{oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}], discriminator: {propertyName: t, mapping: {a: '#/components/schemas/A'}}}","DDCC",more="{schemas: {A: {type: object, required: [t], properties: {t: {enum: [a]}}},B: {type: object, required: [t], properties: {t: {enum: [b]}}}}}"),
    S("discriminator added","{oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]}","{oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}], discriminator: {propertyName: t}}","DDDD",more="{schemas: {A: {type: object, required: [t], properties: {t: {enum: [a]}}},B: {type: object, required: [t], properties: {t: {enum: [b]}}}}}"),
    S("schema true/false","{type: object, properties: {a: true}}","{type: object, properties: {a: false}}","BCCB"),
    S("multipleOf decimal","{type: number, multipleOf: 0.01}","{type: number, multipleOf: 0.1}","BCCB"),
    S("recursive pattern","{$ref: '#/components/schemas/T'}","{$ref: '#/components/schemas/U'}","BCCB",more="{schemas: {T: {type: object, properties: {n: {type: string}, c: {type: array, items: {$ref: '#/components/schemas/T'}}}}, U: {type: object, properties: {n: {type: string, pattern: '^a'}, c: {type: array, items: {$ref: '#/components/schemas/U'}}}}}}"),
    S("deep under map","{type: object, additionalProperties: {type: array, items: {type: object, properties: {x: {type: integer}}}}}","{type: object, additionalProperties: {type: array, items: {type: object, properties: {x: {type: string}}}}}","BBBB"),
    S("nullable enum 3.0 without null","{type: string, enum: [a], nullable: true}","{type: string, enum: [a]}","BCCB","3.0.3"),
    S("minLength and maxLength same time","{type: string, minLength: 3, maxLength: 10}","{type: string, minLength: 5, maxLength: 20}","BBBB"),
    S("pattern generalized to .*","{type: string, pattern: '^[a-z]+$'}","{type: string, pattern: '.*'}","CBBC"),
    # Alternatives that overlap
    S("an open alternative is added to oneOf", _pets("oneOf", "Dog", "Cat"), _pets("oneOf", "Dog", "Cat", "Rabbit"), "CBBC", more=_PETS),
    S("an open alternative is added to anyOf", _pets("anyOf", "Dog", "Cat"), _pets("anyOf", "Dog", "Cat", "Rabbit"), "CBBC", more=_PETS),
    S("a property of an alternative of anyOf becomes required", _pets("anyOf", "Dog", "Cat"), _pets("anyOf", "BarkingDog", "Cat"), "BCCB", more=_PETS),
    S("a property of an alternative of oneOf becomes required", _pets("oneOf", "Dog", "Cat"), _pets("oneOf", "BarkingDog", "Cat"), "BCCB", more=_PETS),
    S("an alternative in a property", "{type: object, properties: {pet: " + _pets("anyOf", "Dog", "Cat") + "}}",
      "{type: object, properties: {pet: " + _pets("anyOf", "BarkingDog", "Cat") + "}}", "BCCB", more=_PETS),
    S("an open schema becomes one of two", "{$ref: '#/components/schemas/Dog'}", _pets("oneOf", "Dog", "Cat"), "BBBB", more=_PETS),
    S("a large limit with an exponent", "{type: integer, maximum: 18446744073709552000}", "{type: integer, maximum: 1.8446744073709552e+19}", "NNNN"),
    S("64 bits of an integer", "{type: integer}", "{type: integer, format: int64}", "DCCD"),
    S("required becomes a choice", "{type: object, required: [a], properties: {a: {type: string}, b: {type: string}}}",
      "{type: object, properties: {a: {type: string}, b: {type: string}}, anyOf: [{required: [a]}, {required: [b]}]}", "CBBC"),
]  # fmt: skip

_BODY = "requestBody: {required: true, content: {application/json: {schema: {type: object}}}}"
_KEY = "{components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}, other: {type: apiKey, in: header,"
_KEY += " name: X-Other}, same: {type: apiKey, in: header, name: x-key}, auth: {type: oauth2, flows: {implicit:"
_KEY += " {authorizationUrl: 'https://a', scopes: {read: r, write: w}}}}}}}"

OPERATIONS = [
    # Parameters
    P("a required query parameter", "{}", "{parameters: [{name: q, in: query, required: true, schema: {type: string}}]}", "BD"),
    P("an optional query parameter", "{}", "{parameters: [{name: q, in: query, schema: {type: string}}]}", "CD"),
    P("a required header", "{}", "{parameters: [{name: X-Q, in: header, required: true, schema: {type: string}}]}", "BD"),
    P("a required cookie", "{}", "{parameters: [{name: q, in: cookie, required: true, schema: {type: string}}]}", "BD"),
    P("a parameter with a default becomes required", "{parameters: [{name: q, in: query, schema: {type: integer, default: 1}}]}",
      "{parameters: [{name: q, in: query, required: true, schema: {type: integer, default: 1}}]}", "BC"),
    P("a deprecated parameter is removed", "{parameters: [{name: q, in: query, deprecated: true, schema: {type: string}}]}",
      "{}", "DC"),
    P("a parameter is limited", "{parameters: [{name: q, in: query, schema: {type: integer, maximum: 9}}]}",
      "{parameters: [{name: q, in: query, schema: {type: integer, maximum: 5}}]}", "BC"),
    P("a parameter gets a pattern", "{parameters: [{name: q, in: query, schema: {type: string}}]}",
      "{parameters: [{name: q, in: query, schema: {type: string, pattern: '^a'}}]}", "BC"),
    P("a value of a parameter is removed", "{parameters: [{name: q, in: query, schema: {enum: [a, b]}}]}",
      "{parameters: [{name: q, in: query, schema: {enum: [a]}}]}", "BC"),
    P("a list in a parameter is limited", "{parameters: [{name: q, in: query, schema: {type: array, items: {type: string}}}]}",
      "{parameters: [{name: q, in: query, schema: {type: array, items: {type: string}, maxItems: 2}}]}", "BC"),
    P("a number becomes text in a query", "{parameters: [{name: q, in: query, schema: {type: integer}}]}",
      "{parameters: [{name: q, in: query, schema: {type: string}}]}", "CB"),
    P("text becomes a number in a header", "{parameters: [{name: X-Q, in: header, schema: {type: string}}]}",
      "{parameters: [{name: X-Q, in: header, schema: {type: integer}}]}", "BC"),
    P("the style of a list", "{parameters: [{name: q, in: query, schema: {type: array, items: {type: integer}}}]}",
      "{parameters: [{name: q, in: query, explode: false, schema: {type: array, items: {type: integer}}}]}", "BB"),
    P("a deep object", "{parameters: [{name: q, in: query, style: deepObject, schema: {type: object, properties: {a: {type: integer}}}}]}",
      "{parameters: [{name: q, in: query, style: deepObject, schema: {type: object, properties: {a: {type: integer, maximum: 5}}}}]}", "BC"),
    P("the case of a header", "{parameters: [{name: X-Query, in: header, schema: {type: string}}]}",
      "{parameters: [{name: x-query, in: header, schema: {type: string}}]}", "NN"),
    P("a parameter of the path item", "{parameters: [{name: q, in: query, schema: {type: string}}]}",
      "{item: {parameters: [{name: q, in: query, schema: {type: string}}]}}", "NN"),
    P("a parameter moves", "{parameters: [{name: q, in: query, required: true, schema: {type: string}}]}",
      "{parameters: [{name: q, in: header, required: true, schema: {type: string}}]}", "BB"),
    P("the default of a parameter", "{parameters: [{name: q, in: query, schema: {type: integer, default: 1}}]}",
      "{parameters: [{name: q, in: query, schema: {type: integer, default: 2}}]}", "DD"),
    P("a path parameter is limited", "{}",
      "{parameters: [{name: id, in: path, required: true, schema: {type: string, maxLength: 3}}]}", "BC"),
    P("a parameter with a media type", "{parameters: [{name: q, in: query, content: {application/json: {schema: {type: object}}}}]}",
      "{parameters: [{name: q, in: query, content: {application/json: {schema: {type: object, required: [a]}}}}]}", "BC"),
    P("a parameter is deprecated", "{parameters: [{name: q, in: query, schema: {type: string}}]}",
      "{parameters: [{name: q, in: query, deprecated: true, schema: {type: string}}]}", "CC"),
    P("the description of a parameter", "{parameters: [{name: q, in: query, schema: {type: string}}]}",
      "{parameters: [{name: q, in: query, description: d, schema: {type: string}}]}", "TT"),
    P("a sunset of a parameter is moved up",
      "{parameters: [{name: q, in: query, deprecated: true, x-sunset: '2027-12-31', schema: {type: string}}]}",
      "{parameters: [{name: q, in: query, deprecated: true, x-sunset: '2027-06-30', schema: {type: string}}]}", "BC"),
    P("a parameter is removed before its sunset",
      "{parameters: [{name: q, in: query, deprecated: true, x-sunset: '2027-12-31', schema: {type: string}}]}", "{}", "BC"),
    # Bodies
    P("a required body", "{}", "{" + _BODY + "}", "BB"),
    P("an optional body", "{}", "{" + _BODY.replace("required: true", "required: false") + "}", "CB"),
    P("a body becomes required", "{" + _BODY.replace("required: true", "required: false") + "}", "{" + _BODY + "}", "BC"),
    P("a media type of a body", "{requestBody: {content: {application/json: {}, application/xml: {}}}}",
      "{requestBody: {content: {application/json: {}}}}", "BC"),
    P("a range takes a media type in", "{requestBody: {content: {text/plain: {}}}}", "{requestBody: {content: {text/*: {}}}}", "CB"),
    P("a body gets a schema", "{requestBody: {content: {application/json: {}}}}",
      "{requestBody: {content: {application/json: {schema: {type: object}}}}}", "BC"),
    P("a form", "{requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {a: {type: string}}}}}}}",
      "{requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object, required: [a], properties: {a: {type: string}}}}}}}", "BC"),
    P("a multipart form", "{requestBody: {content: {multipart/form-data: {schema: {type: object, properties: {a: {type: string}}}}}}}",
      "{requestBody: {content: {multipart/form-data: {schema: {type: object, properties: {a: {type: string, maxLength: 3}}}}}}}", "BC"),
    # Responses
    P("a success status is removed", "{responses: {'200': {description: a}, '201': {description: b}}}",
      "{responses: {'200': {description: a}}}", "BD"),
    P("an error status is removed", "{responses: {'200': {description: a}, '404': {description: b}}}",
      "{responses: {'200': {description: a}}}", "CC"),
    P("a range covers a status", "{responses: {'200': {description: a}}}", "{responses: {2XX: {description: a}}}", "DC"),
    P("a media type of a response", "{responses: {'200': {description: a, content: {application/json: {}, text/csv: {}}}}}",
      "{responses: {'200': {description: a, content: {application/json: {}}}}}", "BC"),
    P("a response loses its body", "{responses: {'200': {description: a, content: {application/json: {}}}}}",
      "{responses: {'200': {description: a}}}", "BC"),
    P("a vendor's media type", "{responses: {'200': {description: a, content: {application/json: {}}}}}",
      "{responses: {'200': {description: a, content: {application/vnd.a+json: {}}}}}", "DB"),
    P("a response loses its schema", "{responses: {'200': {description: a, content: {application/json: {schema: {type: object}}}}}}",
      "{responses: {'200': {description: a, content: {application/json: {}}}}}", "BC"),
    P("a required header of a response", "{responses: {'200': {description: a, headers: {X-A: {required: true, schema: {type: string}}}}}}",
      "{responses: {'200': {description: a}}}", "BC"),
    P("an optional header of a response", "{responses: {'200': {description: a, headers: {X-A: {schema: {type: string}}}}}}",
      "{responses: {'200': {description: a}}}", "DC"),
    P("a header becomes optional", "{responses: {'200': {description: a, headers: {X-A: {required: true, schema: {type: string}}}}}}",
      "{responses: {'200': {description: a, headers: {X-A: {schema: {type: string}}}}}}", "BC"),
    P("a header of another type", "{responses: {'200': {description: a, headers: {X-A: {schema: {type: integer}}}}}}",
      "{responses: {'200': {description: a, headers: {X-A: {schema: {type: string}}}}}}", "BC"),
    P("a header is limited", "{responses: {'200': {description: a, headers: {X-A: {schema: {type: integer}}}}}}",
      "{responses: {'200': {description: a, headers: {X-A: {schema: {type: integer, maximum: 5}}}}}}", "CB"),
    P("an error body", "{responses: {'200': {description: a}, '400': {description: b, content: {application/json: {schema: {type: object, required: [code]}}}}}}",
      "{responses: {'200': {description: a}, '400': {description: b, content: {application/json: {schema: {type: object}}}}}}", "BC"),
    P("a link", "{responses: {'200': {description: a, links: {next: {operationId: changeThing}}}}}",
      "{responses: {'200': {description: a}}}", "DC"),
    P("the description of a response", "{responses: {'200': {description: a}}}", "{responses: {'200': {description: b}}}", "TT"),
    P("a shared response", "{responses: {'200': {$ref: '#/components/responses/Ok'}}}", "{responses: {'200': {description: a}}}", "NN",
      "{components: {responses: {Ok: {description: a}}}}"),
    P("a stream of items", "{responses: {'200': {description: a, content: {application/jsonl: {itemSchema: {type: object, required: [a]}}}}}}",
      "{responses: {'200': {description: a, content: {application/jsonl: {itemSchema: {type: object}}}}}}", "BC"),
    # Security
    P("credentials are required", "{}", "{security: [{key: []}]}", "BC", _KEY),
    P("a scheme is removed", "{security: [{key: []}, {other: []}]}", "{security: [{key: []}]}", "BC", _KEY),
    P("a second scheme is required", "{security: [{key: []}]}", "{security: [{key: [], other: []}]}", "BC", _KEY),
    P("a scope is required", "{security: [{auth: [read]}]}", "{security: [{auth: [read, write]}]}", "BC", _KEY),
    P("another scope is required", "{security: [{auth: [read]}]}", "{security: [{auth: [write]}]}", "BB", _KEY),
    P("credentials become optional", "{security: [{key: []}]}", "{security: [{key: []}, {}]}", "CB", _KEY),
    P("a scheme under another name", "{security: [{key: []}]}", "{security: [{same: []}]}", "NN", _KEY),
    P("the order of schemes", "{security: [{key: []}, {other: []}]}", "{security: [{other: []}, {key: []}]}", "NN", _KEY),
    P("another scheme", "{security: [{key: []}]}", "{security: [{other: []}]}", "BB", _KEY),
    P("no credentials in two ways", "{security: []}", "{security: [{}]}", "NN", _KEY),
    # Objects in parameters
    P("a property of a header becomes required", "{parameters: [{name: X-O, in: header, schema: {type: object, properties: {a: {type: string}, b: {type: string}}}}]}",
      "{parameters: [{name: X-O, in: header, schema: {type: object, required: [b], properties: {a: {type: string}, b: {type: string}}}}]}", "BC"),
    P("a property of a header gets values", "{parameters: [{name: X-O, in: header, schema: {type: object, properties: {a: {type: string}}}}]}",
      "{parameters: [{name: X-O, in: header, schema: {type: object, properties: {a: {type: string, enum: [x]}}}}]}", "BC"),
    P("a property of a query object", "{parameters: [{name: f, in: query, schema: {type: object, properties: {a: {type: string}}}}]}",
      "{parameters: [{name: f, in: query, schema: {type: object, properties: {a: {type: integer}}}}]}", "BC"),
    P("a value of a list in a query", "{parameters: [{name: f, in: query, schema: {type: array, items: {enum: [a, b]}}}]}",
      "{parameters: [{name: f, in: query, schema: {type: array, items: {enum: [a]}}}]}", "BC"),
    P("a minimum number of items in a query", "{parameters: [{name: f, in: query, schema: {type: array, items: {type: string}}}]}",
      "{parameters: [{name: f, in: query, schema: {type: array, items: {type: string}, minItems: 2}}]}", "BC"),
    P("a success status with a default", "{responses: {'200': {description: a}, default: {description: b}}}", "{responses: {default: {description: b}}}", "BC"),
    # The operation
    P("another method", "{}", "{method: put}", "BB"),
    P("another path", "{}", "{path: /objects/{id}}".replace("{id}", "'{id}'").replace("/objects/'{id}'", "'/objects/{id}'"), "BB"),
    P("another name of a path parameter", "{path: '/things/{id}'}",
      "{path: '/things/{key}', parameters: [{name: key, in: path, required: true, schema: {type: string}}]}", "CC"),
    P("another operationId", "{operationId: a}", "{operationId: b}", "DD"),
    P("another tag", "{tags: [a]}", "{tags: [b]}", "DD"),
    P("a second tag", "{tags: [a]}", "{tags: [a, b]}", "CC"),
    P("a summary", "{summary: a}", "{summary: b}", "TT"),
    P("deprecation", "{}", "{deprecated: true}", "CC"),
    P("a sunset is withdrawn", "{deprecated: true, x-sunset: '2027-12-31'}", "{deprecated: true}", "BC"),
    P("a sunset is moved up", "{deprecated: true, x-sunset: '2027-12-31'}", "{deprecated: true, x-sunset: '2027-06-30'}", "BC"),
    P("a sunset without a date", "{deprecated: true, x-sunset: '2027-12-31'}", "{deprecated: true, x-sunset: soon}", "BC"),
    P("a less stable operation", "{x-stability-level: stable}", "{x-stability-level: beta}", "BC"),
    P("a draft changes", "{x-stability-level: draft}",
      "{x-stability-level: draft, parameters: [{name: q, in: query, required: true, schema: {type: string}}]}", "DD"),
    P("a callback is removed", "{callbacks: {done: {'{$request.body#/url}': {post: {responses: {'200': {description: a}}}}}}}",
      "{}", "BC"),
    P("the body of a callback", "{callbacks: {done: {'{$request.body#/url}': {post: {requestBody: {content: {application/json: {schema: {type: object, required: [a]}}}}, responses: {'200': {description: a}}}}}}}",
      "{callbacks: {done: {'{$request.body#/url}': {post: {requestBody: {content: {application/json: {schema: {type: object}}}}, responses: {'200': {description: a}}}}}}}", "BC"),
]  # fmt: skip

_INFO = "openapi: 3.1.0\ninfo: {title: Things, version: 1.0.0}\n"
_GET = "get: {responses: {'200': {description: ok}}}"

DOCUMENTS = [
    D("an operation is removed", _INFO + "paths: {/a: {" + _GET + "}, /b: {" + _GET + "}}", _INFO + "paths: {/a: {" + _GET + "}}", "BC"),
    D("a deprecated operation is removed", _INFO + "paths: {/a: {get: {deprecated: true, responses: {'200': {description: ok}}}}}",
      _INFO + "paths: {}", "DC"),
    D("an operation is removed before its sunset",
      _INFO + "paths: {/a: {get: {deprecated: true, x-sunset: '2027-01-31', responses: {'200': {description: ok}}}}}",
      _INFO + "paths: {}", "BC"),
    D("an operation is removed after its sunset",
      _INFO + "paths: {/a: {get: {deprecated: true, x-sunset: '2026-01-31', responses: {'200': {description: ok}}}}}",
      _INFO + "paths: {}", "CC"),
    D("a webhook is removed", _INFO + "webhooks: {a: {post: {responses: {'200': {description: ok}}}}}", _INFO + "paths: {}", "BC"),
    D("the body of a webhook widens",
      _INFO + "webhooks: {a: {post: {requestBody: {content: {application/json: {schema: {type: string}}}}, responses: {'200': {description: ok}}}}}",
      _INFO + "webhooks: {a: {post: {requestBody: {content: {application/json: {schema: {type: [string, integer]}}}}, responses: {'200': {description: ok}}}}}",
      "BC"),
    D("the only server", _INFO + "servers: [{url: 'https://a.example'}]\npaths: {/a: {" + _GET + "}}",
      _INFO + "servers: [{url: 'https://b.example'}]\npaths: {/a: {" + _GET + "}}", "BB"),
    D("one of two servers", _INFO + "servers: [{url: 'https://a.example'}, {url: 'https://b.example'}]\npaths: {/a: {" + _GET + "}}",
      _INFO + "servers: [{url: 'https://a.example/'}]\npaths: {/a: {" + _GET + "}}", "DC"),
    D("a base path moves into the paths", _INFO + "servers: [{url: 'https://a.example/v1'}]\npaths: {/a: {" + _GET + "}}",
      _INFO + "servers: [{url: 'https://a.example'}]\npaths: {/v1/a: {" + _GET + "}}", "DD"),
    D("security of the whole document", _INFO + "paths: {/a: {" + _GET + "}}\n" + yaml.safe_dump(parsed(_KEY)),
      _INFO + "security: [{key: []}]\npaths: {/a: {" + _GET + "}}\n" + yaml.safe_dump(parsed(_KEY)), "BC"),
    D("the name of a key", _INFO + "security: [{key: []}]\npaths: {/a: {" + _GET + "}}\ncomponents: {securitySchemes: {key: {type: apiKey, in: header, name: X-A}}}",
      _INFO + "security: [{key: []}]\npaths: {/a: {" + _GET + "}}\ncomponents: {securitySchemes: {key: {type: apiKey, in: header, name: X-B}}}", "BB"),
    D("where tokens are fetched", _INFO + "paths: {}\ncomponents: {securitySchemes: {o: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://a', scopes: {}}}}}}",
      _INFO + "paths: {}\ncomponents: {securitySchemes: {o: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://b', scopes: {}}}}}}", "DD"),
    D("a description", _INFO + "paths: {}", _INFO.replace("version", "description: d, version") + "paths: {}", "TT"),
    D("Swagger 2 becomes OpenAPI 3",
      "swagger: '2.0'\ninfo: {title: Things, version: 1.0.0}\npaths: {/a: {post: {consumes: [application/json], produces: [application/json], parameters: [{in: body, name: b, required: true, schema: {type: object, required: [n], properties: {n: {type: string}}}}], responses: {'200': {description: ok, schema: {type: integer}}}}}}",
      "openapi: 3.0.3\ninfo: {title: Things, version: 1.0.0}\npaths: {/a: {post: {requestBody: {required: true, content: {application/json: {schema: {type: object, required: [n], properties: {n: {type: string}}}}}}, responses: {'200': {description: ok, content: {application/json: {schema: {type: integer}}}}}}}}",
      "NN"),
    D("3.0 becomes 3.1",
      "openapi: 3.0.3\ninfo: {title: Things, version: 1.0.0}\npaths: {/a: {get: {responses: {'200': {description: ok, content: {application/json: {schema: {type: object, properties: {a: {type: string, nullable: true}, b: {type: integer, minimum: 1, exclusiveMinimum: true}}}}}}}}}}",
      "openapi: 3.1.0\ninfo: {title: Things, version: 1.0.0}\npaths: {/a: {get: {responses: {'200': {description: ok, content: {application/json: {schema: {type: object, properties: {a: {type: [string, 'null']}, b: {type: integer, exclusiveMinimum: 1}}}}}}}}}}",
      "NN"),
    D("a component that nothing uses", _INFO + "paths: {}\ncomponents: {schemas: {A: {type: string}}}", _INFO + "paths: {}", "NN"),
]  # fmt: skip

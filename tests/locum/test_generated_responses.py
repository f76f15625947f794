"""Responses generated from the contract: examples, unless they are ignored, and headers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from locum.generate.files.making import file_of
from locum.generate.generator import Generator
from locum.infer.actions.generated import GenerateResponse
from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import Document
from locum.world.seeded import chance

TEXT, INTEGER = {"type": "string"}, {"type": "integer", "minimum": 100}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def response(**declared):
    """Compile the only response of an operation and return a function that generates it."""
    operation = {"responses": {"200": {"description": "done", **declared}}}
    document = {"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": operation}}}
    contract = compile_contract(Document("things", Path("things.yaml"), b"", document))
    compiled = contract.operations["/a", "get"]
    return compiled, compiled.responses["200"], Generator(contract.schemas)


def content(media_type="application/json", schema=None, **media):
    return {"content": {media_type: ({"schema": schema} if schema is not None else {}) | media}}


@pytest.mark.parametrize(
    ("declared", "body"),
    [
        (content(schema=TEXT, example="shown"), "shown"),
        (content(schema=TEXT, examples={"a": {"value": 5}, "b": {"value": "b"}, "c": {"value": "c"}}), "b"),
        (content(schema=TEXT, examples={"a": {"externalValue": "https://example.com"}, "b": {"dataValue": "b"}}), "b"),
        (content(), {}),
        (content("text/plain"), ""),
        (content("image/png"), file_of("image/png", "Get a")),
        ({}, None),
        (content("application/xml", {"type": "object"}, example="<a/>"), b"<a/>"),
        (content("application/xml", {"type": "object", "required": ["b"]}, example="<a><b>1</b></a>"), b"<a><b>1</b></a>"),
        (content("application/x-www-form-urlencoded", {"type": "object"}, example="a=1&b=2"), b"a=1&b=2"),
        (content("text/plain", TEXT, example="a=1"), "a=1"),
        ({"content": {"text/plain": {"example": "a"}, "application/hal+json": {"example": "b"}}}, "b"),
    ],
)  # fmt: skip
def test_the_first_valid_example_is_the_response(declared, body):
    operation, compiled, generator = response(**declared)

    assert GenerateResponse(operation, generator).body(compiled, chance(0), NOW) == body


def test_an_example_that_breaks_its_schema_is_not_used():
    operation, compiled, generator = response(**content(schema=INTEGER, example=5))
    media = compiled.media_types["application/json"]

    assert (media.examples, media.fitting) == ({"default": 5}, {})
    assert GenerateResponse(operation, generator).body(compiled, chance(0), NOW) >= 100


def test_a_server_can_ignore_all_examples():
    schema = {"type": "object", "required": ["a"], "properties": {"a": {**INTEGER, "example": 200}}}
    header = {"X-A": {"schema": INTEGER, "example": 300}}
    operation, compiled, generator = response(**content(schema=schema, example={"a": 100}), headers=header)
    dynamic = GenerateResponse(operation, generator, dynamic=True)
    made = [dynamic.body(compiled, chance(0, number), NOW)["a"] for number in range(5)]

    assert len({100, 200, *made}) > 3
    assert dynamic.headers(compiled, chance(0), NOW) != {"X-A": "300"}
    assert dynamic.value(compiled.media_types["application/json"], chance(0), NOW, dynamic=False) == {"a": 100}


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ({"schema": INTEGER, "example": 123}, "123"),
        ({"schema": INTEGER, "examples": {"a": {"value": 1}, "b": {"value": 321}}}, "321"),
        ({"schema": {"const": True}}, "true"),
        ({"schema": {"type": "array", "items": {"const": 5}, "minItems": 2, "maxItems": 2}}, "5,5"),
        ({"schema": {"type": "object", "required": ["a"], "properties": {"a": {"const": 5}}, "additionalProperties": False}}, "a,5"),
        ({"explode": True, "schema": {"type": "object", "required": ["a"], "properties": {"a": {"const": 5}}, "additionalProperties": False}}, "a=5"),
        ({"required": True, "content": {"text/plain": {}}}, ""),
        ({"schema": {"const": "a\nb"}}, None),
        ({"schema": {"not": {}}}, None),
    ],
)  # fmt: skip
def test_a_header_has_its_example_or_a_generated_value(header, text):
    operation, compiled, generator = response(headers={"X-A": header})
    made = GenerateResponse(operation, generator).headers(compiled, chance(0), NOW)

    assert made == ({} if text is None else {"X-A": text})

"""Unsatisfiable response schemas: the closest value is sent and marked in the journal."""

from __future__ import annotations

import pytest

from locum.generate.generator import Generator
from tests.wire.generated import generated
from tests.wire.serving import body, document, responses

INTEGER, TEXT = {"type": "integer"}, {"type": "string"}
CROSSED = {"type": "integer", "minimum": 5, "maximum": 3}


def of(required=None, /, **properties):
    return {"type": "object", "required": list(properties) if required is None else required, "properties": properties}


def is_text(value):
    return isinstance(value, str)


def is_whole(value):
    return isinstance(value, int)


# By name: an unsatisfiable schema, and what the closest value satisfies.
CLASHES = {
    "bounds": (CROSSED, is_whole),
    "no-integer-between": (INTEGER | {"minimum": 1.2, "maximum": 1.9}, is_whole),
    "multiple": (INTEGER | {"minimum": 1, "maximum": 2, "multipleOf": 5}, lambda value: value in {1, 2}),
    "lengths": (TEXT | {"minLength": 5, "maxLength": 2}, lambda value: len(value) >= 5),
    "pattern-and-length": (TEXT | {"pattern": "^abc$", "minLength": 5}, lambda value: len(value) >= 5),
    "impossible-pattern": (TEXT | {"pattern": "^a(?=b)c$"}, is_text),
    "pattern-and-format": (TEXT | {"pattern": "^abc$", "format": "date"}, is_text),
    "items": ({"type": "array", "items": INTEGER, "minItems": 3, "maxItems": 1}, lambda value: len(value) >= 3 and all(map(is_whole, value))),
    "unique-items": ({"type": "array", "items": {"enum": ["a"]}, "minItems": 2, "uniqueItems": True}, lambda value: value == ["a", "a"]),
    "vast-array": ({"type": "array", "items": INTEGER, "minItems": 10**6}, lambda value: all(map(is_whole, value))),
    "vast-text": (TEXT | {"minLength": 10**9}, is_text),
    "vast-object": ({"type": "object", "minProperties": 10**6}, lambda value: isinstance(value, dict)),
    "types": ({"allOf": [TEXT, INTEGER]}, is_text),
    "types-of-a-member": ({"allOf": [of(a=TEXT, b=INTEGER), of(a=INTEGER)]}, lambda value: is_text(value["a"]) and is_whole(value["b"])),
    "enum-of-another-type": (INTEGER | {"enum": ["a", "b"]}, lambda value: value in {"a", "b"}),
    "enums": ({"allOf": [{"enum": ["a"]}, {"enum": ["b"]}]}, lambda value: value == "a"),
    "excluded": ({"enum": ["a"], "not": {"enum": ["a"]}}, lambda value: value == "a"),
    "negated-type": (TEXT | {"not": TEXT}, is_text),
    "required-and-forbidden": (of(["a", "b"], a=INTEGER) | {"additionalProperties": False}, lambda value: value.keys() == {"a", "b"}),
    "too-many-required": (of(a=INTEGER, b=TEXT) | {"maxProperties": 1}, lambda value: value.keys() == {"a", "b"}),
    "alike-alternatives": ({"oneOf": [of(a=INTEGER), of(a=INTEGER)]}, lambda value: is_whole(value["a"])),
    "no-alternative": (of(a=INTEGER) | {"anyOf": [TEXT]}, lambda value: is_whole(value["a"])),
    "endless": ({"$ref": "#/components/schemas/Endless"}, lambda value: is_whole(value["n"])),
    "deep-inside": (of(a={"type": "array", "minItems": 1, "items": of(b=CROSSED, c=TEXT | {"pattern": "^x[0-9]$"})}), lambda value: is_whole(value["a"][0]["b"]) and value["a"][0]["c"][0] == "x"),
    "example": (CROSSED | {"example": 4}, lambda value: value == 4),
    "example-of-the-whole": (of(a=CROSSED) | {"example": {"a": 4}}, lambda value: value == {"a": 4}),
}  # fmt: skip
ENDLESS = of(next={"$ref": "#/components/schemas/Endless"}, n=INTEGER)
UNFIT = of(id=TEXT, size=CROSSED)
PLAIN = {"description": "done"}
PATHS = {f"/{name}": {"get": {"operationId": name, "responses": responses(schema=schema)}} for name, (schema, _) in CLASHES.items()}  # fmt: skip
PATHS |= {
    "/media": {"get": {"operationId": "media", "responses": {"200": PLAIN | {"content": {"application/json": {"schema": CROSSED, "example": 9}}}}}},
    "/xml": {"get": {"operationId": "xml", "responses": {"200": PLAIN | {"content": {"application/xml": {"schema": of(a=CROSSED)}}}}}},
    "/header": {"get": {"operationId": "header", "responses": {"204": PLAIN | {"headers": {"X-Size": {"required": True, "schema": CROSSED}}}}}},
    "/things": {
        "get": {"operationId": "list", "responses": responses(schema={"type": "array", "items": UNFIT})},
        "post": {"operationId": "create", "requestBody": body({"type": "object"}), "responses": responses(status=201, schema=UNFIT)},
    },
    "/things/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
        "get": {"operationId": "read", "responses": responses(schema=UNFIT)},
        "put": {"operationId": "replace", "requestBody": body({"type": "object"}), "responses": responses(schema=UNFIT)},
        "delete": {"operationId": "delete", "responses": {"204": PLAIN}},
    },
}  # fmt: skip
DOCUMENT = document(PATHS, openapi="3.1.0", components={"schemas": {"Endless": ENDLESS}})


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("unsatisfiable"), DOCUMENT) as server:
        yield server


def find_verdicts(server, world):
    return [entry.verdict for entry in server.application.worlds.named(world).journal.entries]


@pytest.mark.parametrize("name", CLASHES)
def test_the_closest_value_satisfies_the_rules_without_contradiction(server, name):
    reply = server("GET", f"/{name}", world=name)

    assert reply.status == 200
    assert CLASHES[name][1](reply.json)
    assert find_verdicts(server, name) == ["contract_unsatisfiable"]


def test_the_closest_value_does_not_depend_on_earlier_requests(server):
    first = server("GET", "/deep-inside", world="one").body
    server("GET", "/bounds", world="two")

    assert server("GET", "/deep-inside", world="two").body == first


def test_the_example_of_an_unsatisfiable_media_type_is_served(server):
    assert server("GET", "/media").json == 9


def test_the_closest_value_is_serialized_as_xml(server):
    assert server("GET", "/xml").status == 200


def test_an_unsatisfiable_required_header_is_still_sent(server):
    reply = server("GET", "/header", world="header")

    assert reply.status == 204
    assert int(reply.headers["X-Size"])
    assert find_verdicts(server, "header") == ["contract_unsatisfiable"]


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [("GET", "/things", None, 200), ("POST", "/things", {"id": "a"}, 201), ("GET", "/things/a", None, 200), ("PUT", "/things/a", {}, 200)],
)  # fmt: skip
def test_operations_on_unsatisfiable_records_return_their_declared_success(server, method, path, sent, status):
    reply = server(method, path, sent, world="records")

    assert reply.status == status, reply.body
    assert not {"generation_failed", "contract_broken"}.intersection(find_verdicts(server, "records"))


def test_a_preferred_unsatisfiable_response_is_the_closest_value(server):
    reply = server("GET", "/bounds", headers={"Prefer": "code=200"}, world="preferred")

    assert (reply.status, find_verdicts(server, "preferred")) == (200, ["contract_unsatisfiable"])


def test_an_invalid_handler_response_is_a_500_even_where_the_schema_is_unsatisfiable(served):
    server = served(
        {"unfit": document({"/a": {"get": {"operationId": "a", "responses": responses(schema=CROSSED)}}})},
        {"unfit": "def a(): return 4"},
    )
    reply = server("GET", "/a")

    assert (reply.status, reply.json["code"]) == (500, "contract_broken")


def test_an_unexpected_exception_names_the_step_and_no_handler(tmp_path, monkeypatch):
    with generated(tmp_path, DOCUMENT) as server:
        monkeypatch.setattr(Generator, "value", lambda *_, **__: 1 / 0)
        reply = server("GET", "/endless")

    assert (reply.status, reply.json["code"]) == (500, "generation_failed")
    assert reply.json["detail"] == "Generating the response of endless failed; the server's log has the traceback."

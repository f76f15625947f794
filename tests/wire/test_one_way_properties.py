"""readOnly properties are sent only by the server, writeOnly ones only by the client."""

from __future__ import annotations

import pytest

from tests.wire.serving import body, document, responses

TEXT = {"type": "string"}
USER = {
    "type": "object",
    "required": ["id", "name", "secret"],
    "properties": {
        "id": {**TEXT, "readOnly": True},
        "name": TEXT,
        "secret": {**TEXT, "writeOnly": True},
    },
}
REFERENCED = {
    "type": "object",
    "required": ["id", "name", "secret"],
    "properties": {
        "id": {"$ref": "#/components/schemas/Id"},
        "name": TEXT,
        "secret": {"$ref": "#/components/schemas/Alias"},
    },
}
COMPOSED = {
    "allOf": [
        {"type": "object", "properties": USER["properties"]},
        {"type": "object", "required": ["id", "name", "secret"]},
    ]
}
NESTED = {"type": "object", "required": ["users"], "properties": {"users": {"type": "array", "items": USER}}}
COMPONENTS = {
    "User": USER,
    "Id": {**TEXT, "readOnly": True},
    "Secret": {**TEXT, "writeOnly": True},
    "Alias": {"$ref": "#/components/schemas/Secret"},
    "Base": {"type": "object", "properties": USER["properties"]},
}
SCHEMAS = {
    "inline": USER,
    "referenced": {"$ref": "#/components/schemas/User"},
    "referenced-properties": REFERENCED,
    "composed": COMPOSED,
    "composed-of-a-reference": {"allOf": [{"$ref": "#/components/schemas/Base"}, COMPOSED["allOf"][1]]},
    "required-beside-all-of": {"required": ["id", "name", "secret"], "allOf": [{"$ref": "#/components/schemas/Base"}]},
    "closed": {**USER, "additionalProperties": False},
}


def paths():
    found = {}
    for name, schema in SCHEMAS.items():
        found[f"/{name}"] = {
            "post": {"operationId": f"save {name}", "requestBody": body(schema), "responses": responses(400)},
            "put": {
                "operationId": f"mirror {name}",
                "requestBody": body({}),
                "responses": responses(
                    500, schema={"type": "object", "required": ["value"], "properties": {"value": schema}}
                ),
            },
        }
    found["/nested"] = {
        "post": {"operationId": "save nested", "requestBody": body(NESTED), "responses": responses(400)}
    }
    return found


DOCUMENTS = {
    "old": document(paths(), components={"schemas": COMPONENTS}),
    "new": document(
        {f"/new{path}": item for path, item in paths().items()}, openapi="3.1.0", components={"schemas": COMPONENTS}
    ),
}
SAVING = "\n".join(
    f"def save_{name.replace('-', '_')}(body): return {{'value': body}}" for name in [*SCHEMAS, "nested"]
)
HANDLERS = {"old": SAVING, "new": SAVING}

both = pytest.mark.parametrize("base", ["", "/new"], ids=["3.0", "3.1"])
each = pytest.mark.parametrize("name", SCHEMAS)


@both
@each
def test_read_only_properties_are_not_required_in_requests(server, base, name):
    assert server("POST", f"{base}/{name}", {"name": "a", "secret": "b"}).status == 200


@both
@each
def test_a_read_only_property_in_a_request_is_rejected(server, base, name):
    reply = server("POST", f"{base}/{name}", {"id": "1", "name": "a", "secret": "b"})

    assert reply.status == 400
    assert set(reply.json["fields"]) == {"body:id:not"}


@both
@each
def test_write_only_properties_are_required_in_requests(server, base, name):
    assert server("POST", f"{base}/{name}", {"name": "a"}).json["fields"] == ["body:secret:required"]


@both
@each
def test_write_only_properties_are_not_required_in_responses(server, base, name):
    assert server("PUT", f"{base}/{name}", {"id": "1", "name": "a"}).status == 200


@both
@each
def test_a_write_only_property_is_never_sent(server, base, name):
    reply = server("PUT", f"{base}/{name}", {"id": "1", "name": "a", "secret": "hush-hush"})

    assert reply.status == 500
    assert "/value/secret" in reply.json["message"]
    assert b"hush-hush" not in reply.body


@both
@each
def test_read_only_properties_are_required_in_responses(server, base, name):
    assert "/value/id" in server("PUT", f"{base}/{name}", {"name": "a"}).json["message"]


@both
def test_a_nested_read_only_property_is_reported_with_its_path(server, base):
    users = [{"name": "a", "secret": "b"}, {"id": "1", "name": "a", "secret": "b"}]

    assert server("POST", f"{base}/nested", {"users": users}).json["fields"] == ["body:users.1.id:not"]


def test_the_message_of_a_read_only_violation(server):
    reply = server("PUT", "/inline", {"id": "1", "name": "a", "secret": "b"})

    assert reply.json["message"].endswith("response 200, body at '/value/secret' (not): must not be sent.")

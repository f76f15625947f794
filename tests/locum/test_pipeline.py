"""The pipeline of an operation as a plain function of a request and a world."""

from __future__ import annotations

import json

import pytest

from locum.errors import TooLarge
from locum.server.application import create
from locum.server.http import HttpRequest
from locum.server.pipeline import OperationPipeline
from locum.server.validation import Reader
from locum.settings import Settings
from locum.world.journal import Step

DOCUMENT = """
openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets:
    post:
      operationId: addPet
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses:
        "201": {description: Created, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
        "400": {description: Invalid}
        "413": {description: Too large}
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getPet
      responses:
        "200": {description: The pet, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
components:
  schemas:
    Pet:
      type: object
      required: [id, name]
      properties: {id: {type: string, readOnly: true}, name: {type: string, maxLength: 20}}
"""


@pytest.fixture
def application(tmp_path):
    path = tmp_path / "pets.yaml"
    path.write_text(DOCUMENT, encoding="utf-8")
    return create(Settings(specs=(path,), cache=False))


def respond(application, method, path, body=b"", **known):
    scope = {"method": method, "path": path, "query_string": b"", "headers": [], "scheme": "http"}
    pipeline, values, _ = application.app.registry.find(scope)
    headers = {b"content-type": b"application/json"}
    return pipeline.respond(HttpRequest(scope, headers, values, body, **known), application.worlds.default)


def last(application):
    return application.worlds.default.journal.entries[-1]


def test_a_request_gets_its_response_without_an_event_loop(application):
    created = respond(application, "POST", "/pets", b'{"name": "Rex"}')
    pet = json.loads(created.body)
    read = respond(application, "GET", f"/pets/{pet['id']}")

    assert (created.status, pet["name"]) == (201, "Rex")
    assert (read.status, json.loads(read.body)) == (200, pet)
    assert [entry.status for entry in application.worlds.default.journal.entries] == [201, 200]


def test_an_error_while_the_body_was_received_is_reported_at_the_body(application):
    response = respond(application, "POST", "/pets", body_error=TooLarge("Too large."))

    assert response.status == 413
    assert last(application).branch == "rejected at body"


@pytest.mark.parametrize(
    ("owner", "method", "step"),
    [
        (Reader, "parameters", "Reading the parameters"),
        (Reader, "body", "Reading the request body"),
    ],
)
def test_an_unexpected_exception_is_reported_with_its_step(application, monkeypatch, owner, method, step):
    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(owner, method, fail)
    response = respond(application, "POST", "/pets", b"{}")

    assert response.status == 500
    assert json.loads(response.body)["detail"].startswith(f"{step} of addPet failed")
    assert last(application).verdict == "server_failed"


def test_every_step_has_a_name_for_an_unexpected_exception(application, monkeypatch):
    pipeline, _, _ = application.app.registry.find({"method": "POST", "path": "/pets", "query_string": b""})
    for step in Step:

        def fail(self, request, world, progress, step=step):
            progress.step = step
            raise ZeroDivisionError

        monkeypatch.setattr(OperationPipeline, "_run", fail)
        response = respond(application, "POST", "/pets", b"{}")
        assert b"addPet" in response.body
        assert response.status == 500
    assert pipeline.operation.operation_id == "addPet"

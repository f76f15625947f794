"""With --dynamic, values are generated even where the document has examples."""

from __future__ import annotations

import pytest

from locum.settings import Settings
from tests.wire.serving import Server

DOCUMENT = """
openapi: 3.0.3
info: {title: Words, version: '1'}
paths:
  /word:
    get:
      responses:
        '200': {description: ok, content: {application/json: {schema: {type: string}, example: shown}}}
  /pets:
    get:
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}
              example: [{id: 7, name: Shown}]
  /pets/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        '200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '404': {description: none}
components:
  schemas:
    Pet: {type: object, required: [id, name], properties: {id: {type: integer}, name: {type: string}}}
"""


@pytest.fixture
def serve(tmp_path):
    servers = []
    (tmp_path / "words.yaml").write_text(DOCUMENT)

    def serve(**settings):
        servers.append(Server(Settings(specs=(tmp_path / "words.yaml",), cache=False, **settings)))
        return servers[-1]

    yield serve
    for server in servers:
        server.stop()


def test_examples_are_served_by_default(serve):
    server = serve()

    assert server("GET", "/word").json == "shown"
    assert server("GET", "/pets").json[0] == {"id": 7, "name": "Shown"}
    assert server("GET", "/pets/7").json == {"id": 7, "name": "Shown"}


def test_examples_are_ignored_with_dynamic(serve):
    server = serve(dynamic=True)

    assert server("GET", "/word").json != "shown"
    assert "Shown" not in [pet["name"] for pet in server("GET", "/pets").json]
    assert server("GET", "/pets/7").json["name"] != "Shown"

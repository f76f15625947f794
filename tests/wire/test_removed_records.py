"""Records that were removed, where any unknown identifier would otherwise be generated."""

from __future__ import annotations

import json

import pytest

from tests.corpus.requests import Request
from tests.corpus.walks import send, started

TEXT = {"type": "string"}
THING = {"type": "object", "required": ["id"], "properties": {"id": TEXT, "name": TEXT}}
KEY = {"name": "id", "in": "path", "required": True, "schema": TEXT}


@pytest.fixture
def ask(tmp_path):
    """Serve things that no operation lists or creates, with parts below each; return the status of a request."""

    def answered(schema):
        content = {"200": {"description": "fine", "content": {"application/json": {"schema": schema}}}}
        return {"responses": content | {"404": {"description": "none"}}}

    gone = {"responses": {"204": {"description": "gone"}, "404": {"description": "none"}}}
    parts = {"type": "array", "items": THING}
    paths = {
        "/things/{id}": {"parameters": [KEY], "get": answered(THING), "delete": gone},
        "/things/{id}/parts": {"parameters": [KEY], "get": answered(parts)},
    }
    path = tmp_path / "things.json"
    path.write_text(json.dumps({"openapi": "3.0.3", "info": {"title": "Things", "version": "1"}, "paths": paths}))
    application, _ = started(path)

    return lambda method, target: send(application, Request(method, target, {}, b"")).status


def test_a_removed_record_is_not_generated_again(ask):
    assert ask("GET", "/things/a") == 200
    assert ask("DELETE", "/things/a") == 204

    assert ask("GET", "/things/a") == 404
    assert ask("DELETE", "/things/a") == 404
    assert ask("GET", "/things/b") == 200


def test_records_below_a_removed_record_are_not_found(ask):
    assert ask("GET", "/things/a/parts") == 200
    assert ask("DELETE", "/things/a") == 204

    assert ask("GET", "/things/a/parts") == 404
    assert ask("GET", "/things/b/parts") == 200

"""Removed records where unknown identifiers are generated."""

from __future__ import annotations

import json

import pytest

from tests.corpus.requests import Request
from tests.corpus.walks import send as send_request
from tests.corpus.walks import start_service

TEXT = {"type": "string"}
THING = {"type": "object", "required": ["id"], "properties": {"id": TEXT, "name": TEXT}}
KEY = {"name": "id", "in": "path", "required": True, "schema": TEXT}


@pytest.fixture
def send(tmp_path):
    """Serve records that no operation lists or creates, with nested records; return the status of a request."""

    def declare_response(schema):
        content = {"200": {"description": "fine", "content": {"application/json": {"schema": schema}}}}
        return {"responses": content | {"404": {"description": "none"}}}

    gone = {"responses": {"204": {"description": "gone"}, "404": {"description": "none"}}}
    parts = {"type": "array", "items": THING}
    paths = {
        "/things/{id}": {"parameters": [KEY], "get": declare_response(THING), "delete": gone},
        "/things/{id}/parts": {"parameters": [KEY], "get": declare_response(parts)},
    }
    path = tmp_path / "things.json"
    path.write_text(json.dumps({"openapi": "3.0.3", "info": {"title": "Things", "version": "1"}, "paths": paths}))
    application, _ = start_service(path)

    return lambda method, target: send_request(application, Request(method, target, {}, b"")).status


def test_a_removed_record_is_not_generated_again(send):
    assert send("GET", "/things/a") == 200
    assert send("DELETE", "/things/a") == 204

    assert send("GET", "/things/a") == 404
    assert send("DELETE", "/things/a") == 404
    assert send("GET", "/things/b") == 200


def test_records_below_a_removed_record_are_not_found(send):
    assert send("GET", "/things/a/parts") == 200
    assert send("DELETE", "/things/a") == 204

    assert send("GET", "/things/a/parts") == 404
    assert send("GET", "/things/b/parts") == 200

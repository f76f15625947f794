"""Members of a request that a generated response has too."""

from __future__ import annotations

import json

from tests.corpus.requests import Request
from tests.corpus.walks import send, start_service

TEXT = {"type": "string"}
RESPONSE = {
    "type": "object",
    "required": ["id", "model", "scores"],
    "properties": {"id": TEXT, "model": TEXT, "scores": {"type": "array", "items": {"type": "number"}}},
}


def test_a_flag_with_the_name_of_a_list_in_the_response_does_not_replace_the_list(tmp_path):
    body = {"type": "object", "properties": {"model": TEXT, "scores": {"type": "boolean"}}}
    responses = {"200": {"description": "fine", "content": {"application/json": {"schema": RESPONSE}}}}
    operation = {"requestBody": {"content": {"application/json": {"schema": body}}}, "responses": responses}
    document = {"openapi": "3.0.3", "info": {"title": "Chat", "version": "1"}, "paths": {"/chat": {"post": operation}}}
    (tmp_path / "chat.json").write_text(json.dumps(document))
    application, _ = start_service(tmp_path / "chat.json")
    sent = json.dumps({"model": "small", "scores": True}).encode()
    made = json.loads(send(application, Request("POST", "/chat", {"content-type": "application/json"}, sent)).body)

    assert made["model"] == "small"
    assert isinstance(made["scores"], list)

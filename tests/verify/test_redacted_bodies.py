"""Secrets by name, format or contract are redacted in bodies; other values are kept."""

from __future__ import annotations

import json

import pytest

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import read
from locum.redaction import Redaction
from locum.verify.exchanges import Shown
from locum.verify.reports.report import hidden

DOCUMENT = """
openapi: 3.1.0
info: {title: Doors, version: "1"}
components:
  schemas: {Door: {type: object, properties: {code: {type: string, format: password}, name: {type: string}}}}
paths:
  /doors:
    put:
      operationId: setDoor
      requestBody: {content: {"*/*": {schema: {$ref: "#/components/schemas/Door"}}}}
      responses:
        "200": {description: As it is, content: {application/json: {schema: {$ref: "#/components/schemas/Door"}}}}
"""
JSON = "application/json"


@pytest.fixture(scope="module")
def operation(tmp_path_factory):
    file = tmp_path_factory.mktemp("doors") / "doors.yaml"
    file.write_text(DOCUMENT)
    return compile_contract(read(file, None)).operations["/doors", "put"]


def shown(response=b"", media_type=JSON, status=200, **more):
    return Shown(
        method="PUT",
        url="http://x/doors",
        status=status,
        response_body=response,
        response_headers={"content-type": media_type},
        **more,
    )


@pytest.mark.parametrize(
    ("response", "media_type", "status", "expected"),
    [
        (b'{"name": "a",  "n": 1}', JSON, 200, b'{"name": "a",  "n": 1}'),
        (b'{"name": "a", "password": "b"}', JSON, 404, b'{"name": "a", "password": "[redacted]"}'),
        (b'{"name": "a", "code": "b"}', JSON, 200, b'{"name": "a", "code": "[redacted]"}'),
        (b'{"code": "b"}', JSON, 404, b'{"code": "b"}'),
        (b'{"code": "b",]', JSON, 200, b"[redacted]"),
        (b'{"password": "b",]', JSON, 404, b'{"password": "[redacted]",]'),
        (b"a=1&token=b", "application/x-www-form-urlencoded", 404, b"[redacted]"),
        (b"a=1&b=2", "application/x-www-form-urlencoded", 404, b"a=1&b=2"),
        (b"\xff\x00", "application/octet-stream", 404, b"\xff\x00"),
        (b"", JSON, 200, b""),
    ],
)
def test_secrets_in_a_body_are_redacted(response, media_type, status, expected, operation):
    assert hidden(shown(response, media_type, status), operation, Redaction()).response_body == expected


def test_a_secret_that_was_found_is_redacted_everywhere(operation):
    headers = {"authorization": "Bearer of-mine-1", "x-note": "of-mine-1 it is", "content-type": JSON}
    one = shown(b'{"name": "of-mine-1"}', headers=headers, body=b'{"name": "of-mine-1"}')
    expected = hidden(one, operation, Redaction())

    assert expected.headers == {
        "authorization": "Bearer [redacted]",
        "x-note": "[redacted] it is",
        "content-type": JSON,
    }
    assert json.loads(expected.body) == json.loads(expected.response_body) == {"name": "[redacted]"}


@pytest.mark.parametrize("value", ["Bearer $LOCUM_TOKEN", "Bearer SCHEMATHESIS-INVALID-VALUE"])
def test_placeholders_of_credentials_are_kept_except_in_cookies(value, operation):
    headers = {"authorization": value, "cookie": f"a={value} too; session=b"}
    expected = hidden(shown(headers=headers), operation, Redaction())

    assert expected.headers == {"authorization": value, "cookie": "a=[redacted]; session=[redacted]"}

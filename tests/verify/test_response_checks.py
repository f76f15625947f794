"""Checks of single responses: the code and the location of a finding."""

from __future__ import annotations

from dataclasses import replace

import pytest

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import read
from locum.verify.checking.responses import check_response
from locum.verify.exchanges import Shown
from locum.verify.printing import PrintedSecrets, curl_of

DOCUMENT = """
openapi: 3.1.0
info: {title: Answers, version: "1"}
paths:
  /any:
    get:
      operationId: any
      responses:
        "200": {description: Anything., content: {"*/*": {}}}
        "201": {description: Text., content: {"text/*": {schema: {type: string, minLength: 1}}}}
        "202":
          description: A maybe, or one of two pets.
          content:
            application/json:
              schema:
                type: object
                properties:
                  size: {anyOf: [{type: integer, maximum: 9}, {type: "null"}]}
                  pet:
                    oneOf:
                      - {type: object, properties: {kind: {const: cat}, lives: {maximum: 9}}, required: [kind]}
                      - {type: object, properties: {kind: {const: dog}, tail: {type: string}}, required: [kind]}
                  other: {oneOf: [{type: string}, {type: integer}]}
                  odd: {if: {type: string}, then: {minLength: 2}}
        "204": {description: Nothing.}
        4XX: {description: A refusal., content: {application/problem+json: {schema: {type: object}}}}
"""


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    file = tmp_path_factory.mktemp("statuses") / "answers.yaml"
    file.write_text(DOCUMENT)
    operation = compile_contract(read(file, None)).operations["/any", "get"]

    def judged(status, body=b"", media="application/json", method="GET", cut=False):
        headers = {"content-type": media} if media else {}
        shown = Shown(
            method=method, url="http://x.test/any", status=status, response_headers=headers, response_body=body
        )
        return [
            (broken_rule.code, broken_rule.response_pointer)
            for broken_rule in check_response(operation, replace(shown, cut=cut))
        ]

    return judged


@pytest.mark.parametrize(
    ("status", "body", "media", "expected"),
    [
        (200, b"\x00\x01", "image/png", []),
        (200, b"", None, []),
        (201, b"hello", "text/plain; charset=utf-8", []),
        (201, b"\xff", "text/plain", [("L013", "")]),
        (201, b"<p>", "text/html", []),
        (201, b"{}", "application/json", [("L012", "Content-Type")]),
        (202, b'{"size": null}', "application/json", []),
        (202, b'{"size": 10}', "application/json", [("L027", "/size")]),
        (202, b'{"pet": {"kind": "cat", "lives": 10}}', "application/json", [("L027", "/pet/lives")]),
        (202, b'{"pet": {"kind": "dog", "tail": 1}}', "application/json", [("L022", "/pet/tail")]),
        (202, b'{"pet": {"kind": "eel"}}', "application/json", [("L029", "/pet")]),
        (202, b'{"other": []}', "application/json", [("L029", "/other")]),
        (202, b"{", "application/json", [("L013", "")]),
        (202, b"{}", None, [("L010", "Content-Type")]),
        (202, b"", "application/json", [("L015", "")]),
        (204, b"", None, []),
        (204, b"{}", "application/json", [("L014", "")]),
        (404, b"{}", "application/problem+json", []),
        (404, b"[]", "application/problem+json", [("L022", "")]),
        (500, b"", None, [("L001", "")]),
        (0, b"", None, []),
    ],
)
def test_a_response_is_checked_against_its_declaration(judge, status, body, media, expected):
    assert judge(status, body, media) == expected


def test_an_incomplete_body_is_not_checked(judge):
    assert judge(202, b'{"size"', cut=True) == []


def test_a_response_to_head_has_no_body(judge):
    assert judge(202, method="HEAD") == []


def test_a_curl_line_repeats_any_body():
    shown = Shown(method="POST", url="http://x.test/a?b='c'", body=b"\xff'\n", headers={"x-it": "it's", "host": "x"})

    assert curl_of(shown) == (
        """curl -i -X POST 'http://x.test/a?b='"'"'c'"'"'' -H 'x-it: it'"'"'s' --data-binary $'\\xff\\x27\\x0a'"""
    )


def test_secrets_are_redacted_everywhere():
    shown = Shown(
        method="GET",
        url="http://x.test/?key=s3cret-token",
        headers={"authorization": "Bearer s3cret-token", "x-api-key": "another-secret"},
        response_body=b'{"echo": "another-secret"}',
    )

    output = repr(PrintedSecrets(["s3cret-token"], {"X-Api-Key": "another-secret"}).without(shown))

    assert "s3cret-token" not in output
    assert "another-secret" not in output

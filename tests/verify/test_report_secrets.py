"""Reports contain no secret of the options, the configuration or a response; the archive is valid."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft6Validator
from referencing import Registry, Resource

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import read
from locum.verify.plans import Plan
from locum.verify.reports import REPORTS
from locum.verify.reports.report import Results, VerifiedContract
from locum.verify.run import verify_contract

FOLDER = Path(__file__).parent / "schemas" / "har"
PARTS = [json.loads(file.read_text()) for file in FOLDER.glob("*.json")]
HAR = Draft6Validator(
    {"$ref": "har.json#"},
    registry=Registry().with_resources((part["$id"].rstrip("#"), Resource.from_contents(part)) for part in PARTS),
)


def test_the_archive_is_valid_har(verified, walk, contract):
    steps = VerifiedContract(contract, walk("undead"))
    wrong = VerifiedContract(contract, verified("crash", "comma", phases=("coverage",)))
    for results in (Results(), Results([steps, wrong])):
        HAR.validate(json.loads(REPORTS["har"](results)))

    assert not HAR.is_valid({"log": {**json.loads(REPORTS["har"](Results()))["log"], "entries": [{}]}})


DOOR = """
openapi: 3.1.0
info: {title: Door, version: "1"}
components:
  securitySchemes:
    key: {type: apiKey, in: query, name: api_key}
paths:
  /logins:
    post:
      operationId: logIn
      security: [{key: []}]
      requestBody:
        content: {application/json: {schema: {type: object, properties: {code: {type: string, writeOnly: true}}}}}
      responses:
        "200": {description: A token, content: {application/json: {schema: {type: object}}}}
"""
KEY, GIVEN, HEADER, COOKIE = "k/ey+of=mine", "given-out-7f3a", "of-the-file-9b2c", "of-a-session-11"


async def door(scope, receive, send):
    """Echo all values of the request in a response that breaks the contract."""
    headers = dict(scope["headers"])
    body = {"access_token": GIVEN, "echo": [KEY, headers.get(b"x-api-key", b"").decode()], "url": "?api_key=" + KEY}
    raw = [(b"content-type", b"application/json"), (b"set-cookie", f"session={COOKIE}; Path=/".encode())]
    await send({"type": "http.response.start", "status": 201, "headers": raw})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


@pytest.mark.parametrize("kind", ["har", "json", "html", "junit", "sarif", "summary", "annotations"])
def test_no_report_contains_a_secret_of_the_options_or_the_configuration(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("KEY_OF_THE_FILE", HEADER)
    (tmp_path / "door.yaml").write_text(DOOR)
    (tmp_path / "schemathesis.toml").write_text('[headers]\n"X-Api-Key" = "${KEY_OF_THE_FILE}"\n')
    contract = compile_contract(read(tmp_path / "door.yaml", None))
    plan = Plan(base_url="http://door.test", token=KEY, seed=1, phases=("coverage",), application=door)
    run = verify_contract(contract, replace(plan, configuration=tmp_path / "schemathesis.toml"))
    text = REPORTS[kind](Results([VerifiedContract(contract, run)]))

    assert run.findings
    for secret in (KEY, "k%2Fey%2Bof%3Dmine", HEADER, GIVEN, COOKIE):
        assert secret not in text

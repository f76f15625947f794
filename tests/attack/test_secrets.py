"""Secrets planted in exchanges, records and runs are in no output of locum."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml

from locum.redaction import REDACTED, Place, Redaction, Secrets

CORPUS = yaml.safe_load(Path(__file__).with_name("secrets.yaml").read_text(encoding="utf-8"))
NOWHERE = Place(None)


def secret_of(number: int) -> tuple[str, str]:
    """Return a secret and the part of it that every encoding keeps."""
    core = f"q7Zk{number:04}xW9"
    return f"pl4nt/{core}+v=", core


def planted(name: str, number: int, where: dict) -> dict:
    """Return an exchange with a secret in it."""
    secret, _ = secret_of(number)
    text = "".join(letter if letter.isalnum() else "_" for letter in name)
    pair = base64.b64encode(f"ada:{secret}".encode()).decode()
    part = base64.urlsafe_b64encode(json.dumps({"sub": secret}).encode()).decode().rstrip("=")
    written = {
        "name": name,
        "graphql": text,
        "header": text.replace("_", "-"),
        "secret": secret,
        "json": json.dumps(secret)[1:-1],
        "url": quote(secret, safe=""),
        "url2": quote(quote(secret, safe=""), safe=""),
        "basic": pair,
        "b64": base64.b64encode(secret.encode()).decode(),
        "b64in": base64.b64encode(f"{{'a': '{secret}'}}".encode()).decode(),
        "jwt": f"eyJhbGciOiJIUzI1NiJ9.{part}.c2lnbmF0dXJl",
    }

    def filled(template):
        if isinstance(template, list):
            return [filled(one) for one in template]
        for key, value in written.items():
            template = template.replace("{" + key + "}", value)
        return template

    return {key: filled(value) for key, value in where.items()}


def forms():
    """Yield the planted secrets by location: the name of each, its number, and the exchange."""
    number = 0
    for place, where in CORPUS["places"].items():
        found = [
            (name, number + more, planted(name, number + more, where)) for more, name in enumerate(CORPUS["names"])
        ]
        number += len(found)
        yield place, found
    for place, where in CORPUS["alone"].items():
        number += 1
        yield place, [("", number, planted("", number, where))]


FORMS = dict(forms())


def shown(exchange: dict) -> str:
    """Return the redacted exchange as text."""
    secrets = Secrets(Redaction())
    headers = {"content-type": exchange["type"]} if "type" in exchange else {}
    if "header" in exchange:
        headers[exchange["header"][0].lower()] = exchange["header"][1]
    message = secrets.message(headers, exchange.get("body", "").encode(), NOWHERE, {})
    path, values = secrets.path(exchange.get("path", "/x"), "/hooks/{hookToken}/events", {})
    output = [path, values, secrets.query(exchange.get("query", ""), {}), message.headers, message.body, message.form]
    return json.dumps(secrets.elsewhere(output), ensure_ascii=False)


def leaks(number: int, text: str) -> bool:
    """Whether a text contains a secret in any encoding."""
    _, core = secret_of(number)
    if core in text:
        return True
    # In base64 at each of the three offsets; only characters that depend on the secret alone.
    encoded = (base64.b64encode(b"\0" * offset + core.encode()).decode()[(offset and 4) : -4] for offset in range(3))
    return any(one in text for one in encoded)


def test_there_are_hundreds_of_planted_secrets():
    assert sum(map(len, FORMS.values())) > 800


@pytest.mark.parametrize("place", FORMS)
def test_a_planted_secret_is_not_shown(place):
    found = {name: shown(exchange) for name, _, exchange in FORMS[place]}

    assert {name: found[name] for name, number, _ in FORMS[place] if leaks(number, found[name])} == {}
    assert all(REDACTED in text for text in found.values())


@pytest.mark.parametrize("exchange", CORPUS["harmless"], ids=lambda one: str(one)[:60])
def test_values_that_only_look_like_secrets_are_kept(exchange):
    assert REDACTED not in shown(exchange)


# A running server


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """Send every exchange to a server and return all its outputs."""
    from starlette.testclient import TestClient

    from tests.conftest import make_application

    folder = tmp_path_factory.mktemp("planted")
    response = {"responses": {"200": {"description": "Done", "content": {"application/json": {"schema": {}}}}}}
    token = {"name": "hookToken", "in": "path", "required": True, "schema": {"type": "string"}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Planted", "version": "1"},
        "paths": {
            "/x": {"post": {"requestBody": {"content": {"*/*": {"schema": {}}}}, **response}},
            "/hooks/{hookToken}/events": {"parameters": [token], "post": response},
        },
    }
    (folder / "planted.yaml").write_text(json.dumps(document))
    ask = TestClient(make_application(specs=(folder / "planted.yaml",)).app)
    for found in FORMS.values():
        for _, _, exchange in found[:4]:  # a few names of each location: all of them are tested above
            headers = {
                "content-type": exchange.get("type", "application/json"),
                **dict([exchange.get("header", ("a", "b"))]),
            }
            path = exchange.get("path", "/x") + "?" + exchange.get("query", "")
            ask.post(path, content=exchange.get("body", "").encode(), headers=headers)
    paths = ["?limit=1000", "/har", "/curl", "/pytest", "/arazzo", "/stream?wait=0"]
    return {path: ask.get("/__locum/journal" + path).raise_for_status().text for path in paths}


def test_no_output_of_a_server_contains_a_planted_secret(outputs):
    numbers = [(place, number) for place, found in FORMS.items() for _, number, _ in found[:4]]

    assert min(map(len, outputs.values())) > 1000
    assert [(path, place) for path, text in outputs.items() for place, number in numbers if leaks(number, text)] == []


def test_only_the_credential_of_the_caller_becomes_its_variable_and_other_secrets_have_their_own():
    from locum.journal.exports import curl, fetch, httpx, playwright, pytest_module
    from locum.world.journal import Entry, Message

    headers = {"authorization": f"Bearer {REDACTED}", "x-csrf-token": REDACTED, "content-type": "application/json"}
    request = Message(headers, {"card": {"number": REDACTED}, "street": "1 Main St"}, "json", 9)
    entry = Entry(
        number=1, at=0, method="POST", path="/pay?sig=" + REDACTED, request=request, status=200, response=Message({})
    )
    command, module = curl(entry, "http://x"), pytest_module([entry], "http://x")

    assert command.count("$LOCUM_TOKEN") == 1
    assert "'authorization: Bearer '\"$LOCUM_TOKEN\"" in command
    assert "'x-csrf-token: '\"$X_CSRF_TOKEN\"" in command
    assert 'sig=\'"$SIG"' in command
    assert '"number": "\'"$NUMBER"\'"' in command
    assert "# Set SIG, X_CSRF_TOKEN, NUMBER before you send this." in command
    assert REDACTED not in command
    for code in (fetch(entry, "http://x"), playwright(entry, "http://x")):
        assert code.count("process.env.LOCUM_TOKEN") == 1
        assert "process.env.NUMBER" in code
    assert 'os.environ["NUMBER"]' in httpx(entry, "http://x")
    assert "os.environ.get('NUMBER', '')" in module
    assert module.count("+ TOKEN") == 1


@pytest.mark.parametrize(
    "piece", ["'token: x ", "<token>", "token%3D", "eyJ-", "://a:", "password: |\n", '\\"', "name=a "]
)
def test_redaction_takes_time_in_proportion_to_the_text(piece):
    from time import process_time

    from locum.redaction.texts import Texts

    times = []
    for size in (2**14, 2**17):
        text = piece * (size // len(piece))
        before = process_time()
        Texts(["alto_"]).without(text)
        times.append(process_time() - before)

    assert times[1] < 8 * 4 * max(times[0], 0.005)  # eight times the text: quadratic time would be 64 times


def test_the_log_contains_no_secret():
    import logging

    from locum.server.uvicorn_server import RedactingFormatter

    record = logging.LogRecord("locum", 40, "", 1, "GET /x failed: Authorization: Bearer %s", ("pl4nted-s3cret",), None)

    assert RedactingFormatter("%(message)s").format(record) == "GET /x failed: Authorization: Bearer [redacted]"

"""Secrets: whatever is planted in an exchange, in a record or in a run, no output of locum holds it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml

from locum.control.redaction import REDACTED, Place, Redaction, Secrets

CORPUS = yaml.safe_load(Path(__file__).with_name("secrets.yaml").read_text(encoding="utf-8"))
NOWHERE = Place(None)


def secret_of(number: int) -> tuple[str, str]:
    """Return a secret, which is written in many ways, and the part of it that every way of writing keeps."""
    core = f"q7Zk{number:04}xW9"
    return f"pl4nt/{core}+v=", core


def planted(name: str, number: int, where: dict) -> dict:
    """Return an exchange with a secret in it."""
    secret, _ = secret_of(number)
    word = "".join(letter if letter.isalnum() else "_" for letter in name)
    pair = base64.b64encode(f"ada:{secret}".encode()).decode()
    part = base64.urlsafe_b64encode(json.dumps({"sub": secret}).encode()).decode().rstrip("=")
    written = {
        "name": name,
        "graphql": word,
        "header": word.replace("_", "-"),
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
    """Yield the planted forms by place: what each is called, its number, and the exchange."""
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
    """Return all that redaction shows of an exchange."""
    secrets = Secrets(Redaction())
    headers = {"content-type": exchange["type"]} if "type" in exchange else {}
    if "header" in exchange:
        headers[exchange["header"][0].lower()] = exchange["header"][1]
    message = secrets.message(headers, exchange.get("body", "").encode(), NOWHERE, {})
    path, values = secrets.path(exchange.get("path", "/x"), "/hooks/{hookToken}/events", {})
    told = [path, values, secrets.query(exchange.get("query", ""), {}), message.headers, message.body, message.form]
    return json.dumps(secrets.elsewhere(told), ensure_ascii=False)


def leaks(number: int, text: str) -> bool:
    """Whether a text holds a secret, in whatever way it is written."""
    _, core = secret_of(number)
    if core in text:
        return True
    # In base64 at each of the three offsets; only what is surely the secret's own.
    encoded = (base64.b64encode(b"\0" * offset + core.encode()).decode()[(offset and 4) : -4] for offset in range(3))
    return any(one in text for one in encoded)


def test_there_are_hundreds_of_planted_forms():
    assert sum(map(len, FORMS.values())) > 800


@pytest.mark.parametrize("place", FORMS)
def test_a_planted_secret_is_not_shown(place):
    found = {name: shown(exchange) for name, _, exchange in FORMS[place]}

    assert {name: found[name] for name, number, _ in FORMS[place] if leaks(number, found[name])} == {}
    assert all(REDACTED in text for text in found.values())


@pytest.mark.parametrize("exchange", CORPUS["harmless"], ids=lambda one: str(one)[:60])
def test_what_only_looks_like_a_secret_stays(exchange):
    assert REDACTED not in shown(exchange)

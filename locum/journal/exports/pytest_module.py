"""Export entries as a pytest module that repeats the requests and expects the same responses."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from locum.journal.exports.requests import TOKEN, pieces_of, repeatable
from locum.options import WORLD_HEADER
from locum.redaction import REDACTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locum.world.journal import Entry

__all__ = ["pytest_module"]

_HEAD = '''"""Repeat the requests of a locum journal in order, and expect the same responses.

LOCUM_URL is the server, LOCUM_WORLD a world that is reset at the start, and {token} the credential of the caller.
Other secrets are environment variables of their own names.
"""

import json
import os
import urllib.error
import urllib.request

import pytest

URL = os.environ.get("LOCUM_URL", {root!r})
WORLD = os.environ.get("LOCUM_WORLD", "replayed")
TOKEN = os.environ.get({token!r}, "")
ANY = object()


def ask(method, path, headers, body=None):
    """Send a request in the world, and return the status and the body of the response."""
    headers = {{{header!r}: WORLD, **headers}}
    request = urllib.request.Request(URL + path, method=method, headers=headers, data=body and body.encode())
    try:
        with urllib.request.urlopen(request) as response:
            status, data = response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            status, data = error.code, error.read()
    try:
        return status, json.loads(data)
    except ValueError:
        return status, data.decode("utf-8", "replace")


def same(found, expected):
    """Whether a response is the same, as far as the journal has it."""
    if expected is ANY:
        return True
    if isinstance(expected, dict):
        return isinstance(found, dict) and found.keys() == expected.keys() and all(
            same(found[name], value) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return isinstance(found, list) and len(found) == len(expected) and all(map(same, found, expected))
    return type(found) is type(expected) and found == expected


@pytest.fixture(scope="module", autouse=True)
def fresh_world():
    """Start in a new world."""
    request = urllib.request.Request(f"{{URL}}/__locum/worlds/{{WORLD}}", method="DELETE")
    try:
        urllib.request.urlopen(request).close()
    except urllib.error.HTTPError as error:
        error.close()  # the world does not exist yet


def test_responses_are_repeated():
'''


def pytest_module(entries: Iterable[Entry], root: str) -> str:
    """Return the module. `root` is the URL of the server, unless LOCUM_URL is set.

    All requests are in one test, as each may depend on earlier ones. Secrets in a response match any value; of a
    response that was cut, only the status is compared.
    """
    lines = [_HEAD.format(root=root, token=TOKEN, header=WORLD_HEADER)]
    for entry in entries:
        lines += _request_lines(entry)
    if len(lines) == 1:
        lines.append("    pass  # the journal is empty\n")
    return "\n".join(lines)


def _request_lines(entry: Entry) -> list[str]:
    request = repeatable(entry)
    name = _word(entry.operation or "no operation")
    if not request.whole or not entry.status:
        reason = "its body is incomplete" if not request.whole else "it got no response"
        return [f"    # {entry.number}. {_word(entry.method)} {_word(entry.path)} ({name}) is skipped: {reason}.\n"]
    kept = {name: value for name, value in request.headers.items() if name != "x-locum-world"}
    headers = "{" + ", ".join(f"{key!r}: {_literal(value)}" for key, value in kept.items()) + "}"
    arguments = [repr(entry.method), _literal(entry.path), headers]
    if request.body is not None:
        arguments.append(_literal(request.body))
    lines = [
        f"    # {entry.number}. {name}",
        f"    status, body = ask({', '.join(arguments)})",
        f"    assert status == {entry.status}, body",
    ]
    if entry.response.form == "json" and not entry.response.cut:
        lines.append(f"    assert same(body, {_value(entry.response.body)}), body")
    return [*lines, ""]


def _literal(text: str) -> str:
    """Return a text as a literal, with TOKEN for the credential of the caller and the environment for other secrets."""
    words = [
        ("TOKEN" if piece.text == TOKEN else f"os.environ.get({piece.text!r}, '')")
        if piece.is_variable
        else repr(piece.text)
        for piece in pieces_of(text)
    ]
    return " + ".join(words) or "''"


def _value(value: Any) -> str:
    """Return a JSON value as a literal, with ANY for secrets."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name!r}: {_value(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str) and REDACTED in value:
        return "ANY"
    return repr(json.loads(json.dumps(value)))


def _word(text: str) -> str:
    return re.sub(r"[^ -~]", "?", text)

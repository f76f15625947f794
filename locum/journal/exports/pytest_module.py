"""Entries as a module of pytest that asks the same again and expects the same answers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from locum.journal.exports.requests import TOKEN, again, parted
from locum.redaction import REDACTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locum.world.journal import Entry

__all__ = ["pytest_module"]

_HEAD = '''"""Asks a server again what a journal of locum tells, in the same order, and expects the same answers.

Where the server is, LOCUM_URL says; LOCUM_WORLD names a world that begins anew, and {token} is the credential of
the caller. Other secrets are [redacted] here: replace them where the test needs them.
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
    """Send a request in the world, and return the status and the body of the answer."""
    told = {{"X-Locum-World": WORLD, **headers}}
    request = urllib.request.Request(URL + path, method=method, headers=told, data=body and body.encode())
    try:
        with urllib.request.urlopen(request) as answer:
            status, data = answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            status, data = refused.code, refused.read()
    try:
        return status, json.loads(data)
    except ValueError:
        return status, data.decode("utf-8", "replace")


def same(found, expected):
    """Whether an answer is the same, where the journal tells it."""
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
    """Begin in a world as it begins."""
    request = urllib.request.Request(f"{{URL}}/__locum/worlds/{{WORLD}}", method="DELETE")
    try:
        urllib.request.urlopen(request).close()
    except urllib.error.HTTPError as refused:
        refused.close()  # it was not used yet


def test_the_same_answers_are_given_again():
'''


def pytest_module(entries: Iterable[Entry], root: str) -> str:
    """Return the module; `root` is where the server is, unless the environment says otherwise.

    It tells the whole story in one test, as every request may depend on those before. An answer with
    secrets is compared where there are none; one that was cut, by its status.
    """
    lines = [_HEAD.format(root=root, token=TOKEN)]
    for entry in entries:
        lines += _asked(entry)
    if len(lines) == 1:
        lines.append("    pass  # nothing was asked\n")
    return "\n".join(lines)


def _asked(entry: Entry) -> list[str]:
    request = again(entry)
    name = _word(entry.operation or "no operation")
    if not request.whole or not entry.status:
        reason = "Its body is not all here" if not request.whole else "It got no answer"
        return [f"    # {entry.number}. {_word(entry.method)} {_word(entry.path)} ({name}) is left out: {reason}.\n"]
    told = {name: value for name, value in request.headers.items() if name != "x-locum-world"}
    headers = "{" + ", ".join(f"{key!r}: {_literal(value)}" for key, value in told.items()) + "}"
    arguments = [repr(entry.method), _literal(entry.path), headers]
    if request.body is not None:
        arguments.append(_literal(request.body))
    lines = [
        f"    # {entry.number}. {name}",
        f"    status, body = ask({', '.join(arguments)})",
        f"    assert status == {entry.status}, body",
    ]
    if entry.answer.form == "json" and not entry.answer.cut:
        lines.append(f"    assert same(body, {_value(entry.answer.body)}), body")
    return [*lines, ""]


def _literal(text: str) -> str:
    """Write a text; where the credential of the caller was, it takes TOKEN."""
    pieces = parted(text)
    if len(pieces) == 1:
        return repr(text)
    words = [word for piece in pieces for word in ("TOKEN", repr(piece) if piece else "")][1:]
    return " + ".join(filter(None, words))


def _value(value: Any) -> str:
    """Write a JSON value; where a secret was, anything will do."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name!r}: {_value(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str) and REDACTED in value:
        return "ANY"
    return repr(json.loads(json.dumps(value)))


def _word(text: str) -> str:
    return re.sub(r"[^ -~]", "?", text)

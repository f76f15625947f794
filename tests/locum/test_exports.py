"""Exported requests: code that runs, and variables for secrets of any name and place."""

from __future__ import annotations

import ast
import shlex
import shutil
import subprocess

import pytest

from locum.journal.exports import curl, fetch, httpx, playwright, pytest_module
from locum.journal.exports.requests import repeatable
from locum.redaction import REDACTED
from locum.world.journal import Entry, Message

HOSTILE = "'; touch mark; \" $(id) `id` \\ \u2028 \n é"


def entry(path="/pay", body=None, form="json", headers=None, **more):
    request = Message(headers or {"content-type": "application/json"}, body, form if body is not None else "none", 9)
    return Entry(number=1, at=0, method="POST", path=path, request=request, status=200, response=Message({}), **more)


def test_two_secrets_of_one_name_are_two_variables():
    cards = [{"cvc": REDACTED}, {"cvc": REDACTED, "note": "Street 1"}]

    assert repeatable(entry(body={"cards": cards})).variables == ["CVC", "CVC_2"]


@pytest.mark.parametrize(
    ("name", "variable"), [("locum_token", "LOCUM_TOKEN_VALUE"), ("path", "PATH_VALUE"), ("2fa", "SECRET_2FA")]
)
def test_no_secret_takes_the_name_of_the_token_or_of_the_shell(name, variable):
    assert repeatable(entry(body={name: REDACTED})).variables == [variable]


def test_a_secret_in_the_path_has_the_name_of_its_parameter():
    request = repeatable(entry(path=f"/hooks/{REDACTED}/files", template="/hooks/{hookToken}/files"))

    assert request.variables == ["HOOK_TOKEN"]


def test_a_client_cannot_write_a_variable():
    command = curl(entry(body={"name": "\0AWS_SECRET_ACCESS_KEY\0"}), "http://x")

    assert "$AWS" not in command


def test_headers_of_the_browser_are_left_out():
    headers = {"sec-fetch-site": "same-origin", "origin": "http://a", "x-mine": "1"}

    assert repeatable(entry(headers=headers)).headers == {"x-mine": "1"}


def test_code_holds_hostile_texts_as_texts():
    hostile = entry(body={"name": HOSTILE, HOSTILE: REDACTED}, headers={"x-a": "it's \" $HOME"})
    command = shlex.split(curl(hostile, "http://h"), comments=True)

    assert "x-a: it's \" $HOME" in command
    ast.parse(httpx(hostile, "http://h"))
    ast.parse(pytest_module([hostile], "http://h"))


@pytest.mark.skipif(shutil.which("node") is None, reason="this machine has no node")
@pytest.mark.parametrize("form", [fetch, playwright])
def test_javascript_parses(form, tmp_path):
    text = form(entry(body={"name": HOSTILE, "cvc": REDACTED}, template="/pay"), "http://h")
    (tmp_path / "a.mjs").write_text(text)
    checked = subprocess.run(["node", "--check", tmp_path / "a.mjs"], capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stderr

"""The tables for users of Prism in docs/responses.md: each row is tested."""

from __future__ import annotations

import json
import re
from importlib import import_module
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from locum.cli import main
from locum.settings import Settings
from tests.conftest import ROOT
from tests.wire.serving import Server

_PAGE = (ROOT / "docs" / "responses.md").read_text(encoding="utf-8").partition("## Migrating from Prism")[2]
_ROW = re.compile(r"^\| ([^|]+) \| (`(?:[A-Z]+) .+) \| (\d{3}.*) \| ([^|]+) \|$", re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+\Z")
_HEADER = re.compile(r"([A-Za-z-]+): (.*)\Z")


class Row(NamedTuple):
    """A line of the table."""

    feature: str
    requests: str
    response: str
    prism: str


ROWS = [Row(*match) for match in _ROW.findall(_PAGE)]
OPTIONS = re.findall(r"^\| (`-.+) \| ([^|]+) \|$", _PAGE, re.MULTILINE)
VALUES = {"-p": "5000", "--port": "5000", "--allowed-host": "shop.test",
    "-h": "127.0.0.1", "--host": "127.0.0.1", "--seed": "any text", "-v": "debug",
    "--verboseLevel": "silent"}  # fmt: skip
"""Values for the options that take one."""


@pytest.fixture(scope="module")
def server():
    server = Server(Settings(specs=(ROOT / "docs" / "examples" / "mock.yaml",), cache=False, like_prism=True))
    yield server
    server.stop()


def send(server, request, world):
    line, *rest = _CODE.findall(request)
    method, target = line.split(" ", 1)
    headers, body = {}, None
    for text in rest:
        header = _HEADER.match(text)
        if header:
            headers[header[1]] = header[2]
        else:
            body = json.loads(text) if text.startswith("{") else text.encode()
    return server(method, target, body, world=world, **headers)


def test_the_table_is_read_completely():
    lines = [line for line in _PAGE.splitlines() if line.startswith("| ") and not line.startswith("| what |")]

    assert len(ROWS) + len(OPTIONS) + 1 == len(lines)  # one is the heading of the options
    assert len(ROWS) > 70


@pytest.mark.parametrize("row", ROWS, ids=[f"{number} {row.feature}" for number, row in enumerate(ROWS)])
def test_each_row_of_the_table_holds(server, row):
    world = f"row-{ROWS.index(row)}"
    replies = [send(server, request, world) for request in row.requests.split(" then ")]
    reply, (status, *message) = replies[-1], row.response.split(" ", 1)

    assert reply.status == int(status)
    for text in _CODE.findall("".join(message)):
        header = _HEADER.match(text)
        if _MEDIA_TYPE.match(text):
            assert reply.headers["Content-Type"] == text
        elif text.startswith("{"):
            assert reply.json.items() >= json.loads(text).items()
        elif text.startswith("["):
            assert reply.json == json.loads(text)
        elif header:
            assert reply.headers[header[1]] == header[2]
        else:
            assert b" ".join(reply.body.split()).decode() == text


@pytest.mark.parametrize(("options", "here"), OPTIONS)
def test_each_option_of_the_table_is_accepted(monkeypatch, options, here):
    monkeypatch.setattr(import_module("locum.cli.serve"), "run_server", lambda *_, **__: None)
    for option in _CODE.findall(options):
        value = [VALUES[option]] if option in VALUES else []
        result = CliRunner().invoke(main, ["mock", "api.yaml", option, *value])

        assert result.exit_code == 0, result.output
        assert ("has no effect" in result.stderr) == ("no effect" in here)

"""Fixtures of all rings: the three bundled APIs in process, and tokens for their users."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from handlers.people import CALLERS  # noqa: E402 (needs the path)
from locum.server.application import create  # noqa: E402
from locum.server.tokens import Tokens  # noqa: E402
from locum.settings import Settings  # noqa: E402

ADA, BRAM, CHIARA, DELE = CALLERS


def token(caller=ADA, **changes) -> str:
    return Tokens().sign(replace(caller, **changes), 0)


def bearer(caller=ADA, **changes) -> dict[str, str]:
    return {"Authorization": "Bearer " + token(caller, **changes)}


def make_application(**settings):
    """Return the application of the bundled APIs; `testserver` is the host of Starlette's test client."""
    return create(Settings(**{"cache": False, "allowed_host": ("testserver",), **settings}))


@pytest.fixture(scope="session")
def application():
    """The bundled APIs. A test that changes state must use its own world."""
    return make_application(max_worlds=100_000)


@pytest.fixture
def world(request) -> str:
    """A name for a world of this test: at most 50 characters, unique by a checksum where the test's name is longer."""
    name = request.node.name
    plain = "".join(c if c.isalnum() else "-" for c in name).strip("-")
    return plain if len(plain) <= 50 else f"{plain[:41]}-{crc32(name.encode()):08x}"


@pytest.fixture
def client(application, world):
    """A client of the bundled APIs in a new world, authenticated as the administrator."""
    from starlette.testclient import TestClient

    application.worlds.drop(world)
    headers = {**bearer(), "X-Locum-World": world}
    return TestClient(application, headers=headers, raise_server_exceptions=False)


def pytest_terminal_summary(terminalreporter):
    """Print the summary of the contract ring, and the table of operations and statuses."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties:
            if name == "summary" and report.when == "call":
                terminalreporter.write_line(value)

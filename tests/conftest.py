"""What the rings share: the three bundled APIs in process, and tokens for their people."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

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
    """Make the application of the bundled APIs; `testserver` is the host of Starlette's test client."""
    return create(Settings(**{"cache": False, "allowed_host": ("testserver",), **settings}))


@pytest.fixture(scope="session")
def application():
    """The bundled APIs. Whoever changes state asks for a world of his own."""
    return make_application(max_worlds=100_000)


@pytest.fixture
def world(request) -> str:
    """The name of a world that no other test has."""
    return "".join(c if c.isalnum() else "-" for c in request.node.name)[:60].strip("-")


@pytest.fixture
def client(application, world):
    """A client of the bundled APIs in a world of its own, signed in as the administrator."""
    from starlette.testclient import TestClient

    application.worlds.drop(world)
    headers = {**bearer(), "X-Locum-World": world}
    return TestClient(application, headers=headers, raise_server_exceptions=False)


def pytest_terminal_summary(terminalreporter):
    """Show what the contract ring did: its figures, and the table of operations and statuses."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties:
            if name == "summary" and report.when == "call":
                terminalreporter.write_line(value)

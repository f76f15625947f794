"""Servers in this process on one state folder, which end in an orderly way or as if they were killed."""

from __future__ import annotations

from contextlib import contextmanager

from starlette.testclient import TestClient

from locum.options import Durability
from locum.server.application import create
from locum.server.durable import with_state
from locum.settings import Settings
from tests.conftest import bearer

__all__ = ["Running", "killed", "running"]


class Running:
    """A server and a client of it."""

    def __init__(self, folder, **settings) -> None:
        self.settings = given = Settings(
            cache=False, allowed_host=("testserver",), state=folder, keeps_worlds=True, **settings
        )
        self.application = create(given)
        self.durable = with_state(self.application.app, lambda: self.application, given)
        self.client = TestClient(self.durable, headers=bearer())
        self.worlds = self.application.worlds

    def __call__(self, method, path, body=None, world=None, **headers):
        """Send a request; return the status, the JSON of the body, and the text for a comparison."""
        if world is not None:
            headers["X-Locum-World"] = world
        response = self.client.request(method, path, json=body, headers=headers)
        return response.status_code, response.json() if response.content else None


@contextmanager
def running(folder, **settings):
    """Serve until the end of the block; then the server is stopped."""
    server = Running(folder, **settings)
    with server.client:
        yield server


@contextmanager
def killed(folder, **settings):
    """Serve with `--durability full`, and end as if the process were killed: nothing is stored at the end."""
    server = Running(folder, durability=Durability.FULL, **settings)
    yield server
    server.worlds._engine._connection.close()

"""A real server, and proxies in front of it."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from locum.proxy.layer import create_proxy
from locum.server.uvicorn_server import Background
from locum.settings import settings_of
from tests.proxy.shop import Running, Shop

SPEC = Path(__file__).with_name("pets.yaml")
JSON = {"Content-Type": "application/json"}


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.body = response.read()
        self.headers = response.headers
        self.pairs = [(name.lower(), value) for name, value in response.getheaders()]

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def source(self):
        return self.headers["X-Locum-Source"]


def ask(url, method, path, body=None, headers=None, **given) -> Reply:
    """Send a request on a connection of its own; JSON values are sent as JSON."""
    headers = dict(headers or {})
    if isinstance(body, dict | list):
        body, headers = json.dumps(body), {**JSON, **headers}
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    try:
        connection.request(method, path, body, headers, **given)
        return Reply(connection.getresponse())
    finally:
        connection.close()


class Proxied:
    """A proxy in this process, and the requests to it."""

    def __init__(self, observe=None, **settings):
        settings = settings_of({"specs": [SPEC], "cache": False, "auth": "any", **settings})
        self.running = Background(settings, lambda settings: create_proxy(settings, observe))
        self.url = self.running.url
        self.worlds = self.running.application.worlds

    def __call__(self, method, path, body=None, headers=None, *, world="default", **given) -> Reply:
        return ask(self.url, method, path, body, {"X-Locum-World": world, **(headers or {})}, **given)

    def last(self, world="default"):
        """Return the latest journal entry."""
        journal = self.worlds.existing(world).journal
        return journal.entry(journal.last)

    def control(self, method, path, body=None) -> Reply:
        reply = ask(self.url, method, f"/__locum{path}", body)
        assert reply.status < 300, reply.body
        return reply


@pytest.fixture(scope="session")
def running_shop():
    shop = Shop()
    running = Running(shop.application)
    shop.url = running.url
    yield shop
    running.stop()


@pytest.fixture
def shop(running_shop):
    """The real server, without records."""
    running_shop.pets.clear()
    running_shop.seen.clear()
    running_shop.created = running_shop.fails = 0
    return running_shop


@pytest.fixture(scope="session")
def proxies():
    """Proxies by their settings: tests that want the same share one, and use worlds of their own."""
    known = {}
    yield known
    for proxy in known.values():
        proxy.running._server.should_exit = True  # all at once: each takes a tick of uvicorn's
    for proxy in known.values():
        proxy.running.stop()


@pytest.fixture
def proxy(proxies, shop):
    """Return a proxy in front of the real server."""

    def get(**settings) -> Proxied:
        key = json.dumps(settings, sort_keys=True, default=str)
        if key not in proxies:
            proxies[key] = Proxied(**{"upstream": shop.url, **settings})
        found = proxies[key]
        found.worlds.drop("default")
        return found

    return get

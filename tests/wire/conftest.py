"""Servers on real sockets, for the documents of a module or of a test."""

from __future__ import annotations

import pytest

from tests.wire.serving import Server, settings_for


@pytest.fixture(scope="module")
def server(request, tmp_path_factory):
    """Serve the DOCUMENTS and HANDLERS of the module of a test, both by the name of the document."""
    module = request.module
    folder = tmp_path_factory.mktemp("served")
    settings = settings_for(
        folder, module.DOCUMENTS, getattr(module, "HANDLERS", {}), **getattr(module, "SETTINGS", {})
    )
    server = Server(settings)
    yield server
    server.stop()


@pytest.fixture
def served(tmp_path):
    """Return a function that serves documents for one test: (documents, handlers, **settings)."""
    servers = []

    def serve(documents, handlers=None, **settings):
        servers.append(Server(settings_for(tmp_path, documents, handlers or {}, **settings)))
        return servers[-1]

    yield serve
    for server in servers:
        server.stop()

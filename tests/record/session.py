"""A session with a real server, given as requests and responses, and a client of what was recorded of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from locum.openapi.compile.router import Router
from locum.options import AuthMode
from locum.proxy.exchange import ForwardedExchange
from locum.record.fixture import Fixture
from locum.record.recorder import Recorder, RecordingOptions
from locum.server.application import create
from locum.server.services import load_services, sources_of
from locum.settings import Settings

LIBRARY = Path(__file__).parent / "library.yaml"
JSON = [(b"content-type", b"application/json")]


def settings(**more: Any) -> Settings:
    usual = {"specs": (LIBRARY,), "base_path": "", "allowed_host": ("testserver",), "auth": AuthMode.OFF}
    return Settings(cache=False, **usual | more)


class Session:
    """Records what `session("GET", "/books/1", 200, {...})` says that the real server answered."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        self.services = load_services(sources_of(settings()))
        self.recorder = Recorder(Fixture.read(folder, self.services), RecordingOptions(**options))
        self._router: Router[Any] = Router()
        for service in self.services:
            for path, method, place in service.places():
                self._router.add(method.upper(), place, service.contract.operations[path, method])

    def __call__(  # noqa: PLR0913 (an exchange)
        self, method: str, target: str, status: int, body: Any = None, *, sent: Any = None, given=(), lines=()
    ) -> None:
        path, _, query = target.partition("?")
        match = self._router.match(path)
        operation = match.route.target(method, query.encode())
        asked = [*given, *(JSON if sent is not None else ())]
        data = b"" if body is None else json.dumps(body).encode()
        self.recorder.observe(
            ForwardedExchange(
                operation,
                match.values,
                query.encode(),
                asked,
                b"" if sent is None else json.dumps(sent).encode(),
                status,
                [*lines, *(JSON if data else ())],
                data,
            )
        )

    def save(self) -> Any:
        return self.recorder.save()


def files(folder: Path) -> dict[str, Any]:
    """Return the content of the files of a fixture by name."""
    return {file.name: json.loads(file.read_text()) for file in sorted(folder.iterdir())}


def served(folder: Path, **more: Any) -> Any:
    """Return a client of a server that serves a fixture: `client("GET", "/books/1", 200)` is the parsed body."""
    http = TestClient(create(settings(fixture=str(folder), **more)), raise_server_exceptions=False)

    def client(method: str, target: str, status: int, sent: Any = None) -> Any:
        response = http.request(method, target, json=sent)
        assert response.status_code == status, (response.status_code, response.text)
        return response.json() if response.content else None

    return client

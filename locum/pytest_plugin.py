"""The pytest plugin: a server for the session, and a separate world for each test.

pytest finds it by its entry point; no import is needed. locum itself is only loaded when a test requests a
fixture.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    import httpx
    import httpx2

    from locum.server.application import Application

__all__ = ["LocumServer", "LocumWorld", "locum_contract", "locum_server", "locum_settings", "locum_world"]

_WORLD = pytest.StashKey["LocumWorld"]()
_OBSERVERS = pytest.StashKey["list[tuple[Any, str]]"]()
_MOST_LINES = 30


class LocumServer:
    """The server of a session: its `url`, its worlds, and its `application` if it runs in this process."""

    def __init__(self, url: str, token: str = "", application: Application | None = None) -> None:
        self.url = url.rstrip("/")
        self.application = application
        self._token = token

    def world(self, name: str) -> LocumWorld:
        """Return the world with a name."""
        from locum.client import Connection  # noqa: PLC0415 (loaded when a test requests it)

        return LocumWorld(self, Connection(self.url, self._token), name)


def _world_class() -> type:
    from locum.client import World  # noqa: PLC0415 (loaded when a test requests it)

    return World


class LocumWorld:
    """The world of one test: clock, faults, preferences, journal, state, and an HTTP client for it."""

    def __init__(self, server: LocumServer, connection: Any, name: str) -> None:
        self.server = server
        self._world = _world_class()(connection, name)

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the client's world: `clock`, `faults`, `journal`, `state`, `token`, `reset`, `url`."""
        return getattr(self._world, name)

    @cached_property
    def client(self) -> httpx.Client | httpx2.Client:
        """An HTTP client whose requests are in this world, without credentials.

        It is an httpx2.Client if httpx2 is installed, else an httpx.Client, like Starlette's test client.
        """
        return self._client()

    def sign_in(self, user: str | None = None, **wanted: Any) -> httpx.Client | httpx2.Client:
        """Return a client with a user's token, by default that of the first user; `wanted` as in `token`."""
        return self._client(Authorization=f"Bearer {self._world.token(user, **wanted)}")

    def close(self) -> None:
        """Close all connections."""
        for client in self.__dict__.pop("_clients", []):
            client.close()
        self._world.connection.close()

    def _client(self, **headers: str) -> httpx.Client | httpx2.Client:
        library = import_module("httpx2" if find_spec("httpx2") else "httpx")
        client = library.Client(base_url=self.server.url, headers={**self._world.headers, **headers}, timeout=60)
        self.__dict__.setdefault("_clients", []).append(client)
        return client  # type: ignore[no-any-return]  # one of two types, known at run time


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("locum")
    group.addoption(
        "--locum-url",
        default=os.environ.get("LOCUM_URL", ""),
        help="Use a running locum, for all workers. Default: each worker starts one in its process.",
    )
    group.addoption(
        "--locum-control-token",
        default=os.environ.get("LOCUM_CONTROL_TOKEN", ""),
        help="The control token of --locum-url.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Add the marker."""
    config.addinivalue_line(
        "markers", "locum(seed, fixture): start the test's world with a seed, or from a fixture of the server."
    )


@pytest.fixture(scope="session")
def locum_contract(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Return a function that checks all traffic of the tests against a contract, until the session ends.

    `locum_contract("openapi.yaml")` checks requests and responses of httpx, httpx2, requests and Starlette's test
    client from now on. A test fails if a response breaks the contract, or a request matches no operation.
    `base_path` is the base path of the operations, by default that of the document's first server. `coverage` is a
    file to write coverage to, for `locum coverage`. For any other client, wrap the application: the function
    returns an object with `.asgi(app)` and `.wsgi(app)`.
    """
    from contextlib import ExitStack  # noqa: PLC0415 (loaded when a test requests it)

    observers: list[tuple[Any, str]] = []
    request.config.stash[_OBSERVERS] = observers
    with ExitStack() as stack:

        def check(spec: str | Path, *, base_path: str | None = None, coverage: str | Path | None = None) -> Any:
            from locum.openapi.compile.contracts import compile_contract  # noqa: PLC0415 (as above)
            from locum.openapi.compile.operations import base_paths_of  # noqa: PLC0415 (as above)
            from locum.openapi.load.documents import read  # noqa: PLC0415 (as above)
            from locum.verify.observed.observer import Observer, observing  # noqa: PLC0415 (as above)

            contract = compile_contract(read(Path(spec), None))
            document = contract.document
            base, own = (document.base_path, base_paths_of(document.content)) if base_path is None else (base_path, {})
            observer = Observer(contract, base, own)
            observers.append((observer, "" if coverage is None else str(coverage)))
            stack.enter_context(observing(observer.observe))
            return observer

        yield check
    for observer, place in observers:
        if place:
            worker = getattr(request.config, "workerinput", {}).get("workerid", "")
            file = Path(place)
            file = file.with_name(f"{file.stem}-{worker}{file.suffix}") if worker else file
            from locum.files import replace_file  # noqa: PLC0415 (as above)

            replace_file(file, json.dumps([observer.coverage.plain()]) + "\n")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that broke a contract."""
    observers = item.config.stash.get(_OBSERVERS, [])
    for observer, _ in observers:
        observer.broken_rules.clear()
    outcome = yield
    broken = [sentence for observer, _ in observers for sentence in observer.broken_rules]
    if broken:
        pytest.fail("The contract was broken:\n" + "\n".join(broken), pytrace=False)
    return outcome


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the coverage of each contract."""
    for observer, _ in config.stash.get(_OBSERVERS, []):
        kinds = ", ".join(f"{kind} {seen}/{there}" for kind, (seen, there) in observer.coverage.kinds().items())
        percent = observer.coverage.percent()
        terminalreporter.write_line(f"locum: {percent:.1f} % of {observer.contract.name} was seen ({kinds}).")


@pytest.fixture(scope="session")
def locum_settings() -> dict[str, Any]:
    """Return the settings of the server by name. Override this fixture in conftest.py.

    By default these are all settings of `[tool.locum]` in pyproject.toml: running a project's tests trusts its code.
    """
    from locum.settings import from_project  # noqa: PLC0415 (loaded when a test requests it)

    return from_project(Path.cwd())


@pytest.fixture(scope="session")
def locum_server(request: pytest.FixtureRequest, locum_settings: dict[str, Any]) -> Iterator[LocumServer]:
    """Return the server of the session."""
    url, token = request.config.getoption("--locum-url"), request.config.getoption("--locum-control-token")
    if url:
        yield LocumServer(url, token)
        return
    from locum.server.uvicorn_server import Background  # noqa: PLC0415 (loaded when a test requests it)
    from locum.settings import settings_of  # noqa: PLC0415 (as above)
    from locum.trust import allow_in_this_process  # noqa: PLC0415 (as above)

    # pytest runs the code of the project anyway, so its handlers are trusted.
    allow_in_this_process([request.config.rootpath, Path.cwd()])
    background = Background(settings_of(locum_settings))
    yield LocumServer(background.url, application=background.application)
    background.stop()


@pytest.fixture
def locum_world(request: pytest.FixtureRequest, locum_server: LocumServer) -> Iterator[LocumWorld]:
    """Return a new world for this test alone, which is deleted after it."""
    world = locum_server.world(_name_of(request.node.nodeid, os.environ.get("PYTEST_XDIST_TESTRUNUID", "")))
    marker = request.node.get_closest_marker("locum")
    begin = dict(marker.kwargs) if marker else {}
    world.connection.ask("POST", "/worlds", {"name": world.name, **begin})
    request.node.stash[_WORLD] = world
    yield world
    world.drop()
    world.close()


def _name_of(test: str, run: str) -> str:
    """Return the name of a test's world: readable, and unique for each test and run."""
    mark = hashlib.blake2b(f"{test} {run} {os.getpid()}".encode(), digest_size=5).hexdigest()
    words = re.sub(r"[^A-Za-z0-9]+", "-", test.rpartition("::")[2]).strip("-")[:50].strip("-")
    return f"{words or 'test'}-{mark}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the journal of the test's world below a failure."""
    report = yield
    world = item.stash.get(_WORLD, None)
    if report.when == "call" and report.failed and world is not None:
        try:
            entries = world.journal.entries(limit=_MOST_LINES)
        except Exception as problem:  # noqa: BLE001 (a failing test may have dropped the world, or stopped the server)
            report.sections.append(("locum", f"The journal cannot be read: {problem}"))
        else:
            lines = [_line(entry) for entry in entries] or ["No requests."]
            report.sections.append((f"locum: requests in the world {world.name}", "\n".join(lines)))
    return report


def _line(entry: dict[str, Any]) -> str:
    why = next((one for one in entry["trace"] if one.startswith(("Rejected", "Failed", "Injected"))), "")
    near = f" {entry['near_misses'][0]}" if entry["near_misses"] else ""
    return f"{entry['number']:>4} {entry['status']} {entry['method']} {entry['path']}  {why}{near}".rstrip()

"""The request log: one line per request, with the reason of an error; never in the way of the server."""

from __future__ import annotations

import gc
import json
import threading
import weakref

import pytest
from starlette.testclient import TestClient

from locum.server.request_log import LineWriter, Output, RequestLog
from tests.conftest import bearer, make_application


@pytest.fixture(scope="module")
def served():
    return make_application()


@pytest.fixture
def lines(served):
    """Return a function that sends requests in a new default world, and returns the lines of the log."""

    def run(*requests, world="default", **output):
        served.worlds.drop(world)
        found = []
        log = RequestLog(lambda: served.worlds, found.extend, Output(**output))
        log.poll()
        found.clear()
        client = TestClient(served.app, headers={**bearer(), "X-Locum-World": world}, raise_server_exceptions=False)
        for method, path, *more in requests:
            client.request(method, path, **(more[0] if more else {}))
        log.poll()
        return found

    return run


def test_a_line_has_method_path_status_time_and_operation(lines):
    (line,) = lines(("GET", "/api/keys"))

    assert line.split()[:3] == ["GET", "/api/keys", "200"]
    assert line.endswith(" ms  listApiKeys")


def test_the_reason_of_an_error_is_in_its_line(lines):
    invalid, missing, unknown = lines(
        ("POST", "/api/keys", {"json": {"name": "x", "permissions": ["workflows:read"]}}),
        ("DELETE", "/api/keys/api_key_000000000000000000000000000"),
        ("GET", "/api/kez"),
    )

    assert "createApiKey: body/name: must have at least 3 characters" in invalid
    assert " 404 " in missing
    assert "deleteApiKey: " in missing
    assert "no operation: " in unknown


def test_another_world_is_named(lines):
    (line,) = lines(("GET", "/api/keys"), world="checkout")

    assert line.endswith("listApiKeys [checkout]")


def test_verbose_adds_the_decisions_of_an_error_only(lines):
    found, failed = lines(("GET", "/api/keys"), ("GET", "/api/kez"), verbose=True)

    assert "\n" not in found
    assert "Response 404." in failed


def test_quiet_writes_nothing(lines):
    assert lines(("GET", "/api/keys"), quiet=True) == []


def test_json_lines_have_the_same(lines):
    (line,) = lines(("GET", "/api/kez?token=hunter2-secret"), as_json=True)
    shown = json.loads(line)

    assert (shown["event"], shown["method"], shown["status"], shown["world"]) == ("request", "GET", 404, "default")
    assert shown["reason"]
    assert "hunter2" not in line


@pytest.mark.parametrize(("colour", "expected"), [(True, True), (False, False)])
def test_colours_are_for_terminals_only(lines, colour, expected):
    (line,) = lines(("GET", "/api/keys"), colour=colour)

    assert ("\x1b[32m200" in line) is expected


def test_control_characters_of_a_client_do_not_reach_the_terminal(lines):
    (line,) = lines(("GET", "/api/%1b%5b2J"))

    assert "\x1b" not in line


def test_many_requests_at_once_are_counted(lines):
    found = lines(*[("GET", "/api/keys")] * 25)

    assert len(found) == 3
    assert found[-1] == "  ... 23 more requests; the inspector shows the latest"


def test_a_reset_world_begins_anew(served, lines):
    found = []
    log = RequestLog(lambda: served.worlds, found.extend, Output())
    log.poll()  # earlier requests of other tests, of which there may be many
    client = TestClient(served.app, headers={**bearer(), "X-Locum-World": "again"})
    client.get("/api/keys")
    log.poll()
    served.worlds.reset("again")
    client.get("/api/keys")
    log.poll()

    assert sum("[again]" in line for line in found) == 2


def test_the_journal_of_a_dropped_world_is_not_kept(served):
    log = RequestLog(lambda: served.worlds, lambda _: None, Output())
    client = TestClient(served.app, headers={**bearer(), "X-Locum-World": "gone"})
    client.get("/api/keys")
    log.poll()
    journal = weakref.ref(served.worlds.named("gone").journal)
    served.worlds.drop("gone")
    log.poll()
    gc.collect()

    assert journal() is None


def test_a_reader_that_stopped_blocks_nobody():
    blocked = threading.Event()
    writer = LineWriter(lambda _: blocked.wait(10) and None)
    for _ in range(1100):
        writer(["a line"])
    blocked.set()

    assert writer.dropped > 90


def test_a_closed_pipe_ends_the_log_and_not_the_server():
    def broken(_):
        raise BrokenPipeError

    writer = LineWriter(broken)
    writer(["one"])
    writer(["two"])
    writer.close()

    assert writer.dropped == 0

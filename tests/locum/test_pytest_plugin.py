"""The pytest plugin in a test suite with only locum installed."""

from __future__ import annotations

import re
from contextlib import closing

import pytest

from locum.client import Connection
from locum.settings import Settings, settings_of
from tests.locum.test_cli import Running

pytest_plugins = ["pytester"]

SUITE = """
import pytest

def test_keys_are_listed(locum_world):
    assert len(locum_world.sign_in().get("/api/keys").json()) == 2

def test_a_key_is_made_in_this_test_alone(locum_world):
    client = locum_world.sign_in("ada@northwind.example")
    made = client.post("/api/keys", json={"name": "Mine", "permissions": ["sites:read"]})
    assert made.status_code == 201
    assert locum_world.state.types()["ApiKey"] == 4
    locum_world.journal.verify("createApiKey once status 201", nothing_undeclared=True)

def test_time_goes_by(locum_world):
    before = locum_world.clock.now
    assert (locum_world.clock.advance("1d") - before).days == 1

def test_a_fault_is_applied_twice_and_then_expires(locum_world):
    locum_world.faults.add("operation=listApiKeys, status=401, times=2")
    client = locum_world.sign_in()
    assert [client.get("/api/keys").status_code for _ in range(3)] == [401, 401, 200]

def test_nobody_is_signed_in_by_default(locum_world):
    assert locum_world.client.get("/api/keys").status_code == 401

@pytest.mark.locum(seed=7)
def test_another_seed(locum_world):
    assert locum_world.describe()["seed"] == 7

@pytest.mark.parametrize("number", range(20))
def test_many(locum_world, number):
    client = locum_world.sign_in()
    for _ in range(number):
        client.post("/api/keys", json={"name": "Mine", "permissions": ["sites:read"]})
    assert len(client.get("/api/keys").json()) == 2 + number
"""


@pytest.fixture
def suite(pytester, monkeypatch):
    """Return a function that runs a suite in its own process."""
    monkeypatch.delenv("LOCUM_URL", raising=False)

    def run(source, *arguments, **files):
        pytester.makepyfile(test_suite=source, **files)
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:randomly", *arguments)

    return run


def test_a_suite_needs_only_the_fixtures(suite):
    suite(SUITE, "--strict-markers").assert_outcomes(passed=26)


def test_a_suite_works_where_warnings_are_errors(suite):
    suite(SUITE, "-W", "error").assert_outcomes(passed=26)


def test_connexion_is_complete_in_a_project_that_uses_it(suite):
    suite(
        """
def test_it(locum_world):
    import connexion.apps.abstract, connexion.security, httpx, starlette.testclient
    assert connexion.apps.abstract.TestClient is starlette.testclient.TestClient
    assert connexion.security.httpx is httpx
""",
        "-W",
        "ignore",
    ).assert_outcomes(passed=1)


def test_a_suite_runs_in_parallel(suite):
    suite(SUITE, "-n", "2").assert_outcomes(passed=26)


def test_all_workers_can_use_one_running_server(suite, tmp_path):
    # In a process of its own: pytester forgets what was imported during a test, and cryptography cannot be loaded twice.
    with Running(cwd=tmp_path) as running:
        url = re.search(r"http://127\.0\.0\.1:\d+", running.greeting)[0]
        suite(SUITE, "-n", "2", "--locum-url", url).assert_outcomes(passed=26)
        with closing(Connection(url)) as connection:
            assert [world["name"] for world in connection.ask("GET", "/worlds")] == ["default"]


def test_a_failure_shows_the_requests(suite):
    output = suite("""
def test_it(locum_world):
    locum_world.sign_in().put("/api/keys/nope")
    assert False
""")

    output.stdout.fnmatch_lines(
        ["*locum: requests in the world test-it-**", "*1 405 PUT /api/keys/nope*DELETE and GET are.*"]
    )


def test_the_server_is_configured_in_conftest(suite):
    document = """
import pytest

@pytest.fixture(scope="session")
def locum_settings(tmp_path_factory):
    file = tmp_path_factory.mktemp("served") / "stars.json"
    file.write_text('{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/stars": {"get": '
                    '{"operationId": "stars", "responses": {"200": {"description": "x"}}}}}}')
    return {"specs": [str(file)], "strict-worlds": True}
"""
    suite(
        """
def test_it(locum_world, locum_server):
    assert locum_world.client.get("/stars").status_code == 200
    import httpx
    assert httpx.get(locum_server.url + "/stars").status_code == 400
""",
        conftest=document,
    ).assert_outcomes(passed=1)


def test_a_document_that_cannot_be_served_is_reported(suite):
    conftest = """
import pytest

@pytest.fixture(scope="session")
def locum_settings():
    return {"specs": "nothing.yaml"}
"""
    output = suite("def test_it(locum_world): pass", conftest=conftest)

    output.assert_outcomes(errors=1)
    output.stdout.fnmatch_lines(["*nothing.yaml*"])


def test_settings_are_read_from_plain_values(tmp_path):
    settings = settings_of({"specs": ["http://127.0.0.1/a.yaml", str(tmp_path)], "auth": "off", "max-worlds": 3})

    assert settings == Settings(
        specs=("http://127.0.0.1/a.yaml", tmp_path), auth=type(Settings().auth)("off"), max_worlds=3
    )
    with pytest.raises(ValueError, match="Unknown setting 'sepcs'"):
        settings_of({"sepcs": []})

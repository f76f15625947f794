"""`locum_contract`: the tests of an application check its contract without changes."""

from __future__ import annotations

import json
import sys

import pytest

pytest_plugins = ["pytester"]

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "servers": [{"url": "/v1"}],
    "paths": {
        "/pets": {
            "get": {
                "operationId": "listPets",
                "responses": {
                    "200": {
                        "description": "x",
                        "content": {"application/json": {"schema": {"type": "array", "items": {"type": "string"}}}},
                    }
                },
            }
        }
    },
}
APP = """
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

async def pets(request):
    return JSONResponse([5] if "wrong" in request.query_params else ["Rex"])

async def secret(request):
    return JSONResponse({})

app = Starlette(routes=[Route("/v1/pets", pets), Route("/v1/secret", secret), Route("/health", secret)])
"""
CONFTEST = """
import pytest

@pytest.fixture(scope="session", autouse=True)
def contract(locum_contract):
    locum_contract("openapi.json", coverage="seen.json")
"""
SUITE = """
import httpx
import pytest
from starlette.testclient import TestClient
from app import app

client = TestClient(app)

def test_right():
    assert client.get("/v1/pets").status_code == 200

def test_outside():
    assert client.get("/health").status_code == 200

def test_wrong():
    assert client.get("/v1/pets?wrong").status_code == 200

def test_undeclared():
    assert client.get("/v1/secret").status_code == 200

def test_wrong_method():
    assert client.delete("/v1/pets").status_code == 405

def test_asynchronous():
    import asyncio
    async def ask():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as asked:
            return (await asked.get("/v1/pets?wrong")).status_code
    assert asyncio.run(ask()) == 200
"""

CLIENTS = """
import asyncio
import {library} as library
from app import app

def client():
    class Direct(library.BaseTransport):
        def handle_request(self, request):
            path = request.url.raw_path.decode()
            if path == "/v1/moved":
                return library.Response(302, headers={{"location": "/v1/pets?wrong"}}, request=request)
            return library.Response(200, json=[5] if "wrong" in path else ["Rex"], request=request)
    return library.Client(transport=Direct(), base_url="http://app")

def test_right():
    assert client().get("/v1/pets").status_code == 200

def test_wrong():
    assert client().get("/v1/pets?wrong").status_code == 200

def test_redirected():
    assert client().get("/v1/moved", follow_redirects=True).status_code == 200

def test_streamed_request():
    assert client().request("GET", "/v1/pets", content=iter([b"a"])).status_code == 200

def test_streamed_response():
    with client().stream("GET", "/v1/pets?wrong") as response:
        assert response.read()

def test_asynchronous():
    async def send():
        transport = library.ASGITransport(app)
        async with library.AsyncClient(transport=transport, base_url="http://app") as client:
            return (await client.get("/v1/pets?wrong")).status_code
    assert asyncio.run(send()) == 200
"""


@pytest.fixture
def suite(pytester):
    pytester.makepyfile(app=APP, test_suite=SUITE, conftest=CONFTEST)
    (pytester.path / "openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return lambda *options: pytester.runpytest_subprocess(
        "-p", "no:cacheprovider", "-p", "no:randomly", "-W", "ignore", *options
    )


def test_only_tests_that_break_the_contract_fail(suite, pytester):
    output = suite("-rA")

    output.assert_outcomes(passed=2, failed=4)
    output.stdout.fnmatch_lines(
        [
            "*GET /v1/pets (listPets), L022: *",
            "*GET /v1/secret is not declared by openapi.*",
            "*DELETE /v1/pets is not declared by openapi. GET, HEAD, OPTIONS are.*",
        ]
    )


def test_coverage_is_printed_and_saved(suite, pytester):
    suite("-k", "right").stdout.fnmatch_lines(["locum: * % of openapi was seen (statuses 1/1, responses 1/2)."])
    (seen,) = json.loads((pytester.path / "seen.json").read_text())

    assert seen["cells"]["GET /pets"]["status 200 application/json"] == 1


def test_workers_save_their_coverage_separately(suite, pytester):
    suite("-n", "2", "-k", "right or outside")
    output = pytester.run(sys.executable, "-m", "locum", "coverage", *sorted(pytester.path.glob("seen-gw*.json")))

    output.stdout.fnmatch_lines(["openapi: * (statuses 1/1, *"])


def test_without_the_fixture_nothing_is_checked(pytester):
    pytester.makepyfile(app=APP, test_suite=SUITE)
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "ignore").assert_outcomes(passed=6)


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_clients_of_httpx_and_httpx2_are_observed(library, pytester):
    pytester.makepyfile(app=APP, test_suite=CLIENTS.format(library=library), conftest=CONFTEST)
    (pytester.path / "openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    done = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:randomly", "-rA")

    done.assert_outcomes(passed=3, failed=3)
    done.stdout.fnmatch_lines(
        [
            "*GET /v1/moved is not declared by openapi.*",
            "*GET /v1/pets (listPets), L022: *",
            "FAILED test_suite.py::test_wrong*",
            "FAILED test_suite.py::test_redirected*",
            "FAILED test_suite.py::test_asynchronous*",
        ]
    )


REQUESTS = """
import requests
from threading import Thread
from http.server import BaseHTTPRequestHandler, HTTPServer

class Pets(BaseHTTPRequestHandler):
    def do_GET(self):
        moved = self.path == "/v1/moved"
        self.send_response(302 if moved else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "0" if moved else "7")
        if moved:
            self.send_header("Location", "/v1/pets")
        self.end_headers()
        if not moved:
            self.wfile.write(b'["Rex"]')

    def log_message(self, *_):
        pass

def test_redirected():
    with HTTPServer(("127.0.0.1", 0), Pets) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            assert requests.get(f"http://127.0.0.1:{server.server_port}/v1/moved", timeout=10).json() == ["Rex"]
        finally:
            server.shutdown()
"""


def test_each_request_of_a_redirect_is_checked_once(pytester):
    pytester.makepyfile(test_suite=REQUESTS, conftest=CONFTEST)
    (pytester.path / "openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    done = pytester.runpytest_subprocess("-p", "no:cacheprovider")

    done.assert_outcomes(failed=1)
    reported = done.stdout.str().partition("short test summary info")[0]  # Where CI is set, pytest repeats it there.
    assert reported.count("GET /v1/moved is not declared by openapi.") == 1
    (seen,) = json.loads((pytester.path / "seen.json").read_text())
    assert seen["cells"]["GET /pets"]["status 200 application/json"] == 1


HIDDEN = """
import importlib.util

find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: (
    None if name in {"httpx2", "requests"} else find_spec(name, package)
)
"""


def test_client_libraries_are_optional(pytester):
    pytester.makepyfile(hidden=HIDDEN, app=APP, test_suite=CLIENTS.format(library="httpx"), conftest=CONFTEST)
    (pytester.path / "openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    done = pytester.runpytest_subprocess(
        "-p", "hidden", "-p", "no:schemathesis", "-p", "no:cacheprovider", "-k", "right or wrong"
    )

    done.assert_outcomes(passed=1, failed=1)


ALIASED = """
import httpx2
httpx2.alias_httpx()
import httpx

def test_right():
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=["Rex"]))
    assert httpx.Client is httpx2.Client
    assert httpx.Client(transport=transport, base_url="http://app").get("/v1/pets").status_code == 200
"""


def test_an_aliased_httpx_is_observed_once(pytester):
    pytester.makepyfile(alias=ALIASED.partition("\ndef ")[0], test_suite=ALIASED, conftest="import alias\n" + CONFTEST)
    (pytester.path / "openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
    (seen,) = json.loads((pytester.path / "seen.json").read_text())

    assert seen["cells"]["GET /pets"]["status 200 application/json"] == 1

"""`locum_contract`: an application's own tests are judged by its contract, without being changed."""

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


@pytest.fixture
def suite(pytester):
    pytester.makepyfile(app=APP, test_suite=SUITE, conftest=CONFTEST)
    (pytester.path / "openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return lambda *options: pytester.runpytest_subprocess(
        "-p", "no:cacheprovider", "-p", "no:randomly", "-W", "ignore", *options
    )


def test_tests_fail_in_which_the_contract_is_broken_and_no_others(suite, pytester):
    told = suite("-rA")

    told.assert_outcomes(passed=2, failed=4)
    told.stdout.fnmatch_lines(
        [
            "*GET /v1/pets (listPets), L022: *",
            "*GET /v1/secret is not declared by openapi.*",
            "*DELETE /v1/pets is not declared by openapi. GET, HEAD, OPTIONS are.*",
        ]
    )


def test_what_was_seen_is_told_and_kept(suite, pytester):
    suite("-k", "right").stdout.fnmatch_lines(["locum: * % of openapi was seen (answers 1/1, responses 1/2)."])
    (seen,) = json.loads((pytester.path / "seen.json").read_text())

    assert seen["cells"]["GET /pets"]["answer 200 application/json"] == 1


def test_workers_keep_what_they_saw_side_by_side(suite, pytester):
    suite("-n", "2", "-k", "right or outside")
    told = pytester.run(sys.executable, "-m", "locum", "coverage", *sorted(pytester.path.glob("seen-gw*.json")))

    told.stdout.fnmatch_lines(["openapi: * (answers 1/1, *"])


def test_without_the_fixture_nothing_is_judged(pytester):
    pytester.makepyfile(app=APP, test_suite=SUITE)
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "ignore").assert_outcomes(passed=6)

"""The front page: what `/` answers without an operation there, and that browsers leave no trace."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.conftest import make_application
from tests.wire.serving import document, responses


@pytest.fixture
def browser(application, world):
    application.worlds.drop(world)
    return TestClient(application.app, headers={"X-Locum-World": world})


def test_browsers_get_a_page_with_links_and_others_json(browser):
    page = browser.get("/", headers={"Accept": "text/html,application/xhtml+xml"})
    plain = browser.get("/")

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert 'href="/__locum/"' in page.text
    assert "style-src 'sha256-" in page.headers["Content-Security-Policy"]
    assert plain.json()["inspector"] == "/__locum/"
    assert [api["name"] for api in plain.json()["apis"]] == ["api-keys", "credentials", "workflows"]
    assert browser.get(plain.json()["health"]).json()["status"] == "alive"


def test_the_links_of_a_world_stay_in_it(browser):
    assert browser.get("/~mine/").json()["inspector"] == "/~mine/__locum/"


def test_what_browsers_request_by_themselves_leaves_no_trace(application, browser, world):
    before = application.worlds.named(world).clock.micros
    for path in ("/", "/favicon.ico", "/.well-known/appspecific/com.chrome.devtools.json", "/__locum/docs/"):
        browser.get(path)

    assert application.worlds.named(world).journal.last == 0
    assert application.worlds.named(world).clock.micros == before


def test_an_operation_at_the_root_is_served(served):
    server = served({"shop": document({"/": {"get": {"responses": responses(schema={"type": "object"})}}})})

    assert server("GET", "/", Accept="text/html").status != 404
    assert "inspector" not in server("GET", "/").json
    assert server.application.worlds.default.journal.last == 2


def test_other_methods_and_prism_have_no_front_page(browser, tmp_path):
    assert browser.post("/").status_code == 404
    prism = TestClient(make_application(like_prism=True).app)
    assert prism.get("/").status_code == 404


def test_the_documents_of_a_world_send_their_requests_to_it(browser):
    servers = [
        browser.get(f"{root}/__locum/docs/credentials/openapi.json").json()["servers"] for root in ("", "/~mine")
    ]

    assert [found[0]["url"] for found in servers] == ["/api", "/~mine/api"]


def test_the_front_page_needs_no_world():
    client = TestClient(make_application(strict_worlds=True).app)

    assert client.get("/").json()["name"] == "locum"
    assert client.get("/api/keys").status_code == 400

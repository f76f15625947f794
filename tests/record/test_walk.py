"""The walk: a session over a proxy in front of half a backend is recorded, and runs again without the backend."""

from __future__ import annotations

import json
import socket
from threading import Thread

import httpx
import pytest
import uvicorn
import yaml
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from locum.cli.record import recording_loader
from locum.proxy.layer import create_proxy
from locum.server.uvicorn_server import Background
from locum.settings import settings_of
from tests.record.session import LIBRARY

OPERATIONS = {
    *("listBooks", "getBook", "quote"),  # the backend has these
    *("createBook", "updateBook", "deleteBook", "listReviews", "addReview"),
}
BOOKS = {number: {"id": number, "title": f"Book {number}", "genre": genre} for number, genre in ((1, "a"), (2, "b"))}


class Backend:
    """A server with three of the eight operations."""

    def __init__(self):
        app = Starlette(
            routes=[
                Route("/v1/books", self.list_books, methods=["GET"]),
                Route("/v1/books/{id:int}", self.book, methods=["GET"]),
                Route("/v1/quotes", self.quote, methods=["POST"]),
            ]
        )
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:{1}".format(*listener.getsockname())
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [listener]})
        self._thread.start()

    async def list_books(self, _):
        return JSONResponse(
            {"items": [{**one, "self": f"{self.url}/v1/books/{key}"} for key, one in BOOKS.items()], "total": 2}
        )

    async def book(self, request):
        found = BOOKS.get(request.path_params["id"])
        return JSONResponse(found or {"message": "No such book."}, 200 if found else 404)

    async def quote(self, request):
        return JSONResponse({"price": (await request.json())["pages"] / 2})

    def stop(self):
        self._server.should_exit = True
        self._thread.join()


@pytest.fixture
def document(tmp_path):
    content = yaml.safe_load(LIBRARY.read_text())
    for path, item in list(content["paths"].items()):
        kept = {name: one for name, one in item.items() if name == "parameters" or one.get("operationId") in OPERATIONS}
        content["paths"][path] = kept
        if not kept.keys() - {"parameters"}:
            del content["paths"][path]
    (tmp_path / "library.json").write_text(json.dumps(content))
    return tmp_path / "library.json"


def session(client):
    """Run the session of a frontend; return the source of each response by operation."""
    sources = []

    def ask(method, target, status, body=None):
        response = client.request(method, "/v1" + target, json=body)
        assert response.status_code == status, (method, target, response.text)
        sources.append(response.headers.get("x-locum-source", ""))
        return response.json() if response.content else None

    assert [one["title"] for one in ask("GET", "/books", 200)["items"]][:2] == ["Book 1", "Book 2"]
    assert ask("GET", "/books/1", 200)["title"] == "Book 1"
    assert ask("POST", "/quotes", 200, {"pages": 7}) == {"price": 3.5}
    made = ask("POST", "/books", 201, {"title": "Mine", "genre": "a"})
    ask("PATCH", f"/books/{made['id']}", 204, {"title": "Still mine"})
    assert ask("GET", f"/books/{made['id']}", 200)["title"] == "Still mine"
    review = ask("POST", "/books/1/reviews", 201, {"text": "Good"})
    assert review in ask("GET", "/books/1/reviews", 200)
    ask("DELETE", f"/books/{made['id']}", 204)
    ask("GET", f"/books/{made['id']}", 404)
    return sources


def test_a_session_is_recorded_and_runs_without_the_backend(document, tmp_path, capfd):
    folder, usual = tmp_path / "shop", {"specs": [document], "cache": False}
    backend = Backend()
    create = recording_loader(str(folder), (), "start")()
    proxied = {**usual, "auth": "any", "upstream": backend.url, "mock_when": ["unimplemented"]}
    front = Background(settings_of(proxied), create)
    with httpx.Client(base_url=front.url, headers={"Authorization": "Bearer secret-1234567"}) as client:
        sources = session(client)
        entries = client.get("/__locum/journal").json()
    front.stop()
    backend.stop()
    printed = "".join(capfd.readouterr())

    assert sources == ["upstream"] * 3 + ["mock"] * 6 + ["upstream"]
    assert [one["source"] for one in entries][-10:] == sources
    assert printed.splitlines()[:2] == ["/books: 2 new", "Responses that are no records: of 1 request"]
    assert "secret-1234567" not in printed + "".join(file.read_text() for file in folder.iterdir())
    assert backend.url not in (folder / "books.json").read_text()

    mock = Background(settings_of({**usual, "auth": "off", "fixture": str(folder)}))
    try:
        with httpx.Client(base_url=mock.url) as client:
            assert session(client) == [*[""] * 2, "record", *[""] * 7]
            first = client.get("/v1/books", params={"genre": "b"}).json()
            assert (first["total"], first["items"][0]["self"]) == (1, f"{mock.url}/v1/books/2")
            assert client.get("/v1/books?limit=1&offset=1").json()["items"][0]["id"] == 2
            assert client.get("/v1/books/3").status_code == 404
    finally:
        mock.stop()


def test_what_was_recorded_stands_in_for_a_backend_that_is_down(document, tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    request, response = {"body": {"pages": 7}}, {"status": 200, "body": {"price": 9.5}}
    (folder / "_examples.json").write_text(json.dumps({"quote": [{"request": request, "responses": [response]}]}))
    settings = {"specs": [document], "cache": False, "auth": "any", "upstream": "http://127.0.0.1:9"}
    front = Background(settings_of({**settings, "mock_when": ["error"], "fixture": str(folder)}), create_proxy)
    try:
        with httpx.Client(base_url=front.url, headers={"Authorization": "Bearer x"}) as client:
            found = client.post("/v1/quotes", json={"pages": 7})
            (entry,) = client.get("/__locum/journal").json()
    finally:
        front.stop()

    assert (found.json(), found.headers["x-locum-source"], entry["source"]) == ({"price": 9.5}, "record", "record")

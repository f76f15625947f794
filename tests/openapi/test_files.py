"""Which files and URLs are read."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from locum.openapi.load.documents import BadDocument, documents_in, read
from locum.openapi.load.files import Library, UnreadableFile, place_of, read_bytes

HEAD = "openapi: 3.1.0\ninfo: {title: A, version: '1'}\n"
FILES = {
    "/v1/openapi.yaml": HEAD + "components: {schemas: {A: {$ref: schemas/a.json}}}\n",
    "/v1/schemas/a.json": '{"type": "string"}',
    "/v1/out.yaml": HEAD + "components: {schemas: {A: {$ref: ../a.yaml}}}\n",
    "/a.yaml": "type: string",
    "/v1/document": '{"openapi": "3.1.0", "info": {}}',
}


@pytest.fixture
def server():
    """A server on this machine with the files above; any other path is redirected."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            found = FILES.get(self.path)
            self.send_response(200 if found else 404 if self.path.endswith("gone.yaml") else 302)
            self.send_header("Location", "http://a.example/stolen.yaml")
            self.end_headers()
            self.wfile.write((found or "").encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_document_is_read_from_a_url_with_its_references(server):
    document = read(f"{server}/v1/openapi.yaml")

    assert (document.name, document.place) == ("openapi", f"{server}/v1/openapi.yaml")
    assert list(document.content["x-locum-files"].values()) == [{"type": "string"}]
    assert document.content["components"]["schemas"]["A"]["$ref"].startswith("#/x-locum-files/")


def test_a_url_can_have_been_converted_to_a_path(server):
    path = Path(f"{server}/v1/document")

    assert documents_in(path) == [path]
    assert read(path).content == {"openapi": "3.1.0", "info": {}}
    assert place_of(path) == f"{server}/v1/document"


def test_a_redirect_to_another_machine_is_rejected(server):
    with pytest.raises(BadDocument, match=r"elsewhere.yaml: cannot be read \(Found\)"):
        read(f"{server}/elsewhere.yaml")


def test_a_url_without_a_document_is_reported(server):
    with pytest.raises(BadDocument, match=r"gone.yaml: cannot be read \(Not Found\)"):
        read(f"{server}/gone.yaml")


def test_references_of_a_url_stay_below_it(server):
    lost = read(f"{server}/v1/out.yaml").lost

    assert lost["../a.yaml"].startswith("../a.yaml is read over the network, which needs --allow-refs")
    assert read(f"{server}/v1/out.yaml", allow_refs=True).parts[0].source == b"type: string"


def test_proxies_are_ignored(server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    assert read(f"{server}/v1/document").name == "document"


@pytest.mark.parametrize("url", ["http://a.example/b.yaml", "https://192.0.2.1/b.yaml", "http://127.0.0.1.a.example/b"])
def test_another_machine_is_not_contacted(url):
    with pytest.raises(BadDocument, match=r"is on another machine, and locum reads nothing from the network. Download"):
        read_bytes(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "[::1]", "localhost"])
def test_an_unreachable_port_is_reported(host):
    with pytest.raises(BadDocument, match="cannot be read"):
        read_bytes(f"http://{host}:9/a.yaml")


@pytest.mark.parametrize(
    ("reference", "base", "place"),
    [
        ("b.yaml", "specs/a.yaml", "specs/b.yaml"),
        ("./c/b.yaml", "specs/a.yaml", "specs/c/b.yaml"),
        ("../b.yaml", "specs/c/a.yaml", "specs/b.yaml"),
        ("c/../a.yaml", "specs/a.yaml", "specs/a.yaml"),
        ("b%20c.yaml", "specs/a.yaml", "specs/b c.yaml"),
    ],
)
def test_a_reference_is_relative_to_the_file_that_holds_it(reference, base, place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert Library("specs/a.yaml").locate(reference, base) == place
    assert Library("specs/a.yaml").name(place) == place.removeprefix("specs/")


@pytest.mark.parametrize("reference", ["../b.yaml", "c/../../b.yaml", "%2e%2e/b.yaml", "/b.yaml", "file:///b.yaml"])
def test_a_reference_does_not_leave_the_folder(reference, tmp_path):
    with pytest.raises(UnreadableFile, match="outside the document's folder"):
        Library(str(tmp_path / "specs" / "a.yaml")).locate(reference, str(tmp_path / "specs" / "a.yaml"))

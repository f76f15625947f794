"""Files: bodies of file types are real files, and generated URLs of files point to this server."""

from __future__ import annotations

import base64
import io
import zipfile
import zlib

import pytest

from locum.settings import Settings
from tests.wire.serving import Server

ITEMS = "{$ref: '#/components/schemas/Product'}"
KEY = "parameters: [{name: id, in: path, required: true, schema: {type: integer}}]"
DOCUMENT = f"""
openapi: 3.0.3
info: {{title: Files, version: '1'}}
paths:
  /products: {{get: {{responses: {{'200': {{description: ok, content: {{application/json: {{schema: {{type: array, items: {ITEMS}}}}}}}}}}}}}}}
  /products/{{id}}: {{{KEY}, get: {{responses: {{'200': {{description: ok, content: {{application/json: {{schema: {ITEMS}}}}}}}, '404': {{description: none}}}}}}}}
components:
  schemas:
    Product:
      type: object
      required: [id, name, image_url, avatar, manual_url, scan, narrow, shown]
      properties:
        id: {{type: integer}}
        name: {{type: string}}
        image_url: {{type: string, format: uri}}
        avatar: {{type: string}}
        manual_url: {{type: string}}
        scan: {{type: string, format: byte}}
        narrow: {{type: object, required: [logo_url], properties: {{logo_url: {{type: string, maxLength: 12}}}}}}
        shown: {{type: string, example: 'https://cdn.example.com/a.png'}}
"""
KINDS = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF89a",
    "image/webp": b"RIFF",
    "image/svg+xml": b"<svg ",
    "image/x-icon": b"\0\0\1\0",
    "application/pdf": b"%PDF-1.",
    "application/zip": b"PK\3\4",
    "application/gzip": b"\x1f\x8b",
    "audio/wav": b"RIFF",
    "audio/mpeg": b"\xff\xfb",
    "video/mp4": b"\0\0\0",
    "text/csv": b"id,",
    "text/html": b"<!doctype html>",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": b"PK\3\4",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    paths = "".join(
        f"  /get{number}: {{get: {{operationId: getMonthlyStatement{number}, responses: {{'200': {{description: ok, "
        f"content: {{{kind}: {{schema: {{type: string, format: binary}}}}}}}}}}}}}}\n"
        for number, kind in enumerate(KINDS)
    )
    file = folder / "files.yaml"
    file.write_text(DOCUMENT.replace("components:", f"{paths}components:", 1))
    server = Server(Settings(specs=(file,), cache=False))
    yield server
    server.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_of_a_file_type_is_a_real_file(server, kind):
    reply = server("GET", f"/get{list(KINDS).index(kind)}")

    assert reply.status == 200
    assert reply.headers["content-type"] == kind
    assert reply.body.startswith(KINDS[kind])
    assert 20 < len(reply.body) < 6_000


def test_a_png_has_valid_chunks(server):
    data = server("GET", "/get0").body
    at, seen = 8, []
    while at < len(data):
        size, name = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        assert zlib.crc32(data[at + 4 : at + 8 + size]) == int.from_bytes(data[at + 8 + size : at + 12 + size])
        seen.append(name)
        at += 12 + size
    assert seen == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]


def test_an_archive_can_be_read_and_names_its_operation(server):
    data = server("GET", f"/get{list(KINDS).index('application/zip')}").body
    archive = zipfile.ZipFile(io.BytesIO(data))

    assert archive.testzip() is None
    assert archive.read("README.txt").startswith(b"Get monthly statement")


def test_a_member_of_format_byte_is_a_file(server):
    for product in server("GET", "/products").json[1:]:
        assert base64.b64decode(product["scan"], validate=True)


def test_urls_of_files_point_to_files_on_this_server(server):
    products = server("GET", "/products").json
    for product in products:
        slug = product["name"].lower().replace(" ", "-")
        assert product["image_url"] == f"http://localhost/__locum/files/{slug}.png"
        assert product["avatar"].startswith("http://localhost/__locum/files/")
    reply = server("GET", products[0]["image_url"].removeprefix("http://localhost"), Origin="http://localhost:3000")
    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert "max-age" in reply.headers["cache-control"]


def test_a_world_in_the_path_is_in_the_url_of_a_file(server):
    product = server("GET", "/~other/products/1").json

    assert "/~other/__locum/files/" in product["image_url"]
    assert server("GET", "/~other/__locum/files/x.gif").headers["content-type"] == "image/gif"


def test_a_url_that_would_break_its_schema_is_left_unchanged(server):
    for product in server("GET", "/products").json:
        assert len(product["narrow"]["logo_url"]) <= 12


def test_an_example_is_left_unchanged(server):
    assert server("GET", "/products").json[0]["shown"] == "https://cdn.example.com/a.png"


def test_a_request_for_a_file_does_not_change_the_world(server):
    before = server("GET", "/__locum/journal").json
    assert server("GET", "/__locum/files/price-list.pdf").body.startswith(b"%PDF")
    assert server("HEAD", "/__locum/files/price-list.pdf").status == 200
    assert server("POST", "/__locum/files/price-list.pdf").status == 405
    assert server("GET", "/__locum/files/").status == 404
    assert server("GET", "/__locum/journal").json == before

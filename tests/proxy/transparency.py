"""Send the same random requests to a server with and without a proxy in front of it, and compare the responses.

python -m tests.proxy.transparency             1,000 requests to the server of these tests, in a process of its own
python -m tests.proxy.transparency --npm       1,000 requests to json-server, which npm installs into a temporary folder
"""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import socket
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from random import Random
from time import monotonic

from tests.proxy.conftest import JSON, SPEC, Proxied, ask

__all__ = ["differences", "requests_to_json_server", "requests_to_the_shop"]

ADDED = ("via", "date", "connection", "keep-alive", "transfer-encoding")
"""Headers that may differ: that of the proxy, the time, and those of a connection (RFC 9110, section 7.6.1)."""
PACKAGE = "json-server@0.17.4"
POSTS = """
openapi: 3.0.3
info: {title: Posts, version: "1"}
paths:
  /posts:
    get: {operationId: list, responses: {"200": {description: x, content: {application/json: {}}}}}
    post:
      operationId: create
      requestBody: {content: {application/json: {}}}
      responses: {"201": {description: x, content: {application/json: {}}}}
  /posts/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: read, responses: {default: {description: x, content: {application/json: {}}}}}
    put:
      operationId: replace
      requestBody: {content: {application/json: {}}}
      responses: {default: {description: x, content: {application/json: {}}}}
    patch:
      operationId: update
      requestBody: {content: {application/json: {}}}
      responses: {default: {description: x, content: {application/json: {}}}}
    delete: {operationId: remove, responses: {default: {description: x, content: {application/json: {}}}}}
"""


def requests_to_the_shop(random: Random, count: int):
    """Yield random requests, valid and invalid ones, to the operations of pets.yaml."""
    known: list[str] = []
    for number in range(count):
        kind = random.choice(["list", "create", "create", "read", "replace", "delete", "echo", "bad", "zip", "file"])
        name = random.choice(known) if known and random.random() < 0.8 else "no-such-pet"
        pet = {"name": random.choice(["Ada", "Bräm", "日本", ""]), "kind": random.choice(["cat", "dog", "cow"])}
        if kind == "create":
            if pet["name"]:
                known.append(f"up-{len(known) + 1}")
            yield "POST", "/v1/pets", pet, {"X-Number": str(number)}
        elif kind == "list":
            query = random.choice(["", "?kind=cat", "?kind=cow", "?kind=dog&kind=cat", "?%20"])
            yield "GET", f"/v1/pets{query}", None, {}
        elif kind == "zip":
            yield "GET", "/v1/pets", None, {"Accept-Encoding": "gzip", "Cookie": "a=1; b=2"}
        elif kind == "bad":
            yield "POST", "/v1/pets", random.choice([b"{", b"", b"\xff\xfe", b"[]"]), JSON
        elif kind == "echo":
            yield "POST", "/v1/echo?a=%2F&b", random.randbytes(random.choice([0, 1, 70_000])), JSON
        elif kind == "file":
            yield "GET", f"/v1/files/{random.choice([0, 1, 9])}", None, {}
        else:
            method = {"read": random.choice(["GET", "HEAD"]), "replace": "PUT", "delete": "DELETE"}[kind]
            yield method, f"/v1/pets/{name}", {**pet, "name": "x"} if kind == "replace" else None, {}


def requests_to_json_server(random: Random, count: int):
    """Yield random requests to the operations of POSTS: pages, filters, conditional requests, compression, writes."""
    for _ in range(count):
        name, post = random.randrange(60), {"title": random.choice(["a", "é", "日本"]), "views": random.randrange(9)}
        queries = ["", "?_page=2&_limit=5", "?title=a", "?_sort=views&_order=desc", "?q=%C3%A9", "?views_gte=3"]
        yield random.choice(
            [
                ("GET", f"/posts{random.choice(queries)}", None, {}),
                ("GET", "/posts", None, {"Accept-Encoding": "gzip"}),
                ("GET", f"/posts/{name}", None, {"If-None-Match": '"x"'}),
                (random.choice(["HEAD", "DELETE"]), f"/posts/{name}", None, {}),
                ("POST", "/posts", post, {}),
                ("POST", "/posts", random.choice([b"{", b""]), JSON),
                (random.choice(["PUT", "PATCH"]), f"/posts/{name}", post, {}),
                ("OPTIONS", f"/posts/{name}", None, {}),
            ]
        )


def _shown(reply):
    """Return the body of a response; one that shows the headers of its request is shown without those of a proxy."""
    try:
        shown = reply.json
    except ValueError:
        return reply.body
    if isinstance(shown, dict) and "headers" in shown:
        added = ("host", "via", "x-forwarded", "x-locum", "connection", "accept-encoding")
        shown["headers"] = [pair for pair in shown["headers"] if not pair[0].startswith(added)]
        return json.dumps(shown)
    return reply.body


def differences(direct, proxied, request) -> list[str]:
    """Return how a response through a proxy differs from the same one without it, beside what a proxy adds."""
    found = []
    if proxied.status != direct.status:
        found.append(f"{request}: status {proxied.status}, not {direct.status}")
    if _shown(proxied) != _shown(direct):
        found.append(f"{request}: body {proxied.body[:200]!r}, not {direct.body[:200]!r}")
    heads = [
        [pair for pair in reply.pairs if pair[0] not in ADDED and not pair[0].startswith("x-locum-")]
        for reply in (direct, proxied)
    ]
    is_echo = "/echo" in request[1]  # its length is that of the shown headers
    if heads[0] != heads[1] and not is_echo:
        found.append(f"{request}: headers {heads[1]}, not {heads[0]}")
    return found


@contextlib.contextmanager
def _process(command: list[str], cwd: Path, port: int):
    """Run a server on a port; yield its URL."""
    running = subprocess.Popen([*command, str(port)], cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url, until = f"http://127.0.0.1:{port}", monotonic() + 60
    try:
        while monotonic() < until:
            with contextlib.suppress(OSError, http.client.HTTPException):
                ask(url, "GET", "/")
                break
        yield url
    finally:
        running.terminate()
        running.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def _answers(start, requests, folder: Path, document: Path | None):
    """Return the responses of a fresh server, through a proxy if there is a document."""
    with start(folder) as url:
        if document is None:
            return [ask(url, *request) for request in requests]
        front = Proxied(upstream=url, specs=[document], undeclared="forward")
        try:
            return [front(*request) for request in requests]
        finally:
            front.running.stop()


def _json_server(folder: Path, port: int):
    posts = [{"id": number, "title": "a", "views": number % 9} for number in range(1, 40)]
    (folder / "db.json").write_text(json.dumps({"posts": posts}))
    program = folder / "node_modules" / ".bin" / "json-server"
    return _process([str(program), "db.json", "--quiet", "--host", "127.0.0.1", "--port"], folder, port)


def main() -> None:
    root, count = Path(__file__).resolve().parent.parent.parent, 1000
    port = _free_port()  # the same for both servers: some name it in their responses
    with tempfile.TemporaryDirectory() as name:
        folder, random = Path(name), Random(7)
        if "--npm" in sys.argv:
            npm = shutil.which("npm") or sys.exit("This needs npm.")
            subprocess.run([npm, "install", "--no-audit", "--no-fund", PACKAGE], cwd=folder, check=True)
            document = folder / "posts.yaml"
            document.write_text(POSTS)
            start, requests = partial(_json_server, port=port), list(requests_to_json_server(random, count))
        else:
            document, requests = SPEC, list(requests_to_the_shop(random, count))
            start = lambda _: _process([sys.executable, "-m", "tests.proxy.shop"], root, port)  # noqa: E731 (used once)
        direct = _answers(start, requests, folder, None)
        proxied = _answers(start, requests, folder, document)
    found = [
        difference
        for request, one, other in zip(requests, direct, proxied, strict=True)
        for difference in differences(one, other, request)
    ]
    print("\n".join(found[:20]))
    print(f"{count} requests, {len({reply.status for reply in direct})} statuses, {len(found)} differences")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()

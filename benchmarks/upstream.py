"""The real server of the proxy benchmark: a bare ASGI callable on uvicorn.

    python benchmarks/upstream.py PORT

GET /items answers a list of ten, POST /items one item, GET /files/N sends N megabytes, PUT /files/N counts them.
"""

import json
import sys

import uvicorn

ITEM = {"id": 1, "name": "Chess set", "price": 20.5, "tags": ["game", "wood"], "stock": {"count": 3, "place": "A1"}}
LIST = json.dumps([{**ITEM, "id": number} for number in range(10)]).encode()
ONE = json.dumps(ITEM).encode()
PART = b"x" * 65536


def head(body: bytes, status: int) -> dict:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    return {"type": "http.response.start", "status": status, "headers": headers}


async def upstream(scope, receive, send):
    method, path = scope["method"], scope["path"]
    if path.startswith("/files/") and method == "GET":
        size = int(path.rpartition("/")[2]) * 1024 * 1024
        headers = [(b"content-type", b"application/octet-stream"), (b"content-length", b"%d" % size)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for _ in range(size // len(PART)):
            await send({"type": "http.response.body", "body": PART, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    size, more = 0, method in {"POST", "PUT"}
    while more:
        message = await receive()
        size += len(message["body"])
        more = message["more_body"]
    body = LIST if method == "GET" else ONE if method == "POST" else json.dumps({"size": size}).encode()
    await send(head(body, 201 if method == "POST" else 200))
    await send({"type": "http.response.body", "body": body})


uvicorn.run(
    upstream,
    port=int(sys.argv[1]),
    loop="uvloop",
    http="httptools",
    lifespan="off",
    log_level="warning",
    access_log=False,
)

"""The plain pass-through of the proxy benchmark: httpx behind uvicorn, without validation and journal.

python benchmarks/pass_through.py PORT UPSTREAM
"""

import sys

import httpx
import uvicorn

HOP_BY_HOP = {b"connection", b"keep-alive", b"transfer-encoding", b"host"}
limits = httpx.Limits(max_connections=1000, max_keepalive_connections=1000)
client = httpx.AsyncClient(base_url=sys.argv[2], limits=limits, timeout=60)


async def pass_through(scope, receive, send):
    async def body():
        more = True
        while more:
            message = await receive()
            yield message["body"]
            more = message["more_body"]

    headers = [pair for pair in scope["headers"] if pair[0] not in HOP_BY_HOP]
    content = body() if scope["method"] in {"POST", "PUT"} else None
    request = client.build_request(scope["method"], scope["path"], headers=headers, content=content)
    response = await client.send(request, stream=True)
    kept = [pair for pair in response.headers.raw if pair[0].lower() not in HOP_BY_HOP]
    await send({"type": "http.response.start", "status": response.status_code, "headers": kept})
    async for part in response.aiter_raw():
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
    await response.aclose()


uvicorn.run(
    pass_through,
    port=int(sys.argv[1]),
    loop="uvloop",
    http="httptools",
    lifespan="off",
    log_level="warning",
    access_log=False,
    server_header=False,
    date_header=False,
)

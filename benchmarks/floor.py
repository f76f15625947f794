"""The floor: a bare ASGI callable on uvicorn that answers the same bytes as locum does.

    python benchmarks/floor.py PORT ANSWER

ANSWER is a file with the status, the content type and the body of the one answer it knows.
"""

import json
import sys
from pathlib import Path

import uvicorn

port, answer = int(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
body = answer["body"].encode()
headers = [(b"content-type", answer["type"].encode()), (b"content-length", b"%d" % len(body))] if answer["type"] else []
start = {"type": "http.response.start", "status": answer["status"], "headers": headers}
end = {"type": "http.response.body", "body": body}


async def floor(scope, receive, send):
    if scope["method"] == "POST":
        await receive()  # whoever looks at a body must have it
    await send(start)
    await send(end)


uvicorn.run(
    floor,
    port=port,
    loop="uvloop",
    http="httptools",
    lifespan="off",
    log_level="warning",
    access_log=False,
    server_header=False,
    date_header=False,
)

"""A stateful server that a proxy stands in front of. It knows nothing of locum.

python -m tests.proxy.shop PORT
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import socket
import sys
from threading import Thread

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route


def _error(status, message):
    return JSONResponse({"error": message}, status)


class Shop:
    """Pets with records of their own; orders are not implemented."""

    def __init__(self):
        self.pets = {}
        self.seen = []
        """Every request: method, path with query, headers."""
        self.created = 0
        self.fails = 0
        """The status of every response, if it is not 0."""

    async def list_pets(self, request):
        kind = request.query_params.get("kind")
        if kind not in {None, "cat", "dog"}:
            return _error(400, "There is no such kind.")
        found = [pet for pet in self.pets.values() if kind in {None, pet.get("kind")}]
        if "gzip" in request.headers.get("accept-encoding", ""):
            data = gzip.compress(json.dumps(found).encode(), mtime=0)
            head = {"content-encoding": "gzip", "content-type": "application/json", "etag": '"zipped"'}
            return Response(data, headers=head)
        return JSONResponse(found, headers={"x-count": str(len(found)), "cache-control": "no-store"})

    async def create_pet(self, request):
        try:
            sent = await request.json()
        except ValueError:
            return _error(422, "That is no JSON.")
        if not isinstance(sent, dict) or not sent.get("name"):
            return _error(422, "A pet needs a name.")
        self.created += 1
        pet = {"id": f"up-{self.created}", **sent}
        self.pets[pet["id"]] = pet
        return JSONResponse(pet, 201, {"set-cookie": "seen=yes"})

    async def pet(self, request):
        pet = self.pets.get(request.path_params["id"])
        if pet is None:
            return _error(404, "There is no such pet.")
        if request.method == "DELETE":
            del self.pets[pet["id"]]
            return Response(status_code=204)
        if request.method == "PUT":
            pet = self.pets[pet["id"]] = {"id": pet["id"], **await request.json()}
        if request.headers.get("if-none-match") == '"same"':
            return Response(status_code=304, headers={"etag": '"same"'})
        return JSONResponse(pet)

    async def file(self, request):
        name = request.path_params["name"]
        if request.method == "PUT":
            size, digest = 0, hashlib.sha256()
            async for part in request.stream():
                size += len(part)
                digest.update(part)
            return JSONResponse({"size": size, "digest": digest.hexdigest()})
        count, part = int(name), b"0123456789abcdef" * 1024

        async def parts():
            for _ in range(count):
                yield part

        return StreamingResponse(parts(), media_type="application/octet-stream")

    async def echo(self, request):
        body = await request.body()
        return JSONResponse({"headers": request.headers.items(), "body": body.decode("latin-1")})

    async def moved(self, request):
        return RedirectResponse(request.query_params.get("to", "pets"))

    async def events(self, _):
        async def events():
            for number in range(3):
                yield f"data: {number}\n\n"
                await asyncio.sleep(0)

        return StreamingResponse(events(), media_type="text/event-stream")

    async def secret(self, _):
        return JSONResponse({})

    async def wrong(self, _):
        return PlainTextResponse("undeclared")

    @property
    def application(self):
        app = Starlette(
            routes=[
                Route("/v1/pets", self.list_pets, methods=["GET"]),
                Route("/v1/pets", self.create_pet, methods=["POST"]),
                Route("/v1/pets/{id}", self.pet, methods=["GET", "PUT", "DELETE"]),
                Route("/v1/files/{name}", self.file, methods=["GET", "PUT"]),
                Route("/v1/echo", self.echo, methods=["POST"]),
                Route("/v1/old", self.moved),
                Route("/v1/events", self.events),
                Route("/v1/secret", self.secret),
                Route("/v1/hidden", self.wrong),
            ]
        )

        async def watched(scope, receive, send):
            if scope["type"] == "http":
                query = scope["query_string"].decode()
                self.seen.append((scope["method"], scope["path"] + (f"?{query}" if query else ""), scope["headers"]))
                if self.fails:
                    await JSONResponse({"error": "out of order"}, self.fails)(scope, receive, send)
                    return
            await app(scope, receive, send)

        return watched


class Running:
    """An ASGI application on a free port, in a thread."""

    def __init__(self, application, port=0):
        listener = socket.create_server(("127.0.0.1", port))
        self.port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(application, log_level="error", lifespan="off", ws="none", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()

    def stop(self):
        self._server.should_exit = True
        self._thread.join()


if __name__ == "__main__":
    uvicorn.run(Shop().application, port=int(sys.argv[1]), log_level="error")

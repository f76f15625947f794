"""Measure what one request costs in process against the number of operations. The target: flat.

python benchmarks/operations.py
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

from generated import document as generated

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from locum import Api, Response
from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import Document
from locum.options import AuthMode
from locum.server.application import Application, Assembly
from locum.server.authentication import Authentication
from locum.server.services import Service
from locum.server.tokens import Tokens
from locum.settings import Settings
from locum.world.worlds import Worlds

if TYPE_CHECKING:
    from collections.abc import Iterable

COUNTS = (10, 100, 1_000)
ROUNDS = 7
REQUESTS = 10_000
RECORDS = 1_000
"""How many are made, read and removed in each round, where there are no handlers."""
LISTS = 200
NEW = b'{"name":"Sample","email":"sample@example.com","status":"open","count":3,"tags":["a","b"]}'
ANSWER = {"id": "item_0000000000", "name": "Sample"}


def document(count: int) -> Document:
    """Make a document of so many operations: half with one template expression, half with two."""
    schema = {
        "type": "object",
        "required": ["id", "name"],
        "properties": {"id": {"type": "string", "pattern": "^item_[0-9]{10}$"}, "name": {"type": "string"}},
    }
    answer = {
        "description": "Found.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}},
    }
    paths = {}
    for number in range(count // 2):
        one = {
            "name": "id",
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": "^item_[0-9]{10}$"},
        }
        two = {"name": "part", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 20}}
        responses = {"200": answer}
        paths[f"/things{number}/{{id}}"] = {
            "get": {"operationId": f"getThing{number}", "parameters": [one], "responses": responses}
        }
        paths[f"/things{number}/{{id}}/parts/{{part}}"] = {
            "get": {"operationId": f"getPart{number}", "parameters": [one, two], "responses": responses}
        }
    content = {
        "openapi": "3.0.3",
        "info": {"title": "Many", "version": "1"},
        "paths": paths,
        "components": {"schemas": {"Item": schema}},
    }
    return Document("many", Path("many.yaml"), b"", content)


def application(count: int) -> Application:
    """Serve a generated document in process."""

    def get_thing(id):  # noqa: A002 (the contract's own name)
        return {**ANSWER, "id": id}

    def get_part(id, part):  # noqa: A002 (as above)
        return {"id": id, "name": part}

    api = Api(render_error=lambda refusal, *_: Response({"message": refusal.message}))
    service = Service(compile_contract(document(count)), api, "")
    for operation in service.contract.operations.values():
        handler = get_part if "part" in operation.path.rpartition("/")[2] else get_thing
        service.handlers[operation.operation_id] = handler
    authentication = Authentication(AuthMode.OFF, Tokens(), ())
    return Application(_alone(service, authentication))


def _alone(service: Service, authentication: Authentication) -> Assembly:
    """Assemble a server of one service, in which no world begins with anything."""
    return Assembly(settings=Settings(), services=[service], worlds=Worlds({}), authentication=authentication)


def without_handlers(count: int) -> Application:
    """Serve in process a document of collections that nobody wrote handlers for."""
    service = Service(compile_contract(Document("many", Path("many.json"), b"", generated(count))), Api(), "")
    return Application(_alone(service, Authentication(AuthMode.OFF, Tokens(), ())))


def scope(method: str, path: str, query: bytes = b"", content_type: bytes = b"") -> dict:
    """Return a request as ASGI gives it."""
    headers = [(b"host", b"127.0.0.1"), (b"accept", b"*/*")]
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": [*headers, (b"content-type", content_type)] if content_type else headers,
        "scheme": "http",
    }


def scopes(count: int) -> list[dict]:
    """Return a request for each operation."""
    paths = ("/things{}/item_0000000001", "/things{}/item_0000000001/parts/left")
    return [scope("GET", path.format(number)) for number in range(count // 2) for path in paths]


async def respond(served: Application, requests: Iterable[dict], status: int, body: bytes = b"") -> tuple[float, list]:
    """Send requests one after the other; return the microseconds of one, and what was answered."""
    statuses, answers = [], []

    async def receive():
        return {"type": "http.request", "body": body}

    async def send(message):
        if "status" in message:
            statuses.append(message["status"])
        else:
            answers.append(message["body"])

    started = time.perf_counter()
    for request in requests:
        await served(request, receive, send)
    seconds = time.perf_counter() - started
    assert set(statuses) == {status}, set(statuses)
    return seconds / len(statuses) * 1e6, answers


async def measure(applications: dict[int, Application], spread: int) -> dict[int, float]:
    """Return the microseconds of a request for each count, the median of interleaved rounds.

    `spread` is over how many different operations the requests are spread.
    """
    times: dict[int, list[float]] = {count: [] for count in applications}
    for number in range(ROUNDS + 1):
        for count, served in applications.items():
            asked = scopes(count)
            asked = asked[:: max(1, count // spread)]
            microseconds, _ = await respond(served, islice(cycle(asked), REQUESTS), 200)
            if number:  # the first round compiles the schemas
                times[count].append(microseconds)
    return {count: statistics.median(found) for count, found in times.items()}


async def measure_generated(applications: dict[int, Application]) -> dict[str, dict[int, float]]:
    """Return the microseconds of each kind of request for each count, as `measure` does.

    Every round makes records in two collections, reads and lists them, and removes them again, so
    that each meets as many as the one before.
    """
    times: dict[str, dict[int, list[float]]] = {}
    for number in range(ROUNDS + 1):
        for count, served in applications.items():
            paths = [f"/things{place}" for place in (0, count // 5 - 1)]
            made = [scope("POST", path, content_type=b"application/json") for path in paths]
            found = {}
            found["POST create"], answers = await respond(served, islice(cycle(made), RECORDS), 201, NEW)
            places = [f"{path}/{json.loads(answer)['id']}" for path, answer in zip(cycle(paths), answers, strict=False)]
            found["GET one"], _ = await respond(served, [scope("GET", place) for place in places], 200)
            lists = [scope("GET", path, b"limit=20") for path in paths]
            found["GET list of 20"], _ = await respond(served, islice(cycle(lists), LISTS), 200)
            found["DELETE"], _ = await respond(served, [scope("DELETE", place) for place in places], 204)
            for kind, microseconds in found.items() if number else ():
                times.setdefault(kind, {}).setdefault(count, []).append(microseconds)
    return {kind: {count: statistics.median(each) for count, each in counts.items()} for kind, counts in times.items()}


def main() -> None:
    applications = {count: application(count) for count in COUNTS}
    print("With handlers:\n")
    print("operations   ten of them, µs   ratio   all of them, µs   ratio")
    ten = asyncio.run(measure(applications, 10))
    every = asyncio.run(measure(applications, max(COUNTS)))
    for count in COUNTS:
        ratios = ten[count] / ten[COUNTS[0]], every[count] / every[COUNTS[0]]
        print(f"{count:10,}   {ten[count]:15.2f}   {ratios[0]:5.2f}   {every[count]:15.2f}   {ratios[1]:5.2f}")
    print(f"\nWithout handlers, {RECORDS // 2} records in each of two collections:\n")
    kinds = asyncio.run(measure_generated({count: without_handlers(count) for count in COUNTS}))
    print("operations" + "".join(f"   {kind + ', µs':>18}   ratio" for kind in kinds))
    for count in COUNTS:
        cells = [f"   {found[count]:18.2f}   {found[count] / found[COUNTS[0]]:5.2f}" for found in kinds.values()]
        print(f"{count:10,}" + "".join(cells))


if __name__ == "__main__":
    main()

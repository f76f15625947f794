"""Measure what one request costs in process against the number of operations. The target: flat.

python benchmarks/operations.py
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from locum import Answer, Api
from locum.contract.contracts import compile_contract
from locum.contract.documents import Document
from locum.serving.application import Application
from locum.serving.authentication import Authentication, AuthMode
from locum.serving.services import Service
from locum.serving.tokens import Tokens
from locum.settings import Settings
from locum.state.worlds import Worlds

COUNTS = (10, 100, 1_000)
ROUNDS = 7
REQUESTS = 10_000
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

    api = Api(word=lambda refusal, *_: Answer({"message": refusal.message}))
    service = Service(compile_contract(document(count)), api, "")
    for operation in service.contract.operations.values():
        handler = get_part if "part" in operation.path.rpartition("/")[2] else get_thing
        service.handlers[operation.operation_id] = handler
    authentication = Authentication(AuthMode.OFF, Tokens(), ())
    return Application([service], Worlds({}), authentication, Settings())


def scopes(count: int) -> list[dict]:
    """Return a request for each operation."""
    paths = [
        path.format(number)
        for number in range(count // 2)
        for path in ("/things{}/item_0000000001", "/things{}/item_0000000001/parts/left")
    ]
    return [
        {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(b"host", b"127.0.0.1"), (b"accept", b"*/*")],
            "scheme": "http",
        }
        for path in paths
    ]


async def measure(applications: dict[int, Application], spread: int) -> dict[int, float]:
    """Return the microseconds of a request for each count, the median of interleaved rounds.

    `spread` is over how many different operations the requests are spread.
    """
    statuses = []

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        if "status" in message:
            statuses.append(message["status"])

    times: dict[int, list[float]] = {count: [] for count in applications}
    for number in range(ROUNDS + 1):
        for count, served in applications.items():
            asked = scopes(count)
            asked = asked[:: max(1, count // spread)]
            statuses.clear()
            started = time.perf_counter()
            for turn in range(REQUESTS):
                await served(asked[turn % len(asked)], receive, send)
            if number:  # the first round compiles the schemas
                times[count].append((time.perf_counter() - started) / REQUESTS * 1e6)
            assert set(statuses) == {200}, set(statuses)
    return {count: statistics.median(found) for count, found in times.items()}


def main() -> None:
    applications = {count: application(count) for count in COUNTS}
    print("operations   ten of them, µs   ratio   all of them, µs   ratio")
    ten = asyncio.run(measure(applications, 10))
    every = asyncio.run(measure(applications, max(COUNTS)))
    for count in COUNTS:
        ratios = ten[count] / ten[COUNTS[0]], every[count] / every[COUNTS[0]]
        print(f"{count:10,}   {ten[count]:15.2f}   {ratios[0]:5.2f}   {every[count]:15.2f}   {ratios[1]:5.2f}")


if __name__ == "__main__":
    main()

"""Send a valid request to every operation of a document and check the responses."""

from __future__ import annotations

import asyncio
import gc
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from time import process_time
from urllib.parse import urlsplit

from locum.options import AuthMode
from locum.server.application import create
from locum.settings import Settings
from tests.corpus.requests import Requests, Unsatisfiable

SEED = 20260101
MOST_FIRST, MOST_SECOND = 1.0, 0.05
"""Maximum seconds of processor time for the first response of an operation, and for a later one."""
_REJECTIONS = {400, 401, 403, 406, 415, 422}


@dataclass
class Reply:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Walk:
    """The responses of all operations of a document to valid requests."""

    operations: int = 0
    actions: Counter = field(default_factory=Counter)
    statuses: Counter = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    """Defects: a server error, an undeclared response, an operation that is not routed."""
    faults: list[str] = field(default_factory=list)
    """Valid requests that were rejected although the operation declares a success."""
    unmade: list[str] = field(default_factory=list)
    """Operations without a valid request."""
    unreachable: list[str] = field(default_factory=list)
    """Operations whose path no client can send: a fragment is not sent (RFC 3986, section 3)."""
    equal: list[str] = field(default_factory=list)
    """Operations whose path equals an earlier one, which is served (OpenAPI 3.0.3, section 4.7.8.1 forbids that)."""
    first: float = 0.0
    second: float = 0.0
    """Maximum processor time of a first response, and of a later one."""
    slow: list[str] = field(default_factory=list)
    """Operations that took longer than MOST_FIRST or MOST_SECOND."""

    def timed(self, label, first, second) -> None:
        """Record the processor time of two responses."""
        self.first, self.second = max(self.first, first), max(self.second, second)
        if first > MOST_FIRST or second > MOST_SECOND:
            self.slow.append(f"{label}: {first:.2f} s at first, {second:.3f} s after")


def start_service(path, **settings):
    """Return the application that serves one document, and its service."""
    application = create(Settings(specs=(path,), cache=False, auth=AuthMode.STRICT, **settings))
    return application, application.services[0]


def sample(items, most) -> list:
    """Return a sample of the items with a fixed seed, in their order; all of them for 0."""
    everything = list(items)
    if not most or len(everything) <= most:
        return everything
    return [everything[index] for index in sorted(Random(SEED).sample(range(len(everything)), most))]


def send(application, request, world="default") -> Reply:
    return asyncio.run(_send(application, request, world))


def timed_send(application, request, world) -> tuple[Reply, float]:
    """Send a request; return the response and its processor time in seconds.

    The garbage collector is off: a collection in the process of the tests takes a second.
    """
    gc.disable()
    try:
        began = process_time()
        reply = send(application, request, world)
        return reply, process_time() - began
    finally:
        gc.enable()


async def _send(application, request, world) -> Reply:
    actions = urlsplit(request.target)
    headers = {"host": "127.0.0.1", "x-locum-world": world, **request.headers}
    if request.body or "content-type" in headers:
        headers["content-length"] = str(len(request.body))
    scope = {
        "type": "http",
        "method": request.method,
        "path": actions.path,
        "raw_path": actions.path.encode(),
        "query_string": actions.query.encode(),
        "headers": [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers.items()],
        "scheme": "http",
    }
    sent: list[dict] = []

    async def receive():
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def keep(message):
        sent.append(message)

    await application.app(scope, receive, keep)
    head = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return Reply(sent[0]["status"], head, b"".join(message.get("body", b"") for message in sent[1:]))


def walk(application, service, most=0) -> Walk:
    """Send one valid request three times to every operation, each in a new world, and check the first response.

    With `most`, only a seeded sample of so many operations.
    """
    operations = sample(service.contract.operations.values(), most)
    found, hidden = Walk(len(operations)), find_equal_paths(service)
    for number, operation in enumerate(operations):
        found.actions[service.behaviour.inferred(operation).action] += 1
        name = f"w{number}"
        world = application.worlds.named(name)
        label = f"{operation.method} {operation.path}"
        if "#" in operation.path or label in hidden:
            (found.unreachable if "#" in operation.path else found.equal).append(label)
            continue
        try:
            request = Requests(service, world).to(operation)
        except (Unsatisfiable, RecursionError) as problem:
            found.unmade.append(f"{label}: {problem}")
            continue
        reply, first = timed_send(application, request, name)
        found.statuses[reply.status] += 1
        failure = defect(operation, reply) or describe_misrouting(service, operation, world.journal)
        fault = rejection(operation, reply)
        second = min(timed_send(application, request, name)[1] for _ in range(2))
        found.timed(label, first, second)
        if failure:
            found.failures.append(f"{label}: {failure}")
        elif fault:
            found.faults.append(f"{label}: {fault}")
        application.worlds.drop(name)
    return found


def defect(operation, reply) -> str:
    """Describe a defect of a response; empty if there is none."""
    if not server_error(operation, reply) and operation.declares(reply.status) is None:
        return f"{reply.status} is not declared: {reply.body[:200].decode('utf-8', 'replace')}"
    return server_error(operation, reply)


def find_equal_paths(service) -> set[str]:
    """Return the operations with the path of an earlier one: `/a/{x}` and `/a/{y}` are one path."""
    known, hidden = set(), set()
    for operation in service.contract.operations.values():
        place = service.base_path_of(operation.path, operation.method.lower()) + operation.path
        one = (operation.method, re.sub(r"\{[^{}]*\}", "{}", place))
        (hidden.add(f"{operation.method} {operation.path}") if one in known else known.add(one))
    return hidden


def server_error(operation, reply) -> str:
    """Describe a server error of an operation that declares another response."""
    if reply.status >= 500 and any(not status.startswith("5") for status in operation.responses):
        return f"{reply.status} {reply.body[:300].decode('utf-8', 'replace')}"
    return ""


def describe_misrouting(service, operation, journal) -> str:
    """Describe which operation responded to the last request if it is another one."""
    entry = journal.entry(journal.last)
    path = service.base_path_of(operation.path, operation.method.lower()) + operation.path
    if entry is not None and (entry.template, entry.method) == (path, operation.method):
        return ""
    return f"routed to {entry.method} {entry.template or 'nothing'}" if entry is not None else "not in the journal"


def rejection(operation, reply) -> str:
    """Describe a response that rejects a valid request although the operation declares a success."""
    has_success = any(status[0] in "23" or status == "default" for status in operation.responses)
    if reply.status in _REJECTIONS and has_success:
        return f"{reply.status} {reply.body[:300].decode('utf-8', 'replace')}"
    return ""

"""Walks through a document: every operation once, and create-read-update-delete where it was inferred."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlsplit

from locum.serving.application import create
from locum.serving.authentication import AuthMode
from locum.settings import Settings
from tests.corpus.requests import Requests, Unsatisfiable

SEED = 20260101


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
    """What every operation of a document answered to a valid request."""

    operations: int = 0
    parts: Counter = field(default_factory=Counter)
    statuses: Counter = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    unmade: list[str] = field(default_factory=list)
    """Operations for which no valid request could be made."""
    unreachable: list[str] = field(default_factory=list)
    """Operations whose path no client can send: what follows `#` or `?` is no part of a path (RFC 3986)."""


def started(path, **settings):
    """Return the application that serves one document, and its service."""
    application = create(Settings(specs=(path,), cache=False, auth=AuthMode.STRICT, **settings))
    return application, application.services[0]


def sample(items, most) -> list:
    """Return at most so many of the items, drawn by a fixed seed, in their order; all of them for 0."""
    everything = list(items)
    if not most or len(everything) <= most:
        return everything
    return [everything[index] for index in sorted(Random(SEED).sample(range(len(everything)), most))]


def send(application, request, world="default") -> Reply:
    return asyncio.run(_send(application, request, world))


async def _send(application, request, world) -> Reply:
    parts = urlsplit(request.target)
    headers = {"host": "127.0.0.1", "x-locum-world": world, **request.headers}
    if request.body or "content-type" in headers:
        headers["content-length"] = str(len(request.body))
    scope = {
        "type": "http",
        "method": request.method,
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
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
    """Call every operation once, each in a world of its own: its response is declared, valid, and no 500.

    With `most`, a seeded sample of at most so many operations.
    """
    operations = sample(service.contract.operations.values(), most)
    found = Walk(len(operations))
    for number, operation in enumerate(operations):
        found.parts[service.behaviour.role(operation).part] += 1
        name = f"w{number}"
        world = application.worlds.named(name)
        label = f"{operation.method} {operation.path}"
        if set(operation.path) & set("#?"):
            found.unreachable.append(label)
            continue
        try:
            request = Requests(service, world).to(operation)
        except (Unsatisfiable, RecursionError) as problem:
            found.unmade.append(f"{label}: {problem}")
            continue
        reply = send(application, request, name)
        found.statuses[reply.status] += 1
        fault = judge(operation, reply)
        if fault:
            found.faults.append(f"{label}: {fault}")
        application.worlds.drop(name)
    return found


def judge(operation, reply) -> str:
    """Say what is wrong with an answer to a valid request; nothing where nothing is."""
    declared = operation.declares(reply.status)
    if reply.status in {400, 422, 415, 401, 403, 406} or reply.status >= 500:
        return f"{reply.status} {reply.body[:300].decode('utf-8', 'replace')}"
    if declared is None:
        return f"{reply.status} is not declared: {reply.body[:200].decode('utf-8', 'replace')}"
    return ""

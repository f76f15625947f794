"""The operations that compose and send requests to the served APIs."""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlencode

from locum.control.composing import body_of, describe_operation, target_of
from locum.control.layer import is_own
from locum.errors import ApiError, Conflict, NotFound
from locum.openapi.wire.json_values import write_json
from locum.openapi.wire.media_types import is_json
from locum.redaction import REDACTED
from locum.redaction.records import restored
from locum.world.journal import Cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.control.composing import Composed
    from locum.control.records import RecordOperationsView
    from locum.openapi.compile.operations import Operation
    from locum.world.journal import Entry, Journal, SentRequest
    from locum.world.worlds import World, Worlds

__all__ = ["PreparedRequest", "RequestOperations"]

_MOST_STEPS = 20
"""The maximum number of sent requests per world that can be undone."""
_OF_THE_MESSAGE = frozenset({"content-length", "transfer-encoding", "connection", "expect", "content-encoding"})
"""Headers that are written anew for a body that is sent again."""


class PreparedRequest(NamedTuple):
    """A request that is ready to be sent, with its secrets."""

    world: World
    method: str
    target: str
    """The path with its query, percent-encoded."""
    headers: dict[str, str]
    body: bytes


class RequestOperations:
    """Describes operations, and prepares requests, which `server/sending.py` sends."""

    def __init__(
        self, services: Sequence[Composed], worlds: Worlds, records: RecordOperationsView, header: str
    ) -> None:
        """Prepare; `header` is the name of the header that names a world."""
        self._services = services
        self._worlds = worlds
        self._records = records
        self._header = header.lower()
        self._prepared: PreparedRequest | None = None
        self._earlier: dict[str, list[tuple[Journal, World]]] = {}
        """By name of a world: its forks before the sent requests, with its journal then; a reset begins a new one."""

    def describe_operation(self, world: str, operation: str, api: str | None = None) -> dict[str, Any]:
        """Return what a form needs to know of an operation, and a valid request."""
        service, found = self._operation(operation, api, NotFound)
        return describe_operation(service, found, self._worlds.existing(world), self._records)

    def send_request(self, world: str, body: dict[str, Any]) -> dict[str, Any]:
        """Prepare a request. The response has no status yet: the request is sent after the operation has run."""
        self._prepared = self._prepare(self._worlds.named(world), body)
        return {"status": 0, "headers": {}, "form": "none", "body": None, "size": 0, "entry": None, "undo": 0}

    def take_prepared(self) -> PreparedRequest | None:
        """Return the request that was prepared last, once. Its world is forked, so that it can be undone."""
        prepared, self._prepared = self._prepared, None
        if prepared is not None:
            steps = self._steps(prepared.world)
            steps.append((prepared.world.journal, prepared.world.fork(prepared.world.name)))
            del steps[:-_MOST_STEPS]
        return prepared

    def undo_request(self, world: str) -> dict[str, int]:
        """Return a world to the time before the last request that was sent by `send_request`."""
        found = self._worlds.existing(world)
        steps = self._steps(found)
        if not steps:
            message = "There is nothing to undo: no request was sent from here since the world was created or reset."
            raise Conflict(message, code="nothing_to_undo")
        found.go_back(steps.pop()[1])
        return {"undo": len(steps)}

    def count_undo(self, world: World) -> int:
        """Return how many sent requests can be undone."""
        return len(self._steps(world))

    def _steps(self, world: World) -> list[tuple[Journal, World]]:
        """Return the forks of a world; a world that was reset has none."""
        steps = self._earlier.setdefault(world.name, [])
        if steps and steps[-1][0] is not world.journal:
            steps.clear()
        return steps

    def _prepare(self, world: World, body: dict[str, Any]) -> PreparedRequest:
        entry = sent = None
        if "repeats" in body:
            entry, sent = world.journal.entry(body["repeats"]), world.journal.sent(body["repeats"])
            if entry is not None and sent is None:
                message = "The entry was stored before the server started, without secrets: it cannot be sent again."
                raise Conflict(message, code="entry_without_secrets")
            if entry is None or sent is None:
                raise Conflict("No entry of this world has this number.", code="no_such_entry")
        method, target, headers = self._target(body, sent)
        given = {name.lower(): value for name, value in (body.get("headers") or {}).items()}
        headers |= given
        if is_own(re.sub(r"^/~[^/]*", "", unquote(target.partition("?")[0]))):
            raise Conflict("This path is locum's own, not one of a served API.", code="own_path")
        target = _with_secrets(target, entry, sent)
        if sent is not None and entry is not None:
            headers = {name: _header(name, value, sent) for name, value in headers.items()}
        if "operation" in body and "body" in body:
            _, operation = self._operation(body["operation"], body.get("api"), Conflict)
            content_type = headers.get("content-type", "application/json")
            try:
                headers["content-type"], data = body_of(operation, content_type, body["body"])
            except (TypeError, ValueError) as problem:
                message = f"The body cannot be written as {content_type[:100]}: {problem}."
                raise Conflict(message, code="body_unwritable") from None
        else:
            data = _body(body, headers, entry, sent)
        for name in _OF_THE_MESSAGE & headers.keys():
            del headers[name]
        if data:
            headers["content-length"] = str(len(data))
        headers.setdefault("accept", "*/*")
        headers[self._header] = world.name
        return PreparedRequest(world, method, target, headers, data)

    def _target(self, body: dict[str, Any], sent: SentRequest | None) -> tuple[str, str, dict[str, str]]:
        """Return method, path with query, and headers: of an operation, else as given, else of a repeated request."""
        if "operation" in body:
            service, operation = self._operation(body["operation"], body.get("api"), Conflict)
            base = service.base_path_of(operation.path, operation.method)
            return operation.method.upper(), *target_of(operation, base, body.get("parameters") or {})
        if sent is None and not ("method" in body and "path" in body):
            raise Conflict("Give an operation, or a method and a path, or an entry to repeat.", code="nothing_to_send")
        headers = {} if sent is None or "headers" in body else _headers_of(sent)
        method = str(body.get("method") or (sent.method if sent is not None else "GET"))
        target = body.get("path")
        if target is None and sent is not None:
            query = b"?" + sent.query if sent.query else b""
            target = (sent.path + query).decode("latin-1")
        return method, str(target), headers

    def _operation(self, name: str, api: str | None, kind: type[NotFound | Conflict]) -> tuple[Composed, Operation]:
        known: list[str] = []
        for service in self._services:
            for operation in service.contract.operations.values():
                if operation.operation_id == name and api in {None, service.contract.name}:
                    return service, operation
                known.append(operation.operation_id)
        near = get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else "GET /__locum/operations lists all operations."
        raise kind(f"Unknown operation '{name[:100]}'. {hint}", code="no_such_operation")


def _headers_of(sent: SentRequest) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in sent.headers.items()}


def _header(name: str, value: str, sent: SentRequest) -> str:
    """Return a header, with its former value where it is redacted."""
    if REDACTED not in value:
        return value
    return sent.headers.get(name.encode("latin-1"), b"").decode("latin-1")


def _with_secrets(target: str, entry: Entry | None, sent: SentRequest | None) -> str:
    """Return a target with its former text where it is redacted and not changed otherwise."""
    if REDACTED not in unquote(target):
        return target
    if entry is not None and sent is not None and unquote(target) == unquote(entry.path):
        return (sent.path + (b"?" + sent.query if sent.query else b"")).decode("latin-1")
    raise Conflict(f"The path is {REDACTED} in part. Set the value, or leave the whole path.", code="path_redacted")


def _body(body: dict[str, Any], headers: dict[str, str], entry: Entry | None, sent: SentRequest | None) -> bytes:
    """Return the bytes of a body; redacted members of a repeated one have their former values."""
    if "text" in body:
        data = str(body["text"]).encode()
        if sent is not None and entry is not None and REDACTED in body["text"]:
            if body["text"] == entry.request.body and isinstance(sent.body, bytes):
                return sent.body
            raise Conflict(f"The body is {REDACTED} in part. Set the value.", code="body_redacted")
        return data
    media_type = headers.get("content-type", "application/json")
    if "body" in body:
        headers.setdefault("content-type", media_type)
        value = body["body"]
        if sent is not None and entry is not None and isinstance(sent.body, bytes) and entry.request.form == "json":
            try:
                value = restored(value, json.loads(sent.body), entry.request.body)
            except ApiError as error:
                raise Conflict(error.message, code=error.code) from None
        if is_json(media_type.partition(";")[0].strip().lower()):
            return write_json(value)
        if "urlencoded" in media_type and isinstance(value, dict):
            return urlencode(value, doseq=True).encode()
        return value.encode() if isinstance(value, str) else write_json(value)
    if sent is None or "operation" in body:
        return b""
    if isinstance(sent.body, Cut) or (sent.body is None and headers.get("content-length", "0") != "0"):
        message = "The journal does not have the whole body of this request, so it cannot be repeated."
        raise Conflict(message, code="body_incomplete")
    return sent.body or b""

"""Idempotency: a repeated request with the same key runs once and gets the first response again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from locum.errors import Conflict
from locum.infer.records.records import RESPONSES, StoredResponse
from locum.infer.resources.words import words_of
from locum.openapi.wire.json_values import write_json
from locum.openapi.wire.styles import properties_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.infer.request import Request
    from locum.openapi.compile.operations import Operation
    from locum.responses import Response

__all__ = ["Idempotent", "is_key"]

_NAMES = ({"idempotency", "key"}, {"idempotence", "key"}, {"idempotency", "id"})
_MOST_KEPT = 1000


def is_key(name: str) -> bool:
    """Return whether a name is that of an idempotency key: `Idempotency-Key`, `X-Idempotence-Key`."""
    return set(words_of(name)) - {"x"} in _NAMES


class Idempotent:
    """Runs an action once for each key (draft-ietf-httpapi-idempotency-key-header)."""

    def __init__(
        self,
        respond: Callable[[Request], Response],
        operation: Operation,
        argument: str | None,
        member: str | None,
        name: str,
    ) -> None:
        self._respond = respond
        self._argument = argument
        self._member = member
        self._table = (name, RESPONSES, operation.operation_id)
        self.explain = [f"{one} is an idempotency key" for one in (argument, member) if one is not None]

    @property
    def action(self) -> Callable[[Request], Response]:
        """The action that runs once."""
        return self._respond

    @property
    def argument(self) -> str | None:
        """The argument of the declared header with the key; None if there is none."""
        return self._argument

    @classmethod
    def of(cls, respond: Callable[[Request], Response], operation: Operation, name: str) -> Idempotent | None:
        """Return an action that runs once for each key; None if the operation takes no key.

        The key is a header or a declared member of the body. For a POST the header need not be declared.
        """
        if operation.method not in {"POST", "PUT", "PATCH", "DELETE"}:
            return None
        headers = (one.argument for one in operation.by_location["header"] if is_key(one.name))
        media = list(operation.body.media_types.values()) if operation.body is not None else []
        members = (
            name
            for one in media
            if one.schema is not None
            for name in properties_of(one.schema, one.schema.raw)
            if is_key(name)
        )
        argument, member = next(headers, None), next(members, None)
        if argument is None and member is None and operation.method != "POST":
            return None
        return cls(respond, operation, argument, member, name)

    def _key(self, request: Request) -> Any:
        key = None if self._argument is None else request.arguments.get(self._argument)
        if key is None and self._member is not None and isinstance(request.body, dict):
            key = request.body.get(self._member)
        if key is None and self._argument is None:
            key = request.headers.get(b"idempotency-key")
        return key

    def __call__(self, request: Request) -> Response:
        """Return the stored response of a repeated request. Raises Conflict if the key was used for another one."""
        key = self._key(request)
        if not key:
            return self._respond(request)
        store = request.world.store
        responses = store.table(self._table)
        if responses is None:
            responses = store.keep(self._table, {})
        digest = hashlib.blake2b(write_json([request.path, _plain(request.body)]), digest_size=16).hexdigest()
        known = responses.get(str(key))
        if known is not None:
            if known.digest != digest:
                message = "This idempotency key was used for another request."
                raise Conflict(message, code="idempotency_key_reused")
            stored: Response = known.response
            return stored
        response = self._respond(request)
        if len(responses) >= _MOST_KEPT:
            del responses[next(iter(responses))]
        responses[str(key)] = StoredResponse(digest, response.status, dict(response.headers), response.body)
        return response


def _plain(body: object) -> object:
    return body.hex() if isinstance(body, bytes) else body

"""Reading: the parts of an exchange, parsed as the contract declares them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from locum.errors import ApiError
from locum.infer.request import Request
from locum.openapi.wire.content import read
from locum.openapi.wire.media_types import essence_of, find_media_type
from locum.openapi.wire.styles import Unreadable
from locum.record.redacting import RecordedMessage
from locum.server.authentication import ANONYMOUS
from locum.server.validation import Reader
from locum.world.clock import Clock
from locum.world.seeded import NewId
from locum.world.store import Store
from locum.world.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locum.openapi.compile.operations import Operation
    from locum.proxy.exchange import ForwardedExchange
    from locum.record.redacting import Parts

__all__ = ["ExchangeReader", "parsed_response", "request_message"]

_MOST_BYTES = 16 * 1024 * 1024


class ExchangeReader:
    """Reads the requests of exchanges as actions receive them."""

    def __init__(self) -> None:
        self._readers: dict[int, Reader] = {}
        self._world = World("recording", Store(), Clock(), NewId(0))

    def arguments(self, exchange: ForwardedExchange) -> tuple[dict[str, Any], bool]:
        """Return the parsed parameters and body of a request, and whether they fit the contract."""
        operation, headers = exchange.operation, dict(exchange.request_headers)
        reader, is_valid = self._reader(operation), True
        arguments: dict[str, Any] = {"body": None}
        try:
            arguments |= reader.parameters(exchange.path_values, exchange.query_string, headers)
        except ApiError:
            is_valid = False
        if operation.body is not None and exchange.request_body:
            try:
                arguments["body"] = reader.parsed(headers, exchange.request_body)
                reader.body(headers, exchange.request_body)
            except ApiError:
                is_valid = False
        return arguments, is_valid and exchange.request_body is not None

    def again(self, exchange: ForwardedExchange, parts: Parts, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the parameters with pseudonyms."""
        try:
            values = tuple(quote(value, safe="") for value in parts.path)
            read_again = self._reader(exchange.operation).parameters(values, parts.query, {})
        except ApiError:
            return arguments
        return {**arguments, **read_again}

    def request(self, exchange: ForwardedExchange, parts: Parts, arguments: dict[str, Any]) -> Request:
        """Return the request as an action receives it."""
        scope = {"query_string": parts.query, "path": "/".join(parts.path)}
        headers = dict(exchange.request_headers)
        return Request(arguments, parts.path, self._world, ANONYMOUS, scope, headers)

    def _reader(self, operation: Operation) -> Reader:
        reader = self._readers.get(id(operation))
        if reader is None:
            wanted = frozenset({"body", *(parameter.argument for parameter in operation.parameters)})
            reader = self._readers[id(operation)] = Reader(operation, operation.path, wanted, _MOST_BYTES)
        return reader


def parsed_response(
    media_types: Mapping[str, Any], headers: Sequence[tuple[bytes, bytes]], data: bytes
) -> RecordedMessage | None:
    """Return a parsed response; None if it is a stream, or of no declared media type."""
    if not data or not media_types:
        return RecordedMessage()
    content_type = next((value for name, value in headers if name.lower() == b"content-type"), b"")
    essence = essence_of(content_type.decode("latin-1"))
    media = find_media_type(media_types, content_type.decode("latin-1")) if essence else None
    if media is None or media.stream is not None:
        return None
    try:
        return RecordedMessage(read(data, essence, content_type, media.schema, media.encoding), media.schema)
    except Unreadable:
        return None


def request_message(exchange: ForwardedExchange, value: Any) -> RecordedMessage:
    """Return the parsed body of a request with its schema."""
    body = exchange.operation.body
    if body is None:
        return RecordedMessage()
    try:
        return RecordedMessage(value, body.select(dict(exchange.request_headers).get(b"content-type"))[0].schema)
    except ApiError:
        return RecordedMessage(value)

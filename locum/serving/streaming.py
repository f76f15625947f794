"""Streaming: whether a request wants a response as a stream or whole, where an operation declares both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.openapi.wire.coercion import property_of
from locum.serving.negotiation import best

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.operations import DeclaredResponse, Operation

__all__ = ["media_type_for"]

_MEMBER = "stream"
"""The member of a body, or the query parameter, by which clients of many APIs ask for a stream."""


def media_type_for(
    declared: DeclaredResponse, operation: Operation, arguments: Mapping[str, Any], accept: bytes | None
) -> MediaType:
    """Return the one of several media types that a response is sent as.

    `stream: true` in the request decides for the stream, whatever the client accepts: SDKs send
    `Accept: application/json` all the same. Without it a client that accepts the whole body gets that.
    """
    offered = declared.offered
    streams = [media for media in offered if media.stream is not None]
    whole = [media for media in offered if media.stream is None]
    if streams and whole:
        wanted = _wants_stream(operation, arguments)
        if wanted is not None:
            first = streams if wanted else whole
            return best(accept, first) or (first[0] if wanted else best(accept, streams)) or offered[0]
    return best(accept, offered) or offered[0]


def _wants_stream(operation: Operation, arguments: Mapping[str, Any]) -> bool | None:
    """Return whether a request asks for a stream; None where it has no means of asking."""
    body = arguments.get("body")
    if isinstance(body, dict) and isinstance(body.get(_MEMBER), bool):
        return bool(body[_MEMBER])
    for parameter in operation.by_location["query"]:
        if parameter.name == _MEMBER and isinstance(arguments.get(parameter.argument), bool):
            return bool(arguments[parameter.argument])
    return _default(operation)


def _default(operation: Operation) -> bool | None:
    """Return what the declared member means where it is not sent; None where none is declared."""
    for media in operation.body.media_types.values() if operation.body is not None else ():
        if media.schema is not None:
            declared = media.schema.resolve(property_of(media.schema, media.schema.raw, _MEMBER))
            if declared:
                return isinstance(declared, dict) and declared.get("default") is True
    return False if any(parameter.name == _MEMBER for parameter in operation.by_location["query"]) else None

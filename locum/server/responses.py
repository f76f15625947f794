"""Responses: validate a body and headers against the declared response, and write them as bytes."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from locum.openapi.compile.headers import OF_CONNECTION, lines_of
from locum.openapi.wire.json_values import write_json
from locum.openapi.wire.styles import Unreadable
from locum.server.http import HttpResponse
from locum.server.prism import members

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.errors import ApiError
    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.headers import Header, HeaderValue
    from locum.openapi.compile.operations import DeclaredResponse
    from locum.openapi.schemas.schemas import Schema

__all__ = ["BrokenResponse", "is_bare", "only_json", "problem", "problem_details", "render"]


_PROTOCOL = frozenset({"accept-encoding", "allow", "www-authenticate", "preference-applied", "deprecation", "sunset"})
"""Headers of HTTP itself, which a contract need not declare."""


_UNSENDABLE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
"""Characters that a header must not contain: control characters, and those beyond one byte (RFC 9110, section 5.5)."""


_NO_HEADERS: dict[str, str] = {}

_WITHOUT_CONTENT = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
"""Statuses whose responses have no content (RFC 9110, sections 15.3.5 and 15.4.5)."""


class BrokenResponse(Exception):
    """A response that breaks its contract; the message names the response, the JSON pointer and the rule."""


def render(  # noqa: PLR0913 (a response, and what is known of it)
    status: int,
    declared: DeclaredResponse,
    body: Any,
    headers: Mapping[str, HeaderValue],
    media: MediaType | None = None,
    *,
    fits: bool = False,
    unchecked: Mapping[str, HeaderValue] = _NO_HEADERS,
) -> HttpResponse:
    """Validate a response against its declaration, and write it.

    `media` is the negotiated media type; the default is the first declared one. With `fits` the body is not validated:
    it was before, or no value fits. `unchecked` are headers for which no value fits. Raises BrokenResponse.
    """
    head: list[tuple[bytes, bytes]] = []
    if headers or declared.headers:
        head = _head(status, declared, {**headers, **unchecked} if unchecked else headers, unchecked)
    if status in _WITHOUT_CONTENT and declared.media_types:
        # HTTP gives these statuses no content, even if a body is declared, as by `default` for every status.
        return HttpResponse(status, head, b"")
    if not declared.media_types:
        if body is not None:
            message = f"response {status} has a body, but declares none"
            raise BrokenResponse(message)
        if status >= HTTPStatus.OK and status not in _WITHOUT_CONTENT:
            head.append((b"content-length", b"0"))
        return HttpResponse(status, head, b"")
    if media is None:
        media = next(iter(declared.media_types.values()))
    if not fits and type(body) is not bytes and not media.fits(body):
        raise BrokenResponse(_sentence(status, "body", media.violations(body)))
    data = write_json(body) if media.json else media.write(body)
    head.append(media.header)
    head.append((b"content-length", b"%d" % len(data)))
    if status == HTTPStatus.PARTIAL_CONTENT and "content-range" in declared.framing and data:
        head.append((b"content-range", b"bytes 0-%d/%d" % (len(data) - 1, len(data))))  # all of it
    return HttpResponse(status, head, data)


def _head(
    status: int, declared: DeclaredResponse, headers: Mapping[str, HeaderValue], unchecked: Mapping[str, HeaderValue]
) -> list[tuple[bytes, bytes]]:
    """Validate the headers of a response, except the `unchecked`; write all that the server does not set itself."""
    sent: dict[str, HeaderValue] = {}
    head = []
    for name, value in headers.items():
        lower = name.lower()
        sent[lower] = value
        for line in lines_of(value):
            if _UNSENDABLE.search(name + line):
                message = f"response {status}: the header {name} contains a character that is not allowed in headers"
                raise BrokenResponse(message)
            if lower not in OF_CONNECTION:
                head.append((lower.encode("latin-1"), line.encode("latin-1")))
    for header in declared.headers.values():
        name = header.name.lower()
        if name not in sent:
            if header.required:
                message = f"response {status} lacks the required header {header.name}"
                raise BrokenResponse(message)
        elif header.schema is not None and header.name not in unchecked:
            _check_header(status, header, header.schema, sent[name])
    undeclared = sent.keys() - declared.known - _PROTOCOL
    if undeclared:
        message = f"response {status} does not declare the header {min(undeclared)}"
        raise BrokenResponse(message)
    return head


def _check_header(status: int, header: Header, schema: Schema, value: HeaderValue) -> None:
    try:
        values = header.values(value)
    except Unreadable as problem:
        message = f"response {status}, {header.name}: {problem}"
        raise BrokenResponse(message) from None
    for found in values:
        if not schema.is_valid(found):
            raise BrokenResponse(_sentence(status, header.name, schema.violations(found, "header")))


def _sentence(status: int, place: str, violations: list[Any]) -> str:
    first = violations[0]
    pointer = "".join(f"/{step}" for step in first.path)
    return f"response {status}, {place} at '{pointer}' ({first.keyword}): {first.message}"


def problem(error: ApiError, status: int | None = None, *, prism: bool = False) -> HttpResponse:
    """Write an error as problem details (RFC 9457), for errors without a declared schema.

    With `prism` they have Prism's `type` and `title`.
    """
    status = status or error.statuses[0]
    data = write_json(problem_details(error, status) | (members(error) if prism else {}))
    head = [
        (name.lower().encode("latin-1"), line.encode("latin-1"))
        for name, value in error.headers.items()
        for line in lines_of(value)
    ]
    head += [(b"content-type", b"application/problem+json"), (b"content-length", b"%d" % len(data))]
    return HttpResponse(status, head, data)


def problem_details(error: ApiError, status: int) -> dict[str, Any]:
    """Return an error as the members of problem details (RFC 9457, section 3)."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _phrase(status),
        "status": status,
        "detail": error.message,
        "code": error.code,
    }
    if error.violations:
        body["validation"] = [
            {
                "location": [violation.location, *map(str, violation.path)],
                "severity": "Error",
                "code": violation.keyword,
                "message": violation.message,
            }
            for violation in error.violations
        ]
    return body


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:  # a status that is not registered
        return "Rejected"


def is_bare(declared: DeclaredResponse) -> bool:
    """Whether a response has neither body nor headers."""
    return not declared.media_types and not declared.headers


def only_json(declared: DeclaredResponse | None) -> tuple[Schema, tuple[bytes, bytes]] | None:
    """Return the schema and Content-Type of a response that is JSON only and declares no headers, or None."""
    if declared is None or declared.headers or len(declared.media_types) != 1 or declared.is_negotiable:
        return None
    media = next(iter(declared.media_types.values()))
    return (media.schema, media.header) if media.json and media.schema is not None else None

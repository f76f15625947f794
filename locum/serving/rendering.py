"""Rendering: a body and headers checked against the declared response, then written as bytes."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from locum.openapi.compile.headers import OF_CONNECTION, lines_of
from locum.openapi.wire.json_values import write_json
from locum.openapi.wire.styles import Unreadable
from locum.serving.prism import members

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.openapi.compile.bodies import MediaType
    from locum.openapi.compile.headers import Header, HeaderValue
    from locum.openapi.compile.operations import DeclaredResponse
    from locum.openapi.compile.schemas import Schema
    from locum.refusals import Refusal

__all__ = ["BrokenAnswer", "Rendered", "is_bare", "only_json", "problem", "problem_details", "render"]

Rendered = tuple[int, list[tuple[bytes, bytes]], bytes]
"""A status, the headers and the body, ready to be sent."""

_PROTOCOL = frozenset({"accept-encoding", "allow", "www-authenticate", "preference-applied", "deprecation", "sunset"})
"""Headers of HTTP itself, which no contract need declare."""


_UNSENDABLE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
"""RFC 9110, section 5.5: no control characters, and nothing beyond one byte."""


_NO_HEADERS: dict[str, str] = {}

_WITHOUT_CONTENT = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
"""RFC 9110, sections 15.3.5 and 15.4.5."""


class BrokenAnswer(Exception):  # noqa: N818 (named for what it is, as every refusal is)
    """An answer that its contract does not declare: which response, which pointer, which rule."""


def render(  # noqa: PLR0913 (an answer, and what is known of it)
    status: int,
    declared: DeclaredResponse,
    body: Any,
    headers: Mapping[str, HeaderValue],
    media: MediaType | None = None,
    *,
    fits: bool = False,
    unchecked: Mapping[str, HeaderValue] = _NO_HEADERS,
) -> Rendered:
    """Check an answer against its declared response, and write it.

    `media` is the negotiated media type; without one the first declared one is used. `fits` says
    that the body was found to fit it already, or that nothing fits. `unchecked` are headers that nothing
    fits. Raises BrokenAnswer.
    """
    head: list[tuple[bytes, bytes]] = []
    if headers or declared.headers:
        head = _head(status, declared, {**headers, **unchecked} if unchecked else headers, unchecked)
    if status in _WITHOUT_CONTENT and declared.media_types:
        # Whatever is declared, as `default` is for every status: HTTP gives these no content.
        return status, head, b""
    if not declared.media_types:
        if body is not None:
            message = f"response {status} declares no body, and there is one"
            raise BrokenAnswer(message)
        if status >= HTTPStatus.OK and status not in _WITHOUT_CONTENT:
            head.append((b"content-length", b"0"))
        return status, head, b""
    if media is None:
        media = next(iter(declared.media_types.values()))
    if not fits and type(body) is not bytes and not media.fits(body):
        raise BrokenAnswer(_sentence(status, "body", media.violations(body)))
    data = write_json(body) if media.json else media.write(body)
    head.append(media.header)
    head.append((b"content-length", b"%d" % len(data)))
    if status == HTTPStatus.PARTIAL_CONTENT and "content-range" in declared.framing and data:
        head.append((b"content-range", b"bytes 0-%d/%d" % (len(data) - 1, len(data))))  # all of it
    return status, head, data


def _head(
    status: int, declared: DeclaredResponse, headers: Mapping[str, HeaderValue], unchecked: Mapping[str, HeaderValue]
) -> list[tuple[bytes, bytes]]:
    """Check the headers of a response but for the `unchecked`, and write those that are not the server's own."""
    sent: dict[str, HeaderValue] = {}
    head = []
    for name, value in headers.items():
        lower = name.lower()
        sent[lower] = value
        for line in lines_of(value):
            if _UNSENDABLE.search(name + line):
                message = f"response {status}: the header {name} holds what no header can"
                raise BrokenAnswer(message)
            if lower not in OF_CONNECTION:
                head.append((lower.encode("latin-1"), line.encode("latin-1")))
    for header in declared.headers.values():
        name = header.name.lower()
        if name not in sent:
            if header.required:
                message = f"response {status} must carry the header {header.name}"
                raise BrokenAnswer(message)
        elif header.schema is not None and header.name not in unchecked:
            _check_header(status, header, header.schema, sent[name])
    undeclared = sent.keys() - declared.known - _PROTOCOL
    if undeclared:
        message = f"response {status} does not declare the header {min(undeclared)}"
        raise BrokenAnswer(message)
    return head


def _check_header(status: int, header: Header, schema: Schema, value: HeaderValue) -> None:
    try:
        values = header.values(value)
    except Unreadable as problem:
        message = f"response {status}, {header.name}: {problem}"
        raise BrokenAnswer(message) from None
    for found in values:
        if not schema.is_valid(found):
            raise BrokenAnswer(_sentence(status, header.name, schema.violations(found, "header")))


def _sentence(status: int, place: str, violations: list[Any]) -> str:
    first = violations[0]
    pointer = "".join(f"/{step}" for step in first.path)
    return f"response {status}, {place} at '{pointer}' ({first.keyword}): {first.message}"


def problem(refusal: Refusal, status: int | None = None, *, prism: bool = False) -> Rendered:
    """Write an error as problem details (RFC 9457), for where no contract declares a shape.

    With `prism` they have the type and the title that Prism gives them.
    """
    status = status or refusal.statuses[0]
    data = write_json(problem_details(refusal, status) | (members(refusal) if prism else {}))
    head = [
        (name.lower().encode("latin-1"), line.encode("latin-1"))
        for name, value in refusal.headers.items()
        for line in lines_of(value)
    ]
    head += [(b"content-type", b"application/problem+json"), (b"content-length", b"%d" % len(data))]
    return status, head, data


def problem_details(refusal: Refusal, status: int) -> dict[str, Any]:
    """Return a refusal as the members of problem details (RFC 9457, section 3)."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _phrase(status),
        "status": status,
        "detail": refusal.message,
        "code": refusal.code,
    }
    if refusal.violations:
        body["validation"] = [
            {
                "location": [violation.location, *map(str, violation.path)],
                "severity": "Error",
                "code": violation.keyword,
                "message": violation.message,
            }
            for violation in refusal.violations
        ]
    return body


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:  # a status that only this document knows
        return "Refused"


def is_bare(declared: DeclaredResponse) -> bool:
    """Whether a response has neither body nor headers."""
    return not declared.media_types and not declared.headers


def only_json(declared: DeclaredResponse | None) -> tuple[Schema, tuple[bytes, bytes]] | None:
    """Return the schema and the Content-Type of a response that is JSON and nothing else."""
    if declared is None or declared.headers or len(declared.media_types) != 1 or declared.is_negotiable:
        return None
    media = next(iter(declared.media_types.values()))
    return (media.schema, media.header) if media.json and media.schema is not None else None

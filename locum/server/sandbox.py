"""Sandbox: headers that isolate mocked responses which a browser could show as a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from locum.memo import memoized
from locum.openapi.wire.media_types import essence_of, is_json

if TYPE_CHECKING:
    from locum.openapi.compile.operations import Operation

__all__ = ["needs_sandbox", "sandboxed"]

_SANDBOX = (
    b"content-security-policy",
    b"sandbox allow-scripts allow-forms allow-modals allow-popups allow-downloads",
)
_NOSNIFF = (b"x-content-type-options", b"nosniff")
_ACTIVE = frozenset({"text/html", "text/xml", "application/xml", "text/xsl", "multipart/x-mixed-replace"})
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_NO_MORE_HEADERS: tuple[tuple[bytes, bytes], ...] = ()


def needs_sandbox(operation: Operation) -> bool:
    """Return whether an operation declares a response other than JSON. Browsers do not show JSON as a page."""
    return any(
        _headers_for(media.header[1])
        for response in operation.responses.values()
        for media in response.media_types.values()
    )


def sandboxed(head: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers of a response with the sandbox headers that its media type needs.

    A declared Content-Security-Policy is kept: browsers enforce both. A declared X-Content-Type-Options is kept instead
    of ours.
    """
    content_type = next((value for name, value in head if name == b"content-type"), None)
    added = _NO_MORE_HEADERS if content_type is None else _headers_for(content_type)
    if _NOSNIFF in added and any(name == _NOSNIFF[0] for name, _ in head):
        added = tuple(pair for pair in added if pair != _NOSNIFF)
    return [*head, *added]


@memoized(1000)
def _headers_for(content_type: bytes) -> tuple[tuple[bytes, bytes], ...]:
    essence = essence_of(content_type.decode("latin-1"))
    if b"," in content_type:  # browsers use the last of several media types that they can parse
        return _SANDBOX, _NOSNIFF
    if is_json(essence) and _MEDIA_TYPE.fullmatch(essence):
        return _NO_MORE_HEADERS
    return (_SANDBOX, _NOSNIFF) if essence in _ACTIVE or essence.endswith("+xml") else (_NOSNIFF,)

"""The sandbox: mocked pages have the address of the control API, but must not have its origin.

A document can declare HTML, SVG or XML with scripts. With `Content-Security-Policy: sandbox` a browser shows it as a
page of an origin of its own: its scripts run, but can read neither the control API nor what locum's own pages store.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from locum.openapi.compile.bodies import essence_of, is_json

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
_NO_HEADERS: tuple[tuple[bytes, bytes], ...] = ()


def needs_sandbox(operation: Operation) -> bool:
    """Return whether an operation declares a response that is not JSON, which no browser shows as a page."""
    return any(
        _headers_for(media.header[1])
        for response in operation.responses.values()
        for media in response.media_types.values()
    )


def sandboxed(head: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers of a response with those that its media type needs.

    A declared policy stays beside the sandbox: browsers enforce both. A declared X-Content-Type-Options stays alone.
    """
    content_type = next((value for name, value in head if name == b"content-type"), None)
    added = _NO_HEADERS if content_type is None else _headers_for(content_type)
    if _NOSNIFF in added and any(name == _NOSNIFF[0] for name, _ in head):
        added = tuple(pair for pair in added if pair != _NOSNIFF)
    return [*head, *added]


@lru_cache(maxsize=1000)
def _headers_for(content_type: bytes) -> tuple[tuple[bytes, bytes], ...]:
    essence = essence_of(content_type.decode("latin-1"))
    if b"," in content_type:  # of several media types a browser takes the last one that it can read
        return _SANDBOX, _NOSNIFF
    if is_json(essence) and _MEDIA_TYPE.fullmatch(essence):
        return _NO_HEADERS
    return (_SANDBOX, _NOSNIFF) if essence in _ACTIVE or essence.endswith("+xml") else (_NOSNIFF,)

"""Validity: whether a request that was sent keeps the contract, as the server should see it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from locum.errors import ApiError
from locum.openapi.paths import expressions_of
from locum.server.validation import Reader
from locum.verify.exchanges import MOST_BYTES

if TYPE_CHECKING:
    from locum.openapi.compile.operations import Operation
    from locum.verify.exchanges import Shown

__all__ = ["is_valid_request"]


def is_valid_request(operation: Operation, shown: Shown) -> bool | None:
    """Return whether a request keeps the parameters and the body of its operation; None if that is unknown."""
    url = urlsplit(shown.url)
    template, path = operation.path.partition("?")[0].split("/"), url.path.split("/")
    path = path[len(path) - len(template) :]
    if len(path) != len(template):
        return None
    whole = all(one.count("{") == (one[:1] == "{" and one[-1:] == "}") for one in template)
    if not whole:
        return None  # an expression is a part of a segment
    values = tuple(value for value, one in zip(path, template, strict=True) if one.startswith("{"))
    headers = {name.encode(): value.encode("latin-1", "replace") for name, value in shown.headers.items()}
    reader = Reader(operation, operation.path, frozenset(), MOST_BYTES)
    try:
        if len(values) == len(expressions_of(operation.path)):
            reader.parameters(values, url.query.encode("latin-1", "replace"), headers)
        return _is_valid_body(operation, shown, headers.get(b"content-type", b""))
    except ApiError:
        return False


def _is_valid_body(operation: Operation, shown: Shown, content_type: bytes) -> bool:
    body = operation.body
    if body is None:
        return True
    if not shown.body:
        return not body.required
    media, essence = body.select(content_type or None)
    return not body.validate(media, body.parse(media, essence, content_type, shown.body))

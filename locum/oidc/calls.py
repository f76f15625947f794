"""A parsed request to the issuer, and its reply."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from locum.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.world.world import World

__all__ = ["ROOT", "Call", "Declined", "Reply", "as_json", "read_call"]

ROOT = "/__locum/oidc"
_HOST = re.compile(r"[A-Za-z0-9._~:\[\]-]+\Z")
_FORM = "application/x-www-form-urlencoded"
_MOST_BYTES = 20_000
_MOST_PARAMETERS = 100
_UNSAID = {"cache-control": "no-store", "pragma": "no-cache"}
"""Responses with tokens must not be cached (RFC 6749, section 5.1)."""


class Declined(ApiError):
    """A rejected request. `code` is an error code of RFC 6749, sections 4.1.2.1 and 5.2."""

    def __init__(self, code: str, message: str, status: int = 400, headers: dict[str, str] | None = None) -> None:
        super().__init__(message, code=code, headers=headers)
        self.status = status


@dataclass(frozen=True, slots=True)
class Call:
    """A request to one of the issuer's endpoints, in a world."""

    method: str
    address: str
    """The issuer (claim `iss`): `http://127.0.0.1:4010/__locum/oidc`."""
    path: str
    """The path of the issuer, for cookies."""
    query: str
    headers: Mapping[str, str]
    world: World
    body: str | None = None
    """The posted form, or None."""

    def pairs(self) -> list[tuple[str, str]]:
        """Return the parameters of the query and the form, those without a value left out (RFC 6749, section 3.1).

        Raises Declined where there are very many.
        """
        return _pairs(self.query) + _pairs(self.body or "")

    def form(self) -> dict[str, str]:
        """Return the parameters of the form. Raises Declined if one occurs twice or there is no form."""
        if self.body is None:
            raise Declined("invalid_request", f"Send the parameters in the body, as {_FORM}.")
        pairs = _pairs(self.body)
        found = dict(pairs)
        if len(found) < len(pairs):
            raise Declined("invalid_request", "A parameter occurs twice.")
        return found

    def cookie(self, name: str) -> str:
        """Return the value of a cookie, or an empty text."""
        try:
            found = SimpleCookie(self.headers.get("cookie", "")).get(name)
        except CookieError:
            return ""
        return found.value if found else ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A response of the issuer."""

    status: int
    body: bytes = b""
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Return a JSON reply that must not be cached."""
    return Reply(status, orjson.dumps(value), headers={**_UNSAID, **(headers or {})})


async def read_call(scope: Any, receive: Any, world: World) -> Call:
    """Parse a request. Raises Declined for a form that is too long or invalid."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    host = headers.get("host", "")
    if not _HOST.match(host):
        name, port = scope.get("server") or ("127.0.0.1", None)
        host = f"{name}:{port}" if port else str(name)
    path = scope.get("root_path", "") + ROOT
    body = None
    if scope["method"] == "POST" and headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM:
        body = await _body(receive)
    return Call(
        method=scope["method"],
        address=f"{scope.get('scheme', 'http')}://{host}{path}",
        path=path,
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        world=world,
        body=body,
    )


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise Declined("invalid_request", f"There are more than {_MOST_PARAMETERS} parameters.") from None


async def _body(receive: Any) -> str:
    data, more = b"", True
    while more:
        message = await receive()
        data += message.get("body", b"")
        more = message.get("more_body", False)
        if len(data) > _MOST_BYTES:
            raise Declined("invalid_request", f"The form has more than {_MOST_BYTES:,} bytes.", 413)
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        raise Declined("invalid_request", "The form is not percent-encoded.") from None

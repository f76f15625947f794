"""Clients: who asks for a token. Any client is known here, and any secret is good, so long as there is one."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from locum.control.issuer.calls import Declined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.control.issuer.calls import Call

__all__ = ["Client", "client_of"]

_BASIC = {"WWW-Authenticate": 'Basic realm="locum", charset="UTF-8"'}


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks, and whether by a secret (RFC 6749, section 2.1)."""

    name: str
    confidential: bool


def client_of(call: Call, form: Mapping[str, str], *, secret: bool = False) -> Client:
    """Say which client asks (RFC 6749, section 2.3). Raises Declined, also where a `secret` is needed and none sent."""
    header = call.headers.get("authorization")
    if header is not None:
        if "client_secret" in form:
            raise Declined("invalid_request", "The client authenticates twice: in the header and in the body.")
        name, password = _basic(header)
        if form.get("client_id", name) != name:
            raise _invalid("The body names another client than the Authorization header.")
        client = Client(name, confidential=bool(password))
    else:
        if "client_assertion" in form:
            raise _invalid("Assertions are not taken here: send a client_secret.")
        client = Client(form.get("client_id", ""), confidential="client_secret" in form)
    if not client.name:
        raise _invalid("The client does not say who it is: send client_id. Any will do.")
    if secret and not client.confidential:
        raise _invalid("This is for clients with a secret: send client_id and client_secret. Any will do.")
    return client


def _basic(header: str) -> tuple[str, str]:
    scheme, _, credentials = header.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError  # noqa: TRY301 (one way out for whatever is not basic credentials)
        name, _, password = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise _invalid("The Authorization header holds no basic credentials of a client.") from None
    return unquote_plus(name), unquote_plus(password)


def _invalid(message: str) -> Declined:
    return Declined("invalid_client", message, 401, _BASIC)

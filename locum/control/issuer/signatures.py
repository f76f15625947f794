"""Signatures: JSON Web Signatures (RFC 7515) in their compact form.

A verifier decides by itself which algorithm goes with its key: a token only says what it claims to be.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Sealed", "decoded", "encoded", "hs256", "object_of", "sealed", "unsealed"]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A token taken apart; nothing of it is verified yet."""

    header: dict[str, Any]
    payload: bytes
    signed: bytes
    """What the signature is of."""
    signature: bytes


def sealed(header: Mapping[str, Any], claims: Mapping[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """Write a token: header, claims, and what `sign` says of them."""
    signed = f"{encoded(orjson.dumps(header))}.{encoded(orjson.dumps(claims))}"
    return f"{signed}.{encoded(sign(signed.encode()))}"


def unsealed(token: str) -> Sealed:
    """Take a token apart. Raises ValueError for what is none, and for one with extensions that must be understood."""
    head, payload, signature = token.split(".")
    header = object_of(decoded(head))
    if "crit" in header:
        message = "no extension is known here"
        raise ValueError(message)
    return Sealed(header, decoded(payload), f"{head}.{payload}".encode(), decoded(signature))


def object_of(data: bytes) -> dict[str, Any]:
    """Read a JSON object. Raises ValueError."""
    found = orjson.loads(data)
    if not isinstance(found, dict):
        message = "is no object"
        raise ValueError(message)  # noqa: TRY004 (one error for whatever is no token)
    return found


def hs256(secret: str) -> Callable[[bytes], bytes]:
    """Return what signs with HMAC and SHA-256."""
    key = secret.encode()
    return lambda data: hmac.digest(key, data, hashlib.sha256)


def encoded(data: bytes) -> str:
    """Write bytes in base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Read base64url without padding. Raises ValueError for what is written otherwise: each value has one spelling."""
    try:
        data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_")
    except (UnicodeEncodeError, binascii.Error):
        data = b""
    if encoded(data) != text:
        message = "is not written in base64url"
        raise ValueError(message)
    return data

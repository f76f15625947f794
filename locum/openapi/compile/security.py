"""Security schemes: find the credential in a request, and write the challenge of a 401 response."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locum.openapi.compile.parameters import cookies_of, query_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SecurityScheme", "compile_scheme"]

_SCOPED = frozenset({"oauth2", "openIdConnect"})
"""The types whose requirements list scopes. For other types they list roles (OpenAPI 3.1.0, 4.8.30)."""
_NO_TOKEN = re.compile(r"[^!#$%&'*+.^_`|~0-9A-Za-z-].*", re.DOTALL)
"""The first character that is not allowed in the name of an HTTP authentication scheme (RFC 9110, 11.1), and the
rest of the text."""
_UNQUOTABLE = re.compile(r"[^ !#-\[\]-~]")
"""Characters that a quoted string cannot contain unescaped (RFC 9110, 5.6.4)."""
_KEYLIKE = re.compile(
    rb"(?<!idempotency-)key|token|auth|secret|session|sign|credential|passw|(?:^|[-_])jwt", re.IGNORECASE
)
"""Names of headers and query parameters that may hold a credential, for schemes that declare no location."""

_CHALLENGES = {
    "basic": 'Basic realm="locum", charset="UTF-8"',  # RFC 7617, section 2.1
    "digest": 'Digest realm="locum", qop="auth", algorithm=SHA-256, nonce="{nonce}", charset=UTF-8',  # RFC 7616, 3.3
    "dpop": 'DPoP realm="locum", algs="ES256 RS256"',  # RFC 9449, section 7.1
    "hawk": "Hawk",
    "hoba": 'HOBA challenge="{nonce}", max-age="3600", realm="locum"',  # RFC 7486, section 3
    "mutual": 'Mutual version=1, algorithm=iso-kam3-dl-2048-sha256, validation=host, realm="locum"',  # RFC 8120, 4.1
    "negotiate": "Negotiate",  # RFC 4559, section 4.1
    "ntlm": "NTLM",
    "scram-sha-1": 'SCRAM-SHA-1 realm="locum"',  # RFC 7804, section 5
    "scram-sha-256": 'SCRAM-SHA-256 realm="locum"',
}
"""The challenges of HTTP authentication schemes by name. All others have only the realm."""


_WITH_TOKENS = frozenset({"bearer", "basic", "dpop"})


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """A declared security scheme, or one that a requirement names but the document does not declare.

    `auth_scheme` is the first word of the Authorization header, in lower case; empty if the scheme does not use it.
    """

    kind: str
    """apiKey, http, oauth2, openIdConnect or mutualTLS; `any` if the form of the credential is unknown."""
    location: str = ""
    name: str = ""
    auth_scheme: str = ""
    spelling: str = ""
    """The word in its usual spelling, else as in the document."""

    @property
    def is_scoped(self) -> bool:
        """Whether its requirements list scopes."""
        return self.kind in _SCOPED

    @property
    def is_key(self) -> bool:
        """Whether its credential is an API key."""
        return self.kind == "apiKey"

    @property
    def holds_token(self) -> bool:
        """Whether its credential may be an issued token or key; those of other schemes prove knowledge of a secret."""
        return self.auth_scheme in _WITH_TOKENS or (
            self.kind in {"apiKey", "http"} and self.auth_scheme not in _CHALLENGES
        )

    @property
    def is_bearer(self) -> bool:
        """Whether its credential is a bearer token."""
        return self.auth_scheme == "bearer"

    def credential(self, headers: Mapping[bytes, bytes], query: bytes) -> str | None:
        """Find the credential in a request; None if it is missing or empty."""
        if self.auth_scheme:
            word, _, found = headers.get(b"authorization", b"").decode("latin-1").strip().partition(" ")
            found = found.strip()
            if word.lower() != self.auth_scheme:
                return None
            return (_password(found) if self.auth_scheme == "basic" else found) or None
        if self.kind == "apiKey":
            return self._key(headers, query) or None
        return "certificate" if self.kind == "mutualTLS" else _anything(headers, query)

    def _key(self, headers: Mapping[bytes, bytes], query: bytes) -> str:
        if self.location == "header":
            return headers.get(self.name.lower().encode("latin-1", "replace"), b"").decode("latin-1").strip()
        if self.location == "cookie":
            return cookies_of(headers.get(b"cookie", b"").decode("latin-1")).get(self.name, "").strip()
        try:
            return query_pairs(query).get(self.name, [""])[0].strip()
        except ValueError:
            return ""

    @property
    def description(self) -> str:
        """The credential to send, in words: `a bearer token`."""
        if self.kind == "apiKey":
            return f"the {self.location} parameter {self.name}"
        if self.auth_scheme == "basic":
            return "a user name and password"
        if self.is_bearer:
            return "a bearer token"
        return f"{self.spelling} credentials" if self.auth_scheme else "a credential"

    def challenge(self, nonce: str) -> str:
        """Return the challenge of the scheme (RFC 9110, 11.6.1); `nonce` is for the schemes that need one.

        Not for bearer tokens: their challenge also names the error.
        """
        if self.kind == "apiKey":
            return f'ApiKey realm="locum", in="{self.location}", name="{_UNQUOTABLE.sub("?", self.name)}"'
        known = _CHALLENGES.get(self.auth_scheme)
        if known is not None:
            return known.replace("{nonce}", nonce)
        return f'{self.spelling or "Bearer"} realm="locum"'

    def example(self, secret: str) -> tuple[str, str]:
        """Return how to send `secret`: the name and value of a header, or of a query parameter as `?NAME`."""
        if self.kind == "apiKey":
            named = {"header": self.name, "cookie": "Cookie"}.get(self.location, "?" + self.name)
            return named, f"{self.name}={secret}" if self.location == "cookie" else secret
        if self.auth_scheme == "basic":
            return "Authorization", "Basic " + base64.b64encode(f"{secret}:{secret}".encode()).decode()
        if self.auth_scheme == "digest":
            members = {"username": secret, "realm": "locum", "nonce": "0", "uri": "/", "response": "0"}
            return "Authorization", "Digest " + ", ".join(f'{name}="{text}"' for name, text in members.items())
        return "Authorization", f"{self.spelling or 'Bearer'} {secret}"


def compile_scheme(declared: Any) -> SecurityScheme:
    """Compile a Security Scheme Object (OpenAPI 3.0.3, 4.7.27); None and unknown types accept any credential."""
    declared = declared if isinstance(declared, dict) else {}
    kind, location, name = (str(declared.get(member) or "") for member in ("type", "in", "name"))
    if kind == "apiKey" and location in {"header", "query", "cookie"} and name:
        return SecurityScheme(kind, location, name)
    if kind in _SCOPED:
        return SecurityScheme(kind, auth_scheme="bearer", spelling="Bearer")
    if kind == "http":
        spelling = _NO_TOKEN.sub("", str(declared.get("scheme") or "").strip())
        if spelling:
            name = spelling.lower()
            usual = {"bearer": "Bearer", **{name: known.partition(" ")[0] for name, known in _CHALLENGES.items()}}
            return SecurityScheme(kind, auth_scheme=name, spelling=usual.get(name, spelling))
    return SecurityScheme(kind if kind == "mutualTLS" else "any")


def _password(credential: str) -> str | None:
    """Return the token in basic credentials (RFC 7617): the password, or the user name if it is empty."""
    try:
        user, _, password = base64.b64decode(credential, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return password or user or None


def _anything(headers: Mapping[bytes, bytes], query: bytes) -> str | None:
    """Find a possible credential: Authorization, a cookie, else a header or query parameter with a matching name."""
    for name in (b"authorization", b"proxy-authorization", b"cookie"):
        if headers.get(name, b"").strip():
            return headers[name].decode("latin-1").strip()
    pairs = [*headers.items(), *(tuple(pair.partition(b"=")[::2]) for pair in query.split(b"&"))]
    return next((value.decode("latin-1") for name, value in pairs if value.strip() and _KEYLIKE.search(name)), None)

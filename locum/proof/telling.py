"""Telling: an exchange without its secrets, and as a curl line."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.proof.findings import Shown

__all__ = ["TOKEN", "Secrets", "curl_of", "is_credential", "without_credentials"]

TOKEN = "$LOCUM_TOKEN"  # noqa: S105 (the name of a variable)
_REDACTED = "[redacted]"
_CREDENTIALS = re.compile(r"authorization|cookie|api[-_]?key|token|secret", re.IGNORECASE)
_OF_THE_CLIENT = frozenset(
    {"user-agent", "accept-encoding", "connection", "content-length", "host", "x-schemathesis-testcaseid"}
)
_INVENTED = "SCHEMATHESIS"
"""Stands in credentials that the engine makes up, and that a finding must show."""
_SHORT = 6


def is_credential(name: str) -> bool:
    """Whether a header has the name of a credential."""
    return bool(_CREDENTIALS.search(name))


def without_credentials(headers: dict[str, str]) -> dict[str, str]:
    """Return headers without the credentials in them, but for those that the engine makes up."""
    return {
        name: _REDACTED if is_credential(name) and _INVENTED not in value else value for name, value in headers.items()
    }


class Secrets:
    """What must not be shown: the token, and the values of headers that have the name of a credential."""

    def __init__(self, token: str, headers: Mapping[str, str]) -> None:
        self._token = token
        self._others = [value for name, value in headers.items() if is_credential(name) and len(value) >= _SHORT]

    def without(self, shown: Shown) -> Shown:
        """Return an exchange without them."""
        return replace(
            shown,
            url=self._clean(shown.url),
            headers={name: self._clean(value) for name, value in shown.headers.items()},
            body=None if shown.body is None else self._bytes(shown.body),
            answer_headers={name: self._clean(value) for name, value in shown.answer_headers.items()},
            answer=self._bytes(shown.answer),
        )

    def _clean(self, text: str) -> str:
        if self._token:
            text = text.replace(self._token, TOKEN)
        for secret in self._others:
            text = text.replace(secret, _REDACTED)
        return text

    def _bytes(self, data: bytes) -> bytes:
        if self._token:
            data = data.replace(self._token.encode(), TOKEN.encode())
        for secret in self._others:
            data = data.replace(secret.encode(), _REDACTED.encode())
        return data


def curl_of(shown: Shown) -> str:
    """Return the line that sends a request again; the token is the variable LOCUM_TOKEN."""
    parts = ["curl -i"]
    if shown.method != "GET":
        parts.append(f"-X {shown.method}")
    parts.append(shlex.quote(shown.url))
    for name, value in shown.headers.items():
        if name not in _OF_THE_CLIENT and (name, value) != ("accept", "*/*"):
            parts.append(f"-H {_quoted(f'{name}: {value}')}")
    if shown.body:
        parts.append(f"--data-binary {_data(shown.body)}")
    return " ".join(parts)


def _quoted(text: str) -> str:
    """Quote for a shell; only the name of the token's variable is left to it."""
    if TOKEN not in text:
        return shlex.quote(text)
    before, _, after = text.partition(TOKEN)
    return f'{shlex.quote(before)}"{TOKEN}"{shlex.quote(after) if after else ""}'


def _data(body: bytes) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and text.isprintable() and not text.startswith("@"):
        return shlex.quote(text)
    return "$'" + "".join(_escaped(byte) for byte in body) + "'"


def _escaped(byte: int) -> str:
    plain = 0x20 <= byte < 0x7F and byte not in b"'\\"  # noqa: PLR2004 (printable ASCII)
    return chr(byte) if plain else f"\\x{byte:02x}"

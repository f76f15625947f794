"""Telling: an exchange without its secrets, and as a curl line."""

from __future__ import annotations

import base64
import json
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from locum.control.redaction.texts import REDACTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from locum.proof.findings import Shown

__all__ = ["TOKEN", "Secrets", "basic", "curl_of", "is_credential", "stands_for_a_secret", "without_credentials"]

TOKEN = "$LOCUM_TOKEN"  # noqa: S105 (the name of a variable)
_CREDENTIALS = re.compile(r"authorization|cookie|api[-_]?key|token|secret", re.IGNORECASE)
_OF_THE_CLIENT = frozenset(
    {"user-agent", "accept-encoding", "connection", "content-length", "host", "x-schemathesis-testcaseid"}
)
_INVENTED = "SCHEMATHESIS"
"""Stands in credentials that the engine makes up, and that a finding must show."""
_SHORT = 6
_VARIABLE = re.compile(r"(\$LOCUM_[A-Z0-9_]+)")


def is_credential(name: str) -> bool:
    """Whether a header has the name of a credential."""
    return bool(_CREDENTIALS.search(name))


def basic(token: str) -> str:
    """Return the credentials of a user (`ada:secret`; a password alone is its own user), as RFC 7617 has them."""
    user, _, password = token.partition(":")
    return base64.b64encode(f"{user}:{password or user}".encode()).decode()


def stands_for_a_secret(value: str) -> bool:
    """Whether a value shows that there was a secret, and not which: one of our variables, or what was made up."""
    return bool(_VARIABLE.search(value)) or _INVENTED in value


def without_credentials(headers: dict[str, str]) -> dict[str, str]:
    """Return headers without the credentials in them, but for those that the engine makes up."""
    return {
        name: REDACTED if is_credential(name) and _INVENTED not in value else value for name, value in headers.items()
    }


class Secrets:
    """What must not be shown: the token, the values of headers and inputs that have the name of a credential."""

    def __init__(
        self,
        tokens: Sequence[str],
        headers: Mapping[str, str],
        named: Mapping[str, str] | None = None,
        others: Iterable[str] = (),
    ) -> None:
        """`tokens` may grow. `named` are further secrets, each by the name of the variable that stands in its place."""
        self._tokens = tokens
        long = [value for name, value in headers.items() if is_credential(name)]
        self._others = {value: REDACTED for value in (*long, *others) if len(value) >= _SHORT} | {
            value: f"$LOCUM_{re.sub(r'[^A-Z0-9]+', '_', name.upper())}" for name, value in (named or {}).items()
        }

    @property
    def _shown(self) -> list[tuple[str, str]]:
        """What stands in the place of each secret, the longest one first: one may be the beginning of another."""
        every = self._others | dict.fromkeys(self._tokens, TOKEN)
        spelt = {one: instead for secret, instead in every.items() for one in _spellings(secret)}
        return sorted(spelt.items(), key=lambda pair: -len(pair[0]))

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

    def words(self, text: str) -> str:
        """Return words without them, but for what is too short to be told from other words."""
        for secret, instead in self._shown:
            text = text.replace(secret, instead) if len(secret) >= _SHORT else text
        return text

    def _clean(self, text: str) -> str:
        for secret, instead in self._shown:
            text = text.replace(secret, instead)
        return text

    def _bytes(self, data: bytes) -> bytes:
        for secret, instead in self._shown:
            data = data.replace(secret.encode(), instead.encode())
        return data


def _spellings(secret: str) -> tuple[str, ...]:
    """Return how a text is written: as it is, in a query, in JSON."""
    spelt = (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1])
    return tuple(dict.fromkeys(filter(None, spelt)))


def curl_of(shown: Shown) -> str:
    """Return the line that sends a request again; the token is the variable LOCUM_TOKEN."""
    parts = ["curl -i"]
    if shown.method != "GET":
        parts.append(f"-X {shown.method}")
    parts.append(_quoted(shown.url))
    for name, value in shown.headers.items():
        if name not in _OF_THE_CLIENT and (name, value) != ("accept", "*/*"):
            parts.append(f"-H {_quoted(f'{name}: {value}')}")
    if shown.body:
        parts.append(f"--data-binary {_data(shown.body)}")
    return " ".join(parts)


def _quoted(text: str) -> str:
    """Quote for a shell; only the names of our variables are left to it."""
    pieces = _VARIABLE.split(text)
    return "".join(f'"{piece}"' if _VARIABLE.fullmatch(piece) else shlex.quote(piece) for piece in pieces if piece)


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

"""Redact exchanges, and print requests as curl commands."""

from __future__ import annotations

import base64
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from locum.redaction import REDACTED, Known, Place
from locum.redaction import Secrets as Hidden
from locum.redaction.known import SHORT, parts_of
from locum.redaction.names import is_secret
from locum.redaction.texts import decoded_basic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from locum.redaction import Redaction
    from locum.verify.exchanges import Shown

__all__ = [
    "TOKEN",
    "PrintedSecrets",
    "basic",
    "curl_of",
    "given_out",
    "is_credential",
    "stands_for_a_secret",
    "without_credentials",
    "without_given",
]

TOKEN = "$LOCUM_TOKEN"  # noqa: S105 (the name of a variable)
_FORM = re.compile(r"(?:accept|content|user-agent|prefer\Z|x-locum|host\Z|connection\Z|te\Z)", re.IGNORECASE)
"""Headers that are never secrets."""
_OF_THE_CLIENT = frozenset(
    {"user-agent", "accept-encoding", "connection", "content-length", "host", "x-schemathesis-testcaseid"}
)
_INVENTED = "SCHEMATHESIS"
"""A marker in credentials that Schemathesis generates and findings must show."""
_TEXTS = re.compile(rb'"((?:[^"\\]|\\.)*+)"(\s*+:)?', re.DOTALL)
"""The texts of a JSON body; those before a colon are the names of members."""
_VARIABLE = re.compile(r"(\$LOCUM_[A-Z0-9_]+)")


def is_credential(name: str) -> bool:
    """Whether a header has the name of a credential."""
    return is_secret(name)


def basic(token: str) -> str:
    """Return basic credentials (RFC 7617) of `ada:secret`. A password alone is used as the user, too."""
    user, _, password = token.partition(":")
    return base64.b64encode(f"{user}:{password or user}".encode()).decode()


def stands_for_a_secret(value: str) -> bool:
    """Whether a value is a placeholder of a secret: one of our variables, or a generated credential."""
    return bool(_VARIABLE.search(value)) or _INVENTED in value


def without_credentials(headers: dict[str, str]) -> dict[str, str]:
    """Redact the credentials in headers, except generated ones."""
    return {
        name: REDACTED if is_credential(name) and _INVENTED not in value else value for name, value in headers.items()
    }


class PrintedSecrets:
    """The secrets of a run: its tokens, and the values of headers and of inputs with the name of a credential."""

    def __init__(
        self,
        tokens: Sequence[str],
        headers: Mapping[str, str],
        named: Mapping[str, str] | None = None,
        others: Iterable[str] = (),
    ) -> None:
        """`tokens` may grow. `named` has further secrets by the name of the variable that replaces each.

        The value of every header is a secret, except for those that only select the form of a response.
        """
        self._tokens = tokens
        self._headers = {name.lower(): value for name, value in headers.items() if not _FORM.match(name)}
        long = [part for name, value in self._headers.items() for part in parts_of(value, name)]
        self._others = {value: REDACTED for value in (*long, *others) if len(value) >= SHORT} | {
            value: f"$LOCUM_{re.sub(r'[^A-Z0-9]+', '_', name.upper())}" for name, value in (named or {}).items()
        }
        self._known: dict[tuple[int, bool], Known] = {}

    def _every(self, *, long: bool) -> Known:
        """Return the secrets with their placeholders; if `long`, only those that are long enough to search in text."""
        key = (len(self._tokens), long)
        if key not in self._known:
            every = self._others | dict.fromkeys(self._tokens, TOKEN)
            self._known[key] = Known(
                {secret: shown for secret, shown in every.items() if secret and not (long and len(secret) < SHORT)}
            )
        return self._known[key]

    def without(self, shown: Shown) -> Shown:
        """Return an exchange without the secrets. Those too short to search for are redacted as whole values only."""
        known, every = self._every(long=True), self._every(long=False)
        headers = {name: self._header(name, value) for name, value in shown.headers.items()}
        return replace(
            shown,
            url=known.text(_with_whole_pairs(shown.url, every)),
            headers=headers,
            body=None if shown.body is None else known.data(_with_whole_values(shown.body, every)),
            response_headers=known.value(shown.response_headers),
            response_body=known.data(_with_whole_values(shown.response_body, every)),
        )

    def _header(self, name: str, value: str) -> str:
        """Return the value of a header without the secrets: in a text, as the whole value, or after the scheme."""
        known, every = self._every(long=True), self._every(long=False)
        text = known.text(value)
        if text == value and is_credential(name):
            scheme, space, credential = value.rpartition(" ")
            shown = every.whole(credential)
            pair = decoded_basic(credential) if scheme.lower() == "basic" else None
            if pair is not None and any(every.whole(part) != part for part in pair.split(":", 1)):
                shown = REDACTED
            text = scheme + space + shown
        return REDACTED if self._headers.get(name) == value and TOKEN not in text else text

    def value(self, value: Any) -> Any:
        """Return a JSON value without the secrets. Those too short to search for are redacted as whole values only."""
        return _whole_in(self._every(long=True).value(value), self._every(long=False))

    def words(self, text: str) -> str:
        """Return a text without the secrets, except those too short to be distinguished from other words."""
        return self._every(long=True).text(text)


def _with_whole_pairs(url: str, known: Known) -> str:
    """Return a URL in which the values of the query that are secrets are replaced."""
    path, mark, query = url.partition("?")
    pairs = (pair.partition("=") for pair in query.split("&"))
    return path + mark + "&".join(name + link + known.whole(value) for name, link, value in pairs)


def _with_whole_values(data: bytes, known: Known) -> bytes:
    """Return a JSON body in which the texts that are secrets are replaced; any other body as it is."""
    if not known.is_short or data[:1] not in {b"{", b"["}:
        return data

    def replaced(found: re.Match[bytes]) -> bytes:
        if found[2] or len(found[1]) >= SHORT:
            return found[0]
        return b'"%b"' % known.whole(found[1].decode("utf-8", "replace")).encode()

    return _TEXTS.sub(replaced, data)


def _whole_in(value: Any, known: Known) -> Any:
    """Return a JSON value in which the texts that are secrets are replaced."""
    if isinstance(value, dict):
        return {name: _whole_in(inner, known) for name, inner in value.items()}
    if isinstance(value, list):
        return [_whole_in(item, known) for item in value]
    return known.whole(value) if isinstance(value, str) else value


def given_out(exchanges: Iterable[Shown], redaction: Redaction) -> Known:
    """Return the secrets that a server issued: those in its responses that are not in the request.

    Secrets in a request were generated for it, or issued before.
    """
    found: set[str] = set()
    for shown in exchanges:
        secrets = Hidden(redaction)
        headers = shown.response_headers
        secrets.message(dict(headers), shown.response_body, Place(None), {})
        sent = " ".join([shown.url, *shown.headers.values(), (shown.body or b"").decode("utf-8", "replace")])
        found |= {one for one in secrets.found if one not in sent and not stands_for_a_secret(one)}
    return Known(one for one in found if len(one) >= SHORT)


def without_given(shown: Shown, given: Known) -> Shown:
    """Return an exchange without the secrets that a server issued."""
    if not given:
        return shown
    return replace(
        shown,
        url=given.text(shown.url),
        headers=given.value(shown.headers),
        body=None if shown.body is None else given.data(shown.body),
        response_headers=given.value(shown.response_headers),
        response_body=given.data(shown.response_body),
    )


def curl_of(shown: Shown) -> str:
    """Return the curl command of a request. The token is the variable LOCUM_TOKEN."""
    parts = ["curl -i"]
    if shown.method != "GET":
        parts.append(f"-X {shlex.quote(shown.method)}")
    parts.append(_quoted(shown.url))
    for name, value in shown.headers.items():
        if name not in _OF_THE_CLIENT and (name, value) != ("accept", "*/*"):
            parts.append(f"-H {_quoted(f'{name}: {value}')}")
    if shown.body:
        parts.append(f"--data-binary {_data(shown.body)}")
    return " ".join(parts)


def _quoted(text: str) -> str:
    """Quote a text for a shell, which expands only our variables."""
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

"""Export requests so that they can be repeated, with the caller's credential from the environment.

Whatever else was redacted stays `[redacted]`: a token of the caller's is sent nowhere but where it was.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus, urlencode

from locum.redaction import REDACTED

if TYPE_CHECKING:
    from locum.world.journal import Entry

__all__ = ["TOKEN", "Again", "again", "curl"]


TOKEN = "LOCUM_TOKEN"  # noqa: S105 (the name of a variable)
"""The environment variable for the credential of the caller."""

_OF_THE_CONNECTION = frozenset(
    {
        "host",
        "connection",
        "content-length",
        "accept-encoding",
        "content-encoding",
        "transfer-encoding",
        "user-agent",
        "keep-alive",
    }
)


_CREDENTIAL = "\0"
"""Replaces the credential of the caller in a repeatable request."""


@dataclass(frozen=True, slots=True)
class Again:
    """A repeatable request. `parted` splits its texts at the credential of the caller."""

    method: str
    path: str
    headers: dict[str, str]
    body: str | None
    whole: bool
    """Whether the body is complete: not cut, and of a form that can be shown."""

    @property
    def redacted(self) -> bool:
        """Whether it contains REDACTED, for a secret other than the caller's credential."""
        return any(REDACTED in text for text in (self.path, *self.headers.values(), self.body or ""))


def again(entry: Entry) -> Again:
    """Return the request of an entry, without headers of the connection."""
    request = entry.request
    headers = {name: value for name, value in request.headers.items() if name not in _OF_THE_CONNECTION}
    path, _, query = entry.path.partition("?")
    for location, name in entry.credentials:
        if location == "header" and name in headers:
            headers[name] = headers[name].replace(REDACTED, _CREDENTIAL)
        elif location == "cookie" and "cookie" in headers:
            headers["cookie"] = _with_credential(headers["cookie"], name, "; ")
        elif location == "query":
            query = _with_credential(query, name, "&")
    body = None
    if request.form == "json":
        body = json.dumps(request.body, ensure_ascii=False)
    elif request.form == "form" and isinstance(request.body, dict):
        body = urlencode(request.body, doseq=True, safe="[]")
    elif request.form == "text":
        body = str(request.body)
    whole = not request.cut and request.form in {"json", "form", "text", "none"}
    return Again(entry.method, path + ("?" + query if query else ""), headers, body, whole)


def parted(text: str) -> list[str]:
    """Split a text at the caller's credential."""
    return text.split(_CREDENTIAL)


def _with_credential(text: str, name: str, mark: str) -> str:
    pairs = (pair.partition("=") for pair in text.split(mark.strip()))
    return mark.strip().join(
        raw + link + (value.replace(REDACTED, _CREDENTIAL) if unquote_plus(raw.strip()) == name else value)
        for raw, link, value in pairs
    )


def curl(entry: Entry, root: str) -> str:
    """Return the curl command that repeats a request. `root` is the URL of the server.

    Where the credential of the caller was, the command takes `$LOCUM_TOKEN` from the environment. Other secrets are
    `[redacted]`, and a comment says so.
    """
    request = again(entry)
    words = ["curl", "-i"]
    if request.method == "HEAD":
        words.append("--head")
    elif request.method != ("GET" if request.body is None else "POST"):
        words += ["-X", shlex.quote(request.method)]
    words.append(_quoted(root + request.path))
    for name, value in request.headers.items():
        words += ["-H", _quoted(f"{name}: {value}")]
    if request.body is not None:
        words += ["--data-raw", _quoted(request.body)]
    note = "" if request.whole else "# The body is incomplete.\n"
    if request.redacted:
        note += f"# Replace each {REDACTED} before you send this.\n"
    return note + " ".join(words) + "\n"


def _quoted(text: str) -> str:
    """Quote a text for the shell. The credential in it becomes a variable."""
    pieces = [shlex.quote(piece) if piece else "" for piece in parted(text)]
    return f'"${TOKEN}"'.join(pieces) or "''"

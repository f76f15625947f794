"""Export a request as a curl command."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from locum.journal.exports.requests import TOKEN, pieces_of, repeatable
from locum.redaction import REDACTED

if TYPE_CHECKING:
    from locum.world.journal import Entry

__all__ = ["curl"]


def curl(entry: Entry, root: str) -> str:
    """Return the curl command that repeats a request. `root` is the URL of the server.

    The credential of the caller is `$LOCUM_TOKEN`, other secrets are variables of their own names; comments list them.
    """
    request = repeatable(entry)
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
    others = [name for name in request.variables if name != TOKEN]
    if others:
        note += f"# Set {', '.join(others)} before you send this.\n"
    if request.redacted:
        note += f"# Replace each {REDACTED} before you send this.\n"
    return note + " ".join(words) + "\n"


def _quoted(text: str) -> str:
    """Quote a text for the shell, which expands the variables in it."""
    return (
        "".join(f'"${piece.text}"' if piece.is_variable else shlex.quote(piece.text) for piece in pieces_of(text))
        or "''"
    )

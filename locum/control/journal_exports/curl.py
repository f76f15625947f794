"""An entry as a curl command, to be pasted into a POSIX shell."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from locum.control.journal_exports.requests import TOKEN, again, parted
from locum.control.redaction import REDACTED

if TYPE_CHECKING:
    from locum.state.entries import Entry

__all__ = ["curl"]


def curl(entry: Entry, root: str) -> str:
    """Return the command that asks the same again; `root` is where the server is.

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
    note = "" if request.whole else "# The body is not all here.\n"
    if request.redacted:
        note += f"# Replace each {REDACTED} before you send this.\n"
    return note + " ".join(words) + "\n"


def _quoted(text: str) -> str:
    """Quote a text for the shell; the credential in it becomes a variable."""
    pieces = [shlex.quote(piece) if piece else "" for piece in parted(text)]
    return f'"${TOKEN}"'.join(pieces) or "''"

"""Preferences: which answer a client asks for (`Prefer`, RFC 7240), by header or in the query.

`Prefer: code=404, example=gone, dynamic=true, seed=7`, or `?__code=404&__example=gone`. Of what is
said twice the first counts, and the header before the query. Other preferences are not ours.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Preferences", "applied", "preferences"]

_NAMES = frozenset({"code", "example", "dynamic", "seed"})
_TWIN = "__"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")


class Preferences(NamedTuple):
    """What is preferred; None where nothing is said."""

    code: str | None = None
    example: str | None = None
    dynamic: bool | None = None
    seed: str | None = None

    @property
    def choose(self) -> bool:
        """Whether an answer is chosen with them, instead of what the operation does."""
        return self.code is not None or self.example is not None or self.seed is not None or self.dynamic is True

    @property
    def passes_over_examples(self) -> bool:
        """Whether the value is to be made, whatever examples there are: another seed shows in nothing else."""
        return self.dynamic if self.dynamic is not None else self.seed is not None and self.example is None


def preferences(header: bytes, query: bytes, declared: frozenset[str] = frozenset()) -> tuple[Preferences, bytes]:
    """Read what is preferred; return it, and the query without it.

    `declared` are the names of the operation's own query parameters, which are never taken out.
    """
    found: dict[str, str] = {}
    for name, value in _preferred(header.decode("latin-1")):
        found.setdefault(name, value)
    if _TWIN.encode() in query:
        others = []
        for pair in query.split(b"&"):
            name, _, value = (unquote_plus(part.decode("latin-1")) for part in pair.partition(b"="))
            if name.startswith(_TWIN) and name[2:] in _NAMES and name not in declared:
                found.setdefault(name[2:], value)
            else:
                others.append(pair)
        query = b"&".join(others)
    dynamic = found.get("dynamic")
    said = None if dynamic is None else dynamic.lower() not in {"false", "0"}
    return Preferences(found.get("code"), found.get("example"), said, found.get("seed")), query


def applied(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the header that says which preferences were heeded (RFC 7240, section 3)."""
    said = ", ".join(f"{name}={_word(value)}" for name, value in pairs)
    return {"Preference-Applied": said} if said else {}


def _word(value: str) -> str:
    if _TOKEN.match(value):
        return value
    plain = "".join(letter if " " <= letter <= "~" else "?" for letter in value)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _preferred(header: str) -> Iterator[tuple[str, str]]:
    for piece in _pieces(header):
        name, _, value = piece.partition("=")
        name, value = name.strip().lower(), value.strip()
        if value[:1] == '"':
            value = re.sub(r"\\(.)", r"\1", value[1:].removesuffix('"'))
        if name in _NAMES:
            yield name, value


def _pieces(header: str) -> Iterator[str]:
    """Part a header at its commas and semicolons, those in quotes excepted."""
    piece: list[str] = []
    quoted = escaped = False
    for letter in header:
        if letter in ",;" and not quoted:
            yield "".join(piece)
            piece = []
            continue
        if letter == '"' and not escaped:
            quoted = not quoted
        escaped = quoted and letter == "\\" and not escaped
        piece.append(letter)
    yield "".join(piece)

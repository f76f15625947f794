"""Texts: what looks like a secret, wherever it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from locum.control.journal_names import is_secret

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["REDACTED", "Texts"]

REDACTED = "[redacted]"

_SHAPES = [
    re.compile(r"\beyJ[\w-]{4,}\.[\w-]{4,}(?:\.[\w-]*){1,3}"),  # RFC 7519 and RFC 7516: `{"` in base64
    re.compile(r"(?:(?<=[Bb]earer )|(?<=[Bb]asic )|(?<=BEARER ))(?=\S*\d|\S{24})[\w.~+/=-]{8,}"),
    re.compile(r"(?<=://)[^\s/@\"'<>]+:[^\s/@\"'<>]+(?=@)"),  # RFC 3986, section 3.2.1: user information
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    # What well-known services begin their credentials with.
    re.compile(r"\b(?:[sr]k_(?:live|test)_\w{8,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,})"),
    re.compile(r"\b(?:xox[abeprs]-[\w-]{10,}|AIza[\w-]{30,}|npm_\w{30,}|whsec_\w{16,})"),
]
_PAIR = re.compile(r"(?P<name>[\w.\[\]%-]{2,80})=(?P<value>[^&#\s;,\"'<>]+)")
_QUOTED = re.compile(
    r"(?P<name>[\w.-]{2,80})(?P<link>[\"']?\s*[:=]\s*)(?P<value>\"(?:[^\"\\]|\\.)*\"?|'[^']*'?|[^\s,&;}\]<>\"']+)"
)
_ELEMENT = re.compile(r"<(?:[\w.-]+:)?(?P<name>[\w.-]{2,80})(?P<link>(?:\s[^<>]*)?>)(?P<value>[^<]+)")
_EXPRESSION = re.compile(r"\{([^{}]*)\}")


class Texts:
    """Takes out of texts what looks like a secret, in general and by what the served APIs say."""

    def __init__(self, prefixes: Iterable[str] = (), templates: Iterable[str] = ()) -> None:
        """`prefixes` is how credentials begin, `templates` are paths some of whose expressions are secrets."""
        self._shapes = [*_SHAPES, *(re.compile(re.escape(prefix) + r"[\w.~+/-]{8,}") for prefix in prefixes if prefix)]
        self._paths = [found for template in templates if (found := _path(template)) is not None]

    def without(self, text: str) -> str:
        """Return a text without what looks like a secret."""
        for shape in self._shapes:
            text = shape.sub(REDACTED, text)
        for path in self._paths:
            text = path.sub(_hide_groups, text)
        return _PAIR.sub(_hide, text) if "=" in text else text

    def without_members(self, text: str) -> str:
        """Return a text of some notation without the values that follow the name of a secret."""
        return self.without(_QUOTED.sub(_hide, _ELEMENT.sub(_hide, text)))


def _path(template: str) -> re.Pattern[str] | None:
    """Return a pattern whose groups are the secrets of a path; None for a path that anything would match."""
    if not any("{" not in step for step in template.split("/") if step):
        return None
    parts = _EXPRESSION.split(template)
    names = parts[1::2]
    if not any(map(is_secret, names)):
        return None
    pattern = re.escape(parts[0])
    for name, literal in zip(names, parts[2::2], strict=True):
        some = r"[^/?#\s\"'<>{}]+"
        pattern += (f"({some})" if is_secret(name) else some) + re.escape(literal)
    return re.compile(pattern)


def _hide_groups(found: re.Match[str]) -> str:
    text, end = found.group(), found.start()
    for number in range(len(found.groups()), 0, -1):
        start, stop = found.start(number) - end, found.end(number) - end
        text = text[:start] + REDACTED + text[stop:]
    return text


def _hide(found: re.Match[str]) -> str:
    if not is_secret(found["name"]) or REDACTED in found["value"]:
        return found.group()
    return found.group()[: found.start("value") - found.start()] + REDACTED

"""Texts: what looks like a secret, wherever it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from locum.control.journal_names import is_secret
from locum.openapi.compile.segments import Segment

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["REDACTED", "Texts"]

REDACTED = "[redacted]"

_SHAPES = [
    # RFC 7519 and RFC 7516: `{"` in base64. That all parts are there is seen once for each word, not from each hyphen.
    re.compile(r"(?<![\w-])(?=[\w-]+\.[\w-]{4,}\.)(?:[\w-]*-)?eyJ[\w-]{4,}\.[\w-]{4,}(?:\.[\w-]*){1,3}"),
    re.compile(r"(?:(?<=[Bb]earer )|(?<=[Bb]asic )|(?<=BEARER ))(?=\S*\d|\S{24})[\w.~+/=-]{8,}"),
    re.compile(r"(?<=://)[^\s/@\"'<>:]+:[^\s/@\"'<>]+(?=@)"),  # RFC 3986, section 3.2.1: user information
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
_WAY = re.compile(r"(?:/[^/?#\s\"'<>{}]*)+")
"""Steps of a path, wherever they stand in a text."""


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
        if self._paths and "/" in text:
            text = _WAY.sub(self._without_secret_steps, text)
        return _PAIR.sub(_hide, text) if "=" in text else text

    def _without_secret_steps(self, way: re.Match[str]) -> str:
        """Return the steps of a path without what a template says is a secret; it may begin at any of them."""
        steps = way[0].split("/")[1:]
        for template in self._paths:
            start = 0
            while start + len(template) <= len(steps):
                shown = _replaced(template, steps, start)
                if shown is None:
                    start += 1
                    continue
                steps[start : start + len(template)] = shown
                start += len(template)
        return "".join(f"/{step}" for step in steps)

    def without_members(self, text: str) -> str:
        """Return a text of some notation without the values that follow the name of a secret."""
        return self.without(_QUOTED.sub(_hide, _ELEMENT.sub(_hide, text)))


def _replaced(template: list[_Step], steps: list[str], start: int) -> list[str] | None:
    """Return the steps from one on that a template matches, without secrets; None where it does not."""
    shown = []
    for place, expected in enumerate(template, 1):
        found = expected.without(steps[start + place - 1], is_last=place == len(template))
        if found is None:
            return None
        shown.append(found)
    return shown


def _path(template: str) -> list[_Step] | None:
    """Read a path that has secrets among its expressions; None for any other, and for one that all paths match."""
    steps = template.split("/")[1:]
    if not any("{" not in step for step in steps if step) or not any(map(is_secret, _EXPRESSION.findall(template))):
        return None
    return [_Step(step, Segment.of(step) if "{" in step else None, _EXPRESSION.findall(step)) for step in steps]


class _Step(NamedTuple):
    """A segment of a path template, and the names of its expressions."""

    text: str
    segment: Segment | None
    names: list[str]

    def without(self, sent: str, *, is_last: bool) -> str | None:
        """Return a segment without the secrets in it; None where it is another one."""
        if self.segment is None:
            return sent if sent == self.text or (is_last and sent.startswith(self.text)) else None
        # A full stop or another sign of the text around it may follow the last segment.
        end = self.segment.literals[-1]
        whole = sent[: sent.rfind(end) + len(end)] if end in sent else sent
        values = self.segment.match(whole)
        if values is None:
            return None
        shown, at = [], 0
        for name, value in zip(self.names, values, strict=True):
            start = whole.index(value, at)
            at = start + len(value)
            if is_secret(name):
                shown.append((start, at))
        for start, stop in reversed(shown):
            sent = sent[:start] + REDACTED + sent[stop:]
        return sent


def _hide(found: re.Match[str]) -> str:
    if not is_secret(found["name"]) or REDACTED in found["value"]:
        return found.group()
    return found.group()[: found.start("value") - found.start()] + REDACTED

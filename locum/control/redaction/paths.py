"""Paths in texts: the steps of which a template says that they are secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from locum.control.redaction.names import is_secret
from locum.openapi.compile.segments import Segment

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["REDACTED", "SecretPaths"]

REDACTED = "[redacted]"

_EXPRESSION = re.compile(r"\{([^{}]*)\}")
_WAY = re.compile(r"(?:/[^/?#\s\"'<>{}]*)+")
"""Steps of a path, wherever they stand in a text."""


class SecretPaths:
    """Takes out of texts the steps of paths that are secrets, in time that grows with the text."""

    def __init__(self, templates: Iterable[str]) -> None:
        self._paths = [found for template in templates if (found := _path(template)) is not None]

    def without(self, text: str) -> str:
        """Return a text without the secrets in its paths."""
        return _WAY.sub(self._without_secret_steps, text) if self._paths and "/" in text else text

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

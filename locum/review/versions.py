"""Versions: the bump that a change calls for, and whether `info.version` has it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from locum.review.changes import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.review.changes import Change

__all__ = ["Bump", "bump_of"]

_SEMVER = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+].*)?\Z")
_ADDED = re.compile(r"-added\Z|-allowed\Z|-loosened\Z|-widened\Z|became-(?:optional|nullable)\Z|\Adeprecated\Z")
_PARTS = ("major", "minor", "patch")


class Bump(NamedTuple):
    """The version of the base, that of the head, and the least that the head should have."""

    base: str
    head: str
    part: str
    """`major`, `minor`, `patch`, or `none`."""
    suggested: str
    """Empty if the version of the base is not of the form 1.2.3."""

    @property
    def is_enough(self) -> bool:
        """Whether the version of the head is at least the suggested one."""
        if self.part == "none":
            return True
        if not self.suggested:
            return self.base != self.head
        head = _SEMVER.match(self.head)
        return head is not None and _numbers(head) >= _numbers(_SEMVER.match(self.suggested))

    @property
    def sentence(self) -> str:
        """The suggestion in a sentence."""
        if self.part == "none":
            return "The version needs no change."
        if not self.suggested:
            known = f"The version {self.base} is not of the form 1.2.3" if self.base else "The version is missing"
            return f"{known}; a {self.part} change needs a new one."
        now = self.head or "missing"
        return f"Suggested version: {self.suggested} ({self.part}; info.version is {now}, was {self.base})."


def _numbers(match: re.Match[str] | None) -> tuple[int, int, int]:
    groups = match.groups() if match is not None else ("0", "0", "0")
    return int(groups[0]), int(groups[1]), int(groups[2] or 0)


def bump_of(changes: Sequence[Change], base: str, head: str) -> Bump:
    """Return the bump that changes call for by Semantic Versioning; below 1.0.0 a break is a minor one."""
    levels = {change.level for change in changes}
    part = "none"
    if Level.BREAKING in levels:
        part = "major"
    elif Level.DANGEROUS in levels or any(
        change.level is Level.COMPATIBLE and _ADDED.search(change.kind) for change in changes
    ):
        part = "minor"
    elif levels:
        part = "patch"
    match = _SEMVER.match(base)
    if match is None or part == "none":
        return Bump(base, head, part, "")
    major, minor, patch = _numbers(match)
    if major == 0:
        part = {"major": "minor", "minor": "patch"}.get(part, part)
    steps = {"major": (major + 1, 0, 0), "minor": (major, minor + 1, 0), "patch": (major, minor, patch + 1)}
    prefix = "v" if base.startswith("v") else ""
    return Bump(base, head, part, prefix + ".".join(map(str, steps[part])))

"""Proxying: what a world decides about requests that a proxy could forward."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Decision", "Proxying"]


class Decision(NamedTuple):
    """Who responds to an operation, and why."""

    source: str
    """`upstream` or `mock`."""
    reason: str
    """A sentence."""


@dataclass(slots=True)
class Proxying:
    """The upstream of a world, and who responds to its operations, by operationId."""

    upstream: str | None = None
    """The URL of the world's own upstream; empty if everything is mocked, None for the upstream of the server."""
    choices: dict[str, str] = field(default_factory=dict)
    """What the user chose for an operation: `upstream` or `mock`."""
    decisions: dict[str, Decision] = field(default_factory=dict)
    """What the upstream's responses showed."""
    has_mocked_writes: bool = False
    """Whether the mock may have records that the upstream does not have."""

    def copy(self, *, fresh: bool = False) -> Proxying:
        """Return a copy; a `fresh` one has nothing that requests brought about."""
        if fresh:
            return Proxying(self.upstream, self.choices.copy())
        return Proxying(self.upstream, self.choices.copy(), self.decisions.copy(), self.has_mocked_writes)

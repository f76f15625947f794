"""Findings: where a server and its contract disagree, told so that a person can act."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Finding", "Shown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An exchange that shows a finding, or that counts for coverage: without secrets when it is shown."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    """Of the request, by name in lower case."""
    body: bytes | None = None
    status: int = 0
    """0 where there was no answer."""
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b""
    cut: bool = False
    """Whether the answer's body is not all there, so that it cannot be judged."""
    seconds: float = 0.0
    at: float = 0.0
    """When it was sent, in seconds since 1970; 0 where nobody noted it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule that one operation's answers break."""

    code: str
    """Stable: `L001`; `locum explain L001` says what it means."""
    rule: str
    """A short name: `status_undeclared`."""
    api: str
    operation: str
    method: str
    path: str
    message: str
    """One sentence: what is wrong."""
    contract_pointer: str = ""
    """A JSON pointer into the document: the rule that is broken."""
    answer_pointer: str = ""
    """A JSON pointer into the answer's body, or the name of a header."""
    culprit: str = "server"
    """The likelier one: `server` or `contract`."""
    because: str = ""
    """Why that one is likelier, in a sentence."""
    shown: Shown | None = None
    """The smallest request that shows it."""
    steps: tuple[Shown, ...] = ()
    """All that must be sent to show it, where that is more than one request."""
    curl: str = ""
    count: int = 1
    """How often it was seen."""
    extra: dict[str, Any] = field(default_factory=dict)

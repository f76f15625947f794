"""Entries: what a journal tells of one exchange, as plain data without secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from locum.state.clock import timestamp

__all__ = ["Entry", "Message"]


@dataclass(frozen=True, slots=True)
class Message:
    """A request's or an answer's headers and body, without secrets."""

    headers: dict[str, str]
    """By name in lower case; lines of one name are one list (RFC 9110, section 5.3)."""
    body: Any = None
    form: str = "none"
    """How the body is shown: as its `json` value, as the fields of a `form`, as `text`, as `binary` (by its
    size alone), `withheld` (it may hold secrets that cannot be told apart), `unread` or `none`."""
    size: int = 0
    """Bytes of the body as it was sent."""
    cut: bool = False
    """Whether only the beginning of the body was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One exchange, without secrets: what was asked, what was answered, and how that was decided."""

    number: int
    """Counted from 1 in each world; numbers are not used again."""
    at: float
    """Seconds since 1970 by the world's clock."""
    method: str
    path: str
    """As asked, with its query."""
    template: str = ""
    """The declared path; empty where none matched."""
    operation: str = ""
    """The operationId; empty where no operation matched."""
    api: str = ""
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the path and the query hold, by location and name; of the query, all values of a name."""
    request: Message
    caller: dict[str, str] | None = None
    scheme: str = ""
    status: int
    answer: Message
    verdict: str = ""
    """The word for what was refused or went wrong, or for an answer out of the ordinary; empty for a success."""
    violations: tuple[dict[str, Any], ...] = ()
    branch: str = ""
    """What made the answer: `handler`, a generated part (`create /pets`), `preferred`, `fault`, `refused at ...`."""
    handler: str = ""
    fault: str = ""
    """What hit it, of the faults of its world and its own: `f1 (status=503, times=2), hit 1`."""
    trace: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    """Sentences about the operations that an unmatched request nearly matched, the nearest first."""
    credentials: tuple[tuple[str, str], ...] = (("header", "authorization"),)
    """Where a request like this carries what its caller is known by: location and name, headers in lower case."""
    microseconds: int = field(default=0, compare=False)
    """How long it took, by the machine's clock: the one thing that differs from run to run."""

    def plain(self, *, timed: bool = True) -> dict[str, Any]:
        """Return the entry as JSON; without the duration where it is not `timed`."""
        shown: dict[str, Any] = {
            "number": self.number,
            "at": timestamp(datetime.fromtimestamp(self.at, UTC), "milliseconds"),
            "method": self.method,
            "path": self.path,
            "template": self.template,
            "operation": self.operation,
            "api": self.api,
            "parameters": self.parameters,
            "request": _plain(self.request),
            "caller": self.caller,
            "scheme": self.scheme,
            "status": self.status,
            "answer": _plain(self.answer),
            "verdict": self.verdict,
            "violations": list(self.violations),
            "branch": self.branch,
            "handler": self.handler,
            "fault": self.fault,
            "trace": list(self.trace),
            "near": list(self.near),
        }
        return shown | {"microseconds": self.microseconds} if timed else shown


def _plain(message: Message) -> dict[str, Any]:
    return {
        "headers": message.headers,
        "body": message.body,
        "form": message.form,
        "size": message.size,
        "cut": message.cut,
    }

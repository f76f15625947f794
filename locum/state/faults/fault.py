"""Faults: which requests they hit, and what they do to them."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from locum.state.faults.latency import Latency

__all__ = ["OUTCOMES", "Fault", "Limit"]

OUTCOMES = ("reset", "empty", "truncated", "malformed")
"""What can become of an answer that nothing else is said of: the connection is reset, or closed with an empty body;
the body breaks off, or is no JSON any more."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A token bucket for each caller: it holds `requests`, and is full again after `seconds` of the world's clock."""

    requests: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with which requests.

    It hits the requests to `operation` (an operationId, in which `*` stands for anything), `method` and
    `api`, where these are said; the first `skip` of them go through, then each is hit with
    `probability`, until `times` were. It makes them late (`latency`), the answer slow
    (`bytes_per_second`), and has at most one outcome: one of OUTCOMES, a `content_type` that the answer
    does not have, a `status`, or a `limit`.
    """

    operation: str = ""
    method: str = ""
    api: str = ""
    probability: float = 1.0
    times: int | None = None
    skip: int = 0
    latency: Latency | None = None
    bytes_per_second: int | None = None
    outcome: str = ""
    content_type: str = ""
    status: int | None = None
    limit: Limit | None = None

    def concerns(self, operation: str, method: str, api: str) -> bool:
        """Whether it is about requests to an operation."""
        return (
            (not self.operation or self.operation == operation or fnmatchcase(operation, self.operation))
            and self.method in {"", method}
            and self.api in {"", api}
        )

    @property
    def answers(self) -> bool:
        """Whether it has an outcome, so that no other fault need be asked for one."""
        return bool(self.outcome or self.content_type or self.status is not None or self.limit is not None)

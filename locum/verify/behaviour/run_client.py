"""The client of the behaviour phase: what all its scenarios share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.verify.behaviour.bodies import Bodies
    from locum.verify.behaviour.subjects import BehaviourSubject
    from locum.verify.exchanges import Exchange
    from locum.verify.requests import Requests

__all__ = ["RunClient"]


@dataclass(slots=True, kw_only=True)
class RunClient:
    """What the scenarios of a run share: how requests are built and sent, and what is known of the server."""

    contract: Contract
    requests: Requests
    bodies: Bodies
    succeeded: Mapping[tuple[str, str], Exchange]
    """A successful request of each operation, by path and method."""
    subjects: Sequence[BehaviourSubject] = ()
    """All subjects, whose records others may refer to."""
    other_token: str = ""
    """The credential of a second user."""
    chosen: Sequence[Operation] = ()
    """The selected operations."""
    shared: bool = False
    """Whether users share their records."""
    any_credential: bool = False
    deadline: float = 0.0
    """When the time is used up, on the monotonic clock; 0 for no limit."""
    unreachable: set[Any] = field(default_factory=set)
    """Subjects of which no record could be created."""

    def known_values(self, operation: Operation) -> tuple[str, ...]:
        """Return the path values of a successful request; () if there was none."""
        exchange = self.succeeded.get((operation.path, operation.method.lower()))
        if exchange is None:
            return ()
        path = urlsplit(exchange.shown.url).path
        steps, template = path.split("/"), operation.path.split("/")
        steps = steps[len(steps) - len(template) :]
        if len(steps) != len(template):
            return ()
        return tuple(
            unquote(step)
            for step, wanted in zip(steps, template, strict=True)
            if wanted[:1] == "{" and wanted[-1:] == "}"
        )

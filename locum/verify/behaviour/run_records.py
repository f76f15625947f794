"""Records and steps: what a run of a scenario created and sent, and why it cannot go on."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from locum.openapi.compile.operations import Operation
    from locum.verify.behaviour.subjects import BehaviourSubject
    from locum.verify.exchanges import Shown

__all__ = ["Blocked", "IdentifierReused", "OutOfTime", "RunRecord", "RunStep", "is_success", "key_is_sent"]


class Blocked(Exception):
    """A scenario cannot go on, because a step before the one in question failed. The message gives the reason."""


class IdentifierReused(Blocked):
    """A create returned the identifier of a record that the scenario created before."""


class OutOfTime(Exception):
    """The time for the behaviour checks is used up."""


@dataclass(frozen=True, slots=True)
class RunStep:
    """One request of a scenario, and its response."""

    operation: Operation
    shown: Shown
    caller: str = ""
    """`other` for the second user, `none` without credentials."""


@dataclass(slots=True, kw_only=True)
class RunRecord:
    """A record that a scenario created."""

    subject: BehaviourSubject
    parents: tuple[str, ...]
    key: Any
    sent: dict[str, Any]
    """The members that were sent, under their names in the request."""
    body: Any
    """The whole body of the request."""
    created: int
    """The number of the step that created it."""

    @property
    def path_values(self) -> tuple[str, ...]:
        """The values of the path of its operations."""
        return (*self.parents, str(self.key))


def key_is_sent(record: RunRecord) -> bool:
    """Return whether the request of a create names the identifier, so that the same one comes back."""
    return record.subject.puts or record.subject.resource.key_of(record.sent) is not None


def is_success(shown: Shown) -> bool:
    """Return whether a response is a success."""
    return HTTPStatus.OK <= shown.status < HTTPStatus.MULTIPLE_CHOICES

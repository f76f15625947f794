"""The records of the Workflows API: workflows, their runs, vault items and authorizations."""

from __future__ import annotations

import string
from dataclasses import dataclass, field

# Needed at run time: snapshots are restored by these annotations.
from datetime import datetime  # noqa: TC003
from typing import Any

__all__ = [
    "LOWER",
    "Authorization",
    "History",
    "Hook",
    "Run",
    "Step",
    "Ticket",
    "VaultItem",
    "Workflow",
]

LOWER = string.digits + string.ascii_lowercase
"""The characters of every identifier of this API after its prefix."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """A stored definition, with what the service adds to it.

    `trigger` is the component that starts it, `calls` the ids of the workflows that it calls.
    `schedule_anchor` is the start of the first interval. `webhook_token` never changes once it is
    set, and is accepted only while the trigger is a webhook.
    """

    id: str
    organization: str
    name: str
    description: str | None
    authorization_id: str
    nodes: tuple[dict[str, Any], ...]
    edges: tuple[dict[str, Any], ...]
    trigger: str
    calls: tuple[str, ...]
    schedule_type: str
    schedule_value: str | None
    is_active: bool
    created_at: datetime
    updated_at: datetime
    schedule_anchor: datetime
    next_run_at: datetime | None = None
    webhook_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Hook:
    """The workflow that a webhook URL starts; stored under the secret token of the URL."""

    workflow_id: str


@dataclass(frozen=True, slots=True)
class Step:
    """The execution of one node in a run; `begins` and `ends` are milliseconds after the start of the run.

    `handle` is the outgoing branch (`true`, `false`, `error`), `within` the id of the iterator whose
    body contains the step.
    """

    log_id: str
    node_id: str
    component_id: str
    begins: int
    ends: int
    status: str
    output: dict[str, Any]
    handle: str | None = None
    within: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One execution. All of it is computed at the start; what responses show depends on the clock.

    `start` holds the values it began with, `outcome` its final status after `ends` milliseconds.
    `settled` marks a synchronous run, whose result was returned at once. `weight` is its size in bytes.
    """

    id: str
    organization: str
    workflow_id: str
    trigger_type: str
    start: dict[str, Any]
    started_at: datetime
    steps: tuple[Step, ...]
    outcome: str
    ends: int
    error_message: str | None = None
    settled: bool = False
    weight: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """The stored runs of one workflow, in the order in which they were stored.

    Runs that were removed because of the limits are counted.
    """

    run_ids: tuple[str, ...] = ()
    weight: int = 0
    forgotten: int = 0
    forgotten_completed: int = 0


@dataclass(frozen=True, slots=True)
class VaultItem:
    """A secret of an organization; no response contains its value."""

    id: str
    organization: str
    name: str
    created_at: datetime
    expires_at: datetime | None = None
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Authorization:
    """The permission of a user for workflows to act on their behalf."""

    id: str
    organization: str
    user_id: str | None
    created_at: datetime
    provider: str | None = "altostrat"
    status: str = "active"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A request for consent, stored under the token of its page; `decision` is empty while open."""

    organization: str
    user_id: str | None
    name: str
    email: str
    created_at: datetime
    expires_at: datetime
    decision: str = ""

"""The records of a new world: two organizations with workflows, past runs, secrets and authorizations.

The identifiers in the examples of the published reference exist in the first organization, so
copied examples work.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from handlers.people import NORTHWIND, SOUTHBAY
from handlers.workflows.definitions import find_calls, find_trigger
from handlers.workflows.examples import GRAPHS
from handlers.workflows.execution import Start, catch_up, start_run
from handlers.workflows.records import LOWER, Authorization, Hook, VaultItem, Workflow
from handlers.workflows.schedules import Schedule

if TYPE_CHECKING:
    from locum import Clock, NewId, Store

__all__ = ["seed"]

_EXAMPLE = "01h3j4k5l6m7n8p9q0r1s2t3u4"
_ADA = "usr_2m3h5n7k9j8g7f6e5d4c3b2a1"
_DELE = "usr_6n2b8v4c0x1z5a9s3d7f2g6h0"
_ACTING = "auth_2m3h5n7k9j8g7f6e5d4c3b2a1"


def seed(store: Store, clock: Clock, new_id: NewId) -> None:
    """Fill a new world."""
    _Seeder(store, clock, new_id).fill()


class _Seeder:
    """Create the records of one new world, each at a time before now."""

    def __init__(self, store: Store, clock: Clock, new_id: NewId) -> None:
        self.store = store
        self.clock = clock
        self.new_id = new_id

    def fill(self) -> None:
        """Create all records; those that others refer to come first."""
        self.add_authorization("auth_01H...", NORTHWIND, _ADA, days=90)
        self.add_authorization(_ACTING, NORTHWIND, _ADA, days=60)
        southbay = self.add_authorization(self.new_id("auth_", 25, LOWER), SOUTHBAY, _DELE, days=45)
        self.add_secret(NORTHWIND, "External Service API Key", f"vlt_{_EXAMPLE}", days=62, valid=365)
        self.add_secret(NORTHWIND, "PAGER_TOKEN", days=40)
        self.add_secret(NORTHWIND, "LEGACY_FTP_PASSWORD", days=400, valid=365)
        self.add_secret(NORTHWIND, "api-key:partner-portal", days=12)
        self.add_secret(SOUTHBAY, "PAGER_TOKEN", days=30)

        onboarding = self.add_workflow("Customer Onboarding", NORTHWIND, _ACTING, days=62, workflow_id=f"fl_{_EXAMPLE}")
        notify = self.add_workflow("Notify the On-call Engineer", NORTHWIND, _ACTING, days=50)
        self.add_workflow(
            "Nightly Site Health Check", NORTHWIND, _ACTING, days=3, schedule="0 4 * * *", calls=notify.id
        )
        intake = self.add_workflow("New User Intake", NORTHWIND, _ACTING, days=30)
        lookup = self.add_workflow("Resource Lookup", NORTHWIND, _ACTING, days=20)
        self.add_workflow("Weekly Cleanup (paused)", NORTHWIND, _ACTING, days=15, is_active=False)
        greeting = self.add_workflow("Ticket Greeting", SOUTHBAY, southbay, days=25)
        self.add_workflow("Heartbeat", SOUTHBAY, southbay, days=1, schedule="0 */6 * * *")

        new_site = {"user_id": "usr_123", "site_id": "site_456"}
        self.add_run(onboarding, Start("manual", new_site), timedelta(days=2), run_id=f"fl_run_{_EXAMPLE}")
        self.add_run(onboarding, Start("manual", {"site_id": "site_457"}), timedelta(hours=20))
        self.add_run(notify, Start("manual", {"severity": "test"}), timedelta(days=1, hours=3))
        for event, ago in (("user.created", timedelta(minutes=10)), ("user.invited", timedelta(hours=1))):
            payload = {"event_type": event, "data": {"id": "user_abc123", "email": "new.user@example.com"}}
            self.add_run(intake, Start("webhook", {"webhook_payload": payload}), ago)
        self.add_run(lookup, Start("sync", {"payload": {"resource_id": "res_abc123"}}), timedelta(hours=5))
        self.add_run(greeting, Start("webhook", {"webhook_payload": {"subject": "Printer"}}), timedelta(days=4))
        for workflow in list(self.store[Workflow].values()):
            catch_up(self.store, self.clock, workflow)

    def add_authorization(self, authorization_id: str, organization: str, user_id: str, *, days: int) -> str:
        """Store an authorization and return its id."""
        created_at = (self.clock.now - timedelta(days=days)).replace(microsecond=0)
        authorization = Authorization(authorization_id, organization, user_id, created_at)
        self.store[Authorization][authorization_id] = authorization
        return authorization_id

    def add_secret(
        self, organization: str, name: str, vault_id: str | None = None, *, days: int, valid: int | None = None
    ) -> None:
        """Store a vault item that expires `valid` days after its creation."""
        created_at = self.clock.now - timedelta(days=days)
        expires_at = None if valid is None else created_at + timedelta(days=valid)
        item_id = vault_id or self.new_id("vlt_", 26, LOWER)
        value = self.new_id("wfk_" if name.startswith("api-key:") else "sec_", 40, LOWER)
        self.store[VaultItem][item_id] = VaultItem(item_id, organization, name, created_at, expires_at, value)

    def add_workflow(  # noqa: PLR0913 (each example differs in these)
        self,
        name: str,
        organization: str,
        authorization_id: str,
        *,
        days: int,
        workflow_id: str | None = None,
        schedule: str | None = None,
        calls: str | None = None,
        is_active: bool = True,
    ) -> Workflow:
        """Store one of the example definitions."""
        description, graph, edges = GRAPHS[name]
        nodes = tuple(_place(node, index, calls) for index, node in enumerate(graph))
        created_at = self.clock.now - timedelta(days=days)
        kind = "cron" if schedule else "manual"
        workflow = Workflow(
            id=workflow_id or self.new_id("fl_", 26, LOWER),
            organization=organization,
            name=name,
            description=description,
            authorization_id=authorization_id,
            nodes=nodes,
            edges=edges,
            trigger=find_trigger(nodes),
            calls=find_calls(nodes),
            schedule_type=kind,
            schedule_value=schedule,
            is_active=is_active,
            created_at=created_at,
            updated_at=created_at,
            schedule_anchor=created_at,
            next_run_at=Schedule(kind, schedule, created_at).next_after(created_at) if is_active else None,
        )
        if workflow.trigger == "webhook_trigger":
            workflow = replace(workflow, webhook_token=self.new_id("whsec_", 32, LOWER))
            self.store[Hook][workflow.webhook_token or ""] = Hook(workflow.id)
        self.store[Workflow][workflow.id] = workflow
        return workflow

    def add_run(self, workflow: Workflow, start: Start, ago: timedelta, *, run_id: str | None = None) -> None:
        """Start a run in the past."""
        at: datetime = self.clock.now - ago
        start_run(self.store, workflow, start, at=at, run_id=run_id or self.new_id("fl_run_", 26, LOWER))


def _place(node: dict[str, Any], index: int, calls: str | None) -> dict[str, Any]:
    """Return an example node with its position on the canvas and the workflow that it calls."""
    data = dict(node["data"])
    if data["componentId"] == "trigger_workflow":
        data["workflow_id"] = calls
    return {**node, "position": {"x": 100 + 250 * index, "y": 100}, "data": data}

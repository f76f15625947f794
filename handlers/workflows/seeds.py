"""A world's first things: two organizations with workflows, past runs, secrets and authorizations.

The identifiers that the published reference shows in its examples exist in the first
organization, so that what one copies from there works.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from handlers.people import NORTHWIND, SOUTHBAY
from handlers.workflows.definitions import calls_of, trigger_of
from handlers.workflows.examples import GRAPHS
from handlers.workflows.launches import Start, catch_up, launch
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
    _Seeding(store, clock, new_id).everything()


class _Seeding:
    """The making of one world's first things, each at its moment before now."""

    def __init__(self, store: Store, clock: Clock, new_id: NewId) -> None:
        self.store = store
        self.clock = clock
        self.new_id = new_id

    def everything(self) -> None:
        """Make all of it; what others refer to comes first."""
        self.authorize("auth_01H...", NORTHWIND, _ADA, days=90)
        self.authorize(_ACTING, NORTHWIND, _ADA, days=60)
        theirs = self.authorize(self.new_id("auth_", 25, LOWER), SOUTHBAY, _DELE, days=45)
        self.secret(NORTHWIND, "External Service API Key", f"vlt_{_EXAMPLE}", days=62, valid=365)
        self.secret(NORTHWIND, "PAGER_TOKEN", days=40)
        self.secret(NORTHWIND, "LEGACY_FTP_PASSWORD", days=400, valid=365)
        self.secret(NORTHWIND, "api-key:partner-portal", days=12)
        self.secret(SOUTHBAY, "PAGER_TOKEN", days=30)

        onboarding = self.workflow("Customer Onboarding", NORTHWIND, _ACTING, days=62, workflow_id=f"fl_{_EXAMPLE}")
        notify = self.workflow("Notify the On-call Engineer", NORTHWIND, _ACTING, days=50)
        self.workflow("Nightly Site Health Check", NORTHWIND, _ACTING, days=3, schedule="0 4 * * *", calls=notify.id)
        intake = self.workflow("New User Intake", NORTHWIND, _ACTING, days=30)
        lookup = self.workflow("Resource Lookup", NORTHWIND, _ACTING, days=20)
        self.workflow("Weekly Cleanup (paused)", NORTHWIND, _ACTING, days=15, is_active=False)
        greeting = self.workflow("Ticket Greeting", SOUTHBAY, theirs, days=25)
        self.workflow("Heartbeat", SOUTHBAY, theirs, days=1, schedule="0 */6 * * *")

        new_site = {"user_id": "usr_123", "site_id": "site_456"}
        self.run(onboarding, Start("manual", new_site), timedelta(days=2), run_id=f"fl_run_{_EXAMPLE}")
        self.run(onboarding, Start("manual", {"site_id": "site_457"}), timedelta(hours=20))
        self.run(notify, Start("manual", {"severity": "test"}), timedelta(days=1, hours=3))
        for event, ago in (("user.created", timedelta(minutes=10)), ("user.invited", timedelta(hours=1))):
            payload = {"event_type": event, "data": {"id": "user_abc123", "email": "new.user@example.com"}}
            self.run(intake, Start("webhook", {"webhook_payload": payload}), ago)
        self.run(lookup, Start("sync", {"payload": {"resource_id": "res_abc123"}}), timedelta(hours=5))
        self.run(greeting, Start("webhook", {"webhook_payload": {"subject": "Printer"}}), timedelta(days=4))
        for workflow in list(self.store[Workflow].values()):
            catch_up(self.store, self.clock, workflow)

    def authorize(self, authorization_id: str, organization: str, user_id: str, *, days: int) -> str:
        """Store an authorization and return its id."""
        created_at = (self.clock.now - timedelta(days=days)).replace(microsecond=0)
        authorization = Authorization(authorization_id, organization, user_id, created_at)
        self.store[Authorization][authorization_id] = authorization
        return authorization_id

    def secret(
        self, organization: str, name: str, vault_id: str | None = None, *, days: int, valid: int | None = None
    ) -> None:
        """Store a vault item, valid for so many days from its creation."""
        created_at = self.clock.now - timedelta(days=days)
        expires_at = None if valid is None else created_at + timedelta(days=valid)
        item_id = vault_id or self.new_id("vlt_", 26, LOWER)
        value = self.new_id("wfk_" if name.startswith("api-key:") else "sec_", 40, LOWER)
        self.store[VaultItem][item_id] = VaultItem(item_id, organization, name, created_at, expires_at, value)

    def workflow(  # noqa: PLR0913 (each differs in these)
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
        nodes = tuple(_placed(node, place, calls) for place, node in enumerate(graph))
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
            trigger=trigger_of(nodes),
            calls=calls_of(nodes),
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

    def run(self, workflow: Workflow, start: Start, ago: timedelta, *, run_id: str | None = None) -> None:
        """Start a run in the past."""
        at: datetime = self.clock.now - ago
        launch(self.store, workflow, start, at=at, run_id=run_id or self.new_id("fl_run_", 26, LOWER))


def _placed(node: dict[str, Any], place: int, calls: str | None) -> dict[str, Any]:
    """Return an example node at its place on the canvas, with the workflow that it calls."""
    data = dict(node["data"])
    if data["componentId"] == "trigger_workflow":
        data["workflow_id"] = calls
    return {**node, "position": {"x": 100 + 250 * place, "y": 100}, "data": data}

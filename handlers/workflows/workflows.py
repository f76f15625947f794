"""Operations on workflows: list, create, validate, read, update, delete."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from handlers.workflows.definitions import Definition, find_calls, find_problems, find_trigger, reject_invalid
from handlers.workflows.execution import catch_up, catch_up_all, check_authorization
from handlers.workflows.limits import clip
from handlers.workflows.records import LOWER, History, Hook, Run, Workflow
from handlers.workflows.schedules import Schedule
from locum import Conflict, NotFound, requires, timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum import Caller, Clock, NewId, Store

__all__ = [
    "SERVER",
    "create_workflow",
    "delete_workflow",
    "find_workflow",
    "get_workflow",
    "list_workflows",
    "update_workflow",
    "validate_workflow_definition",
]

SERVER = "https://v1.api.altostrat.io"


def find_workflow(store: Store, caller: Caller, workflow_id: str) -> Workflow:
    """Return a workflow of the caller's organization."""
    workflow = store[Workflow].get(workflow_id)
    if workflow is None or workflow.organization != caller.organization:
        raise NotFound("No such workflow exists.")
    return workflow


@requires("workflows:read")
def list_workflows(store: Store, caller: Caller, clock: Clock) -> list[dict[str, Any]]:
    """List the organization's workflows without their graphs, in the order of their creation."""
    return [_render(workflow) for workflow in catch_up_all(store, clock, caller.organization)]


@requires("workflows:write")
def create_workflow(store: Store, caller: Caller, clock: Clock, new_id: NewId, body: dict[str, Any]) -> dict[str, Any]:
    """Create a workflow; reject an invalid definition or an unusable authorization."""
    _reject_unusable_authorization(store, caller, body["authorization_id"])
    reject_invalid(_definition(store, caller, body))
    workflow = Workflow(
        id=new_id("fl_", 26, LOWER),
        organization=caller.organization,
        name=body["name"],
        description=body.get("description"),
        authorization_id=body["authorization_id"],
        nodes=tuple(body["nodes"]),
        edges=tuple(body["edges"]),
        trigger=find_trigger(body["nodes"]),
        calls=find_calls(body["nodes"]),
        schedule_type=body.get("schedule_type") or "manual",
        schedule_value=body.get("schedule_value"),
        is_active=body.get("is_active", True),
        created_at=clock.now,
        updated_at=clock.now,
        schedule_anchor=clock.now,
    )
    return _render_full(_save(store, clock, new_id, workflow))


@requires("workflows:read")
def validate_workflow_definition(store: Store, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    """Return the violations of a definition; nothing is stored."""
    errors = find_problems(_definition(store, caller, body))
    return {"valid": not errors, "errors": errors}


@requires("workflows:read")
def get_workflow(store: Store, caller: Caller, clock: Clock, workflow_id: str) -> dict[str, Any]:
    """Return one workflow with its graph."""
    return _render_full(catch_up(store, clock, find_workflow(store, caller, workflow_id)))


@requires("workflows:write")
def update_workflow(  # noqa: PLR0913, PLR0917 (injected by name)
    store: Store, caller: Caller, clock: Clock, new_id: NewId, workflow_id: str, body: dict[str, Any]
) -> dict[str, Any]:
    """Change the given fields."""
    catch_up_all(store, clock, caller.organization)
    workflow = find_workflow(store, caller, workflow_id)
    names = ("name", "description", "authorization_id", "schedule_type", "schedule_value", "is_active")
    changes = {name: body[name] for name in names if name in body}
    changes |= {name: tuple(body[name]) for name in ("nodes", "edges") if name in body}
    if "nodes" in body:
        changes |= {"trigger": find_trigger(body["nodes"]), "calls": find_calls(body["nodes"])}
    changed = replace(workflow, **changes, updated_at=clock.now)
    if "authorization_id" in body:
        _reject_unusable_authorization(store, caller, changed.authorization_id)
    if changes.keys() & {"nodes", "edges", "schedule_type", "schedule_value"}:
        whole = {name: getattr(changed, name) for name in ("nodes", "edges", "schedule_type", "schedule_value")}
        reject_invalid(_definition(store, caller, whole, workflow.id))
    if _timing(changed) != _timing(workflow):
        changed = replace(changed, schedule_anchor=clock.now)
    return _render_full(_save(store, clock, new_id, changed))


@requires("workflows:write")
def delete_workflow(store: Store, caller: Caller, clock: Clock, workflow_id: str) -> None:
    """Delete a workflow with its runs and logs; reject if another workflow calls it."""
    catch_up_all(store, clock, caller.organization)
    workflow = find_workflow(store, caller, workflow_id)
    callers = [
        f"'{clip(other.name)}' ({other.id})"
        for other in store[Workflow].values()
        if other.organization == caller.organization and workflow_id in other.calls
    ]
    if callers:
        more = f" and {len(callers) - 5} more" if len(callers) > 5 else ""  # noqa: PLR2004 (enough to read)
        message = f"This workflow is still called by {', '.join(callers[:5])}{more}."
        raise Conflict(message, code="workflow_in_use")
    for run_id in store[History].pop(workflow_id, History()).run_ids:
        del store[Run][run_id]
    if workflow.webhook_token is not None:
        store[Hook].pop(workflow.webhook_token, None)
    del store[Workflow][workflow_id]


def _definition(store: Store, caller: Caller, body: Mapping[str, Any], own_id: str | None = None) -> Definition:
    """Return a definition that can find the other workflows of the organization."""

    def find_calls_of_other(workflow_id: str) -> tuple[str, ...] | None:
        other = store[Workflow].get(workflow_id)
        return other.calls if other is not None and other.organization == caller.organization else None

    kind, value = body.get("schedule_type") or "manual", body.get("schedule_value")
    return Definition(body["nodes"], body["edges"], kind, value, find_calls_of_other, own_id)


def _reject_unusable_authorization(store: Store, caller: Caller, authorization_id: str) -> None:
    """Raise `Conflict` if the organization's workflows cannot use an authorization."""
    if check_authorization(store, caller.organization, authorization_id):
        message = f"The authorization '{clip(authorization_id)}' cannot be used: it is not one of your organization's."
        raise Conflict(message, code="authorization_unusable")


def _timing(workflow: Workflow) -> tuple[str, str | None, bool]:
    """Return the fields that determine the times of a schedule."""
    return workflow.schedule_type, workflow.schedule_value, workflow.is_active


def _save(store: Store, clock: Clock, new_id: NewId, workflow: Workflow) -> Workflow:
    """Store a workflow with its webhook token and the time of its next run."""
    if workflow.webhook_token is None and workflow.trigger == "webhook_trigger":
        workflow = replace(workflow, webhook_token=new_id("whsec_", 32, LOWER))
        store[Hook][workflow.webhook_token or ""] = Hook(workflow.id)
    schedule = Schedule(workflow.schedule_type, workflow.schedule_value, workflow.schedule_anchor)
    workflow = replace(workflow, next_run_at=schedule.next_after(clock.now) if workflow.is_active else None)
    store[Workflow][workflow.id] = workflow
    return workflow


def _render_full(workflow: Workflow) -> dict[str, Any]:
    """Return a Workflow of the contract with its graph."""
    return {**_render(workflow), "nodes": list(workflow.nodes), "edges": list(workflow.edges)}


def _render(workflow: Workflow) -> dict[str, Any]:
    """Return a Workflow of the contract without its graph; with its webhook URL only while the trigger is a webhook."""
    token = workflow.webhook_token if workflow.trigger == "webhook_trigger" else None
    due = workflow.next_run_at
    return {
        "id": workflow.id,
        "name": workflow.name,
        "description": workflow.description,
        "schedule_type": workflow.schedule_type,
        "schedule_value": workflow.schedule_value,
        "next_run_at": None if due is None else timestamp(due, "microseconds"),
        "is_active": workflow.is_active,
        "webhook_url": None if token is None else f"{SERVER}/workflows/webhooks/{token}",
        "created_at": timestamp(workflow.created_at, "microseconds"),
        "updated_at": timestamp(workflow.updated_at, "microseconds"),
    }

"""Operations on runs: start manually or by webhook, list, read, rerun, resume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.workflows.execution import Start, catch_up, reject_inactive, reject_oversized, start_run
from handlers.workflows.graph import Graph
from handlers.workflows.limits import clip
from handlers.workflows.records import LOWER, History, Hook, Run, Workflow
from handlers.workflows.views import finished_steps, get_status, render_run
from handlers.workflows.workflows import SERVER, find_workflow
from locum import Conflict, NotFound, requires

if TYPE_CHECKING:
    from datetime import datetime

    from handlers.workflows.records import Step
    from locum import Caller, Clock, NewId, Store

__all__ = [
    "execute_workflow",
    "find_runs",
    "get_workflow_run",
    "list_workflow_runs",
    "rerun_workflow",
    "resume_workflow_run",
    "trigger_workflow_webhook",
]

_PAGE = 15


def find_runs(store: Store, workflow_id: str, now: datetime) -> list[Run]:
    """Return the runs of a workflow that have started, newest first."""
    history = store[History].get(workflow_id, History())
    runs = [run for run_id in reversed(history.run_ids) if (run := store[Run][run_id]).started_at <= now]
    return sorted(runs, key=lambda run: run.started_at, reverse=True)


@requires("workflows:execute")
def execute_workflow(  # noqa: PLR0913, PLR0917 (injected by name)
    store: Store, caller: Caller, clock: Clock, new_id: NewId, workflow_id: str, body: dict[str, Any] | None
) -> dict[str, Any]:
    """Start a workflow; the run continues in the background."""
    workflow = find_workflow(store, caller, workflow_id)
    reject_inactive(workflow)
    context = (body or {}).get("context") or {}
    reject_oversized(context)
    return render_run(_start_now(store, clock, new_id, workflow, Start("manual", context)), clock.now)


def trigger_workflow_webhook(
    store: Store, clock: Clock, new_id: NewId, webhook_token: str, body: dict[str, Any] | None
) -> None:
    """Start the workflow of a webhook URL, while its trigger is a webhook."""
    hook = store[Hook].get(webhook_token)
    workflow = store[Workflow].get(hook.workflow_id) if hook is not None else None
    if workflow is None or workflow.trigger != "webhook_trigger":
        raise NotFound("No workflow listens at this address.", code="webhook_not_found")
    reject_inactive(workflow)
    reject_oversized(body or {})
    _start_now(store, clock, new_id, workflow, Start("webhook", {"webhook_payload": body or {}}))


@requires("workflows:read")
def list_workflow_runs(
    store: Store, caller: Caller, clock: Clock, workflow_id: str, page: int | None
) -> dict[str, Any]:
    """List a workflow's runs, newest first, 15 per page."""
    catch_up(store, clock, find_workflow(store, caller, workflow_id))
    runs = find_runs(store, workflow_id, clock.now)
    page = max(1, page or 1)
    last = max(1, -(-len(runs) // _PAGE))
    shown = runs[(page - 1) * _PAGE : page * _PAGE]
    path = f"{SERVER}/workflows/{workflow_id}/executions"
    return {
        "data": [render_run(run, clock.now) for run in shown],
        "links": {
            "first": f"{path}?page=1",
            "last": f"{path}?page={last}",
            "prev": f"{path}?page={page - 1}" if page > 1 else None,
            "next": f"{path}?page={page + 1}" if page < last else None,
        },
        "meta": {
            "current_page": page,
            "from": (page - 1) * _PAGE + 1 if shown else None,
            "last_page": last,
            "path": path,
            "per_page": _PAGE,
            "to": (page - 1) * _PAGE + len(shown) if shown else None,
            "total": len(runs),
        },
    }


@requires("workflows:read")
def get_workflow_run(store: Store, caller: Caller, clock: Clock, run_id: str) -> dict[str, Any]:
    """Return one run with the log entries of its finished steps."""
    return render_run(_find(store, caller, clock, run_id), clock.now, logs=True)


@requires("workflows:execute")
def rerun_workflow(store: Store, caller: Caller, clock: Clock, new_id: NewId, run_id: str) -> dict[str, Any]:
    """Start a new run with the start data of a finished one, which stays as it is."""
    run = _find(store, caller, clock, run_id)
    workflow = store[Workflow][run.workflow_id]
    if get_status(run, clock.now) not in {"completed", "failed"}:
        raise Conflict("Only a completed or failed run can be run again.", code="run_not_finished")
    reject_inactive(workflow)
    new_run = _start_now(store, clock, new_id, workflow, Start(run.trigger_type, run.start))
    return {"message": "Workflow re-run initiated successfully.", "new_run": render_run(new_run, clock.now)}


@requires("workflows:execute")
def resume_workflow_run(  # noqa: PLR0913, PLR0917 (injected by name)
    store: Store, caller: Caller, clock: Clock, new_id: NewId, run_id: str, node_id: str
) -> dict[str, Any]:
    """Start a new run that continues after a node that succeeded in a failed run."""
    run = _find(store, caller, clock, run_id)
    workflow = store[Workflow][run.workflow_id]
    shown = clip(node_id)
    if node_id not in Graph(workflow.nodes, workflow.edges).nodes:
        raise NotFound("The workflow of this run has no such node.", code="node_not_found")
    if get_status(run, clock.now) != "failed":
        raise Conflict("Only a failed run can be resumed.", code="run_not_resumable")
    inherited = _until(list(finished_steps(run, clock.now)), node_id)
    if not inherited:
        raise Conflict(f"Node '{shown}' did not succeed in this run.", code="run_not_resumable")
    if inherited[-1].within is not None:
        message = f"Node '{shown}' ran inside of the iterator '{clip(inherited[-1].within)}'; resume from that one."
        raise Conflict(message, code="run_not_resumable")
    reject_inactive(workflow)
    new_run = _start_now(store, clock, new_id, workflow, Start(run.trigger_type, run.start, inherited))
    message = f"Workflow resumed successfully from node '{shown}'."
    return {"message": message, "new_run": render_run(new_run, clock.now)}


def _until(steps: list[Step], node_id: str) -> tuple[Step, ...]:
    """Return the steps up to the one in which a node succeeded; empty if it did not."""
    for index, step in enumerate(steps):
        if step.node_id == node_id and step.status == "success":
            return tuple(steps[: index + 1])
    return ()


def _find(store: Store, caller: Caller, clock: Clock, run_id: str) -> Run:
    """Return a run of the caller's organization that has started."""
    run = store[Run].get(run_id)
    if run is None or run.organization != caller.organization or run.started_at > clock.now:
        raise NotFound("No such run exists.")
    return run


def _start_now(store: Store, clock: Clock, new_id: NewId, workflow: Workflow, start: Start) -> Run:
    """Start a run now."""
    return start_run(store, workflow, start, at=clock.now, run_id=new_id("fl_run_", 26, LOWER))

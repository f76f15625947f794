"""A world of the Workflows API for tests, and the records of a new world."""

from __future__ import annotations

import inspect
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import orjson

# As a module: pytest would collect imported handlers whose names begin with `test_`.
from handlers import workflows
from handlers.people import CALLERS
from handlers.workflows.records import Authorization, Run, Step, VaultItem, Workflow
from locum import Caller, Clock, NewId, Store

ADA, BRAM, CHIARA, DELE = CALLERS
ACTING = "auth_01H..."
EXAMPLE = "01h3j4k5l6m7n8p9q0r1s2t3u4"


def node(node_id: str, component: str, **data: Any) -> dict[str, Any]:
    return {"id": node_id, "type": component, "data": {"componentId": component, **data}}


def edge(source: str, target: str, handle: str | None = None) -> dict[str, Any]:
    joined = {"id": f"{source}-{target}", "source": source, "target": target}
    return joined if handle is None else {**joined, "sourceHandle": handle}


def chain(*nodes: dict[str, Any]) -> dict[str, Any]:
    """Return nodes and the edges that connect them in a line."""
    edges = [edge(a["id"], b["id"]) for a, b in pairwise(nodes)]
    return {"nodes": list(nodes), "edges": edges}


def definition(*nodes: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a body for createWorkflow; by default a manual trigger and a webhook request."""
    graph = chain(*(nodes or (node("n1", "manual_trigger"), node("n2", "webhook", url="https://example.com/a"))))
    return {"name": "Some workflow", "authorization_id": ACTING, **graph, **fields}


class World:
    """A world whose handlers can be called as methods: `world.get_workflow(workflow_id=...)`."""

    def __init__(self, *, seeded: bool = False) -> None:
        self.store, self.clock, self.new_id = Store(), Clock(), NewId(0)
        if seeded:
            workflows.api.seed(self.store, self.clock, self.new_id)
        else:
            for person, authorization_id in ((ADA, ACTING), (DELE, "auth_dele")):
                authorization = Authorization(authorization_id, person.organization, person.subject, self.clock.now)
                self.store[Authorization][authorization_id] = authorization

    def __getattr__(self, operation: str) -> Any:
        return partial(self._call, getattr(workflows, operation))

    def _call(self, handler: Any, *, caller: Caller = ADA, **given: Any) -> Any:
        """Call a handler with the arguments that it declares, as the engine does, and advance the clock by a second."""
        self.clock.tick()
        offered = {
            "store": self.store,
            "caller": caller,
            "clock": self.clock,
            "new_id": self.new_id,
            "page_url": "https://mock.example/{}/{}".format,
            "body": None,
            "page": 1,
            **given,
        }
        return handler(**{name: offered[name] for name in inspect.signature(handler).parameters})

    def make(self, *nodes: dict[str, Any], caller: Caller = ADA, **fields: Any) -> str:
        """Create a workflow and return its id."""
        body = definition(
            *nodes, **{"authorization_id": ACTING if caller.organization == ADA.organization else "auth_dele", **fields}
        )
        return self.create_workflow(caller=caller, body=body)["id"]

    def run(self, *nodes: dict[str, Any], edges: list[dict[str, Any]] | None = None, **context: Any) -> dict[str, Any]:
        """Run nodes after a manual trigger to the end; return the run with its logs."""
        start = node("n1", "manual_trigger")
        fields = {} if edges is None else {"edges": edges}
        return self.finished(self.start(self.make(start, *nodes, **fields), **context))

    def start(self, workflow_id: str, **context: Any) -> str:
        """Execute a workflow and return the run's id."""
        return self.execute_workflow(workflow_id=workflow_id, body={"context": context})["id"]

    def finished(self, run_id: str, after: timedelta = timedelta(hours=1)) -> dict[str, Any]:
        """Return a run as it is an hour later."""
        self.clock.advance(after)
        return self.get_workflow_run(run_id=run_id)

    def secret(self, name: str, value: str = "s3cr3t-value", **fields: Any) -> str:
        """Store a vault item and return its id."""
        return self.create_vault_item(body={"name": name, "secret": value, **fields})["id"]


def output(run: dict[str, Any], node_id: str) -> dict[str, Any]:
    """Return the output of a node in a run."""
    return next(entry["output"] for entry in run["logs"] if entry["node_id"] == node_id)


def visited(run: dict[str, Any]) -> list[str]:
    """Return the nodes of a run in the order of its log."""
    return [entry["node_id"] for entry in run["logs"]]


def test_the_ids_of_the_reference_exist_in_a_new_world():
    world = World(seeded=True)

    assert world.get_workflow(workflow_id=f"fl_{EXAMPLE}")["name"] == "Customer Onboarding"
    assert world.get_workflow_run(run_id=f"fl_run_{EXAMPLE}")["status"] == "completed"
    assert world.get_vault_item(vault_id=f"vlt_{EXAMPLE}")["name"] == "External Service API Key"
    assert world.delete_workflow_authorization(auth_id="auth_2m3h5n7k9j8g7f6e5d4c3b2a1") is None


def test_the_documented_example_of_a_new_workflow_works():
    world = World(seeded=True)
    body = definition(authorization_id="auth_01H...", schedule_type="manual", is_active=True)

    assert world.create_workflow(body=body)["id"].startswith("fl_")


def test_a_new_world_shows_every_kind_of_run():
    world = World(seeded=True)
    statuses = {
        run["status"]
        for workflow in world.list_workflows()
        for run in world.list_workflow_runs(workflow_id=workflow["id"])["data"]
    }

    assert statuses == {"completed", "failed", "running", "awaiting_ui_interaction"}


def test_a_seeded_run_is_still_running_after_many_requests():
    world = World(seeded=True)
    world.clock.advance(timedelta(hours=5))
    runs = [
        run
        for workflow in world.list_workflows()
        for run in world.list_workflow_runs(workflow_id=workflow["id"])["data"]
    ]

    assert "running" in {run["status"] for run in runs}


def test_both_organizations_have_workflows_and_see_only_their_own():
    world = World(seeded=True)
    ours = {workflow["id"] for workflow in world.list_workflows()}
    theirs = {workflow["id"] for workflow in world.list_workflows(caller=DELE)}

    assert len(ours) >= 4
    assert theirs
    assert not ours & theirs


def test_a_new_world_has_an_expired_vault_item():
    world = World(seeded=True)
    expiries = [item["expires_at"] for item in world.list_vault_items() if item["expires_at"]]

    assert min(expiries) < "2026-01-01"


def test_every_seeded_definition_is_valid():
    world = World(seeded=True)
    for workflow in world.store[Workflow].values():
        caller = ADA if workflow.organization == ADA.organization else DELE
        whole = world.get_workflow(workflow_id=workflow.id, caller=caller)
        body = {**whole, "authorization_id": workflow.authorization_id}

        assert world.validate_workflow_definition(body=body, caller=caller) == {"valid": True, "errors": []}


def test_the_same_seed_gives_the_same_world():
    one, other = World(seeded=True), World(seeded=True)

    assert one.store[Run] == other.store[Run]
    assert one.store[Workflow] == other.store[Workflow]
    assert one.store[VaultItem] == other.store[VaultItem]


def test_every_id_has_its_form():
    world = World(seeded=True)
    ids = [
        *((workflow_id, "fl_", 26) for workflow_id in world.store[Workflow]),
        *((run_id, "fl_run_", 26) for run_id in world.store[Run]),
        *((item_id, "vlt_", 26) for item_id in world.store[VaultItem]),
        *((step.log_id, "fl_log_", 26) for run in world.store[Run].values() for step in run.steps),
        *((auth_id, "auth_", 25) for auth_id in world.store[Authorization] if auth_id != "auth_01H..."),
        *((w.webhook_token, "whsec_", 32) for w in world.store[Workflow].values() if w.webhook_token),
    ]
    for identifier, prefix, length in ids:
        suffix = identifier.removeprefix(prefix)

        assert identifier.startswith(prefix)
        assert len(suffix) == length
        assert suffix.isalnum()
        assert suffix == suffix.lower()


def test_no_record_shows_its_secret():
    world = World(seeded=True)
    token = next(w.webhook_token for w in world.store[Workflow].values() if w.webhook_token)
    shown = repr(list(world.store[VaultItem].values())) + repr(list(world.store[Workflow].values()))

    assert token not in shown
    assert "sec_" not in shown


def test_no_response_of_a_new_world_contains_a_secret():
    world = World(seeded=True)
    bodies = [world.list_vault_items(), world.list_workflows(), world.list_recent_workflow_logs()]
    bodies += [world.list_workflow_logs(workflow_id=workflow["id"]) for workflow in world.list_workflows()]
    text = orjson.dumps(bodies).decode()

    assert not [item.name for item in world.store[VaultItem].values() if item.secret in text]


def test_a_stored_run_is_immutable_data():
    world = World(seeded=True)

    assert all(isinstance(step, Step) for run in world.store[Run].values() for step in run.steps)

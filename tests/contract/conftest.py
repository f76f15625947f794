"""One fuzzing run per API and process, shared by several tests."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from handlers.credentials.records import Credential, _Shelf, mark_deleted
from locum.proxy.layer import create_proxy
from locum.settings import Settings
from tests.conftest import bearer, make_application, token
from tests.contract.control_setup import NOWHERE, control
from tests.contract.ring import Setup, run

CALLERS = {"getCredentialSecrets": "Bearer " + token(kind="service_account")}

_TRIGGER = {"id": "n1", "type": "manual_trigger", "data": {"componentId": "manual_trigger"}}
_FAILING = {
    "id": "n3",
    "type": "webhook",
    "data": {"componentId": "webhook", "method": "GET", "url": "https://a.fail.example"},
}
_TEXT = {"id": "n2", "type": "text_transform", "data": {"componentId": "text_transform", "template": "{{ n1.run_id }}"}}
_GRAPH = {
    "nodes": [_TRIGGER, _TEXT, _FAILING],
    "edges": [{"id": "e1", "source": "n1", "target": "n2"}, {"id": "e2", "source": "n2", "target": "n3"}],
}
BODIES = {
    "createApiKey": {"permissions": ["sites:read"]},
    "createWorkflow": {"authorization_id": "auth_01H...", "schedule_type": "manual", "is_active": True, **_GRAPH},
    "updateWorkflow": {"authorization_id": "auth_01H...", "schedule_type": "manual", "is_active": True, **_GRAPH},
}
"""Members that make bodies valid in the state of the API: permissions of the caller, existing records."""


def _stay_below_limits(application) -> None:
    """Delete the oldest credentials before the documented limits of a provider (50) or a user (100) cause a 400."""
    world = application.worlds.default
    for shelf in list(world.store[_Shelf].values()):
        for credential_id in shelf.ids[:-8]:
            mark_deleted(world.store, world.store[Credential][credential_id], at="", by="")


TIDY = {"createCredential": _stay_below_limits}


@pytest.fixture(scope="session")
def fuzzed():
    """Return a function that returns the application, the service and the report of an API's run."""
    reports = {}

    def fuzz(name):
        if name not in reports:
            application = mocking_proxy() if name == "control" else make_application(max_worlds=100_000)
            services = [*application.services, application.control.service]
            service = next(service for service in services if service.name == name)
            with TestClient(application, headers=bearer()) as client:
                setup = control(application) if name == "control" else None
                setup = setup or Setup(KNOWN[name](client), CALLERS, BODIES, TIDY)
            reports[name] = application, service, run(application, service, setup)
        return reports[name]

    return fuzz


def mocking_proxy():
    """Return the bundled APIs behind a proxy that mocks all operations: it has every operation of the control API."""
    services = make_application().services
    mocked = [f"{one.operation_id}=mock" for service in services for one in service.contract.operations.values()]
    return create_proxy(
        Settings(
            cache=False,
            allowed_host=("testserver",),
            max_worlds=100_000,
            upstream=NOWHERE,
            source=tuple(mocked),
        )
    )


def _api_keys(client) -> dict:
    key_id = client.get("/api/keys").json()[0]["id"]
    return {(operation, "id"): key_id for operation in ("getApiKey", "deleteApiKey", "rotateApiKey")}


def _credentials(client) -> dict:
    credential_id = next(
        found["id"] for found in client.get("/api/integrations/credentials").json() if found["provider"] == "postgresql"
    )
    operations = ("getCredential", "updateCredential", "deleteCredential", "getCredentialSecrets")
    known = {(operation, "credential_id"): credential_id for operation in operations}
    return known | {
        ("testPostgresConnectionByCredential", "credential_id"): credential_id,
        ("listCredentialsByProvider", "provider"): "SharePoint",
    }


def _workflows(client) -> dict:
    workflows = [client.get(f"/workflows/{found['id']}").json() for found in client.get("/workflows").json()]
    runs = {
        workflow["id"]: client.get(f"/workflows/{workflow['id']}/executions").json()["data"] for workflow in workflows
    }
    ended = {run["status"]: run["id"] for found in runs.values() for run in found}
    failed = client.get(f"/workflows/runs/{ended['failed']}").json()
    succeeded = next(log["node_id"] for log in failed["logs"] if log["status"] == "success")
    vault_id = client.get("/workflows/vault").json()[0]["id"]
    active = next(found["id"] for found in workflows if found["is_active"] and found["schedule_type"] == "manual")
    synchronous = _with_trigger(workflows, "sync_request_trigger")
    known = {(operation, "workflowId"): active for operation in WITH_WORKFLOW}
    known |= {(operation, "vaultId"): vault_id for operation in ("getVaultItem", "updateVaultItem", "deleteVaultItem")}
    return known | {
        ("executeSynchronousWorkflow", "workflowId"): synchronous["id"],
        ("deleteWorkflow", "workflowId"): synchronous["id"],
        ("triggerWorkflowWebhook", "webhookToken"): _with_trigger(workflows, "webhook_trigger")["webhook_url"].split(
            "/"
        )[-1],
        ("getWorkflowRun", "runId"): ended["completed"],
        ("rerunWorkflow", "runId"): ended["completed"],
        ("resumeWorkflowRun", "runId"): ended["failed"],
        ("resumeWorkflowRun", "nodeId"): succeeded,
        ("deleteWorkflowAuthorization", "authId"): client.get("/workflows/authorization").json()[0]["id"],
    }


WITH_WORKFLOW = (
    "getWorkflow",
    "updateWorkflow",
    "executeWorkflow",
    "listWorkflowRuns",
    "listWorkflowLogs",
    "getWorkflowLogStats",
)


def _with_trigger(workflows, component) -> dict:
    return next(found for found in workflows if component in {node["data"]["componentId"] for node in found["nodes"]})


KNOWN = {"api-keys": _api_keys, "credentials": _credentials, "workflows": _workflows}

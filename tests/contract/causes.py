"""A real cause for every declared answer of every operation.

What all operations have in common is derived from the contract: no credentials, no permission, an
unknown id, an id that is none, a body that is none. What only one operation has stands in a table.
Only the 500s are asked for (`Prefer: code=500`): there is no defect to cause them.
"""

from __future__ import annotations

from tests.conftest import bearer

UNKNOWN = {"credential_id": "00000000-0000-4000-8000-000000000000", "id": "api_key_" + 27 * "0"}
"""Ids of the right form that nothing has."""

NODES = [{"id": "n1", "type": "manual_trigger", "data": {"componentId": "manual_trigger"}}]


class Cause:
    """Sends the request that an operation answers with one status."""

    def __init__(self, client, service, operation, known) -> None:
        self.client = client
        self.service = service
        self.operation = operation
        self.known = known

    def send(self, *, path=None, json=None, content=None, headers=None, params=None):
        """Send the documented request, with what is given in the place of its parts."""
        operation = self.operation
        url = self.service.base_path + operation.path
        for parameter in operation.by_location["path"]:
            value = (path or {}).get(parameter.name, self.known.get((operation.operation_id, parameter.name)))
            url = url.replace("{" + parameter.name + "}", value or parameter.schema.raw.get("example", "x"))
        if json is None and content is None and operation.body is not None:
            json = next(iter(operation.body.media_types.values())).example or {}
        if content is not None:
            headers = {**(headers or {}), "Content-Type": "application/json"}
        return self.client.request(operation.method, url, json=json, content=content, headers=headers, params=params)

    def everywhere(self, status):
        """Send what gives this status wherever it is declared, if there is such a thing."""
        operation = self.operation
        if status == 401:
            return self.send(headers={"Authorization": ""})
        if status == 403:
            return self.send(headers=bearer(permissions=frozenset()))
        if status == 500:
            return self.send(headers={"Prefer": "code=500"})
        paths = [parameter.name for parameter in operation.by_location["path"]]
        if status == 404 and paths:
            return self.send(path={name: UNKNOWN.get(name, "unknown") for name in paths})
        if status == 422 and paths:
            return self.send(path=dict.fromkeys(paths, "%FF"))
        if status == 400 and paths and operation.body is None:
            return self.send(path=dict.fromkeys(paths, "none-at-all"))
        if status == 400 and operation.body is not None:
            return self.send(content=b"{")
        if status == 422:
            return self.send(json={})
        return self.send() if status < 300 else None

    def produce(self, status):
        """Send what gives this status."""
        own = OWN.get((self.operation.operation_id, status))
        return own(self) if own else self.everywhere(status)


def _secrets(cause):
    return cause.send(headers=bearer(kind="service_account"))


def _in_use(cause):
    """Delete a workflow that another one calls."""
    workflow = {
        "name": "Caller",
        "authorization_id": "auth_01H...",
        "edges": [{"id": "e", "source": "n1", "target": "n2"}],
    }
    called = cause.known["getWorkflow", "workflowId"]
    call = {"id": "n2", "type": "trigger_workflow", "data": {"componentId": "trigger_workflow", "workflow_id": called}}
    made = cause.client.post("/workflows", json={**workflow, "nodes": [*NODES, call]})
    assert made.status_code == 201, made.text
    return cause.send(path={"workflowId": called})


def _inactive(cause):
    for name in ("workflowId", "webhookToken"):
        if (cause.operation.operation_id, name) in cause.known:
            for workflow in cause.client.get("/workflows").json():
                cause.client.put(f"/workflows/{workflow['id']}", json={"is_active": False})
    return cause.send()


def _taken(cause):
    names = [item["name"] for item in cause.client.get("/workflows/vault").json()]
    return cause.send(json={"name": names[1], "secret": "x"})


def _unfinished(cause):
    run = cause.client.post(f"/workflows/{cause.known['executeWorkflow', 'workflowId']}/execute").json()
    return cause.send(path={"runId": run["id"]})


def _failing_node(cause):
    data = {"componentId": "webhook", "method": "GET", "url": "https://api.fail.example/"}
    return cause.send(json={"node": {"id": "n1", "type": "webhook", "data": data}})


OWN = {
    ("createApiKey", 403): lambda cause: cause.send(json={"name": "abc", "permissions": ["not:held"]}),
    ("createCredential", 403): lambda cause: cause.send(headers=bearer(kind="service_account")),
    ("getCredentialSecrets", 200): _secrets,
    ("getCredentialSecrets", 403): lambda cause: cause.send(),
    ("getCredentialSecrets", 404): lambda cause: cause.send(
        path={"credential_id": UNKNOWN["credential_id"]}, headers=bearer(kind="service_account")
    ),
    ("updateCredential", 422): lambda cause: cause.send(json={}),
    ("createWorkflow", 409): lambda cause: cause.send(
        json={"name": "Two", "authorization_id": "auth_01H...", "nodes": [*NODES, *NODES], "edges": []}
    ),
    ("updateWorkflow", 409): lambda cause: cause.send(json={"nodes": [*NODES, *NODES], "edges": []}),
    ("deleteWorkflow", 409): _in_use,
    ("executeSynchronousWorkflow", 409): lambda cause: cause.send(
        path={"workflowId": cause.known["getWorkflow", "workflowId"]}
    ),
    ("executeWorkflow", 409): _inactive,
    ("triggerWorkflowWebhook", 409): _inactive,
    ("listWorkflowRuns", 400): lambda cause: cause.send(params={"page": 0}),
    ("rerunWorkflow", 409): _unfinished,
    ("resumeWorkflowRun", 409): lambda cause: cause.send(path={"runId": cause.known["getWorkflowRun", "runId"]}),
    ("createVaultItem", 409): _taken,
    ("updateVaultItem", 409): _taken,
    ("testNode", 409): _failing_node,
}

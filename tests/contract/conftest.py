"""One fuzzing run per API and process, which several tests then judge."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.conftest import bearer, make_application, token
from tests.contract.ring import run

ACCOUNT = "Bearer " + token(kind="service_account")


@pytest.fixture(scope="session")
def fuzzed():
    """Return a function that gives the application, the service and the report of an API's run."""
    reports = {}

    def fuzz(name):
        if name not in reports:
            application = make_application(max_worlds=100_000)
            service = next(service for service in application.services if service.name == name)
            with TestClient(application, headers=bearer()) as client:
                known = KNOWN[name](client)
            callers = {"getCredentialSecrets": ACCOUNT} if name == "credentials" else {}
            reports[name] = application, service, run(application, service, known, callers=callers)
        return reports[name]

    return fuzz


def _api_keys(client) -> dict:
    key_id = client.get("/api/keys").json()[0]["id"]
    return {(operation, "id"): key_id for operation in ("getApiKey", "deleteApiKey", "rotateApiKey")}


def _credentials(client) -> dict:
    credential_id = next(
        found["id"] for found in client.get("/api/integrations/credentials").json() if found["provider"] == "postgresql"
    )
    operations = ("getCredential", "updateCredential", "deleteCredential", "getCredentialSecrets")
    return {
        (operation, "credential_id"): credential_id
        for operation in (*operations, "testPostgresConnectionByCredential")
    }


KNOWN = {"api-keys": _api_keys, "credentials": _credentials}

"""The three bundled APIs together, through the real application."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from handlers.credentials.accounts import DEVELOPMENT_KEY
from locum.options import AuthMode
from tests.conftest import CHIARA, DELE, bearer, make_application

KEY = {"name": "Reports", "permissions": ["workflows:read"]}


@pytest.fixture
def created_key(client):
    return client.post("/api/keys", json=KEY).json()["data"]


def with_secret(secret):
    return {"Authorization": "Bearer " + secret}


def test_a_key_authenticates_until_it_is_rotated_or_deleted(client, created_key):
    former = with_secret(created_key["secret"])
    opened = client.get("/workflows", headers=former)
    rotated = client.post(f"/api/keys/{created_key['key']['id']}/rotate").json()["data"]
    closed = client.get("/workflows", headers=former)
    reopened = client.get("/workflows", headers=with_secret(rotated["secret"]))
    client.delete(f"/api/keys/{created_key['key']['id']}")
    gone = client.get("/workflows", headers=with_secret(rotated["secret"]))

    assert [response.status_code for response in (opened, closed, reopened, gone)] == [200, 401, 200, 401]
    assert opened.json() == reopened.json() != []


def test_a_key_has_only_its_own_permissions(client, created_key):
    response = client.post(
        "/workflows/vault", json={"name": "A", "secret": "b"}, headers=with_secret(created_key["secret"])
    )

    assert response.status_code == 403
    assert "vault:write" in response.json()["message"]


def test_a_key_is_not_accepted_by_the_other_apis(client, created_key):
    secret = with_secret(created_key["secret"])

    assert client.get("/api/keys", headers=secret).status_code == 401
    assert client.get("/api/integrations/credentials", headers=secret).status_code == 401


def test_using_a_key_sets_last_used_at(client, created_key):
    client.get("/workflows", headers=with_secret(created_key["secret"]))

    assert client.get(f"/api/keys/{created_key['key']['id']}").json()["last_used_at"] is not None


def test_only_a_service_account_can_read_secrets(client):
    credential = next(c for c in client.get("/api/integrations/credentials").json() if c["provider"] == "postgresql")
    path = f"/api/integrations/credentials/{credential['id']}/credentials"
    client.headers.pop("Authorization")

    assert client.get(path, headers=bearer()).status_code == 403
    assert "password" in client.get(path, headers={"X-API-Key": DEVELOPMENT_KEY}).json()


def test_an_unknown_service_key_is_rejected_in_the_apis_error_format(client):
    client.headers.pop("Authorization")
    response = client.get("/api/integrations/credentials", headers={"X-API-Key": "saf_unknown"})

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "unauthorized"
    assert response.json()["request_id"] == response.headers["X-Request-ID"]
    assert response.headers["WWW-Authenticate"].startswith('Bearer realm="locum", error="invalid_token"')


@pytest.mark.parametrize(
    "path",
    ["/api/keys", "/api/integrations/credentials", "/api/integrations/catalog", "/workflows", "/workflows/vault"],
)
@pytest.mark.parametrize("header", [None, "Bearer", "Bearer x", "Basic eDp5", "Bearer " + "a" * 5000])
def test_missing_or_invalid_credentials_are_401_with_a_challenge(client, path, header):
    client.headers.pop("Authorization")
    response = client.get(path, headers={} if header is None else {"Authorization": header})

    assert response.status_code == 401
    assert 'error="' in response.headers["WWW-Authenticate"]
    assert response.headers["Content-Type"] == "application/json"


def test_a_token_expires_by_the_clock_of_its_world(application, client, world):
    headers = bearer(expires_at=application.worlds.named(world).clock.seconds + 60)
    before = client.get("/api/keys", headers=headers)
    application.worlds.named(world).clock.advance(timedelta(seconds=60))
    after = client.get("/api/keys", headers=headers)

    assert (before.status_code, after.status_code) == (200, 401)
    assert "expired" in after.json()["message"]


def test_organizations_do_not_see_each_others_records(client):
    workflow, key = client.get("/workflows").json()[0], client.get("/api/keys").json()[0]
    credential = client.get("/api/integrations/credentials").json()[0]
    theirs = bearer(DELE)

    assert client.get(f"/workflows/{workflow['id']}", headers=theirs).status_code == 404
    assert client.get(f"/api/keys/{key['id']}", headers=theirs).status_code == 404
    foreign = client.get(f"/api/integrations/credentials/{credential['id']}", headers=theirs)
    assert foreign.status_code == 403
    assert foreign.json()["error"]["message"] == "This resource belongs to a different organization"


def test_a_malformed_id_has_the_best_declared_status(client):
    assert client.get("/api/keys/none").status_code == 404
    assert client.get("/api/integrations/credentials/none").status_code == 400
    assert client.get("/api/integrations/credentials/%FF").status_code == 422


def test_a_missing_field_is_reported_in_each_apis_format(client):
    keys = client.post("/api/keys", json={"permissions": ["sites:read"]})
    workflows = client.post("/workflows/vault", json={})
    credentials = client.post(
        "/api/integrations/credentials", json={"name": "A", "provider": "google", "credentials": {}}
    )

    assert (keys.status_code, keys.json()["errors"]) == (400, {"name": ["The name field is required."]})
    assert workflows.status_code == 400
    assert workflows.json() == {
        "type": "invalid_request_error",
        "code": "parameter_missing",
        "message": "The 'name' parameter is required for this request.",
        "doc_url": "https://docs.altostrat.io/errors/parameter_missing",
    }
    assert credentials.status_code == 422
    assert credentials.json() == {
        "detail": [{"loc": ["body", "credential_type"], "msg": "Field required", "type": "missing"}]
    }


def test_concrete_paths_take_precedence_over_the_templated_one(client):
    run = client.get("/workflows").json()[0]["id"]

    assert isinstance(client.get("/workflows/vault").json(), list)
    assert client.get(f"/workflows/{run}").json()["id"] == run
    assert client.get("/workflows/runs/unknown").status_code == 404


def test_a_viewer_can_read_but_not_write(client):
    viewer = bearer(CHIARA)

    assert client.get("/workflows", headers=viewer).status_code == 200
    assert client.post("/api/keys", json=KEY, headers=viewer).status_code == 403


WALK = [
    ("POST", "/api/keys", KEY),
    ("POST", "/api/keys", {"name": "x"}),
    ("GET", "/api/keys", None),
    ("POST", "/workflows/vault", {"name": "api-key: portal"}),
    ("POST", "/api/integrations/credentials", {"name": "A", "provider": "sftp", "credential_type": "key_file", "credentials": {"host": "h"}}),
    ("GET", "/api/integrations/credentials/none", None),
    ("GET", "/workflows/logs/recent", None),
    ("GET", "/workflows", None),
]  # fmt: skip


def walk(application):
    with TestClient(application, headers=bearer(), raise_server_exceptions=False) as client:
        responses = [client.request(method, path, json=body) for method, path, body in WALK]
    return [(response.status_code, sorted(response.headers.items()), response.content) for response in responses]


def test_the_same_seed_and_requests_give_the_same_bytes():
    assert walk(make_application(seed=5)) == walk(make_application(seed=5))


def test_another_seed_gives_other_bytes():
    assert walk(make_application(seed=5)) != walk(make_application(seed=6))


def test_with_empty_there_are_no_seeded_records():
    with TestClient(make_application(empty=True), headers=bearer()) as client:
        assert [client.get(path).json() for path in ("/api/keys", "/workflows", "/api/integrations/credentials")] == [
            [],
            [],
            [],
        ]


def test_no_secret_is_in_an_error(client):
    body = {"name": 5, "secret": ["a very hidden thing"]}
    response = client.post("/workflows/vault", json=body)

    assert response.status_code == 400
    assert "hidden" not in response.text


def test_auth_any_accepts_every_token_and_auth_off_requires_none():
    with TestClient(make_application(auth=AuthMode.ANY)) as client:
        assert client.get("/api/keys", headers=with_secret("whatever")).status_code == 200
        assert client.get("/api/keys").status_code == 401
    with TestClient(make_application(auth=AuthMode.OFF)) as client:
        assert client.get("/api/keys").status_code == 200

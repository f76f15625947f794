"""Paths below /__locum/: documentation, and the pages of the APIs."""

from __future__ import annotations

import pytest
import yaml

from tests.conftest import ROOT
from tests.wire.generated import generated
from tests.wire.serving import document, responses


@pytest.mark.parametrize("path", ["/__locum", "/__locum/docs", "/~w/__locum"])
def test_a_page_without_a_trailing_slash_redirects_to_the_one_with_it(client, path):
    response = client.get(path, follow_redirects=False)

    assert (response.status_code, response.headers["Location"]) == (307, path + "/")


@pytest.mark.parametrize("name", ["api-keys", "credentials", "workflows"])
def test_every_api_has_a_documentation_page_and_its_document(client, name):
    index = client.get("/__locum/docs/").text
    page = client.get(f"/__locum/docs/{name}/")
    source = client.get(f"/__locum/docs/{name}/source.yaml")

    assert f'href="{name}/"' in index
    assert '<script src="../start.js">' in page.text
    assert "openapi.json" in client.get("/__locum/docs/start.js").text
    assert source.content == (ROOT / "specs" / f"{name}.yaml").read_bytes()


def test_swagger_ui_sends_its_requests_to_this_server(client):
    served = client.get("/__locum/docs/credentials/openapi.json").json()
    source = yaml.safe_load((ROOT / "specs" / "credentials.yaml").read_text())

    assert served["servers"] == [{"url": "/api", "description": "this mock"}]
    assert served["paths"].keys() == source["paths"].keys()


@pytest.mark.parametrize("name", ["swagger-ui.css", "swagger-ui-bundle.js"])
def test_the_assets_are_served_by_locum(client, name):
    assert len(client.get(f"/__locum/docs/{name}").content) > 100_000


def test_an_unknown_path_of_the_control_api_is_404(client):
    assert client.get("/__locum/docs/nothing/").status_code == 404
    assert client.get("/__locum/nothing").status_code == 404
    assert client.post("/__locum/docs/").status_code == 405
    assert client.get("/__locum/pages/default/workflows/nothing/x").status_code == 404
    assert client.get("/__locum/pages/a%20b/workflows/consent/x").status_code == 404


@pytest.fixture
def consent(client):
    """The path of a new consent page."""
    url = client.post("/workflows/authorization").json()["url"]
    return url.partition("testserver")[2]


def count(client):
    return len(client.get("/workflows/authorization").json())


def test_approving_creates_the_authorization_once(client, consent):
    before = count(client)
    shown = client.get(consent)
    approved = client.post(consent, data={"decision": "approve"})
    again = client.post(consent, data={"decision": "approve"})

    assert shown.status_code == 200
    assert "Ada Okafor" in shown.text
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert approved.status_code == 200
    assert again.status_code >= 400
    assert count(client) == before + 1


def test_denying_on_the_page_creates_none(client, consent):
    before = count(client)
    client.post(consent, data={"decision": "deny"})

    assert client.post(consent, data={"decision": "approve"}).status_code >= 400
    assert count(client) == before


def test_a_consent_page_belongs_to_the_world_that_requested_it(client, consent, world):
    assert f"/__locum/pages/{world}/" in consent
    assert client.get(consent.replace(world, "default")).status_code == 404


def test_swagger_ui_supports_openapi_31(client):
    assert b"isOAS31" in client.get("/__locum/docs/swagger-ui-bundle.js").content


def test_a_key_that_is_a_secret_is_not_shown(client, world):
    made = client.post("/api/keys", json={"name": "Reports", "permissions": ["workflows:read"]}).json()["data"]
    listed = client.get("/__locum/records/KeySecret").json()
    changes = client.get(f"/__locum/worlds/{world}/changes").text
    (key,) = [record["key"] for record in listed if record["value"]["key_id"] == made["key"]["id"]]

    assert key.startswith("[redacted]-")
    assert made["secret"] not in str(listed) + changes
    assert key in changes
    assert client.get(f"/__locum/records/KeySecret/{key}").json()["value"] == {"key_id": made["key"]["id"]}
    assert client.delete(f"/__locum/records/KeySecret/{key}").status_code == 204
    assert len(client.get("/__locum/records/KeySecret").json()) == len(listed) - 1
    assert client.put(f"/__locum/records/KeySecret/{key}", json={"value": {"key_id": "x"}}).status_code == 422


def test_types_and_changes_are_computed_for_what_is_looked_at(tmp_path):
    pets = {"type": "array", "items": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}}
    operations = {"get": {"responses": responses(schema=pets)}}
    with generated(tmp_path, document({"/cats": operations, "/dogs": operations})) as server:
        server("GET", "/cats")
        types = server("GET", "/__locum/records?generate=false").json
        dogs = "/__locum/records/document%20%2Fdogs"

        assert {one["name"]: one["records"] for one in types} == {"document /cats": 10, "document /dogs": None}
        assert len(server("GET", dogs).json) == 10
        server("PUT", f"{dogs}/99", {"value": {"id": 99}})
        server("PUT", "/__locum/records/document%20%2Fcats/98", {"value": {"id": 98}})
        changes = server("GET", "/__locum/worlds/default/changes?record_type=document%20%2Fdogs").json
        assert [(one["type"], one["key"]) for one in changes] == [("document /dogs", "99")]
        assert len(server("GET", "/__locum/worlds/default/changes").json) == 2
        contracts = server("GET", "/__locum/contracts?diagnostics=false").json
        assert [(one["name"], one["problems"]) for one in contracts] == [("document", [])]

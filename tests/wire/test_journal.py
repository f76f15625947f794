"""The journal over HTTP: the fields of an entry, and redaction."""

from __future__ import annotations

import json
import logging
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from handlers.credentials.accounts import DEVELOPMENT_KEY
from tests.conftest import ADA, CHIARA, bearer, make_application
from tests.wire.serving import body, document, parameter, responses

KEY = {"name": "Reports", "permissions": ["workflows:read"]}
NAMED = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string", "minLength": 2}, "pass_phrase": {"type": "string", "writeOnly": True}},
}
SECURITY = {
    "securitySchemes": {
        "Signed": {"type": "http", "scheme": "bearer"},
        "Keyed": {"type": "apiKey", "in": "header", "name": "X-Door"},
        "Request": {"type": "apiKey", "in": "query", "name": "door"},
    }
}
ITEM = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string", "readOnly": True}, **NAMED["properties"]},
}
DOCUMENTS = {
    "things": document(
        {
            "/notes": {"post": {"operationId": "mirror_note", "requestBody": body(NAMED), "responses": responses(400)}},
            "/notes/{value}": {
                "get": {
                    "operationId": "echo_note",
                    "parameters": [
                        parameter("path", {"type": "string"}),
                        parameter("query", {"type": "integer"}, name="limit"),
                    ],
                    "responses": responses(400, 404),
                }
            },
            "/doors": {
                "get": {
                    "operationId": "idle_doors",
                    "security": [{"Signed": []}, {"Keyed": []}, {"Request": []}],
                    "responses": responses(401),
                }
            },
            "/pets": {
                "post": {
                    "operationId": "addPet",
                    "requestBody": body(ITEM),
                    "responses": responses(schema=ITEM, status=201),
                }
            },
            "/pets/{id}": {
                "get": {
                    "operationId": "getPet",
                    "parameters": [parameter("path", {"type": "string"}, name="id")],
                    "responses": responses(404, schema=ITEM),
                }
            },
            "/typed": {"get": {"operationId": "idle_typed", "responses": responses(406)}},
            "/broken": {"get": {"operationId": "breaks", "responses": responses()}},
            "/torn": {"get": {"operationId": "tears", "responses": responses(schema={"type": "integer"})}},
        },
        components=SECURITY,
    )
}
HANDLERS = {
    "things": """
def breaks():
    raise RuntimeError("a bug")

def tears():
    return "no integer"
"""
}


@pytest.fixture
def entries(server, world):
    """Return a function that sends a request in a new world and returns its journal entry."""

    def send(method, target, sent=None, **headers):
        server(method, target, sent, world=world, **headers)
        return server.application.worlds.named(world).journal.entries[-1]

    return send


def test_an_entry_has_the_request_and_the_response(entries):
    entry = entries("GET", "/notes/first?limit=5&limit=6", Accept="application/json")

    assert (entry.number, entry.method, entry.path) == (1, "GET", "/notes/first?limit=5&limit=6")
    assert (entry.template, entry.operation, entry.api) == ("/notes/{value}", "echo_note", "things")
    assert entry.parameters == {"path": {"value": "first"}, "query": {"limit": ["5", "6"]}}
    assert entry.request.headers["accept"] == "application/json"
    assert entry.status == 400


def test_an_entry_has_the_bodies(entries):
    entry = entries("POST", "/notes", {"name": "Ada"})

    assert (entry.request.form, entry.request.body, entry.request.size) == ("json", {"name": "Ada"}, 15)
    assert (entry.response.body, entry.response.size) == ({"value": {"name": "Ada"}}, 24)
    assert entry.response.headers["content-type"] == "application/json"
    assert (entry.verdict, entry.violations) == ("", ())


def test_the_time_is_the_worlds(entries):
    assert [entries("GET", "/notes/a").plain()["at"] for _ in range(2)] == [
        "2026-01-01T09:00:01.000Z",
        "2026-01-01T09:00:02.000Z",
    ]


def test_violations_are_recorded_with_pointers(entries):
    entry = entries("POST", "/notes", {"name": "A"})

    assert (entry.branch, entry.verdict, entry.status) == ("rejected at body", "invalid", 400)
    assert entry.violations == (
        {
            "location": "body",
            "pointer": "/name",
            "keyword": "minLength",
            "message": "must have at least 2 characters",
        },
    )
    assert entry.request.body == {"name": "A"}


@pytest.mark.parametrize(
    ("request_line", "branch"),
    [
        (("GET", "/notes/a?limit=x"), "rejected at query"),
        (("GET", "/doors"), "rejected at authentication"),
        (("POST", "/notes", {"name": "Ada"}), "handler"),
        (("POST", "/pets", {"name": "Rex"}), "create /pets"),
        (("GET", "/pets/none"), "rejected at rule"),
        (("GET", "/broken"), "failed in handler"),
        (("GET", "/torn"), "failed in handler"),
        (("GET", "/nothing"), "unmatched"),
    ],
)
def test_the_branch_is_the_source_of_the_response(entries, request_line, branch):
    assert entries(*request_line).branch == branch


def test_the_branch_of_a_rejected_media_type_or_preference(entries):
    assert entries("POST", "/notes", b"x", Content_Type="text/plain").branch == "rejected at media type"
    assert entries("POST", "/notes", b"{", Content_Type="application/json").branch == "rejected at body"
    assert entries("GET", "/notes/a", Accept="image/png").branch == "handler"
    assert entries("GET", "/typed", Accept="image/png").branch == "rejected at acceptable media type"
    assert entries("GET", "/notes/a", Prefer="code=404").branch == "preference"


@pytest.mark.parametrize(
    ("headers", "target", "scheme"),
    [
        ({"Authorization": bearer()["Authorization"]}, "/doors", "Signed"),
        ({"X_Door": bearer()["Authorization"].split()[1]}, "/doors", "Keyed"),
        ({}, "/doors?door=" + bearer()["Authorization"].split()[1], "Request"),
    ],
)
def test_an_entry_has_the_caller_and_its_credential(entries, headers, target, scheme):
    entry = entries("GET", target, **headers)

    assert entry.status == 200
    assert (entry.scheme, entry.caller["subject"]) == (scheme, ADA.subject)
    assert any(f" by {scheme}." in sentence for sentence in entry.trace)
    assert bearer()["Authorization"].split()[1] not in json.dumps(entry.plain())


def test_the_trace_lists_every_step(entries):
    made, rejected = entries("POST", "/pets", {"name": "Rex"}), entries("POST", "/notes", {"name": "A"})

    assert made.trace[0] == "POST /pets is addPet of things."
    assert made.trace[2] == "There is no handler: the inferred action `create /pets` responded."
    assert made.trace[3].startswith("Inferred as `create /pets`, because ")
    assert made.trace[-1] == "Response 201, declared as 201."
    assert rejected.trace[-2] == "Rejected at body (invalid): The request body breaks its schema."


def test_a_handler_is_named(entries):
    assert entries("POST", "/notes", {"name": "Ada"}).handler.endswith(".things.mirror")


def test_a_body_that_was_not_read_is_noted(entries):
    entry = entries("POST", "/nothing", {"name": "Ada"})

    assert (entry.request.form, entry.request.body, entry.request.size) == ("unread", None, 15)


def test_a_response_to_head_has_no_body(entries):
    entry = entries("HEAD", "/notes/a?limit=1")

    assert (entry.method, entry.operation, entry.response.form) == ("HEAD", "echo_note", "none")


def test_write_only_values_are_redacted_everywhere(entries):
    entry = entries("POST", "/notes", {"name": "Ada", "pass_phrase": "a hidden-thing"})

    assert entry.request.body == {"name": "Ada", "pass_phrase": "[redacted]"}
    assert entry.response.body == {"value": {"name": "Ada", "pass_phrase": "[redacted]"}}


def test_a_body_of_secrets_that_cannot_be_parsed_is_withheld(entries):
    entry = entries("POST", "/notes", b'{"pass_phrase": "a hidden-thing', Content_Type="application/json")

    assert (entry.request.form, entry.request.body, entry.request.size) == ("withheld", None, 31)


def test_an_unmatched_request_is_recorded_with_near_misses(entries):
    wrong, misspelt = entries("PUT", "/notes/a"), entries("GET", "/note/a")

    assert (wrong.status, wrong.template, wrong.verdict) == (405, "/notes/{value}", "no_operation")
    assert wrong.near_misses[0] == "PUT /notes/{value} is not declared; GET is."
    assert misspelt.near_misses[0] == "GET /notes/{value} (things:echo_note): the segment is 'notes', not 'note'."


def test_a_404_suggests_near_misses(server):
    assert server("GET", "/note/a").json["detail"] == "No operation has this path. Did you mean /notes/a?"
    assert server("GET", "/Notes/a/").json["detail"] == "No operation has this path. Did you mean /notes/a?"


def test_two_runs_have_equal_journals_except_durations(server, world):
    output = []
    for name in ("run1", "run2"):
        for send_request in (("POST", "/pets", {"name": "Rex"}), ("GET", "/doors"), ("GET", "/nothing")):
            server(*send_request, world=f"{world[:50]}-{name}")
        journal = server.application.worlds.named(f"{world[:50]}-{name}").journal
        output.append(json.dumps([entry.plain(timed=False) for entry in journal.entries]).replace(f"-{name}", ""))

    assert output[0] == output[1]


@pytest.fixture(scope="module")
def used():
    """The bundled APIs after many requests with secrets: the journal, the log, and the secrets."""
    with TestClient(make_application(), headers=bearer()) as client:
        secrets = [bearer()["Authorization"].split()[1], DEVELOPMENT_KEY]
        made = client.post("/api/keys", json=KEY).json()["data"]
        rotated = client.post(f"/api/keys/{made['key']['id']}/rotate").json()["data"]
        for secret in (made["secret"], rotated["secret"]):
            client.get("/workflows", headers={"Authorization": "Bearer " + secret})
            client.get("/workflows", headers={"Authorization": secret})
            client.get(f"/workflows?access_token={secret}", headers={"Cookie": f"sid={secret}; theme=dark"})
            client.get(f"/nowhere?q={secret}")
            secrets.append(secret)
        vault = {"name": "Database", "secret": "a-vault-secret-zq81"}
        item = client.post("/workflows/vault", json=vault).json()
        client.put(f"/workflows/vault/{item['id']}", json={**vault, "secret": "another/secret zq82"})
        client.put(f"/workflows/vault/{item['id']}", content=b'{"secret": "third-secret-zq83"')
        client.put(f"/workflows/vault/{item['id']}", json={"secret": ["fourth-secret-zq84"], "name": 5})
        generated = client.post("/workflows/vault", json={"name": "api-key:mail"}).json()["secret"]
        webhook = next(one["webhook_url"] for one in client.get("/workflows").json() if one["webhook_url"])
        client.post("/workflows/webhooks/" + webhook.rpartition("/")[2], json={"password": "hidden-thing-zq85"})
        client.post(f"/workflows/webhooks/{webhook.rpartition('/')[2]}/more", json={})
        secrets += ["a-vault-secret-zq81", "another/secret zq82", "third-secret-zq83", "fourth-secret-zq84"]
        secrets += [generated, webhook.rpartition("/")[2], "hidden-thing-zq85"]
        node = {"id": "n1", "type": "webhook", "config": {"headers": {"Authorization": "Bearer node-secret-zq86"}}}
        client.post("/workflows/test-node", json={"node": node})
        secrets.append("node-secret-zq86")
        known = client.get("/api/integrations/credentials").json()
        material = {
            "host": "db.example",
            "port": "5432",
            "username": "reader",
            "password": "word-zq87",
            "database": "d",
        }
        credential = client.post(
            "/api/integrations/credentials",
            json={
                "name": "Mine",
                "provider": "postgresql",
                "credential_type": "user_password",
                "credentials": material,
            },
        ).json()
        for one in [*known, credential]:
            path = f"/api/integrations/credentials/{one['id']}/credentials"
            response = TestClient(client.app, headers={"X-API-Key": DEVELOPMENT_KEY}).get(path)
            if response.status_code == 200:
                secrets += [
                    value
                    for name, value in response.json().items()
                    if isinstance(value, str) and ("password" in name or "secret" in name or "token" in name)
                ]
        sftp = {"host": "h.example", "username": "u", "auth_type": "user_password", "password": "sftp-word-zq88"}
        client.post("/api/integrations/sftp/test-connection", json=sftp)
        client.post("/api/integrations/sftp/test-connection", json={**sftp, "host": 5})
        secrets += ["word-zq87", "sftp-word-zq88"]
        yield client.app.worlds.default.journal, sorted(set(filter(None, secrets)))


def test_no_secret_is_anywhere_in_the_journal(used):
    journal, secrets = used
    written = json.dumps([entry.plain() for entry in journal.entries], ensure_ascii=False)

    assert len(secrets) > 15
    assert written.count("[redacted]") > 50
    for secret in secrets:
        assert secret not in written
        assert quote(secret, safe="") not in written
        assert json.dumps(secret)[1:-1] not in written


def test_values_that_are_not_secret_are_kept(used):
    written = json.dumps([entry.plain() for entry in used[0].entries])

    for text in ("Database", "workflows:read", "/workflows/webhooks/[redacted]", "theme=[redacted]", "key_prefix"):
        assert text in written


def test_no_secret_is_in_the_log(caplog, served):
    with caplog.at_level(logging.DEBUG, "locum"):
        server = served(DOCUMENTS, HANDLERS)
        server("POST", "/notes", {"name": "Ada", "pass_phrase": "a hidden-thing"}, Authorization="Bearer hidden-thing")
        server("GET", "/doors?door=hidden-thing")
        server("GET", "/broken?token=hidden-thing")

    assert "mirror_note" in caplog.text or "/notes" in caplog.text
    assert "hidden-thing" not in caplog.text


def test_a_missing_permission_is_recorded(client, application, world):
    client.post("/workflows/vault", json={"name": "A", "secret": "b"}, headers=bearer(CHIARA))
    entry = application.worlds.named(world).journal.entries[-1]

    assert entry.branch == "rejected at permission"
    assert entry.caller["subject"] == CHIARA.subject

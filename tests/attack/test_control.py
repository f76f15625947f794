"""The control API: invalid input never damages a world, and the list of changes is exact."""

from __future__ import annotations

import copy
import json
import math
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.conftest import ADA, bearer, make_application

PRODUCT = {
    "type": "object",
    "required": ["id", "name", "price"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string", "minLength": 1},
        "price": {"type": "number", "minimum": 0},
        "token": {"type": "string"},
    },
}
ONE = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Product"}}}}
ALL = {
    "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Product"}}}}
}
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
SHOP = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/products": {
            "get": {"responses": {"200": {"description": "All", **ALL}}},
            "post": {"requestBody": ONE, "responses": {"201": {"description": "GeneratedAnswer", **ONE}}},
        },
        "/products/{id}": {
            "parameters": [ID],
            "get": {"responses": {"200": {"description": "One", **ONE}, "404": {"description": "None"}}},
            "put": {"requestBody": ONE, "responses": {"200": {"description": "One", **ONE}}},
            "delete": {"responses": {"204": {"description": "Gone"}, "404": {"description": "None"}}},
        },
        "/products/{id}/parts": {
            "parameters": [ID],
            "get": {"responses": {"200": {"description": "All", **ALL}}},
            "post": {"requestBody": ONE, "responses": {"201": {"description": "GeneratedAnswer", **ONE}}},
        },
        "/products/{id}/parts/{part}": {
            "parameters": [ID, {**ID, "name": "part"}],
            "get": {"responses": {"200": {"description": "One", **ONE}, "404": {"description": "None"}}},
            "delete": {"responses": {"204": {"description": "Gone"}, "404": {"description": "None"}}},
        },
    },
    "components": {"schemas": {"Product": PRODUCT}},
}
KIND = "shop /products"
EXAMPLES = int(os.environ.get("LOCUM_FUZZ", "25"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.yaml").write_text(json.dumps(SHOP))
    return make_application(specs=(folder / "shop.yaml",))


@pytest.fixture
def send(shop, world):
    return TestClient(shop.app, headers={"X-Locum-World": world}, raise_server_exceptions=False)


def changes(send, world):
    return [
        (change["kind"], change["type"], change["pointer"])
        for change in send.get(f"/__locum/worlds/{world}/changes").raise_for_status().json()
    ]


def test_a_record_created_and_deleted_again_is_not_a_change(send, world):
    made = send.post("/products", json={"name": "Kite", "price": 1}).json()
    assert changes(send, world) == [("added", KIND, "")]

    send.delete(f"/products/{made['id']}").raise_for_status()
    assert changes(send, world) == []


def test_a_record_changed_back_is_not_a_change(send, world):
    first = send.get("/products").json()[0]
    path = f"/products/{first.pop('id')}"
    send.put(path, json={**first, "name": "Other"}).raise_for_status()
    assert changes(send, world) == [("changed", KIND, "/name")]

    send.put(path, json=first).raise_for_status()
    assert changes(send, world) == []


def test_a_nested_record_created_and_deleted_with_its_parent_is_not_a_change(send, world):
    made = send.post("/products", json={"name": "Kite", "price": 1}).json()
    part = send.post(f"/products/{made['id']}/parts", json={"name": "Tail", "price": 1}).json()
    kinds = {(kind, table) for kind, table, _ in changes(send, world)}
    assert kinds == {("added", KIND), ("added", f"{KIND}/{made['id']}/parts")}

    send.delete(f"/products/{made['id']}/parts/{part['id']}").raise_for_status()
    send.delete(f"/products/{made['id']}").raise_for_status()
    assert changes(send, world) == []


def test_a_deleted_seeded_record_is_listed_with_its_values(send, world, shop):
    first = TestClient(shop.app, headers={"X-Locum-World": "other"}).get("/products").json()[0]
    send.delete(f"/products/{first['id']}").raise_for_status()
    (change,) = send.get(f"/__locum/worlds/{world}/changes").json()

    assert (change["kind"], change["before"]["name"]) == ("removed", first["name"])


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"id": 1, "name": "a", "price": "cheap"}, "price"),
        ({"id": 1, "name": "", "price": 1}, "name"),
        ({"id": 1, "name": "a", "price": -1}, "price"),
        ({"id": 1, "name": "a"}, "price"),
        ([], "object"),
        (None, "object"),
    ],
)
def test_a_record_that_breaks_its_schema_is_rejected_with_the_location(send, world, value, place):
    before = send.get("/products").json()
    rejected = send.put(f"/__locum/records/{KIND.replace('/', '%2F')}/1", json={"value": value})

    assert (rejected.status_code, rejected.json()["code"]) == (422, "record_unfit")
    assert place in rejected.text
    assert send.get("/products").json() == before
    assert changes(send, world) == []


def test_saving_a_redacted_record_keeps_its_secrets(send):
    made = send.post("/products", json={"name": "Kite", "price": 1, "token": "pl4nted-s3cret"}).json()
    path = f"/__locum/records/{KIND.replace('/', '%2F')}/{made['id']}"
    shown = send.get(path).json()["value"]
    assert shown["token"] == "[redacted]"

    saved = send.put(path, json={"value": {**shown, "name": "Box kite"}})
    assert saved.status_code == 200
    assert "pl4nted" not in saved.text
    after = send.get(f"/products/{made['id']}").json()
    assert (after["name"], after["token"]) == ("Box kite", "pl4nted-s3cret")

    send.put(path, json={"value": {**shown, "token": "another-s3cret"}}).raise_for_status()
    assert send.get(f"/products/{made['id']}").json()["token"] == "another-s3cret"


def test_a_placeholder_is_not_saved_as_a_secret(send):
    made = send.post("/products", json={"name": "Kite", "price": 1}).json()
    path = f"/__locum/records/{KIND.replace('/', '%2F')}/{made['id']}"
    rejected = send.put(path, json={"value": {**made, "password": "[redacted]"}})

    assert (rejected.status_code, rejected.json()["code"]) == (422, "record_redacted")
    assert "password" in rejected.json()["detail"]


def test_changes_do_not_show_secrets(send, world):
    made = send.post("/products", json={"name": "Kite", "price": 1, "token": "pl4nted-s3cret"}).json()
    assert "pl4nted" not in send.get(f"/__locum/worlds/{world}/changes").text

    send.post(f"/__locum/worlds/{world}/fork", json={"into": world[:60] + "-2"}).raise_for_status()
    send.put(f"/products/{made['id']}", json={"name": "Kite", "price": 1, "token": "pl4nted-again"}).raise_for_status()
    output = send.get(f"/__locum/worlds/{world}/changes", params={"since": world[:60] + "-2"})
    assert "pl4nted" not in output.text
    assert [(change["pointer"], change["after"]) for change in output.json()] == [("/token", "[redacted]")]


# Snapshots


@pytest.fixture(scope="module")
def bundled():
    return make_application()


def real_snapshot(application, paths):
    world = TestClient(application.app, headers={"X-Locum-World": "source", **bearer(ADA)})
    for method, path, body in paths:
        assert world.request(method, path, json=body).status_code < 400
    return world.get("/__locum/worlds/source/snapshot").raise_for_status().json()


def places(value, path=()):
    yield path
    if isinstance(value, dict):
        for name in value:
            yield from places(value[name], (*path, name))
    elif isinstance(value, list):
        for index in range(min(len(value), 3)):
            yield from places(value[index], (*path, index))


def deep(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


MALFORMED = [
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        10**6,
        2**63,
        2**80,
        -(2**80),
        1e308,
        "",
        "a",
        "\x00",
        "removed /products",
        "[redacted]",
    ),
    *(
        [],
        {},
        [1],
        [[]],
        {"a": 1},
        {"$type": "os.system"},
        {"$datetime": "9999-12-31T23:59:59Z"},
        {"$datetime": "2026-01-01"},
    ),
    *(
        {"$dict": [[[1], 2]]},
        {"$set": [{}]},
        {"$float": "nan"},
        {"$base64": "?"},
    ),
    *({"$microseconds": 10**20}, {"$enum": ["a", "b"]}, {"members": 5}, {"members": {}, "seeded": 5}, deep(300)),
    *(
        "9999-12-31T23:59:59Z",
        "1969-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00+23:59",
    ),
    *(
        "stepping",
        "running",
        "handlers.workflows.world.Seeder",
        "locum.world.world.World",
        "builtins.object",
        float("nan"),
        math.inf,
    ),
]


def mutated(content, data):
    content = copy.deepcopy(content)
    every = [place for place in places(content) if place]
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(every))
        holder = content
        try:
            for step in place[:-1]:
                holder = holder[step]
            how = data.draw(st.sampled_from(["replace", "remove", "add", "double"]))
            if how == "remove":
                del holder[place[-1]]
            elif how == "replace":
                holder[place[-1]] = copy.deepcopy(data.draw(st.sampled_from(MALFORMED)))
            elif how == "add" and isinstance(holder, dict):
                holder[data.draw(st.sampled_from(["extra", "$type", "of", "type", "seeded"]))] = data.draw(
                    st.sampled_from(MALFORMED)
                )
            elif isinstance(holder, list):
                holder.append(copy.deepcopy(holder[place[-1]]))
        except (KeyError, IndexError, TypeError):
            continue
    return content


USE_OF_SHOP = [
    *(("GET", "/products", None), ("POST", "/products", {"name": "a", "price": 1}), ("GET", "/products/1", None)),
    *(("PUT", "/products/1", {"name": "b", "price": 2}), ("GET", "/products/1/parts", None)),
    *(("POST", "/products/1/parts", {"name": "c", "price": 1}), ("DELETE", "/products/1", None)),
]
PATHS_OF_BUNDLED = {
    "/api/keys": ["/{id}"],
    "/api/integrations/credentials": ["/{id}"],
    "/workflows": ["/{id}", "/{id}/executions", "/{id}/logs", "/{id}/logs/stats"],
    "/workflows/vault": ["/{id}"],
}
MORE_OF_BUNDLED = ["/workflows/authorization", "/workflows/logs/recent", "/api/integrations/catalog"]


def ids_in(value):
    """Yield every identifier of a response."""
    if isinstance(value, dict):
        yield from (value["id"] for _ in "1" if isinstance(value.get("id"), str))
        for member in value.values():
            yield from ids_in(member)
    elif isinstance(value, list):
        for item in value:
            yield from ids_in(item)


def uses(application):
    """Return requests to the bundled APIs: every list, and every record."""
    send = TestClient(application.app, headers={"X-Locum-World": "source", **bearer(ADA)})
    found = [("POST", "/api/keys", {"name": "Reports", "permissions": ["workflows:read"]})]
    for path, below in PATHS_OF_BUNDLED.items():
        listed = send.get(path).raise_for_status().json()
        found += [("GET", path, None)]
        found += [("GET", path + one.format(id=name), None) for name in [*ids_in(listed)][:2] for one in below]
    return [*found, *(("GET", path, None) for path in MORE_OF_BUNDLED)]


OWN = ["", "/records", "/clock", "/faults", "/preferences", "/validation", "/journal", "/operations"]


@pytest.mark.parametrize("name", ["shop", "bundled"])
def test_a_mutated_snapshot_is_rejected_with_the_location_or_can_be_used(name, request):
    application = request.getfixturevalue(name)
    use = USE_OF_SHOP if name == "shop" else uses(application)
    source = real_snapshot(application, [one for one in use if one[0] != "DELETE"])
    send = TestClient(application.app, headers={"X-Locum-World": "odd", **bearer(ADA)}, raise_server_exceptions=False)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=EXAMPLES < 100,
    )
    @given(st.data())
    def attack(data):
        content = mutated(source, data)
        sent = json.dumps(content)
        response = send.put("/__locum/worlds/odd/snapshot", content=sent, headers={"Content-Type": "application/json"})
        assert response.status_code in {200, 400, 422}, (response.status_code, response.text)
        if response.status_code != 200:
            assert len(response.json()["detail"]) > 20
            return
        own = [*OWN, "/worlds/odd", "/worlds/odd/changes", "/worlds/odd/snapshot"]
        seen = [("GET", path, send.get("/__locum" + path)) for path in own]
        seen += [(method, path, send.request(method, path, json=body)) for method, path, body in use]
        moved = send.post("/__locum/clock/advance", json={"by": "1d"})
        seen += [("POST", "advance", moved), ("POST", "reset", send.post("/__locum/worlds/odd/reset"))]
        failed = [(method, path, one.status_code, one.text) for method, path, one in seen if one.status_code >= 500]
        assert not failed, failed

    attack()


@pytest.mark.parametrize(
    "place", [["clock"], ["clock", "now"], ["seed"], ["random"], ["tables", 0, "records", 0, "record"]]
)
@pytest.mark.parametrize("name", ["shop", "bundled"])
def test_tagged_values_do_not_circumvent_type_checks(name, place, request):
    application = request.getfixturevalue(name)
    send = TestClient(application.app, headers={"X-Locum-World": "tagged", **bearer(ADA)})
    assert send.get("/products" if name == "shop" else "/api/keys").status_code == 200
    content = send.get("/__locum/worlds/tagged/snapshot").json()
    holder = content
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = {"$value": None}
    rejected = send.put("/__locum/worlds/tagged/snapshot", json=content)

    assert rejected.status_code == 422
    assert str(place[-1]) in rejected.text


@pytest.mark.parametrize(
    "value", [{"$value": 7}, {"$tuple": []}, {"$dict": []}, {"$type": "handlers.api_keys.KeySecret"}]
)
def test_no_member_of_a_bundled_record_accepts_another_type(bundled, value):
    """Tagged values are allowed in lists of texts and in open objects."""
    send = TestClient(bundled.app, headers={"X-Locum-World": "inner", **bearer(ADA)})
    source = real_snapshot(bundled, [one for one in uses(bundled) if one[0] != "DELETE"])
    tried = 0
    for place in places(source):
        if place[:1] != ("tables",) or place[4:5] != ("record",) or not place[5:]:
            continue
        content = copy.deepcopy(source)
        holder = content
        for step in place[:-1]:
            holder = holder[step]
        holder[place[-1]] = value
        rejected = send.put("/__locum/worlds/inner/snapshot", json=content)
        assert rejected.status_code == 422, (place, rejected.text)
        tried += 1
    assert tried > 40


# Tokens


def login(send, **more):
    """Sign in and return the tokens."""
    back = "http://localhost:3000/"
    send_all = {"response_type": "code", "client_id": "app", "redirect_uri": back, "scope": "openid", **more}
    sent = send.get("/__locum/oidc/authorize", params={**send_all, "locum_user": ADA.subject}, follow_redirects=False)
    code = sent.headers["location"].partition("code=")[2].partition("&")[0]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "client_id": "app",
        "client_secret": "x",
    }
    return send.post("/__locum/oidc/token", data=form).raise_for_status().json()


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, 200),
        ({"audience": "http://testserver"}, 200),
        ({"audience": "http://testserver/"}, 200),
        ({"resource": "https://v1.api.altostrat.io"}, 200),
        ({"audience": "https://other.example"}, 401),
        ({"resource": "http://testserver.evil.example"}, 401),
        ({"audience": "app"}, 401),
    ],
)
def test_a_token_for_another_audience_is_rejected_by_the_bundled_apis(bundled, more, status):
    send = TestClient(bundled.app)
    tokens = login(send, **more)
    response = send.get("/api/keys", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    output = {"token": tokens["access_token"], "client_id": "a", "client_secret": "b"}

    assert response.status_code == status
    assert send.post("/__locum/oidc/introspect", data=output).json()["active"]


def test_an_id_token_is_rejected_by_the_bundled_apis(bundled):
    send = TestClient(bundled.app)
    token = login(send)["id_token"]

    assert send.get("/api/keys", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_an_audience_can_be_allowed(tmp_path):
    application = make_application(audience=("https://api.mine.example",))
    send = TestClient(application.app)
    token = login(send, audience="https://api.mine.example")["access_token"]

    assert send.get("/api/keys", headers={"Authorization": f"Bearer {token}"}).status_code == 200

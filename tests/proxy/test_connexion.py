"""A Connexion application of somebody else, some of whose operations have no function yet."""

from __future__ import annotations

import runpy
import sys
from types import ModuleType

import connexion
import pytest
from connexion.exceptions import ResolverError

from locum.connexion import MockResolver
from tests.conftest import ROOT
from tests.proxy.conftest import SPEC

PREFIX = "shop_functions"


def list_pets(kind=None):
    return [{"id": "own", "name": kind or "any"}], 200


@pytest.fixture
def functions(monkeypatch):
    """A module with the function of one operation."""
    module = ModuleType(PREFIX)
    module.listPets = list_pets
    monkeypatch.setitem(sys.modules, PREFIX, module)


@pytest.fixture(params=["AsyncApp", "FlaskApp"])
def app(request, functions, tmp_path):
    document = tmp_path / "pets.yaml"
    document.write_text(SPEC.read_text().replace("operationId: ", f"operationId: {PREFIX}."))
    resolver = MockResolver(document, cache=False)
    application = getattr(connexion, request.param)(__name__, specification_dir=tmp_path)
    application.add_api("pets.yaml", resolver=resolver, base_path="/base", validate_responses=True)
    application.resolver = resolver
    return application


def test_operations_with_a_function_run_it_and_the_others_have_state(app):
    client = app.test_client()

    assert client.get("/base/pets?kind=cat").json() == [{"id": "own", "name": "cat"}]
    made = client.post("/base/pets", json={"name": "Ada", "kind": "dog"})
    assert made.status_code == 201
    place = f"/base/pets/{made.json()['id']}"
    assert client.get(place).json() == made.json()
    assert client.get(place).headers["content-type"].startswith("application/json")
    assert client.put(place, json={"name": "Bo"}).json()["name"] == "Bo"
    assert client.get(place, headers={"X-Locum-World": "other"}).status_code == 404
    assert client.delete(place).status_code == 204
    assert list(client.get(place).json()) == ["error"]
    assert client.post("/base/pets", json={"name": 1}).status_code == 400
    assert f"{PREFIX}.createPet" in app.resolver.mocked
    assert f"{PREFIX}.listPets" not in app.resolver.mocked


def test_the_same_requests_get_the_same_responses_in_both_kinds_of_application(functions, tmp_path):
    bodies = []
    for kind in (connexion.AsyncApp, connexion.FlaskApp):
        application = kind(__name__, specification_dir=SPEC.parent)
        application.add_api("pets.yaml", resolver=MockResolver(SPEC, cache=False, seed=7))
        client = application.test_client()
        bodies.append(
            [
                client.get("/v1/pets").content,
                client.post("/v1/orders", json={"pet": "ä"}).content,
                client.get("/v1/orders").content,
                client.put(
                    "/v1/files/a%20b", content=b"x", headers={"content-type": "application/octet-stream"}
                ).content,
            ]
        )

    assert bodies[0] == bodies[1]


def test_forms_reach_the_mock(tmp_path):
    document = tmp_path / "forms.yaml"
    document.write_text(
        "openapi: 3.0.3\ninfo: {title: Forms, version: '1'}\npaths:\n  /notes:\n    post:\n      operationId: absent.add\n"
        "      requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {text: {type: string}}}}}}\n"
        "      responses: {'201': {description: x, content: {application/json: {schema: {type: object, required: [text], properties: {text: {type: string}}}}}}}\n"
    )
    application = connexion.AsyncApp(__name__, specification_dir=tmp_path)
    application.add_api("forms.yaml", resolver=MockResolver(document, cache=False))

    assert application.test_client().post("/notes", data={"text": "a b"}).json() == {"text": "a b"}


def test_a_module_that_exists_but_does_not_import_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "broken_shop.py").write_text("import no_such_module_of_anyone\n")
    monkeypatch.syspath_prepend(tmp_path)
    document = tmp_path / "pets.yaml"
    document.write_text(SPEC.read_text().replace("operationId: ", "operationId: broken_shop."))
    application = connexion.AsyncApp(__name__, specification_dir=tmp_path)

    application.add_api("pets.yaml", resolver=MockResolver(document, cache=False))

    with pytest.raises(ResolverError, match="no_such_module_of_anyone"):
        application.test_client().get("/v1/pets")


def test_the_example_of_the_documentation_runs(monkeypatch):
    home = ROOT / "docs" / "examples" / "connexion"
    monkeypatch.syspath_prepend(home)
    monkeypatch.delitem(sys.modules, "functions", raising=False)
    client = runpy.run_path(str(home / "app.py"))["app"].test_client()

    assert client.get("/version").json() == {"version": "0.1"}
    made = client.post("/tasks", json={"title": "Write a function"}).json()
    assert made in client.get("/tasks").json()
    monkeypatch.delitem(sys.modules, "functions")

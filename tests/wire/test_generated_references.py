"""References of generated records lead to existing records, whatever their names and places."""

from __future__ import annotations

import pytest

from tests.wire.generated import generated

TEXT = {"type": "string"}


def crud(name, schema, expression):
    """Return the paths of a collection: list, create, read."""
    ref = {"$ref": f"#/components/schemas/{schema}"}
    shown = {"content": {"application/json": {"schema": ref}}}
    listed = {"content": {"application/json": {"schema": {"type": "array", "items": ref}}}}
    missing = {"404": {"description": "Missing"}}
    return {
        f"/{name}": {
            "get": {"responses": {"200": {"description": "OK", **listed}}},
            "post": {"requestBody": shown, "responses": {"201": {"description": "Created", **shown}}},
        },
        f"/{name}/{{{expression}}}": {
            "parameters": [{"name": expression, "in": "path", "required": True, "schema": TEXT}],
            "get": {"responses": {"200": {"description": "OK", **shown}, **missing}},
        },
    }


def listed_below(path, schema, expression):
    items = {"type": "array", "items": {"$ref": f"#/components/schemas/{schema}"}}
    return {
        path: {
            "parameters": [{"name": expression, "in": "path", "required": True, "schema": TEXT}],
            "get": {"responses": {"200": {"description": "OK", "content": {"application/json": {"schema": items}}}}},
        }
    }


def record(*required, **properties):
    return {"type": "object", "required": [*required], "properties": properties}


CLINIC = {
    "openapi": "3.0.3",
    "info": {"title": "Clinic", "version": "1"},
    "paths": {
        **crud("doctors", "Doctor", "id"),
        **crud("patients", "Patient", "external_id"),
        **crud("visits", "Visit", "id"),
        **listed_below("/patients/{external_id}/notes", "Note", "external_id"),
    },
    "components": {
        "schemas": {
            "Doctor": record("id", id=TEXT, name=TEXT),
            "Patient": record("external_id", "own_id", external_id=TEXT, own_id={**TEXT, "format": "uuid"}, name=TEXT),
            "Visit": record(
                "id",
                id=TEXT,
                referring_doctor_id=TEXT,
                own_patient_id=TEXT,
                external_patient_id=TEXT,
                provider_doctor_id={**TEXT, "enum": ["outside"]},
                earlier={"anyOf": [TEXT, {"$ref": "#/components/schemas/Visit"}], "nullable": True},
                billing=record("doctor_id", doctor_id=TEXT, doctor=record("id", id=TEXT, desk=TEXT), amount={"type": "integer"}),
            ),
            "Note": record("id", id=TEXT, own_patient_id=TEXT, text=TEXT),
        }
    },
}  # fmt: skip


CLINIC["paths"]["/favourites"] = {"get": crud("favourites", "Ward", "id")["/favourites"]["get"]}
CLINIC["paths"]["/moves"] = crud("moves", "Move", "id")["/moves"]
CLINIC["paths"]["/moves"]["post"]["requestBody"] = {
    "content": {"application/json": {"schema": record(wards={"type": "array", "items": TEXT})}}
}
CLINIC["paths"]["/moves"]["post"]["responses"]["422"] = {"description": "Wrong"}
CLINIC["components"]["schemas"] |= {
    "Ward": record("id", id=TEXT, floor={"type": "integer"}),
    "Move": record("id", id=TEXT, wards={"type": "array", "items": {"$ref": "#/components/schemas/Ward"}}),
}


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("clinic"), CLINIC) as server:
        yield server


@pytest.fixture
def send(clinic, world):
    return lambda method, path, body=None: clinic(method, path, body, world=world)


@pytest.fixture
def visits(send):
    return send("GET", "/visits").json


def test_a_part_of_a_name_identifies_the_referenced_resource(send, visits):
    assert {send("GET", f"/doctors/{one['referring_doctor_id']}").status for one in visits} == {200}


def test_a_name_can_contain_the_member_that_references_a_record(send, visits):
    known = {one["external_id"]: one["own_id"] for one in send("GET", "/patients").json}

    assert all(one["own_patient_id"] == known[one["external_patient_id"]] for one in visits)


def test_a_nested_record_references_its_parent(send):
    patient = send("GET", "/patients").json[1]
    notes = send("GET", f"/patients/{patient['external_id']}/notes").json

    assert {one["own_patient_id"] for one in notes} == {patient["own_id"]}


def test_an_identifier_of_another_system_is_not_resolved(visits):
    assert {one["provider_doctor_id"] for one in visits} == {"outside"}


def test_an_object_in_a_record_refers_to_records_that_exist(send, visits):
    assert {send("GET", f"/doctors/{one['billing']['doctor_id']}").status for one in visits} == {200}
    assert all(one["billing"]["doctor"]["id"] == one["billing"]["doctor_id"] for one in visits)


def test_a_reference_to_the_same_resource_is_to_an_earlier_record(visits):
    keys = [one["id"] for one in visits]
    later = [one for one in visits if one.get("earlier")]

    assert later
    assert all(keys.index(one["earlier"]) < keys.index(one["id"]) for one in later)


def test_members_added_to_a_new_record_agree_with_the_reference_sent(send):
    patient = send("GET", "/patients").json[2]
    made = send("POST", "/visits", {"id": "v1", "external_patient_id": patient["external_id"]}).json

    assert made["own_patient_id"] == patient["own_id"]
    assert send("GET", f"/doctors/{made['billing']['doctor_id']}").status == 200


def test_a_list_that_is_only_a_view_does_not_define_which_records_exist(send):
    made = send("POST", "/moves", {"wards": ["w 1", "w 2"]})

    assert made.status == 201
    assert [one["id"] for one in made.json["wards"]] == ["w 1", "w 2"]


def test_an_object_that_was_sent_is_unchanged(send):
    made = send("POST", "/visits", {"id": "v2", "billing": {"doctor_id": "nobody", "amount": 7}}).json

    assert made["billing"]["doctor_id"] == "nobody"


def test_a_generated_record_is_of_a_kind_that_the_examples_show(tmp_path):
    event = {"$ref": "#/components/schemas/Event"}
    shown = [{"id": f"e{number}", "type": kind} for number, kind in enumerate(("PushEvent", "ForkEvent"))]
    media = {"schema": {"type": "array", "items": event}, "example": shown}
    content = {
        "openapi": "3.0.3",
        "info": {"title": "Events", "version": "1"},
        "paths": {"/events": {"get": {"responses": {"200": {"description": "OK", "content": {"application/json": media}}}}}},
        "components": {"schemas": {"Event": record("id", "type", id=TEXT, type=TEXT)}},
    }  # fmt: skip
    with generated(tmp_path, content) as server:
        events = server("GET", "/events").json

    assert len(events) > 2
    assert {one["type"] for one in events} == {"PushEvent", "ForkEvent"}

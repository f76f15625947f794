"""Objects with their identifier in `metadata`, updates by PUT, uploads, and responses of deletes."""

from __future__ import annotations

import hashlib

import pytest

from locum.options import UnknownIds
from tests.wire.generated import generated

TEXT = {"type": "string"}
META = {
    "type": "object",
    "properties": {"name": TEXT, "garden": TEXT, "uid": TEXT, "resourceVersion": TEXT, "labels": {"type": "object"}},
}
LIST_META = {"type": "object", "properties": {"resourceVersion": TEXT}}


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def thing(**members):
    return {"type": "object", "properties": {"apiVersion": TEXT, "kind": TEXT, **members}}


def declare_responses(schema, status="200", **more):
    return {"responses": {status: {"description": "ok", "content": {"application/json": {"schema": schema}}}, **more}}


def declare_body(schema, media_type="application/json"):
    return {"requestBody": {"content": {media_type: {"schema": schema}}}}


def item(name, **operations):
    return {"parameters": [{"name": name, "in": "path", "required": True, "schema": TEXT}], **operations}


def document(paths, schemas):
    return {
        "openapi": "3.0.3",
        "info": {"title": "Objects", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def within(path):
    """Return the parameters of a path below a garden."""
    return [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in path]


GARDENS = document(
    {
        "/gardens": {
            "get": declare_responses(ref("GardenList")),
            "post": {**declare_body(ref("Garden")), **declare_responses(ref("Garden"), "201")},
        },
        "/gardens/{name}": item(
            "name",
            get=declare_responses(ref("Garden")),
            put={**declare_body(ref("Garden")), **declare_responses(ref("Garden"))},
            patch={**declare_body(ref("Garden"), "application/merge-patch+json"), **declare_responses(ref("Garden"))},
            delete=declare_responses(ref("Status")),
        ),
        "/gardens/{garden}/beds": {
            "parameters": within(["garden"]),
            "get": declare_responses(ref("BedList")),
            "post": {**declare_body(ref("Bed")), **declare_responses(ref("Bed"), "201")},
        },
        "/gardens/{garden}/beds/{name}": {
            "parameters": within(["garden", "name"]),
            "get": declare_responses(ref("Bed")),
        },
        "/gardens/{garden}/beds/{name}/size": {
            "parameters": within(["garden", "name"]),
            "get": declare_responses(ref("Size")),
            "put": {**declare_body(ref("Size")), **declare_responses(ref("Size"))},
        },
        "/beds": {
            "get": {
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer"}},
                    {"name": "continue", "in": "query", "schema": TEXT},
                ],
                **declare_responses(ref("BedList")),
            }
        },
    },
    {
        "Garden": thing(
            metadata=ref("Meta"),
            spec={"type": "object", "properties": {"colour": TEXT}},
            status={
                "type": "object",
                "properties": {
                    "phase": {
                        "type": "string",
                        "description": "The possible values:\n\nGrown: it is.\nPending: not yet.",
                    }
                },
            },
        ),
        "GardenList": thing(metadata=LIST_META, items={"type": "array", "items": ref("Garden")}),
        "Bed": thing(
            metadata=ref("Meta"), spec={"type": "object", "properties": {"width": {"type": "integer"}, "soil": TEXT}}
        ),
        "BedList": thing(
            metadata={"type": "object", "properties": {"resourceVersion": TEXT, "continue": TEXT}},
            items={"type": "array", "items": ref("Bed")},
        ),
        "Size": thing(metadata=ref("Meta"), spec={"type": "object", "properties": {"width": {"type": "integer"}}}),
        "Status": thing(metadata=LIST_META, status={"type": "string", "description": '"Success" or "Failure".'}),
        "Meta": META,
    },
)


@pytest.fixture(scope="module")
def gardens(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("gardens"), GARDENS, unknown_ids=UnknownIds("404")) as server:
        yield server


@pytest.fixture
def send(gardens, world):
    """Send requests in a new world with a garden."""
    media = {"PATCH": "application/merge-patch+json"}

    def send(method, path, body=None):
        more = {"Content_Type": media[method]} if method in media else {}
        return gardens(method, path, body, world=world, **more)

    assert send("POST", "/gardens", {"metadata": {"name": "south"}, "spec": {"colour": "red"}}).status == 201
    return send


def test_the_path_of_a_record_names_its_parents_elsewhere_too(send):
    assert send("GET", "/gardens/south").json["metadata"]["name"] == "south"
    assert send("POST", "/gardens/south/beds", {"metadata": {"name": "roses"}}).status == 201
    assert send("GET", "/gardens/south/beds/roses").json["metadata"]["garden"] == "south"
    assert send("POST", "/gardens/north/beds", {"metadata": {"name": "roses"}}).status == 404


def test_a_taken_name_is_a_conflict_with_unknown_ids_404(send):
    assert send("POST", "/gardens", {"metadata": {"name": "south"}}).status == 409


def test_a_list_has_its_kind_and_version(send):
    body = send("GET", "/gardens").json

    assert (body["kind"], {one["kind"] for one in body["items"]}) == ("GardenList", {"Garden"})
    versions = [one["metadata"]["resourceVersion"] for one in body["items"]]
    assert body["metadata"]["resourceVersion"] in versions


def test_a_delete_returns_the_declared_status_object(send):
    body = send("DELETE", "/gardens/south").json

    assert (body["kind"], body["status"]) == ("Status", "Success")


def test_an_update_of_an_older_version_is_a_conflict(send):
    old = send("GET", "/gardens/south").json
    new = send("PATCH", "/gardens/south", {"spec": {"colour": "blue"}}).json

    assert new["metadata"]["resourceVersion"] != old["metadata"]["resourceVersion"]
    assert new["metadata"]["uid"] == old["metadata"]["uid"]
    assert send("PUT", "/gardens/south", old).status == 409
    assert send("PUT", "/gardens/south", new).status == 200


def test_a_subresource_changes_the_members_of_its_parent(send):
    send("POST", "/gardens/south/beds", {"metadata": {"name": "roses"}, "spec": {"width": 2, "soil": "loam"}})
    size = send("GET", "/gardens/south/beds/roses/size").json

    assert (size["kind"], size["metadata"]["name"], size["spec"]["width"]) == ("Size", "roses", 2)
    assert send("PUT", "/gardens/south/beds/roses/size", {**size, "spec": {"width": 7}}).json["spec"]["width"] == 7
    bed = send("GET", "/gardens/south/beds/roses").json
    assert (bed["kind"], bed["spec"]) == ("Bed", {"width": 7, "soil": "loam"})


def test_a_list_across_all_parents_has_the_new_record_on_its_first_page(send):
    send("POST", "/gardens/south/beds", {"metadata": {"name": "roses"}})

    assert "roses" in [one["metadata"]["name"] for one in send("GET", "/beds").json["items"]]


def test_a_new_record_is_in_a_state_that_a_description_names(send):
    assert send("GET", "/gardens/south").json["status"]["phase"] == "Pending"


PAGES = [{"name": "page", "in": "query", "schema": {"type": "integer", "example": 0}}]
PAGES += [{"name": "page_size", "in": "query", "schema": {"type": "integer"}}]
FOLDER_ID = "What a folder is called. The root folder is always represented by the ID `0`."
ITEM_ID = 'A new item brings a temporary identifier that begins with a "`#`".'
NEW = {"type": "object", "required": ["name"], "properties": {"name": TEXT, "note": TEXT}}
NEW_PERSON = {
    "type": "object",
    "properties": {"name": TEXT, "folder": {"type": "object", "properties": {"id": TEXT}}},
}
SHELF = document(
    {
        "/folders": {
            "get": {"parameters": PAGES, **declare_responses({"type": "array", "items": ref("Folder")})},
            "post": {**declare_body(NEW), **declare_responses(ref("Folder"), "201")},
        },
        "/folders/{folder_id}": {
            "parameters": [
                {"name": "folder_id", "in": "path", "required": True, "schema": TEXT, "description": FOLDER_ID}
            ],
            "get": declare_responses(ref("Folder")),
            "put": {
                **declare_body({"type": "object", "properties": {"name": TEXT, "note": TEXT}}),
                **declare_responses(ref("Folder")),
            },
            "delete": declare_responses({"type": "object", "properties": {"deleted_folder_id": TEXT, "gone": TEXT}}),
        },
        "/boxes": {"post": {**declare_body(NEW), **declare_responses(ref("Folder"), "201")}},
        "/boxes/{box_id}": item(
            "box_id",
            get=declare_responses(ref("Folder")),
            put={**declare_body(NEW), **declare_responses(ref("Folder"))},
        ),
        "/files/upload": {
            "post": {
                **declare_body(
                    {
                        "type": "object",
                        "properties": {
                            "about": {"type": "object", "properties": {"name": TEXT}},
                            "file": {"type": "string", "format": "binary"},
                        },
                    },
                    "multipart/form-data",
                ),
                **declare_responses(
                    {"type": "object", "properties": {"entries": {"type": "array", "items": ref("File")}}}, "201"
                ),
            }
        },
        "/files/{file_id}": item("file_id", get=declare_responses(ref("File"))),
        "/items": {
            "post": {
                **declare_body({"type": "object", "properties": {"item": ref("Item")}}),
                **declare_responses(ref("Item")),
            }
        },
        "/items/{item_id}": item(
            "item_id",
            get=declare_responses(ref("Item")),
            delete=declare_responses(
                {"type": "object", "properties": {"deleted_item_ids": {"type": "array", "items": TEXT}}}
            ),
        ),
        "/people": {"post": {**declare_body(NEW_PERSON), **declare_responses(ref("Person"), "201")}},
        "/people/{person_id}/folders/{folder_id}": {
            "parameters": within(["person_id", "folder_id"]),
            "put": {"responses": {"204": {"description": "done"}}},
            "delete": {"responses": {"204": {"description": "done"}}},
        },
        "/people/{person_id}": item(
            "person_id",
            get=declare_responses(ref("Person")),
            delete={
                "summary": "Disable a person",
                **declare_responses({"type": "object", "properties": {"message": TEXT}}),
            },
        ),
    },
    {
        "Folder": {"type": "object", "properties": {"id": TEXT, "name": TEXT, "note": TEXT}},
        "File": {
            "type": "object",
            "properties": {"id": TEXT, "name": TEXT, "size": {"type": "integer"}, "sha1": TEXT},
        },
        "Item": {
            "type": "object",
            "properties": {
                "id": {"type": "string", "description": ITEM_ID},
                "name": TEXT,
                "first": {"type": "object", "properties": {"item": TEXT}},
            },
        },
        "Person": {
            "type": "object",
            "properties": {
                "id": TEXT,
                "name": TEXT,
                "disabled": {"type": "boolean"},
                "folder_ids": {"type": "array", "items": TEXT},
                "folder": {"type": "object", "required": ["id", "name"], "properties": {"id": TEXT, "name": TEXT}},
                "status": {"type": "string", "description": "One of APPROVED, PENDING and FAILED."},
            },
        },
    },
)


@pytest.fixture(scope="module")
def shelves(tmp_path_factory):
    with generated(tmp_path_factory.mktemp("shelves"), SHELF, unknown_ids=UnknownIds("404")) as server:
        yield server


@pytest.fixture
def shelf(shelves, world):
    """Send requests in a new world."""
    return lambda method, path, body=None, **more: shelves(method, path, body, world=world, **more)


def test_put_keeps_what_is_not_sent_where_nothing_is_required_and_there_is_no_patch(shelf):
    key = shelf("POST", "/folders", {"name": "Plans"}).json["id"]

    assert shelf("PUT", f"/folders/{key}", {"note": "All"}).json == {"id": key, "name": "Plans", "note": "All"}


def test_put_replaces_where_something_is_required(shelf):
    key = shelf("POST", "/boxes", {"name": "Plans", "note": "All"}).json["id"]

    assert shelf("PUT", f"/boxes/{key}", {"name": "Other"}).json == {"id": key, "name": "Other"}


def test_an_identifier_described_as_always_existing_exists(shelf):
    assert shelf("GET", "/folders/0").json["id"] == "0"


def test_pages_count_from_the_example(shelf):
    first, second = ([one["id"] for one in shelf("GET", f"/folders?page={n}&page_size=3").json] for n in (0, 1))

    assert len(first) == len(second) == 3
    assert not set(first) & set(second)


def test_a_delete_returns_what_was_deleted(shelf):
    key = shelf("POST", "/folders", {"name": "Plans"}).json["id"]
    assert shelf("DELETE", f"/folders/{key}").json["deleted_folder_id"] == key

    key = shelf("POST", "/items", {"item": {"id": "#tea", "name": "Tea"}}).json["id"]
    assert shelf("DELETE", f"/items/{key}").json["deleted_item_ids"] == [key]


def test_an_upload_creates_a_record_from_its_file_and_its_json_part(shelf):
    parts = [b'name="about"\r\n\r\n{"name": "a.txt"}', b'name="file"; filename="f"\r\n\r\none two']
    body = b"".join(b"--X\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + b"--X--\r\n"
    [made] = shelf("POST", "/files/upload", body, Content_Type="multipart/form-data; boundary=X").json["entries"]

    assert (made["name"], made["size"]) == ("a.txt", 7)
    assert made["sha1"] == hashlib.sha1(b"one two", usedforsecurity=False).hexdigest()
    assert shelf("GET", f"/files/{made['id']}").json == made


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=X"])
def test_an_upload_without_a_body_is_not_a_500(shelf, content_type):
    assert shelf("POST", "/files/upload", b"", Content_Type=content_type).status in {201, 400}


def test_a_temporary_identifier_is_replaced_everywhere(shelf):
    made = shelf("POST", "/items", {"item": {"id": "#tea", "name": "Tea", "first": {"item": "#tea"}}}).json

    assert not made["id"].startswith("#")
    assert made["first"]["item"] == made["id"]
    assert shelf("GET", f"/items/{made['id']}").json == made


def test_a_delete_that_disables_keeps_the_record(shelf):
    made = shelf("POST", "/people", {"name": "Ada"}).json
    assert (made["status"], made["disabled"]) == ("PENDING", False)

    assert shelf("DELETE", f"/people/{made['id']}").status == 200
    assert shelf("GET", f"/people/{made['id']}").json["disabled"] is True


def test_a_put_below_a_record_adds_to_its_list_of_identifiers(shelf):
    key = shelf("POST", "/people", {"name": "Ada"}).json["id"]
    folder = shelf("POST", "/folders", {"name": "Plans"}).json["id"]

    assert shelf("PUT", f"/people/{key}/folders/{folder}").status == 204
    assert folder in shelf("GET", f"/people/{key}").json["folder_ids"]
    assert shelf("DELETE", f"/people/{key}/folders/{folder}").status == 204
    assert folder not in shelf("GET", f"/people/{key}").json["folder_ids"]


def test_an_object_that_only_references_a_record_is_completed_from_it(shelf):
    folder = shelf("POST", "/folders", {"name": "Plans"}).json["id"]
    made = shelf("POST", "/people", {"name": "Ada", "folder": {"id": folder}}).json

    assert made["folder"] == {"id": folder, "name": "Plans"}

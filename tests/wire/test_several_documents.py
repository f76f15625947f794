"""Several documents: on one base path, on nested base paths, with the same names."""

from __future__ import annotations

import pytest

from locum.server.services import StartError
from tests.wire.serving import document, parameter

TEXT = {"type": "string"}


def handler_returning(text):
    return f'def say(): return {{"value": "{text}"}}'


def path_item(path, method="get"):
    return {path: {method: {"operationId": "say"}}}


def merge_paths(*documents):
    """Merge the paths of several documents."""
    return {path: item for document in documents for path, item in document.items()}


def test_many_documents_share_a_base_path(served):
    names = ["a", "b", "c", "d", "e"]
    server = served(
        {name: document(path_item(f"/{name}")) for name in names}, {name: handler_returning(name) for name in names}
    )

    assert [server("GET", f"/{name}").value for name in names] == names


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_nested_base_paths_are_both_served(served, order):
    outer, inner = order
    server = served(
        {
            outer: document(
                merge_paths(
                    path_item("/things"), {"/keys/{value}/old": {"get": {"parameters": [parameter("path", TEXT)]}}}
                ),
                base="/api",
            ),
            inner: document(
                {"/{value}": {"get": {"parameters": [parameter("path", TEXT)]}}, **path_item("/")},
                base="https://a.example/api/keys/",
            ),
        },
        {outer: handler_returning("outer"), inner: handler_returning("inner")},
    )

    assert server("GET", "/api/things").value == "outer"
    assert server("GET", "/api/keys/5").value == "5"
    assert server("GET", "/api/keys/5/old").value == "5"
    assert server("GET", "/api/keys/").value == "inner"
    assert server("GET", "/things").status == 404


def test_a_document_at_the_root_keeps_its_paths_below_anothers_base(served):
    server = served(
        {
            "root": document(merge_paths(path_item("/v1/old"), {"/v1/new": {"post": {"operationId": "idle"}}})),
            "v1": document(path_item("/new"), base="/v1"),
        },
        {"root": handler_returning("root"), "v1": handler_returning("v1")},
    )

    assert server("GET", "/v1/old").value == "root"
    assert server("GET", "/v1/new").value == "v1"
    assert server("POST", "/v1/new").status == 200


def test_one_path_can_have_methods_in_two_documents(served):
    server = served(
        {"a": document(path_item("/things")), "b": document(path_item("/things", "post"))},
        {"a": handler_returning("a"), "b": handler_returning("b")},
    )

    assert server("GET", "/things").value == "a"
    assert server("POST", "/things").value == "b"
    assert server("PUT", "/things").headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_one_path_template_can_have_two_spellings(served):
    one = {"/things/{value}": {"get": {"operationId": "one", "parameters": [parameter("path", TEXT)]}}}
    two = {"/things/{id}": {"put": {"operationId": "two", "parameters": [parameter("path", TEXT, "id")]}}}
    server = served(
        {"a": document(one), "b": document(two)},
        {"a": 'def one(value): return {"value": "one " + value}', "b": 'def two(id): return {"value": "two " + id}'},
    )

    assert server("GET", "/things/5").value == "one 5"
    assert server("PUT", "/things/5").value == "two 5"


def test_one_method_on_one_path_in_two_documents_stops_the_start(served):
    with pytest.raises(StartError, match=r"GET /things is claimed twice, by [ab]:say and by [ab]:say"):
        served(
            {"a": document(path_item("/things")), "b": document(path_item("/things"))},
            {"a": handler_returning("a"), "b": handler_returning("b")},
        )


def test_each_document_has_its_own_error_format_schemas_and_security(served):
    secured = document(
        {"/secured": {"get": {"operationId": "say", "security": [{"key": []}]}}},
        components={
            "securitySchemes": {
                "key": {"$ref": "#/components/securitySchemes/Key"},
                "Key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            }
        },
    )
    thing = {"type": "integer"}
    path = {
        "/open/{value}": {
            "get": {"operationId": "say", "parameters": [parameter("path", {"$ref": "#/components/schemas/Thing"})]}
        }
    }
    server = served(
        {
            "a": secured,
            "b": document(path, components={"schemas": {"Thing": thing}}),
            "c": document({"/text/{value}": path["/open/{value}"]}, components={"schemas": {"Thing": TEXT}}),
        },
        {
            "a": handler_returning("secured"),
            "b": 'def say(value): return {"value": value}\napi = Api(render_error=lambda *_: Response({"error": "b", "message": "", "fields": []}))',
            "c": 'def say(value): return {"value": value}',
        },
    )

    assert server("GET", "/secured").status == 401
    assert server("GET", "/open/5").value == 5
    assert server("GET", "/open/x").json["error"] == "b"
    assert server("GET", "/text/5").value == "5"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("/api", "/api/things"),
        ("/api/", "/api/things"),
        ("api", "/api/things"),
        ("https://a.example", "/things"),
        ("https://a.example:8443/v2/", "/v2/things"),
        ("https://{host}/{version}", "/v3/things"),
        ("", "/things"),
        ("/", "/things"),
    ],
)
def test_a_document_is_served_below_the_path_of_its_first_server(served, url, path):
    variables = {"host": {"default": "a.example"}, "version": {"default": "v3"}}
    servers = [{"url": url, "variables": variables}, {"url": "/another"}]
    server = served({"a": {**document(path_item("/things")), "servers": servers}}, {"a": handler_returning("a")})

    assert server("GET", path).value == "a"
    assert server("GET", "/another/things").status == 404


def test_a_file_name_with_dashes_is_a_module_with_underscores(served):
    assert (
        served({"api-keys": document(path_item("/things"))}, {"api-keys": handler_returning("a")})(
            "GET", "/things"
        ).value
        == "a"
    )

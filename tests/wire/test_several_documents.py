"""Several documents at once: on one base path, one within another, with the same names in them."""

from __future__ import annotations

import pytest

from locum.server.services import Unfit
from tests.wire.serving import document, parameter

TEXT = {"type": "string"}


def saying(word):
    return f'def say(): return {{"value": "{word}"}}'


def said(path, method="get"):
    return {path: {method: {"operationId": "say"}}}


def both(*documents):
    """Make one document of the paths of several."""
    return {path: item for document in documents for path, item in document.items()}


def test_many_documents_share_a_base_path(served):
    names = ["a", "b", "c", "d", "e"]
    server = served({name: document(said(f"/{name}")) for name in names}, {name: saying(name) for name in names})

    assert [server("GET", f"/{name}").value for name in names] == names


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_nested_base_paths_are_both_served(served, order):
    outer, inner = order
    server = served(
        {
            outer: document(
                both(said("/things"), {"/keys/{value}/old": {"get": {"parameters": [parameter("path", TEXT)]}}}),
                base="/api",
            ),
            inner: document(
                {"/{value}": {"get": {"parameters": [parameter("path", TEXT)]}}, **said("/")},
                base="https://a.example/api/keys/",
            ),
        },
        {outer: saying("outer"), inner: saying("inner")},
    )

    assert server("GET", "/api/things").value == "outer"
    assert server("GET", "/api/keys/5").value == "5"
    assert server("GET", "/api/keys/5/old").value == "5"
    assert server("GET", "/api/keys/").value == "inner"
    assert server("GET", "/things").status == 404


def test_a_document_at_the_root_keeps_its_paths_below_anothers_base(served):
    server = served(
        {
            "root": document(both(said("/v1/old"), {"/v1/new": {"post": {"operationId": "idle"}}})),
            "v1": document(said("/new"), base="/v1"),
        },
        {"root": saying("root"), "v1": saying("v1")},
    )

    assert server("GET", "/v1/old").value == "root"
    assert server("GET", "/v1/new").value == "v1"
    assert server("POST", "/v1/new").status == 200


def test_one_path_can_have_methods_in_two_documents(served):
    server = served(
        {"a": document(said("/things")), "b": document(said("/things", "post"))}, {"a": saying("a"), "b": saying("b")}
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
    with pytest.raises(Unfit, match=r"GET /things is claimed twice, by [ab]:say and by [ab]:say"):
        served({"a": document(said("/things")), "b": document(said("/things"))}, {"a": saying("a"), "b": saying("b")})


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
            "a": saying("secured"),
            "b": 'def say(value): return {"value": value}\napi = Api(render_error=lambda *_: Answer({"error": "b", "message": "", "fields": []}))',
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
    server = served({"a": {**document(said("/things")), "servers": servers}}, {"a": saying("a")})

    assert server("GET", path).value == "a"
    assert server("GET", "/another/things").status == 404


def test_a_file_name_with_dashes_is_a_module_with_underscores(served):
    assert served({"api-keys": document(said("/things"))}, {"api-keys": saying("a")})("GET", "/things").value == "a"

"""Structure: what keeps operations from being served, told with its place and the operations it takes with it."""

from __future__ import annotations

import pytest

from locum.openapi.lint.structure import quick_faults
from locum.openapi.load.documents import read

GOOD = "{responses: {'200': {description: ok}}}"


@pytest.fixture
def faults(tmp_path):
    """Return a function that gives the quick faults of a document, which is written below its head."""

    def found(text, version="3.1.0"):
        path = tmp_path / "a.yaml"
        path.write_text(f"openapi: {version}\ninfo: {{title: A, version: '1'}}\n{text}\n")
        return quick_faults(read(path, lenient=True))

    return found


def paths(text):
    return "paths:\n  " + text


def operation(text):
    return paths(f"/a: {{get: {{{text}, responses: {{'200': {{description: ok}}}}}}}}")


@pytest.mark.parametrize(
    ("text", "pointer", "sentence"),
    [
        ("servers: []", "", "has no `paths`"),
        ("paths: []", "/paths", "must be an object whose keys are paths, not a list"),
        (paths(f"pets: {{get: {GOOD}}}"), "/paths/pets", "a path begins with a slash: write /pets."),
        (paths("/a: text"), "/paths/~1a", "a path item is an object, not the text 'text'."),
        (paths("/a/{b: {}"), "/paths/~1a~1{b", "the braces of the path do not match"),
        (paths("/a: {get: 5}"), "/paths/~1a/get", "an operation is an object, not 5."),
        (paths("/a: {get: {responses: {}}}"), "/paths/~1a/get/responses", "with at least one status, such as '200'"),
        (paths("/a: {get: {responses: [200]}}"), "/paths/~1a/get/responses", "not a list"),
        (paths("/a: {get: {responses: {20: {}}}}"), "/paths/~1a/get/responses/20", "'20' is no status: write one like"),
        (paths("/a: {get: {responses: {'200': ok}}}"), "/paths/~1a/get/responses/200", "a response is an object, not"),
        (
            paths("/a: {get: {responses: {'200': {content: {a/b: {schema: text}}}}}}"),
            "/paths/~1a/get/responses/200/content/a~1b/schema",
            "a schema is an object, not the text 'text'.",
        ),
        (
            paths("/a: {get: {responses: {'200': {headers: [a]}}}}"),
            "/paths/~1a/get/responses/200/headers",
            "must be an object of headers by name, not a list",
        ),
        (operation("operationId: 5"), "/paths/~1a/get/operationId", "must be text, not 5."),
        (operation("parameters: {a: b}"), "/paths/~1a/get/parameters", "must be a list of parameters, not an object"),
        (operation("parameters: [a]"), "/paths/~1a/get/parameters/0", "a parameter is an object, not the text 'a'."),
        (operation("parameters: [{in: query, schema: {}}]"), "/paths/~1a/get/parameters/0", "needs a `name`"),
        (operation("parameters: [{name: a, schema: {}}]"), "/paths/~1a/get/parameters/0", "needs `in`: path, query,"),
        (
            operation("parameters: [{name: a, in: qeury, schema: {}}]"),
            "/paths/~1a/get/parameters/0/in",
            "'qeury' is no place of a parameter. Did you mean query?",
        ),
        (
            operation("parameters: [{name: a, in: body, schema: {}}]"),
            "/paths/~1a/get/parameters/0/in",
            "'body' is no place of a parameter. OpenAPI 3 says it by `requestBody`.",
        ),
        (
            operation("parameters: [{name: a, in: query}]"),
            "/paths/~1a/get/parameters/0",
            "needs a `schema`, or `content`",
        ),
        (
            operation("parameters: [{name: a, in: query, schema: {}}, {name: a, in: query, schema: {}}]"),
            "/paths/~1a/get/parameters/1",
            "the query parameter 'a' is declared twice here.",
        ),
        (operation("requestBody: text"), "/paths/~1a/get/requestBody", "a request body is an object"),
        (operation("requestBody: {}"), "/paths/~1a/get/requestBody", "a request body needs `content`"),
        (operation("requestBody: {content: []}"), "/paths/~1a/get/requestBody/content", "an object of media types"),
    ],
)
def test_a_fault_is_told_with_its_pointer_and_what_would_be_right(faults, text, pointer, sentence):
    (fault,) = faults(text)

    assert fault.pointer == pointer
    assert sentence in fault.sentence
    assert f": #{pointer or '/'}: " in fault.sentence


def test_a_sentence_begins_with_the_file_the_line_and_the_column(faults, tmp_path):
    (fault,) = faults(paths("/a:\n    get:\n      operationId: 5\n      responses: {'200': {description: ok}}"))

    assert fault.sentence == f"{tmp_path}/a.yaml:6:7: #/paths/~1a/get/operationId: must be text, not 5."


def test_a_parameter_of_the_path_is_declared_and_of_the_path(faults):
    parameter = "{name: petID, in: path, required: true, schema: {}}"
    found = faults(paths(f"/pets/{{petId}}: {{parameters: [{parameter}], get: {GOOD}}}"))

    assert [fault.sentence.partition(": #")[2] for fault in found] == [
        (
            "/paths/~1pets~1{petId}/get: the path has {petId}, and no parameter `name: petId, in: path` is declared. "
            "Did you mean petID?"
        ),
        (
            "/paths/~1pets~1{petId}/parameters/0/name: 'petID' is declared to be in the path, and /pets/{petId} has no "
            "{petID}. Did you mean petId?"
        ),
    ]


def test_a_path_parameter_is_required(faults):
    (fault,) = faults(paths(f"/pets/{{id}}: {{parameters: [{{name: id, in: path, schema: {{}}}}], get: {GOOD}}}"))

    assert "the path parameter 'id' needs `required: true`." in fault.sentence


def test_an_operation_id_is_given_once(faults):
    named = "{operationId: a, responses: {'200': {description: ok}}}"
    (fault,) = faults(paths(f"/a: {{get: {named}, put: {named}}}"))

    assert "'a' is the operationId of GET /a already." in fault.sentence
    assert fault.operations == (("/a", "put"),)


def test_two_paths_that_match_the_same_are_one_too_many_only_for_the_same_method(faults):
    def parameters(name):
        return f"parameters: [{{name: {name}, in: path, required: true, schema: {{}}}}]"

    same = f"/a/{{b}}: {{{parameters('b')}, get: {GOOD}}}\n  /a/{{c}}: {{{parameters('c')}, get: {GOOD}}}"
    (fault,) = faults(paths(same))

    assert "its path is that of /a/{b} but for the names of its parameters." in fault.sentence
    assert fault.operations == (("/a/{c}", "get"),)
    assert faults(paths(same.replace("get", "put", 1))) == []


def test_responses_are_needed_by_3_0_alone(faults):
    (fault,) = faults(paths("/a: {get: {}}"), "3.0.3")

    assert "has no `responses`: declare at least one, such as '200'." in fault.sentence
    assert faults(paths("/a: {get: {}}"), "3.1.0") == []


@pytest.mark.parametrize(
    "text", ["webhooks: {}", "components: {}", "paths: {}", "paths: {x-a: 5, /a: {x-b: 1, get: {}}}"]
)
def test_what_3_1_leaves_out_is_no_fault(faults, text):
    assert faults(text) == []


BROKEN = """\
paths:
  /a:
    get: {responses: {'200': {$ref: '#/components/responses/Pets'}}}
    put: {responses: {'200': {description: ok}}}
  /b:
    get: {responses: {'200': {$ref: '#/components/responses/Pet'}}}
  /c:
    get: {responses: {'200': {$ref: '#/components/responses/Pets'}}}
components:
  responses:
    Pets: {description: Pets, content: {application/json: {schema: {items: {$ref: '#/components/schemas/Pet'}}}}}
  schemas:
    Pet: {properties: {owner: {$ref: '#/components/schemas/Ownr'}, self: {$ref: '#/components/schemas/Pet'}}}
    Owner: {example: {$ref: '#/gone'}, x-hint: {$ref: '#/gone'}}
    Unused: {not: {$ref: '#/components/schemas/Gone'}}
    Circle: {$ref: '#/components/schemas/Ring'}
    Ring: {$ref: '#/components/schemas/Circle'}
"""


def test_a_reference_that_leads_nowhere_takes_with_it_what_refers_to_it(faults):
    found = {fault.pointer: fault for fault in faults(BROKEN)}
    owner = found["/components/schemas/Pet/properties/owner/$ref"]
    pet = found["/paths/~1b/get/responses/200/$ref"]

    assert len(found) == 5
    assert owner.operations == (("/a", "get"), ("/c", "get"))
    assert owner.sentence.endswith(
        "#/components/schemas/Ownr leads nowhere: there is no 'Ownr' at #/components/schemas. "
        "Did you mean #/components/schemas/Owner?"
    )
    assert pet.operations == (("/b", "get"),)
    assert found["/components/schemas/Unused/not/$ref"].operations == ()
    assert "refers to itself" in found["/components/schemas/Ring/$ref"].sentence


def test_what_is_wrong_with_a_path_item_takes_all_its_operations_and_no_other(faults):
    (fault,) = faults(
        paths(f"/a: {{parameters: [5], get: {GOOD}, put: {GOOD}}}\n  /b: {{get: {GOOD}}}"),
    )

    assert fault.operations == (("/a", "get"), ("/a", "put"))
    assert not fault.stops


def test_without_paths_nothing_can_be_served(faults):
    (fault,) = faults("paths: []")

    assert fault.stops


def test_a_broken_reference_to_a_path_item_takes_the_path(faults):
    (fault,) = faults(paths("/a: {$ref: gone.yaml}"))

    assert fault.operations == (("/a", ""),)


def test_what_is_wrong_with_a_path_itself_takes_all_its_operations(faults):
    (fault,) = faults(paths(f"pets: {{get: {GOOD}, put: {GOOD}}}\n  /b: {{get: {GOOD}}}"))

    assert fault.operations == (("pets", "get"), ("pets", "put"))

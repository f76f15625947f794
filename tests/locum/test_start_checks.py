"""Checks at start: invalid handlers and documents stop it with a message."""

from __future__ import annotations

import textwrap

import pytest

import locum
from locum.openapi.load.documents import BadDocument
from locum.server.application import create
from locum.server.services import StartError
from locum.settings import Settings

DOCUMENT = """
openapi: 3.0.3
info: {title: Pets, version: '1'}
paths:
  /pets/{petId}:
    get:
      operationId: getPet
      parameters:
        - {name: petId, in: path, required: true, schema: {type: string}}
      responses:
        '200': {description: A pet, content: {application/json: {schema: {type: object}}}}
        '404':
          description: None
          content:
            application/json:
              schema: {type: object, required: [why], properties: {why: {type: string}}}
"""
HANDLERS = """
from locum import Api, Response
api = Api(render_error=lambda error, status, new_id, clock: Response({"why": error.message}))
def get_pet(pet_id):
    return {}
"""


@pytest.fixture
def served(tmp_path):
    """Return a function that starts a server and returns the messages that stop it."""
    count = 0

    def start(document=DOCUMENT, handlers=HANDLERS, strict=False, **more):
        nonlocal count
        count += 1
        specs, folder = tmp_path / f"specs{count}", tmp_path / f"handlers_{abs(hash(str(tmp_path)))}_{count}"
        specs.mkdir()
        folder.mkdir()
        (specs / "pets.yaml").write_text(textwrap.dedent(document))
        for name, text in more.items():
            (specs / f"{name}.yaml").write_text(text)
        if handlers is not None:
            (folder / "pets.py").write_text(textwrap.dedent(handlers))
            for name in more:
                (folder / f"{name}.py").write_text(textwrap.dedent(handlers))
        return create(Settings(specs=(specs,), handlers=folder, cache=False, strict=strict))

    return start


def sentences(served, *arguments, **more):
    with pytest.raises(StartError) as stopped:
        served(*arguments, **more)
    return "\n".join(stopped.value.sentences)


def test_valid_handlers_start(served):
    assert len(served().services) == 1


def test_a_document_without_handlers_is_served(served):
    assert served(handlers=None).services[0].handlers == {}


def test_a_misspelt_handler_is_reported_with_its_operation(served):
    message = sentences(served, handlers=HANDLERS.replace("def get_pet", "def get_pets"))

    assert "the function get_pets matches no operation. Did you mean get_pet (getPet)?" in message


def test_an_invalid_api_is_reported(served):
    assert "the `api` of pets is not an `Api`" in sentences(served, handlers="api = 1")


def test_an_unknown_argument_is_reported(served):
    message = sentences(served, handlers=HANDLERS.replace("pet_id", "pet_id, colour"))

    assert "has the unknown parameter 'colour'. Available: caller, clock, new_id, page_url, pet_id, store" in message


def test_a_missing_path_parameter_is_reported(served):
    assert "lacks the path parameter 'pet_id'" in sentences(served, handlers=HANDLERS.replace("(pet_id)", "()"))


def test_a_handler_with_kwargs_is_rejected(served):
    assert "has the parameter **more. Name each argument instead" in sentences(
        served, handlers=HANDLERS.replace("pet_id", "pet_id, **more")
    )


def test_a_rendered_error_that_breaks_its_schema_is_reported(served):
    message = sentences(served, handlers=HANDLERS.replace('"why"', '"reason"'))

    assert "the API's error format (`render_error`) breaks the declared schema for" in message
    assert "response 404, body at '/why' (required): is required" in message


def test_an_exception_in_render_error_is_reported(served):
    message = sentences(served, handlers=HANDLERS.replace("error.message", "error.nothing"))

    assert ": AttributeError" in message


def test_a_module_that_cannot_be_imported_is_reported(served):
    assert "cannot be imported: ZeroDivisionError" in sentences(served, handlers=HANDLERS + "\n1 / 0\n")


PROBLEMS = [
    # A change of the document, and its diagnostic.
    (
        "description: A pet, ",
        "",
        ": warning: #/paths/~1pets~1{petId}/get/responses/200: 'description' is missing. [invalid-openapi]",
    ),
    (
        "schema: {type: object}}}}",
        "schema: {$ref: '#/components/schemas/Pet'}}}}",
        "#/components/schemas/Pet leads nowhere: there is no 'components' at #/.",
    ),
    (
        "operationId: getPet",
        "operationId: getPet\n      security: [{Nothing: []}]",
        "the security scheme 'Nothing' is not declared",
    ),
    ("3.0.3", "'2.0'", "#/openapi: must be 3.0, 3.1 or 3.2, not '2.0'."),
]


@pytest.mark.parametrize(("old", "new", "sentence"), PROBLEMS)
def test_a_document_with_problems_stops_only_a_strict_start(served, old, new, sentence):
    assert old in DOCUMENT
    document = DOCUMENT.replace(old, new, 1)

    assert sentence in sentences(served, document=document, handlers=None, strict=True)
    assert len(served(document=document, handlers=None).services[0].contract.operations) == 1


def test_an_invalid_example_does_not_stop_a_strict_start(served):
    document = DOCUMENT.replace("schema: {type: object}", "schema: {type: object}, example: 5")

    assert served(document=document, strict=True).services[0].counts.warnings == 1


def test_what_is_not_openapi_stops_every_start(served):
    with pytest.raises(BadDocument, match=r"none of its files is an OpenAPI document"):
        served(document="info: {}\n")
    with pytest.raises(BadDocument, match=r"pets.yaml:2:12: "):
        served(document="openapi: 3.1.0\ninfo: {a: b: c}\n")


def test_two_documents_with_the_same_path_are_rejected(served):
    assert "GET /pets/{petId} is claimed twice, by pets:getPet and by others:getPet" in sentences(
        served, others=DOCUMENT
    )


def test_the_reserved_prefix_cannot_be_declared(served):
    document = DOCUMENT.replace("/pets/{petId}", "/__locum/{petId}")

    assert "is below /__locum/, which is reserved for locum" in sentences(served, document=document)


def test_all_problems_are_reported_at_once(served):
    handlers = HANDLERS.replace("pet_id", "pet_id, colour, size")

    assert len(sentences(served, handlers=handlers).splitlines()) == 2


def test_former_names_of_public_classes_can_be_imported():
    assert (locum.Answer, locum.Refusal) == (locum.Response, locum.ApiError)

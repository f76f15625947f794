"""The bundled documents are valid, with valid examples, marked provenance and complete seeds."""

from __future__ import annotations

import pytest
import yaml
from openapi_spec_validator import OpenAPIV30SpecValidator

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.lint.diagnostics import Severity
from locum.openapi.lint.linting import lint
from locum.openapi.lint.values import UNFIT_EXAMPLE, example_places
from locum.openapi.load.documents import read
from locum.openapi.pointers import at, resolve
from tests.conftest import ROOT

NAMES = ("api-keys", "credentials", "workflows")
DOCUMENTS = {name: read(ROOT / "specs" / f"{name}.yaml") for name in NAMES}
CONTRADICTIONS = yaml.safe_load((ROOT / "docs" / "contradictions.yaml").read_text())
PROVENANCES = {"seed", "reference", "completed"}


@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_valid(name):
    found = lint(compile_contract(DOCUMENTS[name]))

    assert [one.sentence for one in found if one.severity < Severity.INFO and one.code != UNFIT_EXAMPLE] == []
    assert list(OpenAPIV30SpecValidator(DOCUMENTS[name].content).iter_errors()) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_valid_except_the_listed_contradictions(name):
    found = lint(compile_contract(DOCUMENTS[name]))
    broken = {one.pointer for one in found if one.code == UNFIT_EXAMPLE}
    listed = {entry["at"] for entry in CONTRADICTIONS[name] if entry.get("breaks")}

    assert broken == listed


@pytest.mark.parametrize("name", NAMES)
def test_there_are_examples_to_validate(name):
    assert len(list(example_places(DOCUMENTS[name].content))) > 20


@pytest.mark.parametrize("name", NAMES)
def test_every_listed_contradiction_has_a_location_and_a_reason(name):
    for entry in CONTRADICTIONS[name]:
        at(DOCUMENTS[name].content, entry["at"])
        assert entry["reason"]


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_has_its_provenance(name):
    document = DOCUMENTS[name].content
    for operation in compile_contract(DOCUMENTS[name]).operations.values():
        declared = at(document, operation.pointer)
        marks = declared.get("x-provenance-responses", {})

        assert declared["x-provenance"] in PROVENANCES, operation.pointer
        assert set(marks) <= set(operation.responses), operation.pointer
        assert set(marks.values()) <= PROVENANCES - {declared["x-provenance"]}, operation.pointer


@pytest.mark.parametrize("name", NAMES)
def test_every_success_with_a_body_has_an_example_or_a_schema_with_examples(name):
    for operation in compile_contract(DOCUMENTS[name]).operations.values():
        for status, response in operation.responses.items():
            for media in response.media_types.values():
                assert media.schema is not None, (operation.operation_id, status)


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_to_an_operation_and_a_parameter(name):
    document = DOCUMENTS[name].content
    operations = {o.operation_id: o for o in compile_contract(DOCUMENTS[name]).operations.values()}
    count = 0
    for operation in operations.values():
        for response in operation.responses.values():
            for link_name in at(document, response.pointer).get("links", {}):
                link, _ = resolve(document, f"{response.pointer}/links/{link_name}")
                target = operations[link["operationId"]]
                count += 1
                assert set(link["parameters"]) <= {parameter.name for parameter in target.parameters}

    assert count > 3


def test_the_counts_are_those_of_the_documented_apis():
    counts = {name: len(compile_contract(document).operations) for name, document in DOCUMENTS.items()}

    assert counts == {"api-keys": 5, "credentials": 11, "workflows": 25}


def _missing(document, seed, here, pointer=""):
    """Yield every location where the document lacks a part of the seed."""
    if isinstance(seed, dict) and isinstance(here, dict):
        if "$ref" in here and "$ref" not in seed:
            here, pointer = resolve(document, here["$ref"][1:])
        for key, value in seed.items():
            yield from _missing(document, value, here.get(key), f"{pointer}/{key}")
    elif isinstance(seed, list) and isinstance(here, list) and len(seed) <= len(here):
        for index, value in enumerate(seed):
            yield from _missing(document, value, here[index], f"{pointer}/{index}")
    elif seed != here:
        yield f"{pointer}: the seed has {seed!r}, the document {here!r}"


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_is_contained_in_the_document(name):
    seed = yaml.safe_load((ROOT / "tests" / "contract" / "seeds" / f"{name}.yaml").read_text())
    document = DOCUMENTS[name].content

    assert list(_missing(document, seed, document)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_seeded_operation_declares_exactly_what_its_seed_declares(name):
    seed = yaml.safe_load((ROOT / "tests" / "contract" / "seeds" / f"{name}.yaml").read_text())
    for path, item in seed["paths"].items():
        for method, operation in item.items():
            declared = DOCUMENTS[name].content["paths"][path][method]
            assert list(declared["responses"]) == list(operation["responses"])
            assert declared["x-provenance"] == "seed"

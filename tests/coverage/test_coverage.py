"""Coverage: the cells of a contract, what covers them, and merging in any order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from locum.cli import main
from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import Document
from locum.verify.coverage.cells import MOST_BRANCHES
from locum.verify.coverage.coverage import Coverage, Unmergeable
from locum.verify.exchanges import Shown

PET = {
    "type": "object",
    "required": ["kind"],
    "properties": {
        "kind": {"type": "string", "enum": ["cat", "dog"]},
        "name": {"type": ["string", "null"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "home": {"oneOf": [{"type": "string"}, {"type": "object", "required": ["street"]}]},
        "mother": {"$ref": "#/components/schemas/Pet"},
    },
}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "components": {"schemas": {"Pet": PET}},
    "paths": {
        "/pets/{id}": {
            "get": {
                "operationId": "getPet",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}},
                    {"name": "full", "in": "query", "schema": {"type": "boolean"}},
                ],
                "responses": {
                    "200": {
                        "description": "x",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
                    },
                    "404": {"description": "none"},
                },
            }
        }
    },
}
CELLS = {
    "status 200 application/json", "status 404", "path id:minimum",
    "query full:present", "query full:absent", "query full=true", "query full=false",
    *(
        f"200 application/json {branch}"
        for branch in (
            "/kind=cat", "/kind=dog", "/name:present", "/name:absent", "/name:null", "/name:value", "/tags:present",
            "/tags:absent", "/tags:empty", "/tags:filled", "/home:present", "/home:absent", "/home:oneOf/0",
            "/home:oneOf/1", "/mother:present", "/mother:absent",
        )
    ),
}  # fmt: skip
CONTRACT = compile_contract(Document("pets", Path("pets.json"), b"", DOCUMENT))
OPERATION = CONTRACT.operations["/pets/{id}", "get"]


def shown(body, *, path="/v1/pets/1", status=200):
    return Shown(
        method="GET",
        url=f"http://127.0.0.1:4010{path}",
        status=status,
        response_headers={"content-type": "application/json"} if body is not None else {},
        response_body=b"" if body is None else json.dumps(body).encode(),
    )


def counted(*exchanges):
    coverage = Coverage.of(CONTRACT)
    for one in exchanges:
        coverage.count(OPERATION, one)
    return coverage


def seen(coverage):
    return {cell for cells in coverage.cells.values() for cell, count in cells.items() if count}


def test_every_declared_element_has_one_coverage_cell():
    assert set(Coverage.of(CONTRACT).cells["GET /pets/{id}"]) == CELLS


@pytest.mark.parametrize(
    ("exchange", "cells"),
    [
        (
            shown({"kind": "cat", "name": None, "tags": []}),
            {
                "status 200 application/json", "path id:minimum", "query full:absent", "200 application/json /kind=cat",
                "200 application/json /name:present", "200 application/json /name:null",
                "200 application/json /tags:present", "200 application/json /tags:empty",
                "200 application/json /home:absent", "200 application/json /mother:absent",
            },
        ),
        (shown(None, status=404, path="/pets/7?full=true"), {"status 404", "query full:present", "query full=true"}),
        (shown(None, status=404, path="/pets/7?full=perhaps"), {"status 404"}),
    ],
)  # fmt: skip
def test_an_exchange_covers_its_cells(exchange, cells):
    assert seen(counted(exchange)) == cells


@pytest.mark.parametrize(
    "exchange", [shown({"kind": "cow"}), shown({}), shown(None, status=500), shown(None, status=0)]
)
def test_a_response_that_breaks_the_contract_covers_nothing(exchange):
    coverage = counted(exchange)

    assert (seen(coverage), coverage.wrong) == (set(), 1)


def test_a_request_rejected_before_validation_covers_only_its_response():
    rejected = {**DOCUMENT["paths"]["/pets/{id}"]["get"]["responses"], "401": {"description": "who are you?"}}
    document = {
        **DOCUMENT,
        "paths": {"/pets/{id}": {"get": {**DOCUMENT["paths"]["/pets/{id}"]["get"], "responses": rejected}}},
    }
    contract = compile_contract(Document("pets", Path("pets.json"), b"", document))
    coverage = Coverage.of(contract)
    coverage.count(contract.operations["/pets/{id}", "get"], shown(None, status=401, path="/pets/1?full=true"))

    assert seen(coverage) == {"status 401"}


def test_the_cells_of_a_vast_schema_are_limited():
    schema = {"type": "object", "properties": {f"p{n}": {"$ref": "#/components/schemas/Vast"} for n in range(150)}}
    vast = {"type": "object", "properties": {f"q{n}": {"type": "boolean"} for n in range(150)}}
    response = {"200": {"description": "x", "content": {"application/json": {"schema": schema}}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Vast", "version": "1"},
        "components": {"schemas": {"Vast": vast}},
        "paths": {"/vast": {"get": {"operationId": "vast", "responses": response}}},
    }
    cells = Coverage.of(compile_contract(Document("vast", Path("vast.json"), b"", document))).cells["GET /vast"]

    assert len(cells) == 1 + MOST_BRANCHES
    assert "200 application/json /p0:absent" in cells


def test_the_branches_of_each_one_of_are_distinguished():
    assert "200 application/json /home:oneOf/1" in seen(counted(shown({"kind": "dog", "home": {"street": "x"}})))
    assert "200 application/json /home:oneOf/0" in seen(counted(shown({"kind": "dog", "home": "x"})))


def test_keywords_beside_a_reference_are_cells_too():
    """OpenAPI 3.1: keywords beside `$ref` apply, too."""
    size = {"$ref": "#/components/schemas/Size", "maximum": 9, "allOf": [{"enum": [1, 9, None]}]}
    response = {"200": {"description": "x", "content": {"application/json": {"schema": size}}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Sizes", "version": "1"},
        "components": {"schemas": {"Size": {"type": ["integer", "null"], "minimum": 1}}},
        "paths": {"/size": {"get": {"operationId": "size", "responses": response}}},
    }
    contract = compile_contract(Document("sizes", Path("sizes.json"), b"", document))
    coverage = Coverage.of(contract)
    for value in (9, 1):
        coverage.count(contract.operations["/size", "get"], shown(value, path="/size"))

    names = [f"200 application/json :{mark}" for mark in ("maximum", "null", "value", "minimum")]
    names += [f"200 application/json ={one}" for one in (1, 9, None)]
    assert list(coverage.cells["GET /size"])[1:] == names
    assert seen(coverage) == {"status 200 application/json", names[0], *names[2:6]}


PETS = st.fixed_dictionaries(
    {"kind": st.sampled_from(["cat", "dog", "cow"])},
    optional={"name": st.none() | st.text(max_size=3), "tags": st.lists(st.text(max_size=2), max_size=2)},
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first example compiles the schemas
@given(st.lists(PETS, max_size=6), st.randoms())
def test_the_order_of_counting_and_merging_does_not_matter(pets, random):
    exchanges = [shown(pet) for pet in pets]
    whole = counted(*exchanges)
    parts = [counted(one) for one in exchanges]
    random.shuffle(parts)
    merged = Coverage.of(CONTRACT)
    for part in parts:
        merged.merge(Coverage.from_plain(json.loads(json.dumps(part.plain()))))

    assert merged == whole
    assert json.dumps(merged.plain()) == json.dumps(whole.plain())


def test_uncovered_cells_are_listed():
    coverage = counted(shown({"kind": "cat"}))

    assert ("GET /pets/{id}", "status 404") in set(coverage.missing())
    assert coverage.kinds()["statuses"] == (1, 2)
    assert coverage.percent("statuses") == 50
    assert coverage.percent() == pytest.approx(100 * len(seen(coverage)) / len(CELLS))


def test_a_file_of_the_first_version_is_read_with_the_names_of_today():
    cells = {"GET /pets/{id}": {"answer 404": 2, "path id:minimum": 1}}
    read = Coverage.from_plain({"form": 1, "api": "pets", "digest": "", "wrong": 0, "cells": cells})

    assert read.plain()["cells"] == {"GET /pets/{id}": {"path id:minimum": 1, "status 404": 2}}


def test_coverage_of_another_contract_is_not_merged():
    other = Coverage.of(compile_contract(Document("others", Path("others.json"), b"", DOCUMENT)))
    with pytest.raises(Unmergeable, match="others is not pets"):
        Coverage.of(CONTRACT).merge(other)


@pytest.mark.parametrize("text", ["{", "{}", '[{"form": 9}]', '[{"form": 1, "cells": {"a": 5}}]', "5"])
def test_a_file_without_coverage_is_reported(tmp_path, text):
    file = tmp_path / "coverage.json"
    file.write_text(text)
    output = CliRunner().invoke(main, ["coverage", str(file)])

    assert output.exit_code == 2
    assert "coverage.json" in output.output


def test_the_command_merges_prints_and_fails_under_a_threshold(tmp_path):
    files = []
    for number, exchange in enumerate((shown({"kind": "cat"}), shown(None, status=404))):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_text(json.dumps([counted(exchange).plain()]))
    both = [str(file) for file in files]
    output = CliRunner().invoke(main, ["coverage", *both, "--missing", "--fail-under", "100", "--of", "statuses"])

    assert output.exit_code == 0, output.output
    assert "statuses 2/2" in output.output
    assert "Never seen of GET /pets/{id}:\n" in output.output
    line = "  No response 200 (application/json) whose /kind is dog.  [200 application/json /kind=dog]\n"
    assert line in output.output
    assert CliRunner().invoke(main, ["coverage", both[0], "--fail-under", "100", "--of", "statuses"]).exit_code == 1
    CliRunner().invoke(main, ["coverage", *both, "--to", str(tmp_path / "all.json")])
    assert (
        CliRunner().invoke(main, ["coverage", str(tmp_path / "all.json")]).output
        == CliRunner().invoke(main, ["coverage", *both]).output
    )

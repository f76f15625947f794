"""Values for the schemas of real documents, from the folder of the corpus, if there is one."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from locum.generate.generator import Generator, Unsatisfiable
from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import read
from locum.world.clock import EPOCH
from tests.corpus.sources import MISSING, corpus_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.schemas.schemas import Schema

MANY_BYTES = 100_000
ROOT = Path(__file__).resolve().parent.parent.parent


def schemas_of(contract: Contract) -> Iterator[Schema]:
    """Yield the schema of every parameter, request and response, each once."""
    seen = set()
    for operation in contract.operations.values():
        bodies = [*operation.responses.values(), *([operation.body] if operation.body else [])]
        places = [media for body in bodies for media in body.media_types.values()]
        places += operation.parameters
        places += [header for response in operation.responses.values() for header in response.headers.values()]
        for place in places:
            if place.schema is not None and place.schema not in seen:
                seen.add(place.schema)
                yield place.schema


def contract_of(name: str) -> Contract:
    path = corpus_file(name)
    if path is None:
        pytest.skip(MISSING)
    return compile_contract(read(path))


def unmet(contract: Contract, schemas: list[Schema], examples: bool) -> list[str]:
    """Return the schemas without a generated value."""
    generator = Generator(contract.schemas)
    found = []
    for schema in schemas:
        try:
            value = generator.value(schema, Random(1), EPOCH, examples=examples)
        except Unsatisfiable as problem:
            found.append(str(problem))
            continue
        if not schema.is_valid(value):
            found.append(f"{schema.pointer} is not met")
        if len(json.dumps(value)) > MANY_BYTES:
            found.append(f"{schema.pointer} has {len(json.dumps(value))} bytes")
    return found


@pytest.mark.parametrize("examples", [True, False])
@pytest.mark.parametrize("name", ["api-keys.yaml", "credentials.yaml", "workflows.yaml"])
def test_every_schema_of_the_bundled_documents_has_a_value(name, examples):
    contract = compile_contract(read(ROOT / "specs" / name))

    assert unmet(contract, list(schemas_of(contract)), examples) == []


@pytest.mark.parametrize("examples", [True, False])
@pytest.mark.parametrize("name", ["museum.yaml", "train-travel.yaml", "uspto.yaml"])
def test_every_schema_of_a_small_document_has_a_value(name, examples):
    contract = contract_of(name)

    assert unmet(contract, list(schemas_of(contract)), examples) == []


@pytest.mark.parametrize("name", ["asana.yaml", "box.json", "github-api.json", "stripe.yaml"])
def test_every_schema_of_a_large_document_has_a_small_value(name, record_property):
    contract = contract_of(name)
    schemas = list(schemas_of(contract))
    missing = unmet(contract, schemas, examples=True)
    record_property("summary", f"{name}: values for {len(schemas) - len(missing)} of {len(schemas)} schemas")

    assert missing == []

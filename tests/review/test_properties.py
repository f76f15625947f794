"""Facts that hold for every contract: nothing differs from itself, a refactoring is no change, a break is shown."""

from __future__ import annotations

import copy
import json
from datetime import date
from random import Random

import pytest
from jsonschema import Draft202012Validator

from locum.generate.generator import Generator, Unsatisfiable
from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import read
from locum.openapi.schemas.dialects import Direction
from locum.review.documents import compare_contracts
from locum.world.clock import EPOCH
from locum.world.seeded import chance
from tests.conftest import ROOT
from tests.corpus.sources import DOCUMENTS
from tests.review.pairs import SchemaPair, contract, schema_document
from tests.review.refactoring import refactored

TODAY = date(2026, 11, 30)
WHOLE = [*sorted((ROOT / "specs").glob("*.yaml")), *DOCUMENTS]
POINTER = "/paths/~1things/post/requestBody/content/application~1json/schema"


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.stem)
def test_a_document_does_not_differ_from_itself(path):
    assert compare_contracts(compile_contract(read(path)), compile_contract(read(path)), TODAY) == []


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.stem)
def test_a_refactoring_is_no_change(path, tmp_path):
    document = read(path)
    base = compile_contract(document)

    for seed in range(2):
        head = contract(refactored(document.content, Random(seed)), tmp_path, path.stem)
        found = [one for one in compare_contracts(base, head, TODAY) if one.level.label != "docs"]
        assert [(one.kind, one.site.text, one.sentence) for one in found] == []


def random_schema(random: Random, depth: int = 0):
    kind = random.choice(
        ["string", "integer", "number", "boolean", "array", "object", "enum", "choice"][: 8 if depth < 2 else 5]
    )
    if kind == "string":
        return {"type": "string", **some(random, minLength=random.randrange(4), maxLength=random.randrange(5, 12))}
    if kind in {"integer", "number"}:
        return {"type": kind, **some(random, minimum=random.randrange(5), maximum=random.randrange(10, 20))}
    if kind == "enum":
        return {"enum": random.sample(["a", "b", "c", 1, 2, True], 3)}
    if kind == "array":
        items = random_schema(random, depth + 1)
        return {
            "type": "array",
            "items": items,
            **some(random, minItems=random.randrange(2), maxItems=random.randrange(3, 6)),
        }
    if kind == "choice":
        first, second = random_schema(random, depth + 1), {"type": "object", "required": ["z"], "properties": {"z": {}}}
        return {random.choice(["oneOf", "anyOf"]): [first, second]}
    if kind == "object":
        names = random.sample("abcdef", random.randrange(1, 4))
        whole = {"type": "object", "properties": {name: random_schema(random, depth + 1) for name in names}}
        return whole | some(random, required=sorted(random.sample(names, 1)), additionalProperties=False)
    return {"type": kind}


def some(random: Random, **keywords):
    return {name: value for name, value in keywords.items() if random.random() < 0.5}


def mutated(schema, random: Random):
    """Return a schema with one or two random edits."""
    edited = copy.deepcopy(schema)
    for _ in range(random.randrange(1, 3)):
        places = [one for one in walk(edited) if isinstance(one, dict)]
        place = random.choice(places)
        edit = random.randrange(5)
        if edit == 0:
            place.update(some(random, minLength=2, maxItems=2, minimum=3, maxLength=8))
        elif edit == 1 and place:
            keyword = random.choice(sorted(place))
            if keyword not in {"properties", "items"}:
                del place[keyword]
        elif edit == 2 and isinstance(place.get("properties"), dict):
            place["properties"][random.choice("abcdefg")] = random_schema(random, 2)
        elif edit == 3 and isinstance(place.get("properties"), dict):
            place["required"] = random.sample("abcdef", 1)
        else:
            replacement = random_schema(random, 2)
            place.clear()
            place.update(replacement)
    return edited


def walk(schema):
    yield schema
    for part in [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]:
        yield from walk(part)
    for keyword in ("oneOf", "anyOf"):
        for part in schema.get(keyword, ()):
            yield from walk(part)


def test_random_changes_are_judged_right(tmp_path):
    """A compatible request change keeps 1,000 old values valid; a breaking one has an example that is really one."""
    samples = breaks = 0
    for seed in range(170):
        random = Random(seed)
        schema = random_schema(random)
        pair = SchemaPair("", "", "", "")
        documents = [schema_document(one, pair) for one in (schema, mutated(schema, random))]
        base, head = (contract(one, tmp_path, name) for one, name in zip(documents, ("base", "head"), strict=True))
        sent = [one for one in compare_contracts(base, head, TODAY) if "request" in one.site.part]
        schemas = [one.schemas.schema(POINTER, Direction.REQUEST) for one in (base, head)]
        if all(one.level.label in {"compatible", "docs"} for one in sent):
            for value in values(base, schemas[0], 20):
                samples += 1
                assert schemas[1].is_valid(value), (seed, value, documents)
        for one in sent:
            if one.level.label == "breaking":
                breaks += 1
                assert is_example(one.witness.value, documents), (seed, one, documents)

    assert samples >= 1000
    assert breaks >= 50


def values(base, schema, count):
    generator = Generator(base.schemas)
    for number in range(count):
        try:
            yield generator.value(schema, chance(number, "sample"), EPOCH, optional=number % 3 / 2)
        except Unsatisfiable:
            return


def is_example(value, documents):
    """Judge an example by another library: the old schema accepts it, the new one does not."""
    schemas = [
        one["paths"]["/things"]["post"]["requestBody"]["content"]["application/json"]["schema"] for one in documents
    ]
    value = json.loads(json.dumps(value))
    return Draft202012Validator(schemas[0]).is_valid(value) and not Draft202012Validator(schemas[1]).is_valid(value)

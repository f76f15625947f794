"""Bundles: documents of several files, and references that are not allowed."""

from __future__ import annotations

import json
import re

import pytest

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.lint.linting import lint
from locum.openapi.load.documents import read
from locum.openapi.pointers import at, pointer_of, resolve
from locum.openapi.schemas.dialects import Direction

HEAD = "openapi: 3.1.0\ninfo: {title: Pets, version: '1'}\n"
PETS = {
    "openapi.yaml": HEAD
    + """\
paths:
  /pets: {$ref: ./paths/pets.yaml}
  /pets/{id}: {$ref: 'paths/pet%20item.json#/item'}
components:
  schemas:
    Name: {type: string, minLength: 1}
""",
    "paths/pets.yaml": """\
get:
  operationId: listPets
  parameters: [{$ref: '../shared.yaml#/parameters/limit'}]
  responses:
    200:
      description: Pets
      content: {application/json: {schema: {type: array, items: {$ref: ../schemas/Pet.yaml}}}}
""",
    "paths/pet item.json": json.dumps(
        {
            "item": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "get": {"operationId": "getPet", "responses": {"200": {"$ref": "../shared.yaml#/responses/pet"}}},
            }
        }
    ),
    "shared.yaml": """\
parameters:
  limit: {name: limit, in: query, schema: {$ref: '#/limit'}}
limit: {type: integer, maximum: 100}
responses:
  pet:
    description: A pet
    content: {application/json: {schema: {$ref: schemas/Pet.yaml#}}}
unused: {$ref: gone.yaml}
""",
    "schemas/Pet.yaml": """\
type: object
required: [name]
properties:
  name: {$ref: '../openapi.yaml#/components/schemas/Name', description: Beside it}
  owner: {$ref: Owner.yaml}
""",
    "schemas/Owner.yaml": "properties: {pets: {type: array, items: {$ref: Pet.yaml}}}\n",
}


@pytest.fixture
def folder(tmp_path):
    """Return a function that writes files and returns the path of the document."""

    def write(files):
        for name, text in files.items():
            path = tmp_path / "specs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path / "specs" / "openapi.yaml"

    return write


def sentences(document):
    """Return the diagnostics of the references of a document."""
    found = lint(compile_contract(document))
    return [one.sentence for one in found if one.code.endswith("reference")]


def document(text):
    return {"openapi.yaml": HEAD + text}


def references(value):
    if isinstance(value, dict):
        yield from (value[key] for key in value if key == "$ref")
        yield from (found for part in value.values() for found in references(part))
    elif isinstance(value, list):
        yield from (found for part in value for found in references(part))


def test_a_document_of_several_files_becomes_one(folder):
    content = read(folder(PETS)).content
    schema, _ = resolve(
        content, resolve(content, "/paths/~1pets")[1] + "/get/responses/200/content/application~1json/schema/items"
    )

    assert list(resolve(content, "/paths/~1pets~1{id}")[0]) == ["parameters", "get"]
    assert schema["properties"]["name"]["$ref"] == "#/components/schemas/Name"
    assert schema["properties"]["name"]["description"] == "Beside it"


def test_every_used_reference_is_a_resolvable_pointer(folder):
    content = read(folder(PETS)).content
    found = set(references(content)) - {"gone.yaml"}  # of unreferenced objects

    assert len(found) == 8
    for reference in found:
        assert at(content, pointer_of(reference)) is not None


def test_a_bundled_document_is_served(folder):
    contract = compile_contract(read(folder(PETS)))
    operation = contract.operations["/pets", "get"]
    body = operation.responses["200"].media_types["application/json"].schema

    assert [parameter.name for parameter in operation.parameters] == ["limit"]
    assert body.is_valid([{"name": "Rex", "owner": {"pets": [{"name": "Tom"}]}}])
    assert not body.is_valid([{"name": "Rex", "owner": {"pets": [{"name": ""}]}}])
    assert contract.schemas.schema("/components/schemas/Name", Direction.REQUEST).is_valid("x")


def test_a_bundled_document_is_valid(folder):
    assert lint(compile_contract(read(folder(PETS)))) == []


def test_the_digest_is_that_of_every_file(folder):
    before = read(folder(PETS)).digest
    after = read(folder({"schemas/Owner.yaml": PETS["schemas/Owner.yaml"] + "# changed\n"})).digest

    assert before != after
    assert read(folder(PETS)).digest == before


def test_files_can_reference_each_other(folder):
    content = read(
        folder(
            document("components: {schemas: {A: {$ref: 'a.yaml#/A'}}}\n")
            | {"a.yaml": "A: {not: {$ref: 'b.yaml'}}", "b.yaml": "not: {$ref: 'a.yaml#/A'}\nitems: {$ref: '#'}"}
        )
    ).content

    assert content["x-locum-files"] == {
        "a.yaml": {"A": {"not": {"$ref": "#/x-locum-files/b.yaml"}}},
        "b.yaml": {
            "not": {"$ref": "#/x-locum-files/a.yaml/A"},
            "items": {"$ref": "#/x-locum-files/b.yaml"},
        },
    }


@pytest.mark.parametrize(
    "data",
    [
        "x-hint: {$ref: gone.yaml}",
        "components: {x-hint: {$ref: gone.yaml}}",
        "components: {examples: {A: {value: {$ref: gone.yaml}}}}",
        "components: {schemas: {A: {example: {$ref: gone.yaml}, default: {$ref: gone.yaml}}}}",
        "components: {schemas: {A: {examples: [{$ref: gone.yaml}], enum: [{$ref: gone.yaml}], const: {$ref: gone.yaml}}}}",
        "components: {schemas: {A: {properties: {$ref: {type: string}}}}}",
        "components: {responses: {A: {content: {a/b: {example: {$ref: gone.yaml}, x-hint: {$ref: gone.yaml}}}}}}",
        "paths: {x-hint: {$ref: gone.yaml}}",
    ],
)
def test_a_reference_within_data_is_data(folder, data):
    content = read(folder(document(data))).content

    assert "x-locum-files" not in content


@pytest.mark.parametrize(
    "place",
    [
        "components: {schemas: {x-named: {$ref: a.yaml}}}",
        "components: {schemas: {A: {properties: {example: {$ref: a.yaml}, x-b: {$ref: a.yaml}, enum: {$ref: a.yaml}}}}}",
        "components: {schemas: {A: {properties: {default: {items: {$ref: a.yaml}}}}}}",
        "components: {responses: {A: {headers: {x-rate: {$ref: a.yaml}}}}}",
        "components: {examples: {A: {$ref: a.yaml}}}",
        "components: {schemas: {A: {oneOf: [{$ref: a.yaml}], discriminator: {mapping: {a: a.yaml}}}}}",
        "webhooks: {x-new: {$ref: a.yaml}}",
        "components: {callbacks: {A: {'{$request.body#/url}': {$ref: a.yaml}}}}",
        "components: {schemas: {A: {$defs: {b: {$ref: a.yaml}}, patternProperties: {^x-: {$ref: a.yaml}}}}}",
    ],
)
def test_a_name_that_looks_like_a_keyword_of_data_is_a_name(folder, place):
    content = read(folder(document(place) | {"a.yaml": "{}"})).content

    assert content["x-locum-files"] == {"a.yaml": {}}
    assert "a.yaml" not in list(references(content))
    assert set(references(content)) == {"#/x-locum-files/a.yaml"}
    assert '"a": "a.yaml"' not in json.dumps(content)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (
            document("paths:\n  /pets: {$ref: paths/pet.yaml}\n") | {"paths/pets.yaml": "{}"},
            (
                r"specs/openapi.yaml:4:11: error: #/paths/~1pets/\$ref: refers to paths/pet.yaml, but \S+: cannot be "
                r"read \(No such file or directory\). Did you mean pets.yaml\? "
            ),
        ),
        (
            document("components: {schemas: {A: {$ref: 'a.yaml#/Pett'}}}") | {"a.yaml": "Pet: {}\nOwner: {}"},
            r"a.yaml#/Pett leads nowhere: a.yaml has no 'Pett' at #/. Did you mean #/Pet\?",
        ),
        (
            document("components: {schemas: {A: {$ref: 'a.yaml'}, B: {}}}")
            | {"a.yaml": "items:\n  $ref: '#/components/schemas/B'"},
            (
                r"specs/a.yaml:2:3: warning: #/items/\$ref: #/components/schemas/B leads nowhere: a.yaml has "
                r"no 'components' at #/.* openapi.yaml has it: write that file's name before the #."
            ),
        ),
        (
            document("components: {schemas: {A: {$ref: 'a.yaml'}}}") | {"a.yaml": "a: [1\n"},
            r"openapi.yaml:3:28: error: #/components/schemas/A/\$ref: \S+a.yaml:2:1: did not find expected",
        ),
        (
            document("components: {schemas: {A: {$ref: '../secret.yaml'}}}"),
            r"\.\./secret.yaml is outside the document's folder, which references must not leave; --allow-refs lets them",
        ),
        (
            document("components: {schemas: {A: {$ref: '/etc/passwd'}}}"),
            r"/etc/passwd is outside the document's folder",
        ),
        (
            document("components: {schemas: {A: {$ref: 'file:///etc/passwd'}}}"),
            r"file:///etc/passwd is outside the document's folder",
        ),
        (
            document("components: {schemas: {A: {$ref: 'https://a.example/b.yaml#/B'}}}"),
            r"https://a.example/b.yaml is read over the network, which needs --allow-refs, and only on this machine",
        ),
        (
            document("components: {schemas: {A: {$ref: 'urn:a:b'}}}"),
            r"urn:a:b is of the scheme urn, which locum does not read",
        ),
    ],
)
def test_an_unresolvable_reference_is_reported_with_its_location(folder, files, sentence):
    found = sentences(read(folder(files)))

    assert [one for one in found if re.search(sentence, one)], found
    assert len([one for one in found if "reference" in one.rpartition("[")[2]]) == 1


def test_a_symbolic_link_does_not_lead_out_of_the_folder(folder, tmp_path):
    (tmp_path / "secret.yaml").write_text("type: string")
    path = folder(document("components: {schemas: {A: {$ref: 'linked.yaml'}}}"))
    (path.parent / "linked.yaml").symlink_to(tmp_path / "secret.yaml")

    found = read(path)

    assert "linked.yaml is outside the document's folder" in sentences(found)[0]
    assert found.parts == ()


def test_references_to_other_folders_can_be_allowed(folder, tmp_path):
    (tmp_path / "common.yaml").write_text("type: string")
    path = folder(document("components: {schemas: {A: {$ref: '../common.yaml'}}}"))
    content = read(path, allow_refs=True).content

    assert resolve(content, "/components/schemas/A")[0] == {"type": "string"}


def test_references_to_other_machines_cannot_be_allowed(folder):
    path = folder(document("components: {schemas: {A: {$ref: 'https://a.example/b.yaml'}}}"))

    (found,) = sentences(read(path, allow_refs=True))

    assert "https://a.example/b.yaml is on another machine, and locum reads nothing" in found


def test_an_unresolvable_reference_is_kept_beside_resolved_ones(folder):
    found = read(
        folder(document("components: {schemas: {A: {$ref: gone.yaml}, B: {$ref: b.yaml}}}") | {"b.yaml": "{}"})
    )

    assert list(found.lost) == ["gone.yaml"]
    assert found.content["components"]["schemas"]["A"] == {"$ref": "gone.yaml"}
    assert resolve(found.content, "/components/schemas/B")[0] == {}


def test_a_location_in_another_file_has_the_name_of_that_file(folder):
    found = read(folder(PETS))
    places = {
        "/x-locum-files/schemas~1Pet.yaml/properties/owner": "schemas/Pet.yaml:5:3: #/properties/owner",
        "/x-locum-files/shared.yaml": "shared.yaml:1:1: #/",
        "/paths/~1pets": "openapi.yaml:4:3: #/paths/~1pets",
    }

    located = found.places(list(places))
    assert {
        pointer: f"{place.file.partition('specs/')[2]}:{place.line}:{place.column}: #{place.pointer or '/'}"
        for pointer, place in located.items()
    } == places


def test_parsed_fragments_are_cached(folder, tmp_path):
    first = read(folder(PETS), tmp_path / "cache").content

    assert len(list((tmp_path / "cache").iterdir())) == 5  # JSON is not cached
    assert read(folder(PETS), tmp_path / "cache").content == first


@pytest.mark.parametrize(
    ("schemas", "pointer", "reference"),
    [
        ("{A: {$anchor: a}, B: {$ref: '#a'}}", "/B", "/A"),
        ("{A: {$dynamicAnchor: a}, B: {$ref: '#a'}}", "/B", "/A"),
        ("{A: {$id: 'https://a.example/a'}, B: {$ref: 'https://a.example/a'}}", "/B", "/A"),
        (
            "{A: {$id: 'https://a.example/a', $defs: {c: {}}}, B: {$ref: 'https://a.example/a#/$defs/c'}}",
            "/B",
            "/A/$defs/c",
        ),
        ("{A: {$id: 'https://a.example/a', $defs: {c: {}}, not: {$ref: '#/$defs/c'}}}", "/A/not", "/A/$defs/c"),
        ("{A: {$id: 'https://a.example/x/a', not: {$ref: b}}, B: {$id: 'https://a.example/x/b'}}", "/A/not", "/B"),
        ("{A: {$id: 'https://a.example/a', not: {$ref: '#/components/schemas/B'}}, B: {}}", "/A/not", "/B"),
        ("{A: {$id: 'urn:a', $anchor: c, not: {$ref: '#c'}}, B: {$anchor: c}}", "/A/not", "/A"),
        (
            "{X: {list: [{$id: 'urn:a'}]}, A: {$id: 'urn:a'}, Y: {map: {b: {$id: 'urn:a'}}}, B: {$ref: 'urn:a'}}",
            "/B",
            "/A",
        ),
    ],
)
def test_a_schema_can_be_referenced_by_its_id_or_its_anchor(folder, schemas, pointer, reference):
    content = read(folder(document(f"paths: {{}}\ncomponents: {{schemas: {schemas}}}"))).content

    assert pointer_of(at(content, "/components/schemas" + pointer)["$ref"]) == "/components/schemas" + reference


def test_an_unknown_anchor_is_reported(folder):
    (found,) = sentences(read(folder(document("components: {schemas: {A: {$ref: '#gone'}}}"))))

    assert "#gone is not a JSON Pointer" in found


def test_an_aliased_object_is_rewritten_once(folder):
    files = document("components: {schemas: {A: {$ref: 'a.yaml'}}, examples: {A: {$ref: 'a.yaml'}}}")
    content = read(folder(files | {"a.yaml": "$ref: 'b.yaml'", "b.yaml": "{}"})).content

    assert content["x-locum-files"]["a.yaml"] == {"$ref": "#/x-locum-files/b.yaml"}

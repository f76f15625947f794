"""`locum stats`: the figures of a contract."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from locum.cli import main

DOCUMENT = """
openapi: 3.0.3
info: {title: Trees, version: '1'}
security: [{key: []}]
paths:
  /trees:
    get:
      summary: List
      responses:
        '200': {description: ok, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Tree'}}, example: [{name: oak}]}}}
    post:
      deprecated: true
      security: []
      parameters: [{name: q, in: query, schema: {type: string}}]
      responses: {'204': {description: done}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
  schemas:
    Tree: {type: object, properties: {name: {type: string, description: its name}, next: {$ref: '#/components/schemas/Tree'}}}
    Unused: {type: object, properties: {a: {type: object, properties: {b: {type: string}}}}}
"""


@pytest.fixture
def figures(tmp_path):
    (tmp_path / "trees.yaml").write_text(DOCUMENT)
    done = CliRunner().invoke(main, ["stats", str(tmp_path / "trees.yaml"), "--format", "json", "--no-cache"])
    return json.loads(done.stdout)[0]


def test_the_figures_are_counted(figures):
    assert figures["operations"] == 2
    assert figures["methods"] == {"GET": 1, "POST": 1}
    assert (figures["deprecated"], figures["parameters"], figures["responses"]) == (1, 1, 2)
    assert (figures["named_schemas"], figures["circular"]) == (2, 1)
    assert figures["depth"] == 2
    assert figures["secured"] == {"count": 1, "of": 2, "percent": 50.0}
    assert figures["described"]["count"] == 1
    assert figures["properties_described"] == {"count": 1, "of": 4, "percent": 25.0}
    assert figures["with_examples"] == {"count": 1, "of": 1, "percent": 100.0}
    assert figures["unused"] == ["/components/schemas/Unused"]
    assert figures["security_schemes"] == ["key (apiKey)"]
    assert figures["longest_examples"][0]["bytes"] == len('[{"name":"oak"}]')


def test_the_table_is_for_people(tmp_path):
    (tmp_path / "trees.yaml").write_text(DOCUMENT)

    printed = CliRunner().invoke(main, ["stats", str(tmp_path / "trees.yaml"), "--no-cache"]).stdout

    assert "operations with security       1 of 2 (50 %)" in printed
    assert "unused components              1: schemas/Unused" in printed


def test_the_bundled_documents_have_figures():
    done = CliRunner().invoke(main, ["stats"])

    assert done.exit_code == 0
    assert done.stdout.count("operations with a description") == 3

"""Shapes: the structure of the values of a schema, compositions included."""

from __future__ import annotations

import json

from locum.infer.resources.shapes import Shapes
from locum.openapi.schemas.dialects import Direction
from tests.corpus.walks import start_service


def test_the_more_specific_branch_of_a_property_is_used(tmp_path):
    wrapper = {
        "type": "object",
        "properties": {"data": {"type": "array", "items": {"type": "object"}}, "kind": {"type": "string"}},
    }
    station = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    refined = {
        "properties": {
            "data": {"type": "array", "items": {"$ref": "#/components/schemas/Station"}},
            "kind": {"enum": ["a"]},
        }
    }
    schemas = {
        "Wrapper": wrapper,
        "Station": station,
        "Page": {"allOf": [{"$ref": "#/components/schemas/Wrapper"}, refined]},
    }
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Pages", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    }
    file = tmp_path / "pages.json"
    file.write_text(json.dumps(document))
    _, service = start_service(file)
    shapes = Shapes(service.contract.schemas)
    page = shapes.of(service.contract.schemas.schema("/components/schemas/Page", Direction.RESPONSE))

    assert list(shapes.of(shapes.of(page.properties["data"]).items).properties) == ["id"]
    assert page.properties["kind"].raw == {"enum": ["a"]}

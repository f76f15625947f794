"""Schema resources: `$id`, `$anchor` and `$dynamicRef` of OpenAPI 3.1."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from locum.openapi.pointers import BrokenReference, pointer_of
from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.resources import resources_of
from locum.openapi.schemas.schemas import Schemas

WHOLE, TEXT = {"type": "integer"}, {"type": "string"}


def document(openapi: str = "3.1.0", **schemas: Any) -> dict[str, Any]:
    return {"openapi": openapi, "components": {"schemas": schemas}}


def schema(openapi: str = "3.1.0", **schemas: Any) -> Any:
    """Return the first of these components, compiled."""
    return Schemas(document(openapi, **schemas)).schema(f"/components/schemas/{next(iter(schemas))}", Direction.REQUEST)


def test_a_document_without_identifiers_is_not_changed():
    plain = document(It={"$ref": "#/components/schemas/Name"}, Name=TEXT)

    assert resources_of(plain).document is plain


def test_a_document_with_identifiers_is_copied():
    it = document(It={"$id": "https://a.example/it", "$ref": "#/$defs/whole", "$defs": {"whole": WHOLE}})
    before = deepcopy(it)
    rewritten = resources_of(it).document

    assert it == before
    assert pointer_of(rewritten["components"]["schemas"]["It"]["$ref"]) == "/components/schemas/It/$defs/whole"


def test_a_number_beyond_64_bits_is_supported():
    it = document(It={"$id": "https://a.example/it", "$ref": "#/$defs/x", "$defs": {"x": {"maximum": 2**70}}})

    reference = resources_of(it).document["components"]["schemas"]["It"]["$ref"]

    assert pointer_of(reference) == "/components/schemas/It/$defs/x"


def test_pointers_are_kept():
    schemas = {"List": LIST, "Texts": list_of("texts", TEXT), "Order": {"$dynamicRef": "#item"}}
    schemas["Name"] = {"$dynamicAnchor": "item", **TEXT}
    once = resources_of(document(**schemas))
    twice = resources_of(once.document)

    assert twice == once
    assert once.dynamic.keys() == {"", "/components/schemas/List", "/components/schemas/Texts"}


def test_a_bare_fragment_is_the_root_of_the_resource():
    tree = schema(
        Tree={
            "$id": "https://a.example/tree",
            "type": "object",
            "properties": {"value": WHOLE, "children": {"type": "array", "items": {"$ref": "#"}}},
        }
    )

    assert tree.is_valid({"children": [{"value": 1}]})
    assert not tree.is_valid({"children": [{"value": "x"}]})


@pytest.mark.parametrize(
    "reference", ["line", "/orders/line", "https://a.example/orders/line", "line#", "line#/properties/..", "line#it"]
)
def test_a_relative_reference_is_resolved_against_the_identifier(reference):
    line = {"$id": "line", "$anchor": "it", "type": "integer", "properties": {"..": WHOLE}}
    order = {"$id": "https://a.example/orders/order", "items": {"$ref": reference}, "type": "array"}

    assert schema(Order=order | {"$defs": {"line": line}}).is_valid([1])
    assert not schema(Order=order | {"$defs": {"line": line}}).is_valid(["a"])


def test_a_reference_leads_to_another_component_by_its_identifier():
    order = {"type": "object", "properties": {"pet": {"$ref": "https://a.example/pet"}}}

    assert not schema(Order=order, Pet={"$id": "https://a.example/pet", **TEXT}).is_valid({"pet": 1})


def test_an_anchor_belongs_to_its_resource():
    one, other = (
        {"$id": f"https://a.example/{kind['type']}", "$ref": "#it", "$defs": {"x": {"$anchor": "it", **kind}}}
        for kind in (WHOLE, TEXT)
    )

    assert schema(One=one, Other=other).is_valid(1)
    assert schema(Other=other, One=one).is_valid("a")
    assert not schema(Other=other, One=one).is_valid(1)


def test_an_anchor_without_an_identifier_belongs_to_the_document():
    assert not schema(It={"$ref": "#name", "maxLength": 9}, Name={"$anchor": "name", **TEXT}).is_valid(1)


def test_a_component_is_found_from_a_schema_with_an_identifier():
    it = {"$id": "https://a.example/it", "items": {"$ref": "#/components/schemas/Name"}, "type": "array"}

    assert schema(It=it, Name=TEXT).is_valid(["a"])
    assert not schema(It=it, Name=TEXT).is_valid([1])


def test_schemas_of_operations_are_resources_too():
    body = {"$id": "https://a.example/body", "$ref": "#/$defs/whole", "$defs": {"whole": WHOLE}}
    content = {"content": {"application/json": {"schema": body}}}
    path = {"post": {"requestBody": content, "responses": {"default": content}, "parameters": [{"schema": body}]}}
    schemas = Schemas({"openapi": "3.1.0", "paths": {"/a": path}})
    for place in (
        "requestBody/content/application~1json",
        "responses/default/content/application~1json",
        "parameters/0",
    ):
        compiled = schemas.schema(f"/paths/~1a/post/{place}/schema", Direction.REQUEST)

        assert compiled.is_valid(1)
        assert not compiled.is_valid("a")


def test_data_is_not_a_resource():
    other = {"$id": "https://a.example/it", "$ref": "#/nowhere"}
    it = {"$id": "https://a.example/outer", "enum": [other], "x-more": other, "properties": {"$id": TEXT}}

    assert schema(It=it).is_valid(other)


def test_a_property_can_be_named_like_a_keyword():
    it = {"type": "object", "properties": {"$id": TEXT, "$ref": WHOLE, "$anchor": True, "enum": {"$id": "e", **TEXT}}}

    assert schema(It=it).is_valid({"$id": "a", "$ref": 1})
    assert not schema(It=it).is_valid({"enum": 1})


@pytest.mark.parametrize("reference", ["https://b.example/it", "#unheard-of", "#/$defs/none"])
def test_a_reference_that_leads_nowhere_is_broken(reference):
    it = schema(It={"$id": "https://a.example/it", "items": {"$ref": reference}})

    with pytest.raises(BrokenReference):
        it.is_valid([1])


def test_an_identifier_is_ignored_in_3_0():
    it = {"$id": "https://a.example/it", "type": "array", "items": {"$ref": "#/components/schemas/Name"}}

    assert not schema("3.0.3", It=it, Name=TEXT).is_valid([1])


LIST = {
    "$id": "https://a.example/list",
    "type": "array",
    "items": {"$dynamicRef": "#item"},
    "$defs": {"any": {"$dynamicAnchor": "item"}},
}


def list_of(name: str, item: Any) -> dict[str, Any]:
    return {
        "$id": f"https://a.example/{name}",
        "$ref": "https://a.example/list",
        "$defs": {"own": {"$dynamicAnchor": "item", **item}},
    }


def test_a_dynamic_reference_resolves_by_the_dynamic_scope():
    schemas = {"List": LIST, "Texts": list_of("texts", TEXT), "Numbers": list_of("numbers", WHOLE)}
    texts, numbers, anything = (_named(schemas, name) for name in ("Texts", "Numbers", "List"))

    assert [each.is_valid(["a"]) for each in (texts, numbers, anything)] == [True, False, True]
    assert [each.is_valid([1]) for each in (texts, numbers, anything)] == [False, True, True]


def _named(schemas: dict[str, Any], name: str) -> Any:
    return Schemas(document(**schemas)).schema(f"/components/schemas/{name}", Direction.RESPONSE)


def test_a_dynamic_reference_by_pointer_is_an_ordinary_one():
    plain = LIST | {"items": {"$dynamicRef": "#/$defs/any"}, "$defs": {"any": {"$dynamicAnchor": "item", **WHOLE}}}

    assert not _named({"List": plain, "Texts": list_of("texts", TEXT)}, "Texts").is_valid(["a"])


def test_a_dynamic_reference_beside_another_adds_to_it():
    both = LIST | {"items": {"$ref": "#/$defs/short", "$dynamicRef": "#item"}}
    both["$defs"] = {"short": {"maxLength": 1}, "any": {"$dynamicAnchor": "item"}}
    texts = _named({"List": both, "Texts": list_of("texts", TEXT)}, "Texts")

    assert texts.is_valid(["a"])
    assert not texts.is_valid(["ab"])
    assert not texts.is_valid([1])


def test_the_outermost_dynamic_anchor_is_used():
    inner = list_of("inner", WHOLE)
    outer = {
        "$id": "https://a.example/outer",
        "$ref": "inner",
        "$defs": {"own": {"$dynamicAnchor": "item", **TEXT}},
    }

    assert _named({"List": LIST, "Inner": inner, "Outer": outer}, "Outer").is_valid(["a"])
    assert not _named({"List": LIST, "Inner": inner, "Outer": outer}, "Outer").is_valid([1])


def test_a_nested_resource_is_in_the_dynamic_scope():
    holder = {"type": "object", "properties": {"texts": list_of("texts", TEXT), "numbers": list_of("numbers", WHOLE)}}
    compiled = _named({"List": LIST, "Holder": holder}, "Holder")

    assert compiled.is_valid({"texts": ["a"], "numbers": [1]})
    assert not compiled.is_valid({"texts": [1]})
    assert not compiled.is_valid({"numbers": ["a"]})


def test_a_nested_resource_does_not_export_its_anchors():
    inner = {"$id": "https://a.example/inner", "$ref": "https://a.example/list"}
    outer = list_of("outer", TEXT) | {"properties": {"inner": inner}}
    direct = {"type": "array", "items": {"$ref": "https://a.example/inner"}}

    assert _named({"Direct": direct, "List": LIST, "Outer": outer}, "Direct").is_valid([[1]])

"""Keywords with values of every type: each schema is repaired to one that can validate."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import Document

KEYWORDS = """
type enum const multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems
minItems uniqueItems maxContains minContains contains maxProperties minProperties required dependentRequired
dependentSchemas dependencies properties patternProperties additionalProperties propertyNames items prefixItems
additionalItems unevaluatedItems unevaluatedProperties allOf anyOf oneOf not if then else format contentEncoding
contentMediaType contentSchema title description default deprecated readOnly writeOnly examples example nullable
$id $schema $ref $anchor $dynamicRef $dynamicAnchor $vocabulary $comment $defs definitions id $recursiveRef
$recursiveAnchor discriminator xml externalDocs
""".split()  # noqa: SIM905 (seventy names read better so)
VALUES = [
    *(None, 5, -1.5, "x", "", "#x", "http://[", True, False, 10**400),
    *([], {}, ["a", "a"], [5], [None], [{}], [["x"]]),
    *({"a": None}, {"a": 5}, {"a": []}, {"a": ["b", "b"]}, {"a": {"type": 5}}, {"[": {}}),
]


@pytest.mark.parametrize("keyword", KEYWORDS)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_keyword_can_have_any_value(version, keyword):
    for value in VALUES:
        schema = {"type": "object", "properties": {"a": {keyword: deepcopy(value)}}, "required": ["b"]}
        media = {"application/json": {"schema": schema}}
        paths = {"/a": {"post": {"requestBody": {"content": media}, "responses": {}}}}
        content = {"openapi": version, "info": {}, "paths": paths}
        contract = compile_contract(Document("a", Path("a.yaml"), b"", content))
        is_valid = contract.operations["/a", "post"].body.media_types["application/json"].schema

        assert not is_valid.is_valid({"a": "x"}), value
        assert is_valid.violations({"a": "x"}, "body"), value


def test_an_unresolvable_dynamic_reference_accepts_any_value():
    schema = {"$dynamicRef": "#lost", "type": "string"}
    media = {"application/json": {"schema": schema}}
    paths = {"/a": {"post": {"requestBody": {"content": media}, "responses": {}}}}
    contract = compile_contract(Document("a", Path("a.yaml"), b"", {"openapi": "3.1.0", "info": {}, "paths": paths}))
    is_valid = contract.operations["/a", "post"].body.media_types["application/json"].schema

    assert (is_valid.is_valid("x"), is_valid.is_valid(5)) == (True, False)

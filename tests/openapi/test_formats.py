"""Diagnostics as JSON, SARIF and workflow commands of GitHub."""

from __future__ import annotations

import json

import jsonschema
import pytest

from locum.openapi.lint.diagnostics import Diagnostic, Severity
from locum.openapi.lint.formats import as_github, as_json, as_sarif
from tests.conftest import ROOT

FOUND = [
    Diagnostic("wrong-type", Severity.ERROR, "a b.yaml", 3, 5, "/paths/~1a", "must be text, not 5.", "It is ignored."),
    Diagnostic("unfit-example", Severity.WARNING, "c:d,e.yaml", 1, 1, "", "100% of 'ü'\nbreaks.", ""),
    Diagnostic("ambiguous-paths", Severity.INFO, "a b.yaml", 9, 1, "/x", "Both match.", ""),
]


def test_json_has_the_counts_and_every_diagnostic():
    found = json.loads(as_json(FOUND))

    assert found["counts"] == {"error": 1, "warning": 1, "info": 1}
    assert found["diagnostics"] == [one.as_json() for one in FOUND]
    assert found["diagnostics"][1]["message"] == "100% of 'ü'\nbreaks."


@pytest.mark.parametrize("found", [FOUND, []])
def test_sarif_is_valid_by_its_schema(found):
    schema = json.loads((ROOT / "tests" / "verify" / "schemas" / "sarif-2.1.0.json").read_text())

    jsonschema.validate(json.loads(as_sarif(found)), schema)


def test_sarif_has_levels_places_and_rules():
    (run,) = json.loads(as_sarif(FOUND))["runs"]

    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["ambiguous-paths", "unfit-example", "wrong-type"]
    assert [one["level"] for one in run["results"]] == ["error", "warning", "note"]
    assert run["results"][0]["message"]["text"] == "must be text, not 5. It is ignored."
    (location,) = run["results"][0]["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20b.yaml"},
        "region": {"startLine": 3, "startColumn": 5},
    }
    assert location["logicalLocations"] == [{"fullyQualifiedName": "#/paths/~1a"}]


def test_github_gets_one_escaped_command_for_each():
    """https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands"""
    assert as_github(FOUND).splitlines() == [
        "::error file=a b.yaml,line=3,col=5,title=wrong-type::#/paths/~1a: must be text, not 5. It is ignored.",
        "::warning file=c%3Ad%2Ce.yaml,line=1,col=1,title=unfit-example::#: 100%25 of 'ü'%0Abreaks.",
        "::notice file=a b.yaml,line=9,col=1,title=ambiguous-paths::#/x: Both match.",
    ]
    assert as_github([]) == ""

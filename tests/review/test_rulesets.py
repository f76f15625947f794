"""Rule sets in Spectral's format: what they select, what they find, and what they cannot do."""

from __future__ import annotations

import json

import pytest
import yaml
from click.testing import CliRunner

from locum.cli import main
from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import read
from locum.review.lint.functions import FUNCTIONS, MISSING, WrongOptions
from locum.review.lint.linter import lint_with
from locum.review.lint.openapi_rules import RULES
from locum.review.lint.queries import UnsupportedQuery, compile_query, lazily_resolved
from locum.review.lint.rulesets import read_ruleset

DOCUMENT = """
openapi: 3.0.3
info: {title: Pets, version: '1', description: d, contact: {name: a}}
servers: [{url: 'https://a.example/{v}/'}]
tags: [{name: pets, description: d}]
paths:
  /pets:
    get:
      tags: [pets]
      operationId: listPets
      description: d
      parameters:
        - {$ref: '#/components/parameters/Limit'}
        - {name: sort, in: query, schema: {type: string, enum: [a, 1]}}
      responses: {'200': {description: ok}}
  /PetOwners/:
    get:
      responses: {'400': {description: bad}}
components:
  parameters:
    Limit: {name: limit, in: query, schema: {type: integer}}
  schemas:
    Unused: {type: array}
"""
VALUE = {
    "paths": {
        "/a": {
            "get": {"x": 1, "deprecated": False, "parameters": [{"in": "query", "name": "q"}], "type": ["array"]},
            "put": {"x": 2, "operationId": "abc", "tags": []},
        }
    }
}


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("$.paths[*][get,put]", ["/paths//a/get", "/paths//a/put"]),
        ("$.paths[*]~", ["/paths//a"]),
        ("$.paths[*][?(@.deprecated)]", []),
        ("$.paths[*][?(!@.deprecated)]", ["/paths//a/get", "/paths//a/put"]),
        ("$.paths[*][?(@.tags)]", ["/paths//a/put"]),
        ('$..parameters[?(@.in === "query")]', ["/paths//a/get/parameters/0"]),
        ("$..parameters[?(@ && @.in !== 'header')].name", ["/paths//a/get/parameters/0/name"]),
        ("$..[?(@.operationId !== void 0)]", ["/paths//a/put"]),
        ("$..[?(@.operationId === undefined && @.x)]", ["/paths//a/get"]),
        ("$.paths[?(@property.match(/A/i))]", ["/paths//a"]),
        ("$.paths[*][?(@property === 'get' || @property === 'put')]", ["/paths//a/get", "/paths//a/put"]),
        ("$..[?(@.type && @.type.includes('array'))]", ["/paths//a/get"]),
        ("$..[?(@ && @.x > 1)]^", ["/paths//a"]),
        ("$.paths[*][?(@.parameters && @.parameters.length > 0)]", ["/paths//a/get"]),
        ("$", [""]),
    ],
)
def test_a_query_selects_as_in_spectral(query, places):
    found = ["/".join(["", *map(str, match.steps)]) for match in compile_query(query).find(lazily_resolved(VALUE))]

    assert found == places


@pytest.mark.parametrize("query", ["$.a[?(@parentProperty === 'x')]", "$.a[", "$..[?(@.x", "$.a[?(foo(@))]", "a^b^"])
def test_what_is_no_query_is_said(query):
    with pytest.raises(UnsupportedQuery):
        compile_query(query)


@pytest.mark.parametrize(
    ("function", "options", "good", "bad"),
    [
        ("truthy", {}, ["a", [], {}, 1], ["", 0, None, False, MISSING]),
        ("falsy", {}, ["", MISSING, 0], ["a", []]),
        ("defined", {}, ["", None], [MISSING]),
        ("undefined", {}, [MISSING], [None, ""]),
        ("pattern", {"match": "^[a-z]+$"}, ["abc", 1, MISSING], ["aBc", ""]),
        ("pattern", {"match": "/^[a-c]+d$/i"}, ["ABcD"], ["AE"]),
        ("pattern", {"notMatch": "x"}, ["a"], ["axb"]),
        ("length", {"min": 2, "max": 3}, ["ab", [1, 2, 3], {"a": 1, "b": 2}, 3, None], ["a", [1, 2, 3, 4], 4]),
        ("enumeration", {"values": ["a", 1]}, ["a", 1, MISSING, ["x"]], ["b", True]),
        ("alphabetical", {}, [["a", "B", "c"], []], [["b", "a"]]),
        ("alphabetical", {"keyedBy": "n"}, [[{"n": "a"}, {"n": "b"}]], [[{"n": "b"}, {"n": "a"}]]),
        ("casing", {"type": "camel"}, ["fooBar", "foo1"], ["FooBar", "foo_bar", "foo-bar"]),
        ("casing", {"type": "pascal"}, ["FooBar"], ["fooBar"]),
        ("casing", {"type": "kebab"}, ["foo-bar"], ["foo_bar", "Foo-bar"]),
        ("casing", {"type": "snake"}, ["foo_bar"], ["fooBar"]),
        ("casing", {"type": "macro"}, ["FOO_BAR"], ["foo_bar"]),
        ("casing", {"type": "cobol"}, ["FOO-BAR"], ["FOO_BAR"]),
        ("casing", {"type": "flat", "disallowDigits": True}, ["foo"], ["foo1", "fooBar"]),
        ("casing", {"type": "kebab", "separator": {"char": "/", "allowLeading": True}}, ["/foo-bar/baz"], ["/fooBar"]),
        ("schema", {"schema": {"type": "array", "minItems": 1}}, [[1], MISSING], [[], "a"]),
        ("xor", {"properties": ["a", "b"]}, [{"a": 1}, "text"], [{"a": 1, "b": 2}, {}]),
        ("or", {"properties": ["a", "b"]}, [{"a": 1, "b": 2}], [{}]),
        ("typedEnum", {}, [{"type": "string", "enum": ["a"]}], [{"type": "string", "enum": [1]}]),
    ],
)
def test_a_function_judges_as_in_spectral(function, options, good, bad):
    check, check_options = FUNCTIONS[function]
    check_options(options)

    assert [value for value in good if list(check(value, options))] == []
    assert [value for value in bad if not list(check(value, options))] == []


@pytest.mark.parametrize(
    ("function", "options"),
    [("pattern", {}), ("pattern", {"match": "("}), ("length", {}), ("enumeration", {}), ("casing", {"type": "x"}),
     ("schema", {"schema": {"type": "x"}}), ("xor", {})],
)  # fmt: skip
def test_wrong_options_are_said(function, options):
    with pytest.raises(WrongOptions):
        FUNCTIONS[function][1](options)


@pytest.fixture
def lint(tmp_path):
    """Return a function that checks a document with a rule set."""

    def check(ruleset, document=DOCUMENT):
        (tmp_path / "rules.yaml").write_text(yaml.safe_dump(ruleset))
        (tmp_path / "openapi.yaml").write_text(document)
        return lint_with(read_ruleset(tmp_path / "rules.yaml"), compile_contract(read(tmp_path / "openapi.yaml")))

    return check


def test_the_recommended_rules_find_what_spectral_finds(lint):
    found = {(one.code, one.pointer, one.severity.label) for one in lint({"extends": "spectral:oas"})}

    assert found == {
        ("array-items", "/components/schemas/Unused/items", "error"),
        ("oas3-server-variables", "/servers/0/variables", "error"),
        ("oas3-server-trailing-slash", "/servers/0/url", "warning"),
        ("oas3-unused-component", "/components/schemas/Unused", "warning"),
        ("operation-description", "/paths/~1PetOwners~1/get/description", "warning"),
        ("operation-operationId", "/paths/~1PetOwners~1/get/operationId", "warning"),
        ("operation-success-response", "/paths/~1PetOwners~1/get/responses", "warning"),
        ("operation-tags", "/paths/~1PetOwners~1/get/tags", "warning"),
        ("path-keys-no-trailing-slash", "/paths/~1PetOwners~1", "warning"),
        ("typed-enum", "/paths/~1pets/get/parameters/1/schema/enum/1", "warning"),
    }


def test_all_rules_and_none(lint):
    every = {one.code for one in lint({"extends": [["spectral:oas", "all"]]})}
    none = lint({"extends": [["spectral:oas", "off"]]})
    one = {found.code for found in lint({"extends": [["spectral:oas", "off"]], "rules": {"typed-enum": True}})}

    assert {"contact-properties", "info-license", "oas3-parameter-description"} < every
    assert none == []
    assert one == {"typed-enum"}


def test_a_severity_is_changed_and_a_rule_switched_off(lint):
    rules = {"typed-enum": "error", "array-items": "off", "operation-tags": {"severity": "hint"}}

    found = {one.code: one.severity.label for one in lint({"extends": "spectral:oas", "rules": rules})}

    assert found["typed-enum"] == "error"
    assert found["operation-tags"] == "info"
    assert "array-items" not in found


def rule(given, then, **more):
    return {"rules": {"own": {"given": given, "then": then, "severity": "error", **more}}}


def test_a_rule_of_ones_own_has_its_message_and_its_page(lint):
    own = rule(
        "$.paths[*]~", {"function": "casing", "functionOptions": {"type": "kebab", "separator": {"char": "/", "allowLeading": True}}},
        message="{{property}} {{error}} ({{path}})", documentationUrl="https://docs.example/own",
    )  # fmt: skip

    (found,) = lint(own)

    assert found.pointer == "/paths/~1PetOwners~1"
    assert found.text == "/PetOwners/ must be kebab case (#/paths/~1PetOwners~1) See https://docs.example/own."
    assert found.line == 16


def test_a_rule_sees_the_targets_of_references_and_reports_their_place(lint):
    own = rule("$.paths[*][*].parameters[*]", {"field": "description", "function": "truthy"})

    assert [one.pointer for one in lint(own)] == [
        "/paths/~1pets/get/parameters/1/description",
        "/components/parameters/Limit/description",
    ]


def test_aliases_fields_and_several_functions(lint):
    own = {
        "aliases": {"Parameter": ["#OperationObject.parameters[*]"]},
        "rules": {
            "own": {
                "given": "#Parameter",
                "then": [
                    {"field": "name", "function": "length", "functionOptions": {"max": 4}},
                    {"field": "schema.type", "function": "enumeration", "functionOptions": {"values": ["string"]}},
                    {"field": "@key", "function": "pattern", "functionOptions": {"notMatch": "^x-"}},
                ],
            }
        },
    }

    assert [one.pointer for one in lint(own)] == [
        "/components/parameters/Limit/name",
        "/components/parameters/Limit/schema/type",
    ]


def test_a_rule_is_for_its_formats(lint):
    own = rule("$", {"field": "x", "function": "truthy"}, formats=["oas3_1"])
    other = rule("$", {"field": "x", "function": "truthy"}, formats=["oas3"])

    assert (len(lint(own)), len(lint(other))) == (0, 1)


def test_overrides_by_file_and_pointer(lint):
    ruleset = {
        "extends": "spectral:oas",
        "overrides": [
            {
                "files": ["*.yaml#/paths/~1PetOwners~1"],
                "rules": {"operation-tags": "off", "operation-description": "error"},
            },
            {"files": ["legacy/*.yaml"], "rules": {"typed-enum": "off"}},
        ],
    }

    found = {one.code: one.severity.label for one in lint(ruleset)}

    assert "operation-tags" not in found
    assert found["operation-description"] == "error"
    assert "typed-enum" in found


def test_rule_sets_extend_one_another(lint, tmp_path):
    (tmp_path / "base.yaml").write_text(yaml.safe_dump(rule("$", {"field": "x", "function": "truthy"})))

    assert [one.code for one in lint({"extends": ["./base.yaml"]})] == ["own"]
    assert [one.severity.label for one in lint({"extends": "./base.yaml", "rules": {"own": "hint"}})] == ["info"]


@pytest.mark.parametrize(
    ("ruleset", "said"),
    [
        (
            {"rules": {"own": {"given": "$", "then": {"function": "myCheck"}}}, "functions": ["myCheck"]},
            "is JavaScript",
        ),
        ({"extends": ["@vendor/ruleset"]}, "is not a file"),
        ({"extends": ["https://example.com/rules.yaml"]}, "is not a file"),
        ({"rules": {"own": {"given": "$[?(@parentProperty)]", "then": {"function": "truthy"}}}}, "not supported"),
    ],
)
def test_what_needs_javascript_ends_with_2_unless_it_is_skipped(ruleset, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(ruleset))
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)

    strict = run("openapi.yaml", "--ruleset", "rules.yaml")
    skipping = run("openapi.yaml", "--ruleset", "rules.yaml", "--skip-unsupported", "--fail-on", "never")

    assert strict.exit_code == 2
    assert said in strict.stderr
    assert skipping.exit_code == 0
    assert "skipped" in skipping.stderr


@pytest.mark.parametrize(
    ("ruleset", "said"),
    [
        ({"a": 1}, "this is not a rule set"),
        ({"rules": {"typed-enums": "error"}}, "there is no rule 'typed-enums'"),
        ({"extends": "spectral:oas", "rules": {"typed-enum": "loud"}}, "is no severity"),
        ({"rules": {"own": {"given": "#Nothing", "then": {"function": "truthy"}}}}, "unknown alias #Nothing"),
        ({"rules": {"own": {"given": "$"}}}, "has no `then`"),
        ({"rules": [], "rule": {}}, "unknown member 'rule'"),
        ({"extends": ["./rules.yaml"]}, "perhaps in a circle"),
    ],
)
def test_a_wrong_rule_set_is_explained(ruleset, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(ruleset))
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)

    done = run("openapi.yaml", "--ruleset", "rules.yaml")

    assert done.exit_code == 2
    assert said in done.stderr


def run(*arguments):
    return CliRunner().invoke(main, ["check", *map(str, arguments), "--no-cache"])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.yaml").write_text("extends: spectral:oas\n")
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)
    return tmp_path


def codes(*more):
    done = run("openapi.yaml", "--ruleset", "rules.yaml", "--format", "json", *more)
    return [(one["code"], one["pointer"]) for one in json.loads(done.stdout)["diagnostics"]]


def test_a_generated_file_leaves_everything_out_and_says_what_is_gone(folder):
    before = codes()
    run("openapi.yaml", "--ruleset", "rules.yaml", "--generate-ignore-file")
    after = codes()
    (folder / "openapi.yaml").write_text("# moved\n\n" + DOCUMENT.replace("enum: [a, 1]", "enum: [a]"))
    fixed = run("openapi.yaml", "--ruleset", "rules.yaml")

    assert before
    assert after == []
    assert fixed.exit_code == 0
    assert (
        "typed-enum at openapi.yaml#/paths/~1pets/get/parameters/1/schema/enum/1 is ignored, but was not found"
        in fixed.stderr
    )


def test_redoclys_file_has_the_same_form(folder):
    (folder / "other.yaml").write_text(
        "openapi.yaml:\n  typed-enum:\n    - '#/paths/~1pets/get/parameters/1/schema/enum/1'\n"
    )

    assert {one[0] for one in codes()} - {one[0] for one in codes("--ignore-file", "other.yaml")} == {"typed-enum"}


def test_an_object_says_what_is_ignored_in_it(folder):
    item = "/PetOwners/:\n    x-locum-ignore: [{rule: operation-tags, reason: old}, {rule: operation-description}]"
    (folder / "openapi.yaml").write_text(DOCUMENT.replace("/PetOwners/:", item))

    found = dict(codes())

    assert "operation-tags" not in found
    assert "operation-description" in found
    assert found["wrong-ignore"] == "/paths/~1PetOwners~1/x-locum-ignore"


def test_accepted_diagnostics_are_in_the_file_of_accepted_changes(folder):
    failing = run("openapi.yaml", "--ruleset", "rules.yaml")
    accepting = run("openapi.yaml", "--ruleset", "rules.yaml", "--accept", "--reason", "known")
    again = run("openapi.yaml", "--ruleset", "rules.yaml")
    listed = yaml.safe_load((folder / ".locum-accept.yaml").read_text())["accept"]

    assert [one.exit_code for one in (failing, accepting, again)] == [1, 0, 0]
    assert {one["tool"] for one in listed} == {"check"}


@pytest.mark.parametrize("form", ["sarif", "github", "json", "text"])
def test_each_format_has_the_rules_of_a_rule_set(folder, form):
    done = run("openapi.yaml", "--ruleset", "rules.yaml", "--format", form)

    assert "typed-enum" in done.stdout


def test_every_built_in_rule_runs_on_any_document(tmp_path):
    """Documents that are wrong everywhere raise nothing."""
    (tmp_path / "rules.yaml").write_text("extends: [[spectral:oas, all]]\n")
    ruleset = read_ruleset(tmp_path / "rules.yaml")
    for text in ("openapi: 3.1.0\n", "swagger: '2.0'\n", "openapi: 3.2.0\npaths: []\ntags: 1\nservers: {}\ninfo: []\n"):
        (tmp_path / "openapi.yaml").write_text(text)
        assert lint_with(ruleset, compile_contract(read(tmp_path / "openapi.yaml")))

    assert len(RULES) == 58

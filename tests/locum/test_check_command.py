"""`locum check`, and the diagnostics in other commands: exit codes, formats, groups."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from locum.cli import main

HEAD = "openapi: 3.1.0\ninfo: {title: A, version: '1'}\n"
DOCUMENTS = {
    "clean": HEAD + "paths: {/a: {get: {responses: {'200': {description: ok}}}}}\n",
    "warned": HEAD + "tags: [{}]\npaths: {/a: {get: {responses: {'200': {description: ok}}}}}\n",
    "broken": HEAD + "tags: [{}, {}, {}]\npaths: {/a: {get: {parameters: 5, responses: {'200': {description: ok}}}}}\n",
    "informed": HEAD + "paths: {'/{a}/b': {}, '/c/{d}': {}}\n",
    "unreadable": "openapi: [1\n",
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs a command in a folder of the documents above."""
    for name, text in DOCUMENTS.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return lambda *arguments: CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.mark.parametrize(
    ("name", "default", "warning", "never"),
    [
        ("clean", 0, 0, 0),
        ("informed", 0, 0, 0),
        ("warned", 0, 1, 0),
        ("broken", 1, 1, 0),
        ("unreadable", 2, 2, 2),
        ("gone", 2, 2, 2),
    ],
)
def test_the_exit_code_depends_on_fail_on(run, name, default, warning, never):
    arguments = ("check", f"{name}.yaml")

    assert run(*arguments).exit_code == default
    assert run(*arguments, "--fail-on", "error").exit_code == default
    assert run(*arguments, "--fail-on", "warning").exit_code == warning
    assert run(*arguments, "--fail-on", "never").exit_code == never


def test_repeated_diagnostics_are_grouped_without_all(run):
    assert run("check", "broken.yaml").output.splitlines() == [
        ("broken.yaml:4:20: error: #/paths/~1a/get/parameters: must be a list, not 5. It is ignored. [wrong-type]"),
        "broken.yaml:3:8: warning: #/tags/0: 'name' is missing. [invalid-openapi] (and 2 more like it)",
        "broken.yaml: 1 operation, all generated; 1 error, 3 warnings.",
    ]
    assert len(run("check", "broken.yaml", "--all").output.splitlines()) == 5
    assert run("check", "clean.yaml").output == "clean.yaml: 1 operation, all generated; no problems.\n"


def test_every_document_is_checked(run):
    result = run("check", "clean.yaml", "broken.yaml", "informed.yaml")

    assert result.exit_code == 1
    assert [line for line in result.output.splitlines() if "operation" in line] == [
        "clean.yaml: 1 operation, all generated; no problems.",
        "broken.yaml: 1 operation, all generated; 1 error, 3 warnings.",
        "informed.yaml: 0 operations; 1 info.",
    ]


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_machine_formats_are_one_json_text_for_all_documents(run, form):
    result = run("check", "warned.yaml", "broken.yaml", "--format", form)
    found = json.loads(result.stdout)

    assert result.exit_code == 1
    if form == "json":
        assert found["counts"] == {"error": 1, "warning": 4, "info": 0}
        assert [one["file"] for one in found["diagnostics"]] == ["warned.yaml"] + ["broken.yaml"] * 4
    else:
        assert len(found["runs"][0]["results"]) == 5


def test_github_gets_annotations(run):
    result = run("check", "warned.yaml", "--format", "github")

    assert (
        result.stdout == "::warning file=warned.yaml,line=3,col=8,title=invalid-openapi::#/tags/0: 'name' is missing.\n"
    )
    assert result.exit_code == 0


def test_an_unknown_choice_is_a_usage_error(run):
    assert run("check", "clean.yaml", "--fail-on", "info").exit_code == 2
    assert run("check", "clean.yaml", "--format", "xml").exit_code == 2


def test_lenient_is_accepted_with_a_note_that_it_has_no_effect(run):
    for command in ("check", "routes"):
        result = run(command, "clean.yaml", "--lenient")

        assert result.exit_code == 0
        assert "--lenient has no effect: documents with problems are served by default." in result.stderr


def test_strict_rejects_a_document_with_grouped_diagnostics(run):
    result = run("routes", "broken.yaml", "--strict")

    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 2
    assert "must be a list, not 5." in result.stderr
    assert run("routes", "informed.yaml", "--strict").exit_code == 0
    assert run("routes", "broken.yaml").exit_code == 0


def test_an_unreadable_document_is_one_message(run):
    result = run("check", "unreadable.yaml")

    assert result.stderr == "unreadable.yaml:2:1: did not find expected ',' or ']'.\n"
    assert result.stdout == ""


HOPELESS = (
    HEAD
    + """\
paths:
  /a:
    get:
      responses:
        '200':
          description: ok
          content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}
components:
  schemas:
    A: %s
"""
)


def test_a_schema_without_a_generated_value_is_a_warning(run, tmp_path):
    (tmp_path / "hopeless.yaml").write_text(HOPELESS % "{type: string, pattern: ^a$, minLength: 5}")
    result = run("check", "hopeless.yaml")

    assert result.output.splitlines() == [
        (
            "hopeless.yaml:12:5: warning: #/components/schemas/A: no value was found that fits this schema. "
            "The closest value is generated. [unsatisfiable]"
        ),
        "hopeless.yaml: 1 operation, all generated; 1 warning.",
    ]


def test_a_proven_contradiction_is_not_reported_as_unsatisfiable_too(run, tmp_path):
    clash = "{type: object, required: [a], properties: {a: {type: integer, minimum: 5, maximum: 3}}}"
    (tmp_path / "hopeless.yaml").write_text(HOPELESS % clash)

    assert "1 error." in run("check", "hopeless.yaml").output

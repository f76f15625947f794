"""`locum diff`: what is read, what is printed, and how it ends."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
import xmlschema
import yaml
from click.testing import CliRunner

from locum.cli import main

BASE = """
openapi: 3.0.3
info: {title: Pets, version: 1.4.0}
paths:
  /pets:
    post:
      operationId: createPet
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/NewPet'}}}
      responses:
        '201': {description: created, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '422': {description: invalid}
  /pets/{id}:
    get:
      operationId: getPet
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200': {description: a pet, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
components:
  schemas:
    NewPet:
      type: object
      required: [name]
      properties:
        name: {type: string, maxLength: 50}
    Pet:
      type: object
      required: [id, name]
      properties:
        id: {type: integer}
        name: {type: string}
        status: {type: string, enum: [here, sold]}
"""
BREAKING = BASE.replace("maxLength: 50", "maxLength: 20")
DANGEROUS = BASE.replace("[here, sold]", "[here, sold, lost]")
COMPATIBLE = BASE.replace("maxLength: 50", "maxLength: 90")
SCHEMAS = Path(__file__).resolve().parent.parent / "verify" / "schemas"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder with the documents, as the current one."""
    monkeypatch.chdir(tmp_path)
    for name in ("base", "breaking", "dangerous", "compatible"):
        (tmp_path / f"{name}.yaml").write_text(globals()[name.upper()])
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, ["diff", *map(str, arguments), "--no-cache"])


def changes(*arguments):
    return json.loads(run(*arguments, "--format", "json").stdout)["changes"]


@pytest.mark.parametrize(
    ("head", "limit", "code"),
    [
        ("base.yaml", "compatible", 0),
        ("compatible.yaml", "dangerous", 0),
        ("compatible.yaml", "compatible", 1),
        ("dangerous.yaml", "breaking", 0),
        ("dangerous.yaml", "dangerous", 1),
        ("breaking.yaml", "breaking", 1),
        ("breaking.yaml", "never", 0),
    ],
)
def test_the_exit_code_follows_the_limit(folder, head, limit, code):
    assert run("base.yaml", head, "--fail-on", limit).exit_code == code


def test_a_break_is_shown_with_its_request_and_its_lines(folder):
    printed = run("base.yaml", "breaking.yaml").stdout

    assert "breaking: schema NewPet in requests, /name: maxLength is 20 now (was 50)" in printed
    assert "base base.yaml:26:30" in printed
    assert "This request was accepted and is now rejected: 422, `/name` must have at most 20 characters." in printed
    assert "curl -i -X POST http://127.0.0.1:4010/pets" in printed
    assert "Suggested version: 2.0.0 (major; info.version is 1.4.0, was 1.4.0)." in printed


def test_a_change_of_a_component_is_reported_once_with_its_operations(folder):
    (found,) = changes("base.yaml", "dangerous.yaml")

    assert found["level"] == "dangerous"
    assert found["operations"] == ["GET /pets/{id}", "POST /pets"] or set(found["operations"]) == {
        "GET /pets/{id}",
        "POST /pets",
    }
    assert found["witness"]["value"]["status"] == "lost"


@pytest.mark.parametrize(
    "head", ["missing.yaml", "git:HEAD:base.yaml", "git:nonsense", "http://example.com/a.yaml", "."]
)
def test_what_cannot_be_read_ends_with_2_and_a_sentence(folder, head):
    (folder / "other.yaml").write_text("a: 1")
    for name in ("base", "breaking", "dangerous", "compatible"):
        if head == ".":
            (folder / f"{name}.yaml").unlink()
    (folder / "kept.json").write_text(json.dumps(yaml.safe_load(BASE)))
    done = run("kept.json" if head != "." else "other.yaml", head)

    assert done.exit_code == 2
    assert "Traceback" not in done.output
    assert done.stderr.strip()


@pytest.mark.parametrize(
    "options", [("--accept",), ("--until", "soon"), ("--today", "x"), ("--fail-on", "all"), ("--format", "pdf")]
)
def test_wrong_usage_ends_with_2(folder, options):
    assert run("base.yaml", "breaking.yaml", *options).exit_code == 2


def test_folders_are_paired_by_title(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, file, text in (
        ("old", "pets.yaml", BASE),
        ("old", "shops.yaml", BASE.replace("title: Pets", "title: Shops")),
        ("new", "animals.yaml", BREAKING),
        ("new", "toys.yaml", BASE.replace("title: Pets", "title: Toys")),
    ):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / file).write_text(text)

    found = {(change["kind"], change["document"]) for change in changes("old", "new")}

    assert found == {("limit-tightened", "Pets"), ("document-removed", "Shops"), ("document-added", "Toys")}


@pytest.mark.skipif(shutil.which("git") is None, reason="this machine has no git")
def test_a_revision_is_read_with_the_files_that_it_refers_to(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, value in (("AUTHOR", "a"), ("COMMITTER", "a")):
        monkeypatch.setenv(f"GIT_{name}_NAME", value)
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "a@example.com")
    schemas = yaml.safe_load(BASE)["components"]["schemas"]
    (tmp_path / "api" / "parts").mkdir(parents=True)
    document = BASE.partition("components:")[0].replace("#/components/schemas/", "parts/schemas.yaml#/")
    (tmp_path / "api" / "pets.yaml").write_text(document)
    (tmp_path / "api" / "parts" / "schemas.yaml").write_text(yaml.safe_dump(schemas))
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run(["git", *arguments], check=True, capture_output=True)
    schemas["NewPet"]["properties"]["name"]["maxLength"] = 20
    (tmp_path / "api" / "parts" / "schemas.yaml").write_text(yaml.safe_dump(schemas))

    (found,) = changes("git:HEAD:api/pets.yaml", "api/pets.yaml")
    of_folder = changes("git:HEAD:api", "api")
    monkeypatch.chdir(tmp_path / "api")
    below = changes("git:HEAD:pets.yaml", "pets.yaml")
    unknown = run("git:nowhere:pets.yaml", "pets.yaml")
    missing = run("git:HEAD:../../pets.yaml", "pets.yaml")

    assert found["level"] == "breaking"
    assert found["base"]["file"] == "git:HEAD:api/parts/schemas.yaml"
    assert found["head"]["file"] == "api/parts/schemas.yaml"
    assert [change["kind"] for change in (*of_folder, *below)] == ["limit-tightened"] * 2
    assert unknown.exit_code == missing.exit_code == 2
    assert "there is no revision 'nowhere'" in unknown.stderr


def test_accepted_changes_do_not_fail_until_their_date(folder):
    refused = run("base.yaml", "breaking.yaml")
    accepting = run(
        "base.yaml", "breaking.yaml", "--accept", "--reason", "no client sends more", "--until", "2027-01-31"
    )
    again = run("base.yaml", "breaking.yaml", "--today", "2027-01-30")
    later = run("base.yaml", "breaking.yaml", "--today", "2027-01-31")
    entries = yaml.safe_load((folder / ".locum-accept.yaml").read_text())["accept"]

    assert [one.exit_code for one in (refused, accepting, again, later)] == [1, 0, 0, 1]
    assert entries[0]["reason"] == "no client sends more"
    assert "maxLength is 20 now" in entries[0]["what"]
    assert "which has passed" in later.stdout


def test_a_fingerprint_survives_moved_lines_and_other_edits(folder):
    run("base.yaml", "breaking.yaml", "--accept", "--reason", "known")
    moved = "# a comment\n\n" + BREAKING.replace("title: Pets", "description: text, title: Pets")
    (folder / "moved.yaml").write_text(moved)

    assert run("base.yaml", "moved.yaml").exit_code == 0


def test_an_accepted_change_that_is_gone_is_reported(folder):
    run("base.yaml", "breaking.yaml", "--accept", "--reason", "known")

    printed = run("base.yaml", "base.yaml").stdout

    assert "is accepted, but was not found. Remove the entry." in printed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1", "a list `accept`"),
        ("accept: [1]", "must be an object"),
        ("accept: [{tool: diff, fingerprint: a}]", "'reason' is missing"),
        ("accept: [{tool: diff, fingerprint: a, reason: b, by: c}]", "unknown member 'by'"),
        ("accept: [{tool: lint, fingerprint: a, reason: b}]", "'lint' is not one of check, diff, verify"),
        ("accept: [{tool: diff, fingerprint: a, reason: b, until: soon}]", "'until' must be a date"),
        ("accept: [", "accept.yaml:2"),
    ],
)
def test_a_wrong_file_of_accepted_changes_is_explained(folder, text, said):
    (folder / ".locum-accept.yaml").write_text(text)

    done = run("base.yaml", "base.yaml")

    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.parametrize(("version", "code"), [("1.4.0", 1), ("1.5.0", 1), ("2.0.0", 0), ("3.1.0", 0), ("next", 1)])
def test_the_version_must_be_bumped_enough(folder, version, code):
    (folder / "head.yaml").write_text(BREAKING.replace("version: 1.4.0", f"version: {version}"))

    done = run("base.yaml", "head.yaml", "--fail-on", "never", "--require-bump")

    assert done.exit_code == code


def test_below_1_a_break_is_a_minor_bump(folder):
    for name, text in (("old", BASE), ("new", BREAKING)):
        (folder / f"{name}.yaml").write_text(text.replace("version: 1.4.0", "version: 0.4.2"))

    assert "Suggested version: 0.5.0 (minor" in run("old.yaml", "new.yaml").stdout


def test_sarif_keeps_its_schema(folder):
    log = json.loads(run("base.yaml", "breaking.yaml", "--format", "sarif").stdout)
    result = log["runs"][0]["results"][0]

    jsonschema_rs.validator_for(json.loads((SCHEMAS / "sarif-2.1.0.json").read_text())).validate(log)
    assert result["level"] == "error"
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 26


def test_junit_keeps_its_schema_and_fails_for_breaks(folder):
    text = run("base.yaml", "breaking.yaml", "--format", "junit").stdout

    xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd").validate(text)
    assert ET.fromstring(text)[0].attrib["failures"] == "1"


def test_github_gets_at_most_ten_annotations_of_a_kind(folder):
    names = [f"p{number}" for number in range(30)]
    properties = {name: {"type": "string", "maxLength": 50} for name in names}
    document = yaml.safe_load(BASE)
    document["components"]["schemas"]["NewPet"]["properties"] = properties
    (folder / "many.yaml").write_text(yaml.safe_dump(document))
    for one in properties.values():
        one["maxLength"] = 20
    (folder / "less.yaml").write_text(yaml.safe_dump(document))

    lines = run("many.yaml", "less.yaml", "--format", "github").stdout.splitlines()
    comment = run("many.yaml", "less.yaml", "--format", "markdown").stdout

    assert sum(line.startswith("::error") for line in lines) == 10
    assert "21 more breaking changes" in lines[9]
    assert len(comment.partition("<details>")[0].splitlines()) < 15
    assert "22 more" in comment


def test_texts_of_documents_are_no_markup(folder):
    evil = "<script>alert(1)</script> | @everyone"
    document = yaml.safe_load(BASE)
    document["components"]["schemas"]["NewPet"]["properties"][evil] = {"type": "string"}
    (folder / "evil.yaml").write_text(yaml.safe_dump(document))
    document["components"]["schemas"]["NewPet"]["properties"][evil]["enum"] = [evil + "\n::error::x"]
    (folder / "worse.yaml").write_text(yaml.safe_dump(document))

    page = run("evil.yaml", "worse.yaml", "--format", "html").stdout
    comment = run("evil.yaml", "worse.yaml", "--format", "markdown").stdout
    commands = run("evil.yaml", "worse.yaml", "--format", "github").stdout

    assert "<script>" not in page
    assert "@everyone" not in comment.replace("```", "").partition("<details>")[0]
    assert all(line.startswith(("::error ", "::notice ", "::warning ")) for line in commands.splitlines())


def test_a_changelog_has_the_sections_of_keep_a_changelog(folder):
    (folder / "head.yaml").write_text(BREAKING.replace("version: 1.4.0", "version: 2.0.0"))

    text = run("base.yaml", "head.yaml", "--changelog").stdout

    assert text.startswith("## [2.0.0]\n\n### Changed\n\n- **Breaking:** schema NewPet in requests, /name: maxLength")


def test_a_report_is_written_to_a_file(folder):
    done = run("base.yaml", "breaking.yaml", "--format", "json", "-o", "out.json")

    assert done.exit_code == 1
    assert json.loads((folder / "out.json").read_text())["counts"]["breaking"] == 1


def test_two_runs_give_the_same_bytes(folder):
    assert run("base.yaml", "breaking.yaml").stdout == run("base.yaml", "breaking.yaml").stdout

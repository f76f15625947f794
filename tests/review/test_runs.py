"""`locum diff --run`: a command against a mock of each version."""

from __future__ import annotations

import json
import sys

import pytest
from click.testing import CliRunner

from locum.cli import main
from locum.openapi.load.files import BadDocument
from locum.review.runs import Result, RunOutcome, RunPlan, _run, run_against_both

BASE = """
openapi: 3.0.3
info: {title: Pets, version: 1.0.0}
paths:
  /pets: {get: {operationId: listPets, responses: {'200': {description: ok, content: {application/json: {schema: {type: array, items: {type: object, properties: {id: {type: integer}}}}}}}}}}
"""
HEAD = BASE.replace("/pets", "/animals")
TESTS = """
import os, pathlib, sys, urllib.request, urllib.error

def answers(path):
    try:
        return urllib.request.urlopen(os.environ["LOCUM_URL"] + path, timeout=10).status == 200
    except urllib.error.HTTPError:
        return False

cases = {name: answers(path) for name, path in (("pets", "/pets"), ("nothing", "/nothing"))}
print("ran against", os.environ["LOCUM_SIDE"])
failures = "".join(
    f'<testcase classname="app" name="{name}">' + ("" if good else '<failure message="x"/>') + "</testcase>"
    for name, good in cases.items()
)
pathlib.Path("junit.xml").write_text(f"<testsuites><testsuite>{failures}</testsuite></testsuites>")
sys.exit(0 if cases["pets"] else 3)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in (("base.yaml", BASE), ("head.yaml", HEAD), ("tests.py", TESTS)):
        (tmp_path / name).write_text(text)
    return tmp_path


def run(*more):
    command = f"{sys.executable} tests.py"
    return CliRunner().invoke(main, ["diff", "base.yaml", "head.yaml", "--run", command, *more, "--no-cache"])


def test_tests_that_fail_only_on_the_head_are_named(folder):
    done = run("--run-junit", "junit.xml", "--format", "json", "--fail-on", "breaking")
    outcome = json.loads(done.stdout)["run"]

    assert done.exit_code == 1
    assert outcome["broken"] == ["app::pets"]
    assert outcome["base"]["failed"] == ["app::nothing"]
    assert (outcome["base"]["exit_code"], outcome["head"]["exit_code"]) == (0, 3)
    assert (folder / ".locum-diff" / "base.log").read_text() == "ran against base\n"
    assert (folder / ".locum-diff" / "head.log").read_text() == "ran against head\n"


def test_a_late_command_is_ended_with_all_that_it_started(tmp_path):
    plan = RunPlan(f"{sys.executable} -c 'import time; time.sleep(60)' & wait", None, tmp_path / "out", 0.2)

    result = _run(plan, "base", "http://127.0.0.1:1")

    assert result.code is None
    assert result.text == "was stopped, because it took too long"


def test_a_junit_file_that_is_not_written_anew_or_is_none_does_not_count(tmp_path):
    junit = tmp_path / "junit.xml"
    junit.write_text("<testsuites/>")

    stale = _run(RunPlan("true", junit, tmp_path / "out", 10), "base", "")
    wrong = _run(RunPlan(f"echo no > {junit}", junit, tmp_path / "out", 10), "head", "")

    assert "was not written on the base" in stale.note
    assert "cannot be read on the head" in wrong.note


def test_a_document_that_cannot_be_served_is_explained(tmp_path):
    plan = RunPlan("true", None, tmp_path / "out", 10)

    with pytest.raises(BadDocument, match=r"cannot be served: .*no such file"):
        run_against_both(str(tmp_path / "none.yaml"), str(tmp_path / "none.yaml"), plan)


@pytest.mark.parametrize(
    ("base", "head", "broken", "said"),
    [
        (Result(0, "b"), Result(0, "h"), (), "Nothing fails only on the head."),
        (Result(0, "b"), Result(1, "h"), ("npm test",), "It fails only on the head."),
        (Result(1, "b"), Result(1, "h"), (), "It fails on the base, too"),
        (Result(0, "b"), Result(None, "h"), ("npm test",), "took too long"),
        (
            Result(1, "b", frozenset({"a"}), frozenset({"c"})),
            Result(1, "h", frozenset({"a", "c"}), frozenset()),
            ("c",),
            "1 fail only on the head: c.",
        ),
    ],
)
def test_an_outcome_is_what_the_head_alone_breaks(base, head, broken, said):
    outcome = RunOutcome("npm test", base, head)

    assert outcome.broken == broken
    assert said in " ".join(outcome.sentences)

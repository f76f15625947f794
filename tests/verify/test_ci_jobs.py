"""The CI jobs in the guide: their commands are run."""

from __future__ import annotations

import json
import re
import shlex
from xml.etree import ElementTree as ET

import pytest
import yaml
from click.testing import CliRunner

from locum.cli import main
from locum.settings import Settings
from tests.conftest import ROOT, token
from tests.wire.serving import Server

GUIDE = (ROOT / "docs" / "reports.md").read_text()
JOBS = [yaml.safe_load(block)["contract"] for block in re.findall(r"```yaml\n(contract:.*?)```", GUIDE, re.DOTALL)]
KEYS = ROOT / "specs" / "api-keys.yaml"


def commands(job):
    lines = job.get("script") or [step["run"] for step in job["steps"] if "run" in step]
    return [line for line in lines if line.startswith("locum ")]


@pytest.fixture(scope="module")
def served():
    server = Server(Settings(cache=False))
    yield "http://{}:{}".format(*server.address)
    server.stop()


@pytest.mark.parametrize("job", JOBS, ids=["github", "gitlab"])
def test_the_commands_of_a_ci_job_work(job, served, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "openapi.yaml").write_bytes(KEYS.read_bytes())
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (command,) = commands(job)
    for name, value in (("URL", served), ("TOKEN", token())):
        command = re.sub(rf"\$\{{\{{ \w+\.STAGING_{name} \}}\}}|\$STAGING_{name}", value, command)
    words = shlex.split(command.replace("$GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md")))
    few = ["--max-examples", "2", "--seed", "1", "--include-operation", "listApiKeys"]
    output = CliRunner().invoke(main, [*words[1:], *few])

    assert output.exit_code == 0, output.output
    if "artifacts" in job:
        assert ET.parse(tmp_path / job["artifacts"]["reports"]["junit"]).getroot().tag == "testsuites"
    else:
        assert json.loads((tmp_path / "verify.sarif").read_text())["runs"][0]["results"] == []
        assert "locum verify" in (tmp_path / "summary.md").read_text()


HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}


def test_the_guide_names_the_hooks():
    (block,) = re.findall(r"```yaml\n(repos:.*?)```", GUIDE, re.DOTALL)
    (repository,) = yaml.safe_load(block)["repos"]

    assert {hook["id"] for hook in repository["hooks"]} == HOOKS.keys()


@pytest.mark.parametrize("name", sorted(HOOKS.keys() - {"locum-diff"}))  # that needs a repository: tests/review
def test_a_hook_accepts_a_valid_document_and_rejects_an_invalid_one(name, tmp_path, monkeypatch):
    """As pre-commit runs it: the entry, followed by file names."""
    monkeypatch.chdir(tmp_path)
    hook, (program, *words) = HOOKS[name], shlex.split(HOOKS[name]["entry"])
    (tmp_path / "openapi.yaml").write_text((ROOT / "tests" / "verify" / "planted.yaml").read_text())
    (tmp_path / "openapi-wrong.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {/a: {get: 5}}\n"
    )
    names = ["openapi.yaml", "openapi-wrong.yaml", "src/swagger.json", "other.yaml", "openapi.md"]

    assert program == "locum"
    assert [file for file in names if re.search(hook["files"], file)] == names[:3]
    assert CliRunner().invoke(main, [*words, "openapi.yaml"]).exit_code == 0
    assert CliRunner().invoke(main, [*words, "openapi-wrong.yaml"]).exit_code != 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--report", "junit"], "Use KIND=FILE"),
        (["--report", "pdf=x.pdf"], "Kinds: junit, json, html"),
        (["--report", "junit=no/such/folder/x.xml", "--phases", "examples"], "cannot be written"),
        (["--coverage", "no/such/folder/x.json", "--phases", "examples"], "cannot be written"),
    ],
)
def test_an_unwritable_report_is_an_error(words, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    output = CliRunner().invoke(main, ["verify", str(KEYS), *words, "--max-examples", "1"])

    assert output.exit_code == 2
    assert message in output.output

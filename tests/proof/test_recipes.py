"""The jobs that the guide offers to paste: their commands are run as they stand."""

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
def test_the_commands_of_a_job_do_what_they_are_pasted_for(job, served, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "openapi.yaml").write_bytes(KEYS.read_bytes())
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (command,) = commands(job)
    for name, value in (("URL", served), ("TOKEN", token())):
        command = re.sub(rf"\$\{{\{{ \w+\.STAGING_{name} \}}\}}|\$STAGING_{name}", value, command)
    words = shlex.split(command.replace("$GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md")))
    told = CliRunner().invoke(main, [*words[1:], "--max-examples", "5", "--seed", "1"])

    assert told.exit_code == 0, told.output
    if "artifacts" in job:
        assert ET.parse(tmp_path / job["artifacts"]["reports"]["junit"]).getroot().tag == "testsuites"
    else:
        assert json.loads((tmp_path / "verify.sarif").read_text())["runs"][0]["results"] == []
        assert "locum verify" in (tmp_path / "summary.md").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--report", "junit"], "write KIND=FILE"),
        (["--report", "pdf=x.pdf"], "one of junit, json, html"),
        (["--report", "junit=no/such/folder/x.xml", "--phases", "examples"], "cannot be written"),
        (["--coverage", "no/such/folder/x.json", "--phases", "examples"], "cannot be written"),
    ],
)
def test_a_report_that_cannot_be_written_is_told(words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(main, ["verify", str(KEYS), *words, "--max-examples", "1"])

    assert told.exit_code == 2
    assert said in told.output

"""The hook and the job of docs/reports.md, run as they stand."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
import yaml
from click.testing import CliRunner

from locum.cli import main
from tests.conftest import ROOT
from tests.review.test_diff_command import BASE, BREAKING, COMPATIBLE

GUIDE = (ROOT / "docs" / "reports.md").read_text()
(JOB,) = [yaml.safe_load(block)["review"] for block in re.findall(r"```yaml\n(review:.*?)```", GUIDE, re.DOTALL)]
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}

pytestmark = [
    pytest.mark.skipif(shutil.which("git") is None, reason="this machine has no git"),
    pytest.mark.skipif(shutil.which("bash") is None, reason="this machine has no bash"),
]


def git(folder, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A clone of a repository with the document, as a job checks it out."""
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    origin.mkdir()
    git(origin, "init", "-q", "-b", "main")
    (origin / "openapi.yaml").write_text(BASE)
    (origin / ".spectral.yaml").write_text("extends: spectral:oas\n")
    git(origin, "add", ".")
    git(origin, "commit", "-qm", "first")
    git(tmp_path, "clone", "-q", str(origin), str(clone))
    monkeypatch.chdir(clone)
    return clone


def run(repository, tmp_path, steps):
    """Run steps of the job with `locum` and a `gh` that keeps its arguments; return the failing one."""
    programs = tmp_path / "bin"
    programs.mkdir(exist_ok=True)
    (programs / "locum").write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m locum "$@"\n')
    (programs / "gh").write_text('#!/bin/sh\necho "$@" >> "$OUT"\ncat review.md >> "$OUT"\n')
    for program in programs.iterdir():
        program.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "OUT": str(tmp_path / "comment"),
        "GITHUB_BASE_REF": "main",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "PR": "7",
    }
    printed = []
    for step in steps:
        command = step.get("run")
        if command is None or command.startswith("pip install"):
            continue
        done = subprocess.run(
            ["bash", "-euc", command], cwd=repository, env=environment, capture_output=True, text=True, check=False
        )
        printed.append(done.stdout)
        assert "Traceback" not in done.stderr
        if done.returncode:
            return command, "".join(printed)
    return "", "".join(printed)


def test_the_job_passes_a_compatible_change_and_comments_on_it(repository, tmp_path):
    (repository / "openapi.yaml").write_text(COMPATIBLE.replace("version: 1.4.0", "version: 1.5.0"))

    failing, printed = run(repository, tmp_path, JOB["steps"])

    assert failing == ""
    assert "::notice title=locum diff::1 compatible" in printed
    assert "pr comment 7 -F review.md" in (tmp_path / "comment").read_text()
    assert "### API changes: 1 compatible" in (tmp_path / "summary.md").read_text()


def test_the_job_fails_at_its_last_step_for_a_breaking_change(repository, tmp_path):
    (repository / "openapi.yaml").write_text(BREAKING)

    failing, printed = run(repository, tmp_path, [JOB["steps"][3], JOB["steps"][-1]])

    assert failing == JOB["steps"][-1]["run"]
    assert "::error file=openapi.yaml" in printed


def test_the_hook_stops_a_breaking_change_and_passes_a_new_file(repository):
    program, *words = shlex.split(HOOKS["locum-diff"]["entry"])
    same = CliRunner().invoke(main, [*words, "openapi.yaml"])
    (repository / "openapi-new.yaml").write_text(BASE)
    new = CliRunner().invoke(main, [*words, "openapi.yaml", "openapi-new.yaml"])
    (repository / "openapi.yaml").write_text(BREAKING)
    broken = CliRunner().invoke(main, [*words, "openapi.yaml", "openapi-new.yaml"])

    assert program == "locum"
    assert (same.exit_code, new.exit_code, broken.exit_code) == (0, 0, 1)
    assert "git:HEAD -> openapi.yaml, openapi-new.yaml: 1 breaking, 1 compatible." in broken.stdout


@pytest.mark.parametrize("words", [["a.yaml"], ["a", "b", "c"], ["--since", "HEAD", "a.yaml", "--run", "x"]])
def test_places_are_two_or_since_a_revision(repository, words):
    assert CliRunner().invoke(main, ["diff", *words]).exit_code == 2

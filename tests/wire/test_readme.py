"""The README and the guides: their commands are run against a real server and their output is compared."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.locum.test_cli import Running
from tests.wire.pages import Page, fits

PAGES = ("README.md", *sorted(str(Path("docs") / path.name) for path in (ROOT / "docs").glob("*.md")))
COMMAND_PAGES = [name for name in PAGES if "```console" in (ROOT / name).read_text()]

pytestmark = pytest.mark.skipif(
    shutil.which("curl") is None, reason="the documentation speaks of curl, and this machine has none"
)


def test_the_curl_commands_of_the_readme_work(tmp_path):
    text = (ROOT / "README.md").read_text() + (ROOT / "docs" / "bundled.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    walk = [block for block in blocks if "curl" in block]
    with Running(cwd=tmp_path) as running:
        root = re.search(r"http://127\.0\.0\.1:\d+", running.greeting)[0]
        script = "\n".join(walk).replace("http://127.0.0.1:4010", root)
        locum = tmp_path / ".venv" / "bin" / "locum"
        locum.parent.mkdir(parents=True)
        locum.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m locum "$@"\n')
        locum.chmod(0o755)
        (tmp_path / "python3").symlink_to(sys.executable)
        result = subprocess.run(
            ["bash", "-euc", script],
            cwd=tmp_path,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert result.returncode == 0, result.stderr
    assert re.findall(r"HTTP/1.1 (\d+)", result.stdout) == ["401", "204", "404"]
    assert "API Key rotated successfully" in result.stdout


@pytest.mark.parametrize("name", COMMAND_PAGES)
def test_every_command_of_a_page_prints_what_the_page_says(name, tmp_path):
    """`python -m tests.wire.pages NAME` rewrites the output; review it before you commit it."""
    steps = list(Page(ROOT / name).walk(tmp_path))

    assert steps
    for step in steps:
        assert fits(step), f"$ {step.command}\nsaid:\n{step.said}\nprinted:\n{step.printed}"


@pytest.mark.parametrize("name", COMMAND_PAGES)
def test_every_url_of_a_walk_is_that_of_the_server(name):
    """Commands must only reach the server that the test started."""
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / name).read_text(), re.DOTALL)
    sent = re.findall(r"^\$ .*?https?://([^/\s'\"]+)", "\n".join(blocks), re.MULTILINE)

    assert set(sent) <= {"127.0.0.1:4010"}

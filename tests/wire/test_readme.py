"""The README, word by word: its shell lines are run against a real server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.locum.test_cli import Running

README = (ROOT / "README.md").read_text()


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README speaks of curl, and this machine has none")
def test_the_curl_walk_does_what_it_says(tmp_path):
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
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

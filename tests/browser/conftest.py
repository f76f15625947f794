"""Fixtures of browser tests: Node packages (kept between runs), Debian's Chromium, and a server."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from locum.settings import Settings
from tests.conftest import ROOT
from tests.wire.serving import Server

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
EXAMPLE = ROOT / "docs" / "examples" / "playwright"


@pytest.fixture(scope="session")
def chromium():
    """The browser."""
    for name in CHROMIUMS:
        if found := shutil.which(name):
            return found
    pytest.skip("this machine has no Chromium (apt-get install chromium)")


@pytest.fixture(scope="session")
def node_modules():
    """The folder of the packages that these tests need."""
    if shutil.which("npm") is None:
        pytest.skip("this machine has no npm (apt-get install npm)")
    try:
        return install_packages()
    except OSError as problem:
        pytest.skip(str(problem))


def install_packages():
    """Install the packages once, and return their folder. Raises OSError."""
    needed = Path(__file__).with_name("package.json")
    mark = hashlib.sha256(needed.read_bytes()).hexdigest()[:12]
    kept = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "locum-tests" / mark
    if not (kept / "complete").exists():
        kept.mkdir(parents=True, exist_ok=True)
        shutil.copy(needed, kept)
        output = subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--silent"],
            cwd=kept,
            env={**os.environ, "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if output.returncode:
            raise OSError(f"node's packages cannot be installed here: {output.stderr.strip()[:200]}")
        (kept / "complete").touch()
    return kept / "node_modules"


@pytest.fixture
def server():
    server = Server(Settings(cache=False))
    yield server
    server.stop()


@pytest.fixture
def run(chromium, node_modules, server, tmp_path):
    """Return a function that runs a command of node in a copy of a folder, and returns its output."""

    def run(folder, *command, **variables):
        shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
        (tmp_path / "node_modules").symlink_to(node_modules)
        return subprocess.run(
            command,
            cwd=tmp_path,
            env={
                **os.environ,
                "LOCUM_URL": "http://{}:{}".format(*server.address),
                "CHROMIUM": chromium,
                "CI": "1",
                "NO_COLOR": "1",
                **variables,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    return run

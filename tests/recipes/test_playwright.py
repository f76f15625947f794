"""The recipe for Playwright: twenty browser tests at once on one server, each in its world."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from locum.settings import Settings
from tests.conftest import ROOT
from tests.wire.serving import Server

RECIPE = ROOT / "docs" / "examples" / "playwright"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.skipif(shutil.which("npm") is None, reason="the recipe is for node, and this machine has no npm"),
    pytest.mark.skipif(CHROMIUM is None, reason="the recipe needs a browser, and this machine has no Chromium"),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    """The recipe as somebody has copied it, with what it needs; that is kept from one run to the next."""
    folder = tmp_path_factory.mktemp("playwright")
    shutil.copytree(RECIPE, folder, dirs_exist_ok=True)
    version = json.loads((RECIPE / "package.json").read_text())["devDependencies"]["@playwright/test"]
    kept = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "locum-tests" / f"playwright-{version}"
    if not (kept / "node_modules").is_dir():
        kept.mkdir(parents=True, exist_ok=True)
        shutil.copy(RECIPE / "package.json", kept)
        told = subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--silent"],
            cwd=kept,
            env={**os.environ, "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if told.returncode:
            shutil.rmtree(kept / "node_modules", ignore_errors=True)
            pytest.skip(f"Playwright cannot be installed here: {told.stderr.strip()[:200]}")
    (folder / "node_modules").symlink_to(kept / "node_modules")
    return folder


@pytest.fixture(scope="module")
def server():
    server = Server(Settings(cache=False))
    yield server
    server.stop()


def run(recipe, server, workers):
    return subprocess.run(
        ["npx", "playwright", "test", f"--workers={workers}"],
        cwd=recipe,
        env={
            **os.environ,
            "LOCUM_URL": "http://{}:{}".format(*server.address),
            "CHROMIUM": CHROMIUM,
            "CI": "1",
            "NO_COLOR": "1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def test_twenty_three_browser_tests_run_at_once_each_in_its_world(recipe, server):
    told = run(recipe, server, workers=4)

    assert told.returncode == 0, told.stdout[-4000:] + told.stderr[-2000:]
    assert re.search(r"23 passed", told.stdout)
    assert [world.name for world in server.application.worlds.all()] == ["default"]

"""The recipe for Playwright: twenty browser tests at once on one server, each in its world."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.browser.conftest import RECIPE


def test_the_example_requires_the_same_packages_as_these_tests():
    recipe, own = (
        json.loads(file.read_text()) for file in (RECIPE / "package.json", Path(__file__).with_name("package.json"))
    )

    assert recipe["devDependencies"].items() <= own["dependencies"].items()


@pytest.mark.xdist_group("browser")
def test_twenty_three_browser_tests_run_in_parallel_each_in_its_world(run, server):
    told = run(RECIPE, "npx", "playwright", "test", "--workers=4", "--timeout=120000")

    assert told.returncode == 0, told.stdout[-4000:] + told.stderr[-2000:]
    assert re.search(r"23 passed", told.stdout)
    assert [world.name for world in server.application.worlds.all()] == ["default"]

"""The recipe for Playwright: twenty browser tests at once on one server, each in its world."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import RECIPE


@pytest.mark.xdist_group("browser")
def test_twenty_three_browser_tests_run_at_once_each_in_its_world(run, server):
    told = run(RECIPE, "npx", "playwright", "test", "--workers=4")

    assert told.returncode == 0, told.stdout[-4000:] + told.stderr[-2000:]
    assert re.search(r"23 passed", told.stdout)
    assert [world.name for world in server.application.worlds.all()] == ["default"]

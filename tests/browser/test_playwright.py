"""The Playwright example: browser tests in parallel on one server, each in its world."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.browser.conftest import EXAMPLE


def test_the_example_requires_the_same_packages_as_these_tests():
    example, own = (
        json.loads(file.read_text()) for file in (EXAMPLE / "package.json", Path(__file__).with_name("package.json"))
    )

    assert example["devDependencies"].items() <= own["dependencies"].items()


@pytest.mark.xdist_group("browser")
def test_browser_tests_run_in_parallel_each_in_its_world(run, server):
    output = run(EXAMPLE, "npx", "playwright", "test", "--workers=2", "--timeout=120000")

    assert output.returncode == 0, output.stdout[-4000:] + output.stderr[-2000:]
    assert re.search(r"8 passed", output.stdout)
    assert [world.name for world in server.application.worlds.all()] == ["default"]

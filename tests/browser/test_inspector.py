"""The inspector in a real browser: every action, every view, and the keyboard alone. The steps are in the `.mjs` files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import token

HERE = Path(__file__).parent


@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize(
    ("script", "done", "variables"),
    [
        ("inspector.mjs", "the inspector is as it should be", {}),
        ("keyboard.mjs", "the keyboard is enough", {}),
        ("views.mjs", "every view is as it should be", {"WIDTHS": "360", "THEMES": "dark"}),
    ],
)
def test_a_walk_through_the_inspector(run, tmp_path, script, done, variables):
    output = run(HERE, "node", script, LOCUM_TOKEN=token(), FAILED=str(tmp_path / "failed.png"), **variables)

    assert output.returncode == 0, output.stdout[-2000:] + output.stderr[-4000:]
    assert output.stdout.strip().endswith(done)

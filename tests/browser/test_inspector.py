"""The inspector in a real browser; `inspector.mjs` says what is done there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import token


@pytest.mark.xdist_group("browser")
def test_the_inspector_shows_and_changes_a_running_mock(run, tmp_path):
    told = run(Path(__file__).parent, "node", "inspector.mjs", LOCUM_TOKEN=token(), FAILED=str(tmp_path / "failed.png"))

    assert told.returncode == 0, told.stdout[-2000:] + told.stderr[-4000:]
    assert "the inspector is as it should be" in told.stdout

"""The documentation in a real browser; `docs.mjs` has the steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import token


@pytest.mark.xdist_group("browser")
def test_swagger_ui_works_under_its_content_security_policy(run):
    output = run(Path(__file__).parent, "node", "docs.mjs", LOCUM_TOKEN=token())

    assert (output.returncode, output.stdout) == (0, "the documentation is as it should be\n"), output.stderr

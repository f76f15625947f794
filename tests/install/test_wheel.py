"""The built wheel, away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.xdist_group("install")


@pytest.fixture(scope="module")
def unpacked(wheel):
    """The wheel's content, as an installer would lay it out."""
    site = wheel.parent / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def test_no_generic_top_level_module_is_installed(unpacked):
    assert {path.name.partition("-")[0] for path in unpacked.iterdir()} == {"locum"}


def test_the_bundled_apis_are_found_from_an_empty_folder(unpacked, tmp_path):
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(unpacked), "PYTHONWARNINGS": "ignore"}
    result = subprocess.run(
        [sys.executable, "-P", "-m", "locum", "check", "--no-cache"],
        cwd=tmp_path,
        env={**environment, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    for name in ("api-keys", "credentials", "workflows"):
        assert str(unpacked / "locum" / "bundled" / "specs" / name) in result.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("verify/reports/report.schema.json", "locum/verify/reports/report.schema.json"),
        ("control/control.yaml", "locum/control/control.yaml"),
        ("bundled/handlers/scenarios/workflows.yaml", "handlers/scenarios/workflows.yaml"),
    ],
)
def test_the_wheel_contains_data_files(place, source, unpacked):
    assert (unpacked / "locum" / place).read_bytes() == (ROOT / source).read_bytes()

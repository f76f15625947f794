"""The pytest plugin in a project that has only locum, with the newest release of each dependency."""

from __future__ import annotations

import subprocess

import pytest

from tests.install.environment import clean_environment

pytestmark = pytest.mark.xdist_group("install")

SUITE = """
def test_a_key_is_created(locum_world):
    client = locum_world.sign_in("ada@northwind.example")
    made = client.post("/api/keys", json={"name": "Mine", "permissions": ["sites:read"]})
    assert made.status_code == 201
    locum_world.journal.verify("createApiKey once answered 201")

def test_the_contract_holds(locum_contract, locum_server, locum_world):
    locum_contract(SPEC)
    assert locum_world.client.get("/api/keys").status_code == 401
"""


def test_the_plugin_works_where_warnings_are_errors(installed, tmp_path):
    spec = installed.site / "locum" / "bundled" / "specs" / "api-keys.yaml"
    (tmp_path / "test_suite.py").write_text(f"SPEC = {str(spec)!r}\n{SUITE}")
    done = subprocess.run(
        [installed.bin / "python", "-W", "error", "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=clean_environment(HOME=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout

"""The wheel, and an environment with it for all tests."""

from __future__ import annotations

import pytest

from tests.install.environment import build_wheel, install, registry_fault


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The wheel of this checkout."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory):
    """An environment with the newest release of each dependency. Creating it takes about a minute."""
    if fault := registry_fault():
        pytest.skip(f"a fresh installation needs a package registry, and pip reaches none: {fault}")
    return install(wheel, tmp_path_factory.mktemp("fresh") / "venv")

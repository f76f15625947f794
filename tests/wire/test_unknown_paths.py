"""A 404 for an unknown path lists paths that exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from locum.settings import Settings
from tests.wire.serving import Server


@pytest.fixture(scope="module")
def server():
    server = Server(Settings(specs=(Path(__file__).parent / "shop.yaml",), cache=False))
    yield server
    server.stop()


def test_a_path_without_its_base_path_is_recognised(server):
    assert server("GET", "/customers").json["detail"] == "No operation has this path. Did you mean /shop/customers?"


def test_the_404_of_any_other_path_lists_the_base_paths(server):
    assert (
        server("GET", "/nothing").json["detail"]
        == "No operation has this path. The paths of this server begin with /shop."
    )

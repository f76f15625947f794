"""What a client sends is kept only where it is counted: in records and journals, and not in memos."""

from __future__ import annotations

import ast
import gc
import tracemalloc
from pathlib import Path

import pytest
import yaml

import locum
from tests.conftest import ROOT
from tests.wire.generated import generated

KILO = 1024
LONG = "n" * 20 * KILO
PRODUCT = {"name": "Kite", "price": 5}


FLOODS = {
    "member names": lambda long: ("POST", "/products", {**PRODUCT, long: 1}, {}),
    "member names of an invalid body": lambda long: ("POST", "/products", {"name": 5, long: 1}, {}),
    "nested member names": lambda long: ("POST", "/products", {**PRODUCT, "any": {long: {long: 1}}}, {}),
    "Accept": lambda long: ("GET", "/products", None, {"Accept": f"*/*, text/{long}"}),
    "Content-Type": lambda long: ("POST", "/products", PRODUCT, {"Content-Type": f"application/json; x={long}"}),
    "credentials": lambda long: ("GET", "/products", None, {"Authorization": f"Bearer {long}"}),
    "query names": lambda long: ("GET", f"/products?{long[-8000:]}=1", None, {}),
    "sorting": lambda long: ("GET", f"/products?sort={long[-8000:]}", None, {}),
    "preferences": lambda long: ("GET", "/products", None, {"Prefer": f"code=200, {long[-8000:]}=1"}),
    "paths": lambda long: ("GET", f"/products/{long[-8000:]}", None, {}),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    content = yaml.safe_load((ROOT / "docs" / "examples" / "shop.yaml").read_text())
    with generated(tmp_path_factory.mktemp("shop"), content) as server:
        yield server


@pytest.mark.parametrize("flood", FLOODS)
def test_long_texts_of_clients_are_not_kept(shop, flood):
    world = shop.application.worlds.default

    def send(number):
        method, target, body, headers = FLOODS[flood](LONG + str(number))
        shop(method, target, body, **headers)
        assert world.journal.entry(world.journal.last), "it is formatted, as the inspector and the request log do"
        shop.application.worlds.reset("default")

    send(0)
    tracemalloc.start()
    try:
        for number in range(1, 30):
            send(number)
        gc.collect()
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert kept < 300 * KILO


def test_what_reads_requests_uses_memos_for_short_texts_only():
    root = Path(locum.__file__).parent
    found = {
        str(file.relative_to(root))
        for package in ("server", "journal", "redaction", "infer", "world", "control", "oidc", "openapi/wire")
        for file in (root / package).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
        and any("cache" in ast.unparse(one).split("(")[0] for one in node.decorator_list)
        and not any("cached_property" in ast.unparse(one) for one in node.decorator_list)
    }

    assert found - OF_FEW_VALUES == set()


OF_FEW_VALUES = {
    "oidc/authorization.py",  # of locum's own pages
    "world/forms.py",  # of record types
    "world/record_types.py",
}
"""Modules whose memos are of values that are not sent by clients."""

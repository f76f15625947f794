"""What the tests of the verified share: the contract of the planted server, and runs against it in this process."""

from __future__ import annotations

import pytest

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import read
from locum.verify.plans import Plan
from locum.verify.run import verify_contract
from tests.verify.planted import CONTRACT, TOKEN, Planted


@pytest.fixture(scope="session")
def contract():
    return compile_contract(read(CONTRACT, None))


@pytest.fixture
def walk(verified):
    """Return a function that proves the planted server by walks, until one of some seeds finds something.

    Most seeds do; which ones depends on the modules that are loaded, as Hypothesis takes constants out of them.
    """

    def prove_it(*defects, **planned):
        for seed in range(7, 15):
            run = verified(*defects, phases=("stateful",), max_examples=60, seed=seed, **planned)
            if run.findings:
                break
        return run

    return prove_it


@pytest.fixture
def verified(contract):
    """Return a function that proves the planted server with some of its defects."""

    def prove_it(*defects, told=None, **planned):
        plan = {"base_url": "http://things.test", "token": TOKEN, "seed": 7, "max_examples": 15, **planned}
        return verify_contract(contract, Plan(application=Planted(frozenset(defects)), **plan), told)

    return prove_it

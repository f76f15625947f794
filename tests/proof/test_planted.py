"""The planted defects: each is found, under the right code; and nothing is found where there are none."""

from __future__ import annotations

import pytest

from locum.contract.contracts import compile_contract
from locum.contract.documents import read
from locum.proof.plans import Choice, Plan
from locum.proof.run import prove
from tests.conftest import ROOT
from tests.proof.planted import CONTRACT, DEFECTS, TOKEN, Planted


@pytest.fixture(scope="session")
def contract():
    return compile_contract(read(CONTRACT, None))


def proof(contract, *defects, **planned):
    plan = {"base_url": "http://things.test", "token": TOKEN, "seed": 7, "max_examples": 15, **planned}
    return prove(contract, Plan(application=Planted(frozenset(defects)), **plan))


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_found_and_named(contract, name):
    defect = DEFECTS[name]
    choice = Choice() if "stateful" in defect.phases else Choice(operations=(defect.operation,))

    run = proof(contract, name, choice=choice, phases=defect.phases, max_examples=60)

    found = {(finding.code, finding.operation) for finding in run.findings}
    assert (defect.code, defect.operation) in found, found
    assert {code for code, _ in found} == {defect.code}


def test_nothing_is_found_on_the_right_server(contract):
    run = proof(contract, max_examples=100)

    assert run.findings == ()
    assert set(run.by_phase) == {"examples", "coverage", "fuzzing", "stateful"} - {"examples"}
    assert run.never_tried == ()


def test_all_defects_stand_in_the_guide():
    guide = (ROOT / "docs" / "verify.md").read_text()

    for defect in DEFECTS.values():
        assert f"| {defect.code} | `{defect.operation}` {defect.what} |" in guide

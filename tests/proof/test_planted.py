"""The planted defects: each is found, under the right code; and nothing is found where there are none."""

from __future__ import annotations

import pytest

from locum.proof.plans import Choice
from tests.conftest import ROOT
from tests.proof.planted import DEFECTS


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_found_and_named(proof, name):
    defect = DEFECTS[name]
    choice = Choice() if "stateful" in defect.phases else Choice(operations=(defect.operation,))

    run = proof(name, choice=choice, phases=defect.phases, max_examples=60)

    assert {(finding.code, finding.operation) for finding in run.findings} == {(defect.code, defect.operation)}


def test_nothing_is_found_on_the_right_server(proof):
    run = proof(max_examples=40)

    assert run.findings == ()
    assert set(run.by_phase) == {"coverage", "fuzzing", "stateful"}
    assert run.never_tried == ()


def test_all_defects_stand_in_the_guide():
    guide = (ROOT / "docs" / "verify.md").read_text()

    told = [line for line in guide.splitlines() if line.startswith("| `L0") and line.count("|") == 5]
    assert told == [
        f"| `{defect.code}` | `{defect.operation}` | {name} | {defect.what} |" for name, defect in DEFECTS.items()
    ]

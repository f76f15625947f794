"""One file of accepted findings for check, diff and verify."""

from __future__ import annotations

from datetime import date

import pytest
import yaml

from locum.cli.accepting import Acceptance
from locum.cli.verify import _without_accepted
from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import read
from locum.verify.coverage.coverage import Coverage
from locum.verify.exchanges import Finding
from locum.verify.reports.report import Results, VerifiedContract
from locum.verify.run import Run
from tests.conftest import ROOT

NOTHING = {"accept": False, "reason": None, "until": None, "accept_file": None}


@pytest.fixture
def results(tmp_path, monkeypatch):
    """The results of a run with two findings."""
    monkeypatch.chdir(tmp_path)
    contract = compile_contract(read(ROOT / "docs" / "examples" / "shop.yaml"))
    findings = tuple(
        Finding(code=code, rule="r", api="shop", operation="o", method="GET", path=f"/{code}", message="wrong")
        for code in ("L001", "L002")
    )
    run = Run(
        api="shop", base_url="", findings=findings, exchanges=1, seconds=0.1, seed=1, coverage=Coverage.of(contract)
    )
    return [VerifiedContract(contract, run)]


def test_accepted_findings_of_a_verification_are_left_out(results, tmp_path):
    accepting = Acceptance("verify", {**NOTHING, "accept": True, "reason": "known"}, date(2026, 1, 1))
    after_accepting, _ = _without_accepted(results, accepting)
    entries = yaml.safe_load((tmp_path / ".locum-accept.yaml").read_text())["accept"]
    (tmp_path / ".locum-accept.yaml").write_text(yaml.safe_dump({"accept": entries[:1]}))

    (left,), runs = _without_accepted(results, Acceptance("verify", NOTHING, date(2026, 1, 1)))

    assert Results(after_accepting).clean
    assert {entry["tool"] for entry in entries} == {"verify"}
    assert [one.code for one in left.run.findings] == ["L002"]
    assert runs == [left.run]


def test_an_entry_of_one_command_means_nothing_to_another(results, tmp_path):
    _without_accepted(results, Acceptance("verify", {**NOTHING, "accept": True, "reason": "known"}, date(2026, 1, 1)))
    text = (tmp_path / ".locum-accept.yaml").read_text()
    (tmp_path / ".locum-accept.yaml").write_text(text.replace("tool: verify", "tool: diff"))

    (left,), _ = _without_accepted(results, Acceptance("verify", NOTHING, date(2026, 1, 1)))

    assert len(left.run.findings) == 2


def test_what_was_accepted_until_a_date_is_reported_again(results):
    given = {**NOTHING, "accept": True, "reason": "known", "until": "2026-06-01"}
    _without_accepted(results, Acceptance("verify", given, date(2026, 1, 1)))

    (before,), _ = _without_accepted(results, Acceptance("verify", NOTHING, date(2026, 5, 31)))
    (after,), _ = _without_accepted(results, Acceptance("verify", NOTHING, date(2026, 6, 1)))

    assert (len(before.run.findings), len(after.run.findings)) == (0, 2)

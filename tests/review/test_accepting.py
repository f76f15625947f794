"""One file of accepted findings for check, diff and verify."""

from __future__ import annotations

from datetime import date

import pytest
import yaml

from locum.cli.accepting import Acceptance
from locum.cli.verify import _with_known
from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import read
from locum.verify.causes.causes import causes_of
from locum.verify.coverage.coverage import Coverage
from locum.verify.exchanges import Finding
from locum.verify.reports.report import VerifiedContract
from locum.verify.run import VerificationResult
from tests.conftest import ROOT

NOTHING = {"accept": False, "update_baseline": False, "reason": None, "until": None, "accept_file": None}
FIRST = date(2026, 1, 1)


@pytest.fixture
def results(tmp_path, monkeypatch):
    """The results of a run with two causes."""
    monkeypatch.chdir(tmp_path)
    contract = compile_contract(read(ROOT / "docs" / "examples" / "shop.yaml"))
    findings = tuple(
        Finding(code=code, rule="r", api="shop", operation="o", method="GET", path=f"/{code}", message="wrong")
        for code in ("L001", "L002")
    )
    run = VerificationResult(
        api="shop",
        base_url="",
        findings=findings,
        causes=tuple(causes_of(findings)),
        exchanges=1,
        seconds=0.1,
        seed=1,
        coverage=Coverage.of(contract),
    )
    return [VerifiedContract(contract, run)]


def marked(results, on=FIRST, **given):
    """Return which causes are new, after applying the options."""
    found = _with_known(results, Acceptance("verify", {**NOTHING, **given}, on))
    return {cause.code for one in found for cause in one.run.causes if not cause.known}


def entries(folder):
    return yaml.safe_load((folder / ".locum-accept.yaml").read_text())["accept"]


def keep(folder, listed):
    (folder / ".locum-accept.yaml").write_text(yaml.safe_dump({"accept": listed}))


def test_accepted_causes_of_a_verification_are_known(results, tmp_path):
    assert marked(results, accept=True, reason="known", until="2026-06-01") == set()
    listed = entries(tmp_path)
    keep(tmp_path, listed[:1])

    left = marked(results)

    assert {(one["tool"], one["api"], one["since"]) for one in listed} == {("verify", "shop", "2026-01-01")}
    assert left == {listed[1]["what"][:4]}
    assert marked(results, date(2026, 6, 1)) == {"L001", "L002"}, "the date of until has passed"


def test_an_entry_of_another_command_or_api_means_nothing(results, tmp_path):
    marked(results, accept=True, reason="known")
    one, other = entries(tmp_path)
    keep(tmp_path, [{**one, "tool": "diff"}, {**other, "api": "another"}])

    assert marked(results) == {"L001", "L002"}


def test_update_baseline_removes_what_is_gone_and_keeps_the_rest(results, tmp_path, capsys):
    entry = {"tool": "verify", "fingerprint": "0" * 16, "reason": "old"}
    keep(tmp_path, [entry, {**entry, "api": "another"}, {**entry, "tool": "check"}, {**entry, "api": "shop"}])

    marked(results, update_baseline=True)

    assert "2 findings accepted, 2 removed" in capsys.readouterr().err
    assert {(one["tool"], one.get("api"), one["reason"]) for one in entries(tmp_path)} == {
        ("verify", "another", "old"),
        ("check", None, "old"),
        ("verify", "shop", "accepted without a reason"),
    }

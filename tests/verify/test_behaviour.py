"""Behaviour checks: each planted defect is found under its check in every style of API, and none on the right servers."""

from __future__ import annotations

import json
import os

import pytest

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import read
from locum.verify.behaviour.agreement import is_kept
from locum.verify.behaviour.problems import is_volatile_member
from locum.verify.codes.codes import CODES, behaviour_check_of
from locum.verify.plans import Plan
from locum.verify.run import verify_contract
from tests.conftest import ROOT
from tests.verify.behaving import ADA, BRAM, DEFECTS, STYLES, Behaving, applies, document_of


@pytest.fixture(scope="session")
def contracts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("styles")
    found = {}
    for name, style in STYLES.items():
        file = folder / f"{name}.json"
        file.write_text(json.dumps(document_of(style)))
        found[name] = compile_contract(read(file, None))
    return found


@pytest.fixture
def behaved(contracts):
    """Return a function that checks the behaviour of the server of a style with some defects."""

    def check(style, *defects, **planned):
        plan = {"base_url": "http://things.test", "token": ADA, "other_token": BRAM, "seed": 7, **planned}
        server = Behaving(STYLES[style], frozenset(defects))
        run = verify_contract(contracts[style], Plan(application=server, phases=("behaviour",), replays=False, **plan))
        return run, server

    return check


def _pairs():
    """Yield each defect with one of its styles, in turn; with LOCUM_FUZZ each defect in all of them."""
    for number, name in enumerate(DEFECTS):
        styles = [style for style in STYLES if applies(name, style)]
        for style in styles if os.environ.get("LOCUM_FUZZ") else [styles[number % len(styles)]]:
            yield style, name


@pytest.mark.parametrize(("style", "name"), list(_pairs()))
def test_a_defect_of_behaviour_is_found_under_its_check(behaved, style, name):
    code = DEFECTS[name][0]
    run, _ = behaved(style, name, checks=(behaviour_check_of(code),))

    assert {finding.code for finding in run.findings} == {code}


@pytest.mark.parametrize("style", STYLES)
def test_nothing_is_found_on_a_server_that_behaves_and_nothing_is_left(behaved, style):
    run, server = behaved(style)

    assert run.findings == ()
    assert [one["name"] for one in server.records.values() if not one.get("deleted")] == ["first 0", "first 1"]
    assert server.children == {}


@pytest.mark.parametrize("style", STYLES)
def test_every_scenario_runs_on_a_server_that_behaves(behaved, style):
    run, _ = behaved(style)

    assert run.skipped == ()


def verified_as(style, folder, change, *defects):
    """Check the behaviour of a server against a changed version of its document."""
    document = document_of(STYLES[style])
    change(document["components"]["schemas"])
    file = folder / "changed.json"
    file.write_text(json.dumps(document))
    contract = compile_contract(read(file, None))
    server = Behaving(STYLES[style], frozenset(defects))
    plan = {"base_url": "http://things.test", "token": ADA, "other_token": BRAM, "seed": 7, "phases": ("behaviour",)}
    return {one.code for one in verify_contract(contract, Plan(application=server, replays=False, **plan)).findings}


def test_records_whose_identifier_is_not_declared_are_checked(tmp_path):
    def nameless(schemas):
        record = schemas["Record"]
        del record["properties"]["id"]
        record["required"].remove("id")

    assert verified_as("items", tmp_path, nameless, "lost update") == {"L120"}
    assert verified_as("items", tmp_path, nameless) == set()


def test_a_deprecated_member_of_a_response_need_not_be_kept(tmp_path):
    def deprecate(schemas):
        schemas["Record"]["properties"]["note"]["deprecated"] = True

    assert verified_as("plain", tmp_path, deprecate, "lost note") == set()


def test_servers_add_to_lists_within_an_object_and_change_what_depends_on_the_time():
    assert is_kept({"readers": ["ada", "bram"]}, {"readers": ["bram", "ada", "owner"]})
    assert not is_kept({"readers": ["ada"]}, {"readers": ["bram"]})
    assert not is_kept(["ada"], ["ada", "owner"])
    assert [is_volatile_member(name) for name in ("estimatedStartDelta", "delta_of_prices")] == [True, False]


def test_defects_of_a_style_that_show_elsewhere_too_are_one_finding(behaved):
    run, _ = behaved("plain", "limitless")

    assert [finding.code for finding in run.findings] == ["L140"]


def test_every_behaviour_code_has_a_defect():
    tested = {code for code, _ in DEFECTS.values()}

    assert {code for code in CODES if behaviour_check_of(code)} - tested == {"L071"}


def test_all_defects_of_behaviour_stand_in_the_guide():
    guide = (ROOT / "docs" / "verify.md").read_text()

    listed = [line for line in guide.splitlines() if line.startswith("| `L") and line.count("|") == 5]
    assert listed == [
        f"| `{code}` | `{behaviour_check_of(code)}` | {what} | "
        f"{'all' if all(applies(name, style) for style in STYLES) else ', '.join(s for s in STYLES if applies(name, s))} |"
        for name, (code, what) in DEFECTS.items()
    ]

"""Reports: what each form says of a run with findings, of a clean one, and of one that could not prove."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from locum.proof.codes import CODES
from locum.proof.reports import REPORTS
from locum.proof.reports.proofs import Proof
from tests.proof.planted import TOKEN


@pytest.fixture(scope="module")
def run_of():
    return {}


@pytest.fixture
def proved(proof, contract, run_of):
    """Return a function that gives the proof of the server with some defects."""

    def prove(*defects):
        if defects not in run_of:
            run_of[defects] = Proof(contract, proof(*defects, phases=("coverage",)))
        return run_of[defects]

    return prove


DEFECTS = ("crash", "comma", "page")


def test_junit_has_a_case_for_each_operation_and_a_failure_for_those_with_findings(proved):
    found = proved(*DEFECTS)
    suite = ET.fromstring(REPORTS["junit"]([found]))[0]
    failed = {case.get("name").partition(" (")[0] for case in suite if case.find("failure") is not None}

    assert suite.get("tests") == str(len(list(suite))) == str(len(found.contract.operations))
    assert failed == {f"{finding.method} {finding.path}" for finding in found.run.findings}
    assert suite.get("failures") == str(len(failed))
    assert {element.get("type") for element in suite.iter("failure")} <= set(CODES)


def test_junit_has_only_what_its_consumers_know(proved):
    """The elements and attributes of the schema that Jenkins and GitLab read (junit-10.xsd)."""
    known = {
        "testsuites": {"name"},
        "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
        "testcase": {"classname", "name", "time"},
        "failure": {"message", "type"},
        "error": {"message", "type"},
        "skipped": {"message"},
    }
    root = ET.fromstring(REPORTS["junit"]([proved(*DEFECTS), proved()]))

    assert root.tag == "testsuites"
    for element in root.iter():
        assert set(element.attrib) <= known[element.tag]
    for suite in root:
        assert all(re.fullmatch(r"\d+", suite.get(name)) for name in ("tests", "failures", "errors", "skipped"))
        assert re.fullmatch(r"\d+\.\d+", suite.get("time"))


def test_junit_holds_nothing_that_is_no_xml(proved):
    found = proved(*DEFECTS)
    strange = tuple(replace(finding, message="\x00\x1b[1m<&]]>\ud800") for finding in found.run.findings)
    text = REPORTS["junit"]([replace(found, run=replace(found.run, findings=strange))])

    assert ET.fromstring(text) is not None
    assert text.encode()


def test_a_run_that_could_not_prove_is_an_error_of_its_suite(proved):
    found = proved()
    about = replace(proved(*DEFECTS).run.findings[0], code="L091", operation="", method="", path="")
    suite = ET.fromstring(REPORTS["junit"]([replace(found, run=replace(found.run, findings=(about,)))]))[0]

    assert (suite.get("errors"), suite.get("failures")) == ("1", "0")


def test_json_tells_everything_and_no_secret(proved):
    text = REPORTS["json"]([proved(*DEFECTS)])
    told = json.loads(text)
    (contract,) = told["contracts"]

    assert told["clean"] is False
    assert {finding["code"] for finding in contract["findings"]} >= {"L002", "L013", "L012"}
    assert contract["coverage"]["kinds"]["answers"]["seen"] > 0
    assert TOKEN not in text
    assert json.loads(REPORTS["json"]([proved()]))["clean"] is True


def test_sarif_leads_to_the_line_of_the_rule(proved):
    found = proved(*DEFECTS)
    log = json.loads(REPORTS["sarif"]([found]))
    (run,) = log["runs"]
    lines = found.contract.document.source.decode().splitlines()

    assert log["version"] == "2.1.0"
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {result["ruleId"] for result in run["results"]}
    for result, finding in zip(run["results"], found.run.findings, strict=True):
        region = result["locations"][0]["physicalLocation"]["region"]
        key = finding.contract_pointer.rsplit("/", 1)[-1].replace("~1", "/").replace("~0", "~")
        assert key in lines[region["startLine"] - 1]
        assert result["message"]["text"]


def test_annotations_are_one_line_each(proved):
    lines = REPORTS["annotations"]([proved(*DEFECTS)]).splitlines()

    assert len(lines) == len(proved(*DEFECTS).run.findings)
    assert all(re.fullmatch(r"::error file=[^,:]+,title=[^,:]+::.+", line) for line in lines)


def test_the_summary_has_a_row_for_each_contract_and_each_finding(proved):
    text = REPORTS["summary"]([proved(*DEFECTS)])

    assert text.count("| L0") == len(proved(*DEFECTS).run.findings)
    assert "| planted |" in text


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.loaded = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in {"meta", "br"}:
            self.open.append(tag)
        self.loaded += [value for name, value in attrs if name in {"src", "href", "onclick"}]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_loads_nothing_and_shows_the_matrix(proved):
    text = REPORTS["html"]([proved(*DEFECTS), proved()])
    page = _Page()
    page.feed(text)

    assert (page.open, page.loaded) == ([], [])
    assert "<script" not in text
    assert text.count('class="cell') >= len(proved().contract.operations)
    assert "L002" in text
    assert TOKEN not in text
    assert "clean" in REPORTS["html"]([proved()])

"""Reports: each format for a run with findings, a clean run and an inconclusive run."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from jsonschema import Draft202012Validator

from locum.verify.codes.codes import CODES
from locum.verify.drift import Compared, Difference, StepDifference
from locum.verify.observed.har_files import archived
from locum.verify.plans import OperationChoice
from locum.verify.reports import REPORTS
from locum.verify.reports.report import Results, VerifiedContract
from locum.verify.run import ResponseTimes
from tests.verify.planted import TOKEN


@pytest.fixture(scope="module")
def run_of():
    return {}


@pytest.fixture
def proved(verified, contract, run_of):
    """Return a function that returns the report of the server with some defects."""

    def prove(*defects):
        if defects not in run_of:
            run_of[defects] = VerifiedContract(contract, verified(*defects, phases=("coverage",)))
        return run_of[defects]

    return prove


DEFECTS = ("crash", "comma", "page")
SCHEMA = files("locum.verify.reports") / "report.schema.json"
SCHEMAS = Path(__file__).parent / "schemas"
DRIFT = (
    Compared(
        "a.har",
        3,
        (StepDifference(2, "GET", "/things/1", Difference("status", "the mock responds 200, the server 410")),),
    ),
    Compared("b", 2, ()),
)


def test_junit_has_a_case_for_each_operation_and_a_failure_for_those_with_findings(proved):
    found = proved(*DEFECTS)
    suite = ET.fromstring(REPORTS["junit"](Results([found])))[0]
    failed = {case.get("name").partition(" (")[0] for case in suite if case.find("failure") is not None}

    assert suite.get("tests") == str(len(list(suite)))
    assert {case.get("name").partition(" (")[0] for case in suite} == {
        f"{operation.method} {operation.path}" for operation in found.contract.operations.values()
    }
    assert failed == {f"{finding.method} {finding.path}" for finding in found.run.findings}
    assert suite.get("failures") == str(len(list(suite.iter("failure"))))
    assert {element.get("type") for element in suite.iter("failure")} <= set(CODES)


def test_junit_is_valid_for_its_consumers(proved):
    """The schema of Jenkins, which GitLab and reporters for GitHub also use."""
    schema = xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd")
    for results in (Results([proved(*DEFECTS), proved()], DRIFT), Results([proved()]), Results(drift=DRIFT)):
        schema.validate(REPORTS["junit"](results))


def test_junit_has_a_case_for_each_scenario(proved):
    suite = ET.fromstring(REPORTS["junit"](Results([proved()], DRIFT)))[1]

    assert [(case.get("name"), case.find("failure") is not None) for case in suite] == [("a.har", True), ("b", False)]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")


def test_junit_contains_only_valid_xml_characters(proved):
    found = proved(*DEFECTS)
    strange = tuple(replace(finding, message="\x00\x1b[1m<&]]>\ud800") for finding in found.run.findings)
    text = REPORTS["junit"](Results([replace(found, run=replace(found.run, findings=strange))]))

    assert ET.fromstring(text) is not None
    assert text.encode()


def test_an_inconclusive_run_is_an_error_of_its_suite(proved):
    found = proved()
    about = replace(proved(*DEFECTS).run.findings[0], code="L091", operation="", method="", path="")
    suite = ET.fromstring(REPORTS["junit"](Results([replace(found, run=replace(found.run, findings=(about,)))])))[0]

    assert (suite.get("errors"), suite.get("failures")) == ("1", "0")


def test_json_is_complete_and_contains_no_secret(proved):
    text = REPORTS["json"](Results([proved(*DEFECTS)]))
    output = json.loads(text)
    (contract,) = output["contracts"]

    assert output["clean"] is False
    assert {finding["code"] for finding in contract["findings"]} >= {"L002", "L013", "L012"}
    assert contract["coverage"]["kinds"]["statuses"]["seen"] > 0
    assert contract["seconds_by_operation"].keys() == set(contract["tried"])
    assert TOKEN not in text
    assert json.loads(REPORTS["json"](Results([proved()])))["clean"] is True
    assert json.loads(REPORTS["json"](Results([proved()], DRIFT)))["clean"] is False


def test_json_has_the_documented_format(proved, verified, walk, contract):
    schema = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    nothing = VerifiedContract(contract, verified(choice=OperationChoice(operations=("none",))))
    steps = VerifiedContract(contract, walk("undead"))

    assert nothing.run.findings[0].code == "L092"
    assert any(finding.steps for finding in steps.run.findings)
    for results in (
        Results([proved(*DEFECTS), proved()], DRIFT),
        Results([nothing]),
        Results([steps]),
        Results(drift=DRIFT),
    ):
        schema.validate(json.loads(REPORTS["json"](results)))


def test_the_documented_format_is_complete(proved):
    """It describes exactly the members of a report."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    output = json.loads(REPORTS["json"](Results([proved(*DEFECTS)], DRIFT)))

    assert output.keys() == schema["properties"].keys()
    assert output["contracts"][0].keys() == schema["$defs"]["contract"]["properties"].keys()
    assert output["contracts"][0]["findings"][0].keys() == schema["$defs"]["finding"]["properties"].keys()
    assert not Draft202012Validator(schema).is_valid({**output, "more": 1})


def test_sarif_is_valid(proved):
    schema = Draft202012Validator(json.loads((SCHEMAS / "sarif-2.1.0.json").read_text(encoding="utf-8")))
    for results in (Results([proved(*DEFECTS), proved()]), Results([proved()])):
        schema.validate(json.loads(REPORTS["sarif"](results)))


def test_an_archive_has_the_findings_and_one_exchange_per_response(proved, verified, contract):
    found = proved(*DEFECTS)
    text = REPORTS["har"](Results([found]))
    exchanges = archived(json.loads(text))
    answers = {(one.method, one.url.partition("?")[0], one.status) for one in exchanges}

    assert TOKEN not in text
    assert {(one.shown.method, one.shown.url) for one in found.run.findings if one.shown} <= {
        (one.method, one.url) for one in exchanges
    }
    assert ("GET", "http://things.test/reports", 200) in answers
    assert len(exchanges) < 60 < found.run.exchanges
    verdicts = [entry["_locum"]["verdict"] for entry in json.loads(text)["log"]["entries"]]
    assert {"L002", "L012", "L013", ""} <= set(verdicts)
    assert all(entry["startedDateTime"] > "2026" for entry in json.loads(text)["log"]["entries"])


def test_an_archive_has_every_step_of_a_finding(walk, contract):
    found = VerifiedContract(contract, walk("undead"))
    entries = json.loads(REPORTS["har"](Results([found])))["log"]["entries"]
    finding = next(one for one in found.run.findings if one.steps)
    output = [entry["request"]["method"] for entry in entries if entry["_locum"]["verdict"] == finding.code]

    assert output == [step.method for step in finding.steps]


def test_the_slowest_operations_are_listed(proved):
    found = proved()
    times = [one for _, one in found.slowest]

    assert {operation.operation_id for operation, _ in found.slowest} == set(found.run.tried)
    assert [one.nearly_all for one in times] == sorted((one.nearly_all for one in times), reverse=True)
    assert "Slowest operations" in REPORTS["html"](Results([found]))


@pytest.mark.parametrize(
    ("seconds", "output"),
    [([3.0], (1, 3.0, 3.0, 3.0)), ([float(n) for n in range(1, 101)], (100, 50.5, 100.0, 96.0))],
)
def test_times_are_summed_up(seconds, output):
    times = ResponseTimes.of(seconds[::-1])

    assert (times.count, times.median, times.most, times.nearly_all) == output


def test_sarif_links_to_the_line_of_the_rule(proved):
    found = proved(*DEFECTS)
    log = json.loads(REPORTS["sarif"](Results([found])))
    (run,) = log["runs"]
    lines = found.contract.document.source.decode().splitlines()

    assert log["version"] == "2.1.0"
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {result["ruleId"] for result in run["results"]}
    findings = [finding for cause in found.run.causes for finding in cause.findings]
    for result, finding in zip(run["results"], findings, strict=True):
        region = result["locations"][0]["physicalLocation"]["region"]
        key = finding.contract_pointer.rsplit("/", 1)[-1].replace("~1", "/").replace("~0", "~")
        assert key in lines[region["startLine"] - 1]
        assert result["message"]["text"]


def test_annotations_are_one_line_each(proved):
    lines = REPORTS["annotations"](Results([proved(*DEFECTS)])).splitlines()

    assert len(lines) == len(proved(*DEFECTS).run.causes)
    assert all(re.fullmatch(r"::error file=[^,:]+,title=[^,:]+::.+", line) for line in lines)


def test_the_summary_has_a_row_for_each_contract_and_each_cause(proved):
    text = REPORTS["summary"](Results([proved(*DEFECTS)]))

    assert text.count("| L0") == len(proved(*DEFECTS).run.causes)
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


def test_the_html_report_is_self_contained_and_has_the_matrix(proved):
    text = REPORTS["html"](Results([proved(*DEFECTS), proved()]))
    page = _Page()
    page.feed(text)

    anchors = {f"#cause-{cause.fingerprint}" for cause in proved(*DEFECTS).run.causes}
    assert page.open == []
    assert set(page.loaded) == anchors  # the matrix leads to the causes
    assert all(f'id="{anchor[1:]}"' in text for anchor in anchors)
    assert "<script" not in text
    assert not re.search(r"\bstyle=|\bon\w+=", text)
    assert f'<option value="L002">L002 {CODES["L002"].rule}</option>' in text
    (style,) = re.findall("<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in text
    assert text.count('class="cell') >= len(proved().contract.operations)
    assert "L002" in text
    assert TOKEN not in text
    assert "clean" in REPORTS["html"](Results([proved()]))


def test_the_html_report_shows_drift(proved):
    both = REPORTS["html"](Results([proved()], DRIFT))
    alone = REPORTS["html"](Results(drift=DRIFT[1:]))

    assert 'locum verify: <span class="bad">1 difference</span>' in both
    assert "the mock responds 200, the server 410" in both
    assert 'locum drift: <span class="good">clean</span>' in alone
    assert "No differences" in alone


def test_the_summary_has_a_row_for_each_difference(proved):
    text = REPORTS["summary"](Results([proved()], DRIFT))

    assert "| a.har | 2 | `GET /things/1` | `status` | the mock responds 200, the server 410 |" in text


def test_the_offending_place_of_a_response_is_marked(verified, contract):
    run = verified("text price", choice=OperationChoice(operations=("listThings",)), phases=("coverage",))
    text = REPORTS["html"](Results([VerifiedContract(contract, run)]))

    assert "&quot;price&quot;: <mark>&quot;12.50&quot;</mark>" in text


def test_a_response_that_came_and_was_wrong_is_not_called_unseen(verified, contract):
    run = verified("text price", choice=OperationChoice(operations=("listThings",)), phases=("coverage",))
    text = REPORTS["html"](Results([VerifiedContract(contract, run)]))

    assert ("GET /things", "status 200 application/json") not in set(run.coverage.missing())
    assert [(label, cell) for label, cell, _ in run.coverage.only_wrong()] == [
        ("GET /things", "status 200 application/json")
    ]
    assert ">200 · came, wrong</span>" in text


def test_known_causes_are_skipped_and_suppressed_with_their_reason(verified, contract):
    run = verified("text price", choice=OperationChoice(operations=("listThings",)), phases=("coverage",))
    causes = tuple(replace(cause, known="It is planned.", since="2026-01-01") for cause in run.causes)
    results = Results([VerifiedContract(contract, replace(run, causes=causes))])

    suite = ET.fromstring(REPORTS["junit"](results))[0]
    (result,) = json.loads(REPORTS["sarif"](results))["runs"][0]["results"]

    assert results.clean
    assert suite.get("failures") == "0"
    assert [element.get("message") for element in suite.iter("skipped")] == ["L022: It is planned."]
    assert result["suppressions"] == [{"kind": "external", "justification": "It is planned."}]

"""JSON Schema over HTTP: our own cases, and the official suite with the differences in docs/json-schema.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.contract.json_schema_cases import BOTH, LATER, OLDER
from tests.contract.suite import Group, groups_in, outcomes, remotes_in
from tests.corpus.sources import MISSING, corpus_file

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENT = ROOT / "docs" / "json-schema.md"
SUITE = corpus_file("json-schema-suite")
PARTS = {"required": "", "optional": "optional", "formats": "optional/format"}
COMPONENTS = {"Text": {"type": "string"}}


def instances(values: list[Any], *, valid: bool) -> list[dict[str, Any]]:
    return [{"description": repr(value), "data": value, "valid": valid} for value in values]


@pytest.mark.parametrize(("draft", "cases"), [("4", BOTH | OLDER), ("2020-12", BOTH | LATER)])
def test_each_keyword_is_validated_over_http_and_satisfied_by_generated_values(draft, cases, tmp_path):
    groups = [
        Group(
            draft, "own", name, case.schema, [*instances(case.right, valid=True), *instances(case.wrong, valid=False)]
        )
        for name, case in cases.items()
    ]
    outcomes(groups, tmp_path, COMPONENTS)

    assert [(group.description, group.wrong) for group in groups if group.wrong] == []
    assert [(group.description, group.valueless) for group in groups if group.valueless] == []


@pytest.fixture
def served(tmp_path):
    """Return a function that returns the results of a part of the suite."""
    if SUITE is None:
        pytest.skip(MISSING)

    def serve(draft: str, part: str) -> list[Group]:
        remotes = remotes_in(SUITE, draft) if draft == "2020-12" else COMPONENTS
        return outcomes(groups_in(SUITE, draft, PARTS[part]), tmp_path, remotes)

    return serve


def rows(title: str) -> list[list[str]]:
    """Read the table below a title of the document."""
    section = DOCUMENT.read_text(encoding="utf-8").partition(f"## {title}\n")[2].partition("\n## ")[0]
    lines = [line.strip("| ") for line in section.splitlines() if re.match(r"\| (4|2020-12) ", line)]
    return [[cell.strip().strip("`") for cell in line.split(" | ")] for line in lines]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("draft", ["4", "2020-12"])
def test_the_suite_passes_except_for_the_listed_differences(draft, part, served, record_property):
    groups = served(draft, part)
    tests, wrong = (
        sum(len(each) for each in lists) for lists in zip(*((g.tests, g.wrong) for g in groups), strict=True)
    )
    satisfiable = [group for group in groups if group.satisfiable]
    values = sum(not group.valueless for group in satisfiable)
    figures = [draft, part, f"{tests - wrong} of {tests}", f"{values} of {len(satisfiable)}"]
    record_property("summary", "JSON Schema Test Suite: draft {}, {}: {} verdicts, {} values".format(*figures))
    listed = {tuple(row[:3]) for row in rows("What differs") if row[1] in {group.file for group in groups}}

    differing = {group.name: group.wrong or group.valueless for group in groups if group.wrong or group.valueless}
    assert {name: what for name, what in differing.items() if name not in listed} == {}
    assert {name for name in listed if name[0] == draft} - differing.keys() == set()
    assert figures in rows("Figures")


def test_every_listed_difference_has_a_reason():
    assert rows("What differs")
    assert all(len(row) == 4 and len(row[3]) > 20 for row in rows("What differs"))

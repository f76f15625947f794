"""Documents that are wrong everywhere are compared, counted and linted without an error."""

from __future__ import annotations

import json
from datetime import date

import pytest

from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import BadDocument, read
from locum.review.documents import compare_contracts
from locum.review.lint.linter import lint_with
from locum.review.lint.rulesets import read_ruleset
from locum.review.reports import FORMATS, changelog
from locum.review.review import Review, Reviewed
from locum.review.statistics import statistics_of
from tests.openapi.mutants import SOURCES, mutants

TODAY = date(2026, 11, 30)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_mutated_document_is_reviewed_without_an_error(path, tmp_path):
    (tmp_path / "rules.yaml").write_text("extends: [[spectral:oas, all]]")
    ruleset, before = read_ruleset(tmp_path / "rules.yaml"), compile_contract(read(path))
    for mutant in mutants(path, range(3)):
        file = tmp_path / "mutant.json"
        file.write_text(json.dumps(mutant.content))
        try:
            after = compile_contract(read(file))
        except BadDocument:
            continue
        for base, head in ((before, after), (after, before)):
            found = compare_contracts(base, head, TODAY)
            review = Review("base", "head", [Reviewed("t", base, head, found)])
            assert all(isinstance(render(review), str) for render in (*FORMATS.values(), changelog))
        assert compare_contracts(after, compile_contract(read(file)), TODAY) == []
        statistics_of(after).as_json()
        lint_with(ruleset, after)

"""Codes: every emitted code is explained in the code and in docs/documents.md, and the reverse."""

from __future__ import annotations

import ast
import re

import pytest
from click.testing import CliRunner

from locum.cli import main
from locum.openapi.lint.codes import CODES
from tests.conftest import ROOT

_CODE = re.compile(r"[a-z]+(-[a-z]+)+|version|unsatisfiable")
_EMITTING = {
    "keep",
    "set",
    "remove",
    "append",
    "_replace",
    "LintFinding",
    "ReferenceProblem",
    "Repair",
    "_error",
    "_clash",
}


def emitted():
    """Return the codes in calls that create a diagnostic, and those that are constants."""
    found = set()
    for folder in ("openapi/lint", "openapi/load", "openapi/repair", "generate"):
        for path in sorted((ROOT / "locum" / folder).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                texts = []
                if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in _EMITTING:
                    texts = [*node.args[1:], *(keyword.value for keyword in node.keywords if keyword.arg == "code")]
                elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in {"code", "UNFIT_EXAMPLE"}:
                    texts = list(ast.walk(node.value))
                constants = (text.value for text in texts if isinstance(text, ast.Constant))
                found |= {one for one in constants if isinstance(one, str) and _CODE.fullmatch(one)}
    return found


def test_every_code_that_is_emitted_is_explained_and_the_reverse():
    assert emitted() == set(CODES)


def test_every_code_is_in_the_guide_and_the_reverse():
    guide = (ROOT / "docs" / "documents.md").read_text()
    table = guide.partition("| code |\n")[2].partition("\n\n")[0]
    cells = [row.split(" | ")[-1] for row in table.splitlines()[1:]]
    codes = {code for cell in cells for code in re.findall(r"`([a-z-]+)`", cell)}

    assert codes == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_an_explanation_has_complete_sentences_in_short_lines(code):
    text = CODES[code].text(code)

    assert CODES[code].title.endswith(".")
    assert CODES[code].explanation.endswith(".")
    assert max(map(len, text.splitlines())) <= 120


def test_locum_explain_knows_the_codes_of_both_commands():
    run = CliRunner()
    listed = run.invoke(main, ["explain"]).output.splitlines()

    assert run.invoke(main, ["explain", "wrong-type"]).output == CODES["wrong-type"].text("wrong-type")
    assert run.invoke(main, ["explain", "Wrong-Type"]).exit_code == 0
    assert any(line.startswith("L020 ") for line in listed)
    assert any(line.startswith("wrong-type ") for line in listed)
    unknown = run.invoke(main, ["explain", "no-code"])
    assert (unknown.exit_code, unknown.stderr) == (2, "Unknown code 'no-code'. `locum explain` lists all codes.\n")

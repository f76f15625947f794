"""The documentation of the SDK sessions agrees with them; `make sdk` runs them, `make test` does not."""

from __future__ import annotations

import re

import pytest

from tests.sdk.run import HERE, SESSIONS, Result, explained, line, report, script, sessions_there


def steps_of(name) -> list[str]:
    text = script(name).read_text(encoding="utf-8")
    return [one[1] for one in re.findall(r"step\((['\"])(.*?)\1(?:,|\))", text)]


def test_each_session_has_a_script_and_each_script_is_a_session():
    scripts = {path.stem for path in (HERE / "sessions").iterdir() if path.suffix in {".py", ".mjs"}}

    assert scripts == set(SESSIONS)
    assert len(SESSIONS) >= 10


@pytest.mark.parametrize("name", SESSIONS)
def test_the_steps_of_a_session_have_unique_names(name):
    steps = steps_of(name)

    assert len(steps) >= 10
    assert len(set(steps)) == len(steps)


@pytest.mark.parametrize("key", explained(), ids=lambda key: f"{key[0]} {key[1]}")
def test_each_explanation_is_of_a_step_and_has_a_reason(key):
    one = explained()[key]

    assert one["step"] in steps_of(one["session"])
    assert one["lies_in"] in {"document", "sdk", "choice"}
    assert one["why"].endswith(".")


def test_a_row_counts_right_wrong_and_explained_steps():
    result = Result("asana", "asana (Python)", "asana.yaml", {"one": "", "two": "gid is 'x'", "three": "other"})
    reasons = {("asana", "two"): {"lies_in": "sdk", "why": "So."}}

    assert line(result, reasons) == "| asana (Python) | asana.yaml | 1/3 | 33 % | 1 |"
    assert "- two: gid is 'x' **Explained (sdk)**: So." in report([result], reasons)
    assert "- three: other\n" in report([result], reasons)


def test_an_unknown_session_is_reported():
    with pytest.raises(SystemExit, match=r"Unknown session: asna\. Valid sessions: "):
        sessions_there(["asna"])

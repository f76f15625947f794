"""The planted defects: each is found under its code, and a correct server has no findings."""

from __future__ import annotations

import json

import pytest

from locum.verify.plans import OperationChoice, Plan
from locum.verify.run import verify_contract
from tests.conftest import ROOT
from tests.verify.planted import DEFECTS, OTHER_TOKEN, TOKEN, Planted


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_found_under_its_code(verified, walk, users_file, name):
    defect = DEFECTS[name]
    people = {"configuration": users_file, "token": ""} if defect.people else {}
    if "stateful" in defect.phases:
        run = walk(name, **people)
    else:
        run = verified(
            name, choice=OperationChoice(operations=(defect.operation,)), phases=defect.phases, max_examples=30
        )

    assert {(finding.code, finding.operation) for finding in run.findings} == {(defect.code, defect.operation)}


@pytest.fixture
def users_file(tmp_path):
    """Two users in the format of Web Fuzzing Commons, who must not see each other's things."""
    headers = [
        {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {token}"}]}
        for name, token in (("ada", TOKEN), ("bram", OTHER_TOKEN))
    ]
    (tmp_path / "people.json").write_text(json.dumps({"schema_version": "0.0.1", "auth": headers}))
    file = tmp_path / "schemathesis.toml"
    file.write_text(f'[auth.wfc]\npath = "{tmp_path}/people.json"\nuser = "ada"\npeers = ["ada", "bram"]\n')
    return file


def test_nothing_is_found_on_the_correct_server_with_two_users(verified, users_file):
    run = verified(configuration=users_file, token="")

    assert run.findings == ()


def test_nothing_is_found_on_the_correct_server(verified):
    run = verified()

    assert run.findings == ()
    assert set(run.by_phase) == {"coverage", "fuzzing", "stateful", "directed", "behaviour"}
    assert run.never_tried == ()


def test_all_defects_are_in_the_guide():
    guide = (ROOT / "docs" / "verify.md").read_text()

    table = guide.partition("| code | operation | the server |")[2].partition("\n\n")[0]
    output = [line for line in table.splitlines() if line.startswith("| `L")]
    assert output == [f"| `{defect.code}` | `{defect.operation}` | {defect.what} |" for defect in DEFECTS.values()]


def test_a_list_that_shows_fifty_records_and_cannot_be_continued_is_not_called_wrong(contract):
    server = Planted(frozenset())
    for number in range(60):
        server.respond("POST", "/things", b"", {**_HEADERS, "content-type": "application/json"}, _thing(number))
    assert len(server.things) >= 60

    run = verify_contract(
        contract,
        Plan(base_url="http://things.test", token=TOKEN, seed=7, application=server, phases=("behaviour",)),
    )

    assert run.findings == ()


_HEADERS = {"authorization": f"Bearer {TOKEN}"}


def _thing(number):
    return json.dumps({"name": f"thing {number}"}).encode()

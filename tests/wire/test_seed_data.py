"""Seed data: records from files replace generated ones, and are checked before the server starts."""

from __future__ import annotations

import json

import pytest

from locum.server.application import create
from locum.server.handlers import StartError
from locum.settings import Settings
from tests.conftest import ROOT
from tests.wire.serving import Server

TEAM = ROOT / "docs" / "examples" / "team.yaml"
PEOPLE = "id,name,email,role\nper_aaaaaa,Ada,ada@example.org,admin\nper_bbbbbb,Bo,bo@example.org,member\n"


@pytest.fixture
def seeded(tmp_path):
    servers = []

    def serve(**files):
        places = []
        for name, content in files.items():
            places.append(tmp_path / name.replace("__", "."))
            places[-1].write_text(content, encoding="utf-8")
        servers.append(Server(Settings(specs=(TEAM,), cache=False, seed_data=tuple(places))))
        return servers[-1]

    yield serve
    for server in servers:
        server.stop()


def rejected(tmp_path, **files):
    places = []
    for name, content in files.items():
        places.append(tmp_path / name.replace("__", "."))
        places[-1].write_text(content, encoding="utf-8")
    with pytest.raises(StartError) as problem:
        create(Settings(specs=(TEAM,), cache=False, seed_data=tuple(places)))
    return [sentence.removeprefix(f"{tmp_path}/") for sentence in problem.value.sentences]


def test_a_csv_file_has_the_name_of_its_collection(seeded):
    server = seeded(people__csv=PEOPLE)

    assert [one["name"] for one in server("GET", "/people?limit=20").json["items"]] == ["Ada", "Bo"]
    assert server("GET", "/people/per_bbbbbb").json["email"] == "bo@example.org"


def test_one_file_holds_several_collections_by_name_or_path(seeded):
    projects = [{"id": 1, "title": "First", "personId": "per_aaaaaa"}, {"title": "Second", "personId": "per_bbbbbb"}]
    tasks = [{"number": 1, "projectId": 2, "title": "Buy paper", "status": "open"}]
    content = {"projects": projects, "/projects/{projectId}/tasks": tasks}
    server = seeded(people__csv=PEOPLE, all__json=json.dumps(content))

    assert server("GET", "/projects/2").json["title"] == "Second"
    assert server("GET", "/projects/2").json["personId"] == "per_bbbbbb"
    assert [one["title"] for one in server("GET", "/projects/2/tasks").json] == ["Buy paper"]
    assert server("GET", "/projects/1/tasks").json == []


def test_missing_members_are_generated(seeded):
    server = seeded(people__yaml="- {name: Ada}\n- {name: Bo}\n")
    people = server("GET", "/people?limit=20").json["items"]

    assert [one["name"] for one in people] == ["Ada", "Bo"]
    assert len({one["id"] for one in people}) == 2
    assert all("@" in one["email"] for one in people)


def test_a_record_that_breaks_its_schema_is_reported_with_its_location(tmp_path):
    content = "people:\n  - {id: per_aaaaaa, name: Ada, email: ada@example.org, role: boss}\n  - {name: 7}\n"
    first, second = rejected(tmp_path, all__yaml=content)

    assert first.startswith("all.yaml: people, record 1: role: ")
    assert second.startswith("all.yaml: people, record 2: name: ")


def test_a_dangling_reference_is_reported(tmp_path):
    (found,) = rejected(tmp_path, people__csv=PEOPLE, projects__yaml="- {title: First, personId: per_aaaaab}\n")

    assert found.startswith("projects.yaml: projects, record 1: personId: /people has no record 'per_aaaaab'.")
    assert "Did you mean per_aaaaaa" in found


def test_a_duplicate_identifier_is_reported(tmp_path):
    (found,) = rejected(tmp_path, people__csv=PEOPLE + "per_aaaaaa,Ida,ida@example.org,member\n")

    assert found.startswith("people.csv: people, record 3: id 'per_aaaaaa' is already used by")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("poeple__csv", PEOPLE, "poeple.csv: poeple: no collection has this name or path. Did you mean "),
        ("people__json", "{", "cannot be read"),
        ("people__yaml", "a: [", "cannot be read"),
        ("people__yaml", "people: 3", "people.yaml: people: not a list of records."),
    ],
)
def test_unusable_files_are_reported(tmp_path, name, content, message):
    (found,) = rejected(tmp_path, **{name: content})

    assert message in found


def test_a_missing_file_is_reported(tmp_path):
    with pytest.raises(StartError, match=r"--seed-data .*none\.csv: cannot be read"):
        create(Settings(specs=(TEAM,), cache=False, seed_data=(tmp_path / "none.csv",)))


def test_a_misspelt_member_is_an_error_with_a_suggestion(tmp_path):
    (typo,) = rejected(tmp_path, people__csv=PEOPLE.replace("name", "naem"))[:1]
    (style,) = rejected(tmp_path, people__yaml="- {name: Ada, created_at: 2025-01-01T00:00:00Z}\n")

    assert typo == "people.csv: people, record 1: naem: the schema has no such member. Did you mean name?"
    assert style.endswith("record 1: created_at: the schema has no such member. Did you mean createdAt?")


def test_another_undeclared_member_is_a_note_and_is_shown(tmp_path):
    (tmp_path / "people.csv").write_text(PEOPLE.replace("role", "role,shoe size").replace("admin", "admin,44"))
    application = create(Settings(specs=(TEAM,), cache=False, seed_data=(tmp_path / "people.csv",)))

    assert [note.removeprefix(f"{tmp_path}/") for note in application.notes] == [
        "people.csv: people: shoe size is not a member of the schema. Responses show it where they allow others."
    ]


def test_records_below_one_parent_and_one_record_have_its_path(seeded):
    content = {
        "projects": [{"id": 1, "title": "First", "personId": "per_aaaaaa"}, {"id": 2, "personId": "per_bbbbbb"}],
        "/projects/2/tasks": [{"number": 1, "title": "Buy paper", "status": "open"}],
        "/labels/red": {"text": "Red"},
    }
    server = seeded(people__csv=PEOPLE, all__json=json.dumps(content))

    assert [one["title"] for one in server("GET", "/projects/2/tasks").json] == ["Buy paper"]
    assert server("GET", "/projects/1/tasks").json == []
    assert server("GET", "/labels/red").json["text"] == "Red"

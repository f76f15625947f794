"""Recording: the traffic of a real server becomes records, which answer other requests than those recorded."""

from __future__ import annotations

import json

import pytest

from locum.record.store import AsOf
from locum.server.application import create
from locum.server.handlers import StartError
from tests.record.session import Session, files, served, settings


def book(number, **members):
    return {"id": number, "title": f"Book {number}", "authorId": "a1", "genre": "novel", **members}


def listed(*books):
    return {"items": list(books), "total": len(books)}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "shop"


@pytest.fixture
def session(folder):
    return Session(folder)


def test_recorded_records_answer_other_queries_and_writes(session, folder):
    session("GET", "/books?limit=2", 200, {"items": [book(3), book(1)], "total": 3})
    session("GET", "/books?limit=2&offset=2", 200, {"items": [book(8, genre="poems", authorId="a2")], "total": 3})
    session("GET", "/books/8/reviews", 200, [{"id": 5, "text": "Good"}])
    summary = session.save()
    client = served(folder)

    assert dict(summary.added) == {"/books": 3, "/books/{bookId}/reviews": 1}
    assert [one["id"] for one in client("GET", "/books", 200)["items"]] == [3, 1, 8]
    assert client("GET", "/books?genre=poems", 200) == listed(book(8, genre="poems", authorId="a2"))
    assert client("GET", "/books?limit=1&offset=1", 200) == {"items": [book(1)], "total": 3}
    assert client("GET", "/books/1", 200) == book(1)
    assert client("GET", "/books/2", 404)
    assert client("GET", "/books/8/reviews", 200) == [{"id": 5, "text": "Good"}]
    assert client("GET", "/books/3/reviews", 200) == []
    made = client("POST", "/books", 201, {"title": "Mine"})
    assert client("GET", f"/books/{made['id']}", 200)["title"] == "Mine"
    assert client("DELETE", "/books/3", 204) is None
    assert client("GET", "/books/3", 404)


def test_what_records_refer_to_exists_though_it_was_never_requested(session, folder):
    session("GET", "/books", 200, listed(book(1, authorId="auth_42")))
    session("GET", "/books/9/reviews", 200, [{"id": 1, "text": "Good"}])
    session.save()
    client = served(folder)

    assert client("GET", "/authors/auth_42", 200)["id"] == "auth_42"
    assert client("GET", "/books/9", 200)["id"] == 9
    assert client("GET", "/books/1", 200)["authorId"] == "auth_42"


def test_records_are_found_in_other_paths_and_in_other_records(session, folder):
    session("GET", "/authors/a2/books", 200, [{"id": 4, "title": "Listed"}])
    session("GET", "/loans", 200, [{"id": 1, "book": book(1, title="As lent")}, {"id": 2, "book": book(2)}])
    session("GET", "/books/1", 200, book(1, title="Renamed"))
    session("GET", "/loans/1", 200, {"id": 1, "due": "2026-01-01", "book": book(1, title="As lent")})
    session("PUT", "/opening-hours", 200, {"from": "9", "to": "17"}, sent={"from": "9", "to": "17"})
    session("GET", "/genres", 200, ["novel", "poems"])
    session.save()
    client = served(folder)

    assert client("GET", "/books", 200)["items"] == [
        {"id": 4, "title": "Listed", "authorId": "a2"},
        book(1, title="Renamed"),
        book(2),
    ]
    assert [one["id"] for one in client("GET", "/authors/a2/books", 200)] == [4]
    assert client("GET", "/loans/1", 200)["book"]["title"] == "As lent"
    assert client("GET", "/opening-hours", 200) == {"from": "9", "to": "17"}
    assert client("GET", "/genres", 200) == ["novel", "poems"]


def test_writes_upsert_and_remove_also_if_no_response_shows_the_record(session, folder):
    session("POST", "/books", 201, book(7), sent={"title": "Book 7"})
    session("PATCH", "/books/7", 204, sent={"genre": "essays", "unknown": 1})
    session("POST", "/books/7/reviews", 201, {"id": 2}, sent={"text": "Fine", "by": "Bo"})
    session("GET", "/books/8", 200, book(8))
    session("POST", "/books/8/reviews", 201, {"id": 3, "text": "Gone soon"}, sent={"text": "Gone soon"})
    session("DELETE", "/books/8", 204)
    session("GET", "/authors/a1", 200, {"id": "a1", "name": "Ann", "email": "ann@example.org"})
    session("GET", "/authors/a1", 404, {"message": "Gone"})
    session.save()

    found = files(folder)
    assert found["books.json"] == {"/books": [book(7, genre="essays")]}
    assert found["books.reviews.json"] == {"/books/7/reviews": [{"text": "Fine", "by": "Bo", "id": 2}]}
    assert found["authors.json"] == {"/authors": []}


def test_a_list_gives_its_order_to_the_records(session, folder):
    session("GET", "/books", 200, listed(book(1), book(2)))
    session("POST", "/books", 201, book(3), sent={})
    session("GET", "/books", 200, listed(book(3), book(1), book(2)))
    session("GET", "/books?genre=novel", 200, listed(book(2), book(1)))
    session.save()

    assert [one["id"] for one in files(folder)["books.json"]["/books"]] == [3, 1, 2]


def test_recording_again_updates_records_and_keeps_the_form_of_files(session, folder):
    session("GET", "/books", 200, listed(book(1), book(2)))
    session("POST", "/quotes", 200, {"price": 1.5}, sent={"pages": 3})
    session.save()
    content = files(folder)["books.json"]
    (folder / "books.json").unlink()
    (folder / "books.yaml").write_text("/books:\n- {id: 1, title: By hand}\n- {id: 2, title: Book 2}\n")

    again = Session(folder)
    again("GET", "/books/2", 200, book(2, title="New"))
    again("GET", "/books/4", 200, book(4))
    again("POST", "/quotes", 200, {"price": 2.5}, sent={"pages": 3})
    summary = again.save()

    assert len(content["/books"]) == 2
    assert (dict(summary.added), dict(summary.changed), dict(summary.kept)) == (
        {"/books": 1},
        {"/books": 1},
        {"/books": 1},
    )
    assert [file.name for file in sorted(folder.iterdir())] == ["_examples.json", "books.yaml"]
    assert (folder / "books.yaml").read_text().count("title:") == 3
    client = served(folder)
    assert [one["title"] for one in client("GET", "/books", 200)["items"]] == ["By hand", "New", "Book 4"]
    assert client("POST", "/quotes", 200, {"pages": 3}) == {"price": 2.5}


def test_a_recording_as_of_its_start_can_be_replayed(folder):
    session = Session(folder, as_of=AsOf.START)
    session("GET", "/books", 200, listed(book(1), book(2)))
    session("POST", "/books", 201, book(3), sent={"title": "Book 3"})
    session("GET", "/books", 200, listed(book(1), book(2), book(3)))
    session("PATCH", "/books/1", 204, sent={"title": "Changed"})
    session("GET", "/books/1", 200, book(1, title="Changed"))
    session("DELETE", "/books/2", 204)
    session("GET", "/books/2", 404, {"message": "Gone"})
    session.save()
    client = served(folder)

    assert client("GET", "/books", 200) == listed(book(1), book(2))
    assert client("POST", "/books", 201, {"title": "Book 3"})["id"] == 3
    assert client("DELETE", "/books/2", 204) is None
    assert client("GET", "/books", 200)["total"] == 2


def test_what_is_no_record_is_given_as_recorded_in_turn_and_by_request(session, folder):
    session("POST", "/quotes", 200, {"price": 1.0}, sent={"pages": 1})
    session("POST", "/quotes", 200, {"price": 2.0}, sent={"pages": 2})
    session("GET", "/books", 200, listed(book(1), book(2)))
    session("POST", "/books/1/lend", 200, {"receipt": "r-1"})
    session("POST", "/books/1/lend", 409, {"message": "Lent"})
    session("POST", "/books/1/lend", 409, {"message": "Lent"})
    session("POST", "/books", 201, book(5), sent={"title": "Twice"})
    session("POST", "/books", 409, {"message": "There is one"}, sent={"title": "Twice"})
    session.save()
    client = served(folder)

    assert client("POST", "/quotes", 200, {"pages": 2}) == {"price": 2.0}
    assert client("POST", "/quotes", 200, {"pages": 1}) == {"price": 1.0}
    assert "price" in client("POST", "/quotes", 200, {"pages": 3})
    assert client("POST", "/books/1/lend", 200) == {"receipt": "r-1"}
    assert client("POST", "/books/1/lend", 409) == {"message": "Lent"}
    assert client("POST", "/books/1/lend", 409) == {"message": "Lent"}
    assert client("POST", "/books", 201, {"title": "Twice"})["title"] == "Twice"
    assert client("POST", "/books", 409, {"title": "Twice"}) == {"message": "There is one"}
    assert [len(one["responses"]) for one in files(folder)["_examples.json"]["lendBook"]] == [2]


def test_what_cannot_be_recorded_is_counted_with_the_reason(session, folder):
    session("GET", "/books", 401, {"message": "Who?"})
    session("GET", "/books", 503)
    session("GET", "/books/1", 418)
    session("POST", "/books", 409, {"message": "No"}, sent={"title": 7})
    session("POST", "/quotes", 200, {"price": "much"}, sent={"pages": 1})
    summary = session.save()

    assert dict(summary.ignored) == {
        "status 401": 1,
        "status 503": 1,
        "status 418 is not declared": 1,
        "status 409 of an invalid request": 1,
        "the body breaks its schema": 1,
    }
    assert not folder.exists()


def test_parts_of_records_that_break_the_schema_are_left_out_and_reported(session, folder):
    session("GET", "/books/1", 200, book(1, genre=["novel"], extra="kept"))
    summary = session.save()

    assert files(folder)["books.json"]["/books"] == [{"id": 1, "title": "Book 1", "authorId": "a1", "extra": "kept"}]
    assert summary.notes == ["/books/1: genre is left out, as it breaks the schema: it must be of type string."]


def test_addresses_of_the_real_server_become_those_of_the_mock(folder):
    session = Session(folder, origins={"https://real.example/x": "https://api.library.example/v1"})
    session("GET", "/books/1", 200, book(1, self="https://real.example/x/books/1", genre="https://elsewhere.example/"))
    session("POST", "/quotes", 200, {"price": 1, "at": "https://real.example/x/quotes/7"}, sent={"pages": 1})
    session.save()
    client = served(folder)
    found = client("GET", "/books/1", 200)

    assert client("POST", "/quotes", 200, {"pages": 1})["at"] == "http://testserver/quotes/7"
    assert (found["self"], found["genre"]) == ("http://testserver/books/1", "https://elsewhere.example/")


def test_with_empty_there_is_nothing_but_what_was_recorded(session, folder):
    session("GET", "/loans", 200, [])
    session("GET", "/books/3/reviews", 200, [{"id": 5, "text": "Good"}])
    session.save()
    client = served(folder, empty=True)

    assert client("GET", "/loans", 200) == []
    assert client("GET", "/authors", 200) == []
    assert client("GET", "/books/3/reviews", 200) == [{"id": 5, "text": "Good"}]
    assert [one["id"] for one in client("GET", "/books", 200)["items"]] == [3]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "books.json",
            {"/books": [{"id": 1, "titel": "Typo"}]},
            "titel: the schema has no such member. Did you mean title?",
        ),
        ("books.json", {"/boks": []}, "/boks: no collection has this name or path. Did you mean /books"),
        ("_examples.json", {"lendBok": []}, "lendBok: no operation has this operationId. Did you mean lendBook?"),
        (
            "_examples.json",
            {"quote": [{"responses": [{"status": 418}]}]},
            "quote: the operation declares no response 418.",
        ),
        ("_examples.json", {"quote": [{"responses": []}]}, "quote: a recorded request has `responses`, at least one."),
        ("other.txt", {}, "the folder has no files of records."),
    ],
)
def test_a_fixture_that_cannot_be_served_stops_the_start(folder, name, content, message):
    folder.mkdir()
    (folder / name).write_text(json.dumps(content))
    with pytest.raises(StartError) as problem:
        create(settings(fixture=str(folder)))

    assert message in "\n".join(problem.value.sentences)


def test_a_file_that_several_resources_share_is_not_updated(folder):
    folder.mkdir()
    (folder / "all.json").write_text(json.dumps({"/books": [], "/authors": []}))
    with pytest.raises(StartError, match=r"all\.json: cannot be updated\. Give /books one JSON or YAML file"):
        Session(folder)

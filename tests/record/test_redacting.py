"""No secret of a recording reaches a file or a log, and pseudonyms are the same everywhere."""

from __future__ import annotations

import json

import pytest

from tests.record.session import Session, files, served

SECRETS = ("tok-live-9f8e7d6c5b", "hunter2-hunter2", "sess-4433221100", "ak_77665544332211", "cookie-55667788")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "shop"


def author(key, name, email, **more):
    return {"id": key, "name": name, "email": email, **more}


def test_no_secret_reaches_a_file_or_a_log(folder, caplog, capfd):
    token, password, session_id, api_token, cookie = SECRETS
    caplog.set_level("DEBUG")
    session = Session(folder)
    credentials = [(b"authorization", f"Bearer {token}".encode()), (b"cookie", f"sid={session_id}".encode())]
    session("GET", "/books", 200, {"items": [{"id": 1, "title": f"It has {api_token} in it"}], "total": 1})
    session(
        "POST",
        "/sessions",
        200,
        {"token": token, "email": "ann@corp.test", "echo": f"You sent {password}"},
        sent={"email": "ann@corp.test", "password": password},
        lines=[(b"set-cookie", f"sid={cookie}; Path=/".encode())],
    )
    shown = author("a1", "Ann", "ann@corp.test", apiToken=api_token, password=password, note=f"{cookie} {token}")
    session("GET", "/authors", 200, [shown], given=credentials)
    session("POST", "/quotes", 200, {"price": 1, "trace": f"for {session_id}"}, sent={"pages": 1}, given=credentials)
    session.save()

    written = "".join(file.read_text() for file in folder.iterdir())
    assert [secret for secret in SECRETS if secret in written + caplog.text + "".join(capfd.readouterr())] == []
    (stored,) = files(folder)["authors.json"]["/authors"]
    assert stored == author("a1", "Ann", "ann@corp.test", note="[redacted] [redacted]")
    client = served(folder)
    answer = client("POST", "/sessions", 200, {"email": "ann@corp.test", "password": "another one"})
    assert answer["email"] == "ann@corp.test"
    assert len(answer["token"]) >= 8
    assert answer["token"] != token


def test_a_pseudonym_is_the_same_everywhere_and_in_the_next_recording(folder):
    ann = author("ann@corp.test", "Ann Other", "ann@corp.test")
    texts = []
    for redact in (("email", "author.name"), ()):  # what was redacted once is redacted again
        session = Session(folder, redact=redact, seed=3)
        session("GET", "/books/1/reviews", 200, [{"id": 1, "text": "Ask ann@corp.test", "by": "ann@corp.test"}])
        session("GET", "/books", 200, {"items": [{"id": 1, "title": "A", "authorId": "ann@corp.test"}], "total": 1})
        session("GET", "/authors", 200, [ann, author("bo@corp.test", "Bo", "bo@corp.test")])
        session("GET", "/authors/ann%40corp.test", 200, ann)
        token = {"token": "abcdefgh-1234", "email": "ann@corp.test"}
        session("POST", "/sessions", 200, token, sent={"email": "ann@corp.test", "password": "p"})
        summary = session.save()
        texts.append("".join(file.read_text() for file in sorted(folder.iterdir())))
    found = files(folder)
    first, second = found["authors.json"]["/authors"]

    assert texts[0] == texts[1]
    assert not summary.added
    assert "corp.test" not in texts[0]
    assert "@" in first["email"]
    assert first["email"] == first["id"] != second["email"] == second["id"]
    assert (first["name"], second["name"]) == ("Ann Other", "Bo")
    assert found["books.json"]["/books"][0]["authorId"] == first["id"]
    assert found["books.reviews.json"]["/books/1/reviews"][0] == {
        "id": 1,
        "text": f"Ask {first['email']}",
        "by": first["email"],
    }
    client = served(folder)
    assert client("GET", f"/authors/{first['id']}", 200)["email"] == first["email"]
    assert client("POST", "/sessions", 200, {"email": "ann@corp.test", "password": "p"})["email"] == first["email"]


def test_pseudonyms_keep_forms_that_no_word_has(folder):
    session = Session(folder, redact=("badge", "title"), seed=1)
    session("GET", "/books/1", 200, {"id": 1, "title": "Jane Roe", "badge": "AB-1234"})
    session.save()
    (stored,) = files(folder)["books.json"]["/books"]
    letters, dash, digits = stored["badge"].partition("-")

    assert (dash, letters.isupper(), digits.isdigit(), len(letters), len(digits)) == ("-", True, True, 2, 4)
    assert stored["badge"] != "AB-1234"
    assert "Jane" not in json.dumps(stored)


def test_a_word_under_the_name_of_a_secret_is_kept_elsewhere_and_a_record_with_a_secret_key_is_not(folder):
    session = Session(folder)
    session("GET", "/authors/a1", 200, author("a1", "Enabled", "ann@corp.test", apiToken="enabled", note="enabled"))
    session("GET", "/authors/tok-99887766", 200, author("tok-99887766", "Bo", "bo@corp.test"))
    session("GET", "/books/1", 200, {"id": 1, "title": "A"}, given=[(b"authorization", b"Bearer tok-99887766")])
    session.save()

    assert files(folder)["authors.json"]["/authors"] == [author("a1", "Enabled", "ann@corp.test", note="enabled")]

"""The rates of realism: 100 % for our documents, and lower for modified responses."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import pytest

from tests.corpus import realism
from tests.corpus.reading import Reading, find_identifier, norm, singular, words
from tests.corpus.realism import RATES, _Measuring, difference, lost, stands
from tests.corpus.sources import DOCUMENTS
from tests.corpus.turning import Turning
from tests.corpus.walks import Reply, send, start_service

OWN = {path.stem: path for path in DOCUMENTS}


begun = cache(lambda stem: start_service(OWN[stem]))
"""The application and service of one of our documents; its worlds are dropped after each run."""


def measured(stem, monkeypatch, modify=None) -> realism.Figures:
    """Measure one of our documents with modified JSON bodies."""
    application, service = begun(stem)
    figures = realism.Figures(f"{stem}.yaml")

    def send_modified(app, request, world="default"):
        reply = send(app, request, world)
        if modify is None or "json" not in reply.headers.get("content-type", ""):
            return reply
        return replace(reply, body=json.dumps(modify(request, reply.json)).encode())

    monkeypatch.setattr(realism, "send", send_modified)
    _Measuring(application, service, figures).run()
    return figures


def lists(change):
    """Return a function that changes the elements of each list in a body or in its members."""

    def modify(request, body):
        if isinstance(body, list):
            return change(request, body)
        if request.method == "GET" and isinstance(body, dict):
            is_list = [
                name for name, value in body.items() if isinstance(value, list) and value and isinstance(value[0], dict)
            ]
            return {**body, **{name: change(request, body[name]) for name in is_list}}
        return body

    return modify


def items(change):
    """Return a function that changes each single record: the response of an item operation or a create."""

    def modify(request, body):
        is_list = isinstance(body, list) or any(
            isinstance(one, list) and one and isinstance(one[0], dict) for one in body.values()
        )
        return body if is_list else change(request, body)

    return modify


def without_last(request, body):
    return dict(list(body.items())[:-1]) if request.method == "POST" else body


def renamed(value):
    """Return a value with other labels and titles."""
    if isinstance(value, dict):
        return {name: "Other" if name in {"label", "title"} else renamed(one) for name, one in value.items()}
    return [renamed(one) for one in value] if isinstance(value, list) else value


def with_other_texts(request, body):
    return {name: f"{value}!" if isinstance(value, str) else value for name, value in body.items()}


@pytest.mark.parametrize("stem", OWN)
def test_our_documents_have_full_rates_of_realism_except_whole(stem, monkeypatch):
    figures = measured(stem, monkeypatch)

    assert [one for one in figures.offences if one.rate != "whole"] == []
    assert {"filled", "distinct", "found", "same", "whole", "kept"} <= set(figures.tried)


@pytest.mark.parametrize(
    ("rate", "modify"),
    [
        ("filled", lists(lambda request, elements: [])),
        ("distinct", lists(lambda request, elements: elements[:1] * len(elements))),
        ("found", items(with_other_texts)),
        ("same", items(lambda request, body: renamed(body) if request.method == "GET" else body)),
        ("whole", items(without_last)),
        ("kept", items(lambda request, body: renamed(body))),
        ("limited", lists(lambda request, elements: [*elements, {**elements[0], "more": 1}] if elements else elements)),
        ("ordered", lists(lambda request, elements: elements[:2] if "=3" in request.target else elements)),
    ],
)  # fmt: skip
def test_a_rate_falls_if_responses_are_modified(rate, modify, monkeypatch):
    figures = measured("library", monkeypatch, modify)

    assert rate in {one.rate for one in figures.offences}
    assert figures.right[rate] < figures.tried[rate]


def test_each_rate_has_a_sentence_and_each_explanation_a_rate():
    assert len(RATES) == 10
    assert {rate for _, rate, _ in realism.EXPLAINED} <= set(RATES)
    assert all(realism.EXPLAINED.values())


@pytest.mark.parametrize(
    ("record", "parameter", "found"),
    [
        ({"id": 1, "name": "x"}, "petId", (("id",), 1)),
        ({"gid": "7", "name": "x"}, "task_gid", (("gid",), "7")),
        ({"lago_id": "7", "code": "a"}, "code", (("code",), "a")),
        ({"lago_id": "7", "external_id": "a", "name": "x"}, "external_customer_id", (("external_id",), "a")),
        ({"id": 7, "key_id": "x"}, "gpg_key_id", (("id",), 7)),
        ({"job_id": "7", "name": "x"}, "id", (("job_id",), "7")),
        ({"id": 7, "login": "ada"}, "username", (("login",), "ada")),
        ({"metadata": {"name": "web"}}, "name", (("metadata", "name"), "web")),
        ({"error": "x"}, "import_error_id", ((), None)),
        ("web", "name", ((), "web")),
        ({"id": True}, "id", ((), None)),
    ],
)
def test_an_identifier_is_found_in_a_record(record, parameter, found):
    assert find_identifier(record, parameter) == found


@pytest.mark.parametrize(
    ("sent", "shown", "holds"),
    [
        ("a", "a", True),
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"FriendlyName": "x"}, {"friendly_name": "x"}, True),
        ("cus_1", {"id": "cus_1", "name": "Ada"}, True),
        (["1", "2"], [{"gid": "1"}, {"gid": "2"}], True),
        ("2025-01-01T00:00:00Z", "2025-01-01T00:00:00.000Z", True),
        ("a", "b", False),
        ({"a": 1}, {"a": 2}, False),
        (["1"], [], False),
    ],
)
def test_sent_values_are_found_in_a_record(sent, shown, holds):
    assert stands(sent, shown) is holds


def test_a_difference_names_the_member():
    assert difference({"a": {"b": [1]}, "c": 1}, {"a": {"b": [2]}}) == ("a.b[]", 1, 2)
    assert difference({"a": 1}, {"b": 1}) is None


@pytest.mark.parametrize(
    ("plural", "word"),
    [("companies", "company"), ("addresses", "address"), ("pets", "pet"), ("status", "status"), ("boxes", "box")],
)
def test_a_plural_has_a_singular(plural, word):
    assert singular(plural) == word


def test_names_are_compared_without_their_style():
    assert norm("FriendlyName") == norm("friendly_name") == norm("friendly-name")


class _Reading:
    def members(self, raw):
        return raw.get("properties", {})

    def success(self, operation):
        return {"type": "object", "properties": {"next_cursor": {"type": "string"}}}

    def branches(self, raw):
        return [raw]

    def types(self, raw):
        return {raw["type"]}


class _Operation:
    def __init__(self, **types):
        self.by_location = {"query": [_Parameter(name, kind) for name, kind in types.items()]}
        self.success = 200

    def declares(self, status):
        return None


class _Parameter:
    style, required = "form", False

    def __init__(self, name, kind):
        self.name, self.schema = name, type("Schema", (), {"raw": {"type": kind}})


@pytest.mark.parametrize(
    ("query", "around"),
    [
        ({"limit": "integer", "page": "integer"}, lambda start, end: {}),
        ({"limit": "integer", "offset": "integer"}, lambda start, end: {}),
        ({"limit": "integer", "starting_after": "string"}, lambda start, end: {"has_more": end < 10}),
        ({"limit": "integer", "iterator": "string"}, lambda start, end: {"iterator": str(end), "done": end >= 10}),
        ({"limit": "integer", "cursor": "string"}, lambda start, end: {"next_cursor": str(end) if end < 10 else None}),
    ],
)
def test_pages_are_followed_in_every_style(query, around):
    turning = Turning(_Reading(), _Operation(**query))

    def ask(target):
        said = dict(pair.split("=") for pair in target.partition("?")[2].split("&"))
        start = int(said.get("offset") or said.get("iterator") or said.get("cursor") or said.get("starting_after") or 0)
        start = start or (int(said.get("page", 1)) - 1) * 3
        elements = [{"id": str(one + 1)} for one in range(start, min(start + int(said["limit"]), 10))]
        return Reply(200, {}, json.dumps({"data": elements, **around(start, start + len(elements))}).encode())

    pages = list(turning.pages("/things", 3, lambda reply: reply.json["data"], ask))

    assert [one["id"] for page in pages for one in page] == [str(one) for one in range(1, 11)]


@pytest.mark.parametrize(
    ("sent", "shown", "part"),
    [
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3], "c": 4}}, ("of.a.b[]", 2, 3)),
        ({"a": 99}, {"a": "99.0"}, None),
        ({"a": 99}, {"a": "98"}, ("of.a", 99, "98")),
        ({"a": None, "b": []}, {}, None),
        ("7", {"id": "7", "name": "Tea"}, None),
    ],
)
def test_the_member_that_is_not_kept_is_reported(sent, shown, part):
    assert lost(sent, shown, "of") == part


def test_server_set_metadata_can_differ():
    assert lost({"name": "a", "uid": "1"}, {"name": "a", "uid": "2"}, "metadata") is None
    assert lost({"name": "a"}, {"name": "b"}, "metadata") == ("metadata.name", "a", "b")


class _Plain:
    """A contract without references."""

    def __init__(self):
        self.contract = self
        self.schemas = self
        self.operations = {}

    @staticmethod
    def resolve(raw):
        return raw


CARD = {"properties": {"object": {"enum": ["card"]}, "brand": {}}}
BANK = {"properties": {"object": {"enum": ["bank_account"]}, "iban": {}}}


def test_a_record_has_the_members_of_its_alternative():
    reading = Reading(_Plain())

    assert reading.members_of({"anyOf": [CARD, BANK]}, {"object": "card"}).keys() == {"object", "brand"}
    assert reading.members_of({"anyOf": [CARD, BANK]}, None).keys() == {"object", "brand", "iban"}


def test_names_have_the_words_of_abbreviations_in_the_plural():
    assert words("edgeGroupIDs") == ["edge", "group", "ids"]

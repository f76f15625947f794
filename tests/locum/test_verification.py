"""Filters, expectations and verification of entries."""

from __future__ import annotations

import pytest

from locum.errors import Conflict
from locum.journal.filters import Filter, has_status, selected
from locum.journal.verification import Expectation, Rules, expectation_of, verify
from locum.world.journal import Entry, Journal, Message
from tests.journals import EMPTY


class Formatter:
    """Returns the entry that a record contains."""

    operation_key = ("", "")

    def __init__(self, make):
        self.make = make

    def format(self, number, _record):
        return self.make(number)


def entry(number, operation="", **members):
    status, path, query = members.pop("status", 200), members.pop("path", {}), members.pop("query", {})
    return Entry(
        number=number,
        at=0,
        method=members.pop("method", "GET"),
        path=members.pop("asked", f"/{operation or 'nowhere'}?x=1"),
        operation=operation,
        parameters={"path": path, "query": query},
        request=Message(members.pop("headers", {}), members.pop("body", None)),
        status=status,
        response=Message({}),
        **members,
    )


def journal_of(*make):
    journal = Journal()
    for one in make:
        journal.record(EMPTY._replace(formatter=Formatter(one)), 0)
    return journal


LIFE = [
    entry(1, "create", method="POST", body={"name": "a", "tags": ["x"], "size": 5}, status=201),
    entry(2, "read", path={"id": "k1"}, query={"page": ["2"], "tag": ["a", "b"]}),
    entry(3, near_misses=("PUT /read is not declared; GET is.",), method="PUT", verdict="no_operation", status=405),
    entry(4, "remove", path={"id": "k2"}, status=404, branch="rejected at path", verdict="malformed"),
    entry(5, "remove", path={"id": "k1"}, status=204),
]


def sentences(*expected, **rules):
    return [
        failure.sentence for failure in verify(LIFE, [expectation_of(message) for message in expected], Rules(**rules))
    ]


@pytest.mark.parametrize(
    "message",
    [
        "create once",
        "remove twice",
        "remove",
        "remove at least 2",
        "remove at most 2 times",
        "remove 2 times",
        "remove once with id=k1",
        "remove once with id=k1 answered 204",
        "read with page=2",
        "create answered 2XX",
        {"operation": "create", "body": {"name": "a"}},
        {"operation": "create", "body": {"tags": ["x"], "size": 5.0}},
        {"operation": "create", "body": {"name": {"$matches": "^a$"}, "gone": {"$absent": True}}},
        {"operation": "read", "query": {"page": 2, "tag": ["a", "b"]}, "path": {"id": {"$present": True}}},
        {"operation": "remove", "times": 0, "status": "5XX"},
        {"operation": "remove", "times": 1, "status": 404},
    ],
)
def test_met_expectations_pass(message):
    assert sentences(message) == []


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("create twice", "Expected 2 calls to create; found 1."),
        (
            "remove once with id=k3",
            "Expected 1 call to remove with id=k3; found 0. Closest: #4 GET /remove?x=1: id is 'k2', expected 'k3'.",
        ),
        (
            "remove never",
            "Expected no calls to remove; found 2. Found: #4 GET /remove?x=1, #5 GET /remove?x=1.",
        ),
        ("list once", "Expected 1 call to list; found 0. Other operations: create, read, remove."),
        (
            {"operation": "create", "body": {"name": "b", "size": "5"}},
            (
                "Expected at least 1 call to create; found 0. Closest: #1 POST /create?x=1: body name is 'a', "
                "expected 'b'; body size is 5, expected '5'."
            ),
        ),
        (
            {"operation": "create", "body": {"name": {"$matches": "^b"}, "tags": {"$absent": True}}},
            (
                "Expected at least 1 call to create; found 0. Closest: #1 POST /create?x=1: body name is 'a', "
                "expected to match ^b; body tags is ['x'], expected to be absent."
            ),
        ),
        (
            {"operation": "read", "headers": {"X-A": "1"}},
            (
                "Expected at least 1 call to read; found 0. Closest: #2 GET /read?x=1: headers x-a is absent, "
                "expected '1'."
            ),
        ),
        (
            "create once answered 400-499",
            ("Expected 1 call to create; found 0. Closest: #1 POST /create?x=1: status is 201, expected 400-499."),
        ),
    ],
)
def test_unmet_expectations_are_described(message, sentence):
    assert sentences(message) == [sentence]


def test_expectations_can_require_an_order():
    assert sentences("create", "read", "remove with id=k1", in_order=True) == []
    assert sentences("remove with id=k1", "read", in_order=True) == [
        "read was called too early: #2 GET /read?x=1 came before #5."
    ]


def test_rules_apply_to_all_requests():
    assert sentences(nothing_undeclared=True) == [
        "#3 PUT /nowhere?x=1 matches no operation. PUT /read is not declared; GET is."
    ]
    assert sentences(nothing_rejected=True) == ["#4 GET /remove?x=1 was rejected at path (malformed)."]
    assert sentences("create", "remove", nothing_else=True) == ["#2 GET /read?x=1 (read) was not expected."]


@pytest.mark.parametrize(
    "message",
    [
        "",
        "create sometimes",
        "create with name",
        {"operation": "a", "at_least": 2, "at_most": 1},
        {"operation": "a", "body": {"b": [{"$matches": "("}]}},
    ],
)
def test_an_invalid_expectation_is_rejected(message):
    with pytest.raises(Conflict):
        expectation_of(message)


def test_a_hostile_pattern_in_an_expectation_is_stopped():
    slow = Expectation(operation="a", values={"body": {"$matches": "^(a+)+$"}})

    assert slow.reasons(entry(1, "a", body="a" * 60 + "!"))


@pytest.mark.parametrize(
    ("expected", "numbers"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"operation": "re*"}, [2, 4, 5]),
        ({"operation": "remove", "status": "4XX"}, [4]),
        ({"method": "post"}, [1]),
        ({"path": "/re*"}, [2, 4, 5]),
        ({"path": "/read"}, [2]),
        ({"status": "400-499"}, [3, 4]),
        ({"verdict": "malformed"}, [4]),
        ({"text": "K2"}, [4]),
        ({"undeclared": True}, [3]),
        ({"undeclared": False}, [1, 2, 4, 5]),
        ({"api": "x"}, []),
    ],
)
def test_entries_are_filtered(expected, numbers):
    journal = journal_of(*(lambda _, one=one: one for one in LIFE))

    assert [one.number for one in selected(journal, Filter(**expected), None, 10)] == numbers


def test_of_too_many_entries_the_newest_or_the_next_are_returned():
    journal = journal_of(*(lambda _, one=one: one for one in LIFE))

    assert [one.number for one in selected(journal, Filter(), None, 2)] == [4, 5]
    assert [one.number for one in selected(journal, Filter(), 1, 2)] == [2, 3]


@pytest.mark.parametrize(("status", "expected"), [(404, "404"), (404, "4xx"), (404, "400-409"), (0, "0")])
def test_a_status_has_three_forms(status, expected):
    assert has_status(status, expected)
    assert not has_status(200, expected)

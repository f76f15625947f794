"""API keys as plain functions: no HTTP."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.api_keys import (
    ApiKey,
    KeySecret,
    api,
    create_api_key,
    delete_api_key,
    get_api_key,
    list_api_keys,
    rotate_api_key,
)
from handlers.people import CALLERS
from locum import Clock, Forbidden, Malformed, NewId, NotFound, Store, Violation

ADA, DELE = CALLERS[0], CALLERS[3]
BODY = {"name": "Reports", "permissions": ["sites:read", "workflows:read"]}


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def made(store):
    """A new key with its secret, which only this response contains."""
    return create_api_key(store, ADA, Clock(), NewId(1), BODY)["data"]


def caller_of(store, secret, clock=None):
    return api.keys[0].owner(store, clock or Clock(), secret)


def test_a_new_key_has_the_documented_forms(made):
    key = made["key"]

    assert re.fullmatch("api_key_[0-9A-Za-z]{27}", key["id"])
    assert re.fullmatch("alto_sk_[0-9A-Za-z]{48}", made["secret"])
    assert re.fullmatch("[0-9A-Za-z]{20}", key["client_id"])
    assert key["created_at"] == "2026-01-01T09:00:00Z"
    assert (key["object"], key["status"], key["last_used_at"]) == ("api_key", "active", None)
    assert (key["name"], key["permissions"]) == (BODY["name"], BODY["permissions"])


def test_the_key_prefix_is_the_start_of_the_secret(made):
    assert made["secret"].startswith(made["key"]["key_prefix"])
    assert len(made["key"]["key_prefix"]) == 13


def test_neither_list_nor_get_show_the_secret(store, made):
    shown = str([list_api_keys(store, ADA), get_api_key(store, ADA, made["key"]["id"])])

    assert made["secret"] not in shown


def test_the_record_does_not_show_the_secret(store, made):
    assert made["secret"] not in repr(store[ApiKey][made["key"]["id"]])


def test_the_list_is_newest_first_and_limited_to_the_callers_organization(store):
    new_id = NewId(1)
    names = ["first", "second", "third"]
    for name in names:
        create_api_key(store, ADA, Clock(), new_id, {**BODY, "name": name})
    create_api_key(store, DELE, Clock(), new_id, {**BODY, "name": "theirs"})

    assert [key["name"] for key in list_api_keys(store, ADA)] == names[::-1]


def test_only_permissions_of_the_caller_can_be_granted(store):
    with pytest.raises(Forbidden, match="that you hold yourself") as refused:
        create_api_key(store, ADA, Clock(), NewId(1), {"name": "abc", "permissions": ["sites:read", "moon:write"]})
    response = api.render_error(refused.value, 403, NewId(1), Clock())

    assert response.body["errors"] == {"permissions": ["You do not hold the permission moon:write."]}
    assert not store[ApiKey]


def test_a_secret_authenticates_its_key(store, made):
    caller = caller_of(store, made["secret"])

    assert (caller.kind, caller.organization) == ("api_key", ADA.organization)
    assert caller.permissions == {"sites:read", "workflows:read"}


def test_using_a_key_updates_last_used_at(store, made):
    clock = Clock()
    clock.advance(timedelta(hours=1))
    caller_of(store, made["secret"], clock)

    assert get_api_key(store, ADA, made["key"]["id"])["last_used_at"] == "2026-01-01T10:00:00Z"


def test_rotating_replaces_the_secret_and_nothing_else(store, made):
    rotated = rotate_api_key(store, ADA, NewId(2), made["key"]["id"])["data"]

    assert rotated["secret"] != made["secret"]
    assert rotated["key"] == {**made["key"], "key_prefix": rotated["secret"][:13]}


def test_rotating_revokes_the_former_secret_at_once(store, made):
    rotated = rotate_api_key(store, ADA, NewId(2), made["key"]["id"])["data"]

    assert caller_of(store, made["secret"]) is None
    assert caller_of(store, rotated["secret"]) is not None


def test_a_deleted_key_is_gone(store, made):
    key_id = made["key"]["id"]
    delete_api_key(store, ADA, key_id)

    assert caller_of(store, made["secret"]) is None
    assert list_api_keys(store, ADA) == []
    assert not store[KeySecret]
    for again in (delete_api_key, get_api_key):
        with pytest.raises(NotFound):
            again(store, ADA, key_id)
    with pytest.raises(NotFound):
        rotate_api_key(store, ADA, NewId(2), key_id)


def test_another_organization_does_not_find_the_key(store, made):
    key_id = made["key"]["id"]
    for act in (delete_api_key, get_api_key):
        with pytest.raises(NotFound):
            act(store, DELE, key_id)
    with pytest.raises(NotFound):
        rotate_api_key(store, DELE, NewId(2), key_id)

    assert get_api_key(store, ADA, key_id)["id"] == key_id


def test_errors_are_grouped_by_field():
    broken = Malformed(
        "x",
        violations=[
            Violation("body", ("name",), "minLength", 3, "must have at least 3 characters"),
            Violation("body", ("permissions",), "type", ["array", "null"], "must be of type array, null"),
            Violation("body", ("permissions", 0), "odd", None, "does not satisfy the keyword odd"),
        ],
    )
    body = api.render_error(broken, 400, NewId(1), Clock()).body

    assert body == {
        "message": "The given data was invalid.",
        "errors": {
            "name": ["The name field must be at least 3 characters."],
            "permissions": ["The permissions field must be of type array or null."],
            "permissions.0": ["The permissions.0 field does not satisfy the keyword odd."],
        },
    }


def test_each_organization_has_seeded_keys(store):
    api.seed(store, Clock(), NewId(1))

    assert len(list_api_keys(store, ADA)) == 2
    assert len(list_api_keys(store, DELE)) == 1
    assert list_api_keys(store, replace(ADA, organization="org_nobody")) == []

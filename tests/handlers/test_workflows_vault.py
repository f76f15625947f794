"""Operations on the vault."""

from __future__ import annotations

import re

import pytest

from handlers.workflows.records import VaultItem
from locum import Conflict, NotFound
from tests.handlers.test_workflows_world import DELE, World

VALUE = "s3cr3t-value"


def test_a_new_item_has_all_its_fields_and_no_value():
    world = World()
    body = {"name": "My App's API Token", "secret": VALUE, "expires_at": "2026-10-31T10:00:00Z"}
    created = world.create_vault_item(body=body)

    assert re.fullmatch("vlt_[0-9a-z]{26}", created.pop("id"))
    assert created == {
        "name": "My App's API Token",
        "created_at": "2026-01-01T09:00:01.000000Z",
        "expires_at": "2026-10-31T10:00:00.000000Z",
    }


def test_no_response_and_no_record_shows_a_value():
    world = World()
    item_id = world.secret("TOKEN", VALUE)
    responses = [
        world.get_vault_item(vault_id=item_id),
        world.list_vault_items(),
        world.update_vault_item(vault_id=item_id, body={"name": "TOKEN", "secret": VALUE + "2"}),
        world.store[VaultItem][item_id],
    ]

    assert VALUE not in repr(responses)


def test_a_generated_key_is_shown_once():
    world = World()
    created = world.create_vault_item(body={"name": "api-key:partner"})
    shown = world.get_vault_item(vault_id=created["id"])

    assert re.fullmatch("wfk_[0-9a-z]{40}", created.pop("secret"))
    assert shown == created
    assert world.list_vault_items() == [created]


def test_a_generated_key_replaces_a_value_that_was_sent():
    assert World().create_vault_item(body={"name": "api-key:x", "secret": VALUE})["secret"].startswith("wfk_")


def test_names_are_unique_in_an_organization():
    world = World()
    world.secret("TOKEN")
    other = world.secret("OTHER")
    world.create_vault_item(body={"name": "TOKEN"}, caller=DELE)
    for call in (
        lambda: world.secret("TOKEN"),
        lambda: world.update_vault_item(vault_id=other, body={"name": "TOKEN", "secret": "x"}),
    ):
        with pytest.raises(Conflict) as error:
            call()

        assert error.value.code == "name_taken"
    assert len(world.list_vault_items()) == 2


def test_an_item_may_keep_its_name():
    world = World()
    item_id = world.secret("TOKEN")

    assert world.update_vault_item(vault_id=item_id, body={"name": "TOKEN", "secret": "new"})["name"] == "TOKEN"
    assert world.store[VaultItem][item_id].secret == "new"


def test_an_update_changes_the_expiry_only_if_one_is_given():
    world = World()
    item_id = world.secret("TOKEN", expires_at="2026-10-31T10:00:00Z")
    kept = world.update_vault_item(vault_id=item_id, body={"name": "A", "secret": "b"})
    cleared = world.update_vault_item(vault_id=item_id, body={"name": "A", "secret": "b", "expires_at": None})

    assert kept["expires_at"] == "2026-10-31T10:00:00.000000Z"
    assert cleared["expires_at"] is None
    assert kept["created_at"] == cleared["created_at"]


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("2026-10-31T10:00:00.5+02:00", "2026-10-31T08:00:00.500000Z"),
        ("2026-10-31t10:00:00z", "2026-10-31T10:00:00.000000Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000000Z"),
        ("2026-10-31T10:00:00.123456789Z", "2026-10-31T10:00:00.123456Z"),
    ],
)
def test_every_format_of_an_expiry_is_read(text, stored):
    assert World().create_vault_item(body={"name": "A", "expires_at": text})["expires_at"] == stored


@pytest.mark.parametrize(
    "text", ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "soon"]
)
def test_an_expiry_outside_the_range_of_datetime_is_rejected(text):
    world = World()
    with pytest.raises(Conflict) as error:
        world.create_vault_item(body={"name": "A", "expires_at": text})

    assert error.value.code == "parameter_invalid"
    assert not world.store[VaultItem]


def test_a_deleted_item_is_not_found():
    world = World()
    item_id = world.secret("TOKEN")
    world.delete_vault_item(vault_id=item_id)
    for call in (world.get_vault_item, world.delete_vault_item):
        with pytest.raises(NotFound):
            call(vault_id=item_id)

    assert world.list_vault_items() == []


def test_the_organizations_do_not_see_each_others_items():
    world = World()
    item_id = world.secret("TOKEN")
    for call in (world.get_vault_item, world.update_vault_item, world.delete_vault_item):
        with pytest.raises(NotFound):
            call(vault_id=item_id, body={"name": "A", "secret": "b"}, caller=DELE)

    assert world.list_vault_items(caller=DELE) == []

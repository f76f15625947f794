"""Authorizations and the consent page that makes them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from handlers import workflows
from handlers.workflows.records import Authorization, Ticket
from locum import NotFound
from tests.handlers.test_workflows_world import ACTING, ADA, DELE, World

KEY = replace(ADA, kind="api_key", subject="api_key_1", name="", email="")


def ask(world: World, caller=ADA) -> str:
    """Ask for an address and return its token."""
    return world.create_workflow_authorization_url(caller=caller)["url"].rsplit("/", 1)[1]


def page(world: World, token: str, decision: str | None = None):
    return workflows.api.pages["consent"](
        store=world.store, clock=world.clock, new_id=world.new_id, token=token, decision=decision
    )


def test_asking_gives_the_address_of_a_page_and_stores_no_authorization():
    world = World()
    url = world.create_workflow_authorization_url()["url"]

    assert re.fullmatch("https://mock.example/consent/[0-9a-z]{40}", url)
    assert len(world.list_workflow_authorizations()) == 1


def test_the_page_asks_the_person():
    world = World()
    shown = page(world, ask(world))

    assert shown.status == 200
    assert "Ada Okafor" in shown.html
    assert '<form method="post">' in shown.html
    assert {"approve", "deny"} <= set(re.findall(r'name="decision" value="(\w+)"', shown.html))


def test_the_page_needs_nothing_from_elsewhere():
    world = World()
    html = page(world, ask(world)).html

    assert "<script" not in html
    assert "http" not in html.replace("http-equiv", "")


def test_the_page_escapes_what_it_shows():
    world = World()
    mallory = replace(ADA, name="<script>alert(1)</script>", email='"><img src=x>')
    html = page(world, ask(world, mallory)).html

    assert "<script>" not in html
    assert "<img" not in html


def test_approving_makes_one_authorization():
    world = World()
    token = ask(world)
    shown = page(world, token, "approve")
    made = world.list_workflow_authorizations()[-1]

    assert shown.status == 200
    assert made["id"] in shown.html
    assert re.fullmatch("auth_[0-9a-z]{25}", made.pop("id"))
    assert made == {
        "user_id": ADA.subject,
        "provider": "altostrat",
        "status": "active",
        "created_at": "2026-01-01T09:00:01Z",
    }


def test_an_answered_page_cannot_be_used_again():
    world = World()
    approved, denied = ask(world), ask(world)
    page(world, approved, "approve")
    page(world, denied, "deny")
    statuses = [
        page(world, token, decision).status for token in (approved, denied) for decision in (None, "approve", "deny")
    ]

    assert statuses == [409] * 6
    assert len(world.list_workflow_authorizations()) == 2


def test_denying_makes_nothing():
    world = World()
    shown = page(world, ask(world), "deny")

    assert (shown.status, "Denied" in shown.html) == (200, True)
    assert len(world.list_workflow_authorizations()) == 1


def test_an_unknown_or_expired_page_says_so():
    world = World()
    token = ask(world)
    world.clock.advance(timedelta(minutes=15))

    assert page(world, "nothing").status == 404
    assert page(world, token, "approve").status == 410
    assert len(world.list_workflow_authorizations()) == 1


def test_an_odd_decision_asks_again():
    world = World()
    token = ask(world)

    assert page(world, token, "perhaps").status == 400
    assert page(world, token, "approve").status == 200


def test_a_key_has_no_person_to_name():
    world = World()
    page(world, ask(world, KEY), "approve")

    assert world.list_workflow_authorizations()[-1]["user_id"] is None


def test_a_new_authorization_can_be_used():
    world = World()
    page(world, ask(world), "approve")
    authorization_id = world.list_workflow_authorizations()[-1]["id"]

    assert world.make(authorization_id=authorization_id)


def test_tickets_do_not_pile_up():
    world = World()
    for _ in range(1_010):
        ask(world)
    many = len(world.store[Ticket])
    world.clock.advance(timedelta(days=2))
    ask(world)

    assert many == 1_000
    assert len(world.store[Ticket]) == 1


def test_a_deleted_authorization_is_gone():
    world = World()
    world.delete_workflow_authorization(auth_id=ACTING)
    with pytest.raises(NotFound):
        world.delete_workflow_authorization(auth_id=ACTING)

    assert world.list_workflow_authorizations() == []


def test_an_authorization_in_use_can_be_deleted():
    world = World()
    workflow_id = world.make()
    world.delete_workflow_authorization(auth_id=ACTING)

    assert world.get_workflow(workflow_id=workflow_id)["is_active"]


def test_the_organizations_do_not_see_each_others_authorizations():
    world = World()
    with pytest.raises(NotFound):
        world.delete_workflow_authorization(auth_id=ACTING, caller=DELE)

    assert ACTING in world.store[Authorization]
    assert [found["id"] for found in world.list_workflow_authorizations(caller=DELE)] == ["auth_dele"]

"""Authorizations and the consent page that creates them."""

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


def request_token(world: World, caller=ADA) -> str:
    """Request an authorization and return the token of its URL."""
    return world.create_workflow_authorization_url(caller=caller)["url"].rsplit("/", 1)[1]


def page(world: World, token: str, decision: str | None = None):
    return workflows.api.pages["consent"](
        store=world.store, clock=world.clock, new_id=world.new_id, token=token, decision=decision
    )


def test_requesting_an_authorization_returns_the_url_of_a_page_and_stores_no_authorization():
    world = World()
    url = world.create_workflow_authorization_url()["url"]

    assert re.fullmatch("https://mock.example/consent/[0-9a-z]{40}", url)
    assert len(world.list_workflow_authorizations()) == 1


def test_the_page_is_a_form_for_the_user():
    world = World()
    shown = page(world, request_token(world))

    assert shown.status == 200
    assert "Ada Okafor" in shown.html
    assert '<form method="post">' in shown.html
    assert {"approve", "deny"} <= set(re.findall(r'name="decision" value="(\w+)"', shown.html))


def test_the_page_has_no_external_resources():
    world = World()
    html = page(world, request_token(world)).html

    assert "<script" not in html
    assert "http" not in html.replace("http-equiv", "")


def test_the_page_escapes_names():
    world = World()
    mallory = replace(ADA, name="<script>alert(1)</script>", email='"><img src=x>')
    html = page(world, request_token(world, mallory)).html

    assert "<script>" not in html
    assert "<img" not in html


def test_approving_creates_one_authorization():
    world = World()
    token = request_token(world)
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


def test_a_decided_page_cannot_be_used_again():
    world = World()
    approved, denied = request_token(world), request_token(world)
    page(world, approved, "approve")
    page(world, denied, "deny")
    statuses = [
        page(world, token, decision).status for token in (approved, denied) for decision in (None, "approve", "deny")
    ]

    assert statuses == [409] * 6
    assert len(world.list_workflow_authorizations()) == 2


def test_denying_creates_no_authorization():
    world = World()
    shown = page(world, request_token(world), "deny")

    assert (shown.status, "Denied" in shown.html) == (200, True)
    assert len(world.list_workflow_authorizations()) == 1


def test_an_unknown_page_is_404_and_an_expired_one_410():
    world = World()
    token = request_token(world)
    world.clock.advance(timedelta(minutes=15))

    assert page(world, "nothing").status == 404
    assert page(world, token, "approve").status == 410
    assert len(world.list_workflow_authorizations()) == 1


def test_an_invalid_decision_shows_the_form_again():
    world = World()
    token = request_token(world)

    assert page(world, token, "perhaps").status == 400
    assert page(world, token, "approve").status == 200


def test_an_authorization_requested_with_a_key_has_no_user():
    world = World()
    page(world, request_token(world, KEY), "approve")

    assert world.list_workflow_authorizations()[-1]["user_id"] is None


def test_a_new_authorization_can_be_used():
    world = World()
    page(world, request_token(world), "approve")
    authorization_id = world.list_workflow_authorizations()[-1]["id"]

    assert world.make(authorization_id=authorization_id)


def test_the_number_of_tickets_is_limited():
    world = World()
    for _ in range(1_010):
        request_token(world)
    many = len(world.store[Ticket])
    world.clock.advance(timedelta(days=2))
    request_token(world)

    assert many == 1_000
    assert len(world.store[Ticket]) == 1


def test_a_deleted_authorization_is_not_found():
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

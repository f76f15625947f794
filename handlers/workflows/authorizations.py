"""Operations on authorizations: list them, request one on a consent page, delete one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from handlers.workflows import consent
from handlers.workflows.execution import catch_up_all
from handlers.workflows.records import LOWER, Authorization, Ticket
from locum import USER, NotFound, requires, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum import Caller, Clock, NewId, Page, Store

__all__ = [
    "create_workflow_authorization_url",
    "delete_workflow_authorization",
    "list_workflow_authorizations",
    "show_consent",
]

_VALID = timedelta(minutes=15)
_KEPT = timedelta(days=1)
_TICKETS = 1_000


@requires("workflows:read")
def list_workflow_authorizations(store: Store, caller: Caller) -> list[dict[str, Any]]:
    """List the authorizations that the organization's workflows can use."""
    return [
        {
            "id": authorization.id,
            "user_id": authorization.user_id,
            "provider": authorization.provider,
            "status": authorization.status,
            "created_at": timestamp(authorization.created_at),
        }
        for authorization in store[Authorization].values()
        if authorization.organization == caller.organization
    ]


@requires("workflows:write")
def create_workflow_authorization_url(
    store: Store, caller: Caller, clock: Clock, new_id: NewId, page_url: Callable[[str, str], str]
) -> dict[str, Any]:
    """Return the URL of a consent page for the caller; nothing is authorized yet."""
    tickets = store[Ticket]
    for old in [token for token, ticket in tickets.items() if ticket.created_at < clock.now - _KEPT]:
        del tickets[old]
    while len(tickets) >= _TICKETS:
        del tickets[next(iter(tickets))]
    token = new_id("", 40, LOWER)
    tickets[token] = Ticket(
        organization=caller.organization,
        user_id=caller.subject if caller.kind == USER else None,
        name=caller.name or caller.subject,
        email=caller.email,
        created_at=clock.now,
        expires_at=clock.now + _VALID,
    )
    return {"url": page_url("consent", token)}


@requires("workflows:write")
def delete_workflow_authorization(store: Store, caller: Caller, clock: Clock, auth_id: str) -> None:
    """Delete an authorization; workflows that use it fail from now on."""
    authorization = store[Authorization].get(auth_id)
    if authorization is None or authorization.organization != caller.organization:
        raise NotFound("No such authorization exists.")
    # Runs that were scheduled before the deletion still use it.
    catch_up_all(store, clock, caller.organization)
    del store[Authorization][auth_id]


def show_consent(store: Store, clock: Clock, new_id: NewId, token: str, decision: str | None) -> Page:
    """Return the consent page of a ticket, or store the decision that was posted from it."""
    ticket = store[Ticket].get(token)
    if ticket is None:
        return consent.render_unknown()
    if ticket.decision:
        return consent.render_decided(ticket)
    if ticket.expires_at <= clock.now:
        return consent.render_expired()
    if decision is None:
        return consent.render_form(ticket)
    if decision not in {"approve", "deny"}:
        return consent.render_form(ticket, status=400)
    ticket = replace(ticket, decision=decision)
    store[Ticket][token] = ticket
    if decision == "deny":
        return consent.render_denied()
    authorization = Authorization(
        id=new_id("auth_", 25, LOWER),
        organization=ticket.organization,
        user_id=ticket.user_id,
        created_at=clock.now,
    )
    store[Authorization][authorization.id] = authorization
    return consent.render_approved(authorization.id)

"""Leaving: a token is withdrawn (RFC 7009), or somebody signs out (OpenID Connect RP-Initiated Logout 1.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.control.issuer.authorizing import SESSION
from locum.control.issuer.calls import Declined, Reply, as_json
from locum.control.issuer.clients import client_of
from locum.control.issuer.grants import CODE, Grant, Session, end, find
from locum.control.issuer.pages import failing, saying
from locum.control.issuer.redirects import with_parameters

if TYPE_CHECKING:
    from locum.control.issuer.calls import Call
    from locum.control.issuer.desk import Desk

__all__ = ["revoke", "sign_out"]


def revoke(call: Call, desk: Desk) -> Reply:  # noqa: ARG001 (every endpoint is called alike)
    """Withdraw a refresh token. An access token stands for itself until it expires; to withdraw it changes nothing."""
    form = call.form()
    client = client_of(call, form)
    if "token" not in form:
        raise Declined("invalid_request", "The parameter token is missing.")
    found = find(call.world, Grant, form["token"])
    if found is not None and found[2] and found[1].stage != CODE:
        number, grant, _ = found
        if grant.client != client.name:
            raise Declined("invalid_grant", "The token was given to another client.")
        end(call.world, number, grant)
    return as_json({})


def sign_out(call: Call, desk: Desk) -> Reply:
    """End the session of a browser, and send it back where it may go."""
    asked = dict(call.pairs())
    found = find(call.world, Session, call.cookie(SESSION))
    if found is not None and found[2]:
        end(call.world, found[0], found[1])
    over = {"set-cookie": f"{SESSION}=; Path={call.path}; HttpOnly; SameSite=Lax; Max-Age=0"}
    back = asked.get("post_logout_redirect_uri")
    if back is None:
        return saying("You are signed out", "This page can be closed.", headers=over)
    if not desk.redirects.allows(back):
        return failing("You are signed out", f"But {back} is no address to go on to from here.", headers=over)
    address = with_parameters(back, {"state": asked.get("state")})
    return Reply(302, media_type="text/plain", headers={"location": address, "cache-control": "no-store", **over})

"""Redeeming: the token endpoint (RFC 6749, sections 4.1.3, 4.4 and 6; RFC 7636, section 4.6)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from locum.control.issuer.calls import Declined, as_json
from locum.control.issuer.claims import id_claims
from locum.control.issuer.clients import client_of
from locum.control.issuer.desk import LIFETIME
from locum.control.issuer.grants import CODE, REFRESH, Grant, end, find, proceed
from locum.control.issuer.scopes import granted, is_scope, scopes_of
from locum.control.issuer.signatures import encoded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.callers import Caller
    from locum.control.issuer.calls import Call, Reply
    from locum.control.issuer.clients import Client
    from locum.control.issuer.desk import Desk

__all__ = ["redeem"]

_REFRESH_LIFETIME = 30 * 86_400
_CLIENT_KIND = "service_account"


def redeem(call: Call, desk: Desk) -> Reply:
    """Give tokens for a code, a refresh token, or a client's own credentials."""
    form = call.form()
    kind = form.get("grant_type")
    if kind is None:
        raise Declined("invalid_request", "The parameter grant_type is missing.")
    give = {"authorization_code": _for_code, "refresh_token": _for_refresh, "client_credentials": _for_client}.get(kind)
    if give is None:
        raise Declined(
            "unsupported_grant_type", "The grants here: authorization_code, refresh_token, client_credentials."
        )
    client = client_of(call, form, secret=kind == "client_credentials")
    return as_json({name: value for name, value in give(call, desk, client, form).items() if value is not None})


def _for_code(call: Call, desk: Desk, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
    number, grant = _found(call, form, "code", CODE)
    # Whatever follows, nobody gets a second try with this code.
    end(call.world, number, grant)
    if grant.client != client.name:
        raise Declined("invalid_grant", "The code was given to another client.")
    if grant.redirect_uri != form.get("redirect_uri"):
        raise Declined("invalid_grant", "The redirect_uri is not the one to which the code was sent.")
    _prove(grant, client, form.get("code_verifier"))
    grant = replace(grant, stage=REFRESH, expires=int(call.world.clock.seconds) + _REFRESH_LIFETIME)
    return _tokens(call, desk, number, grant, grant.scope)


def _for_refresh(call: Call, desk: Desk, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
    number, grant = _found(call, form, "refresh_token", REFRESH)
    if grant.client != client.name:
        raise Declined("invalid_grant", "The refresh token was given to another client.")
    scope = form.get("scope", grant.scope)
    if scope != grant.scope and not (is_scope(scope or "") and scopes_of(scope) <= scopes_of(grant.scope)):
        raise Declined("invalid_scope", "The scope is wider than the one that was granted.")
    return _tokens(call, desk, number, grant, scope)


def _for_client(call: Call, desk: Desk, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
    if "scope" in form and not is_scope(form["scope"]):
        raise Declined("invalid_scope", "The scope is not a list of scopes, parted by spaces.")
    first = desk.people[0]
    caller = replace(first, subject=client.name, kind=_CLIENT_KIND, name="", email="")
    scope = granted(form.get("scope"), caller, desk.permissions)
    if scope is not None:
        caller = replace(caller, permissions=first.permissions & scopes_of(scope))
    audience = form.get("audience") or form.get("resource") or _usual_audience(call)
    token = desk.access_token(call, caller, client.name, scope, audience)
    return {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME, "scope": scope}


def _found(call: Call, form: Mapping[str, str], name: str, stage: str) -> tuple[str, Grant]:
    """Find the grant of a code or refresh token. One that comes a second time ends its grant."""
    if name not in form:
        raise Declined("invalid_request", f"The parameter {name} is missing.")
    what = f"The {name.replace('_', ' ')}"
    found = find(call.world, Grant, form[name])
    if found is None:
        raise Declined("invalid_grant", f"{what} is not known in this world.")
    number, grant, present = found
    if not present:
        end(call.world, number, grant)  # somebody else may have it (RFC 6749, section 4.1.2; RFC 9700)
        raise Declined("invalid_grant", f"{what} was used already, or withdrawn.")
    if grant.stage != stage:
        raise Declined("invalid_grant", f"This is no {name.replace('_', ' ')}.")
    if grant.expires <= call.world.clock.seconds:
        raise Declined("invalid_grant", f"{what} has expired, by the clock of this world.")
    return number, grant


def _prove(grant: Grant, client: Client, verifier: str | None) -> None:
    """Raise Declined where a client does not prove that the code was given to it (RFC 7636)."""
    if not grant.challenge:
        if verifier is not None:
            raise Declined(
                "invalid_grant", "There is a code_verifier, and the code was asked for without a code_challenge."
            )
        if not client.confidential:
            message = "A client without a secret needs PKCE: it sends code_challenge (S256) to /authorize."
            raise Declined("invalid_grant", message)
        return
    digest = encoded(hashlib.sha256((verifier or "").encode("utf-8", "surrogatepass")).digest())
    if verifier is None or not hmac.compare_digest(digest, grant.challenge):
        raise Declined("invalid_grant", "The code_verifier does not belong to the code_challenge.")


def _tokens(call: Call, desk: Desk, number: str, grant: Grant, scope: str | None) -> dict[str, Any]:
    person = desk.person(grant.subject)
    if person is None:
        raise Declined("invalid_grant", "The user is not there any more.")
    audience = grant.audience or _usual_audience(call)
    access = desk.access_token(call, person, grant.client, scope, audience, number, grant.uses)
    refresh = proceed(call.world, number, grant)
    found = {"access_token": access, "token_type": "Bearer", "expires_in": LIFETIME, "scope": scope}
    return {**found, "refresh_token": refresh, "id_token": _id_token(call, desk, person, grant, scope, access)}


def _id_token(  # noqa: PLR0913, PLR0917 (what an ID token is about)
    call: Call, desk: Desk, person: Caller, grant: Grant, scope: str | None, access: str
) -> str | None:
    """Return an ID token where one was asked for. Its times are the machine's: the client's library judges them."""
    scopes = scopes_of(scope)
    if "openid" not in scopes:
        return None
    now = int(desk.machine())
    more = {"iss": call.address, "aud": grant.client, "iat": now, "exp": now + LIFETIME}
    return desk.keys.seal(
        id_claims(person, scopes, access, **more, auth_time=grant.auth_time, nonce=grant.nonce),
    )


def _usual_audience(call: Call) -> str:
    """Return whom an access token is for where the client does not say: the APIs of this server."""
    return call.address.removesuffix("/__locum/oidc")

"""The token endpoint (RFC 6749, sections 4.1.3, 4.4 and 6; RFC 7636, section 4.6)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from locum.oidc.calls import Declined, as_json
from locum.oidc.clients import LIFETIME, client_of
from locum.oidc.keys import encoded
from locum.oidc.tokens import granted, id_claims, is_scope, scopes_of
from locum.world.ledger import weigh
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.callers import Caller
    from locum.oidc.calls import Call, Reply
    from locum.oidc.clients import Desk, OidcClient
    from locum.world.world import World

__all__ = ["CODE", "ENDED", "REFRESH", "Grant", "Session", "end", "find", "keep", "proceed", "redeem"]


_REFRESH_LIFETIME = 30 * 86_400
_CLIENT_KIND = "service_account"


def redeem(call: Call, desk: Desk) -> Reply:
    """Issue tokens for a code, a refresh token, or the credentials of a client."""
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


def _for_code(call: Call, desk: Desk, client: OidcClient, form: Mapping[str, str]) -> dict[str, Any]:
    number, grant = _found(call, form, "code", CODE)
    # A failed attempt uses up the code, too.
    end(call.world, number, grant)
    if grant.client != client.name:
        raise Declined("invalid_grant", "The code was issued to another client.")
    if grant.redirect_uri != form.get("redirect_uri"):
        raise Declined("invalid_grant", "The redirect_uri differs from that of the authorization request.")
    _prove(grant, client, form.get("code_verifier"))
    grant = replace(grant, stage=REFRESH, expires=int(call.world.clock.seconds) + _REFRESH_LIFETIME)
    return _tokens(call, desk, number, grant, grant.scope)


def _for_refresh(call: Call, desk: Desk, client: OidcClient, form: Mapping[str, str]) -> dict[str, Any]:
    number, grant = _found(call, form, "refresh_token", REFRESH)
    if grant.client != client.name:
        raise Declined("invalid_grant", "The refresh token was issued to another client.")
    scope = form.get("scope", grant.scope)
    if scope != grant.scope and not (is_scope(scope or "") and scopes_of(scope) <= scopes_of(grant.scope)):
        raise Declined("invalid_scope", "The scope exceeds the granted one.")
    return _tokens(call, desk, number, grant, scope)


def _for_client(call: Call, desk: Desk, client: OidcClient, form: Mapping[str, str]) -> dict[str, Any]:
    if "scope" in form and not is_scope(form["scope"]):
        raise Declined("invalid_scope", "The scope is not a list of scopes, separated by spaces.")
    first = desk.people[0]
    caller = replace(first, subject=client.name, kind=_CLIENT_KIND, name="", email="")
    scope = granted(form.get("scope"), caller, desk.permissions)
    if scope is not None:
        caller = replace(caller, permissions=first.permissions & scopes_of(scope))
    audience = form.get("audience") or form.get("resource") or _usual_audience(call)
    token = desk.access_token(call, caller, client.name, scope, audience)
    return {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME, "scope": scope}


def _found(call: Call, form: Mapping[str, str], name: str, stage: str) -> tuple[str, Grant]:
    """Find the grant of a code or refresh token. A second use revokes the grant."""
    if name not in form:
        raise Declined("invalid_request", f"The parameter {name} is missing.")
    what = f"The {name.replace('_', ' ')}"
    found = find(call.world, Grant, form[name])
    if found is None:
        raise Declined("invalid_grant", f"{what} is unknown in this world.")
    number, grant, present = found
    if not present:
        end(call.world, number, grant)  # it may be stolen (RFC 6749, section 4.1.2; RFC 9700)
        raise Declined("invalid_grant", f"{what} was used already, or withdrawn.")
    if grant.stage != stage:
        raise Declined("invalid_grant", f"This is no {name.replace('_', ' ')}.")
    if grant.expires <= call.world.clock.seconds:
        raise Declined("invalid_grant", f"{what} has expired, by the clock of this world.")
    return number, grant


def _prove(grant: Grant, client: OidcClient, verifier: str | None) -> None:
    """Raise Declined if the client cannot prove that it requested the code (RFC 7636)."""
    if not grant.challenge:
        if verifier is not None:
            raise Declined(
                "invalid_grant", "There is a code_verifier, and the code was asked for without a code_challenge."
            )
        if not client.confidential:
            message = "A client without a secret needs PKCE. Send code_challenge (S256) to /authorize."
            raise Declined("invalid_grant", message)
        return
    digest = encoded(hashlib.sha256((verifier or "").encode("utf-8", "surrogatepass")).digest())
    if verifier is None or not hmac.compare_digest(digest, grant.challenge):
        raise Declined("invalid_grant", "The code_verifier does not match the code_challenge.")


def _tokens(call: Call, desk: Desk, number: str, grant: Grant, scope: str | None) -> dict[str, Any]:
    person = desk.person(grant.subject)
    if person is None:
        raise Declined("invalid_grant", "The user no longer exists.")
    audience = grant.audience or _usual_audience(call)
    access = desk.access_token(call, person, grant.client, scope, audience, number, grant.uses)
    refresh = proceed(call.world, number, grant)
    found = {"access_token": access, "token_type": "Bearer", "expires_in": LIFETIME, "scope": scope}
    return {**found, "refresh_token": refresh, "id_token": _id_token(call, desk, person, grant, scope, access)}


def _id_token(  # noqa: PLR0913, PLR0917 (what an ID token is about)
    call: Call, desk: Desk, person: Caller, grant: Grant, scope: str | None, access: str
) -> str | None:
    """Return an ID token if requested. It has the machine's time, which client libraries compare with their own."""
    scopes = scopes_of(scope)
    if "openid" not in scopes:
        return None
    now = int(desk.machine())
    more = {"iss": call.address, "aud": grant.client, "iat": now, "exp": now + LIFETIME}
    return desk.keys.seal(
        id_claims(person, scopes, access, **more, auth_time=grant.auth_time, nonce=grant.nonce),
    )


def _usual_audience(call: Call) -> str:
    """Return the default audience of an access token: the APIs of this server."""
    return call.address.removesuffix("/__locum/oidc")


CODE, REFRESH, ENDED = "code", "refresh", "ended"
"""The state of a grant: waiting for its code, for its refresh token, or ended."""

_MOST = 1000
"""The maximum number of grants, and of sessions, of a world. The oldest are dropped first."""

_MOST_SPENT = 10
"""The number of former tokens of a grant that are recognized."""

R = TypeVar("R", "Grant", "Session")


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant of a user to a client. `expires` uses the world's clock, `auth_time` the machine's.

    `digest` is that of the present text, `spent` are those of the last ones before it.
    """

    client: str
    subject: str
    scope: str | None
    audience: str
    redirect_uri: str
    challenge: str
    nonce: str
    auth_time: int
    expires: int
    stage: str = CODE
    uses: int = 0
    digest: str = ""
    spent: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """The user who is signed in with a browser, and since when, by the machine's clock."""

    subject: str
    auth_time: int
    stage: str = "session"
    uses: int = 0
    digest: str = ""
    spent: str = ""


def keep(world: World, record: R) -> str:
    """Store a new grant or session, and return its secret token."""
    world.check_capacity()
    world.keep(weigh(record))
    table = world.store[type(record)]
    number = str(int(next(reversed(table), "0")) + 1)
    while len(table) >= _MOST:
        del table[next(iter(table))]
    return _put(world, number, record)


def find(world: World, kind: type[R], text: str) -> tuple[str, R, bool] | None:
    """Find the record of a token: its number, the record, and whether the token is the current one."""
    number = text.partition(".")[0]
    table = world.store[kind]
    if number not in table:
        return None
    known: R = table[number]
    digest = _digest(text)
    return (number, known, known.digest == digest) if digest in {known.digest, *known.spent.split()} else None


def proceed(world: World, number: str, record: R) -> str:
    """Update a record, and return its new secret token."""
    return _put(world, number, replace(record, uses=record.uses + 1))


def end(world: World, number: str, record: R) -> None:
    """End a grant or a session. It stays stored, so that its number is not reused."""
    world.store[type(record)][number] = replace(record, stage=ENDED, digest="", spent=_spent(record))


def _put(world: World, number: str, record: R) -> str:
    # The token depends on the record, so that a restarted server does not accept earlier tokens; but not on the
    # machine's time in it, so that the same logins give the same tokens.
    values = [getattr(record, name) for name in type(record).__slots__ if name != "auth_time"]
    random = chance(world.seed, type(record).__name__, world.name, number, *values)
    text = f"{number}.{encoded(random.randbytes(24))}"
    world.store[type(record)][number] = replace(record, digest=_digest(text), spent=_spent(record))
    return text


def _spent(record: Grant | Session) -> str:
    return " ".join([*record.spent.split(), record.digest][-_MOST_SPENT:]).strip()


def _digest(text: str) -> str:
    return encoded(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())

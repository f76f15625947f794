"""Authorizing: the authorization endpoint (RFC 6749, section 4.1; RFC 7636; OpenID Connect Core 1.0, section 3.1.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from locum.control.issuer.calls import Declined, Reply
from locum.control.issuer.grants import ENDED, Grant, Session, find, keep
from locum.control.issuer.metadata import PROMPTS
from locum.control.issuer.pages import Choice, choosing, failing
from locum.control.issuer.redirects import with_parameters
from locum.control.issuer.scopes import granted, is_scope

if TYPE_CHECKING:
    from locum.callers import Caller
    from locum.control.issuer.calls import Call
    from locum.control.issuer.desk import Desk

__all__ = ["SESSION", "authorize"]

SESSION = "locum_session"
"""The cookie of whoever has signed in."""
_CHOICE = "locum_user"
"""The parameter that says who was chosen on the page."""
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_CODE_LIFETIME = 60
_LONGEST = 2000


def authorize(call: Call, desk: Desk) -> Reply:
    """Answer what a client sends a browser to."""
    pairs = call.pairs()
    asked = dict(pairs)
    twice = sorted({name for name, _ in pairs if sum(name == other for other, _ in pairs) > 1})
    fault = _untrusted(asked, twice, desk)
    if fault:
        return failing("This login cannot begin", fault)
    back, state = asked["redirect_uri"], asked.get("state")
    try:
        if twice:
            raise Declined("invalid_request", f"The parameter {twice[0]} is there twice.")  # noqa: TRY301 (as those below)
        _check(asked)
        who = _signed_in(call, desk)
        prompts = asked.get("prompt", "").split()
        if "none" not in prompts and _CHOICE not in asked:
            return _ask(call, desk, asked, who)
        if "none" in prompts:
            person, since = _silent(asked, who, desk)
            return _send_back(call, desk, asked, person, since)
        person = _chosen(asked[_CHOICE], desk)
        return _send_back(call, desk, asked, person, int(desk.machine()), fresh=True)
    except Declined as declined:
        said = {"error": declined.code, "error_description": declined.message, "state": state, "iss": call.address}
        return _redirect(with_parameters(back, said))


def _untrusted(asked: dict[str, str], twice: list[str], desk: Desk) -> str:
    """Say what is wrong where the browser must not be sent back (RFC 6749, section 4.1.2.1); else nothing."""
    for name in ("client_id", "redirect_uri"):
        if name not in asked or name in twice or len(asked[name]) > _LONGEST:
            return f"The parameter {name} is missing, too long, or there twice."
    if not desk.redirects.allows(asked["redirect_uri"]):
        return (
            f"The redirect_uri {asked['redirect_uri']} is none that is allowed: any on loopback is. "
            "Start locum with --redirect-uri and this address, or with --cors and its origin."
        )
    return ""


def _check(asked: dict[str, str]) -> None:
    """Raise Declined where a request asks for what there is not."""
    if asked.get("response_type") != "code":
        problem = "unsupported_response_type" if "response_type" in asked else "invalid_request"
        raise Declined(problem, "The response_type is 'code' here.")
    if asked.get("response_mode", "query") != "query":
        raise Declined("invalid_request", "The response_mode is 'query' here.")
    for name in ("request", "request_uri"):
        if name in asked:
            raise Declined(f"{name}_not_supported", "Send the parameters themselves, in the query.")
    if "scope" in asked and not is_scope(asked["scope"]):
        raise Declined("invalid_scope", "The scope is not a list of scopes, parted by spaces.")
    challenge, method = asked.get("code_challenge"), asked.get("code_challenge_method")
    if (challenge or method) and method != "S256":
        raise Declined("invalid_request", "The code_challenge_method is 'S256' here.")
    if method and not _CHALLENGE.match(challenge or ""):
        raise Declined("invalid_request", "The code_challenge is no SHA-256 digest in base64url without padding.")
    prompts = asked.get("prompt", "").split()
    if not set(prompts) <= set(PROMPTS) or ("none" in prompts and len(prompts) > 1):
        raise Declined("invalid_request", f"The prompt is one of {', '.join(PROMPTS)}; 'none' stands alone.")
    if not re.fullmatch(r"[0-9]{1,10}", asked.get("max_age", "0")):
        raise Declined("invalid_request", "The max_age is a number of seconds.")
    if any(len(asked.get(name, "")) > _LONGEST for name in ("nonce", "audience", "resource")):
        raise Declined("invalid_request", f"The nonce or the audience has more than {_LONGEST:,} characters.")


def _signed_in(call: Call, desk: Desk) -> tuple[Caller, int] | None:
    """Return who is signed in with this browser, and since when."""
    found = find(call.world, Session, call.cookie(SESSION))
    if found is None or not found[2] or found[1].stage == ENDED:
        return None
    person = desk.person(found[1].subject)
    return None if person is None else (person, found[1].auth_time)


def _silent(asked: dict[str, str], who: tuple[Caller, int] | None, desk: Desk) -> tuple[Caller, int]:
    if who is None or ("max_age" in asked and desk.machine() - who[1] > int(asked["max_age"])):
        raise Declined("login_required", "Nobody is signed in with this browser, or too long ago.")
    if asked.get("login_hint", who[0].subject) not in {who[0].subject, who[0].email}:
        raise Declined("login_required", "Somebody else is signed in with this browser.")
    return who


def _chosen(subject: str, desk: Desk) -> Caller:
    person = desk.person(subject)
    if person is None:
        raise Declined("access_denied", "There is no such user to sign in.")
    return person


def _ask(call: Call, desk: Desk, asked: dict[str, str], who: tuple[Caller, int] | None) -> Reply:
    """Show the page on which one signs in: each person on it is a link to what is asked here, with a choice."""
    present = who[0].subject if who else ""
    hint = asked.get("login_hint") or present
    choices = [
        Choice(person, "?" + urlencode({**asked, _CHOICE: person.subject}), hue, here=person.subject == present)
        for hue, person in enumerate(desk.people)
    ]
    choices.sort(key=lambda choice: hint not in {choice.person.subject, choice.person.email})
    denied = {"error": "access_denied", "error_description": "The login was cancelled."}
    cancel = {**denied, "state": asked.get("state"), "iss": call.address}
    return choosing(
        asked["client_id"],
        asked.get("scope", "").split(),
        call.world.name,
        choices,
        with_parameters(asked["redirect_uri"], cancel),
    )


def _send_back(  # noqa: PLR0913 (the request, and who has signed in)
    call: Call, desk: Desk, asked: dict[str, str], person: Caller, since: int, *, fresh: bool = False
) -> Reply:
    """Give out a code."""
    scope = granted(asked.get("scope"), person, desk.permissions)
    if scope == "":
        raise Declined("invalid_scope", "The user holds none of the permissions that these scopes name.")
    grant = Grant(
        client=asked["client_id"],
        subject=person.subject,
        scope=scope,
        audience=asked.get("audience") or asked.get("resource") or "",
        redirect_uri=asked["redirect_uri"],
        challenge=asked.get("code_challenge", ""),
        nonce=asked.get("nonce", ""),
        auth_time=since,
        expires=int(call.world.clock.seconds) + _CODE_LIFETIME,
    )
    said = {"code": keep(call.world, grant), "state": asked.get("state"), "iss": call.address}
    cookie = {}
    if fresh:
        secure = "; Secure" if call.address.startswith("https:") else ""
        text = keep(call.world, Session(person.subject, since))
        cookie = {"set-cookie": f"{SESSION}={text}; Path={call.path}; HttpOnly; SameSite=Lax{secure}"}
    return _redirect(with_parameters(asked["redirect_uri"], said), cookie)


def _redirect(address: str, headers: dict[str, str] | None = None) -> Reply:
    return Reply(
        302,
        media_type="text/plain",
        headers={"location": address, "cache-control": "no-store", "referrer-policy": "no-referrer", **(headers or {})},
    )

"""The authorization endpoint (RFC 6749, section 4.1; RFC 7636): who somebody is, and what the client may do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from locum.control.issuer.grants import Grant, give
from locum.control.issuer.page import login_page, message_page
from locum.control.issuer.replies import OAuthError, Reply, as_page, redirect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from locum.callers import Caller
    from locum.state.worlds import World

__all__ = ["SESSION", "Authorization", "is_allowed"]

SESSION = "locum_login"
"""The cookie that remembers who signed in last, for `prompt=none`."""

_CODE_LIFETIME = 600
_LONGEST = 2000
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_LOOPBACK = re.compile(r"(localhost|127(\.\d+){3}|::1|([a-z0-9-]+\.)+localhost)\Z", re.IGNORECASE)


class Authorization:
    """Lets people sign in, and sends them back with a code."""

    def __init__(self, people: Sequence[Caller], origins: Sequence[str], machine: Callable[[], float]) -> None:
        self._people = people
        self._origins = frozenset(origins)
        self._machine = machine

    def answer(self, asked: Mapping[str, str], world: World, issuer: str, session: str) -> Reply:
        """Answer a request of a browser; `session` is who signed in last."""
        client, uri = asked.get("client_id", ""), asked.get("redirect_uri", "")
        # Before both are good nobody is sent anywhere (RFC 6749, section 4.1.2.1).
        if not client or len(client) > _LONGEST:
            return _page("No client", "The request has no client_id. Any name will do: it is your application's.")
        if not is_allowed(uri, self._origins):
            return _page(
                "Not there",
                "The redirect_uri is missing, or leads away from this machine. locum sends people to loopback "
                "addresses, to schemes of native applications, and to the origins that it was started with: --cors.",
            )
        mode = asked.get("response_mode", "query")
        try:
            return self._granted(asked, world, issuer, session, mode)
        except OAuthError as error:
            told = {"error": error.error, "error_description": error.description}
            return redirect(uri, {**told, "state": asked.get("state", ""), "iss": issuer}, mode)

    def _granted(self, asked: Mapping[str, str], world: World, issuer: str, session: str, mode: str) -> Reply:
        _check(asked, mode)
        wanted, prompt = asked.get("user", ""), asked.get("prompt", "").split()
        if "none" in prompt:
            wanted = session
        caller = self._person(wanted)
        if caller is not None:
            return self._sent_back(asked, world, issuer, caller, mode)
        if "none" in prompt:
            raise OAuthError("login_required", "Nobody has signed in yet.")
        if wanted:
            known = ", ".join(person.email or person.subject for person in self._people)
            raise OAuthError("access_denied", f"Nobody is called so. There are: {known}.")
        likely = (asked.get("login_hint", ""), session)
        people = sorted(self._people, key=lambda person: not any(_is(person, name) for name in likely))
        links = [(person, "?" + urlencode({**asked, "user": person.subject}, errors="replace")) for person in people]
        return as_page(login_page(links, asked["client_id"], asked.get("scope", ""), world.name))

    def _person(self, name: str) -> Caller | None:
        return next((person for person in self._people if name and _is(person, name)), None)

    def _sent_back(self, asked: Mapping[str, str], world: World, issuer: str, caller: Caller, mode: str) -> Reply:
        grant = Grant(
            name="",
            kind="code",
            subject=caller.subject,
            client=asked["client_id"],
            scope=asked.get("scope", ""),
            expires_at=world.clock.seconds + _CODE_LIFETIME,
            authenticated_at=self._machine(),
            redirect_uri=asked["redirect_uri"],
            challenge=asked.get("code_challenge", ""),
            nonce=asked.get("nonce", ""),
        )
        told = {"code": give(world, grant), "state": asked.get("state", ""), "iss": issuer}
        path = urlsplit(issuer).path
        cookie = f"{SESSION}={caller.subject}; Path={path}; HttpOnly; SameSite=Lax"
        return redirect(asked["redirect_uri"], told, mode, {"Set-Cookie": cookie})


def is_allowed(uri: str, origins: frozenset[str]) -> bool:
    """Whether people may be sent to a URI: on loopback, of a native application, or of an allowed origin."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
    except ValueError:
        return False
    if len(uri) > _LONGEST or parts.fragment or not uri.isprintable() or " " in uri or not uri.isascii():
        return False
    if parts.scheme in {"http", "https"}:
        return bool(_LOOPBACK.match(host)) or "*" in origins or f"{parts.scheme}://{parts.netloc}" in origins
    return "." in parts.scheme  # RFC 8252, section 7.1: the reversed name of a domain


def _check(asked: Mapping[str, str], mode: str) -> None:
    if mode not in {"query", "fragment"}:
        raise OAuthError("invalid_request", "The response_mode is query or fragment.")
    if asked.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "The response_type is code: the authorization code flow.")
    if "code_challenge" in asked:
        if asked.get("code_challenge_method") != "S256":
            raise OAuthError("invalid_request", "The code_challenge_method is S256.")
        if not _CHALLENGE.match(asked["code_challenge"]):
            raise OAuthError("invalid_request", "The code_challenge is a SHA-256 in base64url: 43 characters.")
    if any(len(value) > _LONGEST for value in asked.values()):
        raise OAuthError("invalid_request", "A parameter is too long.")


def _is(person: Caller, name: str) -> bool:
    return name in {person.subject, person.email} and bool(name)


def _page(title: str, message: str) -> Reply:
    return as_page(message_page(title, message), 400)

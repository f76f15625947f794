"""Discovery (OpenID Connect Discovery 1.0, RFC 8414), the login page, revocation and logout."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from locum.oidc.calls import Declined, Reply, as_json
from locum.oidc.clients import client_of, with_parameters
from locum.oidc.token_endpoint import CODE, ENDED, Grant, Session, end, find, keep
from locum.oidc.tokens import granted, is_scope
from locum.page_policy import page_policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locum.callers import Caller
    from locum.oidc.calls import Call
    from locum.oidc.clients import Desk

__all__ = [
    "PROMPTS",
    "SESSION",
    "STANDARD_SCOPES",
    "LoginChoice",
    "authorize",
    "choosing",
    "failing",
    "metadata",
    "revoke",
    "saying",
    "sign_out",
]


STANDARD_SCOPES = ("openid", "profile", "email", "offline_access")
PROMPTS = ("none", "login", "consent", "select_account")


def metadata(address: str, desk: Desk) -> dict[str, Any]:
    """Return the metadata of the issuer at a URL."""
    methods = ["none", "client_secret_basic", "client_secret_post"]
    return {
        "issuer": address,
        "authorization_endpoint": f"{address}/authorize",
        "token_endpoint": f"{address}/token",
        "userinfo_endpoint": f"{address}/userinfo",
        "jwks_uri": f"{address}/jwks",
        "end_session_endpoint": f"{address}/end_session",
        "revocation_endpoint": f"{address}/revoke",
        "introspection_endpoint": f"{address}/introspect",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": methods[1:],
        "scopes_supported": [*STANDARD_SCOPES, *sorted(desk.permissions)],
        "prompt_values_supported": list(PROMPTS),
        "claims_supported": ["sub", "name", "email", "email_verified", "role", "org_id", "auth_time", "nonce"],
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


SESSION = "locum_session"
"""The name of the session cookie."""
_CHOICE = "locum_user"
"""The parameter with the user who was chosen on the page."""
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_CODE_LIFETIME = 60
_LONGEST = 2000


def authorize(call: Call, desk: Desk) -> Reply:
    """Handle an authorization request from a browser."""
    pairs = call.pairs()
    asked = dict(pairs)
    twice = sorted({name for name, _ in pairs if sum(name == other for other, _ in pairs) > 1})
    fault = _untrusted(asked, twice, desk)
    if fault:
        return failing("This login cannot begin", fault)
    back, state = asked["redirect_uri"], asked.get("state")
    try:
        if twice:
            raise Declined("invalid_request", f"The parameter {twice[0]} occurs twice.")  # noqa: TRY301 (as those below)
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
        error = {"error": declined.code, "error_description": declined.message, "state": state, "iss": call.address}
        return _redirect(with_parameters(back, error))


def _untrusted(asked: dict[str, str], twice: list[str], desk: Desk) -> str:
    """Return an error for which the browser must not be redirected (RFC 6749, section 4.1.2.1), or an empty text."""
    for name in ("client_id", "redirect_uri"):
        if name not in asked or name in twice or len(asked[name]) > _LONGEST:
            return f"The parameter {name} is missing, too long, or occurs twice."
    if not desk.redirects.allows(asked["redirect_uri"]):
        return (
            f"The redirect_uri {asked['redirect_uri']} is none that is allowed: any on loopback is. "
            "Start locum with --redirect-uri and this address, or with --cors and its origin."
        )
    return ""


def _check(asked: dict[str, str]) -> None:
    """Raise Declined if a request uses an unsupported or invalid parameter."""
    if asked.get("response_type") != "code":
        problem = "unsupported_response_type" if "response_type" in asked else "invalid_request"
        raise Declined(problem, "The response_type must be 'code'.")
    if asked.get("response_mode", "query") != "query":
        raise Declined("invalid_request", "The response_mode must be 'query'.")
    for name in ("request", "request_uri"):
        if name in asked:
            raise Declined(
                f"{name}_not_supported", "Request objects are not supported. Send the parameters in the query."
            )
    if "scope" in asked and not is_scope(asked["scope"]):
        raise Declined("invalid_scope", "The scope is not a list of scopes, separated by spaces.")
    challenge, method = asked.get("code_challenge"), asked.get("code_challenge_method")
    if (challenge or method) and method != "S256":
        raise Declined("invalid_request", "The code_challenge_method must be 'S256'.")
    if method and not _CHALLENGE.match(challenge or ""):
        raise Declined("invalid_request", "The code_challenge is not a SHA-256 digest in base64url without padding.")
    prompts = asked.get("prompt", "").split()
    if not set(prompts) <= set(PROMPTS) or ("none" in prompts and len(prompts) > 1):
        raise Declined("invalid_request", f"The prompt must be one of {', '.join(PROMPTS)}; 'none' cannot be combined.")
    if not re.fullmatch(r"[0-9]{1,10}", asked.get("max_age", "0")):
        raise Declined("invalid_request", "The max_age must be a number of seconds.")
    if any(len(asked.get(name, "")) > _LONGEST for name in ("nonce", "audience", "resource")):
        raise Declined("invalid_request", f"The nonce or the audience has more than {_LONGEST:,} characters.")


def _signed_in(call: Call, desk: Desk) -> tuple[Caller, int] | None:
    """Return the user who is signed in with this browser, and since when."""
    found = find(call.world, Session, call.cookie(SESSION))
    if found is None or not found[2] or found[1].stage == ENDED:
        return None
    person = desk.person(found[1].subject)
    return None if person is None else (person, found[1].auth_time)


def _silent(asked: dict[str, str], who: tuple[Caller, int] | None, desk: Desk) -> tuple[Caller, int]:
    if who is None or ("max_age" in asked and desk.machine() - who[1] > int(asked["max_age"])):
        raise Declined("login_required", "No user is signed in with this browser, or the login is too old.")
    if asked.get("login_hint", who[0].subject) not in {who[0].subject, who[0].email}:
        raise Declined("login_required", "Another user is signed in with this browser.")
    return who


def _chosen(subject: str, desk: Desk) -> Caller:
    person = desk.person(subject)
    if person is None:
        raise Declined("access_denied", "There is no such user to sign in.")
    return person


def _ask(call: Call, desk: Desk, asked: dict[str, str], who: tuple[Caller, int] | None) -> Reply:
    """Return the login page. Each user on it is a link to the same request with that user chosen."""
    present = who[0].subject if who else ""
    hint = asked.get("login_hint") or present
    choices = [
        LoginChoice(person, "?" + urlencode({**asked, _CHOICE: person.subject}), hue, here=person.subject == present)
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


def _send_back(  # noqa: PLR0913 (the request and the session)
    call: Call, desk: Desk, asked: dict[str, str], person: Caller, since: int, *, fresh: bool = False
) -> Reply:
    """Redirect the browser with a new code."""
    scope = granted(asked.get("scope"), person, desk.permissions)
    if scope == "":
        raise Declined("invalid_scope", "The user has none of the permissions that these scopes name.")
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
    parameters = {"code": keep(call.world, grant), "state": asked.get("state"), "iss": call.address}
    cookie = {}
    if fresh:
        secure = "; Secure" if call.address.startswith("https:") else ""
        text = keep(call.world, Session(person.subject, since))
        cookie = {"set-cookie": f"{SESSION}={text}; Path={call.path}; HttpOnly; SameSite=Lax{secure}"}
    return _redirect(with_parameters(asked["redirect_uri"], parameters), cookie)


def _redirect(address: str, headers: dict[str, str] | None = None) -> Reply:
    return Reply(
        302,
        media_type="text/plain",
        headers={"location": address, "cache-control": "no-store", "referrer-policy": "no-referrer", **(headers or {})},
    )


def revoke(call: Call, desk: Desk) -> Reply:  # noqa: ARG001 (all endpoints have the same signature)
    """Revoke a refresh token. Access tokens stay valid until they expire, so revoking one has no effect."""
    form = call.form()
    client = client_of(call, form)
    if "token" not in form:
        raise Declined("invalid_request", "The parameter token is missing.")
    found = find(call.world, Grant, form["token"])
    if found is not None and found[2] and found[1].stage != CODE:
        number, grant, _ = found
        if grant.client != client.name:
            raise Declined("invalid_grant", "The token was issued to another client.")
        end(call.world, number, grant)
    return as_json({})


def sign_out(call: Call, desk: Desk) -> Reply:
    """End the session of a browser, and redirect it if the URI is allowed."""
    asked = dict(call.pairs())
    found = find(call.world, Session, call.cookie(SESSION))
    if found is not None and found[2]:
        end(call.world, found[0], found[1])
    over = {"set-cookie": f"{SESSION}=; Path={call.path}; HttpOnly; SameSite=Lax; Max-Age=0"}
    back = asked.get("post_logout_redirect_uri")
    if back is None:
        return saying("You are signed out", "This page can be closed.", headers=over)
    if not desk.redirects.allows(back):
        return failing("You are signed out", f"The redirect to {back} is not allowed.", headers=over)
    address = with_parameters(back, {"state": asked.get("state")})
    return Reply(302, media_type="text/plain", headers={"location": address, "cache-control": "no-store", **over})


_HUES = 6
"""The number of avatar colours in the style sheet."""

_DOCUMENT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} - locum</title>
<style>{style}</style>
</head>
<body>
<main>
{content}
</main>
<footer>locum stands in: no real account, no password. World <b>{world}</b>.</footer>
</body>
</html>
"""

_PERSON = """<li>
<a class="person" href="{link}"{focus}>
<span class="face hue{hue}" aria-hidden="true">{initials}</span>
<span class="who"><b>{name}</b>{here}<br><small>{detail}</small></span>
{role}
</a>
<details><summary>{count}</summary>
<dl><dt>Subject</dt><dd><code>{subject}</code></dd><dt>Organization</dt><dd><code>{organization}</code></dd>
<dt>Permissions</dt><dd>{permissions}</dd></dl></details>
</li>"""


@dataclass(frozen=True, slots=True)
class LoginChoice:
    """A user on the login page: the link, the colour, and whether this browser is signed in as this user."""

    person: Caller
    link: str
    hue: int
    here: bool


def choosing(client: str, scopes: Sequence[str], world: str, choices: Sequence[LoginChoice], cancel: str) -> Reply:
    """Return the page that asks which user signs in."""
    asked = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in scopes)
    wanted = f'<p class="scopes">It asks for</p>\n<ul class="scopes">{asked}</ul>\n' if scopes else ""
    listed = "\n".join(_person(choice, first=not index) for index, choice in enumerate(choices))
    content = (
        f'<h1>Who signs in?</h1>\n<p>to <b>{escape(client)}</b></p>\n<ul class="people">\n{listed}\n</ul>\n{wanted}'
        f'<p class="cancel"><a href="{escape(cancel)}">Cancel</a></p>'
    )
    return _page("Sign in", content, world)


def failing(title: str, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Return the error page."""
    content = f'<h1>{escape(title)}</h1>\n<p role="alert">{escape(message)}</p>'
    return _page(title, content, status=400, headers=headers)


def saying(title: str, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Return the page that confirms an action."""
    return _page(title, f"<h1>{escape(title)}</h1>\n<p>{escape(message)}</p>", headers=headers)


def _person(choice: LoginChoice, *, first: bool) -> str:
    person = choice.person
    name = person.name or person.subject
    permissions = sorted(person.permissions)
    return _PERSON.format(
        link=escape(choice.link),
        focus=" autofocus" if first else "",
        hue=choice.hue % _HUES,
        initials=escape("".join(word[0] for word in name.split()[:2]).upper()),
        name=escape(name),
        here=' <span class="here">signed in</span>' if choice.here else "",
        detail=escape(person.email or person.organization),
        role=f'<span class="role">{escape(person.role)}</span>' if person.role else "",
        count=f"{len(permissions)} permission{'' if len(permissions) == 1 else 's'}",
        subject=escape(person.subject),
        organization=escape(person.organization),
        permissions=" ".join(f"<code>{escape(each)}</code>" for each in permissions) or "none",
    )


def _page(
    title: str, content: str, world: str = "", status: int = 200, headers: Mapping[str, str] | None = None
) -> Reply:
    style, digest = _style()
    document = _DOCUMENT.format(title=escape(title), style=style, content=content, world=escape(world))
    if not world:
        document = document.replace(" World <b></b>.", "")
    # The page has only links and no form: Chromium applies `form-action` to redirects, too.
    # A client may have opened the page in a popup, which needs its opener.
    safe = {"cache-control": "no-store", **page_policy(f"style-src 'sha256-{digest}'")}
    return Reply(status, document.encode(), "text/html; charset=utf-8", {**safe, **(headers or {})})


@cache
def _style() -> tuple[str, str]:
    """Return the style sheet, and its digest for the Content-Security-Policy."""
    style = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
    return style, base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

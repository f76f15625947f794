"""The issuer: the endpoints of an OpenID Connect provider under /__locum/oidc."""

from __future__ import annotations

import base64
import binascii
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from locum.contract.parameters import cookies_of
from locum.control.issuer.authorization import SESSION, Authorization, is_allowed
from locum.control.issuer.claims import profile
from locum.control.issuer.exchange import TokenExchange
from locum.control.issuer.grants import Grant, drop_grants
from locum.control.issuer.keys import BadKey
from locum.control.issuer.page import message_page
from locum.control.issuer.replies import OAuthError, Reply, as_json, as_page, redirect
from locum.refusals import Refusal, Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from locum.callers import Caller
    from locum.control.issuer.keys import SigningKey
    from locum.state.worlds import World, Worlds

__all__ = ["ROOT", "Issuer"]

ROOT = "/__locum/oidc"
_MOST_FORM_BYTES = 20_000
_SCOPES = ("openid", "profile", "email", "offline_access")


class Issuer:
    """Answers what browsers and clients ask of an identity provider.

    `pick` finds the world of a request, `verify` says whom a bearer token stands for; `scopes` are those
    that the served contracts declare. `machine` gives the machine's time in seconds since 1970, by which
    clients judge ID tokens.
    """

    def __init__(  # noqa: PLR0913 (assembled in one place)
        self,
        key: SigningKey,
        people: Sequence[Caller],
        worlds: Worlds,
        *,
        pick: Callable[[Any, Mapping[bytes, bytes]], World],
        verify: Callable[[str, float], Caller],
        scopes: Sequence[str] = (),
        origins: Sequence[str] = (),
        machine: Callable[[], float] = time.time,
    ) -> None:
        self._key = key
        self._people = people
        self._worlds = worlds
        self._pick = pick
        self._verify = verify
        self._scopes = [*_SCOPES, *scopes]
        self._origins = frozenset(origins)
        self._authorization = Authorization(people, origins, machine)
        self._exchange = TokenExchange(key, people, worlds, machine)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        form = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        if scope["method"] == "POST":
            form |= dict(parse_qsl(await _body(receive), keep_blank_values=True))
        try:
            reply = self._reply(scope, headers, form)
        except OAuthError as error:
            reply = as_json({"error": error.error, "error_description": error.description}, error.status)
        except BadKey as problem:
            reply = as_json({"error": "server_error", "error_description": str(problem)}, 500)
        except Refusal as refusal:
            told = {"error": "invalid_request", "error_description": refusal.message}
            reply = as_json(told, refusal.statuses[0], refusal.headers)
        head = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in reply.headers.items()]
        head.append((b"content-length", b"%d" % len(reply.body)))
        await send({"type": "http.response.start", "status": reply.status, "headers": head})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else reply.body})

    def _reply(self, scope: Any, headers: Mapping[bytes, bytes], form: dict[str, str]) -> Reply:
        world = self._pick(scope, headers)
        world.tick()
        host = _text(headers, b"host") or "127.0.0.1"
        issuer = f"{scope.get('scheme', 'http')}://{host}{scope.get('root_path', '')}{ROOT}"
        path, method = scope["path"].removeprefix(ROOT), scope["method"]
        reading, writing = method in {"GET", "HEAD"}, method == "POST"
        if path == "/.well-known/openid-configuration" and reading:
            return as_json(self._described(issuer))
        if path == "/jwks" and reading:
            return as_json(self._key.jwks)
        if path == "/authorize" and (reading or writing):
            session = cookies_of(_text(headers, b"cookie")).get(SESSION, "")
            return self._authorization.answer(form, world, issuer, session)
        if path == "/token" and writing:
            return as_json(self._exchange.answer(form, _client(headers, form), world, issuer))
        if path == "/userinfo" and (reading or writing):
            return as_json(self._information(headers, world))
        if path == "/revoke" and writing:
            return self._revoked(form.get("token", ""))
        if path == "/introspect" and writing:
            return as_json(self._introspected(form.get("token", ""), world))
        if path == "/end_session" and (reading or writing):
            return self._ended(form, issuer)
        return as_json(
            {"error": "not_found", "error_description": f"See {ROOT}/.well-known/openid-configuration."}, 404
        )

    def _described(self, issuer: str) -> dict[str, Any]:
        """Return the provider's metadata (OpenID Connect Discovery 1.0, section 3)."""
        ends = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "userinfo_endpoint": "userinfo",
            "jwks_uri": "jwks",
            "revocation_endpoint": "revoke",
            "introspection_endpoint": "introspect",
            "end_session_endpoint": "end_session",
        }
        return {
            "issuer": issuer,
            **{name: f"{issuer}/{end}" for name, end in ends.items()},
            "scopes_supported": self._scopes,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "fragment"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "prompt_values_supported": ["none", "login", "select_account"],
            "claims_supported": ["sub", "name", "preferred_username", "email", "email_verified", "role", "org_id"],
            "authorization_response_iss_parameter_supported": True,
        }

    def _information(self, headers: Mapping[bytes, bytes], world: World) -> dict[str, Any]:
        word, _, token = _text(headers, b"authorization").partition(" ")
        if word.lower() != "bearer":
            challenge = {"WWW-Authenticate": 'Bearer realm="locum"'}
            raise Unauthenticated("Show an access token, as a bearer token.", headers=challenge)
        caller = self._verify(token.strip(), world.clock.seconds)
        return profile(caller, "profile email" if caller.scopes is None else " ".join(caller.scopes))

    def _revoked(self, token: str) -> Reply:
        """Take away a refresh token and its grant; an unknown one is as good as gone (RFC 7009, section 2.2)."""
        for world in self._worlds.all():
            grant = world.store[Grant].get(token) if token.startswith(f"{world.name}~") else None
            if grant is not None:
                drop_grants(world, grant.name)
        return Reply(200)

    def _introspected(self, token: str, world: World) -> dict[str, Any]:
        """Say what a token is worth (RFC 7662, section 2.2)."""
        try:
            caller = self._verify(token, world.clock.seconds)
        except Unauthenticated:
            return {"active": False}
        told: dict[str, Any] = {"active": True, "token_type": "Bearer", "sub": caller.subject}
        if caller.scopes is not None:
            told["scope"] = " ".join(sorted(caller.scopes))
        return told if caller.expires_at is None else {**told, "exp": int(caller.expires_at)}

    def _ended(self, form: Mapping[str, str], issuer: str) -> Reply:
        """Forget who signed in (OpenID Connect RP-Initiated Logout 1.0)."""
        path = "/" + issuer.split("/", 3)[3]
        forget = {"Set-Cookie": f"{SESSION}=; Path={path}; Max-Age=0; HttpOnly; SameSite=Lax"}
        uri = form.get("post_logout_redirect_uri", "")
        if uri and is_allowed(uri, self._origins):
            return redirect(uri, {"state": form.get("state", "")}, headers=forget)
        reply = as_page(message_page("You are signed out", "Until the next time."))
        return Reply(reply.status, reply.body, reply.headers | forget)


def _client(headers: Mapping[bytes, bytes], form: Mapping[str, str]) -> tuple[str, bool]:
    """Return the name of a client, and whether it showed a secret (RFC 6749, section 2.3.1)."""
    word, _, credentials = _text(headers, b"authorization").partition(" ")
    if word.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise OAuthError("invalid_client", "The client's credentials cannot be read (RFC 7617).", 401) from None
        return unquote(name), bool(secret)
    return form.get("client_id", ""), bool(form.get("client_secret"))


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")


async def _body(receive: Any) -> str:
    data, more = b"", True
    while more and len(data) <= _MOST_FORM_BYTES:
        message = await receive()
        data += message.get("body", b"")
        more = message.get("more_body", False)
    return data[:_MOST_FORM_BYTES].decode("utf-8", "replace")

"""The OpenID issuer over HTTP, with a client of our own: logins, tokens, sessions."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import pytest

from locum.settings import Settings
from tests.conftest import ADA, BRAM, CHIARA
from tests.wire.serving import Server

OIDC = "/__locum/oidc"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-0"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
BACK = "http://localhost:3000/callback"
LOGIN = {
    "response_type": "code",
    "client_id": "app",
    "redirect_uri": BACK,
    "scope": "openid profile email workflows:read",
    "state": "a state & more",
    "nonce": "a nonce",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
REDEEMED = {"grant_type": "authorization_code", "client_id": "app", "redirect_uri": BACK, "code_verifier": VERIFIER}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The bundled APIs, with a key in a separate state folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        settings = Settings(cache=False, cors=("https://app.example",), redirect_uri=("com.example.app:/done",))
        server = Server(settings)
        yield server
        server.stop()


def changed(parameters, changes):
    return {name: value for name, value in (parameters | changes).items() if value is not None}


def authorize(server, headers=None, **changes):
    return server("GET", f"{OIDC}/authorize?" + urlencode(changed(LOGIN, changes)), **(headers or {}))


def redirect_parameters(reply):
    """Return the parameters of a redirect."""
    assert reply.status == 302, reply.body
    return dict(parse_qsl(urlsplit(reply.headers["Location"]).query, keep_blank_values=True))


def code_of(server, person=ADA, **changes):
    return redirect_parameters(authorize(server, locum_user=person.subject, **changes))["code"]


def post(server, path, parameters, **headers):
    headers.setdefault("Content_Type", "application/x-www-form-urlencoded")
    return server("POST", f"{OIDC}/{path}", urlencode(parameters).encode(), **headers)


def redeem(server, code, headers=None, **changes):
    return post(server, "token", changed(REDEEMED, {"code": code, **changes}), **(headers or {}))


def tokens_of(server, person=ADA, **changes):
    reply = redeem(server, code_of(server, person, **changes))

    assert reply.status == 200, reply.body
    return reply.json


def refresh(server, token, **changes):
    parameters = {"grant_type": "refresh_token", "client_id": "app", "refresh_token": token}
    return post(server, "token", changed(parameters, changes))


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def basic(name="backend", secret="any"):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


# Discovery


def test_a_client_finds_every_endpoint_by_discovery(server):
    body = server("GET", f"{OIDC}/.well-known/openid-configuration").json

    assert body["issuer"] == "http://localhost/__locum/oidc"
    for name, address in body.items():
        if name.endswith(("_endpoint", "jwks_uri")):
            assert server("GET", urlsplit(address).path).status != 404, name
    assert body["code_challenge_methods_supported"] == ["S256"]
    assert "workflows:read" in body["scopes_supported"]


def test_the_issuer_has_the_address_of_the_request(server):
    reply = server.raw(
        b"GET /__locum/oidc/.well-known/openid-configuration HTTP/1.1\r\nHost: mock.localhost:99\r\n\r\n"
    )

    assert reply.json["issuer"] == "http://mock.localhost:99/__locum/oidc"


def test_an_invalid_host_is_rejected(server):
    reply = server.raw(b'GET /__locum/oidc/.well-known/openid-configuration HTTP/1.1\r\nHost: a"><b\r\n\r\n')

    assert (reply.status, reply.json["code"]) == (400, "host_invalid")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "nothing", 404), ("GET", "token", 405), ("DELETE", "jwks", 405), ("POST", "jwks", 405)],
)
def test_an_unknown_path_of_the_issuer_is_404(server, method, path, status):
    reply = server(method, f"{OIDC}/{path}")

    assert reply.status == status
    assert reply.json["error"]
    assert (status == 405) == ("Allow" in reply.headers)


# The authorization code flow


def test_a_login_returns_valid_tokens(server):
    keys = jwt.PyJWKSet.from_dict(server("GET", f"{OIDC}/jwks").json)
    body = tokens_of(server, BRAM)
    key = keys[jwt.get_unverified_header(body["id_token"])["kid"]]
    who = jwt.decode(body["id_token"], key, ["RS256"], audience="app", issuer="http://localhost/__locum/oidc")

    assert who["nonce"] == "a nonce"
    assert (who["sub"], who["name"], who["email"]) == (BRAM.subject, "Bram de Wit", "bram@northwind.example")
    half = hashlib.sha256(body["access_token"].encode()).digest()[:16]
    assert base64.urlsafe_b64decode(who["at_hash"] + "==") == half
    access = jwt.decode(
        body["access_token"],
        key,
        ["RS256"],
        audience="http://localhost",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert (access["sub"], access["role"], access["org_id"]) == (BRAM.subject, "operator", BRAM.organization)
    assert access["permissions"] == sorted(BRAM.permissions)
    assert (access["scope"], access["locum_world"], access["client_id"]) == (LOGIN["scope"], "default", "app")
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 3600, LOGIN["scope"])
    assert server("GET", "/workflows", **bearer(body["access_token"])).status == 200


def test_access_tokens_expire_by_the_worlds_clock_and_id_tokens_by_the_machines(server):
    world = server.application.worlds.default
    body = tokens_of(server)
    access, who = claims_of(body["access_token"]), claims_of(body["id_token"])

    assert access["iat"] == int(world.clock.seconds)
    assert abs(who["iat"] - access["iat"]) > 86_400  # a world starts at the beginning of 2026
    assert access["exp"] - access["iat"] == who["exp"] - who["iat"] == 3600
    world.advance(timedelta(seconds=3600))
    assert server("GET", "/workflows", **bearer(body["access_token"])).status == 401
    assert server("GET", f"{OIDC}/userinfo", **bearer(body["access_token"])).status == 401


def test_state_and_issuer_are_returned_with_the_code(server):
    back = redirect_parameters(authorize(server, locum_user=ADA.subject, redirect_uri=BACK + "?a=b"))

    assert (back["a"], back["state"], back["iss"]) == ("b", "a state & more", "http://localhost/__locum/oidc")


def test_a_login_can_be_requested_by_post(server):
    assert b"Who signs in?" in post(server, "authorize", LOGIN).body


def test_a_permission_scope_is_granted_to_users_with_the_permission(server):
    body = tokens_of(server, CHIARA, scope="openid workflows:read workflows:write other")

    assert body["scope"] == "openid workflows:read other"


def test_a_login_without_a_scope_gets_a_token_without_scopes(server):
    body = tokens_of(server, scope=None)

    assert "scope" not in claims_of(body["access_token"])
    assert "id_token" not in body


# The login page


def test_the_login_page_lists_the_users_with_a_link_each(server):
    reply = authorize(server)
    page = reply.body.decode()

    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    for text in ("Ada Okafor", "Chiara Russo", "viewer", "vault:read", ADA.subject, "<b>app</b>"):
        assert text in page
    assert page.count('class="person"') == 4


def test_the_login_page_allows_only_its_own_style(server):
    reply = authorize(server)
    style = reply.body.decode().partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert reply.headers["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert b"<script" not in reply.body
    assert b"style=" not in reply.body
    assert reply.headers["Cache-Control"] == "no-store"


def test_the_login_page_escapes_parameters(server):
    page = authorize(server, client_id='<b>"x', state="'\"><script>", scope="a&b").body

    assert b'<b>"x' not in page
    assert b"<script" not in page
    assert b"&lt;b&gt;&quot;x" in page


def test_a_login_hint_puts_its_user_first(server):
    page = authorize(server, login_hint="chiara@northwind.example").body.decode()

    assert page.index("Chiara") < page.index("Ada")
    assert page.index("autofocus") < page.index("Chiara")


def test_cancelling_redirects_with_access_denied(server):
    page = authorize(server).body.decode()
    link = page.partition('class="cancel"><a href="')[2].partition('"')[0].replace("&amp;", "&")
    back = dict(parse_qsl(urlsplit(link).query))

    assert link.startswith(BACK)
    assert (back["error"], back["state"]) == ("access_denied", "a state & more")


# Rejected authorization requests


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": "http://localhost.evil.example/"},
        {"redirect_uri": "http://localhost@evil.example/"},
        {"redirect_uri": "http://evil.example\\.localhost/"},
        {"redirect_uri": "http://localhost:3000/#fragment"},
        {"redirect_uri": "javascript://localhost/%0aalert(1)"},
        {"redirect_uri": "//localhost/"},
        {"redirect_uri": None},
        {"client_id": None},
    ],
)
def test_disallowed_redirect_uris_are_rejected(server, changes):
    reply = authorize(server, **changes, locum_user=ADA.subject)

    assert reply.status == 400
    assert "Location" not in reply.headers
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"


def test_two_redirect_uris_are_rejected_with_a_page(server):
    query = urlencode([*LOGIN.items(), ("redirect_uri", BACK)])

    assert server("GET", f"{OIDC}/authorize?{query}").status == 400


@pytest.mark.parametrize(
    "uri", ["https://app.example/x", "com.example.app:/done", "http://[::1]:1/", "http://127.0.0.1"]
)
def test_allowed_redirect_uris_are_accepted(server, uri):
    assert authorize(server, redirect_uri=uri, locum_user=ADA.subject).headers["Location"].startswith(uri)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "x"}, "request_not_supported"),
        ({"request_uri": "https://a.example"}, "request_uri_not_supported"),
        ({"scope": 'a "b"'}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "later"}, "invalid_request"),
        ({"max_age": "long"}, "invalid_request"),
        ({"max_age": "9" * 5000}, "invalid_request"),
        ({"max_age": "\u0663"}, "invalid_request"),
        ({"nonce": "n" * 3000}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"locum_user": "nobody"}, "access_denied"),
        ({"locum_user": CHIARA.subject, "scope": "workflows:write"}, "invalid_scope"),
    ],
)
def test_errors_of_a_login_are_returned_to_the_client(server, changes, error):
    back = redirect_parameters(authorize(server, **changes))

    assert (back["error"], back["state"], "code" in back) == (error, "a state & more", False)


def test_a_repeated_parameter_is_rejected(server):
    query = urlencode([*LOGIN.items(), ("scope", "more")])

    assert redirect_parameters(server("GET", f"{OIDC}/authorize?{query}"))["error"] == "invalid_request"


# Rejected token requests


@pytest.mark.parametrize(
    ("changes", "output"),
    [
        ({"code_verifier": VERIFIER[::-1]}, "code_verifier"),
        ({"code_verifier": None}, "code_verifier"),
        ({"code_verifier": "\ud800".encode("utf-8", "surrogatepass")}, "code_verifier"),
        ({"redirect_uri": "http://localhost:3000/other"}, "redirect_uri"),
        ({"redirect_uri": None}, "redirect_uri"),
        ({"client_id": "other"}, "another client"),
    ],
)
def test_a_code_is_accepted_only_from_its_client(server, changes, output):
    code = code_of(server)
    reply = redeem(server, code, **changes)

    assert (reply.status, reply.json["error"]) == (400, "invalid_grant")
    assert output in reply.json["error_description"]
    assert code not in reply.body.decode()
    assert redeem(server, code).json["error"] == "invalid_grant"  # a failed attempt uses the code


def test_a_code_works_once_and_its_second_use_revokes_its_tokens(server):
    code = code_of(server)
    first = redeem(server, code).json
    second = redeem(server, code)

    assert (second.status, second.json["error"]) == (400, "invalid_grant")
    assert refresh(server, first["refresh_token"]).json["error"] == "invalid_grant"


def test_a_code_expires_after_a_minute_on_the_worlds_clock(server):
    code = code_of(server)
    server.application.worlds.default.advance(timedelta(seconds=60))
    reply = redeem(server, code)

    assert reply.json == {
        "error": "invalid_grant",
        "error_description": "The code has expired, by the clock of this world.",
    }


@pytest.mark.parametrize("code", ["", "1.x", "999999.abc", "x", "1.", "\u00e9", "0x1.a"])
def test_an_unknown_code_is_rejected(server, code):
    tokens_of(server)

    assert redeem(server, code).json["error"] in {"invalid_grant", "invalid_request"}


def test_without_a_challenge_a_client_needs_a_secret(server):
    challengeless = {"code_challenge": None, "code_challenge_method": None}
    bare = {"code_verifier": None}

    public = redeem(server, code_of(server, **challengeless), **bare)
    assert (public.json["error"], "PKCE" in public.json["error_description"]) == ("invalid_grant", True)
    assert redeem(server, code_of(server, **challengeless), **bare, client_secret="any").status == 200
    code = code_of(server, client_id="backend", **challengeless)
    assert redeem(server, code, basic(), **bare, client_id=None).status == 200
    assert redeem(server, code_of(server, **challengeless), client_secret="any").json["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("parameters", "headers", "status", "error"),
    [
        ({}, {}, 400, "invalid_request"),
        ({"grant_type": "password", "client_id": "a"}, {}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "client_id": "a"}, {}, 400, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x"}, {}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "a"}, {}, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, {"Authorization": "Basic !!"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, {"Authorization": "Bearer x"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "a"}, basic("b"), 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_secret": "a"}, basic("b"), 400, "invalid_request"),
        ({"grant_type": "client_credentials", "client_assertion": "a"}, {}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "scope": 'a "b"'}, basic(), 400, "invalid_scope"),
        ({"grant_type": "refresh_token", "client_id": "a"}, {}, 400, "invalid_request"),
    ],
)
def test_a_wrong_request_for_a_token_is_explained(server, parameters, headers, status, error):
    reply = post(server, "token", parameters, **headers)

    assert (reply.status, reply.json["error"]) == (status, error)
    assert ("WWW-Authenticate" in reply.headers) == (status == 401)
    assert reply.headers["Cache-Control"] == "no-store"


def test_too_many_parameters_are_rejected(server):
    many = "&".join(f"a{number}=b" for number in range(200))

    assert server("GET", f"{OIDC}/authorize?{many}").status == 400
    assert post(server, "token", {f"a{number}": "b" for number in range(200)}).json["error"] == "invalid_request"


def test_a_body_that_is_not_a_form_is_rejected(server):
    assert server("POST", f"{OIDC}/token", {"grant_type": "client_credentials"}).json["error"] == "invalid_request"
    assert post(server, "token", [("grant_type", "a"), ("grant_type", "b")]).json["error"] == "invalid_request"
    assert post(server, "token", {"code": "x" * 30_000}).status == 413
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    assert server("POST", f"{OIDC}/token", b"code=\xff", **form).json["error"] == "invalid_request"


# Refresh tokens and client credentials


def test_a_refresh_token_works_once_and_returns_the_next(server):
    first = tokens_of(server)
    second = refresh(server, first["refresh_token"]).json

    assert second["access_token"] != first["access_token"]
    assert claims_of(second["id_token"])["auth_time"] == claims_of(first["id_token"])["auth_time"]
    assert refresh(server, second["refresh_token"]).status == 200


def test_a_reused_refresh_token_revokes_the_grant(server):
    first = tokens_of(server)
    second = refresh(server, first["refresh_token"]).json

    assert refresh(server, first["refresh_token"]).json["error"] == "invalid_grant"
    assert refresh(server, second["refresh_token"]).json["error"] == "invalid_grant"


def test_an_invented_refresh_token_revokes_nothing(server):
    first = tokens_of(server)
    number = first["refresh_token"].partition(".")[0]

    assert refresh(server, number + ".x").json["error"] == "invalid_grant"
    assert refresh(server, first["refresh_token"]).status == 200


def test_a_refresh_token_expires_after_thirty_days_on_the_worlds_clock(server):
    first = tokens_of(server)
    server.application.worlds.default.advance(timedelta(days=30))

    assert "expired" in refresh(server, first["refresh_token"]).json["error_description"]


def test_a_refreshed_token_can_have_fewer_scopes_but_not_more(server):
    first = tokens_of(server)
    narrow = refresh(server, first["refresh_token"], scope="workflows:read").json

    assert claims_of(narrow["access_token"])["scope"] == "workflows:read"
    assert refresh(server, narrow["refresh_token"], scope="openid more").json["error"] == "invalid_scope"


def test_a_refresh_token_is_accepted_only_from_its_client(server):
    first = tokens_of(server)

    assert refresh(server, first["refresh_token"], client_id="other").json["error"] == "invalid_grant"


def test_a_code_is_not_a_refresh_token(server):
    assert "no refresh token" in refresh(server, code_of(server)).json["error_description"]


def test_a_client_gets_a_token_of_its_own(server):
    body = post(server, "token", {"grant_type": "client_credentials", "scope": "workflows:read x"}, **basic()).json
    claims = claims_of(body["access_token"])

    assert (claims["sub"], claims["kind"], claims["permissions"]) == ("backend", "service_account", ["workflows:read"])
    assert body["scope"] == "workflows:read x"
    assert "refresh_token" not in body


# Sessions


def signed_in(server, person=ADA):
    cookie = authorize(server, locum_user=person.subject).headers["Set-Cookie"]

    assert f"Path={OIDC}; HttpOnly; SameSite=Lax" in cookie
    return {"Cookie": cookie.partition(";")[0]}


def test_prompt_none_uses_the_session_of_a_signed_in_user(server):
    cookie = signed_in(server, BRAM)
    code = redirect_parameters(authorize(server, cookie, prompt="none"))["code"]

    assert claims_of(redeem(server, code).json["id_token"])["sub"] == BRAM.subject
    assert b"signed in" in authorize(server, cookie).body
    assert (
        redirect_parameters(authorize(server, cookie, prompt="none", login_hint="ada@northwind.example"))["error"]
        == "login_required"
    )
    assert (
        redirect_parameters(authorize(server, {"Cookie": "locum_session=1.x"}, prompt="none"))["error"]
        == "login_required"
    )


def test_signing_out_ends_the_session(server):
    cookie = signed_in(server)
    query = urlencode({"post_logout_redirect_uri": BACK, "state": "s"})
    out = server("GET", f"{OIDC}/end_session?{query}", **cookie)

    assert (out.status, out.headers["Location"]) == (302, BACK + "?state=s")
    assert "Max-Age=0" in out.headers["Set-Cookie"]
    assert redirect_parameters(authorize(server, cookie, prompt="none"))["error"] == "login_required"


def test_signing_out_redirects_only_to_allowed_uris(server):
    plain = server("GET", f"{OIDC}/end_session")
    foreign = server("GET", f"{OIDC}/end_session?post_logout_redirect_uri=https://evil.example/")

    assert (plain.status, b"You are signed out" in plain.body) == (200, True)
    assert (foreign.status, "Location" in foreign.headers) == (400, False)


def test_max_age_requires_a_recent_login(server):
    cookie = signed_in(server)
    object.__setattr__(server.application.issuer.desk, "machine", lambda: time.time() + 100)
    try:
        late = redirect_parameters(authorize(server, cookie, prompt="none", max_age="99"))
        early = redirect_parameters(authorize(server, cookie, prompt="none", max_age="1000"))
    finally:
        object.__setattr__(server.application.issuer.desk, "machine", time.time)

    assert (late.get("error"), "code" in early) == ("login_required", True)


# Userinfo, introspection and revocation


def test_userinfo_returns_the_claims_of_the_scopes(server):
    def told(scope):
        return server("GET", f"{OIDC}/userinfo", **bearer(tokens_of(server, scope=scope)["access_token"])).json

    assert told("openid") == {"sub": ADA.subject}
    assert told("openid profile")["name"] == "Ada Okafor"
    assert told("openid email") == {"sub": ADA.subject, "email": ADA.email, "email_verified": True}


def test_userinfo_requires_a_token_with_openid_scope(server):
    unknown = server("GET", f"{OIDC}/userinfo")
    other = server("GET", f"{OIDC}/userinfo", **bearer(tokens_of(server, scope="workflows:read")["access_token"]))

    assert (unknown.status, other.status) == (401, 403)
    assert 'error="insufficient_scope"' in other.headers["WWW-Authenticate"]
    assert 'scope="openid"' in other.headers["WWW-Authenticate"]


def test_introspection_reports_whether_a_token_is_active(server):
    def told(token):
        return post(server, "introspect", {"token": token}, **basic()).json

    body = tokens_of(server)

    assert told(body["access_token"])["active"] is True
    assert told(body["refresh_token"])["client_id"] == "app"
    assert told("nonsense") == told(body["id_token"]) == {"active": False}
    assert post(server, "introspect", {"token": body["access_token"], "client_id": "app"}).status == 401
    assert post(server, "introspect", {}, **basic()).json["error"] == "invalid_request"


def test_a_revoked_refresh_token_is_rejected(server):
    def withdraw(**changes):
        return post(server, "revoke", changed({"client_id": "app", "token": body["refresh_token"]}, changes))

    body = tokens_of(server)

    assert withdraw(client_id="other").json["error"] == "invalid_grant"
    assert withdraw(token=None).json["error"] == "invalid_request"
    assert (withdraw(token="nonsense").status, withdraw().status, withdraw().status) == (200, 200, 200)
    assert refresh(server, body["refresh_token"]).json["error"] == "invalid_grant"


# CORS


@pytest.mark.parametrize("path", ["token", "userinfo", "jwks", ".well-known/openid-configuration", "revoke"])
def test_pages_of_this_machine_are_allowed_and_others_are_not(server, path):
    def allowed(origin):
        sent = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "authorization"}
        return {
            server("OPTIONS", f"{OIDC}/{path}", Origin=origin, **sent).headers["Access-Control-Allow-Origin"],
            server("GET", f"{OIDC}/{path}", Origin=origin).headers["Access-Control-Allow-Origin"],
        }

    assert allowed("http://localhost:3000") == {"http://localhost:3000"}
    assert allowed("https://app.example") == {"https://app.example"}
    assert allowed("https://evil.example") == {None}


def test_no_page_can_read_the_login(server):
    reply = authorize(server, {"Origin": "http://localhost:3000"})

    assert reply.headers["Access-Control-Allow-Origin"] is None


# Forged tokens


def rewritten(token, header=None, claims=None):
    """The token with another header or other claims, and the old signature."""
    head, payload, signature = token.split(".")

    def part(text, changes):
        value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) | (changes or {})
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part(head, header)}.{part(payload, claims)}.{signature}"


def test_a_tampered_token_is_rejected(server):
    token = tokens_of(server)["access_token"]
    head, payload, signature = token.split(".")
    forged = [
        rewritten(token, claims={"sub": "usr_other"}),
        rewritten(token, header={"alg": "none"}),
        rewritten(token, header={"alg": "none"}).rpartition(".")[0] + ".",
        rewritten(token, header={"alg": "HS256"}),
        rewritten(token, header={"alg": "RS512"}),
        rewritten(token, header={"kid": "other"}),
        f"{head}.{payload}.",
        f"{head}.{payload}.{signature}=",
        f"{head}.{payload}.{signature[:-1]}",
        f"{head}.{payload}",
        f"{token}.{signature}",
    ]

    assert {server("GET", "/workflows", **bearer(text)).status for text in forged} == {401}


def test_a_token_signed_with_the_public_key_is_rejected(server):
    jwk = server("GET", f"{OIDC}/jwks").json["keys"][0]
    claims = claims_of(tokens_of(server)["access_token"])
    public = server.application.issuer.desk.keys.own()._public
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, pem.strip(), der, jwk["n"].encode(), json.dumps(jwk).encode()):
        head, payload = rewritten(
            jwt.encode(claims, "x" * 32, "HS256", headers={"kid": jwk["kid"]}), header={"alg": "HS256"}
        ).split(".")[:2]
        import hmac

        mac = hmac.digest(secret, f"{head}.{payload}".encode(), "sha256")
        token = f"{head}.{payload}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

        assert server("GET", "/workflows", **bearer(token)).status == 401


def test_a_token_of_another_key_with_the_same_id_is_rejected(server):
    from cryptography.hazmat.primitives.asymmetric import rsa

    body = tokens_of(server)["access_token"]
    other = rsa.generate_private_key(65537, 2048)
    header = {"kid": jwt.get_unverified_header(body)["kid"], "jwk": {"kty": "RSA"}}

    assert (
        server("GET", "/workflows", **bearer(jwt.encode(claims_of(body), other, "RS256", headers=header))).status == 401
    )


def test_an_id_token_is_not_an_access_token(server):
    body = tokens_of(server)

    assert server("GET", "/workflows", **bearer(body["id_token"])).status == 401
    assert server("GET", f"{OIDC}/userinfo", **bearer(body["id_token"])).status == 401

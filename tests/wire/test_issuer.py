"""The local identity provider over the wire: the whole flow, and all that is refused on the way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import stat
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest

from locum.control.issuer.keys import BadKey, SigningKey
from tests.wire.serving import Server, document, responses, settings_for

ROOT = "/__locum/oidc"
BACK = "http://localhost:3000/callback"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "response_type": "code",
    "client_id": "shop",
    "redirect_uri": BACK,
    "scope": "openid profile email offline_access pets:read",
    "state": "st4te",
    "nonce": "n0nce",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
SCHEMES = {
    "securitySchemes": {
        "login": {
            "type": "oauth2",
            "flows": {
                "authorizationCode": {
                    "authorizationUrl": "https://x.example/a",
                    "tokenUrl": "https://x.example/t",
                    "scopes": {"pets:read": "r", "pets:write": "w"},
                }
            },
        }
    }
}
ANSWERS = responses(400) | {"403": responses(400)["400"], "401": responses(400)["400"]}
DOCUMENTS = {
    "pets": document(
        {
            "/pets": {
                "get": {"operationId": "idle get", "security": [{"login": ["pets:read"]}], "responses": ANSWERS},
                "post": {"operationId": "idle post", "security": [{"login": ["pets:write"]}], "responses": ANSWERS},
            },
            "/me": {"get": {"operationId": "me", "security": [{"login": []}], "responses": ANSWERS}},
        },
        components=SCHEMES,
    )
}
HANDLERS = {
    "pets": """
api = Api(word=word, accepts=frozenset({"user", "service_account"}))
def me(caller): return {"value": [caller.subject, caller.name, caller.role]}
"""
}
PEOPLE = """
from locum import Caller
CALLERS = (
    Caller("ada", "org", "admin", frozenset({"a"}), name="Ada Okafor", email="ada@x.example"),
    Caller("bram", "org", "viewer", name="Bram <b>", email="bram@x.example"),
)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("issuer")
    settings = settings_for(
        folder, DOCUMENTS, HANDLERS, cors=("https://app.example",), signing_key=SigningKey(folder / "key.pem")._file
    )
    SigningKey(folder / "key.pem").jwks  # noqa: B018 (makes it)
    (settings.handlers / "people.py").write_text(PEOPLE, encoding="utf-8")
    server = Server(settings)
    yield server
    server.stop()


def get(server, path, asked=None, **headers):
    return server("GET", f"{ROOT}{path}" + ("?" + urlencode(asked) if asked else ""), **headers)


def post(server, path, form, **headers):
    told = {"Content_Type": "application/x-www-form-urlencoded", **headers}
    return server("POST", ROOT + path, urlencode(form).encode(), **told)


def sent_back(reply):
    """Return where a browser is sent, and what the client is told there."""
    assert reply.status == 302, reply.body
    parts = urlsplit(reply.headers["Location"])
    told = {name: values[0] for name, values in parse_qs(parts.query or parts.fragment).items()}
    return parts._replace(query="", fragment="").geturl(), told


def code(server, **changes):
    _, told = sent_back(get(server, "/authorize", ASKED | {"user": "ada@x.example"} | changes))
    return told["code"]


def tokens(server, given=None, **changes):
    form = {
        "grant_type": "authorization_code",
        "code": given or code(server),
        "redirect_uri": BACK,
        "client_id": "shop",
        "code_verifier": VERIFIER,
    }
    return post(server, "/token", form | changes)


def refused(reply):
    assert reply.status == 400, reply.body
    return reply.json["error"]


def test_discovery_says_where_everything_is(server):
    told = get(server, "/.well-known/openid-configuration").json

    assert told["issuer"] == f"http://test{ROOT}"
    assert told["token_endpoint"] == f"http://test{ROOT}/token"
    assert {"openid", "pets:read", "pets:write"} <= set(told["scopes_supported"])
    assert told["code_challenge_methods_supported"] == ["S256"]


def test_the_page_lists_everybody_and_loads_nothing(server):
    page = get(server, "/authorize", ASKED)
    html = page.body.decode()

    assert page.status == 200
    assert "Ada Okafor" in html
    assert "Bram &lt;b&gt;" in html
    assert html.index("Ada") < html.index("Bram")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "<script" not in html
    assert "src=" not in html


def test_who_is_hinted_at_comes_first(server):
    html = get(server, "/authorize", ASKED | {"login_hint": "bram@x.example"}).body.decode()

    assert html.index("Bram") < html.index("Ada")


def test_a_click_leads_back_with_a_code_that_becomes_tokens(server):
    link = get(server, "/authorize", ASKED).body.decode().partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    where, told = sent_back(server("GET", f"{ROOT}/authorize{link}"))
    given = tokens(server, told["code"]).json
    key = jwt.PyJWK(get(server, "/jwks").json["keys"][0])
    identity = jwt.decode(given["id_token"], key, algorithms=["RS256"], audience="shop", issuer=f"http://test{ROOT}")

    assert (where, told["state"], told["iss"]) == (BACK, "st4te", f"http://test{ROOT}")
    assert (identity["sub"], identity["nonce"], identity["name"]) == ("ada", "n0nce", "Ada Okafor")
    assert given["token_type"] == "Bearer"
    assert server("GET", "/me", Authorization=f"Bearer {given['access_token']}").value == ["ada", "Ada Okafor", "admin"]
    information = get(server, "/userinfo", Authorization=f"Bearer {given['access_token']}").json
    assert information["email"] == "ada@x.example"


def test_what_is_told_may_be_in_the_fragment(server):
    reply = get(server, "/authorize", ASKED | {"user": "ada", "response_mode": "fragment"})

    assert urlsplit(reply.headers["Location"]).fragment.startswith("code=")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 50}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": BACK + "2"}, "invalid_grant"),
        ({"client_id": "other"}, "invalid_grant"),
        ({"code": "nothing"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_code_is_redeemed_by_whom_it_was_given_to(server, changes, error):
    assert refused(tokens(server, **changes)) == error


def test_a_code_is_redeemed_once_and_the_second_time_takes_all_away(server):
    given = code(server)
    first = tokens(server, given).json
    assert refused(tokens(server, given)) == "invalid_grant"

    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], "client_id": "shop"}
    assert refused(post(server, "/token", form)) == "invalid_grant"


def test_a_code_expires_by_the_worlds_time(server, world):
    where = f"/~{world}"
    reply = server("GET", f"{where}{ROOT}/authorize?" + urlencode(ASKED | {"user": "ada"}))
    _, told = sent_back(reply)
    server("POST", f"{where}/__locum/clock/advance", {"by": "11m"})

    assert refused(tokens(server, told["code"])) == "invalid_grant"


def test_a_refresh_token_is_exchanged_for_the_next_one(server):
    first = tokens(server).json["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": first, "client_id": "shop"}
    second = post(server, "/token", form).json

    assert second["refresh_token"] != first
    assert refused(post(server, "/token", form)) == "invalid_grant"
    assert refused(post(server, "/token", form | {"refresh_token": second["refresh_token"]})) == "invalid_grant"


def test_a_refresh_token_gives_no_more_than_was_granted(server):
    form = {"grant_type": "refresh_token", "refresh_token": tokens(server).json["refresh_token"], "client_id": "shop"}

    assert refused(post(server, "/token", form | {"scope": "pets:write"})) == "invalid_scope"


def test_an_access_token_expires_by_the_worlds_time(server, world):
    where = f"/~{world}"
    _, told = sent_back(server("GET", f"{where}{ROOT}/authorize?" + urlencode(ASKED | {"user": "ada"})))
    token = tokens(server, told["code"]).json["access_token"]
    before = server("GET", "/me", Authorization=f"Bearer {token}")
    server("POST", f"{where}/__locum/clock/advance", {"by": "61m"})
    after = server("GET", "/me", Authorization=f"Bearer {token}")

    assert (before.status, after.status) == (200, 401)


def test_a_token_leads_into_the_world_where_somebody_signed_in(server, world):
    _, told = sent_back(server("GET", f"/~{world}{ROOT}/authorize?" + urlencode(ASKED | {"user": "ada"})))
    token = tokens(server, told["code"]).json["access_token"]
    server("GET", "/me", Authorization=f"Bearer {token}")

    journal = server.application.worlds.named(world).journal
    assert [entry.operation for entry in journal.entries] == ["me"]


def test_a_token_without_the_declared_scope_is_refused_with_403(server):
    token = tokens(server).json["access_token"]
    allowed = server("GET", "/pets", Authorization=f"Bearer {token}")
    refused_ = server("POST", "/pets", Authorization=f"Bearer {token}")

    assert (allowed.status, refused_.status) == (200, 403)
    assert 'error="insufficient_scope"' in refused_.headers["WWW-Authenticate"]
    assert 'scope="pets:write"' in refused_.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.example/cb"},
        {"redirect_uri": "http://localhost.evil.example/cb"},
        {"redirect_uri": "http://localhost@evil.example/cb"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "http://localhost:3000/#x"},
        {"redirect_uri": ""},
        {"client_id": ""},
    ],
)
def test_nobody_is_sent_to_a_stranger(server, changes):
    reply = get(server, "/authorize", ASKED | {"user": "ada"} | changes)

    assert reply.status == 400
    assert "Location" not in reply.headers
    assert reply.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1/cb", "http://[::1]:9/cb", "com.example.app:/cb", "https://app.example/cb?x=1"]
)
def test_loopback_native_and_allowed_addresses_are_good(server, uri):
    where, told = sent_back(get(server, "/authorize", ASKED | {"user": "ada", "redirect_uri": uri}))

    assert where == uri.partition("?")[0]
    assert told["code"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"user": "nobody"}, "access_denied"),
        ({"response_mode": "form_post"}, "invalid_request"),
    ],
)
def test_other_errors_are_told_to_the_client(server, changes, error):
    _, told = sent_back(get(server, "/authorize", ASKED | changes))

    assert (told["error"], told["state"]) == (error, "st4te")


def test_who_signed_in_is_remembered_until_he_signs_out(server):
    cookie = get(server, "/authorize", ASKED | {"user": "bram"}).headers["Set-Cookie"]
    _, told = sent_back(get(server, "/authorize", ASKED | {"prompt": "none"}, Cookie=cookie.partition(";")[0]))
    ended = get(server, "/end_session", {"post_logout_redirect_uri": "http://localhost:3000/bye", "state": "x"})

    assert "HttpOnly" in cookie
    assert told["code"]
    assert ended.headers["Location"] == "http://localhost:3000/bye?state=x"
    assert "Max-Age=0" in ended.headers["Set-Cookie"]
    assert get(server, "/end_session", {"post_logout_redirect_uri": "https://evil.example/"}).status == 200


def test_a_client_without_a_secret_proves_that_it_asked(server):
    without = {name: value for name, value in ASKED.items() if not name.startswith("code_challenge")}
    _, told = sent_back(get(server, "/authorize", without | {"user": "ada"}))
    again = sent_back(get(server, "/authorize", without | {"user": "ada"}))[1]

    assert refused(tokens(server, told["code"])) == "invalid_grant"
    assert tokens(server, again["code"], client_secret="any").status == 200


def test_a_client_may_act_for_itself(server):
    basic = base64.b64encode(b"robot:secret").decode()
    given = post(
        server, "/token", {"grant_type": "client_credentials", "scope": "pets:read"}, Authorization=f"Basic {basic}"
    )

    assert server("GET", "/pets", Authorization=f"Bearer {given.json['access_token']}").status == 200
    assert server("POST", "/pets", Authorization=f"Bearer {given.json['access_token']}").status == 403
    assert post(server, "/token", {"grant_type": "client_credentials", "client_id": "robot"}).status == 401


def test_a_token_is_introspected_and_a_grant_revoked(server):
    given = tokens(server).json
    active = post(server, "/introspect", {"token": given["access_token"]}).json
    revoked = post(server, "/revoke", {"token": given["refresh_token"]})
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"], "client_id": "shop"}

    assert (active["active"], active["sub"]) == (True, "ada")
    assert post(server, "/introspect", {"token": "x"}).json == {"active": False}
    assert revoked.status == 200
    assert refused(post(server, "/token", form)) == "invalid_grant"


def forged(server, how):
    """Make a token that nobody should take."""
    given = tokens(server).json
    if how == "identity":
        return given["id_token"]
    head, claims, signature = given["access_token"].split(".")
    if how == "tampered":
        changed = json.loads(base64.urlsafe_b64decode(claims + "=="))
        changed["role"] = "root"
        return f"{head}.{base64.urlsafe_b64encode(json.dumps(changed).encode()).rstrip(b'=').decode()}.{signature}"
    if how == "none":
        none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').rstrip(b"=").decode()
        return f"{none}.{claims}."
    key = get(server, "/jwks").json["keys"][0]
    public = jwt.PyJWK(key).key
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    symmetric = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"at+jwt"}').rstrip(b"=").decode()
    signed = f"{symmetric}.{claims}"
    mark = base64.urlsafe_b64encode(hmac.new(secret, signed.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
    return f"{signed}.{mark}"


@pytest.mark.parametrize("how", ["tampered", "none", "identity", "confused"])
def test_a_forged_token_is_refused(tmp_path, how):
    settings = settings_for(tmp_path, DOCUMENTS, HANDLERS)
    (settings.handlers / "people.py").write_text(PEOPLE, encoding="utf-8")
    server = Server(settings)
    try:
        token = forged(server, how)
        assert server("GET", "/me", Authorization=f"Bearer {token}").status == 401
        assert get(server, "/userinfo", Authorization=f"Bearer {token}").status == 401
    finally:
        server.stop()


def test_browsers_of_loopback_pages_may_ask_for_tokens_and_others_not(server):
    own = post(server, "/token", {}, Origin="http://localhost:3000")
    foreign = post(server, "/token", {}, Origin="https://evil.example")

    assert own.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert "Access-Control-Allow-Origin" not in foreign.headers


def test_the_key_is_kept_for_its_owner_alone_and_is_the_same_next_time(tmp_path):
    file = tmp_path / "state" / "key.pem"
    first = SigningKey(file).jwks

    assert SigningKey(file).jwks == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "d" not in first["keys"][0]


@pytest.mark.parametrize(
    "content", [None, b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----"]
)
def test_a_file_without_a_key_is_told(tmp_path, content):
    file = tmp_path / "key.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadKey, match=r"key\.pem"):
        SigningKey(file, make=False).jwks  # noqa: B018 (is read now)


def test_a_stranger_cannot_break_the_issuer(server):
    for path in ("/token", "/authorize", "/introspect", "/revoke", "/userinfo"):
        reply = server("POST", ROOT + path, b"%FF\x00=" * 9000, Content_Type="application/x-www-form-urlencoded")
        assert reply.status < 500
    assert get(server, "/nothing").status == 404

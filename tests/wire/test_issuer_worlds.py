"""The issuer in a world: its URL, and its state in forks, resets and snapshots."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from locum.oidc.token_endpoint import Grant, Session
from locum.oidc.tokens import Wish
from locum.settings import Settings
from locum.world.snapshots import restore, snapshot
from tests.conftest import ADA, BRAM, make_application
from tests.wire.test_issuer import LOGIN, REDEEMED, claims_of


class Reply:
    """A response of the issuer, called as the control layer calls it."""

    def __init__(self, messages):
        self.status = messages[0]["status"]
        self.headers = {name.decode(): text.decode() for name, text in messages[0]["headers"]}
        self.body = b"".join(message.get("body", b"") for message in messages[1:])

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def parameters(self):
        return dict(parse_qsl(urlsplit(self.headers["location"]).query))


@pytest.fixture
def application(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return make_application()


@pytest.fixture
def call(application):
    def call(world, path, query=None, form=None, method=None, **headers):
        body = b"" if form is None else urlencode(form).encode()
        if form is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
        scope = {
            "type": "http",
            "method": method or ("GET" if form is None else "POST"),
            "scheme": "http",
            "path": f"/__locum/oidc/{path}",
            "root_path": "" if world.name == "default" else f"/~{world.name}",
            "query_string": urlencode(query or {}).encode(),
            "headers": [(b"host", b"localhost:4010")]
            + [(name.encode(), text.encode()) for name, text in headers.items()],
        }
        messages = []

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            messages.append(message)

        asyncio.run(application.issuer(scope, receive, send, world, path))
        return Reply(messages)

    return call


def sign_in(call, world, person=ADA):
    return call(world, "authorize", {**LOGIN, "locum_user": person.subject})


def redeem(call, world, code):
    return call(world, "token", form={**REDEEMED, "code": code})


def test_a_world_has_an_issuer_of_its_own(application, call):
    world = application.worlds.named("checkout")
    metadata = call(world, ".well-known/openid-configuration").json
    reply = sign_in(call, world)
    tokens = redeem(call, world, reply.parameters["code"]).json
    claims = claims_of(tokens["access_token"])

    assert metadata["issuer"] == "http://localhost:4010/~checkout/__locum/oidc"
    assert metadata["token_endpoint"] == metadata["issuer"] + "/token"
    assert "Path=/~checkout/__locum/oidc;" in reply.headers["set-cookie"]
    assert (claims["iss"], claims["aud"]) == (metadata["issuer"], "http://localhost:4010/~checkout")
    assert claims["locum_world"] == "checkout"
    assert b"checkout" in call(world, "authorize", LOGIN).body


def test_a_code_is_unknown_in_another_world(application, call):
    one, other = application.worlds.named("one"), application.worlds.named("other")
    code = sign_in(call, one).parameters["code"]
    theirs = sign_in(call, other).parameters["code"]

    assert code != theirs
    assert redeem(call, other, code).json["error"] == "invalid_grant"
    assert redeem(call, one, code).status == 200


def test_the_same_logins_give_the_same_codes_and_access_tokens(application, call):
    def run():
        application.worlds.drop("again")
        world = application.worlds.named("again")
        code = sign_in(call, world).parameters["code"]
        tokens = redeem(call, world, code).json
        return code, tokens["access_token"], tokens["refresh_token"]

    assert run() == run()


def test_a_login_does_not_change_the_identifiers_of_handlers(application, call):
    one, other = application.worlds.named("one"), application.worlds.named("other")
    sign_in(call, one)

    assert one.new_id("x", 20) == other.new_id("x", 20)


def test_sessions_are_forked_and_reset_with_their_world(application, call):
    world = application.worlds.named("one")
    code = sign_in(call, world).parameters["code"]
    twin = application.worlds.fork("one", "twin")

    assert redeem(call, twin, code).status == 200
    assert redeem(call, world, code).status == 200
    application.worlds.reset("one")
    assert redeem(call, world, code).json["error"] == "invalid_grant"
    assert not world.store[Grant]


def test_a_snapshot_contains_logins_without_their_secrets(application, call):
    world = application.worlds.named("one")
    reply = sign_in(call, world)
    first = redeem(call, world, reply.parameters["code"]).json
    text = json.dumps(snapshot(world))
    copy = application.worlds.named("copy")
    restore(copy, json.loads(text))

    for secret in (
        reply.parameters["code"],
        first["refresh_token"],
        reply.headers["set-cookie"].partition("=")[2][:20],
    ):
        assert secret not in text
    form = {"grant_type": "refresh_token", "client_id": "app", "refresh_token": first["refresh_token"]}
    assert call(copy, "token", form=form).status == 200


def test_the_number_of_logins_is_limited(application, call, monkeypatch):
    monkeypatch.setattr("locum.oidc.token_endpoint._MOST", 3)
    world = application.worlds.named("one")
    codes = [sign_in(call, world).parameters["code"] for _ in range(5)]

    assert (len(world.store[Grant]), len(world.store[Session])) == (3, 3)
    assert redeem(call, world, codes[0]).json["error"] == "invalid_grant"
    assert redeem(call, world, codes[4]).status == 200


def test_the_number_of_an_ended_login_is_not_reused(application, call):
    world = application.worlds.named("one")
    first = redeem(call, world, sign_in(call, world).parameters["code"]).json["refresh_token"]
    call(world, "revoke", form={"client_id": "app", "token": first})
    second = redeem(call, world, sign_in(call, world).parameters["code"]).json["refresh_token"]

    assert first != second
    assert first.partition(".")[0] != second.partition(".")[0]


def test_a_token_is_minted_for_any_user_of_a_world(application):
    world = application.worlds.named("one")
    token = application.issuer.mint(
        Wish(user="bram@northwind.example", scope="workflows:read", issuer="http://a/__locum/oidc"), world
    )
    claims = application.issuer.desk.read(token, world.clock.seconds)

    assert (claims["sub"], claims["scope"], claims["locum_world"]) == (BRAM.subject, "workflows:read", "one")


def test_a_minted_token_without_an_issuer_is_an_access_token(application):
    world = application.worlds.default
    token = application.issuer.mint(Wish(lifetime=None), world)

    assert "exp" not in application.issuer.desk.read(token, 1e12)


def test_a_secure_page_gets_a_secure_cookie(application):
    from tests.wire.test_issuer import BACK

    world = application.worlds.default
    query = urlencode({**LOGIN, "locum_user": ADA.subject, "redirect_uri": BACK}).encode()
    scope = {
        "type": "http",
        "method": "HEAD",
        "scheme": "https",
        "query_string": query,
        "headers": [(b"host", b"localhost")],
    }
    messages = []

    async def send(message):
        messages.append(message)

    asyncio.run(application.issuer(scope, None, send, world, "authorize"))

    assert dict(messages[0]["headers"])[b"set-cookie"].endswith(b"; Secure")


def test_an_invalid_configured_key_stops_the_start(tmp_path):
    from locum.server.application import create
    from locum.server.handlers import StartError

    (tmp_path / "key.pem").write_text("no key")
    with pytest.raises(StartError, match=r"key\.pem: not an RSA private key in PEM"):
        create(Settings(cache=False, signing_key=tmp_path / "key.pem"))


def test_a_key_file_that_is_damaged_later_is_a_clear_error(application, call, tmp_path):
    place = application.issuer.desk.keys.place
    place.parent.mkdir()
    place.write_text("no key")
    reply = call(application.worlds.default, "jwks")

    assert (reply.status, reply.json["error"]) == (500, "signing_key")
    assert str(place) in reply.json["error_description"]

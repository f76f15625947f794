"""Bearer tokens: their callers, and when they are rejected."""

from __future__ import annotations

import jwt
import pytest

from locum import Caller, Unauthenticated
from locum.options import DEVELOPMENT_SECRET
from locum.server.tokens import Tokens

ADA = Caller("usr_1", "org_1", role="admin", permissions=frozenset({"a:read"}), name="Ada", email="a@b.example")


def test_a_token_authenticates_its_caller():
    tokens = Tokens()

    assert tokens.verify(tokens.sign(ADA, 100), 100) == ADA


def test_a_cached_token_expires_when_the_clock_moves():
    tokens = Tokens()
    caller = Caller("usr_1", "org_1", expires_at=200)
    token = tokens.sign(caller, 100)
    tokens.verify(token, 199)

    with pytest.raises(Unauthenticated, match="expired") as rejected:
        tokens.verify(token, 200)
    assert 'error="invalid_token"' in rejected.value.headers["WWW-Authenticate"]


def encoded(claims, secret=DEVELOPMENT_SECRET, algorithm="HS256"):
    return jwt.encode(claims, secret, algorithm)


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("", "malformed"),
        ("abc", "malformed"),
        ("a.b.c", "malformed"),
        (encoded({"sub": "u", "org_id": "o"}, "another secret of the same great length"), "not signed"),
        (encoded({"sub": "u", "org_id": "o"}, "x" * 64, "HS512"), "malformed"),
        (jwt.encode({"sub": "u", "org_id": "o"}, None, "none"), "malformed"),
        (encoded({"org_id": "o"}), "no claim 'sub'"),
        (encoded({"sub": "u"}), "no claim 'org_id'"),
        (encoded({"sub": "u", "org_id": "o", "permissions": "all"}), "wrong type"),
        (encoded({"sub": "u", "org_id": "o", "exp": "soon"}), "wrong type"),
    ],
)
def test_an_invalid_token_is_rejected_with_its_reason(token, reason):
    with pytest.raises(Unauthenticated, match=reason):
        Tokens().verify(token, 0)


def test_the_cache_of_tokens_is_limited():
    tokens = Tokens()
    for number in range(1200):
        tokens.verify(tokens.sign(Caller(f"usr_{number}", "org"), 0), 0)

    assert len(tokens._verified) <= 1000


@pytest.mark.parametrize(
    "token",
    [
        encoded({"sub": "u", "org_id": "o", "scope": ["a"]}),
        encoded({"sub": "u", "org_id": "o", "scope": 1}),
    ],
)
def test_a_scope_that_is_not_text_is_rejected(token):
    with pytest.raises(Unauthenticated, match="wrong type"):
        Tokens().read(token, 0)


def test_a_token_has_its_scopes():
    read = Tokens().read

    assert read(encoded({"sub": "u", "org_id": "o", "scope": "b a"}), 0).scopes == {"a", "b"}
    assert read(encoded({"sub": "u", "org_id": "o", "scope": ""}), 0).scopes == frozenset()
    assert read(encoded({"sub": "u", "org_id": "o"}), 0).scopes is None


def test_a_token_with_an_extension_is_rejected():
    token = jwt.encode({"sub": "u", "org_id": "o"}, DEVELOPMENT_SECRET, "HS256", headers={"crit": ["exp"]})

    with pytest.raises(Unauthenticated, match="malformed"):
        Tokens().verify(token, 0)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "=",
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text[:-1] + chr(ord(text[-1]) + 1),
    ],
)
def test_other_spellings_of_a_token_are_rejected(change):
    with pytest.raises(Unauthenticated):
        Tokens().verify(change(Tokens().sign(ADA, 100)), 100)


def test_our_signatures_are_verified_by_pyjwt():
    claims = jwt.decode(Tokens().sign(ADA, 100), DEVELOPMENT_SECRET, ["HS256"])

    assert (claims["sub"], claims["permissions"]) == ("usr_1", ["a:read"])


@pytest.mark.parametrize(
    ("header", "world"),
    [
        (b"Bearer " + encoded({"locum_world": "w"}).encode(), "w"),
        (b"bearer  " + encoded({"locum_world": "w"}, "another secret of the same great length").encode(), "w"),
        (b"Bearer " + encoded({"locum_world": 1}).encode(), None),
        (b"Bearer " + encoded({}).encode(), None),
        (b"Bearer nonsense", None),
        (b"Bearer \xff.\xff.\xff", None),
        (b"Basic " + encoded({"locum_world": "w"}).encode(), None),
        (b"", None),
    ],
)
def test_the_world_of_a_token_is_found_before_the_token_is_verified(header, world):
    tokens = Tokens()

    assert (tokens.world_of(header), tokens.world_of(header)) == (world, world)


def test_the_cache_of_headers_is_limited():
    tokens = Tokens()
    for number in range(1200):
        tokens.world_of(b"Bearer %d" % number)

    assert len(tokens._worlds) <= 1000

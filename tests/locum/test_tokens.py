"""Bearer tokens: whom they stand for, and when they stand for nobody."""

from __future__ import annotations

import jwt
import pytest

from locum import Caller, Unauthenticated
from locum.serving.tokens import DEVELOPMENT_SECRET, Tokens

ADA = Caller("usr_1", "org_1", role="admin", permissions=frozenset({"a:read"}), name="Ada", email="a@b.example")


def test_a_token_stands_for_the_caller_whom_it_was_signed_for():
    tokens = Tokens()

    assert tokens.verify(tokens.sign(ADA, 100), 100) == ADA


def test_expiry_bites_when_the_clock_moves_though_the_token_is_remembered():
    tokens = Tokens()
    caller = Caller("usr_1", "org_1", expires_at=200)
    token = tokens.sign(caller, 100)
    tokens.verify(token, 199)

    with pytest.raises(Unauthenticated, match="expired") as refused:
        tokens.verify(token, 200)
    assert 'error="invalid_token"' in refused.value.headers["WWW-Authenticate"]


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
def test_a_bad_token_is_refused_with_its_reason(token, reason):
    with pytest.raises(Unauthenticated, match=reason):
        Tokens().verify(token, 0)


def test_many_tokens_are_not_remembered_for_ever():
    tokens = Tokens()
    for number in range(1200):
        tokens.verify(tokens.sign(Caller(f"usr_{number}", "org"), 0), 0)

    assert len(tokens._verified) <= 1000

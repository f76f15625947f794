"""Minting: tokens for any user."""

from __future__ import annotations

from datetime import timedelta

import pytest

from locum import Invalid
from locum.oidc.tokens import Wish, mint
from tests.conftest import ADA, BRAM, CALLERS, CHIARA


def minted(known=CALLERS, now=1000, **token_request):
    found = []
    mint(Wish(**token_request), known, now, lambda claims: found.append(claims) or "")
    return found[0]


def test_a_token_is_for_the_first_user_and_a_year_by_default():
    claims = minted()

    assert claims["sub"] == ADA.subject
    assert claims["permissions"] == sorted(ADA.permissions)
    assert (claims["iat"], claims["exp"]) == (1000, 1000 + 365 * 86_400)
    assert not {"scope", "iss", "jti", "locum_world", "token_use"} & claims.keys()


@pytest.mark.parametrize("user", [BRAM.subject, BRAM.email])
def test_a_user_is_found_by_subject_or_email(user):
    assert minted(user=user)["name"] == "Bram de Wit"


def test_a_token_has_the_requested_claims():
    claims = minted(
        user=BRAM.email,
        organization="org_x",
        role="boss",
        permissions=["b", "a"],
        kind="service_account",
        scope="x y",
        lifetime=timedelta(minutes=1),
        world="w",
        issuer="http://i",
        audience="http://a",
        client="c",
    )

    assert (claims["org_id"], claims["role"], claims["permissions"]) == ("org_x", "boss", ["a", "b"])
    assert (claims["kind"], claims["scope"], claims["exp"]) == ("service_account", "x y", 1060)
    assert (claims["locum_world"], claims["iss"], claims["aud"], claims["client_id"]) == (
        "w",
        "http://i",
        "http://a",
        "c",
    )


def test_a_token_can_be_unlimited_and_without_permissions():
    claims = minted(lifetime=None, scope="", permissions=[])

    assert "exp" not in claims
    assert (claims["scope"], claims["permissions"]) == ("", [])


def test_an_unknown_user_needs_a_role_or_permissions():
    viewer = minted(user="usr_new", role="viewer")
    stranger = minted(user="usr_new", permissions=["a"])

    assert (viewer["permissions"], viewer["org_id"]) == (sorted(CHIARA.permissions), ADA.organization)
    assert (stranger["permissions"], "role" in stranger, "name" in stranger) == (["a"], False, False)
    assert minted(user="usr_new", role="unheard-of")["permissions"] == []


def test_without_known_users_any_user_gets_a_token():
    assert (minted(())["sub"], minted((), user="usr_new")["role"]) == ("user", "admin")


@pytest.mark.parametrize(
    ("token_request", "sentence"),
    [
        (
            {"user": "ada@northwind.exmaple"},
            "Unknown user 'ada@northwind.exmaple'. Known users: ada@northwind.example, ",
        ),
        ({"user": " ", "role": "admin"}, "The user is empty"),
        ({"scope": 'a "b"'}, "The scope is not a list of scopes"),
        ({"scope": " a"}, "The scope is not a list of scopes"),
        ({"lifetime": timedelta(days=5_000_000)}, "The lifetime ends outside of the years"),
        ({"lifetime": timedelta(days=-5_000_000)}, "The lifetime ends outside of the years"),
    ],
)
def test_invalid_requests_for_a_token_are_explained(token_request, sentence):
    with pytest.raises(Invalid, match="^" + sentence.replace("(", r"\(")):
        minted(**token_request)

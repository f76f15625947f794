"""`locum token`: further options; see also `test_cli.py`."""

from __future__ import annotations

import jwt
import pytest

from locum.oidc.keys import SigningKeys
from locum.options import DEVELOPMENT_SECRET
from locum.server.tokens import Tokens
from tests.locum.test_cli import claims, locum


def test_a_token_can_have_scopes_and_a_world():
    found = claims(locum("token", "--scope", "openid workflows:read", "--world", "checkout", "--lifetime", "1h").stdout)

    assert (found["scope"], found["locum_world"], found["exp"] - found["iat"]) == (
        "openid workflows:read",
        "checkout",
        3600,
    )


def test_permissions_can_be_given_one_by_one():
    found = claims(locum("token", "--permission", "a:read", "--permission", "b:read", "--permissions", "c:read").stdout)

    assert found["permissions"] == ["a:read", "b:read", "c:read"]


def test_a_token_can_be_from_the_issuer(tmp_path):
    issuer = "http://127.0.0.1:4010/__locum/oidc"
    result = locum(
        "token", "--issuer", issuer, "--user", "usr_x", "--role", "viewer", env={"XDG_STATE_HOME": str(tmp_path)}
    )
    token = result.stdout.strip()
    keys = SigningKeys(tmp_path / "locum" / "signing-key.pem")
    options = {"verify_exp": False, "verify_iat": False}
    found = jwt.decode(token, jwt.PyJWK(keys.own().jwk), ["RS256"], audience="http://127.0.0.1:4010", options=options)

    assert (found["iss"], found["sub"], found["role"]) == (issuer, "usr_x", "viewer")
    assert Tokens(keys=keys).verify(token, found["iat"]).subject == "usr_x"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--user", "somebody"), "Unknown user 'somebody'. Known users: ada@northwind.example"),
        (("--scope", 'a "b"'), "The scope is not a list of scopes"),
        (("--world", "no such name"), "A world's name has 1 to 64 letters"),
        (("--expires-in", "99999999999d"), "is too long"),
        (("--expires-in", "9999999d"), "The lifetime ends outside of the years"),
        (("--issuer", "http://i", "--signing-key", "nowhere.pem"), "nowhere.pem: not an RSA private key"),
    ],
)
def test_invalid_options_of_a_token_are_explained(arguments, sentence):
    result = locum("token", *arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_a_token_has_no_unrequested_claims():
    header = jwt.get_unverified_header(locum("token").stdout.strip())

    assert header == {"alg": "HS256", "typ": "JWT"}
    assert DEVELOPMENT_SECRET not in locum("token", "--help").stdout

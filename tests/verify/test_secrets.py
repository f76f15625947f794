"""Secrets: which values are redacted, and where they come from."""

from __future__ import annotations

import pytest

from locum.verify.engine.configuration import configured_credentials
from locum.verify.exchanges import Shown
from locum.verify.plans import Plan
from locum.verify.printing import PrintedSecrets, curl_of

CONFIGURATION = """
headers = {"X-Api-Key" = "of-all", "X-Tenant" = "acme", Authorization = "Bearer ${OF_THE_SHELL}"}
auth.openapi.bearerAuth = {bearer = "of-a-scheme"}
auth.openapi.basicAuth = {username = "ada", password = "lovelace"}
auth.dynamic.openapi.oauth = {path = "/login", payload = {user = "bram", secret = "of-a-login"}, extract_selector = "/t"}

[[operations]]
include-path = "/things"
headers = {Cookie = "session=of-one"}
"""


def test_the_credentials_of_a_configuration_are_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("OF_THE_SHELL", "from-outside")
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    plan = Plan(base_url="", configuration=tmp_path / "schemathesis.toml")

    assert configured_credentials(plan) == (
        *("of-all", "Bearer from-outside", "of-a-scheme", "lovelace", "YWRhOmxvdmVsYWNl", "bram", "of-a-login"),
        "session=of-one",
    )


@pytest.mark.parametrize("text", ["headers = 1", "not toml", "[auth]\nopenapi = 3"])
def test_an_invalid_configuration_has_no_credentials(text, tmp_path):
    (tmp_path / "schemathesis.toml").write_text(text)

    assert configured_credentials(Plan(base_url="", configuration=tmp_path / "schemathesis.toml")) == ()


@pytest.mark.parametrize("spelt", ["a/b+c=d e", "a%2Fb%2Bc%3Dd%20e", "a%2Fb%2Bc%3Dd+e"])
def test_a_token_is_redacted_in_every_spelling(spelt):
    shown = PrintedSecrets(["a/b+c=d e"], {}).without(
        Shown(method="GET", url=f"http://x/?key={spelt}", response_body=spelt.encode())
    )

    assert (shown.url, shown.response_body) == ("http://x/?key=$LOCUM_TOKEN", b"$LOCUM_TOKEN")


def test_curl_lines_use_shell_variables_for_tokens():
    shown = Shown(method="GET", url="http://x/?a=$LOCUM_TOKEN&b=$LOCUM_TOKEN", headers={"x-key": "$LOCUM_TOKEN"})

    assert curl_of(shown) == ("""curl -i 'http://x/?a='"$LOCUM_TOKEN"'&b='"$LOCUM_TOKEN" -H 'x-key: '"$LOCUM_TOKEN\"""")


def test_of_two_secrets_with_a_common_prefix_the_longer_one_is_redacted_completely():
    text = PrintedSecrets(["first-token", "first-token-renewed"], {}).words("it was first-token-renewed")

    assert text == "it was $LOCUM_TOKEN"


def test_a_short_token_is_redacted_as_a_whole_value_and_nowhere_else():
    shown = Shown(
        method="POST",
        url="http://example.test/boxes?key=x&text=xx",
        headers={"authorization": "Bearer x", "x-extra": "xylophone"},
        body=b'{"name": "x", "box": "xx"}',
        response_body=b'{"taxes": "extra", "token": "x"}',
    )
    hidden = PrintedSecrets(["x"], {}).without(shown)

    assert hidden.url == "http://example.test/boxes?key=$LOCUM_TOKEN&text=xx"
    assert hidden.headers == {"authorization": "Bearer $LOCUM_TOKEN", "x-extra": "xylophone"}
    assert hidden.body == b'{"name": "$LOCUM_TOKEN", "box": "xx"}'
    assert hidden.response_body == b'{"taxes": "extra", "token": "$LOCUM_TOKEN"}'


def test_a_short_password_of_basic_credentials_is_redacted():
    shown = Shown(method="GET", url="http://x/", headers={"authorization": "Basic eDp4"})

    assert PrintedSecrets(["x"], {}).without(shown).headers == {"authorization": "Basic [redacted]"}

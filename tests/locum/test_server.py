"""Decisions and output before the server starts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from locum.server.greeting import greeting
from locum.server.uvicorn_server import _with_control_token
from locum.settings import Settings
from tests.conftest import make_application


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_server_on_loopback_requires_no_control_token(host):
    assert _with_control_token(Settings(host=host)).control_token == ""


def test_a_server_reachable_by_others_has_a_random_control_token():
    first, second = (_with_control_token(Settings(host="0.0.0.0")).control_token for _ in range(2))

    assert len(first) >= 24
    assert first != second


def test_a_configured_control_token_is_used():
    assert _with_control_token(Settings(host="0.0.0.0", control_token="mine")).control_token == "mine"


def test_the_greeting_has_the_url_of_the_inspector_with_the_token():
    settings = replace(Settings(cache=False), host="0.0.0.0", control_token="t0ken")
    output = greeting(make_application(control_token="t0ken"), settings, 4010)

    assert "Inspector      http://0.0.0.0:4010/__locum/#token=t0ken" in output
    assert "Control token  t0ken" in output

"""The command `locum proxy`: its options, and the sentences with which it does not start."""

from __future__ import annotations

import sys

import pytest
from click.testing import CliRunner

from locum.cli import main
from locum.options import AuthMode, MockWhen, OnViolation
from tests.proxy.conftest import SPEC

UPSTREAM = ("--upstream", "http://ada:geheim@127.0.0.1:9/v1")


def _invoke(*arguments, **given):
    return CliRunner().invoke(main, ["proxy", str(SPEC), *arguments], **given)


@pytest.fixture
def settings(monkeypatch):
    """The settings with which a server was started, in a list."""
    started = []
    monkeypatch.setattr(sys.modules["locum.cli.proxy"], "run_server", lambda settings, **_: started.append(settings))
    return started


def test_options_become_settings(settings, monkeypatch):
    monkeypatch.setenv("LOCUM_VALIDATE_LIMIT", "1000")
    result = _invoke(*UPSTREAM, "--mock-when", "unimplemented", "--mock-when", "ERROR", "--errors", "--merge-lists")

    assert result.exit_code == 0, result.output
    found = settings[0]
    assert found.mock_when == (MockWhen.UNIMPLEMENTED, MockWhen.ERROR)
    assert (found.on_violation, found.auth, found.merge_lists) == (OnViolation.BLOCK, AuthMode.ANY, True)
    assert found.validate_limit == 1000
    assert "geheim" not in repr(found) + str(found.plain())


def test_credentials_are_verified_if_you_say_so(settings):
    assert _invoke(*UPSTREAM, "--auth", "strict").exit_code == 0

    assert settings[0].auth is AuthMode.STRICT


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Missing option '--upstream'"),
        (("--upstream", "localhost:8000"), "does not begin with http:// or https://"),
        ((*UPSTREAM, "--source", "listPet=mock"), "Did you mean listPets?"),
        ((*UPSTREAM, "--mock-when", "sometimes"), "sometimes"),
        ((*UPSTREAM, "--upstream-spec", "no-such-file.yaml"), "no-such-file.yaml"),
        ((*UPSTREAM, "--upstream-ca", str(SPEC)), "cannot be used for TLS"),
        ((*UPSTREAM, "--quiet", "--verbose"), "exclude each other"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_starts(arguments, sentence):
    result = _invoke(*arguments)

    assert result.exit_code in {1, 2}
    assert sentence in result.output
    assert "geheim" not in result.output
    assert "Traceback" not in result.output

"""Shell completion and `locum open`."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click.shell_completion import get_completion_class
from click.testing import CliRunner

from locum.cli import main
from locum.settings import Settings
from tests.conftest import ROOT
from tests.wire.serving import Server


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(shell):
    result = CliRunner().invoke(main, ["completion", shell])

    assert result.exit_code == 0
    assert "_LOCUM_COMPLETE" in result.output


@pytest.mark.parametrize(
    ("words", "begun", "expected"),
    [
        ([], "jour", "journal"),
        (["serve"], "--val", "--validate-requests"),
        (["world"], "f", "fork"),
        (["serve", "--log-format"], "", "json"),
    ],
)
def test_commands_options_and_values_are_completed(words, begun, expected):
    complete = get_completion_class("bash")(main, {}, "locum", "_LOCUM_COMPLETE")

    assert expected in [item.value for item in complete.get_completions(words, begun)]


def test_the_program_completes_as_the_script_asks_it_to():
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "_LOCUM_COMPLETE": "bash_complete",
        "COMP_WORDS": "locum jour",
        "COMP_CWORD": "1",
    }
    code = "from locum.cli import main; main(prog_name='locum')"
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)

    assert result.stdout == "plain,journal\n"


@pytest.fixture(scope="module")
def server():
    server = Server(Settings(cache=False))
    yield server
    server.stop()


def test_open_prints_the_address_of_a_view(server):
    url = "http://{}:{}".format(*server.address)
    result = CliRunner().invoke(main, ["open", "records", "--print", "--url", url, "--world", "checkout"])

    assert result.output == f"{url}/__locum/#/records?world=checkout\n"


def test_open_opens_the_browser_and_keeps_the_token_out_of_the_output(server, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    url = "http://{}:{}".format(*server.address)
    result = CliRunner().invoke(main, ["open", "--url", url, "--control-token", "t0ken"])

    assert "t0ken" not in result.output
    assert opened == [f"{url}/__locum/#/journal?world=default&token=t0ken"]


def test_open_says_that_no_server_responds():
    result = CliRunner().invoke(main, ["open", "--print", "--url", "http://127.0.0.1:9"])

    assert result.exit_code != 0
    assert "Start one with `locum serve`" in result.output

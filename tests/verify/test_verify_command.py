"""`locum verify` and `locum explain`: output and exit codes."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import socket
import subprocess
import sys
import tomllib

import pytest
from click.testing import CliRunner

from locum.cli import main
from locum.verify.codes.codes import CODES
from tests.conftest import BRAM, ROOT
from tests.verify.planted import CONTRACT, TOKEN, Planted

QUICK = ("--seed", "7", "--phases", "coverage", "--no-cache")


def verify(*arguments, **more):
    return CliRunner().invoke(main, ["verify", *map(str, arguments), *QUICK], **more)


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """A folder without a schemathesis.toml above it, and no token in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LOCUM_TOKEN", raising=False)


def test_a_correct_server_exits_with_0(served):
    done = verify(CONTRACT, "--url", served(Planted()), "--token", TOKEN)

    assert done.exit_code == 0, done.output
    assert "planted: 0 findings. 6 of 6 operations" in done.output
    assert "seed 7, completed." in done.output


def test_an_incorrect_server_exits_with_1_and_findings(served):
    url = served(Planted(frozenset({"text price"})))

    done = verify(CONTRACT, "--url", url, "--token", TOKEN, "--include-operation", "listThings", "-q")

    assert done.exit_code == 1
    assert "L022 type_wrong: GET /things (planted" in done.output
    assert "contract: /components/schemas/Thing/properties/price/type" in done.output
    assert "likely cause: the server." in done.output
    assert f"curl -sSi {url}" in done.output
    assert TOKEN not in done.output


def test_a_crash_in_the_middle_of_a_response_is_a_finding(served):
    async def broken(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
        await send({"type": "http.response.body", "body": b"[", "more_body": True})
        raise OSError

    done = verify(CONTRACT, "--url", served(broken), "--token", TOKEN, "--include-operation", "listThings")

    assert done.exit_code == 1
    assert "L003 no_response" in done.output


def test_an_unreachable_server_exits_with_3():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    done = verify(CONTRACT, "--url", f"http://127.0.0.1:{port}")

    assert done.exit_code == 3
    assert f"http://127.0.0.1:{port} cannot be reached" in done.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("missing.yaml",), "missing.yaml"),
        (
            (CONTRACT, "--phases", "guessing"),
            "There is no 'guessing'. Valid names: examples, coverage, fuzzing, stateful, directed, behaviour.",
        ),
        ((CONTRACT, "--header", "X-Tenant"), "Invalid header"),
        ((CONTRACT, "--url", "things", "--token", "x"), "Invalid server URL"),
        ((CONTRACT, "--token-command", "false"), "'false' failed"),
        ((CONTRACT, "--token-command", "true"), "'true' printed nothing"),
        ((CONTRACT, "--checks", "no_such_check"), "no_such_check"),
    ],
)
def test_invalid_options_and_documents_are_reported(arguments, message):
    done = CliRunner().invoke(main, ["verify", *map(str, arguments), "--no-cache"])

    assert done.exit_code == 2, done.output
    assert message in done.output


def test_the_token_can_come_from_a_command(served):
    done = verify(CONTRACT, "--url", served(Planted()), "--token-command", f"echo {TOKEN}")

    assert done.exit_code == 0, done.output


def test_the_mock_is_verified_in_process_as_one_of_its_users():
    done = verify("--include-operation", "listApiKeys", "--as", BRAM.email, "-q")

    assert done.exit_code == 0, done.output
    assert "api-keys: 0 findings. 1 of 1 operations" in done.output
    assert "workflows" not in done.output


def test_nothing_is_sent_to_other_hosts():
    done = verify("--as", "nobody@example.com")

    assert done.exit_code == 2
    assert "nobody@example.com" in done.output


def test_no_files_are_left_on_disk(tmp_path):
    words = ["verify", "--include-operation", "listApiKeys", "-q", *QUICK]
    home = tmp_path / "home"
    folder = tmp_path / "here"
    folder.mkdir()
    environment = {**os.environ, "XDG_CACHE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    environment.pop("HYPOTHESIS_STORAGE_DIRECTORY", None)
    done = subprocess.run([sys.executable, "-m", "locum", *words], cwd=folder, env=environment, check=False)

    assert done.returncode == 0
    assert list(folder.iterdir()) == []


def test_without_schemathesis_the_message_has_the_install_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "schemathesis", None)

    done = verify(CONTRACT)

    assert done.exit_code == 2
    command = re.search(r"pip install '(.+)'", done.output)[1]
    assert command in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["verify"]


def test_every_code_is_explained():
    listed = CliRunner().invoke(main, ["explain"]).output
    for code in CODES.values():
        done = CliRunner().invoke(main, ["explain", code.code])

        assert f"{code.code}  {code.rule}" in listed
        assert done.output.startswith(f"{code.code} {code.rule}: {code.title}\n\n{code.meaning}")


def test_an_unknown_code_is_reported():
    done = CliRunner().invoke(main, ["explain", "L999"])

    assert (done.exit_code, done.output) == (2, "Unknown code 'L999'. `locum explain` lists all codes.\n")


def test_an_endless_response_is_a_finding_and_does_not_stop_the_run(served):
    """A read timeout never expires if single bytes arrive now and then."""
    paths = []

    async def trickling(scope, receive, send):
        paths.append(scope["path"])
        if scope["path"] != "/reports":
            await Planted()(scope, receive, send)
            return
        gone = asyncio.ensure_future(_until_gone(receive))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        while not gone.done():
            await send({"type": "http.response.body", "body": b".", "more_body": True})
            await asyncio.wait([gone], timeout=0.02)

    url = served(trickling)
    only = ("--include-operation", "readReport", "--include-operation", "ping", "--request-timeout", "0.2")
    fuzzed = verify(CONTRACT, "--url", url, "--token", TOKEN, *only)
    directed = verify(CONTRACT, "--url", url, "--token", TOKEN, *only, "--phases", "directed")

    for done in (fuzzed, directed):
        assert done.exit_code == 1, done.output
        assert "L003 no_response: GET /reports" in done.output
        assert "The response was not complete within 0.2 s." in done.output
    assert "/pings" in paths


async def _until_gone(receive):
    while (await receive())["type"] != "http.disconnect":
        pass


@pytest.mark.parametrize("phases", ["coverage", "directed"])
def test_an_expired_token_is_renewed_and_never_shown(served, tmp_path, phases):
    """The server accepts each token ten times; the command returns a new one each time."""
    used = {}

    async def forgetting(scope, receive, send):
        shown = dict(scope.get("headers", ())).get(b"authorization", b"").decode()
        known = re.fullmatch(r"Bearer (passing-token-\d+)", shown)
        if known:
            used[known[1]] = used.get(known[1], 0) + 1
            output = TOKEN if used[known[1]] <= 10 else "expired"
            others = [pair for pair in scope["headers"] if pair[0] != b"authorization"]
            scope = {**scope, "headers": [*others, (b"authorization", f"Bearer {output}".encode())]}
        await Planted(frozenset({"text price"}))(scope, receive, send)

    counter = tmp_path / "count"
    script = f"import pathlib; p = pathlib.Path({str(counter)!r}); n = int(p.read_text()) + 1 if p.exists() else 1;"
    command = f"{sys.executable} -c \"{script} p.write_text(str(n)); print(f'passing-token-{{n}}')\""
    report = tmp_path / "all.json"
    words = ("--token-command", command, "--phases", phases, "--report", f"json={report}")
    done = verify(CONTRACT, "--url", served(forgetting), *words)

    assert len(used) > 2
    assert max(used.values()) <= 12  # the 401, and concurrent requests
    assert "L022" in done.output
    assert "passing-token" not in done.output + report.read_text()


def test_a_token_that_was_never_accepted_is_not_renewed(served, tmp_path):
    counter = tmp_path / "count"
    script = f"import pathlib; p = pathlib.Path({str(counter)!r}); p.write_text((p.read_text() if p.exists() else '') + '1');"
    command = f"{sys.executable} -c \"{script} print('bad-token')\""
    only = ("--include-operation", "listThings")
    done = verify(CONTRACT, "--url", served(Planted()), "--token-command", command, *only)

    assert "L091 only_unauthenticated" in done.output
    assert counter.read_text() == "1"


def test_a_command_that_returns_the_same_token_is_reported(served, tmp_path):
    marker = tmp_path / "asked"
    script = (
        f"import pathlib, sys; p = pathlib.Path({str(marker)!r}); sys.exit('no more') if p.exists() else p.touch();"
    )
    command = f'{sys.executable} -c "{script} print({TOKEN!r})"'
    calls = []

    async def forgetting(scope, receive, send):
        calls.append(1)
        if len(calls) > 20:
            scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"authorization"]}
        await Planted()(scope, receive, send)

    done = verify(CONTRACT, "--url", served(forgetting), "--token-command", command)

    assert "skipped: renewing the token: " in done.output
    assert "no more" in done.output


def test_a_server_that_stops_during_a_run_exits_with_3(served):
    asked = []

    async def going(scope, receive, send):
        asked.append(scope)
        await Planted()(scope, receive, send)
        if len(asked) == 20:
            served.servers[0][0].should_exit = True

    done = verify(CONTRACT, "--url", served(going), "--token", TOKEN)

    assert done.exit_code == 3, done.output
    assert "L093 server_gone" in done.output
    assert len(asked) >= 20


def test_the_mock_passes_the_bundled_contracts_with_every_declared_response():
    words = ["verify", "--seed", "7", "--phases", "coverage,directed", "--fail-under", "100", "--of", "statuses", "-q"]
    done = CliRunner().invoke(main, words)

    assert done.exit_code == 0, done.output
    assert [line.partition(".")[0] for line in done.output.splitlines() if "finding" in line] == [
        "api-keys: 0 findings",
        "credentials: 0 findings",
        "workflows: 0 findings",
    ]


def test_basic_credentials_are_sent_and_never_shown(served, tmp_path):
    """RFC 7617, in the engine and in the directed pass."""
    document = tmp_path / "doors.yaml"
    document.write_text(
        "openapi: 3.1.0\ninfo: {title: Doors, version: '1'}\nsecurity: [{basic: []}]\n"
        "components: {securitySchemes: {basic: {type: http, scheme: basic}}}\n"
        "paths:\n  /door:\n    get:\n      operationId: open\n      responses:\n"
        "        '200': {description: Open.}\n        '401': {description: Who are you?}\n        '418': {description: Tea.}\n"
    )
    encoded = base64.b64encode(b"ada:se:cret").decode()
    seen = []

    async def door(scope, receive, send):
        shown = dict(scope["headers"]).get(b"authorization", b"").decode()
        seen.append(shown)
        known = shown == f"Basic {encoded}"
        head = [(b"content-type", b"text/plain")] if known else [(b"www-authenticate", b"Basic")]
        await send({"type": "http.response.start", "status": 200 if known else 401, "headers": head})
        await send({"type": "http.response.body", "body": shown.encode() if known else b""})

    url, report = served(door), tmp_path / "all.json"
    for phases in ("coverage", "directed"):
        done = verify(
            document, "--url", url, "--token", "ada:se:cret", "--phases", phases, "--report", f"json={report}"
        )
        output = done.output + report.read_text()

        assert "L014" in output
        assert "se:cret" not in output
        assert encoded not in output
        assert f"Basic {encoded}" in seen
        seen.clear()

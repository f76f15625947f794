"""Every command of locum, with the newest release of each dependency."""

from __future__ import annotations

import json
import select
import shlex
import subprocess

import click
import pytest

from locum.cli import main
from tests.install.environment import clean_environment

pytestmark = pytest.mark.xdist_group("install")

DOCUMENT = """
openapi: 3.1.0
info: {title: Pets, version: '1'}
paths:
  /pets:
    get:
      operationId: listPets
      responses:
        '200':
          description: All of them.
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}}}
    post:
      operationId: createPet
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
      responses:
        '201':
          description: Created.
          content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
        '400': {description: Invalid.}
components:
  schemas:
    Pet: {type: object, required: [name], properties: {id: {type: integer, readOnly: true}, name: {type: string}}}
"""
REMOTE = {
    "journal list --status 2XX": "listPets",
    "journal show 1": "GET",
    "journal verify 'listPets once'": "Expectations met",
    "journal export curl": "curl",
    "journal export pytest": "def test_",
    "journal export arazzo": "arazzo",
    "world list": "default",
    "world create --seed 7 --world walked": '"seed": 7',
    "world show": '"requests": 1',
    "world fork forked": '"name": "forked"',
    "world snapshot --to snapshot.json": "",
    "world restore snapshot.json": "",
    "world save kept": "",
    "world fixtures": "kept",
    "world changes": "",
    "world records": "records",
    "world drop --world forked": "",
    "clock show": "2026-01-01T",
    "clock freeze": "",
    "clock advance 1d": "2026-01-02T",
    "clock set 2026-03-01T00:00:00Z": "2026-03-01T00:00:00",
    "clock resume --rate 60": "",
    "fault add operation=createPet,status=400": "f1",
    "fault list": "createPet",
    "fault remove f1": "",
    "fault clear": "",
    "fault prefer listPets code=200": "",
    "fault preferences": "listPets",
    "journal export har": '"entries"',
    "open records --print": "/__locum/#/records",
    "journal clear": "",
    "world reset": "",
}
"""Commands for a server after one request to listPets, in this order, and a text in the output of each."""
LOCAL = {
    "check pets.yaml": "pets.yaml",
    "check": "api-keys.yaml",
    "diff pets.yaml pets.yaml": "no changes",
    "diff pets.yaml pets.yaml --format html": "locum diff",
    "stats pets.yaml": "operations",
    "routes pets.yaml --explain": "/pets",
    "routes": "deleteApiKey",
    "init pets.yaml --to handlers": "stubs",
    "completion bash": "_LOCUM_COMPLETE",
    "explain": "L022",
    "explain L022": "Example",
    "token --permission sites:read --expires-in 15m": ".",
    "token --issuer http://127.0.0.1:4010": ".",
}
ELSEWHERE = {"trust", "serve", "mock", "proxy", "verify", "coverage", "drift", "record", "journal follow", "replay"} | {
    "state ls",
    "state export",
    "state import",
    "state gc",
}
"""Commands that other tests run."""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pets.yaml").write_text(DOCUMENT)
    return tmp_path


def commands(group, *before):
    """Yield the name of every command."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *before, name)
        else:
            yield " ".join([*before, name])


def walk(lines, installed, folder, *more):
    for line, expected in lines.items():
        done = installed.run(*shlex.split(line), *more, cwd=folder)
        assert done.returncode == 0, f"{line}: {done.stderr}"
        assert expected in done.stdout + done.stderr, f"{line}: {done.stdout}"
        assert "Traceback" not in done.stderr


def test_every_command_is_tested():
    tested = {" ".join(shlex.split(line)) for line in [*REMOTE, *LOCAL]}

    assert {
        name for name in commands(main) if not any(f"{line} ".startswith(f"{name} ") for line in tested)
    } <= ELSEWHERE


def test_every_command_has_a_help(installed, folder):
    code = (
        "import click, locum.cli\n"
        "def walk(command, parent=None, name='locum'):\n"
        "    context = click.Context(command, parent=parent, info_name=name)\n"
        "    print(command.get_help(context))\n"
        "    for name, one in getattr(command, 'commands', {}).items(): walk(one, context, name)\n"
        "walk(locum.cli.main)\n"
    )
    done = subprocess.run(
        [installed.bin / "python", "-W", "error", "-c", code],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Usage:") > len(list(commands(main)))
    assert "[off|any|strict]" in done.stdout or "[strict|any|off]" in done.stdout


def test_commands_without_a_server_work(installed, folder):
    walk(LOCAL, installed, folder)

    assert "def list_pets" in (folder / "handlers" / "pets.py").read_text()


def test_commands_about_a_server_work(installed, folder):
    with installed.serve("pets.yaml", "--port", "0", cwd=folder) as served:
        assert served.status("/pets") == 200
        walk(REMOTE, installed, folder, "--url", served.url)


def test_a_journal_can_be_followed(installed, folder):
    with installed.serve("pets.yaml", "--port", "0", cwd=folder) as served:
        following = subprocess.Popen(
            [installed.bin / "locum", "journal", "follow", "--url", served.url],
            cwd=folder,
            env=clean_environment(PYTHONUNBUFFERED="1"),
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            # Send requests until the first line is printed: only those after the start of the follower are.
            for _ in range(600):
                served.status("/pets")
                if select.select([following.stdout], [], [], 0.1)[0]:
                    break
            assert "GET    /pets" in following.stdout.readline()
        finally:
            following.kill()
            following.communicate()


def test_mock_serves_a_document_with_the_options_of_prism(installed, folder):
    with installed.serve("pets.yaml", "-p", "0", "-d", "--errors", cwd=folder, command="mock") as served:
        assert served.status("/pets") == 200
    assert served.code == 0, served.errors


def test_a_proxy_forwards_and_its_journal_is_recorded(installed, folder):
    with (
        installed.serve("pets.yaml", "--port", "0", cwd=folder) as real,
        installed.serve("pets.yaml", "--upstream", real.url, "--port", "0", cwd=folder, command="proxy") as proxy,
    ):
        assert proxy.status("/pets") == 200
        done = installed.run("record", "pets.yaml", "--from-journal", proxy.url, "--to", "fixtures/pets", cwd=folder)

    assert done.returncode == 0, done.stderr
    assert "Traceback" not in real.errors + proxy.errors + done.stderr
    assert list((folder / "fixtures" / "pets").iterdir())


def test_verify_coverage_and_drift_work_together(installed, folder):
    with installed.serve("--port", "0", cwd=folder) as served:
        bundled = installed.site / "locum" / "bundled"
        verified = installed.run(
            "verify",
            bundled / "specs" / "api-keys.yaml",
            *(
                "--url",
                served.url,
                "--as",
                "ada@northwind.example",
                "--seed",
                "1",
                "--include-operation",
                "listApiKeys",
            ),
            *("--max-examples", "3", "--coverage", "seen.json", "--report", "junit=junit.xml"),
            *("--report", "html=report.html", "--report", "json=report.json"),
            cwd=folder,
        )
        assert verified.returncode == 0, verified.stdout + verified.stderr
        journalled = installed.run("coverage", "--url", served.url, cwd=folder)
        assert journalled.returncode == 0, journalled.stderr
        drifted = installed.run(
            "drift",
            bundled / "handlers" / "scenarios" / "api-keys.yaml",
            *("--url", served.url, "--token", installed.run("token", cwd=folder).stdout.strip()),
            cwd=folder,
        )
        assert drifted.returncode == 0, drifted.stdout + drifted.stderr

    replayed = installed.run("replay", "missing.arazzo.yaml", "--url", "http://127.0.0.1:9", cwd=folder)
    assert replayed.returncode == 2
    assert "Traceback" not in replayed.stderr
    trusted = installed.run("trust", "--list", cwd=folder)
    assert trusted.returncode == 0, trusted.stderr
    merged = installed.run("coverage", "seen.json", cwd=folder)
    assert merged.returncode == 0, merged.stderr
    assert "%" in merged.stdout
    assert (folder / "junit.xml").stat().st_size
    assert (folder / "report.html").stat().st_size
    assert json.loads((folder / "report.json").read_text())


def test_verify_checks_the_mock_of_a_document(installed, folder):
    done = installed.run("verify", "pets.yaml", "--seed", "1", "--max-examples", "3", cwd=folder)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 of 2 operations" in done.stdout

"""The command line, run as a program."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import termios
import urllib.error
import urllib.request

import jwt
import pytest

from locum.options import DEVELOPMENT_SECRET
from tests.conftest import ROOT


def locum(*arguments, cwd=ROOT, env=None, **more):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "NO_COLOR": "1", **(env or {})}
    command = [sys.executable, "-m", "locum", *arguments]
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False, **more
    )


def claims(text, secret=DEVELOPMENT_SECRET):
    return jwt.decode(text.strip(), secret, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False})


def test_a_token_is_issued_for_the_first_administrator_by_default():
    found = claims(locum("token").stdout)

    assert (found["name"], found["role"], found["kind"]) == ("Ada Okafor", "admin", "user")
    assert "workflows:write" in found["permissions"]


def test_a_token_has_the_given_claims():
    arguments = (
        "--org",
        "org_x",
        "--user",
        "bram@northwind.example",
        "--role",
        "boss",
        "--permissions",
        "a:read, b:write",
    )
    found = claims(locum("token", *arguments, "--expires-in", "15m", "--service-account").stdout)

    assert found["sub"].startswith("usr_4k8d")
    assert (found["org_id"], found["role"], found["kind"]) == ("org_x", "boss", "service_account")
    assert found["permissions"] == ["a:read", "b:write"]
    assert found["exp"] - found["iat"] == 15 * 60


def test_a_token_can_be_unlimited_and_without_permissions():
    found = claims(locum("token", "--expires-in", "never", "--permissions", "").stdout)

    assert "exp" not in found
    assert found["permissions"] == []


def test_the_environment_sets_the_secret():
    secret = "a secret of at least thirty-two bytes"
    found = claims(locum("token", env={"LOCUM_JWT_SECRET": secret}).stdout, secret)

    assert found["sub"]


@pytest.mark.parametrize("text", ["soon", "12", "h", "1y"])
def test_an_invalid_duration_is_reported(text):
    result = locum("token", "--expires-in", text)

    assert result.returncode == 2
    assert "Use 90s, 15m, 12h, 30d or never" in result.stderr


def test_check_passes_for_the_bundled_contracts():
    result = locum("check", "--no-cache")

    assert result.returncode == 0, result.stderr
    assert "5 operations, all with handlers" in result.stdout
    assert "api-keys.yaml:216:9: warning: #/components/parameters/ApiKeyId/schema/example: 'api_key_" in result.stdout
    assert "breaks its own schema: must match the pattern" in result.stdout


def test_routes_are_a_table():
    lines = locum("routes").stdout.splitlines()
    row = next(line for line in lines if "deleteApiKey" in line)

    assert lines[0].split() == ["method", "path", "operationId", "statuses", "handler"]
    assert row.split() == [
        "DELETE",
        "/api/keys/{id}",
        "deleteApiKey",
        "204",
        "401",
        "404",
        "handlers.api_keys.delete_api_key",
    ]


def test_an_unknown_setting_of_the_project_is_reported(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.locum]\nprot = 4011\n")
    result = locum("token", cwd=tmp_path)

    assert result.returncode == 2
    assert "[tool.locum]: unknown setting 'prot'" in result.stderr
    assert "Traceback" not in result.stderr


def test_options_override_the_environment_and_that_overrides_the_project(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.locum]\njwt-secret = 'the secret of the project, long enough'\n")
    by_environment = {"LOCUM_JWT_SECRET": "the secret of the environment, long enough"}
    by_option = ("--jwt-secret", "the secret of the option, also long enough")
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    locum("trust", cwd=tmp_path, env=state)  # an untrusted project file cannot set the secret

    assert claims(locum("token", cwd=tmp_path, env=state).stdout, "the secret of the project, long enough")
    assert claims(locum("token", cwd=tmp_path, env=state | by_environment).stdout, by_environment["LOCUM_JWT_SECRET"])
    assert claims(locum("token", *by_option, cwd=tmp_path, env=state | by_environment).stdout, by_option[1])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--specs", "nowhere"), "nowhere: there is no such file or folder."),
        (("--handlers", "nowhere"), "nowhere: folder not found. Name an existing folder with --handlers."),
        (("--port", "70000"), "70000 is not in the range 0<=x<=65535"),
        (("--auth", "maybe"), "'maybe' is not one of"),
    ],
)
def test_an_invalid_option_is_one_message_and_exit_code_2(tmp_path, arguments, sentence):
    result = locum("serve", *arguments, cwd=tmp_path)

    assert result.returncode == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_a_used_port_is_reported():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = locum("serve", "--port", str(port))

    assert result.returncode == 2
    assert f"Cannot listen on 127.0.0.1:{port}: Address already in use. Choose another port" in result.stderr


class Running:
    """A running `locum serve`, from its greeting to its end."""

    def __init__(self, *arguments, cwd=ROOT, path=None) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
        if path is not None:
            environment["PATH"] = f"{path}:{environment['PATH']}"
        command = [sys.executable, "-m", "locum", "serve", "--port", "0", *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(command, cwd=cwd, env=environment, text=True, **pipes)
        self.greeting = ""

    def __enter__(self):
        for line in self.process.stdout:
            self.greeting += line
            if "curl " in line or "auth off" in line:
                break
        return self

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.communicate()


def test_the_greeting_fits_80_columns_and_has_a_curl_line_that_works_and_ctrl_c_is_clean(tmp_path):
    locum = tmp_path / "locum"
    locum.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -W ignore -m locum "$@"\n')
    locum.chmod(0o755)
    with Running(cwd=tmp_path, path=tmp_path) as running:
        running.greeting += running.process.stdout.readline()
        curl = running.greeting[running.greeting.index("curl ") :]
        asked = subprocess.run(
            ["sh", "-c", curl.rstrip() + " -s -o none -w '%{http_code}'"],
            cwd=tmp_path,
            env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        running.process.send_signal(signal.SIGINT)
        printed, errors = running.process.communicate(timeout=20)

    assert asked.stdout == "200"
    assert "locum mocks" in running.greeting
    assert max(map(len, running.greeting.splitlines())) <= 80
    assert re.search(r"^GET    /api/keys +200 +[\d.]+ ms  listApiKeys$", printed, re.MULTILINE)
    assert "\x1b" not in running.greeting + printed
    assert running.process.returncode == 0
    assert "Traceback" not in errors


def test_output_that_nobody_reads_stops_neither_the_server_nor_its_end(tmp_path):
    with Running("--auth", "off", cwd=tmp_path) as running:
        url = re.search(r"http://127\.0\.0\.1:\d+", running.greeting)[0]
        waiting = bytearray(4)
        while int.from_bytes(waiting, sys.byteorder) < 60_000:  # a pipe holds 64 KiB
            with pytest.raises(urllib.error.HTTPError) as missing:
                urllib.request.urlopen(f"{url}/{'x' * 4000}", timeout=10)
            missing.value.close()
            fcntl.ioctl(running.process.stdout, termios.FIONREAD, waiting)
        with urllib.request.urlopen(f"{url}/api/keys", timeout=10) as answer:
            assert answer.status == 200
        running.process.send_signal(signal.SIGINT)

        assert running.process.wait(timeout=10) == 0
        assert "Fatal" not in running.process.stderr.read()


PETS = """
openapi: 3.0.3
info: {title: Pets, version: '1'}
paths:
  /pets/{petId}:
    get:
      operationId: getPet
      summary: Show a pet
      parameters:
        - {name: petId, in: path, required: true, schema: {type: integer}}
        - {name: full, in: query, schema: {type: boolean}}
      responses:
        '200':
          description: A pet
          content:
            application/json:
              schema: {type: object, required: [id], properties: {id: {type: integer}}}
    put:
      operationId: putPet
      parameters: [{name: petId, in: path, required: true, schema: {type: integer}}]
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {'204': {description: done}}
"""


@pytest.fixture
def pets(tmp_path):
    """Return a folder with a unique name and one document."""
    folder = tmp_path / f"pets_{os.getpid()}"
    folder.mkdir()
    (folder / "pets.yaml").write_text(PETS)
    return folder


def test_stubs_are_typed_and_do_not_change_the_operations(pets):
    message = locum("init", str(pets / "pets.yaml"), cwd=pets)
    module = (pets / "pets.py").read_text()

    assert "2 stubs" in message.stdout
    assert "def get_pet(store: Store, pet_id: int, full: bool | None) -> dict[str, Any]:" in module
    assert "def put_pet(store: Store, pet_id: int, body: dict[str, Any] | None) -> None:" in module
    assert "Show a pet." in module
    assert "2 operations, all generated" in locum("check", str(pets), cwd=pets).stdout


def test_an_implemented_stub_is_used(pets):
    locum("init", str(pets), cwd=pets)
    module = (pets / "pets.py").read_text()
    (pets / "pets.py").write_text(module.replace("@stub\ndef get_pet", "def get_pet"))

    assert "1 with handlers, 1 generated" in locum("check", str(pets), "--handlers", str(pets), cwd=pets).stdout


def test_stubs_do_not_overwrite_a_module(pets):
    (pets / "pets.py").write_text("# mine\n")
    message = locum("init", str(pets), cwd=pets)

    assert message.returncode == 2
    assert "file exists" in message.stderr
    assert (pets / "pets.py").read_text() == "# mine\n"


def test_routes_explains_inferred_operations(pets):
    message = locum("routes", "--explain", str(pets), cwd=pets).stdout

    assert re.search(r"GET +/pets/\{petId\} +read /pets +.*\{petId\} is its member id", message)


def test_routes_lists_the_actions_of_inferred_operations(pets):
    assert re.search(r"PUT +/pets/\{petId\} +putPet +204 +replace", locum("routes", str(pets), cwd=pets).stdout)


def test_serve_imports_no_http_client():
    """httpx and its imports take a tenth of the memory of a small server."""
    program = "import locum.cli.serve, sys; print('httpx' in sys.modules, 'schemathesis' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "False"]

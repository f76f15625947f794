"""Every option of `locum serve`, and every setting, with the newest release of each dependency."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime, timedelta

import click
import pytest

from locum.cli import main
from locum.settings import SERVING, TABLE
from tests.conftest import ROOT
from tests.install.environment import clean_environment

pytestmark = pytest.mark.xdist_group("install")

DOCUMENT = """
openapi: 3.1.0
info: {title: Box, version: '1'}
security: [{key: []}]
paths:
  /box: {get: {operationId: getBox, responses: {'204': {description: Nothing.}}}}
components: {securitySchemes: {key: {type: http, scheme: bearer}}}
"""
OVERLAY = "overlay: 1.0.0\ninfo: {title: Titles, version: '1'}\nactions: [{target: $.info, update: {title: Case}}]\n"

VALUES = {
    "host": "127.0.0.1",
    "port": "0",
    "specs": "box.yaml",
    "handlers": "handlers",
    "base_path": "/v2",
    "tls_cert": "server.pem",
    "tls_key": "server.key",
    "overlay": "overlay.yaml",
    "seed_data": "records.json",
    "jwt_secret": "a secret of at least thirty-two bytes",
    "signing_key": "signing.pem",
    "redirect_uri": "https://app.example/back",
    "audience": "https://api.example",
    "world_header": "X-World",
    "seed": "7",
    "cors": "https://app.example",
    "control_cors": "https://tool.example",
    "allowed_host": "mock.example.test",
    "cross_site": "none",
    "max_body": "1000",
    "max_header": "8000",
    "max_header_count": "50",
    "max_url": "4000",
    "idle_timeout": "5",
    "request_timeout": "5.5",
    "max_connections": "20",
    "max_unread": "1000000",
    "max_worlds": "5",
    "world_idle": "60",
    "max_world_bytes": "1000000",
    "max_bytes": "2000000",
    "max_records": "500",
    "state": "state",
    "fixture": "busy",
    "control_token": "a-control-token",
    "locale": "de",
    "read_only": "reject",
    "unknown_ids": "404",
}
"""A value of each option that is neither a flag nor a choice."""


def written(parameter):
    """Return each way to write an option: lists of arguments."""
    if isinstance(parameter.type, click.Choice):
        return [[parameter.opts[-1], choice] for choice in parameter.type.choices]
    if parameter.is_flag:
        return [[flag] for flag in (parameter.opts[-1], *parameter.secondary_opts)]
    if parameter.name not in VALUES:
        pytest.fail(f"Option {parameter.opts[-1]} is new: add a value for it to VALUES.")
    return [[parameter.opts[-1], VALUES[parameter.name]]]


PARAMETERS = [one for one in main.commands["serve"].params if isinstance(one, click.Option)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the files that the options name."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made = tmp_path_factory.mktemp("served")
    (made / "box.yaml").write_text(DOCUMENT)
    (made / "overlay.yaml").write_text(OVERLAY)
    (made / "records.json").write_text("{}")
    (made / "handlers").mkdir()
    (made / "handlers" / "box.py").write_text("def get_box():\n    return None\n")
    (made / "state").mkdir()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (made / "signing.pem").write_bytes(pem)
    (made / "server.key").write_bytes(pem)
    (made / "server.pem").write_bytes(_certificate(key))
    return made


def _certificate(key):
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM)


@pytest.fixture(scope="module")
def fixture(installed, folder):
    """A fixture with the name and in the folder of VALUES."""
    with installed.serve("box.yaml", "--port", "0", "--state", VALUES["state"], cwd=folder) as served:
        saved = installed.run("world", "save", VALUES["fixture"], "--url", served.url, cwd=folder)
    assert saved.returncode == 0, saved.stderr


def fits(served, path="/box", headers=None):
    """Whether the response of the operation is as declared."""
    return served.status(path, **(headers or {})) in {204, 401}


def test_every_setting_is_an_option():
    assert set(SERVING) <= {parameter.name for parameter in PARAMETERS}


LATER = {"verbose", "tls"}
"""Options that exclude another one: they are in the second start."""
ROUNDS = max(len(written(parameter)) for parameter in PARAMETERS)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_server_starts_with_each_option_written_in_each_way(number, installed, folder, fixture):
    """In as few starts as possible: each has the next value of every option that has one more."""
    arguments = []
    for parameter in PARAMETERS:
        at = number - (parameter.name in LATER)
        arguments += written(parameter)[at] if 0 <= at < len(written(parameter)) else []
    needed = [] if "--port" in arguments else ["box.yaml", "--port", "0"]
    path, world = ("/box", {}) if needed else ("/v2/box", {VALUES["world_header"]: "default"})

    with installed.serve(*needed, *arguments, cwd=folder) as served:
        assert fits(served, path, world), arguments
    assert "Traceback" not in served.errors, arguments
    assert served.code == 0, (arguments, served.errors)


@pytest.mark.parametrize(
    ("way", "mode", "anonymous"),
    [
        ("option", "off", 204),
        ("option", "strict", 401),
        ("environment", "any", 401),
        ("environment", "OFF", 204),
        ("project", "strict", 401),
        ("project", "off", 204),
    ],
)
def test_auth_can_be_set_by_option_environment_and_project(way, mode, anonymous, installed, tmp_path):
    (tmp_path / "box.yaml").write_text(DOCUMENT)
    project = f'auth = "{mode}"' if way == "project" else ""
    (tmp_path / "pyproject.toml").write_text(f"[tool.locum]\n{project}\n")
    options = ["--auth", mode] if way == "option" else []
    variables = {"LOCUM_AUTH": mode} if way == "environment" else {}

    with installed.serve("box.yaml", "--port", "0", *options, cwd=tmp_path, **variables) as served:
        assert (served.status("/box"), served.status("/box", Authorization="Bearer token")) == (anonymous, 204)


def test_the_oldest_allowed_click_reads_the_options_as_well(installed, folder, tmp_path):
    oldest = re.search(r'"click>=([\d.]+)"', (ROOT / "pyproject.toml").read_text())[1]
    command = [installed.bin / "python", "-m", "pip", "install", "--quiet", "--no-deps", "--target", tmp_path]
    subprocess.run(
        [*command, f"click=={oldest}.*"], env=clean_environment(), check=True, capture_output=True, timeout=120
    )
    for mode, anonymous in (("off", 204), ("any", 401), ("STRICT", 401)):
        arguments = ["box.yaml", "--port", "0", "--auth", mode]
        with installed.serve(*arguments, cwd=folder, PYTHONPATH=str(tmp_path)) as served:
            assert served.status("/box") == anonymous
        assert "Traceback" not in served.errors


def test_a_server_works_where_warnings_are_errors(installed, folder):
    with installed.serve("box.yaml", "--port", "0", cwd=folder, PYTHONWARNINGS="error") as served:
        assert fits(served)
        assert served.status("/__locum/") == 200
        assert served.status("/__locum/docs/") == 200
    assert served.code == 0, served.errors
    assert "Warning" not in served.errors


def plain_values():
    """Return a value of every setting as text."""
    values = {}
    for parameter in PARAMETERS:
        if parameter.name in SERVING:
            flag, value = (*written(parameter)[0], None)[:2]
            values[parameter.name] = value if value is not None else not flag.startswith("--no-")
    return {**values, "strict_worlds": False, "tls": False}


def test_every_setting_is_read_from_the_environment(installed, folder, fixture):
    variables = {f"LOCUM_{name.upper()}": str(value) for name, value in plain_values().items()}

    with installed.serve(cwd=folder, **variables) as served:
        assert fits(served, "/v2/box")
    assert "Traceback" not in served.errors


def test_every_setting_is_read_from_the_project(installed, folder, fixture):
    lines = []
    for name, value in plain_values().items():
        number = isinstance(TABLE[name].default, int | float)
        text = str(value).lower() if isinstance(value, bool) else value if number else f'"{value}"'
        lines.append(f"{name.replace('_', '-')} = {text}")
    (folder / "pyproject.toml").write_text("[tool.locum]\n" + "\n".join(lines))
    try:
        installed.run("trust", cwd=folder)
        with installed.serve(cwd=folder) as served:
            assert "not trusted" not in served.errors
            assert fits(served, "/v2/box")
    finally:
        (folder / "pyproject.toml").unlink()
    assert "Traceback" not in served.errors

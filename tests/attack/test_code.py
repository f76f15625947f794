"""Untrusted folders: their code is not run, and their settings cannot weaken security."""

from __future__ import annotations

import ast
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from locum.cli import main
from locum.journal.exports import curl
from locum.journal.exports.pytest_module import pytest_module
from locum.openapi.compile.parameters import snake_case
from locum.server.application import create
from locum.server.greeting import greeting as greeting_of
from locum.server.handlers import StartError, forget_modules
from locum.settings import Settings
from locum.trust import allow_in_this_process, reason_against, trust_folder, trusted_folders, trusted_root
from locum.verify.exchanges import Shown
from locum.verify.printing import curl_of
from locum.world.journal import Entry, Message
from tests.conftest import ROOT

DOCUMENT = """
openapi: 3.0.3
info: {title: Shop, version: '1'}
paths:
  /toys:
    get: {operationId: listToys, responses: {'200': {description: All, content: {application/json: {schema: {type: object, properties: {made: {type: string}}}}}}}}
"""
HANDLERS = """
from locum import Api
api = Api(accepts=None)

def list_toys():
    return {"made": "by hand"}
"""
MARK = "from pathlib import Path\nPath({!r}).touch()\n"


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """The home of a user who trusts no folder yet."""
    place = tmp_path_factory.mktemp("home")
    for name in ("STATE", "CACHE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(place / name.lower()))
    monkeypatch.delenv("LOCUM_HANDLERS", raising=False)
    monkeypatch.setattr("locum.trust._allowed", set())
    monkeypatch.setattr("locum.server.handlers._warned", set())
    return place


def locum(*arguments, **more):
    return CliRunner().invoke(main, list(map(str, arguments)), **more)


def ran(shop):
    return (shop.parent / "mark").exists()


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """An untrusted folder: a document, and modules beside it that create a file when they are imported."""
    folder, mark = tmp_path / "shop", tmp_path / "mark"
    folder.mkdir()
    (folder / "openapi.yaml").write_text(DOCUMENT)
    for name in ("openapi", "__init__", "people"):
        (folder / f"{name}.py").write_text(MARK.format(str(mark)) + HANDLERS)
    monkeypatch.chdir(folder)
    return folder


def made(**settings):
    """The response of the only operation."""
    application = create(Settings(specs=(Path("openapi.yaml"),), cache=False, **settings))
    return TestClient(application, base_url="http://localhost").get("/toys").json()["made"]


# Imports


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "openapi.yaml"),
        ("check", "."),
        ("routes", "openapi.yaml"),
        ("routes", "--explain", "."),
        ("init", "openapi.yaml", "--to", "elsewhere"),
        ("token", "--specs", "openapi.yaml"),
        ("coverage", "--spec", "openapi.yaml", "nothing.json"),
    ],
    ids=" ".join,
)
def test_commands_run_no_code_of_an_untrusted_folder(shop, arguments):
    done = locum(*arguments)

    assert not ran(shop), done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)


@pytest.mark.parametrize("command", ["check", "routes"])
def test_check_and_routes_read_named_handlers_and_import_none(shop, command):
    done = locum(command, "openapi.yaml", "--handlers", ".")

    assert ("1 operation, all with handlers" if command == "check" else "shop.openapi.list_toys") in done.stdout
    assert not ran(shop)


def test_serving_an_untrusted_folder_ignores_its_handlers_and_prints_how_to_use_them(shop, caplog):
    with caplog.at_level(logging.WARNING, "locum"):
        assert made() != "by hand"

    assert not ran(shop)
    line = next(message for message in caplog.messages if "openapi.py" in message)
    assert "locum trust ." in line
    assert "--handlers ." in line
    assert sum("not imported" in message for message in caplog.messages) == 1


def test_named_handlers_are_used(shop):
    assert made(handlers=Path()) == "by hand"


def test_handlers_can_be_named_in_the_environment(shop):
    done = locum("token", "--specs", "openapi.yaml", env={"LOCUM_HANDLERS": str(shop)})

    assert done.exit_code == 0, done.output
    assert ran(shop)


def test_python_m_locum_runs_no_module_of_the_current_folder(shop):
    for name in ("yaml", "click", "uvloop", "connexion", "tomllib", "orjson"):
        (shop / f"{name}.py").write_text(MARK.format(str(shop.parent / "mark")))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "locum", "check", "openapi.yaml"],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert not ran(shop)


# Trust


def test_a_trusted_folder_is_used_until_a_file_in_it_changes(shop):
    assert locum("trust").exit_code == 0
    assert made() == "by hand"

    (shop / "openapi.py").write_text(HANDLERS.replace("by hand", "by another"))

    assert made() not in {"by hand", "by another"}
    assert "changed since" in reason_against(shop)
    assert "openapi.py" in reason_against(shop)
    assert f"locum trust {shop}" in reason_against(shop)

    locum("trust", shop)
    forget_modules()
    assert made() == "by another"


@pytest.mark.parametrize("change", ["added", "removed", "below", "settings"])
def test_every_kind_of_change_requires_new_trust(shop, change):
    (shop / "below").mkdir()
    (shop / "below" / "more.py").write_text("")
    trust_folder(shop)
    assert trusted_root(shop) == shop.resolve()

    if change == "added":
        (shop / "new.py").write_text("")
    elif change == "removed":
        (shop / "people.py").unlink()
    elif change == "below":
        (shop / "below" / "more.py").write_text("1")
    else:
        (shop / "pyproject.toml").write_text("[tool.locum]\nhost = '0.0.0.0'\n")

    assert trusted_root(shop) is None


def test_changes_to_files_that_are_not_run_keep_the_trust(shop):
    trust_folder(shop)
    (shop / "openapi.yaml").write_text(DOCUMENT + "# more\n")
    (shop / "pyproject.toml").write_text("[project]\nname = 'shop'\n")
    (shop / ".venv").mkdir()
    (shop / ".venv" / "installed.py").write_text("")

    assert trusted_root(shop) == shop.resolve()


def test_changes_under_watch_keep_the_trust(shop):
    trust_folder(shop)
    allow_in_this_process([shop])
    (shop / "openapi.py").write_text(HANDLERS.replace("by hand", "anew"))

    assert made() == "anew"


def test_trust_does_not_extend_to_parent_or_sibling_folders(shop):
    inner, beside = shop / "inner", shop.parent / "shop-2"
    inner.mkdir()
    beside.mkdir()
    trust_folder(inner)

    assert trusted_root(inner) == inner.resolve()
    assert trusted_root(shop) is trusted_root(beside) is None


def test_trust_applies_to_the_real_folder_of_a_link(shop, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    link = tmp_path / "link"
    link.symlink_to(shop)
    trust_folder(link)
    link.unlink()
    link.symlink_to(other)

    assert trusted_root(link) is None
    assert trusted_root(shop) == shop.resolve()


def test_trust_is_listed_and_removed(shop):
    locum("trust")
    assert f"{shop}: unchanged" in locum("trust", "--list").stdout
    (shop / "new.py").write_text("")
    assert "changed since: new.py" in locum("trust", "--list").stdout

    assert locum("trust", "--remove").exit_code == 0
    assert locum("trust", "--list").stdout == "No folder is trusted.\n"
    assert locum("trust", "--remove").exit_code == 1


def test_a_trust_list_that_others_can_write_is_ignored(shop, home):
    trust_folder(shop)
    (home / "state" / "locum" / "trust.json").chmod(0o666)

    assert trusted_folders() == []


@pytest.mark.parametrize("content", ["", "[]", "{", '{"/": 1}', '{"/": null, "": {}}', "[" * 100_000])
def test_a_damaged_trust_list_is_ignored(shop, home, content):
    trust_folder(shop)
    (home / "state" / "locum" / "trust.json").write_text(content)

    assert trusted_root(shop) is None


def test_init_writes_stubs_and_trusts_nothing(shop):
    (shop / "openapi.py").unlink()
    done = locum("init", "openapi.yaml")

    assert done.exit_code == 0
    assert "--handlers" in done.stderr
    assert not ran(shop)
    assert trusted_folders() == []


# Settings


def test_an_untrusted_project_file_has_only_harmless_settings_and_the_others_are_reported(shop):
    doors = {
        "handlers": '"."',
        "host": '"0.0.0.0"',
        "cors": '"*"',
        "jwt-secret": '"a secret of the stranger, long enough"',
        "control-token": '"known"',
        "signing-key": '"key.pem"',
        "redirect-uri": '"https://evil.example/"',
        "allow-refs": "true",
        "state": '"/tmp/state"',
        "fixture": '"f"',
        "max-records": "1000000000",
        "max-body": "1000000000",
        "max-worlds": "1000000000",
        "specs": '"../secret.yaml"',
        "overlay": '"http://127.0.0.1:9/o.yaml"',
    }
    lines = [f"{name} = {value}" for name, value in {**doors, "seed": "7", "auth": '"any"'}.items()]
    (shop / "pyproject.toml").write_text("[tool.locum]\n" + "\n".join(lines))
    seen = {}

    def run(settings, **_):
        seen["settings"] = settings

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("locum.server.uvicorn_server.run", run)
        done = locum("serve")

    settings, usual = seen["settings"], Settings()
    for name in doors:
        key = name.replace("-", "_")
        assert getattr(settings, key) == getattr(usual, key), name
        assert name in done.stderr
    assert "locum trust" in done.stderr
    assert (settings.seed, settings.auth.value) == (7, "any")


def test_a_trusted_project_file_sets_all_but_handlers_elsewhere_that_are_not_trusted(shop, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (shop / "pyproject.toml").write_text(
        "[tool.locum]\nhandlers = '../elsewhere'\njwt-secret = 'long enough, and ours'\n"
    )
    locum("trust")
    with pytest.MonkeyPatch.context() as patch:
        seen = []
        patch.setattr("locum.server.uvicorn_server.run", lambda settings, **_: seen.append(settings))
        done = locum("serve")

    assert (seen[0].handlers, seen[0].jwt_secret) == (None, "long enough, and ours")
    assert "handlers" in done.stderr


@pytest.mark.parametrize("text", ["tool = 1", "tool = {locum = 2}", "a = " + "[" * 5000, "\x00"])
def test_a_damaged_project_file_is_reported_without_a_traceback(shop, text):
    (shop / "pyproject.toml").write_text(text)
    done = locum("check", "openapi.yaml")

    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert not ran(shop)


def test_hooks_of_an_untrusted_schemathesis_toml_are_not_imported(shop):
    pytest.importorskip("schemathesis", reason="locum verify needs the extra verify")
    (shop / "hooks.py").write_text(MARK.format(str(shop.parent / "mark")))
    (shop / "schemathesis.toml").write_text("hooks = './hooks.py'\n[[project]]\ntitle = 'Shop'\nhooks = 'hooks'\n")
    done = locum("verify", "openapi.yaml", "--phases", "examples", "--max-examples", "1")

    assert done.exit_code in {0, 1}, done.output
    assert not ran(shop)


# How handlers are loaded


@pytest.mark.parametrize("name", ["uvloop", "cryptography", "json", "locum", "typing", "handlers"])
def test_a_handler_folder_named_like_a_package_does_not_replace_it(tmp_path, monkeypatch, name):
    folder = tmp_path / name
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "openapi.yaml").write_text(DOCUMENT)
    (folder / f"{name}.py").write_text("raise RuntimeError('imported for the real one')")
    (folder / "openapi.py").write_text("import json, typing, uvloop, cryptography, locum\n" + HANDLERS)

    assert made(handlers=folder) == "by hand"
    real = sys.modules.get(name)
    assert real is None or not str(getattr(real, "__file__", "")).startswith(str(folder))
    assert str(folder) not in sys.path


def test_siblings_are_imported_relatively(shop):
    (shop / "people.py").write_text("NAME = 'by kin'\n")
    (shop / "__init__.py").unlink()
    (shop / "below").mkdir()
    (shop / "below" / "deep.py").write_text("from ..people import NAME\n")
    (shop / "openapi.py").write_text(
        HANDLERS.replace("'by hand'", "NAME").replace('"by hand"', "NAME") + "\nfrom .below.deep import NAME\n"
    )
    assert made(handlers=shop) == "by kin"


def test_an_absolute_import_of_a_sibling_is_explained(shop):
    (shop / "__init__.py").unlink()
    (shop / "openapi.py").write_text("from people import NAME\n")

    with pytest.raises(StartError, match=r"from \.people import NAME"):
        made(handlers=shop)


def test_bytecode_and_extension_modules_beside_the_source_never_run(shop):
    import py_compile

    trust_folder(shop)
    evil = shop.parent / "evil.py"
    evil.write_text(MARK.format(str(shop.parent / "evil-ran")))
    for name in ("openapi", "people", "__init__"):
        source = shop / f"{name}.py"
        cached = Path(
            py_compile.compile(str(evil), doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
        )
        target = shop / "__pycache__" / f"{name}.{sys.implementation.cache_tag}.pyc"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(cached.read_bytes())
        (shop / f"{name}.pyc").write_bytes(cached.read_bytes())
        assert source.exists()
    (shop / "openapi.abi3.so").write_bytes(b"\x7fELF")

    assert made() == "by hand"
    assert not (shop.parent / "evil-ran").exists()


@pytest.mark.parametrize(
    "code",
    [
        "raise SystemExit(0)",
        "import sys; sys.exit('gone')",
        "raise KeyboardInterrupt",
        "raise GeneratorExit",
        "import asyncio; raise asyncio.CancelledError",
        "class Own(BaseException): pass\nraise Own('x')",
        "1 / 0",
        "def (",
    ],
)
@pytest.mark.parametrize("where", ["openapi.py", "__init__.py"])
def test_any_exception_of_a_module_stops_the_start_with_a_message(shop, code, where):
    (shop / where).write_text(code)

    with pytest.raises(StartError, match="cannot be imported"):
        made(handlers=shop)


@pytest.mark.parametrize(
    "problem",
    [
        "SystemExit(3)",
        "KeyboardInterrupt",
        "GeneratorExit",
        "__import__('asyncio').CancelledError",
        "type('Own', (BaseException,), {})()",
    ],
)
def test_any_exception_of_a_handler_is_a_500_and_the_server_continues(shop, problem):
    (shop / "openapi.py").write_text(HANDLERS.replace('return {"made": "by hand"}', f"raise {problem}"))
    client = TestClient(
        create(Settings(specs=(shop / "openapi.yaml",), handlers=shop, cache=False)), base_url="http://localhost"
    )

    for _ in range(2):
        response = client.get("/toys")
        assert response.status_code == 500
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["code"] == "handler_failed"


def test_a_seed_that_exits_stops_the_start_with_a_message(shop):
    (shop / "openapi.py").write_text(HANDLERS.replace("accepts=None", "accepts=None, seed=lambda *_: exit(4)"))

    with pytest.raises(StartError, match="The seed function of openapi failed"):
        made(handlers=shop)


# Generated source

HOSTILE = '/a"""\nimport os; os.system("touch mark")\n"""/\\N{DASH}/\u202e/{class}/{1a}'
EVIL = {
    "openapi": "3.0.3",
    "info": {"title": 'T"""\nimport os\n"""\\', "version": "1"},
    "paths": {
        HOSTILE: {
            "get": {
                "operationId": 'class"\n):\n    import os\n#\\',
                "summary": 'Say """ and \\" and \x00\x1b[2J\\',
                "parameters": [
                    {"name": name, "in": where, "required": True, "schema": {"type": "string"}}
                    for name, where in [
                        ("class", "path"),
                        ("1a", "path"),
                        ("store", "query"),
                        ("body", "query"),
                        ("x\ny", "query"),
                        ("$", "query"),
                    ]
                ],
                "responses": {"200": {"description": "x"}},
            },
            "post": {"operationId": "class", "responses": {"204": {"description": "x"}}},
            "put": {"operationId": "1a", "responses": {"204": {"description": "x"}}},
            "delete": {"operationId": "stub", "responses": {"204": {"description": "x"}}},
            "patch": {"operationId": "api", "responses": {"204": {"description": "x"}}},
        }
    },
}


def test_stubs_of_a_hostile_document_contain_only_functions(tmp_path):
    (tmp_path / "evil.json").write_text(json.dumps(EVIL))
    done = locum("init", tmp_path / "evil.json", "--to", tmp_path / "mock")
    tree = ast.parse((tmp_path / "mock" / "evil.py").read_text())

    assert done.exit_code == 0, done.output
    kinds = {type(node) for node in tree.body}
    assert kinds == {ast.Expr, ast.ImportFrom, ast.Assign, ast.FunctionDef}
    assert [node.module for node in tree.body if isinstance(node, ast.ImportFrom)] == ["__future__", "typing", "locum"]
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert {"class_", "_1a", "stub_", "api_"} < {one.name for one in functions}
    assert all([type(part) for part in one.body] == [ast.Expr, ast.Raise] for one in functions)
    assert {"class_", "_1a"} <= {argument.arg for argument in functions[0].args.args}


@pytest.mark.parametrize(
    ("name", "python"), [("class", "class_"), ("1a", "_1a"), ("workflowId", "workflow_id"), ("None", "none")]
)
def test_argument_names_in_stubs_are_identifiers(name, python):
    assert snake_case(name) == python


def entry(**more):
    message = Message(headers={}, body=None)
    fields = {
        "number": 1,
        "at": 0.0,
        "method": "GET",
        "path": "/x",
        "request": message,
        "status": 200,
        "response": message,
    }
    return Entry(**{**fields, **more})


def test_an_exported_module_escapes_hostile_names():
    evil = "a\n    import os\n\u2028'\"\\"
    text = pytest_module(
        [entry(operation=evil, path=evil), entry(operation=evil, path=evil, status=0)], "http://127.0.0.1:1/'\"\\\n"
    )
    (test,) = [
        node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]

    assert not [node for node in ast.walk(test) if isinstance(node, ast.Import)]


def test_curl_lines_quote_hostile_texts():
    import shlex

    evil = "$(touch mark);`id`'\"\n&"
    shown = Shown(method=evil, url=f"http://h/{evil}", headers={"x": evil}, body=b"")
    for line in (curl_of(shown), curl(entry(method=evil, path=f"/{evil}"), "http://h")):
        assert evil in shlex.split(line)
        assert f"http://h/{evil}" in shlex.split(line)


def test_the_greeting_quotes_the_path_and_the_header_of_a_hostile_document(tmp_path):
    import shlex

    document = {
        "openapi": "3.0.3",
        "info": {"title": "T\x1b[2J", "version": "1"},
        "security": [{"k": []}],
        "components": {"securitySchemes": {"k": {"type": "apiKey", "in": "header", "name": "X'; touch mark; '"}}},
        "paths": {"/a;touch mark;$(id)": {"get": {"responses": {"200": {"description": "x"}}}}},
    }
    (tmp_path / "a.json").write_text(json.dumps(document))
    settings = Settings(specs=(tmp_path / "a.json",), cache=False)
    greeting = greeting_of(create(settings), settings, 1)
    line = greeting[greeting.index("curl ") :].strip().replace("\\\n", " ")

    assert "http://127.0.0.1:1/a;touch mark;$(id)" in shlex.split(line)
    assert ";" not in "".join(part for part in shlex.split(line) if part in {";", "touch", "mark"})
    assert "\x1b[2J" not in greeting

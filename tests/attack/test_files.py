"""Special files: FIFOs, devices, links, damaged entries, and folders of other users."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from locum import files
from locum.cli import main
from locum.cli.coverage import write_coverage
from locum.cli.verify_options import write_report
from locum.errors import ApiError, Conflict
from locum.files import (
    Locked,
    NotReadable,
    PlaceLock,
    append_file,
    default_cache,
    read_file,
    replace_file,
    state_folder,
)
from locum.oidc.keys import SigningKeys
from locum.openapi.load.documents import read
from locum.openapi.load.files import BadDocument, recall, remember
from locum.server.uvicorn_server import Busy, run
from locum.settings import Settings
from locum.verify.drift import UnreadableScenario, read_scenario
from locum.verify.engine.configuration import configured_credentials
from locum.verify.plans import Plan
from locum.verify.scenarios.arazzo import read_scenarios
from locum.world.fixtures import Fixtures
from tests.conftest import ROOT

DOCUMENT = "openapi: 3.0.3\ninfo: {title: A, version: '1'}\npaths: {}\n"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="FIFOs, permissions and flock are of POSIX")


@pytest.fixture(autouse=True)
def alarm():
    """A read that blocks is a failure, not a wait."""

    def late(*_):
        raise AssertionError("it blocked")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(30)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    place = tmp_path_factory.mktemp("home")
    for name in ("STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(place / name.lower()))
    return place


def fifo(path):
    os.mkfifo(path)


def device(path):
    path.symlink_to("/dev/zero")


def folder(path):
    path.mkdir()


def dangling(path):
    path.symlink_to(path.with_name("nowhere"))


def loop(path):
    path.symlink_to(path)


def huge(path):
    with path.open("wb") as file:
        file.truncate(files.MOST_BYTES + 1)


SPECIAL_FILES = [fifo, device, folder, dangling, loop, huge]


def locum(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)))


def clean(done):
    """Check that a command ended with a message and without a traceback."""
    return done.exit_code == 2 and isinstance(done.exception, SystemExit) and done.stderr.strip()


# Reading


@pytest.mark.parametrize("special_file", SPECIAL_FILES)
def test_only_regular_files_of_limited_size_are_read(tmp_path, special_file):
    special_file(tmp_path / "a.yaml")

    with pytest.raises(OSError, match=r"\S") as problem:
        read_file(tmp_path / "a.yaml")
    assert problem.value.strerror
    with pytest.raises(BadDocument, match=r"a\.yaml: cannot be read \("):
        read(tmp_path / "a.yaml", None)


@pytest.mark.parametrize("special_file", SPECIAL_FILES)
def test_a_reference_to_such_a_file_is_unresolved(tmp_path, special_file):
    special_file(tmp_path / "part.yaml")
    (tmp_path / "a.yaml").write_text(DOCUMENT.replace("{}", "{/x: {$ref: part.yaml}}"))

    assert read(tmp_path / "a.yaml", None).title == "A"


@pytest.mark.parametrize("name", ["a\0b", "a%00b", "x" * 5000, "/dev/zero", "../../../../etc/passwd"])
def test_a_reference_to_an_invalid_file_name_is_unresolved(tmp_path, name):
    document = {"openapi": "3.0.3", "info": {"title": "A", "version": "1"}, "paths": {"/x": {"$ref": name}}}
    (tmp_path / "a.json").write_text(json.dumps(document))

    assert read(tmp_path / "a.json", None, allow_refs=name.startswith("/dev")).title == "A"


@pytest.mark.parametrize("special_file", SPECIAL_FILES)
def test_an_external_example_in_such_a_file_is_not_used(tmp_path, special_file):
    special_file(tmp_path / "x.txt")
    media = "{text/plain: {examples: {a: {externalValue: x.txt}}}}"
    paths = f"{{/x: {{get: {{responses: {{'200': {{description: d, content: {media}}}}}}}}}}}"
    (tmp_path / "a.yaml").write_text(DOCUMENT.replace("{}", paths))

    assert read(tmp_path / "a.yaml", None).title == "A"


@pytest.mark.parametrize("special_file", SPECIAL_FILES)
@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "{odd}"),
        ("check", "{good}", "--overlay", "{odd}"),
        ("coverage", "{odd}"),
        ("token", "--signing-key", "{odd}", "--issuer", "http://127.0.0.1:4010/__locum/oidc"),
    ],
    ids=["document", "overlay", "coverage", "key"],
)
def test_commands_report_that_such_a_file_cannot_be_read(tmp_path, special_file, arguments):
    special_file(tmp_path / "odd.yaml")
    (tmp_path / "good.yaml").write_text(DOCUMENT)
    names = {"odd": tmp_path / "odd.yaml", "good": tmp_path / "good.yaml"}

    assert clean(locum(*(argument.format(**names) for argument in arguments)))


@pytest.mark.parametrize("special_file", SPECIAL_FILES)
def test_such_archives_scenarios_fixtures_and_configurations_are_errors(tmp_path, special_file):
    place = tmp_path / "odd.json"
    special_file(place)

    with pytest.raises(UnreadableScenario):
        read_scenario(place)
    with pytest.raises(BadDocument):
        read_scenarios(place, [])
    assert configured_credentials(Plan(base_url="", configuration=place)) == ()
    if special_file not in {dangling, folder}:  # no file yet, or a folder of that name
        with pytest.raises(Conflict):
            Fixtures(place).names()
    if special_file is not dangling:
        with pytest.raises(ApiError):
            Fixtures(tmp_path).get("odd")
    with pytest.raises(ApiError):
        SigningKeys(given=place).known()


def test_a_folder_with_such_files_is_served_without_them(tmp_path):
    (tmp_path / "good.yaml").write_text(DOCUMENT)
    fifo(tmp_path / "b.yaml")
    folder(tmp_path / "c.yaml")
    dangling(tmp_path / "d.yaml")
    fifo(tmp_path / "pyproject.toml")

    assert locum("check", tmp_path).exit_code == 0


def test_a_project_file_that_is_a_fifo_is_reported(tmp_path, monkeypatch):
    fifo(tmp_path / "pyproject.toml")
    monkeypatch.chdir(tmp_path)

    assert clean(locum("check"))


def test_only_the_module_of_files_opens_files():
    """Reading and writing go through locum/files.py; other reads are of files in the package."""
    ours = {
        "locum/files.py",
        "locum/openapi/lint/structure.py",
        "locum/control/documentation.py",
        "locum/control/inspector/__init__.py",
        "locum/oidc/authorization.py",
        "locum/review/git.py",  # a temporary folder for the files of a revision
        "locum/review/runs.py",  # the output of the user's own command, in a temporary folder
    }
    words = (".read_text(encoding", ".read_bytes()", ".write_text(", ".write_bytes(", " open(", '.open("', "tempfile")
    found = {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "locum").rglob("*.py")
        if any(text in file.read_text() for text in words)
    }

    assert found - ours == set()


# Writing


def link(path):
    path.with_name("victim").write_text("precious")
    path.symlink_to(path.with_name("victim"))


@pytest.mark.parametrize("special_file", [link, dangling, fifo, device, folder])
@pytest.mark.parametrize(
    "write",
    [
        lambda path: replace_file(path, "x"),
        lambda path: append_file(path, "x"),
        lambda path: write_coverage(path, []),
        lambda path: write_report(path, "x"),
    ],
    ids=["replace", "append", "coverage", "report"],
)
def test_writing_follows_no_link_and_replaces_no_device(tmp_path, special_file, write):
    path = tmp_path / "report.json"
    special_file(path)
    before = path.lstat()

    with pytest.raises((OSError, SystemExit)):
        write(path)
    after = path.lstat()
    assert (after.st_mode, after.st_ino) == (before.st_mode, before.st_ino)
    assert not (tmp_path / "nowhere").exists()
    assert special_file is not link or (tmp_path / "victim").read_text() == "precious"
    assert not list(tmp_path.glob(".locum-*"))


@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.parametrize("special_file", [link, dangling])
def test_init_follows_no_link(tmp_path, special_file, force):
    (tmp_path / "a.yaml").write_text(DOCUMENT)
    special_file(tmp_path / "a.py")

    assert clean(locum("init", tmp_path / "a.yaml", *force))
    assert (tmp_path / "a.py").is_symlink()
    assert not (tmp_path / "nowhere").exists()
    assert special_file is not link or (tmp_path / "victim").read_text() == "precious"


@pytest.mark.parametrize("special_file", [link, dangling])
def test_a_fixture_follows_no_link(tmp_path, special_file):
    special_file(tmp_path / "a.json")

    with pytest.raises(Conflict):
        Fixtures(tmp_path).keep("a", {})
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("step", ["pathlib.Path.replace", "os.fdopen"])
def test_no_unfinished_file_stays_after_a_failure(tmp_path, monkeypatch, step):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    replace_file(tmp_path / "a", "before")
    monkeypatch.setattr(step, full)
    with pytest.raises(OSError, match="No space"):
        replace_file(tmp_path / "a", "after")
    monkeypatch.undo()

    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "before"


def test_files_left_by_a_killed_process_are_removed_by_the_next(tmp_path):
    old, new = tmp_path / ".locum-0.tmp", tmp_path / ".locum-1.tmp"
    old.touch()
    new.touch()
    os.utime(old, (time.time() - 3600,) * 2)
    with PlaceLock(tmp_path):
        assert (old.exists(), new.exists()) == (False, True)


def test_state_and_secrets_are_readable_only_by_their_owner(tmp_path, home):
    before = os.umask(0)
    try:
        Fixtures(tmp_path / "state").keep("a", {})
        SigningKeys().own()
        remember(default_cache(), "entry", b"data")
        CliRunner().invoke(main, ["trust", str(tmp_path)])
    finally:
        os.umask(before)
    places = [tmp_path / "state", state_folder(), default_cache()]
    for place in places:
        assert stat.S_IMODE(place.stat().st_mode) == 0o700, place
        for file in place.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_a_report_keeps_the_permissions_of_its_file(tmp_path):
    (tmp_path / "a").touch(mode=0o640)
    (tmp_path / "a").chmod(0o640)
    replace_file(tmp_path / "a", "x")

    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


# The signing key


def test_a_signing_key_readable_by_others_is_closed_and_a_writable_one_is_rejected(tmp_path):
    kid = SigningKeys(folder=tmp_path).own().kid
    place = tmp_path / "signing-key.pem"
    place.chmod(0o644)
    assert SigningKeys(folder=tmp_path).own().kid == kid
    assert stat.S_IMODE(place.stat().st_mode) == 0o600

    place.chmod(0o666)
    with pytest.raises(ApiError, match="others may write"):
        SigningKeys(folder=tmp_path).own()


def test_a_signing_key_behind_a_link_is_rejected(tmp_path):
    own, elsewhere = tmp_path / "own", tmp_path / "elsewhere"
    SigningKeys(folder=elsewhere).own()
    own.mkdir()
    (own / "signing-key.pem").symlink_to(elsewhere / "signing-key.pem")

    with pytest.raises(ApiError, match="symbolic link"):
        SigningKeys(folder=own).own()


# Two servers


def test_a_second_server_on_the_same_state_is_rejected_with_a_message(tmp_path):
    for place in (tmp_path / "state", tmp_path / "state.json"):
        with PlaceLock(place), pytest.raises(Busy, match=rf"{place.name}: another server \(process {os.getpid()}\)"):
            run(Settings(state=place, port=0, cache=False))
        with PlaceLock(place):
            pass  # it was released
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
    assert list((tmp_path / "state").iterdir()) == []


def test_a_lock_ends_with_its_process_even_if_its_file_stays(tmp_path):
    code = (
        "import os, signal; from pathlib import Path; from locum.files import PlaceLock\n"
        f"PlaceLock(Path({str(tmp_path)!r})).__enter__(); print('held', flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "held\n", done.stderr
    assert (tmp_path / ".locum.lock").exists()

    with PlaceLock(tmp_path), pytest.raises(Locked), PlaceLock(tmp_path):
        pass


def test_a_lock_follows_no_link(tmp_path):
    (tmp_path / "victim").write_text("precious")
    (tmp_path / ".locum.lock").symlink_to(tmp_path / "victim")
    with PlaceLock(tmp_path):
        assert (tmp_path / "victim").read_text() == "precious"


# The cache


def parsed(place, cache):
    return read(place, cache).content


def poisoned(entry):
    entry.write_bytes(entry.read_bytes().replace(b'"A"', b'"B"'))


def swapped(entry):
    """Replace an entry by a complete one with another name."""
    remember(entry.parent, "other", json.dumps({"openapi": "3.0.3", "info": {"title": "B"}}).encode())
    (entry.parent / "other").replace(entry)


def linked(entry):
    target = entry.parent.parent / "target"
    entry.replace(target)
    entry.symlink_to(target)


DAMAGES = {
    "truncated": lambda entry: entry.write_bytes(entry.read_bytes()[:-1]),
    "empty": lambda entry: entry.write_bytes(b""),
    "poisoned": poisoned,
    "another type": lambda entry: entry.write_bytes(b"[1]"),
    "a pickle": lambda entry: entry.write_bytes(b"cos\nsystem\n(S'touch mark'\ntR."),
    "of another name": swapped,
    "a link": linked,
    "writable by all": lambda entry: entry.chmod(0o666),
    "a FIFO": lambda entry: (entry.unlink(), os.mkfifo(entry)),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_cache_entry_is_rebuilt(tmp_path, damage):
    place, cache = tmp_path / "a.yaml", tmp_path / "cache"
    place.write_text(DOCUMENT)
    first = parsed(place, cache)
    (entry,) = cache.iterdir()
    whole = entry.read_bytes()
    damage(entry)

    assert recall(cache, entry.name) is None
    assert parsed(place, cache) == first
    assert entry.read_bytes() == whole
    assert stat.S_IMODE(entry.lstat().st_mode) == 0o600
    assert not entry.is_symlink()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("what", ["entry", "folder"])
def test_a_cache_of_another_user_is_not_used(tmp_path, what):
    remember(tmp_path / "cache", "name", b"data")
    os.chown(tmp_path / "cache" / "name" if what == "entry" else tmp_path / "cache", 12345, 12345)

    assert recall(tmp_path / "cache", "name") is None


def test_a_world_writable_cache_folder_is_not_read_and_is_then_closed(tmp_path):
    cache = tmp_path / "cache"
    remember(cache, "name", b"data")
    cache.chmod(0o777)
    assert recall(cache, "name") is None

    remember(cache, "other", b"more")
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert recall(cache, "other") == b"more"


@pytest.mark.parametrize("relative", ["cache", "./x", "../up", ""])
def test_a_relative_folder_of_the_environment_is_ignored(monkeypatch, relative):
    monkeypatch.setenv("XDG_CACHE_HOME", relative)
    monkeypatch.setenv("XDG_STATE_HOME", relative)

    assert default_cache() == Path.home() / ".cache" / "locum"
    assert state_folder().is_absolute()


def test_an_unusable_file_has_a_message(tmp_path):
    os.mkfifo(tmp_path / "f")

    with pytest.raises(NotReadable, match="it is a FIFO, not a regular file"):
        read_file(tmp_path / "f")

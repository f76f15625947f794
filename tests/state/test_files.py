"""The file of a state folder: what is refused, what a full disk does, and the commands about it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.request

import pytest
from click.testing import CliRunner

from locum.cli import main
from locum.files import PlaceLock
from locum.server.application import create
from locum.server.handlers import StartError
from locum.settings import Settings
from locum.state.engine import Batch
from locum.state.sqlite import FILE
from tests.conftest import ROOT, token
from tests.state.running import Running, killed, running
from tests.state.test_restarts import SHOP, created

NAME = {"name": "Kept", "permissions": ["sites:read"]}


def of_another_program(path):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (a)")


def of_a_later_version(path):
    create(Settings(cache=False, state=path.parent, keeps_worlds=True)).worlds.close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")


def torn(path):
    with running(path.parent) as server:
        for number in range(20):
            created(server, world=f"w{number}")
    data = path.read_bytes()
    path.write_bytes(data[:5000] + os.urandom(4000) + data[9000:])


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda path: path.write_bytes(b"no database at all, but long enough to look at " * 40), "not a database"),
        (of_another_program, "a database of another program"),
        (of_a_later_version, "version 99 of the format, and this locum reads 1"),
        (torn, "It was not changed. Restore it from a copy"),
        (lambda path: path.mkdir(), "not a regular file"),
        (lambda path: path.symlink_to(path.parent / "elsewhere"), "not a regular file"),
    ],
)
def test_what_is_no_state_of_this_locum_is_refused_and_not_changed(spoil, sentence, tmp_path):
    place = tmp_path / FILE
    spoil(place)
    before = place.read_bytes() if place.is_file() else None

    with pytest.raises(StartError) as refused:
        create(Settings(cache=False, state=tmp_path, keeps_worlds=True))
    assert sentence in refused.value.sentences[0]
    assert before is None or place.read_bytes() == before


def test_the_file_is_private_and_without_a_folder_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with running(tmp_path / "new" / "state") as server:
        created(server)
    assert (tmp_path / "new" / "state" / FILE).stat().st_mode & 0o777 == 0o600
    with running(None) as server:
        created(server)
    assert [one.name for one in tmp_path.iterdir()] == ["new"]


def test_a_world_that_does_not_fit_the_documents_is_reported_and_kept(tmp_path):
    document = tmp_path / "shop.yaml"
    document.write_text(SHOP.read_text())
    state = tmp_path / "state"
    with running(state, specs=(document,)) as server:
        for world in (None, "other"):
            assert server("POST", "/products", {"name": "Kite", "price": 5}, world)[0] == 201
    before = json.loads(CliRunner().invoke(main, ["state", "export", str(state), "other", str(document)]).output)
    with pytest.raises(StartError, match=r"The world default was stored by another version"):
        Running(state)
    with running(state, specs=(document,)) as server:
        assert server("GET", "/products?limit=100", None, "other")[0] == 200
    assert (
        json.loads(CliRunner().invoke(main, ["state", "export", str(state), "other", str(document)]).output)["tables"]
        == before["tables"]
    )


def test_a_response_whose_effects_cannot_be_stored_is_a_503_and_they_are_stored_later(tmp_path, caplog):
    with killed(tmp_path) as server:
        created(server, "Before")
        # As a full disk: SQLite's own limit on the size of the file.
        execute = server.worlds._engine._connection.execute
        (pages,) = execute("PRAGMA page_count").fetchone()
        execute(f"PRAGMA max_page_count = {pages}")
        answers = [server("POST", "/api/keys", {**NAME, "name": f"Long {'n' * 50} {number}"}) for number in range(60)]
        failed = [body for status, body in answers if status == 503]
        assert failed
        assert "cannot be stored" in failed[0]["detail"]
        assert "full" in failed[0]["detail"]
        execute("PRAGMA max_page_count = 1000000")
        assert server("GET", "/api/keys")[0] == 200
    assert len([record for record in caplog.records if "cannot be stored" in record.message]) == 1
    with running(tmp_path) as server:
        assert len(server("GET", "/api/keys")[1]) >= 60


def test_state_commands(tmp_path):
    def state(*words):
        result = CliRunner().invoke(main, ["state", *map(str, words)])
        assert "Traceback" not in result.output
        return result

    folder, file = tmp_path / "state", tmp_path / "world.json"
    assert "no worlds are stored here" in state("ls", folder).output
    with running(folder) as server:
        created(server, "Exported", "a")
        created(server, "In default")
        created(server, world="b")
    assert re.search(r"^a +\d+ +1 ", state("ls", folder).output, re.MULTILINE)
    assert state("export", folder, "a", "--to", file).exit_code == 0
    assert state("export", folder, "none").exit_code == 2
    assert '"In default"' in state("export", folder, "default").output
    assert state("import", folder, file, "--world", "c").exit_code == 0
    assert "cannot be read as JSON" in state("import", folder, SHOP).output
    assert "is not a duration" in state("gc", folder, "--unused", "soon").output
    assert state("gc", folder, "--unused", "1d").output == "0 worlds deleted.\n"
    with running(folder) as server:
        assert "Exported" in [key["name"] for key in server("GET", "/api/keys", world="c")[1]]
    with contextlib.closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
        connection.execute("UPDATE worlds SET used = 0 WHERE name = 'b'")
    with PlaceLock(folder):
        assert state("ls", folder).exit_code == 0
    assert state("gc", folder, "--unused", "1d").output == "1 world deleted.\n"
    assert "b" not in state("ls", folder).output.split()


def test_snapshots_that_no_world_needs_are_deleted(tmp_path):
    with killed(tmp_path) as server:
        for number in range(4):
            created(server, world="a")
            server("POST", "/__locum/worlds/a/fork", {"into": f"b{number}"})
            server("DELETE", f"/__locum/worlds/b{number}")
        server.worlds.store()
        (count,) = server.worlds._engine._connection.execute("SELECT count(*) FROM snapshots").fetchone()
        assert count <= 2
        server.worlds._engine.commit(Batch(dropped=["a", "default"]))
        assert server.worlds._engine._connection.execute("SELECT count(*) FROM snapshots").fetchone() == (0,)


def test_long_sessions_are_compacted(tmp_path, monkeypatch):
    monkeypatch.setattr("locum.state.worlds._COMPACTED", 2000)
    with killed(tmp_path, specs=(SHOP,)) as server:
        for number in range(30):
            server("POST", "/products", {"name": f"P{number}", "price": 1}, "a")
        listed = server("GET", "/products?limit=100", None, "a")
        (count,) = server.worlds._engine._connection.execute("SELECT count(*) FROM effects").fetchone()
        assert count < 30
    with running(tmp_path, specs=(SHOP,)) as server:
        assert server("GET", "/products?limit=100", None, "a") == listed


def test_kill_minus_nine_loses_no_answered_request(tmp_path):
    command = [sys.executable, "-m", "locum", "serve", "--port", "0", "--state", str(tmp_path), "--durability", "full"]

    def serve():
        process = subprocess.Popen([*command, "-q"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        return process, next(line.split()[-1] for line in process.stdout if "http://" in line)

    def ask(url, body=None):
        headers = {"Authorization": "Bearer " + token(), "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(url + "/api/keys", data, headers), timeout=30) as reply:
            return json.loads(reply.read())

    process, url = serve()
    for number in range(5):
        ask(url, {**NAME, "name": f"Kept {number}"})
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    process, url = serve()
    try:
        assert {f"Kept {number}" for number in range(5)} <= {key["name"] for key in ask(url)}
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert second.returncode != 0
        assert "is used by" in second.stderr or "another" in second.stderr
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)

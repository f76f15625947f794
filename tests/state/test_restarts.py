"""What was answered survives: records, clocks, identifiers, faults, preferences, origins and journals."""

from __future__ import annotations

import random

import pytest

from locum.server.application import create
from tests.conftest import ROOT, bearer
from tests.state.running import Running, killed, running

SHOP = ROOT / "docs" / "examples" / "shop.yaml"
ENDS = pytest.mark.parametrize("ended", [running, killed], ids=["stopped", "killed"])


def created(server, name="Key", world=None):
    status, body = server("POST", "/api/keys", {"name": name, "permissions": ["sites:read"]}, world)
    assert status == 201, body
    return body


def id_of(server, name, world=None):
    return next(key["id"] for key in server("GET", "/api/keys", world=world)[1] if key["name"] == name)


@ENDS
def test_records_clocks_and_identifiers_go_on(ended, tmp_path):
    with ended(tmp_path / "one") as server:
        key = created(server, world="a")
        created(server, "Gone", "a")
        gone = id_of(server, "Gone", "a")
        server("DELETE", f"/api/keys/{gone}", world="a")
    with ended(tmp_path / "one") as server:
        listed = server("GET", "/api/keys", world="a")
        after = created(server, world="a")
    with running(tmp_path / "other") as server:  # the same without a restart
        assert created(server, world="a") == key
        created(server, "Gone", "a")
        assert id_of(server, "Gone", "a") == gone
        server("DELETE", f"/api/keys/{gone}", world="a")
        assert (server("GET", "/api/keys", world="a"), created(server, world="a")) == (listed, after)


@ENDS
def test_faults_preferences_validation_and_clocks_go_on(ended, tmp_path):
    with ended(tmp_path) as server:
        server("POST", "/__locum/faults?world=a", {"text": "operation=listApiKeys, status=503, times=2"})
        assert server("GET", "/api/keys", world="a")[0] == 503
        server("PUT", "/__locum/preferences/getApiKey?world=a", {"prefer": "code=404"})
        server("POST", "/__locum/clock/freeze?world=a")
        before = server("GET", "/__locum/clock?world=a"), server("GET", "/__locum/preferences?world=a")
    with ended(tmp_path) as server:
        assert (server("GET", "/__locum/clock?world=a"), server("GET", "/__locum/preferences?world=a")) == before
        assert [server("GET", "/api/keys", world="a")[0] for _ in range(2)] == [503, 200]


@ENDS
def test_a_reset_returns_to_the_state_of_the_fork_the_snapshot_or_the_seed(ended, tmp_path):
    with ended(tmp_path) as server:
        created(server, "Forked", "a")
        server("POST", "/__locum/worlds/a/fork", {"into": "b"})
        created(server, "Later", "b")
        server("POST", "/__locum/worlds", {"name": "c", "seed": 7})
        seeded = server("GET", "/api/keys", world="c")[1]
        created(server, "Other", "c")
        server("POST", "/__locum/worlds/a/reset")
    with ended(tmp_path) as server:
        names = [key["name"] for key in server("GET", "/api/keys", world="b")[1]]
        assert {"Forked", "Later"} <= set(names)
        for world in "bc":
            server("POST", f"/__locum/worlds/{world}/reset")
        assert [key["name"] for key in server("GET", "/api/keys", world="b")[1]] == [
            name for name in names if name != "Later"
        ]
        assert server("GET", "/api/keys", world="c")[1] == seeded
        assert "Forked" not in [key["name"] for key in server("GET", "/api/keys", world="a")[1]]


@ENDS
def test_a_dropped_world_does_not_come_back(ended, tmp_path):
    with ended(tmp_path) as server:
        created(server, "Dropped", "a")
        server("DELETE", "/__locum/worlds/a")
        created(server, "Default")
        server("DELETE", "/__locum/worlds/default")
    with ended(tmp_path) as server:
        for world in ("a", "default"):
            names = [key["name"] for key in server("GET", "/api/keys", world=world)[1]]
            assert not {"Dropped", "Default"} & set(names)


def test_the_tail_of_the_journal_is_shown_without_secrets_and_cannot_be_sent_again(tmp_path):
    with running(tmp_path) as server:
        for _ in range(3):
            server("GET", "/api/keys", world="a")
        shown = server("GET", "/__locum/journal?world=a")[1]
    data = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert bearer()["Authorization"].encode() not in data
    with running(tmp_path) as server:
        assert server("GET", "/__locum/journal?world=a")[1] == shown
        status, error = server("POST", "/__locum/requests?world=a", {"repeats": 1})
        assert (status, error["code"]) == (409, "entry_without_secrets")
        server("GET", "/api/keys", world="a")
        assert server("GET", "/__locum/journal?world=a")[1][-1]["number"] == 4


def test_worlds_are_listed_and_loaded_when_they_are_asked_for(tmp_path):
    with running(tmp_path) as server:
        for number in range(3):
            created(server, world=f"w{number}")
    with running(tmp_path) as server:
        assert {world.name for world in server.worlds.all()} == {"default"}
        assert server("GET", "/api/keys", world="w1")[0] == 200
        assert {world.name for world in server.worlds.all()} == {"default", "w1"}
        assert {found["name"] for found in server("GET", "/__locum/worlds")[1]} == {"default", "w0", "w1", "w2"}
        assert server("POST", "/__locum/worlds", {"name": "w2"})[0] == 409


def test_idle_worlds_leave_memory_and_make_room_only_when_there_are_too_many(tmp_path):
    with killed(tmp_path, max_worlds=3, world_idle=1000.0) as server:
        for number in range(2):
            created(server, f"Key {number}", f"w{number}")
        assert server("GET", "/api/keys", world="w2")[0] == 429
        now = server.worlds._monotonic() + 2000
        server.worlds._monotonic = lambda: now
        server.worlds.all()
        assert "w0" not in server.worlds._worlds
        assert "Key 0" in [key["name"] for key in server("GET", "/api/keys", world="w0")[1]]
        later = server.worlds._machine() + 2000
        server.worlds._machine = lambda: later
        assert server("GET", "/api/keys", world="w2")[0] == 200  # w1, idle for the longest time, was deleted
        assert "Key 1" not in [key["name"] for key in server("GET", "/api/keys", world="w0")[1]]
        assert "w1" not in {found["name"] for found in server("GET", "/__locum/worlds")[1]}


def test_a_reloaded_application_goes_on_with_the_same_file(tmp_path):
    from locum.server.reloading import _take_over

    server = Running(tmp_path)
    created(server, "Before", "a")
    successor = create(server.settings)
    _take_over(successor, server.application)
    server.application = successor
    created_later = [key["name"] for key in server("GET", "/api/keys", world="a")[1]]
    successor.worlds.close()
    assert "Before" in created_later
    with running(tmp_path) as again:
        assert "Before" in [key["name"] for key in again("GET", "/api/keys", world="a")[1]]


def any_request(choose, ids, world):
    """Return some request: method, path, body, and its world if that is not in the path."""
    one, price = choose.choice(ids), choose.randrange(1, 99)
    if choose.random() < 0.15:
        fault = {"text": "status=500, probability=0.3, times=3"}
        return choose.choice(
            [
                ("POST", f"/__locum/worlds/{world}/reset"),
                ("POST", f"/__locum/clock/advance?world={world}", {"by": f"{price}m"}),
                ("DELETE", f"/__locum/worlds/{world}"),
                ("POST", f"/__locum/faults?world={world}", fault),
            ]
        )
    return choose.choice(
        [
            ("POST", "/products", {"name": f"P{price}", "price": price}, world),
            ("GET", "/products?limit=5", None, world),
            ("PATCH", f"/products/{one}", {"price": price}, world),
            ("DELETE", f"/products/{one}", None, world),
            ("GET", f"/products/{one}", None, world),
        ]
    )


@ENDS
@pytest.mark.parametrize("seed", range(2))
def test_a_random_session_with_restarts_equals_one_without(ended, seed, tmp_path):
    choose = random.Random(seed)
    plain = Running(None, specs=(SHOP,))
    for _ in range(3):
        with ended(tmp_path, specs=(SHOP,)) as stored:
            for _ in range(25):
                world = choose.choice("abc")
                listed = plain("GET", "/products?limit=50", None, world)[1]
                stored("GET", "/products?limit=50", None, world)
                found = (
                    listed
                    if isinstance(listed, list)
                    else next((value for value in (listed or {}).values() if isinstance(value, list)), [])
                )
                ids = [str(one["id"]) for one in found if "id" in one] or ["1"]
                sent = any_request(choose, ids, world)
                assert stored(*sent) == plain(*sent), sent

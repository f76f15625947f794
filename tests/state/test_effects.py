"""What is easily lost: the ends of journals, sign-ins, long integers, the order of records, and worlds that do not fit."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import pytest

from locum.oidc.token_endpoint import Session, keep
from locum.server.application import create
from locum.server.reloading import _take_over
from locum.server.uvicorn_server import Background
from locum.settings import settings_of
from locum.state.effects import _change, apply_effects, effects_since, remember
from locum.world.record_types import register
from locum.world.worlds import Worlds
from tests.state.running import Running, killed, running
from tests.state.test_restarts import SHOP


def test_servers_in_other_programs_keep_no_worlds(tmp_path):
    server = Background(settings_of({"specs": [SHOP], "state": tmp_path, "cache": False}))
    server.stop()
    assert not list(tmp_path.iterdir())


def journal_of(server):
    return [(entry["number"], entry["path"]) for entry in server("GET", "/__locum/journal?world=a")[1]]


def request(server, count, name):
    for number in range(count):
        server("GET", f"/products?{name}={number}", world="a")


@pytest.mark.parametrize("before", [2, 3, 5])
@pytest.mark.parametrize("control", [("POST", "/__locum/worlds/a/reset"), ("DELETE", "/__locum/journal?world=a")])
def test_entries_from_before_a_reset_or_a_clearing_do_not_come_back(control, before, tmp_path):
    with running(tmp_path, specs=(SHOP,)) as server:
        request(server, before, "before")
    with running(tmp_path, specs=(SHOP,)) as server:
        assert len(journal_of(server)) == before
        server(*control)
        assert not journal_of(server)
    with running(tmp_path, specs=(SHOP,)) as server:
        assert not journal_of(server)
        request(server, 3, "after")
        shown = journal_of(server)
    with running(tmp_path, specs=(SHOP,)) as server:
        assert [path for _, path in shown] == [f"/products?after={number}" for number in range(3)]
        assert journal_of(server) == shown


def test_a_journal_goes_on_after_its_latest_stored_entry(tmp_path):
    server = Running(tmp_path, specs=(SHOP,))
    later = server.worlds._monotonic()
    for pause, count in ((0, 30), (10, 0), (10, 5)):  # it is quiet, its journal is stored, and then it is killed
        server.worlds._monotonic = lambda now=later + pause: now
        request(server, count, "busy")
        server.worlds.store()
    server.worlds._engine.close()
    with running(tmp_path, specs=(SHOP,)) as server:
        numbers = [number for number, _ in journal_of(server)]
        assert numbers[-1] == 30
        request(server, 1, "next")
        assert journal_of(server)[-1] == (numbers[-1] + 1, "/products?next=0")
        assert [number for number, _ in journal_of(server)] == [*numbers, numbers[-1] + 1]


def test_integers_beyond_64_bits_are_stored(tmp_path):
    with killed(tmp_path, specs=(SHOP,)) as server:
        status, kite = server("POST", "/products", {"name": "Kite", "price": 5, "stock": 10**30}, "a")
        assert (status, kite["stock"]) == (201, 10**30)
    with killed(tmp_path, specs=(SHOP,)) as server:
        assert server("GET", f"/products/{kite['id']}", None, "a") == (200, kite)


def test_a_sign_in_is_stored_though_no_journal_shows_it(tmp_path):
    with killed(tmp_path, specs=(SHOP,)) as server:
        server("GET", "/products")
        world = server.worlds.default
        text = keep(world, Session("anna", 1))
        server("GET", "/__locum/health")  # any response; the request that signs in touches the world as above
        kept = world.store[Session].copy()
    assert text
    with killed(tmp_path, specs=(SHOP,)) as server:
        assert server.worlds.default.store[Session] == kept


def test_a_running_clock_goes_on_while_no_server_runs(tmp_path):
    with running(tmp_path, specs=(SHOP,)) as server:
        server("PATCH", "/__locum/clock?world=a", {"mode": "running"})
        world = server.worlds.named("a")
        world.clock.run(2.0)
        server("GET", "/products", world="a")
        before = world.clock.micros
        stopped = server.worlds._machine()
        server.worlds._machine = lambda: stopped
    with running(tmp_path, specs=(SHOP,)) as server:
        server.worlds._machine = lambda: stopped + 3600
        assert server.worlds.named("a").clock.micros - before >= 2 * 3600 * 1_000_000


def test_a_reload_keeps_worlds_that_became_idle(tmp_path):
    server = Running(tmp_path, specs=(SHOP,), world_idle=1000.0)
    kite = server("POST", "/products", {"name": "Kite", "price": 5}, "a")[1]
    successor = create(replace(server.settings, world_idle=86_400.0))
    later = server.worlds._monotonic() + 2000
    server.worlds._monotonic = lambda: later
    _take_over(successor, server.application)
    server.application = successor
    assert server("GET", f"/products/{kite['id']}", None, "a") == (200, kite)
    successor.worlds.close()


def test_a_world_that_does_not_fit_hides_no_other_and_can_be_dropped(tmp_path, caplog):
    with running(tmp_path, specs=(SHOP,)) as server:
        server("POST", "/products", {"name": "Kite", "price": 5}, "a")
        server("DELETE", "/__locum/worlds/default")
    with running(tmp_path) as server:
        assert [world["name"] for world in server("GET", "/__locum/worlds")[1]] == ["default"]
        assert [record for record in caplog.records if "The world a cannot be" in record.message]
        assert server("GET", "/api/keys", world="a")[0] == 409
        assert server("DELETE", "/__locum/worlds/a")[0] == 204
        assert server("GET", "/api/keys", world="a")[0] == 200
        assert server("DELETE", "/__locum/worlds/none")[0] == 404


def test_seed_data_is_for_new_worlds_and_resets_though_worlds_are_stored(tmp_path):
    file = tmp_path / "seed.json"
    file.write_text('{"/products": [{"id": 77, "name": "Given", "price": 1}]}')

    def given(server, world=None):
        return server("GET", "/products/77", None, world)[0] == 200

    for _ in range(2):
        with running(tmp_path / "state", specs=(SHOP,), seed_data=(file,)) as server:
            assert server("DELETE", "/products/77", None, "old")[0] in {204, 404}
            assert not given(server, "old")
            assert given(server)
    with running(tmp_path / "state", specs=(SHOP,), seed_data=(file,)) as server:
        assert given(server, "new")
        for world in ("default", "old"):
            server("POST", f"/__locum/worlds/{world}/reset")
            assert given(server, world)


def test_a_value_that_cannot_be_written_is_a_503_for_its_world_alone_with_full(tmp_path):
    with killed(tmp_path, specs=(SHOP,)) as server:
        server("GET", "/products", None, "odd")
        server.worlds.named("odd").store.keep(("shop", "odd"), {"a": object()})
        status, body = server("POST", "/products", {"name": "Kite", "price": 1}, "odd")
        assert status == 503
        assert "builtins.object" in body["detail"]
        assert server("POST", "/products", {"name": "Kite", "price": 1}, "other")[0] == 201
        server("DELETE", "/__locum/worlds/odd")
        assert server("POST", "/products", {"name": "Kite", "price": 1}, "odd")[0] == 201


@dataclass(frozen=True)
class Thing:
    """A record."""

    number: int


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_records_is_that_of_the_table(seed):
    register(Thing)
    choose = random.Random(seed)
    worlds = Worlds({})
    world, stored = worlds.named("a"), worlds.named("b")
    before = remember(world, None)
    for _ in range(6):
        table = world.store[Thing]
        for _ in range(choose.randrange(12)):
            key = str(choose.randrange(8))
            choose.choice((table.pop, table.__delitem__) if key in table else (table.setdefault,))(
                key, *(() if key in table else (Thing(choose.randrange(99)),))
            )
            if key in table and choose.random() < 0.5:
                table[key] = Thing(choose.randrange(99))
        effects, before = effects_since(world, before)
        if effects is not None:
            apply_effects(stored, effects)
        assert list(stored.store[Thing].items()) == list(world.store[Thing].items())


class Counted(str):
    """A key that counts how often it is compared."""

    __slots__ = ("times",)

    def __new__(cls, number):
        made = super().__new__(cls, number)
        made.times = 0
        return made

    def __eq__(self, other):
        self.times += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_a_long_table_whose_first_record_moved_to_its_end_is_compared_in_linear_time():
    before = {Counted(number): number for number in range(2000)}
    after = {Counted(number): number for number in [*range(1, 2000), 0]}
    gone, put = _change(before, after)
    assert len(gone) == len(put) == 2000
    assert sum(key.times for key in [*before, *after]) < 20 * 2000

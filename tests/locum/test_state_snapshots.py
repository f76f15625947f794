"""Snapshots: worlds as JSON, and back."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from locum import Invalid, NewId, Store
from locum.world.clock import FROZEN, RUNNING, Clock
from locum.world.snapshots import Unwritable, restore, snapshot
from locum.world.worlds import World, Worlds
from tests.locum.test_state_clock import Machine

if TYPE_CHECKING:
    from decimal import Decimal

MOMENT = datetime(2026, 3, 4, 5, 6, 7, 89, UTC)


class Colour(Enum):
    RED = 1
    BLUE = (0, 0, 1)


@dataclass(frozen=True)
class Part:
    name: str
    inner: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    text: str
    whole: int
    real: float
    flag: bool
    at: datetime
    day: date
    span: timedelta
    data: bytes
    colour: Colour
    part: Part
    parts: list[Part]
    maybe: datetime | None
    nothing: Part | None
    pair: tuple[int, datetime]
    tags: frozenset[str]
    colours: set[Colour]
    by_name: dict[str, Part]
    numbered: dict[int, str]
    either: int | str | datetime
    anything: Any
    unknown: Decimal
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Other:
    value: Any


class Cached:
    """A record type with its own serialization."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.shown = object()

    def form(self):
        return {"value": self.value}

    @classmethod
    def from_form(cls, form):
        return cls(form["value"])


FULL = Everything(
    text="ä\u0000\U0001f600",
    whole=2**70,
    real=0.1,
    flag=True,
    at=MOMENT,
    day=date(2026, 1, 2),
    span=timedelta(days=-1, microseconds=3),
    data=b"\x00\xff",
    colour=Colour.BLUE,
    part=Part("a", (Part("b"), Part("c", (Part("d"),)))),
    parts=[Part("x")],
    maybe=MOMENT.astimezone(timezone(timedelta(hours=2))),
    nothing=None,
    pair=(1, MOMENT),
    tags=frozenset({"c", "a", "b"}),
    colours={Colour.RED, Colour.BLUE},
    by_name={"z": Part("z"), "$a": Part("a")},
    numbered={2: "two", 1: "one"},
    either=MOMENT,
    anything=[
        (1, (2,)),
        {"$type": "x", "b": None},
        {1, 2},
        float("inf"),
        Colour.RED,
        Part("p"),
        MOMENT,
        b"",
        {(1, 2): frozenset({timedelta(1)})},
    ],
    unknown=(MOMENT, {"a": 1.5}),
)


@pytest.fixture
def world():
    return Worlds({}).default


def as_text(data):
    return json.dumps(data, allow_nan=False)


def round_trip(world):
    """Return another world restored from the snapshot of one, serialized with sorted keys."""
    again = Worlds({}).default
    restore(again, json.loads(json.dumps(snapshot(world), sort_keys=True, allow_nan=False)))
    return again


def test_every_type_of_member_is_restored(world):
    world.store[Everything]["full"] = FULL

    assert round_trip(world).store[Everything]["full"] == FULL
    assert as_text(snapshot(round_trip(world))) == as_text(snapshot(world))


def test_values_that_match_their_annotation_are_written_untagged(world):
    world.store[Everything]["full"] = FULL
    written = snapshot(world)["tables"][0]["records"][0]["record"]

    assert written["at"] == "2026-03-04T05:06:07.000089Z"
    assert written["colour"] == "BLUE"
    assert written["part"] == {
        "name": "a",
        "inner": [{"name": "b", "inner": []}, {"name": "c", "inner": [{"name": "d", "inner": []}]}],
    }
    assert written["tags"] == ["a", "b", "c"]
    assert written["pair"] == [1, "2026-03-04T05:06:07.000089Z"]
    assert written["nothing"] is None


@pytest.mark.parametrize(
    "value",
    [None, 1, "text", 1.5, (1, 2), [MOMENT], float("-inf"), {"$value": 1}, {"$value": {"$tuple": []}}, Part("p")],
)
def test_a_value_that_breaks_its_annotation_is_restored_too(world, value):
    world.store[Part]["a"] = Part(value, value)

    assert round_trip(world).store[Part]["a"] == Part(value, value)


def test_nan_is_restored(world):
    world.store[Other]["nan"] = Other(float("nan"))

    assert repr(round_trip(world).store[Other]["nan"]) == "Other(value=nan)"


def test_the_order_of_records_is_restored(world):
    for key in ("10", "9", "b", "a"):
        world.store[Other][key] = Other(key)

    assert list(round_trip(world).store[Other]) == ["10", "9", "b", "a"]


def test_the_order_of_tables_does_not_depend_on_access():
    worlds = Worlds({})
    one, two = worlds.named("one"), worlds.named("two")
    for world, kinds in ((one, (Part, Other)), (two, (Other, Part))):
        for kind in kinds:
            world.store[kind]["a"] = kind("a")
        world.store.keep(("b", "/x", ()), {})
    two.store.keep(("a", "/x", ()), {})
    one.store.keep(("a", "/x", ()), {})

    assert as_text(snapshot(one)) == as_text(snapshot(two))


def test_reading_records_does_not_change_a_snapshot(world):
    before = as_text(snapshot(world))
    list(world.store[Other])

    assert as_text(snapshot(world)) == before


def test_taking_a_snapshot_changes_nothing(world):
    world.store[Other]["a"] = Other([1])
    twin = world.fork("twin")
    snapshot(world)["tables"][0]["records"][0]["record"]["value"].append(2)

    assert world.store[Other]["a"] == Other([1])
    assert world.new_id("", 9) == twin.new_id("", 9)


def test_tables_with_keys_that_are_not_types_are_restored(world):
    key = ("shop", "/things/{id}/parts", ("7",))
    world.store.keep(key, {"1": Cached({"a": b"x"}), "2": Cached(2)})
    world.store.keep(("shop", "removed /things", ()), {"3": True})
    world.store.keep(("shop", "answers of", "make"), {"k": ("digest", Other({"b": 1}))})
    world.store.keep("plain", {(1, "a"): MOMENT})
    again = round_trip(world).store

    assert [record.value for record in again.table(key).values()] == [{"a": b"x"}, 2]
    assert again.table(("shop", "removed /things", ())) == {"3": True}
    assert again.table(("shop", "answers of", "make")) == {"k": ("digest", Other({"b": 1}))}
    assert again.table("plain") == {(1, "a"): MOMENT}


def test_an_emptied_collection_is_restored_empty(world):
    world.store.keep(("shop", "/things", ()), {})

    assert round_trip(world).store.table(("shop", "/things", ())) == {}


def test_derivable_values_are_not_in_a_snapshot(world):
    world.store.keep(("shop", "first /things", ()), {"1": {}}, lasting=False)

    assert snapshot(world)["tables"] == snapshot(world.fork("fork"))["tables"] == []


def test_the_clock_the_seed_and_the_random_state_are_restored():
    world = Worlds({}, seed=7, bare=True).default
    world.clock.walk(timedelta(seconds=2.5))
    world.tick()
    world.new_id.random.gauss(0, 1)
    world.new_id("", 100)
    again = round_trip(world)

    assert again.clock.describe() == world.clock.describe()
    assert (again.seed, again.bare, again.began) == (7, True, world.began)
    assert [again.new_id("", 5), again.new_id.random.gauss(0, 1)] == [
        world.new_id("", 5),
        world.new_id.random.gauss(0, 1),
    ]
    assert again.new_id.random.getstate() == world.new_id.random.getstate()


@pytest.mark.parametrize("mode", [FROZEN, RUNNING, "frozen while it ran"])
def test_every_mode_of_the_clock_is_restored(mode):
    machine = Machine()
    world, again = (Worlds({}, clock=Clock(machine=machine)).default for _ in range(2))
    if mode != FROZEN:
        world.clock.run(60)
    if mode != RUNNING:
        world.clock.freeze()
    machine.wait(1)
    data = snapshot(world)
    restore(again, data)
    message = again.clock.describe()
    for clock in (world.clock, again.clock):
        clock.resume()
    machine.wait(1)
    for clock in (world.clock, again.clock):
        clock.tick()

    assert message.mode == data["clock"]["mode"]
    assert again.clock.describe() == world.clock.describe()


def test_a_restored_world_is_reset_to_its_snapshot():
    worlds = Worlds({})
    worlds.default.store[Other]["fixture"] = Other(1)
    worlds.restore("test", snapshot(worlds.default))
    for _ in range(2):
        worlds.named("test").store[Other].clear()
        worlds.reset("test")

        assert list(worlds.named("test").store[Other]) == ["fixture"]


def test_a_snapshot_can_be_restored_into_many_worlds():
    worlds = Worlds({})
    worlds.default.store[Other]["fixture"] = Other(1)
    data = snapshot(worlds.default)
    worlds.restore("one", data).store[Other].clear()

    assert list(worlds.restore("two", data).store[Other]) == ["fixture"]


class Plain:
    pass


@pytest.mark.parametrize("value", [Plain(), 1j, random.Random(1), SimpleNamespace(), Plain, range(2)])
def test_unsupported_values_are_reported_with_their_location(world, value):
    world.store[Other]["a/b"] = Other({"c": [value]})

    with pytest.raises(Unwritable, match=r"Other/a~1b/value/c/0 is a .* which a snapshot cannot contain"):
        snapshot(world)


def test_a_type_that_is_not_found_by_its_name_is_not_written(world):
    @dataclass(frozen=True)
    class Local:
        a: int

    world.store[Local]["a"] = Local(1)

    with pytest.raises(Unwritable, match="Local"):
        snapshot(world)


def broken(change):
    """Return a snapshot with a change to it."""
    world = Worlds({}).default
    world.store[Everything]["full"] = FULL
    world.store[Other]["a"] = Other((1,))
    world.store.keep(("shop", "/x", ()), {"1": Cached(1)})
    data = json.loads(as_text(snapshot(world)))
    return change(data) or data


def in_record(**members):
    return lambda data: data["tables"][0]["records"][0]["record"].update(members)


def in_table(index=0, **members):
    return lambda data: data["tables"][index].update(members)


def with_value(value):
    return lambda data: data["tables"][1]["records"][0]["record"].update(value=value)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda _: [1], "it is not a snapshot of a world"),
        (lambda data: data.update(version=2), "/version is 2, and this locum reads 1"),
        (lambda data: data.pop("version") and None, "it is not a snapshot"),
        (lambda data: data.update(more=1), "/more is not a member"),
        (lambda data: data.pop("seed") and None, "/seed is missing"),
        (lambda data: data.update(seed="1"), "/seed is a text, and should be an integer"),
        (lambda data: data.update(seed=True), "/seed is a boolean, and should be an integer"),
        (lambda data: data.update(tables={}), "it should be an object with a list of tables"),
        (lambda data: data["clock"].update(now="today"), "/clock/now is not a moment in RFC 3339"),
        (lambda data: data["clock"].update(now="1900-01-01T00:00:00Z"), "from 1970"),
        (lambda data: data["clock"].update(mode="late"), "The mode of a clock must be stepping, frozen or running"),
        (lambda data: data["clock"].update(rate=0), "rate of a clock must be above 0"),
        (lambda data: data["clock"].update(step=-1), "step of a clock must be from 0"),
        (lambda data: data["random"].update(words="AAAA"), "/random is not the state"),
        (lambda data: data["random"].update(words="?"), "/random/words is not bytes in Base64"),
        (lambda data: data["random"].update(index=625), "/random is not the state"),
        (in_table(type="handlers.nowhere.Thing"), "/tables/0/type is not a record type of this server"),
        (in_table(type=7), "/tables/0/type is not a record type"),
        (in_table(2, type="os.path.join"), "/tables/2/type is not a record type"),
        (in_table(records={}), "/tables/0 should be an object with a list of records"),
        (in_table(more=1), "/tables/0/more is not a member of a table"),
        (in_table(2, of=[{}]), "/tables/2/of cannot be the key"),
        (lambda data: data["tables"].append(data["tables"][0]), "/tables/3 occurs twice"),
        (lambda data: data["tables"][0]["records"].append({"key": 1}), "/tables/0/records/1 should be an object with"),
        (
            lambda data: data["tables"][1]["records"].append(data["tables"][1]["records"][0]),
            "records/1/key occurs twice",
        ),
        (lambda data: data["tables"][1]["records"][0].update(key=[]), "records/0/key cannot be the key"),
        (in_record(text=None), "/tables/0/records/0/record/text is null, and should be a text"),
        (in_record(whole=1.5), "record/whole is a number, and should be an integer"),
        (in_record(flag=1), "record/flag is an integer, and should be a boolean"),
        (in_record(at="yesterday"), "record/at is not a moment"),
        (in_record(at=5), "record/at is not a moment"),
        (in_record(span="1"), "record/span is not a number of microseconds"),
        (in_record(span=10**30), "record/span is not a number of microseconds"),
        (in_record(data="a"), "record/data is not bytes"),
        (in_record(colour="GREEN"), "record/colour is not one of RED, BLUE"),
        (in_record(part=None), "record/part is null, and should be an object with the members of Part"),
        (in_record(part={}), "record/part/name is missing"),
        (in_record(part={"name": "a", "inner": [{"nome": "b"}]}), "record/part/inner/0/nome is not a member of Part"),
        (in_record(parts={}), "record/parts is an object, and should be a list"),
        (in_record(pair=[1]), "record/pair should have 2 items"),
        (in_record(by_name=[]), "record/by_name is a list, and should be an object"),
        (in_record(other=1), "record/other is not a member of Everything"),
        (with_value({"$tuple": 1}), "record/value is an integer, and should be a list"),
        (with_value({"$set": [[1]]}), "record/value contains an item that cannot be in a set"),
        (with_value({"$dict": [[[1], 1]]}), "record/value contains names that cannot be keys of a mapping"),
        (with_value({"$type": "os.system"}), "record/value has an unknown type: os.system"),
        (with_value({"$type": "subprocess.Popen", "args": "true"}), "has an unknown type"),
        (with_value({"$type": ["a"]}), "has an unknown type"),
        (with_value({"$enum": ["builtins.int", "real"]}), "has an unknown type"),
        (with_value({"$hex": "00"}), "has a member .hex, which has no meaning here"),
        (with_value({"$tuple": [], "more": 1}), "has a member .tuple, which has no meaning here"),
        (
            lambda data: data["tables"][2]["records"][0]["record"].pop("value") and None,
            "record is not a valid Cached: 'value'",
        ),
    ],
)
def test_a_damaged_snapshot_is_rejected_with_the_location_and_changes_nothing(change, sentence):
    data = broken(change)
    worlds = Worlds({})
    world = worlds.default
    world.store[Other]["mine"] = Other(1)
    before = as_text(snapshot(world))

    with pytest.raises(Invalid, match=sentence):
        restore(world, deepcopy(data))
    with pytest.raises(Invalid, match=sentence):
        worlds.restore("new", data)
    assert as_text(snapshot(world)) == before
    assert [world.name for world in worlds.all()] == ["default"]


def test_a_too_deep_snapshot_is_rejected(world):
    inner: Any = []
    for _ in range(100_000):
        inner = [inner]
    data = broken(with_value(inner))

    with pytest.raises(Invalid, match="nested too deeply"):
        restore(world, data)


def test_two_hundred_levels_are_restored(world):
    value: Any = 1
    for _ in range(200):
        value = {"a": value}
    world.store[Other]["deep"] = Other(value)

    assert round_trip(world).store[Other]["deep"] == Other(value)


def test_a_member_with_a_default_is_optional(world):
    world.store[Part]["a"] = Part("a")
    data = snapshot(world)
    del data["tables"][0]["records"][0]["record"]["inner"]
    restore(world, data)

    assert world.store[Part]["a"] == Part("a")


def test_integers_are_accepted_for_floats(world):
    world.store[Everything]["full"] = FULL
    data = snapshot(world)
    data["tables"][0]["records"][0]["record"]["real"] = 2
    restore(world, data)

    assert repr(world.store[Everything]["full"].real) == "2.0"


def test_a_world_created_by_hand_is_serialized_too():
    world = World("", Store(), Clock(), NewId("text"))

    assert round_trip(world).new_id("", 9) == world.new_id("", 9)

"""Effects: what requests changed in a world, as JSON that is applied to an earlier state of it.

Records are immutable, so what changed in a table is what is another object than in an earlier fork of the store.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import compress, islice, repeat
from operator import eq, is_, is_not
from typing import TYPE_CHECKING, Any

from locum.openapi.wire.json_values import load_json, write_json
from locum.world.clock import Reading
from locum.world.faults import Faults
from locum.world.forms import damaged, form_of, read_form, write_form
from locum.world.proxying import Decision, Proxying
from locum.world.snapshots import (
    RandomState,
    random_state,
    read_key,
    read_random,
    read_table,
    write_key,
    write_table,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from locum.world.journal import Journal
    from locum.world.store import Store
    from locum.world.world import World

__all__ = ["Remembered", "apply_effects", "effects_since", "remember"]

_ABSENT = object()
_READING, _RANDOM = form_of(Reading), form_of(RandomState)


@dataclass(slots=True)
class Remembered:
    """A world as it was stored last, with which it is compared."""

    origin: World | None
    """The state to which a reset returned."""
    store: Store
    micros: int
    journal: Journal
    entries: tuple[int, int]
    """The number of the latest entry of the journal, and how many it has."""
    clock: Reading
    random: RandomState
    settings: dict[str, Any] = field(default_factory=dict)
    """Faults, preferences, validation and proxying, as JSON."""

    def may_differ(self, world: World, since: float) -> bool:
        """Whether a world may have changed; `since` is when it was stored, by the monotonic clock.

        A sign-in is in no journal, and its world may have been picked long before.
        """
        return (
            world.used >= since
            or self.has_other_entries(world)
            or world.clock.micros != self.micros
            or world.store.is_touched
        )

    def has_lost_entries(self, world: World) -> bool:
        """Whether a world began a new journal, or its journal was cleared: nothing of it may stay stored."""
        is_cleared = not len(world.journal) and self.entries[1] > 0
        return world.journal is not self.journal or is_cleared

    def has_other_entries(self, world: World) -> bool:
        """Whether the journal of a world has changed."""
        return world.journal is not self.journal or (world.journal.last, len(world.journal)) != self.entries


def remember(world: World, origin: World | None, like: World | None = None) -> Remembered:
    """Return what a world is compared with later on: its present state, or that of another world."""
    state = like or world
    return Remembered(
        origin,
        state.store.fork(),
        state.clock.micros,
        world.journal,
        (world.journal.last, len(world.journal)),
        state.clock.describe(),
        random_state(state.new_id),
        _settings(state),
    )


def effects_since(world: World, before: Remembered) -> tuple[bytes | None, Remembered]:
    """Return what changed in a world, as JSON (None if nothing did), and its present state. Raises Unwritable."""
    now = remember(world, before.origin)
    effects: dict[str, Any] = {}
    tables = list(_changed_tables(now.store, before.store))
    if tables:
        effects["tables"] = tables
    if now.clock != before.clock:
        if replace(now.clock, now=before.clock.now) == before.clock:
            effects["now"] = world.clock.micros
        else:
            effects["clock"] = write_form(_READING, now.clock, "/clock")
    if now.random.words != before.random.words:
        effects["random"] = write_form(_RANDOM, now.random, "/random")
    elif now.random != before.random:
        effects["random"] = {"index": now.random.index, "gauss": now.random.gauss}
    effects |= {name: value for name, value in now.settings.items() if value != before.settings.get(name)}
    return write_json(effects) if effects else None, now


def _settings(world: World) -> dict[str, Any]:
    proxying = world.proxying
    return {
        "faults": world.faults.form() if world.faults.active else [],
        "preferences": dict(world.preferences),
        "validation": world.validation,
        "proxying": {
            "upstream": proxying.upstream,
            "choices": dict(proxying.choices),
            "decisions": {name: list(decision) for name, decision in proxying.decisions.items()},
            "has_mocked_writes": proxying.has_mocked_writes,
        },
    }


def _changed_tables(store: Store, before: Store) -> Any:
    """Yield the changed tables: `records` to put, in order, after the keys of `gone` were removed."""
    earlier, now = dict(before.lasting()), dict(store.lasting())
    for key, table in now.items():
        known = earlier.get(key)
        if known is table:
            continue
        change = _change(known or {}, table)
        if change is not None:
            gone, put = change
            written = write_table(key, put)
            yield {**written, "gone": [write_key(one, "/gone") for one in gone]} if gone else written
    for key in earlier.keys() - now.keys():
        yield {**write_table(key, {}), "gone": [write_key(one, "/gone") for one in earlier[key]], "dropped": True}


def _change(known: Mapping[Any, Any], table: Mapping[Any, Any]) -> tuple[list[Any], dict[Any, Any]] | None:
    """Return the removed keys and the new or replaced records of a table; None if nothing changed.

    A key that was removed and added again is at another place; then it is removed and put, with all that follow.
    """
    if len(known) == len(table) and all(map(is_, known, table)) and all(map(is_, known.values(), table.values())):
        return None  # it was only read
    former = map(known.get, table, repeat(_ABSENT))
    put = dict(compress(table.items(), map(is_not, table.values(), former)))
    gone = [] if known.keys() <= table.keys() else [key for key in known if key not in table]
    stayed = known if not gone else [key for key in known if key in table]
    if not all(map(eq, table, stayed)):
        place = next(place for place, (key, other) in enumerate(zip(table, stayed, strict=False)) if key != other)
        follow = set(islice(table, place, None))
        gone += [key for key in stayed if key in follow]
        put = {key: record for key, record in table.items() if key in put or key in follow}
    return (gone, put) if gone or put else None


def apply_effects(world: World, data: bytes) -> None:
    """Change a world as the effects say. Raises Invalid if they cannot be read."""
    try:
        effects = load_json(data)
        for index, written in enumerate(effects.get("tables", ())):
            _apply_table(world.store, dict(written), f"/tables/{index}")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise damaged("", "is not a list of effects") from None
    if "now" in effects:
        world.clock.leap(effects["now"])
    if "clock" in effects:
        world.clock.stand(read_form(_READING, effects["clock"], "/clock"))
    if "random" in effects:
        world.new_id = read_random(_random(effects["random"], world))
    if "faults" in effects:
        world.faults = Faults.of_form(effects["faults"])
    if "preferences" in effects:
        world.preferences = dict(effects["preferences"])
    world.validation = effects.get("validation", world.validation)
    if "proxying" in effects:
        found = effects["proxying"]
        decisions = {name: Decision(*decision) for name, decision in found["decisions"].items()}
        world.proxying = Proxying(found["upstream"], dict(found["choices"]), decisions, found["has_mocked_writes"])


def _random(written: dict[str, Any], world: World) -> RandomState:
    if "words" in written:
        return read_form(_RANDOM, written, "/random")  # type: ignore[no-any-return]  # of the form of RandomState
    return RandomState(written["index"], random_state(world.new_id).words, written["gauss"])


def _apply_table(store: Store, written: dict[str, Any], place: str) -> None:
    gone, is_dropped = written.pop("gone", []), written.pop("dropped", False)
    key, put = read_table(written, place)
    table = _table(store, key)
    for one in gone:
        table.pop(read_key(one, f"{place}/gone"), None)
    table.update(put)
    if is_dropped:
        store.drop(lambda one: one == key)


def _table(store: Store, key: Hashable) -> dict[Any, Any]:
    if isinstance(key, type):
        return store[key]
    found = store.table(key)
    return store.keep(key, {}) if found is None else found

"""Snapshots: write a whole world as JSON, and read it back.

Their order is deterministic, so that snapshots can be compared line by line and kept in git. The records of a table
are a list, because their order matters and not every program keeps the order of an object. The members of a record
have the order of responses. A snapshot contains everything in the world, secrets included.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

# Needed at runtime, like Reading: snapshots are read by these annotations.
from datetime import datetime  # noqa: TC003
from typing import TYPE_CHECKING, Any, TypeAlias

from locum.errors import Conflict, Invalid
from locum.openapi.wire.json_values import write_json
from locum.world.clock import Reading  # noqa: TC001 (as above)
from locum.world.faults import Faults
from locum.world.forms import Unwritable, damaged, form_of, read_form, step, write_form
from locum.world.record_types import find_type, is_record_type, name_of
from locum.world.seeded import NewId
from locum.world.store import Store
from locum.world.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from locum.world.forms import Form

__all__ = [
    "VERSION",
    "RandomState",
    "Unfit",
    "Unwritable",
    "random_state",
    "read_key",
    "read_random",
    "read_table",
    "restore",
    "revive",
    "snapshot",
    "write_key",
    "write_table",
]

VERSION = 1
"""The version of the format; other versions are rejected."""

_MODES = ("", "enforce", "report", "off")
_OUTSIDE_HEAD = frozenset({"faults", "preferences", "tables", "validation"})

_WORDS = struct.Struct("<624I")
_GENERATOR = 3  # the version of the Mersenne Twister's state in `random`


@dataclass(frozen=True, slots=True)
class RandomState:
    """The state of a random source: its words, the index of the next one, and the cached half of a Gaussian pair."""

    index: int
    words: bytes
    gauss: float | None = None


@dataclass(frozen=True, slots=True)
class _Head:
    """The members of a snapshot before its records."""

    version: int
    seed: int
    bare: bool
    began: datetime
    clock: Reading
    random: RandomState


def snapshot(world: World) -> dict[str, Any]:
    """Return all state on which a world's responses depend as JSON, without its journal. Raises Unwritable."""
    head = _Head(VERSION, world.seed, world.bare, world.began, world.clock.describe(), random_state(world.new_id))
    tables = [write_table(key, table) for key, table in world.store.lasting() if table or not isinstance(key, type)]
    tables.sort(key=lambda table: ("of" in table, write_json([table.get("of"), table.get("type")])))
    optional = {
        "faults": world.faults.form(),
        "preferences": dict(sorted(world.preferences.items())),
        "validation": world.validation,
    }
    return {
        **write_form(form_of(_Head), head, ""),
        **{name: value for name, value in optional.items() if value},
        "tables": tables,
    }


Unfit: TypeAlias = "Callable[[Hashable, dict[Any, Any]], tuple[Any, str] | None]"
"""Checks whether a table can be served; returns the key of the wrong record (None for the table), and the reason."""


def restore(world: World, data: Any) -> None:
    """Restore a snapshot into a world; a reset returns to the snapshot.

    Raises Invalid if the snapshot cannot be read; then nothing is changed.
    """
    world.begin(revive(data, world))


def revive(data: Any, like: World, unfit: Unfit | None = None) -> World:
    """Return a new world from a snapshot, with the events and limits of another world. Raises Invalid, Conflict."""
    try:
        if not isinstance(data, dict) or "version" not in data:
            raise damaged("", "is not a snapshot of a world")
        if data["version"] != VERSION:
            raise damaged("/version", f"is {str(data['version'])[:20]}, and this locum reads {VERSION}")
        _reject_tags(data)
        head = read_form(form_of(_Head), {name: form for name, form in data.items() if name not in _OUTSIDE_HEAD}, "")
        faults, preferences = _read_faults(data), _read_preferences(data)
        validation = data.get("validation", "")
        if validation not in _MODES:
            raise damaged("/validation", "should be enforce, report or off")
        store = Store()
        for index, table in enumerate(_listed(data, "tables", "")):
            _read(table, store, f"/tables/{index}", unfit)
    except RecursionError:
        raise damaged("", "is nested too deeply") from None
    clock = like.clock.fork()
    clock.stand(head.clock)
    new_id = read_random(head.random)
    world = World(
        "",
        store,
        clock,
        new_id,
        seed=head.seed,
        bare=head.bare,
        began=head.began,
        events=like.events,
        most_records=like.most_records,
        most_bytes=like.most_bytes,
        ledger=like.ledger,
    )
    world.measure()
    if world.bytes > world.most_bytes:
        message = f"The snapshot has more than {world.most_bytes:,} bytes, the limit of a world (max-world-bytes)."
        raise Conflict(message, code="world_full")
    world.faults, world.preferences, world.validation = faults, preferences, validation
    return world


def _reject_tags(data: dict[str, Any]) -> None:
    """Raise Invalid if the head has a value with a type tag, which only records of handlers may have."""
    for name, head in data.items():
        inner = head.items() if isinstance(head, dict) and name not in _OUTSIDE_HEAD else ()
        for member, value in [("", head), *inner] if name not in _OUTSIDE_HEAD else ():
            if isinstance(value, dict) and any(tag.startswith("$") for tag in value):
                raise damaged(f"/{name}" + (f"/{member}" if member else ""), "should be a plain value")


def _read_faults(data: dict[str, Any]) -> Faults:
    """Return the faults of a snapshot; without the member there are none."""
    try:
        return Faults.of_form(data.get("faults", []))
    except Invalid as error:
        raise damaged("/faults", f"cannot be read: {error.message}") from None


def _read_preferences(data: dict[str, Any]) -> dict[str, str]:
    preferences = data.get("preferences", {})
    if not isinstance(preferences, dict) or not all(isinstance(text, str) for text in preferences.values()):
        raise damaged("/preferences", "should be an object of texts")
    return dict(preferences)


def random_state(new_id: NewId) -> RandomState:
    """Return the position of a source of identifiers."""
    _, (*words, index), gauss = new_id.random.getstate()
    return RandomState(index, _WORDS.pack(*words), gauss)


def read_random(state: RandomState) -> NewId:
    """Return the source of identifiers at a position. Raises Invalid."""
    new_id = NewId(0)
    if len(state.words) != _WORDS.size or not 0 <= state.index <= len(state.words) // 4:
        raise damaged("/random", "is not the state of a random source")
    new_id.random.setstate((_GENERATOR, (*_WORDS.unpack(state.words), state.index), state.gauss))
    return new_id


def write_table(key: Hashable, table: Mapping[Any, Any]) -> dict[str, Any]:
    """Write a table: `type` is the type of its records, `of` its key in the store if that is not a type.

    Raises Unwritable.
    """
    if isinstance(key, type):
        head, name, kind = {}, name_of(key), key
        place = f"/{key.__qualname__}"
        if name is None:
            raise Unwritable(place, key)
    else:
        head, place = {"of": _plain_key(key)}, f"/{key}"
        kinds = {type(record) for record in table.values()}
        kind = kinds.pop() if len(kinds) == 1 else object
        name = name_of(kind) if is_record_type(kind) else None
    form = form_of(kind if name else Any)
    records = [
        {"key": write_key(each, place), "record": write_form(form, record, step(place, each))}
        for each, record in table.items()
    ]
    return {**head, **({"type": name} if name else {}), "records": records}


def read_table(table: Any, place: str) -> tuple[Hashable, dict[Any, Any]]:
    """Return the key of a table in a store, and its records. Raises Invalid."""
    records = _listed(table, "records", place)
    unknown = table.keys() - {"of", "type", "records"}
    if unknown:
        raise damaged(step(place, min(unknown)), "is not a member of a table")
    name = table.get("type")
    kind = find_type(name) if isinstance(name, str) else None
    if ("type" in table or "of" not in table) and not isinstance(kind, type):
        raise damaged(f"{place}/type", f"is not a record type of this server: {str(name)[:100]}")
    form = form_of(Any if kind is None else kind)
    found: dict[Any, Any] = {}
    for index, entry in enumerate(records):
        here = f"{place}/records/{index}"
        if not isinstance(entry, dict) or entry.keys() != {"key", "record"}:
            raise damaged(here, "should be an object with `key` and `record`")
        key = read_key(entry["key"], f"{here}/key")
        if key in found:
            raise damaged(f"{here}/key", "occurs twice")
        found[key] = record = read_form(form, entry["record"], f"{here}/record")
        if kind is not None and not isinstance(record, kind):
            raise damaged(f"{here}/record", f"is not of the type {kind.__qualname__}")
    return _hashed(_tuples(table["of"]), f"{place}/of") if "of" in table else kind, found


def write_key(key: Any, place: str) -> Any:
    """Write the key of a record. Raises Unwritable."""
    return write_form(_KEY, key, place)


def read_key(written: Any, place: str) -> Any:
    """Return the key of a record. Raises Invalid."""
    return _hashed(read_form(_KEY, written, place), place)


def _read(table: Any, store: Store, place: str, unfit: Unfit | None) -> None:
    """Read a table into a store."""
    where, found = read_table(table, place)
    if any(where == other for other, _ in store.tables()):
        raise damaged(place, "occurs twice")
    problem = unfit(where, found) if unfit is not None else None
    if problem is not None:
        key, why = problem
        raise damaged(place if key is None else f"{place}/records/{list(found).index(key)}", why)
    store.keep(where, found)


_KEY: Form = form_of(Any)


def _listed(data: Any, name: str, place: str) -> list[Any]:
    if not isinstance(data, dict) or not isinstance(data.get(name), list):
        raise damaged(place, f"should be an object with a list of {name}")
    return list(data[name])


def _plain_key(key: Any) -> Any:
    """Write the key of a table: texts and numbers as they are, tuples of these as lists."""
    if isinstance(key, tuple):
        return [_plain_key(part) for part in key]
    if key is None or type(key) in {str, int, bool}:
        return key
    raise Unwritable("A table's key", key)


def _tuples(form: Any) -> Any:
    return tuple(map(_tuples, form)) if isinstance(form, list) else form


def _hashed(key: Any, place: str) -> Any:
    try:
        hash(key)
    except TypeError:
        raise damaged(place, "cannot be the key of a record or a table") from None
    return key

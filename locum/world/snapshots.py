"""Snapshots: a whole world as JSON, and back.

Their order is always the same, so that two of them can be compared line by line, and kept in git. The
records of a table are a list, because their order counts, and not every program keeps that of an
object; the members of a record are in the order in which they are answered. A snapshot holds
whatever the world holds: its secrets, too.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

# Needed when the program runs, as Reading is: a snapshot is read by these types.
from datetime import datetime  # noqa: TC003
from typing import TYPE_CHECKING, Any, TypeAlias

from locum.errors import Conflict, Invalid
from locum.openapi.wire.json_values import write_json
from locum.world.clock import Reading  # noqa: TC001 (as above)
from locum.world.faults import Faults
from locum.world.forms import Unwritable, damaged, form_of, read_form, step, write_form
from locum.world.identifiers import NewId
from locum.world.record_types import find_type, is_record_type, name_of
from locum.world.store import Store
from locum.world.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from locum.world.forms import Form

__all__ = ["VERSION", "Unfit", "Unwritable", "restore", "revive", "snapshot"]

VERSION = 1
"""The version of the form; another one is not read."""

_MODES = ("", "enforce", "report", "off")
_BESIDE = frozenset({"faults", "preferences", "tables", "validation"})

_WORDS = struct.Struct("<624I")
_GENERATOR = 3  # the version of the Mersenne Twister's state, as `random` has it


@dataclass(frozen=True, slots=True)
class _Dice:
    """The state of a random source: its words, the next one of them, and half a pair of Gauss's."""

    index: int
    words: bytes
    gauss: float | None = None


@dataclass(frozen=True, slots=True)
class _Head:
    """What a snapshot says before the records."""

    version: int
    seed: int
    bare: bool
    began: datetime
    clock: Reading
    random: _Dice


def snapshot(world: World) -> dict[str, Any]:
    """Return all that a world's answers depend on as JSON, save its journal. Raises Unwritable."""
    _, (*words, index), gauss = world.new_id.random.getstate()
    dice = _Dice(index, _WORDS.pack(*words), gauss)
    head = _Head(VERSION, world.seed, world.bare, world.began, world.clock.describe(), dice)
    tables = [_written(key, table) for key, table in world.store.lasting() if table or not isinstance(key, type)]
    tables.sort(key=lambda table: ("of" in table, write_json([table.get("of"), table.get("type")])))
    told = {
        "faults": world.faults.form(),
        "preferences": dict(sorted(world.preferences.items())),
        "validation": world.validation,
    }
    return {
        **write_form(form_of(_Head), head, ""),
        **{name: said for name, said in told.items() if said},
        "tables": tables,
    }


Unfit: TypeAlias = "Callable[[Hashable, dict[Any, Any]], tuple[Any, str] | None]"
"""Says what of a table cannot be served: the key of a record or None for all of it, and why."""


def restore(world: World, data: Any) -> None:
    """Make a world what a snapshot says; a reset leads back to there.

    Raises Invalid where the snapshot cannot be read; then nothing is changed.
    """
    world.begin(revive(data, world))


def revive(data: Any, like: World, unfit: Unfit | None = None) -> World:
    """Return the world of a snapshot, in which happens by itself what does in another one. Raises Invalid."""
    try:
        if not isinstance(data, dict) or "version" not in data:
            raise damaged("", "is no snapshot of a world")
        if data["version"] != VERSION:
            raise damaged("/version", f"is {str(data['version'])[:20]}, and this locum reads {VERSION}")
        _refuse_tags(data)
        head = read_form(form_of(_Head), {name: form for name, form in data.items() if name not in _BESIDE}, "")
        faults, preferences = _told(data)
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
    new_id = _thrown(head.random)
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
        message = f"The snapshot has more than {world.most_bytes:,} bytes, the most of a world (max-world-bytes)."
        raise Conflict(message, code="world_full")
    world.faults, world.preferences, world.validation = faults, preferences, validation
    return world


def _refuse_tags(data: dict[str, Any]) -> None:
    """Raise Invalid where the head has a value that is tagged to be of another type: only records of handlers have."""
    for name, said in data.items():
        inner = said.items() if isinstance(said, dict) and name not in _BESIDE else ()
        for member, value in [("", said), *inner] if name not in _BESIDE else ():
            if isinstance(value, dict) and any(tag.startswith("$") for tag in value):
                raise damaged(f"/{name}" + (f"/{member}" if member else ""), "should be a plain value")


def _told(data: dict[str, Any]) -> tuple[Faults, dict[str, str]]:
    """Return the faults and preferences of a snapshot: there is nothing of them where a world had none."""
    try:
        faults = Faults.of_form(data.get("faults", []))
    except Invalid as refusal:
        raise damaged("/faults", f"cannot be read: {refusal.message}") from None
    preferences = data.get("preferences", {})
    if not isinstance(preferences, dict) or not all(isinstance(said, str) for said in preferences.values()):
        raise damaged("/preferences", "should be an object of texts")
    return faults, dict(preferences)


def _thrown(dice: _Dice) -> NewId:
    new_id = NewId(0)
    if len(dice.words) != _WORDS.size or not 0 <= dice.index <= len(dice.words) // 4:
        raise damaged("/random", "is no state of a random source")
    new_id.random.setstate((_GENERATOR, (*_WORDS.unpack(dice.words), dice.index), dice.gauss))
    return new_id


def _written(key: Hashable, table: dict[Any, Any]) -> dict[str, Any]:
    """Write one table: `type` says of what, `of` the key under which it is where that is no type."""
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
        {"key": write_form(_KEY, each, place), "record": write_form(form, record, step(place, each))}
        for each, record in table.items()
    ]
    return {**head, **({"type": name} if name else {}), "records": records}


def _read(table: Any, store: Store, place: str, unfit: Unfit | None) -> None:
    """Put one table into a store."""
    records = _listed(table, "records", place)
    unknown = table.keys() - {"of", "type", "records"}
    if unknown:
        raise damaged(step(place, min(unknown)), "is no part of a table")
    name = table.get("type")
    kind = find_type(name) if isinstance(name, str) else None
    if ("type" in table or "of" not in table) and not isinstance(kind, type):
        raise damaged(f"{place}/type", f"is no type of records that is served here: {str(name)[:100]}")
    form = form_of(Any if kind is None else kind)
    found: dict[Any, Any] = {}
    for index, entry in enumerate(records):
        here = f"{place}/records/{index}"
        if not isinstance(entry, dict) or entry.keys() != {"key", "record"}:
            raise damaged(here, "should be an object with `key` and `record`")
        key = _hashed(read_form(_KEY, entry["key"], f"{here}/key"), f"{here}/key")
        if key in found:
            raise damaged(f"{here}/key", "is there twice")
        found[key] = record = read_form(form, entry["record"], f"{here}/record")
        if kind is not None and not isinstance(record, kind):
            raise damaged(f"{here}/record", f"is no {kind.__qualname__}")
    where = _hashed(_tuples(table["of"]), f"{place}/of") if "of" in table else kind
    if any(where == other for other, _ in store.tables()):
        raise damaged(place, "is there twice")
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
    """Write a table's key: texts, numbers, and tuples of these as lists."""
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
        raise damaged(place, "is nothing that a record or a table can be found by") from None
    return key

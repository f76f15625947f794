"""Records as a person browses them: by the name of their type, by the text of their key, as plain JSON."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.errors import Conflict, Invalid, NotFound
from locum.infer.records.records import Record
from locum.openapi.pointers import split
from locum.openapi.wire.json_values import write_json
from locum.world.differences import collection
from locum.world.forms import Unwritable, form_of, read_form, write_form
from locum.world.ledger import weigh
from locum.world.record_types import name_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from locum.infer.behaviour import Behaviour
    from locum.openapi.schemas.schemas import Schema
    from locum.redaction import RecordRedaction
    from locum.world.differences import Change
    from locum.world.worlds import World

__all__ = ["Records"]

_ALONE = "-"
"""How the key of a singleton is written, which is empty."""


class _Shelf(NamedTuple):
    """The records of one type, or of one path of a document."""

    name: str
    key: Any
    table: dict[Any, Any]


class Records:
    """The records of worlds; `behaviours` make those of documents without handlers, by the document's name."""

    def __init__(
        self, behaviours: Mapping[str, Behaviour], generated: Mapping[str, Behaviour], redaction: RecordRedaction
    ) -> None:
        """Prepare them; `generated` are all behaviours, also of documents with handlers, which are not browsed."""
        self._behaviours = behaviours
        self._generated = generated
        self._redaction = redaction

    def count(self, world: World) -> int:
        """Return how many records there are by now: generated ones come into being when somebody looks at them."""
        return sum(len(shelf.table) for shelf in self._there(world))

    def leveled(self, before: World, after: World) -> tuple[World, World]:
        """Return copies of two worlds in which the same generated records have come into being."""
        one, other = before.fork(""), after.fork("")
        for behaviour in self._generated.values():
            behaviour.level(one, other)
            behaviour.level(other, one)
        return one, other

    def types(self, world: World) -> list[tuple[str, int]]:
        """Return the names of the types, sorted, and how many records there are of each."""
        return sorted((shelf.name, len(shelf.table)) for shelf in self._shelves(world))

    def all(self, world: World, kind: str, after: str | None, most: int) -> list[tuple[str, Any]]:
        """Return at most so many keys and records of a type, those after a key. Raises NotFound, Conflict."""
        shelf = self._shelf(world, kind)
        keys = list(shelf.table)
        start = 0 if after is None else keys.index(_key(shelf, after)) + 1
        schemas = self._schemas(shelf.key)
        return [(_text(key), self._redaction.shown(_plain(shelf, key), schemas)) for key in keys[start : start + most]]

    def one(self, world: World, kind: str, key: str) -> Any:
        """Return one record. Raises NotFound, Conflict."""
        shelf = self._shelf(world, kind)
        return self._redaction.shown(_plain(shelf, _key(shelf, key)), self._schemas(shelf.key))

    def put(self, world: World, kind: str, key: str, value: Any) -> Any:
        """Put a record in the place of another, or add one.

        Raises NotFound, and Invalid where the value does not fit the type or breaks the schema of its records,
        and as `World.check_capacity`.
        """
        shelf = self._shelf(world, kind)
        world.check_capacity()
        known = next((found for found in shelf.table if _text(found) == key), None)
        former = None if known is None else _plain(shelf, known)
        value = self._redaction.restored(value, former, self._schemas(shelf.key))
        record = _read(shelf, known, value)
        if isinstance(shelf.key, type):
            world.store[shelf.key][key if known is None else known] = record
        else:
            name, path, parents = shelf.key
            self._behaviours[name].check(path, value, former)
            self._behaviours[name].keep(path, parents, "" if key == _ALONE else key, record, world)
        world.keep(weigh(value))
        world.reschedule()
        return self.one(world, kind, key)

    def remove(self, world: World, kind: str, key: str) -> None:
        """Remove a record, and what is below it. Raises NotFound."""
        shelf = self._shelf(world, kind)
        found = _key(shelf, key)
        if isinstance(shelf.key, type):
            del world.store[shelf.key][found]
        else:
            name, path, parents = shelf.key
            self._behaviours[name].forget(path, parents, found, world)
        world.reschedule()

    def shown_change(self, change: Change) -> tuple[Any, Any]:
        """Return what a change shows before and after, without the secrets of the record."""
        schemas = self._schemas(change.of)
        was, becomes = self._redaction.alike([change.was, change.becomes], schemas)
        return _part(was, change.path), _part(becomes, change.path)

    def _schemas(self, key: Any) -> list[Schema]:
        """Return what is declared of the records under a key of the store."""
        behaviour = self._generated.get(key[0]) if isinstance(key, tuple | list) and key else None
        return [] if behaviour is None else behaviour.schemas_of(str(key[1]))

    def _shelves(self, world: World) -> list[_Shelf]:
        for behaviour in self._behaviours.values():
            behaviour.look(world)
        return self._there(world)

    def _there(self, world: World) -> list[_Shelf]:
        tables = world.store.tables()
        names = [key.__name__ for key, _ in tables if isinstance(key, type)]
        return [_Shelf(name, key, table) for key, table in tables if (name := self._name(key, names)) is not None]

    def _name(self, key: Hashable, names: list[str]) -> str | None:
        """Say what the records under a key are called; None for what is kept beside the records."""
        if isinstance(key, type):
            # Indexes and the like: what is private to its module is no record of the API.
            private = key.__name__.startswith("_")
            return None if private else key.__name__ if names.count(key.__name__) == 1 else name_of(key)
        if isinstance(key, tuple) and key[0] in self._behaviours and key[1].startswith("/"):
            return collection(key)
        return None

    def _shelf(self, world: World, kind: str) -> _Shelf:
        shelves = {shelf.name: shelf for shelf in self._shelves(world)}
        if kind not in shelves:
            raise NotFound(f"There are no records of this type. {_hint(kind, shelves)}", code="no_such_type")
        return shelves[kind]


def _hint(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"Did you mean {near[0]}?" if near else f"There are: {', '.join(sorted(known)) or 'none'}."


def _text(key: Any) -> str:
    return (key or _ALONE) if isinstance(key, str) else write_json(key).decode()


def _key(shelf: _Shelf, text: str) -> Any:
    for key in (text,) if text in shelf.table else shelf.table:
        if _text(key) == text:
            return key
    raise NotFound("There is no record of this type under this key.", code="no_such_record")


def _part(shown: Any, pointer: str) -> Any:
    """Return what is at a place of a record that is shown; below what is hidden, that is hidden, too."""
    for step in split(pointer):
        if isinstance(shown, list) and step.isdecimal() and int(step) < len(shown):
            shown = shown[int(step)]
        elif isinstance(shown, dict):
            shown = shown.get(step)
        else:
            return shown
    return shown


def _plain(shelf: _Shelf, key: Any) -> Any:
    record = shelf.table[key]
    if isinstance(record, Record):
        return dict(record.members)
    try:
        return write_form(form_of(shelf.key if isinstance(shelf.key, type) else Any), record, "")
    except Unwritable as problem:
        raise Conflict(str(problem), code="record_unwritable") from None


def _read(shelf: _Shelf, known: Any, value: Any) -> Any:
    """Return the record that a value stands for. Raises Invalid."""
    if not isinstance(shelf.key, type):
        if not isinstance(value, dict):
            raise Invalid("A record of this type is an object.", code="record_unfit")
        former = shelf.table.get(known)
        return Record(value, seeded=former is not None and former.seeded)
    try:
        return read_form(form_of(shelf.key), value, "")
    except Invalid as refusal:
        reason = refusal.message.replace("The snapshot cannot be restored: ", "").replace("it is no", "this is no", 1)
        raise Invalid(f"The record does not fit its type: {reason}", code="record_unfit") from None

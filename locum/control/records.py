"""Records for the control API: by the name of their type and the text of their key, as plain JSON."""

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
"""The text of the key of a singleton, whose key is empty."""


class _RecordType(NamedTuple):
    """The records of one type, or of one path of a document."""

    name: str
    key: Any
    table: dict[Any, Any]


class Records:
    """Reads and writes the records of worlds; `behaviours` are those of documents without handlers, by name."""

    def __init__(
        self, behaviours: Mapping[str, Behaviour], generated: Mapping[str, Behaviour], redaction: RecordRedaction
    ) -> None:
        """Prepare. `generated` are all behaviours, also of documents with handlers, whose records are not listed."""
        self._behaviours = behaviours
        self._generated = generated
        self._redaction = redaction

    def count(self, world: World) -> int:
        """Return the current number of records. Generated records are created when they are first read."""
        return sum(len(record_type.table) for record_type in self._existing_record_types(world))

    def leveled(self, before: World, after: World) -> tuple[World, World]:
        """Return copies of two worlds in which the same generated records exist, so that they can be compared."""
        one, other = before.fork(""), after.fork("")
        for behaviour in self._generated.values():
            behaviour.level(one, other)
            behaviour.level(other, one)
        return one, other

    def types(self, world: World) -> list[tuple[str, int]]:
        """Return the names of the types, sorted, each with its number of records."""
        return sorted((record_type.name, len(record_type.table)) for record_type in self._record_types(world))

    def all(self, world: World, kind: str, after: str | None, most: int) -> list[tuple[str, Any]]:
        """Return at most `most` keys and records of a type, after the key `after`. Raises NotFound, Conflict."""
        record_type = self._find_record_type(world, kind)
        keys = list(record_type.table)
        start = 0 if after is None else keys.index(_key(record_type, after)) + 1
        schemas = self._schemas(record_type.key)
        return [
            (_text(key), self._redaction.shown(_as_json(record_type, key), schemas))
            for key in keys[start : start + most]
        ]

    def one(self, world: World, kind: str, key: str) -> Any:
        """Return one record. Raises NotFound, Conflict."""
        record_type = self._find_record_type(world, kind)
        return self._redaction.shown(_as_json(record_type, _key(record_type, key)), self._schemas(record_type.key))

    def put(self, world: World, kind: str, key: str, value: Any) -> Any:
        """Replace a record, or add one.

        Raises NotFound, Invalid for a value that does not fit the type or its schema, and what `World.check_capacity`
        raises.
        """
        record_type = self._find_record_type(world, kind)
        world.check_capacity()
        known = next((found for found in record_type.table if _text(found) == key), None)
        former = None if known is None else _as_json(record_type, known)
        value = self._redaction.restored(value, former, self._schemas(record_type.key))
        record = _read(record_type, known, value)
        if isinstance(record_type.key, type):
            world.store[record_type.key][key if known is None else known] = record
        else:
            name, path, parents = record_type.key
            self._behaviours[name].check(path, value, former)
            self._behaviours[name].keep(path, parents, "" if key == _ALONE else key, record, world)
        world.keep(weigh(value))
        world.reschedule()
        return self.one(world, kind, key)

    def remove(self, world: World, kind: str, key: str) -> None:
        """Remove a record, and the records below it. Raises NotFound."""
        record_type = self._find_record_type(world, kind)
        found = _key(record_type, key)
        if isinstance(record_type.key, type):
            del world.store[record_type.key][found]
        else:
            name, path, parents = record_type.key
            self._behaviours[name].forget(path, parents, found, world)
        world.reschedule()

    def shown_change(self, change: Change) -> tuple[Any, Any]:
        """Return the values of a change before and after, with secrets redacted."""
        schemas = self._schemas(change.of)
        was, becomes = self._redaction.alike([change.was, change.becomes], schemas)
        return _value_at(was, change.path), _value_at(becomes, change.path)

    def _schemas(self, key: Any) -> list[Schema]:
        """Return the declared schemas of the records under a key of the store."""
        behaviour = self._generated.get(key[0]) if isinstance(key, tuple | list) and key else None
        return [] if behaviour is None else behaviour.schemas_of(str(key[1]))

    def _record_types(self, world: World) -> list[_RecordType]:
        for behaviour in self._behaviours.values():
            behaviour.look(world)
        return self._existing_record_types(world)

    def _existing_record_types(self, world: World) -> list[_RecordType]:
        tables = world.store.tables()
        names = [key.__name__ for key, _ in tables if isinstance(key, type)]
        return [_RecordType(name, key, table) for key, table in tables if (name := self._name(key, names)) is not None]

    def _name(self, key: Hashable, names: list[str]) -> str | None:
        """Return the name of the records under a key of the store; None if they are no records of an API."""
        if isinstance(key, type):
            # A class that is private to its module is not a record of the API, but an index or the like.
            private = key.__name__.startswith("_")
            return None if private else key.__name__ if names.count(key.__name__) == 1 else name_of(key)
        if isinstance(key, tuple) and key[0] in self._behaviours and key[1].startswith("/"):
            return collection(key)
        return None

    def _find_record_type(self, world: World, kind: str) -> _RecordType:
        record_types = {record_type.name: record_type for record_type in self._record_types(world)}
        if kind not in record_types:
            raise NotFound(f"Unknown record type. {_hint(kind, record_types)}", code="no_such_type")
        return record_types[kind]


def _hint(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"Did you mean {near[0]}?" if near else f"Known types: {', '.join(sorted(known)) or 'none'}."


def _text(key: Any) -> str:
    return (key or _ALONE) if isinstance(key, str) else write_json(key).decode()


def _key(record_type: _RecordType, text: str) -> Any:
    for key in (text,) if text in record_type.table else record_type.table:
        if _text(key) == text:
            return key
    raise NotFound("No record of this type has this key.", code="no_such_record")


def _value_at(shown: Any, pointer: str) -> Any:
    """Return the value at a pointer of a redacted record; below a redacted value, the redacted value."""
    for step in split(pointer):
        if isinstance(shown, list) and step.isdecimal() and int(step) < len(shown):
            shown = shown[int(step)]
        elif isinstance(shown, dict):
            shown = shown.get(step)
        else:
            return shown
    return shown


def _as_json(record_type: _RecordType, key: Any) -> Any:
    record = record_type.table[key]
    if isinstance(record, Record):
        return dict(record.members)
    try:
        return write_form(form_of(record_type.key if isinstance(record_type.key, type) else Any), record, "")
    except Unwritable as problem:
        raise Conflict(str(problem), code="record_unwritable") from None


def _read(record_type: _RecordType, known: Any, value: Any) -> Any:
    """Return a value as a record. Raises Invalid."""
    if not isinstance(record_type.key, type):
        if not isinstance(value, dict):
            raise Invalid("A record of this type must be an object.", code="record_unfit")
        former = record_type.table.get(known)
        return Record(value, seeded=former is not None and former.seeded)
    try:
        return read_form(form_of(record_type.key), value, "")
    except Invalid as error:
        reason = error.message.replace("The snapshot cannot be restored: ", "").replace("it is no", "this is no", 1)
        raise Invalid(f"The record does not fit its type: {reason}", code="record_unfit") from None

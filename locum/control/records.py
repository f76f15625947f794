"""Records for the control API: by the name of their type and the text of their key, as plain JSON."""

from __future__ import annotations

import hashlib
from difflib import get_close_matches
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.control.form_schemas import form_schema
from locum.errors import Conflict, Invalid, NotFound
from locum.infer.records.records import Record
from locum.infer.resources.words import words_of
from locum.openapi.pointers import split
from locum.openapi.wire.json_values import write_json
from locum.redaction import REDACTED
from locum.world.differences import collection
from locum.world.forms import Unwritable, form_of, read_form, write_form
from locum.world.ledger import weigh
from locum.world.record_types import name_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping

    from locum.infer.behaviour import Behaviour
    from locum.openapi.schemas.schemas import Schema
    from locum.redaction import RecordRedaction
    from locum.world.differences import RecordChange
    from locum.world.worlds import World

__all__ = ["RecordOperationsView"]

_ALONE = "-"
"""The text of the key of a singleton, whose key is empty."""


class _RecordType(NamedTuple):
    """The records of one type, or of one path of a document."""

    name: str
    key: Any
    table: dict[Any, Any]


class RecordOperationsView:
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

    def leveled(self, before: World, after: World, kind: str | None = None) -> tuple[World, World]:
        """Return copies of two worlds in which the same generated records exist, so that they can be compared.

        With `kind`, the copies have only the records of that type, and those above them.
        """
        one, other = before.fork(""), after.fork("")
        if kind is not None:
            for world in (one, other):
                world.store.drop(lambda key: not _is_of(key, kind))
        for behaviour in self._generated.values():
            behaviour.level(one, other)
            behaviour.level(other, one)
        return one, other

    def types(self, world: World, *, generate: bool = True) -> list[tuple[str, str, int | None]]:
        """Return the names of the types, sorted, each with its document and its number of records.

        The document is empty for types of handlers. The records of a type are generated at their first use; unless
        `generate`, the number of those that are not generated yet is None.
        """
        if generate:
            for behaviour in self._behaviours.values():
                behaviour.look(world)
        found = [
            (
                record_type.name,
                "" if isinstance(record_type.key, type) else str(record_type.key[0]),
                len(record_type.table),
            )
            for record_type in self._existing_record_types(world)
        ]
        existing = {name for name, _, _ in found}
        later = [(name, key[0], None) for name, key in self._top_level().items() if name not in existing]
        return sorted([*found, *later], key=lambda one: one[0])

    def keys(self, world: World, kind: str, most: int) -> list[str]:
        """Return at most `most` keys of the records of a type. Raises NotFound."""
        return [self.key_text(key) for key in list(self._find_record_type(world, kind).table)[:most]]

    def key_text(self, key: Any) -> str:
        """Return a key as text. A key that is a secret is redacted, with a digest that distinguishes it from others."""
        text = _text(key)
        if self._redaction.key(text) == text:
            return text
        return f"{REDACTED}-{hashlib.blake2b(text.encode(), digest_size=6).hexdigest()}"

    def describe(self, world: World, kind: str) -> dict[str, Any]:
        """Return what is known of a type: its document, path, schema, identity, and relations. Raises NotFound."""
        known = [name for name, _, _ in self.types(world, generate=False)]
        key = self._top_level().get(kind)
        if key is None:
            record_type = self._find_record_type(world, kind)
            if isinstance(record_type.key, type):
                return {**_OF_A_CLASS, "name": kind, "relations": _class_relations(record_type, known)}
            key = record_type.key
        name, path, parents = key
        behaviour = self._behaviours[name]
        resource = behaviour.resource(path)
        shape = resource.shape
        relations = [
            {"member": member, "type": collection((name, target.path, parents[: target.depth])), "many": many}
            for member, target, many in behaviour.references(path)
        ]
        return {
            "name": kind,
            "api": name,
            "path": path,
            "identity": list(resource.identity),
            **({} if shape is None else {"schema": form_schema(shape.schema, behaviour.shapes)}),
            "relations": [relation for relation in relations if relation["type"] in known],
            "below": [other for other in known if other.startswith(f"{kind}/")],
        }

    def draft(self, world: World, kind: str) -> dict[str, Any]:
        """Return the key and the value of a new record that fits its type; nothing is stored. Raises NotFound."""
        record_type = self._find_record_type(world, kind)
        if isinstance(record_type.key, type):
            first = next(iter(record_type.table), None)
            return {"key": "", "value": {} if first is None else self.one(world, kind, self.key_text(first))}
        name, path, parents = record_type.key
        key, members = self._behaviours[name].draft(path, parents, world)
        return {"key": key, "value": members}

    def all(self, world: World, kind: str, after: str | None, most: int) -> list[tuple[str, Any]]:
        """Return at most `most` keys and records of a type, after the key `after`. Raises NotFound, Conflict."""
        record_type = self._find_record_type(world, kind)
        keys = list(record_type.table)
        start = 0 if after is None else keys.index(self._key(record_type, after)) + 1
        schemas = self._schemas(record_type.key)
        return [
            (self.key_text(key), self._redaction.shown(_as_json(record_type, key), schemas))
            for key in keys[start : start + most]
        ]

    def one(self, world: World, kind: str, key: str) -> Any:
        """Return one record. Raises NotFound, Conflict."""
        record_type = self._find_record_type(world, kind)
        return self._redaction.shown(_as_json(record_type, self._key(record_type, key)), self._schemas(record_type.key))

    def put(self, world: World, kind: str, key: str, value: Any) -> Any:
        """Replace a record, or add one.

        Raises NotFound, Invalid for a value that does not fit the type or its schema, and what `World.check_capacity`
        raises.
        """
        record_type = self._find_record_type(world, kind)
        world.check_capacity()
        known = self._find_key(record_type, key)
        if known is None and REDACTED in key:
            raise Invalid(f"The key is {REDACTED}. Set the key of the new record.", code="record_redacted")
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
        found = self._key(record_type, key)
        if isinstance(record_type.key, type):
            del world.store[record_type.key][found]
        else:
            name, path, parents = record_type.key
            self._behaviours[name].forget(path, parents, found, world)
        world.reschedule()

    def shown_changes(self, changes: Iterable[RecordChange]) -> Iterator[tuple[RecordChange, Any, Any]]:
        """Yield each change with its values before and after, with secrets redacted.

        The changes of one record follow one another, and its two versions are redacted once.
        """
        for _, found in groupby(changes, lambda change: (id(change.was), id(change.becomes))):
            of_record = list(found)
            first = of_record[0]
            was, becomes = self._redaction.alike([first.was, first.becomes], self._schemas(first.of))
            for change in of_record:
                yield change, _value_at(was, change.path), _value_at(becomes, change.path)

    def _key(self, record_type: _RecordType, text: str) -> Any:
        found = self._find_key(record_type, text)
        if found is None:
            raise NotFound("No record of this type has this key.", code="no_such_record")
        return found

    def _find_key(self, record_type: _RecordType, text: str) -> Any:
        """Return the key with a text; None if no record has it."""
        table = record_type.table
        return next((key for key in ((text,) if text in table else table) if self.key_text(key) == text), None)

    def _schemas(self, key: Any) -> list[Schema]:
        """Return the declared schemas of the records under a key of the store."""
        behaviour = self._generated.get(key[0]) if isinstance(key, tuple | list) and key else None
        return [] if behaviour is None else behaviour.schemas_of(str(key[1]))

    def _top_level(self) -> dict[str, tuple[str, str, tuple[str, ...]]]:
        """Return the keys in the store of all top-level types of documents, by name."""
        keys = [(name, path, ()) for name, found in self._behaviours.items() for path in found.top_level_paths]
        return {collection(key): key for key in keys}

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
        """Return a type with its records, which are generated if they do not exist yet. Raises NotFound."""
        for _ in range(2):
            for record_type in self._existing_record_types(world):
                if record_type.name == kind:
                    return record_type
            name, path, _ = self._top_level().get(kind, ("", "", ()))
            if not path:
                break
            self._behaviours[name].look_at(path, world)
        names = [name for name, _, _ in self.types(world, generate=False)]
        raise NotFound(f"Unknown record type. {_hint(kind, names)}", code="no_such_type")


def _is_of(key: Any, kind: str) -> bool:
    """Whether a table has the records of a type, or of one above it."""
    if isinstance(key, type):
        return kind in {key.__name__, name_of(key)}
    if not (isinstance(key, tuple) and len(key) == len(("document", "path", "parents"))):
        return False
    name = collection(key)
    return kind == name or kind.startswith(f"{name}/")


_OF_A_CLASS: dict[str, Any] = {"api": "", "path": "", "identity": [], "below": []}
"""What is known of the types of handlers."""


def _class_relations(record_type: _RecordType, known: list[str]) -> list[dict[str, Any]]:
    """Return the relations of a handler's type, by the names of its members: `workflow_id` names a Workflow."""
    by_word = {name.rpartition(".")[2].lower(): name for name in known}
    members: dict[str, None] = {}
    for key in list(record_type.table)[:5]:
        value = _as_json(record_type, key)
        members |= dict.fromkeys(value if isinstance(value, dict) else ())
    found = []
    for member in members:
        words = words_of(member)
        target = by_word.get("".join(words[:-1])) if len(words) > 1 and words[-1] in {"id", "key", "uid"} else None
        if target is not None:
            found.append({"member": member, "type": target, "many": False})
    return found


def _hint(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"Did you mean {near[0]}?" if near else f"Known types: {', '.join(sorted(known)) or 'none'}."


def _text(key: Any) -> str:
    return (key or _ALONE) if isinstance(key, str) else write_json(key).decode()


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

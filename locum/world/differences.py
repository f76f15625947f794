"""Differences: the records that were added, removed and changed between two snapshots."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.openapi.wire.json_values import write_json
from locum.world.forms import step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["ADDED", "CHANGED", "REMOVED", "RecordChange", "collection", "difference"]

ADDED, REMOVED, CHANGED = "added", "removed", "changed"

_GONE, _ANSWERS = "removed ", "answers of"
"""How generated behaviour names tables without records: removed keys, and responses by idempotency key."""

_STEPS = len(("document", "path", "parents"))
_EXPRESSION = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class RecordChange:
    """One difference: in the record `key` of `table`, at a JSON pointer; an empty pointer is the whole record.

    `table` is the full name of the records' type, or the document and the path of the collection:
    `petstore /pets/7/toys`. `before` is None for an addition, `after` for a removal.
    """

    kind: str
    table: str
    key: Any
    path: str
    before: Any = None
    after: Any = None
    was: Any = field(default=None, compare=False, repr=False)
    """The whole record before."""
    becomes: Any = field(default=None, compare=False, repr=False)
    """The whole record after."""
    of: Any = field(default=None, compare=False, repr=False)
    """The key of the table in the store, if that is not a type."""


class _Known(NamedTuple):
    """The entry of a snapshot under a key: a record, or the mark of a removed one."""

    key: Any
    members: Any = None
    is_there: bool = False
    seeded: bool = False
    of: Any = None


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[RecordChange]:
    """Return the differences between the records of two snapshots, in the order of the tables and records.

    Records are generated at their first access, which is not a change. Both worlds should have generated the same
    ones (`Behaviour.level`): a record in only one of them was created there. A record that was created and removed
    again is not a difference.
    """
    then, now = _tables(before), _tables(after)
    changes: list[RecordChange] = []
    for table in sorted(then.keys() | now.keys()):
        former, present = then.get(table, {}), now.get(table, {})
        for name in [*former, *(name for name in present if name not in former)]:
            changes += _of_record(table, former.get(name), present.get(name))
    return changes


def _of_record(table: str, old: _Known | None, new: _Known | None) -> Iterator[RecordChange]:
    if old is not None and old.is_there:
        if new is None and old.seeded:
            return  # not generated there yet: the removal of a generated record leaves a mark
        if new is None or not new.is_there:
            yield RecordChange(REMOVED, table, old.key, "", old.members, was=old.members, of=old.of)
        else:
            for kind, path, was, becomes in _of_values(old.members, new.members, ""):
                yield RecordChange(
                    kind, table, old.key, path, was, becomes, was=old.members, becomes=new.members, of=new.of
                )
    elif new is not None and new.is_there and not new.seeded:
        yield RecordChange(ADDED, table, new.key, "", None, new.members, becomes=new.members, of=new.of)


def _of_values(old: Any, new: Any, path: str) -> Iterator[tuple[str, str, Any, Any]]:
    """Yield the differences of two JSON values: by member, and by item for lists of the same length."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in [*old, *(name for name in new if name not in old)]:
            here = step(path, name)
            if name not in new:
                yield REMOVED, here, old[name], None
            elif name not in old:
                yield ADDED, here, None, new[name]
            else:
                yield from _of_values(old[name], new[name], here)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (was, becomes) in enumerate(zip(old, new, strict=True)):
            yield from _of_values(was, becomes, step(path, index))
    elif _is_number(old) and _is_number(new):
        if old != new:  # 30.0 and 30 are one number of JSON
            yield CHANGED, path, old, new
    elif write_json(old) != write_json(new):  # unlike ==, this distinguishes 1 and true
        yield CHANGED, path, old, new


def _tables(snapshot: Mapping[str, Any]) -> dict[str, dict[bytes, _Known]]:
    """Return the entries of a snapshot, by the name of a table and the text of a key."""
    tables: dict[str, dict[bytes, _Known]] = {}
    for table in snapshot["tables"]:
        of = table.get("of")
        path = of[1] if isinstance(of, list) and len(of) == _STEPS else ""
        if path == _ANSWERS:
            continue
        name = table["type"] if of is None else collection(of)
        known = tables.setdefault(name, {})
        for entry in table["records"]:
            text, form = write_json(entry["key"]), entry["record"]
            if isinstance(path, str) and path.startswith(_GONE):
                known.setdefault(text, _Known(entry["key"]))
            elif of is not None and "type" in table and isinstance(form, dict) and "members" in form:
                known[text] = _Known(
                    entry["key"], form["members"], is_there=True, seeded=form.get("seeded") is True, of=of
                )
            else:
                known[text] = _Known(entry["key"], form, is_there=True, of=of)
    return tables


def collection(of: Any) -> str:
    """Return the name of the table of a document's path, with the values of its parents."""
    if not (isinstance(of, list | tuple) and len(of) == _STEPS and isinstance(of[2], list | tuple)):
        return write_json(of).decode()
    parents = iter(map(str, of[2]))
    path = _EXPRESSION.sub(lambda match: next(parents, match[0]), str(of[1]).removeprefix(_GONE))
    return f"{of[0]} {path}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

"""Store: how the records of a fixture change by what the exchanges of a session show."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from locum.infer.actions.views import OF_ABSENCE, pruned
from locum.infer.recognition import RecordPlace
from locum.record.redacting import without_redacted
from locum.redaction import REDACTED
from locum.server.record_files import path_below

if TYPE_CHECKING:
    from locum.infer.recognition import Recognised
    from locum.infer.records.identifiers import Parents
    from locum.infer.resources.resources import Resource
    from locum.record.fixture import Fixture

__all__ = ["AsOf", "SessionStore"]


class AsOf(Enum):
    """Of which moment of a session the records are."""

    START = "start"
    """As they were before the session changed them: without what it created, with what it removed."""
    END = "end"


class SessionStore:
    """The records of a fixture during a session."""

    def __init__(self, fixture: Fixture, as_of: AsOf) -> None:
        self._fixture = fixture
        self._as_of = as_of
        self._touched: set[tuple[Resource, Parents, str]] = set()
        """Records that the session has written."""
        self._seen: set[tuple[Resource, Parents, str]] = set()
        """Records of which a response of the session has shown everything."""
        self._callers: dict[Resource, tuple[Parents, str]] = {}
        """The caller's own record of a resource, which comes first: `/users/me` is the first user."""
        self.notes: dict[str, None] = {}
        """What was left out of records."""

    def is_whole(self, resource: Resource, parents: Parents, key: str) -> bool:
        """Return whether a response has shown all of a record."""
        return (resource, parents, key) in self._seen

    def put_shown(self, shown: Recognised, *, is_write: bool) -> None:
        """Store what a response shows of a record; a copy in another record only adds to it."""
        members, place = shown.members, shown.place
        former = self._fixture.known(place.resource, place.parents).get(place.key, {})
        for owner, value in shown.owners:
            known = members.get(owner.member, former.get(owner.member))
            if known is None or not owner.has({owner.member: known}, str(owner.key_of(value))):
                listed = [*(known if isinstance(known, list) else []), value]
                members = {**members, owner.member: listed if owner.many else value}
        if shown.is_held:
            members = {**members, **former}
        self.put(place, members, is_whole=shown.is_whole, is_write=is_write)

    def put(self, place: RecordPlace, members: dict[str, Any], *, is_whole: bool, is_write: bool) -> None:
        """Store a record, or what a response shows of it."""
        resource, parents, key = name = place[:3]
        if place.is_callers:
            self._callers[resource] = parents, key
        if self._as_of is AsOf.START:
            if is_write:
                self._touched.add(name)
            if name in self._touched or name in self._seen:
                return
        if is_whole:
            self._seen.add(name)
        table = self._fixture.table(resource, parents)
        former = table.get(key)
        now = members if is_whole or former is None else {**former, **members}
        table[key] = self._fitted(place, now)

    def _fitted(self, place: RecordPlace, members: dict[str, Any]) -> dict[str, Any]:
        """Return a record without the parts that break its schema, and note them."""
        shape = place.resource.shape
        if shape is None or shape.schema.is_valid(members):
            return members
        kept = pruned(shape.schema, members, OF_ABSENCE)
        home = path_below(place.resource, place.parents, place.key)
        for violation in shape.schema.violations(members, "body"):
            if violation.path and violation.keyword not in OF_ABSENCE:
                where = ".".join(map(str, violation.path))
                self.notes[f"{home}: {where} is left out, as it breaks the schema: it {violation.message}."] = None
        return kept

    def remove(self, place: RecordPlace, *, is_write: bool = True) -> None:
        """Remove a record, and those below it."""
        resource, parents, key = name = place[:3]
        if self._as_of is AsOf.START and (is_write or name in self._touched or name in self._seen):
            self._touched.add(name)
            return
        self._fixture.known(resource, parents).pop(key, None)
        above = parents if resource.singleton else (*parents, key)
        for other, tables in self._fixture.tables.items():
            if other is not resource and _is_below(other, resource):
                for gone in [one for one in tables if one[: len(above)] == above]:
                    del tables[gone]

    def touch(self, place: RecordPlace) -> None:
        """Note that the session has changed a record, in a way that is unknown."""
        self._touched.add(place[:3])

    def drop_redacted(self) -> None:
        """Remove what was redacted since it was stored: members, and records whose key or parent is a secret."""
        for resource, tables in self._fixture.tables.items():
            for parents, table in list(tables.items()):
                if any(REDACTED in one for one in parents):
                    del tables[parents]
                    continue
                for key, members in list(table.items()):
                    if REDACTED in key:
                        del table[key]
                    else:
                        table[key] = self._fitted(RecordPlace(resource, parents, key), without_redacted(members))

    def begin_list(self, resource: Resource, parents: Parents) -> None:
        """Remove the records of a collection, of which all are listed or none is left."""
        if self._as_of is AsOf.END:
            self._fixture.table(resource, parents).clear()

    def order(self, resource: Resource, parents: Parents, keys: list[str]) -> None:
        """Put the records of a list in its order, at the places that they have among the others."""
        table = self._fixture.table(resource, parents)
        listed = [key for key in dict.fromkeys(keys) if key in table]
        turns, chosen = iter(listed), set(listed)
        ordered = {name: table[name] for name in [next(turns) if key in chosen else key for key in table]}
        table.clear()
        table.update(ordered)

    def callers_first(self) -> None:
        """Put the caller's own records first, where a path names them so."""
        for resource, (parents, key) in self._callers.items():
            table = self._fixture.known(resource, parents)
            if key in table:
                self._fixture.tables[resource][parents] = {key: table[key]} | table


def _is_below(other: Resource, resource: Resource) -> bool:
    above = other.parent
    while above is not None:
        if above is resource:
            return True
        above = above.parent
    return False

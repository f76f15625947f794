"""Seed data: records from files that replace generated ones (`--seed-data`, and the folder of a `--fixture`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from locum.infer.actions.views import OF_ABSENCE
from locum.infer.records.identifiers import ALONE
from locum.infer.records.seeds import usual_count
from locum.infer.resources.relations import relations_of
from locum.infer.resources.words import same
from locum.openapi.compile.examples import is_inferred
from locum.openapi.near_names import meant, nearest
from locum.openapi.wire.styles import typed
from locum.server.handlers import StartError
from locum.server.record_files import Collections, UnknownCollection, read_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from locum.infer.behaviour import Behaviour
    from locum.infer.records.identifiers import Parents
    from locum.infer.resources.resources import Resource
    from locum.openapi.schemas.schemas import Schema
    from locum.server.record_files import RecordHome
    from locum.server.services import Service
    from locum.world.worlds import World

    Tables = dict[Parents, dict[str, dict[str, Any]]]

__all__ = ["SeedFile", "load_seed_data", "read_fixture"]

_ALIKE = 0.8
"""The least similarity of a name to a declared one that makes it a misspelling."""


class SeedFile(NamedTuple):
    """A file of records, and the APIs whose records it may have."""

    path: Path
    services: Sequence[Service]
    option: str = "--seed-data"


def load_seed_data(files: Sequence[SeedFile], world: World, *, exact: bool = False) -> list[str]:
    """Read records from files, check them against their schemas and each other, and make them the seed data.

    A JSON or YAML file contains lists of records by the name or path of a collection, or below one record
    (`/pets/7/toys`). A file that is a list itself, and a CSV file, contains the records of the collection with the
    file's name. With `exact` the records are those of a fixture: they keep their references as they are, and what
    they refer to exists.

    Returns notes for the user. Raises StartError, with all problems.
    """
    read = _Records(exact=exact)
    notes, problems = read.all(files), read.problems
    for resource, records in read.listed.items():
        resource.seed = [record for _, record in records.records]
    for resource, table in read.given.items():
        resource.given, resource.found = table.plain(resource), True
    if exact:
        for resource, table in read.given.items():
            _admit_named(resource, table.behaviour, is_bare=world.bare)
    else:
        for resource, records in read.listed.items():
            problems += _dangling(resource, records, world)
    if problems:
        raise StartError(problems)
    return notes


def read_fixture(files: Sequence[SeedFile]) -> dict[Resource, tuple[Path, Tables]]:
    """Return the records of a fixture, to be changed, each resource with its file. Raises StartError.

    A resource must have one JSON or YAML file, with its records below each parent, and no other may share it.
    """
    read = _Records(exact=True)
    read.all(files)
    places = {resource: table.files for resource, table in read.given.items()}
    places |= {resource: listed.files for resource, listed in read.listed.items()}
    shared = [file for files in places.values() for file in files]
    for resource, own in places.items():
        for file in own:
            if len(own) > 1 or shared.count(file) > 1 or file.suffix.lower() == ".csv" or resource in read.listed:
                read.problems.append(
                    f"{file}: cannot be updated. Give {resource.path} one JSON or YAML file of its own, with the "
                    "records under the path of each parent."
                )
    if read.problems:
        raise StartError(list(dict.fromkeys(read.problems)))
    return {resource: (next(iter(table.files)), table.plain(resource)) for resource, table in read.given.items()}


class _Listed(NamedTuple):
    """The records of a resource below any parent, each with its place in a file."""

    behaviour: Behaviour
    records: list[tuple[str, dict[str, Any]]]
    files: dict[Path, None]


class _Table(NamedTuple):
    """The records of a resource by the path values above them, each with its place in a file."""

    behaviour: Behaviour
    by_parents: dict[Parents, list[tuple[str, dict[str, Any]]]]
    keys: dict[str, str]
    """The keys that are names in a file (`/pets/7`), by place."""
    files: dict[Path, None]

    def plain(self, resource: Resource) -> Tables:
        """Return the records by parents and key; the position is the key of a record without one."""
        found: Tables = {}
        for parents, records in self.by_parents.items():
            table = found.setdefault(parents, {})
            for number, (place, record) in enumerate(records, 1):
                key = resource.key_of(record) if place not in self.keys else self.keys[place]
                table[ALONE if resource.singleton else str(number) if key is None else str(key)] = record
        return found


class _Records:
    """The records of all files by resource, and what is wrong with the files."""

    def __init__(self, *, exact: bool) -> None:
        self._exact = exact
        self._collections: dict[int, Collections] = {}
        self.problems: list[str] = []
        self.listed: dict[Resource, _Listed] = {}
        self.given: dict[Resource, _Table] = {}

    def all(self, files: Sequence[SeedFile]) -> list[str]:
        """Read and check all files; return notes. Raises StartError."""
        for file in files:
            self._take(file)
        problems = self.problems
        for resource, listed in self.listed.items():
            problems += _unfit(resource, listed.records, exact=self._exact)
        for resource, table in self.given.items():
            problems += [
                problem
                for records in table.by_parents.values()
                for problem in _unfit(resource, records, exact=self._exact)
            ]
        notes = self._check_names()
        if problems:
            raise StartError(problems)
        return notes

    def _take(self, file: SeedFile) -> None:
        """Read one file."""
        try:
            content = read_records(file.path)
        except (OSError, ValueError) as problem:
            reason = getattr(problem, "strerror", None) or problem
            self.problems.append(f"{file.option} {file.path}: cannot be read: {reason}.")
            return
        known = self._collections.get(id(file.services))
        if known is None:
            known = Collections(service.behaviour for service in file.services)
            self._collections[id(file.services)] = known
        for name, records in (content if isinstance(content, dict) else {file.path.stem: content}).items():
            place = f"{file.path}: {name}"
            try:
                home = known.home(str(name), is_list=isinstance(records, list))
            except UnknownCollection as unknown:
                self.problems.append(f"{place}: {unknown}")
                continue
            is_one = home.resource.singleton or home.key is not None
            listed = [records] if is_one and isinstance(records, dict) else records
            if not isinstance(listed, list) or not all(isinstance(record, dict) for record in listed):
                self.problems.append(f"{place}: not a list of records. Write one object for each record.")
                continue
            self._place(home, file.path, place, [_typed(home.resource, record) for record in listed])

    def _place(self, home: RecordHome, file: Path, place: str, records: list[dict[str, Any]]) -> None:
        """Add the records under one name."""
        resource, parents = home.resource, home.parents
        if parents is None and (self._exact and not resource.depth):
            parents = ()
        placed = [(f"{place}, record {number}", record) for number, record in enumerate(records, 1)]
        if parents is None:
            listed = self.listed.setdefault(resource, _Listed(home.behaviour, [], {}))
            listed.records.extend(placed)
            listed.files[file] = None
            return
        table = self.given.setdefault(resource, _Table(home.behaviour, {}, {}, {}))
        table.files[file] = None
        if home.key is not None:
            key = home.key
            if resource.identity and not resource.singleton:
                named = home.behaviour.typed_key(resource, key)
                placed = [
                    (one, record if resource.key_of(record) is not None else resource.with_key(record, named))
                    for one, record in placed
                ]
            else:
                table.keys.update((one, key) for one, _ in placed)
        table.by_parents.setdefault(parents, []).extend(placed)

    def _check_names(self) -> list[str]:
        """Report members that are not declared: misspelt ones as problems, others as notes, which are returned."""
        notes: dict[str, None] = {}
        placed = [(resource, one) for resource, listed in self.listed.items() for one in listed.records]
        tables = (
            (resource, records) for resource, table in self.given.items() for records in table.by_parents.values()
        )
        placed += [(resource, one) for resource, records in tables for one in records]
        for resource, (place, record) in placed:
            for name, near in _undeclared(resource, record):
                if near:
                    self.problems.append(f"{place}: {name}: the schema has no such member. Did you mean {near}?")
                else:
                    where = place.rpartition(", record ")[0]
                    text = f"{where}: {name} is not a member of the schema. Responses show it where they allow others."
                    notes[text] = None
        return list(notes)


def _undeclared(resource: Resource, record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the members that an open schema does not declare, each with the declared one that it resembles, or "".

    A declared member that the record has, too, is not what was meant.
    """
    shape = resource.shape
    if shape is None or not shape.properties or is_inferred(shape.schema):
        return
    raw = shape.schema.resolve(shape.schema.raw)
    if isinstance(raw, dict) and (raw.get("patternProperties") or raw.get("additionalProperties") not in (None, True)):
        return  # further names are declared; or none are allowed, which is a violation of the schema
    declared = shape.properties
    for name in record:
        if name in declared or name.partition(".")[0] in declared:
            continue
        absent = [other for other in declared if other not in record]
        yield name, next((other for other in nearest(name, absent) if _is_misspelt(name, other)), "")


def _is_misspelt(name: str, other: str) -> bool:
    from difflib import SequenceMatcher  # noqa: PLC0415 (for such names only)

    one, two = name.casefold(), other.casefold()
    return same(name, other) or sorted(one) == sorted(two) or SequenceMatcher(None, one, two).ratio() >= _ALIKE


def _typed(resource: Resource, record: dict[str, Any]) -> dict[str, Any]:
    """Convert the strings of a CSV record to the types of the schema; return other records unchanged."""
    if resource.shape is None:
        return record
    schema = resource.shape.schema
    read = typed(schema, schema.raw, record)
    return read if isinstance(read, dict) and all(isinstance(value, str) for value in record.values()) else record


def _unfit(resource: Resource, records: list[tuple[str, dict[str, Any]]], *, exact: bool) -> Iterator[str]:
    """Yield violations of the schema, and repeated keys. Missing properties are allowed: they are generated.

    With `exact`, also within objects, from which a recording has taken secrets, and in alternatives: a list may show
    less of a record than any of them requires.
    """
    seen: dict[str, str] = {}
    for place, record in records:
        for violation in resource.shape.schema.violations(record, "body") if resource.shape is not None else ():
            if (
                violation.keyword not in OF_ABSENCE
                if exact
                else len(violation.path) > 1 or violation.keyword != "required"
            ):
                member = ".".join(map(str, violation.path))
                hint = _hint(resource, violation.path, record)
                yield f"{place}{': ' * bool(member)}{member}: {violation.message}.{hint}"
        key = record.get(resource.member) if resource.member is not None else None
        if key is not None and str(key) in seen:
            yield f"{place}: {resource.member} {key!r} is already used by {seen[str(key)]}."
        elif key is not None:
            seen[str(key)] = place


def _hint(resource: Resource, path: Sequence[str | int], record: dict[str, Any]) -> str:
    """Return the declared members that a member which is not allowed may mean."""
    known = resource.shape.properties if resource.shape is not None else {}
    if len(path) != 1 or path[0] in known or path[0] not in record:
        return ""
    return meant(str(path[0]), (name for name in known if name not in record))


def _dangling(resource: Resource, listed: _Listed, world: World) -> Iterator[str]:
    """Yield references to records that do not exist."""
    for relation in relations_of(resource, listed.behaviour.resources, listed.behaviour.shapes):
        if relation.holds or relation.target.depth:
            continue
        keys = listed.behaviour.keys(relation.target, world)
        for place, record in listed.records:
            value = record.get(relation.member)
            for key in value if isinstance(value, list) else [value]:
                if key is not None and str(key) not in keys:
                    yield (
                        f"{place}: {relation.member}: {relation.target.path} has no record {key!r}."
                        f"{meant(str(key), keys)}"
                    )


def _admit_named(resource: Resource, behaviour: Behaviour, *, is_bare: bool) -> None:
    """Make the records exist below which those of a fixture are, and to which they refer if the fixture has none such.

    They are generated.
    """
    assert resource.given is not None  # noqa: S101 (the caller has set it)
    for relation in relations_of(resource, behaviour.resources, behaviour.shapes):
        if relation.holds or relation.target.depth or relation.named_by is not None or not relation.is_certain:
            continue
        for table in resource.given.values():
            for members in table.values():
                value = members.get(relation.member)
                for key in value if isinstance(value, list) else [value]:
                    is_key = isinstance(key, str | int) and not isinstance(key, bool) and key != ""
                    if is_key and relation.target.given is None:  # with a file, a resource has what is in it
                        _admit(relation.target, (), key, behaviour)
    above = resource.parent
    while above is not None:
        for parents in list(resource.given):
            if not above.singleton and len(parents) > above.depth:
                key = behaviour.typed_key(above, parents[above.depth])
                if is_bare and above.given is None:  # nothing is generated, but a parent must be there
                    above.given = {}
                _admit(above, parents[: above.depth], key, behaviour)
        above = above.parent


def _admit(resource: Resource, parents: Parents, key: Any, behaviour: Behaviour) -> None:
    """Make a record exist."""
    if resource.given is not None:
        tables = {above: dict(table) for above, table in resource.given.items()}
        table = tables.setdefault(parents, {})
        if str(key) not in table and _admits(resource, key):
            table[str(key)] = resource.with_key({}, behaviour.typed_key(resource, str(key)))
            resource.given = tables
    elif str(key) not in resource.examples and str(key) not in resource.callers:
        # The generated records begin with these.
        resource.examples = (*resource.examples, str(key))
        if not isinstance(resource.seed, list):
            resource.seed = usual_count(resource) + len(resource.examples)


def _admits(resource: Resource, key: Any) -> bool:
    """Return whether a value may be the identifier of a record."""
    schema: Schema | None = None
    if resource.shape is not None and resource.member is not None:
        schema = resource.shape.properties.get(resource.member)
    return schema is None or bool(schema.is_valid(key))

"""Seed data: records from files that replace generated ones (`--seed-data`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from locum.files import read_text
from locum.infer.resources.relations import relations_of
from locum.openapi.near_names import meant
from locum.openapi.wire.styles import typed
from locum.server.handlers import StartError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from locum.infer.behaviour import Behaviour
    from locum.infer.resources.resources import Resource
    from locum.server.services import Service
    from locum.world.worlds import World

__all__ = ["load_seed_data"]


def load_seed_data(files: Sequence[Path], services: Sequence[Service], world: World) -> None:
    """Read records from files, check them against their schemas and each other, and make them the seed data.

    A JSON or YAML file contains lists of records by the name or path of a collection. A file that is a list itself, and
    a CSV file, contains the records of the collection with the file's name. Raises StartError, with all problems.
    """
    problems: list[str] = []
    known = [(service.behaviour, resource) for service in services for resource in service.behaviour.resources]
    found: dict[Resource, _Given] = {}
    for file in files:
        try:
            content = _read(file)
        except (OSError, ValueError) as problem:
            problems.append(f"--seed-data {file}: cannot be read: {problem}.")
            continue
        for name, records in (content if isinstance(content, dict) else {file.stem: content}).items():
            place = f"{file}: {name}"
            behaviour, resource = _resource(str(name), known, place, problems)
            if resource is None or behaviour is None:
                continue
            if resource.singleton and isinstance(records, dict):
                records = [records]  # noqa: PLW2901 (one record is a list with one item)
            if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
                problems.append(f"{place}: not a list of records. Write one object for each record.")
                continue
            given = found.setdefault(resource, _Given(behaviour, []))
            for number, record in enumerate(records, 1):
                given.records.append((f"{place}, record {number}", _typed(resource, record)))
    for resource, given in found.items():
        problems += _unfit(resource, given.records)
    if problems:
        raise StartError(problems)
    for resource, given in found.items():
        resource.seed = [record for _, record in given.records]
    for resource, given in found.items():
        problems += _dangling(resource, given, world)
    if problems:
        raise StartError(problems)


class _Given(NamedTuple):
    """The records of a resource, each with its place in a file."""

    behaviour: Behaviour
    records: list[tuple[str, dict[str, Any]]]


def _typed(resource: Resource, record: dict[str, Any]) -> dict[str, Any]:
    """Convert the strings of a CSV record to the types of the schema; return other records unchanged."""
    if resource.shape is None:
        return record
    schema = resource.shape.schema
    read = typed(schema, schema.raw, record)
    return read if isinstance(read, dict) and all(isinstance(value, str) for value in record.values()) else record


def _unfit(resource: Resource, records: list[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    """Yield violations of the schema, and repeated keys. Missing properties are allowed: they are generated."""
    seen: dict[str, str] = {}
    for place, record in records:
        for violation in resource.shape.schema.violations(record, "body") if resource.shape is not None else ():
            if len(violation.path) > 1 or violation.keyword != "required":
                member = ".".join(map(str, violation.path))
                yield f"{place}{': ' * bool(member)}{member}: {violation.message}."
        key = record.get(resource.member) if resource.member is not None else None
        if key is not None and str(key) in seen:
            yield f"{place}: {resource.member} {key!r} is already used by {seen[str(key)]}."
        elif key is not None:
            seen[str(key)] = place


def _dangling(resource: Resource, given: _Given, world: World) -> Iterator[str]:
    """Yield references to records that do not exist."""
    for relation in relations_of(resource, given.behaviour.resources, given.behaviour.shapes):
        if relation.holds or relation.target.depth:
            continue
        keys = given.behaviour.keys(relation.target, world)
        for place, record in given.records:
            value = record.get(relation.member)
            for key in value if isinstance(value, list) else [value]:
                if key is not None and str(key) not in keys:
                    yield (
                        f"{place}: {relation.member}: {relation.target.path} has no record {key!r}."
                        f"{meant(str(key), keys)}"
                    )


def _read(file: Path) -> Any:
    if file.suffix.lower() == ".csv":
        import csv  # noqa: PLC0415 (for such files only)
        import io  # noqa: PLC0415 (as above)

        lines = io.StringIO(read_text(file), newline="")
        return [
            {name: text for name, text in row.items() if name and text not in {None, ""}}
            for row in csv.DictReader(lines)
        ]
    text = read_text(file)
    if file.suffix.lower() == ".json":
        import json  # noqa: PLC0415 (its errors name line and column)

        return json.loads(text)
    import yaml  # noqa: PLC0415 (for such files only)

    try:
        return yaml.load(text, Loader=_loader())  # noqa: S506 (a safe loader, without dates)
    except yaml.YAMLError as problem:
        raise ValueError(str(problem)) from None


def _loader() -> Any:
    """Return a safe loader that reads dates as text, as JSON has no type for them."""
    import yaml  # noqa: PLC0415 (as above)

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return Loader


def _resource(
    name: str, known: list[tuple[Behaviour, Resource]], place: str, problems: list[str]
) -> tuple[Behaviour | None, Resource | None]:
    """Return the collection with a name or path; report a problem unless there is exactly one."""
    wanted = name.strip("/").lower().replace("-", "_")
    named = [(behaviour, one) for behaviour, one in known if one.path.strip("/").lower().replace("-", "_") == wanted]
    named = named or [(behaviour, one) for behaviour, one in known if _last(one) == wanted.rpartition("/")[2] == wanted]
    if len(named) > 1:
        tops = [(behaviour, one) for behaviour, one in named if one.depth == 0]
        named = tops if len(tops) == 1 else named
    if len(named) == 1:
        return named[0]
    paths = sorted(one.path for _, one in (named or known))
    if named:
        problems.append(f"{place}: several collections have this name. Write one of their paths: {', '.join(paths)}.")
    else:
        hint = meant(name, [*paths, *(_last(one) for _, one in known)])
        problems.append(f"{place}: no collection has this name or path.{hint}")
    return None, None


def _last(resource: Resource) -> str:
    words = [step for step in resource.path.split("/") if step and "{" not in step]
    return words[-1].lower().replace("-", "_") if words else ""

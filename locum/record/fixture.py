"""Fixture: the folder of a recording: a file of records for each resource, and `_examples.json` for other responses."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.files import read_file, replace_file
from locum.server.handlers import StartError
from locum.server.record_files import path_below, stem_of
from locum.server.recorded import EXAMPLES, RECORDING, Redacted, examples_file, read_examples, record_files
from locum.server.seed_data import read_fixture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from locum.infer.records.identifiers import Parents
    from locum.infer.resources.resources import Resource
    from locum.server.recorded import Asked, RecordedExamples
    from locum.server.services import Service

__all__ = ["Fixture", "FixtureExamples"]


class FixtureExamples(NamedTuple):
    """The recorded responses of one operation: by request, in turn. None in place of one means that records have it."""

    service: Service
    by_request: dict[str, tuple[Asked, list[RecordedExamples | None]]]


@dataclass
class Fixture:
    """The content of a folder of records."""

    folder: Path
    services: Sequence[Service]
    tables: dict[Resource, dict[Parents, dict[str, dict[str, Any]]]] = field(default_factory=dict)
    """The records of each resource, by the path values above them and by key."""
    examples: dict[tuple[str, str], FixtureExamples] = field(default_factory=dict)
    """The responses that are no records, by API and operationId."""
    redacted: Redacted = field(default_factory=Redacted)
    _files: dict[Resource, Path] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path, services: Sequence[Service]) -> Fixture:
        """Read a folder, which need not exist. Raises StartError, with all problems."""
        fixture = cls(folder, services)
        if not folder.is_dir():
            if folder.exists():
                raise StartError([f"{folder}: is not a folder. Name a folder to write records to."])
            return fixture
        for resource, (file, tables) in read_fixture(list(record_files(folder, services))).items():
            fixture.tables[resource], fixture._files[resource] = tables, file
        problems: list[str] = []
        try:
            fixture.redacted = Redacted.read(folder)
        except (OSError, ValueError) as problem:
            problems.append(f"{folder / RECORDING}: cannot be read: {getattr(problem, 'strerror', None) or problem}.")
        for place, own in fixture._folders():
            for service, name, entries in read_examples(place, own, problems):
                fixture.examples[service.name, name] = FixtureExamples(service, {one[0].key: one for one in entries})
        if problems:
            raise StartError(problems)
        return fixture

    def table(self, resource: Resource, parents: Parents) -> dict[str, dict[str, Any]]:
        """Return the records below some parents, to be changed."""
        return self.tables.setdefault(resource, {}).setdefault(parents, {})

    def known(self, resource: Resource, parents: Parents) -> dict[str, dict[str, Any]]:
        """Return the records below some parents; an empty table that is not kept if there are none."""
        return self.tables.get(resource, {}).get(parents, {})

    def map(self, changed: Callable[[Any], Any]) -> None:
        """Replace every value, those of paths and keys included."""
        for resource, tables in self.tables.items():
            made: dict[Parents, dict[str, dict[str, Any]]] = {}
            for parents, table in tables.items():
                own = made.setdefault(changed(parents), {})
                for key, members in table.items():
                    now = changed(members)
                    name = resource.key_of(now) if resource.identity and not resource.singleton else None
                    own[changed(key) if name is None else str(name)] = now
            self.tables[resource] = made
        for name, examples in self.examples.items():
            entries: dict[str, tuple[Asked, list[RecordedExamples | None]]] = {}
            for asked, responses in examples.by_request.values():
                now = asked._replace(path=changed(asked.path), query=changed(asked.query), body=changed(asked.body))
                entries[now.key] = (
                    now,
                    [
                        None if one is None else one._replace(headers=changed(one.headers), body=changed(one.body))
                        for one in responses
                    ],
                )
            self.examples[name] = FixtureExamples(examples.service, entries)

    def write(self) -> None:
        """Write the files whose content has changed. Raises OSError."""
        if self.redacted.members and (self.tables or self.examples):
            _write(self.folder / f"{RECORDING}.json", self.redacted.plain())
        for place, own in self._folders():
            taken = {file.name for file in self._files.values() if file.parent == place}
            for service in own:
                for resource in service.behaviour.resources:
                    if resource not in self.tables:
                        continue
                    file = self._files.get(resource)
                    if file is None:
                        file = self._files[resource] = place / _free(stem_of(resource.path), taken)
                        taken.add(file.name)
                    _write(file, _content(resource, self.tables[resource]))
            names = {service.name for service in own}
            examples = {
                operation: [
                    {"request": asked.plain(), "responses": [None if one is None else one.plain() for one in responses]}
                    for asked, responses in found.by_request.values()
                ]
                for (service, operation), found in self.examples.items()
                if service in names and found.by_request
            }
            known = examples_file(place)
            if examples or known is not None:
                _write(known or place / f"{EXAMPLES}.json", examples)

    def _folders(self) -> list[tuple[Path, Sequence[Service]]]:
        """Return the folder of each API: the one of the fixture if there is one API, else one with its name."""
        if len(self.services) == 1:
            return [(self.folder, self.services)]
        return [(self.folder / service.name, [service]) for service in self.services]


def _free(stem: str, taken: set[str]) -> str:
    name, number = f"{stem}.json", 2
    while name in taken:
        name, number = f"{stem}-{number}.json", number + 1
    return name


def _content(resource: Resource, tables: dict[Parents, dict[str, dict[str, Any]]]) -> dict[str, Any]:
    """Return the content of a file: lists by the path of the collection, or records by their own paths."""
    by_path = resource.singleton or (not resource.identity and resource.item is not None)
    found: dict[str, Any] = {}
    for parents, table in tables.items():
        if by_path:
            found |= {path_below(resource, parents, key): members for key, members in table.items()}
        else:
            found[path_below(resource, parents)] = list(table.values())
    return found


def _write(file: Path, content: dict[str, Any]) -> None:
    if file.suffix.lower() == ".json":
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    else:
        import yaml  # noqa: PLC0415 (for such files only)

        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
    data = text.encode("utf-8", "replace")
    with suppress(FileNotFoundError):
        if read_file(file) == data:
            return
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_file(file, data)

"""The JSON Schema Test Suite over HTTP: each schema is that of a request body, each instance is posted."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from jsonschema_specifications import REGISTRY
from starlette.testclient import TestClient

from locum.generate.generator import Generator, Unsatisfiable
from locum.openapi.compile.contracts import compile_contract
from locum.openapi.load.documents import BadDocument, read
from locum.openapi.pointers import BrokenReference
from locum.openapi.schemas.resources import SCHEMA_LISTS, SCHEMA_MAPS, SCHEMAS
from locum.server.application import create
from locum.world.clock import EPOCH
from tests.wire.serving import body, document, responses, settings_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["VERSIONS", "Group", "groups_in", "outcomes", "remotes_in"]

VERSIONS = {"4": "3.0.3", "2020-12": "3.1.0"}
"""Each draft, and the OpenAPI that builds on it."""

PLACE = "/paths/~1{}/post/requestBody/content/application~1json/schema"


@dataclass
class Group:
    """One schema of the suite with its instances and results."""

    draft: str
    file: str
    description: str
    schema: Any
    tests: list[dict[str, Any]]
    wrong: list[str] = field(default_factory=list)
    """The instances with a result that differs from the suite."""
    valueless: str = ""
    """Why no valid value was generated."""

    @property
    def name(self) -> tuple[str, str, str]:
        return self.draft, self.file, self.description

    @property
    def satisfiable(self) -> bool:
        return any(test["valid"] for test in self.tests)


def groups_in(folder: Path, draft: str, part: str = "") -> list[Group]:
    """Read the groups of a draft: the required ones, or those of a part such as `optional/format`."""
    place = folder / "tests" / f"draft{draft}" / part
    return [
        Group(draft, f"{part}/{path.stem}".lstrip("/"), group["description"], group["schema"], group["tests"])
        for path in sorted(place.glob("*.json"))
        for group in json.loads(path.read_text(encoding="utf-8"))
    ]


def remotes_in(folder: Path, draft: str) -> dict[str, Any]:
    """Read the schemas that the suite references by URL, and that of the draft, each with its URL as identifier."""
    place = folder / "remotes" / f"draft{draft}"
    found = {}
    for path in sorted(place.rglob("*.json")):
        address = "http://localhost:1234/" + path.relative_to(folder / "remotes").as_posix()
        schema = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(schema, dict):
            found[path.relative_to(place).as_posix().replace("/", ".")] = {"$id": address, **schema}
    metaschemas = [uri for uri in REGISTRY if uri.startswith(f"https://json-schema.org/draft/{draft}/")]
    return found | {uri.rpartition("/")[2] + ".metaschema": REGISTRY[uri].contents for uri in sorted(metaschemas)}


def outcomes(groups: list[Group], folder: Path, remotes: dict[str, Any] | None = None) -> list[Group]:
    """Serve the groups of one draft, post every instance, and store the results in the groups.

    `remotes` are components of every document, which their identifiers lead to.
    """
    served = []
    for number, group in enumerate(groups):
        fault = _fault(_document([(number, group)], "", remotes), folder)
        if fault:
            group.wrong = [f"{test['description']}: {fault}" for test in group.tests]
            group.valueless = fault if group.satisfiable else ""
        else:
            served.append((number, group))
    documents = {
        f"suite-{part}": _document(numbered, f"/{part}", remotes) for part, numbered in enumerate(_packed(served))
    }
    application = create(settings_for(folder, documents, {}))
    with TestClient(application, base_url="http://localhost", raise_server_exceptions=False) as client:
        for part, numbered in enumerate(_packed(served)):
            service = next(service for service in application.services if service.name == f"suite-{part}")
            generator = Generator(service.contract.schemas)
            for number, group in numbered:

                def post(value: Any, path: str = f"/{part}/{number}") -> int:
                    text = json.dumps(value)
                    return client.post(path, content=text, headers={"Content-Type": "application/json"}).status_code

                schema = service.contract.operations[f"/{number}", "post"].body.media_types["application/json"].schema
                _note(group, post, generator, schema)
    return groups


def _note(group: Group, post: Any, generator: Generator, schema: Any) -> None:
    expected = {True: {200}, False: {400, 422}}
    for test in group.tests:
        status = post(test["data"])
        if status not in expected[test["valid"]]:
            group.wrong.append(f"{test['description']}: {status}")
    if group.satisfiable:
        try:
            value = generator.value(schema, Random(1), EPOCH)
        except (Unsatisfiable, BrokenReference) as problem:
            group.valueless = str(problem)
        else:
            group.valueless = "" if post(value) == 200 else f"{value!r} was refused"


def _fault(content: dict[str, Any], folder: Path) -> str:
    """Return the first unresolvable reference of a document, or None."""
    path = folder / "alone.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    try:
        for operation in compile_contract(read(path)).operations.values():
            operation.body.media_types["application/json"].schema.is_valid(None)
    except (BadDocument, BrokenReference) as problem:
        return str(problem)
    return ""


def _packed(served: list[tuple[int, Group]]) -> list[list[tuple[int, Group]]]:
    """Distribute groups over documents, in which identifiers are unique."""
    packs: list[tuple[set[str], list[tuple[int, Group]]]] = []
    for number, group in served:
        own = set(_identifiers(group.schema))
        for known, members in packs:
            if known.isdisjoint(own):
                known.update(own)
                members.append((number, group))
                break
        else:
            packs.append((own, [(number, group)]))
    return [members for _, members in packs]


def _identifiers(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$id"), str):
            yield value["$id"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _identifiers(item)


def _document(numbered: list[tuple[int, Group]], base: str, remotes: dict[str, Any] | None) -> dict[str, Any]:
    paths: dict[str, Any] = {
        f"/{number}": {
            "post": {
                "operationId": f"idle {number}",
                "requestBody": body(_placed(group.schema, number, group.draft)),
                "responses": responses(400),
            }
        }
        for number, group in numbered
    }
    components = {"components": {"schemas": remotes}} if remotes else {}
    return document(paths, openapi=VERSIONS[numbered[0][1].draft], base=base, **components)


def _placed(schema: Any, number: int, draft: str) -> Any:
    """Make `#` refer to the schema, not the document: with an identifier in 3.1, with pointers in 3.0."""
    if draft == "4":
        return _pointing(schema, "#" + PLACE.format(number))
    if isinstance(schema, dict) and "$id" not in schema:
        return {"$id": f"https://suite.example/{number}", **schema}
    return schema


def _is_local(reference: str) -> bool:
    return reference == "#" or (reference.startswith("#/") and not reference.startswith("#/components/"))


def _pointing(schema: Any, home: str) -> Any:
    if isinstance(schema, list):
        return [_pointing(item, home) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {}
    for keyword, value in schema.items():
        if keyword == "$ref" and isinstance(value, str) and _is_local(value):
            result[keyword] = home + value[1:]
        elif keyword in SCHEMAS | SCHEMA_LISTS:
            result[keyword] = _pointing(value, home)
        elif keyword in SCHEMA_MAPS and isinstance(value, dict):
            result[keyword] = {name: _pointing(item, home) for name, item in value.items()}
        else:
            result[keyword] = value
    return result

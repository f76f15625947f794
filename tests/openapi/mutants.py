"""Mutants: documents in which random nodes are deleted, retyped or re-pointed, and the checks of each.

`python -m tests.openapi.mutants` checks thousands, of our documents and of those in the folder LOCUM_CORPUS.
"""

from __future__ import annotations

import copy
import json
import os
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from locum.openapi.grammar import METHODS
from locum.openapi.lint.linting import lint
from locum.openapi.load.documents import BadDocument, documents_in
from locum.openapi.load.parsing import parse
from locum.openapi.pointers import BrokenReference, at, pointer_of, split
from locum.openapi.repair.documents import repairs_of
from locum.openapi.repair.repairs import RepairChange
from locum.server.application import create
from locum.server.handlers import StartError
from locum.settings import Settings
from tests.conftest import ROOT
from tests.corpus.requests import Request, Requests, Unsatisfiable
from tests.corpus.sources import CORPUS, DOCUMENTS
from tests.corpus.walks import send

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SOURCES", "Mutant", "failures_of", "mutants"]

SOURCES = (*DOCUMENTS, *documents_in(ROOT / "docs" / "examples"), *documents_in(ROOT / "specs"))
"""The documents of this project."""
_MOST_CHANGES = 6
_PATHS = 5
"""How many paths of a document a mutant has. Unreferenced objects are removed, so that changes affect used ones."""
_SLOW = 10.0
"""Seconds after which a mutant counts as hanging."""
_WRONG: tuple[Any, ...] = (None, 5, "x", [], {}, True, [["x"]], -1.5, {"$ref": "#/info"}, [{}])


@dataclass(frozen=True)
class Mutant:
    """A changed document; `changes` describe the changes."""

    source: str
    number: int
    content: dict[str, Any]
    changes: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.source}-{self.number}: {'; '.join(self.changes)}"


def mutants(path: Path, numbers: range) -> Iterator[Mutant]:
    """Yield mutants of a document, the same for the same numbers."""
    whole = parse(str(path), path.read_bytes())
    for number in numbers:
        random = Random(f"{path.stem} {number}")
        content = copy.deepcopy(_slice(whole, random))
        changes = tuple(_mutate(content, random) for _ in range(random.randint(1, _MOST_CHANGES)))
        yield Mutant(path.stem, number, content, changes)


def _slice(content: dict[str, Any], random: Random) -> dict[str, Any]:
    """Keep some paths of a document and the objects that they reference."""
    paths = list(content.get("paths", {}))
    kept = {path: content["paths"][path] for path in sorted(random.sample(paths, min(_PATHS, len(paths))))}
    found: dict[str, Any] = {
        key: value for key, value in content.items() if key not in {"components", "definitions", "webhooks"}
    }
    found |= {"paths": kept}
    for section in ("parameters", "responses"):
        found.pop(section, None)
    security = content.get("components", {}).get("securitySchemes")
    if security:
        found["components"] = {"securitySchemes": security}
    awaited: list[Any] = [kept]
    while awaited:
        value = awaited.pop()
        if isinstance(value, list):
            awaited += value
        elif isinstance(value, dict):
            awaited += value.values()
            reference = value.get("$ref")
            if isinstance(reference, str) and reference.startswith("#/"):
                part = _copied(content, found, pointer_of(reference))
                if part is not None:
                    awaited.append(part)
    return found


def _copied(content: Any, found: Any, pointer: str) -> Any:
    """Copy a shared object into a slice; return it if it was not there."""
    steps = split(pointer)
    count = 3 if steps[0] == "components" else 2
    if steps[0] == "paths" or len(steps) < count:
        return None
    for depth, step in enumerate(steps[:count], 1):
        try:
            content = content[step]
        except (KeyError, TypeError):
            return None
        if depth == count:
            if step in found:
                return None
            found[step] = content
            return content
        found = found.setdefault(step, {})
    return None


def _mutate(content: dict[str, Any], random: Random) -> str:
    """Change one random node; return a description of the change."""
    nodes = list(_nodes(content))
    pointer, holder, key = random.choice(nodes)
    kind = random.choice(("delete", "retype", "retype", "re-point", "swap"))
    if kind == "re-point":
        references = [node for node in nodes if node[2] == "$ref"]
        if references and random.random() < 0.8:
            pointer, holder, key = random.choice(references)
        elif isinstance(holder[key], dict):
            pointer, holder, key = f"{pointer}/$ref", holder[key], "$ref"
        holder[key] = random.choice(
            (
                "#" + random.choice(nodes)[0],
                "#" + random.choice(nodes)[0],
                f"#{pointer.rpartition('/')[0]}",
                "#/nowhere/at/all",
                "#not-a-pointer",
                "gone.yaml",
                f"shared.json{holder.get('$ref')}" if isinstance(holder, dict) else "#",
                "shared.json#" + random.choice(nodes)[0],
                "https://a.example/b",
                "",
                5,
            )
        )
        return f"{pointer} leads to {holder[key]}"
    if kind == "delete":
        if len(nodes) > 1:
            del holder[key]
        return f"{pointer} is deleted"
    if kind == "swap":
        other = random.choice(nodes)
        value = other[1][other[2]]
        holder[key] = copy.deepcopy(value)
        return f"{pointer} becomes {other[0]}"
    holder[key] = copy.deepcopy(random.choice(_WRONG))
    return f"{pointer} becomes {json.dumps(holder[key])}"


def _nodes(content: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield all nodes but the version: the pointer of each, its container, and its key there."""
    awaited: list[tuple[str, Any]] = [("", content)]
    while awaited:
        pointer, value = awaited.pop()
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in items:
            if pointer or key not in {"openapi", "swagger"}:
                here = f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"
                yield here, value, key
                if isinstance(part, dict | list):
                    awaited.append((here, part))


def failures_of(mutant: Mutant, folder: Path) -> list[str]:
    """Return the failed checks of a mutant; none if it is served, or rejected with a message."""
    path = folder / "mutant.json"
    path.write_text(json.dumps(mutant.content), encoding="utf-8")
    (folder / "shared.json").write_bytes(path.read_bytes())
    began = time.process_time()
    try:
        return [*_failures(path, mutant.content), *_late(began)]
    except (BadDocument, StartError) as rejected:
        return [] if str(rejected).endswith((".", "]", ")")) else [f"no sentence: {rejected}"]
    except Exception:  # noqa: BLE001 (this is what is looked for)
        return [traceback.format_exc()]


def _late(began: float) -> list[str]:
    seconds = time.process_time() - began
    return [f"it took {seconds:.1f} s"] if seconds > _SLOW else []


def _failures(path: Path, content: dict[str, Any]) -> Iterator[str]:
    application = create(Settings(specs=(path,), cache=False))
    (service,) = application.services
    contract = service.contract
    for diagnostic in lint(contract):
        if not diagnostic.message.endswith((".", "?")) or "\n" in diagnostic.sentence:
            yield f"no sentence: {diagnostic.sentence}"
    again = [
        repair
        for repair in repairs_of(contract.document.content, contract.document.fragments, contract.document.lost)
        if repair.change is not RepairChange.KEEP
    ]
    yield from (f"repaired again: {repair}" for repair in again)
    declared = set(_declared(content))
    missing = declared - set(contract.operations)
    yield from (f"not compiled: {key}" for key in sorted(missing))
    for number, operation in enumerate(contract.operations.values()):
        world = f"w{number}"
        try:
            request = Requests(service, application.worlds.named(world)).to(operation)
        except (Unsatisfiable, KeyError, ValueError, AttributeError, TypeError, RecursionError):
            # The request generator of the tests supports only what documents usually contain.
            target = operation.path.replace("{", "").replace("}", "").partition("?")[0].partition("#")[0]
            request = Request(operation.method, service.base_path + target)
        try:
            reply = send(application, request, world)
        except Exception:  # noqa: BLE001 (this is what is looked for)
            yield f"{operation.method} {operation.path}: {traceback.format_exc()}"
            continue
        if reply.status >= 500 and operation.success < 500:
            yield f"{operation.method} {operation.path}: {reply.status} {reply.body[:300].decode('utf-8', 'replace')}"
        application.worlds.drop(world)


def _declared(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    paths = content.get("paths")
    for path, item in paths.items() if isinstance(paths, dict) else ():
        if not path.startswith("x-") and isinstance(item, dict):
            for method in METHODS:
                if method in _target(content, item):
                    yield (path if path.startswith("/") else f"/{path}"), method


def _target(content: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    reference = item.get("$ref")
    if not isinstance(reference, str):
        return item
    try:
        found = at(content, pointer_of(reference))
    except BrokenReference:
        return item
    return item if isinstance(found, dict) else {}


def main() -> None:
    """Check so many mutants of each document and print the failed checks."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    chosen = sys.argv[2:]
    failed = total = 0
    for path in (*SOURCES, *CORPUS, *map(Path, os.environ.get("LOCUM_DOCUMENTS", "").split())):
        if chosen and path.stem not in chosen:
            continue
        began = time.monotonic()
        for mutant in mutants(path, range(count)):
            with tempfile.TemporaryDirectory() as folder:
                failures = failures_of(mutant, Path(folder))
            total += 1
            failed += bool(failures)
            for failure in failures:
                print(f"{mutant.name}\n  {failure}", flush=True)  # noqa: T201 (its output)
        print(f"{path.stem}: {count} mutants in {time.monotonic() - began:.0f} s", flush=True)  # noqa: T201 (as above)
    print(f"{failed} of {total} mutants failed")  # noqa: T201 (as above)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()

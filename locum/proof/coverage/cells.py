"""Cells: what there is to see of an operation, each by a name that stays the same from run to run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.openapi.compile.dialects import Direction
from locum.openapi.pointers import at, home_of, join
from locum.proof.coverage.branches import branches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.operations import Operation

__all__ = ["MOST_CELLS", "Place", "body_places", "cells_of"]

MOST_CELLS = 2000
"""The most cells of one operation; of a vast document the rest is left out."""

Place = tuple[str, str]
"""The name of a body in cells (`request application/json`), and the pointer to its schema."""


def cells_of(operation: Operation) -> list[str]:
    """Return the cells of an operation, in the order of the document, at most MOST_CELLS."""
    found: dict[str, None] = {}
    for cell in _all(operation):
        found[cell] = None
        if len(found) >= MOST_CELLS:
            break
    return list(found)


def _all(operation: Operation) -> Iterator[str]:
    for status, response in operation.responses.items():
        names = [media.declared for media in response.media_types.values()]
        yield from (f"answer {status} {name}" for name in names) if names else (f"answer {status}",)
    for parameter in operation.parameters:
        name = f"{parameter.location} {parameter.name}"
        if not parameter.required:
            yield from (f"{name}:present", f"{name}:absent")
        pointer = parameter.schema.pointer
        yield from (name + branch for branch in branches(operation.schemas, pointer, Direction.REQUEST))
    if operation.body is not None and not operation.body.required:
        yield from ("request:present", "request:absent")
    for status in ("request", *operation.responses):
        direction = Direction.REQUEST if status == "request" else Direction.RESPONSE
        for name, pointer in body_places(operation, status):
            yield from (name + branch for branch in branches(operation.schemas, pointer, direction))


def body_places(operation: Operation, status: str) -> list[Place]:
    """Return the bodies of the request (`request`), or of the response that is declared under a status."""
    document = operation.schemas.document
    if status == "request":
        if operation.body is None:
            return []
        body = at(document, operation.pointer)["requestBody"]
        declared, home = home_of(document, body, join(operation.pointer, "requestBody"))
        prefix = "request"
    else:
        home = operation.responses[status].pointer
        declared, prefix = at(document, home), status
    return [
        (f"{prefix} {name} ", join(home, "content", name, "schema"))
        for name, media in (declared.get("content") or {}).items()
        if "schema" in media
    ]

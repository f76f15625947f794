"""Counting: which cells of an operation one exchange fills, whose answer was found to keep the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from locum.openapi.compile.dialects import Direction
from locum.openapi.compile.parameters import query_pairs
from locum.openapi.compile.segments import Segment
from locum.openapi.compile.streams import Stream
from locum.openapi.paths import expressions_of, path_of
from locum.openapi.wire.media_types import essence_of, read
from locum.openapi.wire.streams import is_stream
from locum.openapi.wire.styles import Unreadable
from locum.proof.coverage.branches import taken
from locum.proof.coverage.cells import body_places
from locum.proof.judging.answers import declared_media_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.operations import Operation
    from locum.openapi.compile.parameters import Parameter
    from locum.proof.findings import Shown

__all__ = ["filled"]

_REFUSED = 400
_CONSIDERED = frozenset({404, 409, 410, 412})
"""Refusals that say that the request was well formed: what it names is not there, or in another state."""


def filled(operation: Operation, shown: Shown) -> set[str]:
    """Return the cells that an exchange fills.

    What is wrong in a request fills none, and nor does a request that was refused before anybody looked at
    it: of a 401 only the answer counts.
    """
    found = set(_answer(operation, shown))
    if shown.status >= _REFUSED and shown.status not in _CONSIDERED:
        return found
    url = urlsplit(shown.url)
    values = _path_values(operation, url.path)
    try:
        pairs = query_pairs(url.query.encode("ascii", "replace"))
    except ValueError:
        pairs = {}
    texts = {"path": values, "header": shown.headers}
    for parameter in operation.parameters:
        if parameter.location == "query":
            present = any(name == parameter.name or name.startswith(parameter.name + "[") for name in pairs)
            value, violations = parameter.read_pairs(pairs)
        elif parameter.location == "cookie":
            value, violations = parameter.read_cookies(shown.headers.get("cookie", ""))
            present = value is not None
        elif parameter.location == "querystring":
            value, violations = parameter.read_query(url.query.encode("ascii", "replace"))
            present = value is not None
        else:
            name = parameter.name.lower() if parameter.location == "header" else parameter.name
            text = texts[parameter.location].get(name)
            present = text is not None
            value, violations = parameter.read_text(text)
        found.update(_parameter(operation, parameter, value, present=present and not violations, right=not violations))
    found.update(_request(operation, shown))
    return found


def _answer(operation: Operation, shown: Shown) -> Iterator[str]:
    declared = operation.declares(shown.status)
    if declared is None:
        return
    names = [media.declared for media in declared.media_types.values()]
    if not names:
        yield f"answer {declared.status}"
        return
    name = declared_media_type(names, shown.answer_headers.get("content-type", ""))
    if name is None:
        return
    yield f"answer {declared.status} {name}"
    yield from _body(operation, declared.status, name, shown.answer, shown.answer_headers, Direction.RESPONSE)


def _request(operation: Operation, shown: Shown) -> Iterator[str]:
    if operation.body is None:
        return
    if not operation.body.required:
        yield "request:present" if shown.body else "request:absent"
    if shown.body:
        names = [name for name, _ in body_places(operation, "request")]
        header = shown.headers.get("content-type", "")
        name = declared_media_type([name.split(" ", 1)[1].strip() for name in names], header)
        if name is not None:
            yield from _body(operation, "request", name, shown.body, shown.headers, Direction.REQUEST)


def _body(  # noqa: PLR0913, PLR0917 (a body, and what it is)
    operation: Operation, status: str, name: str, data: bytes, headers: dict[str, str], direction: Direction
) -> Iterator[str]:
    place = next((found for found in body_places(operation, status) if found[0].split(" ", 1)[1].strip() == name), None)
    if place is None or not data:
        return
    schema = operation.schemas.schema(place[1], direction)
    header = headers.get("content-type", "")
    essence = essence_of(header)
    try:
        if direction is Direction.RESPONSE and is_stream(essence):
            stream = Stream(essence, schema)
            values = [stream.read(data)] if stream.of_item is None else stream.read(data)
        else:
            values = [read(data, essence, header.encode("latin-1", "replace"), schema, {})]
    except Unreadable:
        return
    for value in values:
        if not isinstance(value, bytes) and schema.is_valid(value):
            yield from (place[0] + branch for branch in taken(operation.schemas, place[1], direction, value))


def _parameter(operation: Operation, parameter: Parameter, value: Any, *, present: bool, right: bool) -> Iterator[str]:
    name = f"{parameter.location} {parameter.name}"
    if not parameter.required and right:
        yield f"{name}:{'present' if present else 'absent'}"
    if present:
        branches = taken(operation.schemas, parameter.schema.pointer, Direction.REQUEST, value)
        yield from (name + branch for branch in branches)


def _path_values(operation: Operation, path: str) -> dict[str, str]:
    """Return the values of the template expressions, as they were sent; the operation may be below any base path."""
    expected = path_of(operation.path).split("/")[1:]
    values: dict[str, str] = {}
    for step, wanted in zip(path.rstrip("/").split("/")[-len(expected) :], expected, strict=False):
        names = expressions_of(wanted)
        caught = Segment.of(wanted).match(step) if names else ()
        if caught is None:
            return {}
        values.update(zip(names, caught, strict=True))
    return values

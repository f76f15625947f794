"""The cells of an operation: its statuses, parameters and schema branches, under stable names."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from locum.openapi.pointers import at, home_of, join, pointer_of
from locum.openapi.schemas.dialects import Direction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.openapi.compile.operations import Operation
    from locum.openapi.schemas.schemas import Schema, Schemas

__all__ = [
    "MARK",
    "MOST_BRANCHES",
    "MOST_CELLS",
    "Place",
    "body_places",
    "branches",
    "cells_of",
    "of_request",
    "parted",
    "parts_of",
    "sentence_of",
    "taken",
]


MOST_CELLS = 2000
"""The maximum number of cells of an operation. Further cells of a large document are ignored."""

Place = tuple[str, str]
"""The prefix of a body's cells (`request application/json`), and the pointer to its schema."""


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
        yield from (f"status {status} {name}" for name in names) if names else (f"status {status}",)
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
    """Return the bodies of the request (`request`), or of the response that a status declares."""
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


MOST_BRANCHES = 200
_DEEPEST = 5
_MOST_VALUES = 30
_BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")


def branches(schemas: Schemas, pointer: str, direction: Direction) -> tuple[str, ...]:
    """Return the names of the branches of the schema at a pointer: `/tags:empty`, `/kind=cat`, `:oneOf/1`.

    There are at most MOST_BRANCHES; of a vast schema those nearest to its root.
    """
    node = _node(schemas, pointer, direction)
    if node.names is None:
        names = dict.fromkeys(islice(_declared(schemas, node, direction), 2 * MOST_BRANCHES))
        node.names = tuple(islice(names, MOST_BRANCHES))
    return node.names


def taken(schemas: Schemas, pointer: str, direction: Direction, value: Any) -> Iterator[str]:
    """Yield the branches that a valid value of the schema at a pointer takes."""
    yield from dict.fromkeys(_seen(schemas, _node(schemas, pointer, direction), direction, "", value, 0))


@dataclass(slots=True)
class _Node:
    """The branches of one schema. Nested schemas are pointers, as they may be recursive."""

    home: str
    marks: list[tuple[str, Callable[[Any], bool]]] = field(default_factory=list)
    alternatives: list[tuple[str, str, Schema]] = field(default_factory=list)
    """The name of each (`:oneOf/1`), where it is, and its schema."""
    parts: list[str] = field(default_factory=list)
    """Where the parts of its `allOf` are."""
    properties: list[tuple[str, bool, str]] = field(default_factory=list)
    """The name of each, whether it is required, and where it is."""
    items: str = ""
    may_be_empty: bool = False
    names: tuple[str, ...] | None = None
    """Its branches, and those within it, once they were asked for."""


def _node(schemas: Schemas, pointer: str, direction: Direction) -> _Node:
    """Return the cached node of the schema at a pointer."""
    key = (f"branches of a {direction.value}", pointer)
    node = schemas.shared.get(key)
    if node is None:
        schema = schemas.schema(pointer, direction)
        own = (key[0], schema.pointer)
        node = schemas.shared.get(own) or _noded(schemas, schema, direction)
        schemas.shared[key] = schemas.shared[own] = node
    return node


def _noded(schemas: Schemas, schema: Schema, direction: Direction) -> _Node:
    raw, home = schema.raw, schema.pointer
    node = _Node(home)
    if not isinstance(raw, dict):
        return node
    node.marks = list(_marks(raw).items())
    for keyword in ("oneOf", "anyOf"):
        for index, place in enumerate(parts_of(schemas, schema, keyword)):
            node.alternatives.append((f":{keyword}/{index}", place, schemas.schema(place, direction)))
    node.parts = parts_of(schemas, schema, "allOf")
    required, properties = _listed(raw, "required"), raw.get("properties")
    if isinstance(properties, dict):
        node.properties = [(name, name in required, join(home, "properties", name)) for name in properties]
    if isinstance(raw.get("items"), dict):
        node.items, node.may_be_empty = join(home, "items"), not raw.get("minItems")
    return node


def parts_of(schemas: Schemas, schema: Schema, keyword: str) -> list[str]:
    """Return the pointers of the schemas in `allOf`, `oneOf` or `anyOf`.

    Keywords beside a `$ref` were combined with it in an `allOf`, whose first part is the reference.
    """
    listed = _listed(schema.raw, keyword)
    joined = bool(listed) and keyword == "allOf" and isinstance(at(schemas.document, schema.pointer).get("$ref"), str)
    return [
        pointer_of(part["$ref"])
        if isinstance(part, dict) and isinstance(part.get("$ref"), str) and len(part) == 1
        else join(schema.pointer, keyword, index - joined)
        for index, part in enumerate(listed)
    ]


def _declared(schemas: Schemas, root: _Node, direction: Direction) -> Iterator[str]:
    """Yield the branches breadth-first. Schemas below _DEEPEST levels or within themselves have none."""
    awaited = deque([(root, "", frozenset[str]())])
    while awaited:
        node, path, above = awaited.popleft()
        if node.home in above or len(above) > _DEEPEST:
            continue
        above |= {node.home}
        yield from (path + mark for mark, _ in node.marks)
        yield from (path + name for name, _, _ in node.alternatives)
        inner = [(place, path) for _, place, _ in node.alternatives] + [(place, path) for place in node.parts]
        for name, required, place in node.properties:
            if not required:
                yield from (f"{path}/{name}:present", f"{path}/{name}:absent")
            inner.append((place, f"{path}/{name}"))
        if node.items:
            yield from (f"{path}:empty",) if node.may_be_empty else ()
            yield f"{path}:filled"
            inner.append((node.items, f"{path}/*"))
        awaited.extend((_node(schemas, place, direction), below, above) for place, below in inner)


def _seen(  # noqa: PLR0913, PLR0917 (a place in a schema, and in a value)
    schemas: Schemas, node: _Node, direction: Direction, path: str, value: Any, depth: int
) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    yield from (path + mark for mark, fits in node.marks if fits(value))
    for name, place, schema in node.alternatives:
        if schema.is_valid(value):
            yield path + name
            yield from _seen(schemas, _node(schemas, place, direction), direction, path, value, depth + 1)
    for place in node.parts:
        yield from _seen(schemas, _node(schemas, place, direction), direction, path, value, depth + 1)
    if isinstance(value, dict):
        for name, _, place in node.properties:
            yield f"{path}/{name}:{'present' if name in value else 'absent'}"
            if name in value:
                inner = _node(schemas, place, direction)
                yield from _seen(schemas, inner, direction, f"{path}/{name}", value[name], depth + 1)
    if isinstance(value, list) and node.items:
        yield f"{path}:{'filled' if value else 'empty'}"
        inner = _node(schemas, node.items, direction)
        for item in value[:_MOST_VALUES]:
            yield from _seen(schemas, inner, direction, f"{path}/*", item, depth + 1)


def _marks(raw: dict[str, Any]) -> dict[str, Any]:
    """Return the marks of a schema and a test for each: null, enum values, limits."""
    marks: dict[str, Any] = {}
    kinds = _listed(raw, "type") or [raw.get("type")]
    if raw.get("nullable") is True or (len(kinds) > 1 and "null" in kinds):
        marks |= {":null": lambda value: value is None, ":value": lambda value: value is not None}
    if "boolean" in kinds:
        marks |= {"=true": lambda value: value is True, "=false": lambda value: value is False}
    if isinstance(raw.get("enum"), list) and len(raw["enum"]) <= _MOST_VALUES:
        marks |= {f"={one}": (lambda value, one=one: type(value) is type(one) and value == one) for one in raw["enum"]}
    for keyword in _BOUNDS:
        bound = raw.get(keyword)
        if isinstance(bound, int | float) and not isinstance(bound, bool):
            marks[f":{keyword}"] = lambda value, bound=bound: _size(value) == bound
    return marks


def _size(value: Any) -> Any:
    return len(value) if isinstance(value, str | list) else None if isinstance(value, bool) else value


def _listed(raw: dict[str, Any], keyword: str) -> list[Any]:
    found = raw.get(keyword)
    return found if isinstance(found, list) else []


_BRANCH = r"(?::(?:oneOf|anyOf)/\d+|:\w+|=.*)"
_CELL = re.compile(
    rf"""(?:
      status\ (?P<status>\S+)(?:\ (?P<media>.+))?
    | (?P<location>path|query|header|cookie)\ (?P<parameter>.+?)(?P<of_parameter>(?:/.*)?{_BRANCH})
    | request:(?P<body>present|absent)
    | (?P<side>request|\S+)\ (?P<type>[^\s/]+/[^\s;]+(?:;\s*[^\s/]+)*)\ (?P<path>(?:/.*?)?)(?P<mark>{_BRANCH})
    )\Z""",
    re.VERBOSE,
)
MARK = re.compile(rf"(?P<path>(?:/.*?)?)(?P<mark>{_BRANCH})\Z")
"""The end of a cell's name: the place in a value, and the branch."""
_PLACES = {"path": "path", "query": "query", "header": "headers", "cookie": "cookies"}
_PHRASES = {
    ":null": "is null",
    ":value": "is not null",
    ":empty": "is an empty list",
    ":filled": "has items",
    ":minimum": "is at its minimum",
    ":maximum": "is at its maximum",
    ":minLength": "has the minimum length",
    ":maxLength": "has the maximum length",
    ":minItems": "has the minimum number of items",
    ":maxItems": "has the maximum number of items",
}


def parted(cell: str) -> dict[str, str]:
    """Return the parts of a cell's name by kind; empty if it is not the name of a cell."""
    found = _CELL.match(cell)
    return {name: text for name, text in found.groupdict().items() if text is not None} if found else {}


def of_request(cell: str) -> bool:
    """Whether a cell concerns the request: a parameter or the body."""
    return cell.partition(" ")[0].partition(":")[0] in {"request", "path", "query", "header", "cookie"}


def sentence_of(cell: str) -> str:
    """Describe a cell that was never seen: `No response 200 (application/json) whose /tags is an empty list.`."""
    parts = parted(cell)
    if "status" in parts:
        return f"No response {parts['status']}{_typed(parts.get('media', ''))}."
    if "location" in parts:
        within = MARK.match(parts["of_parameter"])
        path, mark = (within["path"], within["mark"]) if within else ("", "")
        owner = f"{parts['parameter']} in the {_PLACES[parts['location']]}"
        return f"No request{_phrase(path, mark, owner)}."
    if "body" in parts:
        return "No request with a body." if parts["body"] == "present" else "No request without a body."
    if "side" in parts:
        what = "request" if parts["side"] == "request" else f"response {parts['side']}"
        return f"No {what}{_typed(parts['type'])}{_phrase(parts['path'], parts['mark'], '')}."
    return f"Never seen: {cell}."


def _typed(media_type: str) -> str:
    return f" ({media_type})" if media_type else ""


def _phrase(path: str, mark: str, owner: str) -> str:
    name = f"{path} of {owner}" if path and owner else path or owner
    if mark in {":present", ":absent"}:
        return f" {'with' if mark == ':present' else 'without'} {name}"
    if mark.startswith("="):
        state = f"is {mark[1:]}"
    elif mark.startswith((":oneOf/", ":anyOf/")):
        keyword, _, index = mark[1:].partition("/")
        state = f"is alternative {index} of its {keyword}"
    else:
        state = _PHRASES.get(mark, mark)
    return f" whose {name} {state}" if name else f" that {state}"

"""Operations: compiled from a document, with their parameters, body and declared responses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from locum.openapi.compile.bodies import Body, MediaType, essence_of, is_json, key_of
from locum.openapi.compile.examples import described, examples_of
from locum.openapi.compile.headers import FRAMING, Header
from locum.openapi.compile.parameters import Parameter, compile_parameters, snake_case
from locum.openapi.grammar import methods_of
from locum.openapi.paths import query_expressions_of
from locum.openapi.pointers import at, chain_of, follow, home_of, join, resolve
from locum.openapi.schemas.dialects import Direction
from locum.openapi.servers import base_path_of
from locum.openapi.wire.media_types import concrete_of
from locum.openapi.wire.styles import kinds_of, shape_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from locum.openapi.schemas.schemas import Schemas

__all__ = [
    "DeclaredResponse",
    "Header",
    "Operation",
    "base_paths_of",
    "compile_operation",
    "operations_of",
    "path_items",
    "status_key",
    "success_of",
]


_RANGE = re.compile(r"[1-5][xX]{2}\Z")
_OK, _FOUND = 200, 302


@dataclass(slots=True)
class DeclaredResponse:
    """One declared response of an operation: `status` as in the document (`200`, `4XX`, `default`)."""

    status: str
    pointer: str
    media_types: dict[str, MediaType]
    headers: dict[str, Header]
    by_usage: tuple[str, ...] = field(init=False)
    """The names of the media types, JSON first. The first is sent if the request has no preference."""
    framing: frozenset[str] = frozenset()
    """The declared headers, in lower case, that describe the bytes of the message (see FRAMING)."""
    offered: tuple[MediaType, ...] = field(init=False)
    """The media types in the order of `by_usage`."""
    is_negotiable: bool = field(init=False)
    """Whether the Accept header selects the media type: several are declared, or a range."""
    usual: MediaType | None = field(init=False)
    """The media type that is sent if the request has no preference; None without a body."""
    known: frozenset[str] = field(init=False)
    """All declared headers, in lower case."""

    @property
    def streams(self) -> bool:
        """Whether a media type is a sequence of items (an event stream, JSON lines)."""
        return any(media.stream is not None for media in self.media_types.values())

    def __post_init__(self) -> None:
        self.known = self.framing.union(header.name.lower() for header in self.headers.values())
        self.by_usage = tuple(sorted(self.media_types, key=lambda name: not self.media_types[name].json))
        self.offered = tuple(self.media_types[name] for name in self.by_usage)
        self.usual = self.offered[0] if self.offered else None
        self.is_negotiable = len(self.offered) > 1 or any("*" in media.declared for media in self.offered)


def status_key(status: Any) -> str:
    """Return a status as the key of a declared response: `200`, `4XX` (in upper case), `default`."""
    text = str(status)
    return text.upper() if _RANGE.match(text) else text


def success_of(responses: Collection[str]) -> int:
    """Choose the status of a success from the declared ones.

    The lowest 2xx, then the lowest 3xx, then `default` as 200. If only errors are declared, the first of
    them. If nothing is declared, 200.
    """
    for kind, usual in (("2", _OK), ("3", _FOUND)):
        exact = [int(status) for status in responses if status.isdigit() and status[0] == kind]
        if exact:
            return min(exact)
        if kind + "XX" in responses:
            return usual
    if "default" in responses:
        return _OK
    first = next((status for status in responses if status[0] in "45"), str(_OK))
    return int(first.replace("X", "0"))


_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
"""The name of a header (RFC 9110, section 5.1)."""


@dataclass(slots=True)
class Operation:
    """One operation of a contract, ready to run."""

    operation_id: str
    method: str
    path: str
    pointer: str
    parameters: list[Parameter]
    body: Body | None
    responses: dict[str, DeclaredResponse]
    security: list[dict[str, list[str]]]
    schemas: Schemas = field(repr=False)
    """The schemas of the document."""
    summary: str = ""
    description: str = ""
    success: int = 200
    deprecated: bool = False
    sunset: str | None = None
    """The date of its removal (`x-sunset`), as in the document."""
    by_location: dict[str, list[Parameter]] = field(default_factory=dict)
    accepts: frozenset[bytes] = frozenset()
    """The values of Accept in the document, if it declares that header as a parameter."""
    _declared: dict[int, DeclaredResponse | None] = field(default_factory=dict)

    @property
    def handler_name(self) -> str:
        """The name of the function that handles this operation: `deleteApiKey` -> `delete_api_key`."""
        name = snake_case(self.operation_id)
        return f"{name}_" if name in _RESERVED_NAMES else name

    def declares(self, status: int) -> DeclaredResponse | None:
        """Find the declared response for a status: the exact status, its range (`4XX`), or `default`."""
        if status not in self._declared:
            responses = self.responses
            self._declared[status] = (
                responses.get(str(status)) or responses.get(f"{status // 100}XX") or responses.get("default")
            )
        return self._declared[status]


_RESERVED_NAMES = frozenset({"api", "stub"})
"""Names that have another meaning in a module of handlers."""


def operations_of(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the path, method and pointer of every operation of a document.

    An operation beside the `$ref` of its path item overrides the referenced one of the same method
    (undefined in OpenAPI 3.0.3, section 4.7.9).
    """
    known = set()
    for key in document.get("paths") or {}:
        if key.startswith("x-"):
            continue
        path = key if key.startswith("/") else "/" + key
        pointers = {
            method: join(home, *steps)
            for home in path_items(document, key)
            for method, steps in methods_of(at(document, home)).items()
        }
        for method, pointer in pointers.items():
            if (path, method) not in known:
                known.add((path, method))
                yield path, method, pointer


def path_items(document: dict[str, Any], path: str) -> list[str]:
    """Return the pointers of a path item: those that it refers to first, its own last."""
    key = path if path in document["paths"] else path.removeprefix("/")
    return list(reversed(chain_of(document, join("/paths", key))))


def base_paths_of(document: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Return the base path of each operation whose `servers` or those of its path item override the document's.

    The keys are path and method. The servers of an operation override those of its path item.
    """
    found = {}
    items: dict[str, str | None] = {}
    for path, method, pointer in operations_of(document):
        if path not in items:
            servers = [at(document, home).get("servers") for home in path_items(document, path)]
            own = next(filter(None, reversed(servers)), None)
            items[path] = base_path_of(own) if own else None
        own = at(document, pointer).get("servers")
        base = base_path_of(own) if own else items[path]
        if base is not None:
            found[path, method] = base
    return found


def compile_operation(
    schemas: Schemas, path: str, method: str, pointer: str, *, items: tuple[str, ...] | None = None
) -> Operation:
    """Compile one operation; its schemas are compiled when they are first used.

    `items` are the pointers of its path items if these are not in `paths`: those of webhooks and callbacks.
    """
    document = schemas.document
    declared, home = resolve(document, pointer)  # not in the specification, but many tools follow a `$ref` here
    responses = {
        status_key(status): _response(schemas, status_key(status), response, join(home, "responses", status))
        for status, response in (declared.get("responses") or {}).items()
        if not str(status).startswith("x-")
    }
    declaring = (*(path_items(document, path) if items is None else items), home)
    parameters = compile_parameters(schemas, *declaring, in_query=query_expressions_of(path))
    by_location: dict[str, list[Parameter]] = {"path": [], "query": [], "header": [], "cookie": []}
    for parameter in parameters:
        by_location.setdefault(parameter.location, []).append(parameter)
    return Operation(
        operation_id=(declared.get("operationId") if home == pointer else None) or f"{method} {path}",
        method=method.upper(),
        path=path,
        pointer=pointer,
        parameters=parameters,
        body=_body(schemas, declared["requestBody"], home) if "requestBody" in declared else None,
        responses=responses,
        security=declared.get("security", document.get("security") or []),
        schemas=schemas,
        summary=declared.get("summary", ""),
        description=declared["description"] if isinstance(declared.get("description"), str) else "",
        success=success_of(responses),
        deprecated=declared.get("deprecated") is True,
        sunset=str(declared["x-sunset"]) if "x-sunset" in declared else None,
        by_location=by_location,
        accepts=frozenset(_accepted(schemas, declaring)),
    )


def _accepted(schemas: Schemas, declaring: tuple[str, ...]) -> Iterator[bytes]:
    """Yield the examples and values of the header Accept, if it is declared as a parameter."""
    document = schemas.document
    for pointer in declaring:
        for parameter in at(document, pointer).get("parameters") or []:
            known = follow(document, parameter)
            if known["in"] != "header" or known["name"].lower() != "accept":
                continue
            schema = schemas.resolve(known.get("schema") or {})
            examples = (follow(document, example).get("value") for example in (known.get("examples") or {}).values())
            shown = [known.get("example"), *examples]
            if isinstance(schema, dict):
                shown += [schema.get("example"), schema.get("default"), schema.get("const"), *schema.get("enum", ())]
                shown += schema.get("examples") or []
            yield from (value.encode("latin-1", "replace") for value in shown if isinstance(value, str))


def _body(schemas: Schemas, body: Any, pointer: str) -> Body:
    declared, home = home_of(schemas.document, body, join(pointer, "requestBody"))
    return Body(
        required=bool(declared.get("required")),
        media_types=_media_types(schemas, home, declared, Direction.REQUEST),
    )


def _response(schemas: Schemas, status: str, response: Any, pointer: str) -> DeclaredResponse:
    declared, home = home_of(schemas.document, response, pointer)
    found: DeclaredResponse | None = schemas.shared.get((status, home))
    if found is None:
        found = DeclaredResponse(
            status,
            home,
            _media_types(schemas, home, declared, Direction.RESPONSE),
            _headers(schemas, home, declared),
            framing=frozenset(map(str.lower, declared.get("headers") or ())) & FRAMING,
        )
        schemas.shared[status, home] = found
    return found


def _headers(schemas: Schemas, home: str, declared: dict[str, Any]) -> dict[str, Header]:
    headers = {}
    for key, value in (declared.get("headers") or {}).items():
        # Documents write a second line of the same name as "\0Set-Cookie", since the keys of an object are unique.
        name = key.strip("\0")
        if name.lower() in FRAMING or name.lower() == "content-type" or not _TOKEN.match(name):
            continue  # OpenAPI 3.0.3, section 4.7.17: Content-Type is ignored
        header, header_home = home_of(schemas.document, value, join(home, "headers", key))
        required = bool(header.get("required"))
        media = next(iter(_media_types(schemas, header_home, header, Direction.RESPONSE).values()), None)
        if media is not None:
            headers[key.lower()] = Header(
                name, required, media.schema, examples=tuple(media.fitting.values()), media=media
            )
            continue
        schema, shape = None, "primitive"
        if "schema" in header:
            schema = schemas.schema(join(header_home, "schema"), Direction.RESPONSE, header["schema"])
            shape = shape_of(kinds_of(schema, schema.raw))
        examples = tuple(examples_of(schemas.document, header_home, header).values())
        headers[key.lower()] = Header(name, required, schema, shape, bool(header.get("explode")), examples)
    return headers


def _media_types(schemas: Schemas, home: str, declared: dict[str, Any], direction: Direction) -> dict[str, MediaType]:
    """Compile media types, by name with the parameters that distinguish them.

    A range in a response gets the name of a concrete media type within it. Ranges come last: the most specific
    key applies (OpenAPI 3.0.3, section 4.7.16).
    """
    found: dict[str, MediaType] = {}
    content = declared.get("content") or {}
    names = {key_of(name) for name in content}
    for name, value in sorted(content.items(), key=lambda item: item[0].count("*")):
        media, place = home_of(schemas.document, value, join(home, "content", name))
        schema = schemas.schema(join(place, "schema"), direction, media["schema"]) if "schema" in media else None
        key, sent = key_of(name), name
        if direction is Direction.RESPONSE and "*" in name:
            raw = schema.raw if schema is not None else None
            sent = concrete_of(name, binary=isinstance(raw, dict) and raw.get("format") == "binary")
            key = sent if sent not in names else key
        if is_json(essence_of(sent)):
            schema, examples = described(schemas, place, direction, media, schema)
        else:
            examples = examples_of(schemas.document, place, media)
        item = schemas.schema(join(place, "itemSchema"), direction) if "itemSchema" in media else None
        found.setdefault(key, MediaType(sent, schema, media.get("encoding") or {}, examples, item, name))
    return found

"""Operations: one method on one path, compiled."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from locum.openapi.compile.bodies import Body, MediaType, essence_of, is_json
from locum.openapi.compile.dialects import Direction
from locum.openapi.compile.examples import described, examples_of
from locum.openapi.compile.headers import FRAMING, Header
from locum.openapi.compile.parameters import Parameter, compile_parameters, snake_case
from locum.openapi.compile.responses import DeclaredResponse, status_key, success_of
from locum.openapi.grammar import METHODS
from locum.openapi.pointers import home_of, join, resolve
from locum.openapi.wire.coercion import kinds_of, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.schemas import Schemas

__all__ = ["DeclaredResponse", "Header", "Operation", "compile_operation", "operations_of"]

_SENT_AS = {"*/*": "application/json", "application/*": "application/json", "text/*": "text/plain"}
"""What an answer is sent as where its contract leaves it open."""

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
    """Where the schemas of all its parts are."""
    summary: str = ""
    success: int = 200
    deprecated: bool = False
    sunset: str | None = None
    """When it will be gone (`x-sunset`), as the document says it."""
    by_location: dict[str, list[Parameter]] = field(default_factory=dict)
    _declared: dict[int, DeclaredResponse | None] = field(default_factory=dict)

    @property
    def handler_name(self) -> str:
        """The name of the function that plays this operation: `deleteApiKey` -> `delete_api_key`."""
        return snake_case(self.operation_id)

    def declares(self, status: int) -> DeclaredResponse | None:
        """Find the declared response of a status: its own, its range (`4XX`), or `default`."""
        if status not in self._declared:
            responses = self.responses
            self._declared[status] = (
                responses.get(str(status)) or responses.get(f"{status // 100}XX") or responses.get("default")
            )
        return self._declared[status]


def operations_of(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the path, method and pointer of every operation of a document."""
    for path, item in (document.get("paths") or {}).items():
        if path.startswith("x-"):
            continue
        target, home = home_of(document, item, join("/paths", path))
        for method in METHODS:
            if method in target:
                yield path, method, join(home, method)


def compile_operation(schemas: Schemas, path: str, method: str, pointer: str) -> Operation:
    """Compile one operation; its schemas are compiled when they are first used."""
    document = schemas.document
    declared = resolve(document, pointer)[0]
    responses = {
        status_key(status): _response(schemas, status_key(status), response, join(pointer, "responses", status))
        for status, response in (declared.get("responses") or {}).items()
        if not str(status).startswith("x-")
    }
    parameters = compile_parameters(schemas, pointer.rpartition("/")[0], pointer)
    by_location: dict[str, list[Parameter]] = {"path": [], "query": [], "header": [], "cookie": []}
    for parameter in parameters:
        by_location[parameter.location].append(parameter)
    return Operation(
        operation_id=declared.get("operationId") or f"{method} {path}",
        method=method.upper(),
        path=path,
        pointer=pointer,
        parameters=parameters,
        body=_body(schemas, declared["requestBody"], pointer) if "requestBody" in declared else None,
        responses=responses,
        security=declared.get("security", document.get("security") or []),
        schemas=schemas,
        summary=declared.get("summary", ""),
        success=success_of(responses),
        deprecated=declared.get("deprecated") is True,
        sunset=str(declared["x-sunset"]) if "x-sunset" in declared else None,
        by_location=by_location,
    )


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
        # A second line of one name is often written as "\0Set-Cookie", for keys of one object differ.
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
    found: dict[str, MediaType] = {}
    for name, value in (declared.get("content") or {}).items():
        media, place = home_of(schemas.document, value, join(home, "content", name))
        schema = schemas.schema(join(place, "schema"), direction, media["schema"]) if "schema" in media else None
        # A range of media types is only for requests: an answer has one.
        sent = _SENT_AS.get(name, name) if direction is Direction.RESPONSE else name
        essence = essence_of(sent)
        if is_json(essence):
            schema, examples = described(schemas, place, direction, media, schema)
        else:
            examples = examples_of(schemas.document, place, media)
        item = schemas.schema(join(place, "itemSchema"), direction) if "itemSchema" in media else None
        found.setdefault(essence, MediaType(sent, schema, media.get("encoding") or {}, examples, item))
    return found

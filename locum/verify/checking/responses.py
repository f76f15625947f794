"""Check one response against its contract, and return the broken rules."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any

from locum.openapi.compile.bodies import Stream
from locum.openapi.pointers import BrokenReference, at, join, split
from locum.openapi.schemas.dialects import Direction
from locum.openapi.schemas.schemas import describe
from locum.openapi.wire.content import read
from locum.openapi.wire.media_types import essence_of, find_media_type
from locum.openapi.wire.streams import is_stream
from locum.openapi.wire.styles import Unreadable
from locum.verify.codes.bodies import CODE_OF_KEYWORD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from locum.openapi.compile.operations import DeclaredResponse, Operation
    from locum.openapi.schemas.schemas import Schema, Schemas
    from locum.verify.exchanges import Shown

__all__ = ["BrokenRule", "broken_rules_of", "check_response", "declared_media_type"]


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """One broken rule: its code, a message, and its place in the contract and in the response."""

    code: str
    message: str
    contract_pointer: str = ""
    response_pointer: str = ""
    what: str = ""
    """What a behaviour concerns besides the operation, such as a member."""
    why: str = ""
    """Why the rule holds if the contract does not state it, in one sentence."""


_MOST = 50
_SCOPE = re.compile(r"(?: [^ =/]+=/[^ ]*)+\Z")
"""The suffix of a definition's name after its pointer (see Schemas): the dynamic anchors that lead to it."""


def broken_rules_of(schema: Schema, value: Any, document: Any) -> Iterator[BrokenRule]:
    """Yield the rules that a value breaks, at most fifty."""
    for error in islice(schema.errors(value), _MOST):
        yield from _broken_rules(error, schema.pointer, document)


def _broken_rules(error: Any, home: str, document: Any) -> Iterator[BrokenRule]:
    errors = _intended(error)
    if errors:
        for inner in errors:
            yield from _broken_rules(inner, home, document)
        return
    leaked = error.kind.name == "not" and getattr(error.kind, "schema", None) == {}
    for found in describe(error, "body", ()):
        pointer = join("", *found.path)
        shown = "" if leaked or found.keyword == "required" else _shown(error.instance)
        yield BrokenRule(
            "L031" if leaked else CODE_OF_KEYWORD.get(found.keyword, "L032"),
            f"{pointer or 'The body'} {found.message}{shown}.",
            _place(error.schema_path, home, document),
            pointer,
        )


def _intended(error: Any) -> Sequence[Any]:
    """Return the errors of the intended alternative, if type or discriminator value exclude all others."""
    branches = getattr(error.kind, "context", None) or ()
    depth = len(error.instance_path)
    likely = [branch for branch in branches if not any(_excludes(inner, depth) for inner in branch)]
    return likely[0] if len(likely) == 1 and likely[0] else ()


def _excludes(error: Any, depth: int) -> bool:
    """Whether an error excludes an alternative: another type, or another value of a const or enum member."""
    below = len(error.instance_path) - depth
    return (error.kind.name == "type" and below == 0) or (error.kind.name in {"const", "enum"} and below <= 1)


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return ""
    return f"; it is {json.dumps(value, ensure_ascii=False)[:60]}"


def _place(path: Sequence[str | int], home: str, document: Any) -> str:
    """Return the pointer of a rule in the document. Compiled definitions are named by their pointers."""
    if len(path) > 1 and path[0] == "definitions":
        pointer = join(_SCOPE.sub("", str(path[1])), *path[2:])
    else:
        pointer = join(home, *path)
    while pointer:
        try:
            at(document, pointer)
        except BrokenReference:  # a derived rule, such as `not` of `writeOnly`
            pointer = join("", *split(pointer)[:-1])
        else:
            return pointer
    return home


_WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
_MALFORMED = "L011"


def check_response(operation: Operation, shown: Shown) -> list[BrokenRule]:
    """Return every rule of the contract that a response breaks; nothing if there was no response."""
    if not shown.status:
        return []
    declared = operation.declares(shown.status)
    if declared is None:
        known = ", ".join(operation.responses) or "none"
        return [
            BrokenRule(
                "L001",
                f"Status {shown.status} is not declared. Declared: {known}.",
                join(operation.pointer, "responses"),
            )
        ]
    broken_rules = list(_headers(declared, shown))
    if not shown.cut and shown.method != "HEAD":
        broken_rules += _content(operation, declared, shown)
    return broken_rules


def _headers(declared: DeclaredResponse, shown: Shown) -> Iterator[BrokenRule]:
    for header in declared.headers.values():
        pointer = join(declared.pointer, "headers", header.name)
        text = shown.response_headers.get(header.name.lower())
        if text is None:
            if header.required:
                yield BrokenRule(
                    "L040", f"Response {shown.status} lacks the required header {header.name}.", pointer, header.name
                )
            continue
        if header.schema is None:
            continue
        try:
            values = header.values(text)
        except Unreadable as problem:
            yield BrokenRule("L041", f"{header.name} {problem}.", pointer, header.name)
            continue
        broken = [found for value in values for found in header.schema.violations(value, "header")]
        if broken:
            messages = "; ".join(found.message for found in broken)
            yield BrokenRule("L041", f"{header.name} {messages}; it is {text[:60]!r}.", pointer, header.name)


def _content(operation: Operation, declared: DeclaredResponse, shown: Shown) -> Iterator[BrokenRule]:
    names = list(at(operation.schemas.document, declared.pointer).get("content") or {})
    if not shown.response_body:
        if names and shown.status not in _WITHOUT_BODY and not _may_be_empty(operation, declared, names):
            yield BrokenRule("L015", f"Response {shown.status} has no body.", join(declared.pointer, "content"))
        return
    if not names or shown.status in _WITHOUT_BODY:
        message = f"Response {shown.status} has a body of {len(shown.response_body)} bytes, but declares none."
        yield BrokenRule("L014", message, declared.pointer)
        return
    header = shown.response_headers.get("content-type", "")
    essence = essence_of(header)
    pointer = join(declared.pointer, "content")
    if not header:
        yield BrokenRule("L010", f"Response {shown.status} has no Content-Type.", pointer, "Content-Type")
        essence = essence_of(names[0])
    elif essence.count("/") != 1 or essence.startswith("/") or essence.endswith("/"):
        yield BrokenRule(_MALFORMED, f"{header[:60]!r} is not a media type.", pointer, "Content-Type")
        return
    name = declared_media_type(names, header or names[0])
    if name is None:
        message = f"Response {shown.status} has media type {essence}. Declared: {', '.join(names)}."
        yield BrokenRule("L012", message, pointer, "Content-Type")
        return
    yield from _body(operation, join(pointer, name), essence, header, shown)


def _body(operation: Operation, place: str, essence: str, header: str, shown: Shown) -> Iterator[BrokenRule]:
    if is_stream(essence):
        yield from _stream(operation, place, essence, shown)
        return
    schema = _schema(operation, place)
    encoding = at(operation.schemas.document, place).get("encoding") or {}
    try:
        value = read(shown.response_body, essence, header.encode("latin-1", "replace"), schema, encoding)
    except Unreadable as problem:
        yield BrokenRule("L013", f"The body of response {shown.status} {problem}.", place)
        return
    if schema is not None and not isinstance(value, bytes) and not schema.is_valid(value):
        yield from broken_rules_of(schema, value, operation.schemas.document)


def _stream(operation: Operation, place: str, essence: str, shown: Shown) -> Iterator[BrokenRule]:
    """Yield the broken rules of a stream, whose schema describes each item."""
    stream = stream_at(operation.schemas, place, essence)
    try:
        items = stream.read(shown.response_body)
    except Unreadable as problem:
        yield BrokenRule("L013", f"The body of response {shown.status} {problem}.", place)
        return
    schema, values = (stream.schema, [items]) if stream.of_item is None else (stream.of_item, items)
    if schema is None:
        return
    for value in values:
        yield from broken_rules_of(schema, value, operation.schemas.document)


def stream_at(schemas: Schemas, place: str, essence: str) -> Stream:
    """Return the stream that the media type at a pointer declares."""
    media = at(schemas.document, place)
    schema, item = (
        schemas.schema(join(place, keyword), Direction.RESPONSE) if keyword in media else None
        for keyword in ("schema", "itemSchema")
    )
    return Stream(essence, schema, item)


def _schema(operation: Operation, place: str) -> Schema | None:
    media = at(operation.schemas.document, place)
    return operation.schemas.schema(join(place, "schema"), Direction.RESPONSE) if "schema" in media else None


def declared_media_type(names: list[str], content_type: str) -> str | None:
    """Find the declared media type for a Content-Type: the same, else a range, else `*/*`."""
    return find_media_type({name: name for name in names}, content_type, compatible=False)


def _may_be_empty(operation: Operation, declared: DeclaredResponse, names: list[str]) -> bool:
    """Whether an empty body is valid: a media type allows an empty string, or has no schema."""
    for name in names:
        essence = essence_of(name)
        schema: Any = _schema(operation, join(declared.pointer, "content", name))
        if "json" not in essence and "xml" not in essence and (schema is None or schema.is_valid("")):
            return True
    return False

"""Causes: the requests that an operation probably responds to with a status, according to HTTP and its contract.

RFC 9110, section 15, says what a status means; the contract says what is right, so that it is known what is wrong.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from locum.generate.generator import Unsatisfiable
from locum.openapi.paths import path_of
from locum.openapi.pointers import join
from locum.openapi.schemas.dialects import Direction
from locum.openapi.wire.content import read
from locum.openapi.wire.media_types import essence_of, key_of
from locum.openapi.wire.styles import Unreadable
from locum.verify.coverage.cells import MARK, parted, parts_of
from locum.verify.coverage.coverage import filled
from locum.verify.printing import curl_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.openapi.compile.parameters import Parameter
    from locum.openapi.schemas.schemas import Schema
    from locum.verify.exchanges import Shown
    from locum.verify.requests import Requests

__all__ = ["CoverageCause", "Suggestions", "causes_of"]


_UNKNOWN = ("00000000-0000-4000-8000-000000000000", "0", "999999999", "unknown", "locum-unknown")
"""Unlikely identifiers. The first that fits the schema is used."""
_WRONG = ("%FF", "none at all", "-1", "x", "")
"""Texts in a URL that are rarely valid. Each that breaks the schema is tried."""
_BODIES = (b"{", b"{}", b"[]", b"null", b"0")
_OF_NOBODY = "application/x-locum-unknown"


@dataclass(frozen=True, slots=True)
class CoverageCause:
    """The data for requests that should cause a status."""

    requests: Requests
    operation: Operation
    base: Shown
    """A valid request, with its response if it was sent before."""
    powerless: str = ""
    """A token of a user without permissions, or empty."""
    prefers: bool = False
    """Whether Prefer (RFC 7240) selects any declared response."""
    prefers_failures: bool = False
    """Whether Prefer selects server errors, which have no other cause in a mock."""


def causes_of(cause: CoverageCause, status: str, media_type: str, most: int) -> Iterator[Shown]:
    """Yield requests, about `most`, that are likely to cause a declared status (`404`, `4XX`, `default`).

    `media_type` is that of the response; empty if it has no body.
    """
    # Prefer this media type, but accept any other: a successful response may not have it.
    accepting = {"accept": f"{media_type}, */*;q=0.1"} if media_type and "*" not in media_type else {}
    for shown in islice((shown for code in _codes(status) for shown in _causes(cause, code)), most):
        yield replace(shown, headers={**accepting, **shown.headers})
    if cause.prefers or (cause.prefers_failures and status.startswith("5")):
        yield replace(cause.base, headers={**cause.base.headers, **accepting, "prefer": f"code={status}"})


def _codes(status: str) -> list[int]:
    if status.isdigit():
        return [int(status)]
    usual = [200, 304, 400, 401, 403, 404, 406, 412, 415, 422]
    return [code for code in usual if status == "default" or status[:1] == str(code)[:1]]


def _causes(cause: CoverageCause, code: int) -> Iterator[Shown]:
    base, operation = cause.base, cause.operation
    if code < HTTPStatus.MULTIPLE_CHOICES:
        yield base
    elif code == HTTPStatus.NOT_MODIFIED:
        yield _with(base, "if-none-match", base.response_headers.get("etag", "*"))
    elif code == HTTPStatus.UNAUTHORIZED:
        bare = cause.requests.without_credentials(operation, base)
        yield bare
        yield _with(bare, "authorization", "Bearer unknown")
    elif code == HTTPStatus.FORBIDDEN and cause.powerless:
        yield _with(base, "authorization", f"Bearer {cause.powerless}")
    elif code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        yield from (replace(base, url=url) for url in _elsewhere(cause, _unknown))
    elif code == HTTPStatus.NOT_ACCEPTABLE:
        yield _with(base, "accept", _OF_NOBODY)
    elif code == HTTPStatus.PRECONDITION_FAILED:
        yield _with(base, "if-match", '"locum-unknown"')
    elif code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE and operation.body is not None:
        yield replace(base, headers={**base.headers, "content-type": _OF_NOBODY}, body=base.body or b"x")
    elif code in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}:
        yield from _malformed(cause)


def _malformed(cause: CoverageCause) -> Iterator[Shown]:
    base, operation = cause.base, cause.operation
    if operation.body is not None:
        content_type = base.headers.get("content-type", "application/json")
        for body in (*_BODIES, *_without_a_member(base.body)):
            yield replace(base, headers={**base.headers, "content-type": content_type}, body=body)
    yield from (replace(base, url=url) for url in _elsewhere(cause, _wrong))
    for parameter in operation.by_location["query"]:
        for text in _wrong(cause, parameter):
            sign = "&" if "?" in base.url else "?"
            yield replace(base, url=f"{base.url}{sign}{parameter.name}={text}")
    for parameter in operation.by_location["header"]:
        bare = {name: value for name, value in base.headers.items() if name != parameter.name.lower()}
        yield replace(base, headers=bare)
        yield from (_with(base, parameter.name.lower(), text) for text in _wrong(cause, parameter) if "%" not in text)


def _without_a_member(body: bytes | None) -> Iterator[bytes]:
    """Yield a JSON object without one of its members, and with a member of another type."""
    try:
        value = json.loads(body or b"")
    except ValueError:
        return
    if isinstance(value, dict):
        for name in value:
            yield json.dumps({key: member for key, member in value.items() if key != name}).encode()
            yield json.dumps({**value, name: {"locum": ["unknown"]}}).encode()


def _elsewhere(cause: CoverageCause, texts: Callable[[CoverageCause, Parameter], list[str]]) -> Iterator[str]:
    """Yield the URL of a request with other values of its path parameters."""
    parameters = cause.operation.by_location["path"]
    if not parameters:
        return
    query = cause.base.url.partition("?")[2]
    variants = [texts(cause, parameter) for parameter in parameters]
    for number in range(max(map(len, variants))):
        path = path_of(cause.operation.path)
        for parameter, found in zip(parameters, variants, strict=True):
            text = found[min(number, len(found) - 1)] if found else "x"
            path = path.replace("{" + parameter.name + "}", text)
        yield cause.requests.base_url + path + ("?" + query if query else "")


def _unknown(cause: CoverageCause, parameter: Parameter) -> list[str]:
    """Return valid identifiers that are unlikely to exist."""
    fitting = [text for text in _UNKNOWN if not parameter.read_text(text)[1]]
    made = cause.requests.invented(cause.operation, parameter)
    return [*fitting, *([quote(str(made), safe="")] if made not in {None, ""} else [])] or list(_UNKNOWN[-1:])


def _wrong(_: CoverageCause, parameter: Parameter) -> list[str]:
    return [text for text in _WRONG if "%" in text or (text and parameter.read_text(text)[1])]


def _with(base: Shown, name: str, value: str) -> Shown:
    return replace(base, headers={**base.headers, name: value})


_TAKEN = 200
"""The assumed status of an accepted request."""


class _NoSuggestion(LookupError):
    """No request is known for a cell."""


@dataclass(slots=True)
class Suggestions:
    """Suggests requests to a contract's server that would show cells that were never seen."""

    contract: Contract
    requests: Requests

    def curl(self, operation: Operation, cell: str = "") -> str:
        """Return a curl command for a cell, else for the documented operation; empty if none is known."""
        shown = self.shown(operation, cell) if cell else self.requests.documented(operation)
        return curl_of(shown) if shown is not None else ""

    def shown(self, operation: Operation, cell: str) -> Shown | None:
        """Return a request that is likely to show a cell; None if none is known.

        A cell of the request itself will be filled, if the server takes it.
        """
        base = self.requests.documented(operation)
        if base is None:
            return None
        parts = parted(cell)
        try:
            shown = self._shown(operation, base, parts)
        except (_NoSuggestion, Unsatisfiable, Unreadable, TypeError, ValueError):
            return None
        return shown if "status" in parts or cell in filled(operation, replace(shown, status=_TAKEN)) else None

    def _shown(self, operation: Operation, base: Shown, parts: dict[str, str]) -> Shown:
        if "status" in parts:
            cause = CoverageCause(self.requests, operation, base)
            found = next(causes_of(cause, parts["status"], essence_of(parts.get("media", "")), 1), None)
            if found is None:
                raise _NoSuggestion
            return found
        if "location" in parts:
            return self._with_parameter(operation, base, parts)
        if parts.get("side") == "request":
            return self._with_body(operation, base, parts)
        if parts.get("body") == "absent":
            headers = {name: value for name, value in base.headers.items() if name != "content-type"}
            return replace(base, headers=headers, body=None)
        if parts.get("body") == "present":
            return base
        raise _NoSuggestion  # a branch of a response: no particular request causes it

    def _with_parameter(self, operation: Operation, base: Shown, parts: dict[str, str]) -> Shown:
        location, name = parts["location"], parts["parameter"]
        parameter = next((one for one in operation.by_location[location] if one.name == name), None)
        within = MARK.match(parts["of_parameter"])
        if parameter is None or within is None:
            raise _NoSuggestion
        values = {
            (one.location, one.name): self.requests.value(operation, one)
            for one in operation.parameters
            if one.required or one is parameter
        }
        path, mark = within["path"], within["mark"]
        if mark == ":absent" and not path:
            del values[location, name]
        elif path or mark != ":present":
            value = self._changed(parameter.schema, values[location, name], path.split("/")[1:], mark)
            if not parameter.schema.is_valid(value):
                raise _NoSuggestion
            values[location, name] = value
        return self.requests.of(operation, values, base.body, base.headers.get("content-type", ""))

    def _with_body(self, operation: Operation, base: Shown, parts: dict[str, str]) -> Shown:
        media = (operation.body.media_types if operation.body is not None else {}).get(key_of(parts["type"]))
        if media is None or media.schema is None:
            raise _NoSuggestion
        header = base.headers.get("content-type", "")
        if base.body and essence_of(header) == media.essence:
            value = read(base.body, media.essence, header.encode("latin-1", "replace"), media.schema, media.encoding)
        else:
            value = self.requests.made(media.schema)
        value = self._changed(media.schema, value, parts["path"].split("/")[1:], parts["mark"])
        if not media.schema.is_valid(value):
            raise _NoSuggestion
        return replace(base, headers={**base.headers, "content-type": media.name}, body=media.write(value))

    def _changed(self, schema: Schema, value: Any, steps: list[str], mark: str) -> Any:
        """Return a valid value, changed so that it takes a branch at a place within it."""
        if not steps:
            return self._taking(schema, value, mark)
        step, below = steps[0], steps[1:]
        inner = next(self._within(schema, step), None)
        if inner is None:
            raise _NoSuggestion
        if step == "*":
            items = value if isinstance(value, list) and value else [self.requests.made(inner)]
            return [self._changed(inner, items[0], below, mark), *items[1:]]
        members = dict(value) if isinstance(value, dict) else dict(self._object(schema))
        if not below and mark == ":absent":
            members.pop(step, None)
            return members
        there = members[step] if step in members else self.requests.made(inner)
        members[step] = there if not below and mark == ":present" else self._changed(inner, there, below, mark)
        return members

    def _object(self, schema: Schema) -> dict[str, Any]:
        made = self.requests.made(schema)
        if not isinstance(made, dict):
            raise _NoSuggestion
        return made

    def _taking(self, schema: Schema, value: Any, mark: str) -> Any:
        """Return a value that takes a branch of the schema itself."""
        keyword, _, index = mark[1:].partition("/")
        if index:
            owners = (parts_of(self.contract.schemas, one, keyword) for one in self._alike(schema))
            places = next((found for found in owners if int(index) < len(found)), None)
            if places is None:
                raise _NoSuggestion
            return self.requests.made(self.contract.schemas.schema(places[int(index)], Direction.REQUEST))
        if mark == ":null":
            return None
        if mark in {":value", ":filled"}:
            return value or self.requests.made(schema)
        if mark == ":empty":
            return []
        for one in self._alike(schema):
            if mark.startswith("="):
                for known in (*one.raw.get("enum", ()), True, False):
                    if (str(known).lower() if isinstance(known, bool) else str(known)) == mark[1:]:
                        return known
            elif keyword in one.raw:
                return self._bounded(value, keyword, one.raw[keyword])
        raise _NoSuggestion

    @staticmethod
    def _bounded(value: Any, keyword: str, bound: Any) -> Any:
        if keyword in {"minimum", "maximum"}:
            return bound
        if isinstance(value, str):
            return value[:bound] + "x" * (bound - len(value))
        if isinstance(value, list) and value:
            return (value * (bound // len(value) + 1))[:bound]
        raise _NoSuggestion

    def _within(self, schema: Schema, step: str) -> Iterator[Schema]:
        """Yield the schemas of a property or of items from all parts of a schema."""
        for one in self._alike(schema):
            if step == "*" and isinstance(one.raw.get("items"), dict):
                yield self.contract.schemas.schema(join(one.pointer, "items"), Direction.REQUEST)
            elif step in one.raw.get("properties", {}):
                yield self.contract.schemas.schema(join(one.pointer, "properties", step), Direction.REQUEST)

    def _alike(self, schema: Schema, depth: int = 0) -> Iterator[Schema]:
        """Yield a schema and its parts that apply to the same value."""
        if not isinstance(schema.raw, dict):
            return
        yield schema
        for keyword in ("allOf", "oneOf", "anyOf") if depth < 3 else ():  # noqa: PLR2004 (parts of parts of parts)
            for place in parts_of(self.contract.schemas, schema, keyword):
                yield from self._alike(self.contract.schemas.schema(place, Direction.REQUEST), depth + 1)

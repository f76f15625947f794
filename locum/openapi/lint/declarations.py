"""Declarations: whether the parameters, bodies and responses of an operation are such that it can be served."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from locum.openapi.lint.faults import Finding
from locum.openapi.near_names import meant
from locum.openapi.pointers import BrokenReference, join, resolve

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

__all__ = ["Declarations", "Declared", "a", "formal"]

_STATUS = re.compile(r"[1-5](?:[0-9][0-9]|XX)|default")
_LOCATIONS = ("path", "query", "header", "cookie")

Declared = dict[tuple[str, str], str]
"""Where each parameter is declared, by its name and the place that it is in."""

_Object = tuple[dict[str, Any], str]


class Declarations:
    """Looks at what operations declare, references followed; what they share is looked at once.

    A reference that leads nowhere is none of its findings.
    """

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content
        self.version = str(content.get("openapi"))[:3]
        self._seen: set[str] = set()

    def object_at(self, value: Any, pointer: str, what: str) -> Generator[Finding, None, _Object | None]:
        """Yield a finding where a value is no object; return the object that it stands for, and where that is."""
        home = pointer
        try:
            if isinstance(value, dict) and "$ref" in value:
                value, home = resolve(self._content, pointer)
        except BrokenReference:
            return None
        if not isinstance(value, dict):
            yield formal(pointer, f"{what} is an object, not {a(value)}.")
            return None
        return value, home

    def parameters(self, holder: dict[str, Any], pointer: str) -> Generator[Finding, None, Declared]:
        """Yield what is wrong with the parameters of an operation or a path item; return where each is."""
        place = join(pointer, "parameters")
        declared: Declared = {}
        parameters = holder.get("parameters", [])
        if not isinstance(parameters, list):
            yield formal(place, f"must be a list of parameters, not {a(parameters)}.")
            return declared
        for index, parameter in enumerate(parameters):
            found = yield from self.object_at(parameter, join(place, index), "a parameter")
            if found is None:
                continue
            yield from self._parameter(*found)
            name, location = str(found[0].get("name")), str(found[0].get("in"))
            if (name, location) in declared:
                yield formal(join(place, index), f"the {location} parameter {name!r} is declared twice here.", place)
            declared[name, location] = found[1]
        return declared

    def _parameter(self, value: dict[str, Any], pointer: str) -> Iterator[Finding]:
        if self._again(pointer):
            return
        name, location = value.get("name"), value.get("in")
        locations = (*_LOCATIONS, "querystring") if self.version == "3.2" else _LOCATIONS
        if not isinstance(name, str):
            yield formal(pointer, "a parameter needs a `name`, which is text.")
        if "in" not in value:
            yield formal(pointer, f"a parameter needs `in`: {', '.join(locations)}.")
        elif location not in locations:
            hint = meant(str(location), locations)
            if location in {"body", "formData"}:
                hint = " OpenAPI 3 says it by `requestBody`."
            yield formal(join(pointer, "in"), f"{location!r} is no place of a parameter.{hint}")
        elif location == "path" and value.get("required") is not True:
            yield formal(pointer, f"the path parameter {name!r} needs `required: true`.", join(pointer, "required"))
        if "schema" not in value and not isinstance(value.get("content"), dict):
            yield formal(pointer, f"the parameter {name!r} needs a `schema`, or `content`.")
        yield from self._schema(value, pointer)
        yield from self._media_types(value, pointer)

    def body(self, body: Any, pointer: str) -> Iterator[Finding]:
        """Yield what is wrong with a request body."""
        found = yield from self.object_at(body, pointer, "a request body")
        if found is None or self._again(found[1]):
            return
        if "content" not in found[0]:
            reason = "a request body needs `content`: its media types, such as application/json, and their schemas."
            yield formal(found[1], reason)
        yield from self._media_types(*found)

    def responses(self, operation: dict[str, Any], pointer: str) -> Iterator[Finding]:
        """Yield what is wrong with the responses of an operation; from 3.1 on it may have none."""
        if "responses" not in operation:
            if self.version == "3.0":
                yield formal(pointer, "has no `responses`: declare at least one, such as '200'.")
            return
        place = join(pointer, "responses")
        responses = operation["responses"]
        if not isinstance(responses, dict) or not responses:
            what = "an empty object" if responses == {} else a(responses)
            yield formal(place, f"must be an object with at least one status, such as '200', not {what}.")
            return
        for status, response in responses.items():
            if not status.startswith("x-"):
                yield from self._response(status, response, place)

    def _response(self, status: str, response: Any, place: str) -> Iterator[Finding]:
        pointer = join(place, status)
        if not _STATUS.fullmatch(status):
            reason = f"{status!r} is no status: write one like '200', a range like '4XX', or `default`."
            yield formal(pointer, reason, place)
        found = yield from self.object_at(response, pointer, "a response")
        if found is None or self._again(found[1]):
            return
        yield from self._media_types(*found)
        headers, home = found[0].get("headers", {}), join(found[1], "headers")
        if not isinstance(headers, dict):
            yield formal(home, f"must be an object of headers by name, not {a(headers)}.")
            return
        for name, header in headers.items():
            found = yield from self.object_at(header, join(home, name), "a header")
            if found is not None:
                yield from self._schema(*found)

    def _media_types(self, holder: dict[str, Any], pointer: str) -> Iterator[Finding]:
        content, place = holder.get("content", {}), join(pointer, "content")
        if not isinstance(content, dict):
            yield formal(place, f"must be an object of media types by name, not {a(content)}.")
            return
        for name, media in content.items():
            found = yield from self.object_at(media, join(place, name), "a media type")
            if found is not None:
                yield from self._schema(*found)

    def _schema(self, holder: dict[str, Any], pointer: str) -> Iterator[Finding]:
        schema = holder.get("schema", {})
        if not isinstance(schema, dict) and not (isinstance(schema, bool) and self.version != "3.0"):
            yield formal(join(pointer, "schema"), f"a schema is an object, not {a(schema)}.")

    def _again(self, pointer: str) -> bool:
        """Say whether a place was looked at before, by another reference to it."""
        if pointer in self._seen:
            return True
        self._seen.add(pointer)
        return False


def formal(pointer: str, reason: str, *also: str) -> Finding:
    """Make a finding of what the JSON Schema of OpenAPI finds too, at the same pointer or at others."""
    return Finding(pointer, reason, (pointer, *also))


def a(value: Any) -> str:
    """Name a JSON value that stands where it should not: `a list`, `the text 'x'`, `5`."""
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else orjson.dumps(value).decode()

"""Suggesting: the request that is likely to show a cell that was never seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from locum.generate.generator import Unsatisfiable
from locum.openapi.compile.dialects import Direction
from locum.openapi.pointers import join
from locum.openapi.wire.media_ranges import key_of
from locum.openapi.wire.media_types import essence_of, read
from locum.openapi.wire.styles import Unreadable
from locum.proof.coverage.branches import parts_of
from locum.proof.coverage.counting import filled
from locum.proof.coverage.sentences import MARK, parted
from locum.proof.directed.causes import Cause, causes_of
from locum.proof.telling import curl_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.openapi.compile.contracts import Contract
    from locum.openapi.compile.operations import Operation
    from locum.openapi.compile.schemas import Schema
    from locum.proof.findings import Shown
    from locum.proof.requests import Requests

__all__ = ["Suggestions"]

_TAKEN = 200
"""What a server would answer to a request that it takes."""


class _NoSuggestion(LookupError):  # noqa: N818 (named for what it is)
    """There is no request of which one could say so."""


@dataclass(slots=True)
class Suggestions:
    """Says what to ask of one contract's server in order to see what was never seen."""

    contract: Contract
    requests: Requests

    def curl(self, operation: Operation, cell: str = "") -> str:
        """Return a curl line for a cell, or for the operation as it is documented; empty where none is known."""
        shown = self.shown(operation, cell) if cell else self.requests.documented(operation)
        return curl_of(shown) if shown is not None else ""

    def shown(self, operation: Operation, cell: str) -> Shown | None:
        """Return a request that is likely to show a cell; None where none is known.

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
        return shown if "answer" in parts or cell in filled(operation, replace(shown, status=_TAKEN)) else None

    def _shown(self, operation: Operation, base: Shown, parts: dict[str, str]) -> Shown:
        if "answer" in parts:
            cause = Cause(self.requests, operation, base)
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
        raise _NoSuggestion  # a branch of an answer: the operation's own request is all that one can ask

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
        """Return a value that fits a schema, changed so that it takes a branch at a place within it."""
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
        """Yield the schemas of a property, or of the items, in whatever part it is declared."""
        for one in self._alike(schema):
            if step == "*" and isinstance(one.raw.get("items"), dict):
                yield self.contract.schemas.schema(join(one.pointer, "items"), Direction.REQUEST)
            elif step in one.raw.get("properties", {}):
                yield self.contract.schemas.schema(join(one.pointer, "properties", step), Direction.REQUEST)

    def _alike(self, schema: Schema, depth: int = 0) -> Iterator[Schema]:
        """Yield a schema and the parts of it that are about the same value."""
        if not isinstance(schema.raw, dict):
            return
        yield schema
        for keyword in ("allOf", "oneOf", "anyOf") if depth < 3 else ():  # noqa: PLR2004 (parts of parts of parts)
            for place in parts_of(self.contract.schemas, schema, keyword):
                yield from self._alike(self.contract.schemas.schema(place, Direction.REQUEST), depth + 1)

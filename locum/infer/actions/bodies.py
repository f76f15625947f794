"""Bodies: the members that a request sends of a record, under the names that the record has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.infer.actions.idempotency import is_key
from locum.infer.resources.identities import request_place
from locum.infer.resources.words import stem, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from locum.infer.request import Request
    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.compile.operations import Operation

__all__ = ["Sent", "first_record"]

_SEVERAL, _ALIKE = 3, 0.7
"""Members that an object has at least, and the part of them that a body sends, to be what is sent."""
_DEEPEST = 8
"""How far the names of members are looked at."""


class Sent:
    """Reads what a request sends of a record, or of several."""

    def __init__(self, operation: Operation, shapes: Shapes, resource: Resource | None = None) -> None:
        self._shapes = shapes
        self._record = resource.shape if resource is not None else None
        self.place: tuple[str | int, ...] = ()
        """Where in the body the record stands; a number is an element of a list."""
        self._deeper: tuple[str, frozenset[str]] | None = None
        """The object of the record in which members of the body stand, and which."""
        media = next(iter(operation.body.media_types.values()), None) if operation.body is not None else None
        if media is not None and media.schema is not None and resource is not None:
            self.place = request_place(shapes, shapes.of(media.schema), resource)
            self._deeper = _deeper(shapes.at(shapes.of(media.schema), self.place), resource, shapes)
        self._arguments = [(parameter.argument, stem(parameter.name)) for parameter in operation.by_location["query"]]

    def body(self, request: Request) -> Any:
        """Return the body without its envelope."""
        body = request.body
        for step in self.place:
            if isinstance(step, int):
                return body  # the list of the one record
            if not isinstance(body, dict) or step not in body:
                break
            body = body[step]
        return body

    def members(self, request: Request) -> dict[str, Any]:
        """Return the members of the one record that is sent, the first of a list; none where none is."""
        return self.named(first_record(self.body(request)) or {})

    def named(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is sent under the names of the record: `FriendlyName` of a form is `friendly_name`."""
        if self._record is None:
            return {name: value for name, value in sent.items() if not is_key(name)}
        if self._deeper is not None:
            holder, names = self._deeper
            inside = {name: value for name, value in sent.items() if name in names}
            # Those that the record has at its top as well stand in both.
            sent = {name: value for name, value in sent.items() if name not in names or name in self._record.properties}
            sent |= {holder: inside} if inside else {}
        named = _renamed(sent, self._record, self._shapes, 0)
        named = {self._longer(name, named): value for name, value in named.items()}
        return {name: value for name, value in named.items() if name in self._record.properties or not is_key(name)}

    def _longer(self, name: str, sent: Mapping[str, Any]) -> str:
        """Return the one member of the record whose name ends as that of a member that it does not have.

        `dataset_id` is its `input_dataset_id`.
        """
        assert self._record is not None  # noqa: S101 (looked at by the caller)
        words = words_of(name)
        if name in self._record.properties or len(words) < 2:  # noqa: PLR2004 (`name` is the end of many)
            return name
        alike = [one for one in self._record.properties if words_of(one)[-len(words) :] == words]
        if len(alike) > 1:
            alike = [one for one in alike if words_of(one)[: -len(words)] == ("input",)]
        return alike[0] if len(alike) == 1 and alike[0] not in sent else name

    def in_query(self, request: Request, properties: Iterable[str]) -> dict[str, Any]:
        """Return the query parameters that have the names of members: `?status=sold`."""
        known = {stem(name): name for name in properties}
        found = {known[name]: request.arguments.get(argument) for argument, name in self._arguments if name in known}
        return {name: self._formed(name, value) for name, value in found.items() if value is not None}

    def _formed(self, name: str, value: Any) -> Any:
        """Return a value with the slash that the record's example begins with: `web` is kept as `/web`."""
        schema = self._record.properties.get(name) if self._record is not None else None
        shown = schema.raw.get("example") if schema is not None and isinstance(schema.raw, dict) else None
        is_rooted = isinstance(shown, str) and shown.startswith("/") and shown.count("/") == 1
        return f"/{value}" if is_rooted and isinstance(value, str) and not value.startswith("/") else value


def _deeper(sent: Shape, resource: Resource, shapes: Shapes) -> tuple[str, frozenset[str]] | None:
    """Find the object of a record in which a body's members stand: `image` of a job that shows it as `config.image`.

    That is one that a client does not send itself, and whose members are those of the body.
    """
    if resource.shape is None:
        return None
    unknown = sent.properties.keys() - resource.shape.properties.keys()
    for name, schema in resource.shape.properties.items():
        inner = shapes.of(schema)
        if name in sent.properties or not inner.is_object or len(inner.properties) < _SEVERAL:
            continue
        names = inner.properties.keys() & sent.properties.keys()
        if names & unknown and len(names) >= _ALIKE * len(inner.properties):
            return name, frozenset(names)
    return None


def _renamed(sent: Mapping[str, Any], shape: Shape, shapes: Shapes, depth: int) -> dict[str, Any]:
    known = shape.properties
    if not known or depth > _DEEPEST:
        return dict(sent)
    by_stem: dict[str, str] = {}
    for name in known:
        by_stem.setdefault(stem(name), name)
    renamed = {}
    for name, value in sent.items():
        own = name if name in known else by_stem.get(stem(name), name)
        if own != name and own in sent:  # both spellings are sent, so they are two members
            own = name
        renamed[own] = _inside(value, shapes.of(known[own]), shapes, depth) if own in known else value
    return renamed


def _inside(value: Any, shape: Shape, shapes: Shapes, depth: int) -> Any:
    if isinstance(value, dict):
        return _renamed(value, shape, shapes, depth + 1) if shape.is_object else value
    if isinstance(value, int | float) and not isinstance(value, bool) and shape.kinds - {"null"} == {"string"}:
        return str(value)  # an amount that the record has as a text
    if isinstance(value, list) and shape.is_array and shape.items is not None:
        inner = shapes.of(shape.items)
        return [_renamed(item, inner, shapes, depth + 1) if isinstance(item, dict) else item for item in value]
    return value


def first_record(body: Any) -> dict[str, Any] | None:
    """Return the record that a body is, or the first of a list; None where there is none."""
    items = body if isinstance(body, list) else [body]
    return next((item for item in items if isinstance(item, dict)), None)

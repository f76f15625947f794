"""Request bodies: read records under the names of their members, and echo members."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.generate.generator import Unsatisfiable
from locum.infer.actions.idempotency import is_key
from locum.infer.resources.identities import request_place
from locum.infer.resources.words import stem, words_of
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from locum.infer.actions.context import Context
    from locum.infer.request import Request
    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.compile.operations import Operation
    from locum.openapi.schemas.schemas import Schema
    from locum.responses import Response

__all__ = ["EchoedMember", "SentRecord", "first_record", "tag_in"]


_SEVERAL, _ALIKE = 3, 0.7
"""For `_deeper`: the least members of an object, and the share of them that the body must have."""
_HOLDERS = frozenset({"source", "document", "doc", "data", "value", "field", "content", "attribute", "payload"})
"""Stems of the members that hold what a client stored, in a record with members of the server."""
_DEEPEST = 8
"""How deep the names of nested members are matched."""


class SentRecord:
    """Reads the record or records in a request."""

    def __init__(self, operation: Operation, shapes: Shapes, resource: Resource | None = None) -> None:
        self._shapes = shapes
        self._record = resource.shape if resource is not None else None
        self.place: tuple[str | int, ...] = ()
        """The path to the record in the body; a number is an index of a list."""
        self.properties: Mapping[str, Schema] = {}
        """The members that the body may have, by name."""
        self._defaults: dict[str, Any] = {}
        self._deeper: tuple[str, frozenset[str]] | None = None
        """The object in the record that members of the body belong to, and the names of these members."""
        self._holder: str | None = None
        """The member of the record that holds all that is sent: `_source` of a document (Elasticsearch)."""
        media = next(iter(operation.body.media_types.values()), None) if operation.body is not None else None
        if media is not None and media.schema is not None and resource is not None:
            self.place = request_place(shapes, shapes.of(media.schema), resource)
            sent = shapes.at(shapes.of(media.schema), self.place)
            self._deeper = _deeper(sent, resource, shapes)
            self._holder = _holder(sent, resource, shapes)
            self.properties = sent.properties
            self._defaults = _defaults_in(sent)
        self._names: dict[Shape, dict[str, str]] = {}
        self._arguments = [(parameter.argument, stem(parameter.name)) for parameter in operation.by_location["query"]]

    @property
    def defaults(self) -> dict[str, Any]:
        """The declared defaults of members that the body may leave out, under their names in the record."""
        known = self._record.properties if self._record is not None else {}
        return {
            name: deepcopy(value)
            for name, value in self.named(self._defaults).items()
            if name in known and known[name].is_valid(value)
        }

    def body(self, request: Request) -> Any:
        """Return the body without its envelope."""
        body = request.body
        for step in self.place:
            if isinstance(step, int):
                return body  # a list with one record
            if not isinstance(body, dict) or step not in body:
                break
            body = body[step]
        return body

    def members(self, request: Request) -> dict[str, Any]:
        """Return the members of the record in the body, the first of a list; {} if there is none."""
        return self.named(first_record(self.body(request)) or {})

    def named(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Return members under their names in the record: `FriendlyName` of a form becomes `friendly_name`."""
        if self._record is None:
            return {name: value for name, value in sent.items() if not is_key(name)}
        if self._holder is not None and self._holder not in sent:
            return {self._holder: dict(sent)}
        if self._deeper is not None:
            holder, names = self._deeper
            inside = {name: value for name, value in sent.items() if name in names}
            # Members that the record also has at the top level are set in both places.
            sent = {name: value for name, value in sent.items() if name not in names or name in self._record.properties}
            sent |= {holder: inside} if inside else {}
        named = self._renamed(sent, self._record, 0)
        if named.keys() <= self._record.properties.keys():
            return named
        named = {self._longer(name, named): value for name, value in named.items()}
        return {name: value for name, value in named.items() if name in self._record.properties or not is_key(name)}

    def _renamed(self, sent: Mapping[str, Any], shape: Shape, depth: int) -> dict[str, Any]:
        """Return members under their names in a shape, and the members in them too."""
        known = shape.properties
        if not known or depth > _DEEPEST:
            return dict(sent)
        renamed = {}
        for name, value in sent.items():
            own = name if name in known else self._names_in(shape).get(stem(name), name)
            if own != name and own in sent:  # both spellings are in the body, so they are two members
                own = name
            is_whole = own not in known or isinstance(value, str | bool)
            renamed[own] = value if is_whole else self._inside(value, self._shapes.of(known[own]), depth)
        return renamed

    def _names_in(self, shape: Shape) -> dict[str, str]:
        """Return the names of a shape's properties by their stems; the first of equal ones counts."""
        if shape not in self._names:
            self._names[shape] = {stem(name): name for name in reversed(shape.properties)}
        return self._names[shape]

    def _inside(self, value: Any, shape: Shape, depth: int) -> Any:
        if isinstance(value, dict):
            return self._renamed(value, shape, depth + 1) if shape.is_object else value
        if isinstance(value, int | float) and not isinstance(value, bool) and shape.kinds - {"null"} == {"string"}:
            return str(value)  # an amount that the record holds as a string
        if isinstance(value, list) and shape.is_array and shape.items is not None:
            inner = self._shapes.of(shape.items)
            return [self._renamed(item, inner, depth + 1) if isinstance(item, dict) else item for item in value]
        return value

    def _longer(self, name: str, sent: Mapping[str, Any]) -> str:
        """Return the only member of the record whose name ends with an unknown member's name, else that name.

        `dataset_id` becomes `input_dataset_id`.
        """
        assert self._record is not None  # noqa: S101 (the caller has checked it)
        words = words_of(name)
        if name in self._record.properties or len(words) < 2:  # noqa: PLR2004 (many names end with one word such as `name`)
            return name
        alike = [one for one in self._record.properties if words_of(one)[-len(words) :] == words]
        if len(alike) > 1:
            alike = [one for one in alike if words_of(one)[: -len(words)] == ("input",)]
        return alike[0] if len(alike) == 1 and alike[0] not in sent else name

    def in_query(self, request: Request, properties: Iterable[str]) -> dict[str, Any]:
        """Return the query parameters that are named like members: `?status=sold`."""
        if not self._arguments:
            return {}
        known = {stem(name): name for name in properties}
        found = {known[name]: request.arguments.get(argument) for argument, name in self._arguments if name in known}
        return {name: self._formed(name, value) for name, value in found.items() if value is not None}

    def _formed(self, name: str, value: Any) -> Any:
        """Return a value with the leading slash of the member's example: `web` is stored as `/web` (Docker)."""
        schema = self._record.properties.get(name) if self._record is not None else None
        shown = schema.raw.get("example") if schema is not None and isinstance(schema.raw, dict) else None
        is_rooted = isinstance(shown, str) and shown.startswith("/") and shown.count("/") == 1
        return f"/{value}" if is_rooted and isinstance(value, str) and not value.startswith("/") else value


def _defaults_in(shape: Shape) -> dict[str, Any]:
    """Return the defaults of the optional members of an object, except null, which is that of any member."""
    found = {}
    for name, schema in shape.properties.items():
        raw = schema.resolve(schema.raw)
        if name not in shape.required and isinstance(raw, dict) and raw.get("default") is not None:
            found[name] = raw["default"]
    return found


def _deeper(sent: Shape, resource: Resource, shapes: Shapes) -> tuple[str, frozenset[str]] | None:
    """Find the object in a record that a body's members belong to: `image` of a job is shown as `config.image`.

    The body does not have that object itself, but most of its members.
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


def _holder(sent: Shape, resource: Resource, shapes: Shapes) -> str | None:
    """Find the open object in a record that holds a body of any members; None if the body declares members."""
    if resource.shape is None or sent.properties or not sent.is_object:
        return None
    opened = (name for name, one in resource.shape.properties.items() if _is_map(shapes.of(one)))
    return next((name for name in opened if stem(name) in _HOLDERS), None)


def _is_map(shape: Shape) -> bool:
    return shape.is_object and not shape.properties


class Tag(NamedTuple):
    """A tag that a request names by a repository and a tag: `?fromImage=alpine&tag=3.20` (Docker)."""

    member: str
    """The member of the record that lists its tags."""
    text: str


def tag_in(request: Request, resource: Resource) -> Tag | None:
    """Return the tag that the query names for a record that lists its tags, or None."""
    member = next((name for name in resource.alternates if words_of(name)[-1:] == ("tags",)), None)
    if member is None:
        return None
    named = {words_of(name)[-1]: value for name, value in request.arguments.items() if words_of(name)}
    repository = next((named[word] for word in ("image", "repo", "repository") if named.get(word)), None)
    if not isinstance(repository, str):
        return None
    tag = named.get("tag") or ("" if ":" in repository.rpartition("/")[2] else "latest")
    return Tag(member, f"{repository}:{tag}" if tag else repository)


def first_record(body: Any) -> dict[str, Any] | None:
    """Return the record in a body, or the first of a list; None if there is none."""
    items = body if isinstance(body, list) else [body]
    return next((item for item in items if isinstance(item, dict)), None)


_INPUTS = ("input", "inputs", "texts", "text", "sentences", "documents", "queries", "prompts", "instances")
"""Lists in a request that get one result for each element."""
_MOST = ("top_n", "top_k", "n")
"""Members with the maximum number of results; the exact number if there is no list."""
_RESULTS = ("data", "results", "choices", "embeddings", "translations", "predictions", "classifications", "matches")
_SCORES = ("relevance_score", "score", "similarity")
_MOST_RESULTS = 256


class EchoedMember:
    """Handles an operation with a body for which nothing else was inferred."""

    def __init__(self, operation: Operation, context: Context) -> None:
        self._responder = context.responder(operation)
        self._sent = SentRecord(operation, context.shapes)
        self._context = context
        view = self._responder.view
        names = [name for name in _RESULTS if view is not None and not view.place and name in view.inner.properties]
        shapes = [context.shapes.of(view.inner.properties[name]) for name in names] if view is not None else []
        self._results = next(
            ((name, shape.items) for name, shape in zip(names, shapes, strict=True) if shape.is_array and shape.items),
            None,
        )
        """The name and element schema of the response's list with one result for each element sent."""

    def __call__(self, request: Request) -> Response:
        """Return the members that were sent, and generated values for the others."""
        sent = self._sent.members(request)
        response = self._responder.echo(sent, request)
        count = _count(sent) if self._results is not None else None
        if self._results is None or count is None or not isinstance(response.body, dict):
            return response
        name, schema = self._results
        known = response.body.get(name)
        results = self._counted(known if isinstance(known, list) else [], schema, count, request)
        body = {**response.body, name: results}
        view = self._responder.view
        return replace(response, body=body) if view is not None and view.schema.is_valid(body) else response

    def _counted(self, known: list[Any], schema: Schema, count: int, request: Request) -> list[Any]:
        """Return `count` results, numbered from zero and sorted by score, best first."""
        results = known[:count]
        while len(results) < count:
            random = chance(request.world.seed, self._responder.operation.operation_id, request.target, len(results))
            try:
                results.append(self._context.generator.value(schema, random, request.world.began))
            except Unsatisfiable:
                return known
        if all(isinstance(one, dict) and isinstance(one.get("index"), int) for one in results):
            results = [{**one, "index": index} for index, one in enumerate(results)]
            score = next((name for name in _SCORES if all(name in one for one in results)), None)
            if score is not None:
                scores = sorted((one[score] for one in results), reverse=True)
                results = [{**one, score: value} for one, value in zip(results, scores, strict=True)]
        return results


def _count(sent: Mapping[str, Any]) -> int | None:
    """Return the number of results for a request; None if nothing determines it."""
    most = next((sent[name] for name in _MOST if isinstance(sent.get(name), int) and sent[name] > 0), None)
    given = next((sent[name] for name in _INPUTS if isinstance(sent.get(name), list)), None)
    many = [one for one in (most, len(given) if given else None) if one is not None]
    return min(*many, _MOST_RESULTS) if many else None

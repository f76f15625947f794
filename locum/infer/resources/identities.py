"""Identities: where in a body the record or list is, and which members hold its identifier and its kind."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from locum.generate.generator import Unsatisfiable
from locum.infer.resources.words import same, singular, stem, words_of
from locum.openapi.compile.examples import is_inferred
from locum.world.seeded import chance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from locum.generate.generator import Generator
    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.schemas.schemas import Schema

__all__ = ["identity_of", "is_remark", "kinds_in", "list_place", "record_place", "request_place", "response_place"]


_NAMES = frozenset({"kind", "apiversion", "object", "resourcetype", "objecttype"})
_ANY_TIME = datetime(2025, 1, 1, tzinfo=UTC)


def kinds_in(shape: Shape, generator: Generator) -> dict[str, Any]:
    """Return the members that name the kind of a schema's objects, with their constant values: `kind: PodList`."""
    names = [name for name, schema in shape.properties.items() if stem(name) in _NAMES and _is_text(schema)]
    if not names:
        return {}
    with suppress(Unsatisfiable):
        one, other = (
            generator.value(
                shape.schema, chance(0, turn), _ANY_TIME, examples=False, optional=0.0, given={}, wanted=names
            )
            for turn in (0, 1)
        )
        return {name: one[name] for name in names if name in one and one[name] == other.get(name)}
    return {}


def _is_text(schema: Any) -> bool:
    return isinstance(schema.raw, dict) and schema.raw.get("type") == "string"


_USUAL_LISTS = (
    "data",
    "item",
    "result",
    "value",
    "record",
    "entry",
    "element",
    "content",
    "member",
    "resource",
    "list",
    "hit",
)
"""Stems of usual names of lists, best first."""

_LIST_WRAPPERS = frozenset(
    {"data", "embedded", "result", "response", "payload", "body", "content", "list", "collection"}
)
"""Names of objects around a list that is two levels deep."""

_ASIDE = frozenset(
    {"error", "warning", "message", "link", "included", "facet", "aggregation", "order", "sort", "filter", "include"}
)
"""Names of arrays beside the list."""

_IDENTITIES = frozenset({"id", "uuid", "gid", "guid", "sha", "number"})
_COUNTED = ("total", "page", "numberofelement")
"""Beginnings of the names of members that describe a page, not a record."""

_MOST_ASIDE = 6
"""Limit of the members beside a list that do not describe a page; an object with more is a record."""
_OF_PAGES = frozenset({
    "page", "pages", "next", "previous", "prev", "first", "last", "total", "start", "end", "limit", "offset", "count",
    "cursor", "more",
})  # fmt: skip


def list_place(shapes: Shapes, schema: Schema, hint: Callable[[Schema], bool] | None = None) -> tuple[str, ...] | None:
    """Return the path to the list of objects in a body, at most two steps: () for a bare array, None without a list.

    A list whose items `hint` accepts is preferred, then one with a usual name, then the only one.
    """
    shape = shapes.of(schema)
    if shape.is_array:
        return ()
    if not shape.is_object:
        return None
    outer = list(_lists(shapes, shape))
    inner = [
        (name, one, items)
        for name, place in shape.properties.items()
        if (within := shapes.of(place)).is_object
        for one, items in _lists(shapes, within)
    ]
    if hint is not None:
        hinted: list[tuple[str, ...]] = [(name,) for name, items in outer if items is not None and hint(items)]
        hinted += [(name, one) for name, one, items in inner if items is not None and hint(items)]
        if hinted:
            return hinted[0]
    if _is_listed_record(shape):
        return None
    found = _best(shapes, outer)
    aside = [name for name in shape.properties if _OF_PAGES.isdisjoint(words_of(name))]
    if found is not None and (stem(found) in _USUAL_LISTS or len(aside) <= _MOST_ASIDE):
        return (found,)
    for name, place in shape.properties.items():
        if stem(name) in _LIST_WRAPPERS and not _is_listed_record(shapes.of(place)):
            best = _best(shapes, [(one, items) for outer_name, one, items in inner if outer_name == name])
            if best is not None:
                return name, best
    return None


def _lists(shapes: Shapes, shape: Shape) -> Iterator[tuple[str, Schema | None]]:
    for name, schema in shape.properties.items():
        inner = shapes.of(schema)
        # `{name, children: [...]}` with children of the same schema is a tree, not a list.
        if inner.is_array and (inner.items is None or inner.items.pointer != shape.schema.pointer):
            yield name, inner.items


def _best(shapes: Shapes, lists: list[tuple[str, Schema | None]]) -> str | None:
    """Return the list with a usual name, else the only one."""
    objects = [name for name, items in lists if items is None or "object" in shapes.of(items).kinds]
    for usual in _USUAL_LISTS:
        for name in objects:
            if stem(name) == usual:
                return name
    telling = [name for name in objects if stem(name) not in _ASIDE]
    if not telling:  # `{messages: [...]}` is a list of messages
        telling = [name for name in objects if stem(name) not in {"error", "warning"}]
    return telling[0] if len(telling) == 1 else None


def _is_listed_record(shape: Shape) -> bool:
    """Return whether an object is a record itself, so that its lists are members of it."""
    names = {stem(name) for name in shape.properties}
    return bool(names & _IDENTITIES) and not any(name.startswith(_COUNTED) for name in names)


_IDS = ("id", "uuid", "gid", "guid", "sid")
_USUAL = (*_IDS, "key", "slug", "sku", "code", "number", "username", "login", "name")
"""Usual names of identifiers, best first."""

_HOLDERS = ("metadata", "meta", "attributes", "identifier", "info")
"""Objects in a record that may hold its identifier: `metadata.name` (Kubernetes)."""

_WRAPPERS = ("data", "item", "result", "record", "resource", "payload", "response", "body", "object", "entity", "value")
"""Usual names of the member that wraps a record."""
_REMARKS = frozenset({
    "message", "success", "ok", "error", "errors", "warnings", "warning", "meta", "metadata", "links", "included",
    "jsonapi", "status", "code", "status_code", "request_id", "requestid", "trace_id", "timestamp", "version", "took",
    "messages", "notices", "pagination", "cost", "response_code", "success_message", "info", "uuid_request", "etag",
})  # fmt: skip
"""Names of members beside the record in a response."""
_SCALARS = frozenset({"string", "integer", "number", "boolean"})
_TELLING = 5
_SAME = 0.9
_ALIKE = 0.7
"""The least share of a wrapper's members in a request that the record must have."""


def identity_of(
    expression: str | None, collection: str, shape: Shape, shapes: Shapes, key: Schema | None = None
) -> tuple[str, ...]:
    """Return the path to the member that a template expression names, or, without one, that identifies a record.

    `{petId}` of `/pets`: `petId`, else `id`; `{task_gid}`: `gid`; `{issue_number}`: `number`; `{name}` of a record
    without a name: `metadata.name`. `key` is the schema of the expression: `{gpg_key_id}`, a whole number, is not a
    `key_id` that is text. The path is () if no member identifies a record.
    """
    member = _id_member(expression, collection, shape, shapes, key)
    if member is not None:
        return (member,)
    for holder in (name for one in _HOLDERS for name in shape.properties if same(name, one)):
        inner = shapes.of(shape.properties[holder])
        if inner.is_object:
            member = _id_member(expression, collection, inner, shapes, key)
            if member is not None:
                return (holder, member)
    return ()


def _id_member(expression: str | None, collection: str, shape: Shape, shapes: Shapes, key: Schema | None) -> str | None:
    scalars = [name for name, schema in shape.properties.items() if shapes.of(schema).kinds & _SCALARS]
    fitting = scalars
    if key is not None and "string" not in (kinds := shapes.of(key).kinds):
        fitting = [name for name in scalars if shapes.of(shape.properties[name]).kinds & kinds]
    words = words_of(expression) if expression else ()
    noun = singular(words_of(collection)[-1]) if words_of(collection) else ""
    usual = [*_IDS, f"{noun}_id", f"{noun}_uuid"]
    if not is_inferred(shape.schema):  # examples are incomplete: their `name` is not the `{id}`
        usual += _USUAL[len(_IDS) :]
    if words and words[-1] not in usual and words[0] != noun:
        usual.append(noun)
    # `{repo}` is text, so it is not a numeric `id`; `{customer}` may be either.
    text = [name for name in fitting if "string" in shapes.of(shape.properties[name]).kinds]
    plain = text if words and words[-1] not in _IDS else fitting
    is_noun = len(words) > 1 and words == (*words_of(collection)[:-1], noun)  # `{promotion_code}` is not `code`
    return (
        (_first(_IDS, fitting) if is_noun else None)
        or _named(words, fitting)
        or _named(tuple(word for word in words if word != noun), fitting)  # {external_customer_id}: external_id
        or _first(usual, plain)
        or _first(usual, fitting)
        or _named(words, scalars)
        or (_only_id(fitting) if words[-1:] and words[-1] in _IDS else None)
    )


def _only_id(names: list[str]) -> str | None:
    """Return the only member with the name of an identifier: `own_id`."""
    found = [name for name in names if words_of(name)[-1:] and words_of(name)[-1] in _IDS]
    return found[0] if len(found) == 1 else None


def _named(words: tuple[str, ...], names: list[str]) -> str | None:
    """Find the member with the last words of an expression, as many as possible."""
    wanted = ["_".join(words[start:]) for start in range(len(words))]
    if len(words) > 2:  # noqa: PLR2004 (`external_customer_id` is not `id`)
        wanted = [one for one in wanted if one not in _IDS] or wanted
    return _first(wanted, names)


def _first(wanted: Iterable[str], names: list[str]) -> str | None:
    return next((name for one in wanted for name in names if same(name, one)), None)


def is_remark(name: str) -> bool:
    """Return whether a member's name is usual beside records in a body: `pagination`, `warnings`."""
    return name.lower() in _REMARKS


_MOST_ENVELOPES = 4
"""How many envelopes may contain one another."""


def record_place(  # noqa: PLR0913 (the record that is sought, and where)
    shapes: Shapes,
    shape: Shape,
    name: str,
    expression: str | None = None,
    record: Shape | None = None,
    *,
    levels: int = _MOST_ENVELOPES,
) -> tuple[str | int, ...] | None:
    """Return the path to the record in a response: () for the body itself, `("data",)` in an envelope, or None.

    A number in the path is the index of the only element of a list.

    Args:
        shapes: The shapes of the document.
        shape: The shape of the body.
        name: The plural noun for the records: `orders`.
        expression: The template expression that names one record, if there is one.
        record: The shape of the record if it is known, from the elements of a list.
        levels: How many envelopes the body may be within.

    """
    if not shape.is_object:
        return None
    if record is not None:
        place = _same_schema(shapes, shape, record)
        if place is not None:
            return place
    scalars = [one for one, schema in shape.properties.items() if not shapes.of(schema).is_object]
    scalars = [one for one in scalars if not shapes.of(shape.properties[one]).is_array]
    if any(same(one, usual) for one in shape.properties for usual in _IDS):
        return ()
    if expression is not None and any(same(one, expression) for one in scalars):
        return ()
    objects = [one for one, schema in shape.properties.items() if _is_record(shapes.of(schema))]
    noun = singular(words_of(name)[-1]) if words_of(name) else ""
    named = [one for one in objects if same(one, name) or same(one, noun)]
    if len(named) != 1:
        plain = [one for one in scalars if not is_remark(one)]
        named = [one for one in objects if one.lower() in _WRAPPERS and not plain]
    if len(named) != 1 and not scalars:
        others = [one for one in shape.properties if not is_remark(one)]
        named = others if others == objects else named
    if len(named) != 1 and len(objects) == 1 and all(one == objects[0] or is_remark(one) for one in shape.properties):
        named = objects
    if len(named) != 1 or named[0].lower() in {"metadata", "meta", "links", "error"}:
        return ()
    inner = shapes.of(shape.properties[named[0]])
    if same(named[0], noun) or same(named[0], name):
        return (named[0],)
    if levels == 1:  # a schema that contains itself, and nothing else, is no envelope
        return ()
    return (named[0], *(record_place(shapes, inner, name, expression, record, levels=levels - 1) or ()))


def _is_record(shape: Shape) -> bool:
    """Return whether a member may be a record: it has declared properties, unlike a map."""
    return shape.is_object and bool(shape.properties)


def _same_schema(shapes: Shapes, shape: Shape, record: Shape) -> tuple[str | int, ...] | None:
    """Find the record by its schema: the body, a member of it, or a member of a member."""
    wanted = shapes.identity(record.schema)
    if shapes.identity(shape.schema) == wanted:
        return ()
    names = record.properties.keys()
    if names and len(names & shape.properties.keys()) >= _SAME * len(names):
        return ()  # the full record; list elements show a part of it
    inner = [(name, shapes.of(schema)) for name, schema in shape.properties.items()]
    found: list[tuple[str | int, ...]] = [
        (name,) for name, one in inner if one.is_object and shapes.identity(one.schema) == wanted
    ]
    if len(found) == 1:
        return found[0]
    for name, one in inner:  # `{Invoices: [the one]}`
        if one.is_array and one.items is not None and shapes.identity(one.items) == wanted:
            return (name, 0)
    alike = [
        name for name, one in inner if one.is_array and one.items is not None and _alike(shapes.of(one.items), record)
    ]
    return (alike[0], 0) if len(alike) == 1 else None


def _alike(one: Shape, other: Shape) -> bool:
    """Return whether two schemas have nearly the same members, because an API describes a record twice."""
    names, others = one.properties.keys(), other.properties.keys()
    return len(names) >= _TELLING and len(names & others) >= _SAME * len(names | others)


def response_place(shapes: Shapes, shape: Shape, resource: Resource | None) -> tuple[str | int, ...]:
    """Return the path to a resource's record in a response; () for the body itself."""
    if resource is None:
        return record_place(shapes, shape, "") or ()
    return record_place(shapes, shape, resource.name, resource.expression, resource.shape) or ()


def request_place(shapes: Shapes, shape: Shape, resource: Resource) -> tuple[str | int, ...]:
    """Return the path to the record in a request body; () for the body itself.

    The path follows the envelope of responses, or a member with the record's name whose members are mostly those of
    the record. It never follows a member that the record has itself.
    """
    known = resource.shape.properties if resource.shape is not None else {}
    place: tuple[str | int, ...] = ()
    for step in resource.envelope:
        found = shape.items if isinstance(step, int) else None if step in known else shape.properties.get(step)
        if found is None:
            return ()
        place = (*place, step)
        shape = shapes.of(found)
    if not shape.is_object:
        return ()
    if place:
        return place
    noun = singular(words_of(resource.name)[-1]) if words_of(resource.name) else ""
    for name, schema in shape.properties.items():
        inner = shapes.of(schema)
        if name in known or not same(name, noun) or not _is_record(inner):
            continue
        names = [one for one in inner.properties if any(same(one, other) for other in known)]
        if len(names) >= _ALIKE * len(inner.properties):
            return (name,)
    return ()

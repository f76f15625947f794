"""Identities: which member of a record identifies it, and where in a body the record stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.infer.resources.words import same, singular, words_of
from locum.openapi.compile.examples import is_inferred

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locum.infer.resources.resources import Resource
    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.compile.schemas import Schema

__all__ = ["identity_of", "is_remark", "record_place", "request_place", "response_place"]

_IDS = ("id", "uuid", "gid", "guid", "sid")
_USUAL = (*_IDS, "key", "slug", "sku", "code", "number", "username", "login", "name")
"""What an identifying member is called, the most telling first."""

_HOLDERS = ("metadata", "meta", "attributes", "identifier", "info")
"""Objects in a record that may hold what identifies it: `metadata.name` (Kubernetes)."""

_WRAPPERS = ("data", "item", "result", "record", "resource", "payload", "response", "body", "object", "entity", "value")
"""What a record is wrapped in, whatever it is."""
_REMARKS = frozenset({
    "message", "success", "ok", "error", "errors", "warnings", "warning", "meta", "metadata", "links", "included",
    "jsonapi", "status", "code", "status_code", "request_id", "requestid", "trace_id", "timestamp", "version", "took",
    "messages", "notices", "pagination", "cost", "response_code", "success_message", "info", "uuid_request", "etag",
})  # fmt: skip
"""What stands beside the one record of a response."""
_SCALARS = frozenset({"string", "integer", "number", "boolean"})
_TELLING = 5
_SAME = 0.9
_ALIKE = 0.7
"""The part of the members of a wrapped request that its record has."""


def identity_of(
    expression: str | None, collection: str, shape: Shape, shapes: Shapes, key: Schema | None = None
) -> tuple[str, ...]:
    """Return the way to the member that a template expression names, or that identifies a record where there is none.

    `{petId}` of `/pets`: `petId`, else `id`; `{task_gid}`: `gid`; `{issue_number}`: `number`; `{name}` of a record
    without a name: `metadata.name`. `key` is the schema of the expression: `{gpg_key_id}`, a whole number, is no
    `key_id` that is text. The way is () where nothing identifies a record.
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
    if not is_inferred(shape.schema):  # all that examples show is not what there is: their `name` is not the `{id}`
        usual += _USUAL[len(_IDS) :]
    if words and words[-1] not in usual and words[0] != noun:
        usual.append(noun)
    # `{repo}` is text, and so no `id` that is a number; `{customer}` may be either.
    text = [name for name in fitting if "string" in shapes.of(shape.properties[name]).kinds]
    plain = text if words and words[-1] not in _IDS else fitting
    is_noun = len(words) > 1 and words == (*words_of(collection)[:-1], noun)  # `{promotion_code}` is no `code`
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
    """Return the one member that is an identifier, whatever it is called: `own_id`."""
    found = [name for name in names if words_of(name)[-1:] and words_of(name)[-1] in _IDS]
    return found[0] if len(found) == 1 else None


def _named(words: tuple[str, ...], names: list[str]) -> str | None:
    """Find the member that the last words of an expression name, as many of them as can be."""
    wanted = ["_".join(words[start:]) for start in range(len(words))]
    if len(words) > 2:  # noqa: PLR2004 (`id` alone is not what `external_customer_id` names)
        wanted = [one for one in wanted if one not in _IDS] or wanted
    return _first(wanted, names)


def _first(wanted: Iterable[str], names: list[str]) -> str | None:
    return next((name for one in wanted for name in names if same(name, one)), None)


def is_remark(name: str) -> bool:
    """Whether a member of a body has the name of what stands beside the records: `pagination`, `warnings`."""
    return name.lower() in _REMARKS


def record_place(
    shapes: Shapes, shape: Shape, name: str, expression: str | None = None, record: Shape | None = None
) -> tuple[str | int, ...] | None:
    """Return the path to the record in a response: () for the body itself, `("data",)` in an envelope, None for none.

    A number in it stands for the one element of a list.

    Args:
        shapes: The shapes of the document.
        shape: That of the body.
        name: What the records are called: `orders`.
        expression: The template expression that names one of them, if there is one.
        record: The shape of the record, as far as it is known: that of the elements of a list.

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
    return (named[0], *(record_place(shapes, inner, name, expression, record) or ()))


def _is_record(shape: Shape) -> bool:
    """Whether a member may be a record: a map of texts is none."""
    return shape.is_object and bool(shape.properties)


def _same_schema(shapes: Shapes, shape: Shape, record: Shape) -> tuple[str | int, ...] | None:
    """Find the record by its schema: the body, a member of it, or a member of a member."""
    wanted = shapes.identity(record.schema)
    if shapes.identity(shape.schema) == wanted:
        return ()
    names = record.properties.keys()
    if names and len(names & shape.properties.keys()) >= _SAME * len(names):
        return ()  # all of the record, of which the elements of a list show a part
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
    """Whether two schemas describe nearly the same members, as an API has them that describes a record twice."""
    names, others = one.properties.keys(), other.properties.keys()
    return len(names) >= _TELLING and len(names & others) >= _SAME * len(names | others)


def response_place(shapes: Shapes, shape: Shape, resource: Resource | None) -> tuple[str | int, ...]:
    """Return the path to the record of a resource in a response; () for the body itself."""
    if resource is None:
        return record_place(shapes, shape, "") or ()
    return record_place(shapes, shape, resource.name, resource.expression, resource.shape) or ()


def request_place(shapes: Shapes, shape: Shape, resource: Resource) -> tuple[str | int, ...]:
    """Return the path to the record in the body of a request: () for the body itself.

    Taken off is what responses wrap the record in, and what has its name where nearly all that is in it are members of
    the record; never a member that the record has itself.
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

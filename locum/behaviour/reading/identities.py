"""Identities: which member of a record names it, and where in a body the record stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.behaviour.reading.words import same, singular, words_of
from locum.openapi.compile.examples import is_inferred

if TYPE_CHECKING:
    from locum.behaviour.reading.shapes import Shape, Shapes
    from locum.openapi.compile.schemas import Schema

__all__ = ["id_member", "record_place"]

_USUAL = ("id", "uuid", "gid", "guid", "key", "slug", "sku", "code", "number", "username", "login", "name")
"""What an identifying member is called, the most telling first."""

_WRAPPERS = ("data", "item", "result", "record", "resource", "payload", "response", "attributes")
_REMARKS = ("message", "success", "ok", "error", "errors", "warnings")
"""What is said beside the one record of an answer."""
_SCALARS = frozenset({"string", "integer", "number", "boolean"})


def id_member(
    expression: str | None, collection: str, shape: Shape, shapes: Shapes, key: Schema | None = None
) -> str | None:
    """Return the member that a template expression names, or that identifies a record where there is none.

    `{petId}` of `/pets`: `petId`, else `id`; `{task_gid}`: `gid`; `{issue_number}`: `number`. `key` is
    the schema of the expression: `{gpg_key_id}`, a whole number, is no `key_id` that is text.
    """
    scalars = [name for name, schema in shape.properties.items() if shapes.of(schema).kinds & _SCALARS]
    fitting = scalars
    if key is not None and "string" not in (kinds := shapes.of(key).kinds):
        fitting = [name for name in scalars if shapes.of(shape.properties[name]).kinds & kinds]
    words = words_of(expression) if expression else ()
    noun = singular(words_of(collection)[-1]) if words_of(collection) else ""
    usual = [*_USUAL[:4], f"{noun}_id"]
    if not is_inferred(shape.schema):  # all that examples show is not what there is: their `name` is not the `{id}`
        usual += _USUAL[4:]
    if words and words[-1] not in usual and words[0] != noun:
        usual.append(noun)
    # `{repo}` is text, and so no `id` that is a number; `{customer}` may be either.
    text = [name for name in fitting if "string" in shapes.of(shape.properties[name]).kinds]
    plain = text if words and words[-1] not in _USUAL[:4] else fitting
    return _named(words, fitting) or _first(usual, plain) or _first(usual, fitting) or _named(words, scalars)


def _named(words: tuple[str, ...], names: list[str]) -> str | None:
    """Find the member that the last words of an expression name, as many of them as can be."""
    return _first(["_".join(words[start:]) for start in range(len(words))], names)


def _first(wanted: list[str], names: list[str]) -> str | None:
    return next((name for one in wanted for name in names if same(name, one)), None)


def record_place(shapes: Shapes, shape: Shape) -> tuple[str, ...] | None:
    """Return the path to the record in a body: () for the body itself, `("data",)` in an envelope, None for none."""
    if not shape.is_object:
        return None
    if any(same(name, usual) for name in shape.properties for usual in _USUAL[:4]):
        return ()
    objects = [name for name, schema in shape.properties.items() if shapes.of(schema).is_object]
    named = [name for name in objects if name.lower() in _WRAPPERS]
    if len(named) == 1 and len(shape.properties) - len(objects) <= len(shape.properties) // 2 + 1:
        return (named[0],)
    if len(objects) == 1 and all(name == objects[0] or name.lower() in _REMARKS for name in shape.properties):
        return (objects[0],)
    return ()

"""List places: where in an answer the list stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.infer.resources.words import stem, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.compile.schemas import Schema

__all__ = ["list_place"]

_USUAL = (
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
"""What the list is called, whatever is in it; as stems."""

_WRAPPERS = frozenset({"data", "embedded", "result", "response", "payload", "body", "content", "list", "collection"})
"""What is around the list, where it stands two levels deep."""

_ASIDE = frozenset(
    {"error", "warning", "message", "link", "included", "facet", "aggregation", "order", "sort", "filter", "include"}
)
"""Arrays that stand beside the list."""

_IDENTITIES = frozenset({"id", "uuid", "gid", "guid", "sha", "number"})
_COUNTED = ("total", "page", "numberofelement")
"""What a page of a list says of itself, that no record does."""

_MOST_ASIDE = 6
"""Members around a list that say nothing of a page; what has more is a record with a list in it."""
_OF_PAGES = frozenset({
    "page", "pages", "next", "previous", "prev", "first", "last", "total", "start", "end", "limit", "offset", "count",
    "cursor", "more",
})  # fmt: skip


def list_place(shapes: Shapes, schema: Schema, hint: Callable[[Schema], bool] | None = None) -> tuple[str, ...] | None:
    """Return the path to the list of objects in an answer, at most two steps: () for a bare array; None without one.

    Preferred is a list whose items `hint` accepts; then one that is called as lists are; then the only one.
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
    if _is_record(shape):
        return None
    found = _best(shapes, outer)
    aside = [name for name in shape.properties if _OF_PAGES.isdisjoint(words_of(name))]
    if found is not None and (stem(found) in _USUAL or len(aside) <= _MOST_ASIDE):
        return (found,)
    for name, place in shape.properties.items():
        if stem(name) in _WRAPPERS and not _is_record(shapes.of(place)):
            best = _best(shapes, [(one, items) for outer_name, one, items in inner if outer_name == name])
            if best is not None:
                return name, best
    return None


def _lists(shapes: Shapes, shape: Shape) -> Iterator[tuple[str, Schema | None]]:
    for name, schema in shape.properties.items():
        inner = shapes.of(schema)
        # `{name, children: [itself]}` is a tree, and no list of its own kind.
        if inner.is_array and (inner.items is None or inner.items.pointer != shape.schema.pointer):
            yield name, inner.items


def _best(shapes: Shapes, lists: list[tuple[str, Schema | None]]) -> str | None:
    """Return the list that is called as lists are, else the only one."""
    objects = [name for name, items in lists if items is None or "object" in shapes.of(items).kinds]
    for usual in _USUAL:
        for name in objects:
            if stem(name) == usual:
                return name
    telling = [name for name in objects if stem(name) not in _ASIDE]
    if not telling:  # `{messages: [...]}` is a list of messages
        telling = [name for name in objects if stem(name) not in {"error", "warning"}]
    return telling[0] if len(telling) == 1 else None


def _is_record(shape: Shape) -> bool:
    """Whether an object is a record itself, and its lists are its own."""
    names = {stem(name) for name in shape.properties}
    return bool(names & _IDENTITIES) and not any(name.startswith(_COUNTED) for name in names)

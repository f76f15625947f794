"""Envelope levels: the objects around a list, member by member."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from locum.infer.lists.envelope_members import AROUND, PageFacts, leads_on, saying
from locum.infer.resources.words import stem

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.infer.lists.envelope_members import Say
    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.compile.schemas import Schema

__all__ = ["Level"]

_DEEPEST = 3
"""Objects in one another: `meta: {page: {next: {href}}}`."""

_NAMED = ("total", "page", "pagin", "paging", "meta", "link", "cursor", "info")
"""What the names of objects have in them that are about the list."""

_KINDS = frozenset({"object", "type", "kind", "resourcetype", "apiversion"})
_RELATIONS = ("self", "first", "prev", "next", "last")
_ABSENT: Any = object()
_BOUNDS = frozenset({"pattern", "enum", "minimum", "maximum", "minLength", "maxLength", "multipleOf", "format"})

_Fill: TypeAlias = "Callable[[PageFacts, bool], Any]"
"""Makes a member; the second argument says whether to make what need not be there. `_ABSENT` for none."""


class Level:
    """One object around a list: what is known of its members, and which must be there."""

    def __init__(self, shapes: Shapes, shape: Shape, around: str, step: str | None, depth: int = 0) -> None:
        self._members: list[tuple[str, bool, _Fill]] = []
        self.cursor_kinds: frozenset[str] = frozenset()
        """The JSON types of the members, here or further in, that say where the next page begins."""
        self.required = [(name, schema) for name, schema in shape.properties.items() if name in shape.required]
        """What must be there, the list excepted."""
        siblings = {stem(name) for name in shape.properties}
        around = stem(around)
        total = "" if step is None else "total" + stem(step)
        for name, schema in shape.properties.items():
            if name == step:
                self.required = [pair for pair in self.required if pair[0] != name]
                continue
            inner = shapes.of(schema)
            said = "total" if stem(name) == total else name
            required = name in shape.required
            if inner.kinds & {"string", "integer"} and leads_on(name, stem(around)):
                self.cursor_kinds |= inner.kinds
            fill = _constant(name, schema) or _scalar(schema, inner, said, siblings, around, required=required)
            if fill is None and depth < _DEEPEST and _is_about_the_list(name):
                fill = _links(shapes, inner) or self._nested(shapes, inner, name, depth)
            if fill is not None:
                self._members.append((name, required, fill))

    def fill(self, body: dict[str, Any], facts: PageFacts, *, whole: bool) -> dict[str, Any]:
        """Add what is known to a body, and return it; unless it is to be whole, only what must be there."""
        for name, required, fill in self._members:
            if required or whole:
                value = fill(facts, whole)
                if value is not _ABSENT:
                    body[name] = value
        return body

    def _nested(self, shapes: Shapes, shape: Shape, name: str, depth: int) -> _Fill | None:
        if not shape.is_object or not shape.properties:
            return None
        level = Level(shapes, shape, name, None, depth + 1)
        self.cursor_kinds |= level.cursor_kinds
        if not level.is_known:
            return None
        null = "null" in shape.kinds
        relation = AROUND.get(stem(name))

        def fill(facts: PageFacts, whole: bool) -> Any:  # noqa: FBT001 (a flag, as in every other)
            nowhere = relation is not None and relation not in facts.links and relation not in facts.window.turns
            body = {} if nowhere else level.fill({}, facts, whole=whole)
            if body and all(required in body for required, _ in level.required):
                return body
            return None if null else _ABSENT

        return fill

    @property
    def is_known(self) -> bool:
        """Whether any member is known."""
        return bool(self._members)


def _is_about_the_list(name: str) -> bool:
    key = stem(name)
    return key in AROUND or any(part in key for part in _NAMED)


def _constant(name: str, schema: Schema) -> _Fill | None:
    """Return what says the only value there is: Stripe's `object: list`, or that a kind is given as an example."""
    raw = schema.raw if isinstance(schema.raw, dict) else {}
    choices = raw.get("enum")
    if "const" in raw:
        choices = [raw["const"]]
    if choices is None and stem(name) in _KINDS and isinstance(raw.get("example"), str):
        choices = [raw["example"]]
    if not isinstance(choices, list) or len(choices) != 1 or isinstance(choices[0], dict | list):
        return None
    [value] = choices
    return lambda _told, _whole: value


def _scalar(  # noqa: PLR0913 (each is a fact about the member)
    schema: Schema, shape: Shape, name: str, siblings: set[str], around: str, *, required: bool
) -> _Fill | None:
    raw = schema.raw if isinstance(schema.raw, dict) else {}
    form = str(raw.get("format", ""))
    say = saying(name, shape.kinds, form, siblings, around)
    if say is None:
        return None
    fill = _fitting(say, shape.kinds, form, required=required)
    return _judged(fill, schema) if _BOUNDS & raw.keys() else fill


def _fitting(say: Say, kinds: frozenset[str], form: str, *, required: bool) -> _Fill:
    """Return what says a value in a type that its schema admits."""
    numbers, text, null = bool(kinds & {"integer", "number"}), "string" in kinds, "null" in kinds

    def fill(facts: PageFacts, _whole: bool) -> Any:  # noqa: FBT001 (a flag, as in every other)
        value = say(facts)
        if value is None:
            if null:
                return None
            return "" if required and text and not form else _ABSENT
        if isinstance(value, bool):
            return value
        if isinstance(value, int):
            return value if numbers else str(value)
        if text:
            return value
        return int(value) if value.isascii() and value.isdigit() else _ABSENT

    return fill


def _judged(fill: _Fill, schema: Schema) -> _Fill:
    """Return what leaves away a value that its schema refuses: Stripe's `url` must begin as the pattern says."""

    def judged(facts: PageFacts, whole: bool) -> Any:  # noqa: FBT001 (a flag, as in every other)
        value = fill(facts, whole)
        return value if value is _ABSENT or schema.is_valid(value) else _ABSENT

    return judged


def _links(shapes: Shapes, shape: Shape) -> _Fill | None:
    """Return what says an array of links: `[{rel: next, href: ...}]`."""
    items = shapes.of(shape.items) if shape.is_array and shape.items is not None else None
    if items is None:
        return None
    rel = next((name for name in items.properties if stem(name) in {"rel", "relation"}), None)
    href = next((name for name in items.properties if stem(name) in {"href", "url", "uri"}), None)
    if rel is None or href is None or not items.required <= {rel, href, "method"}:
        return None
    method = {"method": "GET"} if "method" in items.required else {}
    return lambda facts, _whole: [
        {rel: relation, href: facts.links[relation], **method} for relation in _RELATIONS if relation in facts.links
    ]

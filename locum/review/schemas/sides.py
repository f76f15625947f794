"""Sides: read the schemas of one contract, in one direction, as views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.openapi.pointers import BrokenReference, at, join, pointer_of
from locum.review.schemas.views import (
    LOWER,
    PARTS_OF_ARRAYS,
    PARTS_OF_OBJECTS,
    UPPER,
    Alternatives,
    View,
    admit_null,
    combine,
    common_values,
    settle,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from locum.openapi.schemas.dialects import Direction
    from locum.openapi.schemas.schemas import Schemas
    from locum.review.schemas.views import Node

__all__ = ["Side"]

_WITHOUT_EFFECT: dict[str, Any] = {"minLength": 0, "minItems": 0, "minProperties": 0, "uniqueItems": False}
_SINGLE = (*PARTS_OF_ARRAYS, *PARTS_OF_OBJECTS, "contentSchema")
_NOTES = ("title", "description", "example", "examples", "externalDocs", "summary", "$comment")
_MARKS = ("default", "deprecated", "readOnly", "writeOnly", "xml", "x-extensible-enum", "x-sunset")
_WIDTHS = {"int32": 31, "int64": 63}


class Side:
    """The schemas of one contract in one direction, as views."""

    def __init__(self, schemas: Schemas, direction: Direction) -> None:
        self.schemas = schemas
        self.direction = direction
        self.legacy = schemas.legacy
        self._views: dict[Node, View] = {}
        self._raws: dict[str, Any] = {}
        self._depth = 0

    def raw(self, pointer: str) -> Any:
        """Return the schema object at a pointer; a trailing `!` marks the schema `false`."""
        if pointer.endswith("!"):
            return False
        if pointer not in self._raws:
            try:
                self._raws[pointer] = at(self.schemas.document, pointer)
            except BrokenReference:
                self._raws[pointer] = True
        return self._raws[pointer]

    def home(self, pointer: str) -> str:
        """Follow references that have no other keywords."""
        seen = {pointer}
        while True:
            raw = self.raw(pointer)
            if not isinstance(raw, dict) or not isinstance(raw.get("$ref"), str):
                return pointer
            if not self.legacy and len(raw) > 1:
                return pointer
            target = self._target(raw["$ref"])
            if target is None or target in seen:
                return pointer
            seen.add(target)
            pointer = target

    def node(self, *pointers: str) -> Node:
        """Return the node of schemas that apply to one value."""
        return tuple(dict.fromkeys(map(self.home, pointers)))

    def view(self, node: Node) -> View:
        """Return the view of a node."""
        found = self._views.get(node)
        if found is None:
            found = View()
            for pointer in node:
                self._merge(found, pointer, set())
            settle(found)
            self._views[node] = found
        return found

    def _target(self, reference: str) -> str | None:
        try:
            pointer = pointer_of(reference)
            at(self.schemas.document, pointer)
        except BrokenReference:
            return None
        return pointer

    def _merge(self, view: View, pointer: str, seen: set[str]) -> None:
        """Add the keywords of the schema at a pointer, of its references and its `allOf`, each once."""
        if pointer in seen or self._depth > _LONGEST_CHAIN:
            return
        seen.add(pointer)
        self._depth += 1
        self._merge_new(view, pointer, seen)
        self._depth -= 1

    def _merge_new(self, view: View, pointer: str, seen: set[str]) -> None:
        raw = self.raw(pointer)
        if raw is False:
            view.never = view.never or pointer.removesuffix("!")
        if not isinstance(raw, dict):
            return
        reference = raw.get("$ref")
        target = self._target(reference) if isinstance(reference, str) else None
        if target is not None and self.legacy:
            self._merge(view, target, seen)
            return
        if raw.get("nullable") is True and (target is not None or {"allOf", "oneOf", "anyOf"} & raw.keys()):
            # As in the dialect: nullable beside a composition means "this, or null".
            inner, within = View(), set(seen)
            if target is not None:
                self._merge(inner, target, within)
            self._keywords(inner, raw, pointer, within)
            inner.nullable = True
            admit_null(inner)
            combine(view, inner)
            return
        if target is not None:
            self._merge(view, target, seen)
        self._keywords(view, raw, pointer, seen)

    def _keywords(self, view: View, raw: dict[str, Any], pointer: str, seen: set[str]) -> None:
        own = View()
        _annotate(own, raw, pointer)
        _choose(own, raw, pointer)
        for keyword in (*LOWER, *UPPER, "uniqueItems", "contentEncoding", "contentMediaType"):
            if keyword in raw:
                _limit(own, keyword, raw, pointer)
        _texts(own, raw, pointer)
        self._objects(own, raw, pointer)
        for keyword in _SINGLE:
            if keyword in raw and not isinstance(raw[keyword], list):
                own.parts[keyword] = self._part(raw[keyword], join(pointer, keyword))
        listed = raw.get("prefixItems") or (raw.get("items") if isinstance(raw.get("items"), list) else None)
        for index, part in enumerate(listed if isinstance(listed, list) else ()):
            keyword = "prefixItems" if "prefixItems" in raw else "items"
            own.prefix.append(self._part(part, join(pointer, keyword, index)))
        if "not" in raw:
            own.exclusions.append(self._part(raw["not"], join(pointer, "not")))
        if "if" in raw:
            own.conditions.append(
                tuple(self._part(raw[word], join(pointer, word)) if word in raw else () for word in _CONDITION)  # type: ignore[arg-type]
            )
        combine(view, own)
        for keyword in ("oneOf", "anyOf"):
            if isinstance(raw.get(keyword), list):
                self._alternatives(view, raw, keyword, pointer, seen)
        for index, _ in enumerate(raw["allOf"] if isinstance(raw.get("allOf"), list) else ()):
            self._merge(view, self.home(join(pointer, "allOf", index)), seen)

    def _part(self, raw: Any, pointer: str) -> Node:
        """Return the node of a subschema; an empty one allows everything and is no node."""
        if raw is False:
            return (pointer + "!",)
        self._raws[pointer] = raw
        home = self.home(pointer)
        value = self.raw(home)
        if value is True or (isinstance(value, dict) and not value):
            return ()
        return (home,)

    def _objects(self, own: View, raw: dict[str, Any], pointer: str) -> None:
        foreign = set()
        properties = raw.get("properties")
        for name, part in properties.items() if isinstance(properties, dict) else ():
            place = join(pointer, "properties", name)
            self._raws[place] = part
            own.properties[name] = (self.home(place),)
            if self.is_foreign(place):
                foreign.add(name)
        own.foreign = frozenset(foreign)
        required = raw.get("required")
        for index, name in enumerate(required if isinstance(required, list) else ()):
            own.required.setdefault(str(name), join(pointer, "required", index))
        for keyword, parts in (("patternProperties", own.by_pattern), ("dependentSchemas", own.dependents)):
            value = raw.get(keyword)
            for name, part in value.items() if isinstance(value, dict) else ():
                parts[name] = self._part(part, join(pointer, keyword, name))
        dependent = raw.get("dependentRequired")
        for name, names in dependent.items() if isinstance(dependent, dict) else ():
            if isinstance(names, list):
                own.dependent[name] = frozenset(map(str, names)), join(pointer, "dependentRequired", name)

    def is_foreign(self, pointer: str) -> bool:
        """Return whether a property must not be sent in this direction (readOnly, writeOnly)."""
        return self._marked(pointer, self.direction.foreign)

    def _marked(self, pointer: str, keyword: str) -> bool:
        raw = self.raw(pointer)
        if isinstance(raw, dict) and keyword in raw:
            return raw[keyword] is True
        target = self.raw(self.home(pointer))
        return isinstance(target, dict) and target.get(keyword) is True

    def _alternatives(self, view: View, raw: dict[str, Any], keyword: str, pointer: str, seen: set[str]) -> None:
        nodes: list[Node] = []
        null = False
        for index, part in enumerate(raw[keyword]):
            node = self._part(part, join(pointer, keyword, index))
            if node and _is_null(self.raw(node[0])):
                null = True
            else:
                nodes.append(node)
        simple = self._simple(nodes)
        inner = View()
        if simple is not None:
            combine(inner, simple)
        elif len(nodes) == 1:
            for place in nodes[0]:
                self._merge(inner, place, set(seen))
        elif nodes:
            discriminator = raw.get("discriminator")
            inner.alternatives.append(
                Alternatives(
                    keyword,
                    join(pointer, keyword),
                    nodes,
                    discriminator if isinstance(discriminator, dict) else None,
                )
            )
            inner.nullable = any(self._admits_null(node) for node in nodes)
            kinds = [self._kinds(node) for node in nodes]
            if None not in kinds:
                inner.kinds_of_alternatives = frozenset().union(*(one for one in kinds if one is not None))
        else:
            inner.kinds, inner.nullable = frozenset(), False
        if null:
            admit_null(inner)
        combine(view, inner)

    def _admits_null(self, node: Node, depth: int = 0) -> bool:
        if depth > _DEEPEST:
            return False
        probe = View()
        for pointer in node:
            raw = self.raw(pointer)
            if isinstance(raw, dict) and {"oneOf", "anyOf"} & raw.keys():
                groups = [raw[word] for word in ("oneOf", "anyOf") if isinstance(raw.get(word), list)]
                words = [word for word in ("oneOf", "anyOf") if isinstance(raw.get(word), list)]
                for word, parts in zip(words, groups, strict=True):
                    nodes = [self._part(part, join(pointer, word, index)) for index, part in enumerate(parts)]
                    if not any(
                        not one or _is_null(self.raw(one[0])) or self._admits_null(one, depth + 1) for one in nodes
                    ):
                        return False
            if isinstance(raw, dict):
                _choose(probe, {key: raw[key] for key in _CHOOSING if key in raw}, pointer)
            if raw is False:
                return False
        return probe.nullable

    def _kinds(self, node: Node) -> frozenset[str] | None:
        """Return the types of an alternative, as far as it says them itself."""
        probe = View()
        for pointer in node:
            raw = self.raw(pointer)
            if isinstance(raw, dict):
                _choose(probe, {key: raw[key] for key in _CHOOSING if key in raw}, pointer)
        return probe.kinds

    def _simple(self, nodes: Iterable[Node]) -> View | None:
        """Return one view for alternatives that only list types or values; None if they say more."""
        kinds: set[str] = set()
        nullable = False
        raws = [self.raw(node[0]) if node else None for node in nodes]
        if len(raws) < 2:  # noqa: PLR2004 (a single alternative is merged as it is)
            return None
        for raw in raws:
            if not isinstance(raw, dict) or not isinstance(raw.get("type"), str | list):
                return None
            if raw.keys() - {"type", "nullable", *_NOTES}:
                return None
            found = View()
            _choose(found, raw, "")
            kinds |= found.kinds or set()
            nullable = nullable or found.nullable
        return View(kinds=frozenset(kinds), nullable=nullable)


_LONGEST_CHAIN = 100
"""How many references and parts of `allOf` are followed within one another; real documents stay below 10."""
_CONDITION = ("if", "then", "else")
_CHOOSING = ("type", "nullable", "enum", "const")
_DEEPEST = 6


def _is_null(raw: Any) -> bool:
    return isinstance(raw, dict) and (raw.get("type") in ("null", ["null"]) or raw.get("enum") == [None])


def _annotate(own: View, raw: dict[str, Any], pointer: str) -> None:
    for keyword in _NOTES:
        if keyword in raw:
            own.notes[keyword] = raw[keyword], join(pointer, keyword)
    for keyword in _MARKS:
        if keyword in raw and raw[keyword] is not False:
            own.marks[keyword] = raw[keyword], join(pointer, keyword)


def _choose(own: View, raw: dict[str, Any], pointer: str) -> None:
    """Read `type`, `nullable`, `enum` and `const`."""
    declared = raw.get("type")
    if declared is not None:
        listed = frozenset(declared if isinstance(declared, list) else [declared])
        own.kinds_at = join(pointer, "type")
        own.nullable = "null" in listed or raw.get("nullable") is True
        own.kinds = listed - {"null"}
        if "number" in own.kinds:
            own.kinds -= {"integer"}
    for keyword in ("enum", "const"):
        if keyword not in raw:
            continue
        values = [raw["const"]] if keyword == "const" else raw["enum"]
        if isinstance(values, list):
            own.choices = list(values) if own.choices is None else common_values(own.choices, values)
            own.choices_at = join(pointer, keyword)
    if own.choices is not None:
        if raw.get("nullable") is True and None not in own.choices:
            own.choices.append(None)
        own.nullable = own.nullable and None in own.choices


def _limit(own: View, keyword: str, raw: dict[str, Any], pointer: str) -> None:
    value = raw[keyword]
    if keyword in {"exclusiveMinimum", "exclusiveMaximum"} and isinstance(value, bool):  # the form of Draft 4
        if not value:
            return
        value = raw.get("minimum" if keyword == "exclusiveMinimum" else "maximum")
    elif keyword in {"minimum", "maximum"}:
        exclusive = raw.get("exclusiveMinimum" if keyword == "minimum" else "exclusiveMaximum")
        if exclusive is True:
            return
    numeric = keyword in LOWER or keyword in UPPER
    if numeric and (isinstance(value, bool) or not isinstance(value, int | float)):
        return
    if keyword in _WITHOUT_EFFECT and value == _WITHOUT_EFFECT[keyword]:
        return
    own.rules[keyword] = value, join(pointer, keyword)


def _texts(own: View, raw: dict[str, Any], pointer: str) -> None:
    if isinstance(raw.get("pattern"), str):
        own.patterns[raw["pattern"]] = join(pointer, "pattern")
    if isinstance(raw.get("format"), str):
        own.formats[raw["format"]] = join(pointer, "format")
    step = raw.get("multipleOf")
    if isinstance(step, int | float) and not isinstance(step, bool) and step > 0:
        own.multiples[step] = join(pointer, "multipleOf")
    bits = _WIDTHS.get(str(raw.get("format")))
    if bits is not None and own.kinds == frozenset({"integer"}):
        # The dialect limits integers to the width of their format.
        if not {"maximum", "exclusiveMaximum"} & raw.keys():
            own.rules["maximum"] = 2**bits - 1, join(pointer, "format")
        if not {"minimum", "exclusiveMinimum"} & raw.keys():
            own.rules["minimum"] = -(2**bits), join(pointer, "format")

"""Views: what the keywords of a schema mean together, whichever way they are written.

References are resolved, `allOf` is merged, and equal spellings become one: `nullable` and a type list, `const` and an
`enum` of one value, a `oneOf` with one alternative. Two schemas that allow the same values for these reasons have equal
views, so that a refactoring is no change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from locum.openapi.pointers import BrokenReference, at, join, pointer_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from locum.openapi.schemas.dialects import Direction
    from locum.openapi.schemas.schemas import Schemas

__all__ = ["Alternatives", "Node", "Side", "View", "canonical", "kind_of_value"]

Node: TypeAlias = tuple[str, ...]
"""The pointers of the schemas that all apply to one value; none for a value without a schema."""

_ANY_KIND = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
_KINDS = (
    ("integer number", ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")),
    ("string", ("minLength", "maxLength", "contentEncoding", "contentMediaType")),
    ("array", ("minItems", "maxItems", "uniqueItems", "minContains", "maxContains")),
    ("object", ("minProperties", "maxProperties")),
)
_KIND_OF_RULE = {rule: frozenset(kinds.split()) for kinds, rules in _KINDS for rule in rules}
_LOWER = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"})
_UPPER = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"})
_WITHOUT_EFFECT: dict[str, Any] = {"minLength": 0, "minItems": 0, "minProperties": 0, "uniqueItems": False}
_PARTS_OF_ARRAYS = ("items", "contains", "unevaluatedItems")
_PARTS_OF_OBJECTS = ("additionalProperties", "propertyNames", "unevaluatedProperties")
_SINGLE = (*_PARTS_OF_ARRAYS, *_PARTS_OF_OBJECTS, "contentSchema")
_NOTES = ("title", "description", "example", "examples", "externalDocs", "summary", "$comment")
_MARKS = ("default", "deprecated", "readOnly", "writeOnly", "xml", "x-extensible-enum", "x-sunset")
_WIDTHS = {"int32": 31, "int64": 63}


def canonical(value: Any) -> bytes:
    """Return a JSON value as bytes; equal for equal values."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer beyond 64 bits
        return repr(value).encode()


def kind_of_value(value: Any) -> str:
    """Return the JSON type of a value; a float without a fraction is an integer."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    names = {float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "string")


@dataclass(slots=True)
class Alternatives:
    """A `oneOf` or `anyOf`."""

    keyword: str
    pointer: str
    nodes: list[Node]
    discriminator: dict[str, Any] | None = None


@dataclass(slots=True)
class View:
    """What the schemas of a node mean together. Each part has the pointer at which it is written."""

    never: str | None = None
    """Where a schema is `false`."""
    kinds: frozenset[str] | None = None
    """The allowed types without null; None if all are. A number includes integers."""
    kinds_at: str = ""
    kinds_of_alternatives: frozenset[str] | None = None
    """The types that the alternatives allow; None if unknown."""
    nullable: bool = True
    choices: list[Any] | None = None
    """The allowed values of `enum` and `const`."""
    choices_at: str = ""
    rules: dict[str, tuple[Any, str]] = field(default_factory=dict)
    """Limits and flags by keyword."""
    patterns: dict[str, str] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    multiples: dict[float, str] = field(default_factory=dict)
    required: dict[str, str] = field(default_factory=dict)
    dependent: dict[str, tuple[frozenset[str], str]] = field(default_factory=dict)
    properties: dict[str, Node] = field(default_factory=dict)
    by_pattern: dict[str, Node] = field(default_factory=dict)
    dependents: dict[str, Node] = field(default_factory=dict)
    prefix: list[Node] = field(default_factory=list)
    parts: dict[str, Node] = field(default_factory=dict)
    """Further subschemas by keyword: `items`, `additionalProperties`, `propertyNames`, `contains`..."""
    alternatives: list[Alternatives] = field(default_factory=list)
    exclusions: list[Node] = field(default_factory=list)
    conditions: list[tuple[Node, Node, Node]] = field(default_factory=list)
    """`if`, `then` and `else`."""
    foreign: frozenset[str] = frozenset()
    """The properties that must not be sent in this direction."""
    notes: dict[str, tuple[Any, str]] = field(default_factory=dict)
    """Titles, descriptions and examples."""
    marks: dict[str, tuple[Any, str]] = field(default_factory=dict)
    """Other keywords that do not change which values are valid, but mean something to clients."""

    @property
    def closed(self) -> str | None:
        """Where further properties are forbidden; None if they are allowed."""
        for keyword in ("additionalProperties", "unevaluatedProperties"):
            for pointer in self.parts.get(keyword, ()):
                if pointer.endswith("!"):
                    return pointer[:-1]
        return None

    def allows(self, kind: str) -> bool:
        """Return whether values of a type are allowed as far as `type` says."""
        if kind == "null":
            return self.nullable
        return self.kinds is None or kind in self.kinds or (kind == "integer" and "number" in self.kinds)


class Side:
    """The schemas of one contract in one direction, as views."""

    def __init__(self, schemas: Schemas, direction: Direction) -> None:
        self.schemas = schemas
        self.direction = direction
        self.legacy = schemas.legacy
        self._views: dict[Node, View] = {}
        self._raws: dict[str, Any] = {}

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
                self._merge(found, pointer, frozenset())
            _settle(found)
            self._views[node] = found
        return found

    def _target(self, reference: str) -> str | None:
        try:
            pointer = pointer_of(reference)
            at(self.schemas.document, pointer)
        except BrokenReference:
            return None
        return pointer

    def _merge(self, view: View, pointer: str, seen: frozenset[str]) -> None:
        """Add the keywords of the schema at a pointer, of its references and its `allOf`."""
        if pointer in seen:
            return
        seen |= {pointer}
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
            inner = View()
            if target is not None:
                self._merge(inner, target, seen)
            self._keywords(inner, raw, pointer, seen)
            inner.nullable = True
            _admit_null(inner)
            _combine(view, inner)
            return
        if target is not None:
            self._merge(view, target, seen)
        self._keywords(view, raw, pointer, seen)

    def _keywords(self, view: View, raw: dict[str, Any], pointer: str, seen: frozenset[str]) -> None:
        own = View()
        _annotate(own, raw, pointer)
        _choose(own, raw, pointer)
        for keyword in (*_LOWER, *_UPPER, "uniqueItems", "contentEncoding", "contentMediaType"):
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
        _combine(view, own)
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

    def _alternatives(self, view: View, raw: dict[str, Any], keyword: str, pointer: str, seen: frozenset[str]) -> None:
        nodes: list[Node] = []
        null = False
        for index, part in enumerate(raw[keyword]):
            node = self._part(part, join(pointer, keyword, index))
            if node and _is_null(self.raw(node[0])):
                null = True
            elif not any(place in seen for place in node):
                nodes.append(node)
        simple = self._simple(nodes)
        inner = View()
        if simple is not None:
            _combine(inner, simple)
        elif len(nodes) == 1:
            for place in nodes[0]:
                self._merge(inner, place, seen)
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
            _admit_null(inner)
        _combine(view, inner)

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


_CONDITION = ("if", "then", "else")
_CHOOSING = ("type", "nullable", "enum", "const")
_DEEPEST = 6


def _is_null(raw: Any) -> bool:
    return isinstance(raw, dict) and (raw.get("type") in ("null", ["null"]) or raw.get("enum") == [None])


def _admit_null(view: View) -> None:
    view.nullable = True
    if view.choices is not None and None not in view.choices:
        view.choices.append(None)


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
            own.choices = list(values) if own.choices is None else _common(own.choices, values)
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
    numeric = keyword in _LOWER or keyword in _UPPER
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


def _combine(view: View, other: View) -> None:
    """Add the parts of a view to another that applies to the same value."""
    view.never = view.never or other.never
    if other.kinds is not None:
        view.kinds = other.kinds if view.kinds is None else _both_kinds(view.kinds, other.kinds)
        view.kinds_at = other.kinds_at or view.kinds_at
    if other.kinds_of_alternatives is not None:
        known = view.kinds_of_alternatives
        view.kinds_of_alternatives = (
            other.kinds_of_alternatives if known is None else _both_kinds(known, other.kinds_of_alternatives)
        )
    view.nullable = view.nullable and other.nullable
    if other.choices is not None:
        view.choices = list(other.choices) if view.choices is None else _common(view.choices, other.choices)
        view.choices_at = other.choices_at
    for keyword, (value, pointer) in other.rules.items():
        known = view.rules.get(keyword)
        if known is None or (keyword in _LOWER and value > known[0]) or (keyword in _UPPER and value < known[0]):
            view.rules[keyword] = value, pointer
    view.patterns |= other.patterns
    view.formats |= other.formats
    view.multiples |= other.multiples
    for name, pointer in other.required.items():
        view.required.setdefault(name, pointer)
    for name, (names, pointer) in other.dependent.items():
        before = view.dependent.get(name, (frozenset[str](), pointer))
        view.dependent[name] = before[0] | names, pointer
    for mine, theirs in (
        (view.properties, other.properties),
        (view.by_pattern, other.by_pattern),
        (view.dependents, other.dependents),
        (view.parts, other.parts),
    ):
        for key, node in theirs.items():
            mine[key] = tuple(dict.fromkeys((*mine.get(key, ()), *node)))
    for index, node in enumerate(other.prefix):
        if index < len(view.prefix):
            view.prefix[index] = tuple(dict.fromkeys((*view.prefix[index], *node)))
        else:
            view.prefix.append(node)
    view.alternatives += other.alternatives
    view.exclusions += other.exclusions
    view.conditions += other.conditions
    view.foreign |= other.foreign
    for keyword, found in other.notes.items():
        view.notes.setdefault(keyword, found)
    for keyword, found in other.marks.items():
        view.marks.setdefault(keyword, found)


def _common(some: list[Any], others: list[Any]) -> list[Any]:
    known = set(map(canonical, others))
    return [value for value in some if canonical(value) in known]


def _both_kinds(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    found = one & other
    for mine, theirs in ((one, other), (other, one)):
        if "number" in mine and "integer" in theirs and "number" not in theirs:
            found |= {"integer"}
    return found


def _settle(view: View) -> None:
    """Remove what has no effect: limits of types that are not allowed, and everything beside a list of values."""
    if view.choices is not None:
        distinct = {canonical(value): value for value in view.choices if view.allows(kind_of_value(value))}
        view.choices = list(distinct.values())
        view.nullable = view.nullable and None in view.choices
        view.kinds = frozenset(kind_of_value(value) for value in view.choices if value is not None)
    if view.kinds == _ANY_KIND - {"null", "integer"} and view.nullable:
        view.kinds = None
    kinds = view.kinds
    for keyword in list(view.rules):
        if kinds is not None and not _KIND_OF_RULE[keyword] & kinds:
            del view.rules[keyword]
    if kinds is not None and "array" not in kinds:
        view.prefix = []
    for keywords, kind in ((_PARTS_OF_ARRAYS, "array"), (_PARTS_OF_OBJECTS, "object")):
        if kinds is not None and kind not in kinds:
            for keyword in keywords:
                view.parts.pop(keyword, None)
    for keyword in [keyword for keyword, node in view.parts.items() if not node]:
        del view.parts[keyword]
    view.by_pattern = {pattern: node for pattern, node in view.by_pattern.items() if node}
    for name in view.foreign:
        view.required.pop(name, None)
    if "minimum" in view.rules and "exclusiveMinimum" in view.rules:
        loose = "minimum" if view.rules["exclusiveMinimum"][0] >= view.rules["minimum"][0] else "exclusiveMinimum"
        del view.rules[loose]
    if "maximum" in view.rules and "exclusiveMaximum" in view.rules:
        loose = "maximum" if view.rules["exclusiveMaximum"][0] <= view.rules["maximum"][0] else "exclusiveMaximum"
        del view.rules[loose]


def places(node: Node) -> Iterator[str]:
    """Yield the pointers of a node, without marks."""
    yield from (pointer.removesuffix("!") for pointer in node)

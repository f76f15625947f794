"""Views: what the keywords of a schema mean together, whichever way they are written.

References are resolved, `allOf` is merged, and equal spellings become one: `nullable` and a type list, `const` and an
`enum` of one value, a `oneOf` with one alternative. Two schemas that allow the same values for these reasons have equal
views, so that a refactoring is no change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import orjson

__all__ = [
    "LOWER",
    "PARTS_OF_ARRAYS",
    "PARTS_OF_OBJECTS",
    "UPPER",
    "Alternatives",
    "Node",
    "View",
    "admit_null",
    "canonical",
    "combine",
    "common_values",
    "kind_of_value",
    "settle",
]

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
LOWER = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"})
"""Keywords of lower limits, of which the highest counts."""
UPPER = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"})
"""Keywords of upper limits, of which the lowest counts."""
PARTS_OF_ARRAYS = ("items", "contains", "unevaluatedItems")
PARTS_OF_OBJECTS = ("additionalProperties", "propertyNames", "unevaluatedProperties")


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
    def assertions(self) -> tuple[Any, ...]:
        """The keywords that restrict values besides types, choices and combinations; each is empty if it is absent."""
        return (
            self.rules,
            self.patterns,
            self.formats,
            self.multiples,
            self.required,
            self.dependent,
            self.properties,
            self.by_pattern,
            self.dependents,
            self.prefix,
            self.parts,
        )

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


def admit_null(view: View) -> None:
    """Allow null as well."""
    view.nullable = True
    if view.choices is not None and None not in view.choices:
        view.choices.append(None)


def combine(view: View, other: View) -> None:
    """Add the parts of a view to another that applies to the same value."""
    view.never = view.never or other.never
    if other.kinds is not None:
        view.kinds = other.kinds if view.kinds is None else _both_kinds(view.kinds, other.kinds)
        view.kinds_at = other.kinds_at or view.kinds_at
    if other.kinds_of_alternatives is not None:
        mine = view.kinds_of_alternatives
        theirs = other.kinds_of_alternatives
        view.kinds_of_alternatives = theirs if mine is None else _both_kinds(mine, theirs)
    view.nullable = view.nullable and other.nullable
    if other.choices is not None:
        view.choices = list(other.choices) if view.choices is None else common_values(view.choices, other.choices)
        view.choices_at = other.choices_at
    for keyword, (value, pointer) in other.rules.items():
        known = view.rules.get(keyword)
        if known is None or (keyword in LOWER and value > known[0]) or (keyword in UPPER and value < known[0]):
            view.rules[keyword] = value, pointer
    view.patterns |= other.patterns
    view.formats |= other.formats
    view.multiples |= other.multiples
    for name, pointer in other.required.items():
        view.required.setdefault(name, pointer)
    for name, (names, pointer) in other.dependent.items():
        before = view.dependent.get(name, (frozenset[str](), pointer))
        view.dependent[name] = before[0] | names, pointer
    for nodes, more in (
        (view.properties, other.properties),
        (view.by_pattern, other.by_pattern),
        (view.dependents, other.dependents),
        (view.parts, other.parts),
    ):
        for key, node in more.items():
            nodes[key] = tuple(dict.fromkeys((*nodes.get(key, ()), *node)))
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


def common_values(some: list[Any], others: list[Any]) -> list[Any]:
    """Return the values of a list that are in another one, too."""
    known = set(map(canonical, others))
    return [value for value in some if canonical(value) in known]


def _both_kinds(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    found = one & other
    for mine, theirs in ((one, other), (other, one)):
        if "number" in mine and "integer" in theirs and "number" not in theirs:
            found |= {"integer"}
    return found


def settle(view: View) -> None:
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
    for keywords, kind in ((PARTS_OF_ARRAYS, "array"), (PARTS_OF_OBJECTS, "object")):
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

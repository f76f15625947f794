"""Choices: the alternatives of a schema (`oneOf`, `anyOf`, `not`, `if`, discriminators), and what excludes what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from locum.generate.planning.keywords import REPEATS, TYPES, SchemaPart, canonical, component_of
from locum.openapi.pointers import as_fragment, at, follow, join, split
from locum.openapi.schemas.discriminators import COMPONENTS, names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from locum.openapi.schemas.dialects import Direction
    from locum.openapi.schemas.schemas import Schemas

__all__ = ["Choice", "Choices", "Distinctions", "distinctions", "excludes", "negations"]


_DEEPEST_DISTINCTION = 8
"""How deep nested `allOf`s are followed, which also ends circular ones."""


class Distinctions(NamedTuple):
    """The obvious restrictions of a schema: types (empty for any), values of properties, and required properties."""

    types: frozenset[str]
    values: dict[str, frozenset[Any]]
    required: frozenset[str]


def excludes(one: Distinctions, other: Distinctions) -> bool:
    """Return whether a value that fits one schema obviously cannot fit the other."""
    if one.types and other.types and one.types.isdisjoint(other.types):
        return not {"number", "integer"} <= one.types | other.types
    return any(
        name in other.values and values.isdisjoint(other.values[name])
        for name, values in one.values.items()
        if name in one.required and one.types == {"object"}
    )


def distinctions(schema: Any, schemas: Schemas, depth: int = _DEEPEST_DISTINCTION) -> Distinctions:
    """Return the obvious restrictions of a schema and all parts of its `allOf`."""
    schema = schemas.resolve(schema)
    if not isinstance(schema, dict) or not depth:
        return Distinctions(frozenset(), {}, frozenset())
    kinds = schema.get("type") or ()
    types = frozenset([kinds] if isinstance(kinds, str) else kinds)
    types |= {"null"} if types and schemas.legacy and schema.get("nullable") is True else frozenset()
    values, required = {}, set(schema.get("required") or ())
    for name, part in (schema.get("properties") or {}).items():
        named = schemas.resolve(part)
        if isinstance(named, dict) and ("const" in named or isinstance(named.get("enum"), list)):
            each = [named["const"]] if "const" in named else named["enum"]
            nothing = [None] if schemas.legacy and named.get("nullable") is True else []
            values[name] = frozenset(map(canonical, [*each, *nothing]))
    for part in schema.get("allOf") or ():
        inner = distinctions(part, schemas, depth - 1)
        types = types & inner.types if types and inner.types else types or inner.types
        required |= inner.required
        for name, each in inner.values.items():
            values[name] = values[name] & each if name in values else each
    return Distinctions(types, values, frozenset(required))


_OTHER = "another"
"""The name of a property that no schema declares."""


def negations(schema: Any, schemas: Schemas) -> list[dict[str, Any]]:
    """Return schemas such that a value that violates this one fits at least one of them.

    They are hints; the final value is always validated.
    """
    schema = schema if schemas.legacy is False and _has_siblings(schema) else follow(schemas.document, schema)
    if isinstance(schema, bool):
        return [] if schema else [{}]
    return list(_of_keywords(schema))


def _has_siblings(schema: Any) -> bool:
    return isinstance(schema, dict) and "$ref" in schema and len(schema) > 1


def _of_keywords(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for keyword, value in schema.items():
        rule = _RULES.get(keyword)
        if rule is not None:
            yield from rule(value, schema)


def _type(value: Any, _: Any) -> Iterator[dict[str, Any]]:
    types = [value] if isinstance(value, str) else value
    others = [kind for kind in TYPES if kind not in types and not (kind == "integer" and "number" in types)]
    if others:
        yield {"type": others}


def _sized(kind: str, opposite: str, by: int) -> Callable[[Any, Any], Iterator[dict[str, Any]]]:
    def rule(value: Any, _: Any) -> Iterator[dict[str, Any]]:
        if value + by >= 0:
            yield {"type": kind, opposite: int(value) + by}

    return rule


def _bounded(exclusive: str, opposite: str) -> Callable[[Any, Any], Iterator[dict[str, Any]]]:
    beyond = "exclusiveMaximum" if opposite == "maximum" else "exclusiveMinimum"

    def rule(value: Any, schema: Any) -> Iterator[dict[str, Any]]:
        if not isinstance(value, bool):
            yield {"type": "number", (opposite if schema.get(exclusive) is True else beyond): value}

    return rule


def _unbounded(opposite: str) -> Callable[[Any, Any], Iterator[dict[str, Any]]]:
    def rule(value: Any, _: Any) -> Iterator[dict[str, Any]]:
        if not isinstance(value, bool):
            yield {"type": "number", opposite: value}

    return rule


def _only(kind: str) -> Callable[[Any, Any], Iterator[dict[str, Any]]]:
    def rule(_value: Any, _: Any) -> Iterator[dict[str, Any]]:
        yield {"type": kind}

    return rule


def _unique(value: Any, _: Any) -> Iterator[dict[str, Any]]:
    if value is True:
        yield {"type": "array", "minItems": 2, REPEATS: True}


def _required(value: Any, _: Any) -> Iterator[dict[str, Any]]:
    for name in value if isinstance(value, list) else ():
        yield {"type": "object", "properties": {name: False}}


def _properties(value: Any, _: Any) -> Iterator[dict[str, Any]]:
    for name, inner in value.items():
        yield {"type": "object", "required": [name], "properties": {name: {"not": inner}}}


def _additional(value: Any, schema: Any) -> Iterator[dict[str, Any]]:
    declared = schema.get("properties") or {}
    name = _OTHER
    while name in declared:
        name += "_"
    yield {"type": "object", "required": [name], "properties": {name: {"not": value}}}
    # If no other name is allowed: any properties that are present.
    free: dict[str, Any] = {each: {} for each in declared}
    yield {"type": "object", "minProperties": 1, "properties": free, "additionalProperties": {"not": value}}


def _patterns(value: Any, _: Any) -> Iterator[dict[str, Any]]:
    for pattern, inner in value.items():
        names = {"propertyNames": {"pattern": pattern}}
        yield {"type": "object", "minProperties": 1, **names, "additionalProperties": {"not": inner}}


def _items(value: Any, schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        yield from _prefix(value, schema)
    else:
        before = len(schema.get("prefixItems") or ())
        yield {"type": "array", "minItems": before + 1, "items": {"not": value}}


def _prefix(value: Any, _: Any) -> Iterator[dict[str, Any]]:
    for index, inner in enumerate(value):
        yield {"type": "array", "minItems": index + 1, "prefixItems": [*({} for _ in range(index)), {"not": inner}]}


def _one_of(value: Any, _: Any) -> Iterator[dict[str, Any]]:
    yield {"allOf": [{"not": inner} for inner in value]}
    for index, inner in enumerate(value):
        yield from ({"allOf": [inner, other]} for other in value[:index])


def _negated_conditional(value: Any, schema: Any) -> Iterator[dict[str, Any]]:
    if "then" in schema:
        yield {"allOf": [value, {"not": schema["then"]}]}
    if "else" in schema:
        yield {"allOf": [{"not": value}, {"not": schema["else"]}]}


def _negated_dependent(value: Any, _: Any) -> Iterator[dict[str, Any]]:
    for name, others in value.items():
        yield from (
            {"type": "object", "required": [name], "properties": {other: False}}
            for other in (others if isinstance(others, list) else ())
        )


_RULES: dict[str, Callable[[Any, Any], Iterator[dict[str, Any]]]] = {
    "$ref": lambda value, _: iter(({"not": {"$ref": value}},)),
    "type": _type,
    "enum": lambda value, _: iter(({"not": {"enum": value}},)),
    "const": lambda value, _: iter(({"not": {"const": value}},)),
    "minimum": _bounded("exclusiveMinimum", "maximum"),
    "maximum": _bounded("exclusiveMaximum", "minimum"),
    "exclusiveMinimum": _unbounded("maximum"),
    "exclusiveMaximum": _unbounded("minimum"),
    "multipleOf": _only("number"),
    "minLength": _sized("string", "maxLength", -1),
    "maxLength": _sized("string", "minLength", 1),
    "pattern": _only("string"),
    "format": _only("string"),
    "minItems": _sized("array", "maxItems", -1),
    "maxItems": _sized("array", "minItems", 1),
    "uniqueItems": _unique,
    "items": _items,
    "prefixItems": _prefix,
    "contains": lambda value, _: iter(({"type": "array", "items": {"not": value}},)),
    "minProperties": _sized("object", "maxProperties", -1),
    "maxProperties": _sized("object", "minProperties", 1),
    "required": _required,
    "properties": _properties,
    "patternProperties": _patterns,
    "additionalProperties": _additional,
    "unevaluatedProperties": _additional,
    "dependentRequired": _negated_dependent,
    "dependencies": _negated_dependent,
    "allOf": lambda value, _: iter([{"not": inner} for inner in value]),
    "anyOf": lambda value, _: iter(({"allOf": [{"not": inner} for inner in value]},)),
    "oneOf": _one_of,
    "not": lambda value, _: iter(({"allOf": [value]},)),
    "if": _negated_conditional,
}


Alternative: TypeAlias = "tuple[SchemaPart, ...]"

_NULL = SchemaPart({"type": "null"})
_NOTHING = SchemaPart({"enum": []})
_DEEPEST = 4
"""How deep `allOf` is searched for the names of properties."""
_TEXTS = ("text", "output_text")
_ONE_TEXT = (["text"], ["output_text"])
_MOST_HELD_APART = 200
"""The number of alternatives of a `oneOf` up to which each is combined with the negation of the others."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The alternatives of one keyword of one schema.

    The first `likely` ones are equally good; the others are tried if these fail. `null` is the index of the one for
    null, if there is one.
    """

    key: tuple[int, str]
    alternatives: tuple[Alternative, ...]
    likely: int
    null: int | None = None


class Choices:
    """Finds and caches the choices of schemas, so that schemas that locum adds stay the same objects."""

    def __init__(self, schemas: Schemas, direction: Direction) -> None:
        self.schemas = schemas
        self.direction = direction
        self._found: dict[tuple[int, str | None], tuple[Any, list[Choice]]] = {}
        self._heirs: dict[str, list[str]] | None = None
        """The components that extend a component, by its name; filled at the first use."""

    def of(self, part: SchemaPart, owner: str | None) -> list[Choice]:
        """Return the choices of one schema; `owner` names the component that it is part of."""
        key = id(part.schema), owner
        found = self._found.get(key)
        if found is None:
            # The schema is stored so that no other object gets its id.
            found = self._found[key] = part.schema, self._find(part, owner)
        return found[1]

    def names_of(self, choice: Choice) -> Callable[[int], frozenset[str]]:
        """Return a function from an alternative's index to the names of its properties."""

        @cache
        def names(index: int) -> frozenset[str]:
            found: set[str] = set()
            awaited: list[tuple[Any, int]] = [(part.schema, 0) for part in choice.alternatives[index]]
            while awaited:
                schema, depth = awaited.pop()
                schema = self.schemas.resolve(schema)
                if isinstance(schema, dict) and depth < _DEEPEST:
                    found.update(schema.get("properties") or ())
                    awaited += [(one, depth + 1) for one in schema.get("allOf") or ()]
            return frozenset(found)

        return names

    def is_text_of(self, choice: Choice) -> Callable[[int], bool]:
        """Return a predicate: whether an alternative is a message part of the type `text`."""

        def is_text(index: int) -> bool:
            for part in choice.alternatives[index]:
                schema = self.schemas.resolve(part.schema)
                properties = schema.get("properties") if isinstance(schema, dict) else None
                kind = properties.get("type") if isinstance(properties, dict) and "text" in properties else None
                kind = self.schemas.resolve(kind) if kind is not None else None
                if isinstance(kind, dict) and (kind.get("const") in _TEXTS or kind.get("enum") in _ONE_TEXT):
                    return True
            return False

        return is_text

    def _find(self, part: SchemaPart, owner: str | None) -> list[Choice]:
        schema = part.schema
        if self.schemas.legacy and schema.get("nullable") is True and not _COMPOSITIONS.isdisjoint(schema):
            rest = {keyword: value for keyword, value in schema.items() if keyword != "nullable"}
            return [Choice((id(schema), "nullable"), ((SchemaPart(rest, part.pointer),), (_NULL,)), 1, 1)]
        found = [
            self._branches(part, keyword) for keyword in ("oneOf", "anyOf") if isinstance(schema.get(keyword), list)
        ]
        if isinstance(schema.get("$dynamicRef"), str) and not self.schemas.legacy:
            found.append(self._dynamic(part))
        if "not" in schema:
            found += self._not(part)
        if "if" in schema and ("then" in schema or "else" in schema):
            found.append(_conditional(part))
        for keyword in ("dependentSchemas", "dependencies"):
            for name, wanted in (schema.get(keyword) or {}).items():
                if not isinstance(wanted, list):
                    found.append(_dependent(part, keyword, name))
        if isinstance(schema.get("discriminator"), dict) and _COMPOSITIONS.isdisjoint(schema.keys() - {"allOf"}):
            found += self._inherited(part, owner)
        return found

    def _dynamic(self, part: SchemaPart) -> Choice:
        """Return the possible targets of a `$dynamicRef`, which depend on the path of references to it."""
        document = self.schemas.document
        places = self.schemas.led_to(part.schema["$dynamicRef"])
        alternatives = [(SchemaPart(at(document, pointer), pointer),) for pointer in places]
        return Choice((id(part.schema), "$dynamicRef"), (*alternatives, ()), 1)

    def _branches(self, part: SchemaPart, keyword: str) -> Choice:
        schema = part.schema
        branches = [part.inner(keyword, index) for index in range(len(schema[keyword]))]
        usual: list[Alternative] = []
        null = None
        discriminator = schema.get("discriminator")
        for branch in branches:
            names = names_of(discriminator, branch.schema) if isinstance(discriminator, dict) else None
            usual.append((branch, _named(discriminator["propertyName"], names)) if names else (branch,))
        if keyword == "oneOf" and 1 < len(branches) <= _MOST_HELD_APART:
            seen = [distinctions(branch.schema, self.schemas) for branch in branches]
            alone = [
                (
                    branch,
                    *(
                        SchemaPart({"not": other.schema})
                        for other, its in zip(branches, seen, strict=True)
                        if other is not branch and not excludes(own, its)
                    ),
                )
                for branch, own in zip(branches, seen, strict=True)
            ]
            if all(_is_of_presence(branch.schema) for branch in branches):
                usual, alone = alone, usual
            last = alone
        else:
            last = []
        last = last + [(branch,) for branch in branches] if isinstance(discriminator, dict) else last
        for index, branch in enumerate(branches):
            if len(branches) > 1 and follow(self.schemas.document, branch.schema) in (
                {"type": "null"},
                {"enum": [None]},
                {"const": None},
            ):
                null = index
        if null is not None:
            usual = [*usual[:null], *usual[null + 1 :], usual[null]]
            null = len(usual) - 1
        likely = len(usual) - (null is not None)
        if "x-expansionResources" in schema:  # an identifier that a request may expand to the object
            texts = [one for one in usual[:likely] if kinds_at_a_glance(one[0].schema) == {"string"}]
            if texts and null is None:
                usual, likely = [*texts, *(one for one in usual if one not in texts)], len(texts)
        return Choice((id(schema), keyword), (*usual, *last), likely, null)

    def _not(self, part: SchemaPart) -> list[Choice]:
        forbidden = part.schema["not"]
        if isinstance(forbidden, dict) and forbidden and forbidden.keys() <= {"enum", "const"}:
            return []  # excluded when values are generated
        found = [(SchemaPart(schema),) for schema in negations(forbidden, self.schemas)]
        if not found:
            return [Choice((id(part.schema), "not"), ((_NOTHING,),), 1)]
        return [Choice((id(part.schema), "not"), (*found, ()), len(found))]

    def _inherited(self, part: SchemaPart, owner: str | None) -> list[Choice]:
        """Return the choice of a schema that inherits a discriminator, or of the heirs of a base with one."""
        discriminator = part.schema["discriminator"]
        name = discriminator.get("propertyName")
        here = component_of(part.pointer)
        key = id(part.schema), f"discriminator of {owner}"
        if not isinstance(name, str):
            return []
        if here is not None and owner is not None and owner != here:
            return [Choice(key, ((_named(name, names_of(discriminator, _component(owner))),), ()), 1)]
        targets = dict.fromkeys(_reference(target) for target in (discriminator.get("mapping") or {}).values())
        own = _component(here)["$ref"] if here is not None else None
        targets |= dict.fromkeys(_component(heir)["$ref"] for heir in self._heirs_of(here))
        # The base itself comes last: if it has heirs, it is usually abstract.
        heirs = [{"$ref": target} for target in targets if target not in (None, own)] or [{"$ref": own}][
            : own is not None
        ]
        if not heirs:
            return []
        likely: list[Alternative] = [(SchemaPart(heir), _named(name, names_of(discriminator, heir))) for heir in heirs]
        # The property's enum may spell the names differently or lack them.
        spelt: list[Alternative] = [
            (SchemaPart(heir), _named(name, [f(each) for each in names_of(discriminator, heir) for f in _SPELLINGS]))
            for heir in heirs
        ]
        unnamed: list[Alternative] = [(SchemaPart(heir),) for heir in heirs]
        return [Choice(key, (*likely, *spelt, *unnamed, ()), len(likely))]

    def _heirs_of(self, name: str | None) -> list[str]:
        """Return the names of the schemas that extend one by `allOf`, directly or indirectly."""
        if self._heirs is None:
            self._heirs = {}
            schemas = (self.schemas.document.get("components") or {}).get("schemas") or {}
            for heir, schema in schemas.items():
                for part in (schema.get("allOf") or ()) if isinstance(schema, dict) else ():
                    reference = part.get("$ref") if isinstance(part, dict) else None
                    if isinstance(reference, str) and reference.startswith(COMPONENTS):
                        self._heirs.setdefault(split("/" + reference.removeprefix(COMPONENTS))[0], []).append(heir)
        found: dict[str, None] = {}
        awaited = [] if name is None else [name]
        while awaited:
            new = [heir for heir in self._heirs.get(awaited.pop(), ()) if heir not in found]
            found |= dict.fromkeys(new)
            awaited += new
        return list(found)


def kinds_at_a_glance(schema: Any) -> set[str]:
    """Return the types in a schema's own `type`; empty if it has none."""
    kinds = schema.get("type") if isinstance(schema, dict) else None
    return {kinds} if isinstance(kinds, str) else set(kinds or ())


_SPELLINGS = (str.lower, str.upper, lambda name: name[:1].lower() + name[1:])
"""Spellings of a name: `creditcard`, `CREDITCARD`, `creditCard` for `CreditCard`."""

_COMPOSITIONS = frozenset({"allOf", "anyOf", "oneOf"})


def _is_of_presence(schema: Any) -> bool:
    """Return whether a schema only restricts which properties are present: a full object fits two such schemas."""
    if not isinstance(schema, dict):
        return False
    parts = [part for keyword in _COMPOSITIONS for part in schema.get(keyword) or ()]
    parts += [schema["not"]] if "not" in schema else []
    return schema.keys() <= {"required", "description", "title", "not", *_COMPOSITIONS} and all(
        map(_is_of_presence, parts)
    )


def _component(name: str) -> dict[str, Any]:
    return {"$ref": "#" + as_fragment(join("/components/schemas", name))}


def _reference(target: Any) -> str | None:
    """Return a mapping's target as a reference; it may be a bare name."""
    if not isinstance(target, str):
        return None
    return target if target.startswith("#/") else COMPONENTS + target


def _named(name: str, values: list[str]) -> SchemaPart:
    return SchemaPart({"required": [name], "properties": {name: {"enum": values}}})


def _conditional(part: SchemaPart) -> Choice:
    schema = part.schema
    then = [part.inner("then")] if "then" in schema else []
    other = [part.inner("else")] if "else" in schema else []
    key = id(schema), "if"
    return Choice(key, ((part.inner("if"), *then), (SchemaPart({"not": schema["if"]}), *other)), 2)


def _dependent(part: SchemaPart, keyword: str, name: str) -> Choice:
    there = SchemaPart({"required": [name]}), part.inner(keyword, name)
    absent = SchemaPart({"properties": {name: False}})
    return Choice((id(part.schema), f"{keyword} {name}"), (there, (absent,)), 1)

"""Choices: the keywords that leave several ways open, each with its alternatives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from locum.generate.planning.distinctions import distinctions, excludes
from locum.generate.planning.merging import component_of
from locum.generate.planning.negations import negations
from locum.generate.planning.parts import Part
from locum.openapi.discriminators import COMPONENTS, names_of
from locum.openapi.pointers import as_fragment, at, follow, join, split

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.openapi.compile.dialects import Direction
    from locum.openapi.compile.schemas import Schemas

__all__ = ["Choice", "Choices"]

Alternative: TypeAlias = "tuple[Part, ...]"

_NULL = Part({"type": "null"})
_NOTHING = Part({"enum": []})
_DEEPEST = 4
"""How far `allOf` is looked through for the names of properties."""
_TEXTS = ("text", "output_text")
_ONE_TEXT = (["text"], ["output_text"])
_MOST_HELD_APART = 200
"""Of how many alternatives of a `oneOf` each is held apart from each other one."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One keyword of one schema. The `likely` first of its alternatives are as good as each other.

    The rest is for when they fail; the one at `null`, if there is one, says null.
    """

    key: tuple[int, str]
    alternatives: tuple[Alternative, ...]
    likely: int
    null: int | None = None


class Choices:
    """Finds the choices of schemas, and remembers them: what locum makes up for one stays the same."""

    def __init__(self, schemas: Schemas, direction: Direction) -> None:
        self.schemas = schemas
        self.direction = direction
        self._found: dict[tuple[int, str | None], tuple[Any, list[Choice]]] = {}
        self._heirs: dict[str, list[str]] | None = None
        """By the name of a component, those that extend it; found when the first is looked for."""

    def of(self, part: Part, owner: str | None) -> list[Choice]:
        """Return the choices of one schema; `owner` names the component whose part it is."""
        key = id(part.schema), owner
        found = self._found.get(key)
        if found is None:
            # The schema is kept: while it lives, no other object has its id.
            found = self._found[key] = part.schema, self._find(part, owner)
        return found[1]

    def names_of(self, choice: Choice) -> Callable[[int], frozenset[str]]:
        """Return what gives the names of the properties that an alternative of a choice has."""

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
        """Return what says whether an alternative is a part of the type `text`: of a message that has parts."""

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

    def _find(self, part: Part, owner: str | None) -> list[Choice]:
        schema = part.schema
        if self.schemas.legacy and schema.get("nullable") is True and not _COMPOSITIONS.isdisjoint(schema):
            rest = {keyword: value for keyword, value in schema.items() if keyword != "nullable"}
            return [Choice((id(schema), "nullable"), ((Part(rest, part.pointer),), (_NULL,)), 1, 1)]
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

    def _dynamic(self, part: Part) -> Choice:
        """Leave open where a `$dynamicRef` leads: that depends on the way by which it was reached."""
        document = self.schemas.document
        places = self.schemas.led_to(part.schema["$dynamicRef"])
        alternatives = [(Part(at(document, pointer), pointer),) for pointer in places]
        return Choice((id(part.schema), "$dynamicRef"), (*alternatives, ()), 1)

    def _branches(self, part: Part, keyword: str) -> Choice:
        schema = part.schema
        branches = [part.inner(keyword, index) for index in range(len(schema[keyword]))]
        usual: list[Alternative] = []
        null = None
        discriminator = schema.get("discriminator")
        for branch in branches:
            names = names_of(discriminator, branch.schema) if isinstance(discriminator, dict) else None
            usual.append((branch, _named(discriminator["propertyName"], names)) if names else (branch,))
        if keyword == "oneOf" and 1 < len(branches) <= _MOST_HELD_APART:
            told = [distinctions(branch.schema, self.schemas) for branch in branches]
            alone = [
                (
                    branch,
                    *(
                        Part({"not": other.schema})
                        for other, its in zip(branches, told, strict=True)
                        if other is not branch and not excludes(own, its)
                    ),
                )
                for branch, own in zip(branches, told, strict=True)
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
        if "x-expansionResources" in schema:  # an identifier, of which the object is shown where a request asks for it
            texts = [one for one in usual[:likely] if kinds_at_a_glance(one[0].schema) == {"string"}]
            if texts and null is None:
                usual, likely = [*texts, *(one for one in usual if one not in texts)], len(texts)
        return Choice((id(schema), keyword), (*usual, *last), likely, null)

    def _not(self, part: Part) -> list[Choice]:
        forbidden = part.schema["not"]
        if isinstance(forbidden, dict) and forbidden and forbidden.keys() <= {"enum", "const"}:
            return []  # left away when values are made
        found = [(Part(schema),) for schema in negations(forbidden, self.schemas)]
        if not found:
            return [Choice((id(part.schema), "not"), ((_NOTHING,),), 1)]
        return [Choice((id(part.schema), "not"), (*found, ()), len(found))]

    def _inherited(self, part: Part, owner: str | None) -> list[Choice]:
        """Name a schema whose base has a discriminator; make one of the heirs where it is the base itself."""
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
        # The base itself is the last resort: where there are heirs, it is most often abstract.
        heirs = [{"$ref": target} for target in targets if target not in (None, own)] or [{"$ref": own}][
            : own is not None
        ]
        if not heirs:
            return []
        likely: list[Alternative] = [(Part(heir), _named(name, names_of(discriminator, heir))) for heir in heirs]
        # An enumeration of the property may spell them otherwise, or not know them at all.
        spelt: list[Alternative] = [
            (Part(heir), _named(name, [f(each) for each in names_of(discriminator, heir) for f in _SPELLINGS]))
            for heir in heirs
        ]
        unnamed: list[Alternative] = [(Part(heir),) for heir in heirs]
        return [Choice(key, (*likely, *spelt, *unnamed, ()), len(likely))]

    def _heirs_of(self, name: str | None) -> list[str]:
        """Name the schemas that extend one by their `allOf`, directly or through others."""
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
    """Return the types that a schema names itself; empty where it names none."""
    kinds = schema.get("type") if isinstance(schema, dict) else None
    return {kinds} if isinstance(kinds, str) else set(kinds or ())


_SPELLINGS = (str.lower, str.upper, lambda name: name[:1].lower() + name[1:])
"""Ways to write a name: `CreditCard` as `creditcard`, `CREDITCARD`, `creditCard`."""

_COMPOSITIONS = frozenset({"allOf", "anyOf", "oneOf"})


def _is_of_presence(schema: Any) -> bool:
    """Whether a schema says only which properties there are: a full object fits two of them at once."""
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
    """Return the reference that a mapping's target is; it may be a bare name."""
    if not isinstance(target, str):
        return None
    return target if target.startswith("#/") else COMPONENTS + target


def _named(name: str, values: list[str]) -> Part:
    return Part({"required": [name], "properties": {name: {"enum": values}}})


def _conditional(part: Part) -> Choice:
    schema = part.schema
    then = [part.inner("then")] if "then" in schema else []
    other = [part.inner("else")] if "else" in schema else []
    key = id(schema), "if"
    return Choice(key, ((part.inner("if"), *then), (Part({"not": schema["if"]}), *other)), 2)


def _dependent(part: Part, keyword: str, name: str) -> Choice:
    there = Part({"required": [name]}), part.inner(keyword, name)
    absent = Part({"properties": {name: False}})
    return Choice((id(part.schema), f"{keyword} {name}"), (there, (absent,)), 1)

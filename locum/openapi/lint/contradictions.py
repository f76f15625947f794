"""Contradictions within schemas: rules that no value can keep, and keywords that do not do what they seem to.

A contradiction is an error only where the keywords themselves prove it. Schemas are looked at after their repair, so
every keyword has the type that it should have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from locum.openapi.grammar import Node, nodes, version_of
from locum.openapi.lint.diagnostics import Finding, Severity
from locum.openapi.lint.keywords import misspelt
from locum.openapi.pointers import BrokenReference, at, home_of, join, pointer_of
from locum.openapi.repair.values import shortly

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["schema_findings"]

_DEEPEST = 8
"""How far an `allOf` in an `allOf` is followed; a circular one ends here."""
_ALL = frozenset({"null", "boolean", "integer", "number", "array", "object", "string"})
_COUNTS = (("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties"))
_COUNTED = {"minLength": "string", "minItems": "array", "minProperties": "object"}
"""The type that a count is about; beside another type it contradicts nothing."""


class _Part(NamedTuple):
    """A schema object, and where it stands."""

    value: dict[str, Any]
    pointer: str


def schema_findings(content: dict[str, Any], roots: Iterable[Node] = ()) -> Iterator[Finding]:
    """Yield the contradictions in all schemas of a repaired document; `roots` are objects of other files."""
    look = _Look(content)
    for root in (Node("", "document", content), *roots):
        for node in nodes(root):
            if node.kind == "schema":
                yield from look.schema(_Part(node.value, node.pointer))


class _Look:
    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content
        self._legacy = version_of(content) == "3.0"

    def schema(self, part: _Part) -> Iterator[Finding]:
        value = part.value
        if "$ref" in value and (self._legacy or len(value) == 1):
            return
        yield from misspelt(value, part.pointer, legacy=self._legacy)
        if not self._legacy and "nullable" in value:
            message = "`nullable` is of OpenAPI 3.0; 3.1 writes `type: [string, 'null']`."
            place = join(part.pointer, "nullable")
            yield Finding(place, "other-version", Severity.WARNING, message, "It is honoured.")
        parts = self._all_of(part)
        if len(parts) > 1 or value.keys() - _ANNOTATIONS:
            yield from self._types(part, parts)
            yield from self._bounds(part, parts)
            yield from self._counts(part, parts)
            yield from self._required(part, parts)
        yield from self._alternatives(part)
        yield from self._discriminator(part)

    def _all_of(self, part: _Part) -> list[_Part]:
        """Return a schema and all that its `allOf` and its `$ref` add to it."""
        found: list[_Part] = []
        awaited = [(part, 0)]
        while awaited:
            here, depth = awaited.pop(0)
            if depth > _DEEPEST or any(here.pointer == other.pointer for other in found):
                continue
            found.append(here)
            value = here.value
            if isinstance(value.get("$ref"), str):
                awaited += [(target, depth + 1) for target in self._target(value["$ref"])]
                if self._legacy:
                    continue
            for index, inner in enumerate(value.get("allOf") or ()):
                if isinstance(inner, dict):
                    awaited.append((_Part(inner, join(here.pointer, "allOf", index)), depth + 1))
        return found

    def _target(self, reference: str) -> Iterator[_Part]:
        try:
            pointer = pointer_of(reference)
            target = at(self._content, pointer)
        except BrokenReference:
            return
        if isinstance(target, dict):
            yield _Part(target, pointer)

    def _types(self, part: _Part, parts: list[_Part]) -> Iterator[Finding]:
        """Hold types against each other, and `enum` and `const` against types."""
        kinds = _ALL
        for other in parts:
            own = _kinds(other.value)
            if kinds and not kinds & own:
                place = join(part.pointer, "allOf") if "allOf" in part.value else part.pointer
                message = f"no value is of every type that is asked for here: {_listed(kinds)}, and {_listed(own)}."
                yield _error(place, "contradictory-types", message)
                return
            kinds &= own
        for other in parts if part.value.keys() & {"enum", "const", "type", "allOf", "$ref"} else ():
            if other is not part and "type" not in part.value:
                continue  # what a branch says by itself is reported there
            yield from self._choices(other, kinds, part)

    def _choices(self, other: _Part, kinds: frozenset[str], part: _Part) -> Iterator[Finding]:
        for keyword in ("enum", "const"):
            if keyword not in other.value:
                continue
            choices = other.value["enum"] if keyword == "enum" else [other.value["const"]]
            wrong = [choice for choice in choices if not _kinds_of_value(choice) & kinds]
            if not wrong:
                continue
            place = join(other.pointer if other is part else part.pointer, keyword if other is part else "type")
            message = f"{keyword} has {shortly(wrong[0])}, and the type is {_listed(kinds)}."
            if len(wrong) == len(choices):
                yield _error(place, "contradictory-choices", message)
            else:
                yield Finding(place, "contradictory-choices", Severity.WARNING, message, "It is never used.")

    def _bounds(self, part: _Part, parts: list[_Part]) -> Iterator[Finding]:
        lowest: tuple[Any, bool, str] | None = None
        highest: tuple[Any, bool, str] | None = None
        for other in parts:
            for bound, is_open, keyword in _lower(other.value):
                if lowest is None or (bound, is_open) > lowest[:2]:
                    lowest = bound, is_open, keyword
            for bound, is_open, keyword in _upper(other.value):
                if highest is None or (-bound, is_open) > (-highest[0], highest[1]):
                    highest = bound, is_open, keyword
        if lowest is None or highest is None or not self._own(part, parts, (lowest[2], highest[2])):
            return
        low, high = lowest[0], highest[0]
        if low > high or (low == high and (lowest[1] or highest[1])):
            place = join(part.pointer, lowest[2]) if lowest[2] in part.value else part.pointer
            message = f"{lowest[2]} {low} and {highest[2]} {high} leave no number."
            yield _error(place, "contradictory-bounds", message)

    def _counts(self, part: _Part, parts: list[_Part]) -> Iterator[Finding]:
        for least, most in _COUNTS:
            lows = [other.value[least] for other in parts if least in other.value]
            highs = [other.value[most] for other in parts if most in other.value]
            if lows and highs and max(lows) > min(highs) and self._own(part, parts, (least, most)):
                place = join(part.pointer, least) if least in part.value else part.pointer
                message = f"{least} {max(lows)} is above {most} {min(highs)}."
                if _COUNTED[least] in _kinds(part.value):
                    yield _error(place, "contradictory-bounds", message)

    @staticmethod
    def _own(part: _Part, parts: list[_Part], keywords: tuple[str, str]) -> bool:
        """Whether what clashes is not within one branch, where it is reported already."""
        if any(keyword in part.value for keyword in keywords):
            return True
        return not any(all(keyword in other.value for keyword in keywords) for other in parts[1:])

    def _required(self, part: _Part, parts: list[_Part]) -> Iterator[Finding]:
        """Hold required names against the parts that forbid what they do not declare."""
        required = {name: other for other in parts for name in other.value.get("required") or ()}
        if not required:
            return
        for other in parts:
            value = other.value
            closed = value.get("additionalProperties") is False and not value.get("patternProperties")
            known = value.get("properties") or {}
            for name, holder in required.items():
                if holder is not part and other is not part:
                    continue
                if closed and name not in known:
                    place = join(part.pointer, "required" if holder is part else "additionalProperties")
                    message = f"{name!r} is required, and `additionalProperties: false` forbids it."
                    yield _error(place, "required-and-forbidden", message)
                elif known.get(name) is False or known.get(name) == {"not": {}}:
                    place = join(part.pointer, "required" if holder is part else "properties")
                    yield _error(place, "required-and-forbidden", f"{name!r} is required, and its schema admits none.")
        most = min((other.value["maxProperties"] for other in parts if "maxProperties" in other.value), default=None)
        if most is not None and len(required) > most and (part.value.keys() & {"required", "maxProperties"}):
            message = f"{len(required)} properties are required, and maxProperties is {most}."
            yield _error(part.pointer, "required-and-forbidden", message)

    def _alternatives(self, part: _Part) -> Iterator[Finding]:
        """Find the alternatives of a `oneOf` that never match alone: another one admits all that they admit."""
        if "discriminator" in part.value:
            return
        branches = [self._resolved(branch) for branch in part.value.get("oneOf") or ()]
        for index, branch in enumerate(branches):
            for number, other in enumerate(branches):
                if number == index or branch is None or other is None:
                    continue
                if _admits_all_of(other, branch):
                    message = f"never matches alone: what it admits, alternative {number} of the oneOf admits too."
                    place = join(part.pointer, "oneOf", index)
                    yield Finding(place, "overlapping-alternatives", Severity.WARNING, message)
                    break

    def _resolved(self, branch: Any) -> dict[str, Any] | None:
        try:
            found = home_of(self._content, branch, "")[0] if self._legacy or len(branch) == 1 else branch
        except (BrokenReference, TypeError):
            return None
        return found if isinstance(found, dict) else None

    def _discriminator(self, part: _Part) -> Iterator[Finding]:
        value = part.value
        discriminator = value.get("discriminator")
        if not isinstance(discriminator, dict):
            return
        place = join(part.pointer, "discriminator")
        schemas = (self._content.get("components") or {}).get("schemas") or {}
        branches = {
            str(branch["$ref"])
            for keyword in ("oneOf", "anyOf")
            for branch in value.get(keyword) or ()
            if isinstance(branch, dict) and "$ref" in branch
        }
        for name, target in (discriminator.get("mapping") or {}).items():
            reference = target if "#" in target else f"#/components/schemas/{target}"
            at_name = join(place, "mapping", name)
            if "#" not in target and target not in schemas and not target.endswith((".yaml", ".yml", ".json")):
                message = f"{name!r} maps to {target!r}, and there is no such schema."
                yield _error(at_name, "unknown-mapping", message, "The value is not mapped.")
            elif branches and reference not in branches and reference.startswith("#"):
                message = f"{name!r} maps to {target}, which is none of the alternatives here."
                yield Finding(at_name, "unknown-mapping", Severity.WARNING, message)
        property_name = discriminator["propertyName"]
        for reference in sorted(branches):
            target_part = next(self._target(reference), None)
            if target_part is None or any(
                property_name in (other.value.get("properties") or {}) for other in self._all_of(target_part)
            ):
                continue
            message = f"{reference} does not declare the property {property_name!r}, by which it is chosen."
            yield Finding(join(place, "propertyName"), "unknown-discriminator", Severity.WARNING, message)


_ANNOTATIONS = frozenset({"title", "description", "example", "examples", "default", "deprecated", "xml", "nullable"})


def _error(pointer: str, code: str, message: str, fallback: str = "The closest value is generated.") -> Finding:
    return Finding(pointer, code, Severity.ERROR, message, fallback)


def _kinds(value: dict[str, Any]) -> frozenset[str]:
    """Return the types that a schema object itself admits."""
    declared = value.get("type")
    if declared is None:
        return _ALL
    kinds = frozenset([declared] if isinstance(declared, str) else declared)
    if "number" in kinds:
        kinds |= {"integer"}
    return kinds | {"null"} if value.get("nullable") is True else kinds


def _kinds_of_value(value: Any) -> frozenset[str]:
    if value is None:
        return frozenset({"null"})
    if isinstance(value, bool):
        return frozenset({"boolean"})
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return frozenset({"integer", "number"})
    kinds: dict[type, str] = {float: "number", str: "string", list: "array", dict: "object"}
    return frozenset({kinds[type(value)]})


def _listed(kinds: frozenset[str]) -> str:
    shown = kinds - {"integer"} if "number" in kinds else kinds
    return " or ".join(sorted(shown))


def _lower(value: dict[str, Any]) -> Iterator[tuple[Any, bool, str]]:
    exclusive = value.get("exclusiveMinimum")
    if "minimum" in value:
        yield value["minimum"], exclusive is True, "minimum"
    if exclusive is not None and not isinstance(exclusive, bool):
        yield exclusive, True, "exclusiveMinimum"


def _upper(value: dict[str, Any]) -> Iterator[tuple[Any, bool, str]]:
    exclusive = value.get("exclusiveMaximum")
    if "maximum" in value:
        yield value["maximum"], exclusive is True, "maximum"
    if exclusive is not None and not isinstance(exclusive, bool):
        yield exclusive, True, "exclusiveMaximum"


def _admits_all_of(wide: dict[str, Any], narrow: dict[str, Any]) -> bool:
    """Whether a schema plainly admits all that another one admits: it is equal, or says no more than a type."""
    rules = {keyword: rule for keyword, rule in wide.items() if keyword not in _ANNOTATIONS and keyword[:2] != "x-"}
    if rules == {keyword: rule for keyword, rule in narrow.items() if keyword not in _ANNOTATIONS}:
        return True
    if set(rules) - {"type"}:
        return False
    return _kinds(narrow) <= _kinds(wide)

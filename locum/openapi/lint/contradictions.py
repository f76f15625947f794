"""Contradictions within schemas: rules that no value can satisfy, and keywords without the apparent effect.

A contradiction is only an error if the keywords themselves prove it. Schemas are checked after their repair, so every
keyword has the right type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import jsonschema_rs

from locum.openapi.grammar import GrammarNode, nodes, version_of
from locum.openapi.lint.diagnostics import LintFinding, Severity
from locum.openapi.lint.structure import keyword_findings
from locum.openapi.lint.values import NUMERIC, counts_of, gap_in, range_of
from locum.openapi.patterns import trial
from locum.openapi.pointers import BrokenReference, at, home_of, join, pointer_of
from locum.openapi.repair.repairs import shortly

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["schema_findings"]

_DEEPEST = 8
"""The maximum depth of nested `allOf`s; it ends circular ones."""
_MOST_ALTERNATIVES = 200
"""The maximum number of alternatives that are compared with each other."""
_ALL = frozenset({"null", "boolean", "integer", "number", "array", "object", "string"})
_COUNTS = (("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties"))
_COUNTED = {"minLength": "string", "minItems": "array", "minProperties": "object"}
"""The type to which a count applies; for other types it has no effect."""
_CLASHING = frozenset(
    {"allOf", "$ref", "enum", "const", "minimum", "exclusiveMinimum", "required"} | {least for least, _ in _COUNTS}
)
"""Every contradiction involves at least one of these, and few schemas have any."""
_SIMPLE = (
    *("enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "pattern"),
)
"""Keywords that can be checked without other schemas."""


class _Part(NamedTuple):
    """A schema object, its pointer, and the branch of the whole schema through which it is reached."""

    value: dict[str, Any]
    pointer: str
    branch: int = 0
    """0 for the schema itself, from 1 on for its `$ref` and each part of its `allOf`."""


def schema_findings(content: dict[str, Any], roots: Iterable[GrammarNode] = ()) -> Iterator[LintFinding]:
    """Yield the contradictions in all schemas of a repaired document; `roots` are objects of other files."""
    checks = _Checks(content)
    for root in (GrammarNode("", "document", content), *roots):
        for node in nodes(root):
            if node.kind == "schema":
                yield from checks.schema(_Part(node.value, node.pointer))


class _Checks:
    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content
        self._legacy = version_of(content) == "3.0"

    def schema(self, part: _Part) -> Iterator[LintFinding]:
        value = part.value
        if "$ref" in value and (self._legacy or len(value) == 1):
            return
        yield from keyword_findings(value, part.pointer, legacy=self._legacy)
        if not _CLASHING.isdisjoint(value):
            yield from self._rules(part)
        yield from self._alternatives(part)
        yield from self._discriminator(part)

    def _rules(self, part: _Part) -> Iterator[LintFinding]:
        """Compare the rules of a schema and of its branches.

        A contradiction within one branch is reported there, not again by each schema that refers to it.
        """
        parts = self._all_of(part)
        branches: dict[int, list[_Part]] = {}
        for other in parts:
            branches.setdefault(other.branch, []).append(other)
        kinds = [_kinds_of_all(group) for group in branches.values()]
        whole = frozenset(_ALL).intersection(*kinds)
        if not all(kinds):
            return
        if not whole:
            yield from self._types(part, kinds)
            return
        yield from self._choices(part, branches, whole)
        yield from self._bounds(part, list(branches.values()), whole)
        yield from self._counts(part, list(branches.values()), whole)
        if "object" in whole:
            yield from self._required(part, parts, whole)

    def _all_of(self, part: _Part) -> list[_Part]:
        """Return a schema and all schemas that its `allOf` and its `$ref` add to it."""
        found: list[_Part] = []
        pending = [(part, 0)]
        seen: set[str] = set()
        while pending:
            here, depth = pending.pop(0)
            if depth > _DEEPEST or here.pointer in seen:
                continue
            seen.add(here.pointer)
            found.append(here)
            inner = list(self._target(here.value["$ref"])) if isinstance(here.value.get("$ref"), str) else []
            if not inner or not self._legacy:
                for index, branch in enumerate(here.value.get("allOf") or ()):
                    if isinstance(branch, dict):
                        inner.append(_Part(branch, join(here.pointer, "allOf", index)))
            for number, one in enumerate(inner, 1):
                pending.append((one._replace(branch=here.branch if depth else number), depth + 1))
        return found

    def _target(self, reference: str) -> Iterator[_Part]:
        try:
            pointer = pointer_of(reference)
            target = at(self._content, pointer)
        except BrokenReference:
            return
        if isinstance(target, dict):
            yield _Part(target, pointer)

    def _types(self, part: _Part, kinds: list[frozenset[str]]) -> Iterator[LintFinding]:
        place = join(part.pointer, "allOf") if "allOf" in part.value else part.pointer
        known = _ALL
        for own in kinds:
            if not known & own:
                yield _error(place, "contradictory-types", f"no value is both {_listed(known)} and {_listed(own)}.")
                return
            known &= own

    def _choices(self, part: _Part, branches: dict[int, list[_Part]], whole: frozenset[str]) -> Iterator[LintFinding]:
        """Compare `enum` and `const` with the types, and those of the schema itself with its other keywords."""
        for group in branches.values():
            own = _kinds_of_all(group)
            for other in group:
                for keyword in ("enum", "const"):
                    if keyword in other.value and not (other is not part and own == whole):
                        yield from self._unfit_choices(part, other, keyword, whole)
        yield from _ruled_out(part)

    def _unfit_choices(self, part: _Part, other: _Part, keyword: str, kinds: frozenset[str]) -> Iterator[LintFinding]:
        choices = other.value["enum"] if keyword == "enum" else [other.value["const"]]
        wrong = [choice for choice in choices if not _kinds_of_value(choice) & kinds]
        if not wrong:
            return
        place = join(part.pointer, keyword) if other is part else part.pointer
        message = f"{keyword} has {shortly(wrong[0])}, and the type is {_listed(kinds)}."
        if len(wrong) == len(choices):
            yield _error(place, "contradictory-choices", message)
        else:
            yield LintFinding(place, "contradictory-choices", Severity.WARNING, message, "That value is never used.")

    def _bounds(self, part: _Part, branches: list[list[_Part]], kinds: frozenset[str]) -> Iterator[LintFinding]:
        if not kinds & NUMERIC or any(gap_in(range_of(_values(group)), _kinds_of_all(group)) for group in branches[1:]):
            return
        found = range_of(other.value for group in branches for other in group)
        gap = gap_in(found, kinds)
        if gap and (len(branches) == 1 or not any(gap_in(range_of(_values(group)), kinds) for group in branches[1:])):
            place = next((join(part.pointer, name) for name in found.keywords if name in part.value), part.pointer)
            yield _clash(place, "contradictory-bounds", gap, kinds, NUMERIC)

    def _counts(self, part: _Part, branches: list[list[_Part]], kinds: frozenset[str]) -> Iterator[LintFinding]:
        keywords = frozenset[str]().union(*(one.value for group in branches for one in group))
        for least, most in _COUNTS:
            if most not in keywords or least not in keywords:
                continue
            ranges = [counts_of(_values(group), least, most) for group in branches]
            low, high = max(low for low, _ in ranges), min(high for _, high in ranges)
            if low <= high or _COUNTED[least] not in kinds or any(one > other for one, other in ranges[1:]):
                continue
            place = join(part.pointer, least) if least in part.value else part.pointer
            message = f"{least} {low} is above {most} {high}."
            yield _clash(place, "contradictory-bounds", message, kinds, {_COUNTED[least]})

    def _required(self, part: _Part, parts: list[_Part], kinds: frozenset[str]) -> Iterator[LintFinding]:
        """Compare required names with the parts that forbid them or undeclared properties."""
        code = "required-and-forbidden"
        required = {name: other for other in parts for name in other.value.get("required") or ()}
        for other in parts if required else ():
            value = other.value
            closed = value.get("additionalProperties") is False and not value.get("patternProperties")
            known = value.get("properties") or {}
            # An `allOf` may have thousands of parts, and most forbid nothing: only those that forbid something count.
            barred = {name for name, schema in known.items() if schema in (False, {"not": {}})}
            for name in required if closed or barred else ():
                holder = required[name]
                if holder.branch == other.branch and other is not part:
                    continue
                if closed and name not in known:
                    place = _place(part, holder, "required", other, "additionalProperties")
                    message = f"{name!r} is required, and `additionalProperties: false` forbids it."
                    yield _clash(place, code, message, kinds, {"object"})
                elif name in barred:
                    place = _place(part, holder, "required", other, "properties")
                    yield _clash(
                        place, code, f"{name!r} is required, and its schema admits nothing.", kinds, {"object"}
                    )
        most = min((other.value["maxProperties"] for other in parts if "maxProperties" in other.value), default=None)
        if most is not None and len(required) > most and (part.value.keys() & {"required", "maxProperties"}):
            message = f"{len(required)} properties are required, and maxProperties is {most}."
            yield _clash(part.pointer, code, message, kinds, {"object"})

    def _alternatives(self, part: _Part) -> Iterator[LintFinding]:
        """Yield the alternatives of a `oneOf` that never match alone: another one allows all their values."""
        if "discriminator" in part.value:
            return
        branches = [self._resolved(branch) for branch in part.value.get("oneOf") or ()]
        if len(branches) > _MOST_ALTERNATIVES:
            return
        for index, branch in enumerate(branches):
            for number, other in enumerate(branches):
                if number == index or branch is None or other is None or not _admits_all_of(other, branch):
                    continue
                if number > index and _admits_all_of(branch, other):
                    continue  # the two are equivalent: reported at the second
                message = f"never matches alone: whatever fits it fits alternative {number} of the `oneOf`, too."
                yield LintFinding(
                    join(part.pointer, "oneOf", index), "overlapping-alternatives", Severity.WARNING, message
                )
                break

    def _resolved(self, branch: Any) -> dict[str, Any] | None:
        try:
            found = home_of(self._content, branch, "")[0] if self._legacy or len(branch) == 1 else branch
        except (BrokenReference, TypeError):
            return None
        return found if isinstance(found, dict) else None

    def _discriminator(self, part: _Part) -> Iterator[LintFinding]:
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
            elif not self._is_member(part, reference, branches):
                message = f"{name!r} maps to {target}, which is not one of the alternatives here."
                yield LintFinding(at_name, "unknown-mapping", Severity.WARNING, message)
        property_name = discriminator["propertyName"]
        for reference in sorted(branches):
            target_part = next(self._target(reference), None)
            if target_part is None or any(
                property_name in (other.value.get("properties") or {}) for other in self._all_of(target_part)
            ):
                continue
            message = f"{reference} does not declare the property {property_name!r}, by which it is chosen."
            yield LintFinding(join(place, "propertyName"), "unknown-discriminator", Severity.WARNING, message)

    def _is_member(self, part: _Part, reference: str, branches: set[str]) -> bool:
        """Whether a reference leads to an alternative of a schema, or to one that builds on it by `allOf`."""
        if branches or not reference.startswith("#"):
            return reference in branches or not reference.startswith("#")
        targets = self._target(reference)
        return any(other.pointer == part.pointer for target in targets for other in self._all_of(target))


_ANNOTATIONS = frozenset({"title", "description", "example", "examples", "default", "deprecated", "xml", "nullable"})


def _error(pointer: str, code: str, message: str, fallback: str = "The closest value is generated.") -> LintFinding:
    return LintFinding(pointer, code, Severity.ERROR, message, fallback)


def _clash(pointer: str, code: str, message: str, kinds: frozenset[str], concerned: Iterable[str]) -> LintFinding:
    """Return the finding for a contradiction for some types; a warning if values of other declared types are valid."""
    if kinds <= frozenset(concerned):
        return _error(pointer, code, message)
    return LintFinding(pointer, code, Severity.ERROR if kinds == _ALL else Severity.WARNING, message)


def _values(parts: Iterable[_Part]) -> Iterator[dict[str, Any]]:
    return (part.value for part in parts)


def _place(part: _Part, holder: _Part, keyword: str, other: _Part, other_keyword: str) -> str:
    if holder is part:
        return join(part.pointer, keyword)
    return join(part.pointer, other_keyword) if other is part else join(part.pointer, "allOf")


def _kinds_of_all(parts: Iterable[_Part]) -> frozenset[str]:
    return _ALL.intersection(*(_kinds(part.value) for part in parts))


def _kinds(value: dict[str, Any]) -> frozenset[str]:
    """Return the types that a schema object itself allows."""
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


def _ruled_out(part: _Part) -> Iterator[LintFinding]:
    """Yield an `enum` or a `const` without any value that the keywords beside it allow."""
    rules = {keyword: part.value[keyword] for keyword in _SIMPLE if keyword in part.value}
    choices = part.value["enum"] if "enum" in part.value else [part.value["const"]] if "const" in part.value else []
    if not choices or len(rules) < 2:  # noqa: PLR2004 (one is that of the choices)
        return
    pattern = rules.pop("pattern", "")
    if isinstance(rules.get("exclusiveMinimum", rules.get("exclusiveMaximum")), bool):
        validator: Any = jsonschema_rs.Draft4Validator(rules)
    else:
        validator = jsonschema_rs.Draft202012Validator(rules)
    if not any(validator.is_valid(choice) and _may_match(pattern, choice) for choice in choices):
        keyword = "enum" if "enum" in part.value else "const"
        others = " and ".join(sorted(({*rules, "pattern"} if pattern else rules.keys()) - {keyword}))
        message = f"no value of {keyword} fits the {others} beside it."
        yield _error(join(part.pointer, keyword), "contradictory-choices", message)


def _may_match(pattern: str, choice: Any) -> bool:
    return not isinstance(choice, str) or not pattern or trial(pattern)(choice) is not False


def _admits_all_of(wide: dict[str, Any], narrow: dict[str, Any]) -> bool:
    """Whether a schema obviously allows all values of another one: it is equal, or has at most a type."""
    rules = {keyword: rule for keyword, rule in wide.items() if keyword not in _ANNOTATIONS and keyword[:2] != "x-"}
    if rules == {keyword: rule for keyword, rule in narrow.items() if keyword not in _ANNOTATIONS}:
        return True
    if set(rules) - {"type"}:
        return False
    return _kinds(narrow) <= _kinds(wide)

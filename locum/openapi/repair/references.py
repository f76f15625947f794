"""References: check their targets, find unusable parameters and security schemes, and the operations affected."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from locum.openapi.grammar import GrammarNode, kind_of, nodes, references_of, version_of
from locum.openapi.near_names import meant
from locum.openapi.pointers import BrokenReference, at, pointer_of, why_lost
from locum.openapi.repair.repairs import shortly

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from locum.openapi.repair.repairs import Repair

__all__ = ["TOKEN", "References", "affected", "article", "unusable"]


TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""RFC 9110, section 5.6.2: the syntax of a header name."""

_LOCATIONS = ("path", "query", "header", "cookie")
_SCHEME_FIELDS = {"apiKey": ("name", "in"), "http": ("scheme",)}
_SCHEME_TYPES = ("apiKey", "http", "mutualTLS", "oauth2", "openIdConnect")
_KEY_LOCATIONS = ("query", "header", "cookie")


def unusable(kind: str, value: dict[str, Any], version: str) -> tuple[str, str] | None:
    """Return the invalid member (empty for the object itself) and the reason; None if the object can be used."""
    if kind == "parameter":
        return _parameter(value, version)
    return _scheme(value) if kind == "security scheme" else None


def _parameter(value: dict[str, Any], version: str) -> tuple[str, str] | None:
    name, location = value.get("name"), value.get("in")
    locations = (*_LOCATIONS, "querystring") if version == "3.2" else _LOCATIONS
    if not isinstance(name, str):
        return "", "a parameter needs a `name`, which is text."
    if "in" not in value:
        return "", f"a parameter needs `in`: {', '.join(locations)}."
    if location not in locations:
        hint = meant(str(location), locations)
        hint = hint if hint.startswith(" Did") else ""
        if location in ("body", "formData"):
            hint = " OpenAPI 3 has `requestBody` for it."
        return "in", f"{shortly(location)} is not one of {', '.join(locations)}.{hint}"
    if location == "header" and not TOKEN.fullmatch(name):
        return "name", f"{shortly(name)} is not a valid header name."
    return None


def _scheme(value: dict[str, Any]) -> tuple[str, str] | None:
    kind = value.get("type")
    if "type" not in value:
        return "", "'type' is missing."
    if kind not in _SCHEME_TYPES:
        hint = meant(str(kind), _SCHEME_TYPES)
        hint = hint if hint.startswith(" Did") else ""
        return "type", f"{shortly(kind)} is not one of {', '.join(_SCHEME_TYPES)}.{hint}"
    for name in _SCHEME_FIELDS.get(str(kind), ()):
        if not isinstance(value.get(name), str):
            return "", f"{name!r} is missing."
    if kind == "apiKey" and value["in"] not in _KEY_LOCATIONS:
        return "in", f"{shortly(value['in'])} is not one of {', '.join(_KEY_LOCATIONS)}."
    if kind == "apiKey" and value["in"] == "header" and not TOKEN.fullmatch(value["name"]):
        return "name", f"{shortly(value['name'])} is not a valid header name."
    return None


Key = tuple[str, str]
"""An operation, by its path and method."""


def affected(
    content: dict[str, Any], operations: Mapping[Key, str], repairs: Iterable[Repair]
) -> dict[Key, list[Repair]]:
    """Return the repairs that change the behaviour of operations, by operation; `operations` are pointers by key.

    `content` is the repaired document. Harmless repairs are left out.
    """
    harmful = [repair for repair in repairs if not repair.is_harmless]
    if not harmful:
        return {}
    reach = _Reach(content)
    found: dict[Key, list[Repair]] = {}
    for key, pointer in operations.items():
        held = reach.of(pointer)
        repaired = [repair for repair in harmful if _is_within(repair.pointer, held)]
        if repaired:
            found[key] = repaired
    return found


def _is_within(pointer: str, places: set[str]) -> bool:
    while pointer:
        if pointer in places:
            return True
        pointer = pointer.rpartition("/")[0]
    return False


class _Reach:
    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content
        self._targets: dict[str, list[tuple[str, str]]] = {}

    def of(self, pointer: str) -> set[str]:
        """Return the pointers of an operation, of its path item's parameters, and of all that they refer to."""
        item = pointer.rpartition("/")[0].removesuffix("/additionalOperations")
        found: set[str] = set()
        pending = [(pointer, "operation"), (f"{item}/parameters", "path item")]
        while pending:
            place, kind = pending.pop()
            if place not in found:
                found.add(place)
                if place not in self._targets:
                    self._targets[place] = list(self._referred(place, kind))
                pending += self._targets[place]
        return found

    def _referred(self, pointer: str, kind: str) -> Iterator[tuple[str, str]]:
        """Yield the targets of the references within an object, with their kinds."""
        try:
            value = at(self._content, pointer)
        except BrokenReference:
            return
        root = GrammarNode(pointer, kind, {"parameters": value} if isinstance(value, list) else value)
        if not isinstance(root.value, dict):
            return
        for node in nodes(root):
            for reference in references_of(node):
                if reference.text.startswith("#/"):
                    yield pointer_of(reference.text), reference.kind


_INTERCHANGEABLE = {("header", "parameter"), ("parameter", "header")}
"""A header has the members of a parameter, without its name and location."""


_LONGEST = 100
"""The maximum length of a chain of references, since each one is followed to its end."""


class References:
    """The references of one document; each different one is followed once."""

    def __init__(self, content: dict[str, Any], lost: Mapping[str, str]) -> None:
        """`lost` are references that are known to have no target, with the reason."""
        self._content = content
        self._lost = lost
        self._version = version_of(content)
        self._known: dict[tuple[str, str], str | None] = {}
        self.elsewhere: dict[str, str] = {}
        """The kinds of referenced objects at pointers that the grammar does not define, as in an extension."""

    def problem(self, reference: str, kind: str) -> str | None:
        """Return why a reference does not lead to a usable object of a kind; None if it does."""
        key = reference, kind
        if key not in self._known:
            self._known[key] = self._followed(reference, kind)
        return self._known[key]

    def leads_back(self, reference: str, pointer: str) -> bool:
        """Whether a chain of schema references leads back to the schema at a pointer."""
        seen: set[str] = set()
        text: Any = reference
        while isinstance(text, str):
            try:
                target = pointer_of(text)
                value = at(self._content, target)
            except BrokenReference:
                return False
            if target == pointer or target in seen:
                return target == pointer
            seen.add(target)
            text = value.get("$ref") if isinstance(value, dict) else None
        return False

    def _followed(self, reference: str, kind: str) -> str | None:
        if reference in self._lost:
            why = self._lost[reference]
            return why if why.endswith((".", "?")) else f"{why}."
        seen: set[str] = set()
        text: Any = reference
        while isinstance(text, str):
            try:
                pointer = pointer_of(text)
                lost = why_lost(self._content, pointer)
            except BrokenReference as problem:
                return f"{reference} leads nowhere: {problem}."
            if lost is not None:
                return f"{reference} leads nowhere: there is {lost}"
            if pointer in seen:
                return f"{reference} leads nowhere: {pointer} refers to itself."
            seen.add(pointer)
            if len(seen) > _LONGEST:
                return f"{reference} leads nowhere: more than {_LONGEST} references follow each other."
            value, found = at(self._content, pointer), kind_of(self._content, pointer)
            if isinstance(value, bool) and kind == "schema" and (found == "schema" or self._version != "3.0"):
                return None
            if not isinstance(value, dict):
                return f"{reference} leads to {named(value)}, and {article(kind)} is an object."
            if found not in {None, kind} and (kind, found) not in _INTERCHANGEABLE:
                return f"{reference} leads to {article(str(found))}, and {article(kind)} is wanted here."
            if found is None:
                self.elsewhere.setdefault(pointer, kind)
            text = value.get("$ref")
            if kind == "schema" and len(value) > 1 and self._version != "3.0":
                return None
        if "$ref" in value and len(value) == 1 and kind not in {"schema", "path item"}:  # else its other members count
            return f"{reference} leads to a reference that is {named(text)}."
        reason = unusable(kind, value, self._version)
        return f"{reference} leads to {article(kind)} that cannot be used: {reason[1]}" if reason is not None else None


def article(noun: str) -> str:
    """Return a noun with its indefinite article."""
    return f"an {noun}" if noun[:1] in "aeiou" else f"a {noun}"


def named(value: Any) -> str:
    """Describe a JSON value for a sentence: `a list`, `the text 'x'`, `5`."""
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)[:40]

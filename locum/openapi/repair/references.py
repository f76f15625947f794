"""Whether a reference leads to an object of the kind that is wanted where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.openapi.grammar import kind_of, version_of
from locum.openapi.pointers import BrokenReference, at, pointer_of, why_lost
from locum.openapi.repair.usable import unusable

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["References", "article"]

_ALIKE = {("header", "parameter"), ("parameter", "header")}
"""A header says what a parameter says, but for its name and location."""


_LONGEST = 100
"""How many references may follow each other; each of a longer chain would be followed to its end."""


class References:
    """The references of one document; each different one is followed once."""

    def __init__(self, content: dict[str, Any], lost: Mapping[str, str]) -> None:
        """Prepare them; `lost` are those that are known to lead nowhere, and why."""
        self._content = content
        self._lost = lost
        self._version = version_of(content)
        self._known: dict[tuple[str, str], str | None] = {}
        self.elsewhere: dict[str, str] = {}
        """The kinds of the objects that are used though they stand where the grammar has none, as in an extension."""

    def problem(self, reference: str, kind: str) -> str | None:
        """Return why a reference does not lead to an object of a kind; None where it does."""
        key = reference, kind
        if key not in self._known:
            self._known[key] = self._followed(reference, kind)
        return self._known[key]

    def leads_back(self, reference: str, pointer: str) -> bool:
        """Whether the schemas that a reference leads to, each by its `$ref`, come back to the one at a pointer."""
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
            if found not in {None, kind} and (kind, found) not in _ALIKE:
                return f"{reference} leads to {article(str(found))}, and {article(kind)} is wanted here."
            if found is None:
                self.elsewhere.setdefault(pointer, kind)
            text = value.get("$ref")
            if kind == "schema" and len(value) > 1 and self._version != "3.0":
                return None
        if "$ref" in value and len(value) == 1 and kind not in {"schema", "path item"}:  # else what is beside it counts
            return f"{reference} leads to a reference that is {named(text)}."
        reason = unusable(kind, value, self._version)
        return f"{reference} leads to {article(kind)} that cannot be used: {reason[1]}" if reason is not None else None


def article(noun: str) -> str:
    """Return a noun with its indefinite article."""
    return f"an {noun}" if noun[:1] in "aeiou" else f"a {noun}"


def named(value: Any) -> str:
    """Name a JSON value that stands where it should not: `a list`, `the text 'x'`, `5`."""
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)[:40]

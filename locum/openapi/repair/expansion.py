"""Expansion: how many schemas apply to one value, with all references followed.

A chain of schemas of which each refers to the next one twice (`allOf: [{$ref: next}, {$ref: next}]`) is a few lines
long, and applies 2^n schemas to a value. Validation and generation follow each of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from locum.openapi.pointers import BrokenReference, at, pointer_of

__all__ = ["MOST_SCHEMAS", "Expansion"]

MOST_SCHEMAS = 1000
"""The maximum number of schemas that apply to one value. Of 29 public documents, none has more than 116."""

_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("not", "if", "then", "else")


class _Own(NamedTuple):
    """A schema without what it refers to."""

    size: int
    """How many schemas it consists of that apply to the same value."""
    references: list[str]
    """The pointers of the schemas that apply to the same value by reference, each as often as it is referred to."""


class Expansion:
    """Counts the schemas that apply to a value of each schema of a document; each schema is counted once."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content
        self._counts: dict[str, int] = {}

    def exceeds(self, reference: str) -> bool:
        """Return whether more than MOST_SCHEMAS apply to a value of a referenced schema."""
        try:
            return self.count(pointer_of(reference)) > MOST_SCHEMAS
        except BrokenReference:
            return False

    def count(self, pointer: str) -> int:
        """Return how many schemas apply to a value of the schema at a pointer.

        A reference to a schema that exceeds the limit counts as one, since it is replaced; one that closes a circle
        counts as none.
        """
        # Without recursion: a chain of references may be longer than Python's stack.
        own: dict[str, _Own] = {}
        pending = [pointer]
        while pending:
            current = pending[-1]
            if current in self._counts:
                pending.pop()
            elif current not in own:
                own[current] = self._own(current)
                pending += [one for one in dict.fromkeys(own[current].references) if one not in own]
            else:
                pending.pop()
                counts = (self._counts.get(one, 0) for one in own[current].references)
                self._counts[current] = own[current].size + sum(1 if one > MOST_SCHEMAS else one for one in counts)
        return self._counts[pointer]

    def _own(self, pointer: str) -> _Own:
        count, references = 0, list[str]()
        try:
            parts = [at(self._content, pointer)]
        except BrokenReference:
            return _Own(1, [])
        while parts:
            part = parts.pop()
            if not isinstance(part, dict):
                continue
            count += 1
            for keyword in ("$ref", "$dynamicRef"):
                if isinstance(part.get(keyword), str):
                    references += _target(part[keyword])
            for keyword in _LISTS:
                if isinstance(part.get(keyword), list):
                    parts += part[keyword]
            parts += [part[keyword] for keyword in _SINGLE if keyword in part]
            if isinstance(part.get("dependentSchemas"), dict):
                parts += part["dependentSchemas"].values()
        return _Own(count, references)


def _target(reference: str) -> list[str]:
    try:
        return [pointer_of(reference)]
    except BrokenReference:
        return []

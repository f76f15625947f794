"""Searches: whether a record has the words that are searched for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.infer.lists.comparisons import equal
from locum.infer.resources.words import same

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["matches", "selected"]

_MOST_WORDS = 16
"""Words or conditions that are looked for; each is compared with all that a record holds."""


def matches(record: dict[str, Any], text: str) -> bool:
    """Whether every word of a text is somewhere in a record's text, in whatever case.

    `name:value`, as many search languages have it, asks for that member, and for nothing where there is none.
    """
    found = [member.casefold() for member in _texts(record)]
    words = []
    for word in text.split(maxsplit=_MOST_WORDS)[:_MOST_WORDS]:
        name, colon, value = word.partition(":")
        if colon and name.isidentifier() and value and not value.startswith("//"):
            member = next((member for member in record if same(member, name)), None)
            if member is not None and not equal(record[member], value.strip("\"'")):
                return False
        else:
            words.append(word.strip("\"'").casefold())
    return all(any(word in member for member in found) for word in words)


def selected(record: dict[str, Any], text: str, place: tuple[str, ...]) -> bool:
    """Whether a record fulfils all conditions of a selector: `app=web,tier!=db,metadata.name=one`."""
    for condition in text.split(",", _MOST_WORDS)[:_MOST_WORDS]:
        name, operator, value = _condition(condition)
        found: Any = record
        for step in (*place, *([name] if place else name.split("."))):
            found = found.get(step) if isinstance(found, dict) else None
        if operator == "=" and not (found is not None and equal(found, value)):
            return False
        if operator == "!=" and found is not None and equal(found, value):
            return False
        if operator in {"", "!"} and (found is not None) is (operator == "!"):
            return False
    return True


def _condition(text: str) -> tuple[str, str, str]:
    """Return the name, the operator and the value of `a=b`, `a==b`, `a!=b`, `a` or `!a`."""
    for operator in ("!=", "==", "="):
        name, found, value = text.partition(operator)
        if found:
            return name.strip(), "!=" if operator == "!=" else "=", value.strip()
    bare = text.strip()
    return (bare[1:], "!", "") if bare.startswith("!") else (bare, "", "")


def _texts(record: dict[str, Any]) -> Iterator[str]:
    """Yield the text in a record, and in the objects and arrays in it."""
    for value in record.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from (inner for inner in value.values() if isinstance(inner, str))
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, str):
                    yield item
                elif isinstance(item, dict):
                    yield from (inner for inner in item.values() if isinstance(inner, str))

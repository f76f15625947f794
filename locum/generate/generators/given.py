"""Given: the person and the place of given members, so that generated ones agree with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from locum.generate.vocabulary.lexicon import Person, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.generate.generation import Generation
    from locum.generate.vocabulary.lexicon import GeoPlace

__all__ = ["person_of", "place_of"]

_SEPARATORS = re.compile(r"[._+\-]+")


def person_of(run: Generation, parts: Mapping[str, str]) -> Person | None:
    """Return the person with the given names or addresses; missing parts are random. None without any."""
    first, last = parts.get("first"), parts.get("last")
    words = parts.get("full", "").split()
    if not words and not first and not last:
        address = parts.get("email", parts.get("username", "")).partition("@")[0]
        words = [word.capitalize() for word in _SEPARATORS.split(address)]
        if not all(word.isalpha() and len(word) > 1 for word in words):  # an identifier, or initials
            words = []
    if words:
        first = first or words[0]
        last = last or (words[-1] if len(words) > 1 else None)
    if not first and not last:
        return None
    first = first or run.pick(run.words.first_names)
    last = last or run.pick(run.words.last_names)
    person = run.words.person(first, last)
    if not person.latin_first or not person.latin_last:  # a name in a script that addresses do not use
        other = run.words.person(run.pick(run.words.first_names), run.pick(run.words.last_names))
        latin_first, latin_last = person.latin_first or other.latin_first, person.latin_last or other.latin_last
        person = Person(person.first, person.last, latin_first, latin_last, person.full)
    return person._replace(
        latin_first=plain(person.latin_first).replace(" ", ""), latin_last=plain(person.latin_last).replace(" ", "")
    )


def place_of(run: Generation, parts: Mapping[str, Any]) -> GeoPlace | None:
    """Return the lexicon's place with the given city, country or time zone, if it has one."""
    found = [place for place in run.words.places if all(_same(getattr(place, part), parts[part]) for part in parts)]
    if not found:
        for part in ("city", "code", "country", "region", "zone"):
            found = [place for place in run.words.places if part in parts and _same(getattr(place, part), parts[part])]
            if found:
                break
    return run.pick(found) if found else None


def _same(one: Any, other: Any) -> bool:
    return str(one).casefold() == str(other).casefold()

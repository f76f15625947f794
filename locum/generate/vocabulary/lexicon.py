"""Lexicons: the words, people and places of each locale."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unicodedata import combining, normalize

import orjson

from locum.files import read_file

if TYPE_CHECKING:
    from locum.generate.generation import Generation

__all__ = [
    "ANIMALS",
    "DOMAINS",
    "KEYS",
    "MEDIA_TYPES",
    "SPECIES",
    "GeoPlace",
    "Home",
    "Lexicon",
    "Person",
    "lexicon",
    "listed",
    "plain",
]


def listed(text: str, between: str | None = None) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(text.split(between))


DOMAINS = ("example.com", "example.net", "example.org")
"""Domains reserved for examples (RFC 2606, section 3)."""

ANIMALS = frozenset(listed("animal cat dog horse kitten pet pets puppy rabbit"))
SPECIES = listed("canary cat dog ferret goldfish hamster parrot pony rabbit tortoise")
MEDIA_TYPES = ("application/json", "application/pdf", "image/jpeg", "image/png", "text/csv", "text/plain")
KEYS = ("colour", "region", "channel", "priority", "source", "team", "stage", "origin", "segment", "tier")


_FOLDER = Path(__file__).parent / "lexicons"
_PLACEHOLDER = re.compile(r"\{(?:(\d+)-(\d+)|(\w+))\}")
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "œ": "oe", "ł": "l", "Ł": "L", "đ": "d"})
_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}


class Person(NamedTuple):
    """A person; `latin_first` and `latin_last` are the spellings for email addresses and user names."""

    first: str
    last: str
    latin_first: str
    latin_last: str
    full: str

    @property
    def username(self) -> str:
        """The user name: `ada.lovelace`."""
        return f"{self.latin_first}.{self.latin_last}".lower()


class GeoPlace(NamedTuple):
    """A city: `code` is that of ISO 3166-1, `zone` the time zone's name, `locale` a language tag (RFC 5646)."""

    city: str
    region: str
    country: str
    code: str
    postcode: str
    zone: str
    latitude: float
    longitude: float
    currency: str
    locale: str


class Home(NamedTuple):
    """The currency, language tag and country of the locale, for values without a place."""

    currency: str
    locale: str
    code: str


class Lexicon:
    """The words of one locale; missing lists are those of English."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        self._data: dict[str, Any] = orjson.loads(read_file(_FOLDER / f"{locale}.json"))
        self._english = None if locale == "en" else lexicon("en")
        self._lists: dict[str, tuple[str, ...]] = {}
        self.places = tuple(GeoPlace(*place) for place in self._data["places"])
        self.home = Home(*self._data["home"])
        self.first_names, self.last_names = self.words("first"), self.words("last")
        self.kinds: dict[str, str] = {}
        """The kinds of records by words of schemas' names: `souvenir` is a `product`."""
        if self._english is not None:
            self.kinds = self._english.kinds
        else:
            for kind, entry in self._data["kinds"].items():
                for word in entry["for"].split():
                    self.kinds.setdefault(word, kind)

    def words(self, key: str) -> tuple[str, ...]:
        """Return a list of words, or texts with placeholders: `jobs`, `product.name`; empty if there is none."""
        found = self._lists.get(key)
        if found is None:
            kind, _, role = key.partition(".")
            text = self._data["kinds"].get(kind, {}).get(role) if role else self._data.get(key)
            found = tuple(text.split("|")) if text else self._english.words(key) if self._english else ()
            self._lists[key] = found
        return found

    def person(self, first: str, last: str) -> Person:
        """Return a person; entries of names in other scripts have their Latin spelling: `翼:Tsubasa`."""
        first, _, latin_first = first.partition(":")
        last, _, latin_last = last.partition(":")
        full = f"{last} {first}" if self._data.get("family_first") else f"{first} {last}"
        german = self.locale == "de"
        return Person(
            first, last, latin_first or plain(first, german=german), latin_last or plain(last, german=german), full
        )

    def text(self, run: Generation, key: str, kind: str = "") -> str:
        """Return a text of a list, with its placeholders filled in."""
        chosen = run.next_of(key, self.words(key))
        return self.filled(run, chosen, kind) if "{" in chosen else chosen

    def filled(self, run: Generation, text: str, kind: str = "") -> str:
        """Fill in the placeholders of a text: `{city}`, `{1-99}`; `{kind}` is the kind of record in words.

        If the object has a place, and the text has one city, it is the city of that place.
        """
        is_here = run.is_placed and text.count("{city}") == 1

        def part(match: re.Match[str]) -> str:
            low, high, name = match.groups()
            if name is None:
                return str(run.between(int(low), int(high)))
            if name in {"kind", "Kind"}:
                words = kind or "entry"
                return words[:1].upper() + words[1:] if name == "Kind" else words
            return run.place.city if is_here and name == "city" else self._part(run, name)

        return _PLACEHOLDER.sub(part, text)

    def _part(self, run: Generation, name: str) -> str:
        if name in {"city", "country"}:  # of any place: a text may name several
            return str(getattr(run.pick(self.places), name))
        if name in {"postcode", "region"}:
            return str(getattr(run.place, name))
        if name == "street":
            street = run.pick(self.words("streets"))
            return self.filled(run, self.words("street")[0].replace("{street}", street))
        if name in {"first", "last"}:
            return run.pick(self.words(name)).partition(":")[0]
        if name == "number":
            return str(run.between(1, 180))
        if name == "company":
            return self.text(run, "company.name")
        if name == "domain":
            return f"{plain(run.pick(self.last_names).rpartition(':')[2]).lower()}.example"
        if name == "extension":
            return run.pick(("pdf", "docx", "xlsx", "png", "csv", "txt"))
        return self.text(run, _LISTS[name])


_LISTS = {
    "job": "jobs",
    "department": "departments",
    "color": "colours",
    "month": "months",
    "stem": "stems",
    "about": "about",
    "remark": "remarks",
}
"""The lists of placeholders."""


@cache
def lexicon(locale: str) -> Lexicon:
    """Return the lexicon of a locale, read at its first use."""
    return Lexicon(locale)


def plain(text: str, *, german: bool = False) -> str:
    """Return a text in ASCII letters: `Élodie` -> `Elodie`, in German `Jörg` -> `Joerg`."""
    if text.isascii():
        return text
    if german:
        text = "".join(_UMLAUTS.get(letter, letter) for letter in text)
    parts = normalize("NFKD", text.translate(_LETTERS))
    return "".join(letter for letter in parts if not combining(letter) and letter.isascii())

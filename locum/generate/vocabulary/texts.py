"""Texts: functions that return realistic strings for a generation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from locum.generate.files.making import address_of
from locum.generate.vocabulary.lexicon import DOMAINS, plain
from locum.world.seeded import BASE62

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.generate.generation import Generation

__all__ = ["STATE", "FileUrl", "Listed", "PageUrl", "Text", "prose", "sized", "slugged", "token"]

Text: TypeAlias = "Callable[[Generation], str]"
"""Returns a text for a generation."""

_BETWEEN = re.compile(r"[^a-z0-9]+")


def token(run: Generation, length: int, alphabet: str = BASE62) -> str:
    """Return random characters of an alphabet."""
    return "".join(run.random.choices(alphabet, k=length))


def identifier(run: Generation) -> str:
    """Return an opaque identifier of 16 characters."""
    return token(run, 16)


def hexadecimal(length: int) -> Callable[[Generation], str]:
    """Return a generator of hexadecimal digits, as in a digest."""
    return lambda run: f"{run.random.getrandbits(length * 4):0{length}x}"


def uuid(run: Generation) -> str:
    """Return a version 4 UUID (RFC 9562, section 5.4)."""
    digits = f"{run.random.getrandbits(128):032x}"
    return (
        f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[int(digits[16], 16) & 3]}{digits[17:20]}-{digits[20:]}"
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """A text from a list of the locale: `jobs`, `product.name`."""

    key: str
    kind: str = ""
    """The kind of record in words, for lists that name it."""
    ending: str = ""
    """A text to append after a space."""
    long: bool = False
    """Whether to add a sentence."""
    generic: bool = False
    """Whether it is the fallback for unknown names."""

    def __call__(self, run: Generation) -> str:
        """Return a text."""
        text = run.words.text(run, self.key, self.kind)
        if self.ending:
            text += " " + self.ending
        if self.long:
            text += ("" if run.words.locale == "ja" else " ") + sentence(run)
        return text


STATE: Text = Listed("moods")
"""A state without declared values."""


sentence = Listed("remarks")
"""One sentence, such as a note on a record."""

word = Listed("words", generic=True)


def paragraph(run: Generation) -> str:
    """Return a few sentences."""
    words = run.words
    between = "" if words.locale == "ja" else " "
    return between.join((words.text(run, "remarks"), words.text(run, "remarks"), words.text(run, "remarks")))


def prose(run: Generation, least: int, most: int) -> str:
    """Return text of a length from `least` to `most`, cut between words if possible."""
    text = word(run) if most < 24 else title(run) if most < 48 else sentence(run)  # noqa: PLR2004 (what fits)
    return sized(run, text, least, most)


def sized(run: Generation, text: str, least: int, most: int) -> str:
    """Return a text extended or cut to a length from `least` to `most`."""
    while len(text) < least:
        text += " " + sentence(run)
    if len(text) <= most:
        return text
    text = text[:most]
    shorter = text.rpartition(" ")[0].rstrip(" ,.")
    return shorter if len(shorter) >= max(least, 1) else text


def title(run: Generation) -> str:
    """Return the title of something unknown: `Price list`."""
    text = run.words.text(run, "stems").replace("-", " ")
    return text[:1].upper() + text[1:]


def words(run: Generation) -> str:
    """Return three words."""
    return f"{word(run)} {word(run)} {word(run)}"


def slugged(text: str) -> str:
    """Return a text in the form for URLs: `Price list` -> `price-list`; empty without Latin letters."""
    return _BETWEEN.sub("-", plain(text).lower()).strip("-")


def slug(run: Generation) -> str:
    """Return a few words in the form for URLs: `price-list-42`."""
    return f"{slugged(run.words.text(run, 'stems'))}-{run.between(2, 99)}"


def full_name(run: Generation) -> str:
    """Return a person's name."""
    return run.person.full


def username(run: Generation) -> str:
    """Return a user name: `ada.lovelace`."""
    return run.person.username


def email(run: Generation) -> str:
    """Return a person's email address at a domain reserved for examples."""
    return f"{run.person.username}@{run.pick(DOMAINS)}"


_PHONES = {
    "US": ("+1202555{0100-0199}", "+1303555{0100-0199}", "+1415555{0100-0199}", "+1617555{0100-0199}"),
    "CA": ("+1416555{0100-0199}", "+1514555{0100-0199}"),
    "GB": ("+442079460{000-999}", "+441632960{000-999}"),
    "DE": ("+493023125{000-999}", "+4915228817{000-386}"),
    "FR": ("+33199000{000-999}", "+33639980{000-999}"),
    "AU": ("+61255500{000-999}",),
    "IE": ("+35312091{000-999}",),
    "SE": ("+4684650{000-999}",),
    "ES": ("+34910050{000-999}",),
    "JP": ("+81312345{000-999}",),
}
"""Numbers reserved for fiction or never assigned, by country."""

_RANGE = re.compile(r"\{(\d+)-(\d+)\}")


def phone(run: Generation) -> str:
    """Return a telephone number (E.164) of the current place, else of the locale's country: `+12025550143`."""
    country = run.place.code if run.is_placed else run.words.home.code
    numbers = _PHONES.get(country) or _PHONES["US"]
    return _RANGE.sub(lambda m: str(run.between(int(m[1]), int(m[2]))).zfill(len(m[1])), run.pick(numbers))


def currency(run: Generation) -> str:
    """Return the currency of the current place, else of the locale (ISO 4217)."""
    return run.place.currency if run.is_placed else run.words.home.currency


def currency_in_lower_case(run: Generation) -> str:
    """Return a currency as Stripe writes it: `eur`."""
    return currency(run).lower()


def locale(run: Generation) -> str:
    """Return a language tag with its region: `de-DE`."""
    return run.place.locale if run.is_placed else run.words.home.locale


def language(run: Generation) -> str:
    """Return a language (ISO 639-1)."""
    return locale(run)[:2]


company = Listed("company.name")
product = Listed("product.name")


def domain(run: Generation) -> str:
    """Return a host name: `northwind-traders.example.com`."""
    return f"{slugged(company(run)) or 'www'}.{run.pick(DOMAINS)}"


def url(run: Generation) -> str:
    """Return the address of a page."""
    return f"https://www.{run.pick(DOMAINS)}/{slug(run)}"


@dataclass(frozen=True, slots=True)
class PageUrl:
    """URLs of pages of one kind: `https://www.example.com/terms/price-list-42`."""

    kind: str

    def __call__(self, run: Generation) -> str:
        """Return an address."""
        return f"https://www.{run.pick(DOMAINS)}/{self.kind}/{slug(run)}"


def site(run: Generation) -> str:
    """Return the address of a site."""
    return f"https://{domain(run)}"


@dataclass(frozen=True, slots=True)
class FileUrl:
    """URLs of files on this server: pictures, documents, sounds."""

    ending: str

    def __call__(self, run: Generation) -> str:
        """Return an address."""
        return address_of(f"{slug(run)}.{self.ending}")


image = FileUrl("png")


def avatar(run: Generation) -> str:
    """Return the address of a person's picture."""
    return address_of(f"{run.person.username.replace('.', '-')}.png")


def path(run: Generation) -> str:
    """Return a path of files: `/contracts/price-list.pdf`."""
    return f"/{slugged(run.words.text(run, 'folder.name')) or 'files'}/{file_name(run)}"


def file_name(run: Generation) -> str:
    """Return a file's name."""
    return f"{slug(run)}.{run.pick(('txt', 'pdf', 'csv', 'png'))}"


def street(run: Generation) -> str:
    """Return a house's street and number."""
    words = run.words
    return words.filled(run, words.words("street")[0].replace("{street}", run.pick(words.words("streets"))))


def address(run: Generation) -> str:
    """Return an address in one line."""
    place, form = run.place, run.words.words("address")[0]
    for name in ("postcode", "region", "city", "country"):
        form = form.replace(f"{{{name}}}", getattr(place, name))
    return form.replace("{street}", street(run))


def ipv4(run: Generation) -> str:
    """Return an address reserved for documentation (RFC 5737)."""
    return f"{run.pick(('192.0.2', '198.51.100', '203.0.113'))}.{run.between(1, 254)}"


def ipv6(run: Generation) -> str:
    """Return an address reserved for documentation (RFC 3849)."""
    return f"2001:db8::{run.between(1, 0xFFFF):x}:{run.between(1, 0xFFFF):x}"


def mac(run: Generation) -> str:
    """Return a MAC address reserved for documentation (RFC 7042, section 2.1.2)."""
    return f"00:00:5e:00:53:{run.between(0, 255):02x}"


def version(run: Generation) -> str:
    """Return a semantic version."""
    return f"{run.between(0, 4)}.{run.between(0, 20)}.{run.between(0, 9)}"


def price(run: Generation) -> str:
    """Return an amount of money, in digits."""
    return f"{run.between(1, 400)}.{run.pick(('00', '25', '50', '95', '99'))}"


def colour_code(run: Generation) -> str:
    """Return a colour in CSS notation: `#1f77b4`."""
    return f"#{run.random.getrandbits(24):06x}"


def user_agent(run: Generation) -> str:
    """Return a browser's User-Agent."""
    version = run.between(100, 140)
    return f"Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"


def digits(length: int) -> Callable[[Generation], str]:
    """Return a generator of digits."""
    return lambda run: token(run, length, "0123456789")

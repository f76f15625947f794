"""Texts: believable strings, each kind made by a function of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from locum.state.identifiers import BASE62
from locum.synthesis.vocabulary.words import (
    ADJECTIVES,
    COMPANIES,
    DOMAINS,
    NOUNS,
    PRODUCTS,
    STREETS,
    VERBS,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from locum.synthesis.runs import Run

__all__ = ["Text", "prose", "token"]

Text: TypeAlias = "Callable[[Run], str]"
"""How one kind of text is made."""


def token(run: Run, length: int, alphabet: str = BASE62) -> str:
    """Return random characters of an alphabet."""
    return "".join(run.random.choices(alphabet, k=length))


def identifier(run: Run) -> str:
    """Return an opaque identifier of 16 characters."""
    return token(run, 16)


def hexadecimal(length: int) -> Callable[[Run], str]:
    """Return a maker of hexadecimal digits, as a digest or a commit has."""
    return lambda run: f"{run.random.getrandbits(length * 4):0{length}x}"


def uuid(run: Run) -> str:
    """Return a version 4 UUID (RFC 9562, section 5.4)."""
    digits = f"{run.random.getrandbits(128):032x}"
    return (
        f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[int(digits[16], 16) & 3]}{digits[17:20]}-{digits[20:]}"
    )


def sentence(run: Run) -> str:
    """Return one sentence: `The quiet river follows a golden hill.`."""
    pick = run.pick
    return f"The {pick(ADJECTIVES)} {pick(NOUNS)} {pick(VERBS)} the {pick(ADJECTIVES)} {pick(NOUNS)}."


def paragraph(run: Run) -> str:
    """Return three sentences."""
    return f"{sentence(run)} {sentence(run)} {sentence(run)}"


def prose(run: Run, least: int, most: int) -> str:
    """Return text of a length from `least` to `most`, cut between words where that is possible."""
    text = word(run) if most < 24 else title(run) if most < 48 else sentence(run)  # noqa: PLR2004 (what fits)
    while len(text) < least:
        text += " " + sentence(run)
    if len(text) <= most:
        return text
    text = text[:most]
    shorter = text.rpartition(" ")[0].rstrip(" ,.")
    return shorter if len(shorter) >= max(least, 1) else text


def title(run: Run) -> str:
    """Return two words, the first with a capital: `Silver heron`."""
    return f"{run.pick(ADJECTIVES).capitalize()} {run.pick(NOUNS)}"


def word(run: Run) -> str:
    """Return one word."""
    return run.pick(NOUNS)


def words(run: Run) -> str:
    """Return three words."""
    return f"{run.pick(ADJECTIVES)} {run.pick(ADJECTIVES)} {run.pick(NOUNS)}"


def slug(run: Run) -> str:
    """Return two words as a URL has them: `silver-heron`."""
    return f"{run.pick(ADJECTIVES)}-{run.pick(NOUNS)}"


def full_name(run: Run) -> str:
    """Return a person's name."""
    person = run.person
    return f"{person.first} {person.last}"


def username(run: Run) -> str:
    """Return the name that a person signs in with: `ada.lovelace`."""
    person = run.person
    return f"{person.first}.{person.last}".lower()


def email(run: Run) -> str:
    """Return a person's address at a domain that is kept for examples."""
    return f"{username(run)}@{run.pick(DOMAINS)}"


def phone(run: Run) -> str:
    """Return a number of those kept for fiction: `+1-202-555-0143`."""
    return f"+1-{run.pick(('202', '303', '415', '617', '718'))}-555-01{run.between(0, 99):02d}"


def company(run: Run) -> str:
    """Return a company's name."""
    return run.pick(COMPANIES)


def product(run: Run) -> str:
    """Return a product's name."""
    return run.pick(PRODUCTS)


def domain(run: Run) -> str:
    """Return a host name: `heron.example.com`."""
    return f"{run.pick(NOUNS)}.{run.pick(DOMAINS)}"


def url(run: Run) -> str:
    """Return the address of a page."""
    return f"https://{run.pick(DOMAINS)}/{run.pick(NOUNS)}/{slug(run)}"


def site(run: Run) -> str:
    """Return the address of a site."""
    return f"https://{domain(run)}"


def image(run: Run) -> str:
    """Return the address of an image."""
    return f"https://{run.pick(DOMAINS)}/images/{slug(run)}.png"


def path(run: Run) -> str:
    """Return a path of files: `/lake/silver-heron.txt`."""
    return f"/{run.pick(NOUNS)}/{file_name(run)}"


def file_name(run: Run) -> str:
    """Return a file's name."""
    return f"{slug(run)}.{run.pick(('txt', 'pdf', 'csv', 'png'))}"


def street(run: Run) -> str:
    """Return a house's street and number."""
    return f"{run.between(1, 180)} {run.pick(STREETS)}"


def address(run: Run) -> str:
    """Return an address in one line."""
    place = run.place
    return f"{street(run)}, {place.postcode} {place.city}, {place.country}"


def ipv4(run: Run) -> str:
    """Return an address kept for documentation (RFC 5737)."""
    return f"{run.pick(('192.0.2', '198.51.100', '203.0.113'))}.{run.between(1, 254)}"


def ipv6(run: Run) -> str:
    """Return an address kept for documentation (RFC 3849)."""
    return f"2001:db8::{run.between(1, 0xFFFF):x}:{run.between(1, 0xFFFF):x}"


def mac(run: Run) -> str:
    """Return a hardware address of those kept for documentation (RFC 7042, section 2.1.2)."""
    return f"00:00:5e:00:53:{run.between(0, 255):02x}"


def version(run: Run) -> str:
    """Return a semantic version."""
    return f"{run.between(0, 4)}.{run.between(0, 20)}.{run.between(0, 9)}"


def price(run: Run) -> str:
    """Return an amount of money, in digits."""
    return f"{run.between(1, 400)}.{run.pick(('00', '25', '50', '95', '99'))}"


def colour_code(run: Run) -> str:
    """Return a colour as a style sheet has it: `#1f77b4`."""
    return f"#{run.random.getrandbits(24):06x}"


def user_agent(run: Run) -> str:
    """Return what a browser calls itself."""
    version = run.between(100, 140)
    return f"Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"


def digits(length: int) -> Callable[[Run], str]:
    """Return a maker of digits."""
    return lambda run: token(run, length, "0123456789")

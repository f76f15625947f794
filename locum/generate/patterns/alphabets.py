"""Alphabets: the characters that a class of a regular expression stands for, the believable ones."""

from __future__ import annotations

import string
import unicodedata
from functools import cache

__all__ = ["DIGITS", "SPACES", "WORD", "alphabet_without", "plain", "property_alphabet", "span"]

DIGITS = string.digits
SPACES = " \t\n"
WORD = string.ascii_lowercase + string.digits + string.ascii_uppercase + "_"
_PRINTABLE = WORD + "".join(sorted(set(string.punctuation) - {"_"})) + " "
_FURTHER = "".join(chr(code) for code in range(0xA1, 0x600) if unicodedata.category(chr(code))[0] in "LNPS")
_LETTERS = frozenset(string.ascii_letters + string.digits)
_HALVES = range(0xD800, 0xE000)
"""No characters: UTF-16 writes others with them."""

_MOST = 400
"""Characters of one alphabet: more make nothing more believable."""

_SCRIPTED = frozenset({"Lu", "Ll", "Lo"})
"""Categories of letters that belong to the script they are named for."""

_SCRIPTS = (0x370, 0x400, 0x530, 0x590, 0x600, 0x900, 0xE00, 0x10A0, 0x3040, 0x30A0, 0x4E00, 0xAC00, 0x1F300)
"""Where the blocks of further scripts begin."""


def span(first: str, last: str) -> str:
    """Return the characters from one to another, of a long row the first ones."""
    low, high = ord(first), ord(last)
    return "".join(chr(code) for code in range(low, min(high, low + _MOST) + 1) if code not in _HALVES)


def alphabet_without(characters: str) -> str:
    """Return printable characters, those aside."""
    rest = "".join(sorted(set(_PRINTABLE) - set(characters), key=_PRINTABLE.index))
    return rest or "".join(character for character in _FURTHER if character not in characters)


@cache
def plain(alphabet: str) -> str:
    """Return the letters and digits of an alphabet, or all of it where it has none."""
    found = "".join(character for character in alphabet if character in _LETTERS)
    return found or alphabet


@cache
def property_alphabet(name: str, *, negated: bool) -> str:
    """Return characters of a Unicode property: `L`, `Lu`, `Letter`, `Script=Greek`."""
    pool = _PRINTABLE + _FURTHER + "".join(span(chr(start), chr(start + 80)) for start in _SCRIPTS)
    key, _, value = name.rpartition("=")
    short = _LONG_NAMES.get(value, value)
    if key in {"Script", "sc", "scx", "Script_Extensions"}:
        fits = {
            c
            for c in pool
            if unicodedata.category(c) in _SCRIPTED and unicodedata.name(c, "").startswith(value.upper())
        }
    elif short == "Alphabetic":
        fits = {c for c in pool if c.isalpha()}
    else:
        fits = {c for c in pool if unicodedata.category(c).startswith(short)}
    chosen = [c for c in pool if (c in fits) is not negated]
    return "".join(chosen[:_MOST]) or "\N{REPLACEMENT CHARACTER}"


_LONG_NAMES = {
    "Letter": "L",
    "Alpha": "Alphabetic",
    "Lowercase_Letter": "Ll",
    "Uppercase_Letter": "Lu",
    "Lowercase": "Ll",
    "Uppercase": "Lu",
    "Mark": "M",
    "Number": "N",
    "Decimal_Number": "Nd",
    "digit": "Nd",
    "Punctuation": "P",
    "Symbol": "S",
    "Separator": "Z",
    "Other": "C",
}

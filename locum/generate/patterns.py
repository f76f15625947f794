"""Patterns: parse regular expressions, and generate strings that match them."""

from __future__ import annotations

import re
import string
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from locum.openapi.patterns import allowance, compiled, spend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.generate.generation import Generation

__all__ = [
    "DIGITS",
    "MANY",
    "SPACES",
    "WORD",
    "BackReference",
    "Either",
    "Letter",
    "Mark",
    "PatternGroup",
    "PatternMatch",
    "PatternRow",
    "Piece",
    "Repetition",
    "UnreadablePattern",
    "alphabet_without",
    "match_of",
    "parse",
    "plain",
    "property_alphabet",
    "span",
]


MANY = 1 << 20
"""Stands for no upper limit."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One character of an alphabet."""

    alphabet: str
    least: int = 1
    most: int = 1


@dataclass(frozen=True, slots=True)
class Mark:
    """A piece without characters: `^`, `$`, or a lookaround, which is not enforced."""

    sign: str
    least: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class BackReference:
    """A backreference to a group. Its length counts as 0."""

    group: int
    least: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class PatternRow:
    """A sequence of pieces."""

    pieces: tuple[Piece, ...]
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Either:
    """One of several pieces."""

    pieces: tuple[Piece, ...]
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Repetition:
    """A repeated piece."""

    piece: Piece
    low: int
    high: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class PatternGroup:
    """A capturing group, with its number."""

    piece: Piece
    number: int
    least: int
    most: int


Piece: TypeAlias = "Letter | Mark | BackReference | PatternRow | Either | Repetition | PatternGroup"


DIGITS = string.digits
SPACES = " \t\n"
WORD = string.ascii_lowercase + string.digits + string.ascii_uppercase + "_"
_PRINTABLE = WORD + "".join(sorted(set(string.punctuation) - {"_"})) + " "
_FURTHER = "".join(chr(code) for code in range(0xA1, 0x600) if unicodedata.category(chr(code))[0] in "LNPS")
_LETTERS = frozenset(string.ascii_letters + string.digits)
_HALVES = range(0xD800, 0xE000)
"""Surrogates, which are not characters."""

_MOST = 400
"""Limit of the characters in one alphabet; more would not make values more realistic."""

_SCRIPTED = frozenset({"Lu", "Ll", "Lo"})
"""Categories of letters that belong to the script in their name."""

_SCRIPTS = (0x370, 0x400, 0x530, 0x590, 0x600, 0x900, 0xE00, 0x10A0, 0x3040, 0x30A0, 0x4E00, 0xAC00, 0x1F300)
"""The first code points of further scripts."""


def span(first: str, last: str) -> str:
    """Return the characters from `first` to `last`; only the first ones of a long range."""
    low, high = ord(first), ord(last)
    return "".join(chr(code) for code in range(low, min(high, low + _MOST) + 1) if code not in _HALVES)


def alphabet_without(characters: str) -> str:
    """Return the printable characters without some."""
    rest = "".join(sorted(set(_PRINTABLE) - set(characters), key=_PRINTABLE.index))
    return rest or "".join(character for character in _FURTHER if character not in characters)


@cache
def plain(alphabet: str) -> str:
    """Return the letters and digits of an alphabet, or all of it if it has none."""
    found = "".join(character for character in alphabet if character in _LETTERS)
    return found or alphabet


@cache
def property_alphabet(name: str, *, negated: bool) -> str:
    """Return characters with a Unicode property: `L`, `Lu`, `Letter`, `Script=Greek`."""
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


class UnreadablePattern(ValueError):
    """The pattern is not a regular expression, or uses unsupported syntax."""


_COUNT = re.compile(r"\{(\d+)(,(\d*))?\}")
_OPENING = re.compile(r"\(\?(?:(?P<plain>[ims-]*:)|(?P<look>=|!|<=|<!))")
_CONTROLS = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "0": "\0"}
_CLASSES = {"d": DIGITS, "D": alphabet_without(DIGITS), "s": SPACES, "S": alphabet_without(SPACES)}
_CLASSES |= {"w": WORD, "W": alphabet_without(WORD)}
_ESCAPED = re.compile(r"x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|c([A-Za-z])")
_PROPERTY = re.compile(r"([pP])\{\^?([\w=]+)\}")


def parse(pattern: str) -> Piece:
    """Parse a pattern. Raises Unreadable."""
    reader = _Reader(pattern)
    piece = reader.either()
    if reader.place < len(pattern):
        raise UnreadablePattern(pattern)
    return piece


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.place = 0
        self.groups = 0

    def take(self, text: str) -> bool:
        if self.pattern.startswith(text, self.place):
            self.place += len(text)
            return True
        return False

    def taken(self, expression: re.Pattern[str]) -> re.Match[str] | None:
        match = expression.match(self.pattern, self.place)
        if match:
            self.place = match.end()
        return match

    def next(self) -> str:
        if self.place >= len(self.pattern):
            raise UnreadablePattern(self.pattern)
        self.place += 1
        return self.pattern[self.place - 1]

    def either(self) -> Piece:
        branches = [self.row()]
        while self.take("|"):
            branches.append(self.row())
        if len(branches) == 1:
            return branches[0]
        return Either(tuple(branches), min(b.least for b in branches), max(b.most for b in branches))

    def row(self) -> Piece:
        pieces: list[Piece] = []
        while self.place < len(self.pattern) and self.pattern[self.place] not in "|)":
            pieces.append(self.times(self.one()))
        if len(pieces) == 1:
            return pieces[0]
        return PatternRow(tuple(pieces), sum(p.least for p in pieces), min(sum(p.most for p in pieces), MANY))

    def times(self, piece: Piece) -> Piece:
        count = self.taken(_COUNT)
        if count:
            low = int(count[1])
            high = low if count[2] is None else int(count[3]) if count[3] else MANY
        elif self.pattern[self.place : self.place + 1] in ("*", "+", "?"):
            low, high = {"*": (0, MANY), "+": (1, MANY), "?": (0, 1)}[self.next()]
        else:
            return piece
        self.take("?")
        return Repetition(piece, low, high, min(low * piece.least, MANY), min(high * piece.most, MANY))

    def one(self) -> Piece:
        opening = self.taken(_OPENING)
        if opening or self.take("("):
            return self.group(opening)
        character = self.next()
        if character in "^$":
            return Mark(character)
        if character == ".":
            return Letter(alphabet_without("\n\r"))
        if character == "[":
            return Letter(self.letters())
        if character in "*+?":
            raise UnreadablePattern(self.pattern)
        return self.escape() if character == "\\" else Letter(character)

    def group(self, opening: re.Match[str] | None) -> Piece:
        look = opening["look"] if opening else None
        plain = opening["plain"] if opening else None
        if not look and not plain:
            self.groups += 1
        number = self.groups
        piece = self.either()
        if not self.take(")"):
            raise UnreadablePattern(self.pattern)
        if look:
            return Mark(look)
        if plain:
            return piece
        return PatternGroup(piece, number, piece.least, piece.most)

    def escape(self) -> Piece:
        character = self.next()
        if character in "bB":
            return Mark(character)
        if character in "123456789":
            return BackReference(int(character))
        self.place -= 1
        return Letter(self.escaped())

    def escaped(self) -> str:
        """Parse the part after a backslash, also in brackets, as an alphabet."""
        prop = self.taken(_PROPERTY)
        if prop:
            return property_alphabet(prop[2], negated=prop[1] == "P")
        code = self.taken(_ESCAPED)
        if code:
            return chr(ord(code[4]) % 32) if code[4] else chr(int(code[1] or code[2] or code[3], 16))
        character = self.next()
        return _CLASSES.get(character) or _CONTROLS.get(character, character)

    def letters(self) -> str:
        """Parse the contents of brackets."""
        negated = self.take("^")
        found = ""
        while not self.take("]"):
            first = self.letter()
            if len(first) == 1 and self.pattern[self.place : self.place + 1] == "-" and not self.ends():
                self.place += 1
                last = self.letter()
                found += span(first, last) if len(last) == 1 else first + "-" + last
            else:
                found += first
        if negated:
            return alphabet_without(found)
        if not found:
            raise UnreadablePattern(self.pattern)
        return "".join(dict.fromkeys(found))

    def ends(self) -> bool:
        return self.pattern[self.place + 1 : self.place + 2] == "]"

    def letter(self) -> str:
        character = self.next()
        return self.escaped() if character == "\\" else character


_LONGEST_ECHO = 1 << 20
"""Limit of the characters from backreferences in one string."""
_WRITING_STEPS = 5000
"""Steps of the match allowance that one written character costs."""
_ROOM = 8
"""Characters beyond the minimum, if a pattern has no maximum."""


@cache
def match_of(pattern: str) -> PatternMatch | None:
    """Return the generator of strings that match a pattern; None if the pattern cannot be parsed."""
    form = compiled(pattern)
    try:
        return None if form is None else PatternMatch(parse(form))
    except (UnreadablePattern, ValueError, RecursionError):
        return None


class PatternMatch:
    """Generates strings that match one pattern, except for its lookarounds."""

    def __init__(self, piece: Piece) -> None:
        self._piece = piece
        self._opens, self._closes = not _bound(piece, 0, "^"), not _bound(piece, -1, "$")

    def string(self, run: Generation, low: int, high: int, *, odd: bool) -> str:
        """Return a string of `low` to `high` characters, if the pattern allows that.

        Letters and digits are preferred, unless `odd`.
        """
        piece = self._piece
        least = max(low, piece.least)
        most = min(high, piece.most, max(least, piece.least + _ROOM))
        size = run.between(least, most) if least < most else min(least, piece.most)
        with allowance():
            text = _Writer(run, odd=odd).write(piece, size) if spend(_WRITING_STEPS * size) else ""
        short = low - len(text)
        if short > 0 and (self._opens or self._closes):
            padding = "".join(run.random.choices("abcdefghijklmnopqrstuvwxyz", k=short))
            return text + padding if self._closes else padding + text
        return text


def _bound(piece: Piece, end: int, sign: str) -> bool:
    """Return whether a pattern is anchored at an end of the string."""
    if isinstance(piece, Mark):
        return piece.sign == sign
    if isinstance(piece, PatternRow):
        return bool(piece.pieces) and _bound(piece.pieces[end], end, sign)
    if isinstance(piece, Either):
        return any(_bound(branch, end, sign) for branch in piece.pieces)
    return isinstance(piece, PatternGroup) and _bound(piece.piece, end, sign)


class _Writer:
    def __init__(self, run: Generation, *, odd: bool) -> None:
        self.run = run
        self.odd = odd
        self.groups: dict[int, str] = {}
        self.echoed = 0

    def write(self, piece: Piece, size: int) -> str:
        """Return text for a piece, as close to `size` characters as possible."""
        match piece:
            case Letter(alphabet):
                return self.run.pick(alphabet if self.odd else plain(alphabet))
            case PatternRow(pieces):
                sizes = self.shares(pieces, size)
                return "".join(self.write(part, share) for part, share in zip(pieces, sizes, strict=True))
            case Either(pieces):
                fitting = [part for part in pieces if part.least <= size <= part.most]
                nearest = min(pieces, key=lambda part: min(abs(part.least - size), abs(part.most - size)))
                return self.write(self.run.pick(fitting) if fitting else nearest, size)
            case Repetition():
                return self.repeat(piece, size)
            case PatternGroup(inner, number):
                text = self.groups[number] = self.write(inner, size)
                return text
            case BackReference(group):
                text = self.groups.get(group, "")
                self.echoed += len(text)  # nested backreferences grow exponentially
                return text if self.echoed <= _LONGEST_ECHO else ""
            case _:
                return ""

    def repeat(self, piece: Repetition, size: int) -> str:
        inner = piece.piece
        if inner.most == 0:
            return self.write(inner, 0) * min(piece.low, 1)
        fewest = max(piece.low, -(-size // inner.most))
        most = min(piece.high, size // inner.least if inner.least else max(size, piece.low))
        count = self.run.between(fewest, most) if fewest < most else min(fewest, piece.high)
        if isinstance(inner, Letter):
            alphabet = inner.alphabet if self.odd else plain(inner.alphabet)
            return "".join(self.run.random.choices(alphabet, k=count))
        pieces = (inner,) * count
        return "".join(self.write(inner, share) for share in self.shares(pieces, size))

    def shares(self, pieces: Sequence[Piece], size: int) -> list[int]:
        """Divide a length among pieces: each gets its minimum, and a random part of the rest up to its maximum."""
        shares = [part.least for part in pieces]
        left = size - sum(shares)
        roomy = [index for index, part in enumerate(pieces) if part.most > part.least]
        while left > 0 and roomy:
            index = self.run.pick(roomy)
            more = min(self.run.between(1, left), pieces[index].most - shares[index])
            shares[index] += more
            left -= more
            if shares[index] >= pieces[index].most:
                roomy.remove(index)
        return shares

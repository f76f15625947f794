"""Patterns, in the form that the validator takes (`ecma262.py`), read as pieces that strings are made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from locum.generate.patterns.alphabets import (
    DIGITS,
    SPACES,
    WORD,
    alphabet_without,
    property_alphabet,
    span,
)
from locum.generate.patterns.pieces import MANY, Echo, Either, Group, Letter, Mark, Row, Times

if TYPE_CHECKING:
    from locum.generate.patterns.pieces import Piece

__all__ = ["Unreadable", "parse"]


class Unreadable(ValueError):  # noqa: N818 (named for what it is, as every refusal is)
    """A pattern that is not read: not a regular expression, or beyond what is known here."""


_COUNT = re.compile(r"\{(\d+)(,(\d*))?\}")
_OPENING = re.compile(r"\(\?(?:(?P<plain>[ims-]*:)|(?P<look>=|!|<=|<!))")
_CONTROLS = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "0": "\0"}
_CLASSES = {"d": DIGITS, "D": alphabet_without(DIGITS), "s": SPACES, "S": alphabet_without(SPACES)}
_CLASSES |= {"w": WORD, "W": alphabet_without(WORD)}
_ESCAPED = re.compile(r"x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|c([A-Za-z])")
_PROPERTY = re.compile(r"([pP])\{\^?([\w=]+)\}")


def parse(pattern: str) -> Piece:
    """Read a pattern. Raises Unreadable."""
    reader = _Reader(pattern)
    piece = reader.either()
    if reader.place < len(pattern):
        raise Unreadable(pattern)
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
            raise Unreadable(self.pattern)
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
        return Row(tuple(pieces), sum(p.least for p in pieces), min(sum(p.most for p in pieces), MANY))

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
        return Times(piece, low, high, min(low * piece.least, MANY), min(high * piece.most, MANY))

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
            raise Unreadable(self.pattern)
        return self.escape() if character == "\\" else Letter(character)

    def group(self, opening: re.Match[str] | None) -> Piece:
        look = opening["look"] if opening else None
        plain = opening["plain"] if opening else None
        if not look and not plain:
            self.groups += 1
        number = self.groups
        piece = self.either()
        if not self.take(")"):
            raise Unreadable(self.pattern)
        if look:
            return Mark(look)
        if plain:
            return piece
        return Group(piece, number, piece.least, piece.most)

    def escape(self) -> Piece:
        character = self.next()
        if character in "bB":
            return Mark(character)
        if character in "123456789":
            return Echo(int(character))
        self.place -= 1
        return Letter(self.escaped())

    def escaped(self) -> str:
        """Read what follows a backslash, here and in brackets, as an alphabet."""
        prop = self.taken(_PROPERTY)
        if prop:
            return property_alphabet(prop[2], negated=prop[1] == "P")
        code = self.taken(_ESCAPED)
        if code:
            return chr(ord(code[4]) % 32) if code[4] else chr(int(code[1] or code[2] or code[3], 16))
        character = self.next()
        return _CLASSES.get(character) or _CONTROLS.get(character, character)

    def letters(self) -> str:
        """Read what stands in brackets."""
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
            raise Unreadable(self.pattern)
        return "".join(dict.fromkeys(found))

    def ends(self) -> bool:
        return self.pattern[self.place + 1 : self.place + 2] == "]"

    def letter(self) -> str:
        character = self.next()
        return self.escaped() if character == "\\" else character

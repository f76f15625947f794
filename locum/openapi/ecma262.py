r"""Regular expressions of ECMA 262, Annex B: translate them for the validator.

Engines accept more than the strict grammar: `[\w-\.]`, an unescaped `]`, `{` as a literal, `\_`,
octal escapes (ECMA 262, section B.1.2). jsonschema_rs takes the strict grammar only, and some syntax
of other dialects besides: `(?i)`, `(?P<name>...)`, `a++`, `\A`. So a pattern is translated here first, to an
equivalent one in the grammar that both share. The scan is one pass without recursion.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["NotEcma", "Translated", "translate"]

_META = frozenset("\\^$.*+?()[]{}|")
_HEX = frozenset("0123456789abcdefABCDEF")
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_SETS = frozenset("dDwWsS")
_ANYTHING, _NOTHING = r"[\s\S]", r"[^\s\S]"
_MODIFIERS = frozenset("ims-")
_LAST = 0x10FFFF
_HIGH, _LOW = range(0xD800, 0xDC00), range(0xDC00, 0xE000)
"""Surrogates: UTF-16 encodes characters beyond 0xFFFF as two of them. Unicode text contains none."""
_BYTE, _PLANE = 0x100, 0x10000
_OCTAL = re.compile(r"[0-3][0-7]{0,2}|[4-7][0-7]?")
"""The digits of an octal escape (section B.1.2): up to 0o377."""


class NotEcma(ValueError):
    """A text that is not a regular expression of ECMA 262."""


class Translated(NamedTuple):
    """A pattern in the grammar of the validator, with what determines the cost of a match."""

    text: str
    positions: int
    """The number of characters and sets, with counted repetitions expanded."""
    looks: bool
    """Whether it has lookaround or backreferences, so that no engine matches it in linear time."""
    straight: bool
    """Whether there is at most one way to match each character: it begins with `^`, and nothing follows an alternative,
    a group or a quantifier of a range."""
    anchored: bool
    """Whether it can match only at the beginning of a text."""


class _Group(NamedTuple):
    """An open group: its start in the output, its number and its kind."""

    start: int
    number: int
    """The number of a capturing group; 0 for any other."""
    kind: str
    """`(?=`, `(?!`, `(?<=`, `(?<!` for a lookaround; else empty."""


class _Atom(NamedTuple):
    r"""One member of a class: a character by its code, or the text of a set such as `\d`."""

    code: int = -1
    text: str = ""


def translate(pattern: str) -> Translated:
    """Translate a pattern to the grammar of the validator. Raises NotEcma."""
    return _Translation(pattern).result()


class _Translation:
    """One pass over a pattern; `place` is its current index."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._place = 0
        self._written: list[str] = []
        self._open: list[_Group] = []
        self._closed: set[int] = set()
        self._count, self._names = _groups(pattern)
        self._groups = 0
        self._atom = -1
        """The index in the output of the atom that a quantifier may follow; -1 if there is none."""
        self._look = False
        """Whether that atom is a lookaround; the strict grammar allows no quantifier after it."""
        self._weights, self._weight = [0], 0
        """The positions of the open groups, the innermost last, and those of the last atom."""
        self._looks = False
        self._straight, self._varies = pattern.startswith("^"), False
        self._alternates = False

    def result(self) -> Translated:
        while self._place < len(self._pattern):
            self._step()
        if self._open:
            raise NotEcma("a group is not closed")
        anchored = self._pattern.startswith("^") and not self._alternates
        return Translated("".join(self._written), self._weights[0], self._looks, self._straight, anchored)

    def _peek(self, text: str) -> bool:
        return self._pattern.startswith(text, self._place)

    def _take(self) -> str:
        if self._place >= len(self._pattern):
            raise NotEcma("it ends too early")
        self._place += 1
        return self._pattern[self._place - 1]

    def _write(self, text: str) -> None:
        self._atom, self._look = len(self._written), False
        self._written.append(text)
        self._weight = 1
        self._weights[-1] += 1
        self._straight = self._straight and not self._varies

    def _mark(self, text: str) -> None:
        """Write a text that no quantifier may follow."""
        self._written.append(text)
        self._atom = -1

    def _step(self) -> None:
        character = self._take()
        if character == "\\":
            self._escape()
        elif character == "[":
            self._write(self._class())
        elif character == "(":
            self._group()
        elif character == ")":
            self._close()
        elif character in "^$|":
            self._mark(character)
            self._straight = self._straight and character != "|"
            self._alternates = self._alternates or (character == "|" and not self._open)
        elif character in "*+?":
            self._quantify(character)
        elif character == "{":
            bounds = self._bounds()
            if bounds is None:
                self._write("\\{")
            else:
                self._quantify(bounds)
        else:
            self._write("\\" + character if character in "]}" else character)

    def _bounds(self) -> str | None:
        """Read the rest of `{2}`, `{2,}` or `{2,5}`; None if the brace is a literal."""
        end = self._pattern.find("}", self._place)
        low, comma, high = self._pattern[self._place : max(end, self._place)].partition(",")
        if not _is_number(low) or not (high == "" or _is_number(high)):
            return None
        if high and int(low) > int(high):
            raise NotEcma("a quantifier's bounds are out of order")
        self._place = end + 1
        return "{" + low + comma + high + "}"

    def _quantify(self, sign: str) -> None:
        if self._atom < 0:
            raise NotEcma(f"nothing is there for {sign} to repeat")
        look, start = self._look, self._atom
        low, comma, high = sign.strip("{}").partition(",")
        self._varies = bool(comma) or sign in "*+?"
        if sign not in "*+?" and not look:
            self._weights[-1] += self._weight * (max(int(high or low), 1) - 1)
        if self._peek("?"):
            sign += self._take()
        self._mark("" if look else sign)
        if look and (sign[0] in "*?" or sign.startswith("{0")):  # an optional lookaround has no effect
            self._written.insert(start, "(?:")
            self._written.append("|)")

    def _group(self) -> None:
        start, number, kind = len(self._written), 0, ""
        opening = "("
        if self._peek("?"):
            self._take()
            opening, kind = self._special()
        if opening == "(":
            self._groups += 1
            number = self._groups
        self._open.append(_Group(start, number, kind))
        self._mark(opening)
        self._weights.append(0)
        self._looks = self._looks or bool(kind)
        self._straight = False

    def _special(self) -> tuple[str, str]:
        """Read the text after `(?`; return the start of the group to write, and its kind of lookaround."""
        for sign in ("=", "!", "<=", "<!"):
            if self._peek(sign):
                self._place += len(sign)
                return "(?" + sign, "(?" + sign
        character = self._take()
        if character == "<":
            end = self._pattern.find(">", self._place)
            if end <= self._place:
                raise NotEcma("the name of a group is missing")
            self._place = end + 1
            return "(", ""  # named groups are numbered, which every engine supports
        modifiers = ""
        while character in _MODIFIERS:
            modifiers += character
            character = self._take()
        if character != ":" or modifiers.count("-") > 1:
            raise NotEcma(f"(?{modifiers}{character} is of another dialect")
        return "(?" + modifiers + ":", ""

    def _close(self) -> None:
        if not self._open:
            raise NotEcma("a parenthesis closes no group")
        group = self._open.pop()
        self._written.append(")")
        self._weight = self._weights.pop()
        self._weights[-1] += self._weight
        self._closed.add(group.number)
        # Section B.1.2 allows a quantifier after a lookahead, but not after a lookbehind.
        self._atom = -1 if group.kind.startswith("(?<") else group.start
        self._look = bool(group.kind)

    def _escape(self) -> None:
        """Read the text after a backslash outside brackets."""
        character = self._take()
        if character in "bB":
            self._mark("\\" + character)
            return
        if character == "k" and self._names:
            end = self._pattern.find(">", self._place)
            name = self._pattern[self._place + 1 : end] if self._peek("<") and end > 0 else ""
            if name not in self._names:
                raise NotEcma("a reference names no group")
            self._place = end + 1
            self._write(self._back(self._names[name]))
            return
        if character in "123456789":
            end = self._place
            while end < len(self._pattern) and _is_number(self._pattern[end]):
                end += 1
            number = int(self._pattern[self._place - 1 : end][:4])
            if number <= self._count:
                self._place = end
                self._write(self._back(number))
                return
        atom = self._escaped(character)
        self._write(atom.text or _literal(atom.code))

    def _back(self, number: int) -> str:
        """Write a backreference. One to a group that is not closed yet matches the empty text."""
        self._looks = True
        return f"(?:\\{number})" if number in self._closed else "(?:)"

    def _escaped(self, character: str) -> _Atom:
        """Read an escape for a character or a set of characters."""
        if character in _SETS:
            return _Atom(text="\\" + character)
        if character in "pP":
            return _Atom(text=self._property(character))
        if character in _CONTROLS:
            return _Atom(_CONTROLS[character])
        if character == "c":
            following = self._pattern[self._place : self._place + 1]
            if following.isascii() and following.isalpha():
                return _Atom(ord(self._take()) % 32)
            self._place -= 1  # section B.1.2: a backslash, and then a `c`
            return _Atom(ord("\\"))
        if character == "x":
            return _Atom(self._code(2))
        if character == "u":
            return _Atom(self._unicode())
        octal = _OCTAL.match(self._pattern, self._place - 1)
        if octal:
            self._place = octal.end()
            return _Atom(int(octal[0], 8))
        if character.isascii() and character.isalpha() and character != "k":
            raise NotEcma(f"\\{character} is of another dialect")
        return _Atom(ord(character))

    def _property(self, sign: str) -> str:
        if not self._peek("{"):
            return f"\\{sign}{{{self._take()}}}"
        end = self._pattern.find("}", self._place)
        if end < 0:
            raise NotEcma("a property is not closed")
        text = self._pattern[self._place : end + 1]
        self._place = end + 1
        return f"\\{sign}{text}"

    def _code(self, length: int) -> int:
        digits = self._pattern[self._place : self._place + length]
        if len(digits) < length or not _HEX.issuperset(digits):
            raise NotEcma("an escape has too few hexadecimal digits")
        self._place += length
        return int(digits, 16)

    def _unicode(self) -> int:
        r"""Read the rest of `\u0041`, of `\u{1F600}`, or of a pair of surrogates."""
        if self._peek("{"):
            end = self._pattern.find("}", self._place)
            digits = self._pattern[self._place + 1 : end]
            if end < 0 or not digits or not _HEX.issuperset(digits) or int(digits, 16) > _LAST:
                raise NotEcma("an escape is no character")
            self._place = end + 1
            return int(digits, 16)
        code = self._code(4)
        if code in _HIGH and self._peek("\\u"):
            place = self._place
            self._place += 2
            low = -1 if self._peek("{") else self._code(4)
            if low in _LOW:
                return _PLANE + (_HIGH.index(code) << 10) + _LOW.index(low)
            self._place = place
        return code

    def _class(self) -> str:
        """Read a character class."""
        negated = self._peek("^")
        self._place += negated
        members: list[str] = []
        while not self._peek("]"):
            first = self._member()
            if not self._peek("-") or self._pattern.startswith("-]", self._place):
                members += _member_text(first)
                continue
            self._take()
            last = self._member()
            if first.text or last.text:  # section B.1.2: the hyphen is a member
                members += [*_member_text(first), "\\-", *_member_text(last)]
            else:
                members += _range(first.code, last.code)
        self._take()
        if not members:
            return _ANYTHING if negated else _NOTHING
        return ("[^" if negated else "[") + "".join(members) + "]"

    def _member(self) -> _Atom:
        character = self._take()
        if character != "\\":
            return _Atom(ord(character))
        character = self._take()
        return _Atom(8) if character == "b" else self._escaped(character)


def _groups(pattern: str) -> tuple[int, dict[str, int]]:
    """Return the number of capturing groups of a pattern, and the numbers of the named ones."""
    count, names, place, bracketed = 0, {}, 0, False
    while place < len(pattern):
        character = pattern[place]
        if character == "\\":
            place += 1
        elif character in "[]":
            bracketed = character == "["
        elif character == "(" and not bracketed:
            named = pattern.startswith("?<", place + 1) and pattern[place + 3 : place + 4] not in ("=", "!")
            if named:
                names[pattern[place + 3 :].partition(">")[0]] = count + 1
            count += named or not pattern.startswith("?", place + 1)
        place += 1
    return count, names


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _is_surrogate(code: int) -> bool:
    return code in _HIGH or code in _LOW


def _literal(code: int) -> str:
    """Write one character outside brackets. A lone surrogate matches nothing."""
    if _is_surrogate(code):
        return _NOTHING
    character = chr(code)
    if character in _META:
        return "\\" + character
    return character if character.isprintable() else _coded(code)


def _coded(code: int) -> str:
    return f"\\x{code:02x}" if code < _BYTE else f"\\u{code:04x}" if code < _PLANE else f"\\u{{{code:x}}}"


def _member_text(atom: _Atom) -> list[str]:
    if atom.text:
        return [atom.text]
    return [] if _is_surrogate(atom.code) else [_in_class(atom.code)]


def _in_class(code: int) -> str:
    character = chr(code)
    if not character.isprintable():
        return _coded(code)
    return "\\" + character if character in "\\]^[-&~" else character


def _range(first: int, last: int) -> list[str]:
    if first > last:
        raise NotEcma("a range is out of order")
    first = _LOW.stop if _is_surrogate(first) else first
    last = _HIGH.start - 1 if _is_surrogate(last) else last
    return [f"{_in_class(first)}-{_in_class(last)}"] if first <= last else []

"""Matches: strings that a pattern accepts, of a wanted length."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from locum.generate.patterns.alphabets import plain
from locum.generate.patterns.parser import Unreadable, parse
from locum.generate.patterns.pieces import Echo, Either, Group, Letter, Mark, Row, Times
from locum.openapi.patterns import allowance, compiled, spend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locum.generate.generation import Generation
    from locum.generate.patterns.pieces import Piece

__all__ = ["Match", "match_of"]

_LONGEST_ECHO = 1 << 20
"""Characters that references to groups repeat in one string."""
_WRITING_STEPS = 5000
"""Steps of an allowance that writing a character takes."""
_ROOM = 8
"""Characters more than must be, where a pattern sets no end."""


@cache
def match_of(pattern: str) -> Match | None:
    """Return the generator of strings that match a pattern; None where the pattern is not read."""
    form = compiled(pattern)
    try:
        return None if form is None else Match(parse(form))
    except (Unreadable, ValueError, RecursionError):
        return None


class Match:
    """Makes strings that match one pattern, and are hoped to where it looks around."""

    def __init__(self, piece: Piece) -> None:
        self._piece = piece
        self._opens, self._closes = not _bound(piece, 0, "^"), not _bound(piece, -1, "$")

    def string(self, run: Generation, low: int, high: int, *, odd: bool) -> str:
        """Return a string of `low` to `high` characters, if the pattern has one.

        Letters and digits are preferred, unless it is to be `odd`.
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
    """Whether a pattern is tied to that end of the string."""
    if isinstance(piece, Mark):
        return piece.sign == sign
    if isinstance(piece, Row):
        return bool(piece.pieces) and _bound(piece.pieces[end], end, sign)
    if isinstance(piece, Either):
        return any(_bound(branch, end, sign) for branch in piece.pieces)
    return isinstance(piece, Group) and _bound(piece.piece, end, sign)


class _Writer:
    def __init__(self, run: Generation, *, odd: bool) -> None:
        self.run = run
        self.odd = odd
        self.groups: dict[int, str] = {}
        self.echoed = 0

    def write(self, piece: Piece, size: int) -> str:
        """Return text for a piece, as near to `size` characters as it goes."""
        match piece:
            case Letter(alphabet):
                return self.run.pick(alphabet if self.odd else plain(alphabet))
            case Row(pieces):
                sizes = self.shares(pieces, size)
                return "".join(self.write(part, share) for part, share in zip(pieces, sizes, strict=True))
            case Either(pieces):
                fitting = [part for part in pieces if part.least <= size <= part.most]
                nearest = min(pieces, key=lambda part: min(abs(part.least - size), abs(part.most - size)))
                return self.write(self.run.pick(fitting) if fitting else nearest, size)
            case Times():
                return self.repeat(piece, size)
            case Group(inner, number):
                text = self.groups[number] = self.write(inner, size)
                return text
            case Echo(group):
                text = self.groups.get(group, "")
                self.echoed += len(text)  # a group of echoes of groups of echoes grows without end
                return text if self.echoed <= _LONGEST_ECHO else ""
            case _:
                return ""

    def repeat(self, piece: Times, size: int) -> str:
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
        """Divide a length among pieces: each gets what it must have, and by chance more of what it may."""
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

"""Pieces: what a regular expression is made of, each with the fewest and the most characters it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["MANY", "Echo", "Either", "Group", "Letter", "Mark", "Piece", "Row", "Times"]

MANY = 1 << 20
"""What stands for no upper limit."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One character of an alphabet."""

    alphabet: str
    least: int = 1
    most: int = 1


@dataclass(frozen=True, slots=True)
class Mark:
    """What takes no room: `^`, `$`, or a look around (which is only hoped for)."""

    sign: str
    least: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class Echo:
    """What a group held, repeated. Its length is counted as none."""

    group: int
    least: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """Pieces one after the other."""

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
class Times:
    """A piece again and again."""

    piece: Piece
    low: int
    high: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Group:
    """A piece that is remembered, by its number."""

    piece: Piece
    number: int
    least: int
    most: int


Piece: TypeAlias = "Letter | Mark | Echo | Row | Either | Times | Group"

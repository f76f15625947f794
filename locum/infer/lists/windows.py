"""Windows: the part of a list that an answer holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Window"]


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a list: the records from `start` until before `stop`."""

    start: int
    stop: int
    size: int
    """How many records a full part has."""
    total: int
    """How many records the whole list has."""
    base: int = 1
    """The number of the first page."""
    number: int | None = None
    """The number of the page that was asked for, where pages are counted."""
    counted: bool = False
    """Whether pages or offsets are in use where cursors could be."""
    turns: Mapping[str, tuple[str, str | int | None]] = field(default_factory=dict)
    """Where the other parts are: relation (next, prev, first, last) -> the query parameter and its value.

    The value is None where the parameter is left out.
    """

    @property
    def count(self) -> int:
        """How many records this part has."""
        return self.stop - self.start

    @property
    def page(self) -> int:
        """The number of this page, as the API counts; beyond the end too, where there is nothing."""
        if self.number is not None:
            return self.number
        return self.base + (self.start // self.size if self.size else 0)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return -(-self.total // self.size) if self.size else 0

    @property
    def has_next(self) -> bool:
        """Whether records follow."""
        return self.stop < self.total and self.size > 0

    @property
    def has_previous(self) -> bool:
        """Whether records go before."""
        return self.start > 0 and self.total > 0

    @property
    def next(self) -> str | int | None:
        """The value of the parameter that leads to the next part; None at the end."""
        return self.turns["next"][1] if "next" in self.turns else None

    @property
    def previous(self) -> str | int | None:
        """The value of the parameter that leads to the part before; None at the beginning."""
        return self.turns["prev"][1] if "prev" in self.turns else None

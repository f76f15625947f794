"""What a run sees of the vault: that an item is there and may be used, never its value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from handlers.workflows.limits import clip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from handlers.workflows.records import VaultItem

__all__ = ["MASK", "VAULT_ID", "Safe", "Unusable"]

MASK = "***"
"""What stands for a secret in everything that is logged, answered or handed on."""

VAULT_ID = re.compile(r"vlt_[0-9a-z]{26}", re.ASCII)


class Unusable(Exception):
    """A secret that a run cannot use: deleted, never there, expired, or empty."""


class Safe(Mapping[object, str]):
    """The `vault` of a template: gives the mask for each usable item, by name or id.

    Since templates only ever get the mask, no filter can turn a value into something that the
    mask would not cover. `revealed` gives the values, for the one place that needs to know one:
    the host of a request that never leaves.
    """

    __slots__ = ("_find", "_now", "_reveals")

    def __init__(
        self, find: Callable[[str], VaultItem | None], now: Callable[[], datetime], *, reveals: bool = False
    ) -> None:
        self._find = find
        self._now = now
        self._reveals = reveals

    def __getitem__(self, name: object) -> str:
        item = self._find(str(name))
        shown = clip(str(name))
        if item is None:
            raise Unusable(f"The vault item '{shown}' does not exist; it was deleted or never created.")
        if item.expires_at is not None and item.expires_at <= self._now():
            raise Unusable(f"The vault item '{shown}' has expired and cannot be used.")
        if not item.secret:
            raise Unusable(f"The vault item '{shown}' holds no value.")
        return item.secret if self._reveals else MASK

    def __contains__(self, name: object) -> bool:
        return self._find(str(name)) is not None

    def __iter__(self) -> Iterator[object]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __str__(self) -> str:
        return MASK

    @property
    def revealed(self) -> Safe:
        """The same with the values themselves."""
        return Safe(self._find, self._now, reveals=True)

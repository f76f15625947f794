"""The vault as templates see it: whether an item exists and can be used, never its value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from handlers.workflows.limits import clip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from handlers.workflows.records import VaultItem

__all__ = ["MASK", "VAULT_ID", "SecretUnavailable", "VaultView"]

MASK = "***"
"""Replaces a secret in logs, responses and outputs."""

VAULT_ID = re.compile(r"vlt_[0-9a-z]{26}", re.ASCII)


class SecretUnavailable(Exception):
    """A secret cannot be used: it does not exist, has expired or is empty."""


class VaultView(Mapping[object, str]):
    """The `vault` variable of templates: returns the mask for each usable item, by name or id.

    Templates only get the mask, so no filter can transform a value into a text that would not be
    masked. `revealed` returns the values, for the host of a simulated request only.
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
            raise SecretUnavailable(f"The vault item '{shown}' does not exist; it was deleted or never created.")
        if item.expires_at is not None and item.expires_at <= self._now():
            raise SecretUnavailable(f"The vault item '{shown}' has expired and cannot be used.")
        if not item.secret:
            raise SecretUnavailable(f"The vault item '{shown}' holds no value.")
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
    def revealed(self) -> VaultView:
        """The same vault with the values of the secrets."""
        return VaultView(self._find, self._now, reveals=True)

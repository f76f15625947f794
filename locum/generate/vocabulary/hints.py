"""Hints: the name of a property and of its holder, from which values are inferred."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["NOTHING", "Hint", "tokens"]

_BETWEEN = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")


def tokens(name: str) -> list[str]:
    """Split a name into words: `createdAt`, `created-at` and `created_at` -> `["created", "at"]`."""
    return [part.lower() for part in _BETWEEN.split(name) if part]


class Hint(NamedTuple):
    """The name of a value and that of its holder."""

    name: str = ""
    holder: str = ""

    def singular(self) -> Hint:
        """Return the hint for an item of a list with this name: `emails` -> `email`."""
        name = self.name
        for ending, single in (("ies", "y"), ("sses", "ss"), ("ses", "s"), ("xes", "x")):
            if name.endswith(ending):
                return Hint(name.removesuffix(ending) + single, self.holder)
        if name.endswith("s") and not name.endswith(("ss", "us", "is")):
            name = name[:-1]
        return Hint(name, self.holder)

    @property
    def identifies(self) -> bool:
        """Whether the name is that of an identifier, which is never null."""
        words = tokens(self.name)
        return bool(words) and words[-1] in {"id", "uuid", "guid", "key", "slug"}


NOTHING = Hint()

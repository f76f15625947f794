"""Hints: what the name of a property, and of what it belongs to, says of its value."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["NOTHING", "Hint", "tokens"]

_BETWEEN = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")


def tokens(name: str) -> list[str]:
    """Split a name into its words: `createdAt`, `created-at` and `created_at` -> `["created", "at"]`."""
    return [part.lower() for part in _BETWEEN.split(name) if part]


class Hint(NamedTuple):
    """The name of a value, and the name of what holds it."""

    name: str = ""
    holder: str = ""

    def singular(self) -> Hint:
        """Return the hint for one item of a list of that name: `emails` -> `email`."""
        name = self.name
        for ending, single in (("ies", "y"), ("sses", "ss"), ("ses", "s"), ("xes", "x")):
            if name.endswith(ending):
                return Hint(name.removesuffix(ending) + single, self.holder)
        if name.endswith("s") and not name.endswith(("ss", "us", "is")):
            name = name[:-1]
        return Hint(name, self.holder)

    @property
    def identifies(self) -> bool:
        """Whether the name is one of an identifier, which is never null."""
        said = tokens(self.name)
        return bool(said) and said[-1] in {"id", "uuid", "guid", "key", "slug"}


NOTHING = Hint()

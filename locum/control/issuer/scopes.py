"""Scopes: how they are written, and which of them somebody gets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from locum.callers import Caller

__all__ = ["granted", "is_scope", "scopes_of"]

_SCOPE = re.compile(r"[!#-\[\]-~]+(?: +[!#-\[\]-~]+)*\Z")
_MOST = 2000


def is_scope(text: str) -> bool:
    """Whether a text is a list of scopes (RFC 6749, section 3.3)."""
    return len(text) <= _MOST and _SCOPE.match(text) is not None


def scopes_of(text: str | None) -> frozenset[str]:
    """Return the scopes of a text."""
    return frozenset((text or "").split())


def granted(asked: str | None, caller: Caller, permissions: frozenset[str]) -> str | None:
    """Return the scopes that somebody gets of those that were asked for; None where none were.

    One that is the name of a permission goes to whoever holds it; every other one is given.
    """
    if not asked:
        return None
    kept = (scope for scope in dict.fromkeys(asked.split()) if scope not in permissions or caller.may(scope))
    return " ".join(kept)

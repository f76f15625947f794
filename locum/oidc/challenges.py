"""Challenges: what a refused bearer token is told (RFC 6750, section 3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from locum.errors import Forbidden

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["challenge", "insufficient"]

_UNQUOTABLE = re.compile(r"[^ !#-\[\]-~]")
"""What may not stand in these texts (RFC 6750, section 3)."""


def challenge(error: str, description: str, **more: str) -> dict[str, str]:
    """Return the WWW-Authenticate header."""
    said = {"error": error, "error_description": description, **more}
    members = [f'{name}="{_UNQUOTABLE.sub("?", text)}"' for name, text in said.items()]
    return {"WWW-Authenticate": ", ".join(['Bearer realm="locum"', *members])}


def insufficient(needed: Iterable[str]) -> Forbidden:
    """Return the refusal of a token without the scopes that an operation needs."""
    names = " ".join(sorted(needed))
    message = f"This needs a token with the scope {names}, which this one has not."
    return Forbidden(message, code="insufficient_scope", headers=challenge("insufficient_scope", message, scope=names))

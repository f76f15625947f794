"""WWW-Authenticate challenges for rejected bearer tokens (RFC 6750, section 3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from locum.errors import Forbidden

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["challenge", "insufficient"]

_UNQUOTABLE = re.compile(r"[^ !#-\[\]-~]")
"""Characters that are not allowed in the parameters (RFC 6750, section 3)."""


def challenge(error: str, description: str, **more: str) -> dict[str, str]:
    """Return the WWW-Authenticate header."""
    parameters = {"error": error, "error_description": description, **more}
    members = [f'{name}="{_UNQUOTABLE.sub("?", text)}"' for name, text in parameters.items()]
    return {"WWW-Authenticate": ", ".join(['Bearer realm="locum"', *members])}


def insufficient(needed: Iterable[str]) -> Forbidden:
    """Return the error for a token without the scopes that an operation requires."""
    names = " ".join(sorted(needed))
    message = f"The token lacks the required scope {names}."
    return Forbidden(message, code="insufficient_scope", headers=challenge("insufficient_scope", message, scope=names))

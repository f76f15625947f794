"""Values of settings that more than one package knows: what can be chosen, and the defaults."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

__all__ = [
    "DEVELOPMENT_SECRET",
    "MOST_BYTES",
    "MOST_RECORDS",
    "MOST_WORLD_BYTES",
    "WORLD_IDLE",
    "AuthMode",
    "CrossSite",
    "Limits",
    "Locale",
    "ReadOnly",
    "UnknownIds",
    "Validation",
    "bundled",
]

DEVELOPMENT_SECRET = "locum-development-secret-not-for-production"  # noqa: S105 (documented, and not a secret)

MOST_WORLD_BYTES = 64 * 1024 * 1024
"""The most bytes that a world keeps, by default."""

MOST_RECORDS = 100_000
"""How many records a world has at most, unless it is told otherwise."""

MOST_BYTES = 128 * 1024 * 1024
"""The most bytes that all worlds keep together, by default."""

WORLD_IDLE = 86_400.0
"""The seconds after which an unused world is dropped, by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of every connection; `unread` and `connections` are those of all together.

    Sizes are in bytes, times in seconds.
    """

    header: int = 64 * 1024
    headers: int = 200
    url: int = 16 * 1024
    idle: float = 60.0
    request: float = 30.0
    unread: int = 64 * 1024 * 1024
    connections: int = 1000


class AuthMode(Enum):
    """How strictly credentials are judged."""

    STRICT = "strict"
    ANY = "any"
    OFF = "off"


class Validation(Enum):
    """What happens to a request that breaks its contract."""

    ENFORCE = "enforce"
    REPORT = "report"
    OFF = "off"


class ReadOnly(Enum):
    """What happens to read-only members of a PUT or PATCH."""

    COMPARE = "compare"
    REJECT = "reject"


class UnknownIds(Enum):
    """What an identifier is that no client can have come to know."""

    GENERATE = "generate"
    MISSING = "404"


class CrossSite(Enum):
    """What requests of pages on other sites, which `--cors` does not name, can do.

    `PAGES`: open login, logout and consent pages as a whole window, and read without leaving a trace. `NONE`:
    nothing. `ALL`: everything that an admitted page can.
    """

    PAGES = "pages"
    NONE = "none"
    ALL = "all"


class Locale(Enum):
    """A language of generated values."""

    EN = "en"
    DE = "de"
    FR = "fr"
    ES = "es"
    JA = "ja"


def bundled(kind: str) -> Path:
    """Return the folder of the bundled `specs` or `handlers`: in the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "bundled" / kind
    return inside if inside.is_dir() else package.parent / kind

"""Values of settings that more than one package knows: what can be chosen, and the defaults."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

__all__ = ["DEVELOPMENT_SECRET", "AuthMode", "CrossSite", "Locale", "ReadOnly", "UnknownIds", "Validation", "bundled"]

DEVELOPMENT_SECRET = "locum-development-secret-not-for-production"  # noqa: S105 (documented, and not a secret)


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

"""Choices and defaults of settings that more than one package uses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

__all__ = [
    "DEVELOPMENT_SECRET",
    "MOST_BYTES",
    "MOST_RECORDS",
    "MOST_WORLD_BYTES",
    "WORLD_HEADER",
    "WORLD_IDLE",
    "AuthMode",
    "CrossSite",
    "Durability",
    "Limits",
    "Locale",
    "MockWhen",
    "OnViolation",
    "ReadOnly",
    "Undeclared",
    "UnknownIds",
    "Validation",
    "bundled",
    "without_credentials",
]

DEVELOPMENT_SECRET = "locum-development-secret-not-for-production"  # noqa: S105 (documented, and not a secret)

MOST_WORLD_BYTES = 64 * 1024 * 1024
"""The default maximum size of a world in bytes."""

MOST_RECORDS = 100_000
"""The default maximum number of records in a world."""

MOST_BYTES = 128 * 1024 * 1024
"""The default maximum size of all worlds together, in bytes."""

WORLD_HEADER = "X-Locum-World"
"""The default name of the request header that names a world."""

WORLD_IDLE = 86_400.0
"""The default time in seconds after which an unused world is dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of each connection; `unread` and `connections` apply to all connections together.

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
    """How strictly credentials are checked."""

    STRICT = "strict"
    ANY = "any"
    OFF = "off"


class Validation(Enum):
    """What happens to a request that breaks its contract."""

    ENFORCE = "enforce"
    REPORT = "report"
    OFF = "off"


class ReadOnly(Enum):
    """What happens to read-only properties in a PUT or PATCH."""

    COMPARE = "compare"
    REJECT = "reject"


class UnknownIds(Enum):
    """The response to an unknown identifier if no operation lists or creates records."""

    GENERATE = "generate"
    MISSING = "404"


class CrossSite(Enum):
    """What pages of other sites may do if their origin is not in `--cors`.

    `PAGES`: open login, logout and consent pages in a window, and read without changing anything. `NONE`: nothing.
    `ALL`: everything that an admitted page may do.
    """

    PAGES = "pages"
    NONE = "none"
    ALL = "all"


class Durability(Enum):
    """When the effects of a request are stored with `--state FOLDER`.

    `FAST`: within a tenth of a second. `FULL`: before the response leaves.
    """

    FAST = "fast"
    FULL = "full"


class OnViolation(Enum):
    """What a proxy does if a request or a response breaks the contract."""

    REPORT = "report"
    BLOCK = "block"


class Undeclared(Enum):
    """What a proxy does with requests that no operation matches."""

    REJECT = "reject"
    FORWARD = "forward"


class MockWhen(Enum):
    """When a proxy mocks an operation instead of passing on the upstream's response.

    `UNIMPLEMENTED`: the upstream has no such operation. `MISSING`: it has no such record. `ERROR`: it fails or cannot
    be reached.
    """

    UNIMPLEMENTED = "unimplemented"
    MISSING = "missing"
    ERROR = "error"
    NEVER = "never"


class Locale(Enum):
    """The language of generated values."""

    EN = "en"
    DE = "de"
    FR = "fr"
    ES = "es"
    JA = "ja"


def without_credentials(url: str) -> str:
    """Return a URL without the user and password in it."""
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"


def bundled(kind: str) -> Path:
    """Return the folder of the bundled `specs` or `handlers`: in the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "bundled" / kind
    return inside if inside.is_dir() else package.parent / kind

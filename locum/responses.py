"""What a handler gives back when a plain body does not say enough."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Page", "Response"]


@dataclass(frozen=True, slots=True)
class Response:
    """A body with headers, and with a status where the operation declares several successes.

    `status` None means the operation's first declared success. A list as the value of a header is
    several lines of that name, as several `Set-Cookie` are.
    """

    body: Any = None
    headers: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """An HTML page outside the contract, as a consent screen is.

    `html` is sent as it stands: whoever makes it escapes what it shows.
    """

    html: str
    status: int = 200

"""The response types of handlers, for when a plain body is not enough."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Page", "Response"]


@dataclass(slots=True)  # not frozen: that would cost half a microsecond per request
class Response:
    """A response body with headers, and with a status if the operation declares several successes.

    `status` None means the operation's first declared success. A header value that is a list is sent as several lines,
    for example several `Set-Cookie`.
    """

    body: Any = None
    headers: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """An HTML page outside the contract, for example a consent page.

    `html` is sent unchanged; escape the values in it yourself.
    """

    html: str
    status: int = 200

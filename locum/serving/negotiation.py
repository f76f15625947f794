"""Content negotiation: which declared media type suits an Accept header (RFC 9110, 12.5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["best"]


def best(accept: str, offered: Sequence[str]) -> str | None:
    """Return the media type that the header likes best, the earlier one of equals; None for none."""
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return offered[0] if offered else None
    liked = [
        (max((_weight(media_type, given) for given in ranges), default=(0, 0.0)), media_type) for media_type in offered
    ]
    weight, choice = max(liked, key=lambda pair: pair[0][1], default=((0, 0.0), None))
    return choice if weight[1] > 0 else None


def _range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip() for piece in part.split(";"))
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 0.0
    return name.lower(), quality


def _weight(media_type: str, given: tuple[str, float]) -> tuple[int, float]:
    """Return how closely a range names a media type (the closest one counts), and its quality."""
    name, quality = given
    if name == media_type:
        return 3, quality
    if name.endswith("/*") and name != "*/*" and media_type.startswith(name[:-1]):
        return 2, quality
    return (1, quality) if name == "*/*" else (0, 0.0)

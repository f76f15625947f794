"""Content negotiation: which declared media type suits an Accept header (RFC 9110, 12.5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["best", "liked"]


def best(accept: str, offered: Sequence[str]) -> str | None:
    """Return the media type that the header likes best, the earlier one of equals; None for none."""
    return next(iter(liked(accept, offered)), None)


def liked(accept: str, offered: Sequence[str]) -> list[str]:
    """Return the media types that the header admits, the best liked first, the earlier one of equals."""
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return list(offered)
    weights = {name: max(_weight(name, given) for given in ranges)[1] for name in offered}
    return sorted((name for name in offered if weights[name] > 0), key=lambda name: -weights[name])


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
        return 4, quality
    main, _, rest = name.partition("/")
    if main != "*" and media_type.startswith(main + "/"):
        if rest.startswith("*+") and media_type.endswith(rest[1:]):
            return 3, quality  # `application/*+json`, which is no range of RFC 9110, and is sent
        if rest == "*":
            return 2, quality
    return (1, quality) if name == "*/*" else (0, 0.0)

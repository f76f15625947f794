"""Words that are the same in every language."""

from __future__ import annotations

__all__ = ["ANIMALS", "DOMAINS", "KEYS", "MEDIA_TYPES", "SPECIES", "listed"]


def listed(text: str, between: str | None = None) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(text.split(between))


DOMAINS = ("example.com", "example.net", "example.org")
"""Kept for examples by RFC 2606, section 3."""

ANIMALS = frozenset(listed("animal cat dog horse kitten pet pets puppy rabbit"))
SPECIES = listed("canary cat dog ferret goldfish hamster parrot pony rabbit tortoise")
MEDIA_TYPES = ("application/json", "application/pdf", "image/jpeg", "image/png", "text/csv", "text/plain")
KEYS = ("colour", "region", "channel", "priority", "source", "team", "stage", "origin", "segment", "tier")

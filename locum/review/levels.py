"""Levels: what a difference of schemas means for clients, by its kind, its direction and its example."""

from __future__ import annotations

from typing import NamedTuple

from locum.review.changes import Effect, Level

__all__ = ["Rule", "is_harmful", "rule_of"]


class Rule(NamedTuple):
    """The limits of the level of a kind of change."""

    least: Level = Level.COMPATIBLE
    most: Level = Level.BREAKING
    note: str = ""
    """What the level means, where no example says it."""


_ANY = Rule()
_DOCS = Rule(Level.DOCS, Level.DOCS)
_COMPATIBLE = Rule(Level.COMPATIBLE, Level.COMPATIBLE)
_IGNORED = "Requests with it are still accepted, and it has no effect."
_NOT_READ = "Clients that read it do not find it any more."
_STRICT = "Clients that reject unknown properties do so."
_EXHAUSTIVE = "Clients that handle only the known values do not know it."

_SENT: dict[str, Rule] = {
    "property-removed": Rule(Level.DANGEROUS, Level.BREAKING, _IGNORED),
    "required-property-removed": Rule(Level.DANGEROUS, Level.BREAKING, _IGNORED),
    "property-added": _COMPATIBLE,
    "became-read-only": Rule(Level.DANGEROUS, Level.DANGEROUS, "It must not be sent any more; many servers ignore it."),
    "no-longer-read-only": _COMPATIBLE,
    "default-changed": Rule(Level.DANGEROUS, Level.DANGEROUS, "Requests without it mean something else now."),
    "extensible-value-removed": Rule(Level.DANGEROUS, Level.DANGEROUS, "No example was found: the list is open."),
}
"""The rules of what clients send."""

_RECEIVED: dict[str, Rule] = {
    "enum-value-added": Rule(Level.COMPATIBLE, Level.DANGEROUS, _EXHAUSTIVE),
    "property-removed": Rule(Level.DANGEROUS, Level.DANGEROUS, _NOT_READ),
    "property-added": Rule(Level.COMPATIBLE, Level.DANGEROUS, _STRICT),
    "required-property-added": _COMPATIBLE,
    "became-write-only": Rule(Level.DANGEROUS, Level.DANGEROUS, _NOT_READ),
    "no-longer-write-only": Rule(Level.COMPATIBLE, Level.DANGEROUS, _STRICT),
    "default-changed": _COMPATIBLE,
    "extensible-value-removed": _COMPATIBLE,
}
"""The rules of what clients receive."""

_BOTH: dict[str, Rule] = {
    "title-changed": _DOCS,
    "description-changed": _DOCS,
    "example-changed": _DOCS,
    "documentation-changed": _DOCS,
    "deprecated": _COMPATIBLE,
    "undeprecated": _COMPATIBLE,
    "sunset-changed": _COMPATIBLE,
    "extensible-values-changed": _COMPATIBLE,
    "integer-width-changed": Rule(
        Level.COMPATIBLE, Level.DANGEROUS, "Only integers beyond 64 bits tell the difference."
    ),
    "discriminator-changed": Rule(Level.DANGEROUS, Level.DANGEROUS, "Generated clients choose a class by it."),
    "discriminator-value-removed": Rule(Level.DANGEROUS, Level.DANGEROUS, "Generated clients choose a class by it."),
    "discriminator-value-changed": Rule(Level.DANGEROUS, Level.DANGEROUS, "Generated clients choose a class by it."),
    "discriminator-value-added": _COMPATIBLE,
    "xml-changed": Rule(Level.DANGEROUS, Level.DANGEROUS, "The value is written differently in XML."),
}


def rule_of(kind: str, *, received: bool) -> Rule:
    """Return the rule of a kind of difference in what clients send or receive."""
    return (_RECEIVED if received else _SENT).get(kind) or _BOTH.get(kind) or _ANY


def is_harmful(effect: Effect, *, received: bool) -> bool:
    """Return whether a difference may break clients: a narrower request, or a wider response."""
    return effect is Effect.UNKNOWN or effect is (Effect.WIDENS if received else Effect.NARROWS)

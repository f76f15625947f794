"""Text: a review for people, in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.openapi.wire.json_values import write_json
from locum.review.changes import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from locum.review.changes import Change, Witness
    from locum.review.review import Review

__all__ = ["heading_of", "shown_value", "text", "where_of"]

_MOST_OPERATIONS = 3
_LONGEST = 400


def text(review: Review, *, each: bool = False) -> str:
    """Return the report. Without `each`, compatible changes take one line, and those of texts are counted."""
    lines: list[str] = []
    for change in review.changes:
        if change.accepted:
            lines += [f"accepted: {heading_of(change)} ({change.accepted})"] if each else []
        elif change.level >= Level.DANGEROUS:
            lines += [*_whole(change), ""]
        elif change.level is Level.COMPATIBLE or each:
            lines.append(f"{change.level.label}: {heading_of(change)}")
    if lines and lines[-1]:
        lines.append("")
    lines.append(f"{review.base} -> {review.head}: {review.summary}.")
    for one in review.documents:
        if one.base is not None and one.head is not None and one.changes:
            prefix = f"{one.title}: " if len(review.documents) > 1 else ""
            lines.append(prefix + one.bump.sentence)
    lines += [f"note: {note}" for note in review.notes]
    return "\n".join(lines) + "\n"


def heading_of(change: Change) -> str:
    """Return what changed and where, on one line."""
    site = change.site.text
    return f"{site}: {change.sentence}" if site else change.sentence


def _whole(change: Change) -> Iterator[str]:
    yield f"{change.level.label}: {heading_of(change)} [{change.kind} {change.fingerprint}]"
    yield f"  {where_of(change)}"
    if len(change.operations) > 1:
        yield f"  concerns {operations_of(change)}"
    if change.witness is not None:
        yield from _witness(change.witness)
    if change.note:
        yield f"  {change.note}"
    for consumer in change.consumers:
        yield f"  consumer {consumer}"


def operations_of(change: Change) -> str:
    """Return the operations that a change concerns, the first ones by name."""
    names = change.operations[:_MOST_OPERATIONS]
    more = len(change.operations) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def where_of(change: Change) -> str:
    """Return the places of a change in both documents."""
    places = [
        f"{name} {place.file}:{place.line}:{place.column} #{place.pointer or '/'}"
        for name, place in (("base", change.base), ("head", change.head))
        if place is not None
    ]
    return ", ".join(places)


def _witness(witness: Witness) -> Iterator[str]:
    yield f"  {witness.sentence}"
    if witness.curl:
        yield f"  {witness.curl}"
    elif witness.has_value:
        yield f"  {shown_value(witness)}"


def shown_value(witness: Witness) -> str:
    """Return the value of an example as JSON, cut if it is long."""
    try:
        shown = write_json(witness.value).decode()
    except (TypeError, ValueError):
        shown = repr(witness.value)
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "..."

"""Lost references: those of a document that lead nowhere, or in circles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from locum.openapi.grammar import Node, nodes, references_of
from locum.openapi.lint.faults import Finding
from locum.openapi.near_names import meant, nearest
from locum.openapi.pointers import BrokenReference, at, join, pointer_of, resolve, split

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["lost_references", "why_lost"]

_REFERENCE = re.compile(rb'"\$ref":("(?:[^"\\]|\\.)*")')


def lost_references(content: dict[str, Any]) -> Iterator[Finding]:
    """Yield the references that lead nowhere.

    Each different one is tried once; only where one is lost, the places that hold it are looked
    for, as what looks like a reference may be data.
    """
    root = Node("", "swagger" if "swagger" in content else "document", content)
    try:
        written = {str(orjson.loads(text)) for text in set(_REFERENCE.findall(orjson.dumps(content)))}
    except TypeError:  # an integer beyond 64 bits
        written = {r.text for node in nodes(root) for r in references_of(node)}
    reasons = {text: reason for text in sorted(written) if (reason := _why(content, text)) is not None}
    for node in nodes(root) if reasons else ():
        for reference in references_of(node):
            if reference.key == "$ref" and reference.text in reasons:
                pointer = join(node.pointer, *reference.steps)
                yield Finding(pointer, f"{reference.text} leads nowhere: {reasons[reference.text]}")


def _why(content: dict[str, Any], text: str) -> str | None:
    try:
        pointer = pointer_of(text)
        lost = why_lost(content, pointer)
        if lost is None:
            resolve(content, pointer)
    except BrokenReference as problem:
        return f"{problem}."
    return None if lost is None else f"there is {lost}"


def why_lost(document: Any, pointer: str) -> str | None:
    """Say which step of a pointer leads nowhere, and what was probably meant; None where it leads somewhere.

    Raises BrokenReference where it is no pointer.
    """
    value = document
    steps = split(pointer)
    if pointer and not pointer.startswith("/"):
        at(document, pointer)
    for depth, step in enumerate(steps):
        try:
            value = at(value, join("", step))
        except BrokenReference:
            names = list(value) if isinstance(value, dict) else []
            within = join("", *steps[:depth])
            near = nearest(step, names)
            hint = f" Did you mean #{join(within, near[0])}?" if near else meant(step, names)
            return f"no {step!r} at #{within or '/'}.{hint}"
    return None

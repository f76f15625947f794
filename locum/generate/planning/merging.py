"""Merging: all that the schemas of one place lead to, taken together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locum.generate.planning.keywords import absorb
from locum.generate.planning.parts import Merged, Part
from locum.openapi.pointers import at, pointer_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locum.generate.planning.choices import Choices

__all__ = ["component_of", "merge"]

_COMPONENTS = "/components/schemas/"


def component_of(pointer: str | None) -> str | None:
    """Return the name of the component that stands at a pointer."""
    if pointer is None or not pointer.startswith(_COMPONENTS):
        return None
    name = pointer.removeprefix(_COMPONENTS)
    return None if "/" in name else name


def merge(
    roots: tuple[Part, ...], decided: Mapping[tuple[int, str], int], choices: Choices, *, relaxed: bool = False
) -> Merged:
    """Merge schemas, and all that their `$ref`s and `allOf`s lead to.

    `decided` says which alternative of a choice is taken; the others are left in `choices`. Of types and
    enumerations that clash nothing is left, or the first if it is to be `relaxed`.
    """
    schemas = choices.schemas
    merged = Merged(relaxed=relaxed)
    # Each schema with the component that it belongs to, and whether it describes the value as a whole.
    waiting: list[tuple[Part, str | None, bool]] = [(part, None, True) for part in reversed(roots)]
    seen = set()
    while waiting:
        part, owner, whole = waiting.pop()
        schema = part.schema
        if schema is False:
            merged.never = True
        if not isinstance(schema, dict) or id(schema) in seen:
            continue
        seen.add(id(schema))
        owner = owner or component_of(part.pointer)
        merged.owner = merged.owner or owner
        further: list[tuple[Part, str | None, bool]] = []
        reference = schema.get("$ref")
        if isinstance(reference, str):
            target = pointer_of(reference)
            further.append((Part(at(schemas.document, target), target), owner, whole))
            if schemas.legacy:  # what stands beside a reference is ignored
                waiting += further
                continue
        (merged.described if whole else merged.fragments).append(schema)
        found = choices.of(part, owner)
        if [choice.key[1] for choice in found] != ["nullable"]:  # which stands for the schema as a whole
            absorb(merged, part, schemas, choices.direction)
            further += [(part.inner("allOf", index), owner, False) for index in range(len(schema.get("allOf") or ()))]
        for choice in found:
            index = decided.get(choice.key)
            if index is None:
                merged.choices.append(choice)
            else:
                further += [(each, None, whole) for each in choice.alternatives[index]]
        waiting += reversed(further)
    return merged

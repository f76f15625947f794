"""Discriminators: the property that names the schema of a value (OpenAPI 3.0.3, section 4.7.25)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from locum.openapi.pointers import split

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["COMPONENTS", "names_of", "overlap"]

COMPONENTS = "#/components/schemas/"
"""The prefix of the schemas that a discriminator may name without it."""

_DEEPEST = 8
"""The maximum depth of nested `allOf`s; it ends circular ones."""


def names_of(discriminator: dict[str, Any], branch: Any, *, own: bool = False) -> list[str]:
    """Return the values that name an alternative: those mapped to it, else its own name; with `own`, both.

    Returns none for an alternative that is not a reference, and for a discriminator without `propertyName`.
    """
    reference = branch.get("$ref") if isinstance(branch, dict) else None
    if not isinstance(reference, str) or not isinstance(discriminator.get("propertyName"), str):
        return []
    name = split("/" + reference.rpartition("/")[2])[0]
    targets = {reference, unquote(reference), name}
    mapped = [value for value, target in (discriminator.get("mapping") or {}).items() if target in targets]
    return [*mapped, name] if own or not mapped else mapped


def overlap(branches: Sequence[Any], name: str, resolve: Callable[[Any], Any]) -> bool:
    """Return whether two alternatives may allow the same value of the discriminator property `name`."""
    known: set[Any] = set()
    for branch in branches:
        values = _values(branch, name, resolve, _DEEPEST)
        if values is None or not known.isdisjoint(values):
            return True
        known |= values
    return False


def _values(schema: Any, name: str, resolve: Callable[[Any], Any], depth: int) -> set[str] | None:
    """Return the strings that a schema allows for a property; None if it does not list them."""
    schema = resolve(schema)
    if not isinstance(schema, dict) or not depth:
        return None
    own = resolve((schema.get("properties") or {}).get(name))
    if isinstance(own, dict):
        if isinstance(own.get("const"), str):
            return {own["const"]}
        if isinstance(own.get("enum"), list):
            return {value for value in own["enum"] if isinstance(value, str)}
    found = (_values(part, name, resolve, depth - 1) for part in schema.get("allOf") or ())
    return next((values for values in found if values is not None), None)

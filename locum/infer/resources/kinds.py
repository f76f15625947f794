"""Kinds: what the members of a schema say of which kind its objects are."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from locum.generate.generator import Unsatisfiable
from locum.infer.resources.words import stem
from locum.state.chance import chance

if TYPE_CHECKING:
    from locum.generate.generator import Generator
    from locum.infer.resources.shapes import Shape

__all__ = ["kinds_in"]

_NAMES = frozenset({"kind", "apiversion", "object", "resourcetype", "objecttype"})
_ANY_TIME = datetime(2025, 1, 1, tzinfo=UTC)


def kinds_in(shape: Shape, generator: Generator) -> dict[str, Any]:
    """Return the members that say of which kind an object is, and are the same in all of a schema: `kind: PodList`."""
    names = [name for name, schema in shape.properties.items() if stem(name) in _NAMES and _is_text(schema)]
    if not names:
        return {}
    with suppress(Unsatisfiable):
        one, other = (
            generator.value(
                shape.schema, chance(0, turn), _ANY_TIME, examples=False, optional=0.0, given={}, wanted=names
            )
            for turn in (0, 1)
        )
        return {name: one[name] for name in names if name in one and one[name] == other.get(name)}
    return {}


def _is_text(schema: Any) -> bool:
    return isinstance(schema.raw, dict) and schema.raw.get("type") == "string"

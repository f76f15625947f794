"""Anchors: the names by which schemas are known beside their pointers (JSON Schema 2020-12, section 8.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin

from locum.openapi.grammar import Node, children
from locum.openapi.pointers import join

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Anchors", "anchors_of"]

_DATA = frozenset({"example", "examples", "default", "enum", "const"})


@dataclass(slots=True)
class Anchors:
    """The names in one file."""

    resources: dict[str, str] = field(default_factory=dict)
    """The pointers of the schemas with an `$id`, by that made absolute."""
    anchors: dict[tuple[str, str], str] = field(default_factory=dict)
    """The pointers of the schemas with an `$anchor`, by the pointer of the resource that they are in, and by name."""

    def resource_at(self, pointer: str) -> tuple[str, str]:
        """Return the URI and the pointer of the innermost schema with an `$id` that holds a place."""
        holding = [
            (uri, home)
            for uri, home in self.resources.items()
            if home and (pointer == home or pointer.startswith(home + "/"))
        ]
        return max(holding, key=lambda found: len(found[1]), default=("", ""))

    def find(self, reference: str, pointer: str) -> str | None:
        """Return the pointer that a reference at a place leads to by such a name; None where it uses none."""
        base, home = self.resource_at(pointer)
        name, fragment = urldefrag(reference)
        if name:
            found = self.resources.get(urljoin(base, name))
            if found is None:
                return None
            home = found
        if fragment and not fragment.startswith("/"):
            return self.anchors.get((home, fragment))
        return home + fragment if name or home else None


def anchors_of(value: Any) -> Anchors:
    """Find the names in a file; what is data holds none.

    In an OpenAPI document schemas are where its grammar has them: below a keyword that nobody knows, `$id` is no
    identifier (JSON Schema 2020-12, section 6.5). Of any other file everything is looked at.
    """
    found = Anchors()
    kind = "document" if isinstance(value, dict) and "openapi" in value else ""
    awaited: list[tuple[Any, str, str, str, str]] = [(value, kind, "", "", "")]
    while awaited:
        part, kind, pointer, base, home = awaited.pop()
        if isinstance(part, dict):
            identifier = part.get("$id")
            if isinstance(identifier, str) and pointer:
                base, home = urldefrag(urljoin(base, identifier))[0], pointer
                found.resources.setdefault(base, home)
            for keyword in ("$anchor", "$dynamicAnchor"):
                if isinstance(part.get(keyword), str):
                    found.anchors.setdefault((home, part[keyword]), pointer)
        awaited += [(item, inner, place, base, home) for item, inner, place in _parts(part, kind, pointer)]
    return found


def _parts(part: Any, kind: str, pointer: str) -> Iterator[tuple[Any, str, str]]:
    """Yield what is directly within a part of a file: the value, its kind if it is known, and its pointer."""
    if kind:
        yield from ((child.value, child.kind, child.pointer) for child in children(Node(pointer, kind, part)))
    elif isinstance(part, dict):
        for key, item in part.items():
            if isinstance(item, dict | list) and key not in _DATA and not key.startswith("x-"):
                yield item, "", join(pointer, key)
    elif isinstance(part, list):
        for index, item in enumerate(part):
            yield item, "", join(pointer, index)

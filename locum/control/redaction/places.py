"""Places: where a declared schema says that there is a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locum.control.redaction.names import words_of
from locum.openapi.patterns import trial
from locum.openapi.pointers import as_fragment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from locum.openapi.compile.schemas import Schema

__all__ = ["Place", "Places"]

_COMPOSITIONS = ("allOf", "anyOf", "oneOf")
_DEEPEST = 16
_MOST_REMEMBERED = 1000
_MOST_PLACES = 2000
"""How many declared places are looked at for whether there may be a secret."""
_NAMES = frozenset({"secret", "secrets", "password", "passwords"})


class Place:
    """A place in a body, and all that a contract says of the value there.

    Secret is what is `writeOnly`, or has the format `password`, in any alternative. Of a schema that is
    named for secrets (`CredentialSecrets`) and declares no properties every member is one.
    """

    __slots__ = ("_inner", "_parts", "_schema", "free", "secret")

    def __init__(self, schema: Schema | None, parts: list[Any] | None = None) -> None:
        self._schema = schema
        self.secret = False
        self.free = False
        """Whether members that are not declared are secrets."""
        self._parts: list[dict[str, Any]] = []
        self._inner: dict[str | int, Place] = {}
        if schema is not None:
            for part in [{"$ref": "#" + as_fragment(schema.pointer)}] if parts is None else parts:
                self._parts += self._look_through(schema, part, 0)

    def member(self, name: str) -> Place:
        """Return the place of a property."""
        return self._inner.get(name) or self._remembered(name, self._member(name))

    def item(self, index: int) -> Place:
        """Return the place of an item of an array."""
        return self._inner.get(index) or self._remembered(index, self._item(index))

    def _remembered(self, step: str | int, place: Place) -> Place:
        if len(self._inner) < _MOST_REMEMBERED:
            self._inner[step] = place
        return place

    def _member(self, name: str) -> Place:
        found = [part["properties"][name] for part in self._parts if name in (part.get("properties") or {})]
        declared = bool(found)
        for part in self._parts:
            patterns = part.get("patternProperties") or {}
            # What takes too many steps to match is hidden as if it matched.
            found += [schema for pattern, schema in patterns.items() if trial(pattern)(name) is not False]
        found = found or [part["additionalProperties"] for part in self._parts if "additionalProperties" in part]
        place = Place(self._schema, found)
        place.secret = place.secret or self.secret or (self.free and not declared)
        return place

    def _item(self, index: int) -> Place:
        found = [part["prefixItems"][index] for part in self._parts if index < len(part.get("prefixItems") or ())]
        found += [part["items"] for part in self._parts if "items" in part]
        place = Place(self._schema, found)
        place.secret, place.free = place.secret or self.secret, place.free or self.free
        return place

    def holds_secrets(self) -> bool:
        """Whether a secret is declared here or below; of a vast schema it is believed to be."""
        awaited, seen, looked = [self], set(), 0
        while awaited and looked < _MOST_PLACES:
            place = awaited.pop(0)
            looked += 1
            if place.secret or place.free:
                return True
            known = tuple(map(id, place._parts))  # noqa: SLF001 (one of its own)
            if known not in seen:
                seen.add(known)
                awaited += place._below()  # noqa: SLF001 (one of its own)
        return bool(awaited)

    def _below(self) -> list[Place]:
        """Return the places of what is declared for members and items."""
        names = dict.fromkeys(name for part in self._parts for name in part.get("properties") or {})
        places = [self.member(name) for name in names]
        for part in self._parts:
            more = [*(part.get("patternProperties") or {}).values(), part.get("additionalProperties")]
            places += [Place(self._schema, [schema]) for schema in more if isinstance(schema, dict)]
        return [*places, self.item(0)] if any("items" in part for part in self._parts) else places

    def _look_through(self, schema: Schema, part: Any, depth: int) -> Iterator[dict[str, Any]]:
        """Yield what a schema object is composed of, and note what it says of its value."""
        if not isinstance(part, dict) or depth > _DEEPEST:
            return
        reference = part.get("$ref")
        target = schema.resolve(part)
        if isinstance(reference, str) and _NAMES.intersection(words_of(reference.rpartition("/")[2])[-1:]):
            self.free = self.free or (isinstance(target, dict) and not target.get("properties"))
        # In 3.0, too: who writes `writeOnly` beside a reference means it.
        self.secret = self.secret or part.get("writeOnly") is True or part.get("format") == "password"
        if target is not part:
            yield from self._look_through(schema, target, depth + 1)
            return
        yield part
        for composition in _COMPOSITIONS:
            for branch in part.get(composition) or ():
                yield from self._look_through(schema, branch, depth + 1)
        for keyword in ("then", "else"):
            yield from self._look_through(schema, part.get(keyword), depth + 1)


class Places(Place):
    """What several schemas say of one place: a secret of any of them is one."""

    __slots__ = ("_places",)

    def __init__(self, places: Sequence[Place]) -> None:
        super().__init__(None)
        self._places = places
        self.secret = any(place.secret for place in places)

    def member(self, name: str) -> Places:
        """Return the place of a property."""
        return Places([place.member(name) for place in self._places])

    def item(self, index: int) -> Places:
        """Return the place of an item of an array."""
        return Places([place.item(index) for place in self._places])

    def holds_secrets(self) -> bool:
        """Whether a secret is declared here or below, by any of them."""
        return any(place.holds_secrets() for place in self._places)

"""Redact secrets in paths by path templates, and in bodies by schemas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from locum.memo import LONGEST
from locum.openapi.compile.router import Segment
from locum.openapi.patterns import trial
from locum.openapi.pointers import as_fragment
from locum.redaction.names import is_secret, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from locum.openapi.schemas.schemas import Schema

__all__ = ["REDACTED", "Place", "Places", "SecretPaths"]


REDACTED = "[redacted]"

_EXPRESSION = re.compile(r"\{([^{}]*)\}")
_WAY = re.compile(r"(?:/[^/?#\s\"'<>{}]*)+")
"""Segments of a path anywhere in a text."""


class SecretPaths:
    """Redacts secret path segments in texts, in linear time."""

    def __init__(self, templates: Iterable[str]) -> None:
        self._paths = [found for template in templates if (found := _path(template)) is not None]

    def without(self, text: str) -> str:
        """Redact the paths in a text."""
        return _WAY.sub(self._without_secret_steps, text) if self._paths and "/" in text else text

    def _without_secret_steps(self, way: re.Match[str]) -> str:
        """Redact the segments of a path that a template marks as secrets, starting at any segment."""
        steps = way[0].split("/")[1:]
        for template in self._paths:
            start = 0
            while start + len(template) <= len(steps):
                shown = _replaced(template, steps, start)
                if shown is None:
                    start += 1
                    continue
                steps[start : start + len(template)] = shown
                start += len(template)
        return "".join(f"/{step}" for step in steps)


def _replaced(template: list[_Step], steps: list[str], start: int) -> list[str] | None:
    """Return the redacted segments from one on if a template matches; else None."""
    shown = []
    for place, expected in enumerate(template, 1):
        found = expected.without(steps[start + place - 1], is_last=place == len(template))
        if found is None:
            return None
        shown.append(found)
    return shown


def _path(template: str) -> list[_Step] | None:
    """Compile a path template with secret parameters; None for others, and for those that match every path."""
    steps = template.split("/")[1:]
    if not any("{" not in step for step in steps if step) or not any(map(is_secret, _EXPRESSION.findall(template))):
        return None
    return [_Step(step, Segment.of(step) if "{" in step else None, _EXPRESSION.findall(step)) for step in steps]


class _Step(NamedTuple):
    """A segment of a path template, and the names of its expressions."""

    text: str
    segment: Segment | None
    names: list[str]

    def without(self, sent: str, *, is_last: bool) -> str | None:
        """Redact a segment; None if it does not match."""
        if self.segment is None:
            return sent if sent == self.text or (is_last and sent.startswith(self.text)) else None
        # Punctuation of the surrounding text may follow the last segment.
        end = self.segment.literals[-1]
        whole = sent[: sent.rfind(end) + len(end)] if end in sent else sent
        values = self.segment.match(whole)
        if values is None:
            return None
        shown, at = [], 0
        for name, value in zip(self.names, values, strict=True):
            start = whole.index(value, at)
            at = start + len(value)
            if is_secret(name):
                shown.append((start, at))
        for start, stop in reversed(shown):
            sent = sent[:start] + REDACTED + sent[stop:]
        return sent


_COMPOSITIONS = ("allOf", "anyOf", "oneOf")
_DEEPEST = 16
_MOST_REMEMBERED = 1000
"""How many places below one are kept: clients choose the members of free objects, and how deep a value is nested."""
_MOST_PLACES = 2000
"""The maximum number of declared places to search for a secret."""
_NAMES = frozenset({"secret", "secrets", "password", "passwords"})


class Place:
    """A place in a body, and all schemas of the contract for it.

    Secret is what is `writeOnly`, or has the format `password`, in any alternative. Of a schema that is
    named for secrets (`CredentialSecrets`) and declares no properties every member is one.
    """

    __slots__ = ("_budget", "_inner", "_parts", "_schema", "free", "secret")

    def __init__(self, schema: Schema | None, parts: list[Any] | None = None, budget: list[int] | None = None) -> None:
        self._schema = schema
        self._budget = [_MOST_REMEMBERED] if budget is None else budget
        """How many more places may be kept below the outermost one, which all places below share."""
        self.secret = False
        self.free = False
        """Whether undeclared members are secrets."""
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
        if self._budget[0] > 0 and (isinstance(step, int) or len(step) <= LONGEST):
            self._budget[0] -= 1
            self._inner[step] = place
        return place

    def _member(self, name: str) -> Place:
        found = [part["properties"][name] for part in self._parts if name in (part.get("properties") or {})]
        declared = bool(found)
        for part in self._parts:
            patterns = part.get("patternProperties") or {}
            # A pattern that takes too many steps counts as a match, so that the value is hidden.
            found += [schema for pattern, schema in patterns.items() if trial(pattern)(name) is not False]
        found = found or [part["additionalProperties"] for part in self._parts if "additionalProperties" in part]
        place = Place(self._schema, found, self._budget)
        place.secret = place.secret or self.secret or (self.free and not declared)
        return place

    def _item(self, index: int) -> Place:
        found = [part["prefixItems"][index] for part in self._parts if index < len(part.get("prefixItems") or ())]
        found += [part["items"] for part in self._parts if "items" in part]
        place = Place(self._schema, found, self._budget)
        place.secret, place.free = place.secret or self.secret, place.free or self.free
        return place

    def holds_secrets(self) -> bool:
        """Whether a secret is declared here or below. For a very large schema this is assumed."""
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
        """Return the places of the declared members and items."""
        names = dict.fromkeys(name for part in self._parts for name in part.get("properties") or {})
        places = [self.member(name) for name in names]
        for part in self._parts:
            more = [*(part.get("patternProperties") or {}).values(), part.get("additionalProperties")]
            places += [Place(self._schema, [schema], self._budget) for schema in more if isinstance(schema, dict)]
        return [*places, self.item(0)] if any("items" in part for part in self._parts) else places

    def _look_through(self, schema: Schema, part: Any, depth: int) -> Iterator[dict[str, Any]]:
        """Yield the parts of a schema object, and record what it declares about its value."""
        if not isinstance(part, dict) or depth > _DEEPEST:
            return
        reference = part.get("$ref")
        target = schema.resolve(part)
        if isinstance(reference, str) and _NAMES.intersection(words_of(reference.rpartition("/")[2])[-1:]):
            self.free = self.free or (isinstance(target, dict) and not target.get("properties"))
        # In 3.0, too: `writeOnly` beside a reference is intended.
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
    """One place with several schemas. It is a secret if any of them declares one."""

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
        """Whether any of them declares a secret here or below."""
        return any(place.holds_secrets() for place in self._places)

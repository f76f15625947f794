"""Properties: find the property of a record that a name in a query refers to."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from locum.infer.resources.words import stem, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from locum.infer.resources.shapes import Shape, Shapes
    from locum.openapi.schemas.schemas import Schema

__all__ = ["DAY", "IDENTITIES", "Properties", "Property", "Wanted", "enum_of", "equal", "is_day", "moment", "rank"]


_IDS = frozenset({"id", "ids", "gid", "gids", "uuid", "uuids", "guid", "guids"})
_TIME_WORDS = frozenset({"at", "on", "date", "time", "datetime", "timestamp", "utc", "ts", "day"})
_WHETHER = frozenset({"is", "has", "was", "only"})
_ALIKE = {"creation": "created", "create": "created", "added": "created", "inserted": "created", "updation": "updated",
          "update": "updated", "modified": "updated", "modification": "updated", "changed": "updated",
          "edited": "updated", "publication": "published", "completion": "completed", "deletion": "deleted",
          "expiry": "expires", "expiration": "expires", "expired": "expires"}  # fmt: skip
_WRAPPERS = ("attributes", "fields", "properties")
"""Objects that hold a record's members beside its id (JSON:API, Airtable)."""

_DEEPEST = 6
"""How deep compositions are searched for an enum."""


@dataclass(frozen=True, slots=True)
class Property:
    """A property of records, or of an object in them."""

    path: tuple[str, ...]
    kinds: frozenset[str]
    enum: frozenset[str]
    """Its enum as text."""
    date: bool
    """Whether its values are times."""

    @property
    def name(self) -> str:
        """The name, dotted for a nested property."""
        return ".".join(self.path)

    def values(self, record: Any) -> list[Any]:
        """Return its values in a record; several if there is an array on the path."""
        found = [record]
        for step in self.path:
            inner = [item for value in found for item in (value if isinstance(value, list) else [value])]
            found = [value[step] for value in inner if isinstance(value, dict) and step in value]
        return found

    def value(self, record: dict[str, Any]) -> Any:
        """Return its first value in a record, or None."""
        found = self.values(record)
        return found[0] if found else None


class Properties:
    """The properties of one kind of records, by the words of their names."""

    def __init__(self, element: Shape, shapes: Shapes) -> None:
        self._shapes = shapes
        self._top = self._index(element, ())
        self._wrapped: dict[str, tuple[Property, Shape]] = {}
        for name in _WRAPPERS:
            if name in element.properties:
                self._wrapped |= self._index(self._within(element.properties[name]), (name,))

    @property
    def dates(self) -> list[Property]:
        """The properties whose values are times."""
        return [found for found, _ in (*self._top.values(), *self._wrapped.values()) if found.date]

    def find(self, words: Sequence[str]) -> Property | None:
        """Return the property with these words in any style, also as an id or nested in an object."""
        if not words:
            return None
        return self._named(words) or self._inner(words) or self._related(words) or self.date(words)

    def find_within(self, words: Sequence[str]) -> Property | None:
        """Return the property with these words, also as the only one of an object: `label` is `Config.Labels`."""
        found = self.find(words)
        if found is None:
            inner = [self._index(shape, one.path) for one, shape in self._top.values()]
            nested = [one[0] for index in inner if (one := index.get(stem("_".join(words)))) is not None]
            found = nested[0] if len(nested) == 1 else None
        return found

    def date(self, words: Sequence[str]) -> Property | None:
        """Return the time property with these words: `created` and `creationDate` are `created_at`."""
        wanted = _moment_words(words)
        return next(
            (found for found in self.dates if wanted and _moment_words(words_of(found.path[-1])) == wanted), None
        )

    def begins_with(self, words: Sequence[str]) -> Property | None:
        """Return the only property whose name begins with these words: `forks` is `forks_count`."""
        wanted = [stem(word) for word in words]
        found = [
            one
            for one, _ in self._top.values()
            if [stem(word) for word in words_of(one.path[-1])][: len(wanted)] == wanted
        ]
        return found[0] if len(found) == 1 else None

    def _named(self, words: Sequence[str]) -> Property | None:
        name = stem("_".join(words))
        found = self._top.get(name) or self._wrapped.get(name)
        return found[0] if found else None

    def _inner(self, words: Sequence[str]) -> Property | None:
        """Find a nested property: `address.city`, `owner_login`."""
        for cut in range(len(words) - 1, 0, -1):
            name = stem("_".join(words[:cut]))
            outer = self._top.get(name) or self._wrapped.get(name)
            if outer is None:
                continue
            outer_property, shape = outer
            inner = self._index(shape, outer_property.path)
            found = inner.get(stem("_".join(words[cut:])))
            if found is not None:
                return found[0]
        return None

    def _related(self, words: Sequence[str]) -> Property | None:
        """Find `owner` for `ownerId`, `customer_id` for `customer`, `archived` for `is_archived`, and the reverse."""
        if words[-1] in _IDS and len(words) > 1:
            return self._named(words[:-1])
        if words[0] in _WHETHER and len(words) > 1:
            found = self._named(words[1:])
            return found if found and "boolean" in found.kinds else None
        found = next(
            (one for word in ("id", "gid", "uuid", "code", "key") if (one := self._named((*words, word)))), None
        )
        if found is None:
            found = next((one for word in ("is", "has") if (one := self._named((word, *words)))), None)
        if found is None:
            found = self.begins_with(words)
            return found if found and "boolean" in found.kinds and "string" not in found.kinds else None
        return found

    def _index(self, shape: Shape, path: tuple[str, ...]) -> dict[str, tuple[Property, Shape]]:
        found: dict[str, tuple[Property, Shape]] = {}
        for name, schema in shape.properties.items():
            inner = self._within(schema)
            kinds = self._shapes.of(schema).kinds
            date = _is_date(name, self._shapes.of(inner.schema).kinds, inner.schema)
            found.setdefault(stem(name), (Property((*path, name), kinds, enum_of(inner.schema), date), inner))
        return found

    def _within(self, schema: Schema) -> Shape:
        """Return the shape of a property's values, or of its items if it is an array."""
        shape = self._shapes.of(schema)
        return self._shapes.of(shape.items) if shape.is_array and shape.items is not None else shape


def _is_date(name: str, kinds: frozenset[str], schema: Schema) -> bool:
    form = next((part["format"] for part in _parts(schema, schema.raw) if isinstance(part.get("format"), str)), "")
    if form in {"date", "date-time", "unix-time", "timestamp", "datetime"}:
        return True
    words = words_of(name)
    if ("object" in kinds - {"null"} and kinds <= {"object", "null"}) or not words:
        return False
    if not kinds & {"string", "integer", "number"} or "boolean" in kinds:
        return False
    return words[-1] in {"at", "timestamp", "datetime"} or name in {"created", "updated", "modified", "date"}


def _moment_words(words: Sequence[str]) -> frozenset[str]:
    return frozenset(_ALIKE.get(word, word) for word in words if word not in _TIME_WORDS)


def enum_of(schema: Schema) -> frozenset[str]:
    """Return the enum values of a schema and its compositions, as text."""
    listed = [value for part in _parts(schema, schema.raw) for value in part.get("enum") or ()]
    return frozenset(str(value) for value in listed if value is not None)


def _parts(schema: Schema, part: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    part = schema.resolve(part)
    if isinstance(part, dict) and depth <= _DEEPEST:
        yield part
        for composition in ("allOf", "anyOf", "oneOf"):
            for branch in part.get(composition) or ():
                yield from _parts(schema, branch, depth + 1)


DAY = 86_400
"""Seconds."""

IDENTITIES = ("id", "gid", "uuid", "guid", "key", "slug", "code", "number", "login", "username", "email", "name")
"""Members that an object in a record is compared by."""

_MILLISECONDS = 100_000_000_000
"""Larger UNIX timestamps are milliseconds: in seconds this is the year 5138."""

_DAY = len("2026-01-31")
_TRUE = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}


def moment(value: Any) -> float | None:
    """Return a time (RFC 3339 text, a date, or a number) in seconds since 1970; None if the value is not a time.

    Times without an offset are UTC.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value / 1000 if abs(value) > _MILLISECONDS else float(value)
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip().replace(" ", "+") if "T" in value else value.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        pass
    try:
        return moment(float(value))
    except ValueError:
        return None


def is_day(value: Any) -> bool:
    """Return whether a value is a date, which matches every time on that day."""
    return isinstance(value, str) and len(value) == _DAY and moment(value) is not None


def equal(member: Any, wanted: Any, *, date: bool = False) -> bool:
    """Return whether a member matches a value; see `Wanted`."""
    return Wanted((wanted,), date=date).has(member)


class Wanted:
    """A set of wanted values with constant-time lookup, since both a query and a record may have very many.

    Numbers are compared by value, dates by time, text exactly.
    """

    def __init__(self, values: Iterable[Any], *, date: bool = False) -> None:
        scalars = [value for value in values if not isinstance(value, dict | list)]
        plain = [value for value in scalars if not isinstance(value, bool)]
        self._date = date
        self._truths = {truth for value in scalars if (truth := _truth(value)) is not None}
        self._booleans = {value for value in scalars if isinstance(value, bool)}
        self._plain = set(plain)
        self._numbers = {_number(value) for value in plain if isinstance(value, str)} - {None}
        self._texts = {str(value) for value in plain if isinstance(value, int | float)}
        self._moments = {moment(value) for value in plain if not is_day(value)} - {None} if date else set()
        self._days = sorted(moment(value) or 0.0 for value in plain if is_day(value)) if date else []

    def has(self, member: Any) -> bool:
        """Return whether a member matches: an equal value, an array with one, or an object with that id or name."""
        return self._is(member, date=self._date)

    def _is(self, member: Any, *, date: bool) -> bool:
        if isinstance(member, list):
            return any(self._is(item, date=date) for item in member)
        if isinstance(member, dict):
            return any(self._is(member[name], date=False) for name in IDENTITIES if member.get(name) is not None)
        if isinstance(member, bool):
            return member in self._truths
        if member in self._plain or (self._booleans and _truth(member) in self._booleans):
            return True
        if date:
            return self._is_of_time(moment(member))
        return member in (self._numbers if isinstance(member, int | float) else self._texts)

    def _is_of_time(self, time: float | None) -> bool:
        """Return whether a time, or the day that it is on, is wanted."""
        if time is None:
            return False
        last = bisect_right(self._days, time) - 1
        return time in self._moments or (last >= 0 and time < self._days[last] + DAY)


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else _TRUE.get(str(value).lower())


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def rank(value: Any, *, date: bool = False) -> tuple[Any, ...] | None:
    """Return a sort key for a value of any type; None if it has no order."""
    if isinstance(value, bool):
        return 0, value
    if date:
        time = moment(value)
        if time is not None:
            return 1, time
    if isinstance(value, int | float):
        return 1, value
    if isinstance(value, str):
        return 2, value.casefold(), value
    if isinstance(value, list):
        return 3, len(value)
    if isinstance(value, dict):
        return next((rank(value[name]) for name in ("name", "title", *IDENTITIES) if value.get(name) is not None), None)
    return None
